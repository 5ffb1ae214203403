#include <check.h>
#include <string.h>

#include "support/fake.h"

Suite *object_paths_suite(void);

static void patch(const char *kind, const char *id, const char *body)
{
    char target[128];

    (void)snprintf(target, sizeof(target), "/__mockhere/%s/%s", kind, id);
    fake_send_json("PATCH", target, "%s", body);
}

static void assert_model(const char *id, const char *status)
{
    fake_get("/v1/finetuning/finetuned-models/%s", id);
    ck_assert_str_eq(fake_string("finetuned_model.status"), status);
}

static int rerank(const char *id)
{
    return fake_post("/v2/rerank", "{`model`:`%s-ft`,`query`:`a`,`documents`:[`a`]}", id);
}

START_TEST(a_dataset_is_forced_with_a_reason)
{
    const char *id = fake_add_dataset("a");

    patch("datasets", id, "{`status`:`failed`,`reason`:`broken by hand`}");
    assert_body(200,
                "{`id`:`%s`,`name`:`a`,`type`:`reranker-finetune-input`,`status`:`failed`,"
                "`reason`:`broken by hand`,`created_at`:`2025-06-01T12:00:00.000000Z`,"
                "`updated_at`:`2025-06-01T12:00:00.000000Z`,`size_bytes`:%lld,`num_rows`:256,"
                "`events`:[{`status`:`queued`,`at`:`2025-06-01T12:00:00.000000Z`},"
                "{`status`:`failed`,`at`:`2025-06-01T12:00:00.000000Z`}],`next`:null}",
                id, (long long)fake_int("size_bytes"));
    fake_advance_ms(100000);
    fake_get("/v1/datasets/%s", id);
    ck_assert_str_eq(fake_string("dataset.validation_status"), "failed");
    ck_assert_str_eq(fake_string("dataset.validation_error"), "broken by hand");
}
END_TEST

START_TEST(a_forced_dataset_shows_what_its_status_has_to_show)
{
    const char *id = fake_add_dataset("a");

    patch("datasets", id, "{`status`:`validated`}");
    fake_get("/v1/datasets/%s", id);
    ck_assert_str_eq(fake_string("dataset.validation_status"), "validated");
    ck_assert(fake_has("dataset.dataset_parts.0.url"));
    ck_assert(fake_has("dataset.schema"));
    patch("datasets", id, "{`status`:`skipped`}");
    fake_get("/v1/datasets/%s", id);
    ck_assert_str_eq(fake_string("dataset.validation_status"), "skipped");
    ck_assert(!fake_has("dataset.dataset_parts"));
    fake_get("/v1/datasets?validationStatus=skipped");
    ck_assert_uint_eq(json_array_size(fake_member("datasets")), 1);
}
END_TEST

/* clang-format off */
static const struct {
    const char *status;
    int rerank_status;
} statuses[] = {
    {"STATUS_QUEUED",              400},
    {"STATUS_FINETUNING",          400},
    {"STATUS_DEPLOYING_API",       400},
    {"STATUS_READY",               200},
    {"STATUS_FAILED",              400},
    {"STATUS_PAUSED",              200},
    {"STATUS_TEMPORARILY_OFFLINE", 400},
    {"STATUS_DELETED",             400},
    {"STATUS_UNSPECIFIED",         400},
};
/* clang-format on */

START_TEST(a_model_is_forced_and_serves_or_not)
{
    const char *id = fake_add_model(fake_add_valid_dataset("a"));
    char body[128];

    (void)snprintf(body, sizeof(body), "{`status`:`%s`}", statuses[_i].status);
    patch("finetuned-models", id, body);
    ck_assert_int_eq(fake_status(), 200);
    fake_advance_ms(100000);
    assert_model(id, statuses[_i].status);
    ck_assert_int_eq(rerank(id), statuses[_i].rerank_status);
}
END_TEST

