#include <check.h>
#include <string.h>

#include "support/fake.h"

Suite *key_gate_suite(void);

#define TRIAL_TEXT(limit)                                                                          \
    "You are using a Trial key, which is limited to " limit                                        \
    ". You can continue to use the Trial key for free or upgrade to a Production key with higher " \
    "rate limits at 'https://dashboard.cohere.com/api-keys'. Contact us on "                       \
    "'https://discord.gg/XW44jPfYJu' or email us at support@cohere.com with any questions"

static const char past_minute[] =
    "You are past the per minute request limit, please wait and try again later.";
static const char rerank[] = "{`model`:`rerank-v3.5`,`query`:`q`,`documents`:[`a`]}";

/* Call an endpoint with a key. */
static int call_with(const char *key, const char *target)
{
    char authorization[256];

    (void)snprintf(authorization, sizeof(authorization), "Bearer %s", key);
    return fake_send(&(struct fake_request){
        .target = target, .headers = {{TEXT("Authorization"), text_of(authorization)}}});
}

static int list_with(const char *key)
{
    return call_with(key, "/v1/datasets");
}

static int rerank_with(const char *key, const char *body)
{
    char authorization[256], json[256];

    (void)snprintf(authorization, sizeof(authorization), "Bearer %s", key);
    (void)snprintf(json, sizeof(json), "%s", body);
    for (char *c = json; *c; c++)
        if (*c == '`')
            *c = '"';
    return fake_send(
        &(struct fake_request){.method = "POST",
                               .target = "/v2/rerank",
                               .headers = {{TEXT("Authorization"), text_of(authorization)}},
                               .body = text_of(json)});
}

static void put_control(const char *path, const char *json)
{
    char target[64];

    (void)snprintf(target, sizeof(target), "/__mockhere/%s", path);
    ck_assert_int_eq(fake_send_json("PUT", target, "%s", json), 200);
}

/*
 * Magic keys
 */

/* clang-format off */
static const struct {
    const char *key;
    int status;
    const char *message;
} magic[] = {
    {"invalid-x",   401, "invalid api token"},
    {"expired-x",   401, "Your API key has expired. Please create a production key at dashboard.cohere.com or reach out to your contact at Cohere to continue usage."},
    {"blocked-x",   402, "Please add or update your payment method at https://dashboard.cohere.com/billing?tab=payment to continue"},
    {"limited-x",   429, past_minute},
    {"expired-x@w", 401, "Your API key has expired. Please create a production key at dashboard.cohere.com or reach out to your contact at Cohere to continue usage."},
};
/* clang-format on */

START_TEST(a_magic_key_is_refused_in_its_own_words)
{
    list_with(magic[_i].key);
    assert_error(magic[_i].status, "%s", magic[_i].message);
    call_with(magic[_i].key, "/v1/finetuning/finetuned-models");
    assert_message(magic[_i].status, "%s", magic[_i].message);
}
END_TEST

START_TEST(a_429_says_when_to_come_again)
{
    list_with("limited-x");
    assert_header("retry-after", "1");
    list_with("x");
    ck_assert_ptr_null(fake_header("retry-after").data);
}
END_TEST

START_TEST(each_third_call_of_a_flaky_key_fails)
{
    for (int i = 1; i <= 9; i++) {
        ck_assert_int_eq(list_with("flaky-x"), i % 3 == 0 ? 503 : 200);
        ck_assert_int_eq(list_with(i % 2 ? "flaky-y" : "x"), i == 5 ? 503 : 200);
        if (i == 5)
            assert_error(503, "the service is unavailable: every third call with a flaky key "
                              "fails");
    }
}
END_TEST

START_TEST(the_answer_to_a_slow_key_is_late)
{
    ck_assert_int_eq(list_with("slow-x"), 200);
    ck_assert_uint_eq(fake_late_ms(), 2000);
    ck_assert_int_eq(list_with("x"), 200);
    ck_assert_uint_eq(fake_late_ms(), 0);
}
END_TEST

START_TEST(what_needs_no_key_looks_at_none)
{
    ck_assert_int_eq(call_with("expired-x", "/files/x/y"), 403);
}
END_TEST

/*
 * Trial keys
 */

START_TEST(a_trial_key_shows_its_limits_and_reaches_them)
{
    char left[16];

    for (int i = 9; i >= 0; i--) {
        ck_assert_int_eq(rerank_with("trial-x", rerank), 200);
        (void)snprintf(left, sizeof(left), "%d", i);
        assert_header("x-trial-endpoint-call-remaining", left);
        assert_header("x-trial-endpoint-call-limit", "10");
        assert_header("x-endpoint-monthly-call-limit", "1000");
    }
    rerank_with("trial-x", rerank);
    assert_error(429, "%s", TRIAL_TEXT("10 API calls / minute"));
    assert_header("retry-after", "1");
    ck_assert_ptr_null(fake_header("x-trial-endpoint-call-remaining").data);
    ck_assert_ptr_null(fake_header("x-trial-endpoint-call-limit").data);
    ck_assert_ptr_null(fake_header("x-endpoint-monthly-call-limit").data);

    ck_assert_int_eq(rerank_with("trial-y", rerank), 200);
    ck_assert_int_eq(list_with("trial-x"), 200);
    assert_header("x-trial-endpoint-call-limit", "500");
    fake_advance_ms(59999);
    ck_assert_int_eq(rerank_with("trial-x", rerank), 429);
    fake_advance_ms(1);
    ck_assert_int_eq(rerank_with("trial-x", rerank), 200);
}
END_TEST

