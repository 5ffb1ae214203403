/*
 * JSONPath as RFC 9535 has it, with what WireMock's users know from Jayway's beside it:
 *
 *     a path without `$` begins at the root          a.b        is  $.a.b
 *     names may hold hyphens                         $.content-type
 *     `.length()` and `.size()` at the end of a path, of arrays, objects and strings
 *     `=~ /re/i` in filters, for the whole string    $.a[?(@.x =~ /b.*'/i)]
 *     `in` and `nin` with a list in filters          $.a[?(@.x in ['b', 'c'])]
 *
 * A path is compiled once and may then be used by many threads at once.
 */
#ifndef MATCH_JSON_PATH_H
#define MATCH_JSON_PATH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "match/match_attr.h"

struct json_path;

/* Compile `expression`. Returns NULL with a sentence in `error` that says what is wrong and where.
 */
MUST_USE struct json_path *json_path_new(const char *expression, char *error, size_t error_size);

/* NULL is fine. */
void json_path_free(struct json_path *path);

/*
 * Let a filter of an object be about the object itself where that passes it, and only else about
 * its members: `$[?(@.stream == true)]` then selects {"stream": true}. So has Jayway it, and so
 * people write what they ask of a body.
 */
void json_path_filter_objects(struct json_path *path);

/* Tell whether the path selects one value at the most: it has names and indexes only. */
bool json_path_is_definite(const struct json_path *path);

/* Values that a path has selected, in the order of the RFC. Zeroed, it is a valid empty list. */
struct json_nodes {
    json_t **items; /* each with a reference of its own */
    size_t count;
    size_t size;
};

void json_nodes_done(struct json_nodes *nodes);

enum json_path_result {
    JSON_PATH_OK,
    JSON_PATH_TOO_MUCH, /* it would take more than a million steps */
    JSON_PATH_NO_MEMORY
};

/* Select from `root` into empty `*out`, which on failure stays empty. */
MUST_USE enum json_path_result json_path_select(const struct json_path *path, json_t *root,
                                                struct json_nodes *out);

#endif
