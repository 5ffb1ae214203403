#include "admin/journal_query.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/timestamp.h"

const char *journal_query_read(const struct request *req, struct journal_query *out)
{
    struct text value;

    *out = (struct journal_query){.since_us = INT64_MIN};
    if (request_query(req, "since", 0, &value) && !timestamp_parse(value, &out->since_us))
        return "since must be a time such as 2025-06-01T12:00:00Z";
    if (request_query(req, "unmatched", 0, &value))
        out->only_unmatched = text_eq(value, TEXT("true"));
    if (request_query(req, "matchingStub", 0, &value)) {
        if (value.len != UUID_SIZE - 1)
            return "matchingStub must be a UUID";
        memcpy(out->stub, value.data, value.len);
    }
    return NULL;
}

bool journal_query_wants(const struct journal_query *query, const struct journal_entry *entry)
{
    const struct journal_call *call = &entry->call;

    return call->at_us >= query->since_us &&
           (!query->only_unmatched || call->origin == JOURNAL_NOBODY) &&
           (!query->stub[0] || (call->stub && strcasecmp(call->stub->id, query->stub) == 0));
}
