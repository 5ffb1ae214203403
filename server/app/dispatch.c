#include "app/dispatch.h"

#include <string.h>

#include "api/errors.h"
#include "base/log.h"
#include "http/reply.h"
#include "stubs/serve.h"

/* Cut `/w/NAME` off the path; `data` is NULL if it does not begin so. */
static struct text cut_world_prefix(struct request *req)
{
    struct text rest = req->path;
    struct text name;

    if (!text_has_prefix(rest, TEXT("/w/")))
        return (struct text){0};
    rest.data += 3;
    rest.len -= 3;
    name = text_cut(&rest, '/');
    if (rest.data) {
        rest.data--;
        rest.len++;
    } else {
        rest = TEXT("/");
    }
    req->path = rest;
    return name;
}

/* A key that ends in @NAME; the last `@` counts. */
static struct text world_of_key(const struct request *req)
{
    struct text key = text_trim(request_header(req, "authorization"));

    for (size_t i = key.len; i > 0; i--)
        if (key.data[i - 1] == '@')
            return (struct text){key.data + i, key.len - i};
    return (struct text){0};
}

struct text dispatch_world_name(struct request *req)
{
    struct text name = cut_world_prefix(req);

    if (!name.data)
        name = request_header(req, "x-mockhere-world");
    if (!name.data)
        name = world_of_key(req);
    return name.data ? name : TEXT("default");
}

/* The world of answers that belong to none. */
static const struct world no_world = {.name = ""};

static int refuse_world(struct request *req, struct response *res, enum worlds_result result)
{
    switch (result) {
    case WORLDS_BAD_NAME:
        return api_fail(&no_world, req->path, 400,
                        "a world's name is 1 to 64 characters of a-z, 0-9, '.', '_' and '-'", res);
    case WORLDS_TOO_MANY:
        return api_fail(&no_world, req->path, 503, "mockhere is out of worlds; see --worlds-max",
                        res);
    case WORLDS_FULL:
        return api_fail(&no_world, req->path, ERROR_DISK_FULL, res);
    case WORLDS_OK:
    case WORLDS_NONE:
    case WORLDS_REFUSED:
    case WORLDS_FAILED:
        break;
    }
    return api_fail(&no_world, req->path, 500,
                    "the world could not be opened, see the log of mockhere", res);
}

static int welcome(struct response *res)
{
    buf_add_string(&res->body,
                   "{\"name\":\"mockhere\",\"version\":\"" MOCKHERE_VERSION
                   "\",\"message\":\"Point a Cohere SDK at this address, with any API key. "
                   "GET /__mockhere/health tells whether it is well.\"}");
    return reply_json(res, 200);
}

/* A request that has found its world. */
struct entered {
    const struct dispatch *dispatch;
    const struct world *world;
};

static int serve_builtin(void *context, struct request *req, struct response *res)
{
    const struct entered *entered = context;

    if (text_eq(req->path, TEXT("/")) && req->method & (HTTP_GET | HTTP_HEAD))
        return welcome(res);
    return api_handle(&entered->dispatch->api, entered->world, req, res);
}

static int serve_call(const struct dispatch *dispatch, const struct world *world,
                      struct request *req, struct response *res)
{
    const struct stub_world_key key = {text_of(world->name), world->incarnation, world->seed};
    struct entered entered = {dispatch, world};
    struct stub_call call = {.url = req->path,
                             .now_us = world->now_us,
                             .scale_milli =
                                 world->clock == WORLD_CLOCK_SCALED ? world->scale_milli : 1000,
                             .body_size_max = dispatch->api.json_size_max,
                             .files = dispatch->body_files,
                             .are_all_templates = dispatch->are_all_templates,
                             .outgoing = dispatch->outgoing,
                             .next = serve_builtin,
                             .context = &entered};
    AUTO(buf_done) struct buf url = {0};
    int status;

    if (req->query.len > 0) {
        buf_add_text(&url, req->path);
        buf_add_char(&url, '?');
        buf_add_text(&url, req->query);
        call.url = buf_text(&url);
    }
    call.own = stub_worlds_get(dispatch->stub_worlds, &key);
    if (!call.own || url.failed) {
        stub_world_release(call.own);
        return api_fail(world, req->path, 500, "out of memory", res);
    }
    status = stub_serve(&call, req, res);
    stub_world_release(call.own);
    return status;
}

static int handle(struct dispatch *dispatch, struct request *req, struct response *res)
{
    struct text name = dispatch_world_name(req);
    bool is_control = admin_owns(req->path);
    enum worlds_result result;
    struct world world;

    result = worlds_enter(dispatch->api.worlds, name, !is_control, &world);
    if (result != WORLDS_OK)
        return refuse_world(req, res, result);
    if (is_control)
        return admin_handle(&dispatch->admin, &world, req, res);
    return serve_call(dispatch, &world, req, res);
}

/* The path is logged without the query, which may hold a key. */
int dispatch_handle(void *context, struct request *req, struct response *res)
{
    struct dispatch *dispatch = context;
    struct text path = req->path;
    int status = handle(dispatch, req, res);

    if (dispatch->is_verbose)
        log_info("%.*s %.*s: %d", TEXT_ARG(req->method_name), TEXT_ARG(path), status);
    return status;
}

void dispatch_fail(void *context, int status, const char *sentence, struct response *res)
{
    (void)context;
    (void)api_fail(&no_world, (struct text){0}, status, sentence, res);
}
