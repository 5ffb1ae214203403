#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "try_server.h"
#include "wire.h"

Suite *transport_suite(void);

static struct try_server server;
static struct wire wire;
static struct wire_answer answer;

static void set_up(void)
{
    try_server_start(&server, (struct http_config){.workers = 4});
    ck_assert(wire_open(&wire, server.port));
}

static void tear_down(void)
{
    wire_close(&wire);
    wire_answer_done(&answer);
    ck_assert_uint_eq(try_server_stop(&server, 5000), 0);
}

/* Send and read one answer on the open connection. */
static void ask(const char *request, int status)
{
    ck_assert(wire_say(&wire, request));
    ck_assert_int_eq(wire_read(&wire, strncmp(request, "HEAD ", 5) == 0, &answer), WIRE_OK);
    ck_assert_int_eq(answer.status, status);
}

static void assert_header(const char *name, const char *value)
{
    struct text found = wire_header(&answer, name);

    ck_assert_uint_eq(wire_header_count(&answer, name), 1);
    ck_assert_uint_eq(found.len, strlen(value));
    ck_assert_mem_eq(found.data, value, found.len);
}

static void assert_body(const char *body)
{
    ck_assert_uint_eq(answer.body.len, strlen(body));
    ck_assert_mem_eq(answer.body.data, body, answer.body.len);
}

START_TEST(an_answer_carries_the_headers_of_the_transport)
{
    ask("GET /sized?10 HTTP/1.1\r\nHost: localhost\r\n\r\n", 200);
    assert_header("Server", "mockhere");
    assert_header("Content-Length", "10");
    assert_header("Connection", "keep-alive");
    assert_header("Keep-Alive", "timeout=75");
    ck_assert_uint_eq(wire_header(&answer, "Date").len, 29);
    assert_body("abcdefghij");
}
END_TEST

START_TEST(head_is_get_without_the_body)
{
    ask("HEAD /sized?12345 HTTP/1.1\r\nHost: localhost\r\n\r\n", 200);
    assert_header("Content-Length", "12345");
    ask("HEAD /file HTTP/1.1\r\nHost: localhost\r\n\r\n", 200);
    assert_header("Content-Length", "700001");
    ask("GET /sized?3 HTTP/1.1\r\nHost: localhost\r\n\r\n", 200);
    assert_body("abc");
}
END_TEST

START_TEST(an_answer_without_content_announces_no_length)
{
    ask("GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n", 204);
    ck_assert_uint_eq(wire_header_count(&answer, "Content-Length"), 0);
    ask("GET /sized?3 HTTP/1.1\r\nHost: localhost\r\n\r\n", 200);
}
END_TEST

/* clang-format off */
static const struct {
    const char *target;
    const char *seen;
} targets[] = {
    {"/a%2Fb/..%00",                      "GET /a%2Fb/..%00 ?\n"},
    {"/a/../b//c/.",                      "GET /a/../b//c/. ?\n"},
    {"/a?",                               "GET /a ?\n"},
    {"/a?b=%20&c=?d",                     "GET /a ?b=%20&c=?d\n"},
    {"http://localhost:1/x/y?q=1",        "GET /x/y ?q=1\n"},
    {"http://example.com/x",              "GET /x ?\n"},
    {"*",                                 "GET * ?\n"},
};
/* clang-format on */

