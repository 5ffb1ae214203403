#include "core/lifecycle.h"

#include <string.h>

const int64_t dataset_lifetime_us = 30LL * 24 * 3600 * 1000000;
const int64_t download_link_lifetime_us = 14399LL * 1000000;

/* clang-format off */
static const struct lifecycle presets[] = {
    {.name = "fast",       .dataset_queued_us = 50000,   .dataset_processing_us = 150000,
     .model_queued_us = 50000,   .model_training_us = 300000,     .model_deploying_us = 50000},
    {.name = "instant"},
    {.name = "documented", .dataset_queued_us = 1000000, .dataset_processing_us = 10000000,
     .model_queued_us = 3000000, .model_training_us = 1140000000, .model_deploying_us = 2000000},
};
/* clang-format on */

const struct lifecycle *lifecycle_preset_at(size_t index)
{
    return index < ARRAY_LEN(presets) ? &presets[index] : NULL;
}

const struct lifecycle *lifecycle_preset(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(presets); i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}

/*
 * Steps
 */

void life_steps_write(const struct life_steps *steps, struct buf *out)
{
    for (size_t i = 0; i < steps->count; i++)
        buf_add_format(out, "%s%d@%lld", i ? " " : "", steps->items[i].status,
                       (long long)steps->items[i].at_us);
}

bool life_steps_read(struct text stored, struct life_steps *out)
{
    struct life_steps steps = {.count = 0};

    while (stored.len) {
        struct text at = text_cut(&stored, ' ');
        struct text status = text_cut(&at, '@');
        uint64_t number;

        if (steps.count == LIFE_STEPS_MAX || !text_to_u64(status, &number) || number > INT32_MAX ||
            !text_to_i64(at, &steps.items[steps.count].at_us))
            return false;
        steps.items[steps.count++].status = (int)number;
    }
    *out = steps;
    return true;
}

void life_steps_add(struct life_steps *steps, int status, int64_t at_us)
{
    while (steps->count && steps->items[steps->count - 1].at_us > at_us)
        steps->count--;
    if (steps->count == LIFE_STEPS_MAX) {
        memmove(&steps->items[0], &steps->items[1], (LIFE_STEPS_MAX - 1) * sizeof(steps->items[0]));
        steps->count--;
    }
    steps->items[steps->count++] = (struct life_step){status, at_us};
}

/*
 * What both kinds of objects have in common: stages in a row, an end, and a failure
 */

enum { STAGES_MAX = 3 };

struct stage {
    int status;
    int64_t length_us;
};

struct life {
    int64_t created_us;
    struct stage stages[STAGES_MAX];
    size_t stage_count;
    int end, failure; /* the statuses that the last stage and one that fails lead to */
    const struct life_plan *plan;
    struct life_steps *steps;
};

/* What the stage of that index leads to; false if it is never left. */
static bool next_status(const struct life *life, size_t index, int *out)
{
    int stage = (int)index + 1;

    if (life->plan->hold_stage == stage)
        return false;
    if (life->plan->fail_stage == stage)
        *out = life->failure;
    else
        *out = index + 1 < life->stage_count ? life->stages[index + 1].status : life->end;
    return true;
}

/* What happens if nobody interferes. Returns the count. */
static size_t plan_events(const struct life *life, struct life_step out[STAGES_MAX + 1])
{
    int64_t at_us = life->created_us;
    size_t count = 0;

    out[count++] = (struct life_step){life->stages[0].status, at_us};
    for (size_t i = 0; i < life->stage_count && life->plan->polls == 0; i++) {
        int status;

        if (!next_status(life, i, &status))
            break;
        at_us += life->stages[i].length_us;
        out[count++] = (struct life_step){status, at_us};
        if (status == life->failure)
            break;
    }
    return count;
}

/* The plan holds until the first step; from there on, the steps do. */
static size_t list_events(const struct life *life, int64_t now_us,
                          struct life_step out[LIFE_EVENTS_MAX])
{
    const struct life_steps *steps = life->steps;
    int64_t until_us = steps->count ? steps->items[0].at_us : INT64_MAX;
    struct life_step plan[STAGES_MAX + 1];
    size_t planned = plan_events(life, plan);
    size_t count = 1;

    out[0] = plan[0];
    for (size_t i = 1; i < planned && plan[i].at_us <= now_us && plan[i].at_us <= until_us; i++)
        out[count++] = plan[i];
    for (size_t i = 0; i < steps->count && steps->items[i].at_us <= now_us; i++)
        if (steps->items[i].status != out[count - 1].status)
            out[count++] = steps->items[i];
    return count;
}

static bool count_poll(const struct life *life, int64_t now_us, int64_t *polled)
{
    struct life_step events[LIFE_EVENTS_MAX];
    size_t count = list_events(life, now_us, events), index = 0;
    int status = events[count - 1].status;
    int next;

    while (index < life->stage_count && life->stages[index].status != status)
        index++;
    if (life->plan->polls == 0 || *polled < 0 || index == life->stage_count ||
        !next_status(life, index, &next))
        return false;
    if (*polled < life->plan->polls) {
        ++*polled;
        return true;
    }
    life_steps_add(life->steps, next, now_us);
    *polled = 1;
    return true;
}

/*
 * Datasets
 */

