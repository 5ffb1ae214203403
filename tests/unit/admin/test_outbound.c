#include <check.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "outbound_fixture.h"

Suite *outbound_suite(void);

enum { THREADS = 4, EACH = 20 };

/* Add a stub for all paths that begin with /p, whose response has these members. */
static void add_proxy(const char *base, const char *members)
{
    fake_post("/__admin/mappings",
              "{`id`:`00000000-0000-4000-8000-00000000000a`,`request`:{`urlPathPattern`:`/p.*`},"
              "`response`:{`proxyBaseUrl`:`%s`%s}}",
              base, members);
    ck_assert_int_eq(fake_status(), 201);
}

PRINTF_LIKE(1, 2)
static void assert_refused(const char *format, ...)
{
    char sentence[512];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    ck_assert_int_eq(fake_status(), 502);
    ck_assert_str_eq(fake_string("message"), sentence);
    assert_header("Matched-Stub-Id", "00000000-0000-4000-8000-00000000000a");
}

/*
 * Passing on
 */

START_TEST(a_request_is_passed_on_and_the_answer_back)
{
    const struct fake_request request = {
        .method = "POST",
        .target = "/p/a%20b?c=d&e",
        .headers = {FAKE_HEADER("Host", "fake:8080"), FAKE_HEADER("Authorization", "Bearer key"),
                    FAKE_HEADER("X-Empty", ""), FAKE_HEADER("Content-Length", "4")},
        .body = {"a\0b\n", 4},
    };
    char wanted[256];

    allow(url);
    add_proxy(url, "");
    fake_send(&request);
    assert_body(200, "hello");
    assert_header("X-From", "origin");
    assert_header("Matched-Stub-Id", "00000000-0000-4000-8000-00000000000a");
    ck_assert_uint_eq(fake_header("Content-Length").len, 0);
    (void)snprintf(wanted, sizeof(wanted),
                   "POST /p/a%%20b?c=d&e HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                   "Authorization: Bearer key\r\nX-Empty:\r\nContent-Length: 4\r\n\r\na",
                   origin.port);
    ck_assert_str_eq(origin_request(&origin, 0), wanted);
    ck_assert_mem_eq(origin_request(&origin, 0) + strlen(wanted) - 1, "a\0b\n", 4);
}
END_TEST

START_TEST(headers_are_added_and_removed)
{
    const struct fake_request request = {
        .target = "/p",
        .headers = {FAKE_HEADER("X-Q", "client"), FAKE_HEADER("X-Gone", "1"),
                    FAKE_HEADER("Connection", "keep-alive, x-hop"), FAKE_HEADER("X-Hop", "1"),
                    FAKE_HEADER("TE", "trailers"), FAKE_HEADER("X-Mockhere-Token", "canary"),
                    FAKE_HEADER("Proxy-Authorization", "canary"),
                    FAKE_HEADER("Expect", "100-continue")},
    };
    char wanted[256];

    allow(url);
    origin_set_answer(&origin, "HTTP/1.1 201 Made here\r\nX-A: 1\r\nX-A: 2\r\nX-Hop: 1\r\n"
                               "Connection: x-hop\r\nKeep-Alive: timeout=5\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-T: 1\r\n\r\n");
    add_proxy(url, ",`removeProxyRequestHeaders`:[`x-gone`],`additionalProxyRequestHeaders`:"
                   "{`X-Q`:`stub`,`X-Two`:[`a`,`b\\r\\nX-Evil: 1`]},`headers`:{`X-A`:`3`}");
    fake_send(&request);
    (void)snprintf(wanted, sizeof(wanted),
                   "GET /p HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nX-Q: client\r\nX-Q: stub\r\n"
                   "X-Two: a\r\nX-Two: b  X-Evil: 1\r\n\r\n",
                   origin.port);
    ck_assert_str_eq(origin_request(&origin, 0), wanted);
    assert_body(201, "hi");
    assert_header("X-A", "1");
    ck_assert_ptr_null(fake_header("X-Hop").data);
    ck_assert_ptr_null(fake_header("Keep-Alive").data);
    ck_assert_ptr_null(fake_header("Transfer-Encoding").data);
    ck_assert_ptr_null(fake_header("X-T").data);
    fake_get("/__admin/requests");
    ck_assert_str_eq(fake_string("requests.0.response.headers.X-A.2"), "3");
}
END_TEST

