/*
 * The API keys that a world declares, and those that work wonders where it declares none.
 */
#include "admin/call.h"
#include "core/key_plan.h"
#include "http/reply.h"

enum { BODY_SIZE_MAX = 1 << 20 };

int keys_get(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;
    struct json_writer w = {.out = &res->body};
    AUTO(key_list_done) struct key_list keys = {0};
    enum worlds_result result =
        worlds_get_keys(call->admin->worlds, text_of(call->world->name), &keys);

    (void)req;
    if (result != WORLDS_OK)
        return admin_world_error(res, result);
    key_list_write(&keys, true, &w);
    return reply_json(res, 200);
}

int keys_put(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;
    AUTO(key_list_done) struct key_list keys = {0};
    AUTO(buf_done) struct buf problem = {0};
    AUTO(buf_done) struct buf body = {0};
    enum worlds_result result;
    int refusal = admin_read_body(req, res, BODY_SIZE_MAX, &body);

    if (refusal)
        return refusal;
    if (!key_list_read(buf_text(&body), &keys, &problem))
        return admin_refused(res, &problem);
    result = worlds_set_keys(call->admin->worlds, text_of(call->world->name), &keys);
    return result == WORLDS_OK ? keys_get(context, req, res) : admin_world_error(res, result);
}

int magic_get(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;
    struct json_writer w = {.out = &res->body};

    (void)req;
    json_write_object(&w);
    json_write_member_bool(&w, "on", !call->world->declares_keys);
    json_write_key(&w, "magic_keys");
    key_plans_write_magic(&w);
    json_write_object_end(&w);
    return reply_json(res, 200);
}
