/*
 * What came nearest to matching: the three stubs nearest to a request, the three calls nearest to a
 * pattern.
 */
#ifndef STUBS_NEAR_MISS_H
#define STUBS_NEAR_MISS_H

#include "stubs/journal.h"
#include "stubs/stub_list.h"

enum { NEAR_MISSES_MAX = 3 };

/* The nearest first; all borrowed from the lists that were searched. */
struct near_stubs {
    struct near_stub {
        const struct stub *stub;
        double distance; /* 0 to 1 */
    } items[NEAR_MISSES_MAX];
    size_t count;
};

struct near_calls {
    struct near_call {
        struct journal_entry *entry;
        double distance;
    } items[NEAR_MISSES_MAX];
    size_t count;
};

/* Find the nearest stubs. `list` may be NULL, an empty one. */
struct near_stubs near_stubs_find(const struct stub_list *list, struct match_request *request);

/* Find the nearest calls; of equal ones the latest. With `misses_only`, none that matches. */
struct near_calls near_calls_find(const struct journal_list *list,
                                  const struct request_pattern *pattern, bool misses_only);

#endif
