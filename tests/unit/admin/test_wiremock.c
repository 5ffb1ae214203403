#include <check.h>
#include <string.h>

#include "support/fake.h"

Suite *wiremock_suite(void);

static const char id_a[] = "00000000-0000-4000-8000-00000000000a";

static int add(const char *stub)
{
    return fake_post("/__admin/mappings", "%s", stub);
}

START_TEST(a_stub_is_created_shown_replaced_and_deleted)
{
    ck_assert_int_eq(add("{`id`:`00000000-0000-4000-8000-00000000000A`,`name`:`n`,"
                         "`request`:{`url`:`/a`},`response`:{`body`:`x`}}"),
                     201);
    assert_json(201,
                "{`id`:`%s`,`uuid`:`%s`,`name`:`n`,`request`:{`url`:`/a`,`method`:`ANY`},"
                "`response`:{`body`:`x`,`status`:200}}",
                id_a, id_a);
    fake_get("/__admin/mappings/%s", id_a);
    ck_assert_str_eq(fake_string("name"), "n");
    fake_send_json("PUT", "/__admin/mappings/00000000-0000-4000-8000-00000000000a",
                   "{`request`:{`url`:`/b`},`response`:{`status`:201}}");
    ck_assert_int_eq(fake_status(), 200);
    ck_assert_int_eq(fake_get("/b"), 201);
    ck_assert_int_eq(fake_get("/a"), 404);
    fake_delete("/__admin/mappings/%s", id_a);
    assert_json(200, "{}");
    ck_assert_int_eq(fake_delete("/__admin/mappings/%s", id_a), 404);
    ck_assert_int_eq(fake_get("/__admin/mappings/%s", id_a), 404);
    ck_assert_int_eq(fake_get("/b"), 404);
}
END_TEST

START_TEST(an_id_is_taken_once)
{
    const char *stub = "{`id`:`00000000-0000-4000-8000-00000000000a`,`request`:{}}";

    ck_assert_int_eq(add(stub), 201);
    add(stub);
    assert_json(422,
                "{`errors`:[{`code`:109,`title`:`Duplicate stub mapping ID`,`detail`:`ID of the "
                "provided stub mapping '%s' is already taken by another stub mapping`}]}",
                id_a);
    fake_get("/__admin/mappings/xx");
    assert_json(400, "{`errors`:[{`code`:10,`title`:`xx is not a valid UUID`}]}");
}
END_TEST

/* What WireMock 3.13.2 points at. */
static const struct {
    const char *stub, *pointer;
} refused[] = {
    {"{`foo`:1}", "/foo"},
    {"[]", "/"},
    {"{`request`:{},`response`:{`status`:`x`}}", "/response/status"},
    {"{`request`:{},`response`:{`foo`:1}}", "/response/foo"},
    {"{`id`:`x`,`request`:{}}", "/id"},
    {"{`request`:{},`response`:{`fault`:`X`}}", "/response/fault"},
    {"{`request`:{},`response`:{`delayDistribution`:{`type`:`foo`}}}",
     "/response/delayDistribution"},
    {"{`priority`:`a`}", "/priority"},
    {"{`request`:{`method`:1,`url`:`/x`}}", "/request/method"},
    {"{`request`:{`url`:`/x`,`foo`:1}}", "/request/foo"},
    {"{`request`:{`url`:`/x`,`headers`:[]}}", "/request/headers"},
    {"{`request`:{`url`:`/x`,`headers`:{`a`:`b`}}}", "/request/headers/a"},
    {"{`request`:{`url`:`/x`,`bodyPatterns`:{}}}", "/request/bodyPatterns"},
    {"{`request`:{`url`:`/x`,`bodyPatterns`:[{`foo`:1}]}}", "/request/bodyPatterns/0"},
    {"{`request`:{`urlPattern`:`[`}}", "/request"},
    {"{`request`:{`customMatcher`:{}}}", "/request/customMatcher"},
    {"{`request`:{},`response`:{`transformers`:[`foo`]}}", "/response/transformers"},
    {"{`request`:{},`response`:{`headers`:{`a b`:`c`}}}", "/response/headers"},
    {"{`request`:{},`mockhere`:{`each`:0}}", "/mockhere"},
    {"{`request`:{},`metadata`:{`mockhere`:{`often`:1}}}", "/metadata/mockhere"},
};

