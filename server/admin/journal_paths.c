/*
 * The journal, under /__admin/requests.
 */
#include <stdlib.h>
#include <string.h>

#include "admin/journal_query.h"
#include "admin/wiremock.h"
#include "http/reply.h"
#include "match/matcher.h"

/* Answer for a world that keeps no journal. */
static int answer_disabled(struct response *res, const char *key, json_t *empty)
{
    return wiremock_json(res, 200, json_pack("{s:o,s:b}", key, empty, "requestJournalDisabled", 1));
}

/* Entries that are listed: those that `wanted` says. */
typedef bool entry_wanted_fn(const void *context, struct journal_entry *entry);

/* What of an entry is shown. */
typedef json_t *entry_show_fn(const struct journal_entry *entry);

struct listing {
    entry_wanted_fn *wanted;
    const void *context;
    entry_show_fn *show; /* NULL: they are only counted */
    size_t offset, limit;
    size_t total;  /* out */
    json_t *items; /* out: owned */
};

/* Returns false when memory runs out. */
static bool list_entries(struct journal *journal, struct listing *listing)
{
    struct journal_list list;
    bool ok = journal_list(journal, &list);

    listing->items = ok ? json_array() : NULL;
    ok = listing->items != NULL;
    for (size_t i = 0; ok && i < list.count; i++) {
        if (!listing->wanted(listing->context, list.items[i]))
            continue;
        if (listing->show && listing->total >= listing->offset &&
            listing->total - listing->offset < listing->limit)
            ok = json_array_append_new(listing->items, listing->show(list.items[i])) == 0;
        listing->total++;
    }
    journal_list_done(&list);
    if (!ok) {
        json_decref(listing->items);
        listing->items = NULL;
    }
    return ok;
}

static bool want_unmatched(const void *context, struct journal_entry *entry)
{
    (void)context;
    return entry->call.origin == JOURNAL_NOBODY;
}

static bool want_pattern(const void *context, struct journal_entry *entry)
{
    struct match_request request;
    bool result;

    journal_entry_view(entry, &request);
    result = request_pattern_match(context, &request) == MATCH_YES;
    match_request_done(&request);
    return result;
}

static bool want_metadata(const void *context, struct journal_entry *entry)
{
    const json_t *metadata = entry->call.stub ? entry->call.stub->metadata : NULL;
    char *text = metadata ? json_dumps(metadata, JSON_COMPACT) : NULL;
    struct match_subject subject = {.data = text, .len = text ? strlen(text) : 0};
    bool result = text && matcher_match(context, &subject) == MATCH_YES;

    match_subject_done(&subject);
    free(text);
    return result;
}

static bool want_query(const void *context, struct journal_entry *entry)
{
    return journal_query_wants(context, entry);
}

/* In a header, since WireMock's client for Java refuses a field that it does not know. */
static void tell_dropped(struct journal *journal, struct response *res)
{
    AUTO(buf_done) struct buf count = {0};

    buf_add_format(&count, "%llu", (unsigned long long)journal_count(journal).dropped);
    if (!count.failed)
        response_set_header(res, "X-Mockhere-Dropped", buf_text(&count));
}

int requests_list(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    struct journal_query query;
    struct listing listing = {.wanted = want_query, .context = &query, .show = wiremock_event_json};
    const char *problem = journal_query_read(req, &query);
    int refusal;

    if (problem)
        return wiremock_error(res, 400, 10, problem, NULL);
    refusal = wiremock_page(req, res, &listing.offset, &listing.limit);
    if (refusal)
        return refusal;
    if (!call->own->journal)
        return answer_disabled(res, "requests", json_array());
    if (!list_entries(call->own->journal, &listing))
        return reply_message(res, 500, "out of memory");
    tell_dropped(call->own->journal, res);
    return wiremock_json(res, 200,
                         json_pack("{s:o,s:{s:I},s:b}", "requests", listing.items, "meta", "total",
                                   (json_int_t)listing.total, "requestJournalDisabled", 0));
}

int requests_unmatched(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    struct listing listing = {
        .wanted = want_unmatched, .show = wiremock_request_json, .limit = SIZE_MAX};

    (void)req;
    if (!call->own->journal)
        return answer_disabled(res, "requests", json_array());
    if (!list_entries(call->own->journal, &listing))
        return reply_message(res, 500, "out of memory");
    return wiremock_json(
        res, 200, json_pack("{s:o,s:b}", "requests", listing.items, "requestJournalDisabled", 0));
}

