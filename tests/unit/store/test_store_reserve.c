#include <check.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "fixture.h"
#include "store/store_internal.h"

Suite *store_reserve_suite(void);

static int64_t reserved_bytes(const char *path)
{
    struct stat status;

    ck_assert_int_eq(stat(path_of(path, "reserve"), &status), 0);
    return status.st_size;
}

START_TEST(the_reserve_is_given_up_for_a_deletion_and_taken_again)
{
    char *path = directory_new();
    struct store *store = must_open(path);
    int64_t full = reserved_bytes(path);

    /* More than SQLite's log may hold: 1000 pages of 4 KiB. */
    ck_assert_int_gt(full, 4096000);
    ck_assert_int_eq(put_dataset(store, "w", "a", 1, 1), STORE_OK);
    ck_assert(store_reserve_use(store));
    ck_assert_int_eq(reserved_bytes(path), 0);
    ck_assert_int_eq(store_dataset_delete(store, "w", "a"), STORE_OK);
    ck_assert_int_eq(reserved_bytes(path), full);
    store_close(store);
    directory_remove(path);
}
END_TEST

START_TEST(a_temporary_store_has_no_reserve)
{
    AUTO(close_store) struct store *store = must_open(NULL);

    ck_assert_uint_eq(folder_count(store->path, "tmp"), 0);
    ck_assert(!store_reserve_use(store));
}
END_TEST

Suite *store_reserve_suite(void)
{
    Suite *suite = suite_create("store_reserve");
    TCase *tcase = tcase_create("room");

    tcase_add_test(tcase, the_reserve_is_given_up_for_a_deletion_and_taken_again);
    tcase_add_test(tcase, a_temporary_store_has_no_reserve);
    suite_add_tcase(suite, tcase);
    return suite;
}
