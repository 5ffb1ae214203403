#include "stubs/webhook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/framing.h"

/* A parameter that is being read. */
struct parameter_reader {
    struct webhook *out;
    const char *base; /* where the parameters stand */
    const char *name;
    struct match_error *error;
};

static bool wrong(const struct parameter_reader *r, const char *detail)
{
    return match_error_at(r->error, r->base, r->name, detail);
}

/* Better no stub than one that sends the braces, as WireMock does. */
static bool read_template(const struct parameter_reader *r, const char *text, size_t len,
                          struct template **out)
{
    char why[TEMPLATE_ERROR_SIZE];

    template_free(*out);
    *out = NULL;
    return template_read_one(text, len, why, out) || wrong(r, why);
}

static bool read_method(const struct parameter_reader *r, json_t *value)
{
    r->out->method = json_string_value(value);
    return (r->out->method && framing_name_is_valid(text_of(r->out->method))) ||
           wrong(r, "expected a method, such as POST");
}

static bool read_url(const struct parameter_reader *r, json_t *value)
{
    struct text url = text_of(json_string_value(value));

    r->out->url = url.data;
    if (!text_has_prefix(url, TEXT("http://")) && !text_has_prefix(url, TEXT("https://")) &&
        !text_has_prefix(url, TEXT("{{")))
        return wrong(r, "expected a URL that begins with http:// or https://");
    return read_template(r, url.data, url.len, &r->out->url_template);
}

static bool check_header(const struct parameter_reader *r, json_t *value)
{
    size_t count = json_array_size(value);

    for (size_t i = 0; i < count; i++)
        if (!json_is_string(json_array_get(value, i)))
            return wrong(r, "a header must be a string or a list of strings");
    return json_is_string(value) || json_is_array(value) ||
           wrong(r, "a header must be a string or a list of strings");
}

static bool read_headers(const struct parameter_reader *r, json_t *value)
{
    char why[TEMPLATE_ERROR_SIZE];
    const char *name;
    json_t *header;

    if (!json_is_object(value))
        return wrong(r, "expected an object of strings");
    json_object_foreach (value, name, header) {
        if (!framing_name_is_valid(text_of(name)))
            return wrong(r, "the name of a header is letters, digits and !#$%&'*+-.^_`|~");
        if (!check_header(r, header))
            return false;
    }
    r->out->headers = value;
    return header_templates_read(value, why, &r->out->header_templates) || wrong(r, why);
}

static bool set_body(const struct parameter_reader *r, const json_t *value, enum body_kind kind)
{
    if (!json_is_string(value))
        return wrong(r, "expected a string");
    r->out->body_kind = kind;
    r->out->body = json_string_value(value);
    r->out->body_len = json_string_length(value);
    return true;
}

static bool read_body(const struct parameter_reader *r, json_t *value)
{
    return set_body(r, value, BODY_TEXT) &&
           read_template(r, r->out->body, r->out->body_len, &r->out->body_template);
}

static bool read_base64_body(const struct parameter_reader *r, json_t *value)
{
    return set_body(r, value, BODY_BASE64);
}

static bool read_delay(const struct parameter_reader *r, json_t *value)
{
    char pointer[sizeof(r->error->pointer)];

    (void)snprintf(pointer, sizeof(pointer), "%s/%s", r->base, r->name);
    return delay_read(value, pointer, &r->out->delay, r->error);
}

/* Of the bodies the last counts. */
static const struct {
    const char *name;
    bool (*read)(const struct parameter_reader *r, json_t *value);
} parameters[] = {
    {"method", read_method},          {"url", read_url},   {"headers", read_headers},
    {"base64Body", read_base64_body}, {"body", read_body}, {"delay", read_delay},
};

static bool read_parameters(json_t *json, const char *pointer, struct webhook *out,
                            struct match_error *error)
{
    if (!json_is_object(json)) {
        match_error_set(error, pointer, "expected an object, the parameters of the webhook");
        return false;
    }
    out->method = "GET";
    out->parameters = json;
    for (size_t i = 0; i < ARRAY_LEN(parameters); i++) {
        const struct parameter_reader r = {out, pointer, parameters[i].name, error};
        json_t *value = json_object_get(json, parameters[i].name);

        if (value && !json_is_null(value) && !parameters[i].read(&r, value))
            return false;
    }
    if (!out->url)
        match_error_set(error, pointer, "a webhook needs a url");
    return out->url != NULL;
}

static bool is_template(const struct webhook *webhook)
{
    bool found = webhook->url_template || webhook->body_template;

    for (size_t i = 0; i < webhook->header_templates.count; i++)
        found = found || webhook->header_templates.items[i];
    return found;
}

/* Add the webhook that `name` and `json`, its parameters, make; `pointer` is where these stand. */
static bool add_listener(const char *name, json_t *json, const char *pointer,
                         struct webhook_list *out, struct match_error *error)
{
    struct webhook *items;

    if (!name || strcmp(name, "webhook") != 0) {
        match_error_set(error, pointer,
                        "the listener \"%.80s\" is not supported here: the only one is webhook",
                        name ? name : "");
        return false;
    }
    if (out->count == WEBHOOKS_MAX) {
        match_error_set(error, pointer, "a stub may have at most %d webhooks", WEBHOOKS_MAX);
        return false;
    }
    items = realloc(out->items, (out->count + 1) * sizeof(*items));
    if (!items) {
        match_error_set(error, pointer, "out of memory");
        return false;
    }
    out->items = items;
    out->items[out->count] = (struct webhook){0};
    if (!read_parameters(json, pointer, &out->items[out->count++], error))
        return false;
    out->has_templates = out->has_templates || is_template(&out->items[out->count - 1]);
    return true;
}

static bool check_listener(const json_t *json, const char *pointer, struct match_error *error)
{
    static const char *const names[] = {"name", "requestPhases", "parameters"};
    size_t known = 0;

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        known += json_object_get(json, names[i]) != NULL;
    if (json_is_object(json) && known == json_object_size(json))
        return true;
    match_error_set(error, pointer, "expected a listener: its name and its parameters");
    return false;
}

static bool read_list(json_t *json, const char *field, struct webhook_list *out,
                      struct match_error *error)
{
    size_t count = json_array_size(json);

    for (size_t i = 0; i < count; i++) {
        const json_t *listener = json_array_get(json, i);
        char pointer[sizeof(error->pointer)];

        (void)snprintf(pointer, sizeof(pointer), "/%s/%zu", field, i);
        if (!check_listener(listener, pointer, error))
            return false;
        if (!add_listener(json_string_value(json_object_get(listener, "name")),
                          json_object_get(listener, "parameters"), pointer, out, error))
            return false;
    }
    return true;
}

bool webhooks_read(json_t *json, const char *field, struct webhook_list *out,
                   struct match_error *error)
{
    char pointer[sizeof(error->pointer)];
    const char *name;
    json_t *value;

    (void)snprintf(pointer, sizeof(pointer), "/%s", field);
    if (json_is_array(json))
        return read_list(json, field, out, error);
    if (!json_is_object(json)) {
        match_error_set(error, pointer, "expected a list of listeners");
        return false;
    }
    json_object_foreach (json, name, value) {
        if (!add_listener(name, value, pointer, out, error))
            return false;
    }
    return true;
}

void webhooks_done(struct webhook_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        template_free(list->items[i].url_template);
        template_free(list->items[i].body_template);
        header_templates_done(&list->items[i].header_templates);
    }
    free(list->items);
    *list = (struct webhook_list){0};
}
