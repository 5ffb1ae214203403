/*
 * The request, as templates see it.
 */
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "match/match_request.h"
#include "stubs/template_tree.h"

static struct template_value string_value(struct match_text text)
{
    return (struct template_value){json_stringn_nocheck(text.data ? text.data : "", text.len),
                                   LOOK_JAVA};
}

static struct template_value text_value(const struct buf *text)
{
    return (struct template_value){
        text->failed ? NULL : json_stringn_nocheck(text->data ? text->data : "", text->len),
        LOOK_JAVA};
}

static struct template_value request_url(struct rendering *r)
{
    return string_value(r->data->request->url);
}

static void add_segment(struct rendering *r, json_t *out, struct text key, struct text segment)
{
    AUTO(buf_done) struct buf name = {0};
    const char *data = segment.data ? segment.data : "";

    buf_add_text(&name, key);
    if (name.failed ||
        (name.data &&
         json_object_set_new(out, name.data, json_stringn_nocheck(data, segment.len)) < 0))
        rendering_fail(r, "out of memory");
}

/* The variables that the template of the stub's path names. */
static void add_variables(struct rendering *r, struct match_text path, json_t *out)
{
    const struct request_pattern *pattern = r->data->pattern;
    struct text rest = text_of(pattern && request_pattern_url_kind(pattern) == URL_TEMPLATE
                                   ? request_pattern_url(pattern)
                                   : NULL);

    while (rest.len > 0) {
        AUTO(buf_done) struct buf name = {0};
        struct match_text value = {0};

        (void)text_cut(&rest, '{');
        buf_add_text(&name, text_cut(&rest, '}'));
        if (rest.data && !name.failed && name.data)
            value = request_pattern_path_variable(pattern, path, name.data);
        if (value.data)
            add_segment(r, out, buf_text(&name), (struct text){value.data, value.len});
    }
}

static struct template_value request_path(struct rendering *r)
{
    struct match_text path = match_request_path(r->data->request);
    struct text rest = {path.data, path.len};
    json_t *out = json_object();

    if (rest.len == 0)
        rest = TEXT("/");
    (void)json_object_set_new(out, "", json_stringn_nocheck(rest.data, rest.len));
    (void)text_cut(&rest, '/');
    for (unsigned i = 0; rest.data; i++) {
        char name[16];
        int len = snprintf(name, sizeof(name), "%u", i);

        add_segment(r, out, (struct text){name, (size_t)len}, text_cut(&rest, '/'));
    }
    add_variables(r, path, out);
    return (struct template_value){out, LOOK_PATH};
}

static json_t *find_list(json_t *out, struct match_text name, bool is_caseless)
{
    const char *key;
    json_t *list;

    json_object_foreach (out, key, list)
        if (is_caseless ? match_text_is_nocase(name, key) : match_text_is(name, key))
            return list;
    return NULL;
}

static bool add_field(json_t *out, const struct match_field *field, bool is_caseless)
{
    json_t *list = find_list(out, field->name, is_caseless);
    AUTO(buf_done) struct buf name = {0};

    if (!list) {
        buf_add(&name, field->name.data, field->name.len);
        if (name.failed || json_object_set_new(out, name.data, json_array()) < 0)
            return false;
        list = json_object_get(out, name.data);
    }
    return json_array_append_new(list, string_value(field->value).json) == 0;
}

static struct template_value fields_value(struct rendering *r, const struct match_field *fields,
                                          size_t count, enum template_look look)
{
    json_t *out = json_object();

    for (size_t i = 0; i < count; i++)
        if (rendering_work(r, fields[i].name.len + fields[i].value.len + 64 * (i + 1)) &&
            fields[i].name.len > 0 && !add_field(out, &fields[i], look == LOOK_NAMES))
            rendering_fail(r, "out of memory");
    return (struct template_value){out, look};
}

static struct template_value request_query(struct rendering *r)
{
    const struct match_fields *fields = match_request_query(r->data->request);

    return fields_value(r, fields->items, fields->count, LOOK_FIELDS);
}

static struct template_value request_cookies(struct rendering *r)
{
    const struct match_fields *fields = match_request_cookies(r->data->request);

    return fields_value(r, fields->items, fields->count, LOOK_FIELDS);
}

static struct template_value request_headers(struct rendering *r)
{
    return fields_value(r, r->data->request->headers, r->data->request->header_count, LOOK_NAMES);
}

static struct template_value request_body(struct rendering *r)
{
    const struct match_subject *body = &r->data->request->body;

    if (!r->body.json)
        r->body = string_value((struct match_text){body->data, body->len});
    return template_value_copy(&r->body);
}

static struct template_value request_body_base64(struct rendering *r)
{
    const struct match_subject *body = &r->data->request->body;
    AUTO(buf_done) struct buf text = {0};

    if (rendering_work(r, body->len))
        template_base64((struct text){body->data, body->len}, &text);
    return text_value(&text);
}

static struct template_value request_method(struct rendering *r)
{
    return string_value(r->data->request->method);
}

static struct template_value request_host(struct rendering *r)
{
    return string_value(r->data->request->host);
}

static struct template_value request_port(struct rendering *r)
{
    return (struct template_value){json_integer((json_int_t)r->data->request->port), LOOK_JAVA};
}

static struct template_value request_scheme(struct rendering *r)
{
    return string_value(r->data->request->scheme);
}

static struct template_value request_base_url(struct rendering *r)
{
    const struct match_request *request = r->data->request;
    AUTO(buf_done) struct buf text = {0};

    buf_add_format(&text, "%.*s://%.*s", (int)request->scheme.len, request->scheme.data,
                   (int)request->host.len, request->host.data ? request->host.data : "");
    if (request->port != 80)
        buf_add_format(&text, ":%u", request->port);
    return text_value(&text);
}

static struct template_value request_client_ip(struct rendering *r)
{
    return string_value(r->data->request->client_ip);
}

static struct template_value request_id(struct rendering *r)
{
    char id[UUID_SIZE];

    id_uuid(r->data->random(r->data->context), ID_ANSWER, 0, id);
    return string_value((struct match_text){id, UUID_SIZE - 1});
}

/* clang-format off */
static const struct {
    const char *name;
    struct template_value (*get)(struct rendering *r);
} members[] = {
    {"baseUrl",      request_base_url},
    {"body",         request_body},
    {"bodyAsBase64", request_body_base64},
    {"clientIp",     request_client_ip},
    {"cookies",      request_cookies},
    {"headers",      request_headers},
    {"host",         request_host},
    {"id",           request_id},
    {"method",       request_method},
    {"path",         request_path},
    {"pathSegments", request_path},
    {"port",         request_port},
    {"query",        request_query},
    {"scheme",       request_scheme},
    {"url",          request_url},
};
/* clang-format on */

struct template_value template_request_member(struct rendering *r, struct text name)
{
    struct template_value value = {0};

    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        if (!text_eq(name, text_of(members[i].name)))
            continue;
        value = members[i].get(r);
        if (!value.json || r->data->request->is_out_of_memory)
            rendering_fail(r, "out of memory");
        return value;
    }
    return value;
}
