#include "core/limits.h"

#include <string.h>

#include "base/json_scan.h"
#include "base/nearest.h"

struct limits limits_default(void)
{
    return (struct limits){
        .dataset = dataset_limits_default,
        .trial_rerank_per_minute = 10,
        .trial_default_per_minute = 500,
        .trial_per_month = 1000,
        .production_rerank_per_minute = 1000,
        .production_default_per_minute = 500,
    };
}

#define AT(member) #member, offsetof(struct limits, member), sizeof(((struct limits *)0)->member)
#define AT_DATASET(member)                                                                         \
#member, offsetof(struct limits, dataset.member), sizeof(((struct limits *)0)->dataset.member)

/* clang-format off */
const struct limit_field limit_fields[] = {
    {AT_DATASET(dataset_bytes_max), 1, INT64_MAX,  "bytes of one upload, both files together"},
    {AT_DATASET(world_bytes_max),   1, INT64_MAX,  "bytes of all uploads of a world"},
    {AT_DATASET(line_bytes_max),    1, 1 << 30,    "bytes of one line"},
    {AT_DATASET(queries_max),       1, 2000000,    "distinct queries, or rows of types without, of one file"},
    {AT_DATASET(train_queries_min), 0, UINT32_MAX, "distinct queries of a training file for rerank"},
    {AT_DATASET(eval_queries_min),  0, UINT32_MAX, "distinct queries of an evaluation file for rerank"},
    {AT_DATASET(train_labelled_min), 0, UINT32_MAX, "examples of a training file for classification"},
    {AT_DATASET(eval_labelled_min), 0, UINT32_MAX, "examples of an evaluation file for classification"},
    {AT_DATASET(prompts_min),       0, UINT32_MAX, "examples of a training file of prompts"},
    {AT(jobs_per_day),              0, INT64_MAX,  "fine-tuning jobs created in 24 hours; 0: as many as you like"},
    {AT(jobs_total),                0, INT64_MAX,  "fine-tuned models; 0: as many as you like"},
    {AT(trial_rerank_per_minute),       0, UINT32_MAX, "rerank calls a minute with a trial key"},
    {AT(trial_default_per_minute),      0, UINT32_MAX, "other calls a minute with a trial key"},
    {AT(trial_per_month),               0, UINT32_MAX, "calls a month with a trial key"},
    {AT(production_rerank_per_minute),  0, UINT32_MAX, "rerank calls a minute with a production key"},
    {AT(production_default_per_minute), 0, UINT32_MAX, "other calls a minute with a production key"},
};
/* clang-format on */

const size_t limit_field_count = ARRAY_LEN(limit_fields);

int64_t limit_get(const struct limits *limits, const struct limit_field *field)
{
    const char *at = (const char *)limits + field->offset;
    uint32_t narrow;
    int64_t wide;

    if (field->size == sizeof(narrow)) {
        memcpy(&narrow, at, sizeof(narrow));
        return narrow;
    }
    memcpy(&wide, at, sizeof(wide));
    return wide;
}

static void limit_set(struct limits *limits, const struct limit_field *field, int64_t value)
{
    char *at = (char *)limits + field->offset;
    uint32_t narrow = (uint32_t)value;

    if (field->size == sizeof(narrow))
        memcpy(at, &narrow, sizeof(narrow));
    else
        memcpy(at, &value, sizeof(value));
}

static const struct limit_field *find_field(struct text name, const char **nearest)
{
    size_t distance_min = SIZE_MAX;

    for (size_t i = 0; i < ARRAY_LEN(limit_fields); i++) {
        size_t distance = text_distance(name, text_of(limit_fields[i].name));

        if (text_eq(name, text_of(limit_fields[i].name)))
            return &limit_fields[i];
        if (distance < distance_min) {
            distance_min = distance;
            *nearest = limit_fields[i].name;
        }
    }
    return NULL;
}

/* Read the value of the member whose name was read last. */
static bool read_member(struct json_scan *scan, struct limits *limits, struct buf *problem)
{
    AUTO(buf_done) struct buf scratch = {0};
    const struct limit_field *field;
    const char *nearest = "";
    enum json_scan_token token;
    struct text name = {0};
    int64_t value;

    if (!json_scan_string(scan, &scratch, &name)) {
        problem->failed = true;
        return false;
    }
    field = find_field(name, &nearest);
    if (!field) {
        buf_add_format(problem, "there is no limit '%.*s'; did you mean %s?", TEXT_ARG(name),
                       nearest);
        return false;
    }
    token = json_scan_next(scan);
    if (token == JSON_SCAN_NULL)
        return true;
    if (token != JSON_SCAN_NUMBER || !text_to_i64(scan->value, &value) || value < field->min ||
        value > field->max) {
        buf_add_format(problem, "%s must be a whole number from %lld to %lld", field->name,
                       (long long)field->min, (long long)field->max);
        return false;
    }
    limit_set(limits, field, value);
    return true;
}

bool limits_read(struct text json, struct limits *limits, struct buf *problem)
{
    struct limits changed = *limits;
    struct json_scan scan;
    char why[96];

    if (!json_scan_check(json, JSON_SCAN_DEPTH_MAX, why, sizeof(why))) {
        buf_add_format(problem, "limits are not JSON: %s", why);
        return false;
    }
    json_scan_init(&scan, json, JSON_SCAN_DEPTH_MAX);
    if (json_scan_next(&scan) != JSON_SCAN_OBJECT) {
        buf_add_string(problem, "limits must be a JSON object");
        return false;
    }
    while (json_scan_next(&scan) == JSON_SCAN_KEY)
        if (!read_member(&scan, &changed, problem))
            return false;
    *limits = changed;
    return true;
}

void limits_write(const struct limits *limits, struct json_writer *w)
{
    json_write_object(w);
    for (size_t i = 0; i < ARRAY_LEN(limit_fields); i++)
        json_write_member_int(w, limit_fields[i].name, limit_get(limits, &limit_fields[i]));
    json_write_object_end(w);
}
