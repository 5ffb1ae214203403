/*
 * Reads back what avro_writer.h wrote: a file block by block, or the data of one block from a known
 * place on. It believes nothing: lengths are compared with what there is.
 */
#ifndef CORE_AVRO_READER_H
#define CORE_AVRO_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/avro_writer.h"
#include "core/dataset_sink.h"

/* Take one value from the front of `*rest`. Return false, changing nothing, if it is not there. */
MUST_USE bool avro_get_long(struct text *rest, int64_t *out);
MUST_USE bool avro_get_string(struct text *rest, struct text *out);
MUST_USE bool avro_get_bool(struct text *rest, bool *out);
MUST_USE bool avro_get_double(struct text *rest, double *out);

/* The head of a block: its rows, and where its data is in the file. */
struct avro_block {
    int64_t row_count;
    uint64_t data_start;
    uint64_t data_len;
};

/* Read the head of the block at `offset` in a file of `file_bytes`. */
MUST_USE enum avro_result avro_block_open(const struct dataset_sink *sink, uint64_t file_bytes,
                                          uint64_t offset, struct avro_block *out);

/*
 * All rows of a file, in order:
 *
 *     AUTO(avro_rows_done) struct avro_rows rows = {0};
 *     result = avro_rows_open(&rows, sink, file_bytes);
 *     while (result == AVRO_OK && (result = avro_rows_next(&rows)) == AVRO_OK)
 *         ... take one row's values from rows.rest ...
 */
struct avro_rows {
    const struct dataset_sink *sink; /* borrowed */
    uint64_t file_bytes;
    uint64_t offset;   /* of the next block */
    struct buf block;  /* data of the current one */
    struct text rest;  /* what of it was not taken yet; moved by the caller's avro_get_...() */
    int64_t rows_left; /* in the current block */
    uint8_t sync[AVRO_SYNC_LEN];
};

/* Begin with the first row. The head of the file may have up to 64 KiB. */
MUST_USE enum avro_result avro_rows_open(struct avro_rows *rows, const struct dataset_sink *sink,
                                         uint64_t file_bytes);
void avro_rows_done(struct avro_rows *rows);

/* Make the next row the front of `rows->rest`; AVRO_END after the last. */
MUST_USE enum avro_result avro_rows_next(struct avro_rows *rows);

#endif
