#include "admin/admin.h"

#include <assert.h>

#include "admin/call.h"
#include "admin/wiremock.h"
#include "base/json_write.h"
#include "http/reply.h"
#include "http/router.h"

static admin_handler_fn health_get, version_get, world_reset;

/* clang-format off */
static const struct route routes[] = {
    {HTTP_GET,    "/__mockhere/health",                health_get,           0},
    {HTTP_GET,    "/__mockhere/version",               version_get,          0},

    /* Time and fate */
    {HTTP_GET,    "/__mockhere/clock",                 clock_get,            0},
    {HTTP_PUT,    "/__mockhere/clock",                 clock_put,            0},
    {HTTP_POST,   "/__mockhere/clock/advance",         clock_advance,        0},
    {HTTP_GET,    "/__mockhere/lifecycle",             lifecycle_get,        0},
    {HTTP_PUT,    "/__mockhere/lifecycle",             lifecycle_put,        0},

    /* Rules */
    {HTTP_GET,    "/__mockhere/limits",                limits_get,           0},
    {HTTP_PUT,    "/__mockhere/limits",                limits_put,           0},
    {HTTP_GET,    "/__mockhere/keys",                  keys_get,             0},
    {HTTP_PUT,    "/__mockhere/keys",                  keys_put,             0},
    {HTTP_GET,    "/__mockhere/magic",                 magic_get,            0},
    {HTTP_GET,    "/__mockhere/rules",                 rules_get,            0},

    /* Datasets and fine-tuned models */
    {HTTP_GET,    "/__mockhere/datasets",              object_list_datasets, 0},
    {HTTP_PATCH,  "/__mockhere/datasets/{id}",         object_patch_dataset, 0},
    {HTTP_GET,    "/__mockhere/finetuned-models",      object_list_models,   0},
    {HTTP_PATCH,  "/__mockhere/finetuned-models/{id}", object_patch_model,   0},

    /* What was called */
    {HTTP_POST,   "/__mockhere/verify",                verify_post,          0},
    {HTTP_GET,    "/__mockhere/report",                report_get,           0},
    {HTTP_GET,    "/__mockhere/journal.har",           journal_har_get,      0},
    {HTTP_GET,    "/__mockhere/journal.sh",            journal_sh_get,       0},

    /* Worlds */
    {HTTP_GET,    "/__mockhere/seed",                  seed_get,             0},
    {HTTP_PUT,    "/__mockhere/seed",                  seed_put,             0},
    {HTTP_GET,    "/__mockhere/worlds",                worlds_get,           0},
    {HTTP_DELETE, "/__mockhere/worlds/{name}",         worlds_delete,        0},
    {HTTP_POST,   "/__mockhere/reset",                 world_reset,          0},
    {HTTP_DELETE, "/__mockhere/",                      world_reset,          0},
};
/* clang-format on */

static int health_get(void *context, struct request *req, struct response *res)
{
    (void)context;
    (void)req;
    buf_add_string(&res->body, "{\"status\":\"healthy\",\"version\":\"" MOCKHERE_VERSION "\"}");
    return reply_json(res, 200);
}

static int version_get(void *context, struct request *req, struct response *res)
{
    (void)context;
    (void)req;
    buf_add_string(&res->body, "{\"name\":\"mockhere\",\"version\":\"" MOCKHERE_VERSION "\"}");
    return reply_json(res, 200);
}

static int world_reset(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;
    enum worlds_result result = worlds_reset(call->admin->worlds, text_of(call->world->name));

    (void)req;
    if (result != WORLDS_OK)
        return admin_world_error(res, result);
    buf_add_string(&res->body, "{}");
    return reply_json(res, 200);
}

bool admin_owns(struct text path)
{
    return text_has_prefix(path, TEXT("/__mockhere/")) || wiremock_owns(path);
}

static bool is_let_in(const struct admin *admin, const struct request *req)
{
    struct text token = request_header(req, "x-mockhere-token");

    if (!admin->is_guarded)
        return true;
    return admin->token && text_eq(token, text_of(admin->token));
}

/* A page of another site can post a form to us without asking, but no JSON. */
static bool is_json_or_nothing(const struct request *req)
{
    struct text type = request_header(req, "content-type");

    return !req->has_body ||
           text_eq_nocase(text_trim(text_cut(&type, ';')), TEXT("application/json"));
}

/* Check what holds for all control calls. Returns 0, or the status of a refusal. */
static int check(const struct admin *admin, struct request *req, struct response *res, bool is_open)
{
    if (!is_open && !is_let_in(admin, req))
        return reply_message(res, 403,
                             "control paths need the header X-Mockhere-Token here; start with "
                             "--admin-token or --admin-open");
    if (!is_json_or_nothing(req))
        return reply_message(res, 415, "Content-Type must be application/json");
    return request_read_query(req) ? 0 : reply_message(res, 500, "out of memory");
}

/* Whether somebody is there may be asked by anyone: images and load balancers do. */
static int handle_wiremock(const struct admin *admin, const struct world *world,
                           struct request *req, struct response *res)
{
    int refusal = check(admin, req, res, text_eq(req->path, TEXT("/__admin/health")));

    return refusal ? refusal : wiremock_handle(admin, world, req, res);
}

int admin_handle(const struct admin *admin, const struct world *world, struct request *req,
                 struct response *res)
{
    struct admin_call call = {.admin = admin, .world = world};
    const struct route *route = NULL;
    unsigned allowed = 0;
    int status;

    if (wiremock_owns(req->path))
        return handle_wiremock(admin, world, req, res);
    switch (route_find(routes, ARRAY_LEN(routes), req, &route, &allowed)) {
    case ROUTE_FOUND:
        break;
    case ROUTE_NONE:
        return reply_message(res, 404, "no such control path");
    case ROUTE_NOT_METHOD:
        if (req->method == HTTP_OPTIONS)
            return reply_options(res, allowed);
        reply_allow(res, allowed);
        return reply_message(res, 405, "method not allowed");
    case ROUTE_BAD_PATH:
        return reply_message(res, 400, "the path is not properly percent-encoded");
    case ROUTE_NO_MEMORY:
        return reply_message(res, 500, "out of memory");
    }
    status = check(admin, req, res, route->handler == health_get);
    if (status)
        return status;
    status = route->handler(&call, req, res);
    assert(status == res->status);
    return status;
}
