#include <check.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "support/failing_alloc.h"

Suite *store_suite(void);

/* Opening `directory` fails with a sentence that holds `part` and names the directory. */
static void assert_refused(const char *directory, const char *part)
{
    char error[512] = "";

    ck_assert_ptr_null(store_open(directory, error, sizeof(error)));
    ck_assert_msg(strstr(error, directory) != NULL, "no directory in: %s", error);
    ck_assert_msg(strstr(error, part) != NULL, "no '%s' in: %s", part, error);
}

START_TEST(a_missing_directory_is_made)
{
    char *path = directory_new();

    ck_assert_int_eq(rmdir(path), 0);
    store_close(must_open(path));
    ck_assert_uint_eq(folder_count(path, "parts"), 0);
    directory_remove(path);
}
END_TEST

START_TEST(a_directory_in_use_is_refused_by_name)
{
    char *path = directory_new();
    struct store *store = must_open(path);

    assert_refused(path, "in use");
    store_close(store);
    store_close(must_open(path));
    directory_remove(path);
}
END_TEST

static const struct {
    const char *directory, *part;
} unusable[] = {
    {"/dev/null", "Not a directory"},
    {"/dev/null/data", "Not a directory"},
    {"/no/such/parent", "No such file"},
    {"/proc/self", "cannot write"},
};

START_TEST(a_directory_that_cannot_be_used_gives_a_sentence)
{
    assert_refused(unusable[_i].directory, unusable[_i].part);
}
END_TEST

START_TEST(folders_of_somebody_else_are_left_alone)
{
    char *path = directory_new();

    ck_assert_int_eq(mkdir(path_of(path, "tmp"), 0700), 0);
    file_put(path, "tmp/precious", "mine");
    assert_refused(path, "no data directory");
    ck_assert_int_eq(access(path_of(path, "tmp/precious"), F_OK), 0);
    directory_remove(path);
}
END_TEST

START_TEST(a_file_that_is_no_database_is_refused)
{
    char *path = directory_new();

    file_put(path, "mockhere.db", "This is a text of more than sixteen bytes, and no database.");
    assert_refused(path, "not a database");
    directory_remove(path);
}
END_TEST

