/*
 * POST /__mockhere/verify: was that called which a test expects?
 */
#include <stdlib.h>
#include <string.h>

#include "admin/call.h"
#include "admin/differences.h"
#include "admin/wiremock.h"
#include "base/secret.h"
#include "http/reply.h"
#include "stubs/near_miss.h"
#include "stubs/verification.h"

enum { PATTERNS_MAX = 64, WITHIN_MS_MAX = 60000, CALLS_MAX = 1000000000, OTHERS_SHOWN_MAX = 3 };

/* What was sent. */
struct expectation {
    json_t *json; /* owned */
    struct request_pattern *patterns[PATTERNS_MAX];
    struct verification verification;
    bool has_count, has_bounds, has_within;
    uint32_t within_ms;
};

static void expectation_done(struct expectation *e)
{
    for (size_t i = 0; i < e->verification.pattern_count; i++)
        request_pattern_free(e->patterns[i]);
    json_decref(e->json);
}

static bool wrong(struct match_error *error, const char *name, const char *detail)
{
    (void)snprintf(error->pointer, sizeof(error->pointer), "/%.64s", name);
    (void)snprintf(error->detail, sizeof(error->detail), "%s", detail);
    return false;
}

static bool add_pattern(struct expectation *e, json_t *json, const char *pointer,
                        struct match_error *error)
{
    struct request_pattern *pattern;

    if (!wiremock_hide_secrets(json))
        return wrong(error, pointer + 1, "out of memory");
    pattern = request_pattern_new(json, pointer, error);
    if (!pattern)
        return false;
    e->patterns[e->verification.pattern_count++] = pattern;
    return true;
}

static bool read_pattern(struct expectation *e, const char *name, json_t *value,
                         struct match_error *error)
{
    (void)name;
    return add_pattern(e, value, "/pattern", error);
}

static bool read_order(struct expectation *e, const char *name, json_t *value,
                       struct match_error *error)
{
    size_t count = json_array_size(value);
    char pointer[32];

    if (count == 0 || count > PATTERNS_MAX)
        return wrong(error, name, "expected a list of 1 to 64 request patterns");
    e->verification.in_order = true;
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(pointer, sizeof(pointer), "/order/%zu", i);
        if (!add_pattern(e, json_array_get(value, i), pointer, error))
            return false;
    }
    return true;
}

static bool read_number(json_t *value, const char *name, json_int_t max, json_int_t *out,
                        struct match_error *error)
{
    char detail[64];

    *out = json_integer_value(value);
    if (json_is_integer(value) && *out >= 0 && *out <= max)
        return true;
    (void)snprintf(detail, sizeof(detail), "expected a whole number from 0 to %lld",
                   (long long)max);
    return wrong(error, name, detail);
}

static bool read_count(struct expectation *e, const char *name, json_t *value,
                       struct match_error *error)
{
    json_int_t number;

    if (!read_number(value, name, CALLS_MAX, &number, error))
        return false;
    e->has_count = true;
    e->verification.least = e->verification.most = (uint64_t)number;
    return true;
}

static bool read_at_least(struct expectation *e, const char *name, json_t *value,
                          struct match_error *error)
{
    json_int_t number;

    if (!read_number(value, name, CALLS_MAX, &number, error))
        return false;
    e->has_bounds = true;
    e->verification.least = (uint64_t)number;
    return true;
}

static bool read_at_most(struct expectation *e, const char *name, json_t *value,
                         struct match_error *error)
{
    json_int_t number;

    if (!read_number(value, name, CALLS_MAX, &number, error))
        return false;
    e->has_bounds = true;
    e->verification.most = (uint64_t)number;
    if (!json_object_get(e->json, "at_least"))
        e->verification.least = 0;
    return true;
}

static bool read_within(struct expectation *e, const char *name, json_t *value,
                        struct match_error *error)
{
    json_int_t number;

    if (!read_number(value, name, WITHIN_MS_MAX, &number, error))
        return false;
    e->has_within = true;
    e->within_ms = (uint32_t)number;
    return true;
}

static bool read_no_more(struct expectation *e, const char *name, json_t *value,
                         struct match_error *error)
{
    e->verification.and_no_more = json_is_true(value);
    return json_is_boolean(value) || wrong(error, name, "expected true or false");
}

/* clang-format off */
static const struct {
    const char *name;
    bool (*read)(struct expectation *e, const char *name, json_t *value, struct match_error *error);
} fields[] = {
    {"pattern",     read_pattern},
    {"order",       read_order},
    {"count",       read_count},
    {"at_least",    read_at_least},
    {"at_most",     read_at_most},
    {"within_ms",   read_within},
    {"and_no_more", read_no_more},
};
/* clang-format on */

static bool read_field(struct expectation *e, const char *name, json_t *value,
                       struct match_error *error)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (strcmp(fields[i].name, name) == 0)
            return fields[i].read(e, name, value, error);
    return wrong(error, name,
                 "there is no such field; there are pattern or order, count, at_least, at_most, "
                 "within_ms and and_no_more");
}

