/*
 * The limits of a world, and the rules that all worlds have.
 */
#include "core/limits.h"

#include "admin/call.h"
#include "http/reply.h"

static int answer_limits(const struct world *world, struct response *res)
{
    struct json_writer w = {.out = &res->body};

    limits_write(&world->limits, &w);
    return reply_json(res, 200);
}

int limits_get(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;

    (void)req;
    return answer_limits(call->world, res);
}

int limits_put(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;
    AUTO(buf_done) struct buf problem = {0};
    AUTO(buf_done) struct buf body = {0};
    enum worlds_result result;
    struct world world;
    int refusal = admin_read_body(req, res, ADMIN_BODY_SIZE_MAX, &body);

    if (refusal)
        return refusal;
    result = worlds_set_limits(call->admin->worlds, text_of(call->world->name), buf_text(&body),
                               &problem, &world);
    if (result == WORLDS_REFUSED)
        return admin_refused(res, &problem);
    return result == WORLDS_OK ? answer_limits(&world, res) : admin_world_error(res, result);
}

int rules_get(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;
    struct json_writer w = {.out = &res->body};

    (void)req;
    call->admin->write_rules(&w);
    return reply_json(res, 200);
}
