/*
 * WireMock's matchers of single values: `{"equalTo":"x"}`, `{"matches":"a.*"}`, `{"and":[...]}` and
 * the others, compiled once and then matched by any number of threads.
 *
 * The same words serve stubs, verification and the expectations of scenarios.
 */
#ifndef MATCH_MATCHER_H
#define MATCH_MATCHER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/regex.h"

/*
 * What is matched: a header's value, a query parameter's, a body. Any bytes; `data` is borrowed.
 * Belongs to one thread, since the JSON that is in it is read once, when the first matcher asks.
 */
struct match_subject {
    const char *data; /* NULL: it is absent */
    size_t len;
    int64_t now_us; /* the time that `now` means, in microseconds since 1970 */
    json_t *json;   /* what was read, owned; NULL if it is no JSON */
    bool is_json_read;
};

/*
 * Read the first JSON value of a text, whatever stands behind it. Returns a new reference, or NULL
 * with a sentence if it is none, or is nested more than 64 deep.
 */
MUST_USE json_t *match_json_read(const char *data, size_t len, char *error, size_t error_size);

/* Release what was read. */
void match_subject_done(struct match_subject *subject);

/* Read the JSON in a subject, whatever stands behind the first value. Returns NULL, borrowed, if
 * there is none, or if it is nested more than 64 deep. */
json_t *match_subject_json(struct match_subject *subject);

struct matcher;

/*
 * Compile a matcher. Returns NULL with a sentence in `error`: WireMock's own, where it is known.
 * `json` is kept by reference and must not change.
 */
MUST_USE struct matcher *matcher_new(json_t *json, char *error, size_t error_size);

/* NULL is fine. */
void matcher_free(struct matcher *matcher);

enum match_result matcher_match(const struct matcher *matcher, struct match_subject *subject);

/* How far a subject is from matching: 0 (it matches) to 1 (it has nothing in common). */
double matcher_distance(const struct matcher *matcher, struct match_subject *subject);

/* The same for two texts: what share of the longer one must be edited. Looks at the first 1,000
 * bytes of each. */
double match_text_distance(const char *a, size_t a_len, const char *b, size_t b_len);

/* The JSON that it was made of, borrowed. */
json_t *matcher_json(const struct matcher *matcher);

/* Tell whether it can match what is absent: what it asks for need not be looked for then. */
bool matcher_takes_absent(const struct matcher *matcher);

/* The text of a plain `equalTo` that minds the case, else NULL: what an index can be made of. */
const char *matcher_exact_text(const struct matcher *matcher);

#endif
