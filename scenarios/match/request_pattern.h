/*
 * WireMock's request patterns: what a stub asks of a request, and what is verified in the journal.
 */
#ifndef MATCH_REQUEST_PATTERN_H
#define MATCH_REQUEST_PATTERN_H

#include "match/match_request.h"

/* What is wrong with JSON that was sent: where, as a JSON pointer (RFC 6901), and what. */
struct match_error {
    char pointer[192];
    char detail[320];
};

/* Fill an error; `pointer` is a format of one string. */
PRINTF_LIKE(3, 4)
void match_error_set(struct match_error *error, const char *pointer, const char *format, ...);

/* Say what is wrong with the member `name` of what stands at `base`. Returns false, for a return
 * statement. */
bool match_error_at(struct match_error *error, const char *base, const char *name,
                    const char *detail);

struct request_pattern;

/*
 * Compile a pattern. `pointer` is where it stands in what was sent ("/request"). NULL with an error
 * when it has a field that is unknown or of the wrong type. `json` is kept by reference and must
 * not change.
 */
MUST_USE struct request_pattern *request_pattern_new(json_t *json, const char *pointer,
                                                     struct match_error *error);

/* NULL is fine. */
void request_pattern_free(struct request_pattern *pattern);

/* Match everything but what needs the body. */
enum match_result request_pattern_match_head(const struct request_pattern *pattern,
                                             struct match_request *request);

/* Match what needs the body. */
enum match_result request_pattern_match_body(const struct request_pattern *pattern,
                                             struct match_request *request);

/* Both. */
enum match_result request_pattern_match(const struct request_pattern *pattern,
                                        struct match_request *request);

bool request_pattern_needs_body(const struct request_pattern *pattern);

/* How far a request is from matching, 0 to 1: the mean over what the pattern asks for. */
double request_pattern_distance(const struct request_pattern *pattern,
                                struct match_request *request);

/* One thing that a pattern asks for, and how a request meets it. */
struct pattern_difference {
    const char *what;         /* the field of the pattern that asks: "method", "headers", ... */
    const char *name;         /* of a header, a parameter, a part; else NULL */
    const char *expected;     /* a text that it must be, or the matcher as JSON */
    struct match_text actual; /* absent: it was not sent; of several values, the first */
    bool is_met;
};

typedef void pattern_difference_fn(void *context, const struct pattern_difference *difference);

/*
 * Tell about each thing that a pattern asks for, in the order in which people read requests. All is
 * borrowed for the call of `tell`. Secrets are told, too: who shows them hides them by their names.
 * Returns false when memory runs out on the way.
 */
MUST_USE bool request_pattern_explain(const struct request_pattern *pattern,
                                      struct match_request *request, pattern_difference_fn *tell,
                                      void *context);

/* What an index can go by. */
enum url_kind {
    URL_ANY,      /* no field of the URL */
    URL_EQUAL,    /* `url`: path and query as sent */
    URL_PATH,     /* `urlPath` */
    URL_TEMPLATE, /* `urlPathTemplate`: segments, some of them `{name}` */
    URL_REGEX,    /* `urlPattern` */
    URL_PATH_REGEX
};

/*
 * On purpose not as WireMock has it:
 *
 *     `name` and `fileName` of multipartPatterns count; there they are for show
 *     hasExactly and includes may be asked of cookies and path parameters, too
 *     a cookie that was not sent is as absent as anything else; there it never meets `not`
 *     one bad cookie does not spoil the others
 *     a query that is badly encoded is taken as it was sent; there it is a 500
 */
enum url_kind request_pattern_url_kind(const struct request_pattern *pattern);

/* Tell whether it has a template that has one variable in a segment at the most, and no `**`. */
bool request_pattern_has_plain_segments(const struct request_pattern *pattern);

/* The text of the field of the URL, or NULL. */
const char *request_pattern_url(const struct request_pattern *pattern);

/* The method that it asks for, or NULL for any. */
const char *request_pattern_method(const struct request_pattern *pattern);

/* Find what a template's variable stands for in a path. Returns an absent text if there is no such
 * variable, or the path does not match. */
struct match_text request_pattern_path_variable(const struct request_pattern *pattern,
                                                struct match_text path, const char *name);

/* The JSON that it was made of, borrowed. */
json_t *request_pattern_json(const struct request_pattern *pattern);

#endif
