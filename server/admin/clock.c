/*
 * The clock of a world: read it, freeze it, let it run at any pace, move it on.
 */
#include <jansson.h>

#include "admin/transitions.h"
#include "base/timestamp.h"
#include "http/reply.h"

/* clang-format off */
static const struct {
    const char *name;
    enum world_clock clock;
} modes[] = {
    {"real",   WORLD_CLOCK_REAL},
    {"frozen", WORLD_CLOCK_FROZEN},
    {"scaled", WORLD_CLOCK_SCALED},
};
/* clang-format on */

static void write_clock(const struct world *world, struct json_writer *w)
{
    const char *mode = "";
    char now[TIMESTAMP_SIZE];

    for (size_t i = 0; i < ARRAY_LEN(modes); i++)
        if (modes[i].clock == world->clock)
            mode = modes[i].name;
    timestamp_format(world->now_us, now);
    json_write_member_string(w, "mode", mode);
    json_write_member_string(w, "now", now);
    if (world->clock == WORLD_CLOCK_SCALED) {
        json_write_key(w, "scale");
        json_write_double(w, (double)world->scale_milli / 1000);
    }
}

static int answer_clock(const struct world *world, struct response *res)
{
    struct json_writer w = {.out = &res->body};

    json_write_object(&w);
    write_clock(world, &w);
    json_write_object_end(&w);
    return reply_json(res, 200);
}

/* Get an optional string member as a time; false if it is there and none. */
static bool get_time(const json_t *object, const char *key, bool *is_set, int64_t *out_us)
{
    const json_t *value = json_object_get(object, key);

    *is_set = value && !json_is_null(value);
    if (!*is_set)
        return true;
    return json_is_string(value) && timestamp_parse(text_of(admin_string(value)), out_us);
}

int clock_get(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;

    (void)req;
    return answer_clock(call->world, res);
}

static bool find_mode(const char *name, enum world_clock *out)
{
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        if (text_eq(text_of(modes[i].name), text_of(name))) {
            *out = modes[i].clock;
            return true;
        }
    }
    return false;
}

/* Get the pace of a scaled clock in thousandths; false if it is none. */
static bool get_scale(const json_t *body, int64_t *out_milli)
{
    const json_t *value = json_object_get(body, "scale");
    double milli = json_number_value(value) * 1000;

    if (!json_is_number(value) || milli < WORLD_SCALE_MILLI_MIN || milli > WORLD_SCALE_MILLI_MAX)
        return false;
    *out_milli = (int64_t)(milli + 0.5);
    return true;
}

static bool has_scale(const json_t *body)
{
    const json_t *value = json_object_get(body, "scale");

    return value && !json_is_null(value);
}

int clock_put(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;
    struct text name = text_of(call->world->name);
    json_auto_t *body = NULL;
    int64_t now_us = call->world->now_us, scale_milli = 0;
    enum worlds_result result;
    enum world_clock clock;
    struct world world;
    bool is_set;
    int refusal = admin_read_object(req, res, &body);

    if (refusal)
        return refusal;
    if (!get_time(body, "now", &is_set, &now_us))
        return reply_message(res, 400, "now must be a time such as 2025-06-01T12:00:00Z");
    if (!find_mode(admin_string(json_object_get(body, "mode")), &clock))
        return reply_message(res, 400, "mode must be real, frozen or scaled");
    if (clock == WORLD_CLOCK_SCALED && !get_scale(body, &scale_milli))
        return reply_message(res, 400, "scale must be a number from 0.001 to 1000000, such as 60");
    if (clock != WORLD_CLOCK_SCALED && has_scale(body))
        return reply_message(res, 400, "scale goes with the mode scaled only");
    if (clock == WORLD_CLOCK_REAL && !is_set)
        now_us = clock_wall_us();
    if (clock == WORLD_CLOCK_SCALED)
        result = worlds_scale_clock(call->admin->worlds, name, now_us, scale_milli, &world);
    else
        result = worlds_set_clock(call->admin->worlds, name, clock, now_us, &world);
    return result == WORLDS_OK ? answer_clock(&world, res) : admin_world_error(res, result);
}

/*
 * Advance. These set the time to move on to and return 0, or answer with a refusal and return its
 * status.
 */

static int read_by(const struct admin_call *call, struct response *res, const json_t *value,
                   int64_t *out_us)
{
    int64_t by_us = 0;

    if (!json_is_string(value) || !duration_parse(text_of(admin_string(value)), &by_us))
        return reply_message(res, 400, "by must be a duration such as 250ms, 10s or 1h30m");
    *out_us = call->world->now_us + by_us;
    return 0;
}

static int read_to(const struct admin_call *call, struct response *res, const json_t *value,
                   int64_t *out_us)
{
    int64_t to_us = 0;

    if (!json_is_string(value) || !timestamp_parse(text_of(admin_string(value)), &to_us))
        return reply_message(res, 400, "to must be a time such as 2025-06-01T12:00:00Z");
    if (to_us < call->world->now_us)
        return reply_message(res, 400, "to is in the past; PUT clock sets it back");
    *out_us = to_us;
    return 0;
}

