/*
 * The inside of a matcher, for the files that implement its operators.
 */
#ifndef MATCH_MATCHER_KIND_H
#define MATCH_MATCHER_KIND_H

#include "match/json_path.h"
#include "match/json_schema.h"
#include "match/matcher.h"
#include "match/path_template.h"

struct match_instant;

struct matcher {
    const struct matcher_kind *kind;
    json_t *json;              /* all of it, owned */
    const json_t *operand;     /* within `json` */
    struct matcher **children; /* of and, or, not, and of matchesJsonPath with an operator */
    size_t child_count;
    unsigned depth; /* how many others it is in */
    struct regex *regex;
    struct json_path *path;
    struct json_schema *schema;
    struct path_template *template;
    json_t *expected; /* of equalToJson, owned */
    char *bytes;      /* of binaryEqualTo, owned */
    size_t byte_count;
    double number;
    unsigned options;              /* what the operator makes of it */
    struct match_instant *instant; /* of before, after and equalToDateTime */
};

/* Writes a sentence on failure. */
typedef bool matcher_read_fn(struct matcher *matcher, char *error, size_t error_size);
typedef enum match_result matcher_match_fn(const struct matcher *matcher,
                                           struct match_subject *subject);

/* One operator. */
struct matcher_kind {
    const char *name; /* the member that chooses it */
    matcher_read_fn *read;
    matcher_match_fn *match;
};

matcher_read_fn matcher_read_text, matcher_read_regex, matcher_read_nothing, matcher_read_json,
    matcher_read_json_path, matcher_read_children, matcher_read_child, matcher_read_number,
    matcher_read_binary, matcher_read_instant, matcher_read_schema, matcher_read_template;
matcher_match_fn match_equal_to, match_contains, match_does_not_contain, match_matches,
    match_does_not_match, match_absent, match_anything, match_equal_to_json, match_json_path,
    match_and, match_or, match_not, match_equal_to_number, match_greater, match_greater_equal,
    match_less, match_less_equal, match_binary, match_before, match_after, match_same_instant,
    match_json_schema, match_path_template;

/* matcher_new() for one that is in `depth` others. */
MUST_USE struct matcher *matcher_new_within(unsigned depth, json_t *json, char *error,
                                            size_t error_size);

/* Give a matcher room for `count` others, and then one after the other to it. */
MUST_USE bool matcher_make_room(struct matcher *matcher, size_t count, char *error,
                                size_t error_size);
MUST_USE bool matcher_add_child(struct matcher *matcher, json_t *json, char *error,
                                size_t error_size);

/* Release what matcher_read_instant() made. NULL is fine. */
void match_instant_free(struct match_instant *instant);

/* Read a member that is true or false, or "true" or "false"; missing: false. */
bool matcher_flag(const struct matcher *matcher, const char *name);

#endif
