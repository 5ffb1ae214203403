/*
 * A client for tests that writes and reads the bytes of HTTP itself.
 *
 * It adds nothing to what it is told to send, and takes an answer apart without forgiving anything.
 * Every wait ends after WIRE_TIMEOUT_MS.
 */
#ifndef TESTS_WIRE_H
#define TESTS_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum { WIRE_TIMEOUT_MS = 20000 };

/* A connection. `{.fd = -1}` is none. */
struct wire {
    int fd;
    struct buf in; /* read, but not yet part of an answer */
};

struct wire_answer {
    int status;
    struct buf head; /* the status line and the headers, without the empty line */
    struct buf body;
};

enum wire_result {
    WIRE_OK,
    WIRE_CLOSED,   /* the server closed before the answer was whole */
    WIRE_LATE,     /* nothing more came in time */
    WIRE_MALFORMED /* what came is no answer */
};

/* Connect to a port of 127.0.0.1. Returns false if nobody listens there. */
MUST_USE bool wire_open(struct wire *wire, uint16_t port);
void wire_close(struct wire *wire);

/* Send. Returns false if the server closed or took nothing in time. */
MUST_USE bool wire_send(struct wire *wire, const void *data, size_t len);
MUST_USE bool wire_say(struct wire *wire, const char *text);

/*
 * Send as much as goes at once, or wait for `timeout_ms` at most for room or for something to read.
 * Returns the bytes sent, 0 if there was no room, or -1 when the server is gone.
 */
long wire_send_some(struct wire *wire, const void *data, size_t len, int timeout_ms);

/* Say that nothing more will be sent; reading goes on. */
void wire_finish(struct wire *wire);

/* Wait for up to `timeout_ms` until there is something to read. */
bool wire_is_readable(const struct wire *wire, int timeout_ms);

/* Read one whole answer; `is_head` if the request was a HEAD, whose answer has no body. `out` is
 * cleared first; release it with wire_answer_done(). */
MUST_USE enum wire_result wire_read(struct wire *wire, bool is_head, struct wire_answer *out);
void wire_answer_done(struct wire_answer *answer);

/* Connect, send `request`, read the answer, close. */
MUST_USE enum wire_result wire_ask(uint16_t port, const char *request, struct wire_answer *out);

/* Wait for the server's end of the connection. Returns false if bytes come instead, or nothing. */
MUST_USE bool wire_ends(struct wire *wire);

/* A header's value, `data` NULL if there is none; and how often it is there. */
struct text wire_header(const struct wire_answer *answer, const char *name);
size_t wire_header_count(const struct wire_answer *answer, const char *name);

#endif
