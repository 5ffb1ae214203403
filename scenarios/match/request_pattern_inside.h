/*
 * The inside of a request pattern, for request_pattern.c, which makes it, and
 * request_pattern_match.c, which matches it.
 */
#ifndef MATCH_REQUEST_PATTERN_INSIDE_H
#define MATCH_REQUEST_PATTERN_INSIDE_H

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

#endif