START_TEST(events_show_what_was_forced)
{
    const char *id = fake_add_model(fake_add_valid_dataset("a"));

    fake_advance_ms(60);
    patch("finetuned-models", id, "{`status`:`STATUS_FAILED`,`reason`:`no luck`}");
    ck_assert_str_eq(fake_string("reason"), "no luck");
    fake_advance_ms(1000);
    patch("finetuned-models", id, "{`status`:`STATUS_READY`,`reason`:null}");
    ck_assert(!fake_has("reason"));
    fake_get("/v1/finetuning/finetuned-models/%s/events", id);
    ck_assert_int_eq(fake_int("total_size"), 4);
    ck_assert_str_eq(fake_string("events.1.status"), "STATUS_FINETUNING");
    ck_assert_str_eq(fake_string("events.2.status"), "STATUS_FAILED");
    ck_assert_str_eq(fake_string("events.2.created_at"), "2025-06-01T12:00:00.260000Z");
    ck_assert_str_eq(fake_string("events.3.status"), "STATUS_READY");
    ck_assert_str_eq(fake_string("events.3.created_at"), "2025-06-01T12:00:01.260000Z");
}
END_TEST

START_TEST(what_is_held_is_let_go_by_force)
{
    const char *dataset = fake_add_valid_dataset("a"), *model;

    fake_send_json("PUT", "/__mockhere/lifecycle",
                   "{`finetuned_model`:{`hold`:`STATUS_FINETUNING`}}");
    model = fake_add_model(dataset);
    fake_advance_ms(100000);
    assert_model(model, "STATUS_FINETUNING");
    patch("finetuned-models", model, "{`status`:`STATUS_READY`}");
    assert_model(model, "STATUS_READY");
    ck_assert(fake_has("finetuned_model.completed_at"));
}
END_TEST

#define DATASET_STATUS                                                                             \
    "status must be one of queued, processing, failed, validated, skipped and unknown"
#define REASON "reason must be a string of at most 255 bytes"

/* clang-format off */
static const struct {
    const char *body, *message;
} refusals[] = {
    {"{}", DATASET_STATUS},
    {"{`status`:5}", DATASET_STATUS},
    {"{`status`:`STATUS_READY`}", DATASET_STATUS},
    {"{`status`:`failed`,`reason`:5}", REASON},
    {"{`status`:`failed`,`reason`:`a\\u0000`}", REASON},
    {"[]", "the body must be a JSON object"},
};
/* clang-format on */

START_TEST(what_is_wrong_is_said_and_changes_nothing)
{
    const char *id = fake_add_dataset("a");

    patch("datasets", id, refusals[_i].body);
    assert_message(400, "%s", refusals[_i].message);
    fake_get("/__mockhere/datasets");
    ck_assert_str_eq(fake_string("datasets.0.status"), "queued");
    ck_assert_uint_eq(json_array_size(fake_member("datasets.0.events")), 1);
}
END_TEST

/* Longer than any id. */
#define LONG_ID "0123456789012345678901234567890123456789012345678901234567890123456789"

static const char *const unknown[] = {"x", "a%00b", LONG_ID};

START_TEST(what_is_not_there_cannot_be_forced)
{
    patch("datasets", unknown[_i], "{`status`:`failed`}");
    ck_assert_int_eq(fake_status(), 404);
    patch("finetuned-models", unknown[_i], "{`status`:`STATUS_FAILED`}");
    ck_assert_int_eq(fake_status(), 404);
}
END_TEST

START_TEST(an_expired_dataset_is_not_there)
{
    const char *id = fake_add_dataset("a");

    fake_advance_ms(30LL * 24 * 3600 * 1000);
    patch("datasets", id, "{`status`:`failed`}");
    assert_message(404, "there is no dataset %s", id);
    fake_get("/__mockhere/datasets");
    assert_body(200, "{`datasets`:[],`total`:0}");
}
END_TEST

Suite *object_paths_suite(void)
{
    Suite *suite = suite_create("object_paths");
    TCase *tcase = tcase_create("forced statuses");

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    tcase_add_test(tcase, a_dataset_is_forced_with_a_reason);
    tcase_add_test(tcase, a_forced_dataset_shows_what_its_status_has_to_show);
    tcase_add_loop_test(tcase, a_model_is_forced_and_serves_or_not, 0, ARRAY_LEN(statuses));
    tcase_add_test(tcase, events_show_what_was_forced);
    tcase_add_test(tcase, what_is_held_is_let_go_by_force);
    tcase_add_loop_test(tcase, what_is_wrong_is_said_and_changes_nothing, 0, ARRAY_LEN(refusals));
    tcase_add_loop_test(tcase, what_is_not_there_cannot_be_forced, 0, ARRAY_LEN(unknown));
    tcase_add_test(tcase, an_expired_dataset_is_not_there);
    suite_add_tcase(suite, tcase);
    return suite;
}
