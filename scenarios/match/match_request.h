/*
 * A request, as patterns look at it: live, or from the journal.
 *
 * What must be taken apart first (query, cookies, form, parts) is taken apart when the first
 * pattern asks, and once. So a request belongs to one thread.
 */
#ifndef MATCH_MATCH_REQUEST_H
#define MATCH_MATCH_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "match/matcher.h"

/* Bytes; `data` is NULL for what is absent. */
struct match_text {
    const char *data;
    size_t len;
};

struct match_field {
    struct match_text name;
    struct match_text value;
};

/* What was taken apart. The texts are in `storage` or in the request. */
struct match_fields {
    struct match_field *items;
    size_t count;
    char *storage;
    bool is_read;
};

/* A part of a form, within the body. */
struct match_part {
    struct match_text name;      /* of the field */
    struct match_text file_name; /* absent: not a file */
    struct match_field *headers;
    size_t header_count;
    struct match_text body;
};

struct match_parts {
    struct match_part *items;
    size_t count;
    bool is_read;
};

enum { MATCH_PARTS_MAX = 64, MATCH_FIELDS_MAX = 1000 };

/* Fill the first half; zero the rest. All of it is borrowed. */
struct match_request {
    struct match_text method;
    struct match_text url; /* path and query, as sent */
    const struct match_field *headers;
    size_t header_count;
    struct match_text scheme, host, client_ip; /* host without its port */
    unsigned port;
    struct match_subject body; /* `data`, `len` and `now_us` */

    struct match_fields query, cookies, form;
    struct match_parts parts;
    bool is_out_of_memory; /* something could not be taken apart */
};

/* Release what was taken apart. */
void match_request_done(struct match_request *request);

/* The path without the query. */
struct match_text match_request_path(const struct match_request *request);

/* The query's parameters, the cookies, the fields of a form (application/x-www-form-urlencoded),
 * decoded. */
const struct match_fields *match_request_query(struct match_request *request);
const struct match_fields *match_request_cookies(struct match_request *request);
const struct match_fields *match_request_form(struct match_request *request);

/* The parts of a multipart body; of more than MATCH_PARTS_MAX, the first ones. */
const struct match_parts *match_request_parts(struct match_request *request);

/* The first header of that name, without regard to case. */
struct match_text match_request_header(const struct match_request *request, const char *name);

bool match_text_is(struct match_text text, const char *string);
bool match_text_is_nocase(struct match_text text, const char *string);

#endif
