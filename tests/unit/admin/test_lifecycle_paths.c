#include <check.h>
#include <string.h>

#include "support/fake.h"

Suite *lifecycle_paths_suite(void);

#define LIFECYCLE "/__mockhere/lifecycle"
#define MODEL "/v1/finetuning/finetuned-models/%s"

#define FAST                                                                                       \
    "{`preset`:`fast`,`dataset`:{`queued`:`50ms`,`processing`:`150ms`,`polls`:null,`hold`:null,"   \
    "`failure`:null},`finetuned_model`:{`queued`:`50ms`,`training`:`300ms`,`deploying`:`50ms`,"    \
    "`polls`:null,`hold`:null,`failure`:null}}"

START_TEST(a_world_begins_with_the_configured_one)
{
    fake_get(LIFECYCLE);
    assert_body(200, FAST);
}
END_TEST

START_TEST(a_change_is_answered_and_kept_for_its_world_only)
{
    fake_send_json("PUT", LIFECYCLE, "{`preset`:`instant`}");
    ck_assert_int_eq(fake_status(), 200);
    ck_assert_str_eq(fake_string("preset"), "instant");
    fake_get(LIFECYCLE);
    ck_assert_str_eq(fake_string("finetuned_model.training"), "0s");
    fake_get("/w/other" LIFECYCLE);
    assert_body(200, FAST);
}
END_TEST

START_TEST(a_wrong_one_is_refused_and_changes_nothing)
{
    fake_send_json("PUT", LIFECYCLE, "{`preset`:`instant`,`dataset`:{`hold`:`ready`}}");
    assert_message(400, "dataset.hold must be one of queued and processing, or null");
    fake_send_json("PUT", LIFECYCLE, "nonsense");
    ck_assert_int_eq(fake_status(), 400);
    fake_get(LIFECYCLE);
    assert_body(200, FAST);
}
END_TEST

START_TEST(what_was_created_before_lives_on_as_it_was)
{
    const char *id = fake_add_dataset("a");

    fake_send_json("PUT", LIFECYCLE, "{`dataset`:{`hold`:`queued`}}");
    fake_advance_ms(200);
    fake_get("/v1/datasets/%s", id);
    ck_assert_str_eq(fake_string("dataset.validation_status"), "validated");
    id = fake_add_dataset("b");
    fake_advance_ms(100000);
    fake_get("/v1/datasets/%s", id);
    ck_assert_str_eq(fake_string("dataset.validation_status"), "queued");
}
END_TEST

static void assert_model(const char *id, const char *status)
{
    fake_get(MODEL, id);
    ck_assert_str_eq(fake_string("finetuned_model.status"), status);
}

START_TEST(an_instant_model_is_queued_once_and_then_ready)
{
    const char *dataset, *model;

    fake_send_json("PUT", LIFECYCLE, "{`preset`:`instant`}");
    dataset = fake_add_dataset("a");
    fake_get("/v1/datasets/%s", dataset);
    ck_assert_str_eq(fake_string("dataset.validation_status"), "validated");
    model = fake_add_model(dataset);
    ck_assert_str_eq(fake_string("finetuned_model.status"), "STATUS_QUEUED");
    ck_assert_str_eq(fake_string("finetuned_model.updated_at"),
                     fake_string("finetuned_model.created_at"));
    ck_assert(!fake_has("finetuned_model.completed_at"));
    assert_model(model, "STATUS_READY");
    fake_get(MODEL "/events", model);
    ck_assert_int_eq(fake_int("total_size"), 4);
}
END_TEST

START_TEST(a_dataset_fails_as_planned_with_the_message)
{
    const char *id;

    fake_send_json("PUT", LIFECYCLE, "{`dataset`:{`failure`:{`message`:`the \\u00e9diteur`}}}");
    id = fake_add_dataset("a");
    fake_advance_ms(199);
    fake_get("/v1/datasets/%s", id);
    ck_assert_str_eq(fake_string("dataset.validation_status"), "processing");
    ck_assert(!fake_has("dataset.validation_error"));
    fake_advance_ms(1);
    fake_get("/v1/datasets/%s", id);
    ck_assert_str_eq(fake_string("dataset.validation_status"), "failed");
    ck_assert_str_eq(fake_string("dataset.validation_error"), "the \xc3\xa9"
                                                              "diteur");
    ck_assert(!fake_has("dataset.schema"));
    ck_assert(!fake_has("dataset.dataset_parts"));
    fake_post("/v1/finetuning/finetuned-models",
              "{`name`:`x`,`settings`:{`base_model`:{`base_type`:`BASE_TYPE_RERANK`},"
              "`dataset_id`:`%s`}}",
              id);
    ck_assert_int_eq(fake_status(), 400);
}
END_TEST

