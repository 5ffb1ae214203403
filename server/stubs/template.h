/*
 * Templates of answers, in the Handlebars of WireMock: `{{request.path.[1]}}`, `{{#each}}`,
 * `{{jsonPath request.body '$.a'}}`.
 *
 * A template is read once and may then be used by many threads at once. What is shown is not
 * escaped for HTML. A helper that cannot do its work writes `[ERROR: why]` in its place, as
 * WireMock's do; what goes past a limit fails the whole.
 */
#ifndef STUBS_TEMPLATE_H
#define STUBS_TEMPLATE_H

#include <jansson.h>

#include "base/buf.h"
#include "match/request_pattern.h"

enum { TEMPLATE_ERROR_SIZE = 256, TEMPLATE_OUTPUT_MAX = 32 << 20 };

struct template;

/* Read a template. Returns NULL with a sentence in `error` that says what is wrong and where. */
MUST_USE struct template *template_new(struct text source, char error[TEMPLATE_ERROR_SIZE]);

/* NULL is fine. */
void template_free(struct template *template);

/* What templates of one answer look at; all is borrowed. */
struct template_data {
    struct match_request *request;         /* with its body */
    const struct request_pattern *pattern; /* names the parts of the path; may be NULL */
    json_t *parameters;                    /* an object, or NULL */
    int64_t now_us;                        /* the world's time */
    uint64_t (*random)(void *context);     /* any 64 bits */
    void *context;                         /* of `random` */
    bool is_after; /* the request is called `originalRequest`, as webhooks have it */
};

/*
 * Append what `template` shows of `data`. Returns false with a sentence in `error` when memory runs
 * out, or when it would take too long or write more than TEMPLATE_OUTPUT_MAX bytes; what was
 * appended then is incomplete.
 */
MUST_USE bool template_render(const struct template *template, const struct template_data *data,
                              struct buf *out, char error[TEMPLATE_ERROR_SIZE]);

#endif
