#include <check.h>
#include <string.h>

#include "support/fake.h"

Suite *verify_paths_suite(void);

static int verify(const char *body)
{
    return fake_post("/__mockhere/verify", "%s", body);
}

static void call_some(void)
{
    fake_post("/v1/rerank", "%s", "{`model`:`x`}");
    fake_get("/v1/models");
    fake_get("/v1/models?page_size=1");
}

/* After POST /v1/rerank and GET /v1/models twice. */
/* clang-format off */
static const struct {
    const char *body;
    int count; /* -1: it fails */
    const char *message;
} cases[] = {
    {"{`pattern`:{`urlPath`:`/v1/models`}}", 2, NULL},
    {"{`pattern`:{`urlPath`:`/v1/models`},`count`:2}", 2, NULL},
    {"{`pattern`:{`urlPath`:`/v1/models`},`at_least`:1,`at_most`:2}", 2, NULL},
    {"{`pattern`:{`urlPath`:`/never`},`at_most`:1}", 0, NULL},
    {"{`pattern`:{`urlPath`:`/never`},`count`:0}", 0, NULL},
    {"{`pattern`:{},`and_no_more`:true}", 3, NULL},
    {"{`order`:[{`urlPath`:`/v1/rerank`},{`urlPath`:`/v1/models`}],`and_no_more`:true}", 3, NULL},
    {"{`pattern`:{`method`:`POST`,`urlPath`:`/v2/rerank`},`count`:2,`within_ms`:1}", -1,
     "expected exactly 2 calls of POST /v2/rerank within 1 ms, and there was none; the nearest other was POST /v1/rerank: url differs"},
    {"{`pattern`:{`method`:`POST`,`urlPath`:`/v1/rerank`},`count`:2}", -1,
     "expected exactly 2 calls of POST /v1/rerank, and there was 1; the nearest other was GET /v1/models?page_size=1: method and url differ"},
    {"{`pattern`:{`url`:`/v1/models`},`count`:0}", -1,
     "expected no call of /v1/models, and there was 1"},
    {"{`pattern`:{`urlPath`:`/v1/models`},`at_most`:1}", -1,
     "expected at most 1 call of /v1/models, and there were 2"},
    {"{`pattern`:{`urlPath`:`/v1/models`},`at_least`:3,`at_most`:4}", -1,
     "expected 3 to 4 calls of /v1/models, and there were 2; the nearest other was POST /v1/rerank: url differs"},
    {"{`pattern`:{`method`:`GET`,`headers`:{`X-A`:{`equalTo`:`b`}}}}", -1,
     "expected at least 1 call of GET any path with its headers, and there was none; the nearest other was GET /v1/models?page_size=1: header X-A differs"},
    {"{`pattern`:{`urlPath`:`/v1/models`,`queryParameters`:{`page_size`:{`equalTo`:`2`}}}}", -1,
     "expected at least 1 call of /v1/models with its queryParameters, and there was none; the nearest other was GET /v1/models?page_size=1: query parameter page_size differs"},
    {"{`pattern`:{`urlPath`:`/v1/rerank`,`bodyPatterns`:[{`contains`:`mod`},{`contains`:`y`}]}}", -1,
     "expected at least 1 call of /v1/rerank with its bodyPatterns, and there was none; the nearest other was POST /v1/rerank: body differs"},
    {"{`pattern`:{`urlPath`:`/v1/models`},`and_no_more`:true}", -1,
     "expected no other calls than those of /v1/models, and there was 1 other: POST /v1/rerank"},
    {"{`order`:[{`urlPath`:`/v1/models`},{`urlPath`:`/v1/rerank`}]}", -1,
     "expected /v1/models before /v1/rerank, which came first"},
    {"{`order`:[{`urlPath`:`/v1/rerank`},{`urlPath`:`/v1/datasets`}],`within_ms`:1}", -1,
     "expected, as number 2 of 2, a call of /v1/datasets within 1 ms, and there was none; the nearest other was GET /v1/models?page_size=1: url differs"},
};
/* clang-format on */

START_TEST(what_was_called_is_verified)
{
    call_some();
    verify(cases[_i].body);
    if (cases[_i].count >= 0) {
        assert_json(200, "{`verified`:true,`count`:%d}", cases[_i].count);
        return;
    }
    ck_assert_int_eq(fake_status(), 422);
    ck_assert(json_is_false(fake_member("verified")));
    ck_assert_str_eq(fake_string("message"), cases[_i].message);
}
END_TEST

/* clang-format off */
static const struct {
    const char *body, *message;
} refused[] = {
    {"{}", "/pattern: either a pattern or an order is needed"},
    {"{`pattern`:{},`order`:[{}]}", "/pattern: either a pattern or an order is needed"},
    {"{`patterns`:{}}", "/patterns: there is no such field; there are pattern or order, count, at_least, at_most, within_ms and and_no_more"},
    {"{`pattern`:{},`count`:-1}", "/count: expected a whole number from 0 to 1000000000"},
    {"{`pattern`:{},`at_least`:1.5}", "/at_least: expected a whole number from 0 to 1000000000"},
    {"{`pattern`:{},`at_most`:`1`}", "/at_most: expected a whole number from 0 to 1000000000"},
    {"{`pattern`:{},`within_ms`:60001}", "/within_ms: expected a whole number from 0 to 60000"},
    {"{`pattern`:{},`and_no_more`:1}", "/and_no_more: expected true or false"},
    {"{`pattern`:{},`count`:1,`at_most`:2}", "/count: count goes with neither at_least nor at_most"},
    {"{`pattern`:{},`at_least`:3,`at_most`:2}", "/at_most: at_most is below at_least, or below 1, its default"},
    {"{`order`:[]}", "/order: expected a list of 1 to 64 request patterns"},
    {"{`order`:[{}],`count`:1}", "/order: calls in an order are not counted"},
};
/* clang-format on */

