#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

Suite *model_store_suite(void);

static void assert_model_eq(const struct model_record *got, const struct model_record *want)
{
    ck_assert_str_eq(got->id, want->id);
    ck_assert_str_eq(got->name, want->name);
    ck_assert_str_eq(got->base_type, want->base_type);
    ck_assert_str_eq(got->base_name, want->base_name);
    ck_assert_str_eq(got->dataset_id, want->dataset_id);
    assert_string_eq(got->hyperparameters, want->hyperparameters);
    ck_assert_int_eq(got->created_us, want->created_us);
    ck_assert_int_eq(got->queued_us, want->queued_us);
    ck_assert_int_eq(got->training_us, want->training_us);
    ck_assert_int_eq(got->deploying_us, want->deploying_us);
    ck_assert_int_eq(got->updated_us, want->updated_us);
    ck_assert_int_eq(got->failed_us, want->failed_us);
}

START_TEST(every_field_comes_back)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    AUTO(model_record_done) struct model_record put = model_new("m", -5);
    AUTO(model_record_done) struct model_record got = {0};

    put.failed_us = INT64_MAX;
    if (_i == 1) {
        free(put.hyperparameters);
        put.hyperparameters = NULL;
    }
    ck_assert_int_eq(store_model_insert(store, "w", &put), STORE_OK);
    ck_assert_int_eq(store_model_get(store, "w", "m", &got), STORE_OK);
    assert_model_eq(&got, &put);
}
END_TEST

START_TEST(a_taken_id_is_refused_in_its_world_only)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    struct model_list list = {0};

    ck_assert_int_eq(put_model(store, "w", "m", 1), STORE_OK);
    ck_assert_int_eq(put_model(store, "w", "m", 2), STORE_FAILED);
    ck_assert_int_eq(put_model(store, "other", "m", 2), STORE_OK);
    ck_assert_int_eq(store_model_list(store, "w", MODELS_OLDEST_FIRST, 0, 10, &list), STORE_OK);
    ck_assert_int_eq(list.total, 1);
    ck_assert_int_eq(list.items[0].created_us, 1);
    model_list_done(&list);
}
END_TEST

START_TEST(a_deleted_model_is_gone)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    struct model_record model = {0};

    ck_assert_int_eq(put_model(store, "w", "m", 1), STORE_OK);
    ck_assert_int_eq(store_model_delete(store, "other", "m"), STORE_NONE);
    ck_assert_int_eq(store_model_delete(store, "w", "m"), STORE_OK);
    ck_assert_int_eq(store_model_delete(store, "w", "m"), STORE_NONE);
    ck_assert_int_eq(store_model_get(store, "w", "m", &model), STORE_NONE);
    ck_assert_ptr_null(model.name);
}
END_TEST

/* Inserted in this order: b and c share their microsecond. */
static const struct {
    const char *id;
    int64_t created_us;
} inserted[] = {{"d", 30}, {"b", 20}, {"c", 20}, {"a", 10}};

static const struct {
    enum model_order order;
    int64_t offset, limit;
    const char *ids;
} pages[] = {
    {MODELS_OLDEST_FIRST, 0, 10, "abcd"}, {MODELS_NEWEST_FIRST, 0, 10, "dcba"},
    {MODELS_OLDEST_FIRST, 1, 2, "bc"},    {MODELS_NEWEST_FIRST, 1, 2, "cb"},
    {MODELS_OLDEST_FIRST, 3, 10, "d"},    {MODELS_OLDEST_FIRST, 4, 10, ""},
    {MODELS_NEWEST_FIRST, 0, 0, ""},
};

