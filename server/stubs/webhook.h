/*
 * What a stub calls after it has answered, as WireMock's `serveEventListeners` (or
 * `postServeActions`, as they were called before) have it. The one listener is `webhook`.
 */
#ifndef STUBS_WEBHOOK_H
#define STUBS_WEBHOOK_H

#include <jansson.h>

#include "stubs/response_definition.h"

enum { WEBHOOKS_MAX = 16 };

/* All is borrowed from the JSON that it was read from. */
struct webhook {
    const char *method, *url;
    json_t *headers; /* or NULL */
    enum body_kind body_kind;
    const char *body; /* text or Base64 */
    size_t body_len;
    struct delay delay;
};

struct webhook_list {
    struct webhook *items; /* owned */
    size_t count;
};

/*
 * Add the webhooks of `json`, a list of listeners or an object of their parameters by name, found
 * in the stub's field `field`. Returns false with an error for another listener, or one without a
 * URL; what is in `*out` then is to be released, too. Parameters that are not known are kept for
 * templates, as WireMock does.
 */
MUST_USE bool webhooks_read(json_t *json, const char *field, struct webhook_list *out,
                            struct match_error *error);

void webhooks_done(struct webhook_list *list);

#endif
