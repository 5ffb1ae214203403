#include "store/object_life.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/* What nobody but us wrote reads well; if it does not, the object lives as planned. */
static struct life_steps read_steps(const char *id, const char *stored)
{
    struct life_steps steps = {.count = 0};

    if (!life_steps_read(text_of(stored), &steps))
        log_error("what is recorded of the life of %s cannot be read", id);
    return steps;
}

struct dataset_life dataset_life_of(const struct dataset_record *dataset)
{
    return (struct dataset_life){
        .created_us = dataset->created_us,
        .queued_us = dataset->queued_us,
        .processing_us = dataset->processing_us,
        .valid = dataset->valid,
        .plan = dataset->plan,
        .steps = read_steps(dataset->id, dataset->steps),
    };
}

struct model_life model_life_of(const struct model_record *model)
{
    return (struct model_life){
        .created_us = model->created_us,
        .queued_us = model->queued_us,
        .training_us = model->training_us,
        .deploying_us = model->deploying_us,
        .failed_us = model->failed_us,
        .plan = model->plan,
        .steps = read_steps(model->id, model->steps),
    };
}

/* Replace a string that is owned by a copy of `string`, which may be NULL. */
static bool replace_string(char **target, const char *string)
{
    char *copy = string ? strdup(string) : NULL;

    if (string && !copy)
        return false;
    free(*target);
    *target = copy;
    return true;
}

bool object_record_change(const struct object_record *record, const struct object_change *change,
                          struct life_steps *steps)
{
    AUTO(buf_done) struct buf stored = {0};

    if (change->step) {
        life_steps_add(steps, change->step->status, change->step->at_us);
        *record->polled = -1;
        if (!replace_string(record->reason, change->reason))
            return false;
    }
    life_steps_write(steps, &stored);
    return !stored.failed && replace_string(record->steps, stored.data);
}
