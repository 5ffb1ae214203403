#include "admin/wiremock.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "http/reply.h"
#include "http/router.h"

enum { BODY_SIZE_MAX = 32 << 20 };

static wiremock_handler_fn root_get, health_get, version_get, all_reset;

/* What is never supported is a row too, so that it is refused by name and not as a wrong path. */
static wiremock_handler_fn refuse;

/* clang-format off */
static const struct route routes[] = {
    {HTTP_GET,    "/__admin",                                     root_get,                    0},
    {HTTP_GET,    "/__admin/",                                    mappings_list,               0},
    {HTTP_GET,    "/__admin/health",                              health_get,                  0},
    {HTTP_GET,    "/__admin/version",                             version_get,                 0},
    {HTTP_POST,   "/__admin/reset",                               all_reset,                   0},

    /* Stubs */
    {HTTP_GET,    "/__admin/mappings",                            mappings_list,               0},
    {HTTP_POST,   "/__admin/mappings",                            mappings_create,             0},
    {HTTP_DELETE, "/__admin/mappings",                            mappings_delete,             0},
    {HTTP_POST,   "/__admin/mappings/reset",                      all_reset,                   0},
    {HTTP_POST,   "/__admin/mappings/save",                       mappings_save,               0},
    {HTTP_POST,   "/__admin/mappings/import",                     mappings_import,             0},
    {HTTP_POST,   "/__admin/mappings/remove",                     mappings_remove,             0},
    {HTTP_POST,   "/__admin/mappings/find-by-metadata",           mappings_find_by_metadata,   0},
    {HTTP_POST,   "/__admin/mappings/remove-by-metadata",         mappings_remove_by_metadata, 0},
    {HTTP_GET,    "/__admin/mappings/unmatched",                  mappings_unmatched,          0},
    {HTTP_DELETE, "/__admin/mappings/unmatched",                  mappings_delete_unmatched,   0},
    {HTTP_GET,    "/__admin/mappings/{id}",                       mapping_get,                 0},
    {HTTP_PUT,    "/__admin/mappings/{id}",                       mapping_put,                 0},
    {HTTP_DELETE, "/__admin/mappings/{id}",                       mapping_delete,              0},

    /* The journal */
    {HTTP_GET,    "/__admin/requests",                            requests_list,               0},
    {HTTP_DELETE, "/__admin/requests",                            requests_clear,              0},
    {HTTP_POST,   "/__admin/requests/reset",                      requests_clear,              0},
    {HTTP_POST,   "/__admin/requests/count",                      requests_count,              0},
    {HTTP_POST,   "/__admin/requests/find",                       requests_find,               0},
    {HTTP_POST,   "/__admin/requests/remove",                     requests_remove,             0},
    {HTTP_POST,   "/__admin/requests/remove-by-metadata",         requests_remove_by_metadata, 0},
    {HTTP_GET,    "/__admin/requests/unmatched",                  requests_unmatched,          0},
    {HTTP_GET,    "/__admin/requests/unmatched/near-misses",      near_misses_of_unmatched,    0},
    {HTTP_POST,   "/__admin/near-misses/request",                 near_misses_of_request,      0},
    {HTTP_POST,   "/__admin/near-misses/request-pattern",         near_misses_of_pattern,      0},
    /* Where wiremock-rest-client looks for them */
    {HTTP_POST,   "/__admin/requests/near-misses/request",        near_misses_of_request,      0},
    {HTTP_POST,   "/__admin/requests/near-misses/request-pattern", near_misses_of_pattern,     0},

    {HTTP_GET,    "/__admin/requests/{id}",                       request_get,                 0},
    {HTTP_DELETE, "/__admin/requests/{id}",                       request_delete,              0},

    /* Scenarios and settings */
    {HTTP_GET,    "/__admin/scenarios",                           scenarios_list,              0},
    {HTTP_POST,   "/__admin/scenarios/reset",                     scenarios_reset,             0},
    {HTTP_PUT,    "/__admin/scenarios/{name}/state",              scenario_put,                0},
    {HTTP_GET,    "/__admin/settings",                            settings_get,                0},
    {HTTP_POST,   "/__admin/settings",                            settings_put,                0},
    {HTTP_PUT,    "/__admin/settings",                            settings_put,                0},

    /* Stubs of the journal */
    {HTTP_POST,   "/__admin/recordings/snapshot",                 recordings_snapshot,         0},
    {HTTP_GET,    "/__admin/recordings/status",                   recordings_status,           0},
    {HTTP_POST,   "/__admin/recordings/start",                    recordings_refuse,           0},
    {HTTP_POST,   "/__admin/recordings/stop",                     recordings_refuse,           0},

    /* Never */
    {HTTP_GET,    "/__admin/docs",                                refuse,                      0},
    {HTTP_GET,    "/__admin/recorder",                            refuse,                      0},
    {HTTP_GET,    "/__admin/certs/wiremock-ca.crt",               refuse,                      0},
    {HTTP_GET,    "/__admin/message-mappings",                    refuse,                      0},
    {HTTP_POST,   "/__admin/message-mappings",                    refuse,                      0},
    {HTTP_POST,   "/__admin/mappings/edit",                       refuse,                      0},
    {HTTP_PATCH,  "/__admin/settings/extended",                   refuse,                      0},
};
/* clang-format on */

