#include "admin/outbound_queue.h"

#include <check.h>
#include <pthread.h>
#include <time.h>

#include "base/log.h"
#include "base/timestamp.h"

Suite *outbound_queue_suite(void);

enum { SENT_MAX = 4096, WAIT_S = 20, THREADS = 4, EACH = 100 };

/* What was sent, in order, by somebody who can be held up. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_held;
    size_t count;
    char sent[SENT_MAX];
} sink = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static struct outbound_queue *queue;

static int send_one(void *context, const struct outgoing *request, struct buf *problem)
{
    (void)context;
    (void)pthread_mutex_lock(&sink.lock);
    sink.sent[sink.count++] = request->body.data[0];
    (void)pthread_cond_broadcast(&sink.changed);
    while (sink.is_held)
        (void)pthread_cond_wait(&sink.changed, &sink.lock);
    (void)pthread_mutex_unlock(&sink.lock);
    buf_add_string(problem, "no such server");
    return request->body.data[0] == '!' ? 0 : 200;
}

static void hold(bool is_held)
{
    (void)pthread_mutex_lock(&sink.lock);
    sink.is_held = is_held;
    (void)pthread_cond_broadcast(&sink.changed);
    (void)pthread_mutex_unlock(&sink.lock);
}

static void wait_sent(size_t count)
{
    struct timespec until;
    int result = 0;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    (void)pthread_mutex_lock(&sink.lock);
    while (sink.count < count && result == 0)
        result = pthread_cond_timedwait(&sink.changed, &sink.lock, &until);
    (void)pthread_mutex_unlock(&sink.lock);
    ck_assert_int_eq(result, 0);
}

static void add(char name, uint32_t delay_ms)
{
    struct outgoing request = {0};

    buf_add_string(&request.method, "POST");
    buf_add_string(&request.url, "http://example.com/");
    buf_add_char(&request.body, name);
    outbound_queue_add(queue, &request, delay_ms);
    ck_assert_ptr_null(request.body.data);
}

static void set_up(void)
{
    log_set_level(LOG_QUIET);
    hold(false);
    sink.count = 0;
    queue = outbound_queue_start(send_one, NULL);
    ck_assert_ptr_nonnull(queue);
}

/* Send one that keeps the thread busy, so that those that follow wait for each other. */
static void keep_busy(void)
{
    hold(true);
    add('0', 0);
    wait_sent(1);
}

/* Add five in a time in which none of their delays changes places. Returns whether it was so. */
static bool add_five(void)
{
    int64_t start_ms = clock_monotonic_ms();

    add('d', 80);
    add('b', 40);
    add('e', 100);
    add('a', 20);
    add('c', 60);
    return clock_monotonic_ms() - start_ms < 20;
}

START_TEST(what_is_due_first_is_sent_first)
{
    keep_busy();
    while (!add_five()) {
        hold(false);
        (void)outbound_queue_stop(queue, 0);
        set_up();
        keep_busy();
    }
    hold(false);
    wait_sent(6);
    ck_assert_uint_eq(outbound_queue_stop(queue, 1000), 0);
    ck_assert_mem_eq(sink.sent, "0abcde", 6);
}
END_TEST

START_TEST(a_late_one_holds_no_other_back)
{
    add('z', 3600000);
    add('a', 0);
    add('b', 0);
    wait_sent(2);
    ck_assert_uint_eq(outbound_queue_count(queue), 1);
    ck_assert_uint_eq(outbound_queue_stop(queue, 1000), 1);
    ck_assert_uint_eq(sink.count, 2);
}
END_TEST

START_TEST(a_failure_holds_no_other_back)
{
    add('!', 0);
    add('a', 1);
    wait_sent(2);
    ck_assert_uint_eq(outbound_queue_stop(queue, 1000), 0);
}
END_TEST

START_TEST(there_is_room_for_a_thousand)
{
    keep_busy();
    for (int i = 0; i < QUEUE_COUNT_MAX + 10; i++)
        add('a', 3600000);
    ck_assert_uint_eq(outbound_queue_count(queue), QUEUE_COUNT_MAX);
    hold(false);
    ck_assert_uint_eq(outbound_queue_stop(queue, 1000), QUEUE_COUNT_MAX);
}
END_TEST

START_TEST(there_is_room_for_so_many_bytes)
{
    keep_busy();
    for (int i = 0; i < 3; i++) {
        struct outgoing request = {0};

        ck_assert(buf_reserve(&request.body, (size_t)QUEUE_BYTES_MAX / 5 * 2));
        outbound_queue_add(queue, &request, 3600000);
    }
    ck_assert_uint_eq(outbound_queue_count(queue), 2);
    hold(false);
    ck_assert_uint_eq(outbound_queue_stop(queue, 1000), 2);
}
END_TEST

START_TEST(a_stop_sends_what_is_due_unless_it_takes_too_long)
{
    keep_busy();
    add('a', 0);
    add('b', 0);
    add('c', 3600000);
    hold(false);
    ck_assert_uint_eq(outbound_queue_stop(queue, 20000), 1);
    ck_assert_mem_eq(sink.sent, "0ab", 3);
    set_up();
    keep_busy();
    add('a', 3600000);
    hold(false);
    ck_assert_uint_eq(outbound_queue_stop(queue, 0), 1);
    ck_assert_uint_eq(sink.count, 1);
}
END_TEST

static void *add_many(void *context)
{
    (void)context;
    for (uint32_t i = 0; i < EACH; i++)
        add('a', i % 7);
    return NULL;
}

START_TEST(many_threads_add_at_once)
{
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, add_many, NULL), 0);
    for (size_t i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    wait_sent((size_t)THREADS * EACH);
    ck_assert_uint_eq(outbound_queue_count(queue), 0);
    ck_assert_uint_eq(outbound_queue_stop(queue, 1000), 0);
}
END_TEST

START_TEST(none_is_stopped_too)
{
    ck_assert_uint_eq(outbound_queue_stop(queue, 1000), 0);
    ck_assert_uint_eq(outbound_queue_stop(NULL, 1000), 0);
}
END_TEST

Suite *outbound_queue_suite(void)
{
    Suite *suite = suite_create("outbound_queue");
    TCase *tcase = tcase_create("queue");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, what_is_due_first_is_sent_first);
    tcase_add_test(tcase, a_late_one_holds_no_other_back);
    tcase_add_test(tcase, a_failure_holds_no_other_back);
    tcase_add_test(tcase, there_is_room_for_a_thousand);
    tcase_add_test(tcase, there_is_room_for_so_many_bytes);
    tcase_add_test(tcase, a_stop_sends_what_is_due_unless_it_takes_too_long);
    tcase_add_test(tcase, many_threads_add_at_once);
    tcase_add_test(tcase, none_is_stopped_too);
    suite_add_tcase(suite, tcase);
    return suite;
}
