/*
 * The automatic split of a training file without an evaluation file.
 *
 * Distinct queries are sorted by a hash that never changes, and the first fifth of them (rounded
 * up, at least one) evaluates, with all its rows. So the split is one number: a row evaluates if
 * query_split_hash() of its query is at most the threshold, which is the hash of the last query of
 * that fifth. Of kinds that have no queries, whole rows are sorted in this way; rows that do not
 * count are in neither part.
 */
#ifndef CORE_AUTO_SPLIT_H
#define CORE_AUTO_SPLIT_H

#include "core/dataset_part.h"

/* Of so many distinct queries, this many evaluate. */
uint64_t auto_split_eval_queries(uint64_t queries);

/*
 * Divide what the rows of a closed part add up to. There must be a query. Reads back only the rows
 * of one in 4096 queries, those around the threshold (all rows once, if queries repeat among
 * those). The part's set of queries loses its index.
 */
MUST_USE enum dataset_check_result auto_split(struct dataset_part *part, struct row_sums *train,
                                              struct row_sums *eval);

#endif
