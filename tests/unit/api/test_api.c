#include <check.h>
#include <string.h>

#include "support/fake.h"

Suite *api_suite(void);

/* clang-format off */
static const struct {
    const char *authorization; /* NULL: no such header */
    int status;
    const char *message;
} keys[] = {
    {NULL,                  401, "no api key supplied"},
    {"",                    401, "no api key supplied"},
    {"  ",                  401, "no api key supplied"},
    {"Bearer",              401, "no api key supplied"},
    {"bearer ",             401, "no api key supplied"},
    {"Basic dXNlcjpwdw==",  401, "invalid api token"},
    {"key",                 401, "invalid api token"},
    {"Bearerkey",           401, "invalid api token"},
    {"Bearer key",          200, NULL},
    {"bearer key",          200, NULL},
    {"BEARER key",          200, NULL},
    {"Bearer  key ",        200, NULL},
    {"Bearer key with gap", 200, NULL},
};
/* clang-format on */

START_TEST(any_key_is_let_in_if_the_scheme_is_bearer_in_any_case)
{
    struct fake_request request = {.target = "/v1/datasets/usage"};

    if (keys[_i].authorization)
        request.headers[0] =
            (struct header){TEXT("Authorization"), text_of(keys[_i].authorization)};
    ck_assert_int_eq(fake_send(&request), keys[_i].status);
    if (keys[_i].message)
        assert_error(401, "%s", keys[_i].message);
}
END_TEST

START_TEST(anonymous_calls_are_let_in_where_they_are_allowed)
{
    fake_dispatch()->api.anonymous = true;
    ck_assert_int_eq(fake_send(&(struct fake_request){.target = "/v1/datasets/usage"}), 200);
}
END_TEST

START_TEST(a_refused_key_in_fine_tuning_has_an_error_without_an_id)
{
    fake_send(&(struct fake_request){.target = "/v1/finetuning/finetuned-models"});
    assert_message(401, "no api key supplied");
}
END_TEST

/* clang-format off */
static const struct {
    const char *path;
    bool is_finetuning;
} unknown_paths[] = {
    {"/v1/nothing", false},
    {"/v1/datasets/", false},
    {"/v1/datasets/x/y", false},
    {"/v1//datasets", false},
    {"/v2/datasets", false},
    {"/v1/Datasets", false},
    {"/v1/finetuning/nothing", true},
};
/* clang-format on */

START_TEST(an_unknown_path_is_a_404_with_or_without_a_key)
{
    fake_send(&(struct fake_request){.target = unknown_paths[_i].path});
    if (unknown_paths[_i].is_finetuning)
        assert_message(404, "404 page not found");
    else
        assert_error(404, "404 page not found");
}
END_TEST

/* clang-format off */
static const struct {
    const char *method, *path;
} not_faked[] = {
    {"POST",   "/v1/chat"},
    {"POST",   "/v2/chat"},
    {"POST",   "/v1/generate"},
    {"POST",   "/v1/summarize"},
    {"POST",   "/v1/embed"},
    {"POST",   "/v2/embed"},
    {"POST",   "/v1/classify"},
    {"POST",   "/v1/tokenize"},
    {"POST",   "/v1/detokenize"},
    {"GET",    "/v1/embed-jobs"},
    {"POST",   "/v1/embed-jobs"},
    {"GET",    "/v1/embed-jobs/x"},
    {"POST",   "/v1/embed-jobs/x/cancel"},
    {"GET",    "/v1/connectors"},
    {"POST",   "/v1/connectors"},
    {"GET",    "/v1/connectors/x"},
    {"PATCH",  "/v1/connectors/x"},
    {"DELETE", "/v1/connectors/x"},
    {"POST",   "/v1/connectors/x/oauth/authorize"},
    {"POST",   "/v2/audio/transcriptions"},
    {"GET",    "/v2/batches"},
    {"POST",   "/v2/batches"},
    {"GET",    "/v2/batches/x"},
    {"POST",   "/v2/batches/x:cancel"},
};
/* clang-format on */

START_TEST(an_endpoint_that_is_not_faked_is_a_501_that_says_so)
{
    struct fake_request request = {
        .method = not_faked[_i].method, .target = not_faked[_i].path, .headers = {FAKE_KEY}};

    fake_send(&request);
    assert_error(501, "mockhere does not fake %s; stub it under /__admin/mappings",
                 not_faked[_i].path);
    request.headers[0] = (struct header){0};
    fake_send(&request);
    assert_error(401, "no api key supplied");
}
END_TEST

