/*
 * Records of CSV out of pieces, as RFC 4180 has them: fields that hold delimiters, newlines or
 * quotes stand in quotes, and a quote within is doubled. Lines end with LF or CRLF; one with
 * nothing on it is no record.
 *
 * One record is held, its fields without their quotes. How the text is cut into pieces changes
 * nothing. What is wrong with a record is said in the words of Go's encoding/csv; the next one
 * begins with the next line.
 *
 *     while ((result = csv_split_next(&csv, &piece)) != CSV_NONE)
 *         ... csv_split_field(&csv, 0) ...
 */
#ifndef CORE_CSV_SPLIT_H
#define CORE_CSV_SPLIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* Further fields of a record are counted and not held. */
enum { CSV_FIELDS_MAX = 4096 };

enum csv_state {
    CSV_FIELD_START,
    CSV_PLAIN,    /* in a field without quotes */
    CSV_QUOTED,   /* in one with quotes */
    CSV_QUOTE,    /* behind a quote in one: its end, or the first of two */
    CSV_QUOTE_CR, /* behind its end and a CR */
    CSV_SKIPPING  /* in what is left of a line that is broken */
};

struct csv_split {
    size_t len_max;        /* bytes of a record as written, without its newline */
    struct text delimiter; /* one character, borrowed; empty: a comma */
    uint64_t line;         /* number of the line where the record handed out last begins, from 1 */
    size_t field_count;    /* its fields */
    const char *why;       /* after CSV_BROKEN: a sentence without an end */

    /* Private. */
    enum csv_state state;
    bool is_done;                  /* the record was handed out and is empty from now on */
    bool has_quote;                /* a field of it has quotes */
    bool is_broken;                /* see `why` */
    uint64_t lines_before;         /* newlines before the record */
    uint64_t lines_within;         /* and in it */
    uint64_t record_len;           /* bytes of it as written */
    size_t matched;                /* bytes of the delimiter that were just read */
    struct buf bytes;              /* the fields, one behind the other */
    size_t field_start;            /* where in `bytes` the last one begins */
    uint32_t ends[CSV_FIELDS_MAX]; /* and where those before it end */
};

enum csv_result {
    CSV_RECORD,
    CSV_TOO_LONG,
    CSV_BROKEN, /* its quotes are not as they should be */
    CSV_NONE,
    CSV_NO_MEMORY
};

void csv_split_done(struct csv_split *csv);

/* Forget what was read and begin with another text, with the same limit and delimiter. */
void csv_split_restart(struct csv_split *csv);

/* Take the next record from the front of `*piece`. CSV_NONE: `*piece` is used up. A byte order mark
 * at the very beginning is dropped. */
MUST_USE enum csv_result csv_split_next(struct csv_split *csv, struct text *piece);

/* After the last piece: take what no newline ended, or CSV_NONE. */
MUST_USE enum csv_result csv_split_end(struct csv_split *csv);

/* Borrow a field of the record, until the next is taken. Only the first CSV_FIELDS_MAX are held. */
struct text csv_split_field(const struct csv_split *csv, size_t i);

/* Tell whether a character may be the delimiter: one that is neither a quote nor ends a line. */
bool csv_delimiter_is_valid(struct text delimiter);

#endif
