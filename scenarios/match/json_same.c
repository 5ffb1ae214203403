#include "match/json_same.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 5000000, MOVES_MAX = 1000 };

static const char placeholder_prefix[] = "${json-unit.";
static const char regex_prefix[] = "${json-unit.regex}";

static bool is_same_number(const json_t *a, const json_t *b)
{
    /* Whole numbers beyond 2^53 differ where their doubles do not. */
    if (json_is_integer(a) && json_is_integer(b))
        return json_integer_value(a) == json_integer_value(b);
    return json_number_value(a) == json_number_value(b);
}

static bool is_same_string(const json_t *a, const json_t *b)
{
    return json_string_length(a) == json_string_length(b) &&
           memcmp(json_string_value(a), json_string_value(b), json_string_length(a)) == 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the documents, which their readers bound */
static bool is_same_array(const json_t *a, const json_t *b)
{
    if (json_array_size(a) != json_array_size(b))
        return false;
    for (size_t i = 0; i < json_array_size(a); i++)
        if (!json_is_same(json_array_get(a, i), json_array_get(b, i)))
            return false;
    return true;
}

/* Walk over an object that is not changed: jansson's iterators want a changeable one. */
static void *first_member(const json_t *object)
{
    union {
        const json_t *constant;
        json_t *changeable;
    } same;

    same.constant = object;
    return json_object_iter(same.changeable);
}

static void *next_member(const json_t *object, void *member)
{
    union {
        const json_t *constant;
        json_t *changeable;
    } same;

    same.constant = object;
    return json_object_iter_next(same.changeable, member);
}

static json_t *member_of(const json_t *object, void *member)
{
    return json_object_getn(object, json_object_iter_key(member), json_object_iter_key_len(member));
}

/* NOLINTNEXTLINE(misc-no-recursion): see is_same_array() */
static bool is_same_object(const json_t *a, const json_t *b)
{
    if (json_object_size(a) != json_object_size(b))
        return false;
    for (void *m = first_member(a); m; m = next_member(a, m)) {
        const json_t *other = member_of(b, m);

        if (!other || !json_is_same(json_object_iter_value(m), other))
            return false;
    }
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): see is_same_array() */
bool json_is_same(const json_t *a, const json_t *b)
{
    if (json_is_number(a) && json_is_number(b))
        return is_same_number(a, b);
    if (json_typeof(a) != json_typeof(b))
        return false;
    if (json_is_string(a))
        return is_same_string(a, b);
    if (json_is_array(a))
        return is_same_array(a, b);
    return !json_is_object(a) || is_same_object(a, b);
}

/* Placeholders */

struct comparison {
    unsigned options;
    size_t steps;
    bool has_failed;
};

static bool is_any(const json_t *actual)
{
    return actual != NULL;
}

static bool is_any_string(const json_t *actual)
{
    return json_is_string(actual);
}

static bool is_any_number(const json_t *actual)
{
    return json_is_number(actual);
}

static bool is_any_boolean(const json_t *actual)
{
    return json_is_boolean(actual);
}

static const struct {
    const char *text;
    bool (*accepts)(const json_t *actual);
} placeholders[] = {
    {"${json-unit.any-string}", is_any_string},   {"${json-unit.any-number}", is_any_number},
    {"${json-unit.any-boolean}", is_any_boolean}, {"${json-unit.ignore}", is_any},
    {"${json-unit.ignore-element}", is_any},
};

static bool may_be_missing(const json_t *expected)
{
    return json_is_string(expected) &&
           strcmp(json_string_value(expected), "${json-unit.ignore-element}") == 0;
}

static bool match_expression(struct comparison *c, const char *pattern, const json_t *actual)
{
    char ignored[160];
    struct regex *regex;
    enum match_result result;

    if (!json_is_string(actual))
        return false;
    regex = regex_new(pattern, 0, ignored, sizeof(ignored));
    result = regex ? regex_matches(regex, json_string_value(actual), json_string_length(actual))
                   : MATCH_FAILED;
    regex_free(regex);
    c->has_failed = c->has_failed || result == MATCH_FAILED;
    return result == MATCH_YES;
}

/* Compare with a placeholder. Returns false if `expected` is none. */
static bool match_placeholder(struct comparison *c, const char *expected, const json_t *actual,
                              bool *out)
{
    if (strncmp(expected, placeholder_prefix, sizeof(placeholder_prefix) - 1) != 0)
        return false;
    if (strncmp(expected, regex_prefix, sizeof(regex_prefix) - 1) == 0) {
        *out = match_expression(c, expected + sizeof(regex_prefix) - 1, actual);
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(placeholders); i++)
        if (strcmp(expected, placeholders[i].text) == 0) {
            *out = placeholders[i].accepts(actual);
            return true;
        }
    return false;
}

/* Arrays */

static bool matches(struct comparison *c, const json_t *expected, const json_t *actual);

/* NOLINTNEXTLINE(misc-no-recursion): see is_same_array() */
static bool match_in_order(struct comparison *c, const json_t *expected, const json_t *actual)
{
    for (size_t i = 0; i < json_array_size(expected); i++)
        if (!matches(c, json_array_get(expected, i), json_array_get(actual, i)))
            return false;
    return true;
}

/* Each item of one array paired with another one of the other. */
struct pairing {
    const json_t *expected, *actual;
    size_t *partner; /* of each actual item: the expected one's index plus 1, or 0 */
    bool *is_seen;   /* an actual item that this attempt has tried */
    unsigned moves;  /* how many partners this attempt is changing */
};

/* Find a partner for an expected item, sending others to other partners where that makes room. */
/* NOLINTNEXTLINE(misc-no-recursion): bounded by MOVES_MAX */
static bool find_partner(struct comparison *c, struct pairing *p, size_t index)
{
    if (++p->moves > MOVES_MAX)
        c->has_failed = true;
    for (size_t i = 0; i < json_array_size(p->actual) && !c->has_failed; i++) {
        if (p->is_seen[i] ||
            !matches(c, json_array_get(p->expected, index), json_array_get(p->actual, i)))
            continue;
        p->is_seen[i] = true;
        if (p->partner[i] == 0 || find_partner(c, p, p->partner[i] - 1)) {
            p->partner[i] = index + 1;
            return true;
        }
    }
    return false;
}

/* NOLINTNEXTLINE(misc-no-recursion): see is_same_array() */
static bool match_in_any_order(struct comparison *c, const json_t *expected, const json_t *actual)
{
    size_t count = json_array_size(actual);
    struct pairing p = {.expected = expected,
                        .actual = actual,
                        .partner = calloc(count + 1, sizeof(size_t)),
                        .is_seen = calloc(count + 1, sizeof(bool))};
    bool result = p.partner && p.is_seen;

    c->has_failed = c->has_failed || !result;
    for (size_t i = 0; result && i < json_array_size(expected); i++) {
        memset(p.is_seen, 0, count);
        p.moves = 0;
        result = find_partner(c, &p, i);
    }
    free(p.partner);
    free(p.is_seen);
    return result;
}

/* NOLINTNEXTLINE(misc-no-recursion): see is_same_array() */
static bool match_array(struct comparison *c, const json_t *expected, const json_t *actual)
{
    size_t wanted = json_array_size(expected), count = json_array_size(actual);

    if (c->options & JSON_IGNORE_EXTRA_ELEMENTS ? wanted > count : wanted != count)
        return false;
    return c->options & JSON_IGNORE_ARRAY_ORDER ? match_in_any_order(c, expected, actual)
                                                : match_in_order(c, expected, actual);
}

/* NOLINTNEXTLINE(misc-no-recursion): see is_same_array() */
static bool match_object(struct comparison *c, const json_t *expected, const json_t *actual)
{
    size_t found = 0;

    for (void *m = first_member(expected); m; m = next_member(expected, m)) {
        const json_t *value = json_object_iter_value(m);
        const json_t *other = member_of(actual, m);

        if (!other && may_be_missing(value))
            continue;
        if (!other || !matches(c, value, other))
            return false;
        found++;
    }
    return c->options & JSON_IGNORE_EXTRA_ELEMENTS || found == json_object_size(actual);
}

/* NOLINTNEXTLINE(misc-no-recursion): see is_same_array() */
static bool matches(struct comparison *c, const json_t *expected, const json_t *actual)
{
    bool result;

    if (++c->steps > STEPS_MAX)
        c->has_failed = true;
    if (c->has_failed)
        return false;
    if (json_is_string(expected) &&
        match_placeholder(c, json_string_value(expected), actual, &result))
        return result;
    if (json_is_array(expected) && json_is_array(actual))
        return match_array(c, expected, actual);
    if (json_is_object(expected) && json_is_object(actual))
        return match_object(c, expected, actual);
    return json_is_same(expected, actual);
}

enum match_result json_is_like(const json_t *expected, const json_t *actual, unsigned options)
{
    struct comparison c = {.options = options};
    bool result = matches(&c, expected, actual);

    if (c.has_failed)
        return MATCH_FAILED;
    return result ? MATCH_YES : MATCH_NO;
}

static bool check_string(const char *text, char *error, size_t error_size)
{
    struct regex *regex;

    if (strncmp(text, regex_prefix, sizeof(regex_prefix) - 1) != 0)
        return true;
    regex = regex_new(text + sizeof(regex_prefix) - 1, 0, error, error_size);
    regex_free(regex);
    return regex != NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): see is_same_array() */
bool json_like_check(const json_t *expected, char *error, size_t error_size)
{
    if (json_is_string(expected))
        return check_string(json_string_value(expected), error, error_size);
    for (size_t i = 0; i < json_array_size(expected); i++)
        if (!json_like_check(json_array_get(expected, i), error, error_size))
            return false;
    for (void *m = first_member(expected); m; m = next_member(expected, m))
        if (!json_like_check(json_object_iter_value(m), error, error_size))
            return false;
    return true;
}
