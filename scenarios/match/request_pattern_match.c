/*
 * Matching requests with patterns, and telling how far they are from it.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "match/request_pattern_inside.h"

/* The URL */

struct match_text request_pattern_path_variable(const struct request_pattern *pattern,
                                                struct match_text path, const char *name)
{
    struct regex_group value;

    if (pattern->url_kind != URL_TEMPLATE ||
        path_template_find(pattern->url_template, path.data, path.len, name, &value) != MATCH_YES)
        return (struct match_text){0};
    return (struct match_text){value.data, value.len};
}

/* The URL, without a `?` that nothing follows. */
static struct match_text url_of(const struct match_request *request)
{
    struct match_text url = request->url;

    if (url.len > 0 && url.data[url.len - 1] == '?')
        url.len--;
    return url;
}

enum match_result pattern_match_url(const struct request_pattern *pattern,
                                    const struct match_request *request)
{
    struct match_text path = match_request_path(request), url = url_of(request);

    switch (pattern->url_kind) {
    case URL_ANY:
        return MATCH_YES;
    case URL_EQUAL:
        return match_of(match_text_is(url, pattern->url));
    case URL_PATH:
        return match_of(match_text_is(path, pattern->url));
    case URL_TEMPLATE:
        return path_template_match(pattern->url_template, path.data, path.len);
    case URL_REGEX:
        return regex_matches(pattern->url_regex, url.data, url.len);
    case URL_PATH_REGEX:
        return regex_matches(pattern->url_regex, path.data, path.len);
    }
    return MATCH_NO;
}

static double url_distance(const struct request_pattern *pattern,
                           const struct match_request *request)
{
    struct match_text actual =
        pattern->url_kind == URL_EQUAL ? url_of(request) : match_request_path(request);

    if (pattern_match_url(pattern, request) == MATCH_YES)
        return 0;
    if (pattern->url_kind == URL_REGEX || pattern->url_kind == URL_PATH_REGEX)
        return 1;
    return match_text_distance(pattern->url, strlen(pattern->url), actual.data, actual.len);
}

/* Named values */

struct values_query pattern_find_values(const struct request_pattern *pattern,
                                        const struct condition *condition,
                                        struct match_request *request, struct match_field *variable)
{
    struct values_query query = {.name = condition->name, .now_us = request->body.now_us};
    const struct match_fields *fields = NULL;

    switch (condition->place) {
    case PLACE_PATH:
        variable->name = (struct match_text){condition->name, strlen(condition->name)};
        variable->value =
            request_pattern_path_variable(pattern, match_request_path(request), condition->name);
        query.fields = variable;
        query.count = variable->value.data ? 1 : 0;
        return query;
    case PLACE_HEADER:
        query.fields = request->headers;
        query.count = request->header_count;
        query.nocase = true;
        return query;
    case PLACE_QUERY:
        fields = match_request_query(request);
        break;
    case PLACE_COOKIE:
        fields = match_request_cookies(request);
        break;
    case PLACE_FORM:
        fields = match_request_form(request);
        break;
    }
    if (fields) {
        query.fields = fields->items;
        query.count = fields->count;
    }
    return query;
}

bool pattern_asks(const struct request_pattern *pattern, const struct condition *condition)
{
    return condition->place != PLACE_PATH || pattern->url_kind == URL_TEMPLATE;
}

static enum match_result match_conditions(const struct request_pattern *pattern,
                                          struct match_request *request, bool of_body)
{
    for (size_t i = 0; i < pattern->condition_count; i++) {
        const struct condition *condition = &pattern->conditions[i];
        struct match_field variable;
        struct values_query query;
        enum match_result result;

        if ((condition->place == PLACE_FORM) != of_body || !pattern_asks(pattern, condition))
            continue;
        query = pattern_find_values(pattern, condition, request, &variable);
        result = values_matcher_match(condition->matcher, &query);
        if (result != MATCH_YES)
            return result;
    }
    return MATCH_YES;
}

/* The rest of the head */

bool pattern_meets_method(const struct request_pattern *pattern,
                          const struct match_request *request)
{
    return !pattern->method || match_text_is(request->method, pattern->method);
}

/* `Basic` may be written in any case, what follows may not. */
bool pattern_meets_credentials(const struct request_pattern *pattern,
                               const struct match_request *request)
{
    static const size_t scheme_len = sizeof("Basic ") - 1;
    struct match_text sent = match_request_header(request, "authorization");

    if (!pattern->credentials)
        return true;
    return sent.len > scheme_len && strncasecmp(sent.data, pattern->credentials, scheme_len) == 0 &&
           match_text_is((struct match_text){sent.data + scheme_len, sent.len - scheme_len},
                         pattern->credentials + scheme_len);
}

enum match_result pattern_match_text(const struct matcher *matcher, struct match_text text,
                                     int64_t now_us)
{
    struct match_subject subject = {.data = text.data, .len = text.len, .now_us = now_us};
    enum match_result result = matcher ? matcher_match(matcher, &subject) : MATCH_YES;

    match_subject_done(&subject);
    return result;
}

static enum match_result match_address(const struct request_pattern *pattern,
                                       const struct match_request *request)
{
    enum match_result host;

    if ((pattern->scheme && !match_text_is(request->scheme, pattern->scheme)) ||
        (pattern->port && pattern->port != request->port))
        return MATCH_NO;
    host = pattern_match_text(pattern->host, request->host, request->body.now_us);
    return host == MATCH_YES
               ? pattern_match_text(pattern->client_ip, request->client_ip, request->body.now_us)
               : host;
}

