#include "core/lifecycle_json.h"

#include <string.h>

#include "base/json_scan.h"
#include "base/timestamp.h"

enum { POLLS_MAX = 1000000, DEPTH_MAX = 8 };

enum member_kind {
    MEMBER_GROUP,    /* an object with members of its own */
    MEMBER_PRESET,   /* read before the others */
    MEMBER_DURATION, /* these from here on change the lifecycle */
    MEMBER_POLLS,
    MEMBER_STAGE,
    MEMBER_FAILURE, /* null, or a group */
    MEMBER_REASON
};

struct member {
    const char *path;
    enum member_kind kind;
    size_t offset;  /* in struct lifecycle */
    bool is_model;  /* whose stages they are */
    const char *as; /* what to send */
};

#define AT(member) offsetof(struct lifecycle, member)
#define DURATION "a duration such as 250ms, 10s or 1h30m"
#define POLLS "a whole number from 1 to 1000000, or null to go by the clock"
#define FAILURE "an object such as {\"message\":\"...\"}, or null"
#define REASON "a string of at most 255 bytes"
#define DATASET_STAGES "one of queued and processing"
#define MODEL_STAGES "one of STATUS_QUEUED, STATUS_FINETUNING and STATUS_DEPLOYING_API"

/* clang-format off */
static const struct member members[] = {
    {"preset",                          MEMBER_PRESET,   0,                           false, "one of fast, instant and documented"},
    {"dataset",                         MEMBER_GROUP,    0,                           false, "an object"},
    {"dataset.queued",                  MEMBER_DURATION, AT(dataset_queued_us),       false, DURATION},
    {"dataset.processing",              MEMBER_DURATION, AT(dataset_processing_us),   false, DURATION},
    {"dataset.polls",                   MEMBER_POLLS,    AT(dataset_plan.polls),      false, POLLS},
    {"dataset.hold",                    MEMBER_STAGE,    AT(dataset_plan.hold_stage), false, DATASET_STAGES ", or null"},
    {"dataset.failure",                 MEMBER_FAILURE,  AT(dataset_plan.fail_stage), false, FAILURE},
    {"dataset.failure.at",              MEMBER_STAGE,    AT(dataset_plan.fail_stage), false, DATASET_STAGES},
    {"dataset.failure.message",         MEMBER_REASON,   AT(dataset_reason),          false, REASON},
    {"finetuned_model",                 MEMBER_GROUP,    0,                           true,  "an object"},
    {"finetuned_model.queued",          MEMBER_DURATION, AT(model_queued_us),         true,  DURATION},
    {"finetuned_model.training",        MEMBER_DURATION, AT(model_training_us),       true,  DURATION},
    {"finetuned_model.deploying",       MEMBER_DURATION, AT(model_deploying_us),      true,  DURATION},
    {"finetuned_model.polls",           MEMBER_POLLS,    AT(model_plan.polls),        true,  POLLS},
    {"finetuned_model.hold",            MEMBER_STAGE,    AT(model_plan.hold_stage),   true,  MODEL_STAGES ", or null"},
    {"finetuned_model.failure",         MEMBER_FAILURE,  AT(model_plan.fail_stage),   true,  FAILURE},
    {"finetuned_model.failure.at",      MEMBER_STAGE,    AT(model_plan.fail_stage),   true,  MODEL_STAGES},
    {"finetuned_model.failure.message", MEMBER_REASON,   AT(model_reason),            true,  REASON},
};
/* clang-format on */

static const char *stage_name(bool is_model, int stage)
{
    return is_model ? model_status_name((enum model_status)(stage - 1))
                    : dataset_status_name((enum dataset_status)(stage - 1));
}

/*
 * Write
 */

static void write_duration(struct json_writer *w, const char *key, int64_t us)
{
    char text[DURATION_SIZE];

    duration_format(us, text);
    json_write_member_string(w, key, text);
}

static void write_plan(struct json_writer *w, bool is_model, const struct life_plan *plan,
                       const char *reason)
{
    json_write_key(w, "polls");
    if (plan->polls)
        json_write_int(w, plan->polls);
    else
        json_write_null(w);
    json_write_key(w, "hold");
    if (plan->hold_stage)
        json_write_string(w, stage_name(is_model, plan->hold_stage));
    else
        json_write_null(w);
    json_write_key(w, "failure");
    if (!plan->fail_stage) {
        json_write_null(w);
        return;
    }
    json_write_object(w);
    json_write_member_string(w, "at", stage_name(is_model, plan->fail_stage));
    json_write_member_string(w, "message", reason);
    json_write_object_end(w);
}

