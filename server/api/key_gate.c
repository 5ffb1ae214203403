#include "api/key_gate.h"

#include <string.h>

#include "api/errors.h"
#include "api/rate_limit.h"

enum { SLOW_MS = 2000 };

/* Cut the key out of an Authorization header; `data` is NULL if there is none. */
static struct text bearer_key(struct text authorization)
{
    struct text rest = text_trim(authorization);
    struct text scheme = text_cut(&rest, ' ');

    if (!text_eq_nocase(scheme, TEXT("bearer")))
        return (struct text){0};
    return text_trim(rest);
}

/* The key without an `@NAME` that names its world. */
static struct text without_world(struct text key, const struct world *world)
{
    struct text name = text_of(world->name);

    if (key.len > name.len && text_has_suffix(key, name) && key.data[key.len - name.len - 1] == '@')
        key.len -= name.len + 1;
    return key;
}

static enum key_plan find_plan(const struct call *call, struct text key)
{
    struct text bare = without_world(key, call->world);
    struct text name = text_of(call->world->name);
    char digest[SHA256_HEX_SIZE];
    enum key_plan plan;

    if (!call->world->declares_keys)
        return key_plan_of_magic(key);
    sha256_hex(key, digest);
    plan = worlds_find_key(call->api->worlds, name, digest);
    if (plan != KEY_INVALID || bare.len == key.len)
        return plan;
    sha256_hex(bare, digest);
    return worlds_find_key(call->api->worlds, name, digest);
}

static struct hash128 id_of(const struct call *call, struct text key)
{
    return hash128(without_world(key, call->world), call->world->incarnation);
}

static int refuse_rate(const struct call *call, struct response *res, const struct key_use *use,
                       enum rate_verdict verdict)
{
    response_set_header(res, "retry-after", TEXT("1"));
    if (use->plan != KEY_TRIAL)
        return call_error(call, res, ERROR_RATE_PRODUCTION);
    if (verdict == RATE_PAST_MONTH)
        return call_error(call, res, ERROR_RATE_TRIAL_MONTH, (long long)use->per_month_max);
    return call_error(call, res, ERROR_RATE_TRIAL_MINUTE, (long long)use->per_minute_max);
}

/* Count a call with a trial or a production key. */
static int count_call(const struct call *call, struct response *res, struct text key,
                      struct key_use *use)
{
    const struct limits *limits = &call->world->limits;
    struct rate_call counted = {
        .key = id_of(call, key),
        .class = call->flags & ROUTE_RERANK ? RATE_RERANK : RATE_DEFAULT,
        .now_us = call->world->now_us,
    };
    enum rate_verdict verdict;

    if (use->plan == KEY_TRIAL) {
        use->per_month_max = limits->trial_per_month;
        use->per_minute_max = counted.class == RATE_RERANK ? limits->trial_rerank_per_minute
                                                           : limits->trial_default_per_minute;
    } else {
        use->per_month_max = INT64_MAX;
        use->per_minute_max = counted.class == RATE_RERANK ? limits->production_rerank_per_minute
                                                           : limits->production_default_per_minute;
    }
    counted.per_month_max = use->per_month_max;
    counted.per_minute_max = use->per_minute_max;
    verdict = rate_limiter_count(call->api->rates, &counted, &use->per_minute_left);
    return verdict == RATE_FINE ? 0 : refuse_rate(call, res, use, verdict);
}

static int apply_plan(const struct call *call, struct response *res, struct text key,
                      struct key_use *use)
{
    switch (use->plan) {
    case KEY_PRODUCTION:
    case KEY_TRIAL:
        return count_call(call, res, key, use);
    case KEY_EXPIRED:
        return call_error(call, res, ERROR_KEY_EXPIRED);
    case KEY_INVALID:
        return call_error(call, res, ERROR_KEY_INVALID);
    case KEY_BLOCKED:
        return call_error(call, res, ERROR_KEY_BLOCKED);
    case KEY_LIMITED:
        return refuse_rate(call, res, use, RATE_PAST_MINUTE);
    case KEY_FLAKY:
        if (rate_limiter_number(call->api->rates, id_of(call, key)) % 3 == 0)
            return call_error(call, res, ERROR_FLAKY);
        break;
    case KEY_SLOW:
    case KEY_ANY:
    case KEY_PLAN_COUNT:
        break;
    }
    return 0;
}

int key_gate_check(const struct call *call, const struct request *req, struct response *res,
                   struct key_use *out)
{
    struct text authorization = text_trim(request_header(req, "authorization"));
    struct text key = bearer_key(authorization);

    *out = (struct key_use){.plan = KEY_ANY};
    if (call->flags & ROUTE_OPEN || (call->api->anonymous && key.len == 0))
        return 0;
    if (authorization.len == 0 || text_eq_nocase(authorization, TEXT("bearer")))
        return call_error(call, res, ERROR_NO_KEY);
    if (key.len == 0)
        return call_error(call, res, ERROR_KEY_INVALID);
    out->plan = find_plan(call, key);
    return apply_plan(call, res, key, out);
}

static void set_number(struct response *res, const char *name, int64_t number)
{
    AUTO(buf_done) struct buf value = {0};

    buf_add_uint(&value, (unsigned long long)number);
    response_set_header_buf(res, name, &value);
}

void key_gate_mark(const struct key_use *use, struct response *res)
{
    bool is_good = res->status >= 200 && res->status < 300;

    if (use->plan == KEY_SLOW)
        res->late_ms = SLOW_MS;
    if (use->plan != KEY_TRIAL || !(is_good || res->status == 404))
        return;
    set_number(res, "x-endpoint-monthly-call-limit", use->per_month_max);
    set_number(res, "x-trial-endpoint-call-limit", use->per_minute_max);
    set_number(res, "x-trial-endpoint-call-remaining", use->per_minute_left);
}