/* Check what no field alone can tell. */
static bool check_together(const struct expectation *e, struct match_error *error)
{
    bool has_pattern = json_object_get(e->json, "pattern") != NULL;

    if (has_pattern == e->verification.in_order)
        return wrong(error, "pattern", "either a pattern or an order is needed");
    if (e->verification.in_order && (e->has_count || e->has_bounds))
        return wrong(error, "order", "calls in an order are not counted");
    if (e->has_count && e->has_bounds)
        return wrong(error, "count", "count goes with neither at_least nor at_most");
    if (e->verification.most < e->verification.least)
        return wrong(error, "at_most", "at_most is below at_least, or below 1, its default");
    return true;
}

/* Returns 0, or answers with a refusal and returns its status. `*out` is released either way. */
static int read_expectation(struct request *req, struct response *res, struct expectation *out)
{
    struct match_error error = {.detail = ""};
    const char *name;
    json_t *value;
    bool ok = true;
    int refusal;

    out->verification.least = 1;
    out->verification.most = UINT64_MAX;
    out->verification.patterns = out->patterns;
    refusal = admin_read_object(req, res, &out->json);
    if (refusal)
        return refusal;
    json_object_foreach (out->json, name, value) {
        ok = read_field(out, name, value, &error);
        if (!ok)
            break;
    }
    if (ok && check_together(out, &error))
        return 0;
    return reply_message(res, 400, "%s: %s", error.pointer, error.detail);
}

/*
 * The sentence of a failure
 */

/* Append what a pattern asks for: "POST /v2/rerank with its headers". */
static void add_pattern_words(const struct request_pattern *pattern, struct buf *out)
{
    static const char *const told[] = {
        "method", "url", "urlPath", "urlPattern", "urlPathPattern", "urlPathTemplate"};
    const char *method = request_pattern_method(pattern);
    const char *url = request_pattern_url(pattern), *name;
    const char *joint = " with its ";
    json_t *value;

    if (method)
        buf_add_format(out, "%.40s ", method);
    if (url)
        secret_show_url((struct text){url, strnlen(url, 200)}, out);
    else
        buf_add_string(out, "any path");
    json_object_foreach (request_pattern_json(pattern), name, value) {
        bool is_told = false;

        for (size_t i = 0; i < ARRAY_LEN(told); i++)
            is_told = is_told || strcmp(told[i], name) == 0;
        if (is_told)
            continue;
        buf_add_format(out, "%s%s", joint, name);
        joint = ", ";
    }
}

static void add_call_words(const struct journal_entry *entry, struct buf *out)
{
    struct text url = entry->call.url;

    if (url.len > 200)
        url.len = 200;
    buf_add_text(out, entry->call.method);
    buf_add_char(out, ' ');
    buf_add_text(out, url);
}

static void add_count_words(uint64_t least, uint64_t most, struct buf *out)
{
    uint64_t shown = most == UINT64_MAX ? least : most;

    if (most == 0) {
        buf_add_string(out, "no call");
        return;
    }
    if (least == most)
        buf_add_string(out, "exactly ");
    else if (most == UINT64_MAX)
        buf_add_string(out, "at least ");
    else if (least == 0)
        buf_add_string(out, "at most ");
    else
        buf_add_format(out, "%llu to ", (unsigned long long)least);
    buf_add_format(out, "%llu call%s", (unsigned long long)shown, shown == 1 ? "" : "s");
}

static void add_found_words(uint64_t count, const char *noun, struct buf *out)
{
    if (count == 0)
        buf_add_format(out, ", and there was none%s", noun);
    else
        buf_add_format(out, ", and there %s %llu%s", count == 1 ? "was" : "were",
                       (unsigned long long)count, noun);
}

static void add_within_words(const struct expectation *e, struct buf *out)
{
    if (e->has_within)
        buf_add_format(out, " within %u ms", e->within_ms);
}

static void add_others_words(const struct expectation *e, const struct verification_result *result,
                             struct buf *out)
{
    size_t shown = 0;

    buf_add_string(out, "expected no other calls than those of ");
    for (size_t i = 0; i < e->verification.pattern_count && i < OTHERS_SHOWN_MAX; i++) {
        if (i > 0)
            buf_add_string(out, ", ");
        add_pattern_words(e->patterns[i], out);
    }
    if (e->verification.pattern_count > OTHERS_SHOWN_MAX)
        buf_add_string(out, ", ...");
    add_found_words(result->others, result->others == 1 ? " other: " : " others: ", out);
    for (size_t i = result->calls.count; i > 0 && shown <= OTHERS_SHOWN_MAX; i--) {
        if (verification_takes(&e->verification, result->calls.items[i - 1]))
            continue;
        if (shown > 0)
            buf_add_string(out, ", ");
        if (shown++ < OTHERS_SHOWN_MAX)
            add_call_words(result->calls.items[i - 1], out);
        else
            buf_add_string(out, "...");
    }
}

static void add_failure_words(const struct expectation *e, const struct verification_result *result,
                              struct buf *out)
{
    const struct verification *v = &e->verification;

