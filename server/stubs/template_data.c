/*
 * Helpers for JSON, lists and variables.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/json_path.h"
#include "match/matcher.h"
#include "stubs/template_tree.h"

enum { RANGE_MAX = 100000 };

/* Read JSON once when several helpers read the same text one after the other. Borrowed. */
static json_t *parse(struct template_call *call, const struct template_value *value)
{
    struct rendering *r = call->r;
    AUTO(buf_done) struct buf text = {0};
    char ignored[160];

    if (value->look == LOOK_JSON || value->look == LOOK_INNER || value->look == LOOK_JAVA)
        if (json_is_object(value->json) || json_is_array(value->json))
            return value->json;
    if (value->json && r->parsed_text == value->json)
        return r->parsed;
    if (!value->json || !helper_show(call, value, &text))
        return NULL;
    json_decref(r->parsed_text);
    json_decref(r->parsed);
    r->parsed_text = json_incref(value->json);
    r->parsed = match_json_read(text.data, text.len, ignored, sizeof(ignored));
    return r->parsed;
}

static struct template_value select_nodes(struct template_call *call, const struct json_path *path,
                                          json_t *root)
{
    struct json_nodes nodes = {0};
    struct template_value out = {.look = LOOK_JSON};

    switch (json_path_select(path, root, &nodes)) {
    case JSON_PATH_OK:
        break;
    case JSON_PATH_TOO_MUCH:
        return helper_error(call, "the JSONPath expression takes too many steps");
    case JSON_PATH_NO_MEMORY:
        rendering_fail(call->r, "out of memory");
        return out;
    }
    (void)rendering_work(call->r, nodes.count * 64);
    if (!json_path_is_definite(path) && nodes.count > 0 && nodes.items)
        out.json = json_array();
    else if (nodes.count > 0 && nodes.items)
        out.json = json_incref(nodes.items[0]);
    for (size_t i = 0; nodes.items && i < nodes.count && !json_path_is_definite(path); i++)
        (void)json_array_append(out.json, nodes.items[i]);
    json_nodes_done(&nodes);
    return out;
}

struct template_value helper_json_path(struct template_call *call)
{
    AUTO(buf_done) struct buf expression = {0};
    struct template_value out = {0}, other = helper_named(call, "default");
    char error[TEMPLATE_ERROR_SIZE];
    struct json_path *path;
    json_t *root;

    if (call->count < 2 || !call->arguments[1].json)
        return helper_error(call, "The JSONPath cannot be empty");
    if (!helper_text(call, 1, &expression))
        return out;
    path = json_path_new(expression.data, error, sizeof(error));
    if (!path)
        return helper_error(call, "%.100s is not a valid JSONPath expression", expression.data);
    root = parse(call, &call->arguments[0]);
    /* Finding may look at all of it. */
    if (root &&
        rendering_work(call->r,
                       call->r->parsed == root ? json_string_length(call->r->parsed_text) : 1024))
        out = select_nodes(call, path, root);
    json_path_free(path);
    return out.json || !other.json ? out : template_value_copy(&other);
}

struct template_value helper_to_json(struct template_call *call)
{
    AUTO(buf_done) struct buf out = {0};

    if (call->count == 0)
        return (struct template_value){0};
    template_value_show_json(&call->arguments[0], &out);
    return out.len || out.failed ? helper_string(call, buf_text(&out)) : (struct template_value){0};
}

struct template_value helper_parse_json(struct template_call *call)
{
    AUTO(buf_done) struct buf name = {0};
    struct template_value out = {json_incref(parse(call, &call->arguments[0])), LOOK_JAVA};

    if (!out.json)
        return helper_error(call, "parseJson was given what is not JSON");
    if (call->count < 2)
        return out;
    if (helper_text(call, 1, &name))
        rendering_assign(call->r, buf_text(&name), template_value_copy(&out));
    template_value_done(&out);
    return (struct template_value){0};
}

struct template_value helper_size(struct template_call *call)
{
    size_t size;

    if (!template_value_size(&call->arguments[0], &size))
        return (struct template_value){0};
    (void)rendering_work(call->r, size);
    return (struct template_value){json_integer((json_int_t)size), LOOK_JAVA};
}

struct template_value helper_array(struct template_call *call)
{
    json_t *out = json_array();

    for (size_t i = 0; i < call->count; i++)
        (void)json_array_append(out, call->arguments[i].json);
    return (struct template_value){out, LOOK_JAVA};
}

struct template_value helper_range(struct template_call *call)
{
    double from, to;
    bool is_whole = true, is_to_whole = true;
    json_t *out;

    if (call->count != 2 || !template_value_number(&call->arguments[0], &from, &is_whole) ||
        !template_value_number(&call->arguments[1], &to, &is_to_whole) || !is_whole || !is_to_whole)
        return helper_error(call, "The range helper requires both lower and upper bounds as "
                                  "integer parameters");
    if (to < from || to - from >= RANGE_MAX)
        return helper_error(call,
                            "the upper bound of a range must be at least the lower one, and "
                            "at most %d above it",
                            RANGE_MAX - 1);
    out = json_array();
    for (json_int_t i = (json_int_t)from; i <= (json_int_t)to && rendering_work(call->r, 64); i++)
        (void)json_array_append_new(out, json_integer(i));
    return (struct template_value){out, LOOK_JAVA};
}

struct template_value helper_lookup(struct template_call *call)
{
    AUTO(buf_done) struct buf name = {0};
    const struct template_value *value = call->count > 1 ? &call->arguments[0] : NULL;

    if (!value || !value->json || !helper_text(call, 1, &name))
        return (struct template_value){0};
    if (value->look == LOOK_REQUEST)
        return template_request_member(call->r, buf_text(&name));
    return template_value_member(value, buf_text(&name));
}

struct template_value helper_val(struct template_call *call)
{
    struct template_value value = {0}, other = helper_named(call, "or"),
                          name = helper_named(call, "assign");
    AUTO(buf_done) struct buf text = {0};

    if (!other.json)
        other = helper_named(call, "default");
    if (call->count > 0)
        value = template_value_copy(&call->arguments[0]);
    if (!value.json)
        value = template_value_copy(&other);
    if (!name.json || !helper_show(call, &name, &text))
        return value;
    rendering_assign(call->r, buf_text(&text), value);
    return (struct template_value){0};
}

/* A block's text comes first; without a block the name does. */
struct template_value helper_assign(struct template_call *call)
{
    AUTO(buf_done) struct buf name = {0};
    size_t place = call->block ? 1 : 0;

    if (helper_text(call, place, &name))
        rendering_assign(call->r, buf_text(&name),
                         template_value_copy(&call->arguments[1 - place]));
    return (struct template_value){0};
}
