#include <check.h>
#include <string.h>

#include "support/fake.h"

Suite *recording_paths_suite(void);

static const char ranking[] = "{`model`:`rerank-v3.5`,`query`:`a`,`documents`:[`a`,`b`]}";

static int snapshot(const char *body)
{
    return fake_post("/__admin/recordings/snapshot", "%s", body);
}

/* The fields are those that WireMock 3.13.2 gives. */
START_TEST(what_an_endpoint_answered_becomes_a_stub)
{
    fake_post("/v2/rerank", "%s", ranking);
    ck_assert_int_eq(snapshot("{}"), 200);
    ck_assert_str_eq(fake_string("mappings.0.name"), "v2_rerank");
    ck_assert_str_eq(fake_string("mappings.0.request.url"), "/v2/rerank");
    ck_assert_str_eq(fake_string("mappings.0.request.method"), "POST");
    ck_assert_str_eq(fake_string("mappings.0.request.bodyPatterns.0.equalToJson"),
                     "{\"model\":\"rerank-v3.5\",\"query\":\"a\",\"documents\":[\"a\",\"b\"]}");
    ck_assert(json_is_true(fake_member("mappings.0.request.bodyPatterns.0.ignoreArrayOrder")));
    ck_assert(json_is_true(fake_member("mappings.0.request.bodyPatterns.0.ignoreExtraElements")));
    ck_assert_int_eq(fake_int("mappings.0.response.status"), 200);
    ck_assert_str_eq(fake_string("mappings.0.response.headers.content-type"), "application/json");
    ck_assert(json_is_true(fake_member("mappings.0.persistent")));
    ck_assert(!fake_has("mappings.1"));
}
END_TEST

START_TEST(a_recorded_stub_answers_what_was_answered)
{
    struct buf first = {0};

    fake_post("/v2/rerank", "%s", ranking);
    buf_add_text(&first, fake_body());
    ck_assert_int_eq(snapshot("{}"), 200);
    fake_post("/v2/rerank", "%s", ranking);
    ck_assert_ptr_nonnull(fake_header("Matched-Stub-Id").data);
    assert_header("Content-Type", "application/json");
    ck_assert(text_eq(fake_body(), buf_text(&first)));
    fake_post("/v2/rerank", "%s", "{`model`:`rerank-v3.5`,`query`:`b`,`documents`:[`a`]}");
    ck_assert_ptr_null(fake_header("Matched-Stub-Id").data);
    buf_done(&first);
}
END_TEST

START_TEST(a_query_is_asked_for_by_its_parameters_without_secrets)
{
    fake_get("/v1/models?page_size=1&x=1&x=%%202&api_key=canary");
    ck_assert_int_eq(snapshot("{}"), 200);
    ck_assert_str_eq(fake_string("mappings.0.request.urlPath"), "/v1/models");
    ck_assert_str_eq(fake_string("mappings.0.request.queryParameters.x.hasExactly.1.equalTo"),
                     " 2");
    ck_assert(!fake_has("mappings.0.request.queryParameters.api_key"));
    ck_assert(!fake_has("mappings.0.request.bodyPatterns"));
    fake_get("/v1/models?x=1&page_size=1&x=%%202&api_key=another");
    ck_assert_ptr_nonnull(fake_header("Matched-Stub-Id").data);
}
END_TEST

START_TEST(a_body_is_asked_for_without_its_secrets)
{
    fake_post("/v1/rerank", "%s", "{`query`:`q`,`api_key`:`canary`}");
    ck_assert_int_eq(snapshot("{}"), 200);
    fake_post("/v1/rerank", "%s", "{`query`:`q`,`api_key`:`another`}");
    ck_assert_ptr_nonnull(fake_header("Matched-Stub-Id").data);
    fake_post("/v1/rerank", "%s", "{`query`:`r`,`api_key`:`canary`}");
    ck_assert_ptr_null(fake_header("Matched-Stub-Id").data);
}
END_TEST

START_TEST(repeats_become_a_scenario)
{
    fake_get("/v1/models");
    fake_add_dataset("d");
    fake_get("/v1/datasets");
    fake_get("/v1/datasets");
    fake_advance_ms(1000);
    fake_get("/v1/datasets");
    ck_assert_int_eq(snapshot("{`filters`:{`urlPath`:`/v1/datasets`,`method`:`GET`}}"), 200);
    ck_assert_str_eq(fake_string("mappings.0.scenarioName"), "scenario-1-v1_datasets");
    ck_assert_str_eq(fake_string("mappings.0.requiredScenarioState"), "scenario-1-v1_datasets-3");
    ck_assert(!fake_has("mappings.0.newScenarioState"));
    ck_assert_str_eq(fake_string("mappings.1.requiredScenarioState"), "scenario-1-v1_datasets-2");
    ck_assert_str_eq(fake_string("mappings.1.newScenarioState"), "scenario-1-v1_datasets-3");
    ck_assert_str_eq(fake_string("mappings.2.requiredScenarioState"), "Started");
    ck_assert_str_eq(fake_string("mappings.2.newScenarioState"), "scenario-1-v1_datasets-2");
    ck_assert(!fake_has("mappings.3"));
    fake_get("/v1/datasets");
    ck_assert_str_eq(fake_string("datasets.0.validation_status"), "queued");
    fake_get("/v1/datasets");
    ck_assert_str_eq(fake_string("datasets.0.validation_status"), "queued");
    fake_get("/v1/datasets");
    ck_assert_str_eq(fake_string("datasets.0.validation_status"), "validated");
    fake_get("/v1/datasets");
    ck_assert_str_eq(fake_string("datasets.0.validation_status"), "validated");
}
END_TEST