START_TEST(templates_look_at_what_is_passed_on)
{
    const struct fake_request request = {
        .method = "POST",
        .target = "/p/a",
        .headers = {FAKE_KEY, FAKE_HEADER("Content-Length", "9")},
        .body = TEXT("{\"to\":\"b\"}"),
    };
    char base[URL_SIZE + 64];

    allow(url);
    (void)snprintf(base, sizeof(base), "%s/{{jsonPath request.body '$.to'}}", url);
    add_proxy(base,
              ",`headers`:{`X-Path`:`{{request.path}}`},`transformers`:[`response-template`]");
    fake_send(&request);
    assert_body(200, "hello");
    assert_header("X-Path", "/p/a");
    ck_assert(text_has_prefix(text_of(origin_request(&origin, 0)), TEXT("POST /b/p/a ")));
}
END_TEST

START_TEST(a_template_shows_no_way_around_what_is_allowed)
{
    const struct fake_request request = {
        .target = "/p", .headers = {FAKE_KEY, FAKE_HEADER("X-To", "http://127.0.0.1:1")}};

    allow(url);
    add_proxy("{{request.headers.X-To}}", ",`transformers`:[`response-template`]");
    fake_send(&request);
    assert_refused(
        "http://127.0.0.1:1/p may not be called: start mockhere with --allow-outbound and "
        "this URL, or its beginning, such as http://127.0.0.1:1");
    ck_assert_uint_eq(origin_connection_count(&origin), 0);
}
END_TEST

static const struct {
    const char *base, *prefix, *target, *line;
} targets[] = {
    {"", "", "/p/a?b", "GET /p/a?b "},       {"/", "", "/p/a", "GET /p/a "},
    {"/base", "", "/p/a", "GET /base/p/a "}, {"/base/", "/p", "/p/p/a", "GET /base/p/a "},
    {"/base", "/p", "/p?a", "GET /base?a "}, {"", "/p", "/p", "GET / "},
    {"", "/x", "/p/x", "GET /p/x "},         {"", "", "/p/a/../b", "GET /p/b "},
};

START_TEST(the_base_comes_before_what_was_called)
{
    char base[URL_SIZE + 16], members[64];

    allow(url);
    (void)snprintf(base, sizeof(base), "%s%s", url, targets[_i].base);
    (void)snprintf(members, sizeof(members), ",`proxyUrlPrefixToRemove`:`%s`", targets[_i].prefix);
    add_proxy(base, members);
    ck_assert_int_eq(fake_get("%s", targets[_i].target), 200);
    ck_assert(text_has_prefix(text_of(origin_request(&origin, 0)), text_of(targets[_i].line)));
}
END_TEST

START_TEST(a_world_is_not_passed_on)
{
    allow(url);
    fake_post("/w/other/__admin/mappings",
              "{`request`:{`urlPath`:`/p`},`response`:{`proxyBaseUrl`:`%s`}}", url);
    ck_assert_int_eq(fake_get("/w/other/p"), 200);
    ck_assert(text_has_prefix(text_of(origin_request(&origin, 0)), TEXT("GET /p ")));
}
END_TEST

START_TEST(an_empty_post_has_a_length)
{
    allow(url);
    add_proxy(url, "");
    ck_assert_int_eq(fake_send(&(struct fake_request){.method = "POST", .target = "/p"}), 200);
    ck_assert_ptr_nonnull(strstr(origin_request(&origin, 0), "\r\nContent-Length: 0\r\n"));
    ck_assert_int_eq(fake_send(&(struct fake_request){.method = "DELETE", .target = "/p"}), 200);
    ck_assert_ptr_null(strstr(origin_request(&origin, 1), "Content-Length"));
}
END_TEST

