#include "stubs/conduct.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

Suite *conduct_suite(void);

static struct conduct *conduct;

static void open_conduct(void)
{
    conduct = conduct_new();
    ck_assert_ptr_nonnull(conduct);
}

static void close_conduct(void)
{
    conduct_release(conduct);
}

static const int64_t start_us = 1748779200000000;

/* One call: who, what, when after the start, and how it was answered. */
struct call {
    const char *key, *method, *url;
    int64_t at_ms;
    int status;
    const char *header, *value; /* of the answer; NULL: none */
};

static void note(const struct call *call)
{
    struct match_field key = {{"Authorization", 13}, {call->key, strlen(call->key)}};
    struct match_field header = {{call->header, call->header ? strlen(call->header) : 0},
                                 {call->value, call->value ? strlen(call->value) : 0}};

    conduct_note(
        conduct,
        &(struct journal_call){.method = text_of(call->method),
                               .url = text_of(call->url),
                               .headers = {&key, 1},
                               .at_us = start_us + call->at_ms * 1000,
                               .origin = call->status == 404 ? JOURNAL_NOBODY : JOURNAL_ENDPOINT,
                               .status = call->status,
                               .response_headers = {&header, call->header ? 1 : 0}},
        0);
}

/* Write the findings as "kind: what x count" lines. */
static void list(struct buf *out)
{
    struct conduct_report report;

    ck_assert(conduct_report(conduct, &report));
    for (size_t i = 0; i < report.count; i++)
        buf_add_format(out, "%s: %s x%llu\n", conduct_name(report.items[i].kind),
                       report.items[i].what, (unsigned long long)report.items[i].count);
    buf_add_string(out, "");
    conduct_report_done(&report);
}

static void assert_findings(const char *wanted)
{
    struct buf out = {0};

    list(&out);
    ck_assert_str_eq(out.data, wanted);
    buf_done(&out);
}

#define DATASET "/v1/datasets/d-1"
#define MODEL "/v1/finetuning/finetuned-models/m"

/* clang-format off */
static const struct {
    struct call calls[3];
    const char *findings;
} cases[] = {
    {{{"k", "GET", DATASET, 0, 200, NULL, NULL}, {"k", "GET", DATASET, 999, 200, NULL, NULL}},
     "polled_too_often: GET " DATASET " x1\n"},
    {{{"k", "GET", MODEL, 0, 200, NULL, NULL}, {"k", "GET", MODEL, 1, 200, NULL, NULL}, {"k", "GET", MODEL, 2, 200, NULL, NULL}},
     "polled_too_often: GET " MODEL " x2\n"},
    {{{"k", "GET", DATASET, 0, 200, NULL, NULL}, {"k", "GET", DATASET, 1000, 200, NULL, NULL}}, ""},
    /* The clock stands still, or was set back. */
    {{{"k", "GET", DATASET, 0, 200, NULL, NULL}, {"k", "GET", DATASET, 0, 200, NULL, NULL}}, ""},
    {{{"k", "GET", DATASET, 5, 200, NULL, NULL}, {"k", "GET", DATASET, 0, 200, NULL, NULL}}, ""},
    /* Another object, client or method, or nothing that is polled. */
    {{{"k", "GET", DATASET, 0, 200, NULL, NULL}, {"k", "GET", DATASET "2", 1, 200, NULL, NULL}}, ""},
    {{{"k", "GET", DATASET, 0, 200, NULL, NULL}, {"l", "GET", DATASET, 1, 200, NULL, NULL}}, ""},
    {{{"k", "GET", DATASET, 0, 200, NULL, NULL}, {"k", "DELETE", DATASET, 1, 200, NULL, NULL}}, ""},
    {{{"k", "GET", "/v1/datasets/usage", 0, 200, NULL, NULL}, {"k", "GET", "/v1/datasets/usage", 1, 200, NULL, NULL}}, ""},
    {{{"k", "GET", "/v1/datasets", 0, 200, NULL, NULL}, {"k", "GET", "/v1/datasets", 1, 200, NULL, NULL}}, ""},
    {{{"k", "GET", MODEL "/events", 0, 200, NULL, NULL}, {"k", "GET", MODEL "/events", 1, 200, NULL, NULL}}, ""},

    {{{"k", "POST", "/a", 0, 429, "Retry-After", "2"}, {"k", "POST", "/a", 1999, 200, NULL, NULL}},
     "ignored_retry_after: POST /a x1\n"},
    {{{"k", "POST", "/a", 0, 503, "retry-after", "2"}, {"k", "POST", "/a", 2000, 200, NULL, NULL}}, ""},
    {{{"k", "POST", "/a", 0, 429, "Retry-After", "2"}, {"l", "POST", "/a", 1, 200, NULL, NULL}}, ""},
    {{{"k", "POST", "/a", 0, 429, "Retry-After", "2"}, {"k", "POST", "/b", 1, 200, NULL, NULL}}, ""},
    {{{"k", "POST", "/a", 0, 429, "Retry-After", "2"}, {"k", "POST", "/a", 0, 200, NULL, NULL}}, ""},
    {{{"k", "POST", "/a", 0, 429, "Retry-After", "x"}, {"k", "POST", "/a", 1, 200, NULL, NULL}}, ""},
    {{{"k", "POST", "/a", 0, 429, "Retry-After", "2"}, {"k", "POST", "/a", 1, 429, "Retry-After", "2"},
      {"k", "POST", "/a", 2, 200, NULL, NULL}},
     "ignored_retry_after: POST /a x2\n"},

    {{{"k", "POST", "/v1/rerank", 0, 200, "X-API-Warning", "unknown field: x"}},
     "warned: POST /v1/rerank: unknown field: x x1\n"},
    {{{"k", "GET", "/a?x=1&api_key=canary", 0, 200, NULL, NULL}, {"k", "GET", "/a?token=canary", 0, 200, NULL, NULL}},
     "key_in_url: GET /a x2\n"},
    {{{"k", "GET", "/a?api_key=&token", 0, 200, NULL, NULL}}, ""},
    {{{"k", "GET", "/n?x=1", 0, 404, NULL, NULL}, {"k", "GET", "/n", 5, 404, NULL, NULL}}, "unserved: GET /n x2\n"},
};
/* clang-format on */