START_TEST(targets_come_raw_and_in_every_form)
{
    AUTO(buf_done) struct buf request = {0};

    buf_add_format(&request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", targets[_i].target);
    ask(request.data, 200);
    ck_assert_mem_eq(answer.body.data, targets[_i].seen, strlen(targets[_i].seen));
}
END_TEST

START_TEST(an_absolute_form_of_our_own_keeps_the_connection)
{
    AUTO(buf_done) struct buf request = {0};

    buf_add_format(&request, "GET http://localhost:%u/x?y HTTP/1.1\r\nHost: localhost\r\n\r\n",
                   server.port);
    ask(request.data, 200);
    assert_header("Connection", "keep-alive");
    ask(request.data, 200);
    ck_assert_mem_eq(answer.body.data, "GET /x ?y\n", 10);
}
END_TEST

START_TEST(a_stale_query_is_not_seen_by_a_later_request)
{
    ask("GET /a?old=1 HTTP/1.1\r\nHost: localhost\r\n\r\n", 200);
    ask("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 200);
    ck_assert_mem_eq(answer.body.data, "OPTIONS * ?\n", 12);
    assert_header("Connection", "close");
    ck_assert(wire_ends(&wire));
}
END_TEST

START_TEST(each_request_has_the_parameters_of_its_own_query)
{
    ask("POST /echo?max=1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nab", 413);
    ask("POST /echo?max=9 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nab", 200);
    ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nab", 200);
}
END_TEST

START_TEST(a_connection_is_used_again)
{
    for (int i = 0; i < 3; i++) {
        ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", 200);
        assert_body("hello");
    }
}
END_TEST

START_TEST(pipelined_requests_are_answered_in_order)
{
    ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\none"
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\ntwo\r\n0\r\n\r\n"
        "GET /sized?3 HTTP/1.1\r\nHost: localhost\r\n\r\nGET /sized?4 HT",
        200);
    assert_body("one");
    ck_assert_int_eq(wire_read(&wire, false, &answer), WIRE_OK);
    assert_body("two");
    ck_assert_int_eq(wire_read(&wire, false, &answer), WIRE_OK);
    assert_body("abc");
    ck_assert(!wire_is_readable(&wire, 1));
    ask("TP/1.1\r\nHost: localhost\r\n\r\n", 200);
    assert_body("abcd");
}
END_TEST

/* clang-format off */
static const struct {
    const char *version, *header, *connection;
} persistence[] = {
    {"1.1", "X: y",                              "keep-alive"},
    {"1.1", "Connection: close",                 "close"},
    {"1.1", "Connection: Keep-Alive",            "keep-alive"},
    {"1.1", "Connection: keep-alive, close",     "close"},
    {"1.1", "Connection: TE",                    "close"},
    {"1.1", "Connection: Upgrade\r\nUpgrade: websocket", "close"},
    {"1.0", "X: y",                              "close"},
    {"1.0", "Connection: keep-alive",            "keep-alive"},
};
/* clang-format on */

START_TEST(the_connection_does_what_its_header_says)
{
    AUTO(buf_done) struct buf request = {0};

    buf_add_format(&request, "GET /sized?3 HTTP/%s\r\nHost: localhost\r\n%s\r\n\r\n",
                   persistence[_i].version, persistence[_i].header);
    ask(request.data, 200);
    assert_header("Connection", persistence[_i].connection);
    if (strcmp(persistence[_i].connection, "close") == 0)
        ck_assert(wire_ends(&wire));
    else
        ask(request.data, 200);
}
END_TEST

START_TEST(a_handler_can_end_the_connection)
{
    ask("GET /last HTTP/1.1\r\nHost: localhost\r\n\r\n", 200);
    assert_header("Connection", "close");
    ck_assert(wire_ends(&wire));
}
END_TEST

static const size_t sizes[] = {0, 1, 700, 65536, 1048576, 1048577, 5000000};

START_TEST(bodies_of_every_size_come_back)
{
    AUTO(buf_done) struct buf body = {0};
    AUTO(buf_done) struct buf request = {0};
    size_t size = sizes[_i];

    try_pattern(size, &body);
    buf_add_format(&request,
                   "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n", size);
    buf_add_text(&request, buf_text(&body));
    ck_assert(wire_send(&wire, request.data, request.len));
    ck_assert_int_eq(wire_read(&wire, false, &answer), WIRE_OK);
    ck_assert_int_eq(answer.status, 200);
    ck_assert_uint_eq(answer.body.len, size);
    ck_assert_mem_eq(answer.body.data, body.data, size);
}
END_TEST

START_TEST(chunked_bodies_are_put_together)
{
    AUTO(buf_done) struct buf request = {0};

    buf_add_string(&request,
                   "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: Chunked\r\n\r\n");
    for (int i = 0; i < 300; i++)
        buf_add_string(&request, "00a\r\n0123456789\r\n1\r\nx\r\n");
    buf_add_string(&request, "0\r\n\r\n");
    ck_assert(wire_send(&wire, request.data, request.len));
    ck_assert_int_eq(wire_read(&wire, false, &answer), WIRE_OK);
    ck_assert_uint_eq(answer.body.len, 3300);
    ck_assert_mem_eq(answer.body.data, "0123456789x0123456789x", 22);
    assert_header("Connection", "keep-alive");
    ask("GET /sized?1 HTTP/1.1\r\nHost: localhost\r\n\r\n", 200);
}
END_TEST

START_TEST(trailers_end_the_connection_without_losing_the_answer)
{
    ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n",
        200);
    assert_body("abc");
    ck_assert(wire_ends(&wire));
}
END_TEST

