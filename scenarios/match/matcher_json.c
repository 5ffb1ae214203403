/*
 * The operators that look at a subject as JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/json_same.h"
#include "match/matcher_kind.h"

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
        if (!matcher_make_room(matcher, 1, error, error_size) ||
            !matcher_add_child(matcher, condition, error, error_size))
            return false;
    } else if (!json_is_string(expression)) {
        (void)snprintf(error, error_size, "matchesJsonPath operand must be a non-null string");
        return false;
    }
    matcher->path = json_path_new(json_string_value(expression), error, error_size);
    if (matcher->path)
        json_path_filter_objects(matcher->path);
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

/* JSON Schema */

static bool read_version(const struct matcher *matcher, enum json_schema_version *out)
{
    static const struct {
        const char *name;
        enum json_schema_version version;
    } versions[] = {{"V4", SCHEMA_V4},
                    {"V6", SCHEMA_V6},
                    {"V7", SCHEMA_V7},
                    {"V201909", SCHEMA_V201909},
                    {"V202012", SCHEMA_V202012}};
    const json_t *version = json_object_get(matcher->json, "schemaVersion");

    *out = SCHEMA_V202012;
    for (size_t i = 0; i < ARRAY_LEN(versions); i++)
        if (json_is_string(version) && strcmp(json_string_value(version), versions[i].name) == 0) {
            *out = versions[i].version;
            return true;
        }
    return !version;
}

/* The operand is a schema, or a string that holds one. */
bool matcher_read_schema(struct matcher *matcher, char *error, size_t error_size)
{
    enum json_schema_version version;
    char problem[160];

    if (!read_version(matcher, &version)) {
        (void)snprintf(error, error_size,
                       "schemaVersion must be one of [ \"V4\", \"V6\", \"V7\", "
                       "\"V201909\", \"V202012\" ]");
        return false;
    }
    if (!json_is_string(matcher->operand)) {
        matcher->schema = json_schema_new(matcher->operand, version, error, error_size);
        return matcher->schema != NULL;
    }
    matcher->expected =
        match_json_read(json_string_value(matcher->operand), json_string_length(matcher->operand),
                        problem, sizeof(problem));
    if (!matcher->expected) {
        (void)snprintf(error, error_size, "matchesJsonSchema operand must be JSON: %.150s",
                       problem);
        return false;
    }
    matcher->schema = json_schema_new(matcher->expected, version, error, error_size);
    return matcher->schema != NULL;
}

/* What is no JSON is a string, and so may be what is a number, `true`, `false` or `null`: a header
 * has no quotes. */
enum match_result match_json_schema(const struct matcher *matcher, struct match_subject *subject)
{
    json_t *json = match_subject_json(subject), *text;
    enum match_result result = json ? json_schema_match(matcher->schema, json) : MATCH_NO;

    if (result != MATCH_NO || json_is_object(json) || json_is_array(json) || json_is_string(json) ||
        subject->len == 0)
        return result;
    text = json_stringn_nocheck(subject->data, subject->len);
    result = text ? json_schema_match(matcher->schema, text) : MATCH_FAILED;
    json_decref(text);
    return result;
}
