/*
 * The inside of a request pattern, for request_pattern.c, which makes it, and those
 * that match it and tell why it does not.
 */
#ifndef MATCH_REQUEST_PATTERN_INSIDE_H
#define MATCH_REQUEST_PATTERN_INSIDE_H

#include "match/path_template.h"
#include "match/request_pattern.h"
#include "match/values_matcher.h"

/* Where the values of a condition are found. The order is that in which they are told about. */
enum place { PLACE_PATH, PLACE_QUERY, PLACE_HEADER, PLACE_COOKIE, PLACE_FORM };

/* A named value that is asked for. */
struct condition {
    enum place place;
    const char *name; /* in the pattern's JSON */
    struct values_matcher *matcher;
};

struct part_pattern {
    const char *name;      /* of the field; NULL: any */
    const char *file_name; /* NULL: any */
    bool is_for_all;       /* each part must match, else any */
    struct condition *headers;
    size_t header_count;
    struct matcher **bodies;
    size_t body_count;
};

struct request_pattern {
    json_t *json; /* owned; names and texts below are within it */
    const char *method;
    enum url_kind url_kind;
    const char *url;
    struct regex *url_regex;
    struct path_template *url_template;
    struct condition *conditions;
    size_t condition_count;
    struct matcher **bodies;
    size_t body_count;
    struct part_pattern *parts;
    size_t part_count;
    char *credentials; /* what Authorization must be */
    const char *scheme;
    json_int_t port; /* 0: any */
    struct matcher *host, *client_ip;
};

/* Whether a request meets one thing that a pattern asks for. */
bool pattern_meets_method(const struct request_pattern *pattern,
                          const struct match_request *request);
bool pattern_meets_credentials(const struct request_pattern *pattern,
                               const struct match_request *request);
enum match_result pattern_match_url(const struct request_pattern *pattern,
                                    const struct match_request *request);
enum match_result pattern_match_text(const struct matcher *matcher, struct match_text text,
                                     int64_t now_us);
enum match_result pattern_match_parts(const struct part_pattern *pattern,
                                      struct match_request *request);

/* Find what a condition looks at. A path variable is kept in `*variable`. */
struct values_query pattern_find_values(const struct request_pattern *pattern,
                                        const struct condition *condition,
                                        struct match_request *request,
                                        struct match_field *variable);

/* Tell whether a condition counts: path parameters do for templates only. */
bool pattern_asks(const struct request_pattern *pattern, const struct condition *condition);

#endif
