/*
 * What is expected of a journal: so many calls of one pattern, or calls of several in an order, and
 * whether there may be others.
 *
 * A verification can be waited for, until it holds, or cannot hold any more, or the time is over.
 */
#ifndef STUBS_VERIFICATION_H
#define STUBS_VERIFICATION_H

#include "stubs/journal.h"

struct verification {
    struct request_pattern *const *patterns; /* borrowed, at least one */
    size_t pattern_count;
    bool in_order;        /* else there is one pattern, and its calls are counted */
    bool and_no_more;     /* no call but those of the patterns */
    uint64_t least, most; /* calls, if they are counted */
};

enum verification_failure {
    VERIFICATION_FINE,
    VERIFICATION_TOO_FEW,
    VERIFICATION_TOO_MANY,
    VERIFICATION_OTHERS,     /* there are calls that no pattern takes */
    VERIFICATION_MISSING,    /* in order: one has not come yet */
    VERIFICATION_WRONG_ORDER /* one came before an earlier one */
};

struct verification_result {
    enum verification_failure failure;
    uint64_t matched;   /* calls that a pattern takes */
    uint64_t others;    /* calls that none takes */
    size_t early, late; /* patterns that came in the wrong order; `late` is missing, or second */
    struct journal_list calls; /* all that were looked at, the latest first */
};

void verification_result_done(struct verification_result *result);

/*
 * Look at the journal now. A pattern that is the same as an earlier one stands for the next of its
 * calls. Returns false when memory runs out, with nothing in `*out` to release.
 */
MUST_USE bool verification_check(const struct verification *verification, struct journal *journal,
                                 struct verification_result *out);

/* Look until it holds or cannot hold any more, for at most `within_ms`, and no longer than others
 * may wait for the journal. Results as above. */
MUST_USE bool verification_wait(const struct verification *verification, struct journal *journal,
                                uint32_t within_ms, struct verification_result *out);

/* Tell whether one of the patterns takes an entry. */
bool verification_takes(const struct verification *verification, const struct journal_entry *entry);

#endif
