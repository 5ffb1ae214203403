#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/timestamp.h"
#include "try_server.h"
#include "wire.h"

Suite *connections_suite(void);

enum { CLIENTS = 64, MANY_CLIENTS = 300 };

static struct try_server server;
static struct wire_answer answer;

static const char get[] = "GET /sized?2 HTTP/1.1\r\nHost: localhost\r\n\r\n";

static void open_wire(struct wire *wire)
{
    ck_assert(wire_open(wire, server.port));
}

static void ask(struct wire *wire, const char *request, int status)
{
    ck_assert(wire_say(wire, request));
    ck_assert_int_eq(wire_read(wire, false, &answer), WIRE_OK);
    ck_assert_int_eq(answer.status, status);
}

static void assert_closing(const char *value)
{
    struct text found = wire_header(&answer, "Connection");

    ck_assert_uint_eq(found.len, strlen(value));
    ck_assert_mem_eq(found.data, value, found.len);
}

static void start(struct http_config config)
{
    try_server_start(&server, config);
}

static void stop(void)
{
    wire_answer_done(&answer);
    ck_assert_uint_eq(try_server_stop(&server, 5000), 0);
}

/* Many clients */

START_TEST(more_clients_than_workers_keep_their_connections)
{
    struct wire wires[CLIENTS];

    start((struct http_config){.workers = 8});
    for (size_t i = 0; i < CLIENTS; i++)
        open_wire(&wires[i]);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < CLIENTS; i++)
            ask(&wires[i], get, 200);
        for (size_t i = 0; i < CLIENTS; i++)
            ck_assert(wire_say(&wires[i], get));
        for (size_t i = 0; i < CLIENTS; i++)
            ck_assert_int_eq(wire_read(&wires[i], false, &answer), WIRE_OK);
        assert_closing("keep-alive");
    }
    for (size_t i = 0; i < CLIENTS; i++)
        wire_close(&wires[i]);
    stop();
}
END_TEST

START_TEST(one_worker_serves_hundreds_of_clients_in_turn)
{
    static struct wire wires[MANY_CLIENTS];

    start((struct http_config){.workers = 1});
    for (size_t i = 0; i < MANY_CLIENTS; i++) {
        open_wire(&wires[i]);
        ask(&wires[i], get, 200);
    }
    for (size_t i = 0; i < MANY_CLIENTS; i++)
        ask(&wires[i], get, 200);
    for (size_t i = 0; i < MANY_CLIENTS; i++)
        wire_close(&wires[i]);
    stop();
}
END_TEST

START_TEST(half_a_request_of_another_holds_nobody_up)
{
    struct wire slow[3], quick;

    start((struct http_config){.workers = 4});
    for (size_t i = 0; i < ARRAY_LEN(slow); i++) {
        open_wire(&slow[i]);
        ck_assert(wire_say(&slow[i], "GET /sized?2 HTTP/1.1\r\nHo"));
    }
    open_wire(&quick);
    ask(&quick, get, 200);
    for (size_t i = 0; i < ARRAY_LEN(slow); i++) {
        ask(&slow[i], "st: localhost\r\n\r\n", 200);
        wire_close(&slow[i]);
    }
    wire_close(&quick);
    stop();
}
END_TEST

START_TEST(an_idle_connection_is_closed_when_its_time_is_over)
{
    struct wire used, fresh;

    start((struct http_config){.workers = 2, .keep_alive_ms = 50});
    open_wire(&used);
    open_wire(&fresh);
    ask(&used, get, 200);
    ck_assert(wire_ends(&used));
    ck_assert(wire_ends(&fresh));
    wire_close(&used);
    wire_close(&fresh);
    stop();
}
END_TEST

START_TEST(a_client_that_half_closes_still_gets_its_answer)
{
    struct wire wire;

    start((struct http_config){.workers = 2});
    open_wire(&wire);
    ck_assert(wire_say(&wire, get));
    wire_finish(&wire);
    ck_assert_int_eq(wire_read(&wire, false, &answer), WIRE_OK);
    ck_assert(wire_ends(&wire));
    wire_close(&wire);
    stop();
}
END_TEST