START_TEST(conduct_is_judged_by_these_rules)
{
    for (size_t i = 0; i < 3 && cases[_i].calls[i].method; i++)
        note(&cases[_i].calls[i]);
    assert_findings(cases[_i].findings);
}
END_TEST

static void upload(uint64_t digest, const char *answer)
{
    conduct_note(conduct,
                 &(struct journal_call){.method = TEXT("POST"),
                                        .url = TEXT("/v1/datasets"),
                                        .origin = JOURNAL_ENDPOINT,
                                        .status = 200,
                                        .response_body = {.data = text_of(answer)}},
                 digest);
}

START_TEST(the_same_files_are_named_by_their_first_dataset)
{
    upload(1, "{\"id\":\"first\"}");
    upload(2, "{\"id\":\"second\"}");
    upload(1, "{\"id\":\"third\"}");
    upload(1, "{\"id\":\"fourth\"}");
    assert_findings("same_dataset: first x2\n");
}
END_TEST

START_TEST(findings_are_bounded_and_the_rest_is_counted)
{
    struct conduct_report report;
    char url[16];

    for (int i = 0; i < FINDINGS_MAX + 7; i++) {
        (void)snprintf(url, sizeof(url), "/n%d", i);
        note(&(struct call){"k", "GET", url, i, 404, NULL, NULL});
    }
    ck_assert(conduct_report(conduct, &report));
    ck_assert_uint_eq(report.count, FINDINGS_MAX);
    ck_assert_uint_eq(report.more[CONDUCT_UNSERVED], 7);
    ck_assert_uint_eq(report.calls, FINDINGS_MAX + 7);
    ck_assert_int_eq(report.items[1].first_us, start_us + 1000);
    conduct_report_done(&report);
}
END_TEST

START_TEST(what_is_long_is_cut)
{
    char url[2000], method[300];

    memset(url, 'u', sizeof(url) - 1);
    url[sizeof(url) - 1] = '\0';
    memset(method, 'M', sizeof(method) - 1);
    method[sizeof(method) - 1] = '\0';
    note(&(struct call){"k", method, url, 0, 404, "X-API-Warning", url});
    upload(1, url);
    upload(1, "");
    upload(2, "");
    upload(2, "");
}
END_TEST

enum { CALLS = 2000 };

static void *call_often(void *unused)
{
    (void)unused;
    for (int i = 0; i < CALLS; i++)
        note(&(struct call){"k", "GET", i % 2 ? "/n" : DATASET, i, i % 2 ? 404 : 200, NULL, NULL});
    return NULL;
}

START_TEST(many_threads_call_at_once)
{
    struct conduct_report report;
    pthread_t callers[4];

    for (size_t i = 0; i < ARRAY_LEN(callers); i++)
        ck_assert_int_eq(pthread_create(&callers[i], NULL, call_often, NULL), 0);
    ck_assert(conduct_report(conduct, &report));
    conduct_report_done(&report);
    for (size_t i = 0; i < ARRAY_LEN(callers); i++)
        (void)pthread_join(callers[i], NULL);
    ck_assert(conduct_report(conduct, &report));
    ck_assert_uint_eq(report.calls, ARRAY_LEN(callers) * CALLS);
    ck_assert_uint_eq(report.items[0].count, ARRAY_LEN(callers) * CALLS / 2);
    conduct_report_done(&report);
}
END_TEST

Suite *conduct_suite(void)
{
    Suite *suite = suite_create("conduct");
    TCase *tcase = tcase_create("conduct");

    tcase_add_checked_fixture(tcase, open_conduct, close_conduct);
    tcase_add_loop_test(tcase, conduct_is_judged_by_these_rules, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, the_same_files_are_named_by_their_first_dataset);
    tcase_add_test(tcase, findings_are_bounded_and_the_rest_is_counted);
    tcase_add_test(tcase, what_is_long_is_cut);
    tcase_add_test(tcase, many_threads_call_at_once);
    suite_add_tcase(suite, tcase);
    return suite;
}
