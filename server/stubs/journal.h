/*
 * The journal: what was asked of a world, and what was answered, in the order in which it came.
 *
 * It is bounded, by entries and by bytes: the oldest go first, and are counted. Bodies are cut,
 * with their true length kept. Secrets never enter it (base/secret.h).
 *
 * Every function may be called from any thread. An entry never changes once it is in; it is counted
 * by references, and holds the stub that answered it.
 */
#ifndef STUBS_JOURNAL_H
#define STUBS_JOURNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/text.h"
#include "match/match_request.h"
#include "stubs/stub.h"

enum {
    JOURNAL_ENTRIES_DEFAULT = 10000,
    JOURNAL_BYTES_DEFAULT = 64 << 20,
    JOURNAL_BYTES_TOGETHER = 256 << 20,
    JOURNAL_BODY_LEN_MAX = 65536
};

/* Who answered a request. */
enum journal_origin {
    JOURNAL_NOBODY, /* no stub, and no endpoint has this path */
    JOURNAL_STUB,
    JOURNAL_ENDPOINT, /* a built-in one */
    JOURNAL_PROXY     /* a stub that passed it on */
};

/* A text within an entry. */
struct journal_body {
    struct text data; /* what was kept of it; in an entry, with its secrets hidden */
    uint64_t len;     /* all there was */
    bool is_cut;      /* of an entry: not all of it was kept */
};

struct journal_fields {
    const struct match_field *items;
    size_t count;
};

/* What is known of a call when it is over: all is borrowed, and as it was on the wire. */
struct journal_call {
    struct text method, url, host, client_ip, protocol;
    unsigned port;
    struct journal_fields headers;
    struct journal_body body;
    int64_t at_us; /* by the world's clock */
    enum journal_origin origin;
    struct stub *stub; /* or NULL */
    int status;        /* 0: no head was sent, for a fault */
    const char *fault; /* or NULL */
    struct journal_fields response_headers;
    struct journal_body response_body;
    double delay_ms; /* that was added */
    double serve_ms; /* from the head to the answer */
};

/* An entry: the same, without secrets, and its own. */
struct journal_entry {
    atomic_uint references;
    char id[UUID_SIZE];
    uint64_t number; /* 1, 2, 3, ... in the world's journal */
    size_t cost;     /* bytes */
    struct journal_call call;
    struct text path; /* of call.url, without the query */
};

struct journal;

/* What all journals of a server may take together. Who is past it gives up its own oldest, all but
 * one. */
struct journal_budget {
    atomic_size_t bytes;
    size_t bytes_max;
};

/* Limits of 0 are the defaults; `budget` is borrowed and may be NULL. NULL when memory runs out. */
MUST_USE struct journal *journal_new(uint64_t seed, size_t entries_max, size_t bytes_max,
                                     struct journal_budget *budget);
void journal_free(struct journal *journal);

/* Write a call down. When memory runs out it is counted as dropped. */
void journal_add(struct journal *journal, const struct journal_call *call);

/* Entries, the newest first, each held. */
struct journal_list {
    struct journal_entry **items;
    size_t count;
};

void journal_list_done(struct journal_list *list);

/* All entries. Returns false when memory runs out. */
MUST_USE bool journal_list(struct journal *journal, struct journal_list *out);

/* One entry, to be released; NULL if there is none of that id. */
struct journal_entry *journal_get(struct journal *journal, const char *id);
void journal_entry_release(struct journal_entry *entry);

/* Show an entry to patterns. What is filled is borrowed from the entry. */
void journal_entry_view(const struct journal_entry *entry, struct match_request *out);

/* Remove an entry, if it is there. */
void journal_remove(struct journal *journal, const char *id);

void journal_clear(struct journal *journal);

struct journal_counts {
    size_t entries;
    size_t bytes;
    uint64_t added;   /* ever */
    uint64_t dropped; /* to keep within the bounds, or for lack of memory */
};

struct journal_counts journal_count(struct journal *journal);

/*
 * Wait until more than `added` calls were ever added, or `timeout_ms` has passed, or journal_wake()
 * was called. Returns how many were added by then.
 */
uint64_t journal_wait(struct journal *journal, uint64_t added, uint32_t timeout_ms);

/* Let all who wait go on, for the server stops. */
void journal_wake(struct journal *journal);

#endif
