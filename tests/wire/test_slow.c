#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "http/socket.h"
#include "try_server.h"
#include "wire.h"

Suite *slow_suite(void);

enum { CLIENTS = 40, LATE_CLIENTS = 1000, PROBES = 10, UNREAD_SIZE = 20000000 };

static struct try_server server;
static struct wire_answer answer;
static struct wire wires[LATE_CLIENTS];
static struct buf pattern;

static const char get[] = "GET /sized?2 HTTP/1.1\r\nHost: localhost\r\n\r\n";
static const char late[] = "GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n";

static void start(struct http_config config)
{
    try_server_start(&server, config);
}

static void done(void)
{
    wire_answer_done(&answer);
    buf_done(&pattern);
}

static void stop(void)
{
    done();
    ck_assert_uint_eq(try_server_stop(&server, 5000), 0);
}

/* Let clients connect, and each send `text`. */
static void begin_all(size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        ck_assert(wire_open(&wires[i], server.port));
        ck_assert(wire_say(&wires[i], text));
    }
}

static void close_all(size_t count)
{
    for (size_t i = 0; i < count; i++)
        wire_close(&wires[i]);
}

static void read_answer(struct wire *wire, int status)
{
    ck_assert_int_eq(wire_read(wire, false, &answer), WIRE_OK);
    ck_assert_int_eq(answer.status, status);
}

/* Others are served, on new connections and on one that is kept. */
static void probe(void)
{
    struct wire kept;

    ck_assert(wire_open(&kept, server.port));
    for (int i = 0; i < PROBES; i++) {
        ck_assert_int_eq(wire_ask(server.port, get, &answer), WIRE_OK);
        ck_assert_int_eq(answer.status, 200);
        ck_assert(wire_say(&kept, get));
        read_answer(&kept, 200);
    }
    wire_close(&kept);
}

/* clang-format off */
static const struct {
    const char *begun, *more, *rest;
    const char *body; /* of the answer to all three */
    unsigned workers_max;
} slow[] = {
    {"G", "ET /sized?3 HTTP/1.1\r\nHost: local", "host\r\n\r\n", "abc", 2},
    {"GET /sized?3 HTTP/1.1\r\nHost: localhost\r\n", "X: y\r\n", "\r\n", "abc", 2},
    {"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\n", "abc", "def", "abcdef", 2},
    {"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\na", "bcd", "ef", "abcdef", 2},
    {"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na", "bc\r\n3\r\n",
     "def\r\n0\r\n\r\n", "abcdef", 0},
};
/* clang-format on */

START_TEST(slow_requests_hold_nobody_up)
{
    start((struct http_config){.workers = 2, .workers_max = slow[_i].workers_max});
    begin_all(CLIENTS, slow[_i].begun);
    probe();
    for (size_t i = 0; i < CLIENTS; i++)
        ck_assert(wire_say(&wires[i], slow[_i].more));
    probe();
    for (size_t i = 0; i < CLIENTS; i++) {
        ck_assert(wire_say(&wires[i], slow[_i].rest));
        read_answer(&wires[i], 200);
        ck_assert_str_eq(answer.body.data, slow[_i].body);
        /* The connection is as good as any other afterwards. */
        ck_assert(wire_say(&wires[i], get));
        read_answer(&wires[i], 200);
    }
    close_all(CLIENTS);
    stop();
}
END_TEST

START_TEST(large_bodies_get_workers_of_their_own)
{
    const size_t half = SMALL_BODY_SIZE_MAX, size = 2 * half;
    char head[128];

    start((struct http_config){.workers = 2});
    try_pattern(size, &pattern);
    (void)snprintf(head, sizeof(head),
                   "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n", size);
    begin_all(CLIENTS, head);
    for (size_t i = 0; i < CLIENTS; i++)
        ck_assert(wire_send(&wires[i], pattern.data, half));
    probe();
    for (size_t i = 0; i < CLIENTS; i++) {
        ck_assert(wire_send(&wires[i], pattern.data + half, size - half));
        read_answer(&wires[i], 200);
        ck_assert_uint_eq(answer.body.len, size);
        ck_assert_mem_eq(answer.body.data, pattern.data, size);
    }
    close_all(CLIENTS);
    stop();
}
END_TEST

START_TEST(when_there_can_be_no_more_workers_the_slow_give_way)
{
    start((struct http_config){.workers = 2, .workers_max = 2});
    begin_all(2, "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nabc");
    probe();
    ck_assert(wire_is_readable(&wires[0], 0) || wire_is_readable(&wires[1], 0));
    close_all(2);
    stop();
}
END_TEST

START_TEST(a_request_behind_a_slow_one_is_served_too)
{
    start((struct http_config){.workers = 1, .workers_max = 1});
    begin_all(CLIENTS, "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\na");
    probe();
    for (size_t i = 0; i < CLIENTS; i++)
        ck_assert(wire_say(&wires[i], "bcGET /sized?4 HTTP/1.1\r\nHost: loc"));
    probe();
    for (size_t i = 0; i < CLIENTS; i++) {
        read_answer(&wires[i], 200);
        ck_assert_str_eq(answer.body.data, "abc");
        ck_assert(wire_say(&wires[i], "alhost\r\n\r\n"));
        read_answer(&wires[i], 200);
        ck_assert_str_eq(answer.body.data, "abcd");
    }
    close_all(CLIENTS);
    stop();
}
END_TEST

/* Answers that are not read */

