#include "api/call.h"

#include <stdarg.h>

#include "api/errors.h"
#include "base/id.h"
#include "base/json_scan.h"
#include "http/reply.h"

int call_error(const struct call *call, struct response *res, int status, const char *format, ...)
{
    struct json_writer w = {.out = &res->body};
    AUTO(buf_done) struct buf message = {0};
    va_list args;

    va_start(args, format);
    buf_add_vformat(&message, format, args);
    va_end(args);
    buf_clear(&res->body);
    json_write_object(&w);
    if (!(call->flags & ROUTE_FINETUNING)) {
        char id[UUID_SIZE];

        id_uuid(call->world->seed, ID_ANSWER, call->world->serial, id);
        json_write_member_string(&w, "id", id);
    }
    json_write_member_text(&w, "message", buf_text(&message));
    json_write_object_end(&w);
    res->body.failed |= message.failed;
    return reply_json(res, status);
}

int call_store_error(const struct call *call, struct response *res, enum store_result result)
{
    if (result == STORE_FULL)
        return call_error(call, res, ERROR_DISK_FULL);
    return call_error(call, res, ERROR_INTERNAL);
}

static int body_error(const struct call *call, struct response *res, enum body_result result,
                      size_t size_max)
{
    switch (result) {
    case BODY_TOO_LARGE:
        if (size_max == call->api->json_size_max)
            return call_error(call, res, ERROR_BODY_TOO_LARGE, size_max);
        return call_error(call, res, ERROR_OBJECT_TOO_LARGE, size_max);
    case BODY_TIMEOUT:
        return call_error(call, res, ERROR_TIMED_OUT);
    case BODY_CLOSED:
        return call_error(call, res, ERROR_BODY_CUT);
    case BODY_OK:
    case BODY_NO_MEMORY:
        break;
    }
    return call_error(call, res, ERROR_NO_MEMORY);
}

/* The media type of a Content-Type, without its parameters. */
static struct text media_type(struct text content_type)
{
    return text_trim(text_cut(&content_type, ';'));
}

static bool is_declared_json(const struct request *req)
{
    struct text type = media_type(request_header(req, "content-type"));

    /* curl -d sends a form's type unless told otherwise, and the real service reads it as JSON. */
    return type.len == 0 || text_eq_nocase(type, TEXT("application/json")) ||
           text_eq_nocase(type, TEXT("application/x-www-form-urlencoded"));
}

static int read_body(const struct call *call, struct request *req, struct response *res,
                     size_t size_max, struct buf *body)
{
    struct text encoding = request_header(req, "content-encoding");
    enum body_result result;

    if (encoding.len && !text_eq_nocase(encoding, TEXT("identity")))
        return call_error(call, res, ERROR_CONTENT_ENCODING, TEXT_ARG(encoding));
    if (!is_declared_json(req))
        return call_error(call, res, ERROR_CONTENT_TYPE);
    if (size_max > call->api->json_size_max)
        size_max = call->api->json_size_max;
    result = request_read_body(req, size_max, body);
    return result == BODY_OK ? 0 : body_error(call, res, result, size_max);
}

int call_read_body(const struct call *call, struct request *req, struct response *res,
                   struct buf *body)
{
    return read_body(call, req, res, SIZE_MAX, body);
}

int call_read_json(const struct call *call, struct request *req, struct response *res,
                   struct buf *body)
{
    char why[128];
    int refusal = read_body(call, req, res, CALL_JSON_SIZE_MAX, body);

    if (refusal)
        return refusal;
    if (!json_scan_check(buf_text(body), JSON_SCAN_DEPTH_MAX, why, sizeof(why)))
        return call_error(call, res, ERROR_NOT_JSON, why);
    if (text_trim(buf_text(body)).data[0] != '{')
        return call_error(call, res, ERROR_NOT_AN_OBJECT);
    return 0;
}
