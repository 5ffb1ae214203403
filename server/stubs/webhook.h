/*
 * What a stub calls after it has answered, as WireMock's `serveEventListeners` (or
 * `postServeActions`, as they were called before) have it. The one listener is `webhook`.
 */
#ifndef STUBS_WEBHOOK_H
#define STUBS_WEBHOOK_H

#include <jansson.h>

#include "stubs/response_template.h"

enum { WEBHOOKS_MAX = 16 };

/* All but the templates is borrowed from the JSON that it was read from. */
struct webhook {
    const char *method, *url;
    json_t *headers; /* or NULL */
    enum body_kind body_kind;
    const char *body; /* text or Base64 */
    size_t body_len;
    struct delay delay;
    json_t *parameters;                            /* all of them, for the templates */
    struct template *url_template, *body_template; /* owned; NULL: it is none */
    struct header_templates header_templates;      /* owned */
};

struct webhook_list {
    struct webhook *items; /* owned */
    size_t count;
    bool has_templates;
};

/*
 * Add the webhooks of `json`, a list of listeners or an object of their parameters by name, found
 * in the stub's field `field`. Returns false with an error for another listener, one without a URL,
 * or one with a template that cannot be read; what is in `*out` then is to be released, too.
 * Parameters that are not known are kept for templates, as WireMock does.
 */
MUST_USE bool webhooks_read(json_t *json, const char *field, struct webhook_list *out,
                            struct match_error *error);

void webhooks_done(struct webhook_list *list);

#endif