START_TEST(what_is_no_stub_is_refused_with_a_pointer)
{
    add(refused[_i].stub);
    ck_assert_int_eq(fake_status(), 422);
    ck_assert_str_eq(fake_string("errors.0.source.pointer"), refused[_i].pointer);
    ck_assert_int_eq(fake_int("errors.0.code"), 10);
    ck_assert_uint_gt(strlen(fake_string("errors.0.detail")), 10);
    fake_get("/__admin/mappings");
    ck_assert_int_eq(fake_int("meta.total"), 0);
}
END_TEST

START_TEST(stubs_are_asked_by_priority_and_then_the_latest_first)
{
    ck_assert_int_eq(add("{`name`:`a`,`request`:{`url`:`/x`}}"), 201);
    ck_assert_int_eq(add("{`name`:`b`,`request`:{`urlPath`:`/x`},`priority`:1}"), 201);
    ck_assert_int_eq(add("{`name`:`c`,`request`:{`urlPathTemplate`:`/{v}`}}"), 201);
    ck_assert_int_eq(add("{`name`:`d`,`request`:{`urlPattern`:`/.*`},`priority`:9}"), 201);
    fake_get("/__admin/mappings?limit=2&offset=1");
    ck_assert_int_eq(fake_int("meta.total"), 4);
    ck_assert_str_eq(fake_string("mappings.0.name"), "c");
    ck_assert_str_eq(fake_string("mappings.1.name"), "a");
    fake_get("/x");
    assert_header("Matched-Stub-Name", "b");
    fake_get("/y");
    assert_header("Matched-Stub-Name", "c");
    fake_get("/y/z");
    assert_header("Matched-Stub-Name", "d");
}
END_TEST

START_TEST(of_an_import_the_first_is_asked_first)
{
    ck_assert_int_eq(fake_post("/__admin/mappings/import",
                               "{`mappings`:[{`request`:{`url`:`/i`},`response`:{`body`:`1`}},"
                               "{`request`:{`url`:`/i`},`response`:{`body`:`2`}}]}"),
                     200);
    fake_get("/i");
    assert_body(200, "1");
}
END_TEST

START_TEST(a_stub_overrides_an_endpoint_and_leaves_the_rest)
{
    ck_assert_int_eq(add("{`request`:{`method`:`GET`,`urlPath`:`/v1/models`},"
                         "`response`:{`status`:503,`jsonBody`:{`message`:`later`}}}"),
                     201);
    fake_get("/v1/models");
    assert_body(503, "{\"message\":\"later\"}");
    ck_assert_int_eq(fake_get("/v1/datasets"), 200);
    ck_assert_int_eq(fake_get("/w/other/v1/models"), 200);
}
END_TEST

START_TEST(a_stub_passes_on_to_the_endpoint_late)
{
    ck_assert_int_eq(add("{`request`:{`urlPath`:`/v1/models`},`response`:{`proxyBaseUrl`:"
                         "`mockhere:`,`fixedDelayMilliseconds`:300}}"),
                     201);
    ck_assert_int_eq(fake_get("/v1/models"), 200);
    ck_assert(fake_has("models.0.name"));
    ck_assert_uint_eq(fake_late_ms(), 300);
}
END_TEST

START_TEST(the_headers_of_a_stub_replace_those_of_the_endpoint)
{
    ck_assert_int_eq(add("{`id`:`00000000-0000-4000-8000-00000000000a`,`name`:`mine`,`request`:{"
                         "`urlPath`:`/v1/models`},`response`:{`proxyBaseUrl`:`mockhere:`,"
                         "`headers`:{`content-type`:`text/plain`,`Cache-Control`:`no-store`,"
                         "`X-Two`:[`a`,`{{request.path}}`],`Content-Length`:`1`},"
                         "`transformers`:[`response-template`]}}"),
                     201);
    ck_assert_int_eq(fake_get("/v1/models"), 200);
    ck_assert(fake_has("models.0.name"));
    assert_header("Pragma", "no-cache");
    assert_header("Matched-Stub-Id", "00000000-0000-4000-8000-00000000000a");
    assert_header("Matched-Stub-Name", "mine");
    fake_get("/__admin/requests");
    ck_assert_str_eq(fake_string("requests.0.response.headers.content-type"), "text/plain");
    ck_assert_str_eq(fake_string("requests.0.response.headers.Cache-Control"), "no-store");
    ck_assert(!fake_has("requests.0.response.headers.cache-control"));
    ck_assert(!fake_has("requests.0.response.headers.Content-Length"));
    ck_assert_str_eq(fake_string("requests.0.response.headers.X-Two.1"), "/v1/models");
}
END_TEST

