#include <check.h>
#include <string.h>

#include "support/fake.h"

Suite *admin_suite(void);

static int ask(const char *method, const char *target)
{
    return fake_send(&(struct fake_request){.method = method, .target = target});
}

START_TEST(health_and_version_are_told_without_a_key)
{
    ask("GET", "/__mockhere/health");
    assert_body(200, "{`status`:`healthy`,`version`:`%s`}", MOCKHERE_VERSION);
    ask("GET", "/__mockhere/version");
    assert_body(200, "{`name`:`mockhere`,`version`:`%s`}", MOCKHERE_VERSION);
    ask("HEAD", "/__mockhere/health");
    ck_assert_int_eq(fake_status(), 200);
}
END_TEST

START_TEST(an_unknown_control_path_is_a_404)
{
    ask("GET", "/__mockhere/nothing");
    assert_message(404, "no such control path");
    ask("GET", "/__mockhere/%zz");
    assert_message(400, "the path is not properly percent-encoded");
}
END_TEST

START_TEST(a_wrong_method_is_a_405_that_names_the_right_ones)
{
    ask("POST", "/__mockhere/clock");
    assert_message(405, "method not allowed");
    assert_header("allow", "GET, HEAD, PUT, OPTIONS");
    ask("OPTIONS", "/__mockhere/clock");
    assert_body(204, "%s", "");
    assert_header("allow", "GET, HEAD, PUT, OPTIONS");
}
END_TEST

/* clang-format off */
static const struct {
    const char *path;
    bool owned;
} paths[] = {
    {"/__mockhere/", true},
    {"/__mockhere/x/y", true},
    {"/__mockhere", false},
    {"/__mockherex", false},
    {"/", false},
    {"/v1/__mockhere/", false},
};
/* clang-format on */

START_TEST(control_paths_begin_with_the_name_of_the_program)
{
    ck_assert_int_eq(admin_owns(text_of(paths[_i].path)), paths[_i].owned);
}
END_TEST

/*
 * Emptying a world
 */

/* clang-format off */
static const struct {
    const char *method, *target;
} resets[] = {
    {"POST", "/__mockhere/reset"},
    {"DELETE", "/__mockhere/"},
};
/* clang-format on */

START_TEST(a_world_that_is_reset_begins_anew)
{
    char first[64], again[64];
    const char *id = fake_add_dataset("n");

    (void)snprintf(first, sizeof(first), "%s", id);
    fake_advance_ms(1000);
    fake_add_model(id);
    ask(resets[_i].method, resets[_i].target);
    assert_body(200, "{}");

    fake_get("/v1/datasets");
    assert_body(200, "{`datasets`:[]}");
    assert_header("date", "Sun, 01 Jun 2025 12:00:00 GMT");
    fake_get("/v1/finetuning/finetuned-models");
    assert_body(200, "{`finetuned_models`:[],`total_size`:0}");
    fake_get("/v1/datasets/usage");
    assert_body(200, "{`organization_usage`:0}");
    (void)snprintf(again, sizeof(again), "%s", fake_add_dataset("n"));
    ck_assert_str_eq(again, first);
}
END_TEST

START_TEST(a_reset_leaves_other_worlds_alone)
{
    fake_add_dataset("n");
    ask("POST", "/w/other/__mockhere/reset");
    assert_body(200, "{}");
    fake_get("/v1/datasets");
    ck_assert_uint_eq(json_array_size(fake_member("datasets")), 1);
}
END_TEST

/*
 * Who is let in
 */

static void guard(const char *token)
{
    fake_dispatch()->admin.is_guarded = true;
    fake_dispatch()->admin.token = token;
}

#define CLOSED                                                                                     \
    "control paths need the header X-Mockhere-Token here; start with --admin-token or "            \
    "--admin-open"

/* clang-format off */
static const struct {
    const char *wanted, *sent; /* NULL: none */
    bool is_let_in;
} tokens[] = {
    {NULL, NULL, false},
    {NULL, "", false},
    {NULL, "x", false},
    {"secret", NULL, false},
    {"secret", "", false},
    {"secret", "secre", false},
    {"secret", "secrets", false},
    {"secret", "Secret", false},
    {"secret", "secret", true},
};
/* clang-format on */

