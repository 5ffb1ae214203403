#include "match/json_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/json_path_tree.h"
#include "match/json_same.h"

enum { STEPS_MAX = 1000000 };

struct evaluation {
    json_t *root;
    size_t steps;
    enum json_path_result result; /* the first failure stays */
};

static void release_all(struct owned *owned)
{
    while (owned) {
        struct owned *next = owned->next;

        free(owned->block);
        json_decref(owned->literal);
        regex_free(owned->regex);
        free(owned);
        owned = next;
    }
}

struct json_path *json_path_new(const char *expression, char *error, size_t error_size)
{
    struct json_path *path = calloc(1, sizeof(*path));

    if (!path) {
        (void)snprintf(error, error_size, "out of memory");
        return NULL;
    }
    if (json_path_parse(path, expression, error, error_size))
        return path;
    json_path_free(path);
    return NULL;
}

void json_path_free(struct json_path *path)
{
    if (!path)
        return;
    release_all(path->owned);
    free(path);
}

bool json_path_is_definite(const struct json_path *path)
{
    return path->query->is_singular;
}

void json_nodes_done(struct json_nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++)
        json_decref(nodes->items[i]);
    free(nodes->items);
    *nodes = (struct json_nodes){0};
}

/* Add a node, stealing the reference. */
static bool add(struct evaluation *e, struct json_nodes *nodes, json_t *node)
{
    if (nodes->count == nodes->size) {
        size_t size = nodes->size ? nodes->size * 2 : 8;
        json_t **items = realloc(nodes->items, size * sizeof(*items));

        if (!items) {
            json_decref(node);
            e->result = JSON_PATH_NO_MEMORY;
            return false;
        }
        nodes->items = items;
        nodes->size = size;
    }
    nodes->items[nodes->count++] = node;
    return true;
}

/* Count a step. Returns false when there have been too many, or something failed before. */
static bool step(struct evaluation *e)
{
    if (e->result == JSON_PATH_OK && ++e->steps > STEPS_MAX)
        e->result = JSON_PATH_TOO_MUCH;
    return e->result == JSON_PATH_OK;
}

static void run_query(struct evaluation *e, const struct path_query *query, json_t *current,
                      struct json_nodes *out);
static bool is_true(struct evaluation *e, const struct expression *x, json_t *current);

/* Values: a new reference, or NULL for nothing. */

static json_t *length_of(const json_t *value)
{
    size_t count = 0;

    if (json_is_array(value))
        return json_integer((json_int_t)json_array_size(value));
    if (json_is_object(value))
        return json_integer((json_int_t)json_object_size(value));
    if (!json_is_string(value))
        return NULL;
    for (size_t i = 0; i < json_string_length(value); i++)
        count += ((unsigned char)json_string_value(value)[i] & 0xc0) != 0x80;
    return json_integer((json_int_t)count);
}

static json_t *value_of(struct evaluation *e, const struct expression *x, json_t *current);

