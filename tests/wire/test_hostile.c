/*
 * What no honest client sends: each is answered with its sentence or cut off, and afterwards the
 * server is as well as before.
 */
#include <check.h>
#include <dirent.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "try_server.h"
#include "wire.h"

Suite *hostile_suite(void);

enum { FLOOD_SIZE = 1 << 20, PIPELINED = 1000, PIPELINED_SLOWLY = 60, SETTLE_TRIES = 2000 };

static struct try_server server;
static struct wire wire;
static struct wire_answer answer;
static int descriptors;

static int count_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    ck_assert_ptr_nonnull(dir);
    while (readdir(dir))
        count++;
    (void)closedir(dir);
    return count;
}

static void set_up(void)
{
    try_server_start(&server, (struct http_config){.workers = 2});
    descriptors = count_descriptors();
}

/* The server answers, and holds no more descriptors than at its start. */
static void assert_well(void)
{
    int tries = 0;

    ck_assert_int_eq(wire_ask(server.port,
                              "GET /sized?2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                              &answer),
                     WIRE_OK);
    ck_assert_int_eq(answer.status, 200);
    while (count_descriptors() > descriptors && tries++ < SETTLE_TRIES)
        (void)poll(NULL, 0, 5);
    ck_assert_int_le(count_descriptors(), descriptors);
}

static void tear_down(void)
{
    wire_close(&wire);
    assert_well();
    wire_answer_done(&answer);
    ck_assert_uint_eq(try_server_stop(&server, 5000), 0);
}

static void open_wire(void)
{
    wire_close(&wire);
    ck_assert(wire_open(&wire, server.port));
}

static void read_answer(int status)
{
    ck_assert_int_eq(wire_read(&wire, false, &answer), WIRE_OK);
    ck_assert_int_eq(answer.status, status);
}

static void assert_body(const char *body)
{
    ck_assert_uint_eq(answer.body.len, strlen(body));
    ck_assert_mem_eq(answer.body.data, body, answer.body.len);
}

/* Send `bytes` in pieces; what the server does not take any more is left. */
static void send_pieces(struct text bytes, size_t piece)
{
    for (size_t at = 0; at < bytes.len; at += piece)
        if (!wire_send(&wire, bytes.data + at, bytes.len - at < piece ? bytes.len - at : piece))
            return;
}

#define CHUNKED_HEAD "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
#define MISFRAMED "{\"message\":\"malformed request: the framing of the body is invalid\"}"

/* clang-format off */
static const char *const misframed[] = {
    "8000000000000000\r\nabc",
    "8000000000000003\r\nabc\r\n0\r\n\r\n",
    "7fffffffffffffff\r\nabc",
    "fffffffffffffffe\r\nabc",
    "ffffffffffffffff\r\nabc",
    "10000000000000003\r\nabc\r\n0\r\n\r\n",
    "1\r\na\r\n7fffffffffffffff\r\nb",
    "3\rA\r\nabc\r\n0\r\n\r\n",
    "3\r\nabc\r\n0\rfff\r\n\r\n",
    "3\r\nabc\r\n\r\n0\r\n\r\n",
    "3\r\nabc\r\n-1\r\n",
    "3\t\r\nabc\r\n0\r\n\r\n",
};
/* clang-format on */

START_TEST(sizes_that_cannot_be_are_refused_however_they_arrive)
{
    const struct text chunks = text_of(misframed[_i]);

    for (size_t piece = 1; piece <= chunks.len; piece++) {
        open_wire();
        ck_assert(wire_say(&wire, CHUNKED_HEAD));
        send_pieces(chunks, piece);
        read_answer(400);
        assert_body(MISFRAMED);
        ck_assert(wire_ends(&wire));
    }
    open_wire();
    send_pieces(TEXT(CHUNKED_HEAD), SIZE_MAX);
    send_pieces(chunks, SIZE_MAX);
    read_answer(400);
    assert_body(MISFRAMED);
}
END_TEST

START_TEST(what_is_behind_a_misframed_body_is_no_request)
{
    open_wire();
    ck_assert(wire_say(&wire, CHUNKED_HEAD "8000000000000000\r\nabc\r\n0\r\n\r\n"
                                           "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"));
    read_answer(400);
    ck_assert(wire_ends(&wire));
}
END_TEST

/* A chunk's extension, and a trailer, of 64 KB. */
START_TEST(long_extensions_are_refused_and_long_trailers_dropped)
{
    AUTO(buf_done) struct buf filler = {0};
    AUTO(buf_done) struct buf request = {0};

    try_pattern(65536, &filler);
    buf_add_format(&request, CHUNKED_HEAD "3;%s\r\nabc\r\n0\r\n\r\n", filler.data);
    open_wire();
    send_pieces(buf_text(&request), SIZE_MAX);
    read_answer(400);
    assert_body(MISFRAMED);
    buf_clear(&request);
    buf_add_format(&request, CHUNKED_HEAD "3\r\nabc\r\n0\r\nX: %s\r\n\r\n", filler.data);
    open_wire();
    send_pieces(buf_text(&request), SIZE_MAX);
    read_answer(200);
    assert_body("abc");
    ck_assert(wire_ends(&wire));
}
END_TEST

/* clang-format off */
static const struct {
    const char *request;
    const char *body;
} pipeline[] = {
    {CHUNKED_HEAD "3\r\none\r\n0\r\n\r\n",                                     "one"},
    {"GET /sized?3 HTTP/1.1\r\nHost: a\r\n\r\n",                               "abc"},
    {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n0\r\n\r",     "0\r\n\r"},
    {CHUNKED_HEAD "1\r\nt\r\n002\r\nwo\r\n00\r\n\r\n",                         "two"},
    {"GET /sized?2 HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\nunasked",   "ab"},
    {CHUNKED_HEAD "0\r\n\r\n",                                                 ""},
};
/* clang-format on */

static const size_t pieces[] = {SIZE_MAX, 1, 7, 61, 1000};

START_TEST(pipelined_requests_are_answered_in_order_however_they_are_cut)
{
    AUTO(buf_done) struct buf requests = {0};
    size_t at = 0, count = pieces[_i] < 1000 ? PIPELINED_SLOWLY : PIPELINED;

    for (size_t i = 0; i < count; i++)
        buf_add_string(&requests, pipeline[i % ARRAY_LEN(pipeline)].request);
    open_wire();
    for (size_t i = 0; i < count; i++) {
        while (at < requests.len && !wire_is_readable(&wire, 0)) {
            size_t left = requests.len - at;
            long sent = wire_send_some(&wire, requests.data + at,
                                       left < pieces[_i] ? left : pieces[_i], 20000);

            ck_assert_int_ge(sent, 0);
            at += (size_t)sent;
        }
        read_answer(200);
        assert_body(pipeline[i % ARRAY_LEN(pipeline)].body);
    }
}
END_TEST

START_TEST(a_misframed_body_behind_good_requests_is_refused)
{
    open_wire();
    ck_assert(wire_say(&wire, CHUNKED_HEAD "3\r\none\r\n0\r\n\r\n"
                                           "GET /sized?3 HTTP/1.1\r\nHost: a\r\n\r\n" CHUNKED_HEAD
                                           "8000000000000000\r\nabc"));
    read_answer(200);
    read_answer(200);
    read_answer(400);
    assert_body(MISFRAMED);
}
END_TEST

#define TOO_LARGE "{\"message\":\"request header is too large\"}"

/* clang-format off */
static const struct {
    const char *front, *repeated;
} floods[] = {
    {"GET /",                                "a"},
    {"GET /?",                               "a=b&"},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: ",     "a"},
    {"GET / HTTP/1.1\r\nHost: a\r\n",        "a"},
    {"GET / HTTP/1.1\r\nHost: a\r\n",        "X: y\r\n"},
    {"GET / HTTP/1.1\r\nHost: ",             "a"},
    {"",                                     "A"},
    {"POST / HTTP/1.1\r\nHost: a\r\n",       "Content-Length: 1\r\n"},
};
/* clang-format on */

START_TEST(a_megabyte_of_head_is_refused)
{
    AUTO(buf_done) struct buf request = {0};

    buf_add_string(&request, floods[_i].front);
    while (request.len < FLOOD_SIZE)
        buf_add_string(&request, floods[_i].repeated);
    open_wire();
    send_pieces(buf_text(&request), SIZE_MAX);
    read_answer(431);
    assert_body(TOO_LARGE);
    ck_assert(wire_ends(&wire));
}
END_TEST

/* The default: 16 KiB for the request line and all headers. */
START_TEST(a_head_of_a_byte_too_much_is_refused)
{
    static const char front[] = "GET /x HTTP/1.1\r\nHost: a\r\nX: ";
    AUTO(buf_done) struct buf request = {0};
    size_t size = 16384 + (size_t)_i;

    buf_add_string(&request, front);
    while (request.len < size - 4)
        buf_add_char(&request, 'x');
    buf_add_string(&request, "\r\n\r\n");
    open_wire();
    send_pieces(buf_text(&request), SIZE_MAX);
    read_answer(_i == 0 ? 200 : 431);
}
END_TEST

/* clang-format off */
static const struct {
    const char *line;
    int status;
    const char *sentence; /* NULL: the handler answered */
} lines[] = {
    {"BREW / HTTP/1.1",                      501, "the method is not known here"},
    {"get / HTTP/1.1",                       501, "the method is not known here"},
    {"TRACE / HTTP/1.1",                     501, "the method is not known here"},
    {"QUERY / HTTP/1.1",                     501, "the method is not known here"},
    {"CONNECT a:80 HTTP/1.1",                501, "the method is not known here"},
    {"PROPFIND / HTTP/1.1",                  200, NULL},
    {"GET\t/\tHTTP/1.1",                     400, "malformed request"},
    {"GET\t / HTTP/1.1",                     400, "malformed request"},
    {" GET / HTTP/1.1",                      400, "malformed request: the request line is invalid"},
    {"G(T / HTTP/1.1",                       400, "malformed request"},
    {"/ HTTP/1.1",                           400, "malformed request"},
    {"GET a:80 HTTP/1.1",                    400, "malformed request"},
    {"GET ? HTTP/1.1",                       400, "malformed request"},
    {"GET",                                  400, "malformed request"},
    {"GET /",                                400, "malformed request"},
    {"PRI * HTTP/2.0",                       505, "only HTTP/1.0 and HTTP/1.1 are spoken here"},
    {"GET / HTTP/3",                         505, "only HTTP/1.0 and HTTP/1.1 are spoken here"},
    {"GET / HTTP/1.10",                      505, "only HTTP/1.0 and HTTP/1.1 are spoken here"},
    {"GET / HTTP/1.1x",                      505, "only HTTP/1.0 and HTTP/1.1 are spoken here"},
    {"GET / http/1.1",                       400, "malformed request"},
    {"GET / HTTPS/1.1",                      400, "malformed request"},
};
/* clang-format on */

START_TEST(what_is_no_request_line_gets_its_sentence)
{
    AUTO(buf_done) struct buf request = {0};
    AUTO(buf_done) struct buf body = {0};

    buf_add_format(&request, "%s\r\nHost: a\r\n\r\n", lines[_i].line);
    if (lines[_i].sentence)
        buf_add_format(&body, "{\"message\":\"%s\"}", lines[_i].sentence);
    open_wire();
    send_pieces(buf_text(&request), SIZE_MAX);
    read_answer(lines[_i].status);
    if (lines[_i].sentence)
        assert_body(body.data);
}
END_TEST

/* The beginning of a ClientHello, with and without a byte that ends CivetWeb's wait. */
START_TEST(tls_is_told_from_http)
{
    static const char hello[] = "\x16\x03\x01\x00\xc5\x01\x00\x00\xc1\x03\x03 random bytes";

    open_wire();
    ck_assert(wire_send(&wire, hello, sizeof(hello)));
    wire_finish(&wire);
    read_answer(400);
    assert_body(
        "{\"message\":\"malformed request: this is TLS, but only plain HTTP is spoken here\"}");
    ck_assert(wire_ends(&wire));
}
END_TEST

/* clang-format off */
static const struct {
    const char *header;
    int status;
} expectations[] = {
    {"Expect: 100-continue",                           100},
    {"expect:100-CONTINUE",                            100},
    {"Expect: 100-continue, 100-continue",             417},
    {"Expect: 100-continue;x=y",                       417},
    {"Expect: 100-continue\r\nExpect: 100-continue",   417},
    {"Expect: 100",                                    417},
    {"Expect: ",                                       417},
    {"Expect: \xff",                                   417},
};
/* clang-format on */

START_TEST(only_one_expectation_can_be_met)
{
    AUTO(buf_done) struct buf request = {0};

    buf_add_format(&request, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n%s\r\n\r\n",
                   expectations[_i].header);
    open_wire();
    ck_assert(wire_say(&wire, request.data));
    read_answer(expectations[_i].status);
    if (expectations[_i].status != 100)
        return;
    ck_assert(wire_say(&wire, "abc"));
    read_answer(200);
    assert_body("abc");
}
END_TEST

/* clang-format off */
static const char *const small_requests[] = {
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    CHUNKED_HEAD "3\r\nabc\r\n0\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
};
/* clang-format on */

/* With its 2 workers the server would soon be without any, if one stayed with such a connection. */
START_TEST(a_client_may_leave_at_any_byte)
{
    size_t len = strlen(small_requests[_i]);

    for (size_t i = 0; i < len; i++) {
        open_wire();
        ck_assert(wire_send(&wire, small_requests[_i], i) || i == 0);
    }
    open_wire();
    ck_assert(wire_say(&wire, small_requests[_i]));
    read_answer(_i == 2 ? 100 : 200);
}
END_TEST

/* Who says that nothing more will come is answered, or cut off if there was no request yet. */
START_TEST(a_client_may_stop_sending_at_any_byte)
{
    const char *request = small_requests[_i];
    size_t head_len = (size_t)(strstr(request, "\r\n\r\n") + 4 - request);

    for (size_t i = 1; i < strlen(request); i++) {
        enum wire_result result;

        open_wire();
        ck_assert(wire_send(&wire, request, i));
        wire_finish(&wire);
        result = wire_read(&wire, false, &answer);
        if (result == WIRE_OK && answer.status == 100)
            result = wire_read(&wire, false, &answer);
        if (i < head_len) {
            ck_assert(result == WIRE_CLOSED || answer.status == 400);
            continue;
        }
        /* The last empty line of a chunked body is no part of its content. */
        ck_assert_int_eq(result, WIRE_OK);
        ck_assert_int_eq(answer.status, _i == 1 && i + 2 >= strlen(request) ? 200 : 400);
    }
}
END_TEST

static TCase *fixture(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    suite_add_tcase(suite, tcase);
    return tcase;
}

Suite *hostile_suite(void)
{
    Suite *suite = suite_create("hostile");
    TCase *tcase = fixture(suite, "chunks");

    wire.fd = -1;
    tcase_add_loop_test(tcase, sizes_that_cannot_be_are_refused_however_they_arrive, 0,
                        ARRAY_LEN(misframed));
    tcase_add_test(tcase, what_is_behind_a_misframed_body_is_no_request);
    tcase_add_test(tcase, a_misframed_body_behind_good_requests_is_refused);
    tcase_add_test(tcase, long_extensions_are_refused_and_long_trailers_dropped);
    tcase_add_loop_test(tcase, pipelined_requests_are_answered_in_order_however_they_are_cut, 0,
                        ARRAY_LEN(pieces));

    tcase = fixture(suite, "heads");
    tcase_add_loop_test(tcase, a_megabyte_of_head_is_refused, 0, ARRAY_LEN(floods));
    tcase_add_loop_test(tcase, a_head_of_a_byte_too_much_is_refused, 0, 2);
    tcase_add_loop_test(tcase, what_is_no_request_line_gets_its_sentence, 0, ARRAY_LEN(lines));
    tcase_add_test(tcase, tls_is_told_from_http);
    tcase_add_loop_test(tcase, only_one_expectation_can_be_met, 0, ARRAY_LEN(expectations));

    tcase = fixture(suite, "ends");
    tcase_add_loop_test(tcase, a_client_may_leave_at_any_byte, 0, ARRAY_LEN(small_requests));
    tcase_add_loop_test(tcase, a_client_may_stop_sending_at_any_byte, 0, ARRAY_LEN(small_requests));
    return suite;
}
