/*
 * The operators that look at a subject as JSON, and those that join others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/json_same.h"
#include "match/matcher_kind.h"

enum { CHILDREN_MAX = 100 };

/* equalToJson: its operand is JSON, or a string that holds JSON. */
bool matcher_read_json(struct matcher *matcher, char *error, size_t error_size)
{
    json_error_t problem;

    if (matcher_flag(matcher, "ignoreArrayOrder"))
        matcher->options |= JSON_IGNORE_ARRAY_ORDER;
    if (matcher_flag(matcher, "ignoreExtraElements"))
        matcher->options |= JSON_IGNORE_EXTRA_ELEMENTS;
    if (!json_is_string(matcher->operand)) {
        matcher->expected = json_deep_copy(matcher->operand);
        (void)snprintf(problem.text, sizeof(problem.text), "out of memory");
    } else {
        matcher->expected =
            json_loadb(json_string_value(matcher->operand), json_string_length(matcher->operand),
                       JSON_DECODE_ANY | JSON_ALLOW_NUL, &problem);
    }
    if (matcher->expected)
        return json_like_check(matcher->expected, error, error_size);
    (void)snprintf(error, error_size, "equalToJson operand must be JSON: %.120s", problem.text);
    return false;
}

enum match_result match_equal_to_json(const struct matcher *matcher, struct match_subject *subject)
{
    const json_t *actual = match_subject_json(subject);

    return actual ? json_is_like(matcher->expected, actual, matcher->options) : MATCH_NO;
}

/* JSONPath */

static bool add_child(struct matcher *matcher, json_t *json, char *error, size_t error_size)
{
    struct matcher *child = matcher_new_within(matcher->depth + 1, json, error, error_size);

    if (child)
        matcher->children[matcher->child_count++] = child;
    return child != NULL;
}

static bool make_room(struct matcher *matcher, size_t count, char *error, size_t error_size)
{
    matcher->children = calloc(count, sizeof(*matcher->children));
    if (!matcher->children)
        (void)snprintf(error, error_size, "out of memory");
    return matcher->children != NULL;
}

bool matcher_read_json_path(struct matcher *matcher, char *error, size_t error_size)
{
    const json_t *expression = matcher->operand;

    if (json_is_object(expression)) {
        json_t *condition = json_object_get(matcher->json, matcher->kind->name);

        expression = json_object_get(condition, "expression");
        if (!json_is_string(expression)) {
            (void)snprintf(error, error_size,
                           "expression is required in the advanced matchesJsonPath form");
            return false;
        }
        if (!make_room(matcher, 1, error, error_size) ||
            !add_child(matcher, condition, error, error_size))
            return false;
    } else if (!json_is_string(expression)) {
        (void)snprintf(error, error_size, "matchesJsonPath operand must be a non-null string");
        return false;
    }
    matcher->path = json_path_new(json_string_value(expression), error, error_size);
    return matcher->path != NULL;
}