enum match_result request_pattern_match_head(const struct request_pattern *pattern,
                                             struct match_request *request)
{
    enum match_result result;

    if (!pattern_meets_method(pattern, request))
        return MATCH_NO;
    result = pattern_match_url(pattern, request);
    if (result != MATCH_YES)
        return result;
    if (!pattern_meets_credentials(pattern, request))
        return MATCH_NO;
    result = match_address(pattern, request);
    if (result != MATCH_YES)
        return result;
    result = match_conditions(pattern, request, false);
    return request->is_out_of_memory ? MATCH_FAILED : result;
}

/* The body */

static enum match_result match_part(const struct part_pattern *pattern,
                                    const struct match_part *part, int64_t now_us)
{
    struct match_subject body = {.data = part->body.data, .len = part->body.len, .now_us = now_us};
    enum match_result result = MATCH_YES;

    if ((pattern->name && !match_text_is(part->name, pattern->name)) ||
        (pattern->file_name && !match_text_is(part->file_name, pattern->file_name)))
        return MATCH_NO;
    for (size_t i = 0; i < pattern->header_count && result == MATCH_YES; i++) {
        const struct values_query query = {.fields = part->headers,
                                           .count = part->header_count,
                                           .name = pattern->headers[i].name,
                                           .nocase = true,
                                           .now_us = now_us};

        result = values_matcher_match(pattern->headers[i].matcher, &query);
    }
    for (size_t i = 0; i < pattern->body_count && result == MATCH_YES; i++)
        result = matcher_match(pattern->bodies[i], &body);
    match_subject_done(&body);
    return result;
}

enum match_result pattern_match_parts(const struct part_pattern *pattern,
                                      struct match_request *request)
{
    const struct match_parts *parts = match_request_parts(request);
    enum match_result last = MATCH_NO;

    for (size_t i = 0; i < parts->count; i++) {
        enum match_result result = match_part(pattern, &parts->items[i], request->body.now_us);

        if (result == MATCH_FAILED || (result == MATCH_YES) != pattern->is_for_all)
            return result;
        last = result;
    }
    return last;
}

enum match_result request_pattern_match_body(const struct request_pattern *pattern,
                                             struct match_request *request)
{
    enum match_result result = match_conditions(pattern, request, true);

    for (size_t i = 0; i < pattern->body_count && result == MATCH_YES; i++)
        result = matcher_match(pattern->bodies[i], &request->body);
    for (size_t i = 0; i < pattern->part_count && result == MATCH_YES; i++)
        result = pattern_match_parts(&pattern->parts[i], request);
    return request->is_out_of_memory ? MATCH_FAILED : result;
}

enum match_result request_pattern_match(const struct request_pattern *pattern,
                                        struct match_request *request)
{
    enum match_result result = request_pattern_match_head(pattern, request);

    return result == MATCH_YES ? request_pattern_match_body(pattern, request) : result;
}

bool request_pattern_needs_body(const struct request_pattern *pattern)
{
    if (pattern->body_count > 0 || pattern->part_count > 0)
        return true;
    for (size_t i = 0; i < pattern->condition_count; i++)
        if (pattern->conditions[i].place == PLACE_FORM)
            return true;
    return false;
}

/* Distances */

struct mean {
    double sum;
    unsigned count;
};

static void add_distance(struct mean *mean, double distance)
{
    mean->sum += distance;
    mean->count++;
}

double request_pattern_distance(const struct request_pattern *pattern,
                                struct match_request *request)
{
    struct mean mean = {0};

    if (pattern->method)
        add_distance(&mean, pattern_meets_method(pattern, request) ? 0 : 1);
    if (pattern->url_kind != URL_ANY) {
        /* Who asks for a URL means that one above all. */
        double distance = url_distance(pattern, request);

        add_distance(&mean, distance);
        add_distance(&mean, distance);
    }
    if (pattern->credentials)
        add_distance(&mean, pattern_meets_credentials(pattern, request) ? 0 : 1);
    if (pattern->scheme || pattern->port || pattern->host || pattern->client_ip)
        add_distance(&mean, match_address(pattern, request) == MATCH_YES ? 0 : 1);
    for (size_t i = 0; i < pattern->condition_count; i++) {
        struct match_field variable;
        struct values_query query;

        if (!pattern_asks(pattern, &pattern->conditions[i]))
            continue;
        query = pattern_find_values(pattern, &pattern->conditions[i], request, &variable);
        add_distance(&mean, values_matcher_distance(pattern->conditions[i].matcher, &query));
    }
    for (size_t i = 0; i < pattern->body_count; i++)
        add_distance(&mean, matcher_distance(pattern->bodies[i], &request->body));
    for (size_t i = 0; i < pattern->part_count; i++)
        add_distance(&mean, pattern_match_parts(&pattern->parts[i], request) == MATCH_YES ? 0 : 1);
    return mean.count > 0 ? mean.sum / mean.count : 0;
}

enum url_kind request_pattern_url_kind(const struct request_pattern *pattern)
{
    return pattern->url_kind;
}

const char *request_pattern_url(const struct request_pattern *pattern)
{
    return pattern->url;
}

const char *request_pattern_method(const struct request_pattern *pattern)
{
    return pattern->method;
}

json_t *request_pattern_json(const struct request_pattern *pattern)
{
    return pattern->json;
}
