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

/* A row is where its bytes are: where a row ends shows in its bytes, so that none begins as another
 * one is. */
static enum query_match match_row(void *context, struct avro_place place, struct text bytes)
{
    struct dataset_part *part = context;
    struct text data;

    if (data_at(part, place, bytes.len, &data) != AVRO_OK)
        return QUERY_UNREADABLE;
    return text_has_prefix(data, bytes) ? QUERY_SAME : QUERY_OTHER;
}

void dataset_part_init(struct dataset_part *part, const struct dataset_rules *rules,
                       const struct row_judge *judge, uint64_t hash_seed)
{
    *part = (struct dataset_part){.rules = rules, .fields = rules->fields, .judge = judge};
    part->fields.kept = judge->kept;
    query_set_init(&part->queries, hash_seed, rules->whole_rows ? match_row : match_query, part);
}

void dataset_part_done(struct dataset_part *part)
{
    avro_writer_done(&part->writer);
    query_set_done(&part->queries);
    free(part->buckets);
    buf_done(&part->facts.samples);
    buf_done(&part->scratch);
}

void dataset_part_move(struct dataset_part *to, struct dataset_part *from)
{
    dataset_part_done(to);
    *to = *from;
    to->queries.match_context = to;
    to->samples_writer.out = &to->facts.samples;
    *from = (struct dataset_part){0};
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

static struct row_sums *bucket_of(const struct dataset_part *part, uint64_t split_hash)
{
    return &part->buckets[split_hash >> (64 - QUERY_BUCKET_BITS)];
}

/* Note the row that was put at `place`, by what tells it from others, and add up what it has.
 * `*kept` is false if it is there already and is to be dropped. */
static enum dataset_check_result count_row(struct dataset_part *part, const struct dataset_row *row,
                                           struct avro_place place, uint32_t queries_max,
                                           bool *kept)
{
    bool whole = part->rules->whole_rows;
    struct text bytes = avro_row_text(&part->writer, place);
    struct text key = whole ? bytes : row->values[0].text;
    uint64_t hash = query_split_hash(key);
    struct row_sums *sums = bucket_of(part, hash);

    if (place.block >> QUERY_BLOCK_BITS)
        return CHECK_SINK_FAILED;
    switch (query_set_add(&part->queries, key, hash, place, row->line)) {
    case QUERY_NEW:
        if (part->queries.count > queries_max)
            return CHECK_TOO_MANY_QUERIES;
        sums->queries++;
        break;
    case QUERY_KNOWN:
        part->duplicated++;
        *kept = !whole;
        break;
    case QUERY_NO_MEMORY:
        return CHECK_NO_MEMORY;
    case QUERY_READ_FAILED:
        return CHECK_SINK_FAILED;
    }
    if (*kept) {
        sums->bytes += bytes.len;
        part->rules->measure(row, sums);
    }
    return CHECK_OK;
}

static void add_sample(struct dataset_part *part, const struct dataset_row *row)
{
    buf_clear(&part->scratch);
    dataset_row_print(row, &part->fields, &part->scratch);
    if (part->scratch.failed)
        part->facts.samples.failed = true;
    json_write_text(&part->samples_writer, buf_text(&part->scratch));
    part->sample_count++;
}

enum dataset_check_result dataset_part_keep(struct dataset_part *part,
                                            const struct dataset_row *row, uint32_t queries_max,
                                            bool *kept)
{
    struct avro_place place = avro_writer_place(&part->writer);

    *kept = true;
    if (!dataset_row_put(row, &part->fields, &part->writer))
        return CHECK_NO_MEMORY;
    if (part->rules->measure) {
        enum dataset_check_result result = count_row(part, row, place, queries_max, kept);

        if (result != CHECK_OK)
            return result;
    }
    if (!*kept) {
        avro_row_drop(&part->writer, place);
        return CHECK_OK;
    }
    if (part->sample_count < SAMPLES_MAX &&
        avro_row_text(&part->writer, place).len <= SAMPLE_BYTES_MAX)
        add_sample(part, row);
    part->facts.row_count++;
    return dataset_result_of(avro_row_end(&part->writer));
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
    struct dataset_fields fields = {.items = part->fields.items, .count = field_count};
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

bool dataset_part_counts(const struct dataset_part *part, const struct dataset_row *row)
{
    return !part->rules->counts || part->rules->counts(part->judge, row);
}

struct text dataset_part_key(const struct dataset_part *part, const struct dataset_row *row)
{
    return part->rules->whole_rows ? row->stored : row->values[0].text;
}

static void discount_row(struct dataset_part *part, const struct dataset_row *row)
{
    struct row_sums sums = {.queries = 1, .bytes = row->stored.len};

    part->rules->measure(row, &sums);
    row_sums_subtract(bucket_of(part, query_split_hash(dataset_part_key(part, row))), &sums);
    row_sums_add(&part->uncounted, &sums);
}

enum dataset_check_result dataset_part_discount(struct dataset_part *part)
{
    AUTO(avro_rows_done) struct avro_rows rows = {0};
    AUTO(dataset_row_done) struct dataset_row row = {0};
    enum avro_result result;

    if (!part->facts.present)
        return CHECK_OK;
    result = avro_rows_open(&rows, &part->writer.sink, part->writer.block_start);
    while (result == AVRO_OK && (result = avro_rows_next(&rows)) == AVRO_OK) {
        result = dataset_row_read(&row, &part->fields, &rows.rest);
        if (result == AVRO_OK && !dataset_part_counts(part, &row))
            discount_row(part, &row);
    }
    return dataset_result_of(result);
}

uint64_t dataset_part_examples(const struct dataset_part *part)
{
    return part->queries.count - part->uncounted.queries;
}

bool dataset_part_evaluates(const struct dataset_part *eval)
{
    return eval->facts.present && (eval->facts.row_count > 0 || !eval->rules->blank_splits);
}

struct row_sums dataset_part_sums(const struct dataset_part *part)
{
    struct row_sums all = {0};

    for (size_t i = 0; part->buckets && i < QUERY_BUCKETS; i++)
        row_sums_add(&all, &part->buckets[i]);
    return all;
}
