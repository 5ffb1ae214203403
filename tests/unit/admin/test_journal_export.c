#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/fake.h"

Suite *journal_export_suite(void);

static void send(const char *method, const char *target, struct header header, struct text body)
{
    fake_send(&(struct fake_request){
        .method = method,
        .target = target,
        .headers = {FAKE_HEADER("Authorization", "Bearer canary-key"), header},
        .body = body});
}

START_TEST(a_har_has_the_calls_from_the_first_to_the_last)
{
    fake_get("/v1/models?page_size=1&x=a%%20b");
    send("POST", "/v1/rerank", (struct header)FAKE_HEADER("Content-Type", "application/json"),
         TEXT("{}"));
    fake_get("/__mockhere/journal.har");
    ck_assert_int_eq(fake_status(), 200);
    ck_assert_str_eq(fake_string("log.version"), "1.2");
    ck_assert_str_eq(fake_string("log.creator.name"), "mockhere");
    ck_assert_str_eq(fake_string("log.entries.0.startedDateTime"), "2025-06-01T12:00:00.000000Z");
    ck_assert_str_eq(fake_string("log.entries.0.request.url"),
                     "http://127.0.0.1:8080/v1/models?page_size=1&x=a%20b");
    ck_assert_str_eq(fake_string("log.entries.0.request.queryString.1.value"), "a b");
    ck_assert_int_eq(fake_int("log.entries.0.response.status"), 200);
    ck_assert_str_eq(fake_string("log.entries.0.response.content.mimeType"), "application/json");
    ck_assert(!fake_has("log.entries.0.request.postData"));
    ck_assert_str_eq(fake_string("log.entries.1.request.method"), "POST");
    ck_assert_str_eq(fake_string("log.entries.1.request.postData.mimeType"), "application/json");
    ck_assert_str_eq(fake_string("log.entries.1.request.postData.text"), "{}");
    ck_assert_int_eq(fake_int("log.entries.1.request.bodySize"), 2);
    ck_assert(!fake_has("log.entries.2"));
}
END_TEST

/* What HAR 1.2 calls required, of which kind. */
/* clang-format off */
static const struct {
    const char *path;
    json_type type;
} required[] = {
    {"log.creator.version", JSON_STRING},
    {"log.entries.0.time", JSON_REAL},
    {"log.entries.0.request.method", JSON_STRING},
    {"log.entries.0.request.httpVersion", JSON_STRING},
    {"log.entries.0.request.cookies", JSON_ARRAY},
    {"log.entries.0.request.headers", JSON_ARRAY},
    {"log.entries.0.request.headersSize", JSON_INTEGER},
    {"log.entries.0.request.bodySize", JSON_INTEGER},
    {"log.entries.0.response.statusText", JSON_STRING},
    {"log.entries.0.response.httpVersion", JSON_STRING},
    {"log.entries.0.response.cookies", JSON_ARRAY},
    {"log.entries.0.response.headers", JSON_ARRAY},
    {"log.entries.0.response.content.size", JSON_INTEGER},
    {"log.entries.0.response.redirectURL", JSON_STRING},
    {"log.entries.0.response.headersSize", JSON_INTEGER},
    {"log.entries.0.response.bodySize", JSON_INTEGER},
    {"log.entries.0.cache", JSON_OBJECT},
    {"log.entries.0.timings.send", JSON_INTEGER},
    {"log.entries.0.timings.wait", JSON_REAL},
    {"log.entries.0.timings.receive", JSON_INTEGER},
};
/* clang-format on */

START_TEST(a_har_has_what_its_format_requires)
{
    fake_get("/v1/models");
    fake_get("/__mockhere/journal.har");
    for (size_t i = 0; i < ARRAY_LEN(required); i++) {
        json_type type = json_typeof(fake_member(required[i].path));

        /* A whole number of milliseconds is written without a fraction. */
        if (required[i].type == JSON_REAL && type == JSON_INTEGER)
            type = JSON_REAL;
        ck_assert_msg(type == required[i].type, "%s is of another type", required[i].path);
    }
}
END_TEST

