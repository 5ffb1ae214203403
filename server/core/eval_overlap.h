/*
 * Queries of the evaluation file that are also in the training file: what a model is measured with
 * it must not have seen.
 */
#ifndef CORE_EVAL_OVERLAP_H
#define CORE_EVAL_OVERLAP_H

#include "core/dataset_issues.h"
#include "core/dataset_part.h"

/* Report each such query, in the order of their first rows. Both parts are closed; they came in
 * whichever order. `row` is scratch. */
MUST_USE enum dataset_check_result eval_overlap_report(struct dataset_part *train,
                                                       struct dataset_part *eval,
                                                       struct dataset_row *row,
                                                       struct dataset_issues *issues);

/*
 * Write the evaluation part again, to `spare`, without the rows of such queries: as if they had
 * never been uploaded, `*eval` then is the new part, closed, but for what it says was received.
 * `schema` and `seed` are those it had. After a failure it is only good for release.
 */
MUST_USE enum dataset_check_result eval_overlap_drop(struct dataset_part *train,
                                                     struct dataset_part *eval,
                                                     const struct dataset_sink *spare,
                                                     const char *schema, uint64_t seed);

#endif