START_TEST(without_scenarios_the_last_answer_stays)
{
    fake_get("/v1/models");
    fake_get("/v1/datasets");
    fake_get("/v1/datasets");
    ck_assert_int_eq(snapshot("{`repeatsAsScenarios`:false,`persist`:false,"
                              "`captureHeaders`:{`Host`:{`caseInsensitive`:true},`X-No`:{},"
                              "`Authorization`:{}}}"),
                     200);
    ck_assert_str_eq(fake_string("mappings.0.name"), "v1_datasets");
    ck_assert_str_eq(fake_string("mappings.1.name"), "v1_models");
    ck_assert(!fake_has("mappings.2"));
    ck_assert(!fake_has("mappings.0.scenarioName"));
    ck_assert(!fake_has("mappings.0.persistent"));
    ck_assert_str_eq(fake_string("mappings.0.request.headers.Host.equalTo"), "127.0.0.1:8080");
    ck_assert(json_is_true(fake_member("mappings.0.request.headers.Host.caseInsensitive")));
    ck_assert_uint_eq(json_object_size(fake_member("mappings.0.request.headers")), 1);
}
END_TEST

START_TEST(stubs_and_calls_that_nobody_served_are_left_out)
{
    ck_assert_int_eq(fake_post("/__admin/mappings", "%s",
                               "{`request`:{`url`:`/s`},`response`:{`base64Body`:`AAH/`}}"),
                     201);
    fake_get("/s");
    fake_get("/nowhere");
    snapshot("{}");
    assert_json(200, "{`mappings`:[]}");
    snapshot("{`filters`:{`allowNonProxied`:true},`outputFormat`:`IDS`}");
    ck_assert_uint_eq(json_array_size(fake_member("ids")), 1);
    fake_get("/__admin/mappings");
    ck_assert_str_eq(fake_string("mappings.0.response.base64Body"), "AAH/");
    ck_assert_str_eq(fake_string("mappings.0.name"), "s");
}
END_TEST

/* clang-format off */
static const struct {
    const char *body, *pointer;
} refused[] = {
    {"{`foo`:1}", "/foo"},
    {"[]", "/"},
    {"{`filters`:1}", "/filters"},
    {"{`filters`:{`foo`:1}}", "/filters/foo"},
    {"{`filters`:{`ids`:1}}", "/filters/ids"},
    {"{`captureHeaders`:[]}", "/captureHeaders"},
    {"{`captureHeaders`:{`a`:{`foo`:1}}}", "/captureHeaders"},
    {"{`outputFormat`:`x`}", "/outputFormat"},
    {"{`persist`:`x`}", "/persist"},
    {"{`repeatsAsScenarios`:1}", "/repeatsAsScenarios"},
    {"{`requestBodyPattern`:{`foo`:1}}", "/requestBodyPattern"},
    {"{`requestBodyPattern`:{`matcher`:`x`}}", "/requestBodyPattern/matcher"},
    {"{`transformers`:[`x`]}", "/"},
};
/* clang-format on */

START_TEST(what_cannot_be_recorded_is_refused)
{
    fake_get("/v1/models");
    snapshot(refused[_i].body);
    ck_assert_int_eq(fake_status(), 422);
    ck_assert_str_eq(fake_string("errors.0.source.pointer"), refused[_i].pointer);
    fake_get("/__admin/mappings");
    ck_assert_int_eq(fake_int("meta.total"), 0);
}
END_TEST

START_TEST(bodies_are_asked_for_as_they_can_be)
{
    const struct fake_request bytes = {
        .method = "POST", .target = "/v2/rerank", .headers = {FAKE_KEY}, .body = TEXT("\0\1")};

    fake_send(&bytes);
    fake_post("/v2/rerank", "%s", "{`a`");
    fake_upload("name=a", &(struct fake_file){"data", "a", NULL, TEXT("x")}, 1, 0);
    ck_assert_int_eq(snapshot("{`requestBodyPattern`:{`matcher`:`auto`,"
                              "`ignoreExtraElements`:false,`caseInsensitive`:true}}"),
                     200);
    ck_assert_str_eq(fake_string("mappings.0.request.bodyPatterns.0.anything"), "anything");
    ck_assert_str_eq(fake_string("mappings.1.request.bodyPatterns.0.equalTo"), "{\"a\"");
}
END_TEST

START_TEST(nothing_is_recorded_from_elsewhere)
{
    fake_get("/__admin/recordings/status");
    assert_json(200, "{`status`:`NeverStarted`}");
    ck_assert_int_eq(fake_post("/__admin/recordings/start", "%s", "{`targetBaseUrl`:`http://x`}"),
                     422);
    ck_assert_int_eq(fake_post("/__admin/recordings/stop", "%s", ""), 422);
}
END_TEST

Suite *recording_paths_suite(void)
{
    Suite *suite = suite_create("recording_paths");
    TCase *tcase = tcase_create("recordings");

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    tcase_add_test(tcase, what_an_endpoint_answered_becomes_a_stub);
    tcase_add_test(tcase, a_recorded_stub_answers_what_was_answered);
    tcase_add_test(tcase, a_query_is_asked_for_by_its_parameters_without_secrets);
    tcase_add_test(tcase, a_body_is_asked_for_without_its_secrets);
    tcase_add_test(tcase, repeats_become_a_scenario);
    tcase_add_test(tcase, without_scenarios_the_last_answer_stays);
    tcase_add_test(tcase, stubs_and_calls_that_nobody_served_are_left_out);
    tcase_add_loop_test(tcase, what_cannot_be_recorded_is_refused, 0, ARRAY_LEN(refused));
    tcase_add_test(tcase, bodies_are_asked_for_as_they_can_be);
    tcase_add_test(tcase, nothing_is_recorded_from_elsewhere);
    suite_add_tcase(suite, tcase);
    return suite;
}