/* Print a number as Java does: the shortest form that reads back, with `.0` on whole doubles. */
static void print_number(const json_t *number, char *out, size_t size)
{
    double value = json_real_value(number);

    if (json_is_integer(number)) {
        (void)snprintf(out, size, "%" JSON_INTEGER_FORMAT, json_integer_value(number));
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(out, size, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    if (!strpbrk(out, ".eE"))
        (void)snprintf(out + strlen(out), size - strlen(out), ".0");
}

/* Match one value that a path selected: as text if it is a scalar, else as it is written. */
static enum match_result match_node(const struct matcher *condition, json_t *node, int64_t now_us)
{
    struct match_subject subject = {.now_us = now_us};
    enum match_result result;
    char number[40];
    char *dump = NULL;

    if (json_is_string(node)) {
        subject.data = json_string_value(node);
        subject.len = json_string_length(node);
    } else if (json_is_number(node)) {
        print_number(node, number, sizeof(number));
        subject.data = number;
        subject.len = strlen(number);
    } else if (!json_is_null(node)) {
        dump = json_dumps(node, JSON_COMPACT | JSON_ENCODE_ANY);
        if (!dump)
            return MATCH_FAILED;
        subject.data = dump;
        subject.len = strlen(dump);
        subject.json = json_incref(node);
        subject.is_json_read = true;
    }
    result = matcher_match(condition, &subject);
    match_subject_done(&subject);
    free(dump);
    return result;
}

static enum match_result match_any(const struct matcher *condition, json_t *const nodes[],
                                   size_t count, int64_t now_us)
{
    enum match_result result = MATCH_NO;

    for (size_t i = 0; result == MATCH_NO && i < count; i++)
        result = match_node(condition, nodes[i], now_us);
    return result;
}

static enum match_result match_array_items(const struct matcher *condition, const json_t *array,
                                           int64_t now_us)
{
    enum match_result result = MATCH_NO;

    for (size_t i = 0; result == MATCH_NO && i < json_array_size(array); i++)
        result = match_node(condition, json_array_get(array, i), now_us);
    return result;
}

/* One array is a list, too: it is matched by its items, but by equalToJson as a whole. */
static enum match_result match_selected(const struct matcher *matcher,
                                        const struct json_nodes *nodes, int64_t now_us)
{
    const struct matcher *condition = matcher->children[0];
    struct match_subject nothing = {.now_us = now_us};
    bool is_list = nodes->count == 1 && json_is_array(nodes->items[0]);
    enum match_result result;

    if (nodes->count == 0 || (is_list && json_array_size(nodes->items[0]) == 0))
        return condition->kind->match == match_absent ? match_absent(condition, &nothing)
                                                      : MATCH_NO;
    result = match_any(condition, nodes->items, nodes->count, now_us);
    if (!is_list || condition->kind->match == match_equal_to_json)
        return result;
    return match_array_items(condition, nodes->items[0], now_us);
}

/* Without an condition a value must be there, and be neither null nor empty. */
static bool is_something(const struct matcher *matcher, const struct json_nodes *nodes)
{
    const json_t *node = nodes->count > 0 ? nodes->items[0] : NULL;

    if (!json_path_is_definite(matcher->path))
        return nodes->count > 0;
    if (json_is_array(node))
        return json_array_size(node) > 0;
    if (json_is_object(node))
        return json_object_size(node) > 0;
    return node && !json_is_null(node);
}

enum match_result match_json_path(const struct matcher *matcher, struct match_subject *subject)
{
    json_t *root = match_subject_json(subject);
    struct json_nodes nodes = {0};
    enum match_result result;

    if (root && json_path_select(matcher->path, root, &nodes) != JSON_PATH_OK)
        return MATCH_FAILED;
    if (!root)
        result = MATCH_NO;
    else if (matcher->child_count > 0)
        result = match_selected(matcher, &nodes, subject->now_us);
    else
        result = match_of(is_something(matcher, &nodes));
    json_nodes_done(&nodes);
    return result;
}

/* Logic */

bool matcher_read_children(struct matcher *matcher, char *error, size_t error_size)
{
    size_t count = json_array_size(matcher->operand);

    if (count < 2) {
        (void)snprintf(error, error_size, "Must be constructed with at least two matchers");
        return false;
    }
    if (count > CHILDREN_MAX) {
        (void)snprintf(error, error_size, "%s may join at most %d matchers", matcher->kind->name,
                       CHILDREN_MAX);
        return false;
    }
    if (!make_room(matcher, count, error, error_size))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!add_child(matcher, json_array_get(matcher->operand, i), error, error_size))
            return false;
    return true;
}

bool matcher_read_child(struct matcher *matcher, char *error, size_t error_size)
{
    return make_room(matcher, 1, error, error_size) &&
           add_child(matcher, json_object_get(matcher->json, matcher->kind->name), error,
                     error_size);
}

enum match_result match_and(const struct matcher *matcher, struct match_subject *subject)
{
    for (size_t i = 0; i < matcher->child_count; i++) {
        enum match_result result = matcher_match(matcher->children[i], subject);

        if (result != MATCH_YES)
            return result;
    }
    return MATCH_YES;
}

enum match_result match_or(const struct matcher *matcher, struct match_subject *subject)
{
    for (size_t i = 0; i < matcher->child_count; i++) {
        enum match_result result = matcher_match(matcher->children[i], subject);

        if (result != MATCH_NO)
            return result;
    }
    return MATCH_NO;
}

enum match_result match_not(const struct matcher *matcher, struct match_subject *subject)
{
    return match_opposite(matcher_match(matcher->children[0], subject));
}
