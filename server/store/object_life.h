/*
 * What a record says of the life of its object (see core/lifecycle.h), and what is recorded of it.
 */
#ifndef STORE_OBJECT_LIFE_H
#define STORE_OBJECT_LIFE_H

#include "store/store.h"

/* The part of a record from which its status is computed. */
struct dataset_life dataset_life_of(const struct dataset_record *dataset);
struct model_life model_life_of(const struct model_record *model);

/* The members of a record of either kind that change after it was inserted. */
struct object_record {
    int64_t *polled;
    char **steps, **reason;
};

/* What is to be recorded: a status that is forced, or, without `step`, a GET. */
struct object_change {
    int64_t now_us;
    const struct life_step *step;
    const char *reason; /* for the step, or NULL */
};

/*
 * Write `steps` to the record, and what a forced step brings with it. Returns false when memory
 * runs out; the record is then to be released only.
 */
MUST_USE bool object_record_change(const struct object_record *record,
                                   const struct object_change *change, struct life_steps *steps);

#endif