START_TEST(an_answer_that_is_no_text_is_in_base64)
{
    ck_assert_int_eq(fake_post("/__admin/mappings", "%s",
                               "{`request`:{`url`:`/b`},`response`:{`base64Body`:`AAH/`}}"),
                     201);
    fake_get("/b");
    fake_get("/__mockhere/journal.har");
    ck_assert_str_eq(fake_string("log.entries.0.response.content.text"), "AAH/");
    ck_assert_str_eq(fake_string("log.entries.0.response.content.encoding"), "base64");
}
END_TEST

START_TEST(exports_take_the_filters_of_the_journal)
{
    fake_get("/v1/models");
    fake_advance_ms(1000);
    fake_get("/nowhere");
    fake_get("/v1/models");
    fake_get("/__mockhere/journal.har?unmatched=true");
    ck_assert_str_eq(fake_string("log.entries.0.request.url"), "http://127.0.0.1:8080/nowhere");
    ck_assert(!fake_has("log.entries.1"));
    fake_get("/__mockhere/journal.har?since=2025-06-01T12:00:01Z");
    ck_assert(fake_has("log.entries.1"));
    ck_assert(!fake_has("log.entries.2"));
    fake_get("/__mockhere/journal.sh?since=x");
    assert_message(400, "since must be a time such as 2025-06-01T12:00:00Z");
}
END_TEST

START_TEST(a_script_calls_with_curl_again)
{
    send("POST", "/w/it/v1/rerank", (struct header)FAKE_HEADER("Content-Type", "application/json"),
         TEXT("{\"a\":\"it's\"}"));
    fake_get("/w/it/__mockhere/journal.sh");
    assert_header("Content-Type", "text/plain; charset=utf-8");
    ck_assert_msg(
        text_find(fake_body(),
                  TEXT("\n# 1: at 2025-06-01T12:00:00.000000Z, answered 400\n"
                       "curl -sS -g --path-as-is -X 'POST' 'http://127.0.0.1:80/v1/rerank' "
                       "-H 'Authorization: Bearer '\"$CO_API_KEY\"'' "
                       "-H 'Content-Type: application/json' -H 'X-Mockhere-World: it' "
                       "--data-raw '{\"a\":\"it'\\''s\"}'\n")) < fake_body().len,
        "%.*s", TEXT_ARG(fake_body()));
}
END_TEST

/* Let sh run the script with a curl that shows what it is given, one word a line, and what it
 * reads. For free(). */
static char *run_script(void)
{
    static const char head[] = "CO_API_KEY=k; curl() { printf '<%s>\\n' \"$@\"; case \"$*\" in "
                               "*@-) od -An -tx1 ;; esac; }\n";
    char path[] = "/tmp/journal-XXXXXX", block[4096];
    struct buf out = {0}, command = {0};
    int fd = mkstemp(path);
    size_t count;
    FILE *pipe;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, head, strlen(head)), (ssize_t)strlen(head));
    ck_assert_int_eq(write(fd, fake_body().data, fake_body().len), (ssize_t)fake_body().len);
    (void)close(fd);
    buf_add_format(&command, "sh -eu %s", path);
    /* NOLINTNEXTLINE(cert-env33-c): that a shell reads it is what is tested */
    pipe = popen(command.data, "r");
    ck_assert_ptr_nonnull(pipe);
    while ((count = fread(block, 1, sizeof(block), pipe)) > 0)
        buf_add(&out, block, count);
    ck_assert_int_eq(pclose(pipe), 0);
    (void)unlink(path);
    buf_done(&command);
    return buf_take(&out);
}

static const char hostile[] = "a'b\"c$(touch /tmp/x)`id`\\n\\;|&\n#{1..3} *?[a]~!%s\t";

START_TEST(sh_reads_back_what_was_sent)
{
    char *shown, wanted[256];

    send("POST", "/it's?a=$(id)&token=canary-url",
         (struct header)FAKE_HEADER("X-A", "it's \"$HOME\" `id` \\"), text_of(hostile));
    fake_get("/__mockhere/journal.sh");
    shown = run_script();
    (void)snprintf(wanted, sizeof(wanted), "<%s>\n", hostile);
    ck_assert_msg(strstr(shown, wanted) != NULL, "%s", shown);
    ck_assert_ptr_nonnull(strstr(shown, "<http://127.0.0.1:80/it's?a=$(id)&token=k>\n"));
    ck_assert_ptr_nonnull(strstr(shown, "<X-A: it's \"$HOME\" `id` \\>\n"));
    ck_assert_ptr_nonnull(strstr(shown, "<Authorization: Bearer k>\n"));
    free(shown);
}
END_TEST

