/*
 * The keywords of JSON Schema that mind numbers and strings. What is of another kind meets them.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/json_schema_tree.h"

/* Numbers */

static int compare(const json_t *a, const json_t *b)
{
    double x = json_number_value(a), y = json_number_value(b);

    if (json_is_integer(a) && json_is_integer(b))
        return (json_integer_value(a) > json_integer_value(b)) -
               (json_integer_value(a) < json_integer_value(b));
    return (x > y) - (x < y);
}

static bool are_numbers(const struct schema_rule *rule, const json_t *value)
{
    return json_is_number(rule->operand) && json_is_number(value);
}

/* Draft 4: beside a bound, whether it is excluded. */
static bool is_excluded(const struct schema_run *run, const struct schema_rule *rule,
                        const char *name)
{
    return run->schema->version == SCHEMA_V4 &&
           json_is_true(json_object_get(rule->owner->json, name));
}

enum match_result check_minimum(struct schema_run *run, const struct schema_rule *rule,
                                json_t *value)
{
    int least = is_excluded(run, rule, "exclusiveMinimum") ? 1 : 0;

    return match_of(!are_numbers(rule, value) || compare(value, rule->operand) >= least);
}

enum match_result check_maximum(struct schema_run *run, const struct schema_rule *rule,
                                json_t *value)
{
    int most = is_excluded(run, rule, "exclusiveMaximum") ? -1 : 0;

    return match_of(!are_numbers(rule, value) || compare(value, rule->operand) <= most);
}

enum match_result check_exclusive_minimum(struct schema_run *run, const struct schema_rule *rule,
                                          json_t *value)
{
    (void)run;
    return match_of(!are_numbers(rule, value) || compare(value, rule->operand) > 0);
}

enum match_result check_exclusive_maximum(struct schema_run *run, const struct schema_rule *rule,
                                          json_t *value)
{
    (void)run;
    return match_of(!are_numbers(rule, value) || compare(value, rule->operand) < 0);
}

/* A number as it is written: `digits` times ten to the `exponent`, without its sign. */
struct decimal {
    uint64_t digits;
    int exponent;
};

/* The shortest form that reads back: 0.07 has one digit, though its double has fifty. */
static struct decimal decimal_of(const json_t *number)
{
    double value = json_number_value(number);
    struct decimal out = {0};
    char text[40];
    char *exponent;

    if (json_is_integer(number)) {
        json_int_t whole = json_integer_value(number);

        out.digits = whole < 0 ? 0 - (uint64_t)whole : (uint64_t)whole;
        return out;
    }
    for (int digits = 14; digits <= 16; digits++) {
        (void)snprintf(text, sizeof(text), "%.*e", digits, value < 0 ? -value : value);
        if (strtod(text, NULL) == (value < 0 ? -value : value))
            break;
    }
    exponent = strchr(text, 'e');
    if (!exponent)
        return out;
    out.exponent = (int)strtod(exponent + 1, NULL);
    for (const char *at = text; at < exponent; at++) {
        if (*at == '.')
            continue;
        out.digits = out.digits * 10 + (uint64_t)(*at - '0');
        out.exponent -= at > text;
    }
    while (out.digits > 0 && out.digits % 10 == 0) {
        out.digits /= 10;
        out.exponent++;
    }
    return out;
}

/* Exactly, by decimals, as people read numbers. */
static bool is_multiple(struct decimal value, struct decimal unit)
{
    uint64_t rest;

    if (value.digits == 0 || unit.digits == 0)
        return true;
    for (; unit.exponent > value.exponent; unit.exponent--) {
        if (unit.digits > UINT64_MAX / 10)
            return false; /* it is more than any value */
        unit.digits *= 10;
    }
    for (; unit.exponent < value.exponent && unit.digits % 10 == 0; unit.exponent++)
        unit.digits /= 10;
    rest = value.digits % unit.digits;
    for (int i = unit.exponent; i < value.exponent && rest > 0; i++) {
        uint64_t sum = 0;

        for (int j = 0; j < 10; j++)
            sum = sum >= unit.digits - rest ? sum - (unit.digits - rest) : sum + rest;
        rest = sum;
    }
    return rest == 0;
}

enum match_result check_multiple_of(struct schema_run *run, const struct schema_rule *rule,
                                    json_t *value)
{
    (void)run;
    if (!are_numbers(rule, value) || json_number_value(rule->operand) <= 0)
        return MATCH_YES;
    return match_of(is_multiple(decimal_of(value), decimal_of(rule->operand)));
}

/* Strings */

static json_int_t count_characters(const json_t *string)
{
    const char *text = json_string_value(string);
    json_int_t count = 0;

    for (size_t i = 0; i < json_string_length(string); i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

enum match_result check_min_length(struct schema_run *run, const struct schema_rule *rule,
                                   json_t *value)
{
    (void)run;
    return match_of(!json_is_number(rule->operand) || !json_is_string(value) ||
                    (double)count_characters(value) >= json_number_value(rule->operand));
}

enum match_result check_max_length(struct schema_run *run, const struct schema_rule *rule,
                                   json_t *value)
{
    (void)run;
    return match_of(!json_is_number(rule->operand) || !json_is_string(value) ||
                    (double)count_characters(value) <= json_number_value(rule->operand));
}

enum match_result check_pattern(struct schema_run *run, const struct schema_rule *rule,
                                json_t *value)
{
    (void)run;
    return rule->regex && json_is_string(value)
               ? regex_finds(rule->regex, json_string_value(value), json_string_length(value))
               : MATCH_YES;
}

enum match_result check_format(struct schema_run *run, const struct schema_rule *rule,
                               json_t *value)
{
    schema_format_fn *is_format =
        json_is_string(rule->operand) ? schema_format_find(json_string_value(rule->operand)) : NULL;

    (void)run;
    return match_of(!is_format || !json_is_string(value) ||
                    is_format(json_string_value(value), json_string_length(value)));
}
