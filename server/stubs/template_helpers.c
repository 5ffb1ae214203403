/*
 * The table of helpers, and those that show blocks, compare and compute.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/regex.h"
#include "stubs/template_tree.h"

/* clang-format off */
static const struct template_helper helpers[] = {
    {"each",            helper_each,             HELPER_BLOCK, 0},
    {"with",            helper_with,             HELPER_BLOCK, 0},

    {"and",             helper_and,              HELPER_TEST, 0},
    {"contains",        helper_contains,         HELPER_TEST, 0},
    {"eq",              helper_eq,               HELPER_TEST, 0},
    {"gt",              helper_gt,               HELPER_TEST, 2},
    {"gte",             helper_gte,              HELPER_TEST, 2},
    {"if",              helper_if,               HELPER_TEST, 0},
    {"lt",              helper_lt,               HELPER_TEST, 2},
    {"lte",             helper_lte,              HELPER_TEST, 2},
    {"matches",         helper_matches,          HELPER_TEST, 2},
    {"neq",             helper_neq,              HELPER_TEST, 0},
    {"not",             helper_not,              HELPER_TEST, 0},
    {"or",              helper_or,               HELPER_TEST, 0},
    {"unless",          helper_unless,           HELPER_TEST, 0},

    {"base64",          helper_base64,           HELPER_VALUE, 1},
    {"capitalize",      helper_capitalize,       HELPER_VALUE, 0},
    {"capitalizeFirst", helper_capitalize_first, HELPER_VALUE, 0},
    {"defaultIfEmpty",  helper_default,          HELPER_VALUE, 0},
    {"join",            helper_join,             HELPER_VALUE, 2},
    {"lower",           helper_lower,            HELPER_VALUE, 0},
    {"regexExtract",    helper_regex_extract,    HELPER_VALUE, 2},
    {"replace",         helper_replace,          HELPER_VALUE, 3},
    {"substring",       helper_substring,        HELPER_VALUE, 2},
    {"trim",            helper_trim,             HELPER_VALUE, 1},
    {"upper",           helper_upper,            HELPER_VALUE, 0},
    {"urlEncode",       helper_url_encode,       HELPER_VALUE, 1},

    {"array",           helper_array,            HELPER_VALUE, 0},
    {"assign",          helper_assign,           HELPER_VALUE, 2},
    {"jsonPath",        helper_json_path,        HELPER_VALUE, 0},
    {"lookup",          helper_lookup,           HELPER_VALUE, 0},
    {"parseJson",       helper_parse_json,       HELPER_VALUE, 1},
    {"range",           helper_range,            HELPER_VALUE, 0},
    {"size",            helper_size,             HELPER_VALUE, 1},
    {"toJson",          helper_to_json,          HELPER_VALUE, 0},
    {"val",             helper_val,              HELPER_VALUE, 0},

    {"math",            helper_math,             HELPER_VALUE, 0},
    {"pickRandom",      helper_pick_random,      HELPER_VALUE, 0},
    {"randomDecimal",   helper_random_decimal,   HELPER_VALUE, 0},
    {"randomInt",       helper_random_int,       HELPER_VALUE, 0},
    {"randomValue",     helper_random_value,     HELPER_VALUE, 0},

    {"date",            helper_date,             HELPER_VALUE, 0},
    {"now",             helper_now,              HELPER_VALUE, 0},
    {"parseDate",       helper_parse_date,       HELPER_VALUE, 1},
};
/* clang-format on */

const struct template_helper *template_helper_find(struct text name)
{
    for (size_t i = 0; i < ARRAY_LEN(helpers); i++)
        if (text_eq(name, text_of(helpers[i].name)))
            return &helpers[i];
    return NULL;
}

static bool is_true(const struct template_call *call, size_t index)
{
    return index < call->count && template_value_is_true(&call->arguments[index]);
}

/* Blocks */

struct template_value helper_if(struct template_call *call)
{
    return helper_bool(call->count == 0 || is_true(call, 0));
}

struct template_value helper_unless(struct template_call *call)
{
    return helper_bool(!is_true(call, 0));
}

static struct template_value show_other_half(struct template_call *call)
{
    rendering_show(call->r, call->block->otherwise, NULL);
    return (struct template_value){0};
}

/* Give a frame the names that stand behind `as`. */
static void name_values(const struct template_call *call, struct template_frame *frame,
                        struct template_value first, struct template_value second)
{
    frame->names[0] = call->block->names[0];
    frame->names[1] = call->block->names[1];
    frame->values[0] = first;
    frame->values[1] = second;
}

