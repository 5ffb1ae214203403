/*
 * One row of a dataset, in the four forms it has: a line of JSON, values in memory, Avro, and the
 * compact JSON of a sample. What fields there are is a table.
 */
#ifndef CORE_DATASET_ROW_H
#define CORE_DATASET_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "core/avro_writer.h"
#include "core/kept_fields.h"

enum dataset_field_type {
    FIELD_STRING,
    FIELD_STRINGS,
    FIELD_MESSAGES, /* of a conversation: objects of a role and a content */
    FIELD_WHOLE     /* the row itself, as the JSON text that it came as; the only field */
};

struct dataset_field {
    const char *name;
    enum dataset_field_type type;
    bool required;
};

enum { DATASET_FIELDS_MAX = 4 };

struct dataset_fields {
    const struct dataset_field *items;
    size_t count;                   /* at most DATASET_FIELDS_MAX */
    const struct kept_fields *kept; /* what comes behind them; NULL: nothing */
};

/* What messages call a type, as the schema table of the documentation has it. */
struct text dataset_field_type_name(enum dataset_field_type type);

enum value_state {
    VALUE_ABSENT, /* or null */
    VALUE_WRONG,  /* of another type */
    VALUE_GOOD
};

struct dataset_value {
    enum value_state state;
    struct text text; /* a string */
    size_t first;     /* a list: its strings are row.strings[first .. first + count - 1], or, of
                       * messages, first + 2 * i the role of one and behind it its content */
    size_t count;
};

/* Storage that one row after the other uses. Zeroed is empty. */
struct dataset_row {
    uint64_t line; /* where it came from */
    struct dataset_value values[DATASET_FIELDS_MAX];
    struct text *strings; /* owned; the texts are borrowed from the line or `unescaped` */
    size_t string_count;
    size_t string_size;
    struct kept_value *kept; /* owned; one for each of the kept fields, null if it is absent */
    size_t kept_count;
    struct buf unescaped; /* never moves while a row is read */
    struct text stored;   /* the Avro bytes of a row that was read back; borrowed */
    char why[96];         /* the line is not JSON: why */
};

enum row_result {
    ROW_READ,
    ROW_NOT_JSON, /* or no object: see `why` */
    ROW_NOT_UTF8,
    ROW_NO_MEMORY
};

void dataset_row_done(struct dataset_row *row);

/* Empty the row, all its values absent, for another of these fields. Returns false when memory runs
 * out. */
MUST_USE bool dataset_row_restart(struct dataset_row *row, const struct dataset_fields *fields);

/*
 * Read a line of JSON. Members that are no fields are dropped; of several with one name the last
 * counts. The values are valid until the next row is read, and as long as `line`.
 */
MUST_USE enum row_result dataset_row_parse(struct dataset_row *row,
                                           const struct dataset_fields *fields, struct text line);

/* Put the row into the block that is being written, where avro_row_end() or avro_row_drop() has to
 * follow; a list that is absent becomes an empty one. False when memory runs out. */
MUST_USE bool dataset_row_put(const struct dataset_row *row, const struct dataset_fields *fields,
                              struct avro_writer *writer);

/* Take a row from the front of Avro data, which it borrows. */
MUST_USE enum avro_result dataset_row_read(struct dataset_row *row,
                                           const struct dataset_fields *fields, struct text *rest);

/* Append the row as a compact JSON object. */
void dataset_row_print(const struct dataset_row *row, const struct dataset_fields *fields,
                       struct buf *out);

/* The row's bytes as Avro. */
size_t dataset_row_bytes(const struct dataset_row *row, const struct dataset_fields *fields);

#endif
