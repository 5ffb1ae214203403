#include "stubs/conduct.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/secret.h"

enum { CALLERS_MAX = 256, UPLOADS_MAX = 64, UPLOAD_ID_SIZE = 80, RETRY_AFTER_S_MAX = 86400 };

static const int64_t second_us = 1000000;

/* clang-format off */
static const struct {
    const char *name;
    const char *before, *after; /* what they say of `what` */
} kinds[CONDUCT_KIND_COUNT] = {
    [CONDUCT_UNSERVED]      = {"unserved",            "nobody serves ", ""},
    [CONDUCT_POLLED]        = {"polled_too_often",    "", " was asked for again within a second"},
    [CONDUCT_RETRIED_EARLY] = {"ignored_retry_after", "", " was called again before Retry-After had passed"},
    [CONDUCT_WARNED]        = {"warned",              "", ""},
    [CONDUCT_SAME_DATASET]  = {"same_dataset",        "the files of dataset ", " were uploaded again"},
    [CONDUCT_KEY_IN_URL]    = {"key_in_url",          "", " had a secret in its URL"},
};
/* clang-format on */

/* Somebody who called something: `caller` is a hash of both, 0 for nobody. */
struct caller {
    uint64_t caller;
    int64_t at_us;
};

struct upload {
    uint64_t digest; /* 0: none */
    char id[UPLOAD_ID_SIZE];
};

struct conduct {
    atomic_uint references;
    atomic_uint_fast64_t calls;
    atomic_bool has_waits; /* somebody was told to wait */

    pthread_mutex_t lock; /* guards all below */
    struct conduct_finding *findings[CONDUCT_KIND_COUNT];
    size_t counts[CONDUCT_KIND_COUNT];
    uint64_t more[CONDUCT_KIND_COUNT];
    struct caller polls[CALLERS_MAX]; /* by hash: when it last asked */
    struct caller waits[CALLERS_MAX]; /* until when it was told to wait */
    int64_t told_us[CALLERS_MAX];     /* and when that was */
    struct upload uploads[UPLOADS_MAX];
    size_t upload_count; /* ever */
};

const char *conduct_name(enum conduct_kind kind)
{
    return kinds[kind].name;
}

void conduct_add_sentence(const struct conduct_finding *finding, struct buf *out)
{
    buf_add_string(out, kinds[finding->kind].before);
    buf_add_string(out, finding->what);
    buf_add_string(out, kinds[finding->kind].after);
}

struct conduct *conduct_new(void)
{
    struct conduct *conduct = calloc(1, sizeof(*conduct));

    if (!conduct)
        return NULL;
    atomic_init(&conduct->references, 1);
    atomic_init(&conduct->calls, 0);
    atomic_init(&conduct->has_waits, false);
    if (pthread_mutex_init(&conduct->lock, NULL) == 0)
        return conduct;
    free(conduct);
    return NULL;
}

struct conduct *conduct_hold(struct conduct *conduct)
{
    atomic_fetch_add(&conduct->references, 1);
    return conduct;
}

void conduct_release(struct conduct *conduct)
{
    if (!conduct || atomic_fetch_sub(&conduct->references, 1) > 1)
        return;
    for (size_t i = 0; i < CONDUCT_KIND_COUNT; i++)
        free(conduct->findings[i]);
    (void)pthread_mutex_destroy(&conduct->lock);
    free(conduct);
}

/* Findings; the lock is held. */

/* What memory has no room for counts as more. */
static struct conduct_finding *add_finding(struct conduct *conduct, enum conduct_kind kind)
{
    size_t count = conduct->counts[kind];
    struct conduct_finding *larger = conduct->findings[kind];

    if (count == FINDINGS_MAX)
        return NULL;
    if (count % 8 == 0)
        larger = realloc(conduct->findings[kind], (count + 8) * sizeof(*larger));
    if (!larger)
        return NULL;
    conduct->findings[kind] = larger;
    conduct->counts[kind]++;
    return &larger[count];
}

static void find_fault(struct conduct *conduct, enum conduct_kind kind, const char *what,
                       int64_t at_us)
{
    struct conduct_finding *finding;

    for (size_t i = 0; i < conduct->counts[kind]; i++) {
        finding = &conduct->findings[kind][i];
        if (strcmp(finding->what, what) == 0) {
            finding->count++;
            finding->last_us = at_us;
            return;
        }
    }
    finding = add_finding(conduct, kind);
    if (!finding) {
        conduct->more[kind]++;
        return;
    }
    *finding =
        (struct conduct_finding){.kind = kind, .count = 1, .first_us = at_us, .last_us = at_us};
    (void)snprintf(finding->what, sizeof(finding->what), "%s", what);
}

