/*
 * The `metrics` of a validated dataset.
 */
#ifndef CORE_DATASET_METRICS_H
#define CORE_DATASET_METRICS_H

#include "core/dataset_part.h"

/*
 * Append {"finetune_dataset_metrics":{...}} for what was found in the two parts; without an
 * evaluation part, for what the automatic split of the other gives.
 *
 * Examples are rows, queries are distinct ones, trainable tokens those of the training examples.
 * Sizes are bytes of Avro, and together the size of the parts: what a split part has besides rows
 * counts as training.
 */
MUST_USE enum dataset_check_result
dataset_metrics_write(struct dataset_part *train, struct dataset_part *eval, struct buf *out);

#endif
