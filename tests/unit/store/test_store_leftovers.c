#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "store/store_internal.h"

Suite *store_leftovers_suite(void);

static char *parent;

static void set_up(void)
{
    parent = directory_new();
}

static void tear_down(void)
{
    directory_remove(parent);
}

/* Make what a server leaves that is killed with `file_count` files in its store. */
static void leave(const char *name, int file_count)
{
    char path[128], file_name[32];

    (void)snprintf(path, sizeof(path), "%s/%s", parent, name);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(mkdir(path_of(path, "parts"), 0700), 0);
    ck_assert_int_eq(mkdir(path_of(path, "tmp"), 0700), 0);
    file_put(path, "lock", "");
    file_put(path, "temporary", "");
    file_put(path, "mockhere.db", "rows");
    for (int i = 0; i < file_count; i++) {
        (void)snprintf(file_name, sizeof(file_name), "parts/%d", i);
        file_put(path, file_name, "bytes");
    }
}

/* Remove a directory that a sweep was to leave alone. */
static void drop(const char *name)
{
    char *path = strdup(path_of(parent, name));

    ck_assert_ptr_nonnull(path);
    directory_remove(path);
}

static bool is_there(const char *name)
{
    return access(path_of(parent, name), F_OK) == 0;
}

START_TEST(what_a_killed_server_left_is_removed)
{
    leave("mockhere-aB3xyz", 3);
    leave("mockhere-aB3xy0", 0);
    store_sweep_leftovers(parent);
    ck_assert_uint_eq(folder_count(parent, "."), 0);
}
END_TEST

START_TEST(the_directory_of_a_server_that_lives_is_left_alone)
{
    FILE *lock;

    leave("mockhere-living", 1);
    lock = fopen(path_of(parent, "mockhere-living/lock"), "r+");
    ck_assert_ptr_nonnull(lock);
    ck_assert_int_eq(flock(fileno(lock), LOCK_EX), 0);
    store_sweep_leftovers(parent);
    ck_assert(is_there("mockhere-living/parts/0"));
    (void)fclose(lock);
    store_sweep_leftovers(parent);
    ck_assert(!is_there("mockhere-living"));
}
END_TEST

/* What is missing, or there too, in a directory that is none of ours to remove. */
static const struct {
    const char *name, *missing;
} others[] = {
    {"mockhere-short", NULL},  {"mockhere-toolong", NULL},  {"mockhere-a.cdef", NULL},
    {"mockhare-abcdef", NULL}, {"mockhere-abcdef", "lock"}, {"mockhere-abcdef", "temporary"},
};

START_TEST(what_is_no_leftover_is_left_alone)
{
    char missing[64];

    leave(others[_i].name, 1);
    if (others[_i].missing) {
        (void)snprintf(missing, sizeof(missing), "%s/%s", others[_i].name, others[_i].missing);
        ck_assert_int_eq(unlink(path_of(parent, missing)), 0);
    }
    store_sweep_leftovers(parent);
    ck_assert_uint_eq(folder_count(parent, others[_i].name), others[_i].missing ? 4 : 5);
    drop(others[_i].name);
}
END_TEST

START_TEST(a_data_directory_with_such_a_name_is_kept)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/mockhere-myData", parent);
    store_close(must_open(path));
    store_sweep_leftovers(parent);
    ck_assert(is_there("mockhere-myData/mockhere.db"));
    drop("mockhere-myData");
}
END_TEST

START_TEST(links_are_not_followed)
{
    char *elsewhere = directory_new();

    leave("somewhere", 1);
    ck_assert_int_eq(symlink("somewhere", path_of(parent, "mockhere-linked")), 0);
    store_sweep_leftovers(parent);
    ck_assert(is_there("somewhere/parts/0"));

    leave("mockhere-inside", 0);
    file_put(elsewhere, "precious", "mine");
    ck_assert_int_eq(rmdir(path_of(parent, "mockhere-inside/parts")), 0);
    ck_assert_int_eq(symlink(elsewhere, path_of(parent, "mockhere-inside/parts")), 0);
    store_sweep_leftovers(parent);
    ck_assert_int_eq(access(path_of(elsewhere, "precious"), F_OK), 0);
    directory_remove(elsewhere);
    drop("somewhere");
    drop("mockhere-inside");
}
END_TEST

START_TEST(a_start_goes_only_so_far_and_the_next_goes_on)
{
    size_t left;
    int starts = 0;

    leave("mockhere-bigone", 2500);
    store_sweep_leftovers(parent);
    left = folder_count(parent, "mockhere-bigone/parts");
    ck_assert_uint_gt(left, 1000);
    ck_assert_uint_lt(left, 2500);
    while (is_there("mockhere-bigone") && starts++ < 10)
        store_sweep_leftovers(parent);
    ck_assert(!is_there("mockhere-bigone"));
}
END_TEST

START_TEST(a_temporary_store_looks_for_them_when_it_is_opened)
{
    struct store *store;

    leave("mockhere-killed", 2);
    ck_assert_int_eq(setenv("TMPDIR", parent, 1), 0);
    store = must_open(NULL);
    ck_assert(!is_there("mockhere-killed"));
    /* A second beside it minds its own. */
    store_close(must_open(NULL));
    ck_assert_uint_eq(folder_count(parent, "."), 1);
    ck_assert_int_eq(put_dataset(store, "w", "a", 1, 1), STORE_OK);
    store_close(store);
    ck_assert_uint_eq(folder_count(parent, "."), 0);
    ck_assert_int_eq(unsetenv("TMPDIR"), 0);
}
END_TEST

Suite *store_leftovers_suite(void)
{
    Suite *suite = suite_create("store_leftovers");
    TCase *tcase = tcase_create("leftovers");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_a_killed_server_left_is_removed);
    tcase_add_test(tcase, the_directory_of_a_server_that_lives_is_left_alone);
    tcase_add_loop_test(tcase, what_is_no_leftover_is_left_alone, 0, ARRAY_LEN(others));
    tcase_add_test(tcase, a_data_directory_with_such_a_name_is_kept);
    tcase_add_test(tcase, links_are_not_followed);
    tcase_add_test(tcase, a_start_goes_only_so_far_and_the_next_goes_on);
    tcase_add_test(tcase, a_temporary_store_looks_for_them_when_it_is_opened);
    suite_add_tcase(suite, tcase);
    return suite;
}