bool wiremock_owns(struct text path)
{
    return text_eq(path, TEXT("/__admin")) || text_has_prefix(path, TEXT("/__admin/"));
}

int wiremock_handle(const struct admin *admin, const struct world *world, struct request *req,
                    struct response *res)
{
    const struct stub_world_key key = {text_of(world->name), world->incarnation, world->seed};
    struct wiremock_call call = {.admin = admin, .world = world};
    const struct route *route = NULL;
    unsigned allowed = 0;
    int status;

    switch (route_find(routes, ARRAY_LEN(routes), req, &route, &allowed)) {
    case ROUTE_FOUND:
        break;
    case ROUTE_NONE:
    case ROUTE_NOT_METHOD:
        /* As WireMock has it, for a wrong method, too. */
        return wiremock_empty(res, 404);
    case ROUTE_BAD_PATH:
        return reply_message(res, 400, "the path is not properly percent-encoded");
    case ROUTE_NO_MEMORY:
        return reply_message(res, 500, "out of memory");
    }
    call.own = stub_worlds_get(admin->stub_worlds, &key);
    if (!call.own)
        return reply_message(res, 500, "out of memory");
    status = route->handler(&call, req, res);
    stub_world_release(call.own);
    assert(status == res->status);
    return status;
}

/* Small paths */

static int root_get(void *context, struct request *req, struct response *res)
{
    (void)context;
    (void)req;
    response_set_header(res, "Location", TEXT("/__admin/"));
    return wiremock_empty(res, 302);
}

static int health_get(void *context, struct request *req, struct response *res)
{
    char now[TIMESTAMP_SIZE];

    (void)context;
    (void)req;
    timestamp_format(clock_wall_us(), now);
    return wiremock_json(res, 200,
                         json_pack("{s:s,s:s,s:s,s:I,s:s}", "status", "healthy", "message",
                                   "mockhere is ok", "version", "3.13.2", "uptimeInSeconds",
                                   (json_int_t)(clock_monotonic_ms() / 1000), "timestamp", now));
}

/* Clients make what they send depend on WireMock's version. */
static int version_get(void *context, struct request *req, struct response *res)
{
    struct text accept = request_header(req, "accept");

    (void)context;
    if (text_find(accept, TEXT("text/plain")) < accept.len) {
        response_set_header(res, "Content-Type", TEXT("text/plain"));
        buf_add_string(&res->body, "3.13.2");
        res->status = 200;
        return 200;
    }
    return wiremock_json(res, 200,
                         json_pack("{s:s,s:s}", "version", "3.13.2", "mockhere", MOCKHERE_VERSION));
}