void lifecycle_write(const struct lifecycle *lifecycle, struct json_writer *w)
{
    json_write_object(w);
    json_write_member_string(w, "preset", lifecycle->name);
    json_write_key(w, "dataset");
    json_write_object(w);
    write_duration(w, "queued", lifecycle->dataset_queued_us);
    write_duration(w, "processing", lifecycle->dataset_processing_us);
    write_plan(w, false, &lifecycle->dataset_plan, lifecycle->dataset_reason);
    json_write_object_end(w);
    json_write_key(w, "finetuned_model");
    json_write_object(w);
    write_duration(w, "queued", lifecycle->model_queued_us);
    write_duration(w, "training", lifecycle->model_training_us);
    write_duration(w, "deploying", lifecycle->model_deploying_us);
    write_plan(w, true, &lifecycle->model_plan, lifecycle->model_reason);
    json_write_object_end(w);
    json_write_object_end(w);
}

/*
 * Read
 */

static const struct member *find_member(struct text path)
{
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        if (text_eq(text_of(members[i].path), path))
            return &members[i];
    return NULL;
}

static bool is_plain(const struct life_plan *plan)
{
    return plan->polls == 0 && plan->hold_stage == 0 && plan->fail_stage == 0;
}

/* The name of the preset that `lifecycle` is, whatever it was read from. */
static const char *name_of(const struct lifecycle *lifecycle)
{
    const struct lifecycle *preset;

    if (!is_plain(&lifecycle->dataset_plan) || !is_plain(&lifecycle->model_plan))
        return "custom";
    for (size_t i = 0; (preset = lifecycle_preset_at(i)); i++)
        if (lifecycle->dataset_queued_us == preset->dataset_queued_us &&
            lifecycle->dataset_processing_us == preset->dataset_processing_us &&
            lifecycle->model_queued_us == preset->model_queued_us &&
            lifecycle->model_training_us == preset->model_training_us &&
            lifecycle->model_deploying_us == preset->model_deploying_us)
            return preset->name;
    return "custom";
}

static bool read_duration(struct text value, int64_t *target)
{
    int64_t us;

    if (!duration_parse(value, &us))
        return false;
    *target = us;
    return true;
}

static bool read_polls(enum json_scan_token token, struct text value, int64_t *target)
{
    int64_t count;

    if (token == JSON_SCAN_NULL) {
        *target = 0;
        return true;
    }
    if (token != JSON_SCAN_NUMBER || !text_to_i64(value, &count) || count < 1 || count > POLLS_MAX)
        return false;
    *target = count;
    return true;
}

static bool read_stage(const struct member *member, struct text value, int *target)
{
    int count = member->is_model ? MODEL_STAGE_COUNT : DATASET_STAGE_COUNT;

    for (int stage = 1; stage <= count; stage++) {
        if (text_eq(text_of(stage_name(member->is_model, stage)), value)) {
            *target = stage;
            return true;
        }
    }
    return false;
}

/* "hold":null lets go; a failure happens somewhere. */
static bool may_be_null(const struct member *member)
{
    return text_has_suffix(text_of(member->path), TEXT(".hold"));
}

static bool read_reason(struct text value, char *target)
{
    if (value.len >= LIFE_REASON_SIZE || memchr(value.data, '\0', value.len))
        return false;
    memcpy(target, value.data, value.len);
    target[value.len] = '\0';
    return true;
}

/* Begin a failure, in the second stage and without a message until the members say otherwise. */
static bool read_failure(const struct member *member, enum json_scan_token token,
                         struct lifecycle *lifecycle)
{
    char *reason = member->is_model ? lifecycle->model_reason : lifecycle->dataset_reason;
    struct life_plan *plan = member->is_model ? &lifecycle->model_plan : &lifecycle->dataset_plan;

    if (token != JSON_SCAN_OBJECT && token != JSON_SCAN_NULL)
        return false;
    plan->fail_stage = token == JSON_SCAN_OBJECT ? 2 : 0;
    reason[0] = '\0';
    return true;
}

static bool read_value(const struct member *member, enum json_scan_token token, struct text value,
                       struct lifecycle *lifecycle)
{
    void *target = (char *)lifecycle + member->offset;
    bool is_string = token == JSON_SCAN_STRING;

    switch (member->kind) {
    case MEMBER_GROUP:
        return token == JSON_SCAN_OBJECT;
    case MEMBER_PRESET:
        return true;
    case MEMBER_DURATION:
        return is_string && read_duration(value, target);
    case MEMBER_POLLS:
        return read_polls(token, value, target);
    case MEMBER_STAGE:
        if (token == JSON_SCAN_NULL && may_be_null(member)) {
            *(int *)target = 0;
            return true;
        }
        return is_string && read_stage(member, value, target);
    case MEMBER_FAILURE:
        return read_failure(member, token, lifecycle);
    case MEMBER_REASON:
        return is_string && read_reason(value, target);
    }
    return false;
}

