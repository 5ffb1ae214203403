#include "admin/call.h"

#include <string.h>

#include "base/json_scan.h"
#include "http/json_body.h"
#include "http/reply.h"

int admin_read_body(struct request *req, struct response *res, size_t size_max, struct buf *out)
{
    switch (request_read_body(req, size_max, out)) {
    case BODY_OK:
        return 0;
    case BODY_TOO_LARGE:
        return reply_message(res, 413, "the body is larger than %zu bytes", size_max);
    case BODY_CLOSED:
        return reply_message(res, 400, "the body ended early");
    case BODY_TIMEOUT:
        return reply_message(res, 408, "request timed out");
    case BODY_NO_MEMORY:
        break;
    }
    return reply_message(res, 500, "out of memory");
}

int admin_read_object(struct request *req, struct response *res, json_t **out)
{
    AUTO(buf_done) struct buf body = {0};
    char why[128];
    json_error_t error;
    int refusal = admin_read_body(req, res, ADMIN_BODY_SIZE_MAX, &body);

    if (refusal)
        return refusal;
    /* jansson recurses: the depth is checked first. */
    if (!json_scan_check(buf_text(&body), JSON_SCAN_DEPTH_MAX, why, sizeof(why)))
        return reply_message(res, 400, "the body is not JSON: %s", why);
    switch (json_body_load(buf_text(&body), out, &error)) {
    case JSON_BODY_OK:
        break;
    case JSON_BODY_REFUSED:
        /* It knows no numbers that a machine does not, and no halves of surrogates. */
        return reply_message(res, 400, "the body is not JSON: %s", error.text);
    case JSON_BODY_NO_MEMORY:
        return reply_message(res, 500, "out of memory");
    }
    if (!json_is_object(*out)) {
        json_decref(*out);
        *out = NULL;
        return reply_message(res, 400, "the body must be a JSON object");
    }
    return 0;
}

const char *admin_string(const json_t *value)
{
    const char *string = json_string_value(value);

    return string && strlen(string) == json_string_length(value) ? string : NULL;
}

int admin_world_error(struct response *res, enum worlds_result result)
{
    switch (result) {
    case WORLDS_NONE:
        return reply_message(res, 404, "there is no such world");
    case WORLDS_BAD_NAME:
        return reply_message(res, 400,
                             "a world's name is 1 to 64 characters of a-z, 0-9, '.', '_' and '-'");
    case WORLDS_TOO_MANY:
        return reply_message(res, 503, "mockhere is out of worlds; see --worlds-max");
    case WORLDS_FULL:
        return admin_store_error(res, STORE_FULL);
    case WORLDS_OK:
    case WORLDS_REFUSED:
    case WORLDS_FAILED:
        break;
    }
    return reply_message(res, 500, "the world could not be changed, see the log of mockhere");
}

int admin_refused(struct response *res, const struct buf *problem)
{
    if (problem->failed)
        return reply_message(res, 500, "out of memory");
    return reply_message(res, 400, "%s", problem->data);
}

int admin_store_error(struct response *res, enum store_result result)
{
    if (result == STORE_FULL)
        return reply_message(res, 503, "mockhere is out of disk space; see --data");
    return reply_message(res, 500, "the store failed, see the log of mockhere");
}

struct stub_world *admin_stub_world(const struct admin_call *call)
{
    const struct world *world = call->world;
    const struct stub_world_key key = {text_of(world->name), world->incarnation, world->seed};

    return stub_worlds_get(call->admin->stub_worlds, &key);
}

int admin_no_journal(struct response *res)
{
    return reply_message(res, 409, "there is no journal: start without --no-request-journal");
}
