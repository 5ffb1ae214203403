#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/fake.h"

Suite *finetuned_model_metrics_suite(void);

#define MODELS "/v1/finetuning/finetuned-models"
#define METRICS MODELS "/%s/training-step-metrics"

static char
    *dataset_id; /* of a validated reranker dataset of 256 rows, a fifth of which evaluate */

static void start_with_dataset(void)
{
    fake_start();
    dataset_id = strdup(fake_add_valid_dataset("n"));
}

static void stop_with_dataset(void)
{
    free(dataset_id);
    fake_stop();
}

static size_t steps_shown(const char *id)
{
    fake_get(METRICS, id);
    ck_assert_int_eq(fake_status(), 200);
    return json_array_size(fake_member("step_metrics"));
}

/* It trains from 50 to 350 ms; 13 batches make 11 steps, one each 25 ms. */
static const struct {
    int64_t age_ms;
    size_t steps;
} ages[] = {{0, 0}, {49, 0}, {50, 0}, {74, 0}, {75, 1}, {99, 1}, {100, 2}, {325, 11}, {400, 11}};

START_TEST(a_step_is_shown_once_its_time_has_come)
{
    const char *id = fake_add_model(dataset_id);

    fake_advance_ms(ages[_i].age_ms);
    ck_assert_uint_eq(steps_shown(id), ages[_i].steps);
}
END_TEST

START_TEST(a_queued_job_has_no_metrics)
{
    fake_get(METRICS, fake_add_model(dataset_id));
    assert_body(200, "{`step_metrics`:[]}");
}
END_TEST

START_TEST(steps_ascend_from_zero_which_is_not_written)
{
    const char *id = fake_add_ready_model(dataset_id);
    const json_t *steps, *step;
    json_int_t number = -1;
    const char *time = "";
    size_t i;

    ck_assert_uint_eq(steps_shown(id), 11);
    ck_assert(!fake_has("step_metrics.0.step_number"));
    ck_assert(!fake_has("total_size"));
    ck_assert(!fake_has("next_page_token"));
    ck_assert_int_eq(fake_int("step_metrics.10.step_number"), 13);
    steps = fake_member("step_metrics");
    json_array_foreach (steps, i, step) {
        const char *created_at = json_string_value(json_object_get(step, "created_at"));
        json_int_t shown =
            json_integer_value(json_object_get(json_object_get(step, "metrics"), "step"));

        ck_assert_int_gt(shown, number);
        ck_assert_int_eq(json_integer_value(json_object_get(step, "step_number")), shown);
        ck_assert_str_gt(created_at, time);
        ck_assert_uint_eq(strlen(created_at), strlen("2024-01-17T20:24:26.952802658Z"));
        number = shown;
        time = created_at;
    }
    ck_assert_int_eq(strncmp(time, "2025-06-01T12:00:00.525000", 26), 0);
}
END_TEST

START_TEST(each_step_of_a_reranker_shows_what_the_base_model_does)
{
    static const char *const names[] = {"accuracy_at_1", "accuracy_at_3", "mrr_at_10", "ndcg_at_10",
                                        "loss"};
    const char *id = fake_add_ready_model(dataset_id);
    const json_t *first, *last;

    ck_assert_uint_eq(steps_shown(id), 11);
    first = fake_member("step_metrics.0.metrics");
    last = fake_member("step_metrics.10.metrics");
    ck_assert_uint_eq(json_object_size(first), 6);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const json_t *value = json_object_get(first, names[i]);

        ck_assert(json_is_number(value));
        ck_assert(json_number_value(value) >= 0 && json_number_value(value) <= 1);
        ck_assert(json_equal(value, json_object_get(last, names[i])));
    }
}
END_TEST

START_TEST(metrics_come_in_pages)
{
    const char *id = fake_add_ready_model(dataset_id);
    char *token;

    fake_get(METRICS "?page_size=7", id);
    ck_assert_uint_eq(json_array_size(fake_member("step_metrics")), 7);
    token = strdup(fake_string("next_page_token"));
    fake_get(METRICS "?page_size=7&page_token=%s", id, token);
    ck_assert_uint_eq(json_array_size(fake_member("step_metrics")), 4);
    ck_assert_int_eq(fake_int("step_metrics.3.step_number"), 13);
    ck_assert(!fake_has("next_page_token"));
    fake_get(METRICS "?page_size=-1", id);
    assert_message(400, "page_size is invalid");
    free(token);
}
END_TEST

