/*
 * How a client behaved: what the real service would mind, or a test never notice.
 *
 * Each call is looked at once, when it is over. What it did wrong becomes a finding, or counts in
 * one that is there already. Memory is bounded: of each kind there are FINDINGS_MAX findings, and
 * what was called before is remembered of the last few hundred callers only, so that something may
 * be missed, but nothing is made up.
 *
 * Times are of the world's clock. On one that stands still nobody comes too early: a call that
 * comes at the very time of the last one is not judged.
 *
 * Every function may be called from any thread. It is counted by references.
 */
#ifndef STUBS_CONDUCT_H
#define STUBS_CONDUCT_H

#include "base/buf.h"
#include "stubs/journal.h"

enum conduct_kind {
    CONDUCT_UNSERVED,      /* nobody serves what was called */
    CONDUCT_POLLED,        /* a dataset or model was asked for within a second of the last time */
    CONDUCT_RETRIED_EARLY, /* called again before Retry-After had passed */
    CONDUCT_WARNED,        /* sent what is only warned about */
    CONDUCT_SAME_DATASET,  /* uploaded the same files once more */
    CONDUCT_KEY_IN_URL,    /* put a secret into a URL */
    CONDUCT_KIND_COUNT
};

enum { FINDINGS_MAX = 50, FINDING_WHAT_SIZE = 256 };

struct conduct_finding {
    enum conduct_kind kind;
    char what[FINDING_WHAT_SIZE]; /* "GET /v1/datasets/x" */
    uint64_t count;
    int64_t first_us, last_us;
};

/* As it is written in JSON: "polled_too_often". */
const char *conduct_name(enum conduct_kind kind);

/* Append what was wrong, without a full stop. */
void conduct_add_sentence(const struct conduct_finding *finding, struct buf *out);

struct conduct;

/* NULL when memory runs out. */
MUST_USE struct conduct *conduct_new(void);
struct conduct *conduct_hold(struct conduct *conduct);
void conduct_release(struct conduct *conduct);

/* Look at a call, as it was on the wire. `upload_digest` is of the files that it brought, 0 for
 * none. */
void conduct_note(struct conduct *conduct, const struct journal_call *call, uint64_t upload_digest);

/* A copy of what is known, to be freed. `calls` is how many were looked at; `more` how many of each
 * kind did not fit. */
struct conduct_report {
    struct conduct_finding *items; /* by kind, in the order in which they were found */
    size_t count;
    uint64_t calls;
    uint64_t more[CONDUCT_KIND_COUNT];
};

/* Returns false when memory runs out. */
MUST_USE bool conduct_report(struct conduct *conduct, struct conduct_report *out);
void conduct_report_done(struct conduct_report *report);

#endif
