#include "api/rate_limit.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/timestamp.h"

enum { WAYS = 8, SETS = RATE_KEYS_MAX / WAYS };

static const int64_t minute_us = 60000000;

struct window {
    int64_t begun_us;
    int64_t count; /* 0: it has not begun */
};

/* What is known of one key. A zeroed one is free. */
struct entry {
    struct hash128 key;
    uint64_t used; /* when it was last asked for, by the limiter's count; 0: never */
    uint64_t number;
    struct window minutes[RATE_CLASS_COUNT];
    int64_t month; /* since the year 0 */
    int64_t month_count;
};

/* `lock` guards the rest, and is taken and released in the functions of the header, which call
 * nothing that locks. A key is only looked for among the entries of its set. */
struct rate_limiter {
    pthread_mutex_t lock;
    uint64_t used;
    struct entry entries[SETS][WAYS];
};

struct rate_limiter *rate_limiter_new(void)
{
    struct rate_limiter *limiter = calloc(1, sizeof(*limiter));

    if (limiter)
        pthread_mutex_init(&limiter->lock, NULL);
    return limiter;
}

void rate_limiter_free(struct rate_limiter *limiter)
{
    if (!limiter)
        return;
    pthread_mutex_destroy(&limiter->lock);
    free(limiter);
}

/* Find the entry of a key, or make one in the place of the one that was not used for longest. */
static struct entry *use_entry(struct rate_limiter *limiter, struct hash128 key)
{
    struct entry *set = limiter->entries[key.low % SETS];
    struct entry *oldest = &set[0];

    limiter->used++;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].used && set[i].key.low == key.low && set[i].key.high == key.high) {
            set[i].used = limiter->used;
            return &set[i];
        }
        if (set[i].used < oldest->used)
            oldest = &set[i];
    }
    *oldest = (struct entry){.key = key, .used = limiter->used};
    return oldest;
}

/* Months since the year 0, of UTC. */
static int64_t month_of(int64_t now_us)
{
    char written[TIMESTAMP_SIZE];
    uint64_t year = 0, month = 0;

    timestamp_format(now_us, written);
    if (!text_to_u64((struct text){written, 4}, &year) ||
        !text_to_u64((struct text){written + 5, 2}, &month))
        return 0;
    return (int64_t)(year * 12 + month);
}

static enum rate_verdict count(struct entry *entry, const struct rate_call *call, int64_t *out_left)
{
    struct window *minute = &entry->minutes[call->class];
    int64_t month = month_of(call->now_us);
    int64_t age_us = call->now_us - minute->begun_us;

    if (minute->count == 0 || age_us < 0 || age_us >= minute_us)
        *minute = (struct window){.begun_us = call->now_us};
    if (entry->month != month) {
        entry->month = month;
        entry->month_count = 0;
    }
    *out_left = 0;
    if (entry->month_count >= call->per_month_max)
        return RATE_PAST_MONTH;
    if (minute->count >= call->per_minute_max)
        return RATE_PAST_MINUTE;
    minute->count++;
    entry->month_count++;
    *out_left = call->per_minute_max - minute->count;
    return RATE_FINE;
}

enum rate_verdict rate_limiter_count(struct rate_limiter *limiter, const struct rate_call *call,
                                     int64_t *out_left)
{
    enum rate_verdict verdict;

    pthread_mutex_lock(&limiter->lock);
    verdict = count(use_entry(limiter, call->key), call, out_left);
    pthread_mutex_unlock(&limiter->lock);
    return verdict;
}

uint64_t rate_limiter_number(struct rate_limiter *limiter, struct hash128 key)
{
    uint64_t number;

    pthread_mutex_lock(&limiter->lock);
    number = ++use_entry(limiter, key)->number;
    pthread_mutex_unlock(&limiter->lock);
    return number;
}
