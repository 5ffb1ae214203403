#include "stubs/template_value.h"

#include <math.h>
#include <string.h>

#include "base/json_write.h"
#include "base/timestamp.h"

void template_value_done(struct template_value *value)
{
    json_decref(value->json);
    value->json = NULL;
}

struct template_value template_value_copy(const struct template_value *value)
{
    return (struct template_value){json_incref(value->json), value->look};
}

static struct text string_text(const json_t *json)
{
    return (struct text){json_string_value(json), json_string_length(json)};
}

/* What lists look like: opening, between, closing; for lists and for objects. */
struct layout {
    const char *list, *list_end, *object, *object_end, *gap, *colon;
    bool is_quoted; /* as JSON has it */
    bool has_lines; /* each member on a line of its own */
};

static const struct layout java = {"[", "]", "{", "}", ", ", "=", false, false};
static const struct layout compact = {"[", "]", "{", "}", ",", ":", true, false};
static const struct layout pretty = {"[ ", " ]", "{", "}", ", ", " : ", true, true};

static void add_real(double number, struct buf *out)
{
    struct json_writer w = {.out = out};
    size_t from = out->len;

    json_write_double(&w, number);
    if (!out->failed && strcspn(out->data + from, ".e") == out->len - from)
        buf_add_string(out, ".0");
}

static void add_scalar(const json_t *json, bool is_quoted, struct buf *out)
{
    struct json_writer w = {.out = out};

    if (json_is_string(json) && is_quoted)
        json_write_text(&w, string_text(json));
    else if (json_is_string(json))
        buf_add_text(out, string_text(json));
    else if (json_is_integer(json))
        json_write_int(&w, json_integer_value(json));
    else if (json_is_real(json))
        add_real(json_real_value(json), out);
    else if (json_is_boolean(json))
        json_write_bool(&w, json_is_true(json));
    else
        json_write_null(&w);
}

static void add_line(const struct layout *layout, unsigned indent, struct buf *out)
{
    if (!layout->has_lines)
        return;
    buf_add_char(out, '\n');
    for (unsigned i = 0; i < indent; i++)
        buf_add_string(out, "  ");
}

/* NOLINTBEGIN(misc-no-recursion): JSON has a limit of depth */

static void add_json(const json_t *json, const struct layout *layout, unsigned indent,
                     struct buf *out);

static void add_list(const json_t *json, const struct layout *layout, unsigned indent,
                     struct buf *out)
{
    buf_add_string(out, layout->list);
    for (size_t i = 0; i < json_array_size(json); i++) {
        if (i > 0)
            buf_add_string(out, layout->gap);
        add_json(json_array_get(json, i), layout, indent, out);
    }
    buf_add_string(out, json_array_size(json) || !layout->has_lines ? layout->list_end : "]");
}

static void add_object(const json_t *json, const struct layout *layout, unsigned indent,
                       struct buf *out)
{
    union {
        const json_t *constant;
        json_t *changeable;
    } same;
    const char *gap = layout->has_lines ? "," : layout->gap;
    bool is_first = true;
    const char *name;
    json_t *value;

    same.constant = json;
    buf_add_string(out, layout->object);
    json_object_foreach (same.changeable, name, value) {
        struct json_writer w = {.out = out};

        if (!is_first)
            buf_add_string(out, gap);
        is_first = false;
        add_line(layout, indent + 1, out);
        if (layout->is_quoted)
            json_write_string(&w, name);
        else
            buf_add_string(out, name);
        buf_add_string(out, layout->colon);
        add_json(value, layout, indent + 1, out);
    }
    if (!is_first)
        add_line(layout, indent, out);
    else if (layout->has_lines)
        buf_add_char(out, ' ');
    buf_add_string(out, layout->object_end);
}

static void add_json(const json_t *json, const struct layout *layout, unsigned indent,
                     struct buf *out)
{
    if (json_is_array(json))
        add_list(json, layout, indent, out);
    else if (json_is_object(json))
        add_object(json, layout, indent, out);
    else
        add_scalar(json, layout->is_quoted, out);
}

/* NOLINTEND(misc-no-recursion) */

/* An object of lists, as one whose members are single where they are. */
static json_t *simplify(const struct template_value *value, bool keeps_lists)
{
    json_t *out = json_object(), *list;
    const char *name;

    json_object_foreach (value->json, name, list)
        if (json_array_size(list) > 0)
            (void)json_object_set(
                out, name,
                keeps_lists && json_array_size(list) > 1 ? list : json_array_get(list, 0));
    return out;
}

static void show_time(int64_t us, struct buf *out)
{
    char text[TIMESTAMP_SIZE];

    timestamp_format(us, text);
    buf_add(out, text, strlen("2025-06-01T12:00:00"));
    buf_add_char(out, 'Z');
}

static void show_fields(const struct template_value *value, struct buf *out)
{
    json_t *simple = simplify(value, false);

    add_json(simple, &java, 0, out);
    json_decref(simple);
}

void template_value_show(const struct template_value *value, struct buf *out)
{
    const json_t *json = value->json;

    if (!json || json_is_null(json))
        return;
    switch (value->look) {
    case LOOK_JAVA:
        add_json(json, &java, 0, out);
        break;
    case LOOK_JSON:
    case LOOK_INNER:
        if (json_is_array(json))
            add_json(json, &compact, 0, out);
        else if (json_is_object(json))
            add_json(json, value->look == LOOK_JSON ? &pretty : &java, 0, out);
        else
            add_scalar(json, false, out);
        break;
    case LOOK_FIRST:
        if (json_array_size(json) > 0)
            add_json(json_array_get(json, 0), &java, 0, out);
        break;
    case LOOK_FIELDS:
    case LOOK_NAMES:
        show_fields(value, out);
        break;
    case LOOK_PATH:
        buf_add_text(out, string_text(json_object_get(json, "")));
        break;
    case LOOK_TIME:
        show_time(json_integer_value(json), out);
        break;
    case LOOK_REQUEST:
    case LOOK_ROOT:
        break;
    }
}

