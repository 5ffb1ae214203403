/*
 * The entries of the journal as WireMock shows them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/wiremock.h"
#include "base/base64.h"
#include "base/secret.h"
#include "base/timestamp.h"

enum { LOGGED_SIZE = 32 };

static json_t *text_json(struct text text)
{
    json_t *json = json_stringn(text.len ? text.data : "", text.len);
    AUTO(buf_done) struct buf repaired = {0};

    /* What is no UTF-8 shows as U+FFFD; `bodyAsBase64` has the bytes. */
    for (size_t i = 0; !json && i < text.len && !repaired.failed;) {
        uint32_t c;

        i += utf8_decode(text, i, &c);
        utf8_append(&repaired, c);
    }
    return json || repaired.failed ? json : json_stringn(repaired.data, repaired.len);
}

static json_t *base64_json(struct text text)
{
    AUTO(buf_done) struct buf out = {0};

    base64_add(text, &out);
    return out.failed ? NULL : json_stringn(out.len ? out.data : "", out.len);
}

static struct text as_text(struct match_text text)
{
    return (struct text){text.data, text.len};
}

/* Add a value to what a name has already: one is a string, several are a list. */
static bool add_header(json_t *object, struct match_text name, json_t *value)
{
    json_t *old = json_object_getn(object, name.data, name.len);
    json_t *list;

    if (!value)
        return false;
    if (!old)
        return json_object_setn_new(object, name.data, name.len, value) == 0;
    if (json_is_array(old))
        return json_array_append_new(old, value) == 0;
    list = json_pack("[O,o]", old, value);
    return json_object_setn_new(object, name.data, name.len, list) == 0;
}

/* Headers or cookies. */
static json_t *fields_json(const struct match_field *items, size_t count)
{
    json_t *object = json_object();
    bool ok = object != NULL;

    for (size_t i = 0; ok && i < count; i++)
        ok = add_header(object, items[i].name, text_json(as_text(items[i].value)));
    if (ok)
        return object;
    json_decref(object);
    return NULL;
}

/* `{"key":k,"values":[...]}` for each name. */
static json_t *parameters_json(const struct match_fields *fields)
{
    json_t *object = json_object();
    bool ok = object != NULL;

    for (size_t i = 0; ok && i < fields->count; i++) {
        struct match_text name = fields->items[i].name;
        json_t *value = text_json(as_text(fields->items[i].value));
        json_t *old = json_object_getn(object, name.data, name.len);

        if (old)
            ok = json_array_append_new(json_object_get(old, "values"), value) == 0;
        else
            ok = json_object_setn_new(object, name.data, name.len,
                                      json_pack("{s:o,s:[o]}", "key", text_json(as_text(name)),
                                                "values", value)) == 0;
    }
    if (ok)
        return object;
    json_decref(object);
    return NULL;
}

/* RFC 3339 with three digits of fraction, as WireMock writes it. */
static void format_logged(int64_t us, char out[TIMESTAMP_SIZE])
{
    char *dot;

    timestamp_format(us, out);
    dot = strchr(out, '.');
    if (dot)
        (void)snprintf(dot + 4, 2, "Z");
}

json_t *wiremock_request_json(const struct journal_entry *entry)
{
    const struct journal_call *call = &entry->call;
    AUTO(buf_done) struct buf absolute = {0};
    const struct match_fields *cookies;
    struct match_request view;
    char logged[TIMESTAMP_SIZE];
    json_t *json;

    journal_entry_view(entry, &view);
    cookies = match_request_cookies(&view);
    format_logged(call->at_us, logged);
    buf_add_format(&absolute, "http://%.*s:%u%.*s", TEXT_ARG(call->host), call->port,
                   TEXT_ARG(call->url));
    json = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:b,s:I,s:o,s:o,s:o,s:s,s:o,s:i,s:s,s:o,s:o}", "url",
                     text_json(call->url), "absoluteUrl", text_json(buf_text(&absolute)), "method",
                     text_json(call->method), "clientIp", text_json(call->client_ip), "headers",
                     fields_json(call->headers.items, call->headers.count), "cookies",
                     fields_json(cookies->items, cookies->count), "browserProxyRequest", 0,
                     "loggedDate", (json_int_t)(call->at_us / 1000), "bodyAsBase64",
                     base64_json(call->body.data), "body", text_json(call->body.data), "protocol",
                     text_json(call->protocol), "scheme", "http", "host", text_json(call->host),
                     "port", (int)call->port, "loggedDateString", logged, "queryParams",
                     parameters_json(match_request_query(&view)), "formParams",
                     parameters_json(match_request_form(&view)));
    if (json && call->body.is_cut &&
        json_object_set_new(json, "bodyLength", json_integer((json_int_t)call->body.len)) != 0) {
        json_decref(json);
        json = NULL;
    }
    match_request_done(&view);
    return json;
}

