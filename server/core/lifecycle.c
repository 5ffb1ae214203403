#include "core/lifecycle.h"

#include <string.h>

#include "base/attr.h"

const int64_t dataset_lifetime_us = 30LL * 24 * 3600 * 1000000;
const int64_t download_link_lifetime_us = 14399LL * 1000000;

static const struct lifecycle presets[] = {
    {"fast", 50000, 150000, 50000, 300000, 50000},
};

const struct lifecycle *lifecycle_preset(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(presets); i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}

enum dataset_status dataset_status_at(const struct dataset_life *life, int64_t now_us)
{
    int64_t age_us = now_us - life->created_us;

    if (age_us < life->queued_us)
        return DATASET_QUEUED;
    if (age_us < life->queued_us + life->processing_us)
        return DATASET_PROCESSING;
    return life->valid ? DATASET_VALIDATED : DATASET_FAILED;
}

int64_t dataset_updated_at(const struct dataset_life *life, int64_t now_us)
{
    switch (dataset_status_at(life, now_us)) {
    case DATASET_QUEUED:
        return life->created_us;
    case DATASET_PROCESSING:
        return life->created_us + life->queued_us;
    case DATASET_FAILED:
    case DATASET_VALIDATED:
        break;
    }
    return life->created_us + life->queued_us + life->processing_us;
}

bool dataset_is_expired(const struct dataset_life *life, int64_t now_us)
{
    return now_us - life->created_us >= dataset_lifetime_us;
}

const char *dataset_status_name(enum dataset_status status)
{
    static const char *const names[] = {
        [DATASET_QUEUED] = "queued",
        [DATASET_PROCESSING] = "processing",
        [DATASET_FAILED] = "failed",
        [DATASET_VALIDATED] = "validated",
    };

    return names[status];
}

size_t model_events_at(const struct model_life *life, int64_t now_us,
                       struct model_event out[MODEL_EVENTS_MAX])
{
    const struct model_event plan[] = {
        {MODEL_QUEUED, life->created_us},
        {MODEL_FINETUNING, life->created_us + life->queued_us},
        {MODEL_DEPLOYING, life->created_us + life->queued_us + life->training_us},
        {MODEL_READY, life->created_us + life->queued_us + life->training_us + life->deploying_us},
    };
    bool failed = life->failed_us && now_us >= life->failed_us;
    size_t count = 1;

    out[0] = plan[0];
    for (size_t i = 1; i < ARRAY_LEN(plan); i++) {
        if (plan[i].at_us > now_us || (life->failed_us && plan[i].at_us >= life->failed_us))
            break;
        out[count++] = plan[i];
    }
    if (failed)
        out[count++] = (struct model_event){MODEL_FAILED, life->failed_us};
    return count;
}

struct model_event model_event_at(const struct model_life *life, int64_t now_us)
{
    struct model_event events[MODEL_EVENTS_MAX];
    size_t count = model_events_at(life, now_us, events);

    return events[count - 1];
}

bool model_completed_at(const struct model_life *life, int64_t now_us, int64_t *out_us)
{
    struct model_event events[MODEL_EVENTS_MAX];
    size_t count = model_events_at(life, now_us, events);

    for (size_t i = 0; i < count; i++) {
        if (events[i].status == MODEL_DEPLOYING) {
            *out_us = events[i].at_us;
            return true;
        }
    }
    return false;
}

const char *model_status_name(enum model_status status)
{
    static const char *const names[] = {
        [MODEL_QUEUED] = "STATUS_QUEUED",           [MODEL_FINETUNING] = "STATUS_FINETUNING",
        [MODEL_DEPLOYING] = "STATUS_DEPLOYING_API", [MODEL_READY] = "STATUS_READY",
        [MODEL_FAILED] = "STATUS_FAILED",
    };

    return names[status];
}
