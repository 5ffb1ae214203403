/*
 * The grammar of RFC 9535, by recursive descent: paths and their segments.
 */
#include <stdio.h>
#include <string.h>

#include "match/json_path_parser.h"

enum { EXPRESSION_LEN_MAX = 16384 };

static bool read_index_or_slice(struct path_parser *p, struct selector *selector)
{
    struct slice *slice = &selector->slice;
    const char *end;

    slice->step = 1;
    slice->has_start = *p->at != ':';
    if (slice->has_start && !path_read_integer(p, &slice->start))
        return false;
    end = p->at;
    path_skip_blanks(p);
    if (!path_take(p, ":")) {
        p->at = end;
        selector->kind = SELECTOR_INDEX;
        selector->index = slice->start;
        return true;
    }
    selector->kind = SELECTOR_SLICE;
    path_skip_blanks(p);
    slice->has_end = path_is_digit(*p->at) || *p->at == '-';
    if (slice->has_end && !path_read_integer(p, &slice->end))
        return false;
    path_skip_blanks(p);
    if (!path_take(p, ":"))
        return true;
    path_skip_blanks(p);
    return !(path_is_digit(*p->at) || *p->at == '-') || path_read_integer(p, &slice->step);
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by PATH_NESTING_MAX */
static bool read_selector(struct path_parser *p, struct selector *selector)
{
    if (path_take(p, "*")) {
        selector->kind = SELECTOR_WILDCARD;
        return true;
    }
    if (*p->at == '\'' || *p->at == '"') {
        selector->kind = SELECTOR_NAME;
        return path_read_string(p, &selector->name, &selector->name_len);
    }
    if (path_take(p, "?")) {
        selector->kind = SELECTOR_FILTER;
        path_skip_blanks(p);
        selector->filter = path_read_filter(p);
        return selector->filter != NULL;
    }
    if (path_is_digit(*p->at) || *p->at == '-' || *p->at == ':')
        return read_index_or_slice(p, selector);
    return path_fail(p, "expected a name in quotes, a number, '*', ':' or '?'");
}

/* Read what stands between brackets, behind the first. */
static bool read_selectors(struct path_parser *p, struct segment *segment)
{
    struct selector **last = &segment->selectors;

    do {
        *last = path_allocate(p, sizeof(**last));
        path_skip_blanks(p);
        if (!*last || !read_selector(p, *last))
            return false;
        last = &(*last)->next;
        path_skip_blanks(p);
    } while (path_take(p, ","));
    return path_expect(p, "]");
}

static bool read_name_or_wildcard(struct path_parser *p, struct segment *segment)
{
    size_t len = path_name_len(p->at);
    struct selector *selector = path_allocate(p, sizeof(*selector));

    if (!selector)
        return false;
    segment->selectors = selector;
    if (path_take(p, "*")) {
        selector->kind = SELECTOR_WILDCARD;
        return true;
    }
    if (len == 0)
        return path_fail(p, "expected a name");
    selector->kind = SELECTOR_NAME;
    selector->name_len = len;
    selector->name = path_allocate(p, len + 1);
    if (!selector->name)
        return false;
    memcpy(selector->name, p->at, len);
    p->at += len;
    return true;
}

static bool read_segment(struct path_parser *p, struct segment *segment)
{
    if (path_take(p, "["))
        return read_selectors(p, segment);
    if (path_take(p, "..")) {
        segment->is_descendant = true;
        return path_take(p, "[") ? read_selectors(p, segment) : read_name_or_wildcard(p, segment);
    }
    p->at++; /* the dot */
    if (path_take(p, "length()") || path_take(p, "size()")) {
        segment->is_length = true;
        return true;
    }
    return read_name_or_wildcard(p, segment);
}

static bool is_singular(const struct segment *segment)
{
    return !segment->is_descendant &&
           (segment->is_length ||
            (!segment->selectors->next && (segment->selectors->kind == SELECTOR_NAME ||
                                           segment->selectors->kind == SELECTOR_INDEX)));
}

static bool read_segments(struct path_parser *p, struct path_query *query)
{
    struct segment **last = &query->segments;

    query->is_singular = true;
    for (;;) {
        const char *end = p->at;

        path_skip_blanks(p);
        if (*p->at != '.' && *p->at != '[') {
            p->at = end;
            return true;
        }
        *last = path_allocate(p, sizeof(**last));
        if (!*last || !read_segment(p, *last))
            return false;
        query->is_singular = query->is_singular && is_singular(*last);
        if ((*last)->is_length)
            return true;
        last = &(*last)->next;
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by PATH_NESTING_MAX */
bool path_read_query(struct path_parser *p, struct path_query **out)
{
    struct path_query *query = path_allocate(p, sizeof(*query));

    if (!query)
        return false;
    query->is_relative = *p->at == '@';
    p->at++;
    *out = query;
    return read_segments(p, query);
}

/* A path without `$`: as if `$.` stood before it. */
static bool read_bare_query(struct path_parser *p, struct path_query **out)
{
    struct path_query *query = path_allocate(p, sizeof(*query));
    struct segment *first = query ? path_allocate(p, sizeof(*first)) : NULL;
    struct path_query rest = {0};

    if (!first || !read_name_or_wildcard(p, first) || !read_segments(p, &rest))
        return false;
    first->next = rest.segments;
    query->segments = first;
    query->is_singular = rest.is_singular && is_singular(first);
    *out = query;
    return true;
}

bool json_path_parse(struct json_path *path, const char *expression, char *error, size_t error_size)
{
    struct path_parser p = {.path = path,
                            .start = expression,
                            .at = expression,
                            .error = error,
                            .error_size = error_size};

    if (strlen(expression) > EXPRESSION_LEN_MAX) {
        (void)snprintf(error, error_size, "a JSONPath may have at most %d bytes",
                       EXPRESSION_LEN_MAX);
        return false;
    }
    if (*expression == '$' ? !path_read_query(&p, &path->query)
                           : !read_bare_query(&p, &path->query))
        return path_fail(&p, "it ends too early");
    return *p.at == '\0' || path_fail(&p, "something behind its end");
}
