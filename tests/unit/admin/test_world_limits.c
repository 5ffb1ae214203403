#include <check.h>

#include "support/fake.h"

Suite *world_limits_suite(void);

START_TEST(limits_are_shown_and_changed_one_by_one)
{
    fake_get("/__mockhere/limits");
    ck_assert_int_eq(fake_status(), 200);
    ck_assert_int_eq(fake_int("train_queries_min"), 256);
    ck_assert_int_eq(fake_int("trial_rerank_per_minute"), 10);
    ck_assert_int_eq(fake_send_json("PUT", "/__mockhere/limits", "{`train_queries_min`:4}"), 200);
    ck_assert_int_eq(fake_int("train_queries_min"), 4);
    ck_assert_int_eq(fake_send_json("PUT", "/__mockhere/limits", "{`eval_queries_min`:2}"), 200);
    ck_assert_int_eq(fake_int("train_queries_min"), 4);
    ck_assert_int_eq(fake_int("eval_queries_min"), 2);
    fake_get("/w/other/__mockhere/limits");
    ck_assert_int_eq(fake_int("train_queries_min"), 256);
}
END_TEST

START_TEST(an_unknown_limit_is_refused_with_the_nearest_name)
{
    fake_send_json("PUT", "/__mockhere/limits", "{`train_query_min`:4}");
    assert_message(400, "there is no limit 'train_query_min'; did you mean train_queries_min?");
    fake_send_json("PUT", "/__mockhere/limits", "{");
    assert_message(400, "limits are not JSON: unexpected end of JSON input");
}
END_TEST

START_TEST(four_rows_are_enough_if_the_limits_say_so)
{
    AUTO(buf_done) struct buf rows = {0};
    struct fake_file file = {"data", "a.jsonl", NULL, {0}};
    char id[OBJECT_ID_SIZE];

    rows_add(&rows, 0, 4);
    file.content = buf_text(&rows);
    ck_assert_int_eq(fake_send_json("PUT", "/__mockhere/limits", "{`train_queries_min`:4}"), 200);
    ck_assert_int_eq(fake_upload("name=n&type=reranker-finetune-input", &file, 1, 0), 200);
    (void)snprintf(id, sizeof(id), "%s", fake_string("id"));
    fake_advance_ms(200);
    fake_get("/v1/datasets/%s", id);
    ck_assert_str_eq(fake_string("dataset.validation_status"), "validated");
}
END_TEST

static int create_model(const char *dataset_id)
{
    return fake_post("/v1/finetuning/finetuned-models",
                     "{`name`:`m`,`settings`:{`base_model`:{`base_type`:`BASE_TYPE_RERANK`},"
                     "`dataset_id`:`%s`}}",
                     dataset_id);
}

START_TEST(jobs_are_limited_by_day_and_in_total_where_limits_are_set)
{
    const char *dataset_id = fake_add_valid_dataset("d");

    fake_send_json("PUT", "/__mockhere/limits", "{`jobs_per_day`:2,`jobs_total`:3}");
    ck_assert_int_eq(create_model(dataset_id), 200);
    ck_assert_int_eq(create_model(dataset_id), 200);
    create_model(dataset_id);
    assert_message(400, "you have reached the limit of 2 fine-tuning jobs per day");
    fake_advance_ms(INT64_C(24) * 3600 * 1000 - 1);
    ck_assert_int_eq(create_model(dataset_id), 400);
    fake_advance_ms(1);
    ck_assert_int_eq(create_model(dataset_id), 200);
    create_model(dataset_id);
    assert_message(400, "you have reached the limit of 3 fine-tuning jobs");
}
END_TEST

START_TEST(the_rules_are_all_tables)
{
    fake_get("/__mockhere/rules");
    ck_assert_int_eq(fake_status(), 200);
    ck_assert_str_eq(fake_string("endpoints.0.path"), "/v1/datasets");
    ck_assert_str_eq(fake_string("validation_messages.0.mark"), "documented");
    ck_assert_int_eq(fake_int("errors.0.status"), 404);
    ck_assert_str_eq(fake_string("limits.0.name"), "dataset_bytes_max");
    ck_assert_str_eq(fake_string("stages.finetuned_model.3"), "STATUS_READY");
    ck_assert_str_eq(fake_string("magic_keys.0.prefix"), "trial-");
    ck_assert_str_eq(fake_string("options.0.name"), "host");
}
END_TEST

Suite *world_limits_suite(void)
{
    Suite *suite = suite_create("world_limits");
    TCase *tcase = tcase_create("limits");

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    tcase_add_test(tcase, limits_are_shown_and_changed_one_by_one);
    tcase_add_test(tcase, an_unknown_limit_is_refused_with_the_nearest_name);
    tcase_add_test(tcase, four_rows_are_enough_if_the_limits_say_so);
    tcase_add_test(tcase, jobs_are_limited_by_day_and_in_total_where_limits_are_set);
    tcase_add_test(tcase, the_rules_are_all_tables);
    suite_add_tcase(suite, tcase);
    return suite;
}
