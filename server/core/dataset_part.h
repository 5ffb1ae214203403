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
    struct avro_writer writer;
    struct query_set queries;
    struct row_sums *buckets; /* QUERY_BUCKETS, by the query; NULL if the kind has no metrics */
    struct json_writer samples_writer;
    unsigned sample_count;
    uint64_t received;   /* rows that were not blank */
    uint64_t misencoded; /* of these, too long, not UTF-8, not JSON or of another shape */
    uint64_t duplicated; /* rows kept whose query was there already */
    struct dataset_part_facts facts;
    struct buf scratch;
};

/* Begin an empty part, which is not present yet. */
void dataset_part_init(struct dataset_part *part, const struct dataset_rules *rules,
                       uint64_t hash_seed);
void dataset_part_done(struct dataset_part *part);

/* Begin its Avro file. */
MUST_USE enum dataset_check_result dataset_part_open(struct dataset_part *part,
                                                     const struct dataset_sink *sink,
                                                     const char *schema, uint64_t seed);

/* Keep a row that was judged good. */
MUST_USE enum dataset_check_result
dataset_part_keep(struct dataset_part *part, const struct dataset_row *row, uint32_t queries_max);

/* After the last row: write out what is held. */
MUST_USE enum dataset_check_result dataset_part_close(struct dataset_part *part);

/*
 * Read the row at `place` back into `*row`: its first `field_count` fields. They are valid until
 * the next call.
 */
MUST_USE enum dataset_check_result dataset_part_read(struct dataset_part *part,
                                                     struct avro_place place, size_t field_count,
                                                     struct dataset_row *row);

/* The sums of all rows. */
struct row_sums dataset_part_sums(const struct dataset_part *part);

/* What a result of the Avro layer means to a check. */
enum dataset_check_result dataset_result_of(enum avro_result result);

#endif
