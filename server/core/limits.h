/*
 * The numbers that a world's tests may want other than the service has them: a table, from which
 * they are read, written and listed.
 */
#ifndef CORE_LIMITS_H
#define CORE_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json_write.h"
#include "core/dataset_type.h"

/* What each is, the table says. */
struct limits {
    struct dataset_limits dataset;
    int64_t jobs_per_day;
    int64_t jobs_total;
    int64_t trial_rerank_per_minute;
    int64_t trial_default_per_minute;
    int64_t trial_per_month;
    int64_t production_rerank_per_minute;
    int64_t production_default_per_minute;
};

/* Those of the service. */
struct limits limits_default(void);

/* One of the numbers. */
struct limit_field {
    const char *name;
    size_t offset, size; /* in struct limits: an int64_t or a uint32_t */
    int64_t min, max;    /* what it may be set to */
    const char *help;
};

extern const struct limit_field limit_fields[];
extern const size_t limit_field_count;

int64_t limit_get(const struct limits *limits, const struct limit_field *field);

/*
 * Change `*limits` as a JSON object says: `{"train_queries_min":4}`. What is left out keeps its
 * value, and so does what is null. Returns false with a sentence in `problem`, and nothing changed,
 * for what is no JSON object, an unknown name (the nearest one is told) or a number out of range.
 */
MUST_USE bool limits_read(struct text json, struct limits *limits, struct buf *problem);

/* Write all of them as a JSON object that limits_read() takes. */
void limits_write(const struct limits *limits, struct json_writer *w);

#endif
