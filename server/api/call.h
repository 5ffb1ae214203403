/*
 * One call of an endpoint: what every handler gets, and how it answers.
 */
#ifndef API_CALL_H
#define API_CALL_H

#include "api/api.h"
#include "base/json_write.h"
#include "http/router.h"

enum route_flags {
    ROUTE_OPEN = 1 << 0,       /* needs no API key */
    ROUTE_FINETUNING = 1 << 1, /* errors have no id, as in that family of endpoints */
    ROUTE_RERANK = 1 << 2      /* has a limit of calls of its own */
};

struct call {
    const struct api *api;
    const struct world *world;
    unsigned flags; /* of the route */
};

extern const struct route api_routes[];
extern const size_t api_route_count;

/* Endpoints of Cohere's that are known and not faked; asked where no route fits. */
extern const struct route api_not_faked[];
extern const size_t api_not_faked_count;

/*
 * Answer with an error: `{"id":"...","message":"..."}`, or without the id where the family has
 * none. What was answered before is dropped. Returns the status.
 */
int call_error(const struct call *call, struct response *res, int status, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Answer for a store that could not do it: 503 for a full disk, else 500. */
int call_store_error(const struct call *call, struct response *res, enum store_result result);

/*
 * Read a body that is declared as JSON if it is declared at all. Returns 0 and fills `*body`, or
 * answers with the error and returns its status.
 */
MUST_USE int call_read_body(const struct call *call, struct request *req, struct response *res,
                            struct buf *body);

/* Bodies that are read as a whole take many times their size in memory, and none needs much. */
enum { CALL_JSON_SIZE_MAX = 65536 };

/* As call_read_body(), up to CALL_JSON_SIZE_MAX, and check that it is one JSON object. */
MUST_USE int call_read_json(const struct call *call, struct request *req, struct response *res,
                            struct buf *body);

#endif