static struct life life_of_dataset(const struct dataset_life *life, struct life_steps *steps)
{
    return (struct life){
        .created_us = life->created_us,
        .stages = {{DATASET_QUEUED, life->queued_us}, {DATASET_PROCESSING, life->processing_us}},
        .stage_count = DATASET_STAGE_COUNT,
        .end = life->valid ? DATASET_VALIDATED : DATASET_FAILED,
        .failure = DATASET_FAILED,
        .plan = &life->plan,
        .steps = steps,
    };
}

size_t dataset_events_at(const struct dataset_life *life, int64_t now_us,
                         struct dataset_event out[LIFE_EVENTS_MAX])
{
    struct life_steps steps = life->steps;
    struct life common = life_of_dataset(life, &steps);
    struct life_step events[LIFE_EVENTS_MAX];
    size_t count = list_events(&common, now_us, events);

    for (size_t i = 0; i < count; i++)
        out[i] = (struct dataset_event){(enum dataset_status)events[i].status, events[i].at_us};
    return count;
}

static struct dataset_event last_dataset_event(const struct dataset_life *life, int64_t now_us)
{
    struct dataset_event events[LIFE_EVENTS_MAX] = {0};

    return events[dataset_events_at(life, now_us, events) - 1];
}

enum dataset_status dataset_status_at(const struct dataset_life *life, int64_t now_us)
{
    return last_dataset_event(life, now_us).status;
}

int64_t dataset_updated_at(const struct dataset_life *life, int64_t now_us)
{
    return last_dataset_event(life, now_us).at_us;
}

bool dataset_poll(struct dataset_life *life, int64_t now_us, int64_t *polled)
{
    struct life common = life_of_dataset(life, &life->steps);

    return count_poll(&common, now_us, polled);
}

bool dataset_is_expired(const struct dataset_life *life, int64_t now_us)
{
    return now_us - life->created_us >= dataset_lifetime_us;
}

const char *dataset_status_name(enum dataset_status status)
{
    static const char *const names[DATASET_STATUS_COUNT] = {
        [DATASET_QUEUED] = "queued",   [DATASET_PROCESSING] = "processing",
        [DATASET_FAILED] = "failed",   [DATASET_VALIDATED] = "validated",
        [DATASET_SKIPPED] = "skipped", [DATASET_UNKNOWN] = "unknown",
    };

    return names[(size_t)status < ARRAY_LEN(names) ? status : DATASET_UNKNOWN];
}

/*
 * Models
 */

static struct life life_of_model(const struct model_life *life, struct life_steps *steps)
{
    return (struct life){
        .created_us = life->created_us,
        .stages = {{MODEL_QUEUED, life->queued_us},
                   {MODEL_FINETUNING, life->training_us},
                   {MODEL_DEPLOYING, life->deploying_us}},
        .stage_count = MODEL_STAGE_COUNT,
        .end = MODEL_READY,
        .failure = MODEL_FAILED,
        .plan = &life->plan,
        .steps = steps,
    };
}

/* A failure is a step like any other, but that what was recorded after it stays. */
static struct life_steps steps_of_model(const struct model_life *life)
{
    struct life_steps steps = {.count = 0};
    bool is_added = life->failed_us == 0;

    for (size_t i = 0; i < life->steps.count; i++) {
        if (!is_added && life->failed_us < life->steps.items[i].at_us) {
            life_steps_add(&steps, MODEL_FAILED, life->failed_us);
            is_added = true;
        }
        life_steps_add(&steps, life->steps.items[i].status, life->steps.items[i].at_us);
    }
    if (!is_added)
        life_steps_add(&steps, MODEL_FAILED, life->failed_us);
    return steps;
}

size_t model_events_at(const struct model_life *life, int64_t now_us,
                       struct model_event out[MODEL_EVENTS_MAX])
{
    struct life_steps steps = steps_of_model(life);
    struct life common = life_of_model(life, &steps);
    struct life_step events[LIFE_EVENTS_MAX];
    size_t count = list_events(&common, now_us, events);

    for (size_t i = 0; i < count; i++)
        out[i] = (struct model_event){(enum model_status)events[i].status, events[i].at_us};
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
        /* A status that was forced may have left the deployment out. */
        if (events[i].status == MODEL_DEPLOYING || events[i].status == MODEL_READY) {
            *out_us = events[i].at_us;
            return true;
        }
    }
    return false;
}

bool model_status_serves(enum model_status status)
{
    return status == MODEL_READY || status == MODEL_PAUSED;
}

bool model_poll(struct model_life *life, int64_t now_us, int64_t *polled)
{
    struct life common = life_of_model(life, &life->steps);

    return life->failed_us == 0 && count_poll(&common, now_us, polled);
}

const char *model_status_name(enum model_status status)
{
    static const char *const names[MODEL_STATUS_COUNT] = {
        [MODEL_QUEUED] = "STATUS_QUEUED",
        [MODEL_FINETUNING] = "STATUS_FINETUNING",
        [MODEL_DEPLOYING] = "STATUS_DEPLOYING_API",
        [MODEL_READY] = "STATUS_READY",
        [MODEL_FAILED] = "STATUS_FAILED",
        [MODEL_PAUSED] = "STATUS_PAUSED",
        [MODEL_OFFLINE] = "STATUS_TEMPORARILY_OFFLINE",
        [MODEL_DELETED] = "STATUS_DELETED",
        [MODEL_UNSPECIFIED] = "STATUS_UNSPECIFIED",
    };

    return names[(size_t)status < ARRAY_LEN(names) ? status : MODEL_UNSPECIFIED];
}