START_TEST(a_job_that_failed_shows_the_steps_before)
{
    const char *id = fake_add_model(dataset_id);

    fake_advance_ms(100);
    fake_delete("/v1/datasets/%s", dataset_id);
    fake_advance_ms(1000);
    ck_assert_uint_eq(steps_shown(id), 1);
}
END_TEST

START_TEST(metrics_outlive_the_dataset)
{
    const char *id = fake_add_model(dataset_id);

    fake_advance_ms(350);
    fake_delete("/v1/datasets/%s", dataset_id);
    ck_assert_uint_eq(steps_shown(id), 11);
    fake_get(MODELS "/%s", id);
    ck_assert_str_eq(fake_string("finetuned_model.status"), "STATUS_DEPLOYING_API");
}
END_TEST

START_TEST(a_deleted_model_has_no_metrics)
{
    const char *id = fake_add_ready_model(dataset_id);

    fake_delete(MODELS "/%s", id);
    fake_get(METRICS, id);
    assert_message(404, "finetuned model %s not found", id);
}
END_TEST

/* clang-format off */
static const struct {
    const char *type, *dataset_type;
    const char *names[6];
} kinds[] = {
    {"BASE_TYPE_CHAT", "chat-finetune-input",
     {"accuracy", "cross_entropy", "generation_accuracy", "generation_cross_entropy", "step"}},
    {"BASE_TYPE_GENERATIVE", "prompt-completion-finetune-input",
     {"accuracy", "cross_entropy", "generation_accuracy", "generation_cross_entropy", "step"}},
    {"BASE_TYPE_CLASSIFICATION", "multi-label-classification-finetune-input",
     {"accuracy", "precision", "recall", "f1", "loss", "step"}},
};
/* clang-format on */

START_TEST(other_models_show_the_figures_of_their_kind)
{
    const char *of = fake_add_dataset_of(kinds[_i].dataset_type);
    const json_t *metrics;
    size_t count = 0;
    char *id;

    fake_post(MODELS, "{`name`:`n`,`settings`:{`base_model`:{`base_type`:`%s`},`dataset_id`:`%s`}}",
              kinds[_i].type, of);
    id = strdup(fake_string("finetuned_model.id"));
    fake_advance_ms(1000);
    ck_assert_uint_ge(steps_shown(id), 2);
    metrics = fake_member("step_metrics.1.metrics");
    for (; count < 6 && kinds[_i].names[count]; count++)
        ck_assert(json_is_number(json_object_get(metrics, kinds[_i].names[count])));
    ck_assert_uint_eq(json_object_size(metrics), count);
    fake_get(MODELS "/%s", id);
    ck_assert_str_eq(fake_string("finetuned_model.status"), "STATUS_READY");
    free(id);
}
END_TEST

Suite *finetuned_model_metrics_suite(void)
{
    Suite *suite = suite_create("finetuned_model_metrics");
    TCase *tcase = tcase_create("metrics");

    tcase_add_checked_fixture(tcase, start_with_dataset, stop_with_dataset);
    tcase_add_loop_test(tcase, a_step_is_shown_once_its_time_has_come, 0, (int)ARRAY_LEN(ages));
    tcase_add_test(tcase, a_queued_job_has_no_metrics);
    tcase_add_test(tcase, steps_ascend_from_zero_which_is_not_written);
    tcase_add_test(tcase, each_step_of_a_reranker_shows_what_the_base_model_does);
    tcase_add_test(tcase, metrics_come_in_pages);
    tcase_add_test(tcase, a_job_that_failed_shows_the_steps_before);
    tcase_add_test(tcase, metrics_outlive_the_dataset);
    tcase_add_test(tcase, a_deleted_model_has_no_metrics);
    tcase_add_loop_test(tcase, other_models_show_the_figures_of_their_kind, 0,
                        (int)ARRAY_LEN(kinds));
    suite_add_tcase(suite, tcase);
    return suite;
}
