#include "core/kept_fields.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/avro_reader.h"

void kept_fields_done(struct kept_fields *kept)
{
    for (size_t i = 0; i < kept->count; i++)
        free(kept->items[i].name);
    kept->count = 0;
}

enum kept_result kept_fields_add(struct kept_fields *kept, struct text name, bool required)
{
    char *copy;

    for (size_t i = 0; i < kept->count; i++) {
        if (!text_eq(text_of(kept->items[i].name), name))
            continue;
        kept->items[i].required |= required;
        return KEPT_OK;
    }
    if (kept->count == KEPT_FIELDS_MAX)
        return KEPT_TOO_MANY;
    copy = strndup(name.data ? name.data : "", name.len);
    if (!copy)
        return KEPT_NO_MEMORY;
    kept->items[kept->count++] = (struct kept_field){copy, required};
    return KEPT_OK;
}

void kept_fields_write_names(const struct kept_fields *kept, struct json_writer *w)
{
    json_write_array(w);
    for (size_t i = 0; i < kept->count; i++)
        json_write_string(w, kept->items[i].name);
    json_write_array_end(w);
}

void kept_fields_add_schema(const struct kept_fields *kept, const char *schema, struct buf *out)
{
    struct text all = text_of(schema), end = TEXT("]}");
    struct json_writer w = {out, true};

    assert(text_has_suffix(all, end));
    all.len -= end.len;
    buf_add_text(out, all);
    for (size_t i = 0; i < kept->count; i++) {
        json_write_object(&w);
        json_write_member_string(&w, "name", kept->items[i].name);
        json_write_key(&w, "type");
        json_write_raw(&w, TEXT("[\"null\",\"boolean\",\"long\",\"double\",\"string\"]"));
        json_write_object_end(&w);
    }
    buf_add_text(out, end);
}

struct kept_value kept_string(struct text t)
{
    return (struct kept_value){.kind = KEPT_STRING, .text = t};
}

struct kept_value kept_number(struct text number)
{
    struct kept_value value = {.kind = KEPT_LONG};

    if (text_to_i64(number, &value.whole))
        return value;
    value.kind = KEPT_DOUBLE;
    return text_to_double(number, &value.number) ? value : kept_string(number);
}

size_t kept_value_bytes(const struct kept_value *value)
{
    size_t branch = avro_long_len((int64_t)value->kind);

    switch (value->kind) {
    case KEPT_NULL:
        break;
    case KEPT_BOOLEAN:
        return branch + 1;
    case KEPT_LONG:
        return branch + avro_long_len(value->whole);
    case KEPT_DOUBLE:
        return branch + AVRO_DOUBLE_LEN;
    case KEPT_STRING:
        return branch + avro_long_len((int64_t)value->text.len) + value->text.len;
    }
    return branch;
}

void kept_value_put(const struct kept_value *value, struct avro_writer *writer)
{
    avro_put_long(writer, (int64_t)value->kind);
    switch (value->kind) {
    case KEPT_NULL:
        break;
    case KEPT_BOOLEAN:
        avro_put_bool(writer, value->boolean);
        break;
    case KEPT_LONG:
        avro_put_long(writer, value->whole);
        break;
    case KEPT_DOUBLE:
        avro_put_double(writer, value->number);
        break;
    case KEPT_STRING:
        avro_put_string(writer, value->text);
        break;
    }
}

bool kept_value_get(struct text *rest, struct kept_value *out)
{
    int64_t branch;

    *out = (struct kept_value){0};
    if (!avro_get_long(rest, &branch) || branch < KEPT_NULL || branch > KEPT_STRING)
        return false;
    out->kind = (enum kept_kind)branch;
    switch (out->kind) {
    case KEPT_NULL:
        return true;
    case KEPT_BOOLEAN:
        return avro_get_bool(rest, &out->boolean);
    case KEPT_LONG:
        return avro_get_long(rest, &out->whole);
    case KEPT_DOUBLE:
        return avro_get_double(rest, &out->number);
    case KEPT_STRING:
        return avro_get_string(rest, &out->text);
    }
    return false;
}

void kept_value_write(const struct kept_value *value, struct json_writer *w)
{
    switch (value->kind) {
    case KEPT_NULL:
        json_write_null(w);
        break;
    case KEPT_BOOLEAN:
        json_write_bool(w, value->boolean);
        break;
    case KEPT_LONG:
        json_write_int(w, value->whole);
        break;
    case KEPT_DOUBLE:
        json_write_double(w, value->number);
        break;
    case KEPT_STRING:
        json_write_text(w, value->text);
        break;
    }
}
