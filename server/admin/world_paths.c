/*
 * Worlds as a whole: their seed, their list, their end.
 */
#include <jansson.h>

#include "admin/call.h"
#include "base/json_write.h"
#include "base/timestamp.h"
#include "http/reply.h"

static int answer_seed(const struct world *world, struct response *res)
{
    struct json_writer w = {.out = &res->body};

    json_write_object(&w);
    json_write_member_int(&w, "seed", (int64_t)world->seed);
    json_write_object_end(&w);
    return reply_json(res, 200);
}

int seed_get(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;

    (void)req;
    return answer_seed(call->world, res);
}

int seed_put(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;
    json_auto_t *body = NULL;
    enum worlds_result result;
    const json_t *seed;
    struct world world;
    int refusal = admin_read_object(req, res, &body);

    if (refusal)
        return refusal;
    seed = json_object_get(body, "seed");
    if (!json_is_integer(seed) || json_integer_value(seed) < 0)
        return reply_message(res, 400, "seed must be a whole number from 0 to %lld",
                             (long long)INT64_MAX);
    result = worlds_set_seed(call->admin->worlds, text_of(call->world->name),
                             (uint64_t)json_integer_value(seed), &world);
    return result == WORLDS_OK ? answer_seed(&world, res) : admin_world_error(res, result);
}

/* Write a world of the list; one that was dropped since it was found is left out. */
static bool write_world(const struct admin_call *call, const char *name, struct json_writer *w)
{
    struct store *store = call->admin->store;
    int64_t datasets, models;
    struct world world;
    char now[TIMESTAMP_SIZE];
    enum worlds_result result = worlds_look(call->admin->worlds, text_of(name), &world);

    if (result != WORLDS_OK)
        return result == WORLDS_NONE;
    if (store_dataset_count(store, name, NULL, world.now_us - dataset_lifetime_us, &datasets) !=
            STORE_OK ||
        store_model_count(store, name, &models) != STORE_OK)
        return false;
    timestamp_format(world.now_us, now);
    json_write_object(w);
    json_write_member_string(w, "name", name);
    json_write_member_string(w, "now", now);
    json_write_member_int(w, "seed", (int64_t)world.seed);
    json_write_member_string(w, "lifecycle", world.lifecycle.name);
    json_write_member_int(w, "datasets", datasets);
    json_write_member_int(w, "finetuned_models", models);
    json_write_object_end(w);
    return true;
}

int worlds_get(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;
    AUTO(name_list_done) struct name_list names = {0};
    struct json_writer w = {.out = &res->body};
    enum worlds_result result = worlds_list(call->admin->worlds, &names);

    (void)req;
    if (result != WORLDS_OK)
        return admin_world_error(res, result);
    json_write_object(&w);
    json_write_key(&w, "worlds");
    json_write_array(&w);
    for (size_t i = 0; i < names.count; i++)
        if (!write_world(call, names.items[i], &w))
            return admin_store_error(res, STORE_FAILED);
    json_write_array_end(&w);
    json_write_member_int(&w, "total", (int64_t)names.count);
    json_write_object_end(&w);
    return reply_json(res, 200);
}

int worlds_delete(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;
    struct text name = req->params[0];
    struct world world;
    enum worlds_result result = worlds_look(call->admin->worlds, name, &world);

    if (result == WORLDS_NONE)
        return reply_message(res, 404, "there is no world %.*s", TEXT_ARG(name));
    if (result == WORLDS_OK)
        result = worlds_reset(call->admin->worlds, name);
    if (result != WORLDS_OK)
        return admin_world_error(res, result);
    buf_add_string(&res->body, "{}");
    return reply_json(res, 200);
}