static json_t *call_value(struct evaluation *e, const struct expression *x, json_t *current)
{
    struct json_nodes nodes = {0};
    json_t *argument, *result = NULL;

    if (x->function == FUNCTION_LENGTH) {
        argument = value_of(e, x->left, current);
        result = length_of(argument);
        json_decref(argument);
        return result;
    }
    run_query(e, x->left->query, current, &nodes);
    if (x->function == FUNCTION_COUNT)
        result = json_integer((json_int_t)nodes.count);
    else if (nodes.count == 1)
        result = json_incref(nodes.items[0]);
    json_nodes_done(&nodes);
    return result;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the parser allowed */
static json_t *value_of(struct evaluation *e, const struct expression *x, json_t *current)
{
    struct json_nodes nodes = {0};
    json_t *value = NULL;

    if (x->kind == EXPRESSION_LITERAL)
        return json_incref(x->literal);
    if (x->kind == EXPRESSION_CALL)
        return call_value(e, x, current);
    run_query(e, x->query, current, &nodes);
    if (nodes.count == 1)
        value = json_incref(nodes.items[0]);
    json_nodes_done(&nodes);
    return value;
}

/* Comparisons */

static int order(double a, double b)
{
    return (a > b) - (a < b);
}

/* Compare numbers, or strings by their code points, which is the order of their bytes. Returns
 * false for what has no order. */
static bool compare_ordered(const json_t *a, const json_t *b, int *out)
{
    if (json_is_integer(a) && json_is_integer(b)) {
        json_int_t x = json_integer_value(a), y = json_integer_value(b);

        *out = (x > y) - (x < y);
        return true;
    }
    if (json_is_number(a) && json_is_number(b)) {
        *out = order(json_number_value(a), json_number_value(b));
        return true;
    }
    if (!json_is_string(a) || !json_is_string(b))
        return false;
    {
        size_t a_len = json_string_length(a), b_len = json_string_length(b);
        int first =
            memcmp(json_string_value(a), json_string_value(b), a_len < b_len ? a_len : b_len);

        *out = first ? first : (a_len > b_len) - (a_len < b_len);
    }
    return true;
}

static bool is_equal(const json_t *a, const json_t *b)
{
    return a && b ? json_is_same(a, b) : a == b;
}

static bool compare(enum comparison comparison, const json_t *a, const json_t *b)
{
    int sign = 0;
    bool has_order = a && b && compare_ordered(a, b, &sign);

    switch (comparison) {
    case COMPARE_EQ:
        return is_equal(a, b);
    case COMPARE_NE:
        return !is_equal(a, b);
    case COMPARE_LT:
        return has_order && sign < 0;
    case COMPARE_GT:
        return has_order && sign > 0;
    case COMPARE_LE:
        return (has_order && sign < 0) || is_equal(a, b);
    case COMPARE_GE:
        return (has_order && sign > 0) || is_equal(a, b);
    }
    return false;
}

static bool test_comparison(struct evaluation *e, const struct expression *x, json_t *current)
{
    json_t *left = value_of(e, x->left, current);
    json_t *right = value_of(e, x->right, current);
    bool result = compare(x->comparison, left, right);

    json_decref(left);
    json_decref(right);
    return result;
}

static bool is_in(const json_t *list, const json_t *value)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (is_equal(json_array_get(list, i), value))
            return true;
    return false;
}

static bool match_string(struct evaluation *e, const struct regex *regex, const json_t *value,
                         bool is_whole)
{
    enum match_result result;

    if (!json_is_string(value))
        return false;
    result = (is_whole ? regex_matches : regex_finds)(regex, json_string_value(value),
                                                      json_string_length(value));
    if (result == MATCH_FAILED && e->result == JSON_PATH_OK)
        e->result = JSON_PATH_TOO_MUCH;
    return result == MATCH_YES;
}

/* match() and search(). */
static bool call_match(struct evaluation *e, const struct expression *x, json_t *current)
{
    json_t *value = value_of(e, x->left, current);
    bool is_whole = x->function == FUNCTION_MATCH, result = false;

    if (x->regex) {
        result = match_string(e, x->regex, value, is_whole);
    } else {
        json_t *pattern = value_of(e, x->right, current);
        char ignored[160];
        struct regex *regex =
            json_is_string(pattern)
                ? regex_new(json_string_value(pattern), REGEX_IREGEXP, ignored, sizeof(ignored))
                : NULL;

        if (regex)
            result = match_string(e, regex, value, is_whole);
        regex_free(regex);
        json_decref(pattern);
    }
    json_decref(value);
    return result;
}

static bool selects_anything(struct evaluation *e, const struct path_query *query, json_t *current)
{
    struct json_nodes nodes = {0};
    bool result;

    run_query(e, query, current, &nodes);
    result = nodes.count > 0;
    json_nodes_done(&nodes);
    return result;
}

