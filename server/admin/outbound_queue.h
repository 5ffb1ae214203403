/*
 * Webhooks that are to be sent: one thread sends them, one after the other, those that are due
 * first. Nobody waits for them, and a delayed one costs nothing but its memory.
 */
#ifndef ADMIN_OUTBOUND_QUEUE_H
#define ADMIN_OUTBOUND_QUEUE_H

#include "stubs/outgoing.h"

enum { QUEUE_COUNT_MAX = 1000, QUEUE_BYTES_MAX = 64 << 20 };

/* Send one. Returns the status of its answer, or 0 with a sentence in `problem`. */
typedef int queue_send_fn(void *context, const struct outgoing *request, struct buf *problem);

struct outbound_queue;

/* Start the thread. NULL when memory or threads run out. */
MUST_USE struct outbound_queue *outbound_queue_start(queue_send_fn *send, void *context);

/* The outgoing_later_fn; `context` is a struct outbound_queue. Beyond QUEUE_COUNT_MAX, or
 * QUEUE_BYTES_MAX in all, a request is dropped, and that is logged. */
outgoing_later_fn outbound_queue_add;

/* How many are waiting. */
size_t outbound_queue_count(struct outbound_queue *queue);

/*
 * Stop: send what is due by now, for `wait_ms` at most, and drop the rest. One that is being sent
 * is waited for: outbound_wind_down() bounds that. Returns how many were dropped. NULL is fine.
 */
size_t outbound_queue_stop(struct outbound_queue *queue, uint32_t wait_ms);

#endif
