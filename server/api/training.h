/*
 * One training: from the files of a dataset to the metrics of its steps.
 *
 * A reranker's are measured with the base model on the rows that evaluate (core/rerank_metrics.h);
 * those of chat, generative and classification models are made up (core/training_curve.h).
 */
#ifndef API_TRAINING_H
#define API_TRAINING_H

#include <stdatomic.h>

#include "base/buf.h"
#include "store/store.h"

enum training_result {
    TRAINING_DONE,
    TRAINING_STOPPED,    /* because `*stop` was set */
    TRAINING_BROKEN_OFF, /* memory ran out or the disk failed: another time it may go well */
    TRAINING_FAILED      /* a file is lost or is not what was stored */
};

/* Train, and write what trainer.h says to empty `*steps`. */
MUST_USE enum training_result training_run(struct store *store,
                                           const struct model_training *training,
                                           const atomic_bool *stop, struct buf *steps);

#endif
