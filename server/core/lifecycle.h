/*
 * The life of a dataset or a fine-tuned model, as a function of time.
 *
 * Nobody waits and no thread works. An object remembers when it was created, how long each of its
 * stages lasts and what else was decided about it; its status and its events are worked out from
 * that and from the clock whenever somebody asks. So a test that sets the clock an hour ahead sees
 * what an hour of waiting would have shown, and a server that was killed has nothing to resume.
 *
 * What is no function of the clock is recorded as a step when it happens: a status that was forced,
 * and a stage that ended because the object was asked for often enough.
 *
 * All times are microseconds since 1970 on the clock of the object's world. An age below zero (the
 * clock was set back) counts as the first stage, and steps that lie ahead have not happened.
 */
#ifndef CORE_LIFECYCLE_H
#define CORE_LIFECYCLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/text.h"

enum { LIFE_STEPS_MAX = 16, LIFE_EVENTS_MAX = LIFE_STEPS_MAX + 6, LIFE_REASON_SIZE = 256 };

/* What the stages of new objects are like, beyond how long they last. Stages count from 1. */
struct life_plan {
    int64_t polls;  /* the GETs that see each stage; 0: the clock moves the object on */
    int hold_stage; /* this one is never left; 0: none */
    int fail_stage; /* this one ends in failure; 0: none */
};

struct life_step {
    int status;
    int64_t at_us;
};

/* What was recorded of an object, in the order of time. */
struct life_steps {
    struct life_step items[LIFE_STEPS_MAX];
    size_t count;
};

/* Append `steps` in the form in which they are stored, such as "3@1748779200000000". */
void life_steps_write(const struct life_steps *steps, struct buf *out);

/* Read what life_steps_write() wrote. Returns false for what is no list of steps. */
MUST_USE bool life_steps_read(struct text stored, struct life_steps *out);

/*
 * Record that the status became `status` at `at_us`. What was recorded later than that is gone: it
 * is of a future that the clock has left. Of more than LIFE_STEPS_MAX the oldest is forgotten.
 */
void life_steps_add(struct life_steps *steps, int status, int64_t at_us);

/* The life of new objects. */
struct lifecycle {
    const char *name; /* of the preset that it is, or "custom"; a literal */
    int64_t dataset_queued_us;
    int64_t dataset_processing_us;
    int64_t model_queued_us;
    int64_t model_training_us;
    int64_t model_deploying_us;
    struct life_plan dataset_plan;
    struct life_plan model_plan;
    char dataset_reason[LIFE_REASON_SIZE]; /* of the planned failure */
    char model_reason[LIFE_REASON_SIZE];
};

/* The preset of that name; NULL if there is none. `fast` takes under a second in all. */
const struct lifecycle *lifecycle_preset(const char *name);

/* The presets in their order; NULL behind the last. */
const struct lifecycle *lifecycle_preset_at(size_t index);

/* How long a dataset exists, and how long a link to one of its parts can be used. */
extern const int64_t dataset_lifetime_us;
extern const int64_t download_link_lifetime_us;

/* Statuses are stored as numbers: new ones go to the end. */
enum dataset_status {
    DATASET_QUEUED,
    DATASET_PROCESSING,
    DATASET_FAILED,
    DATASET_VALIDATED,
    DATASET_SKIPPED,
    DATASET_UNKNOWN
};

enum { DATASET_STATUS_COUNT = DATASET_UNKNOWN + 1, DATASET_STAGE_COUNT = 2 };

struct dataset_life {
    int64_t created_us, queued_us, processing_us;
    bool valid;
    struct life_plan plan;
    struct life_steps steps;
};

struct dataset_event {
    enum dataset_status status;
    int64_t at_us;
};

/* The statuses reached by `now_us`, oldest first; returns their count (at least one: queued). */
size_t dataset_events_at(const struct dataset_life *life, int64_t now_us,
                         struct dataset_event out[LIFE_EVENTS_MAX]);

enum dataset_status dataset_status_at(const struct dataset_life *life, int64_t now_us);

/* When the status last changed, by `now_us`. */
int64_t dataset_updated_at(const struct dataset_life *life, int64_t now_us);

/*
 * Count a GET of a dataset that moves on with its polls. `*polled` is how many saw its stage so
 * far, this one included, and is negative once a status was forced. Returns true if `*polled` or
 * the steps changed and are to be stored.
 */
bool dataset_poll(struct dataset_life *life, int64_t now_us, int64_t *polled);

bool dataset_is_expired(const struct dataset_life *life, int64_t now_us);

/* As the API spells it: "queued". */
const char *dataset_status_name(enum dataset_status status);

enum model_status {
    MODEL_QUEUED,
    MODEL_FINETUNING,
    MODEL_DEPLOYING,
    MODEL_READY,
    MODEL_FAILED,
    MODEL_PAUSED,
    MODEL_OFFLINE,
    MODEL_DELETED,
    MODEL_UNSPECIFIED
};

enum { MODEL_STATUS_COUNT = MODEL_UNSPECIFIED + 1, MODEL_STAGE_COUNT = 3 };

struct model_life {
    int64_t created_us, queued_us, training_us, deploying_us;
    int64_t failed_us; /* when it failed, if it did; else 0 */
    struct life_plan plan;
    struct life_steps steps;
};

struct model_event {
    enum model_status status;
    int64_t at_us;
};

enum { MODEL_EVENTS_MAX = LIFE_EVENTS_MAX };

/* The stages reached by `now_us`, oldest first; returns their count (at least one: QUEUED). */
size_t model_events_at(const struct model_life *life, int64_t now_us,
                       struct model_event out[MODEL_EVENTS_MAX]);

/* The last of the events. */
struct model_event model_event_at(const struct model_life *life, int64_t now_us);

/* When training ended (its deployment began): true if that was by `now_us`. */
bool model_completed_at(const struct model_life *life, int64_t now_us, int64_t *out_us);

/* Tell whether a model of that status can be called: a paused one serves on. */
bool model_status_serves(enum model_status status);

/* As dataset_poll(), of a model. */
bool model_poll(struct model_life *life, int64_t now_us, int64_t *polled);

/* As the API spells it: "STATUS_READY". */
const char *model_status_name(enum model_status status);

#endif
