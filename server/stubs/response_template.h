/*
 * The templates of a stub's answer: its body, the name of its file, its headers, the address that
 * it passes on to.
 */
#ifndef STUBS_RESPONSE_TEMPLATE_H
#define STUBS_RESPONSE_TEMPLATE_H

#include "stubs/response_definition.h"
#include "stubs/template.h"

/* Read a template into NULL `*out`, which stays NULL if `text` has no tags or is NULL. */
MUST_USE bool template_read_one(const char *text, size_t len, char error[TEMPLATE_ERROR_SIZE],
                                struct template **out);

/* The templates of an object of headers, of each value in its order. */
struct header_templates {
    struct template **items; /* of each value, NULL for one without tags */
    size_t count;
};

/* Read them into zeroed `*out`, to be released whatever the result. */
MUST_USE bool header_templates_read(json_t *headers, char error[TEMPLATE_ERROR_SIZE],
                                    struct header_templates *out);

void header_templates_done(struct header_templates *headers);

/* What has no tags is NULL, and sent as it is. */
struct response_template {
    struct template *body;
    struct template *file_name;
    struct template *proxy_base_url;
    struct header_templates headers;
};

/* Tell whether anything in a definition looks like a template. */
bool response_template_is_there(const struct response_definition *definition);

/* Read the templates of a definition. NULL with a sentence in `error`, and the name of the field
 * in `*field`, when one cannot be read. */
MUST_USE struct response_template *
response_template_new(const struct response_definition *definition, char error[TEMPLATE_ERROR_SIZE],
                      const char **field);

/* NULL is fine. */
void response_template_free(struct response_template *templates);

#endif
