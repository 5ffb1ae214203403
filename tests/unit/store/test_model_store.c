#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "support/failing_alloc.h"

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
    ck_assert_int_eq(got->multi_label, want->multi_label);
    assert_string_eq(got->wandb, want->wandb);
}

START_TEST(every_field_comes_back)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    AUTO(model_record_done) struct model_record put = model_new("m", -5);
    AUTO(model_record_done) struct model_record got = {0};

    put.failed_us = INT64_MAX;
    put.multi_label = true;
    if (_i == 1) {
        free(put.hyperparameters);
        free(put.wandb);
        put.hyperparameters = put.wandb = NULL;
        put.multi_label = false;
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

START_TEST(a_model_past_a_quota_is_not_inserted)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    AUTO(model_record_done) struct model_record third = model_new("c", 30);
    const struct model_quota tight[] = {{2, 10}, {2, INT64_MIN}}, daily[] = {{1, 10}};
    size_t passed = 99;

    ck_assert_int_eq(put_model(store, "w", "a", 10), STORE_OK);
    ck_assert_int_eq(put_model(store, "w", "b", 20), STORE_OK);
    ck_assert_int_eq(store_model_insert_within(store, "w", &third, tight, 2, &passed),
                     STORE_OVER_QUOTA);
    ck_assert_uint_eq(passed, 1);
    ck_assert_int_eq(store_model_insert_within(store, "w", &third, daily, 1, &passed),
                     STORE_OVER_QUOTA);
    ck_assert_uint_eq(passed, 0);
    ck_assert_int_eq(store_model_insert_within(store, "w", &third, tight, 1, &passed), STORE_OK);
    ck_assert_int_eq(store_model_insert_within(store, "other", &third, tight, 2, &passed),
                     STORE_OK);
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

/* clang-format off */
static const struct {
    struct model_order order;
    int64_t offset, limit;
    const char *ids;
} pages[] = {
    {{KEY_CREATED, KEY_NONE},           0, 10, "abcd"},
    {{KEY_CREATED_DESC, KEY_NONE},      0, 10, "dcba"},
    {{KEY_CREATED, KEY_NONE},           1, 2,  "bc"},
    {{KEY_CREATED_DESC, KEY_NONE},      1, 2,  "cb"},
    {{KEY_CREATED, KEY_NONE},           3, 10, "d"},
    {{KEY_CREATED, KEY_NONE},           4, 10, ""},
    {{KEY_CREATED_DESC, KEY_NONE},      0, 0,  ""},
    {{KEY_CREATED, KEY_NAME},           0, 10, "abcd"},
    {{KEY_CREATED, KEY_NAME_DESC},      0, 10, "acbd"},
    {{KEY_CREATED_DESC, KEY_NAME},      0, 10, "dbca"},
    {{KEY_CREATED_DESC, KEY_NAME_DESC}, 1, 2,  "cb"},
    {{KEY_NAME, KEY_CREATED},           0, 10, "abcd"},
    {{KEY_NAME_DESC, KEY_CREATED_DESC}, 0, 3,  "dcb"},
    {{KEY_NAME, KEY_NONE},              2, 1,  "c"},
};
/* clang-format on */

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

START_TEST(a_model_gets_another_name)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    AUTO(model_record_done) struct model_record model = {0};

    ck_assert_int_eq(put_model(store, "w", "m", 100), STORE_OK);
    ck_assert_int_eq(store_model_rename(store, "w", "m", "new", 7), STORE_OK);
    ck_assert_int_eq(store_model_rename(store, "w", "none", "other", 8), STORE_NONE);
    ck_assert_int_eq(store_model_rename(store, "other", "m", "other", 8), STORE_NONE);
    ck_assert_int_eq(store_model_get(store, "w", "m", &model), STORE_OK);
    ck_assert_str_eq(model.name, "new");
    ck_assert_int_eq(model.updated_us, 7);
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

        failing_alloc_once_after((size_t)i);
        got = store_model_get(store, "w", "m", &model);
        has_failed = failing_alloc_stop();
        ck_assert_int_eq(got, has_failed ? STORE_FAILED : STORE_OK);
        ck_assert_int_eq(model.name != NULL, got == STORE_OK);
        failing_alloc_once_after((size_t)i);
        listed = store_model_list(store, "w", MODELS_OLDEST_FIRST, 0, 10, &list);
        has_failed = failing_alloc_stop();
        ck_assert_int_eq(listed, has_failed ? STORE_FAILED : STORE_OK);
        ck_assert_int_eq(list.items != NULL, listed == STORE_OK);
        model_record_done(&model);
        model_list_done(&list);
    }
}
END_TEST