/* What is asked of a call */

static struct text path_of(const struct journal_call *call)
{
    struct text rest = call->url;

    return text_cut(&rest, '?');
}

static struct text find_header(const struct journal_fields *fields, struct text wanted)
{
    for (size_t i = 0; i < fields->count; i++) {
        struct text name = {fields->items[i].name.data, fields->items[i].name.len};

        if (text_eq_nocase(name, wanted))
            return (struct text){fields->items[i].value.data, fields->items[i].value.len};
    }
    return (struct text){0};
}

/* Write "GET /path", without the query, where secrets could be. */
static void name_call(const struct journal_call *call, char out[FINDING_WHAT_SIZE])
{
    struct text path = path_of(call);
    size_t room = FINDING_WHAT_SIZE - 1 - 32;

    (void)snprintf(out, FINDING_WHAT_SIZE, "%.*s %.*s",
                   (int)(call->method.len < 30 ? call->method.len : 30), call->method.data,
                   (int)(path.len < room ? path.len : room), path.len ? path.data : "");
}

/* Tell whether a path is that of one dataset or one model. */
static bool is_object(struct text path)
{
    static const struct text parents[] = {{"/v1/datasets/", 13},
                                          {"/v1/finetuning/finetuned-models/", 32}};

    for (size_t i = 0; i < ARRAY_LEN(parents); i++) {
        struct text rest = path;
        size_t skipped = parents[i].len;

        if (!text_has_prefix(path, parents[i]))
            continue;
        rest.data += skipped;
        rest.len -= skipped;
        return rest.len > 0 && !memchr(rest.data, '/', rest.len) && !text_eq(rest, TEXT("usage"));
    }
    return false;
}

/* A number that stands for who calls what; never 0. */
static uint64_t caller_of(const struct journal_call *call)
{
    uint64_t hash = hash64(find_header(&call->headers, TEXT("authorization")), 0);

    return hash64(path_of(call), hash64(call->method, hash)) | 1;
}

/* Tell whether a time came after `start_us` and before `end_us`. */
static bool is_between(int64_t at_us, int64_t start_us, int64_t end_us)
{
    return at_us > start_us && at_us < end_us;
}

/* The rules */

static void judge_poll(struct conduct *conduct, const struct journal_call *call, const char *what)
{
    uint64_t caller = caller_of(call);
    struct caller *last = &conduct->polls[(caller >> 1) % CALLERS_MAX];

    if (last->caller == caller && is_between(call->at_us, last->at_us, last->at_us + second_us))
        find_fault(conduct, CONDUCT_POLLED, what, call->at_us);
    *last = (struct caller){caller, call->at_us};
}

static void judge_retry(struct conduct *conduct, const struct journal_call *call,
                        uint64_t retry_after_s, const char *what)
{
    uint64_t caller = caller_of(call);
    size_t place = (caller >> 1) % CALLERS_MAX;
    struct caller *wait = &conduct->waits[place];

    if (wait->caller == caller) {
        if (is_between(call->at_us, conduct->told_us[place], wait->at_us))
            find_fault(conduct, CONDUCT_RETRIED_EARLY, what, call->at_us);
        wait->caller = 0;
    }
    if (retry_after_s > 0) {
        *wait = (struct caller){caller, call->at_us + (int64_t)retry_after_s * second_us};
        conduct->told_us[place] = call->at_us;
        atomic_store(&conduct->has_waits, true);
    }
}

/* The id of the dataset is all that its answer holds. */
static void read_id(struct text answer, char out[UPLOAD_ID_SIZE])
{
    struct text rest = answer;
    struct text id;

    (void)text_cut(&rest, ':');
    (void)text_cut(&rest, '"');
    id = text_cut(&rest, '"');
    (void)snprintf(out, UPLOAD_ID_SIZE, "%.*s",
                   (int)(id.len < UPLOAD_ID_SIZE ? id.len : UPLOAD_ID_SIZE - 1),
                   id.len ? id.data : "");
}