    switch (result->failure) {
    case VERIFICATION_TOO_FEW:
    case VERIFICATION_TOO_MANY:
        buf_add_string(out, "expected ");
        add_count_words(v->least, v->most, out);
        buf_add_string(out, " of ");
        add_pattern_words(e->patterns[0], out);
        add_within_words(e, out);
        add_found_words(result->matched, "", out);
        break;
    case VERIFICATION_OTHERS:
        add_others_words(e, result, out);
        break;
    case VERIFICATION_MISSING:
        buf_add_format(out, "expected, as number %zu of %zu, a call of ", result->late + 1,
                       v->pattern_count);
        add_pattern_words(e->patterns[result->late], out);
        add_within_words(e, out);
        buf_add_string(out, ", and there was none");
        break;
    case VERIFICATION_WRONG_ORDER:
        buf_add_string(out, "expected ");
        add_pattern_words(e->patterns[result->late], out);
        buf_add_string(out, " before ");
        add_pattern_words(e->patterns[result->early], out);
        buf_add_string(out, ", which came first");
        break;
    case VERIFICATION_FINE:
        break;
    }
}

/* The pattern whose near misses help: what is there too often is missed by none. */
static const struct request_pattern *missed_pattern(const struct expectation *e,
                                                    const struct verification_result *result)
{
    if (result->failure == VERIFICATION_TOO_FEW)
        return e->patterns[0];
    return result->failure == VERIFICATION_MISSING ? e->patterns[result->late] : NULL;
}

/* A new reference, or NULL when memory runs out; the first is told in `words`, too. */
static json_t *near_json(const struct request_pattern *pattern, const struct journal_list *calls,
                         struct buf *words)
{
    struct near_calls near = near_calls_find(calls, pattern, true);
    json_t *list = json_array();
    bool ok = list != NULL;

    for (size_t i = 0; ok && i < near.count; i++) {
        json_t *differences = differences_json(request_pattern_json(pattern), near.items[i].entry);

        if (i == 0 && differences) {
            buf_add_string(words, "; the nearest other was ");
            add_call_words(near.items[i].entry, words);
            buf_add_string(words, ": ");
            differences_add_words(differences, words);
        }
        ok = json_array_append_new(list, json_pack("{s:o,s:o,s:{s:f}}", "request",
                                                   wiremock_request_json(near.items[i].entry),
                                                   "differences", differences, "matchResult",
                                                   "distance", near.items[i].distance)) == 0;
    }
    if (ok)
        return list;
    json_decref(list);
    return NULL;
}

static int answer_failed(struct response *res, const struct expectation *e, struct journal *journal,
                         const struct verification_result *result)
{
    const struct request_pattern *missed = missed_pattern(e, result);
    uint64_t dropped = journal_count(journal).dropped;
    AUTO(buf_done) struct buf words = {0};
    json_t *near = NULL;

    add_failure_words(e, result, &words);
    if (missed) {
        near = near_json(missed, &result->calls, &words);
        if (!near)
            return reply_message(res, 500, "out of memory");
    }
    if (dropped > 0)
        buf_add_format(&words,
                       "; the journal has dropped %llu older calls, see "
                       "--max-request-journal-entries",
                       (unsigned long long)dropped);
    if (words.failed) {
        json_decref(near);
        return reply_message(res, 500, "out of memory");
    }
    return wiremock_json(res, 422,
                         json_pack("{s:b,s:I,s:s,s:o*}", "verified", 0, "count",
                                   (json_int_t)result->matched, "message", words.data, "nearMisses",
                                   near));
}

static int verify_in(struct journal *journal, const struct admin *admin,
                     const struct expectation *e, struct response *res)
{
    struct verification_result result;
    int status;

    if (!verification_check(&e->verification, journal, &result))
        return reply_message(res, 500, "out of memory");
    if (e->within_ms > 0 &&
        (result.failure == VERIFICATION_TOO_FEW || result.failure == VERIFICATION_MISSING)) {
        bool ok;

        verification_result_done(&result);
        if (!stub_worlds_begin_wait(admin->stub_worlds))
            return reply_message(res, 503,
                                 "as many verifications wait as may, half of --workers: wait for "
                                 "fewer at once");
        ok = verification_wait(&e->verification, journal, e->within_ms, &result);
        stub_worlds_end_wait(admin->stub_worlds);
        if (!ok)
            return reply_message(res, 500, "out of memory");
    }
    status = result.failure == VERIFICATION_FINE
                 ? wiremock_json(
                       res, 200,
                       json_pack("{s:b,s:I}", "verified", 1, "count", (json_int_t)result.matched))
                 : answer_failed(res, e, journal, &result);
    verification_result_done(&result);
    return status;
}

int verify_post(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;
    AUTO(expectation_done) struct expectation e = {0};
    struct stub_world *own;
    int status = read_expectation(req, res, &e);

    if (status)
        return status;
    own = admin_stub_world(call);
    if (!own)
        return reply_message(res, 500, "out of memory");
    if (own->journal)
        status = verify_in(own->journal, call->admin, &e, res);
    else
        status = admin_no_journal(res);
    stub_world_release(own);
    return status;
}