static bool test_value(struct evaluation *e, const struct expression *x, json_t *current)
{
    json_t *value = value_of(e, x->left, current);
    bool result = x->kind == EXPRESSION_REGEX
                      ? match_string(e, x->regex, value, true)
                      : is_in(x->literal, value) == (x->kind == EXPRESSION_IN);

    json_decref(value);
    return result;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the parser allowed */
static bool is_true(struct evaluation *e, const struct expression *x, json_t *current)
{
    if (!step(e))
        return false;
    switch (x->kind) {
    case EXPRESSION_OR:
        return is_true(e, x->left, current) || is_true(e, x->right, current);
    case EXPRESSION_AND:
        return is_true(e, x->left, current) && is_true(e, x->right, current);
    case EXPRESSION_NOT:
        return !is_true(e, x->left, current);
    case EXPRESSION_COMPARE:
        return test_comparison(e, x, current);
    case EXPRESSION_IN:
    case EXPRESSION_NOT_IN:
    case EXPRESSION_REGEX:
        return test_value(e, x, current);
    case EXPRESSION_QUERY:
        return selects_anything(e, x->query, current);
    case EXPRESSION_CALL:
        return call_match(e, x, current);
    case EXPRESSION_LITERAL:
        break;
    }
    return false;
}

/* Selectors */

static void select_children(struct evaluation *e, const struct expression *filter, json_t *node,
                            struct json_nodes *out)
{
    const char *name;
    json_t *child;
    size_t index;

    if (json_is_array(node)) {
        json_array_foreach (node, index, child) {
            if (!step(e))
                return;
            if (!filter || is_true(e, filter, child))
                (void)add(e, out, json_incref(child));
        }
        return;
    }
    json_object_foreach (node, name, child) {
        if (!step(e))
            return;
        if (!filter || is_true(e, filter, child))
            (void)add(e, out, json_incref(child));
    }
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    if (value < low)
        return low;
    return value > high ? high : value;
}

static void select_slice(struct evaluation *e, const struct slice *slice, const json_t *node,
                         struct json_nodes *out)
{
    int64_t len = (int64_t)json_array_size(node), step_size = slice->step;
    int64_t start = slice->has_start ? slice->start : step_size > 0 ? 0 : len - 1;
    int64_t end = slice->has_end ? slice->end : step_size > 0 ? len : -len - 1;

    if (!json_is_array(node) || step_size == 0)
        return;
    start = start < 0 ? start + len : start;
    end = end < 0 ? end + len : end;
    if (step_size > 0) {
        start = clamp(start, 0, len);
        end = clamp(end, 0, len);
    } else {
        start = clamp(start, -1, len - 1);
        end = clamp(end, -1, len - 1);
    }
    for (int64_t i = start; step_size > 0 ? i < end : i > end; i += step_size)
        if (!step(e) || !add(e, out, json_incref(json_array_get(node, (size_t)i))))
            return;
}

static void select_one(struct evaluation *e, const struct selector *selector, json_t *node,
                       struct json_nodes *out)
{
    json_t *child = NULL;
    int64_t len;

    switch (selector->kind) {
    case SELECTOR_NAME:
        child = json_object_getn(node, selector->name, selector->name_len);
        break;
    case SELECTOR_INDEX:
        len = (int64_t)json_array_size(node);
        if (selector->index >= -len)
            child = json_array_get(
                node, (size_t)(selector->index < 0 ? selector->index + len : selector->index));
        break;
    case SELECTOR_WILDCARD:
    case SELECTOR_FILTER:
        select_children(e, selector->filter, node, out);
        return;
    case SELECTOR_SLICE:
        select_slice(e, &selector->slice, node, out);
        return;
    }
    if (child)
        (void)add(e, out, json_incref(child));
}

static void select_all(struct evaluation *e, const struct segment *segment, json_t *node,
                       struct json_nodes *out)
{
    for (const struct selector *s = segment->selectors; s && step(e); s = s->next)
        select_one(e, s, node, out);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the document, which its reader bounds */
static void descend(struct evaluation *e, const struct segment *segment, json_t *node,
                    struct json_nodes *out)
{
    const char *name;
    json_t *child;
    size_t index;

    select_all(e, segment, node, out);
    if (json_is_array(node)) {
        json_array_foreach (node, index, child) {
            if (!step(e))
                return;
            descend(e, segment, child, out);
        }
        return;
    }
    json_object_foreach (node, name, child) {
        if (!step(e))
            return;
        descend(e, segment, child, out);
    }
}

static void run_segment(struct evaluation *e, const struct segment *segment, json_t *node,
                        struct json_nodes *out)
{
    json_t *length;

    if (segment->is_length) {
        length = length_of(node);
        if (length)
            (void)add(e, out, length);
    } else if (segment->is_descendant) {
        descend(e, segment, node, out);
    } else {
        select_all(e, segment, node, out);
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the parser allowed */
static void run_query(struct evaluation *e, const struct path_query *query, json_t *current,
                      struct json_nodes *out)
{
    struct json_nodes nodes = {0};

    if (!add(e, &nodes, json_incref(query->is_relative ? current : e->root)))
        return;
    for (const struct segment *s = query->segments; s && e->result == JSON_PATH_OK; s = s->next) {
        struct json_nodes next = {0};

        for (size_t i = 0; i < nodes.count; i++)
            run_segment(e, s, nodes.items[i], &next);
        json_nodes_done(&nodes);
        nodes = next;
    }
    *out = nodes;
}

enum json_path_result json_path_select(const struct json_path *path, json_t *root,
                                       struct json_nodes *out)
{
    struct evaluation e = {.root = root, .result = JSON_PATH_OK};

    run_query(&e, path->query, root, out);
    if (e.result != JSON_PATH_OK)
        json_nodes_done(out);
    return e.result;
}
