#include "core/avro_reader.h"

#include <string.h>

enum { FILE_HEAD_LEN_MAX = 64 * 1024, BLOCK_HEAD_LEN_MAX = 2 * AVRO_LONG_LEN_MAX };

bool avro_get_long(struct text *rest, int64_t *out)
{
    uint64_t value = 0;

    for (size_t i = 0; i < rest->len && i < AVRO_LONG_LEN_MAX; i++) {
        uint8_t byte = (uint8_t)rest->data[i];

        value |= (uint64_t)(byte & 0x7F) << 7 * i;
        if (byte < 0x80) {
            *out = (int64_t)(value >> 1 ^ (0 - (value & 1)));
            *rest = (struct text){rest->data + i + 1, rest->len - i - 1};
            return true;
        }
    }
    return false;
}

bool avro_get_string(struct text *rest, struct text *out)
{
    struct text behind = *rest;
    int64_t len;

    if (!avro_get_long(&behind, &len) || len < 0 || (uint64_t)len > behind.len)
        return false;
    *out = (struct text){behind.data, (size_t)len};
    *rest = (struct text){behind.data + len, behind.len - (size_t)len};
    return true;
}

bool avro_get_bool(struct text *rest, bool *out)
{
    if (rest->len < 1)
        return false;
    *out = rest->data[0] != 0;
    *rest = (struct text){rest->data + 1, rest->len - 1};
    return true;
}

bool avro_get_double(struct text *rest, double *out)
{
    uint64_t bits = 0;

    if (rest->len < AVRO_DOUBLE_LEN)
        return false;
    for (unsigned i = 0; i < AVRO_DOUBLE_LEN; i++)
        bits |= (uint64_t)(uint8_t)rest->data[i] << 8 * i;
    memcpy(out, &bits, sizeof(bits));
    *rest = (struct text){rest->data + AVRO_DOUBLE_LEN, rest->len - AVRO_DOUBLE_LEN};
    return true;
}

static bool sink_read(const struct dataset_sink *sink, uint64_t offset, void *data, size_t len)
{
    return sink->read(sink->context, offset, data, len);
}

enum avro_result avro_block_open(const struct dataset_sink *sink, uint64_t file_bytes,
                                 uint64_t offset, struct avro_block *out)
{
    char head[BLOCK_HEAD_LEN_MAX];
    uint64_t left = file_bytes - offset;
    struct text rest = {head, left < sizeof(head) ? (size_t)left : sizeof(head)};
    int64_t rows, data_len;
    uint64_t head_len;

    if (!sink_read(sink, offset, head, rest.len))
        return AVRO_SINK_FAILED;
    if (!avro_get_long(&rest, &rows) || !avro_get_long(&rest, &data_len))
        return AVRO_BROKEN;
    head_len = (uint64_t)(rest.data - head);
    if (rows <= 0 || data_len < 0 || left - head_len < AVRO_SYNC_LEN ||
        (uint64_t)data_len > left - head_len - AVRO_SYNC_LEN)
        return AVRO_BROKEN;
    *out = (struct avro_block){rows, offset + head_len, (uint64_t)data_len};
    return AVRO_OK;
}

/* Skip the magic and the metadata, the only map there is, in the head of a file. */
static bool head_skip(struct text *rest)
{
    int64_t count;

    if (!text_has_prefix(*rest, TEXT("Obj\1")))
        return false;
    *rest = (struct text){rest->data + 4, rest->len - 4};
    while (avro_get_long(rest, &count)) {
        struct text key, value;

        if (count == 0)
            return true;
        for (; count > 0; count--)
            if (!avro_get_string(rest, &key) || !avro_get_string(rest, &value))
                return false;
        if (count < 0)
            return false;
    }
    return false;
}

enum avro_result avro_rows_open(struct avro_rows *rows, const struct dataset_sink *sink,
                                uint64_t file_bytes)
{
    AUTO(buf_done) struct buf head = {0};
    size_t len = file_bytes < FILE_HEAD_LEN_MAX ? (size_t)file_bytes : FILE_HEAD_LEN_MAX;
    struct text rest;

    *rows = (struct avro_rows){.sink = sink, .file_bytes = file_bytes};
    if (!buf_reserve(&head, len))
        return AVRO_NO_MEMORY;
    if (!sink_read(sink, 0, head.data, len))
        return AVRO_SINK_FAILED;
    rest = (struct text){head.data, len};
    if (!head_skip(&rest) || rest.len < AVRO_SYNC_LEN)
        return AVRO_BROKEN;
    memcpy(rows->sync, rest.data, AVRO_SYNC_LEN);
    rows->offset = (uint64_t)(rest.data - head.data) + AVRO_SYNC_LEN;
    return AVRO_OK;
}

void avro_rows_done(struct avro_rows *rows)
{
    buf_done(&rows->block);
}

static enum avro_result next_block(struct avro_rows *rows)
{
    struct avro_block block;
    enum avro_result result = avro_block_open(rows->sink, rows->file_bytes, rows->offset, &block);
    size_t len;

    if (result != AVRO_OK)
        return result;
    len = (size_t)block.data_len + AVRO_SYNC_LEN;
    buf_clear(&rows->block);
    if (!buf_reserve(&rows->block, len))
        return AVRO_NO_MEMORY;
    if (!sink_read(rows->sink, block.data_start, rows->block.data, len))
        return AVRO_SINK_FAILED;
    if (memcmp(rows->block.data + block.data_len, rows->sync, AVRO_SYNC_LEN) != 0)
        return AVRO_BROKEN;
    rows->rest = (struct text){rows->block.data, (size_t)block.data_len};
    rows->rows_left = block.row_count;
    rows->offset = block.data_start + len;
    return AVRO_OK;
}

enum avro_result avro_rows_next(struct avro_rows *rows)
{
    if (rows->rows_left == 0) {
        enum avro_result result;

        if (rows->rest.len > 0)
            return AVRO_BROKEN;
        if (rows->offset == rows->file_bytes)
            return AVRO_END;
        result = next_block(rows);
        if (result != AVRO_OK)
            return result;
    }
    rows->rows_left--;
    return AVRO_OK;
}
