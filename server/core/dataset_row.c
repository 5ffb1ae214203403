#include "core/dataset_row.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_scan.h"
#include "core/avro_reader.h"

enum {
    STRINGS_MIN = 16,
    STRINGS_KEPT = 16 * 1024, /* what one huge row needed is not kept for the next */
    TEXT_KEPT_SIZE = 1024 * 1024
};

struct text dataset_field_type_name(enum dataset_field_type type)
{
    switch (type) {
    case FIELD_STRING:
        return TEXT("string");
    case FIELD_STRINGS:
        return TEXT("list[string]");
    }
    return TEXT("");
}

static void strings_free(struct dataset_row *row)
{
    free(row->strings);
    row->strings = NULL;
    row->string_size = 0;
}

void dataset_row_done(struct dataset_row *row)
{
    strings_free(row);
    buf_done(&row->unescaped);
    row->string_count = 0;
}

static void text_clear(struct buf *b)
{
    if (b->size > TEXT_KEPT_SIZE)
        buf_done(b);
    buf_clear(b);
}

static void row_clear(struct dataset_row *row)
{
    for (size_t i = 0; i < DATASET_FIELDS_MAX; i++)
        row->values[i] = (struct dataset_value){0};
    if (row->string_size > STRINGS_KEPT)
        strings_free(row);
    row->string_count = 0;
    text_clear(&row->unescaped);
}

static bool add_string(struct dataset_row *row, struct text t)
{
    if (row->string_count == row->string_size) {
        size_t size = row->string_size ? row->string_size + row->string_size / 2 : STRINGS_MIN;
        struct text *strings = size < SIZE_MAX / sizeof(struct text)
                                   ? realloc(row->strings, size * sizeof(struct text))
                                   : NULL;

        if (!strings)
            return false;
        row->strings = strings;
        row->string_size = size;
    }
    row->strings[row->string_count++] = t;
    return true;
}

/* The array is open: take its strings, or find that it has something else. */
static bool parse_strings(struct dataset_row *row, struct json_scan *scan,
                          struct dataset_value *value)
{
    value->first = row->string_count;
    while (json_scan_next(scan) == JSON_SCAN_STRING) {
        if (!add_string(row, scan->plain))
            return false;
    }
    value->count = row->string_count - value->first;
    if (scan->token == JSON_SCAN_ARRAY_END) {
        value->state = VALUE_GOOD;
        return true;
    }
    value->state = VALUE_WRONG;
    if (scan->token == JSON_SCAN_OBJECT || scan->token == JSON_SCAN_ARRAY)
        (void)json_scan_skip(scan);
    /* Behind the element that does not belong there, the rest of the list only has to be JSON. */
    while (scan->token != JSON_SCAN_ERROR && json_scan_next(scan) != JSON_SCAN_ARRAY_END)
        if (scan->token == JSON_SCAN_OBJECT || scan->token == JSON_SCAN_ARRAY)
            (void)json_scan_skip(scan);
    return true;
}

static bool parse_value(struct dataset_row *row, struct json_scan *scan,
                        enum dataset_field_type type, struct dataset_value *value)
{
    enum json_scan_token token = json_scan_next(scan);

    *value = (struct dataset_value){0};
    if (token == JSON_SCAN_NULL)
        return true;
    if (token == JSON_SCAN_STRING && type == FIELD_STRING) {
        value->state = VALUE_GOOD;
        value->text = scan->plain;
        return true;
    }
    if (token == JSON_SCAN_ARRAY && type == FIELD_STRINGS)
        return parse_strings(row, scan, value);
    value->state = VALUE_WRONG;
    if (token == JSON_SCAN_OBJECT || token == JSON_SCAN_ARRAY)
        (void)json_scan_skip(scan);
    return true;
}

static bool parse_member(struct dataset_row *row, struct json_scan *scan,
                         const struct dataset_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++)
        if (json_scan_is(scan, text_of(fields->items[i].name)))
            return parse_value(row, scan, fields->items[i].type, &row->values[i]);
    (void)json_scan_skip(scan);
    return true;
}

/* The line is no JSON object. If it is not even UTF-8, that is to blame. */
static enum row_result refuse(struct dataset_row *row, struct text line, const char *why)
{
    if (!utf8_is_valid(line))
        return ROW_NOT_UTF8;
    (void)snprintf(row->why, sizeof(row->why), "%s", why);
    return ROW_NOT_JSON;
}

