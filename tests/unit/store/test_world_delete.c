#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "store/store_internal.h"

Suite *world_delete_suite(void);

/* More than go at once. Some datasets have two files. */
enum { OBJECTS = 250, WITH_FILES_EACH = 50, FILES = 2 * OBJECTS / WITH_FILES_EACH };

static int64_t number_of(struct store *store, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    int64_t number;

    ck_assert_int_eq(sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
    number = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return number;
}

/* As many datasets as models, each trained from one of them. */
static void fill(struct store *store, const char *world)
{
    char id[16];

    for (int i = 0; i < OBJECTS; i++) {
        AUTO(model_record_done) struct model_record model;

        (void)snprintf(id, sizeof(id), "%d", i);
        ck_assert_int_eq(put_dataset(store, world, id, i, i % WITH_FILES_EACH ? 0 : 2), STORE_OK);
        model = model_new(id, i);
        free(model.dataset_id);
        model.dataset_id = strdup(id);
        ck_assert_int_eq(store_model_insert(store, world, &model), STORE_OK);
    }
}

static void assert_empty(struct store *store, const char *world)
{
    struct dataset_record dataset = {0};
    struct model_record model = {0};
    int64_t number = -1;

    ck_assert_int_eq(store_dataset_get(store, world, "7", &dataset), STORE_NONE);
    ck_assert_int_eq(store_model_get(store, world, "7", &model), STORE_NONE);
    ck_assert_int_eq(store_dataset_count(store, world, NULL, INT64_MIN, &number), STORE_OK);
    ck_assert_int_eq(number, 0);
    ck_assert_int_eq(store_model_count(store, world, &number), STORE_OK);
    ck_assert_int_eq(number, 0);
    ck_assert_int_eq(store_dataset_usage(store, world, INT64_MIN, &number), STORE_OK);
    ck_assert_int_eq(number, 0);
}

static void assert_untrained(struct store *store, size_t count, const char *world)
{
    AUTO(model_names_done) struct model_names names = {0};

    ck_assert_int_eq(store_models_untrained(store, &names), STORE_OK);
    ck_assert_uint_eq(names.count, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_str_eq(names.items[i].world, world);
}

START_TEST(a_world_is_empty_before_its_files_are_gone)
{
    char *path = directory_new();
    struct store *store = must_open(path);

    fill(store, "w");
    ck_assert_int_eq(store_world_delete(store, "w"), STORE_OK);
    assert_empty(store, "w");
    assert_untrained(store, 0, "w");
    ck_assert_uint_eq(folder_count(path, "parts"), FILES);
    /* What comes now is another world's. */
    ck_assert_int_eq(put_dataset(store, "w", "7", 1, 1), STORE_OK);
    ck_assert_int_eq(put_model(store, "w", "7", 1), STORE_OK);
    assert_untrained(store, 1, "w");
    clear_worlds(store);
    ck_assert_uint_eq(folder_count(path, "parts"), 1);
    ck_assert_int_eq(number_of(store, "SELECT count(*) FROM datasets"), 1);
    ck_assert_int_eq(number_of(store, "SELECT count(*) FROM models"), 1);
    ck_assert_int_eq(number_of(store, "SELECT count(*) FROM totals"), 1);
    ck_assert_int_eq(store_dataset_delete(store, "w", "7"), STORE_OK);
    store_close(store);
    directory_remove(path);
}
END_TEST

START_TEST(a_deletion_goes_on_in_the_next_process)
{
    char *path = directory_new();
    struct store *store = must_open(path);

    fill(store, "w");
    fill(store, "other");
    ck_assert_int_eq(store_world_delete(store, "w"), STORE_OK);
    for (int i = 0; i < _i; i++)
        ck_assert_int_eq(store_world_clear(store), STORE_OK);
    store_close(store);
    /* As after a kill: it looks for files that are lost. */
    (void)unlink(path_of(path, "clean"));
    store = must_open(path);
    assert_empty(store, "w");
    assert_untrained(store, OBJECTS, "other");
    clear_worlds(store);
    ck_assert_uint_eq(folder_count(path, "parts"), FILES);
    ck_assert_int_eq(number_of(store, "SELECT count(*) FROM datasets"), OBJECTS);
    ck_assert_int_eq(number_of(store, "SELECT count(*) FROM models"), OBJECTS);
    ck_assert_int_eq(number_of(store, "SELECT sum(refs) FROM files"), (int64_t)2 * FILES);
    store_close(store);
    directory_remove(path);
}
END_TEST

START_TEST(a_world_can_be_deleted_again_before_it_is_cleared)
{
    AUTO(close_store) struct store *store = must_open(NULL);

    for (int i = 0; i < 3; i++) {
        fill(store, "w");
        ck_assert_int_eq(store_world_delete(store, "w"), STORE_OK);
        assert_empty(store, "w");
    }
    clear_worlds(store);
    assert_empty(store, "w");
    ck_assert_int_eq(number_of(store, "SELECT (SELECT count(*) FROM datasets) +"
                                      " (SELECT count(*) FROM models) +"
                                      " (SELECT count(*) FROM files) +"
                                      " (SELECT count(*) FROM totals) +"
                                      " (SELECT count(*) FROM dataset_counts) +"
                                      " (SELECT count(*) FROM deleted_worlds) +"
                                      " (SELECT count(*) FROM world_keys)"),
                     0);
}
END_TEST

Suite *world_delete_suite(void)
{
    Suite *suite = suite_create("world_delete");
    TCase *tcase = tcase_create("many objects");

    tcase_add_test(tcase, a_world_is_empty_before_its_files_are_gone);
    tcase_add_loop_test(tcase, a_deletion_goes_on_in_the_next_process, 0, 7);
    tcase_add_test(tcase, a_world_can_be_deleted_again_before_it_is_cleared);
    suite_add_tcase(suite, tcase);
    return suite;
}