START_TEST(a_head_is_passed_on)
{
    allow(url);
    origin_set_answer(&origin, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-From: origin\r\n\r\n");
    add_proxy(url, "");
    ck_assert_int_eq(fake_send(&(struct fake_request){.method = "HEAD", .target = "/p"}), 200);
    assert_header("X-From", "origin");
}
END_TEST

START_TEST(a_body_that_is_too_large_is_not_passed_on)
{
    AUTO(buf_done) struct buf body = {0};

    fake_dispatch()->api.json_size_max = 100;
    allow(url);
    fake_dispatch()->api.json_size_max = 1 << 20;
    add_proxy(url, "");
    fake_dispatch()->api.json_size_max = 100;
    for (int i = 0; i < 101; i++)
        buf_add_char(&body, 'a');
    ck_assert_int_eq(fake_send(&(struct fake_request){
                         .method = "POST", .target = "/p", .body = buf_text(&body)}),
                     413);
    ck_assert_uint_eq(origin_connection_count(&origin), 0);
}
END_TEST

START_TEST(connections_are_used_again)
{
    allow(url);
    add_proxy(url, "");
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(fake_get("/p"), 200);
    ck_assert_uint_eq(origin_request_count(&origin), 5);
    ck_assert_uint_eq(origin_connection_count(&origin), 1);
}
END_TEST

START_TEST(delays_and_faults_of_the_stub_hold)
{
    allow(url);
    add_proxy(url, ",`fixedDelayMilliseconds`:300,`chunkedDribbleDelay`:{`numberOfChunks`:2,"
                   "`totalDuration`:50}");
    fake_get("/p");
    assert_body(200, "hello");
    ck_assert_uint_eq(fake_late_ms(), 300);
    ck_assert_uint_eq(fake_delivery()->piece_count, 2);
    fake_delete("/__admin/mappings");
    add_proxy(url, ",`fault`:`CONNECTION_RESET_BY_PEER`");
    fake_get("/p");
    ck_assert(fake_delivery()->is_raw);
    ck_assert_int_eq(fake_delivery()->end, DELIVERY_RESET);
    ck_assert_uint_eq(origin_request_count(&origin), 2);
}
END_TEST

START_TEST(the_journal_tells_what_was_passed_on)
{
    allow(url);
    add_proxy(url, "");
    fake_get("/p?api_key=canary");
    fake_get("/__admin/requests");
    ck_assert_str_eq(fake_string("requests.0.subEvents.0.data.servedBy"), "proxy");
    ck_assert_str_eq(fake_string("requests.0.response.body"), "hello");
    ck_assert_int_eq(fake_int("requests.0.response.status"), 200);
    ck_assert_uint_eq(text_find(fake_body(), TEXT("canary")), fake_body().len);
}
END_TEST

/* Answers that HTTP allows, and few servers give. */
static const struct {
    const char *answer, *body;
} unusual[] = {
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"},
    {"HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
     "ok"},
    {"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", ""},
    {"HTTP/1.0 200 OK\r\n\r\nuntil the end", "until the end"},
};

START_TEST(unusual_answers_are_understood)
{
    allow(url);
    if (text_has_prefix(text_of(unusual[_i].answer), TEXT("HTTP/1.0")))
        origin_close_after(&origin);
    origin_set_answer(&origin, unusual[_i].answer);
    add_proxy(url, "");
    fake_get("/p");
    assert_body(200, "%s", unusual[_i].body);
    ck_assert_ptr_null(fake_header("X-Early").data);
}
END_TEST

START_TEST(a_redirect_is_answered_and_not_followed)
{
    char answer[256];

    allow(url);
    (void)snprintf(answer, sizeof(answer),
                   "HTTP/1.1 302 Found\r\nLocation: %s/elsewhere\r\nContent-Length: 0\r\n\r\n",
                   url);
    origin_set_answer(&origin, answer);
    add_proxy(url, "");
    ck_assert_int_eq(fake_get("/p"), 302);
    ck_assert(text_has_suffix(fake_header("Location"), TEXT("/elsewhere")));
    ck_assert_uint_eq(origin_request_count(&origin), 1);
}
END_TEST

/*
 * What may not be called
 */

START_TEST(without_the_flag_nothing_leaves)
{
    add_proxy(url, "");
    fake_get("/p");
    assert_refused("the stub passes this call on to %s, but no call may leave this server: start "
                   "it with --allow-outbound %s",
                   url, url);
    ck_assert_uint_eq(origin_connection_count(&origin), 0);
}
END_TEST

START_TEST(only_what_is_allowed_is_called)
{
    char allowed[URL_SIZE + 8];

    (void)snprintf(allowed, sizeof(allowed), "%s/p/a", url);
    allow(allowed);
    add_proxy(url, "");
    ck_assert_int_eq(fake_get("/p/a/b"), 200);
    fake_get("/p/ab?token=canary");
    assert_refused("%s/p/ab?token=sha256:e100fbce may not be called: start mockhere with "
                   "--allow-outbound and this URL, or its beginning, such as %s",
                   url, url);
    ck_assert_uint_eq(text_find(fake_body(), TEXT("canary")), fake_body().len);
    ck_assert_int_eq(fake_get("/p/a/%%2e%%2e/b"), 502);
    ck_assert_int_eq(fake_get("/p/a/../b"), 502);
    ck_assert_uint_eq(origin_request_count(&origin), 1);
}
END_TEST

START_TEST(what_cannot_be_allowed_is_told)
{
    const char *const none[] = {"ftp://example.com", NULL};
    AUTO(buf_done) struct buf problem = {0};

    ck_assert_ptr_null(outbound_new(&(struct outbound_config){.allowed = none}, &problem));
    ck_assert_str_eq(problem.data,
                     "'ftp://example.com' cannot be allowed: only http and https are spoken");
}
END_TEST

/* What a name server says, which may be another than a moment ago. */
static const char *resolved;

static int resolve(const char *host, const char *port, const struct addrinfo *hints,
                   struct addrinfo **out)
{
    struct addrinfo numeric = *hints;

    (void)host;
    if (!resolved)
        return EAI_NONAME;
    numeric.ai_flags = AI_NUMERICHOST;
    return getaddrinfo(resolved, port, &numeric, out);
}

static const struct {
    const char *address, *kind;
} rebound[] = {
    {"127.0.0.1", "a loopback address"},
    {"::1", "a loopback address"},
    {"::ffff:127.0.0.1", "a loopback address"},
    {"10.0.0.1", "a private address"},
    {"169.254.169.254", "a link-local address"},
    {"0.0.0.0", "an unspecified address"},
    {"fd00::1", "a private address"},
    {"224.0.0.1", "a multicast address"},
};

START_TEST(a_name_leads_to_no_address_that_is_not_public)
{
    char base[URL_SIZE];

    (void)snprintf(base, sizeof(base), "http://public.example:%u", origin.port);
    allow_with(base, (struct outbound_config){.resolve = resolve});
    add_proxy(base, "");
    resolved = rebound[_i].address;
    fake_get("/p");
    assert_refused("cannot reach %s/p: the name public.example stands for %s, where no name may "
                   "lead: allow and call the address itself, or localhost",
                   base, rebound[_i].kind);
    ck_assert_uint_eq(origin_connection_count(&origin), 0);
}
END_TEST

START_TEST(localhost_is_this_machine)
{
    char base[URL_SIZE];

    (void)snprintf(base, sizeof(base), "http://localhost:%u", origin.port);
    allow_with(base, (struct outbound_config){.resolve = resolve});
    add_proxy(base, "");
    resolved = "127.0.0.1";
    ck_assert_int_eq(fake_get("/p"), 200);
    resolved = "10.0.0.1";
    origin_stop(&origin);
    ck_assert_int_eq(fake_get("/p"), 502);
    ck_assert_ptr_nonnull(strstr(fake_string("message"), "stands for a private address"));
}
END_TEST

START_TEST(the_resolver_of_the_machine_knows_localhost)
{
    char base[URL_SIZE];

    (void)snprintf(base, sizeof(base), "http://localhost:%u", origin.port);
    allow(base);
    add_proxy(base, "");
    ck_assert_int_eq(fake_get("/p"), 200);
}
END_TEST

START_TEST(an_address_of_ipv6_can_be_called)
{
    struct origin six;
    char base[URL_SIZE];

    if (!origin_start(&six, true, plain))
        return;
    (void)snprintf(base, sizeof(base), "http://[::1]:%u", six.port);
    allow(base);
    add_proxy(base, "");
    fake_get("/p");
    assert_body(200, "hello");
    origin_stop(&six);
}
END_TEST

/*
 * What goes wrong
 */

START_TEST(a_name_that_is_none_is_told)
{
    allow_with("http://nowhere.example", (struct outbound_config){.resolve = resolve});
    add_proxy("http://nowhere.example", "");
    resolved = NULL;
    fake_get("/p");
    assert_refused("cannot reach http://nowhere.example/p: the name nowhere.example cannot be "
                   "resolved (Name or service not known)");
}
END_TEST

START_TEST(a_server_that_is_not_there_is_told)
{
    allow(url);
    add_proxy(url, "");
    origin_stop(&origin);
    ck_assert_int_eq(fake_get("/p"), 502);
    ck_assert_ptr_nonnull(strstr(fake_string("message"), "cannot reach http://127.0.0.1:"));
    fake_get("/__admin/requests");
    ck_assert_str_eq(fake_string("requests.0.subEvents.0.data.servedBy"), "proxy");
    ck_assert_int_eq(fake_int("requests.0.response.status"), 502);
}
END_TEST

START_TEST(a_server_that_is_silent_is_left)
{
    allow_with(url, (struct outbound_config){.proxy_ms = 50});
    origin_set_answer(&origin, NULL);
    add_proxy(url, "");
    ck_assert_int_eq(fake_get("/p"), 502);
    ck_assert_ptr_nonnull(strstr(fake_string("message"), "timed out after"));
}
END_TEST

static const struct {
    const char *answer, *why;
} wrong_answers[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world",
     "its answer is larger than 10 bytes"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n",
     "its answer is larger than 10 bytes"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "transfer closed with 4 bytes remaining"},
    {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/0.9"},
    {"", "Empty reply from server"},
};

START_TEST(a_wrong_answer_is_told)
{
    allow_with(url, (struct outbound_config){.body_size_max = 10});
    origin_close_after(&origin);
    origin_set_answer(&origin, wrong_answers[_i].answer);
    add_proxy(url, "");
    ck_assert_int_eq(fake_get("/p"), 502);
    ck_assert_msg(strstr(fake_string("message"), wrong_answers[_i].why) != NULL, "%s",
                  fake_string("message"));
}
END_TEST

START_TEST(headers_have_bounds)
{
    AUTO(buf_done) struct buf answer = {0};

    allow(url);
    add_proxy(url, "");
    buf_add_string(&answer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
    for (int i = 0; i < OUTBOUND_HEADERS_MAX; i++)
        buf_add_format(&answer, "X-%d: 1\r\n", i);
    buf_add_string(&answer, "\r\n");
    origin_set_answer(&origin, answer.data);
    ck_assert_int_eq(fake_get("/p"), 200);
    assert_header("X-35", "1");
    buf_truncate(&answer, answer.len - 2);
    buf_add_string(&answer, "X-More: 1\r\n\r\n");
    origin_set_answer(&origin, answer.data);
    ck_assert_int_eq(fake_get("/p"), 502);
    ck_assert_ptr_nonnull(strstr(fake_string("message"), "it has too many headers"));
    buf_clear(&answer);
    buf_add_string(&answer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Long: ");
    for (int i = 0; i < 70000; i++)
        buf_add_char(&answer, 'a');
    buf_add_string(&answer, "\r\n\r\n");
    origin_set_answer(&origin, answer.data);
    ck_assert_int_eq(fake_get("/p"), 502);
    ck_assert_ptr_nonnull(strstr(fake_string("message"), "headers of more than 65536 bytes"));
}
END_TEST

START_TEST(memory_that_runs_out_is_an_error)
{
    size_t count = 0;

    allow(url);
    add_proxy(url, "");
    ck_assert_int_eq(fake_get("/p"), 200);
    for (;; count++) {
        const struct fake_request request = {.method = "POST",
                                             .target = "/p?a",
                                             .headers = {FAKE_KEY},
                                             .body = TEXT("body"),
                                             .memory = FAKE_MEMORY_RUNS_OUT,
                                             .allocations_left = count};
        int status = fake_send(&request);

        if (!fake_has_failed())
            break;
        ck_assert_int_ne(status, 0);
    }
    assert_body(200, "hello");
    ck_assert_uint_gt(count, 10);
}
END_TEST

/*
 * Threads
 */

static void *pass_many(void *context)
{
    AUTO(outgoing_done) struct outgoing request = {0};

    (void)context;
    buf_add_string(&request.method, "GET");
    buf_add_string(&request.url, url);
    for (int i = 0; i < EACH; i++) {
        AUTO(buf_done) struct buf problem = {0};
        struct response res;

        response_init(&res);
        if (!outbound_send(outbound, &request, &res, &problem) || res.status != 200)
            return NULL;
        response_done(&res);
    }
    return context;
}

START_TEST(many_threads_call_at_once)
{
    pthread_t threads[THREADS];

    allow(url);
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, pass_many, &origin), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *result = NULL;

        (void)pthread_join(threads[i], &result);
        ck_assert_ptr_nonnull(result);
    }
    ck_assert_uint_le(origin_connection_count(&origin), THREADS);
}
END_TEST

static void *pass_one(void *problem)
{
    AUTO(outgoing_done) struct outgoing request = {0};
    struct response res;
    bool ok;

    buf_add_string(&request.method, "GET");
    buf_add_string(&request.url, url);
    response_init(&res);
    ok = outbound_send(outbound, &request, &res, problem);
    response_done(&res);
    return ok ? problem : NULL;
}

START_TEST(a_stop_ends_calls_under_way)
{
    AUTO(buf_done) struct buf problem = {0};
    void *result = &problem;
    pthread_t thread;

    allow(url);
    origin_set_answer(&origin, NULL);
    ck_assert_int_eq(pthread_create(&thread, NULL, pass_one, &problem), 0);
    (void)origin_request(&origin, 0);
    outbound_wind_down(outbound, 0);
    (void)pthread_join(thread, &result);
    ck_assert_ptr_null(result);
    ck_assert(text_has_suffix(buf_text(&problem), TEXT("mockhere stops")));
}
END_TEST

Suite *outbound_suite(void)
{
    Suite *suite = suite_create("outbound");
    TCase *proxy = tcase_create("passing on"), *rules = tcase_create("what may not be called");
    TCase *failures = tcase_create("what goes wrong"), *threads = tcase_create("threads");
    TCase *const all[] = {proxy, rules, failures, threads};

    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        tcase_add_checked_fixture(all[i], outbound_set_up, outbound_tear_down);
        suite_add_tcase(suite, all[i]);
    }
    tcase_add_test(proxy, a_request_is_passed_on_and_the_answer_back);
    tcase_add_test(proxy, headers_are_added_and_removed);
    tcase_add_test(proxy, templates_look_at_what_is_passed_on);
    tcase_add_test(proxy, a_template_shows_no_way_around_what_is_allowed);
    tcase_add_loop_test(proxy, the_base_comes_before_what_was_called, 0, ARRAY_LEN(targets));
    tcase_add_test(proxy, a_world_is_not_passed_on);
    tcase_add_test(proxy, an_empty_post_has_a_length);
    tcase_add_test(proxy, a_head_is_passed_on);
    tcase_add_test(proxy, a_body_that_is_too_large_is_not_passed_on);
    tcase_add_test(proxy, connections_are_used_again);
    tcase_add_test(proxy, delays_and_faults_of_the_stub_hold);
    tcase_add_test(proxy, the_journal_tells_what_was_passed_on);
    tcase_add_loop_test(proxy, unusual_answers_are_understood, 0, ARRAY_LEN(unusual));
    tcase_add_test(proxy, a_redirect_is_answered_and_not_followed);
    tcase_add_test(rules, without_the_flag_nothing_leaves);
    tcase_add_test(rules, only_what_is_allowed_is_called);
    tcase_add_test(rules, what_cannot_be_allowed_is_told);
    tcase_add_loop_test(rules, a_name_leads_to_no_address_that_is_not_public, 0,
                        ARRAY_LEN(rebound));
    tcase_add_test(rules, localhost_is_this_machine);
    tcase_add_test(rules, the_resolver_of_the_machine_knows_localhost);
    tcase_add_test(rules, an_address_of_ipv6_can_be_called);
    tcase_add_test(failures, a_name_that_is_none_is_told);
    tcase_add_test(failures, a_server_that_is_not_there_is_told);
    tcase_add_test(failures, a_server_that_is_silent_is_left);
    tcase_add_loop_test(failures, a_wrong_answer_is_told, 0, ARRAY_LEN(wrong_answers));
    tcase_add_test(failures, headers_have_bounds);
    tcase_add_test(failures, memory_that_runs_out_is_an_error);
    tcase_add_test(threads, many_threads_call_at_once);
    tcase_add_test(threads, a_stop_ends_calls_under_way);
    return suite;
}
