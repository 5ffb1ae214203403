/*
 * Testing nodes with the filters of JSONPath.
 */
#include <string.h>

#include "match/json_path_run.h"
#include "match/json_same.h"

/* Values: a new reference, or NULL for nothing. */

json_t *path_length_of(const json_t *value)
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

static json_t *value_of(struct path_evaluation *e, const struct expression *x, json_t *current);

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the parser allowed */
static json_t *call_value(struct path_evaluation *e, const struct expression *x, json_t *current)
{
    struct json_nodes nodes = {0};
    json_t *result = NULL;

    if (x->function == FUNCTION_LENGTH) {
        json_t *argument = value_of(e, x->left, current);

        result = path_length_of(argument);
        json_decref(argument);
        return result;
    }
    path_run_query(e, x->left->query, current, &nodes);
    if (x->function == FUNCTION_COUNT)
        result = json_integer((json_int_t)nodes.count);
    else if (nodes.count == 1)
        result = json_incref(nodes.items[0]);
    json_nodes_done(&nodes);
    return result;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the parser allowed */
static json_t *value_of(struct path_evaluation *e, const struct expression *x, json_t *current)
{
    struct json_nodes nodes = {0};
    json_t *value = NULL;

    if (x->kind == EXPRESSION_LITERAL)
        return json_incref(x->literal);
    if (x->kind == EXPRESSION_CALL)
        return call_value(e, x, current);
    path_run_query(e, x->query, current, &nodes);
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

static bool test_comparison(struct path_evaluation *e, const struct expression *x, json_t *current)
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

static bool match_string(struct path_evaluation *e, const struct regex *regex, const json_t *value,
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
static bool call_match(struct path_evaluation *e, const struct expression *x, json_t *current)
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

static bool selects_anything(struct path_evaluation *e, const struct path_query *query,
                             json_t *current)
{
    struct json_nodes nodes = {0};
    bool result;

    path_run_query(e, query, current, &nodes);
    result = nodes.count > 0;
    json_nodes_done(&nodes);
    return result;
}

static bool test_value(struct path_evaluation *e, const struct expression *x, json_t *current)
{
    json_t *value = value_of(e, x->left, current);
    bool result = x->kind == EXPRESSION_REGEX
                      ? match_string(e, x->regex, value, true)
                      : is_in(x->literal, value) == (x->kind == EXPRESSION_IN);

    json_decref(value);
    return result;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the parser allowed */
bool path_is_true(struct path_evaluation *e, const struct expression *x, json_t *current)
{
    if (!path_step(e))
        return false;
    switch (x->kind) {
    case EXPRESSION_OR:
        return path_is_true(e, x->left, current) || path_is_true(e, x->right, current);
    case EXPRESSION_AND:
        return path_is_true(e, x->left, current) && path_is_true(e, x->right, current);
    case EXPRESSION_NOT:
        return !path_is_true(e, x->left, current);
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
