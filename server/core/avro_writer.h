/*
 * Writes Avro object container files: a head with the schema, then blocks of rows, uncompressed.
 *
 * One block is held in memory. It goes out once it has AVRO_BLOCK_BYTES, so that every row begins
 * within the first 64 KiB of its block, and a long row stays whole. A row is encoded by its
 * caller, value by value, in the order of the schema:
 *
 *     avro_row_begin(&writer, bytes);
 *     avro_put_string(&writer, query);
 *     ...
 *     avro_row_end(&writer);
 */
#ifndef CORE_AVRO_WRITER_H
#define CORE_AVRO_WRITER_H

#include <stdint.h>

#include "base/buf.h"
#include "core/dataset_sink.h"

enum {
    AVRO_BLOCK_BYTES = 64 * 1024,
    AVRO_SYNC_LEN = 16,
    AVRO_LONG_LEN_MAX = 10,
    AVRO_DOUBLE_LEN = 8
};

enum avro_result {
    AVRO_OK,
    AVRO_END, /* no more blocks to read */
    AVRO_NO_MEMORY,
    AVRO_SINK_FAILED,
    AVRO_BROKEN /* what was read is no Avro file of ours */
};

/* Where a row is: the block's offset in the file and the row's in the block's data. */
struct avro_place {
    uint64_t block;
    uint32_t row;
};

struct avro_writer {
    struct dataset_sink sink;
    struct buf block;     /* room for the head of a block, then its rows */
    uint64_t block_rows;  /* rows in `block` */
    uint64_t block_start; /* offset of `block` in the file: the bytes written so far */
    uint8_t sync[AVRO_SYNC_LEN];
};

/*
 * Begin a file: write its head. `schema` is JSON; `seed` decides the sync marker. `*writer` is to
 * be released with avro_writer_done() whatever the result.
 */
MUST_USE enum avro_result avro_writer_init(struct avro_writer *writer,
                                           const struct dataset_sink *sink, const char *schema,
                                           uint64_t seed);
void avro_writer_done(struct avro_writer *writer);

/* The place of the row that is written next. */
struct avro_place avro_writer_place(const struct avro_writer *writer);

/* Make room for a row of `bytes` bytes or fewer. Returns false when memory runs out. */
MUST_USE bool avro_row_begin(struct avro_writer *writer, size_t bytes);

/* Put one value. A list is its count with the items behind it, unless it is empty, and a 0. */
void avro_put_long(struct avro_writer *writer, int64_t value);
void avro_put_string(struct avro_writer *writer, struct text value);
void avro_put_bool(struct avro_writer *writer, bool value);
void avro_put_double(struct avro_writer *writer, double value);

MUST_USE enum avro_result avro_row_end(struct avro_writer *writer);

/* The bytes put since avro_row_begin() at `place`, as long as neither of these was called; or take
 * them back instead of ending the row. */
struct text avro_row_text(const struct avro_writer *writer, struct avro_place place);
void avro_row_drop(struct avro_writer *writer, struct avro_place place);

/* Write what is still held. Rows may be added afterwards, in a new block. */
MUST_USE enum avro_result avro_writer_flush(struct avro_writer *writer);

/* Borrow the data of the block at `offset` if it is the one still in memory. */
bool avro_writer_holds(const struct avro_writer *writer, uint64_t offset, struct text *out);

/* Write `value` as Avro does (zigzag, seven bits a byte) to `out`; return its bytes. Or only count
 * them. */
size_t avro_long_encode(int64_t value, char out[AVRO_LONG_LEN_MAX]);
size_t avro_long_len(int64_t value);

#endif
