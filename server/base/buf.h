/*
 * A growing byte buffer.
 *
 * `struct buf b = {0};` is a valid empty buffer. Its bytes are `data[0 .. len - 1]`, followed by a
 * NUL that `len` does not count, once anything was appended (data is NULL before).
 *
 * Failure sticks: when memory runs out, `failed` is set and every later append does nothing. So a
 * long row of appends needs one check, of `failed`, at its end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/text.h"

struct buf {
    char *data;  /* owned */
    size_t len;  /* bytes used, without the NUL */
    size_t size; /* bytes allocated */
    bool failed; /* memory ran out; the content is incomplete */
};

/* Release the bytes and make `*b` empty. */
void buf_done(struct buf *b);

/* Empty `*b` and forget a failure, keeping the allocation. */
void buf_clear(struct buf *b);

/* Make room for `extra` more bytes (and the NUL). Returns false and marks `*b` on failure. */
bool buf_reserve(struct buf *b, size_t extra);

void buf_add(struct buf *b, const void *data, size_t len);
void buf_add_text(struct buf *b, struct text t);
void buf_add_string(struct buf *b, const char *string);
void buf_add_char(struct buf *b, char c);
void buf_add_uint(struct buf *b, unsigned long long value);
void buf_add_format(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_add_vformat(struct buf *b, const char *format, va_list args) PRINTF_LIKE(2, 0);

/* Remove the first `count` bytes (at most all). */
void buf_drop_front(struct buf *b, size_t count);

/* Cut to `len` bytes, which must not be more than there are. */
void buf_truncate(struct buf *b, size_t len);

/* Borrow the content; valid until the next change. */
struct text buf_text(const struct buf *b);

/*
 * Hand the bytes over: returns a NUL-ended string for free() and leaves `*b` empty. An empty buffer
 * gives "". Returns NULL if the buffer had failed or memory runs out now.
 */
MUST_USE char *buf_take(struct buf *b);

#endif