struct request_pattern *wiremock_read_pattern(struct request *req, struct response *res,
                                              int *status)
{
    struct request_pattern *pattern = NULL;
    struct match_error error = {0};
    json_t *json;

    *status = wiremock_read(req, res, &json);
    if (*status)
        return NULL;
    if (wiremock_hide_secrets(json))
        pattern = request_pattern_new(json, "", &error);
    else
        match_error_set(&error, "", "out of memory");
    json_decref(json);
    if (!pattern)
        *status = wiremock_invalid(res, &error);
    return pattern;
}

int requests_count(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    int status;
    struct request_pattern *pattern = wiremock_read_pattern(req, res, &status);
    struct listing listing = {.wanted = want_pattern, .context = pattern};
    bool ok;

    if (!pattern)
        return status;
    ok = !call->own->journal || list_entries(call->own->journal, &listing);
    request_pattern_free(pattern);
    json_decref(listing.items);
    if (!ok)
        return reply_message(res, 500, "out of memory");
    return wiremock_json(res, 200,
                         json_pack("{s:I,s:b}", "count", (json_int_t)listing.total,
                                   "requestJournalDisabled", call->own->journal == NULL));
}

int requests_find(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    int status;
    struct request_pattern *pattern = wiremock_read_pattern(req, res, &status);
    struct listing listing = {.wanted = want_pattern,
                              .context = pattern,
                              .show = wiremock_request_json,
                              .limit = SIZE_MAX};
    bool ok;

    if (!pattern)
        return status;
    ok = !call->own->journal || list_entries(call->own->journal, &listing);
    request_pattern_free(pattern);
    if (!ok)
        return reply_message(res, 500, "out of memory");
    if (!call->own->journal)
        return answer_disabled(res, "requests", json_array());
    return wiremock_json(
        res, 200, json_pack("{s:o,s:b}", "requests", listing.items, "requestJournalDisabled", 0));
}

int request_get(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    struct journal_entry *entry;
    char id[UUID_SIZE];
    int status;

    if (!wiremock_has_id(req, res, id, &status))
        return status;
    entry = call->own->journal ? journal_get(call->own->journal, id) : NULL;
    if (!entry)
        return wiremock_empty(res, 404);
    status = wiremock_json(res, 200, wiremock_event_json(entry));
    journal_entry_release(entry);
    return status;
}

int request_delete(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    char id[UUID_SIZE];
    int status;

    if (!wiremock_has_id(req, res, id, &status))
        return status;
    if (call->own->journal)
        journal_remove(call->own->journal, id);
    return wiremock_json(res, 200, json_object());
}

int requests_clear(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;

    (void)req;
    if (call->own->journal)
        journal_clear(call->own->journal);
    return wiremock_json(res, 200, json_object());
}

/* Remove entries and answer with them. */
static int remove_wanted(struct journal *journal, struct response *res, entry_wanted_fn *wanted,
                         const void *context)
{
    json_t *removed = json_array();
    struct journal_list list = {0};
    bool ok = removed && (!journal || journal_list(journal, &list));

    for (size_t i = 0; ok && i < list.count; i++) {
        if (!wanted(context, list.items[i]))
            continue;
        ok = json_array_append_new(removed, wiremock_event_json(list.items[i])) == 0;
        if (ok)
            journal_remove(journal, list.items[i]->id);
    }
    journal_list_done(&list);
    if (ok)
        return wiremock_json(res, 200, json_pack("{s:o}", "serveEvents", removed));
    json_decref(removed);
    return reply_message(res, 500, "out of memory");
}

int requests_remove(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    int status;
    struct request_pattern *pattern = wiremock_read_pattern(req, res, &status);

    if (!pattern)
        return status;
    status = remove_wanted(call->own->journal, res, want_pattern, pattern);
    request_pattern_free(pattern);
    return status;
}

int requests_remove_by_metadata(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    struct match_error error = {.pointer = "/"};
    struct matcher *matcher;
    json_t *json;
    int status = wiremock_read(req, res, &json);

    if (status)
        return status;
    matcher = matcher_new(json, error.detail, sizeof(error.detail));
    json_decref(json);
    if (!matcher)
        return wiremock_invalid(res, &error);
    status = remove_wanted(call->own->journal, res, want_metadata, matcher);
    matcher_free(matcher);
    return status;
}
