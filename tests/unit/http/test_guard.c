#include <check.h>

#include "http/guard.h"

Suite *guard_suite(void);

static const char *const allowed[] = {"api.example.test", NULL};

/* clang-format off */
static const struct {
    enum http_method method;
    const char *host, *origin, *site;
    bool passes;
} cases[] = {
    /* The Host, whatever the method. */
    {HTTP_GET,  "localhost",              NULL, NULL, true},
    {HTTP_GET,  "LocalHost:8080",         NULL, NULL, true},
    {HTTP_GET,  "localhost.:8080",        NULL, NULL, true},
    {HTTP_GET,  "a.b.localhost",          NULL, NULL, true},
    {HTTP_GET,  "127.0.0.1:8080",         NULL, NULL, true},
    {HTTP_GET,  "192.168.1.7",            NULL, NULL, true},
    {HTTP_GET,  "[::1]:8080",             NULL, NULL, true},
    {HTTP_GET,  "mockhere:8080",          NULL, NULL, true},
    {HTTP_GET,  "api.example.test",       NULL, NULL, true},
    {HTTP_GET,  "API.example.test.:80",   NULL, NULL, true},
    {HTTP_GET,  "",                       NULL, NULL, true},
    {HTTP_GET,  NULL,                     NULL, NULL, true},
    {HTTP_GET,  "evil.example",           NULL, NULL, false},
    {HTTP_GET,  "evil.example:8080",      NULL, NULL, false},
    {HTTP_GET,  "evil.example.",          NULL, NULL, false},
    {HTTP_GET,  "localhost.evil.example", NULL, NULL, false},
    {HTTP_GET,  "evillocalhost.example",  NULL, NULL, false},
    {HTTP_GET,  "127.0.0.1.evil.example", NULL, NULL, false},
    {HTTP_GET,  "x.api.example.test",     NULL, NULL, false},
    {HTTP_HEAD, "evil.example",           NULL, NULL, false},

    /* Who asks for a write. */
    {HTTP_POST,    "localhost", "http://localhost:3000",     NULL,          true},
    {HTTP_POST,    "localhost", "https://127.0.0.1",         "same-site",   true},
    {HTTP_POST,    "localhost", "http://[::1]:3000",         "same-origin", true},
    {HTTP_POST,    "localhost", "http://api.example.test:1", "cross-site",  true},
    {HTTP_POST,    "localhost", "http://evil.example",       NULL,          false},
    {HTTP_PUT,     "localhost", "https://evil.example:8080", NULL,          false},
    {HTTP_PATCH,   "localhost", "null",                      NULL,          false},
    {HTTP_DELETE,  "localhost", "http://",                   NULL,          false},
    {HTTP_OTHER,   "localhost", "file://localhost",          NULL,          false},
    {HTTP_POST,    "localhost", "",                          NULL,          false},
    {HTTP_POST,    "localhost", NULL,                        "cross-site",  false},
    {HTTP_POST,    "localhost", "http://192.0.2.1",          "cross-site",  false},
    {HTTP_POST,    "localhost", NULL,                        "none",        true},
    {HTTP_POST,    "localhost", NULL,                        NULL,          true},
    {HTTP_GET,     "localhost", "http://evil.example",       "cross-site",  true},
    {HTTP_OPTIONS, "localhost", "http://evil.example",       "cross-site",  true},
};
/* clang-format on */

START_TEST(only_names_that_no_attacker_can_own_pass)
{
    struct request req = {.method = cases[_i].method};
    const char *const values[] = {cases[_i].host, cases[_i].origin, cases[_i].site};
    const char *const names[] = {"Host", "Origin", "Sec-Fetch-Site"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (values[i])
            req.headers[req.header_count++] =
                (struct header){text_of(names[i]), text_of(values[i])};
    ck_assert_int_eq(guard_refusal(&req, allowed) == NULL, cases[_i].passes);
}
END_TEST

START_TEST(without_a_list_no_further_name_passes)
{
    struct request req = {.method = HTTP_GET,
                          .headers = {{TEXT("Host"), TEXT("api.example.test")}},
                          .header_count = 1};

    ck_assert_str_eq(guard_refusal(&req, NULL), "this Host is not allowed; see --allowed-host");
}
END_TEST

Suite *guard_suite(void)
{
    Suite *suite = suite_create("guard");
    TCase *tcase = tcase_create("hosts and origins");

    tcase_add_loop_test(tcase, only_names_that_no_attacker_can_own_pass, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, without_a_list_no_further_name_passes);
    suite_add_tcase(suite, tcase);
    return suite;
}
