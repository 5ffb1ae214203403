#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/attr.h"
#include "http/parked.h"

Suite *parked_suite(void);

enum { LARGE_SIZE = 3000000 };

static int ours, theirs; /* the two ends of a connection */
static struct parked answer;
static char block[LARGE_SIZE];

static void set_up(void)
{
    int fds[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    ours = fds[0];
    theirs = fds[1];
    parked_init(&answer);
}

static void tear_down(void)
{
    parked_done(&answer);
    (void)close(ours);
    if (theirs >= 0)
        (void)close(theirs);
}

static size_t receive(void)
{
    ssize_t count = recv(theirs, block, sizeof(block), 0);

    ck_assert(count > 0 || (count < 0 && errno == EAGAIN));
    return count > 0 ? (size_t)count : 0;
}

/* Send what is due at `now_ms`, and compare what comes. */
static void assert_sends(int64_t now_ms, enum parked_state state, const char *bytes)
{
    size_t len;

    ck_assert_int_eq(parked_send(&answer, ours, now_ms), state);
    len = receive();
    ck_assert_uint_eq(len, strlen(bytes));
    ck_assert_mem_eq(block, bytes, len);
}

static void fill(const char *head, const char *body)
{
    buf_add_text(&answer.head, text_of(head));
    buf_add_text(&answer.body, text_of(body));
    ck_assert_uint_eq(parked_size(&answer), strlen(head) + strlen(body));
}

static int make_file(const char *content, size_t len)
{
    char path[] = "/tmp/mockhere-parked-XXXXXX";
    int file = mkstemp(path);

    ck_assert_int_ge(file, 0);
    (void)unlink(path);
    ck_assert_int_eq(write(file, content, len), (ssize_t)len);
    return file;
}

START_TEST(without_pieces_all_goes_at_once)
{
    fill("head,", "body");
    assert_sends(0, PARKED_SENT, "head,body");
    ck_assert_uint_eq(answer.sent, 9);
}
END_TEST

START_TEST(an_answer_without_bytes_is_sent)
{
    ck_assert_int_eq(parked_send(&answer, ours, 0), PARKED_SENT);
    ck_assert_int_eq(answer.end, PARKED_KEEP);
}
END_TEST

START_TEST(each_piece_goes_when_it_is_due)
{
    fill("0123", "456789");
    ck_assert(parked_add_piece(&answer, 100, 2));
    ck_assert(parked_add_piece(&answer, 200, 5));
    ck_assert(parked_add_piece(&answer, 300, SIZE_MAX));
    ck_assert_int_eq(parked_due_ms(&answer), 100);
    assert_sends(99, PARKED_EARLY, "");
    assert_sends(100, PARKED_EARLY, "01");
    ck_assert_int_eq(parked_due_ms(&answer), 200);
    assert_sends(199, PARKED_EARLY, "");
    assert_sends(250, PARKED_EARLY, "23456");
    ck_assert_int_eq(parked_due_ms(&answer), 300);
    assert_sends(1000, PARKED_SENT, "789");
}
END_TEST

START_TEST(what_is_overdue_goes_together)
{
    fill("0123", "456789");
    ck_assert(parked_add_piece(&answer, 100, 3));
    ck_assert(parked_add_piece(&answer, 200, 3));
    ck_assert(parked_add_piece(&answer, 300, SIZE_MAX));
    assert_sends(200, PARKED_EARLY, "012345");
    assert_sends(300, PARKED_SENT, "6789");
}
END_TEST

START_TEST(an_earlier_time_does_not_overtake)
{
    fill("0123", "");
    ck_assert(parked_add_piece(&answer, 200, 2));
    ck_assert(parked_add_piece(&answer, 100, SIZE_MAX));
    assert_sends(150, PARKED_EARLY, "");
    assert_sends(200, PARKED_SENT, "0123");
}
END_TEST

START_TEST(an_empty_piece_lets_time_pass)
{
    fill("0123", "");
    ck_assert(parked_add_piece(&answer, 100, SIZE_MAX));
    ck_assert(parked_add_piece(&answer, 500, 0));
    assert_sends(100, PARKED_EARLY, "0123");
    ck_assert_int_eq(parked_due_ms(&answer), 500);
    assert_sends(499, PARKED_EARLY, "");
    assert_sends(500, PARKED_SENT, "");
}
END_TEST

START_TEST(there_may_be_so_many_pieces)
{
    fill("0123", "");
    for (int i = 0; i < PARKED_PIECES_MAX; i++)
        ck_assert(parked_add_piece(&answer, i, 1));
    ck_assert(!parked_add_piece(&answer, 1000, 1));
    ck_assert_uint_eq(answer.piece_count, PARKED_PIECES_MAX);
    assert_sends(PARKED_PIECES_MAX, PARKED_SENT, "0123");
}
END_TEST

START_TEST(a_file_follows_head_and_body)
{
    fill("head,", "body,");
    answer.file = make_file("0123456789", 10);
    answer.file_size = 8;
    ck_assert_uint_eq(parked_size(&answer), 18);
    ck_assert(parked_add_piece(&answer, 100, 12));
    ck_assert(parked_add_piece(&answer, 200, SIZE_MAX));
    assert_sends(100, PARKED_EARLY, "head,body,01");
    assert_sends(200, PARKED_SENT, "234567");
}
END_TEST

START_TEST(a_file_that_was_cut_fails)
{
    answer.file = make_file("01234", 5);
    answer.file_size = 8;
    assert_sends(0, PARKED_FAILED, "01234");
}
END_TEST

/* The bytes of a large answer, counted from its start. */
static char large_byte(size_t at)
{
    return (char)('a' + at % 26);
}

static void assert_all_comes_in_order(void)
{
    enum parked_state state = PARKED_BLOCKED;
    uint64_t received = 0;
    bool was_blocked = false;

    while (state == PARKED_BLOCKED) {
        size_t len;

        state = parked_send(&answer, ours, 0);
        was_blocked = was_blocked || state == PARKED_BLOCKED;
        len = receive();
        for (size_t i = 0; i < len; i++)
            if (block[i] != large_byte(received + i))
                ck_abort_msg("byte %zu is wrong", (size_t)received + i);
        received += len;
    }
    ck_assert_int_eq(state, PARKED_SENT);
    for (size_t len; received < LARGE_SIZE; received += len)
        ck_assert_uint_gt(len = receive(), 0);
    ck_assert(was_blocked);
    ck_assert_uint_eq(answer.sent, LARGE_SIZE);
}

START_TEST(a_full_socket_blocks_and_nothing_is_lost)
{
    size_t head_size = 700, body_size = _i ? LARGE_SIZE - head_size : 100;
    char *content = malloc(LARGE_SIZE);

    ck_assert_ptr_nonnull(content);
    for (size_t i = 0; i < LARGE_SIZE; i++)
        content[i] = large_byte(i);
    buf_add(&answer.head, content, head_size);
    buf_add(&answer.body, content + head_size, body_size);
    if (head_size + body_size < LARGE_SIZE) {
        answer.file_size = (int64_t)(LARGE_SIZE - head_size - body_size);
        answer.file = make_file(content + head_size + body_size, (size_t)answer.file_size);
    }
    free(content);
    assert_all_comes_in_order();
}
END_TEST

START_TEST(a_client_that_is_gone_fails)
{
    fill("head", "");
    (void)close(theirs);
    theirs = -1;
    ck_assert_int_eq(parked_send(&answer, ours, 0), PARKED_FAILED);
}
END_TEST

START_TEST(what_it_owns_counts_and_goes_with_it)
{
    size_t empty = parked_cost(&answer);
    int file = make_file("0", 1);

    fill("head", "body");
    ck_assert(parked_add_piece(&answer, 100, SIZE_MAX));
    ck_assert_uint_ge(parked_cost(&answer), empty + 8 + sizeof(struct parked_piece));
    answer.file = file;
    parked_done(&answer);
    ck_assert_int_eq(fcntl(file, F_GETFD), -1);
    ck_assert_uint_eq(parked_size(&answer), 0);
    ck_assert_uint_eq(parked_cost(&answer), empty);
}
END_TEST

/* The queue */

enum { QUEUED = 200 };

static struct parked queued[QUEUED];
static struct parked_queue queue;

static void queue_all(void)
{
    for (size_t i = 0; i < QUEUED; i++) {
        queued[i].wake_ms = (int64_t)(i * 7919 % 101);
        ck_assert(parked_queue_reserve(&queue, i + 1));
        parked_queue_add(&queue, &queued[i]);
    }
    ck_assert_uint_eq(queue.count, QUEUED);
}

/* Take all out, the earliest first. Returns how many there were. */
static size_t drain_queue(void)
{
    int64_t last_ms = INT64_MIN;
    size_t count = 0;

    for (; queue.count > 0; count++) {
        struct parked *first = queue.items[0];

        ck_assert_int_ge(first->wake_ms, last_ms);
        last_ms = first->wake_ms;
        parked_queue_remove(&queue, first);
    }
    parked_queue_done(&queue);
    return count;
}

START_TEST(the_earliest_is_first)
{
    queue_all();
    ck_assert_uint_eq(drain_queue(), QUEUED);
}
END_TEST

START_TEST(one_may_move_to_another_time)
{
    queue_all();
    for (size_t i = 0; i < QUEUED; i++)
        parked_queue_move(&queue, &queued[i], (int64_t)(i * 104729 % 211) - 50);
    parked_queue_move(&queue, &queued[77], INT64_MAX);
    ck_assert_ptr_eq(queue.items[queued[77].place], &queued[77]);
    parked_queue_move(&queue, &queued[78], -1000);
    ck_assert_ptr_eq(queue.items[0], &queued[78]);
    ck_assert_uint_eq(drain_queue(), QUEUED);
}
END_TEST

START_TEST(any_may_leave)
{
    queue_all();
    for (size_t i = 0; i < QUEUED; i += 3)
        parked_queue_remove(&queue, &queued[i]);
    for (size_t i = 0; i < queue.count; i++) {
        ck_assert_uint_ne((size_t)(queue.items[i] - queued) % 3, 0);
        ck_assert_uint_eq(queue.items[i]->place, i);
    }
    ck_assert_uint_eq(drain_queue(), QUEUED - (QUEUED + 2) / 3);
}
END_TEST

Suite *parked_suite(void)
{
    Suite *suite = suite_create("parked");
    TCase *tcase = tcase_create("sending");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, without_pieces_all_goes_at_once);
    tcase_add_test(tcase, an_answer_without_bytes_is_sent);
    tcase_add_test(tcase, each_piece_goes_when_it_is_due);
    tcase_add_test(tcase, what_is_overdue_goes_together);
    tcase_add_test(tcase, an_earlier_time_does_not_overtake);
    tcase_add_test(tcase, an_empty_piece_lets_time_pass);
    tcase_add_test(tcase, there_may_be_so_many_pieces);
    tcase_add_test(tcase, a_file_follows_head_and_body);
    tcase_add_test(tcase, a_file_that_was_cut_fails);
    tcase_add_loop_test(tcase, a_full_socket_blocks_and_nothing_is_lost, 0, 2);
    tcase_add_test(tcase, a_client_that_is_gone_fails);
    tcase_add_test(tcase, what_it_owns_counts_and_goes_with_it);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("queue");
    tcase_add_test(tcase, the_earliest_is_first);
    tcase_add_test(tcase, one_may_move_to_another_time);
    tcase_add_test(tcase, any_may_leave);
    suite_add_tcase(suite, tcase);
    return suite;
}
