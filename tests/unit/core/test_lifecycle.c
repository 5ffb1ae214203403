#include <check.h>

#include "base/attr.h"
#include "core/lifecycle.h"

Suite *lifecycle_suite(void);

static const int64_t created_us = 1000;

static const struct {
    int64_t age_us;
    bool valid;
    enum dataset_status status;
    int64_t updated_age_us;
} datasets[] = {
    {-1, true, DATASET_QUEUED, 0},        {0, true, DATASET_QUEUED, 0},
    {49, true, DATASET_QUEUED, 0},        {50, true, DATASET_PROCESSING, 50},
    {199, true, DATASET_PROCESSING, 50},  {200, true, DATASET_VALIDATED, 200},
    {9999, true, DATASET_VALIDATED, 200}, {199, false, DATASET_PROCESSING, 50},
    {200, false, DATASET_FAILED, 200},
};

START_TEST(a_dataset_moves_on_with_its_age)
{
    struct dataset_life life = {.created_us = created_us,
                                .queued_us = 50,
                                .processing_us = 150,
                                .valid = datasets[_i].valid};
    int64_t now_us = created_us + datasets[_i].age_us;

    ck_assert_int_eq(dataset_status_at(&life, now_us), datasets[_i].status);
    ck_assert_int_eq(dataset_updated_at(&life, now_us), created_us + datasets[_i].updated_age_us);
}
END_TEST

START_TEST(a_dataset_expires_after_30_days)
{
    struct dataset_life life = {.created_us = created_us};
    int64_t days_us = 30LL * 24 * 3600 * 1000000;

    ck_assert(!dataset_is_expired(&life, created_us + days_us - 1));
    ck_assert(dataset_is_expired(&life, created_us + days_us));
}
END_TEST

static const struct {
    int64_t age_us, failed_age_us; /* -1: does not fail */
    enum model_status status;
    size_t event_count;
    bool completed;
} models[] = {
    {-5, -1, MODEL_QUEUED, 1, false},     {0, -1, MODEL_QUEUED, 1, false},
    {10, -1, MODEL_FINETUNING, 2, false}, {109, -1, MODEL_FINETUNING, 2, false},
    {110, -1, MODEL_DEPLOYING, 3, true},  {130, -1, MODEL_READY, 4, true},
    {130, 60, MODEL_FAILED, 3, false},    {59, 60, MODEL_FINETUNING, 2, false},
    {60, 60, MODEL_FAILED, 3, false},     {300, 5, MODEL_FAILED, 2, false},
};

START_TEST(a_model_moves_on_with_its_age)
{
    struct model_life life = {
        .created_us = created_us, .queued_us = 10, .training_us = 100, .deploying_us = 20};
    struct model_event events[MODEL_EVENTS_MAX];
    int64_t now_us = created_us + models[_i].age_us;
    int64_t completed_us;

    if (models[_i].failed_age_us >= 0)
        life.failed_us = created_us + models[_i].failed_age_us;
    ck_assert_int_eq(model_event_at(&life, now_us).status, models[_i].status);
    ck_assert_uint_eq(model_events_at(&life, now_us, events), models[_i].event_count);
    ck_assert_int_eq(events[0].status, MODEL_QUEUED);
    ck_assert_int_eq(events[0].at_us, created_us);
    ck_assert_int_eq(model_completed_at(&life, now_us, &completed_us), models[_i].completed);
    if (models[_i].completed)
        ck_assert_int_eq(completed_us, created_us + 110);
}
END_TEST

START_TEST(the_fast_preset_takes_under_a_second_in_all)
{
    const struct lifecycle *fast = lifecycle_preset("fast");

    ck_assert_int_lt(fast->dataset_queued_us + fast->dataset_processing_us + fast->model_queued_us +
                         fast->model_training_us + fast->model_deploying_us,
                     1000000);
    ck_assert_ptr_null(lifecycle_preset("quick"));
}
END_TEST

START_TEST(statuses_are_spelt_as_in_the_api)
{
    ck_assert_str_eq(dataset_status_name(DATASET_VALIDATED), "validated");
    ck_assert_str_eq(model_status_name(MODEL_DEPLOYING), "STATUS_DEPLOYING_API");
}
END_TEST

Suite *lifecycle_suite(void)
{
    Suite *suite = suite_create("lifecycle");
    TCase *tcase = tcase_create("ages");

    tcase_add_loop_test(tcase, a_dataset_moves_on_with_its_age, 0, ARRAY_LEN(datasets));
    tcase_add_test(tcase, a_dataset_expires_after_30_days);
    tcase_add_loop_test(tcase, a_model_moves_on_with_its_age, 0, ARRAY_LEN(models));
    tcase_add_test(tcase, the_fast_preset_takes_under_a_second_in_all);
    tcase_add_test(tcase, statuses_are_spelt_as_in_the_api);
    suite_add_tcase(suite, tcase);
    return suite;
}