void template_value_show_json(const struct template_value *value, struct buf *out)
{
    AUTO(template_value_done) struct template_value shown = template_value_copy(value);
    struct json_writer w = {.out = out};

    if (!value->json)
        return;
    if (value->look == LOOK_FIELDS || value->look == LOOK_NAMES) {
        template_value_done(&shown);
        shown.json = simplify(value, true);
    } else if (value->look == LOOK_FIRST && json_array_size(value->json) == 1) {
        template_value_done(&shown);
        shown.json = json_incref(json_array_get(value->json, 0));
    } else if (value->look == LOOK_TIME) {
        AUTO(buf_done) struct buf text = {0};

        template_value_show(value, &text);
        json_write_text(&w, buf_text(&text));
        return;
    } else if (value->look == LOOK_PATH) {
        template_value_done(&shown);
        shown.json = json_copy(value->json);
        (void)json_object_del(shown.json, "");
    }
    if (shown.json)
        add_json(shown.json, &pretty, 0, out);
    else
        out->failed = true;
}

bool template_value_is_true(const struct template_value *value)
{
    const json_t *json = value->json;

    if (!json)
        return false;
    if (value->look == LOOK_REQUEST || value->look == LOOK_ROOT || value->look == LOOK_FIRST)
        return value->look != LOOK_FIRST || json_array_size(json) > 0;
    if (json_is_string(json))
        return json_string_length(json) > 0;
    if (json_is_number(json))
        return fpclassify(json_number_value(json)) != FP_ZERO;
    if (json_is_array(json))
        return json_array_size(json) > 0;
    return json_is_true(json) || json_is_object(json);
}

/* What stands within a value of that look. */
static enum template_look inner_look(enum template_look look)
{
    if (look == LOOK_JSON)
        return LOOK_INNER;
    if (look == LOOK_FIELDS || look == LOOK_NAMES)
        return LOOK_FIRST;
    return look == LOOK_INNER ? LOOK_INNER : LOOK_JAVA;
}

static json_t *find_member(const struct template_value *value, struct text name)
{
    json_t *found;
    const char *key;

    if (value->look != LOOK_NAMES) {
        json_object_foreach (value->json, key, found)
            if (text_eq(text_of(key), name))
                return found;
        return NULL;
    }
    json_object_foreach (value->json, key, found)
        if (text_eq_nocase(text_of(key), name))
            return found;
    return NULL;
}

static json_t *find_element(const json_t *json, struct text name)
{
    uint64_t index;

    if (text_eq(name, TEXT("first")))
        return json_array_get(json, 0);
    if (text_eq(name, TEXT("last")))
        return json_array_get(json, json_array_size(json) - 1);
    return text_to_u64(name, &index) ? json_array_get(json, (size_t)index) : NULL;
}

struct template_value template_value_member(const struct template_value *value, struct text name)
{
    json_t *found =
        json_is_array(value->json) ? find_element(value->json, name) : find_member(value, name);
    size_t size;

    if (!found && !json_is_object(value->json) &&
        (text_eq(name, TEXT("size")) || text_eq(name, TEXT("length"))) &&
        template_value_size(value, &size))
        return (struct template_value){json_integer((json_int_t)size), LOOK_JAVA};
    return (struct template_value){json_incref(found), inner_look(value->look)};
}

static struct template_value path_item(const struct template_value *value, size_t index)
{
    struct text rest = string_text(json_object_get(value->json, ""));

    for (; rest.data; index--) {
        struct text segment = text_cut(&rest, '/');

        if (index == 0)
            return (struct template_value){json_stringn_nocheck(segment.data, segment.len),
                                           LOOK_JAVA};
    }
    return (struct template_value){0};
}

struct template_value template_value_item(const struct template_value *value, size_t index,
                                          struct text *name)
{
    json_t *item = NULL;

    *name = (struct text){0};
    if (value->look == LOOK_PATH)
        return path_item(value, index);
    if (json_is_array(value->json)) {
        item = json_array_get(value->json, index);
    } else if (json_is_object(value->json)) {
        void *at = json_object_iter(value->json);

        while (at && index-- > 0)
            at = json_object_iter_next(value->json, at);
        item = at ? json_object_iter_value(at) : NULL;
        *name = at ? text_of(json_object_iter_key(at)) : *name;
    }
    return (struct template_value){json_incref(item), inner_look(value->look)};
}

bool template_value_size(const struct template_value *value, size_t *out)
{
    const json_t *json = value->json;

    if (json_is_string(json)) {
        *out = utf8_count(string_text(json));
        return true;
    }
    if (!json_is_array(json) && !json_is_object(json))
        return false;
    *out = json_is_array(json) ? json_array_size(json) : json_object_size(json);
    if (value->look == LOOK_PATH)
        (*out)--;
    return true;
}

bool template_value_number(const struct template_value *value, double *out, bool *is_whole)
{
    const json_t *json = value->look == LOOK_FIRST ? json_array_get(value->json, 0) : value->json;
    struct text text = string_text(json);

    if (json_is_number(json)) {
        *out = json_number_value(json);
        *is_whole = json_is_integer(json);
        return true;
    }
    if (!json_is_string(json) || !text_to_double(text, out))
        return false;
    *is_whole = text_find(text, TEXT(".")) == text.len && text_find(text, TEXT("e")) == text.len;
    return true;
}
