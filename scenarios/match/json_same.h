/*
 * Whether two JSON values are the same, strictly or as WireMock's equalToJson has it.
 */
#ifndef MATCH_JSON_SAME_H
#define MATCH_JSON_SAME_H

#include <jansson.h>
#include <stdbool.h>

#include "match/regex.h"

/* Compare all of two values. Numbers are the same when their values are: 1 is 1.0. */
bool json_is_same(const json_t *a, const json_t *b);

enum json_same_option {
    JSON_IGNORE_ARRAY_ORDER = 1 << 0,
    /* Members and items that `expected` does not name: items only behind the named ones, unless the
     * order is ignored, too. */
    JSON_IGNORE_EXTRA_ELEMENTS = 1 << 1
};

/*
 * Compare `actual` with `expected`, in which strings may be json-unit's placeholders:
 *
 *     ${json-unit.any-string}   ${json-unit.any-number}   ${json-unit.any-boolean}
 *     ${json-unit.ignore}           anything, but it must be there
 *     ${json-unit.ignore-element}   anything or nothing
 *     ${json-unit.regex}RE          a string of which the whole matches RE
 *
 * MATCH_FAILED when it would take more than five million comparisons, or memory runs out.
 */
enum match_result json_is_like(const json_t *expected, const json_t *actual, unsigned options);

/* Tell whether the expressions of all placeholders in `expected` are good; else a sentence. */
MUST_USE bool json_like_check(const json_t *expected, char *error, size_t error_size);

#endif
