/*
 * Telling what a pattern asks for, and how a request meets it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/request_pattern_inside.h"

/* Who is told, about what. */
struct telling {
    const struct request_pattern *pattern;
    struct match_request *request;
    pattern_difference_fn *tell;
    void *context;
};

static void tell_text(const struct telling *t, const char *what, const char *expected,
                      struct match_text actual, bool is_met)
{
    const struct pattern_difference difference = {
        .what = what, .expected = expected, .actual = actual, .is_met = is_met};

    t->tell(t->context, &difference);
}

/* The text of a matcher that asks for no more than to be equal to it. */
static const char *plain_text(const json_t *matcher)
{
    return json_object_size(matcher) == 1 ? json_string_value(json_object_get(matcher, "equalTo"))
                                          : NULL;
}

/* Tell about a matcher, in `difference->expected`. Returns false when memory runs out. */
static bool tell_matcher(const struct telling *t, struct pattern_difference *difference,
                         const json_t *matcher)
{
    const char *plain = plain_text(matcher);
    char *dump = plain ? NULL : json_dumps(matcher, JSON_COMPACT | JSON_ENCODE_ANY);

    difference->expected = plain ? plain : dump;
    if (difference->expected)
        t->tell(t->context, difference);
    free(dump);
    return plain || dump;
}

static void tell_method(const struct telling *t)
{
    if (t->pattern->method)
        tell_text(t, "method", t->pattern->method, t->request->method,
                  pattern_meets_method(t->pattern, t->request));
}

static void tell_url(const struct telling *t)
{
    static const char *const fields[] = {[URL_EQUAL] = "url",
                                         [URL_PATH] = "urlPath",
                                         [URL_TEMPLATE] = "urlPathTemplate",
                                         [URL_REGEX] = "urlPattern",
                                         [URL_PATH_REGEX] = "urlPathPattern"};
    enum url_kind kind = t->pattern->url_kind;

    if (kind != URL_ANY)
        tell_text(t, fields[kind], t->pattern->url,
                  kind == URL_EQUAL || kind == URL_REGEX ? t->request->url
                                                         : match_request_path(t->request),
                  pattern_match_url(t->pattern, t->request) == MATCH_YES);
}

static bool tell_address(const struct telling *t)
{
    const struct request_pattern *pattern = t->pattern;
    struct match_request *request = t->request;
    int64_t now_us = request->body.now_us;
    char expected[24], actual[24];
    const struct {
        const char *what;
        const struct matcher *matcher;
        struct match_text actual;
    } rows[] = {{"host", pattern->host, request->host},
                {"clientIp", pattern->client_ip, request->client_ip}};

    if (pattern->scheme)
        tell_text(t, "scheme", pattern->scheme, request->scheme,
                  match_text_is(request->scheme, pattern->scheme));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct pattern_difference difference = {.what = rows[i].what, .actual = rows[i].actual};

        if (!rows[i].matcher)
            continue;
        difference.is_met =
            pattern_match_text(rows[i].matcher, rows[i].actual, now_us) == MATCH_YES;
        if (!tell_matcher(t, &difference, matcher_json(rows[i].matcher)))
            return false;
    }
    if (!pattern->port)
        return true;
    (void)snprintf(expected, sizeof(expected), "%" JSON_INTEGER_FORMAT, pattern->port);
    (void)snprintf(actual, sizeof(actual), "%u", request->port);
    tell_text(t, "port", expected, (struct match_text){actual, strlen(actual)},
              pattern->port == request->port);
    return true;
}

static void tell_credentials(const struct telling *t)
{
    const struct pattern_difference difference = {
        .what = "basicAuthCredentials",
        .name = "Authorization",
        .expected = t->pattern->credentials,
        .actual = match_request_header(t->request, "authorization"),
        .is_met = pattern_meets_credentials(t->pattern, t->request)};

    if (t->pattern->credentials)
        t->tell(t->context, &difference);
}

/* Tell about the named values of one place. */
static bool tell_conditions(const struct telling *t, enum place place, const char *what)
{
    for (size_t i = 0; i < t->pattern->condition_count; i++) {
        const struct condition *condition = &t->pattern->conditions[i];
        struct pattern_difference difference = {.what = what, .name = condition->name};
        struct match_field variable;
        struct values_query query;

        if (condition->place != place || !pattern_asks(t->pattern, condition))
            continue;
        query = pattern_find_values(t->pattern, condition, t->request, &variable);
        difference.actual = values_query_first(&query);
        difference.is_met = values_matcher_match(condition->matcher, &query) == MATCH_YES;
        if (!tell_matcher(t, &difference, values_matcher_json(condition->matcher)))
            return false;
    }
    return true;
}

static bool tell_places(const struct telling *t)
{
    static const char *const fields[] = {[PLACE_PATH] = "pathParameters",
                                         [PLACE_QUERY] = "queryParameters",
                                         [PLACE_HEADER] = "headers",
                                         [PLACE_COOKIE] = "cookies",
                                         [PLACE_FORM] = "formParameters"};

    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (!tell_conditions(t, (enum place)i, fields[i]))
            return false;
    return true;
}

static bool tell_body(const struct telling *t)
{
    const json_t *parts = json_object_get(t->pattern->json, "multipartPatterns");
    struct match_subject *body = &t->request->body;
    struct match_text text = {body->data, body->len};

    for (size_t i = 0; i < t->pattern->body_count; i++) {
        const struct matcher *matcher = t->pattern->bodies[i];
        struct pattern_difference difference = {.what = "bodyPatterns",
                                                .actual = text,
                                                .is_met =
                                                    matcher_match(matcher, body) == MATCH_YES};

        if (!tell_matcher(t, &difference, matcher_json(matcher)))
            return false;
    }
    for (size_t i = 0; i < t->pattern->part_count; i++) {
        const struct part_pattern *part = &t->pattern->parts[i];
        struct pattern_difference difference = {.what = "multipartPatterns",
                                                .name = part->name,
                                                .actual = text,
                                                .is_met = pattern_match_parts(part, t->request) ==
                                                          MATCH_YES};

        if (!tell_matcher(t, &difference, json_array_get(parts, i)))
            return false;
    }
    return true;
}

bool request_pattern_explain(const struct request_pattern *pattern, struct match_request *request,
                             pattern_difference_fn *tell, void *context)
{
    const struct telling t = {pattern, request, tell, context};

    tell_method(&t);
    tell_url(&t);
    tell_credentials(&t);
    return tell_address(&t) && tell_places(&t) && tell_body(&t) && !request->is_out_of_memory;
}
