/*
 * Borrowed text: a pointer and a length, not ended by a NUL.
 *
 * What a request holds is passed around this way, so that nothing is copied and
 * a NUL inside it is a byte like any other. A `struct text` owns nothing and is
 * valid as long as what it was taken from.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct buf;

struct text {
    const char *data; /* may be NULL if `len` is 0 */
    size_t len;       /* bytes */
};

#define TEXT(literal) ((struct text){"" literal, sizeof(literal) - 1})

/* For "%.*s". Texts from outside have ceilings far below INT_MAX. */
#define TEXT_ARG(t) (int)(t).len, (t).data

/* Borrow a C string; NULL counts as empty. */
struct text text_of(const char *string);

bool text_eq(struct text a, struct text b);

/* As text_eq(), with A to Z equal to a to z. */
bool text_eq_nocase(struct text a, struct text b);

bool text_has_prefix(struct text t, struct text prefix);
bool text_has_suffix(struct text t, struct text suffix);

/* Order by bytes, as memcmp() does; a prefix comes before the longer text. */
int text_compare(struct text a, struct text b);

/* Cut space, tab, CR and LF from both ends. */
struct text text_trim(struct text t);

/*
 * Cut `*rest` at the first `separator`: return what was before it and move `*rest` behind it.
 * Without a separator the whole of `*rest` is returned and `*rest` becomes empty with data NULL.
 */
struct text text_cut(struct text *rest, char separator);

/* Find `needle`; return its offset, or `t.len` if it is not there. */
size_t text_find(struct text t, struct text needle);

/*
 * Read decimal numbers. The whole text must be digits (with one leading `-` for the signed one),
 * nothing else, and in range; otherwise return false and leave `*out` alone.
 */
MUST_USE bool text_to_u64(struct text t, uint64_t *out);
MUST_USE bool text_to_i64(struct text t, int64_t *out);

/* Read a JSON number (as in RFC 8259) as a double; infinity is refused. */
MUST_USE bool text_to_double(struct text t, double *out);

/* Tell whether `t` is UTF-8 as RFC 3629 has it: no surrogates, nothing overlong, at most U+10FFFF.
 */
bool utf8_is_valid(struct text t);

/* Return the offset of the first character that is not well formed, `t.len` if all are. */
size_t utf8_valid_len(struct text t);

/* Count the Unicode characters (code points) of valid UTF-8. */
size_t utf8_count(struct text t);

/*
 * Decode one character of valid UTF-8 at `t.data[offset]` and return its bytes (1 to 4).
 * An invalid byte decodes as U+FFFD of one byte, so that a loop always moves on.
 */
size_t utf8_decode(struct text t, size_t offset, uint32_t *out);

/* Write the UTF-8 of `c`, which must be a Unicode scalar value; return its bytes (1 to 4). */
size_t utf8_encode(uint32_t c, char out[4]);

/* Append the UTF-8 of `c`, which must be a Unicode scalar value. */
void utf8_append(struct buf *out, uint32_t c);

/*
 * Append `t` with every %XX decoded; with `plus_is_space`, `+` becomes a space (query strings).
 * Returns false at a `%` without two hexadecimal digits; what was appended then is garbage.
 */
MUST_USE bool percent_decode(struct text t, bool plus_is_space, struct buf *out);

/* Append `t` percent-encoded: all but letters, digits and `-._~` becomes %XX. */
void percent_encode(struct text t, struct buf *out);

#endif
