#include "core/avro_writer.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"

enum {
    BLOCK_HEAD_ROOM = 2 * AVRO_LONG_LEN_MAX, /* a block's count of rows and of bytes */
    BLOCK_KEPT_SIZE = 1024 * 1024            /* what one long row needed is not kept for the next */
};

static const char magic[] = {'O', 'b', 'j', 1};

size_t avro_long_encode(int64_t value, char out[AVRO_LONG_LEN_MAX])
{
    uint64_t rest = ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
    size_t len = 0;

    while (rest >= 0x80) {
        out[len++] = (char)(rest | 0x80);
        rest >>= 7;
    }
    out[len++] = (char)rest;
    return len;
}

size_t avro_long_len(int64_t value)
{
    char out[AVRO_LONG_LEN_MAX];

    return avro_long_encode(value, out);
}

static void add_long(struct buf *out, int64_t value)
{
    char bytes[AVRO_LONG_LEN_MAX];

    buf_add(out, bytes, avro_long_encode(value, bytes));
}

static void add_string(struct buf *out, const char *string)
{
    add_long(out, (int64_t)strlen(string));
    buf_add_string(out, string);
}

static enum avro_result sink_write(struct avro_writer *writer, const char *data, size_t len)
{
    if (!writer->sink.write(writer->sink.context, data, len))
        return AVRO_SINK_FAILED;
    writer->block_start += len;
    return AVRO_OK;
}

/* Make the held block empty but for the room of its head. */
static bool block_clear(struct avro_writer *writer)
{
    static const char room[BLOCK_HEAD_ROOM] = {0};

    if (writer->block.size > BLOCK_KEPT_SIZE)
        buf_done(&writer->block);
    buf_clear(&writer->block);
    buf_add(&writer->block, room, sizeof(room));
    writer->block_rows = 0;
    return !writer->block.failed;
}

enum avro_result avro_writer_init(struct avro_writer *writer, const struct dataset_sink *sink,
                                  const char *schema, uint64_t seed)
{
    AUTO(buf_done) struct buf head = {0};
    struct hash128 sync = hash128(TEXT("avro sync marker"), seed);

    *writer = (struct avro_writer){.sink = *sink};
    for (unsigned i = 0; i < 8; i++) {
        writer->sync[i] = (uint8_t)(sync.low >> 8 * i);
        writer->sync[8 + i] = (uint8_t)(sync.high >> 8 * i);
    }
    buf_add(&head, magic, sizeof(magic));
    add_long(&head, 2);
    add_string(&head, "avro.codec");
    add_string(&head, "null");
    add_string(&head, "avro.schema");
    add_string(&head, schema);
    add_long(&head, 0);
    buf_add(&head, writer->sync, AVRO_SYNC_LEN);
    if (head.failed || !block_clear(writer))
        return AVRO_NO_MEMORY;
    return sink_write(writer, head.data, head.len);
}

void avro_writer_done(struct avro_writer *writer)
{
    buf_done(&writer->block);
}

struct avro_place avro_writer_place(const struct avro_writer *writer)
{
    return (struct avro_place){writer->block_start,
                               (uint32_t)(writer->block.len - BLOCK_HEAD_ROOM)};
}

bool avro_row_begin(struct avro_writer *writer, size_t bytes)
{
    /* The marker that ends the block finds its room as well. */
    return buf_reserve(&writer->block, bytes + AVRO_SYNC_LEN);
}

void avro_put_long(struct avro_writer *writer, int64_t value)
{
    struct buf *block = &writer->block;

    assert(block->size - block->len > AVRO_LONG_LEN_MAX);
    block->len += avro_long_encode(value, block->data + block->len);
}

void avro_put_string(struct avro_writer *writer, struct text value)
{
    struct buf *block = &writer->block;

    avro_put_long(writer, (int64_t)value.len);
    assert(block->size - block->len > value.len);
    if (value.len)
        memcpy(block->data + block->len, value.data, value.len);
    block->len += value.len;
}

static void put_byte(struct buf *block, uint8_t byte)
{
    assert(block->size - block->len > 1);
    block->data[block->len++] = (char)byte;
}

void avro_put_bool(struct avro_writer *writer, bool value)
{
    put_byte(&writer->block, value);
}

void avro_put_double(struct avro_writer *writer, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    for (unsigned i = 0; i < AVRO_DOUBLE_LEN; i++)
        put_byte(&writer->block, (uint8_t)(bits >> 8 * i));
}

enum avro_result avro_row_end(struct avro_writer *writer)
{
    writer->block_rows++;
    if (writer->block.len - BLOCK_HEAD_ROOM < AVRO_BLOCK_BYTES)
        return AVRO_OK;
    return avro_writer_flush(writer);
}

struct text avro_row_text(const struct avro_writer *writer, struct avro_place place)
{
    size_t from = BLOCK_HEAD_ROOM + place.row;

    assert(place.block == writer->block_start && from <= writer->block.len);
    return (struct text){writer->block.data + from, writer->block.len - from};
}

void avro_row_drop(struct avro_writer *writer, struct avro_place place)
{
    writer->block.len -= avro_row_text(writer, place).len;
}

enum avro_result avro_writer_flush(struct avro_writer *writer)
{
    struct buf *block = &writer->block;
    char head[BLOCK_HEAD_ROOM];
    size_t head_len;
    enum avro_result result;

    if (writer->block_rows == 0)
        return AVRO_OK;
    head_len = avro_long_encode((int64_t)writer->block_rows, head);
    head_len += avro_long_encode((int64_t)(block->len - BLOCK_HEAD_ROOM), head + head_len);
    buf_add(block, writer->sync, AVRO_SYNC_LEN);
    if (block->failed)
        return AVRO_NO_MEMORY;
    /* The head goes right before the rows, so that a block is one write. */
    memcpy(block->data + BLOCK_HEAD_ROOM - head_len, head, head_len);
    result = sink_write(writer, block->data + BLOCK_HEAD_ROOM - head_len,
                        block->len - BLOCK_HEAD_ROOM + head_len);
    if (result != AVRO_OK)
        return result;
    return block_clear(writer) ? AVRO_OK : AVRO_NO_MEMORY;
}

bool avro_writer_holds(const struct avro_writer *writer, uint64_t offset, struct text *out)
{
    if (offset != writer->block_start)
        return false;
    *out = (struct text){writer->block.data + BLOCK_HEAD_ROOM, writer->block.len - BLOCK_HEAD_ROOM};
    return true;
}
