/*
 * What json_schema.c makes of a schema and the checks of json_schema_*.c walk over. For these only.
 */
#ifndef MATCH_JSON_SCHEMA_TREE_H
#define MATCH_JSON_SCHEMA_TREE_H

#include <stdbool.h>

#include "match/json_schema.h"

struct schema_node;
struct schema_rule;

/* One check of a value. */
struct schema_run {
    const struct json_schema *schema;
    size_t steps;
    unsigned depth;
};

typedef enum match_result schema_check_fn(struct schema_run *run, const struct schema_rule *rule,
                                          json_t *value);

/* What schemas a keyword holds. */
enum schema_shape {
    HOLDS_NONE,
    HOLDS_ONE,
    HOLDS_LIST,
    HOLDS_ONE_OR_LIST,
    HOLDS_MEMBERS,  /* an object of schemas; what is no schema in it is kept as NULL */
    HOLDS_PATTERNS, /* the same, by regular expressions */
    HOLDS_REFERENCE
};

struct schema_keyword {
    const char *name;
    enum json_schema_version first, last; /* the drafts in which it means something */
    enum schema_shape shape;
    schema_check_fn *check; /* NULL: others look at it, or nobody */
};

/* A keyword in a schema. */
struct schema_rule {
    const struct schema_keyword *keyword;
    const struct schema_node *owner;
    json_t *operand; /* borrowed from the schema */
    const struct schema_node **nodes;
    const char **names; /* of HOLDS_MEMBERS and HOLDS_PATTERNS, in the order of `nodes` */
    struct regex **regexes;
    size_t count;
    struct regex *regex;
};

/* A schema, or one within it. */
struct schema_node {
    json_t *json;  /* borrowed */
    bool is_never; /* `false`: nothing meets it */
    const struct schema_resource *resource;
    struct schema_rule *rules;
    size_t rule_count;
};

/* A schema with an identifier of its own. */
struct schema_resource {
    char *uri;
    json_t *root;
};

struct schema_anchor {
    const struct schema_resource *resource;
    const char *name;
    const struct schema_node *node;
};

struct json_schema {
    json_t *json; /* owned */
    enum json_schema_version version;
    const struct schema_node *root;
    struct schema_node **nodes;
    size_t node_count;
    struct schema_resource **resources;
    size_t resource_count;
    struct schema_anchor *anchors;
    size_t anchor_count;
    unsigned dynamic_count; /* places to which references may turn on their way */
    bool has_dynamic_reference;
};

/* All keywords; NULL ends them. */
extern const struct schema_keyword schema_keywords[];

/* Check a value with a node. */
enum match_result schema_check(struct schema_run *run, const struct schema_node *node,
                               json_t *value);

/* Count `count` steps. Returns false when there have been too many. */
bool schema_step(struct schema_run *run, size_t count);

/* The rule of a keyword in a node, or NULL. */
const struct schema_rule *schema_rule_of(const struct schema_node *node, const char *name);

/* Tell whether a text is in a format; NULL if the format is not known. */
typedef bool schema_format_fn(const char *text, size_t len);
schema_format_fn *schema_format_find(const char *name);

/* Of values of any kind. */
schema_check_fn check_type, check_enum, check_const, check_reference, check_all_of, check_any_of,
    check_one_of, check_not, check_if;

/* Of numbers and strings. */
schema_check_fn check_minimum, check_maximum, check_exclusive_minimum, check_exclusive_maximum,
    check_multiple_of, check_min_length, check_max_length, check_pattern, check_format;

/* Of arrays and objects. */
schema_check_fn check_items, check_prefix_items, check_contains, check_unique, check_min_items,
    check_max_items, check_properties, check_pattern_properties, check_additional_properties,
    check_property_names, check_required, check_min_properties, check_max_properties,
    check_dependencies, check_dependent_required;

/* Write the absolute form of `reference` within what has `base`. Returns false when it has no room.
 */
MUST_USE bool schema_uri_join(const char *base, const char *reference, char *out, size_t size);

/* Decode `%41` and its like in place. */
void schema_uri_decode(char *text);

/* Find what a JSON pointer (RFC 6901) points at; NULL if nothing. Borrowed. */
json_t *schema_pointer_find(json_t *root, const char *pointer);

#endif
