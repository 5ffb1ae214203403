#include "stubs/journal.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/secret.h"
#include "base/timestamp.h"

struct journal {
    uint64_t seed;
    size_t entries_max, bytes_max;
    struct journal_budget *budget; /* or NULL */

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t added_one;
    struct journal_entry **ring; /* the oldest at `first` */
    size_t size, first, count;
    size_t bytes;
    uint64_t added, dropped;
    bool is_awake; /* nobody waits any more */
};

static bool init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attr;
    bool ok;

    if (pthread_condattr_init(&attr) != 0)
        return false;
    ok = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
         pthread_cond_init(condition, &attr) == 0;
    (void)pthread_condattr_destroy(&attr);
    return ok;
}

struct journal *journal_new(uint64_t seed, size_t entries_max, size_t bytes_max,
                            struct journal_budget *budget)
{
    struct journal *journal = calloc(1, sizeof(*journal));

    if (!journal)
        return NULL;
    journal->seed = seed;
    journal->budget = budget;
    journal->entries_max = entries_max ? entries_max : JOURNAL_ENTRIES_DEFAULT;
    journal->bytes_max = bytes_max ? bytes_max : JOURNAL_BYTES_DEFAULT;
    if (pthread_mutex_init(&journal->lock, NULL) == 0) {
        if (init_condition(&journal->added_one))
            return journal;
        (void)pthread_mutex_destroy(&journal->lock);
    }
    free(journal);
    return NULL;
}

void journal_entry_release(struct journal_entry *entry)
{
    if (!entry || atomic_fetch_sub(&entry->references, 1) > 1)
        return;
    stub_release(entry->call.stub);
    free(entry);
}

void journal_free(struct journal *journal)
{
    if (!journal)
        return;
    journal_clear(journal);
    free(journal->ring);
    (void)pthread_cond_destroy(&journal->added_one);
    (void)pthread_mutex_destroy(&journal->lock);
    free(journal);
}

/*
 * Making an entry. Its texts are written one behind the other into a draft, which notes where each
 * ends, and then stand in one block with the entry.
 */

enum { FIELDS_MAX = 100, TEXTS_MAX = 4 * FIELDS_MAX + 8, SHOWN_SECRET_LEN = 16 };

struct draft {
    struct buf texts;
    size_t ends[TEXTS_MAX];
    size_t count;
    size_t taken; /* how many the entry has by now */
    const char *block;
    size_t start; /* of the first text in it */
};

static void end_text(struct draft *draft)
{
    draft->ends[draft->count++] = draft->texts.len;
}

static void add_text(struct draft *draft, struct text text)
{
    buf_add_text(&draft->texts, text);
    end_text(draft);
}

static void add_url(struct draft *draft, struct text url)
{
    secret_show_url(url, &draft->texts);
    end_text(draft);
}

/* Tell whether these are the headers of `name=value&...`. */
static bool is_form(const struct journal_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        struct text name = {fields->items[i].name.data, fields->items[i].name.len};
        struct text type = {fields->items[i].value.data, fields->items[i].value.len};

        if (text_eq_nocase(name, TEXT("content-type")))
            return text_eq_nocase(text_trim(text_cut(&type, ';')),
                                  TEXT("application/x-www-form-urlencoded"));
    }
    return false;
}

static void add_body(struct draft *draft, const struct journal_body *body,
                     const struct journal_fields *headers)
{
    struct text kept = body->data;

    if (kept.len > JOURNAL_BODY_LEN_MAX)
        kept.len = JOURNAL_BODY_LEN_MAX;
    if (kept.len > 0 && is_form(headers))
        secret_show_form(kept, &draft->texts);
    else
        secret_show_json(kept, &draft->texts);
    end_text(draft);
}

static size_t field_count(const struct journal_fields *fields)
{
    return fields->count < FIELDS_MAX ? fields->count : FIELDS_MAX;
}

static void add_fields(struct draft *draft, const struct journal_fields *fields)
{
    for (size_t i = 0; i < field_count(fields); i++) {
        struct text name = {fields->items[i].name.data, fields->items[i].name.len};
        struct text value = {fields->items[i].value.data, fields->items[i].value.len};

        add_text(draft, name);
        if (secret_is_header(name))
            secret_show(value, &draft->texts);
        else
            buf_add_text(&draft->texts, value);
        end_text(draft);
    }
}

static size_t fields_len(const struct journal_fields *fields)
{
    size_t len = 0;

    for (size_t i = 0; i < field_count(fields); i++)
        len += fields->items[i].name.len + fields->items[i].value.len + SHOWN_SECRET_LEN;
    return len;
}

/* Room for all of it at once, but for secrets in bodies that are shorter than what stands for
 * them. */
static size_t estimate_len(const struct journal_call *call)
{
    return call->method.len + call->url.len + call->host.len + call->client_ip.len +
           call->protocol.len + fields_len(&call->headers) + call->body.data.len +
           fields_len(&call->response_headers) + call->response_body.data.len + SHOWN_SECRET_LEN;
}

