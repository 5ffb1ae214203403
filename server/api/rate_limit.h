/*
 * How often each key called which endpoints, in the minute and the month that a world's clock says
 * it is.
 *
 * A minute begins with the first call that is counted in it and ends 60 seconds later; a month is
 * one of the calendar. Time that runs backwards begins a new one of either. A call that is refused
 * does not count. So on a clock that stands still the answers depend on the calls alone.
 *
 * Memory is bounded: RATE_KEYS_MAX keys are remembered, of all worlds together, and a new one takes
 * the place of one that has not called for long. Nothing is stored: a new process counts from 0.
 */
#ifndef API_RATE_LIMIT_H
#define API_RATE_LIMIT_H

#include <stdint.h>

#include "base/attr.h"
#include "base/hash.h"

enum { RATE_KEYS_MAX = 4096 };

/* What is counted apart from the rest. */
enum rate_class { RATE_DEFAULT, RATE_RERANK, RATE_CLASS_COUNT };

struct rate_limiter;

/* NULL when memory runs out. */
MUST_USE struct rate_limiter *rate_limiter_new(void);
void rate_limiter_free(struct rate_limiter *limiter);

struct rate_call {
    struct hash128 key; /* of the key and its world */
    enum rate_class class;
    int64_t now_us;
    int64_t per_minute_max; /* calls of this class */
    int64_t per_month_max;  /* calls of all classes; INT64_MAX: any number */
};

enum rate_verdict { RATE_FINE, RATE_PAST_MINUTE, RATE_PAST_MONTH };

/* Count a call unless it is past a limit. `*out_left` is how many more the minute allows. May be
 * called from any thread. */
MUST_USE enum rate_verdict rate_limiter_count(struct rate_limiter *limiter,
                                              const struct rate_call *call, int64_t *out_left);

/* Count a call without a limit. Returns its number: 1, 2, 3, ... May be called from any thread. */
uint64_t rate_limiter_number(struct rate_limiter *limiter, struct hash128 key);

#endif
