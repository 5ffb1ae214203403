/*
 * Regular expressions, as PCRE2 reads them: close to Java's, which WireMock's users write.
 *
 * An expression has a limit on the work that one match may take, so that a pathological one is an
 * error and no hang. One regex may be used by many threads at once.
 */
#ifndef MATCH_REGEX_H
#define MATCH_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "match/match_attr.h"

struct regex;

/* What an attempt to match came to. */
enum match_result {
    MATCH_NO,
    MATCH_YES,
    MATCH_FAILED /* it cannot be told: memory ran out, or the work passed a limit */
};

enum match_result match_of(bool is_match);

/* The opposite, but what has failed stays so. */
enum match_result match_opposite(enum match_result result);

enum regex_option {
    REGEX_CASELESS = 1 << 0,
    REGEX_IREGEXP = 1 << 1 /* as RFC 9485 has it: a dot is any character but CR and LF; else it is
                              any character, as WireMock has it */
};

/*
 * Compile `pattern`. Returns NULL with a sentence in `error` that says what is wrong and where.
 * `options` are of enum regex_option.
 */
MUST_USE struct regex *regex_new(const char *pattern, unsigned options, char *error,
                                 size_t error_size);

/* NULL is fine. */
void regex_free(struct regex *regex);

/* Match the whole of `data`, as Java's matches() does. It may be any bytes. */
enum match_result regex_matches(const struct regex *regex, const char *data, size_t len);

/* Look for a match anywhere in `data`. */
enum match_result regex_finds(const struct regex *regex, const char *data, size_t len);

enum { REGEX_GROUPS_MAX = 10 };

/* A part of the subject; `data` is NULL for a group that took no part. */
struct regex_group {
    const char *data;
    size_t len;
};

/* As regex_finds(), and tell what matched (the first) and what its groups did. `*count` is how many
 * of `groups` were filled. */
enum match_result regex_capture(const struct regex *regex, const char *data, size_t len,
                                struct regex_group groups[REGEX_GROUPS_MAX], size_t *count);

#endif