/* clang-format off */
static const struct {
    const char *plan;
    int64_t ms;
    const char *status;
    int64_t event_count;
} fates[] = {
    {"{`failure`:{`at`:`STATUS_QUEUED`}}",        50,    "STATUS_FAILED",        2},
    {"{`failure`:{}}",                            349,   "STATUS_FINETUNING",    2},
    {"{`failure`:{}}",                            350,   "STATUS_FAILED",        3},
    {"{`failure`:{`at`:`STATUS_DEPLOYING_API`}}", 400,   "STATUS_FAILED",        4},
    {"{`hold`:`STATUS_QUEUED`}",                  99999, "STATUS_QUEUED",        1},
    {"{`hold`:`STATUS_FINETUNING`}",              99999, "STATUS_FINETUNING",    2},
    {"{`hold`:`STATUS_DEPLOYING_API`}",           99999, "STATUS_DEPLOYING_API", 3},
    {"{`training`:`19m`}",                        99999, "STATUS_FINETUNING",    2},
};
/* clang-format on */

START_TEST(a_model_fares_as_planned)
{
    const char *dataset = fake_add_valid_dataset("a"), *model;

    fake_send_json("PUT", LIFECYCLE, "{`finetuned_model`:%s}", fates[_i].plan);
    ck_assert_int_eq(fake_status(), 200);
    model = fake_add_model(dataset);
    fake_advance_ms(fates[_i].ms);
    assert_model(model, fates[_i].status);
    fake_get(MODEL "/events", model);
    ck_assert_int_eq(fake_int("total_size"), fates[_i].event_count);
}
END_TEST

static void ask_head(const char *model)
{
    char target[128];

    (void)snprintf(target, sizeof(target), MODEL, model);
    fake_send(&(struct fake_request){.method = "HEAD", .target = target, .headers = {FAKE_KEY}});
    ck_assert_int_eq(fake_status(), 200);
}

START_TEST(polls_of_the_object_alone_move_it_on)
{
    static const char *const seen[] = {"STATUS_QUEUED", "STATUS_FINETUNING", "STATUS_DEPLOYING_API",
                                       "STATUS_READY", "STATUS_READY"};
    const char *dataset = fake_add_valid_dataset("a"), *model;

    fake_send_json("PUT", LIFECYCLE, "{`finetuned_model`:{`polls`:1}}");
    model = fake_add_model(dataset);
    for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
        /* None of these counts. */
        fake_advance_ms(1000);
        fake_get("/v1/finetuning/finetuned-models");
        fake_get(MODEL "/events", model);
        fake_get("/__mockhere/finetuned-models");
        ask_head(model);
        assert_model(model, seen[i]);
    }
    fake_get(MODEL "/events", model);
    ck_assert_str_eq(fake_string("events.1.created_at"), "2025-06-01T12:00:02.200000Z");
    ck_assert_str_eq(fake_string("events.3.created_at"), "2025-06-01T12:00:04.200000Z");
}
END_TEST

START_TEST(polls_move_a_dataset_on)
{
    static const char *const seen[] = {"queued",     "queued",    "processing",
                                       "processing", "validated", "validated"};
    const char *id;

    fake_send_json("PUT", LIFECYCLE, "{`dataset`:{`polls`:2}}");
    id = fake_add_dataset("a");
    for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
        fake_get("/v1/datasets");
        fake_get("/v1/datasets/%s", id);
        ck_assert_str_eq(fake_string("dataset.validation_status"), seen[i]);
    }
}
END_TEST

Suite *lifecycle_paths_suite(void)
{
    Suite *suite = suite_create("lifecycle_paths");
    TCase *tcase = tcase_create("lifecycles");

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    tcase_add_test(tcase, a_world_begins_with_the_configured_one);
    tcase_add_test(tcase, a_change_is_answered_and_kept_for_its_world_only);
    tcase_add_test(tcase, a_wrong_one_is_refused_and_changes_nothing);
    tcase_add_test(tcase, what_was_created_before_lives_on_as_it_was);
    tcase_add_test(tcase, an_instant_model_is_queued_once_and_then_ready);
    tcase_add_test(tcase, a_dataset_fails_as_planned_with_the_message);
    tcase_add_loop_test(tcase, a_model_fares_as_planned, 0, ARRAY_LEN(fates));
    tcase_add_test(tcase, polls_of_the_object_alone_move_it_on);
    tcase_add_test(tcase, polls_move_a_dataset_on);
    suite_add_tcase(suite, tcase);
    return suite;
}