/* The order is that of take_all(). */
static void add_all(struct draft *draft, const struct journal_call *call)
{
    add_text(draft, call->method);
    add_url(draft, call->url);
    add_text(draft, call->host);
    add_text(draft, call->client_ip);
    add_text(draft, call->protocol);
    add_fields(draft, &call->headers);
    add_body(draft, &call->body, &call->headers);
    add_fields(draft, &call->response_headers);
    add_body(draft, &call->response_body, &call->response_headers);
}

static bool is_cut(const struct journal_body *body)
{
    return body->len > body->data.len || body->data.len > JOURNAL_BODY_LEN_MAX;
}

static struct text take(struct draft *draft)
{
    size_t start = draft->taken > 0 ? draft->ends[draft->taken - 1] : draft->start;
    size_t end = draft->ends[draft->taken++];

    return (struct text){draft->block + start, end - start};
}

static struct match_text take_match_text(struct draft *draft)
{
    struct text text = take(draft);

    return (struct match_text){text.data, text.len};
}

static void take_fields(struct draft *draft, struct match_field *items,
                        struct journal_fields *fields)
{
    fields->count = field_count(fields);
    fields->items = items;
    for (size_t i = 0; i < fields->count; i++) {
        items[i].name = take_match_text(draft);
        items[i].value = take_match_text(draft);
    }
}

static void take_all(struct draft *draft, struct match_field *items, struct journal_entry *entry)
{
    struct journal_call *call = &entry->call;

    call->method = take(draft);
    call->url = take(draft);
    call->host = take(draft);
    call->client_ip = take(draft);
    call->protocol = take(draft);
    take_fields(draft, items, &call->headers);
    items += call->headers.count;
    call->body.is_cut = is_cut(&call->body);
    call->body.data = take(draft);
    take_fields(draft, items, &call->response_headers);
    call->response_body.is_cut = is_cut(&call->response_body);
    call->response_body.data = take(draft);
    entry->path = call->url;
    entry->path = text_cut(&entry->path, '?');
}

/* The texts are written where they stay: behind the entry and its fields, which come last. */
static struct journal_entry *entry_new(const struct journal_call *call)
{
    size_t fields = field_count(&call->headers) + field_count(&call->response_headers);
    size_t head = sizeof(struct journal_entry) + fields * sizeof(struct match_field);
    struct draft draft; /* its ends are written before they are read */
    struct journal_entry *entry;

    draft.texts = (struct buf){0};
    draft.count = draft.taken = 0;
    if (buf_reserve(&draft.texts, head + estimate_len(call)))
        draft.texts.len = head;
    add_all(&draft, call);
    if (draft.texts.failed) {
        buf_done(&draft.texts);
        return NULL;
    }
    entry = (struct journal_entry *)(void *)draft.texts.data;
    *entry = (struct journal_entry){.cost = draft.texts.size, .call = *call};
    atomic_init(&entry->references, 1);
    if (call->stub)
        entry->call.stub = stub_hold(call->stub);
    draft.block = draft.texts.data;
    draft.start = head;
    take_all(&draft, (struct match_field *)(entry + 1), entry);
    return entry;
}

/* The ring; the lock is held. */

static struct journal_entry **at(const struct journal *journal, size_t index)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): a journal with a place has a size */
    return &journal->ring[(journal->first + index) % journal->size];
}

static void count_bytes(struct journal *journal, const struct journal_entry *entry)
{
    journal->bytes += entry->cost;
    if (journal->budget)
        atomic_fetch_add(&journal->budget->bytes, entry->cost);
}

/* Let an entry go that is in the ring no more. */
static void let_go(struct journal *journal, struct journal_entry *entry)
{
    journal->count--;
    journal->bytes -= entry->cost;
    if (journal->budget)
        atomic_fetch_sub(&journal->budget->bytes, entry->cost);
    journal_entry_release(entry);
}

static void drop_first(struct journal *journal)
{
    struct journal_entry *entry = *at(journal, 0);

    journal->first = (journal->first + 1) % journal->size;
    let_go(journal, entry);
}

static bool is_past_budget(const struct journal *journal, size_t cost)
{
    return journal->bytes + cost > journal->bytes_max ||
           (journal->budget &&
            atomic_load(&journal->budget->bytes) + cost > journal->budget->bytes_max);
}

/* Make room for one more: a small journal takes little memory. */
static bool make_room(struct journal *journal)
{
    size_t size = journal->size ? journal->size * 2 : 64;
    struct journal_entry **ring;

    while (journal->count >= journal->entries_max) {
        drop_first(journal);
        journal->dropped++;
    }
    if (journal->count < journal->size)
        return true;
    ring = malloc(size * sizeof(struct journal_entry *));
    if (!ring)
        return false;
    for (size_t i = 0; i < journal->count; i++)
        ring[i] = *at(journal, i);
    free(journal->ring);
    journal->ring = ring;
    journal->size = size;
    journal->first = 0;
    return true;
}