/*
 * Training
 */

/* A store in a directory, with a dataset "dataset" of two parts and models "a" and "b" of it. */
static char *path;
static struct store *store;

static void start_with_jobs(void)
{
    path = directory_new();
    store = must_open(path);
    ck_assert_int_eq(put_dataset(store, "w", "dataset", 1, 2), STORE_OK);
    ck_assert_int_eq(put_model(store, "w", "a", 100), STORE_OK);
    ck_assert_int_eq(put_model(store, "w", "b", 200), STORE_OK);
}

static void stop_with_jobs(void)
{
    store_close(store);
    directory_remove(path);
}

static enum store_result train(const char *id, const char *steps, int64_t failed_us)
{
    AUTO(model_training_done) struct model_training training = {0};

    ck_assert_int_eq(store_model_training_get(store, "w", id, &training), STORE_OK);
    return store_model_trained(store, "w", &training, steps, failed_us);
}

START_TEST(an_untrained_model_knows_its_files)
{
    AUTO(model_training_done) struct model_training training = {0};
    AUTO(dataset_record_done) struct dataset_record dataset = {0};

    ck_assert_int_eq(store_dataset_get(store, "w", "dataset", &dataset), STORE_OK);
    ck_assert_int_eq(store_model_training_get(store, "w", "a", &training), STORE_OK);
    ck_assert_str_eq(training.model.id, "a");
    ck_assert_ptr_null(training.metrics);
    ck_assert_uint_eq(training.part_count, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_str_eq(training.parts[i].file_name, dataset.parts[i].file_name);
        ck_assert_int_eq(training.parts[i].row_count, dataset.parts[i].row_count);
        ck_assert_int_eq(training.parts[i].is_eval, dataset.parts[i].is_eval);
    }
    model_training_done(&training);
    ck_assert_int_eq(store_model_training_get(store, "other", "a", &training), STORE_NONE);
}
END_TEST

START_TEST(what_a_training_brought_is_kept)
{
    AUTO(model_training_done) struct model_training training = {0};

    ck_assert_int_eq(train("a", "some steps", _i ? 77 : 0), STORE_OK);
    store_close(store);
    store = must_open(path);
    ck_assert_int_eq(store_model_training_get(store, "w", "a", &training), STORE_OK);
    ck_assert_str_eq(training.metrics, "some steps");
    ck_assert_uint_eq(training.part_count, 0);
    ck_assert_int_eq(training.model.failed_us, _i ? 77 : 0);
    ck_assert_int_eq(train("a", "others", 0), STORE_NONE);
}
END_TEST

START_TEST(who_has_failed_before_stays_so)
{
    AUTO(model_record_done) struct model_record model = {0};

    ck_assert_int_eq(store_models_fail_untrained(store, "w", "dataset", 105), STORE_OK);
    ck_assert_int_eq(train("a", "", 130), STORE_OK);
    ck_assert_int_eq(store_model_get(store, "w", "a", &model), STORE_OK);
    ck_assert_int_eq(model.failed_us, 105);
}
END_TEST

START_TEST(files_go_with_the_last_who_refers_to_them)
{
    ck_assert_int_eq(store_dataset_delete(store, "w", "dataset"), STORE_OK);
    ck_assert_uint_eq(folder_count(path, "parts"), 2);
    ck_assert_int_eq(train("a", "", 0), STORE_OK);
    ck_assert_uint_eq(folder_count(path, "parts"), 2);
    if (_i)
        ck_assert_int_eq(train("b", "", 0), STORE_OK);
    else
        ck_assert_int_eq(store_model_delete(store, "w", "b"), STORE_OK);
    ck_assert_uint_eq(folder_count(path, "parts"), 0);
}
END_TEST

START_TEST(the_files_of_a_dataset_outlive_its_trainings)
{
    ck_assert_int_eq(train("a", "", 0), STORE_OK);
    ck_assert_int_eq(store_model_delete(store, "w", "b"), STORE_OK);
    ck_assert_uint_eq(folder_count(path, "parts"), 2);
    ck_assert_int_eq(store_dataset_delete(store, "w", "dataset"), STORE_OK);
    ck_assert_uint_eq(folder_count(path, "parts"), 0);
}
END_TEST

START_TEST(a_world_goes_with_the_files_of_its_models)
{
    if (_i)
        ck_assert_int_eq(store_dataset_delete(store, "w", "dataset"), STORE_OK);
    ck_assert_int_eq(store_world_delete(store, "w"), STORE_OK);
    clear_worlds(store);
    ck_assert_uint_eq(folder_count(path, "parts"), 0);
}
END_TEST

