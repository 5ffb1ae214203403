#include "core/dataset_part.h"

#include <stdlib.h>
#include <string.h>

#include "core/avro_reader.h"

enum {
    SAMPLES_MAX = 3,
    SAMPLE_BYTES_MAX = 64 * 1024, /* a row may have 32 MiB, which nobody wants to look at */
    READ_FIRST_LEN = 4096
};

enum dataset_check_result dataset_result_of(enum avro_result result)
{
    switch (result) {
    case AVRO_OK:
    case AVRO_END:
        return CHECK_OK;
    case AVRO_NO_MEMORY:
        return CHECK_NO_MEMORY;
    case AVRO_SINK_FAILED:
    case AVRO_BROKEN: /* the sink does not give back what it was given */
        break;
    }
    return CHECK_SINK_FAILED;
}

/* Borrow the data of a block from `place` on: up to its end, or at least `len_min` bytes. */
static enum avro_result data_at(struct dataset_part *part, struct avro_place place, size_t len_min,
                                struct text *out)
{
    struct avro_writer *writer = &part->writer;
    struct avro_block block;
    enum avro_result result;
    uint64_t len;

    if (avro_writer_holds(writer, place.block, out)) {
        *out = (struct text){out->data + place.row, out->len - place.row};
        return AVRO_OK;
    }
    result = avro_block_open(&writer->sink, writer->block_start, place.block, &block);
    if (result != AVRO_OK)
        return result;
    if (place.row >= block.data_len)
        return AVRO_BROKEN;
    len = block.data_len - place.row;
    if (len > len_min)
        len = len_min;
    buf_clear(&part->scratch);
    if (!buf_reserve(&part->scratch, (size_t)len))
        return AVRO_NO_MEMORY;
    if (!writer->sink.read(writer->sink.context, block.data_start + place.row, part->scratch.data,
                           (size_t)len))
        return AVRO_SINK_FAILED;
    *out = (struct text){part->scratch.data, (size_t)len};
    return AVRO_OK;
}

static enum query_match match_query(void *context, struct avro_place place, struct text query)
{
    struct dataset_part *part = context;
    struct text data;
    int64_t len;

    if (data_at(part, place, query.len + AVRO_LONG_LEN_MAX, &data) != AVRO_OK ||
        !avro_get_long(&data, &len))
        return QUERY_UNREADABLE;
    if ((uint64_t)len != query.len)
        return QUERY_OTHER;
    if (data.len < query.len)
        return QUERY_UNREADABLE;
    return memcmp(data.data, query.data, query.len) == 0 ? QUERY_SAME : QUERY_OTHER;
}

void dataset_part_init(struct dataset_part *part, const struct dataset_rules *rules,
                       uint64_t hash_seed)
{
    *part = (struct dataset_part){.rules = rules};
    query_set_init(&part->queries, hash_seed, match_query, part);
}

void dataset_part_done(struct dataset_part *part)
{
    avro_writer_done(&part->writer);
    query_set_done(&part->queries);
    free(part->buckets);
    buf_done(&part->facts.samples);
    buf_done(&part->scratch);
}

enum dataset_check_result dataset_part_open(struct dataset_part *part,
                                            const struct dataset_sink *sink, const char *schema,
                                            uint64_t seed)
{
    if (part->rules->measure) {
        part->buckets = calloc(QUERY_BUCKETS, sizeof(*part->buckets));
        if (!part->buckets)
            return CHECK_NO_MEMORY;
    }
    part->facts.present = true;
    part->samples_writer = (struct json_writer){&part->facts.samples, false};
    json_write_array(&part->samples_writer);
    return dataset_result_of(avro_writer_init(&part->writer, sink, schema, seed));
}

/* Note the row's query and add up what the row has, before it is written. */
static enum dataset_check_result count_row(struct dataset_part *part, const struct dataset_row *row,
                                           size_t bytes, uint32_t queries_max)
{
    struct text query = row->values[0].text;
    struct avro_place place = avro_writer_place(&part->writer);
    uint64_t hash = query_split_hash(query);
    struct row_sums *sums = &part->buckets[hash >> (64 - QUERY_BUCKET_BITS)];

    if (place.block >> QUERY_BLOCK_BITS)
        return CHECK_SINK_FAILED;
    switch (query_set_add(&part->queries, query, hash, place, row->line)) {
    case QUERY_NEW:
        if (part->queries.count > queries_max)
            return CHECK_TOO_MANY_QUERIES;
        sums->queries++;
        break;
    case QUERY_KNOWN:
        part->duplicated++;
        break;
    case QUERY_NO_MEMORY:
        return CHECK_NO_MEMORY;
    case QUERY_READ_FAILED:
        return CHECK_SINK_FAILED;
    }
    sums->bytes += bytes;
    part->rules->measure(row, sums);
    return CHECK_OK;
}

static void add_sample(struct dataset_part *part, const struct dataset_row *row)
{
    buf_clear(&part->scratch);
    dataset_row_print(row, &part->rules->fields, &part->scratch);
    if (part->scratch.failed)
        part->facts.samples.failed = true;
    json_write_text(&part->samples_writer, buf_text(&part->scratch));
    part->sample_count++;
}

enum dataset_check_result dataset_part_keep(struct dataset_part *part,
                                            const struct dataset_row *row, uint32_t queries_max)
{
    size_t bytes = dataset_row_bytes(row, &part->rules->fields);

    if (part->rules->measure) {
        enum dataset_check_result result = count_row(part, row, bytes, queries_max);

        if (result != CHECK_OK)
            return result;
    }
    if (part->sample_count < SAMPLES_MAX && bytes <= SAMPLE_BYTES_MAX)
        add_sample(part, row);
    part->facts.row_count++;
    return dataset_result_of(dataset_row_write(row, &part->rules->fields, &part->writer));
}

enum dataset_check_result dataset_part_close(struct dataset_part *part)
{
    enum avro_result result = avro_writer_flush(&part->writer);

    if (result != AVRO_OK)
        return dataset_result_of(result);
    json_write_array_end(&part->samples_writer);
    part->facts.avro_bytes = (int64_t)part->writer.block_start;
    return part->facts.samples.failed ? CHECK_NO_MEMORY : CHECK_OK;
}

enum dataset_check_result dataset_part_read(struct dataset_part *part, struct avro_place place,
                                            size_t field_count, struct dataset_row *row)
{
    struct dataset_fields fields = {part->rules->fields.items, field_count};
    size_t len = READ_FIRST_LEN;
    enum avro_result result;
    struct text data, rest;

    /* How long a row is shows when it is decoded; until the whole of it is there it looks broken.
     */
    do {
        result = data_at(part, place, len, &data);
        if (result != AVRO_OK)
            return dataset_result_of(result);
        rest = data;
        result = dataset_row_read(row, &fields, &rest);
        len *= 4;
    } while (result == AVRO_BROKEN && data.len == len / 4);
    return dataset_result_of(result);
}

struct row_sums dataset_part_sums(const struct dataset_part *part)
{
    struct row_sums all = {0};

    for (size_t i = 0; part->buckets && i < QUERY_BUCKETS; i++)
        row_sums_add(&all, &part->buckets[i]);
    return all;
}
