/*
 * Force a status on a dataset or a fine-tuned model.
 */
#include <jansson.h>
#include <string.h>

#include "admin/object.h"
#include "http/reply.h"

/* What a body asks for; the reason belongs to the parsed body. */
struct wish {
    int status;
    const char *reason; /* or NULL */
};

static int refuse_status(struct response *res, enum object_kind kind)
{
    AUTO(buf_done) struct buf names = {0};

    object_status_list(kind, &names);
    if (names.failed)
        return reply_message(res, 500, "out of memory");
    return reply_message(res, 400, "status must be one of %s", names.data);
}

static int read_wish(struct response *res, enum object_kind kind, const json_t *body,
                     struct wish *wish)
{
    const char *status = admin_string(json_object_get(body, "status"));
    const json_t *reason = json_object_get(body, "reason");

    if (!status || !object_status_find(kind, text_of(status), &wish->status))
        return refuse_status(res, kind);
    wish->reason = json_string_value(reason);
    if (reason && !json_is_null(reason) &&
        (!wish->reason || json_string_length(reason) >= LIFE_REASON_SIZE ||
         strlen(wish->reason) != json_string_length(reason)))
        return reply_message(res, 400, "reason must be a string of at most %d bytes",
                             LIFE_REASON_SIZE - 1);
    return 0;
}

/* Where an object is written to. */
struct answer {
    struct json_writer w;
    int64_t now_us;
};

static bool write_object(void *context, const struct object *object)
{
    struct answer *answer = context;

    object_write(object, answer->now_us, &answer->w);
    return true;
}

static int patch_object(const struct admin_call *call, enum object_kind kind, struct request *req,
                        struct response *res)
{
    struct answer answer = {.w = {.out = &res->body}, .now_us = call->world->now_us};
    struct text id = req->params[0];
    json_auto_t *body = NULL;
    enum store_result result;
    struct wish wish = {0};
    int refusal = admin_read_object(req, res, &body);

    if (!refusal)
        refusal = read_wish(res, kind, body, &wish);
    if (refusal)
        return refusal;
    result = object_force(call, kind, id, wish.status, wish.reason);
    if (result == STORE_OK)
        result = object_visit(call, kind, id, write_object, &answer);
    if (result == STORE_NONE)
        return reply_message(res, 404, "there is no %s %.*s", object_kind_name(kind), TEXT_ARG(id));
    return result == STORE_OK ? reply_json(res, 200) : admin_store_error(res, result);
}

int object_patch_dataset(void *context, struct request *req, struct response *res)
{
    return patch_object(context, OBJECT_DATASET, req, res);
}

int object_patch_model(void *context, struct request *req, struct response *res)
{
    return patch_object(context, OBJECT_MODEL, req, res);
}
