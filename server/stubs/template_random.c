/*
 * Helpers that look random. Their numbers come from the world, so that the same calls give the same
 * answers.
 */
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "stubs/template_tree.h"

enum { RANDOM_LENGTH_DEFAULT = 36, RANDOM_LENGTH_MAX = 1 << 20 };

static uint64_t next(const struct template_call *call)
{
    return call->r->data->random(call->r->data->context);
}

/* From 0 to below `bound`, which is above 0. */
static uint64_t next_below(const struct template_call *call, uint64_t bound)
{
    return next(call) % bound;
}

/* From 0 to below 1. */
static double next_fraction(const struct template_call *call)
{
    return (double)(next(call) >> 11) / 9007199254740992.0;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

/* The first is also for what is no type, as in WireMock. */
static const struct {
    const char *type, *characters;
} types[] = {
    {"ALPHANUMERIC", LETTERS DIGITS},
    {"ALPHABETIC", LETTERS},
    {"NUMERIC", DIGITS},
    {"HEXADECIMAL", DIGITS "abcdef"},
    {"ALPHANUMERIC_AND_SYMBOLS", LETTERS DIGITS "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"},
};

static const char *characters_of(struct text type)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (text_eq(type, text_of(types[i].type)))
            return types[i].characters;
    return types[0].characters;
}

static void capitalize(struct buf *text)
{
    for (size_t i = 0; i < text->len; i++)
        if (text->data[i] >= 'a' && text->data[i] <= 'z')
            text->data[i] = (char)(text->data[i] - ('a' - 'A'));
}

struct template_value helper_random_value(struct template_call *call)
{
    struct template_value named_type = helper_named(call, "type");
    struct template_value named_length = helper_named(call, "length");
    AUTO(buf_done) struct buf type = {0}, out = {0};
    double length = RANDOM_LENGTH_DEFAULT;
    bool is_whole = true;

    if (!helper_show(call, &named_type, &type))
        return (struct template_value){0};
    if (named_length.json && (!template_value_number(&named_length, &length, &is_whole) ||
                              !is_whole || length < 0 || length > RANDOM_LENGTH_MAX))
        return helper_error(call, "the length of a random value is a whole number from 0 to %d",
                            RANDOM_LENGTH_MAX);
    if (text_eq(buf_text(&type), TEXT("UUID"))) {
        char id[UUID_SIZE];

        id_uuid(next(call), ID_ANSWER, 0, id);
        buf_add_string(&out, id);
    } else {
        const char *characters = characters_of(buf_text(&type));
        size_t count = strlen(characters);

        for (size_t i = 0; i < (size_t)length; i++)
            buf_add_char(&out, characters[next_below(call, count)]);
    }
    if (helper_is_named_true(call, "uppercase"))
        capitalize(&out);
    return helper_string(call, buf_text(&out));
}

/* Read `lower` and `upper`. Returns false if one is not a number. */
static bool read_bounds(const struct template_call *call, double *lower, double *upper)
{
    struct template_value low = helper_named(call, "lower"), high = helper_named(call, "upper");
    bool ignored;

    return (!low.json || template_value_number(&low, lower, &ignored)) &&
           (!high.json || template_value_number(&high, upper, &ignored)) && *lower < *upper;
}

struct template_value helper_random_int(struct template_call *call)
{
    double lower = INT32_MIN, upper = INT32_MAX;

    if (!read_bounds(call, &lower, &upper) || lower < INT32_MIN || upper > INT32_MAX)
        return helper_error(call, "randomInt needs a lower bound below the upper one");
    return (struct template_value){
        json_integer((json_int_t)lower +
                     (json_int_t)next_below(call, (uint64_t)((int64_t)upper - (int64_t)lower))),
        LOOK_JAVA};
}

struct template_value helper_random_decimal(struct template_call *call)
{
    double lower = 0, upper = 1;

    if (!read_bounds(call, &lower, &upper))
        return helper_error(call, "randomDecimal needs a lower bound below the upper one");
    return (struct template_value){json_real(lower + (upper - lower) * next_fraction(call)),
                                   LOOK_JAVA};
}

/* Take `count` of them, each once, in any order. */
static json_t *pick(const struct template_call *call, json_t *items, size_t count)
{
    json_t *left = json_copy(items), *out = json_array();

    while (json_array_size(out) < count && json_array_size(left) > 0 &&
           rendering_work(call->r, 64 + json_array_size(left))) {
        size_t index = (size_t)next_below(call, json_array_size(left));

        (void)json_array_append(out, json_array_get(left, index));
        if (json_array_remove(left, index) < 0)
            break;
    }
    json_decref(left);
    return out;
}

struct template_value helper_pick_random(struct template_call *call)
{
    struct template_value named = helper_named(call, "count"), out = {0};
    AUTO(template_value_done) struct template_value list = {json_array(), LOOK_JAVA};
    double count = 1;
    bool ignored;

    if (call->count == 1 && json_is_array(call->arguments[0].json)) {
        template_value_done(&list);
        list = template_value_copy(&call->arguments[0]);
    } else {
        for (size_t i = 0; i < call->count; i++)
            (void)json_array_append(list.json, call->arguments[i].json);
    }
    if (json_array_size(list.json) == 0)
        return helper_error(call, "Must specify either a single list argument or a set of single "
                                  "value arguments.");
    if (named.json && (!template_value_number(&named, &count, &ignored) || count < 0))
        return helper_error(call, "the count of pickRandom is a number from 0");
    out = (struct template_value){pick(call, list.json, count < 1e9 ? (size_t)count : (size_t)1e9),
                                  LOOK_JAVA};
    if (!named.json) {
        json_t *first = json_incref(json_array_get(out.json, 0));

        template_value_done(&out);
        out.json = first;
    }
    return out;
}