static bool put(struct journal *journal, struct journal_entry *entry)
{
    if (!entry || entry->cost > journal->bytes_max || !make_room(journal))
        return false;
    while (journal->count > 0 && is_past_budget(journal, entry->cost)) {
        drop_first(journal);
        journal->dropped++;
    }
    *at(journal, journal->count++) = entry;
    count_bytes(journal, entry);
    return true;
}

static void lock(struct journal *journal)
{
    (void)pthread_mutex_lock(&journal->lock);
}

static void unlock(struct journal *journal)
{
    (void)pthread_mutex_unlock(&journal->lock);
}

void journal_add(struct journal *journal, const struct journal_call *call)
{
    struct journal_entry *entry = entry_new(call);
    bool is_put;

    lock(journal);
    journal->added++;
    if (entry) {
        entry->number = journal->added;
        id_uuid(journal->seed, ID_JOURNAL, entry->number, entry->id);
    }
    is_put = put(journal, entry);
    if (!is_put)
        journal->dropped++;
    (void)pthread_cond_broadcast(&journal->added_one);
    unlock(journal);
    if (!is_put)
        journal_entry_release(entry);
}

/* Reading */

bool journal_list(struct journal *journal, struct journal_list *out)
{
    bool ok;

    lock(journal);
    out->count = 0;
    out->items = malloc((journal->count + 1) * sizeof(struct journal_entry *));
    ok = out->items != NULL;
    for (size_t i = journal->count; ok && i > 0; i--) {
        struct journal_entry *entry = *at(journal, i - 1);

        atomic_fetch_add(&entry->references, 1);
        out->items[out->count++] = entry;
    }
    unlock(journal);
    return ok;
}

void journal_list_done(struct journal_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        journal_entry_release(list->items[i]);
    free(list->items);
    *list = (struct journal_list){0};
}

/* Find where an entry is; the lock is held. Returns the count if it is not there. */
static size_t find(const struct journal *journal, const char *id)
{
    char wanted[UUID_SIZE] = "";

    for (size_t i = 0; i + 1 < UUID_SIZE && id[i]; i++)
        wanted[i] = (char)tolower((unsigned char)id[i]);
    for (size_t i = 0; i < journal->count; i++)
        if (strcmp((*at(journal, i))->id, wanted) == 0)
            return i;
    return journal->count;
}

struct journal_entry *journal_get(struct journal *journal, const char *id)
{
    struct journal_entry *entry = NULL;
    size_t index;

    lock(journal);
    index = find(journal, id);
    if (index < journal->count) {
        entry = *at(journal, index);
        atomic_fetch_add(&entry->references, 1);
    }
    unlock(journal);
    return entry;
}

void journal_entry_view(const struct journal_entry *entry, struct match_request *out)
{
    const struct journal_call *call = &entry->call;

    *out = (struct match_request){
        .method = {call->method.data, call->method.len},
        .url = {call->url.data, call->url.len},
        .headers = call->headers.items,
        .header_count = call->headers.count,
        .scheme = {"http", 4},
        .host = {call->host.data, call->host.len},
        .client_ip = {call->client_ip.data, call->client_ip.len},
        .port = call->port,
        .body = {.data = call->body.data.data, .len = call->body.data.len, .now_us = call->at_us},
    };
}

/* Removing */

static void remove_at(struct journal *journal, size_t index)
{
    struct journal_entry *entry = *at(journal, index);

    for (size_t i = index; i + 1 < journal->count; i++)
        *at(journal, i) = *at(journal, i + 1);
    let_go(journal, entry);
}

void journal_remove(struct journal *journal, const char *id)
{
    size_t index;

    lock(journal);
    index = find(journal, id);
    if (index < journal->count)
        remove_at(journal, index);
    unlock(journal);
}

void journal_clear(struct journal *journal)
{
    lock(journal);
    while (journal->count > 0)
        drop_first(journal);
    unlock(journal);
}

struct journal_counts journal_count(struct journal *journal)
{
    struct journal_counts counts;

    lock(journal);
    counts = (struct journal_counts){.entries = journal->count,
                                     .bytes = journal->bytes,
                                     .added = journal->added,
                                     .dropped = journal->dropped};
    unlock(journal);
    return counts;
}

/* Waiting */

uint64_t journal_wait(struct journal *journal, uint64_t added, uint32_t timeout_ms)
{
    int64_t until_ms = clock_monotonic_ms() + timeout_ms;
    struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    int result = 0;

    lock(journal);
    while (journal->added <= added && !journal->is_awake && result == 0)
        result = pthread_cond_timedwait(&journal->added_one, &journal->lock, &until);
    added = journal->added;
    unlock(journal);
    return added;
}

void journal_wake(struct journal *journal)
{
    lock(journal);
    journal->is_awake = true;
    (void)pthread_cond_broadcast(&journal->added_one);
    unlock(journal);
}