/* Running out of descriptors needs a limit of this process's own, so only where tests fork. */
START_TEST(out_of_descriptors_the_longest_idle_make_room)
{
    struct wire wires[70], last;
    const struct rlimit limit = {.rlim_cur = 128, .rlim_max = 128};

    const char *fork_mode = getenv("CK_FORK");

    if (fork_mode && strcmp(fork_mode, "no") == 0)
        return;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    start((struct http_config){.workers = 2});
    for (size_t i = 0; i < 50; i++) {
        open_wire(&wires[i]);
        ask(&wires[i], get, 200);
    }
    /* The client's own sockets use up the rest. */
    for (size_t i = 50; i < ARRAY_LEN(wires); i++)
        (void)!wire_open(&wires[i], server.port);
    wire_close(&wires[49]);
    /* The server lives in the same process, and may be faster to take what was let go. */
    for (int64_t end_ms = clock_monotonic_ms() + 10000; !wire_open(&last, server.port);)
        ck_assert_int_lt(clock_monotonic_ms(), end_ms);
    ask(&last, get, 200);
    wire_close(&last);
    for (size_t i = 0; i < ARRAY_LEN(wires); i++)
        wire_close(&wires[i]);
    stop();
}
END_TEST

/* Deadlines */

/* clang-format off */
static const struct {
    const char *begun; /* and never finished */
    int status;
} stalled[] = {
    {"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc", 408},
    {"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\na\r\nabc", 408},
    {"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\na", 408},
    {"POST /echo HTTP/1.1\r\nHost: local", 408},
    {"P", 408},
};
/* clang-format on */

START_TEST(a_request_that_stands_still_is_ended)
{
    struct wire wire;

    start((struct http_config){.workers = 1, .progress_timeout_ms = 50});
    open_wire(&wire);
    ask(&wire, stalled[_i].begun, stalled[_i].status);
    ck_assert_str_eq(answer.body.data, "{\"message\":\"request timed out\"}");
    assert_closing("close");
    ck_assert(wire_ends(&wire));
    wire_close(&wire);
    stop();
}
END_TEST

START_TEST(a_trickle_does_not_count_as_progress)
{
    struct wire wire;
    int sent = 0;

    start((struct http_config){.workers = 1, .progress_timeout_ms = 100});
    open_wire(&wire);
    ck_assert(wire_say(&wire, "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
                              "Content-Length: 100000\r\n\r\n"));
    while (!wire_is_readable(&wire, 5)) {
        ck_assert(wire_say(&wire, "x"));
        ck_assert_int_lt(++sent, 1000);
    }
    ck_assert_int_eq(wire_read(&wire, false, &answer), WIRE_OK);
    ck_assert_int_eq(answer.status, 408);
    wire_close(&wire);
    stop();
}
END_TEST

START_TEST(a_slow_but_steady_body_may_take_many_spans)
{
    AUTO(buf_done) struct buf piece = {0};
    struct wire wire;

    start((struct http_config){.workers = 1, .progress_timeout_ms = 1500});
    open_wire(&wire);
    try_pattern(2000, &piece);
    ck_assert(wire_say(&wire, "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
                              "Content-Length: 12000\r\n\r\n"));
    for (int i = 0; i < 6; i++) {
        ck_assert(wire_send(&wire, piece.data, piece.len));
        ck_assert(i == 5 || !wire_is_readable(&wire, 400));
    }
    ck_assert_int_eq(wire_read(&wire, false, &answer), WIRE_OK);
    ck_assert_int_eq(answer.status, 200);
    wire_close(&wire);
    stop();
}
END_TEST

