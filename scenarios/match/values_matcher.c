#include "match/values_matcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MATCHERS_MAX = 100 };

enum values_rule { RULE_ANY, RULE_HAS_EXACTLY, RULE_INCLUDES };

struct values_matcher {
    enum values_rule rule;
    json_t *json; /* owned */
    struct matcher **matchers;
    size_t count;
};

static const struct {
    const char *name;
    enum values_rule rule;
} rules[] = {{"hasExactly", RULE_HAS_EXACTLY}, {"includes", RULE_INCLUDES}};

static bool read_matchers(struct values_matcher *made, const json_t *list, char *error,
                          size_t error_size)
{
    size_t count = json_array_size(list);

    if (count == 0 || count > MATCHERS_MAX) {
        (void)snprintf(error, error_size, "expected a list of 1 to %d matchers", MATCHERS_MAX);
        return false;
    }
    made->matchers = calloc(count, sizeof(struct matcher *));
    if (!made->matchers) {
        (void)snprintf(error, error_size, "out of memory");
        return false;
    }
    for (; made->count < count; made->count++) {
        made->matchers[made->count] =
            matcher_new(json_array_get(list, made->count), error, error_size);
        if (!made->matchers[made->count])
            return false;
    }
    return true;
}

/* The list of a rule, or one that holds `json` alone; a new reference. */
static json_t *find_list(struct values_matcher *made, json_t *json)
{
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        json_t *list = json_object_get(json, rules[i].name);

        if (list) {
            made->rule = rules[i].rule;
            return json_incref(list);
        }
    }
    return json_pack("[O]", json);
}

struct values_matcher *values_matcher_new(json_t *json, char *error, size_t error_size)
{
    struct values_matcher *made = calloc(1, sizeof(*made));
    json_t *list;
    bool is_read;

    if (!made) {
        (void)snprintf(error, error_size, "out of memory");
        return NULL;
    }
    made->json = json_incref(json);
    list = find_list(made, json);
    is_read = read_matchers(made, list, error, error_size);
    json_decref(list);
    if (is_read)
        return made;
    values_matcher_free(made);
    return NULL;
}

void values_matcher_free(struct values_matcher *matcher)
{
    if (!matcher)
        return;
    for (size_t i = 0; i < matcher->count; i++)
        matcher_free(matcher->matchers[i]);
    free(matcher->matchers);
    json_decref(matcher->json);
    free(matcher);
}

json_t *values_matcher_json(const struct values_matcher *matcher)
{
    return matcher->json;
}

static bool has_name(const struct values_query *query, const struct match_field *field)
{
    return query->nocase ? match_text_is_nocase(field->name, query->name)
                         : match_text_is(field->name, query->name);
}

struct match_text values_query_first(const struct values_query *query)
{
    for (size_t i = 0; i < query->count; i++)
        if (has_name(query, &query->fields[i]))
            return query->fields[i].value;
    return (struct match_text){0};
}

static enum match_result match_one(const struct matcher *matcher, struct match_text value,
                                   int64_t now_us)
{
    struct match_subject subject = {.data = value.data, .len = value.len, .now_us = now_us};
    enum match_result result = matcher_match(matcher, &subject);

    match_subject_done(&subject);
    return result;
}

/* Match any of the values; what was not sent is absent. */
static enum match_result match_any(const struct matcher *matcher, const struct values_query *query)
{
    enum match_result result = MATCH_NO;
    bool was_sent = false;

    for (size_t i = 0; i < query->count && result == MATCH_NO; i++) {
        if (!has_name(query, &query->fields[i]))
            continue;
        was_sent = true;
        result = match_one(matcher, query->fields[i].value, query->now_us);
    }
    return was_sent ? result : match_one(matcher, (struct match_text){0}, query->now_us);
}

static size_t count_values(const struct values_query *query)
{
    size_t count = 0;

    for (size_t i = 0; i < query->count; i++)
        count += has_name(query, &query->fields[i]);
    return count;
}

/* Each value needs some matcher, and each matcher some value. */
static enum match_result match_each_value(const struct values_matcher *matcher,
                                          const struct values_query *query)
{
    for (size_t i = 0; i < query->count; i++) {
        enum match_result result = MATCH_NO;

        if (!has_name(query, &query->fields[i]))
            continue;
        for (size_t j = 0; j < matcher->count && result == MATCH_NO; j++)
            result = match_one(matcher->matchers[j], query->fields[i].value, query->now_us);
        if (result != MATCH_YES)
            return result;
    }
    return MATCH_YES;
}

enum match_result values_matcher_match(const struct values_matcher *matcher,
                                       const struct values_query *query)
{
    /* Not even what is absent is among no values. */
    if (matcher->rule != RULE_ANY && count_values(query) == 0)
        return MATCH_NO;
    for (size_t i = 0; i < matcher->count; i++) {
        enum match_result result = match_any(matcher->matchers[i], query);

        if (result != MATCH_YES)
            return result;
    }
    if (matcher->rule != RULE_HAS_EXACTLY)
        return MATCH_YES;
    return count_values(query) == matcher->count ? match_each_value(matcher, query) : MATCH_NO;
}

double values_matcher_distance(const struct values_matcher *matcher,
                               const struct values_query *query)
{
    struct match_text first = values_query_first(query);
    struct match_subject subject = {.data = first.data, .len = first.len, .now_us = query->now_us};
    double sum = 0;

    if (values_matcher_match(matcher, query) == MATCH_YES)
        return 0;
    for (size_t i = 0; i < matcher->count; i++)
        sum += matcher_distance(matcher->matchers[i], &subject);
    match_subject_done(&subject);
    /* Too many values are as far away as a whole wrong one. */
    return sum > 0 ? sum / (double)matcher->count : 1;
}