START_TEST(a_scenario_moves_on_when_its_stub_serves)
{
    ck_assert_int_eq(add("{`scenarioName`:`s`,`requiredScenarioState`:`Started`,"
                         "`newScenarioState`:`two`,`request`:{`url`:`/s`},"
                         "`response`:{`body`:`first`}}"),
                     201);
    ck_assert_int_eq(add("{`scenarioName`:`s`,`requiredScenarioState`:`two`,"
                         "`request`:{`url`:`/s`},`response`:{`body`:`second`}}"),
                     201);
    fake_get("/s");
    assert_body(200, "first");
    fake_get("/s");
    assert_body(200, "second");
    fake_get("/__admin/scenarios");
    ck_assert_str_eq(fake_string("scenarios.0.state"), "two");
    ck_assert_str_eq(fake_string("scenarios.0.possibleStates.0"), "Started");
    fake_post("/__admin/scenarios/reset", "%s", "");
    fake_get("/s");
    assert_body(200, "first");
    fake_send_json("PUT", "/__admin/scenarios/s/state", "{`state`:`three`}");
    ck_assert_int_eq(fake_status(), 422);
    ck_assert_int_eq(fake_int("errors.0.code"), 11);
    fake_send_json("PUT", "/__admin/scenarios/t/state", "{`state`:`two`}");
    assert_json(404, "{`errors`:[{`code`:404,`title`:`Scenario t does not exist`}]}");
}
END_TEST

START_TEST(a_stub_takes_each_third_or_the_first_two_only)
{
    ck_assert_int_eq(add("{`mockhere`:{`each`:3},`request`:{`url`:`/e`}}"), 201);
    ck_assert_int_eq(add("{`metadata`:{`mockhere`:{`first`:2}},`request`:{`url`:`/f`}}"), 201);
    for (int i = 1; i <= 6; i++) {
        ck_assert_int_eq(fake_get("/e"), i % 3 == 0 ? 200 : 404);
        ck_assert_int_eq(fake_get("/f"), i <= 2 ? 200 : 404);
    }
}
END_TEST

START_TEST(the_journal_has_what_was_called_and_who_answered)
{
    fake_get("/v1/models?page_size=1");
    fake_get("/nowhere");
    fake_get("/__admin/requests");
    ck_assert_int_eq(fake_int("meta.total"), 2);
    ck_assert_str_eq(fake_string("requests.0.request.url"), "/nowhere");
    ck_assert_str_eq(fake_string("requests.0.subEvents.0.data.servedBy"), "nobody");
    ck_assert_str_eq(fake_string("requests.1.subEvents.0.data.servedBy"), "endpoint");
    ck_assert_str_eq(fake_string("requests.1.request.queryParams.page_size.values.0"), "1");
    ck_assert_str_eq(fake_string("requests.1.request.loggedDateString"),
                     "2025-06-01T12:00:00.000Z");
    fake_get("/__admin/requests/unmatched");
    ck_assert_str_eq(fake_string("requests.0.url"), "/nowhere");
    fake_post("/__admin/requests/count", "{`method`:`GET`,`urlPath`:`/v1/models`}");
    assert_json(200, "{`count`:1,`requestJournalDisabled`:false}");
    /* As one client sends it: the object is closed too early. */
    fake_post("/__admin/requests/find", "{`method`:`GET`,`urlPath`:`/nowhere`},`x`:{}}");
    ck_assert_str_eq(fake_string("requests.0.url"), "/nowhere");
    fake_post("/__admin/requests/remove", "{`urlPath`:`/nowhere`}");
    ck_assert_str_eq(fake_string("serveEvents.0.request.url"), "/nowhere");
    fake_get("/__admin/requests");
    ck_assert_int_eq(fake_int("meta.total"), 1);
    fake_delete("/__admin/requests");
    fake_get("/__admin/requests");
    ck_assert_int_eq(fake_int("meta.total"), 0);
}
END_TEST

