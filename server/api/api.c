/*
 * The way of every call: find the route, check the key, run the handler, and put the headers on its
 * answer that the real service puts on all of its own.
 */
#include "api/api.h"

#include <assert.h>

#include "api/call.h"
#include "api/errors.h"
#include "api/key_gate.h"
#include "base/id.h"
#include "base/timestamp.h"
#include "http/reply.h"

/* clang-format off */
#define STANDARD_LINES                                                                             \
    "access-control-expose-headers: X-Debug-Trace-ID\r\n"                                          \
    "cache-control: no-cache, no-store, no-transform, must-revalidate, private, max-age=0\r\n"     \
    "expires: Thu, 01 Jan 1970 00:00:00 GMT\r\n"                                                   \
    "pragma: no-cache\r\n"                                                                         \
    "vary: Origin\r\n"
/* clang-format on */

static void add_standard_headers(const struct world *world, struct response *res)
{
    char date[HTTP_DATE_SIZE], trace[ID_TRACE_SIZE];

    response_set_lines(res, TEXT(STANDARD_LINES));
    http_date_format(world->now_us, date);
    response_set_header(res, "date", text_of(date));
    id_trace(world->seed, world->serial, trace);
    response_set_header(res, "x-debug-trace-id", text_of(trace));
}

static enum route_result find_route(struct request *req, const struct route **out,
                                    unsigned *allowed)
{
    enum route_result result = route_find(api_routes, api_route_count, req, out, allowed);

    if (result != ROUTE_NONE)
        return result;
    return route_find(api_not_faked, api_not_faked_count, req, out, allowed);
}

static int run_route(struct call *call, struct request *req, struct response *res)
{
    const struct route *route = NULL;
    unsigned allowed = 0;
    struct key_use key;
    int status;

    switch (find_route(req, &route, &allowed)) {
    case ROUTE_FOUND:
        break;
    case ROUTE_NONE:
        res->is_unrouted = true;
        return call_error(call, res, ERROR_PATH_UNKNOWN);
    case ROUTE_NOT_METHOD:
        if (req->method == HTTP_OPTIONS)
            return reply_options(res, allowed);
        reply_allow(res, allowed);
        return call_error(call, res, ERROR_METHOD);
    case ROUTE_BAD_PATH:
        return call_error(call, res, ERROR_PATH_NOT_ENCODED);
    case ROUTE_NO_MEMORY:
        return call_error(call, res, ERROR_NO_MEMORY);
    }
    call->flags = route->flags;
    if (!request_read_query(req))
        return call_error(call, res, ERROR_NO_MEMORY);
    status = key_gate_check(call, req, res, &key);
    if (status)
        return status;
    status = route->handler(call, req, res);
    key_gate_mark(&key, res);
    return status;
}

static unsigned flags_of_path(struct text path)
{
    return text_has_prefix(path, TEXT("/v1/finetuning/")) ? ROUTE_FINETUNING : 0;
}

int api_handle(const struct api *api, const struct world *world, struct request *req,
               struct response *res)
{
    struct call call = {.api = api, .world = world, .flags = flags_of_path(req->path)};
    int status = run_route(&call, req, res);

    assert(status == res->status);
    add_standard_headers(world, res);
    return status;
}

int api_fail(const struct world *world, struct text path, int status, const char *sentence,
             struct response *res)
{
    struct call call = {.world = world, .flags = flags_of_path(path)};

    call_error(&call, res, status, "%s", sentence);
    add_standard_headers(world, res);
    return status;
}