START_TEST(the_path_of_what_is_not_faked_is_without_the_world)
{
    fake_post("/w/other/v1/embed", "{}");
    assert_error(501, "mockhere does not fake /v1/embed; stub it under /__admin/mappings");
}
END_TEST

START_TEST(a_path_that_is_not_properly_encoded_is_refused)
{
    fake_get("/v1/datasets/%%zz");
    assert_error(400, "the path is not properly percent-encoded");
}
END_TEST

/* clang-format off */
static const struct {
    const char *method, *path, *allowed;
    bool is_finetuning;
} methods[] = {
    {"PUT",    "/v1/datasets",       "GET, HEAD, POST, OPTIONS", false},
    {"BREW",   "/v1/datasets",       "GET, HEAD, POST, OPTIONS", false},
    {"POST",   "/v1/datasets/x",     "GET, HEAD, DELETE, OPTIONS", false},
    {"GET",    "/v2/rerank",         "POST, OPTIONS", false},
    {"DELETE", "/v1/rerank",         "POST, OPTIONS", false},
    {"GET",    "/rerank",            "POST, OPTIONS", false},
    {"POST",   "/v1/models",         "GET, HEAD, OPTIONS", false},
    {"DELETE", "/v1/models/x",       "GET, HEAD, OPTIONS", false},
    {"GET",    "/v1/check-api-key",  "POST, OPTIONS", false},
    {"GET",    "/v1/chat",           "POST, OPTIONS", false},
    {"PUT",    "/v1/connectors/x",   "GET, HEAD, PATCH, DELETE, OPTIONS", false},
    {"PUT",    "/v1/finetuning/finetuned-models", "GET, HEAD, POST, OPTIONS", true},
};
/* clang-format on */

START_TEST(a_wrong_method_is_a_405_that_names_the_right_ones)
{
    fake_send(&(struct fake_request){
        .method = methods[_i].method, .target = methods[_i].path, .headers = {FAKE_KEY}});
    if (methods[_i].is_finetuning)
        assert_message(405, "method not allowed");
    else
        assert_error(405, "method not allowed");
    assert_header("allow", methods[_i].allowed);
}
END_TEST

START_TEST(options_lists_the_methods_without_a_key)
{
    fake_send(&(struct fake_request){.method = "OPTIONS", .target = "/v1/datasets/x"});
    assert_body(204, "%s", "");
    assert_header("allow", "GET, HEAD, DELETE, OPTIONS");
}
END_TEST

START_TEST(head_answers_as_get_does)
{
    fake_send(&(struct fake_request){
        .method = "HEAD", .target = "/v1/datasets/usage", .headers = {FAKE_KEY}});
    assert_body(200, "{`organization_usage`:0}");
    assert_header("content-type", "application/json");
}
END_TEST

/* clang-format off */
static const struct {
    const char *name, *value;
} headers[] = {
    {"content-type", "application/json"},
    {"date", "Sun, 01 Jun 2025 12:00:00 GMT"},
    {"cache-control", "no-cache, no-store, no-transform, must-revalidate, private, max-age=0"},
    {"expires", "Thu, 01 Jan 1970 00:00:00 GMT"},
    {"pragma", "no-cache"},
    {"vary", "Origin"},
    {"access-control-expose-headers", "X-Debug-Trace-ID"},
};

static const char *const targets[] = {
    "/v1/datasets/usage", "/v1/datasets/none", "/v1/nothing", "/v1/finetuning/finetuned-models",
};

static const char *const foreign_headers[] = {
    "alt-svc", "via", "x-envoy-upstream-service-time", "x-accel-expires", "retry-after",
};
/* clang-format on */

START_TEST(every_answer_has_the_headers_of_the_service_and_no_proxys)
{
    fake_get("%s", targets[_i]);
    for (size_t i = 0; i < ARRAY_LEN(headers); i++)
        assert_header(headers[i].name, headers[i].value);
    for (size_t i = 0; i < ARRAY_LEN(foreign_headers); i++)
        ck_assert_ptr_null(fake_header(foreign_headers[i]).data);
    ck_assert_uint_eq(fake_header("x-debug-trace-id").len, 32);
}
END_TEST

START_TEST(the_date_is_that_of_the_worlds_clock)
{
    fake_advance_ms(3600LL * 1000);
    fake_get("/v1/datasets/usage");
    assert_header("date", "Sun, 01 Jun 2025 13:00:00 GMT");
}
END_TEST