static int all_reset(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;

    (void)req;
    stub_world_reset(call->admin->stub_worlds, call->own);
    return wiremock_empty(res, 200);
}

static int refuse(void *context, struct request *req, struct response *res)
{
    (void)context;
    return wiremock_error(res, 422, 10, "Not supported here",
                          text_find(req->path, TEXT("message")) < req->path.len
                              ? "messages of WebSockets are not faked"
                              : "this path of WireMock's is not served here; see the README");
}

/* For the handlers */

int wiremock_read(struct request *req, struct response *res, json_t **out)
{
    AUTO(buf_done) struct buf body = {0};
    char why[160];

    *out = NULL;
    switch (request_read_body(req, BODY_SIZE_MAX, &body)) {
    case BODY_OK:
        break;
    case BODY_TOO_LARGE:
        return wiremock_error(res, 413, 10, "The body is too large",
                              "a body may have at most 33554432 bytes here");
    case BODY_NO_MEMORY:
        return reply_message(res, 500, "out of memory");
    case BODY_CLOSED:
    case BODY_TIMEOUT:
        return wiremock_error(res, 400, 10, "The body could not be read", NULL);
    }
    if (text_trim(buf_text(&body)).len == 0) {
        const struct match_error error = {.pointer = "/",
                                          .detail = "expected JSON, the body is empty"};

        return wiremock_invalid(res, &error);
    }
    *out = match_json_read(body.data, body.len, why, sizeof(why));
    return *out ? 0 : wiremock_error(res, 422, 10, "Error parsing JSON", why);
}

int wiremock_json(struct response *res, int status, json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

    json_decref(json);
    if (!text)
        return reply_message(res, 500, "out of memory");
    buf_add_string(&res->body, text);
    free(text);
    return reply_json(res, status);
}

int wiremock_empty(struct response *res, int status)
{
    res->status = status;
    return status;
}

int wiremock_error(struct response *res, int status, int code, const char *title,
                   const char *detail)
{
    json_t *error = json_pack("{s:i,s:s,s:s*}", "code", code, "title", title, "detail", detail);

    return wiremock_json(res, status, json_pack("{s:[o]}", "errors", error));
}

int wiremock_invalid(struct response *res, const struct match_error *error)
{
    json_t *shown =
        json_pack("{s:i,s:{s:s},s:s,s:s}", "code", 10, "source", "pointer", error->pointer, "title",
                  "Error parsing JSON", "detail", error->detail);

    if (strcmp(error->detail, "out of memory") == 0) {
        json_decref(shown);
        return reply_message(res, 500, "out of memory");
    }
    return wiremock_json(res, 422, json_pack("{s:[o]}", "errors", shown));
}

static bool read_number(const struct request *req, const char *name, size_t *out)
{
    struct text value;
    uint64_t number;

    if (!request_query(req, name, 0, &value))
        return true;
    if (!text_to_u64(value, &number))
        return false;
    *out = number < SIZE_MAX ? (size_t)number : SIZE_MAX;
    return true;
}

int wiremock_page(const struct request *req, struct response *res, size_t *offset, size_t *limit)
{
    *offset = 0;
    *limit = SIZE_MAX;
    if (read_number(req, "offset", offset) && read_number(req, "limit", limit))
        return 0;
    return wiremock_error(res, 400, 10, "limit and offset must be whole numbers", NULL);
}

bool wiremock_has_id(struct request *req, struct response *res, char id[UUID_SIZE], int *status)
{
    struct text param = req->params[0];
    char title[96];
    bool is_uuid = param.len == UUID_SIZE - 1;

    for (size_t i = 0; is_uuid && i < param.len; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

        is_uuid = is_dash ? param.data[i] == '-' : isxdigit((unsigned char)param.data[i]) != 0;
    }
    if (is_uuid) {
        memcpy(id, param.data, param.len);
        id[param.len] = '\0';
        return true;
    }
    (void)snprintf(title, sizeof(title), "%.40s is not a valid UUID", param.len ? param.data : "");
    *status = wiremock_error(res, 400, 10, title, NULL);
    return false;
}
