/*
 * Fields that an upload wants kept beside those of its type: their names, their values in a row,
 * and what they are in Avro. Such a value is a scalar of JSON; anything nested is kept as its text.
 */
#ifndef CORE_KEPT_FIELDS_H
#define CORE_KEPT_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "core/avro_writer.h"

enum { KEPT_FIELDS_MAX = 100 };

struct kept_field {
    char *name;    /* owned */
    bool required; /* a row that lacks it is at fault */
};

struct kept_fields {
    struct kept_field items[KEPT_FIELDS_MAX];
    size_t count;
};

enum kept_result { KEPT_OK, KEPT_TOO_MANY, KEPT_NO_MEMORY };

void kept_fields_done(struct kept_fields *kept);

/* Add a field, unless one of its name is there, which then is required if either is. */
MUST_USE enum kept_result kept_fields_add(struct kept_fields *kept, struct text name,
                                          bool required);

/* Write the names, in the order in which they were added, as an array. */
void kept_fields_write_names(const struct kept_fields *kept, struct json_writer *w);

/* Append `schema`, an Avro record, with these fields behind its own. */
void kept_fields_add_schema(const struct kept_fields *kept, const char *schema, struct buf *out);

/* In the order of the union in the schema. */
enum kept_kind { KEPT_NULL, KEPT_BOOLEAN, KEPT_LONG, KEPT_DOUBLE, KEPT_STRING };

struct kept_value {
    enum kept_kind kind;
    bool boolean;
    int64_t whole;
    double number;
    struct text text; /* borrowed */
};

/* Read a number of JSON: a long if it is written as one, else a double, and what is none either (it
 * would be infinite) its text. */
struct kept_value kept_number(struct text number);

struct kept_value kept_string(struct text t);

/* The value's bytes as Avro; put them; or take a value from the front of `*rest`: false, changing
 * nothing of use, if it is not there. */
size_t kept_value_bytes(const struct kept_value *value);
void kept_value_put(const struct kept_value *value, struct avro_writer *writer);
MUST_USE bool kept_value_get(struct text *rest, struct kept_value *out);

/* Write the value as JSON. */
void kept_value_write(const struct kept_value *value, struct json_writer *w);

#endif
