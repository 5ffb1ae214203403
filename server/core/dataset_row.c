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

/* The strings that an item of a list has. */
static size_t strings_each(const struct dataset_field *field)
{
    return field->type == FIELD_MESSAGES ? 2 : 1;
}

struct text dataset_field_type_name(enum dataset_field_type type)
{
    switch (type) {
    case FIELD_STRING:
        return TEXT("string");
    case FIELD_STRINGS:
        return TEXT("list[string]");
    case FIELD_MESSAGES:
        return TEXT("list[{role,content}]");
    case FIELD_WHOLE:
        return TEXT("object");
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
    free(row->kept);
    row->kept = NULL;
    row->kept_count = 0;
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

bool dataset_row_restart(struct dataset_row *row, const struct dataset_fields *fields)
{
    size_t count = fields->kept ? fields->kept->count : 0;

    row_clear(row);
    if (count > 0 && !row->kept)
        row->kept = calloc(KEPT_FIELDS_MAX, sizeof(*row->kept));
    if (count > 0 && !row->kept)
        return false;
    row->kept_count = count;
    for (size_t i = 0; i < count; i++)
        row->kept[i] = (struct kept_value){0};
    return true;
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

/* Behind an element that does not belong there, the rest of the list only has to be JSON. */
static void skip_list(struct json_scan *scan)
{
    do {
        if (scan->token == JSON_SCAN_OBJECT || scan->token == JSON_SCAN_ARRAY)
            (void)json_scan_skip(scan);
    } while (scan->token != JSON_SCAN_ERROR && json_scan_next(scan) != JSON_SCAN_ARRAY_END);
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
    value->state = scan->token == JSON_SCAN_ARRAY_END ? VALUE_GOOD : VALUE_WRONG;
    if (value->state == VALUE_WRONG)
        skip_list(scan);
    return true;
}

/* Take what comes next if it is a string. If not, it is passed over, and the text has no data. */
static struct text parse_string(struct json_scan *scan)
{
    enum json_scan_token token = json_scan_next(scan);

    if (token == JSON_SCAN_STRING)
        return scan->plain;
    if (token == JSON_SCAN_OBJECT || token == JSON_SCAN_ARRAY)
        (void)json_scan_skip(scan);
    return (struct text){0};
}

/* The object of a message is open: take its role and its content, or find that it lacks one. */
static bool parse_message(struct dataset_row *row, struct json_scan *scan, bool *complete)
{
    struct text role = {0}, content = {0};

    while (json_scan_next(scan) == JSON_SCAN_KEY) {
        if (json_scan_is(scan, TEXT("role")))
            role = parse_string(scan);
        else if (json_scan_is(scan, TEXT("content")))
            content = parse_string(scan);
        else
            (void)json_scan_skip(scan);
    }
    *complete = role.data && content.data;
    return !*complete || (add_string(row, role) && add_string(row, content));
}

static bool parse_messages(struct dataset_row *row, struct json_scan *scan,
                           struct dataset_value *value)
{
    bool complete = true;

    value->first = row->string_count;
    while (complete && json_scan_next(scan) == JSON_SCAN_OBJECT)
        if (!parse_message(row, scan, &complete))
            return false;
    value->count = (row->string_count - value->first) / 2;
    value->state = complete && scan->token == JSON_SCAN_ARRAY_END ? VALUE_GOOD : VALUE_WRONG;
    if (value->state == VALUE_WRONG)
        skip_list(scan);
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
    if (token == JSON_SCAN_ARRAY && type == FIELD_MESSAGES)
        return parse_messages(row, scan, value);
    value->state = VALUE_WRONG;
    if (token == JSON_SCAN_OBJECT || token == JSON_SCAN_ARRAY)
        (void)json_scan_skip(scan);
    return true;
}

/* Take the value of a member that is kept beside the fields. */
static void parse_kept(struct json_scan *scan, struct kept_value *value)
{
    enum json_scan_token token = json_scan_next(scan);

    *value = (struct kept_value){0};
    if (token == JSON_SCAN_STRING) {
        *value = kept_string(scan->plain);
    } else if (token == JSON_SCAN_NUMBER) {
        *value = kept_number(scan->value);
    } else if (token == JSON_SCAN_TRUE || token == JSON_SCAN_FALSE) {
        value->kind = KEPT_BOOLEAN;
        value->boolean = token == JSON_SCAN_TRUE;
    } else if (token == JSON_SCAN_OBJECT || token == JSON_SCAN_ARRAY) {
        value->kind = KEPT_STRING;
        (void)json_scan_raw(scan, &value->text);
    }
}

static bool parse_member(struct dataset_row *row, struct json_scan *scan,
                         const struct dataset_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++)
        if (json_scan_is(scan, text_of(fields->items[i].name)))
            return parse_value(row, scan, fields->items[i].type, &row->values[i]);
    for (size_t i = 0; i < row->kept_count; i++) {
        if (!json_scan_is(scan, text_of(fields->kept->items[i].name)))
            continue;
        parse_kept(scan, &row->kept[i]);
        return true;
    }
    (void)json_scan_skip(scan);
    return true;
}

/* The object of a row is open: read its members. False when memory runs out. */
static bool parse_members(struct dataset_row *row, struct json_scan *scan,
                          const struct dataset_fields *fields)
{
    if (fields->items[0].type == FIELD_WHOLE) {
        row->values[0].state = VALUE_GOOD;
        (void)json_scan_raw(scan, &row->values[0].text);
        return true;
    }
    while (json_scan_next(scan) == JSON_SCAN_KEY)
        if (!parse_member(row, scan, fields))
            return false;
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

    if (!dataset_row_restart(row, fields))
        return ROW_NO_MEMORY;
    json_scan_init(&scan, line, JSON_SCAN_DEPTH_MAX);
    if (!json_scan_unescape_to(&scan, &row->unescaped))
        return ROW_NO_MEMORY;
    if (json_scan_next(&scan) != JSON_SCAN_OBJECT) {
        char error[sizeof(row->why)];
        bool is_json = json_scan_check(line, JSON_SCAN_DEPTH_MAX, error, sizeof(error));

        return refuse(row, line, is_json ? "it is not an object" : error);
    }
    if (!parse_members(row, &scan, fields))
        return ROW_NO_MEMORY;
    if (scan.token == JSON_SCAN_OBJECT_END)
        (void)json_scan_next(&scan);
    return scan.token == JSON_SCAN_END ? ROW_READ : refuse(row, line, scan.error);
}

static size_t string_bytes(struct text t)
{
    return avro_long_len((int64_t)t.len) + t.len;
}

static bool is_list(const struct dataset_field *field)
{
    return field->type == FIELD_STRINGS || field->type == FIELD_MESSAGES;
}

size_t dataset_row_bytes(const struct dataset_row *row, const struct dataset_fields *fields)
{
    size_t bytes = 0;

    for (size_t i = 0; i < fields->count; i++) {
        const struct dataset_value *value = &row->values[i];

        if (!is_list(&fields->items[i])) {
            bytes += string_bytes(value->text);
            continue;
        }
        if (value->count > 0)
            bytes += avro_long_len((int64_t)value->count);
        for (size_t k = 0; k < value->count * strings_each(&fields->items[i]); k++)
            bytes += string_bytes(row->strings[value->first + k]);
        bytes++;
    }
    for (size_t i = 0; i < row->kept_count; i++)
        bytes += kept_value_bytes(&row->kept[i]);
    return bytes;
}

bool dataset_row_put(const struct dataset_row *row, const struct dataset_fields *fields,
                     struct avro_writer *writer)
{
    if (!avro_row_begin(writer, dataset_row_bytes(row, fields)))
        return false;
    for (size_t i = 0; i < fields->count; i++) {
        const struct dataset_value *value = &row->values[i];

        if (!is_list(&fields->items[i])) {
            avro_put_string(writer, value->text);
            continue;
        }
        if (value->count > 0)
            avro_put_long(writer, (int64_t)value->count);
        for (size_t k = 0; k < value->count * strings_each(&fields->items[i]); k++)
            avro_put_string(writer, row->strings[value->first + k]);
        avro_put_long(writer, 0);
    }
    for (size_t i = 0; i < row->kept_count; i++)
        kept_value_put(&row->kept[i], writer);
    return true;
}

/* Read a list whose items have `each` strings. */
static enum avro_result read_strings(struct dataset_row *row, struct dataset_value *value,
                                     size_t each, struct text *rest)
{
    int64_t count;

    value->first = row->string_count;
    while (avro_get_long(rest, &count)) {
        if (count == 0) {
            value->count = (row->string_count - value->first) / each;
            return AVRO_OK;
        }
        if (count < 0) /* blocks with their size before them: never written by us */
            return AVRO_BROKEN;
        for (; count > 0; count--) {
            for (size_t i = 0; i < each; i++) {
                struct text t;

                if (!avro_get_string(rest, &t))
                    return AVRO_BROKEN;
                if (!add_string(row, t))
                    return AVRO_NO_MEMORY;
            }
        }
    }
    return AVRO_BROKEN;
}

enum avro_result dataset_row_read(struct dataset_row *row, const struct dataset_fields *fields,
                                  struct text *rest)
{
    struct text from = *rest;

    if (!dataset_row_restart(row, fields))
        return AVRO_NO_MEMORY;
    for (size_t i = 0; i < fields->count; i++) {
        struct dataset_value *value = &row->values[i];

        value->state = VALUE_GOOD;
        if (is_list(&fields->items[i])) {
            enum avro_result result =
                read_strings(row, value, strings_each(&fields->items[i]), rest);

            if (result != AVRO_OK)
                return result;
        } else if (!avro_get_string(rest, &value->text)) {
            return AVRO_BROKEN;
        }
    }
    for (size_t i = 0; i < row->kept_count; i++)
        if (!kept_value_get(rest, &row->kept[i]))
            return AVRO_BROKEN;
    row->stored = (struct text){from.data, from.len - rest->len};
    return AVRO_OK;
}

static void print_message(const struct text *strings, struct json_writer *w)
{
    json_write_object(w);
    json_write_member_text(w, "role", strings[0]);
    json_write_member_text(w, "content", strings[1]);
    json_write_object_end(w);
}

static void print_value(const struct dataset_row *row, const struct dataset_field *field,
                        const struct dataset_value *value, struct json_writer *w)
{
    if (!is_list(field)) {
        json_write_text(w, value->text);
        return;
    }
    json_write_array(w);
    for (size_t i = 0; i < value->count; i++) {
        if (field->type == FIELD_MESSAGES)
            print_message(row->strings + value->first + 2 * i, w);
        else
            json_write_text(w, row->strings[value->first + i]);
    }
    json_write_array_end(w);
}

void dataset_row_print(const struct dataset_row *row, const struct dataset_fields *fields,
                       struct buf *out)
{
    struct json_writer w = {out, false};

    if (fields->items[0].type == FIELD_WHOLE) {
        json_write_raw(&w, row->values[0].text);
        return;
    }
    json_write_object(&w);
    for (size_t i = 0; i < fields->count; i++) {
        json_write_key(&w, fields->items[i].name);
        print_value(row, &fields->items[i], &row->values[i], &w);
    }
    for (size_t i = 0; i < row->kept_count; i++) {
        json_write_key_text(&w, text_of(fields->kept->items[i].name));
        kept_value_write(&row->kept[i], &w);
    }
    json_write_object_end(&w);
}