static void begin_unread(size_t count)
{
    char request[128];

    (void)snprintf(request, sizeof(request), "GET /sized?%d HTTP/1.1\r\nHost: localhost\r\n\r\n",
                   UNREAD_SIZE);
    begin_all(count, request);
    for (size_t i = 0; i < count; i++)
        ck_assert(wire_is_readable(&wires[i], WIRE_TIMEOUT_MS));
}

START_TEST(clients_that_do_not_read_hold_nobody_up)
{
    const size_t count = 8;

    start((struct http_config){.workers = 2, .workers_max = 2});
    try_pattern(UNREAD_SIZE, &pattern);
    begin_unread(count);
    probe();
    for (size_t i = 0; i < count; i++) {
        read_answer(&wires[i], 200);
        ck_assert_uint_eq(answer.body.len, UNREAD_SIZE);
        ck_assert(memcmp(answer.body.data, pattern.data, UNREAD_SIZE) == 0);
        /* Such a connection is kept. */
        ck_assert(wire_say(&wires[i], get));
        read_answer(&wires[i], 200);
    }
    close_all(count);
    stop();
}
END_TEST

START_TEST(too_many_that_do_not_read_use_up_workers_only)
{
    start((struct http_config){.workers = 1, .parked_max = 1});
    begin_unread(3);
    probe();
    for (size_t i = 0; i < 3; i++) {
        read_answer(&wires[i], 200);
        ck_assert_uint_eq(answer.body.len, UNREAD_SIZE);
    }
    close_all(3);
    stop();
}
END_TEST

/* Ask for a late answer until there is a place for one. */
static void wait_for_place(void)
{
    int64_t until_ms = clock_monotonic_ms() + WIRE_TIMEOUT_MS;

    do {
        ck_assert_int_lt(clock_monotonic_ms(), until_ms);
        ck_assert_int_eq(wire_ask(server.port, late, &answer), WIRE_OK);
    } while (answer.status == 503);
    ck_assert_int_eq(answer.status, 200);
}

START_TEST(a_client_that_leaves_gives_up_its_place)
{
    start((struct http_config){.workers = 1, .workers_max = 1, .parked_max = 1});
    begin_unread(1);
    probe();
    ck_assert_int_eq(wire_ask(server.port, late, &answer), WIRE_OK);
    ck_assert_int_eq(answer.status, 503);
    wire_close(&wires[0]);
    wait_for_place();
    /* The same for one that waits for its time. */
    begin_all(1, late);
    probe();
    wire_close(&wires[0]);
    wait_for_place();
    stop();
}
END_TEST

/* Late answers */

START_TEST(a_thousand_late_answers_need_no_workers)
{
    static int64_t begun_ms[LATE_CLIENTS];

    start((struct http_config){.workers = 2, .workers_max = 2});
    for (size_t i = 0; i < LATE_CLIENTS; i++) {
        ck_assert(wire_open(&wires[i], server.port));
        begun_ms[i] = clock_monotonic_ms();
        ck_assert(wire_say(&wires[i], late));
        if (i % 100 == 0)
            probe();
    }
    probe();
    for (size_t i = 0; i < LATE_CLIENTS; i++) {
        read_answer(&wires[i], 200);
        ck_assert_int_ge(clock_monotonic_ms() - begun_ms[i], TRY_LATE_MS);
    }
    close_all(LATE_CLIENTS);
    stop();
}
END_TEST

static unsigned cut;

static void *stop_in_thread(void *unused)
{
    cut = http_server_stop(server.http, 20000);
    return unused;
}

START_TEST(a_stop_waits_for_late_answers)
{
    pthread_t thread;

    start((struct http_config){.workers = 1});
    begin_all(1, late);
    try_server_wait_held(&server);
    ck_assert_int_eq(pthread_create(&thread, NULL, stop_in_thread, NULL), 0);
    read_answer(&wires[0], 200);
    ck_assert(wire_ends(&wires[0]));
    (void)pthread_join(thread, NULL);
    ck_assert_uint_eq(cut, 0);
    try_server_done(&server);
    close_all(1);
    done();
}
END_TEST

START_TEST(a_stop_cuts_off_what_nobody_reads)
{
    start((struct http_config){.workers = 1});
    begin_unread(3);
    probe();
    ck_assert_uint_eq(try_server_stop(&server, 20), 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(wire_read(&wires[i], false, &answer), WIRE_CLOSED);
    close_all(3);
    done();
}
END_TEST

static TCase *tcase_in(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);

    /* Under the sanitizers, on a busy machine, a thousand connections take their time. */
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    return tcase;
}

Suite *slow_suite(void)
{
    Suite *suite = suite_create("slow");
    TCase *tcase = tcase_in(suite, "requests");

    tcase_add_loop_test(tcase, slow_requests_hold_nobody_up, 0, ARRAY_LEN(slow));
    tcase_add_test(tcase, large_bodies_get_workers_of_their_own);
    tcase_add_test(tcase, when_there_can_be_no_more_workers_the_slow_give_way);
    tcase_add_test(tcase, a_request_behind_a_slow_one_is_served_too);

    tcase = tcase_in(suite, "answers that are not read");
    tcase_add_test(tcase, clients_that_do_not_read_hold_nobody_up);
    tcase_add_test(tcase, too_many_that_do_not_read_use_up_workers_only);
    tcase_add_test(tcase, a_client_that_leaves_gives_up_its_place);

    tcase = tcase_in(suite, "late answers");
    tcase_add_test(tcase, a_thousand_late_answers_need_no_workers);
    tcase_add_test(tcase, a_stop_waits_for_late_answers);
    tcase_add_test(tcase, a_stop_cuts_off_what_nobody_reads);
    return suite;
}
