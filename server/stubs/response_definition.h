/*
 * What a stub answers, as WireMock's `response` has it, and when and how it is sent.
 */
#ifndef STUBS_RESPONSE_DEFINITION_H
#define STUBS_RESPONSE_DEFINITION_H

#include <jansson.h>

#include "match/request_pattern.h"

enum delay_kind { DELAY_NONE, DELAY_FIXED, DELAY_UNIFORM, DELAY_LOGNORMAL };

/* How long to wait, in milliseconds. */
struct delay {
    enum delay_kind kind;
    double a;   /* fixed: the time; uniform: the least; lognormal: the median */
    double b;   /* uniform: the most; lognormal: sigma */
    double max; /* lognormal: what is longer is tried again; 0: none */
};

enum fault_kind {
    FAULT_NONE,
    FAULT_EMPTY_RESPONSE,           /* the connection ends without a byte */
    FAULT_CONNECTION_RESET_BY_PEER, /* it is reset */
    FAULT_MALFORMED_RESPONSE_CHUNK, /* a head of 200, then garbage for a chunk */
    FAULT_RANDOM_DATA_THEN_CLOSE    /* garbage without a head */
};

enum body_kind { BODY_NONE, BODY_TEXT, BODY_JSON, BODY_BASE64, BODY_FILE };

/* What WireMock does not have: faults within an answer. */
struct own_faults {
    json_int_t cut_body_at; /* bytes of the body to send before the connection ends; -1: all */
    bool stall;             /* after the last byte that is sent nothing happens */
    bool half_close;        /* our direction is closed, the other stays open */
};

/* Strings are borrowed from `json`. */
struct response_definition {
    json_t *json; /* owned */
    int status;
    const char *status_message; /* NULL: the usual one */
    json_t *headers;            /* an object of strings and lists of strings, or NULL */
    enum body_kind body_kind;
    const char *body; /* text, Base64 or file name */
    size_t body_len;
    json_t *json_body;
    double fixed_delay_ms; /* -1: not given, and the world's holds */
    struct delay delay;    /* DELAY_NONE: the world's holds */
    unsigned dribble_count;
    double dribble_ms;
    enum fault_kind fault;
    const char *proxy_base_url;
    json_t *proxy_headers;               /* to add to the request, or NULL */
    json_t *removed_headers;             /* a list of names to take from it, or NULL */
    const char *removed_prefix;          /* of the URL */
    bool is_template;                    /* transformers name response-template */
    json_t *template_parameters;         /* or NULL */
    struct response_template *templates; /* owned; NULL: nothing is one, or it cannot be read */
    struct own_faults own;
};

/*
 * Read `json` (NULL: all defaults) into zeroed `*out`, to be released whatever the result.
 * `pointer` is where it stands. Returns false with an error for an unknown field, a wrong type, or
 * what is not supported.
 */
MUST_USE bool response_definition_read(json_t *json, const char *pointer,
                                       struct response_definition *out, struct match_error *error);

void response_definition_done(struct response_definition *definition);

/* Read a delayDistribution. `*out` is set on success only. */
MUST_USE bool delay_read(const json_t *json, const char *pointer, struct delay *out,
                         struct match_error *error);

/* How long to wait this time, in milliseconds; `random` gives numbers from 0 to below 1. */
double delay_sample(const struct delay *delay, double (*random)(void *context), void *context);

#endif
