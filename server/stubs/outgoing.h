/*
 * A request to another server: one that a stub passes on, or a webhook. Who sends it is above this
 * layer and comes as functions.
 */
#ifndef STUBS_OUTGOING_H
#define STUBS_OUTGOING_H

#include <stdint.h>

#include "base/buf.h"
#include "http/message.h"

/* All zero is an empty one. */
struct outgoing {
    struct buf method;
    struct buf url;
    struct buf headers; /* `name: value`, each ended by a NUL */
    struct buf body;
};

void outgoing_done(struct outgoing *request);

/* Add a header, with spaces for the control characters of its value. */
void outgoing_add_header(struct outgoing *request, struct text name, struct text value);

/* Find a header, from `*from` on, which is moved behind it: its name and value are borrowed. Start
 * with 0. Returns false behind the last. */
bool outgoing_next_header(const struct outgoing *request, size_t *from, struct header *out);

/* Tell whether memory ran out while it was made. */
bool outgoing_failed(const struct outgoing *request);

/* How many bytes it takes. */
size_t outgoing_size(const struct outgoing *request);

/* Tell whether a header belongs to one connection, and is not passed on: it is one of those of RFC
 * 9110, 7.6.1, says how the body is sent, or is named in `connection`, the values of the header
 * Connection. */
bool outgoing_is_hop(struct text name, struct text connection);

/*
 * Send a request and add the answer to `res`: its status, reason, headers and body, without what
 * belongs to the connection. Returns false, with `res` untouched and a sentence in `problem`, if it
 * may not be sent or no answer came. Called from many threads at once.
 */
typedef bool outgoing_send_fn(void *context, const struct outgoing *request, struct response *res,
                              struct buf *problem);

/* Send a request `delay_ms` from now, without waiting for it; what becomes of it is logged. Takes
 * what is in `*request`, which is empty then. Called from many threads at once. */
typedef void outgoing_later_fn(void *context, struct outgoing *request, uint32_t delay_ms);

struct outgoing_way {
    outgoing_send_fn *send;
    void *send_context;
    outgoing_later_fn *send_later;
    void *later_context;
};

#endif