START_TEST(what_makes_no_sense_is_refused_with_its_pointer)
{
    verify(refused[_i].body);
    assert_message(400, "%s", refused[_i].message);
}
END_TEST

START_TEST(what_is_wrong_in_a_pattern_is_pointed_at)
{
    verify("{`pattern`:{`headers`:{`a`:`b`}}}");
    ck_assert_int_eq(fake_status(), 400);
    ck_assert_msg(strstr(fake_string("message"), "/pattern/headers/a: ") != NULL, "%s",
                  fake_string("message"));
    verify("{`order`:[{},{`foo`:1}]}");
    ck_assert_msg(strstr(fake_string("message"), "/order/1/foo: ") != NULL, "%s",
                  fake_string("message"));
}
END_TEST

START_TEST(a_failure_shows_what_differs_in_the_nearest_calls)
{
    call_some();
    verify("{`pattern`:{`method`:`PUT`,`urlPath`:`/v1/rerank`,"
           "`headers`:{`Content-Type`:{`equalTo`:`text/plain`}}}}");
    ck_assert_str_eq(fake_string("nearMisses.0.request.url"), "/v1/rerank");
    ck_assert_str_eq(fake_string("nearMisses.0.differences.0.what"), "method");
    ck_assert_str_eq(fake_string("nearMisses.0.differences.0.expected"), "PUT");
    ck_assert_str_eq(fake_string("nearMisses.0.differences.0.actual"), "POST");
    ck_assert_str_eq(fake_string("nearMisses.0.differences.1.what"), "header");
    ck_assert_str_eq(fake_string("nearMisses.0.differences.1.name"), "Content-Type");
    ck_assert_str_eq(fake_string("nearMisses.0.differences.1.expected.equalTo"), "text/plain");
    ck_assert_str_eq(fake_string("nearMisses.0.differences.1.actual"), "application/json");
    ck_assert(!fake_has("nearMisses.0.differences.2"));
}
END_TEST

START_TEST(a_verification_finds_calls_by_their_secrets_and_shows_none)
{
    fake_send(
        &(struct fake_request){.target = "/v1/models?token=canary-url",
                               .headers = {FAKE_HEADER("Authorization", "Bearer canary-key")}});
    ck_assert_int_eq(
        verify("{`pattern`:{`headers`:{`Authorization`:{`equalTo`:`Bearer canary-key`}}}}"), 200);
    ck_assert_int_eq(verify("{`pattern`:{`url`:`/v1/models?token=canary-url`}}"), 200);
    ck_assert_int_eq(verify("{`pattern`:{`url`:`/v1/models?token=canary-b`,"
                            "`basicAuthCredentials`:{`username`:`u`,`password`:`canary-c`},"
                            "`headers`:{`Authorization`:{`contains`:`canary-d`},"
                            "`X-Api-Key`:{`equalTo`:`canary-e`}}}}"),
                     422);
    ck_assert_uint_eq(text_find(fake_body(), TEXT("canary")), fake_body().len);
}
END_TEST

START_TEST(each_world_verifies_its_own_calls)
{
    fake_get("/w/a/v1/models");
    ck_assert_int_eq(verify("{`pattern`:{`urlPath`:`/v1/models`}}"), 422);
    ck_assert_int_eq(
        fake_post("/w/a/__mockhere/verify", "%s", "{`pattern`:{`urlPath`:`/v1/models`}}"), 200);
}
END_TEST

START_TEST(when_half_of_the_workers_wait_no_more_may)
{
    ck_assert(stub_worlds_begin_wait(fake_dispatch()->stub_worlds));
    ck_assert_int_eq(verify("{`pattern`:{},`within_ms`:60000}"), 503);
    ck_assert_int_eq(verify("{`pattern`:{},`count`:0,`within_ms`:60000}"), 200);
    stub_worlds_end_wait(fake_dispatch()->stub_worlds);
}
END_TEST

Suite *verify_paths_suite(void)
{
    Suite *suite = suite_create("verify_paths");
    TCase *tcase = tcase_create("verify");

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    tcase_add_loop_test(tcase, what_was_called_is_verified, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, what_makes_no_sense_is_refused_with_its_pointer, 0,
                        ARRAY_LEN(refused));
    tcase_add_test(tcase, what_is_wrong_in_a_pattern_is_pointed_at);
    tcase_add_test(tcase, a_failure_shows_what_differs_in_the_nearest_calls);
    tcase_add_test(tcase, a_verification_finds_calls_by_their_secrets_and_shows_none);
    tcase_add_test(tcase, each_world_verifies_its_own_calls);
    tcase_add_test(tcase, when_half_of_the_workers_wait_no_more_may);
    suite_add_tcase(suite, tcase);
    return suite;
}
