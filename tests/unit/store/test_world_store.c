#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"

Suite *world_store_suite(void);

START_TEST(a_world_comes_back_as_it_was_put)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    const struct world_record put = {
        .name = "w", .seed = UINT64_MAX, .clock = WORLD_CLOCK_FROZEN, .clock_us = INT64_MIN};
    struct world_record got = {0};

    ck_assert_int_eq(store_world_put(store, &put), STORE_OK);
    ck_assert_int_eq(store_world_get(store, "w", &got), STORE_OK);
    ck_assert_str_eq(got.name, "w");
    ck_assert_uint_eq(got.seed, UINT64_MAX);
    ck_assert_int_eq(got.clock, WORLD_CLOCK_FROZEN);
    ck_assert_int_eq(got.clock_us, INT64_MIN);
}
END_TEST

START_TEST(an_unknown_world_is_none_and_touches_nothing)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    struct world_record got = {.seed = 5};

    ck_assert_int_eq(store_world_get(store, "w", &got), STORE_NONE);
    ck_assert_uint_eq(got.seed, 5);
}
END_TEST

START_TEST(putting_a_world_again_keeps_its_objects_and_counter)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    struct world_record world = {.name = "w", .seed = 1};
    uint64_t next = 0;

    ck_assert_int_eq(store_world_put(store, &world), STORE_OK);
    ck_assert_int_eq(put_dataset(store, "w", "a", 1, 1), STORE_OK);
    ck_assert_int_eq(store_counter_next(store, "w", &next), STORE_OK);
    world.seed = 2;
    ck_assert_int_eq(store_world_put(store, &world), STORE_OK);
    world.seed = 0;
    ck_assert_int_eq(store_world_get(store, "w", &world), STORE_OK);
    ck_assert_uint_eq(world.seed, 2);
    ck_assert_int_eq(store_dataset_get(store, "w", "a", &dataset), STORE_OK);
    ck_assert_int_eq(store_counter_next(store, "w", &next), STORE_OK);
    ck_assert_uint_eq(next, 2);
}
END_TEST

START_TEST(each_world_counts_for_itself)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    uint64_t next = 0;

    for (uint64_t i = 1; i <= 3; i++) {
        ck_assert_int_eq(store_counter_next(store, "w", &next), STORE_OK);
        ck_assert_uint_eq(next, i);
    }
    ck_assert_int_eq(store_counter_next(store, "other", &next), STORE_OK);
    ck_assert_uint_eq(next, 1);
}
END_TEST

START_TEST(a_deleted_world_takes_everything_along_and_no_other_world)
{
    char *path = directory_new();
    struct store *store = must_open(path);
    const struct world_record world = {.name = "w"};
    struct dataset_record dataset = {0};
    struct model_record model = {0};
    struct world_record got;
    struct model_list models = {0};
    int64_t used = -1;
    uint64_t next = 0;

    ck_assert_int_eq(store_world_put(store, &world), STORE_OK);
    ck_assert_int_eq(put_dataset(store, "w", "a", 1, 2), STORE_OK);
    ck_assert_int_eq(put_dataset(store, "w", "b", 1, 1), STORE_OK);
    ck_assert_int_eq(put_dataset(store, "other", "a", 1, 1), STORE_OK);
    ck_assert_int_eq(put_model(store, "w", "m", 1), STORE_OK);
    ck_assert_int_eq(put_model(store, "other", "m", 1), STORE_OK);
    ck_assert_int_eq(store_counter_next(store, "w", &next), STORE_OK);
    ck_assert_uint_eq(folder_count(path, "parts"), 4);

    ck_assert_int_eq(store_world_delete(store, "w"), STORE_OK);
    clear_worlds(store);
    ck_assert_uint_eq(folder_count(path, "parts"), 1);
    ck_assert_int_eq(store_world_get(store, "w", &got), STORE_NONE);
    ck_assert_int_eq(store_dataset_get(store, "w", "a", &dataset), STORE_NONE);
    ck_assert_int_eq(store_model_get(store, "w", "m", &model), STORE_NONE);
    ck_assert_int_eq(store_dataset_usage(store, "w", INT64_MIN, &used), STORE_OK);
    ck_assert_int_eq(used, 0);
    ck_assert_int_eq(store_model_list(store, "w", MODELS_OLDEST_FIRST, 0, 10, &models), STORE_OK);
    ck_assert_int_eq(models.total, 0);
    ck_assert_int_eq(store_counter_next(store, "w", &next), STORE_OK);
    ck_assert_uint_eq(next, 1);

    ck_assert_int_eq(store_dataset_get(store, "other", "a", &dataset), STORE_OK);
    ck_assert_int_eq(store_model_get(store, "other", "m", &model), STORE_OK);
    dataset_record_done(&dataset);
    model_record_done(&model);
    store_close(store);
    directory_remove(path);
}
END_TEST