static json_t *response_json(const struct journal_call *call)
{
    return json_pack("{s:i,s:o,s:o,s:o,s:s*}", "status", call->status, "headers",
                     fields_json(call->response_headers.items, call->response_headers.count),
                     "bodyAsBase64", base64_json(call->response_body.data), "body",
                     text_json(call->response_body.data), "fault", call->fault);
}

/* What was to be answered: the stub's definition, or the status alone. */
static json_t *definition_json(const struct journal_call *call)
{
    json_t *definition = call->stub ? json_object_get(call->stub->json, "response") : NULL;

    return definition ? json_incref(definition)
                      : json_pack("{s:i,s:b}", "status", call->status, "fromConfiguredStub", 0);
}

static const char *origin_name(enum journal_origin origin)
{
    switch (origin) {
    case JOURNAL_STUB:
        return "stub";
    case JOURNAL_ENDPOINT:
        return "endpoint";
    case JOURNAL_PROXY:
        return "proxy";
    case JOURNAL_NOBODY:
        break;
    }
    return "nobody";
}

/* What is ours to tell. WireMock's client for Java refuses a field that it does not know, but not
 * here. */
static json_t *own_json(const struct journal_call *call)
{
    bool is_cut = call->response_body.is_cut;

    return json_pack("{s:s,s:i,s:{s:s,s:o*}}", "type", "MOCKHERE", "timeOffsetNanos", 0, "data",
                     "servedBy", origin_name(call->origin), "responseBodyLength",
                     is_cut ? json_integer((json_int_t)call->response_body.len) : NULL);
}

json_t *wiremock_event_json(const struct journal_entry *entry)
{
    const struct journal_call *call = &entry->call;
    json_int_t delay = (json_int_t)(call->delay_ms + 0.5),
               serve = (json_int_t)(call->serve_ms + 0.5);
    json_t *json = json_pack("{s:s,s:o,s:o,s:o,s:b,s:{s:I,s:I,s:I,s:I,s:I},s:[o]}", "id", entry->id,
                             "request", wiremock_request_json(entry), "responseDefinition",
                             definition_json(call), "response", response_json(call), "wasMatched",
                             call->origin != JOURNAL_NOBODY, "timing", "addedDelay", delay,
                             "processTime", serve, "responseSendTime", (json_int_t)0, "serveTime",
                             serve, "totalTime", delay + serve, "subEvents", own_json(call));

    if (json && call->stub && json_object_set(json, "stubMapping", call->stub->json) != 0) {
        json_decref(json);
        return NULL;
    }
    return json;
}

/* Hide one secret text that a matcher compares with. */
static bool hide(json_t *matcher, const char *name)
{
    json_t *text = json_object_get(matcher, name);
    AUTO(buf_done) struct buf shown = {0};

    if (!json_is_string(text))
        return true;
    secret_show((struct text){json_string_value(text), json_string_length(text)}, &shown);
    return !shown.failed &&
           json_object_set_new(matcher, name,
                               json_stringn(shown.len ? shown.data : "", shown.len)) == 0;
}

static bool hide_in_url(json_t *pattern)
{
    const json_t *url = json_object_get(pattern, "url");
    AUTO(buf_done) struct buf shown = {0};

    if (!json_is_string(url) || json_string_length(url) == 0)
        return true;
    secret_show_url((struct text){json_string_value(url), json_string_length(url)}, &shown);
    return !shown.failed &&
           json_object_set_new(pattern, "url", json_stringn(shown.data, shown.len)) == 0;
}

/*
 * The journal has no secrets, so who looks for a call by its key must look for what stands for it.
 */
bool wiremock_hide_secrets(json_t *pattern)
{
    json_t *headers = json_object_get(pattern, "headers"), *matcher;
    const char *name;

    if (!hide_in_url(pattern))
        return false;
    json_object_foreach (headers, name, matcher) {
        if (secret_is_header(text_of(name)) && !hide(matcher, "equalTo"))
            return false;
    }
    json_object_foreach (json_object_get(pattern, "queryParameters"), name, matcher) {
        if (secret_is_field(text_of(name)) && !hide(matcher, "equalTo"))
            return false;
    }
    return true;
}
