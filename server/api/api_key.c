/*
 * POST /v1/check-api-key. A call that came this far has a key that is good.
 */
#include "api/call.h"
#include "api/handlers.h"
#include "base/id.h"
#include "base/json_write.h"
#include "http/reply.h"

int api_key_check(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    struct json_writer w = {.out = &res->body};
    char organization_id[UUID_SIZE], owner_id[UUID_SIZE];

    (void)req;
    /* The same as a fine-tuned model's `organization_id` and `creator_id`. */
    id_uuid(call->world->seed, ID_ORGANIZATION, 0, organization_id);
    id_uuid(call->world->seed, ID_OWNER, 0, owner_id);
    json_write_object(&w);
    json_write_member_bool(&w, "valid", true);
    json_write_member_string(&w, "organization_id", organization_id);
    json_write_member_string(&w, "owner_id", owner_id);
    json_write_object_end(&w);
    return reply_json(res, 200);
}