static bool must_be(const struct member *member, struct buf *problem)
{
    buf_add_format(problem, "%s must be %s", member->path, member->as);
    return false;
}

/* Begin with what "preset" names, wherever it stands. "custom" is what GET says of any other. */
static bool read_preset(struct text json, struct lifecycle *lifecycle, struct buf *problem)
{
    struct json_scan scan;

    json_scan_init(&scan, json, DEPTH_MAX);
    (void)json_scan_next(&scan);
    while (json_scan_next(&scan) == JSON_SCAN_KEY) {
        const struct lifecycle *preset;
        size_t i = 0;

        if (!json_scan_is(&scan, TEXT("preset"))) {
            (void)json_scan_skip(&scan);
            continue;
        }
        if (json_scan_next(&scan) == JSON_SCAN_STRING && json_scan_is(&scan, TEXT("custom")))
            continue;
        while ((preset = lifecycle_preset_at(i)) &&
               (scan.token != JSON_SCAN_STRING || !json_scan_is(&scan, text_of(preset->name))))
            i++;
        if (!preset)
            return must_be(&members[0], problem);
        *lifecycle = *preset;
    }
    return true;
}

/* Where a walk through the members is. */
struct walk {
    struct json_scan scan;
    struct buf path;            /* of the last key, such as "dataset.failure.at" */
    struct buf scratch;         /* of unescaped strings */
    size_t base[DEPTH_MAX + 1]; /* the length of the path of the object open at each depth */
};

static void walk_done(struct walk *walk)
{
    buf_done(&walk->path);
    buf_done(&walk->scratch);
}

static bool enter_key(struct walk *walk)
{
    size_t base = walk->base[walk->scan.depth];
    struct text key;

    if (!json_scan_string(&walk->scan, &walk->scratch, &key))
        return false;
    if (walk->path.data)
        buf_truncate(&walk->path, base);
    if (base)
        buf_add_char(&walk->path, '.');
    buf_add_text(&walk->path, key);
    return !walk->path.failed;
}

static bool no_memory(struct buf *problem)
{
    problem->failed = true;
    return false;
}

static bool take_value(struct walk *walk, struct lifecycle *lifecycle, struct buf *problem)
{
    struct json_scan *scan = &walk->scan;
    const struct member *member = find_member(buf_text(&walk->path));
    struct text value = scan->value;

    if (!member) {
        buf_add_format(problem, "a lifecycle has no member %.*s; GET lifecycle shows all",
                       TEXT_ARG(buf_text(&walk->path)));
        return false;
    }
    if (scan->token == JSON_SCAN_STRING && !json_scan_string(scan, &walk->scratch, &value))
        return no_memory(problem);
    if (!read_value(member, scan->token, value, lifecycle))
        return must_be(member, problem);
    if (scan->token == JSON_SCAN_OBJECT)
        walk->base[scan->depth] = walk->path.len;
    return true;
}

static bool read_members(struct walk *walk, struct lifecycle *lifecycle, struct buf *problem)
{
    for (;;) {
        switch (json_scan_next(&walk->scan)) {
        case JSON_SCAN_END:
            return true;
        case JSON_SCAN_ERROR:
            buf_add_format(problem, "the body is not JSON: %s", walk->scan.error);
            return false;
        case JSON_SCAN_OBJECT_END:
            break;
        case JSON_SCAN_KEY:
            if (!enter_key(walk))
                return no_memory(problem);
            break;
        case JSON_SCAN_OBJECT:
        case JSON_SCAN_ARRAY:
        case JSON_SCAN_ARRAY_END:
        case JSON_SCAN_STRING:
        case JSON_SCAN_NUMBER:
        case JSON_SCAN_TRUE:
        case JSON_SCAN_FALSE:
        case JSON_SCAN_NULL:
            if (!take_value(walk, lifecycle, problem))
                return false;
            break;
        }
    }
}

bool lifecycle_read(struct text json, struct lifecycle *lifecycle, struct buf *problem)
{
    AUTO(walk_done) struct walk walk = {.base = {0}};
    struct lifecycle changed = *lifecycle;

    json_scan_init(&walk.scan, json, DEPTH_MAX);
    if (json_scan_next(&walk.scan) == JSON_SCAN_ERROR) {
        buf_add_format(problem, "the body is not JSON: %s", walk.scan.error);
        return false;
    }
    if (walk.scan.token != JSON_SCAN_OBJECT) {
        buf_add_string(problem, "the body must be a JSON object");
        return false;
    }
    if (!read_preset(json, &changed, problem) || !read_members(&walk, &changed, problem))
        return false;
    changed.name = name_of(&changed);
    *lifecycle = changed;
    return true;
}