static void show_item(const struct template_call *call, struct template_value item,
                      struct template_frame *frame)
{
    AUTO(template_value_done) struct template_value second = {0};

    second.json = frame->key.data ? json_stringn_nocheck(frame->key.data, frame->key.len)
                                  : json_integer((json_int_t)frame->index);
    if (!second.json)
        rendering_fail(call->r, "out of memory");
    frame->self = item;
    name_values(call, frame, item, second);
    rendering_show(call->r, call->block->body, frame);
}

struct template_value helper_each(struct template_call *call)
{
    struct text key, next_key;
    struct template_value item;

    if (!call->block)
        return helper_error(call, "each is a block: {{#each}}");
    if (call->count == 0)
        return show_other_half(call);
    item = template_value_item(&call->arguments[0], 0, &key);
    if (!item.json)
        return show_other_half(call);
    for (size_t i = 0; item.json && !call->r->has_failed; i++) {
        struct template_frame frame = {.is_loop = true, .index = i, .key = key};
        struct template_value next = template_value_item(&call->arguments[0], i + 1, &next_key);

        frame.is_last = !next.json;
        show_item(call, item, &frame);
        /* To find a member of an object, those before it are passed. */
        (void)rendering_work(call->r, i);
        template_value_done(&item);
        item = next;
        key = next_key;
    }
    template_value_done(&item);
    return (struct template_value){0};
}

struct template_value helper_with(struct template_call *call)
{
    struct template_frame frame = {0};

    if (!call->block)
        return helper_error(call, "with is a block: {{#with}}");
    if (!is_true(call, 0))
        return show_other_half(call);
    frame.self = call->arguments[0];
    name_values(call, &frame, frame.self, (struct template_value){0});
    rendering_show(call->r, call->block->body, &frame);
    return (struct template_value){0};
}

/* Tests */

static int compare_texts(const struct template_call *call, size_t a, size_t b)
{
    AUTO(buf_done) struct buf left = {0}, right = {0};

    if (!helper_text(call, a, &left) || !helper_text(call, b, &right))
        return 0;
    return text_compare(buf_text(&left), buf_text(&right));
}

static bool is_number(const struct template_call *call, size_t index)
{
    return json_is_number(call->arguments[index].json) && call->arguments[index].look != LOOK_TIME;
}

/* Less than 0, 0 or more: numbers as numbers, all else as it is shown. */
static int compare(const struct template_call *call)
{
    double left, right;
    bool ignored;

    if ((is_number(call, 0) || is_number(call, 1)) &&
        template_value_number(&call->arguments[0], &left, &ignored) &&
        template_value_number(&call->arguments[1], &right, &ignored))
        return left < right ? -1 : left > right;
    return compare_texts(call, 0, 1);
}

/* A number is no string, and what is missing equals only what is missing. */
static bool is_equal(const struct template_call *call)
{
    const json_t *left = call->count > 0 ? call->arguments[0].json : NULL;
    const json_t *right = call->count > 1 ? call->arguments[1].json : NULL;

    if (!left || !right)
        return left == right;
    if (is_number(call, 0) != is_number(call, 1) || json_is_boolean(left) != json_is_boolean(right))
        return false;
    return compare(call) == 0;
}

struct template_value helper_eq(struct template_call *call)
{
    return helper_bool(is_equal(call));
}

struct template_value helper_neq(struct template_call *call)
{
    return helper_bool(!is_equal(call));
}

struct template_value helper_gt(struct template_call *call)
{
    return helper_bool(compare(call) > 0);
}

struct template_value helper_gte(struct template_call *call)
{
    return helper_bool(compare(call) >= 0);
}

struct template_value helper_lt(struct template_call *call)
{
    return helper_bool(compare(call) < 0);
}

struct template_value helper_lte(struct template_call *call)
{
    return helper_bool(compare(call) <= 0);
}

struct template_value helper_and(struct template_call *call)
{
    bool result = true;

    for (size_t i = 0; i < call->count; i++)
        result = result && is_true(call, i);
    return helper_bool(result);
}

struct template_value helper_or(struct template_call *call)
{
    bool result = false;

    for (size_t i = 0; i < call->count; i++)
        result = result || is_true(call, i);
    return helper_bool(result);
}

struct template_value helper_not(struct template_call *call)
{
    return helper_bool(!is_true(call, 0));
}

static bool holds_item(const struct template_call *call, struct text wanted)
{
    const json_t *list = call->arguments[0].json;

    for (size_t i = 0; i < json_array_size(list); i++) {
        struct template_value item = {json_array_get(list, i), LOOK_JAVA};
        AUTO(buf_done) struct buf text = {0};

        if (helper_show(call, &item, &text) && text_eq(buf_text(&text), wanted))
            return true;
    }
    return false;
}