START_TEST(files_of_an_untrained_model_are_not_swept)
{
    ck_assert_int_eq(store_dataset_delete(store, "w", "dataset"), STORE_OK);
    store_close(store);
    store = must_open(path);
    ck_assert_uint_eq(folder_count(path, "parts"), 2);
    ck_assert_int_eq(train("a", "", 0), STORE_OK);
}
END_TEST

START_TEST(a_model_of_the_same_id_in_a_world_begun_anew_is_another_one)
{
    AUTO(model_training_done) struct model_training training = {0};

    ck_assert_int_eq(store_model_training_get(store, "w", "a", &training), STORE_OK);
    ck_assert_int_eq(store_world_delete(store, "w"), STORE_OK);
    ck_assert_int_eq(store_model_trained(store, "w", &training, "", 0), STORE_NONE);
    ck_assert_int_eq(put_dataset(store, "w", "dataset", 1, 2), STORE_OK);
    ck_assert_int_eq(put_model(store, "w", "a", 100), STORE_OK);
    ck_assert_int_eq(store_model_trained(store, "w", &training, "", 0), STORE_NONE);
    ck_assert_int_eq(train("a", "", 0), STORE_OK);
}
END_TEST

START_TEST(untrained_models_of_all_worlds_are_known)
{
    AUTO(model_names_done) struct model_names names = {0};

    ck_assert_int_eq(put_model(store, "other", "c", 50), STORE_OK);
    ck_assert_int_eq(train("a", "", 0), STORE_OK);
    ck_assert_int_eq(store_models_untrained(store, &names), STORE_OK);
    ck_assert_uint_eq(names.count, 2);
    ck_assert_str_eq(names.items[0].world, "w");
    ck_assert_str_eq(names.items[0].id, "b");
    ck_assert_str_eq(names.items[1].world, "other");
    ck_assert_str_eq(names.items[1].id, "c");
}
END_TEST

START_TEST(running_out_of_memory_trains_nothing)
{
    bool has_failed = true;

    for (int i = 0; has_failed; i++) {
        struct model_training training = {0};
        struct model_names names = {0};
        enum store_result got, listed;

        failing_alloc_once_after((size_t)i);
        got = store_model_training_get(store, "w", "a", &training);
        has_failed = failing_alloc_stop();
        ck_assert_int_eq(got, has_failed ? STORE_FAILED : STORE_OK);
        failing_alloc_once_after((size_t)i);
        listed = store_models_untrained(store, &names);
        has_failed |= failing_alloc_stop();
        ck_assert_int_eq(names.items != NULL, listed == STORE_OK);
        model_names_done(&names);
        model_training_done(&training);
    }
}
END_TEST

Suite *model_store_suite(void)
{
    Suite *suite = suite_create("model_store");
    TCase *tcase = tcase_create("models"), *training = tcase_create("training");

    tcase_add_loop_test(tcase, every_field_comes_back, 0, 2);
    tcase_add_test(tcase, a_taken_id_is_refused_in_its_world_only);
    tcase_add_test(tcase, a_model_past_a_quota_is_not_inserted);
    tcase_add_test(tcase, a_deleted_model_is_gone);
    tcase_add_loop_test(tcase, pages_are_in_order_and_know_the_total, 0, (int)ARRAY_LEN(pages));
    tcase_add_loop_test(tcase, only_the_untrained_models_of_a_dataset_fail, 0,
                        (int)ARRAY_LEN(decrees));
    tcase_add_test(tcase, a_model_fails_once);
    tcase_add_test(tcase, running_out_of_memory_fills_nothing);
    tcase_add_test(tcase, a_model_gets_another_name);
    suite_add_tcase(suite, tcase);

    tcase_add_checked_fixture(training, start_with_jobs, stop_with_jobs);
    tcase_add_test(training, an_untrained_model_knows_its_files);
    tcase_add_loop_test(training, what_a_training_brought_is_kept, 0, 2);
    tcase_add_test(training, who_has_failed_before_stays_so);
    tcase_add_loop_test(training, files_go_with_the_last_who_refers_to_them, 0, 2);
    tcase_add_test(training, the_files_of_a_dataset_outlive_its_trainings);
    tcase_add_loop_test(training, a_world_goes_with_the_files_of_its_models, 0, 2);
    tcase_add_test(training, files_of_an_untrained_model_are_not_swept);
    tcase_add_test(training, a_model_of_the_same_id_in_a_world_begun_anew_is_another_one);
    tcase_add_test(training, untrained_models_of_all_worlds_are_known);
    tcase_add_test(training, running_out_of_memory_trains_nothing);
    suite_add_tcase(suite, training);
    return suite;
}