static int find_next_event(const struct admin_call *call, struct response *res, int64_t *out_us)
{
    int64_t at_us = INT64_MAX;
    enum store_result result = transitions_next(call, &at_us);

    if (result != STORE_OK)
        return admin_store_error(res, result);
    if (at_us == INT64_MAX)
        return reply_message(res, 400,
                             "there is no next event: no dataset and no fine-tuned model of this "
                             "world will change with time alone");
    *out_us = at_us;
    return 0;
}

/* A status that an object is to have. */
struct awaited {
    enum object_kind kind;
    int status;
    int64_t now_us;
    int64_t at_us; /* found: when it has it, now or later; else INT64_MAX */
    int now_status;
};

static bool find_status(void *context, const struct object *object)
{
    struct awaited *awaited = context;
    struct object_event events[LIFE_EVENTS_MAX];
    size_t first = object_events(object, awaited->now_us, events) - 1;
    size_t count = object_events(object, INT64_MAX, events);

    awaited->now_status = events[first].status;
    for (size_t i = first; i < count; i++) {
        if (events[i].status == awaited->status) {
            awaited->at_us = events[i].at_us > awaited->now_us ? events[i].at_us : awaited->now_us;
            break;
        }
    }
    return true;
}

static int find_awaited(const struct admin_call *call, struct response *res, const char *id,
                        struct awaited *awaited, int64_t *out_us)
{
    enum store_result result = object_visit(call, awaited->kind, text_of(id), find_status, awaited);

    if (result == STORE_NONE)
        return reply_message(res, 404, "there is no %s %s", object_kind_name(awaited->kind), id);
    if (result != STORE_OK)
        return admin_store_error(res, result);
    if (awaited->at_us == INT64_MAX)
        return reply_message(res, 400, "%s %s is %s, and time alone will not make it %s",
                             object_kind_name(awaited->kind), id,
                             object_status_name(awaited->kind, awaited->now_status),
                             object_status_name(awaited->kind, awaited->status));
    *out_us = awaited->at_us;
    return 0;
}

static int refuse_status(struct response *res, enum object_kind kind)
{
    AUTO(buf_done) struct buf names = {0};

    object_status_list(kind, &names);
    if (names.failed)
        return reply_message(res, 500, "out of memory");
    return reply_message(res, 400, "until.status must be one of %s", names.data);
}

static int read_until(const struct admin_call *call, struct response *res, const json_t *value,
                      int64_t *out_us)
{
    struct awaited awaited = {.now_us = call->world->now_us, .at_us = INT64_MAX};
    const char *dataset = admin_string(json_object_get(value, "dataset"));
    const char *model = admin_string(json_object_get(value, "finetuned_model"));
    const char *status = admin_string(json_object_get(value, "status"));

    if (text_eq(text_of(admin_string(value)), TEXT("next-event")))
        return find_next_event(call, res, out_us);
    if (!dataset == !model)
        return reply_message(res, 400,
                             "until must be \"next-event\" or an object such as "
                             "{\"dataset\":\"id\",\"status\":\"validated\"} or "
                             "{\"finetuned_model\":\"id\",\"status\":\"STATUS_READY\"}");
    awaited.kind = dataset ? OBJECT_DATASET : OBJECT_MODEL;
    if (!status || !object_status_find(awaited.kind, text_of(status), &awaited.status))
        return refuse_status(res, awaited.kind);
    return find_awaited(call, res, dataset ? dataset : model, &awaited, out_us);
}

typedef int target_fn(const struct admin_call *call, struct response *res, const json_t *value,
                      int64_t *out_us);

/* clang-format off */
static const struct {
    const char *member;
    target_fn *read;
} targets[] = {
    {"by",    read_by},
    {"to",    read_to},
    {"until", read_until},
};
/* clang-format on */

static int read_target(const struct admin_call *call, struct response *res, const json_t *body,
                       int64_t *out_us)
{
    const json_t *value = NULL;
    target_fn *read = NULL;
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        const json_t *member = json_object_get(body, targets[i].member);

        if (!member || json_is_null(member))
            continue;
        read = targets[i].read;
        value = member;
        count++;
    }
    if (count != 1)
        return reply_message(res, 400,
                             "send one of by, such as \"1h30m\", to, a time, and until, such as "
                             "\"next-event\"");
    return read(call, res, value, out_us);
}

int clock_advance(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;
    AUTO(transition_list_done) struct transition_list passed = {0};
    struct json_writer w = {.out = &res->body};
    json_auto_t *body = NULL;
    enum worlds_result result;
    enum store_result found;
    struct world world;
    int64_t to_us = 0;
    int refusal = admin_read_object(req, res, &body);

    if (!refusal)
        refusal = read_target(call, res, body, &to_us);
    if (refusal)
        return refusal;
    /* Before the clock moves: if this fails, nothing has changed. */
    found = transitions_find(call, to_us, &passed);
    if (found != STORE_OK)
        return admin_store_error(res, found);
    result = worlds_advance(call->admin->worlds, text_of(call->world->name),
                            to_us - call->world->now_us, &world);
    if (result != WORLDS_OK)
        return admin_world_error(res, result);
    json_write_object(&w);
    write_clock(&world, &w);
    json_write_key(&w, "transitions");
    transitions_write(&passed, &w);
    json_write_object_end(&w);
    return reply_json(res, 200);
}
