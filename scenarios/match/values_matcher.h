/*
 * Matching what may be sent several times: a header, a query parameter, a field of a form.
 *
 *     {"equalTo":"a"}              any of the values matches; none was sent: as what is absent
 *     {"hasExactly":[m1, m2]}      as many values as matchers, each matched by one of its own
 *     {"includes":[m1, m2]}        each of the matchers is met by some value
 */
#ifndef MATCH_VALUES_MATCHER_H
#define MATCH_VALUES_MATCHER_H

#include "match/match_request.h"

struct values_matcher;

/* As matcher_new(). */
MUST_USE struct values_matcher *values_matcher_new(json_t *json, char *error, size_t error_size);

/* NULL is fine. */
void values_matcher_free(struct values_matcher *matcher);

/* The values of one name among `fields`; with `nocase` the name's case does not count. */
struct values_query {
    const struct match_field *fields;
    size_t count;
    const char *name;
    bool nocase;
    int64_t now_us;
};

enum match_result values_matcher_match(const struct values_matcher *matcher,
                                       const struct values_query *query);

/* As matcher_distance(). */
double values_matcher_distance(const struct values_matcher *matcher,
                               const struct values_query *query);

/* The JSON that it was made of, borrowed. */
json_t *values_matcher_json(const struct values_matcher *matcher);

/* The first value of the query's name, or an absent text. */
struct match_text values_query_first(const struct values_query *query);

#endif
