#include "admin/call.h"

#include "base/json_scan.h"
#include "http/reply.h"

enum { BODY_SIZE_MAX = 65536 };

int admin_read_body(struct request *req, struct response *res, struct buf *out)
{
    enum body_result result = request_read_body(req, BODY_SIZE_MAX, out);

    if (result == BODY_OK)
        return 0;
    if (result == BODY_NO_MEMORY)
        return reply_message(res, 500, "out of memory");
    return reply_message(res, 400, "the body could not be read: send JSON of at most %d bytes",
                         BODY_SIZE_MAX);
}

int admin_read_object(struct request *req, struct response *res, json_t **out)
{
    AUTO(buf_done) struct buf body = {0};
    json_error_t error;
    char why[128];
    int refusal = admin_read_body(req, res, &body);

    if (refusal)
        return refusal;
    /* jansson recurses: the depth is checked first. */
    if (!json_scan_check(buf_text(&body), JSON_SCAN_DEPTH_MAX, why, sizeof(why)))
        return reply_message(res, 400, "the body is not JSON: %s", why);
    *out = json_loadb(body.data, body.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    /* It refuses some of what is JSON: halves of surrogates, and numbers that it cannot hold. */
    if (!*out && json_error_code(&error) != json_error_out_of_memory)
        return reply_message(res, 400, "the body cannot be read: %s", error.text);
    if (!*out)
        return reply_message(res, 500, "out of memory");
    if (!json_is_object(*out)) {
        json_decref(*out);
        *out = NULL;
        return reply_message(res, 400, "the body must be a JSON object");
    }
    return 0;
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
    case WORLDS_OK:
    case WORLDS_FAILED:
        break;
    }
    return reply_message(res, 500, "the world could not be changed, see the log of mockhere");
}

int admin_store_error(struct response *res, enum store_result result)
{
    if (result == STORE_FULL)
        return reply_message(res, 503, "mockhere is out of disk space; see --data");
    return reply_message(res, 500, "the store failed, see the log of mockhere");
}
