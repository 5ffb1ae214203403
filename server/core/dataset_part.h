/*
 * One file of an upload while it is checked: the rows kept so far, as an Avro file, with the set of
 * their queries and what they add up to. Private to the check.
 */
#ifndef CORE_DATASET_PART_H
#define CORE_DATASET_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "core/avro_writer.h"
#include "core/dataset_check.h"
#include "core/dataset_rules.h"
#include "core/query_set.h"

struct dataset_part {
    const struct dataset_rules *rules;
    const struct row_judge *judge; /* borrowed */
    struct dataset_fields fields;  /* those of the rules and what is kept beside them */
    struct avro_writer writer;
    struct query_set queries; /* or whole rows, as the rules have it */
    struct row_sums *buckets; /* QUERY_BUCKETS, by the query; NULL if the kind has no metrics */
    struct json_writer samples_writer;
    unsigned sample_count;
    uint64_t received;         /* rows that were not blank */
    uint64_t misencoded;       /* of these, too long, not UTF-8, not JSON or of another shape */
    uint64_t duplicated;       /* rows whose query, or which as a whole, were there already */
    uint64_t too_long;         /* rows of which nothing was kept */
    struct row_sums uncounted; /* rows kept that do not count, and are not in `buckets` */
    struct dataset_part_facts facts;
    struct buf scratch;
};

/* Begin an empty part, which is not present yet. It keeps the fields that `judge` asks for. */
void dataset_part_init(struct dataset_part *part, const struct dataset_rules *rules,
                       const struct row_judge *judge, uint64_t hash_seed);
void dataset_part_done(struct dataset_part *part);

/* Release `*to` and put `*from` in its place, leaving that empty. */
void dataset_part_move(struct dataset_part *to, struct dataset_part *from);

/* Begin its Avro file. */
MUST_USE enum dataset_check_result dataset_part_open(struct dataset_part *part,
                                                     const struct dataset_sink *sink,
                                                     const char *schema, uint64_t seed);

/* Keep a row that was judged good, unless it is one too many: then `*kept` is false. */
MUST_USE enum dataset_check_result dataset_part_keep(struct dataset_part *part,
                                                     const struct dataset_row *row,
                                                     uint32_t queries_max, bool *kept);

/* After the last row: write out what is held. */
MUST_USE enum dataset_check_result dataset_part_close(struct dataset_part *part);

/*
 * Read the row at `place` back into `*row`: its first `field_count` fields. They are valid until
 * the next call.
 */
MUST_USE enum dataset_check_result dataset_part_read(struct dataset_part *part,
                                                     struct avro_place place, size_t field_count,
                                                     struct dataset_row *row);

/* After the rules settled which rows count: take those that do not out of the sums. Reads all rows
 * of a closed part. */
MUST_USE enum dataset_check_result dataset_part_discount(struct dataset_part *part);

/* Tell whether a row, read back as a whole, counts. */
bool dataset_part_counts(const struct dataset_part *part, const struct dataset_row *row);

/* What tells a row that was read back from others: the first field, or for kinds of whole rows, all
 * bytes. */
struct text dataset_part_key(const struct dataset_part *part, const struct dataset_row *row);

/* Of the distinct examples, those that count. */
uint64_t dataset_part_examples(const struct dataset_part *part);

/* Tell whether the evaluation file is one: if not, the training file is split. */
bool dataset_part_evaluates(const struct dataset_part *eval);

/* The sums of all rows that count. */
struct row_sums dataset_part_sums(const struct dataset_part *part);

/* What a result of the Avro layer means to a check. */
enum dataset_check_result dataset_result_of(enum avro_result result);

#endif