START_TEST(the_headers_of_a_trial_are_on_answers_of_200_and_404)
{
    ck_assert_int_eq(rerank_with("trial-x", "{`model`:`x`,`query`:`q`,`documents`:[`a`]}"), 404);
    assert_header("x-trial-endpoint-call-remaining", "9");
    ck_assert_int_eq(rerank_with("trial-x", "{}"), 400);
    ck_assert_ptr_null(fake_header("x-trial-endpoint-call-remaining").data);
    ck_assert_int_eq(rerank_with("x", rerank), 200);
    ck_assert_ptr_null(fake_header("x-trial-endpoint-call-remaining").data);
}
END_TEST

START_TEST(a_trial_key_has_a_month_too)
{
    put_control("limits", "{`trial_per_month`:2}");
    ck_assert_int_eq(list_with("trial-x"), 200);
    ck_assert_int_eq(rerank_with("trial-x", rerank), 200);
    list_with("trial-x");
    assert_error(429, "%s", TRIAL_TEXT("2 API calls / month"));
    fake_advance_ms(INT64_C(31) * 24 * 3600 * 1000);
    ck_assert_int_eq(list_with("trial-x"), 200);
}
END_TEST

START_TEST(a_reset_forgets_what_was_counted)
{
    put_control("limits", "{`trial_default_per_minute`:1}");
    ck_assert_int_eq(list_with("trial-x"), 200);
    ck_assert_int_eq(list_with("trial-x"), 429);
    ck_assert_int_eq(fake_post("/__mockhere/reset", "%s", ""), 200);
    put_control("limits", "{`trial_default_per_minute`:1}");
    ck_assert_int_eq(list_with("trial-x"), 200);
}
END_TEST

/*
 * Declared keys
 */

START_TEST(a_world_that_declares_keys_knows_no_other)
{
    put_control("keys", "{`keys`:[{`key`:`good`,`plan`:`production`},"
                        "{`key`:`old`,`plan`:`expired`},{`key`:`trial-x`,`plan`:`production`}]}");
    ck_assert_int_eq(list_with("good"), 200);
    ck_assert_int_eq(list_with("good@default"), 200);
    list_with("other");
    assert_error(401, "invalid api token");
    list_with("flaky-x");
    assert_error(401, "invalid api token");
    ck_assert_int_eq(list_with("old"), 401);
    ck_assert_int_eq(list_with("trial-x"), 200);
    ck_assert_ptr_null(fake_header("x-trial-endpoint-call-limit").data);
    ck_assert_int_eq(list_with("other@elsewhere"), 200);
}
END_TEST

START_TEST(a_production_key_has_the_limits_of_its_plan)
{
    put_control("keys", "{`keys`:[{`key`:`good`,`plan`:`production`}]}");
    for (int i = 0; i < 500; i++)
        ck_assert_int_eq(list_with("good"), 200);
    list_with("good");
    assert_error(429, "%s", past_minute);
    assert_header("retry-after", "1");
    ck_assert_int_eq(rerank_with("good", rerank), 200);
    fake_advance_ms(60000);
    ck_assert_int_eq(list_with("good"), 200);
}
END_TEST

START_TEST(any_key_without_a_plan_is_not_counted)
{
    for (int i = 0; i < 1100; i++)
        ck_assert_int_eq(list_with("x"), 200);
}
END_TEST

START_TEST(no_answer_shows_a_key)
{
    put_control("keys", "{`keys`:[{`key`:`hush-hush`,`plan`:`blocked`}]}");
    ck_assert(text_find(fake_body(), TEXT("hush")) == fake_body().len);
    list_with("hush-hush");
    ck_assert(text_find(fake_body(), TEXT("hush")) == fake_body().len);
    list_with("hush-other");
    ck_assert(text_find(fake_body(), TEXT("hush")) == fake_body().len);
}
END_TEST

Suite *key_gate_suite(void)
{
    Suite *suite = suite_create("key_gate");
    TCase *tcase = tcase_create("keys");

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    tcase_add_loop_test(tcase, a_magic_key_is_refused_in_its_own_words, 0, (int)ARRAY_LEN(magic));
    tcase_add_test(tcase, a_429_says_when_to_come_again);
    tcase_add_test(tcase, each_third_call_of_a_flaky_key_fails);
    tcase_add_test(tcase, the_answer_to_a_slow_key_is_late);
    tcase_add_test(tcase, what_needs_no_key_looks_at_none);
    tcase_add_test(tcase, a_trial_key_shows_its_limits_and_reaches_them);
    tcase_add_test(tcase, the_headers_of_a_trial_are_on_answers_of_200_and_404);
    tcase_add_test(tcase, a_trial_key_has_a_month_too);
    tcase_add_test(tcase, a_reset_forgets_what_was_counted);
    tcase_add_test(tcase, a_world_that_declares_keys_knows_no_other);
    tcase_add_test(tcase, a_production_key_has_the_limits_of_its_plan);
    tcase_add_test(tcase, any_key_without_a_plan_is_not_counted);
    tcase_add_test(tcase, no_answer_shows_a_key);
    suite_add_tcase(suite, tcase);
    return suite;
}
