/*
 * The clock of a world: read it, freeze it, let it run, move it on.
 */
#include <jansson.h>

#include "admin/call.h"
#include "base/json_scan.h"
#include "base/json_write.h"
#include "base/timestamp.h"
#include "http/reply.h"

enum { BODY_SIZE_MAX = 65536 };

static int answer_clock(const struct world *world, struct response *res)
{
    struct json_writer w = {.out = &res->body};
    char now[TIMESTAMP_SIZE];

    timestamp_format(world->now_us, now);
    json_write_object(&w);
    json_write_member_string(&w, "mode", world->clock == WORLD_CLOCK_FROZEN ? "frozen" : "real");
    json_write_member_string(&w, "now", now);
    json_write_object_end(&w);
    return reply_json(res, 200);
}

/* Read the body as one JSON object. Returns 0, or answers with a refusal and returns its status. */
static int read_object(struct request *req, struct response *res, json_t **out)
{
    AUTO(buf_done) struct buf body = {0};
    char why[128];

    if (request_read_body(req, BODY_SIZE_MAX, &body) != BODY_OK)
        return reply_message(res, 400, "the body could not be read: send JSON of at most %d bytes",
                             BODY_SIZE_MAX);
    /* jansson recurses: the depth is checked first. */
    if (!json_scan_check(buf_text(&body), JSON_SCAN_DEPTH_MAX, why, sizeof(why)))
        return reply_message(res, 400, "the body is not JSON: %s", why);
    *out = json_loadb(body.data, body.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (!*out)
        return reply_message(res, 500, "out of memory");
    if (!json_is_object(*out)) {
        json_decref(*out);
        *out = NULL;
        return reply_message(res, 400, "the body must be a JSON object");
    }
    return 0;
}

/* Get an optional string member as a time; false if it is there and none. */
static bool get_time(const json_t *object, const char *key, bool *is_set, int64_t *out_us)
{
    const json_t *value = json_object_get(object, key);

    *is_set = value && !json_is_null(value);
    if (!*is_set)
        return true;
    return json_is_string(value) && timestamp_parse(text_of(json_string_value(value)), out_us);
}

int clock_get(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;

    (void)req;
    return answer_clock(call->world, res);
}

int clock_put(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;
    struct text name = text_of(call->world->name);
    json_auto_t *body = NULL;
    int64_t now_us = call->world->now_us;
    enum worlds_result result;
    struct text mode;
    struct world world;
    bool is_set;
    int refusal = read_object(req, res, &body);

    if (refusal)
        return refusal;
    mode = text_of(json_string_value(json_object_get(body, "mode")));
    if (!get_time(body, "now", &is_set, &now_us))
        return reply_message(res, 400, "now must be a time such as 2025-06-01T12:00:00Z");
    if (text_eq(mode, TEXT("frozen")))
        result = worlds_set_clock(call->admin->worlds, name, WORLD_CLOCK_FROZEN, now_us, &world);
    else if (text_eq(mode, TEXT("real")))
        result = worlds_set_clock(call->admin->worlds, name, WORLD_CLOCK_REAL,
                                  is_set ? now_us : clock_wall_us(), &world);
    else
        return reply_message(res, 400, "mode must be frozen or real");
    return result == WORLDS_OK ? answer_clock(&world, res) : admin_world_error(res, result);
}

int clock_advance(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;
    json_auto_t *body = NULL;
    const char *by;
    int64_t by_us = 0, to_us;
    enum worlds_result result;
    struct world world;
    bool has_to;
    int refusal = read_object(req, res, &body);

    if (refusal)
        return refusal;
    by = json_string_value(json_object_get(body, "by"));
    if (!get_time(body, "to", &has_to, &to_us))
        return reply_message(res, 400, "to must be a time such as 2025-06-01T12:00:00Z");
    if (has_to == (by != NULL))
        return reply_message(res, 400, "send either by, such as \"1h30m\", or to, a time");
    if (by && !duration_parse(text_of(by), &by_us))
        return reply_message(res, 400, "by must be a duration such as 250ms, 10s or 1h30m");
    if (has_to)
        by_us = to_us - call->world->now_us;
    if (by_us < 0)
        return reply_message(res, 400, "to is in the past; PUT clock sets it back");
    result = worlds_advance(call->admin->worlds, text_of(call->world->name), by_us, &world);
    return result == WORLDS_OK ? answer_clock(&world, res) : admin_world_error(res, result);
}
