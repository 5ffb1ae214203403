#include "http/reply.h"

#include <stdarg.h>

#include "base/json_write.h"
#include "http/router.h"

int reply_json(struct response *res, int status)
{
    if (res->body.failed) {
        buf_clear(&res->body);
        buf_add_string(&res->body, "{\"message\":\"out of memory\"}");
        status = 500;
    }
    response_set_header(res, "content-type", TEXT("application/json"));
    res->status = status;
    return status;
}

int reply_message(struct response *res, int status, const char *format, ...)
{
    struct json_writer w = {.out = &res->body};
    AUTO(buf_done) struct buf message = {0};
    va_list args;

    va_start(args, format);
    buf_add_vformat(&message, format, args);
    va_end(args);
    buf_clear(&res->body);
    json_write_object(&w);
    json_write_member_text(&w, "message", buf_text(&message));
    json_write_object_end(&w);
    res->body.failed |= message.failed;
    return reply_json(res, status);
}

void reply_allow(struct response *res, unsigned methods)
{
    AUTO(buf_done) struct buf names = {0};

    route_list_methods(methods, &names);
    response_set_header_buf(res, "allow", &names);
}

int reply_options(struct response *res, unsigned methods)
{
    reply_allow(res, methods);
    res->status = 204;
    return res->status;
}
