#include "stubs/response_template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"

/* NOLINTNEXTLINE(misc-no-recursion): JSON has a limit of depth */
static bool has_tags(const json_t *json)
{
    union {
        const json_t *constant;
        json_t *changeable;
    } same;
    const char *name;
    json_t *value;

    same.constant = json;
    if (json_is_string(json))
        return strstr(json_string_value(json), "{{") != NULL;
    for (size_t i = 0; i < json_array_size(json); i++)
        if (has_tags(json_array_get(json, i)))
            return true;
    json_object_foreach (same.changeable, name, value)
        if (has_tags(value) || strstr(name, "{{"))
            return true;
    return false;
}

bool response_template_is_there(const struct response_definition *definition)
{
    static const char *const names[] = {"body", "jsonBody", "bodyFileName", "headers",
                                        "proxyBaseUrl"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (has_tags(json_object_get(definition->json, names[i])))
            return true;
    return false;
}

void response_template_free(struct response_template *templates)
{
    if (!templates)
        return;
    template_free(templates->body);
    template_free(templates->file_name);
    template_free(templates->proxy_base_url);
    header_templates_done(&templates->headers);
    free(templates);
}

bool template_read_one(const char *text, size_t len, char error[TEMPLATE_ERROR_SIZE],
                       struct template **out)
{
    struct text source = {text, len};

    if (!text || text_find(source, TEXT("{{")) == len)
        return true;
    *out = template_new(source, error);
    return *out != NULL;
}

static bool read_body(const struct response_definition *definition, char error[TEMPLATE_ERROR_SIZE],
                      struct response_template *out)
{
    char *text;
    bool ok;

    switch (definition->body_kind) {
    case BODY_TEXT:
        return template_read_one(definition->body, definition->body_len, error, &out->body);
    case BODY_FILE:
        return template_read_one(definition->body, definition->body_len, error, &out->file_name);
    case BODY_JSON:
        text = json_dumps(definition->json_body, JSON_COMPACT | JSON_ENCODE_ANY);
        (void)snprintf(error, TEMPLATE_ERROR_SIZE, "out of memory");
        ok = text && template_read_one(text, strlen(text), error, &out->body);
        free(text);
        return ok;
    case BODY_NONE:
    case BODY_BASE64:
        break;
    }
    return true;
}

static bool read_header(const json_t *value, char error[TEMPLATE_ERROR_SIZE],
                        struct header_templates *out)
{
    return template_read_one(json_string_value(value), json_string_length(value), error,
                             &out->items[out->count++]);
}

void header_templates_done(struct header_templates *headers)
{
    for (size_t i = 0; i < headers->count; i++)
        template_free(headers->items[i]);
    free(headers->items);
    *headers = (struct header_templates){0};
}

bool header_templates_read(json_t *headers, char error[TEMPLATE_ERROR_SIZE],
                           struct header_templates *out)
{
    size_t count = 0;
    const char *name;
    json_t *value;

    json_object_foreach (headers, name, value)
        count += json_is_array(value) ? json_array_size(value) : 1;
    out->items = calloc(count + 1, sizeof(struct template *));
    if (!out->items) {
        (void)snprintf(error, TEMPLATE_ERROR_SIZE, "out of memory");
        return false;
    }
    json_object_foreach (headers, name, value) {
        if (!json_is_array(value) && !read_header(value, error, out))
            return false;
        for (size_t i = 0; i < json_array_size(value); i++)
            if (!read_header(json_array_get(value, i), error, out))
                return false;
    }
    return true;
}

struct response_template *response_template_new(const struct response_definition *definition,
                                                char error[TEMPLATE_ERROR_SIZE], const char **field)
{
    static const char *const fields[] = {[BODY_NONE] = "body",
                                         [BODY_TEXT] = "body",
                                         [BODY_JSON] = "jsonBody",
                                         [BODY_BASE64] = "base64Body",
                                         [BODY_FILE] = "bodyFileName"};
    struct response_template *out = calloc(1, sizeof(*out));
    const char *proxy = definition->proxy_base_url;

    *field = fields[definition->body_kind];
    if (!out) {
        (void)snprintf(error, TEMPLATE_ERROR_SIZE, "out of memory");
        return NULL;
    }
    if (read_body(definition, error, out)) {
        *field = "headers";
        if (header_templates_read(definition->headers, error, &out->headers)) {
            *field = "proxyBaseUrl";
            if (template_read_one(proxy, proxy ? strlen(proxy) : 0, error, &out->proxy_base_url))
                return out;
        }
    }
    response_template_free(out);
    return NULL;
}