START_TEST(sh_sends_bytes_that_no_argument_can_hold)
{
    char *shown;

    send("PUT", "/bytes", (struct header)FAKE_HEADER("X-A", "b"), TEXT("\0%d\\'\xff\r7"));
    fake_get("/__mockhere/journal.sh");
    shown = run_script();
    ck_assert_msg(strstr(shown, "<@->\n 00 25 64 5c 27 ff 0d 37\n") != NULL, "%s", shown);
    free(shown);
}
END_TEST

START_TEST(a_body_that_was_cut_is_not_sent_again)
{
    char *large = malloc(70000);

    memset(large, 'x', 70000);
    send("PUT", "/large", (struct header)FAKE_HEADER("X-A", "b"), (struct text){large, 70000});
    fake_get("/__mockhere/journal.sh");
    ck_assert_uint_eq(text_find(fake_body(), TEXT("\ncurl")), fake_body().len);
    ck_assert_uint_lt(text_find(fake_body(), TEXT("left out: of its body of 70000 bytes")),
                      fake_body().len);
    free(large);
}
END_TEST

START_TEST(a_body_with_a_long_secret_is_whole)
{
    send("POST", "/v1/rerank", (struct header)FAKE_HEADER("Content-Type", "application/json"),
         TEXT("{\"token\":\"canary-canary-canary-canary-canary\"}"));
    fake_get("/__mockhere/journal.sh");
    ck_assert_msg(
        text_find(fake_body(), TEXT(" --data-raw '{\"token\":\"'\"$CO_API_KEY\"'\"}'\n")) <
            fake_body().len,
        "%.*s", TEXT_ARG(fake_body()));
    fake_get("/__admin/requests");
    ck_assert(!fake_has("requests.0.request.bodyLength"));
}
END_TEST

/* Where a secret can be in a call. */
static const char *const exports[] = {"/__mockhere/journal.har", "/__mockhere/journal.sh",
                                      "/__mockhere/report", "/__admin/requests"};

START_TEST(no_export_holds_a_secret)
{
    send("POST", "/v1/models?api_key=canary-url&token=canary-token",
         (struct header)FAKE_HEADER("X-Api-Key", "canary-header"),
         TEXT("{\"api_key\":\"canary-json\",\"w\":{\"password\":\"canary-deep\"}}"));
    send("POST", "/v1/rerank",
         (struct header)FAKE_HEADER("Content-Type",
                                    "application/x-www-form-urlencoded; charset=utf-8"),
         TEXT("a=b&api_key=canary-form&c=d&token=canary-last"));
    fake_get("%s", exports[_i]);
    ck_assert_int_eq(fake_status(), 200);
    ck_assert_uint_gt(fake_body().len, 100);
    ck_assert_msg(text_find(fake_body(), TEXT("canary")) == fake_body().len, "%.*s",
                  TEXT_ARG(fake_body()));
}
END_TEST

Suite *journal_export_suite(void)
{
    Suite *suite = suite_create("journal_export");
    TCase *tcase = tcase_create("exports");

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    tcase_add_test(tcase, a_har_has_the_calls_from_the_first_to_the_last);
    tcase_add_test(tcase, a_har_has_what_its_format_requires);
    tcase_add_test(tcase, an_answer_that_is_no_text_is_in_base64);
    tcase_add_test(tcase, exports_take_the_filters_of_the_journal);
    tcase_add_test(tcase, a_script_calls_with_curl_again);
    tcase_add_test(tcase, sh_reads_back_what_was_sent);
    tcase_add_test(tcase, sh_sends_bytes_that_no_argument_can_hold);
    tcase_add_test(tcase, a_body_that_was_cut_is_not_sent_again);
    tcase_add_test(tcase, a_body_with_a_long_secret_is_whole);
    tcase_add_loop_test(tcase, no_export_holds_a_secret, 0, ARRAY_LEN(exports));
    suite_add_tcase(suite, tcase);
    return suite;
}
