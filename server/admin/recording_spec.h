/*
 * What a snapshot of the journal is asked for: WireMock's specification of a recording.
 */
#ifndef ADMIN_RECORDING_SPEC_H
#define ADMIN_RECORDING_SPEC_H

#include <jansson.h>

#include "match/request_pattern.h"

/* How a body becomes a pattern. */
enum body_rule { BODY_BY_TYPE, BODY_EQUAL_TO, BODY_EQUAL_TO_JSON };

/* What is not owned is borrowed from `json`. */
struct recording_spec {
    json_t *json;                    /* what was sent, owned */
    struct request_pattern *pattern; /* which calls, owned; NULL: all */
    const json_t *ids;               /* a list of theirs, or NULL: all */
    bool takes_stubs;                /* calls that stubs answered, too */
    json_t *headers;                 /* to ask for, or NULL */
    bool only_ids, persists, has_scenarios;
    enum body_rule body;
    bool ignores_order, ignores_extra, ignores_case;
};

/* Read zeroed `*out` from its `json`. It is to be released whatever the result. Returns false with
 * an error for an unknown field, a wrong value, or what is not supported. */
MUST_USE bool recording_spec_read(struct recording_spec *out, struct match_error *error);
void recording_spec_done(struct recording_spec *spec);

#endif
