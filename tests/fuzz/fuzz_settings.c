/*
 * What is read back from the store or was put there by a client: the first byte chooses a
 * lifecycle, limits, declared keys, the steps of a life, a page token, a signed token, or a link.
 *
 * A refusal changes nothing and has a sentence; what was read is written and read again to the
 * same; and no token is taken that was not given out.
 */
#include <string.h>

#include "api/link.h"
#include "api/page_token.h"
#include "base/json_scan.h"
#include "core/key_plan.h"
#include "core/lifecycle_json.h"
#include "core/limits.h"
#include "fuzz/fuzz.h"
#include "fuzz/json_mutator.h"

static void demand_problem(const struct buf *problem)
{
    demand(!problem->failed && problem->len > 0, "a refusal has a sentence");
}

static bool is_json(struct text t)
{
    char why[96];

    return json_scan_check(t, JSON_SCAN_DEPTH_MAX, why, sizeof(why));
}

static bool plans_are_equal(const struct life_plan *a, const struct life_plan *b)
{
    return a->polls == b->polls && a->hold_stage == b->hold_stage && a->fail_stage == b->fail_stage;
}

static bool are_equal(const struct lifecycle *a, const struct lifecycle *b)
{
    return a->name == b->name && a->dataset_queued_us == b->dataset_queued_us &&
           a->dataset_processing_us == b->dataset_processing_us &&
           a->model_queued_us == b->model_queued_us &&
           a->model_training_us == b->model_training_us &&
           a->model_deploying_us == b->model_deploying_us &&
           plans_are_equal(&a->dataset_plan, &b->dataset_plan) &&
           plans_are_equal(&a->model_plan, &b->model_plan) &&
           strcmp(a->dataset_reason, b->dataset_reason) == 0 &&
           strcmp(a->model_reason, b->model_reason) == 0;
}

static void check_lifecycle(struct text json)
{
    struct lifecycle read = *lifecycle_preset("fast"), again = *lifecycle_preset("documented");
    AUTO(buf_done) struct buf problem = {0}, written = {0};
    struct json_writer w = {.out = &written};

    if (!lifecycle_read(json, &read, &problem)) {
        demand(memcmp(&read, lifecycle_preset("fast"), sizeof(read)) == 0, "it changes nothing");
        demand_problem(&problem);
        return;
    }
    demand(is_json(json), "what is read is JSON");
    lifecycle_write(&read, &w);
    demand(lifecycle_read(buf_text(&written), &again, &problem), "what was written is read");
    demand(are_equal(&again, &read), "to the same lifecycle");
}

static void check_limits(struct text json)
{
    struct limits defaults = limits_default(), read = defaults, again;
    AUTO(buf_done) struct buf problem = {0}, written = {0};
    struct json_writer w = {.out = &written};

    if (!limits_read(json, &read, &problem)) {
        for (size_t i = 0; i < limit_field_count; i++)
            demand(limit_get(&read, &limit_fields[i]) == limit_get(&defaults, &limit_fields[i]),
                   "it changes nothing");
        demand_problem(&problem);
        return;
    }
    demand(is_json(json), "what is read is JSON");
    for (size_t i = 0; i < limit_field_count; i++) {
        int64_t value = limit_get(&read, &limit_fields[i]);

        demand(value >= limit_fields[i].min && value <= limit_fields[i].max, "limits are limited");
    }
    limits_write(&read, &w);
    again = defaults;
    demand(limits_read(buf_text(&written), &again, &problem), "what was written is read");
    for (size_t i = 0; i < limit_field_count; i++)
        demand(limit_get(&read, &limit_fields[i]) == limit_get(&again, &limit_fields[i]),
               "to the same limits");
}

/* Keys that begin with `sk-`, as no sentence of ours does. */
static void demand_no_secret(struct text json, struct text told)
{
    struct json_scan scan;

    json_scan_init(&scan, json, JSON_SCAN_DEPTH_MAX);
    while (json_scan_next(&scan) > JSON_SCAN_END)
        if (scan.token == JSON_SCAN_STRING && text_has_prefix(scan.value, TEXT("sk-")))
            demand(text_find(told, scan.value) == told.len, "no key is told");
}