/* clang-format off */
static const char *const broken_chunks[] = {
    "g\r\nabc\r\n0\r\n\r\n",
    "-3\r\nabc\r\n0\r\n\r\n",
    "+3\r\nabc\r\n0\r\n\r\n",
    " 3\r\nabc\r\n0\r\n\r\n",
    "0x3\r\nabc\r\n0\r\n\r\n",
    "3;x=y\r\nabc\r\n0\r\n\r\n",
    "3\nabc\n0\n\n",
    "3\r\nabcd\r\n0\r\n\r\n",
    "fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "\r\n\r\n",
};
/* clang-format on */

START_TEST(broken_chunks_are_refused)
{
    AUTO(buf_done) struct buf request = {0};

    buf_add_format(&request,
                   "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n%s",
                   broken_chunks[_i]);
    ask(request.data, 400);
    assert_header("Connection", "close");
    ck_assert(wire_ends(&wire));
}
END_TEST

START_TEST(a_file_is_sent_whole)
{
    AUTO(buf_done) struct buf body = {0};

    try_pattern(TRY_FILE_SIZE, &body);
    for (int i = 0; i < 2; i++) {
        ask("GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n", 200);
        ck_assert_uint_eq(answer.body.len, body.len);
        ck_assert_mem_eq(answer.body.data, body.data, body.len);
    }
}
END_TEST

START_TEST(a_client_that_waits_is_told_to_go_on)
{
    ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        "Content-Length: 5\r\n\r\n",
        100);
    ask("hello", 200);
    assert_body("hello");
    assert_header("Connection", "keep-alive");
}
END_TEST

START_TEST(a_client_that_waits_is_refused_without_its_body)
{
    ask("POST /early HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        "Content-Length: 500000000\r\n\r\n",
        413);
    assert_header("Connection", "close");
    ck_assert(wire_ends(&wire));
}
END_TEST

/* clang-format off */
static const struct {
    const char *head; /* without the empty line */
    int status;
    const char *sentence;
} refused[] = {
    {"POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok",             417, "expectation failed"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1", 400,
     "malformed request: more than one Content-Length"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2", 400,
     "malformed request: more than one Content-Length"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5",         400, "malformed request: Content-Length is not a number"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5 5",        400, "malformed request: Content-Length is not a number"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5",        400, "malformed request: Content-Length is not a number"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5",         400, "malformed request"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ",           400, "malformed request"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999", 400,
     "malformed request: Content-Length is not a number"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked", 400,
     "malformed request: both Content-Length and Transfer-Encoding"},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip",    400, "malformed request"},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity", 400, "malformed request: Transfer-Encoding must be chunked"},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400,
     "malformed request: Transfer-Encoding must be chunked"},
    {"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked", 400, "malformed request: Transfer-Encoding must be chunked"},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: a",                     400, "malformed request: more than one Host"},
    {"GET / HTTP/1.1\r\nX: y",                                   400, "malformed request: Host is missing"},
    {"GET / HTTP/1.1",                                           400, "malformed request: Host is missing"},
    {"GET / HTTP/1.1\r\nHost: a/b",                              400, "malformed request: Host is invalid"},
    {"GET / HTTP/1.1\r\nHost: a\r\nX : y",                       400, "malformed request: a header line is invalid"},
    {"GET / HTTP/1.1\r\nHost: a\r\nX y: z",                      400, "malformed request"},
    {"GET / HTTP/1.1\r\nHost: a\r\nX(y): z",                     400, "malformed request: the name of a header is invalid"},
    {"GET / HTTP/1.1\r\nHost: a\r\nX\001: z",                    400, "malformed request"},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: z\001",                    400, "malformed request"},
    {"GET / HTTP/1.1\r\nHost: a\r\nno colon",                    400, "malformed request"},
    {"GET / HTTP/1.1\r\nHost: a\r\n: nameless",                  400, "malformed request: a header line is invalid"},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n folded: z",          400, "malformed request: a header line is invalid"},
    {"GET / HTTP/1.1\r\n Host: a",                               400, "malformed request: a header line is invalid"},
    {"GET / HTTP/1.1\r\nHost: a\nX: y",                          400, "malformed request: a header line is invalid"},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: y\n",                      400, "malformed request: a header line is invalid"},
    {"\r\nGET / HTTP/1.1\r\nHost: a",                            400, "malformed request: the request line is invalid"},
    {"\r\n\r\nGET / HTTP/1.1\r\nHost: a",                        400, "malformed request: the request line is invalid"},
    {"GET  / HTTP/1.1\r\nHost: a",                               400, "malformed request: the request line is invalid"},
    {"GET /  HTTP/1.1\r\nHost: a",                               400, "malformed request: the request line is invalid"},
    {"GET / HTTP/1.1 \r\nHost: a",                               400, "malformed request"},
    {"GET / x HTTP/1.1\r\nHost: a",                              400, "malformed request"},
    {"GET /\r\nHost: a",                                         400, "malformed request"},
    {"GET / HTTP/2.0\r\nHost: a",                                505, "only HTTP/1.0 and HTTP/1.1 are spoken here"},
    {"GET nowhere HTTP/1.1\r\nHost: a",                          400, "malformed request"},
    {"BREW / HTTP/1.1\r\nHost: a",                               501, "the method is not known here"},
    {"\x16\x03\x01\x02",                                         400, "malformed request: this is TLS, but only plain HTTP is spoken here"},
    {"GET / HTTP/1.1\r\nHost: evil.example",                     403, "this Host is not allowed; see --allowed-host"},
    {"POST / HTTP/1.1\r\nHost: a\r\nOrigin: http://evil.example", 403,
     "requests from this Origin are not allowed; see --allowed-host"},
};
/* clang-format on */

