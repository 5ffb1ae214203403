/*
 * Which calls of the journal a query asks for: `since` a time, `unmatched` ones, those of one
 * `matchingStub`.
 */
#ifndef ADMIN_JOURNAL_QUERY_H
#define ADMIN_JOURNAL_QUERY_H

#include "http/message.h"
#include "stubs/journal.h"

struct journal_query {
    int64_t since_us;
    bool only_unmatched;
    char stub[UUID_SIZE]; /* "": any */
};

/* Read a query into `*out`. Returns NULL, or a sentence that says what is wrong. */
MUST_USE const char *journal_query_read(const struct request *req, struct journal_query *out);

bool journal_query_wants(const struct journal_query *query, const struct journal_entry *entry);

#endif
