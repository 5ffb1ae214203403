/*
 * How answers are sent that are not simply sent: which bytes come, and what ends the connection.
 */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/attr.h"
#include "base/timestamp.h"
#include "try_server.h"
#include "wire.h"

Suite *delivery_suite(void);

static const char request[] = "GET /delivered HTTP/1.1\r\nHost: localhost\r\n\r\n";

static struct try_server server;
static struct wire wire;

/* Start a server that delivers so, with one worker, and ask it. */
static void ask(struct delivery delivery)
{
    try_server_start(&server, (struct http_config){.workers = 1, .workers_max = 1});
    server.delivery = delivery;
    ck_assert(wire_open(&wire, server.port));
    ck_assert(wire_say(&wire, request));
}

static void stop(void)
{
    wire_close(&wire);
    ck_assert_uint_eq(try_server_stop(&server, 5000), 0);
}

enum ending { ENDS_CLOSED, ENDS_RESET, ENDS_SILENT };

/* Read all that comes, up to its end or, of what has none, until nothing came for a while. */
static enum ending read_all(struct buf *out)
{
    char block[4096];

    for (;;) {
        ssize_t count;

        if (!wire_is_readable(&wire, 300))
            return ENDS_SILENT;
        count = recv(wire.fd, block, sizeof(block), 0);
        if (count == 0)
            return ENDS_CLOSED;
        if (count < 0) {
            ck_assert_int_eq(errno, ECONNRESET);
            return ENDS_RESET;
        }
        buf_add(out, block, (size_t)count);
    }
}

/* clang-format off */
static const struct {
    struct delivery delivery;
    bool has_head;
    const char *body;
    enum ending ending;
} deliveries[] = {
    {{.end = DELIVERY_USUAL},                                 true,  TRY_BODY, ENDS_SILENT},
    {{.end = DELIVERY_CLOSE},                                 true,  TRY_BODY, ENDS_CLOSED},
    {{.end = DELIVERY_RESET, .is_raw = true, .is_cut = true}, false, "",       ENDS_RESET},
    {{.end = DELIVERY_HALF_CLOSE},                            true,  TRY_BODY, ENDS_CLOSED},
    {{.end = DELIVERY_STALL},                                 true,  TRY_BODY, ENDS_SILENT},
    {{.end = DELIVERY_CLOSE, .is_raw = true},                 false, TRY_BODY, ENDS_CLOSED},
    {{.end = DELIVERY_CLOSE, .is_raw = true, .is_cut = true}, false, "",       ENDS_CLOSED},
    {{.end = DELIVERY_CLOSE, .is_cut = true, .cut_at = 3},    true,  "012",    ENDS_CLOSED},
    {{.end = DELIVERY_CLOSE, .is_cut = true, .cut_at = 99},   true,  TRY_BODY, ENDS_CLOSED},
    {{.end = DELIVERY_STALL, .is_cut = true, .cut_at = 3},    true,  "012",    ENDS_SILENT},
};
/* clang-format on */

START_TEST(what_comes_and_how_it_ends)
{
    AUTO(buf_done) struct buf in = {0};
    const char *body;

    ask(deliveries[_i].delivery);
    ck_assert_int_eq(read_all(&in), deliveries[_i].ending);
    body = in.data ? in.data : "";
    if (deliveries[_i].has_head) {
        ck_assert_ptr_eq(strstr(body, "HTTP/1.1 200 OK\r\n"), body);
        /* The head tells of the whole body, however much of it comes. */
        ck_assert_ptr_nonnull(strstr(body, "Content-Length: 36\r\n"));
        body = strstr(body, "\r\n\r\n") + 4;
    }
    ck_assert_str_eq(body, deliveries[_i].body);
    stop();
}
END_TEST

START_TEST(a_half_closed_connection_still_takes_what_the_client_sends)
{
    AUTO(buf_done) struct buf in = {0};

    ask((struct delivery){.end = DELIVERY_HALF_CLOSE});
    ck_assert_int_eq(read_all(&in), ENDS_CLOSED);
    for (int i = 0; i < 10; i++)
        ck_assert(wire_say(&wire, request));
    stop();
}
END_TEST

START_TEST(what_stalls_holds_no_worker)
{
    struct wire other;
    struct wire_answer answer = {0};

    ask((struct delivery){.end = DELIVERY_STALL});
    ck_assert(wire_is_readable(&wire, WIRE_TIMEOUT_MS));
    ck_assert(wire_open(&other, server.port));
    ck_assert(wire_say(&other, "GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    ck_assert_int_eq(wire_read(&other, false, &answer), WIRE_OK);
    ck_assert_int_eq(answer.status, 204);
    wire_answer_done(&answer);
    wire_close(&other);
    stop();
}
END_TEST

START_TEST(pieces_come_one_after_the_other_and_the_connection_goes_on)
{
    AUTO(buf_done) struct buf in = {0};
    struct wire_answer answer = {0};
    int64_t begun_ms = clock_monotonic_ms();
    char block[4096];
    const char *body;
    size_t len;

    ask((struct delivery){.piece_count = 4, .pieces_ms = 400});
    /* The head comes first, then a fourth of the body at a time. */
    while (!in.data || !strstr(in.data, "012345678") || !strstr(in.data, "wxyz")) {
        ssize_t count;

        ck_assert(wire_is_readable(&wire, WIRE_TIMEOUT_MS));
        count = recv(wire.fd, block, sizeof(block), 0);
        ck_assert_int_gt(count, 0);
        buf_add(&in, block, (size_t)count);
        body = strstr(in.data, "\r\n\r\n");
        ck_assert_ptr_nonnull(body);
        len = strlen(body + 4);
        ck_assert_int_ge(clock_monotonic_ms() - begun_ms, (int64_t)(len / 9) * 100);
    }
    ck_assert_str_eq(strstr(in.data, "\r\n\r\n") + 4, TRY_BODY);
    ck_assert(wire_say(&wire, "GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    ck_assert_int_eq(wire_read(&wire, false, &answer), WIRE_OK);
    ck_assert_int_eq(answer.status, 204);
    wire_answer_done(&answer);
    stop();
}
END_TEST

Suite *delivery_suite(void)
{
    Suite *suite = suite_create("delivery");
    TCase *tcase = tcase_create("delivery");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, what_comes_and_how_it_ends, 0, ARRAY_LEN(deliveries));
    tcase_add_test(tcase, a_half_closed_connection_still_takes_what_the_client_sends);
    tcase_add_test(tcase, what_stalls_holds_no_worker);
    tcase_add_test(tcase, pieces_come_one_after_the_other_and_the_connection_goes_on);
    suite_add_tcase(suite, tcase);
    return suite;
}
