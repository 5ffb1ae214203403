/*
 * The life of a dataset or a fine-tuned model, as a function of time.
 *
 * Nobody waits and no thread works. An object remembers when it was created and how long each of
 * its stages lasts; its status and its events are worked out from that and from the clock whenever
 * somebody asks. So a test that sets the clock an hour ahead sees what an hour of waiting would
 * have shown, and a server that was killed has nothing to resume.
 *
 * All times are microseconds since 1970 on the clock of the object's world. An age below zero (the
 * clock was set back) counts as the first stage.
 */
#ifndef CORE_LIFECYCLE_H
#define CORE_LIFECYCLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long the stages of new objects last. */
struct lifecycle {
    const char *name;
    int64_t dataset_queued_us;
    int64_t dataset_processing_us;
    int64_t model_queued_us;
    int64_t model_training_us;
    int64_t model_deploying_us;
};

/* The preset of that name; NULL if there is none. `fast` takes under a second in all. */
const struct lifecycle *lifecycle_preset(const char *name);

/* How long a dataset exists, and how long a link to one of its parts can be used. */
extern const int64_t dataset_lifetime_us;
extern const int64_t download_link_lifetime_us;

enum dataset_status { DATASET_QUEUED, DATASET_PROCESSING, DATASET_FAILED, DATASET_VALIDATED };

struct dataset_life {
    int64_t created_us, queued_us, processing_us;
    bool valid;
};

enum dataset_status dataset_status_at(const struct dataset_life *life, int64_t now_us);

/* When the status last changed, by `now_us`. */
int64_t dataset_updated_at(const struct dataset_life *life, int64_t now_us);

bool dataset_is_expired(const struct dataset_life *life, int64_t now_us);

/* As the API spells it: "queued". */
const char *dataset_status_name(enum dataset_status status);

enum model_status { MODEL_QUEUED, MODEL_FINETUNING, MODEL_DEPLOYING, MODEL_READY, MODEL_FAILED };

struct model_life {
    int64_t created_us, queued_us, training_us, deploying_us;
    int64_t failed_us; /* when it failed, if it did; else 0 */
};

struct model_event {
    enum model_status status;
    int64_t at_us;
};

enum { MODEL_EVENTS_MAX = 5 };

/* The stages reached by `now_us`, oldest first; returns their count (at least one: QUEUED). */
size_t model_events_at(const struct model_life *life, int64_t now_us,
                       struct model_event out[MODEL_EVENTS_MAX]);

/* The last of the events. */
struct model_event model_event_at(const struct model_life *life, int64_t now_us);

/* When training ended (its deployment began): true if that was by `now_us`. */
bool model_completed_at(const struct model_life *life, int64_t now_us, int64_t *out_us);

/* As the API spells it: "STATUS_READY". */
const char *model_status_name(enum model_status status);

#endif