START_TEST(what_can_be_read_in_two_ways_is_refused)
{
    AUTO(buf_done) struct buf request = {0};
    AUTO(buf_done) struct buf body = {0};

    buf_add_format(&request, "%s\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
                   refused[_i].head);
    buf_add_format(&body, "{\"message\":\"%s\"}", refused[_i].sentence);
    ask(request.data, refused[_i].status);
    assert_body(body.data);
    assert_header("content-type", "application/json");
    if (refused[_i].status == 403)
        return;
    assert_header("Connection", "close");
    ck_assert(wire_ends(&wire));
}
END_TEST

/* A request with so many headers in all. */
static void add_headers(struct buf *request, int count)
{
    buf_add_string(request, "GET /x HTTP/1.1\r\nHost: localhost\r\n");
    for (int i = 1; i < count; i++)
        buf_add_format(request, "X-%d: %d\r\n", i, i);
    buf_add_string(request, "\r\n");
}

START_TEST(sixty_three_headers_all_arrive)
{
    AUTO(buf_done) struct buf request = {0};

    add_headers(&request, 63);
    ask(request.data, 200);
    ck_assert_ptr_nonnull(strstr(answer.body.data, "\nX-62=62\n"));
}
END_TEST

START_TEST(more_headers_are_refused)
{
    AUTO(buf_done) struct buf request = {0};

    add_headers(&request, 64 + _i);
    ask(request.data, 431);
    assert_body("{\"message\":\"request header is too large\"}");
    assert_header("Connection", "close");
    ck_assert(wire_ends(&wire));
}
END_TEST

START_TEST(a_head_within_its_size_arrives_and_a_larger_one_is_refused)
{
    AUTO(buf_done) struct buf filler = {0};
    AUTO(buf_done) struct buf request = {0};

    try_pattern(16000, &filler);
    buf_add_format(&request, "GET /x HTTP/1.1\r\nHost: localhost\r\nX: %s\r\n\r\n", filler.data);
    ask(request.data, 200);
    try_pattern(70000, &filler);
    buf_clear(&request);
    buf_add_format(&request, "GET /x HTTP/1.1\r\nHost: localhost\r\nX: %s\r\n\r\n", filler.data);
    ask(request.data, 431);
    assert_body("{\"message\":\"request header is too large\"}");
}
END_TEST