START_TEST(a_body_is_matched_journaled_and_still_read_by_the_endpoint)
{
    ck_assert_int_eq(add("{`request`:{`bodyPatterns`:[{`contains`:`never`}]}}"), 201);
    fake_post("/v2/rerank", "{`model`:`rerank-v3.5`,`query`:`a`,`documents`:[`a`,`b`]}");
    ck_assert_int_eq(fake_status(), 200);
    fake_post("/__admin/requests/count",
              "{`bodyPatterns`:[{`matchesJsonPath`:`$.documents[?(@ == 'b')]`}]}");
    ck_assert_int_eq(fake_int("count"), 1);
}
END_TEST

START_TEST(no_secret_enters_the_journal)
{
    const struct fake_request request = {
        .target = "/v1/models?api_key=canary-in-url",
        .headers = {FAKE_HEADER("Authorization", "Bearer canary-key")},
        .body = TEXT("{\"wandb\":{\"api_key\":\"canary-in-body\"}}")};

    fake_send(&request);
    fake_get("/__admin/requests");
    ck_assert_uint_eq(text_find(fake_body(), TEXT("canary")), fake_body().len);
    ck_assert_str_eq(fake_string("requests.0.request.headers.Authorization"),
                     "Bearer sha256:0b8bdfd5");
    fake_post("/__admin/requests/count",
              "{`headers`:{`Authorization`:{`equalTo`:`Bearer canary-key`}}}");
    ck_assert_int_eq(fake_int("count"), 1);
}
END_TEST

START_TEST(a_reset_forgets_stubs_and_journal)
{
    ck_assert_int_eq(add("{`request`:{`url`:`/a`}}"), 201);
    fake_get("/a");
    ck_assert_int_eq(fake_post("/__admin/mappings/reset", "%s", ""), 200);
    ck_assert_int_eq(fake_get("/a"), 404);
    ck_assert_int_eq(add("{`request`:{`url`:`/a`}}"), 201);
    ck_assert_int_eq(fake_post("/__mockhere/reset", "%s", ""), 200);
    ck_assert_int_eq(fake_get("/a"), 404);
    fake_get("/__admin/requests");
    ck_assert_int_eq(fake_int("meta.total"), 1);
}
END_TEST

START_TEST(faults_and_dribbles_are_ways_of_delivery)
{
    ck_assert_int_eq(add("{`request`:{`url`:`/f`},`response`:{`fault`:`RANDOM_DATA_THEN_CLOSE`}}"),
                     201);
    ck_assert_int_eq(add("{`request`:{`url`:`/c`},`response`:{`body`:`abcdef`},"
                         "`mockhere`:{`cutBodyAt`:3}}"),
                     201);
    fake_get("/f");
    ck_assert(fake_delivery()->is_raw);
    ck_assert_int_eq(fake_delivery()->end, DELIVERY_CLOSE);
    assert_body(200, "lskdu018973t09sylgasjkfg1][]'./.sdlv");
    fake_get("/c");
    ck_assert(fake_delivery()->is_cut);
    ck_assert_uint_eq(fake_delivery()->cut_at, 3);
}
END_TEST

START_TEST(a_long_answer_is_cut_in_the_journal_and_its_length_told)
{
    static char body[70001];

    memset(body, 'x', sizeof(body) - 1);
    ck_assert_int_eq(
        fake_post("/__admin/mappings", "{`request`:{`url`:`/a`},`response`:{`body`:`%s`}}", body),
        201);
    ck_assert_int_eq(fake_get("/a"), 200);
    fake_get("/__admin/requests");
    assert_header("X-Mockhere-Dropped", "0");
    ck_assert_int_eq(fake_int("requests.0.subEvents.0.data.responseBodyLength"), 70000);
    ck_assert_uint_lt(strlen(fake_string("requests.0.response.body")), 70000);
}
END_TEST

/* No body is no wish for everything. */
static const char *const paths_with_bodies[] = {
    "/__admin/mappings",        "/__admin/mappings/import",
    "/__admin/mappings/remove", "/__admin/mappings/find-by-metadata",
    "/__admin/requests/count",  "/__admin/requests/find",
    "/__admin/requests/remove", "/__admin/near-misses/request-pattern",
    "/__admin/settings",
};

