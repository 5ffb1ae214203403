#include "core/auto_split.h"

#include <stdlib.h>

#include "core/avro_reader.h"

enum { EVAL_SHARE = 5 };

/* Where the split falls: in one bucket, of which only some queries evaluate. */
struct boundary {
    unsigned bucket;
    uint64_t queries; /* that evaluate, of the bucket */
    uint64_t threshold;
};

uint64_t auto_split_eval_queries(uint64_t queries)
{
    return (queries + EVAL_SHARE - 1) / EVAL_SHARE;
}

static int compare_hashes(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

/* Find the bucket in which the last of the queries that evaluate is; sum up those before it. */
static struct boundary find_boundary(const struct dataset_part *part, struct row_sums *eval)
{
    uint64_t wanted = auto_split_eval_queries(dataset_part_examples(part));
    struct boundary boundary = {0};

    while (eval->queries + part->buckets[boundary.bucket].queries < wanted)
        row_sums_add(eval, &part->buckets[boundary.bucket++]);
    boundary.queries = wanted - eval->queries;
    return boundary;
}

/* How many fields must be read back to know what tells an example apart. */
static size_t key_fields(const struct dataset_part *part)
{
    return part->rules->whole_rows ? part->rules->fields.count : 1;
}

/* Sort the hashes of the bucket's queries to find that of the last one that evaluates. */
static enum dataset_check_result find_threshold(struct dataset_part *part, struct dataset_row *row,
                                                struct boundary *boundary)
{
    size_t size = (size_t)part->buckets[boundary->bucket].queries, count = 0;
    uint64_t *hashes = calloc(size, sizeof(*hashes));
    enum dataset_check_result result = hashes ? CHECK_OK : CHECK_NO_MEMORY;

    for (size_t i = 0; result == CHECK_OK && i < part->queries.count; i++) {
        const struct query_entry *entry = query_set_entry(&part->queries, i);

        if (query_entry_bucket(entry) != boundary->bucket)
            continue;
        result = dataset_part_read(part, query_entry_place(entry), key_fields(part), row);
        if (result == CHECK_OK && dataset_part_counts(part, row))
            hashes[count++] = query_split_hash(dataset_part_key(part, row));
    }
    if (result == CHECK_OK) {
        qsort(hashes, count, sizeof(*hashes), compare_hashes);
        boundary->threshold = hashes[boundary->queries - 1];
    }
    free(hashes);
    return result;
}

/* Add a row of the boundary's bucket to those that evaluate, if it does. */
static void add_row(const struct dataset_part *part, const struct dataset_row *row,
                    const struct boundary *boundary, struct row_sums *eval)
{
    uint64_t hash = query_split_hash(dataset_part_key(part, row));

    if (!dataset_part_counts(part, row))
        return;
    if (hash >> (64 - QUERY_BUCKET_BITS) != boundary->bucket || hash > boundary->threshold)
        return;
    part->rules->measure(row, eval);
    eval->bytes += dataset_row_bytes(row, &part->rules->fields);
}

/* The bucket's queries have one row each: that of the entry. */
static enum dataset_check_result add_entries(struct dataset_part *part, struct dataset_row *row,
                                             const struct boundary *boundary, struct row_sums *eval)
{
    for (size_t i = 0; i < part->queries.count; i++) {
        const struct query_entry *entry = query_set_entry(&part->queries, i);
        enum dataset_check_result result;

        if (query_entry_bucket(entry) != boundary->bucket)
            continue;
        result = dataset_part_read(part, query_entry_place(entry), part->rules->fields.count, row);
        if (result != CHECK_OK)
            return result;
        add_row(part, row, boundary, eval);
    }
    return CHECK_OK;
}

/* Some query has more rows than one, which no entry knows. */
static enum dataset_check_result add_all(struct dataset_part *part, struct dataset_row *row,
                                         const struct boundary *boundary, struct row_sums *eval)
{
    AUTO(avro_rows_done) struct avro_rows rows = {0};
    enum avro_result result = avro_rows_open(&rows, &part->writer.sink, part->writer.block_start);

    while (result == AVRO_OK && (result = avro_rows_next(&rows)) == AVRO_OK) {
        result = dataset_row_read(row, &part->rules->fields, &rows.rest);
        if (result == AVRO_OK)
            add_row(part, row, boundary, eval);
    }
    return dataset_result_of(result);
}

enum dataset_check_result auto_split(struct dataset_part *part, struct row_sums *train,
                                     struct row_sums *eval)
{
    AUTO(dataset_row_done) struct dataset_row row = {0};
    struct row_sums all = dataset_part_sums(part), chosen = {0};
    struct boundary boundary = find_boundary(part, &chosen);
    const struct row_sums *bucket = &part->buckets[boundary.bucket];
    enum dataset_check_result result = CHECK_OK;

    /* Its memory is what sorting may need if a bucket was filled on purpose. */
    query_set_drop_index(&part->queries);
    if (boundary.queries == bucket->queries) {
        row_sums_add(&chosen, bucket);
    } else {
        result = find_threshold(part, &row, &boundary);
        if (result == CHECK_OK)
            result = (bucket->rows == bucket->queries ? add_entries : add_all)(part, &row,
                                                                               &boundary, &chosen);
        chosen.queries += boundary.queries;
    }
    if (result != CHECK_OK)
        return result;
    *eval = chosen;
    *train = all;
    row_sums_subtract(train, &chosen);
    return CHECK_OK;
}