START_TEST(pages_are_in_order_and_know_the_total)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    AUTO(model_list_done) struct model_list list = {0};

    for (size_t i = 0; i < ARRAY_LEN(inserted); i++)
        ck_assert_int_eq(put_model(store, "w", inserted[i].id, inserted[i].created_us), STORE_OK);
    ck_assert_int_eq(put_model(store, "other", "z", 15), STORE_OK);
    ck_assert_int_eq(
        store_model_list(store, "w", pages[_i].order, pages[_i].offset, pages[_i].limit, &list),
        STORE_OK);
    ck_assert_int_eq(list.total, 4);
    ck_assert_uint_eq(list.count, strlen(pages[_i].ids));
    for (size_t i = 0; i < list.count; i++)
        ck_assert_int_eq(list.items[i].id[0], pages[_i].ids[i]);
}
END_TEST

/* A model is created at 100, trained from 110 to 130 and deployed after that. */
static const struct {
    const char *world, *dataset_id;
    int64_t now_us, failed_us;
} decrees[] = {
    {"w", "dataset", 100, 100}, {"w", "dataset", 129, 129}, {"w", "dataset", 130, 0},
    {"w", "other", 100, 0},     {"x", "dataset", 100, 0},
};

START_TEST(only_the_untrained_models_of_a_dataset_fail)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    AUTO(model_record_done) struct model_record model = {0};

    ck_assert_int_eq(put_model(store, "w", "m", 100), STORE_OK);
    ck_assert_int_eq(store_models_fail_untrained(store, decrees[_i].world, decrees[_i].dataset_id,
                                                 decrees[_i].now_us),
                     STORE_OK);
    ck_assert_int_eq(store_model_get(store, "w", "m", &model), STORE_OK);
    ck_assert_int_eq(model.failed_us, decrees[_i].failed_us);
}
END_TEST

START_TEST(a_model_fails_once)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    AUTO(model_record_done) struct model_record model = {0};

    ck_assert_int_eq(put_model(store, "w", "m", 100), STORE_OK);
    ck_assert_int_eq(store_models_fail_untrained(store, "w", "dataset", 105), STORE_OK);
    ck_assert_int_eq(store_models_fail_untrained(store, "w", "dataset", 106), STORE_OK);
    ck_assert_int_eq(store_model_get(store, "w", "m", &model), STORE_OK);
    ck_assert_int_eq(model.failed_us, 105);
}
END_TEST

START_TEST(running_out_of_memory_fills_nothing)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    bool has_failed = true;

    ck_assert_int_eq(put_model(store, "w", "m", 1), STORE_OK);
    for (int i = 0; has_failed; i++) {
        struct model_record model = {0};
        struct model_list list = {0};
        enum store_result got, listed;

        fail_allocation(i);
        got = store_model_get(store, "w", "m", &model);
        has_failed = allocation_failed();
        ck_assert_int_eq(got, has_failed ? STORE_FAILED : STORE_OK);
        ck_assert_int_eq(model.name != NULL, got == STORE_OK);
        fail_allocation(i);
        listed = store_model_list(store, "w", MODELS_OLDEST_FIRST, 0, 10, &list);
        has_failed = allocation_failed();
        ck_assert_int_eq(listed, has_failed ? STORE_FAILED : STORE_OK);
        ck_assert_int_eq(list.items != NULL, listed == STORE_OK);
        model_record_done(&model);
        model_list_done(&list);
    }
}
END_TEST

Suite *model_store_suite(void)
{
    Suite *suite = suite_create("model_store");
    TCase *tcase = tcase_create("models");

    tcase_add_loop_test(tcase, every_field_comes_back, 0, 2);
    tcase_add_test(tcase, a_taken_id_is_refused_in_its_world_only);
    tcase_add_test(tcase, a_deleted_model_is_gone);
    tcase_add_loop_test(tcase, pages_are_in_order_and_know_the_total, 0, (int)ARRAY_LEN(pages));
    tcase_add_loop_test(tcase, only_the_untrained_models_of_a_dataset_fail, 0,
                        (int)ARRAY_LEN(decrees));
    tcase_add_test(tcase, a_model_fails_once);
    tcase_add_test(tcase, running_out_of_memory_fills_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
