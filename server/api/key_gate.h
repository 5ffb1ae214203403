/*
 * What the key of a call allows: in before the handler runs, and what its answer shows of it.
 *
 * Keys are secrets: they are compared by their digests, and appear in no answer and no log.
 */
#ifndef API_KEY_GATE_H
#define API_KEY_GATE_H

#include "api/call.h"
#include "core/key_plan.h"

/* What is known of the key of one call. */
struct key_use {
    enum key_plan plan;
    int64_t per_minute_max, per_minute_left, per_month_max; /* of a trial key that was counted */
};

/* Check the key of `req`, and count the call where its plan says so. Returns 0 and fills `*out`, or
 * answers with a refusal and returns its status. */
MUST_USE int key_gate_check(const struct call *call, const struct request *req,
                            struct response *res, struct key_use *out);

/* Put on an answer what the plan of its key asks for: headers, or a delay. */
void key_gate_mark(const struct key_use *use, struct response *res);

#endif
