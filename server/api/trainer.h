/*
 * Training: one thread of low priority that works off the jobs of all worlds, one after the other.
 *
 * What a training brings is a function of the model's record and of the files that it refers to, so
 * it is done once and kept in the store; time decides when the API shows it, never the trainer. A
 * job that was under way when the process ended is simply done again: the store knows which models
 * are untrained. Of a dataset or a world that goes meanwhile, the trainer keeps the files open, and
 * the store refuses what then belongs to nobody.
 *
 * The result is kept as text: for each measured step a line with its number, a space, and its
 * metrics as a JSON object.
 */
#ifndef API_TRAINER_H
#define API_TRAINER_H

#include "store/store.h"

struct trainer;

/*
 * Start, beginning with the models that the store holds untrained. `store` is borrowed and must
 * outlive the trainer. NULL when memory or threads run out (logged).
 */
MUST_USE struct trainer *trainer_start(struct store *store);

/* Stop, in the middle of a job if need be. Nobody may be in a call any more. NULL is fine. */
void trainer_stop(struct trainer *trainer);

/* Train a model when its turn comes. Should memory run out, it is trained when first waited for. */
void trainer_add(struct trainer *trainer, const char *world, const char *id);

/*
 * Train a model before all others, and wait until that was done. STORE_OK says that the store has
 * been told, if the model was still there; else the result could not be made or kept.
 */
MUST_USE enum store_result trainer_wait(struct trainer *trainer, const char *world, const char *id);

#endif
