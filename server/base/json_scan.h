/*
 * A pull scanner for JSON: the caller asks for the next token and nothing is built or copied.
 *
 * It accepts exactly RFC 8259 in UTF-8, iteratively (no recursion, so that depth costs a bit and
 * not a stack frame), and words its errors as Go's encoding/json does, since the real service is
 * written in Go and quotes them: `invalid character 'x' looking for beginning of value`.
 *
 *     struct json_scan scan;
 *     json_scan_init(&scan, text, 64);
 *     if (json_scan_next(&scan) != JSON_SCAN_OBJECT) ...
 *     while (json_scan_next(&scan) == JSON_SCAN_KEY) {
 *         if (json_scan_is(&scan, TEXT("query"))) ...
 *         else json_scan_skip(&scan);
 *     }
 *     if (scan.token == JSON_SCAN_ERROR) ... scan.error
 *
 * After JSON_SCAN_ERROR every further call gives JSON_SCAN_ERROR again, and `at` is the offset of
 * the byte that is to blame (the input's length if that ended too early).
 *
 * Two sentences are not Go's: `exceeded max depth of 64`, and, since Go puts U+FFFD for bytes that
 * are not UTF-8 where we refuse them, `invalid UTF-8 in string literal`. A string that breaks off
 * within a character ends unexpectedly, as any other that breaks off.
 *
 * A scan shares nothing; threads may run as many as they like.
 */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct buf;

enum { JSON_SCAN_DEPTH_MAX = 64 };

enum json_scan_token {
    JSON_SCAN_ERROR, /* not JSON; `error` says why */
    JSON_SCAN_END,   /* the one value is over and only white space followed */
    JSON_SCAN_OBJECT,
    JSON_SCAN_OBJECT_END,
    JSON_SCAN_ARRAY,
    JSON_SCAN_ARRAY_END,
    JSON_SCAN_KEY, /* `value` is the name; the member's value is the next token */
    JSON_SCAN_STRING,
    JSON_SCAN_NUMBER, /* `value` is the number as written */
    JSON_SCAN_TRUE,
    JSON_SCAN_FALSE,
    JSON_SCAN_NULL
};

struct json_scan {
    struct text input;          /* borrowed for the whole scan */
    size_t at;                  /* offset of the next byte to read, or of the error */
    enum json_scan_token token; /* the last one returned */
    size_t token_at;            /* offset of that token's first byte */
    struct text value;          /* of a key or string: what is between the quotes, raw; borrowed */
    bool has_escapes;           /* `value` holds backslashes: see json_scan_string() */
    struct buf *unescape_to;    /* NULL unless set by json_scan_unescape_to() */
    struct text plain;          /* then the last string, unescaped; borrowed */
    unsigned depth;             /* open objects and arrays */
    unsigned depth_max;
    uint64_t in_object; /* bit i: the container at depth i + 1 is an object */
    int state;          /* what may come next; private */
    bool not_utf8;      /* the error is a string that is not UTF-8, which Go would have mended */
    char error[96];     /* a sentence after JSON_SCAN_ERROR, in Go's words; "" before */
};

/* Begin at the start of `input`. `depth_max` is at most JSON_SCAN_DEPTH_MAX. */
void json_scan_init(struct json_scan *scan, struct text input, unsigned depth_max);

/* Read and return the next token. */
enum json_scan_token json_scan_next(struct json_scan *scan);

/*
 * Move behind one value: the object or array that the last token opened, or else the value that
 * comes next (after a JSON_SCAN_KEY, between an array's elements, at the start). Returns false on
 * an error in it. If an array has no more elements, its end is read instead, as `token` then says.
 */
bool json_scan_skip(struct json_scan *scan);

/*
 * As json_scan_skip(), and give the skipped value's bytes as written, from its first brace to its
 * last if it is a container, in `*raw`, borrowed from the input; untouched on an error.
 */
bool json_scan_raw(struct json_scan *scan, struct text *raw);

/* Tell whether the last key or string, unescaped, equals `name` (which holds no escapes). */
bool json_scan_is(const struct json_scan *scan, struct text name);

/*
 * Unescape strings while they are scanned, which spares looking for their escapes a second time:
 * `scan->plain` then is the last key or string, borrowed from the input if it has no escapes, else
 * from `out`, behind what is there. Makes room for all strings of the input at once, so that what
 * was handed out never moves. Call it after json_scan_init(). Returns false when memory runs out.
 */
MUST_USE bool json_scan_unescape_to(struct json_scan *scan, struct buf *out);

/*
 * Give the last key or string unescaped. Without escapes it is borrowed from the input; otherwise
 * it is written to `*scratch`, which is cleared first and must live as long as the result. A lone
 * surrogate becomes U+FFFD, as in Go. Returns false, and leaves `*out` alone, only when memory runs
 * out. Nothing else in this module allocates.
 */
MUST_USE bool json_scan_string(const struct json_scan *scan, struct buf *scratch, struct text *out);

/*
 * Check a whole text: one value, then only white space. Returns true, or false with the
 * sentence in `error` (of `error_size` bytes; 96 hold any).
 */
bool json_scan_check(struct text input, unsigned depth_max, char *error, size_t error_size);

#endif
