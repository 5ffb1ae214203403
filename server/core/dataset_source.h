/*
 * The rows of one file of an upload, out of its pieces and whatever its format: objects of JSON, a
 * line each; records of CSV under a header; or texts with something between them.
 *
 * Holds one row. How the file is cut into pieces changes nothing.
 */
#ifndef CORE_DATASET_SOURCE_H
#define CORE_DATASET_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/csv_split.h"
#include "core/dataset_messages.h"
#include "core/dataset_row.h"
#include "core/dataset_type.h"
#include "core/line_split.h"

struct dataset_source {
    enum dataset_format format;
    struct dataset_fields fields;
    struct line_split lines; /* of JSON */
    struct line_split texts;
    struct csv_split csv;
    bool has_header;
    bool is_over;        /* without a header nothing can be said of the rest */
    size_t column_count; /* of the header */
    size_t columns[DATASET_FIELDS_MAX + KEPT_FIELDS_MAX]; /* of each field; SIZE_MAX: none */

    /* After SOURCE_REFUSED: what is wrong with the row, for which its line is the first argument.
     */
    enum dataset_message message;
    struct message_arg detail; /* and the second one; borrowed */
};

enum source_result {
    SOURCE_ROW,
    SOURCE_REFUSED,   /* a row that has not even values: see `message` */
    SOURCE_NO_HEADER, /* a CSV file whose header lacks a field; said once */
    SOURCE_NONE,      /* the piece is used up */
    SOURCE_NO_MEMORY
};

/* Begin, from zeroed: rows of at most `len_max` bytes as uploaded. */
void dataset_source_init(struct dataset_source *source, const struct dataset_fields *fields,
                         size_t len_max);
void dataset_source_done(struct dataset_source *source);

/* Have other characters than a comma between fields of CSV, and than a newline between texts; an
 * empty text changes nothing. Both are borrowed. Returns false when memory runs out. */
MUST_USE bool dataset_source_separate(struct dataset_source *source, struct text csv_delimiter,
                                      struct text text_separator);

/* Begin a file. */
void dataset_source_begin(struct dataset_source *source, enum dataset_format format);

/*
 * Take a row from the front of `*piece` into `*row`, and its line with it (also of one that is
 * refused). The values are valid until the next row is taken, and as long as the piece. Rows that
 * are blank are passed over.
 */
MUST_USE enum source_result dataset_source_next(struct dataset_source *source, struct text *piece,
                                                struct dataset_row *row);

/* After the last piece: take what nothing ended, or SOURCE_NONE. To be called once. */
MUST_USE enum source_result dataset_source_end(struct dataset_source *source,
                                               struct dataset_row *row);

/* Append the names of the fields that a header must have: `text, label`. */
void dataset_source_list_required(const struct dataset_source *source, struct buf *out);

#endif