struct template_value helper_contains(struct template_call *call)
{
    AUTO(buf_done) struct buf text = {0}, wanted = {0};

    if (call->count < 2 || !call->arguments[0].json || !call->arguments[1].json)
        return helper_bool(false);
    if (!helper_text(call, 1, &wanted))
        return helper_bool(false);
    if (json_is_array(call->arguments[0].json))
        return helper_bool(holds_item(call, buf_text(&wanted)));
    return helper_bool(helper_text(call, 0, &text) &&
                       text_find(buf_text(&text), buf_text(&wanted)) < text.len);
}

struct template_value helper_matches(struct template_call *call)
{
    AUTO(buf_done) struct buf text = {0}, pattern = {0};
    char error[TEMPLATE_ERROR_SIZE];
    struct regex *regex;
    bool result;

    if (!helper_text(call, 0, &text) || !helper_text(call, 1, &pattern))
        return helper_bool(false);
    regex = regex_new(pattern.data, 0, error, sizeof(error));
    if (!regex)
        return helper_error(call, "Invalid regex string %s", pattern.data);
    result = regex_matches(regex, text.data, text.len) == MATCH_YES;
    regex_free(regex);
    return helper_bool(result);
}

/* Arithmetic */

/* A decimal without the noise of binary fractions. */
static double tidy(double number)
{
    char text[40];
    double out;
    int len = snprintf(text, sizeof(text), "%.15g", number);

    return text_to_double((struct text){text, (size_t)len}, &out) ? out : number;
}

/* Whole numbers give whole ones; what does not fit is computed as a decimal. */
static bool compute_whole(int64_t left, char sign, int64_t right, int64_t *out)
{
    switch (sign) {
    case '+':
        return !__builtin_add_overflow(left, right, out);
    case '-':
        return !__builtin_sub_overflow(left, right, out);
    case '*':
        return !__builtin_mul_overflow(left, right, out);
    default:
        break;
    }
    if (right == 0 || (left == INT64_MIN && right == -1))
        return false;
    *out = sign == '/' ? left / right : left % right;
    /* Quotients are rounded, halves away from zero. */
    if (sign == '/' && llabs(left % right) >= llabs(right) - llabs(left % right))
        *out += (left < 0) == (right < 0) ? 1 : -1;
    return true;
}

/* A quotient has as many digits behind the point as what was divided. */
static double divide(double left, bool is_left_whole, double right)
{
    char text[40];
    int len = snprintf(text, sizeof(text), "%.15g", left);
    struct text rest = {text, (size_t)len};
    double scale = 1;

    (void)text_cut(&rest, '.');
    if (!is_left_whole)
        scale = pow(10, rest.len > 0 ? (double)rest.len : 1);
    return round(left / right * scale) / scale;
}

static double compute(double left, bool is_left_whole, char sign, double right)
{
    switch (sign) {
    case '+':
        return left + right;
    case '-':
        return left - right;
    case '*':
        return left * right;
    case '/':
        return divide(left, is_left_whole, right);
    default:
        return fmod(left, right);
    }
}

struct template_value helper_math(struct template_call *call)
{
    AUTO(buf_done) struct buf sign = {0};
    double left = 0, right = 0, result;
    bool is_left_whole = true, is_right_whole = true;
    int64_t whole;

    if (call->count != 3)
        return helper_error(call, "All maths functions require two operands and an operator as "
                                  "parameters e.g. 3 '+' 2");
    if (!helper_text(call, 1, &sign))
        return (struct template_value){0};
    if (sign.len != 1 || !strchr("+-*/%", sign.data[0]))
        return helper_error(call, "%s is not a valid mathematical operator", sign.data);
    /* As in WireMock, what is no number is 0. */
    (void)template_value_number(&call->arguments[0], &left, &is_left_whole);
    (void)template_value_number(&call->arguments[2], &right, &is_right_whole);
    if (fpclassify(right) == FP_ZERO && strchr("/%", sign.data[0]))
        return helper_error(call, "there is no division by zero");
    if (is_left_whole && is_right_whole && fabs(left) < 9e15 && fabs(right) < 9e15 &&
        compute_whole((int64_t)left, sign.data[0], (int64_t)right, &whole))
        return (struct template_value){json_integer(whole), LOOK_JAVA};
    result = tidy(compute(left, is_left_whole, sign.data[0], right));
    return isfinite(result) ? (struct template_value){json_real(result), LOOK_JAVA}
                            : helper_error(call, "the result is not a number");
}