START_TEST(a_world_without_anything_can_be_deleted)
{
    AUTO(close_store) struct store *store = must_open(NULL);

    ck_assert_int_eq(store_world_delete(store, "w"), STORE_OK);
}
END_TEST

START_TEST(settings_are_kept_by_world_and_name)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    char *value = NULL;

    ck_assert_int_eq(store_setting_get(store, "w", "a", &value), STORE_NONE);
    ck_assert_ptr_null(value);
    ck_assert_int_eq(store_setting_put(store, "w", "a", "1"), STORE_OK);
    ck_assert_int_eq(store_setting_put(store, "w", "a", "2"), STORE_OK);
    ck_assert_int_eq(store_setting_put(store, "w", "b", "3"), STORE_OK);
    ck_assert_int_eq(store_setting_get(store, "w", "a", &value), STORE_OK);
    ck_assert_str_eq(value, "2");
    free(value);
    value = NULL;
    ck_assert_int_eq(store_setting_get(store, "other", "a", &value), STORE_NONE);
    ck_assert_int_eq(store_world_delete(store, "w"), STORE_OK);
    ck_assert_int_eq(store_setting_get(store, "w", "b", &value), STORE_NONE);
}
END_TEST

/* Insert a dataset without files and a model, both with ids made from `counter`. */
static void insert_both(struct store *store, const char *id, uint64_t counter,
                        enum store_result want)
{
    AUTO(dataset_record_done) struct dataset_record dataset = dataset_new(id, 1, 0);
    AUTO(model_record_done) struct model_record model = model_new(id, 1);

    dataset.counter = model.counter = counter;
    ck_assert_int_eq(store_dataset_insert(store, "w", &dataset, NULL, INT64_MAX), want);
    (void)snprintf(model.id, sizeof(model.id), "m-%s", id);
    ck_assert_int_eq(store_model_insert(store, "w", &model), want);
}

START_TEST(what_comes_into_a_world_that_was_deleted_meanwhile_is_gone_with_it)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    int64_t dataset_count = 0, model_count = 0;
    uint64_t old, young;

    ck_assert_int_eq(store_counter_next(store, "w", &old), STORE_OK);
    ck_assert_int_eq(store_counter_next(store, "w", &old), STORE_OK);
    ck_assert_int_eq(store_world_delete(store, "w"), STORE_OK);
    insert_both(store, "a", old, STORE_NONE);
    ck_assert_int_eq(store_counter_next(store, "w", &young), STORE_OK);
    ck_assert_uint_lt(young, old);
    insert_both(store, "b", old, STORE_NONE);
    insert_both(store, "b", young, STORE_OK);
    /* The new world has come to the number, and to the id. */
    ck_assert_int_eq(store_counter_next(store, "w", &young), STORE_OK);
    ck_assert_uint_eq(young, old);
    insert_both(store, "c", young, STORE_OK);
    insert_both(store, "c", old, STORE_NONE);
    ck_assert_int_eq(store_dataset_count(store, "w", NULL, INT64_MIN, &dataset_count), STORE_OK);
    ck_assert_int_eq(store_model_count(store, "w", &model_count), STORE_OK);
    ck_assert_int_eq(dataset_count, 2);
    ck_assert_int_eq(model_count, 2);
}
END_TEST

Suite *world_store_suite(void)
{
    Suite *suite = suite_create("world_store");
    TCase *tcase = tcase_create("worlds");

    tcase_add_test(tcase, a_world_comes_back_as_it_was_put);
    tcase_add_test(tcase, an_unknown_world_is_none_and_touches_nothing);
    tcase_add_test(tcase, putting_a_world_again_keeps_its_objects_and_counter);
    tcase_add_test(tcase, each_world_counts_for_itself);
    tcase_add_test(tcase, a_deleted_world_takes_everything_along_and_no_other_world);
    tcase_add_test(tcase, a_world_without_anything_can_be_deleted);
    tcase_add_test(tcase, settings_are_kept_by_world_and_name);
    tcase_add_test(tcase, what_comes_into_a_world_that_was_deleted_meanwhile_is_gone_with_it);
    suite_add_tcase(suite, tcase);
    return suite;
}