enum row_result dataset_row_parse(struct dataset_row *row, const struct dataset_fields *fields,
                                  struct text line)
{
    struct json_scan scan;

    row_clear(row);
    json_scan_init(&scan, line, JSON_SCAN_DEPTH_MAX);
    if (!json_scan_unescape_to(&scan, &row->unescaped))
        return ROW_NO_MEMORY;
    if (json_scan_next(&scan) != JSON_SCAN_OBJECT) {
        char error[sizeof(row->why)];
        bool is_json = json_scan_check(line, JSON_SCAN_DEPTH_MAX, error, sizeof(error));

        return refuse(row, line, is_json ? "it is not an object" : error);
    }
    while (json_scan_next(&scan) == JSON_SCAN_KEY)
        if (!parse_member(row, &scan, fields))
            return ROW_NO_MEMORY;
    if (scan.token == JSON_SCAN_OBJECT_END)
        (void)json_scan_next(&scan);
    return scan.token == JSON_SCAN_END ? ROW_READ : refuse(row, line, scan.error);
}

static size_t string_bytes(struct text t)
{
    return avro_long_len((int64_t)t.len) + t.len;
}

size_t dataset_row_bytes(const struct dataset_row *row, const struct dataset_fields *fields)
{
    size_t bytes = 0;

    for (size_t i = 0; i < fields->count; i++) {
        const struct dataset_value *value = &row->values[i];

        if (fields->items[i].type == FIELD_STRING) {
            bytes += string_bytes(value->text);
            continue;
        }
        if (value->count > 0)
            bytes += avro_long_len((int64_t)value->count);
        for (size_t k = 0; k < value->count; k++)
            bytes += string_bytes(row->strings[value->first + k]);
        bytes++;
    }
    return bytes;
}

enum avro_result dataset_row_write(const struct dataset_row *row,
                                   const struct dataset_fields *fields, struct avro_writer *writer)
{
    if (!avro_row_begin(writer, dataset_row_bytes(row, fields)))
        return AVRO_NO_MEMORY;
    for (size_t i = 0; i < fields->count; i++) {
        const struct dataset_value *value = &row->values[i];

        if (fields->items[i].type == FIELD_STRING) {
            avro_put_string(writer, value->text);
            continue;
        }
        if (value->count > 0)
            avro_put_long(writer, (int64_t)value->count);
        for (size_t k = 0; k < value->count; k++)
            avro_put_string(writer, row->strings[value->first + k]);
        avro_put_long(writer, 0);
    }
    return avro_row_end(writer);
}

static enum avro_result read_strings(struct dataset_row *row, struct dataset_value *value,
                                     struct text *rest)
{
    int64_t count;

    value->first = row->string_count;
    while (avro_get_long(rest, &count)) {
        if (count == 0)
            return AVRO_OK;
        for (; count > 0; count--) {
            struct text t;

            if (!avro_get_string(rest, &t))
                return AVRO_BROKEN;
            if (!add_string(row, t))
                return AVRO_NO_MEMORY;
            value->count++;
        }
        if (count < 0) /* blocks with their size before them: never written by us */
            return AVRO_BROKEN;
    }
    return AVRO_BROKEN;
}

enum avro_result dataset_row_read(struct dataset_row *row, const struct dataset_fields *fields,
                                  struct text *rest)
{
    row_clear(row);
    for (size_t i = 0; i < fields->count; i++) {
        struct dataset_value *value = &row->values[i];

        value->state = VALUE_GOOD;
        if (fields->items[i].type == FIELD_STRINGS) {
            enum avro_result result = read_strings(row, value, rest);

            if (result != AVRO_OK)
                return result;
        } else if (!avro_get_string(rest, &value->text)) {
            return AVRO_BROKEN;
        }
    }
    return AVRO_OK;
}

void dataset_row_print(const struct dataset_row *row, const struct dataset_fields *fields,
                       struct buf *out)
{
    struct json_writer w = {out, false};

    json_write_object(&w);
    for (size_t i = 0; i < fields->count; i++) {
        const struct dataset_value *value = &row->values[i];

        json_write_key(&w, fields->items[i].name);
        if (fields->items[i].type == FIELD_STRING) {
            json_write_text(&w, value->text);
            continue;
        }
        json_write_array(&w);
        for (size_t k = 0; k < value->count; k++)
            json_write_text(&w, row->strings[value->first + k]);
        json_write_array_end(&w);
    }
    json_write_object_end(&w);
}