START_TEST(strangers_need_the_token)
{
    struct fake_request request = {.target = "/__mockhere/clock"};

    guard(tokens[_i].wanted);
    if (tokens[_i].sent)
        request.headers[0] = (struct header){TEXT("X-Mockhere-Token"), text_of(tokens[_i].sent)};
    fake_send(&request);
    if (tokens[_i].is_let_in)
        ck_assert_int_eq(fake_status(), 200);
    else
        assert_message(403, CLOSED);
}
END_TEST

START_TEST(a_stranger_changes_nothing)
{
    fake_add_dataset("n");
    guard("secret");
    ask("POST", "/__mockhere/reset");
    assert_message(403, CLOSED);
    fake_get("/v1/datasets");
    ck_assert_uint_eq(json_array_size(fake_member("datasets")), 1);
}
END_TEST

START_TEST(strangers_may_ask_for_the_health_only)
{
    guard(NULL);
    ck_assert_int_eq(ask("GET", "/__mockhere/health"), 200);
    ck_assert_int_eq(ask("GET", "/__mockhere/version"), 403);
    ck_assert_int_eq(ask("DELETE", "/__mockhere/"), 403);
}
END_TEST

/* clang-format off */
static const struct {
    const char *content_type; /* NULL: none */
    const char *body;
    int status;
} bodies[] = {
    {NULL, "", 200},
    {"text/plain", "", 200},
    {"application/json", "{}", 200},
    {"application/json; charset=utf-8", "{}", 200},
    {NULL, "{}", 415},
    {"text/plain", "{}", 415},
    {"application/x-www-form-urlencoded", "a=b", 415},
    {"multipart/form-data; boundary=x", "--x--", 415},
};
/* clang-format on */

START_TEST(a_body_must_be_json_so_that_no_page_can_post_it)
{
    struct fake_request request = {
        .method = "POST", .target = "/__mockhere/reset", .body = text_of(bodies[_i].body)};

    if (bodies[_i].content_type)
        request.headers[0] =
            (struct header){TEXT("Content-Type"), text_of(bodies[_i].content_type)};
    fake_send(&request);
    if (bodies[_i].status == 200)
        assert_body(200, "{}");
    else
        assert_message(415, "Content-Type must be application/json");
}
END_TEST

START_TEST(control_calls_do_not_change_the_ids_of_other_calls)
{
    char trace[2][33] = {"", ""};

    for (int i = 0; i < 2; i++) {
        fake_stop();
        fake_start();
        for (int j = 0; j < 3 * i; j++)
            ask("GET", "/__mockhere/clock");
        fake_get("/v1/datasets");
        memcpy(trace[i], fake_header("x-debug-trace-id").data, 32);
    }
    ck_assert_str_eq(trace[0], trace[1]);
}
END_TEST

Suite *admin_suite(void)
{
    Suite *suite = suite_create("admin");
    TCase *tcase = tcase_create("control paths");

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    tcase_add_test(tcase, health_and_version_are_told_without_a_key);
    tcase_add_test(tcase, an_unknown_control_path_is_a_404);
    tcase_add_test(tcase, a_wrong_method_is_a_405_that_names_the_right_ones);
    tcase_add_loop_test(tcase, control_paths_begin_with_the_name_of_the_program, 0,
                        ARRAY_LEN(paths));
    tcase_add_loop_test(tcase, a_world_that_is_reset_begins_anew, 0, ARRAY_LEN(resets));
    tcase_add_test(tcase, a_reset_leaves_other_worlds_alone);
    tcase_add_loop_test(tcase, strangers_need_the_token, 0, ARRAY_LEN(tokens));
    tcase_add_test(tcase, a_stranger_changes_nothing);
    tcase_add_test(tcase, strangers_may_ask_for_the_health_only);
    tcase_add_loop_test(tcase, a_body_must_be_json_so_that_no_page_can_post_it, 0,
                        ARRAY_LEN(bodies));
    tcase_add_test(tcase, control_calls_do_not_change_the_ids_of_other_calls);
    suite_add_tcase(suite, tcase);
    return suite;
}
