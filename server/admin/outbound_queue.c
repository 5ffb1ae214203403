/*
 * A heap: the parent of item i is (i - 1) / 2 and due no later.
 */
#include "admin/outbound_queue.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/timestamp.h"

struct item {
    int64_t due_ms;  /* of the monotonic clock */
    uint64_t number; /* of equal ones the first goes first */
    struct outgoing request;
};

struct outbound_queue {
    queue_send_fn *send;
    void *context;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows; not held while one is sent */
    pthread_cond_t changed;
    struct item items[QUEUE_COUNT_MAX];
    size_t count;
    size_t bytes;
    uint64_t added;
    bool is_stopping;
    int64_t end_ms; /* when it stops: nothing is sent from then on */
};

static bool is_before(const struct item *a, const struct item *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->number < b->number;
}

static void swap(struct item *a, struct item *b)
{
    struct item kept = *a;

    *a = *b;
    *b = kept;
}

static void push(struct outbound_queue *queue, const struct item *item)
{
    size_t at = queue->count++;

    queue->items[at] = *item;
    queue->bytes += outgoing_size(&item->request);
    for (; at > 0 && is_before(&queue->items[at], &queue->items[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&queue->items[at], &queue->items[(at - 1) / 2]);
}

static void pull(struct outbound_queue *queue, struct outgoing *out)
{
    size_t at = 0;

    *out = queue->items[0].request;
    queue->bytes -= outgoing_size(out);
    queue->items[0] = queue->items[--queue->count];
    for (;;) {
        size_t first = at;

        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < queue->count; child++)
            if (is_before(&queue->items[child], &queue->items[first]))
                first = child;
        if (first == at)
            break;
        swap(&queue->items[at], &queue->items[first]);
        at = first;
    }
}

static void report(const struct outgoing *request, int status, const struct buf *problem)
{
    AUTO(buf_done) struct buf url = {0};
    const char *why = problem->failed || !problem->data ? "out of memory" : problem->data;

    secret_show_url(buf_text(&request->url), &url);
    if (url.failed)
        return;
    if (status)
        log_debug("the webhook %s %s was answered %d", request->method.data, url.data, status);
    else
        log_error("the webhook %s %s failed: %s", request->method.data, url.data, why);
}

static void send_one(struct outbound_queue *queue, struct outgoing *request)
{
    AUTO(buf_done) struct buf problem = {0};
    int status = queue->send(queue->context, request, &problem);

    report(request, status, &problem);
    outgoing_done(request);
}

/* Wait, with the lock held, for what is due. Returns false at the end. */
static bool take(struct outbound_queue *queue, struct outgoing *out)
{
    for (;;) {
        int64_t now_ms = clock_monotonic_ms();
        int64_t due_ms = queue->count > 0 ? queue->items[0].due_ms : INT64_MAX;
        struct timespec until = {.tv_sec = due_ms / 1000, .tv_nsec = due_ms % 1000 * 1000000};

        if (queue->is_stopping && (due_ms > now_ms || now_ms >= queue->end_ms))
            return false;
        if (due_ms <= now_ms) {
            pull(queue, out);
            return true;
        }
        if (queue->count > 0)
            (void)pthread_cond_timedwait(&queue->changed, &queue->lock, &until);
        else
            (void)pthread_cond_wait(&queue->changed, &queue->lock);
    }
}

static void *work(void *context)
{
    struct outbound_queue *queue = context;
    struct outgoing request;

    (void)pthread_mutex_lock(&queue->lock);
    while (take(queue, &request)) {
        (void)pthread_mutex_unlock(&queue->lock);
        send_one(queue, &request);
        (void)pthread_mutex_lock(&queue->lock);
    }
    (void)pthread_mutex_unlock(&queue->lock);
    return NULL;
}

struct outbound_queue *outbound_queue_start(queue_send_fn *send, void *context)
{
    struct outbound_queue *queue = calloc(1, sizeof(*queue));
    pthread_condattr_t monotonic;

    if (!queue)
        return NULL;
    queue->send = send;
    queue->context = context;
    (void)pthread_mutex_init(&queue->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&queue->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    if (pthread_create(&queue->thread, NULL, work, queue) == 0)
        return queue;
    (void)pthread_cond_destroy(&queue->changed);
    (void)pthread_mutex_destroy(&queue->lock);
    free(queue);
    return NULL;
}

void outbound_queue_add(void *context, struct outgoing *request, uint32_t delay_ms)
{
    struct outbound_queue *queue = context;
    struct item item = {.due_ms = clock_monotonic_ms() + delay_ms, .request = *request};
    bool is_room;

    *request = (struct outgoing){0};
    (void)pthread_mutex_lock(&queue->lock);
    is_room = queue->count < QUEUE_COUNT_MAX &&
              outgoing_size(&item.request) <= QUEUE_BYTES_MAX - queue->bytes;
    if (is_room) {
        item.number = queue->added++;
        push(queue, &item);
        (void)pthread_cond_signal(&queue->changed);
    }
    (void)pthread_mutex_unlock(&queue->lock);
    if (is_room)
        return;
    log_error("a webhook was dropped: at most %d of %d bytes in all may wait", QUEUE_COUNT_MAX,
              QUEUE_BYTES_MAX);
    outgoing_done(&item.request);
}

size_t outbound_queue_count(struct outbound_queue *queue)
{
    size_t count;

    (void)pthread_mutex_lock(&queue->lock);
    count = queue->count;
    (void)pthread_mutex_unlock(&queue->lock);
    return count;
}

size_t outbound_queue_stop(struct outbound_queue *queue, uint32_t wait_ms)
{
    size_t left;

    if (!queue)
        return 0;
    (void)pthread_mutex_lock(&queue->lock);
    queue->is_stopping = true;
    queue->end_ms = clock_monotonic_ms() + wait_ms;
    (void)pthread_cond_signal(&queue->changed);
    (void)pthread_mutex_unlock(&queue->lock);
    (void)pthread_join(queue->thread, NULL);
    left = queue->count;
    for (size_t i = 0; i < left; i++)
        outgoing_done(&queue->items[i].request);
    (void)pthread_cond_destroy(&queue->changed);
    (void)pthread_mutex_destroy(&queue->lock);
    free(queue);
    return left;
}
