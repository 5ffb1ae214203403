/*
 * What json_path_parse.c makes of an expression and json_path.c evaluates. For these two only.
 */
#ifndef MATCH_JSON_PATH_TREE_H
#define MATCH_JSON_PATH_TREE_H

#include <stdint.h>

#include "match/json_path.h"
#include "match/regex.h"

enum selector_kind {
    SELECTOR_NAME,
    SELECTOR_WILDCARD,
    SELECTOR_INDEX,
    SELECTOR_SLICE,
    SELECTOR_FILTER
};

struct slice {
    int64_t start, end, step;
    bool has_start, has_end;
};

struct expression;

struct selector {
    enum selector_kind kind;
    char *name; /* ended by a NUL, and may hold others */
    size_t name_len;
    int64_t index; /* from the end if negative */
    struct slice slice;
    struct expression *filter;
    struct selector *next;
};

struct segment {
    bool is_descendant;
    bool is_length; /* `.length()`: no selectors, and the last one */
    struct selector *selectors;
    struct segment *next;
};

struct path_query {
    bool is_relative; /* begins at the current node */
    bool is_singular;
    struct segment *segments;
};

enum expression_kind {
    EXPRESSION_OR,
    EXPRESSION_AND,
    EXPRESSION_NOT,
    EXPRESSION_COMPARE,
    EXPRESSION_IN,
    EXPRESSION_NOT_IN,
    EXPRESSION_REGEX, /* `left` matches `regex` */
    EXPRESSION_LITERAL,
    EXPRESSION_QUERY, /* its value, or whether it selects anything */
    EXPRESSION_CALL
};

enum comparison { COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE, COMPARE_GT, COMPARE_GE };

enum function { FUNCTION_LENGTH, FUNCTION_COUNT, FUNCTION_VALUE, FUNCTION_MATCH, FUNCTION_SEARCH };

struct expression {
    enum expression_kind kind;
    struct expression *left, *right; /* operands, or arguments */
    enum comparison comparison;
    enum function function;
    json_t *literal; /* of EXPRESSION_LITERAL, and the list of EXPRESSION_IN */
    struct path_query *query;
    struct regex *regex; /* of EXPRESSION_REGEX, and of a function whose second argument is fixed */
};

/* What a path owns: blocks for free(), literals and expressions to be released with it. */
struct owned {
    struct owned *next;
    void *block;
    json_t *literal;
    struct regex *regex;
};

struct json_path {
    struct path_query *query;
    struct owned *owned;
    bool filters_objects;
};

/* Fill `path->query`. What was allocated is in `path->owned`, whatever the result. */
MUST_USE bool json_path_parse(struct json_path *path, const char *expression, char *error,
                              size_t error_size);

#endif