static void judge_upload(struct conduct *conduct, const struct journal_call *call, uint64_t digest)
{
    struct upload *upload;

    for (size_t i = 0; i < UPLOADS_MAX; i++) {
        if (conduct->uploads[i].digest != digest)
            continue;
        find_fault(conduct, CONDUCT_SAME_DATASET, conduct->uploads[i].id, call->at_us);
        return;
    }
    upload = &conduct->uploads[conduct->upload_count++ % UPLOADS_MAX];
    upload->digest = digest;
    read_id(call->response_body.data, upload->id);
}

static bool has_key_in_url(struct text url)
{
    struct text rest = url;

    (void)text_cut(&rest, '?');
    while (rest.data) {
        struct text value = text_cut(&rest, '&');
        struct text name = text_cut(&value, '=');

        if (value.len > 0 && secret_is_field(name))
            return true;
    }
    return false;
}

/* What one call is looked at for, found before the lock is taken. */
struct look {
    bool is_unserved, is_poll, has_key;
    uint64_t retry_after_s;
    struct text warning;
    uint64_t upload_digest;
};

static bool look_at(const struct journal_call *call, struct look *out)
{
    struct text retry_after = find_header(&call->response_headers, TEXT("retry-after"));

    out->is_unserved = call->origin == JOURNAL_NOBODY;
    out->is_poll =
        call->status == 200 && text_eq(call->method, TEXT("GET")) && is_object(path_of(call));
    out->has_key = has_key_in_url(call->url);
    out->warning = find_header(&call->response_headers, TEXT("x-api-warning"));
    if (!text_to_u64(retry_after, &out->retry_after_s))
        out->retry_after_s = 0;
    if (out->retry_after_s > RETRY_AFTER_S_MAX)
        out->retry_after_s = RETRY_AFTER_S_MAX;
    return out->is_unserved || out->is_poll || out->has_key || out->warning.len > 0 ||
           out->retry_after_s > 0 || out->upload_digest != 0;
}

static void judge(struct conduct *conduct, const struct journal_call *call, const struct look *look)
{
    char what[FINDING_WHAT_SIZE];

    name_call(call, what);
    judge_retry(conduct, call, look->retry_after_s, what);
    if (look->is_unserved)
        find_fault(conduct, CONDUCT_UNSERVED, what, call->at_us);
    if (look->is_poll)
        judge_poll(conduct, call, what);
    if (look->has_key)
        find_fault(conduct, CONDUCT_KEY_IN_URL, what, call->at_us);
    if (look->upload_digest)
        judge_upload(conduct, call, look->upload_digest);
    if (look->warning.len > 0) {
        char warned[2 * FINDING_WHAT_SIZE];

        (void)snprintf(warned, sizeof(warned), "%s: %.*s", what,
                       (int)(look->warning.len < 200 ? look->warning.len : 200),
                       look->warning.data);
        warned[FINDING_WHAT_SIZE - 1] = '\0';
        find_fault(conduct, CONDUCT_WARNED, warned, call->at_us);
    }
}

void conduct_note(struct conduct *conduct, const struct journal_call *call, uint64_t upload_digest)
{
    struct look look = {.upload_digest = upload_digest};

    atomic_fetch_add_explicit(&conduct->calls, 1, memory_order_relaxed);
    if (!look_at(call, &look) && !atomic_load(&conduct->has_waits))
        return;
    (void)pthread_mutex_lock(&conduct->lock);
    judge(conduct, call, &look);
    (void)pthread_mutex_unlock(&conduct->lock);
}

bool conduct_report(struct conduct *conduct, struct conduct_report *out)
{
    struct conduct_report report = {.calls = atomic_load(&conduct->calls)};

    report.items = malloc((size_t)CONDUCT_KIND_COUNT * FINDINGS_MAX * sizeof(*report.items));
    if (!report.items)
        return false;
    (void)pthread_mutex_lock(&conduct->lock);
    for (size_t i = 0; i < CONDUCT_KIND_COUNT; i++) {
        if (conduct->counts[i] > 0)
            memcpy(report.items + report.count, conduct->findings[i],
                   conduct->counts[i] * sizeof(*report.items));
        report.count += conduct->counts[i];
        report.more[i] = conduct->more[i];
    }
    (void)pthread_mutex_unlock(&conduct->lock);
    *out = report;
    return true;
}

void conduct_report_done(struct conduct_report *report)
{
    free(report->items);
    *report = (struct conduct_report){0};
}