START_TEST(an_empty_body_is_refused)
{
    fake_get("/x");
    fake_send_json("POST", paths_with_bodies[_i], "%s", " ");
    ck_assert_int_eq(fake_status(), 422);
    ck_assert_str_eq(fake_string("errors.0.source.pointer"), "/");
    fake_get("/__admin/requests");
    ck_assert_int_eq(fake_int("meta.total"), 1);
}
END_TEST

START_TEST(a_refused_import_says_why)
{
    fake_post("/__admin/mappings/import", "{`mappings`:[{`foo`:1}]}");
    ck_assert_int_eq(fake_status(), 422);
    ck_assert_str_eq(fake_string("errors.0.source.pointer"), "/foo");
}
END_TEST

START_TEST(a_body_that_nobody_serves_is_in_the_journal)
{
    fake_post("/nowhere", "{`k`:1}");
    fake_post("/__admin/requests/count", "{`bodyPatterns`:[{`equalToJson`:{`k`:1}}]}");
    ck_assert_int_eq(fake_int("count"), 1);
}
END_TEST

START_TEST(near_misses_are_found_where_a_client_looks_for_them)
{
    ck_assert_int_eq(add("{`request`:{`url`:`/abc`}}"), 201);
    fake_get("/abd");
    fake_post("/__admin/requests/near-misses/request", "{`url`:`/abd`,`method`:`GET`}");
    ck_assert_str_eq(fake_string("nearMisses.0.stubMapping.request.url"), "/abc");
    fake_post("/__admin/requests/near-misses/request-pattern", "{`url`:`/abc`}");
    ck_assert_str_eq(fake_string("nearMisses.0.request.url"), "/abd");
}
END_TEST

START_TEST(settings_delay_all_stubs)
{
    ck_assert_int_eq(fake_post("/__admin/settings", "{`fixedDelay`:250}"), 200);
    assert_json(200, "{`fixedDelay`:250}");
    fake_get("/__admin/settings");
    assert_json(200, "{`settings`:{`fixedDelay`:250}}");
    ck_assert_int_eq(add("{`request`:{`url`:`/a`}}"), 201);
    fake_get("/a");
    ck_assert_uint_eq(fake_late_ms(), 250);
    fake_post("/__admin/settings", "{`foo`:1}");
    ck_assert_str_eq(fake_string("errors.0.source.pointer"), "/foo");
}
END_TEST

Suite *wiremock_suite(void)
{
    Suite *suite = suite_create("wiremock");
    TCase *tcase = tcase_create("wiremock");

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    tcase_add_test(tcase, a_stub_is_created_shown_replaced_and_deleted);
    tcase_add_test(tcase, an_id_is_taken_once);
    tcase_add_loop_test(tcase, what_is_no_stub_is_refused_with_a_pointer, 0, ARRAY_LEN(refused));
    tcase_add_test(tcase, stubs_are_asked_by_priority_and_then_the_latest_first);
    tcase_add_test(tcase, of_an_import_the_first_is_asked_first);
    tcase_add_test(tcase, a_stub_overrides_an_endpoint_and_leaves_the_rest);
    tcase_add_test(tcase, a_stub_passes_on_to_the_endpoint_late);
    tcase_add_test(tcase, the_headers_of_a_stub_replace_those_of_the_endpoint);
    tcase_add_test(tcase, a_scenario_moves_on_when_its_stub_serves);
    tcase_add_test(tcase, a_stub_takes_each_third_or_the_first_two_only);
    tcase_add_test(tcase, the_journal_has_what_was_called_and_who_answered);
    tcase_add_test(tcase, a_body_is_matched_journaled_and_still_read_by_the_endpoint);
    tcase_add_test(tcase, no_secret_enters_the_journal);
    tcase_add_test(tcase, a_reset_forgets_stubs_and_journal);
    tcase_add_test(tcase, faults_and_dribbles_are_ways_of_delivery);
    tcase_add_test(tcase, a_long_answer_is_cut_in_the_journal_and_its_length_told);
    tcase_add_loop_test(tcase, an_empty_body_is_refused, 0, ARRAY_LEN(paths_with_bodies));
    tcase_add_test(tcase, a_refused_import_says_why);
    tcase_add_test(tcase, a_body_that_nobody_serves_is_in_the_journal);
    tcase_add_test(tcase, near_misses_are_found_where_a_client_looks_for_them);
    tcase_add_test(tcase, settings_delay_all_stubs);
    suite_add_tcase(suite, tcase);
    return suite;
}
