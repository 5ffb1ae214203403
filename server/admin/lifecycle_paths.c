/*
 * The life of what will be created in a world: read it, change it.
 */
#include "admin/call.h"
#include "base/json_write.h"
#include "core/lifecycle_json.h"
#include "http/reply.h"

static int answer_lifecycle(const struct world *world, struct response *res)
{
    struct json_writer w = {.out = &res->body};

    lifecycle_write(&world->lifecycle, &w);
    return reply_json(res, 200);
}

int lifecycle_get(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;

    (void)req;
    return answer_lifecycle(call->world, res);
}

int lifecycle_put(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;
    AUTO(buf_done) struct buf body = {0}, problem = {0};
    enum worlds_result result;
    struct world world;
    int refusal = admin_read_body(req, res, ADMIN_BODY_SIZE_MAX, &body);

    if (refusal)
        return refusal;
    result = worlds_set_lifecycle(call->admin->worlds, text_of(call->world->name), buf_text(&body),
                                  &problem, &world);
    if (result == WORLDS_REFUSED)
        return admin_refused(res, &problem);
    return result == WORLDS_OK ? answer_lifecycle(&world, res) : admin_world_error(res, result);
}