START_TEST(a_client_that_does_not_read_frees_its_worker)
{
    struct wire deaf, other;

    start((struct http_config){.workers = 1, .progress_timeout_ms = 50});
    open_wire(&deaf);
    ck_assert(wire_say(&deaf, "GET /sized?60000000 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    ck_assert(wire_is_readable(&deaf, WIRE_TIMEOUT_MS));
    open_wire(&other);
    ask(&other, get, 200);
    wire_close(&deaf);
    wire_close(&other);
    stop();
}
END_TEST

START_TEST(what_nobody_wants_is_read_within_bounds)
{
    AUTO(buf_done) struct buf block = {0};
    struct wire wire;
    size_t sent = 0;
    long count = 0;

    start((struct http_config){.workers = 1, .drain_size_max = 100000});
    open_wire(&wire);
    try_pattern(1000000, &block);
    ck_assert(wire_say(&wire, "POST /early HTTP/1.1\r\nHost: localhost\r\n"
                              "Content-Length: 900000000\r\n\r\n"));
    ck_assert_int_eq(wire_read(&wire, false, &answer), WIRE_OK);
    ck_assert_int_eq(answer.status, 413);
    assert_closing("close");
    while (count >= 0 && sent < 900000000) {
        count = wire_send_some(&wire, block.data, block.len, 1000);
        sent += count > 0 ? (size_t)count : 0;
    }
    ck_assert_uint_lt(sent, 100000000);
    wire_close(&wire);
    stop();
}
END_TEST

/* Starting and stopping */

START_TEST(a_late_answer_comes_late_and_stops_nobody)
{
    struct wire late, other;
    int64_t begun_ms;

    start((struct http_config){.workers = 1, .workers_max = 1, .parked_max = 1});
    open_wire(&late);
    open_wire(&other);
    begun_ms = clock_monotonic_ms();
    ck_assert(wire_say(&late, "GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    try_server_wait_held(&server);
    ask(&other, get, 200);
    ck_assert(!wire_is_readable(&late, 0));
    /* One may wait, and one does. */
    ask(&other, "GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n", 503);
    ck_assert_int_eq(wire_read(&late, false, &answer), WIRE_OK);
    ck_assert_int_eq(answer.status, 200);
    ck_assert_int_ge(clock_monotonic_ms() - begun_ms, TRY_LATE_MS);
    wire_close(&late);
    wire_close(&other);
    stop();
}
END_TEST

START_TEST(a_port_in_use_is_explained)
{
    char error[256] = "", expected[64];
    struct http_config config = {.workers = 1};

    start(config);
    config.port = server.port;
    ck_assert_ptr_null(http_server_start(&config, error, sizeof(error)));
    (void)snprintf(expected, sizeof(expected), "port %u on 127.0.0.1 is in use", server.port);
    ck_assert_mem_eq(error, expected, strlen(expected));
    ck_assert_ptr_nonnull(strstr(error, "--port"));
    stop();
}
END_TEST

/* clang-format off */
static const struct {
    const char *host;
    const char *error;
} hosts[] = {
    {"::1",           "cannot listen on ::1: IPv6 is not supported; give an IPv4 address"},
    {"192.0.2.1",     "cannot listen on 192.0.2.1: this machine has no such address"},
    {"name.invalid",  "cannot listen on name.invalid: it has no IPv4 address"},
};
/* clang-format on */

START_TEST(a_host_that_cannot_be_used_is_explained)
{
    char error[256] = "";
    const struct http_config config = {.workers = 1, .host = hosts[_i].host};

    ck_assert_ptr_null(http_server_start(&config, error, sizeof(error)));
    ck_assert_str_eq(error, hosts[_i].error);
}
END_TEST

START_TEST(names_of_this_machine_can_be_listened_on)
{
    start((struct http_config){.workers = 1, .host = "localhost"});
    ck_assert_int_eq(wire_ask(server.port, get, &answer), WIRE_OK);
    stop();
}
END_TEST

static unsigned cut;

static void *stop_in_thread(void *drain_ms)
{
    cut = http_server_stop(server.http, *(uint32_t *)drain_ms);
    return NULL;
}

/* Wait until the port takes no connection any more. */
static void wait_refused(void)
{
    int64_t until_ms = clock_monotonic_ms() + WIRE_TIMEOUT_MS;
    struct wire probe;

    while (wire_open(&probe, server.port)) {
        (void)wire_is_readable(&probe, 1);
        wire_close(&probe);
        ck_assert_int_lt(clock_monotonic_ms(), until_ms);
    }
}

START_TEST(a_stop_waits_for_the_request_under_way)
{
    uint32_t drain_ms = 10000;
    struct wire busy, idle;
    pthread_t thread;

    start((struct http_config){.workers = 4});
    open_wire(&idle);
    ask(&idle, get, 200);
    open_wire(&busy);
    ck_assert(wire_say(&busy, "GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    try_server_wait_held(&server);
    ck_assert_int_eq(pthread_create(&thread, NULL, stop_in_thread, &drain_ms), 0);
    ck_assert(wire_ends(&idle));
    wait_refused();
    try_server_release(&server);
    ck_assert_int_eq(wire_read(&busy, false, &answer), WIRE_OK);
    ck_assert_str_eq(answer.body.data, "{\"message\":\"released\"}");
    assert_closing("close");
    ck_assert(wire_ends(&busy));
    (void)pthread_join(thread, NULL);
    try_server_done(&server);
    ck_assert_uint_eq(cut, 0);
    wire_close(&busy);
    wire_close(&idle);
    wire_answer_done(&answer);
}
END_TEST

START_TEST(a_stop_cuts_off_what_does_not_end)
{
    struct wire wires[2];

    start((struct http_config){.workers = 4});
    for (size_t i = 0; i < ARRAY_LEN(wires); i++) {
        open_wire(&wires[i]);
        ask(&wires[i],
            "POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            "Content-Length: 5\r\n\r\n",
            100);
    }
    ck_assert_uint_eq(try_server_stop(&server, 20), ARRAY_LEN(wires));
    for (size_t i = 0; i < ARRAY_LEN(wires); i++)
        wire_close(&wires[i]);
    wire_answer_done(&answer);
}
END_TEST

START_TEST(an_idle_server_stops_at_once)
{
    int64_t start_ms;

    start((struct http_config){.workers = 64});
    start_ms = clock_monotonic_ms();
    stop();
    ck_assert_int_lt(clock_monotonic_ms() - start_ms, 1000);
}
END_TEST

START_TEST(a_port_can_be_taken_again_after_a_stop)
{
    struct http_config config = {.workers = 2};

    for (int i = 0; i < 3; i++) {
        start(config);
        ck_assert_int_eq(wire_ask(server.port, get, &answer), WIRE_OK);
        config.port = server.port;
        stop();
    }
}
END_TEST

START_TEST(two_servers_live_side_by_side)
{
    struct try_server other;

    start((struct http_config){.workers = 2});
    try_server_start(&other, (struct http_config){.workers = 2});
    ck_assert_uint_ne(server.port, other.port);
    ck_assert_int_eq(wire_ask(server.port, get, &answer), WIRE_OK);
    ck_assert_int_eq(wire_ask(other.port, get, &answer), WIRE_OK);
    ck_assert_uint_eq(try_server_stop(&other, 1000), 0);
    ck_assert_int_eq(wire_ask(server.port, get, &answer), WIRE_OK);
    stop();
}
END_TEST

static TCase *tcase_in(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);

    /* Under the sanitizers, on a busy machine, some hundred connections take their time. */
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    return tcase;
}

Suite *connections_suite(void)
{
    Suite *suite = suite_create("connections");
    TCase *tcase = tcase_in(suite, "many clients");

    tcase_add_test(tcase, more_clients_than_workers_keep_their_connections);
    tcase_add_test(tcase, one_worker_serves_hundreds_of_clients_in_turn);
    tcase_add_test(tcase, half_a_request_of_another_holds_nobody_up);
    tcase_add_test(tcase, an_idle_connection_is_closed_when_its_time_is_over);
    tcase_add_test(tcase, a_client_that_half_closes_still_gets_its_answer);
    tcase_add_test(tcase, out_of_descriptors_the_longest_idle_make_room);

    tcase = tcase_in(suite, "deadlines");
    tcase_add_loop_test(tcase, a_request_that_stands_still_is_ended, 0, ARRAY_LEN(stalled));
    tcase_add_test(tcase, a_trickle_does_not_count_as_progress);
    tcase_add_test(tcase, a_slow_but_steady_body_may_take_many_spans);
    tcase_add_test(tcase, a_client_that_does_not_read_frees_its_worker);
    tcase_add_test(tcase, what_nobody_wants_is_read_within_bounds);

    tcase = tcase_in(suite, "start and stop");
    tcase_add_test(tcase, a_late_answer_comes_late_and_stops_nobody);
    tcase_add_test(tcase, a_port_in_use_is_explained);
    tcase_add_loop_test(tcase, a_host_that_cannot_be_used_is_explained, 0, ARRAY_LEN(hosts));
    tcase_add_test(tcase, names_of_this_machine_can_be_listened_on);
    tcase_add_test(tcase, a_stop_waits_for_the_request_under_way);
    tcase_add_test(tcase, a_stop_cuts_off_what_does_not_end);
    tcase_add_test(tcase, an_idle_server_stops_at_once);
    tcase_add_test(tcase, a_port_can_be_taken_again_after_a_stop);
    tcase_add_test(tcase, two_servers_live_side_by_side);
    return suite;
}