START_TEST(a_newer_schema_is_refused)
{
    static const unsigned char version_99[] = {0, 0, 0, 99};
    char *path = directory_new();
    int fd;

    store_close(must_open(path));
    fd = open(path_of(path, "mockhere.db"), O_RDWR | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    /* SQLite keeps the user_version there, most significant byte first. */
    ck_assert_int_eq(pwrite(fd, version_99, 4, 60), 4);
    (void)close(fd);
    assert_refused(path, "its schema is 99");
    directory_remove(path);
}
END_TEST

/* What the last step of the schema added, taken away again. */
static const char downgrade[] =
    "DROP TABLE world_keys; DROP TABLE deleted_worlds; DROP TRIGGER dataset_is_counted;"
    "DROP TRIGGER dataset_is_discounted; DROP TABLE dataset_counts; DROP INDEX datasets_by_name;"
    "DROP INDEX models_by_name; DROP INDEX parts_by_file; DROP INDEX parts_by_original;"
    "PRAGMA user_version = 5";

static void must_downgrade(const char *path)
{
    sqlite3 *db = NULL;

    ck_assert_int_eq(sqlite3_open(path_of(path, "mockhere.db"), &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, downgrade, NULL, NULL, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

START_TEST(a_store_of_the_version_before_is_brought_up)
{
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    char *path = directory_new();
    struct store *store = must_open(path);
    int64_t count = -1;

    ck_assert_int_eq(put_dataset(store, "w", "a", 1, 1), STORE_OK);
    ck_assert_int_eq(put_dataset(store, "w", "b", 2, 0), STORE_OK);
    ck_assert_int_eq(put_dataset(store, "other", "c", 1, 0), STORE_OK);
    store_close(store);
    must_downgrade(path);
    store = must_open(path);
    ck_assert_int_eq(store_dataset_get(store, "w", "a", &dataset), STORE_OK);
    ck_assert(dataset.valid);
    ck_assert_int_eq(store_dataset_count(store, "w", NULL, INT64_MIN, &count), STORE_OK);
    ck_assert_int_eq(count, 2);
    ck_assert_int_eq(store_dataset_delete(store, "w", "a"), STORE_OK);
    ck_assert_int_eq(store_dataset_count(store, "w", NULL, INT64_MIN, &count), STORE_OK);
    ck_assert_int_eq(count, 1);
    store_close(store);
    directory_remove(path);
}
END_TEST

START_TEST(a_temporary_store_leaves_nothing_behind)
{
    char *path = directory_new();
    struct store *store;

    ck_assert_int_eq(setenv("TMPDIR", path, 1), 0);
    store = must_open(NULL);
    ck_assert_uint_eq(folder_count(path, "."), 1);
    ck_assert_int_eq(put_dataset(store, "w", "a", 1, 2), STORE_OK);
    store_close(store);
    ck_assert_uint_eq(folder_count(path, "."), 0);
    ck_assert_int_eq(unsetenv("TMPDIR"), 0);
    directory_remove(path);
}
END_TEST

START_TEST(a_temporary_store_without_a_place_gives_a_sentence)
{
    char error[512] = "";

    ck_assert_int_eq(setenv("TMPDIR", "/dev/null", 1), 0);
    ck_assert_ptr_null(store_open(NULL, error, sizeof(error)));
    ck_assert_ptr_nonnull(strstr(error, "/dev/null"));
    ck_assert_int_eq(unsetenv("TMPDIR"), 0);
}
END_TEST

START_TEST(everything_is_there_after_reopening)
{
    char *path = directory_new();
    struct store *store = must_open(path);
    struct world_record world = {.name = "w", .seed = 7};
    AUTO(dataset_record_done) struct dataset_record before = {0};
    AUTO(dataset_record_done) struct dataset_record after = {0};
    AUTO(model_record_done) struct model_record model = {0};
    int64_t used = 0;
    uint64_t next;

    ck_assert_int_eq(store_world_put(store, &world), STORE_OK);
    ck_assert_int_eq(put_dataset(store, "w", "a", 1, 2), STORE_OK);
    ck_assert_int_eq(put_model(store, "w", "m", 2), STORE_OK);
    ck_assert_int_eq(store_counter_next(store, "w", &next), STORE_OK);
    ck_assert_int_eq(store_dataset_get(store, "w", "a", &before), STORE_OK);
    store_close(store);

    store = must_open(path);
    ck_assert_int_eq(store_world_get(store, "w", &world), STORE_OK);
    ck_assert_uint_eq(world.seed, 7);
    ck_assert_int_eq(store_dataset_get(store, "w", "a", &after), STORE_OK);
    assert_dataset_eq(&after, &before);
    ck_assert_int_eq(store_model_get(store, "w", "m", &model), STORE_OK);
    ck_assert_int_eq(store_dataset_usage(store, "w", INT64_MIN, &used), STORE_OK);
    ck_assert_int_eq(used, 100);
    ck_assert_int_eq(store_counter_next(store, "w", &next), STORE_OK);
    ck_assert_uint_eq(next, 2);
    store_close(store);
    directory_remove(path);
}
END_TEST

START_TEST(running_out_of_memory_while_opening_gives_a_sentence)
{
    bool has_failed = true;

    for (int i = 0; has_failed; i++) {
        char error[512] = "";
        struct store *store;

        failing_alloc_once_after((size_t)i);
        store = store_open(NULL, error, sizeof(error));
        has_failed = failing_alloc_stop();
        ck_assert_int_eq(store == NULL, has_failed);
        ck_assert_int_eq(*error != '\0', has_failed);
        store_close(store);
    }
}
END_TEST

Suite *store_suite(void)
{
    Suite *suite = suite_create("store");
    TCase *tcase = tcase_create("opening");

    tcase_add_test(tcase, a_missing_directory_is_made);
    tcase_add_test(tcase, a_directory_in_use_is_refused_by_name);
    tcase_add_loop_test(tcase, a_directory_that_cannot_be_used_gives_a_sentence, 0,
                        (int)ARRAY_LEN(unusable));
    tcase_add_test(tcase, folders_of_somebody_else_are_left_alone);
    tcase_add_test(tcase, a_file_that_is_no_database_is_refused);
    tcase_add_test(tcase, a_newer_schema_is_refused);
    tcase_add_test(tcase, a_store_of_the_version_before_is_brought_up);
    tcase_add_test(tcase, a_temporary_store_leaves_nothing_behind);
    tcase_add_test(tcase, a_temporary_store_without_a_place_gives_a_sentence);
    tcase_add_test(tcase, everything_is_there_after_reopening);
    tcase_add_test(tcase, running_out_of_memory_while_opening_gives_a_sentence);
    suite_add_tcase(suite, tcase);
    return suite;
}