static void check_keys(struct text json)
{
    AUTO(key_list_done) struct key_list read = {0}, again = {0};
    AUTO(buf_done) struct buf problem = {0}, written = {0}, seen = {0};
    struct json_writer w = {.out = &written}, w_seen = {.out = &seen};

    if (!key_list_read(json, &read, &problem)) {
        demand(read.count == 0 && !read.items, "it changes nothing");
        demand_problem(&problem);
        demand_no_secret(json, buf_text(&problem));
        return;
    }
    demand(is_json(json), "what is read is JSON");
    for (size_t i = 0; i < read.count; i++) {
        demand(i == 0 || strcmp(read.items[i - 1].digest, read.items[i].digest) < 0, "in order");
        demand(key_list_find(&read, read.items[i].digest) == read.items[i].plan, "to be found");
    }
    key_list_write(&read, false, &w);
    key_list_write(&read, true, &w_seen);
    demand_no_secret(json, buf_text(&written));
    demand_no_secret(json, buf_text(&seen));
    demand(key_list_read(buf_text(&written), &again, &problem), "what was written is read");
    demand(again.count == read.count, "to as many keys");
    for (size_t i = 0; i < read.count; i++)
        demand(key_list_find(&again, read.items[i].digest) == read.items[i].plan, "and the same");
}

static void check_steps(struct text stored)
{
    AUTO(buf_done) struct buf written = {0};
    struct life_steps steps = {.count = 0}, again;

    if (!life_steps_read(stored, &steps))
        return;
    life_steps_write(&steps, &written);
    demand(life_steps_read(buf_text(&written), &again), "what was written is read");
    demand(again.count == steps.count, "to as many steps");
    for (size_t i = 0; i < steps.count; i++)
        demand(again.items[i].status == steps.items[i].status &&
                   again.items[i].at_us == steps.items[i].at_us,
               "and the same");
    life_steps_add(&steps, 1, steps.count ? steps.items[0].at_us : 0);
    demand(steps.count >= 1 && steps.count <= LIFE_STEPS_MAX, "steps have their limit");
}

static void check_page_token(struct text token)
{
    struct text list = take_text(&token);
    char right[PAGE_TOKEN_SIZE];
    uint64_t position = 42;

    if (!page_token_read(list, token, &position)) {
        demand(position == 42, "it changes nothing");
        page_token_write(list, take_number(&token, 8), right);
        demand(page_token_read(list, text_of(right), &position), "ours are taken");
        return;
    }
    page_token_write(list, position, right);
    demand_text(token, text_of(right), "no other is");
}

static const uint8_t sign_key[SIGN_KEY_SIZE] = "a key of the fuzzer";

static void check_signed(struct text token)
{
    AUTO(buf_done) struct buf opened = {0}, ours = {0}, again = {0};
    size_t at = take_byte(&token);
    uint8_t flip = take_byte(&token);

    if (sign_open(sign_key, token, &opened)) {
        sign_token(sign_key, buf_text(&opened), &ours);
        demand_text(token, buf_text(&ours), "no token is taken but ours");
        return;
    }
    sign_token(sign_key, token, &ours);
    demand(sign_open(sign_key, buf_text(&ours), &again), "ours is taken");
    demand_text(buf_text(&again), token, "with what was signed");
    buf_clear(&again);
    ours.data[at % ours.len] = (char)(ours.data[at % ours.len] ^ flip);
    demand(!flip || !sign_open(sign_key, buf_text(&ours), &again), "a changed one is not");
    demand(again.len == 0, "and nothing of it is given");
}

/* The payload is the fuzzer's, and rightly signed. */
static void check_link(struct text payload)
{
    AUTO(buf_done) struct buf token = {0};
    struct api api = {.json_size_max = 0};
    struct link link = {.part = 42};

    demand(link_read(&api, payload, &link) == LINK_FORGED, "what was not signed is no link");
    memcpy(api.link_key, sign_key, sizeof(sign_key));
    sign_token(sign_key, payload, &token);
    if (link_read(&api, buf_text(&token), &link) != LINK_OK) {
        demand(link.part == 42, "it changes nothing");
        return;
    }
    demand(link.part < PARTS_MAX, "there is such a part");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const checks[])(struct text) = {
        check_lifecycle,  check_limits, check_keys, check_steps,
        check_page_token, check_signed, check_link,
    };
    struct text rest = {(const char *)data, size};

    if (size > 0 && size < 4096)
        checks[take_byte(&rest) % ARRAY_LEN(checks)](rest);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    return json_mutate(data, size, size_max, seed, 1);
}