/* Two calls, as one text: trace ids, bodies with their error ids. */
static void take_down_two_calls(struct buf *out)
{
    fake_start();
    for (int i = 0; i < 2; i++) {
        fake_get("/v1/datasets/none");
        buf_add_text(out, fake_header("x-debug-trace-id"));
        buf_add_char(out, ' ');
        buf_add_text(out, fake_body());
        buf_add_char(out, '\n');
    }
    fake_stop();
    ck_assert(!out->failed);
}

START_TEST(the_same_calls_get_the_same_ids_and_each_call_its_own)
{
    AUTO(buf_done) struct buf first = {0}, second = {0};
    struct text line, rest;

    take_down_two_calls(&first);
    take_down_two_calls(&second);
    ck_assert_str_eq(first.data, second.data);
    rest = buf_text(&first);
    line = text_cut(&rest, '\n');
    ck_assert_int_ne(memcmp(line.data, rest.data, 32), 0);
    ck_assert_int_ne(memcmp(line.data + 33, rest.data + 33, line.len - 33), 0);
}
END_TEST

START_TEST(errors_are_compact_with_the_id_first)
{
    fake_get("/v1/datasets/none");
    assert_body(404, "{`id`:`%s`,`message`:`dataset with id none not found`}", fake_string("id"));
}
END_TEST

START_TEST(what_a_client_sent_is_escaped_in_errors)
{
    fake_get("/v1/datasets/%%22%%0a%%c3%%a9%%ff");
    assert_body(404, "{`id`:`%s`,`message`:`dataset with id \\`\\n\xc3\xa9\xef\xbf\xbd not found`}",
                fake_string("id"));
}
END_TEST

/* clang-format off */
static const struct {
    const char *method, *target;
} successes[] = {
    {"GET", "/v1/datasets"},
    {"GET", "/v1/datasets/usage"},
    {"GET", "/v1/finetuning/finetuned-models"},
};
/* clang-format on */

START_TEST(no_success_has_a_message_since_one_sdk_takes_that_for_an_error)
{
    fake_get("%s", successes[_i].target);
    ck_assert_int_eq(fake_status(), 200);
    ck_assert(!fake_has("message"));
}
END_TEST

Suite *api_suite(void)
{
    Suite *suite = suite_create("api");
    TCase *tcase = tcase_create("calls");
    TCase *unstarted = tcase_create("two servers");

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    tcase_add_loop_test(tcase, any_key_is_let_in_if_the_scheme_is_bearer_in_any_case, 0,
                        ARRAY_LEN(keys));
    tcase_add_test(tcase, anonymous_calls_are_let_in_where_they_are_allowed);
    tcase_add_test(tcase, a_refused_key_in_fine_tuning_has_an_error_without_an_id);
    tcase_add_loop_test(tcase, an_unknown_path_is_a_404_with_or_without_a_key, 0,
                        ARRAY_LEN(unknown_paths));
    tcase_add_loop_test(tcase, an_endpoint_that_is_not_faked_is_a_501_that_says_so, 0,
                        ARRAY_LEN(not_faked));
    tcase_add_test(tcase, the_path_of_what_is_not_faked_is_without_the_world);
    tcase_add_test(tcase, a_path_that_is_not_properly_encoded_is_refused);
    tcase_add_loop_test(tcase, a_wrong_method_is_a_405_that_names_the_right_ones, 0,
                        ARRAY_LEN(methods));
    tcase_add_test(tcase, options_lists_the_methods_without_a_key);
    tcase_add_test(tcase, head_answers_as_get_does);
    tcase_add_loop_test(tcase, every_answer_has_the_headers_of_the_service_and_no_proxys, 0,
                        ARRAY_LEN(targets));
    tcase_add_test(tcase, the_date_is_that_of_the_worlds_clock);
    tcase_add_test(tcase, errors_are_compact_with_the_id_first);
    tcase_add_test(tcase, what_a_client_sent_is_escaped_in_errors);
    tcase_add_loop_test(tcase, no_success_has_a_message_since_one_sdk_takes_that_for_an_error, 0,
                        ARRAY_LEN(successes));
    suite_add_tcase(suite, tcase);
    tcase_add_test(unstarted, the_same_calls_get_the_same_ids_and_each_call_its_own);
    suite_add_tcase(suite, unstarted);
    return suite;
}