START_TEST(an_early_answer_leaves_the_connection_usable)
{
    ask("POST /early HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"
        "GET /sized?2 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        413);
    assert_header("Connection", "keep-alive");
    ck_assert_int_eq(wire_read(&wire, false, &answer), WIRE_OK);
    assert_body("ab");
}
END_TEST

/* Send a body of 50 MB to the end before looking for the answer. */
static void send_much(const char *head, const char *chunk_size, size_t count)
{
    AUTO(buf_done) struct buf block = {0};
    AUTO(buf_done) struct buf piece = {0};

    try_pattern(1000000, &block);
    if (chunk_size)
        buf_add_string(&piece, chunk_size);
    buf_add_text(&piece, buf_text(&block));
    if (chunk_size)
        buf_add_string(&piece, "\r\n");
    ck_assert(wire_say(&wire, head));
    for (size_t i = 0; i < count; i++)
        ck_assert(wire_send(&wire, piece.data, piece.len));
    if (chunk_size)
        ck_assert(wire_say(&wire, "0\r\n\r\n"));
}

START_TEST(a_client_that_sends_50_mb_sees_the_early_answer)
{
    send_much("POST /early HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n\r\n", NULL,
              50);
    ck_assert_int_eq(wire_read(&wire, false, &answer), WIRE_OK);
    ck_assert_int_eq(answer.status, 413);
    ask("GET /sized?2 HTTP/1.1\r\nHost: localhost\r\n\r\n", 200);
}
END_TEST

START_TEST(a_client_that_sends_50_mb_in_chunks_sees_the_early_answer)
{
    send_much("POST /echo?max=1000 HTTP/1.1\r\nHost: localhost\r\n"
              "Transfer-Encoding: chunked\r\n\r\n",
              "f4240\r\n", 50);
    ck_assert_int_eq(wire_read(&wire, false, &answer), WIRE_OK);
    ck_assert_int_eq(answer.status, 413);
    ask("GET /sized?2 HTTP/1.1\r\nHost: localhost\r\n\r\n", 200);
}
END_TEST

START_TEST(a_client_that_sends_50_mb_sees_why_its_request_is_refused)
{
    send_much("POST /x HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 50000000\r\n\r\n", NULL,
              50);
    ck_assert_int_eq(wire_read(&wire, false, &answer), WIRE_OK);
    ck_assert_int_eq(answer.status, 400);
    ck_assert(wire_ends(&wire));
}
END_TEST

static TCase *fixture(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    suite_add_tcase(suite, tcase);
    return tcase;
}

static void add_refusals(Suite *suite)
{
    TCase *tcase = fixture(suite, "refusals");

    tcase_add_loop_test(tcase, what_can_be_read_in_two_ways_is_refused, 0, ARRAY_LEN(refused));
    tcase_add_test(tcase, sixty_three_headers_all_arrive);
    tcase_add_loop_test(tcase, more_headers_are_refused, 0, 3);
    tcase_add_test(tcase, a_head_within_its_size_arrives_and_a_larger_one_is_refused);
    tcase_add_loop_test(tcase, broken_chunks_are_refused, 0, ARRAY_LEN(broken_chunks));
    tcase_add_test(tcase, a_client_that_waits_is_refused_without_its_body);
    tcase_add_test(tcase, an_early_answer_leaves_the_connection_usable);
    tcase_add_test(tcase, a_client_that_sends_50_mb_sees_the_early_answer);
    tcase_add_test(tcase, a_client_that_sends_50_mb_in_chunks_sees_the_early_answer);
    tcase_add_test(tcase, a_client_that_sends_50_mb_sees_why_its_request_is_refused);
}

Suite *transport_suite(void)
{
    Suite *suite = suite_create("transport");
    TCase *tcase = fixture(suite, "answers");

    tcase_add_test(tcase, an_answer_carries_the_headers_of_the_transport);
    tcase_add_test(tcase, head_is_get_without_the_body);
    tcase_add_test(tcase, an_answer_without_content_announces_no_length);
    tcase_add_test(tcase, a_file_is_sent_whole);

    tcase = fixture(suite, "requests");
    tcase_add_loop_test(tcase, targets_come_raw_and_in_every_form, 0, ARRAY_LEN(targets));
    tcase_add_test(tcase, an_absolute_form_of_our_own_keeps_the_connection);
    tcase_add_test(tcase, a_stale_query_is_not_seen_by_a_later_request);
    tcase_add_test(tcase, each_request_has_the_parameters_of_its_own_query);
    tcase_add_test(tcase, a_connection_is_used_again);
    tcase_add_test(tcase, pipelined_requests_are_answered_in_order);
    tcase_add_loop_test(tcase, the_connection_does_what_its_header_says, 0, ARRAY_LEN(persistence));
    tcase_add_test(tcase, a_handler_can_end_the_connection);

    tcase = fixture(suite, "bodies");
    tcase_add_loop_test(tcase, bodies_of_every_size_come_back, 0, ARRAY_LEN(sizes));
    tcase_add_test(tcase, chunked_bodies_are_put_together);
    tcase_add_test(tcase, trailers_end_the_connection_without_losing_the_answer);
    tcase_add_test(tcase, a_client_that_waits_is_told_to_go_on);
    add_refusals(suite);
    return suite;
}
