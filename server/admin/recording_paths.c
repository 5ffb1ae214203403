/*
 * Stubs made of the journal, under /__admin/recordings: what built-in endpoints answered can be
 * answered again, or changed.
 *
 * Secrets are not in the journal, so a recorded stub asks for none.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "admin/recording_spec.h"
#include "admin/wiremock.h"
#include "base/base64.h"
#include "base/hash.h"
#include "base/secret.h"
#include "http/reply.h"
#include "match/matcher.h"

enum { NAME_LEN_MAX = 100 };

struct snapshot {
    struct recording_spec spec;
    json_t *stubs;  /* what comes out, the latest first, owned */
    size_t skipped; /* calls */
};

static void snapshot_done(struct snapshot *s)
{
    recording_spec_done(&s->spec);
    json_decref(s->stubs);
}

/* Returns 0, or answers with a refusal and returns its status. */
static int read_snapshot(struct request *req, struct response *res, struct snapshot *s)
{
    struct match_error error = {.detail = ""};
    int refusal = wiremock_read(req, res, &s->spec.json);

    if (refusal)
        return refusal;
    return recording_spec_read(&s->spec, &error) ? 0 : wiremock_invalid(res, &error);
}

/*
 * From a call to a stub
 */

static bool is_wanted(const struct snapshot *s, const struct journal_entry *entry)
{
    enum journal_origin origin = entry->call.origin;
    struct match_request request;
    bool result = origin == JOURNAL_ENDPOINT || origin == JOURNAL_PROXY ||
                  (s->spec.takes_stubs && origin == JOURNAL_STUB);

    if (result && s->spec.ids) {
        result = false;
        for (size_t i = 0; i < json_array_size(s->spec.ids) && !result; i++) {
            const char *id = json_string_value(json_array_get(s->spec.ids, i));

            result = id && strcasecmp(id, entry->id) == 0;
        }
    }
    if (!result || !s->spec.pattern)
        return result;
    journal_entry_view(entry, &request);
    result = request_pattern_match(s->spec.pattern, &request) == MATCH_YES;
    match_request_done(&request);
    return result;
}

static json_t *string_json(struct match_text text)
{
    return json_stringn(text.len ? text.data : "", text.len);
}

/* Write "v1_rerank" for /v1/rerank. */
static void name_stub(struct text path, char out[NAME_LEN_MAX + 1])
{
    AUTO(buf_done) struct buf decoded = {0};
    size_t len = 0;

    if (!percent_decode(path, false, &decoded)) {
        buf_clear(&decoded);
        buf_add_text(&decoded, path);
    }
    for (size_t i = 0; i < decoded.len && len < NAME_LEN_MAX; i++) {
        char c = decoded.data[i];

        if (c == '/' && len == 0)
            continue;
        if (c == '/')
            c = '_';
        else if (!isalnum((unsigned char)c) && !strchr("._-", c))
            c = '-';
        out[len++] = c;
    }
    out[len] = '\0';
}

/* `{"x":{"hasExactly":[{"equalTo":"1"}]}}` */
static json_t *query_json(struct match_request *view)
{
    const struct match_fields *query = match_request_query(view);
    json_t *object = json_object();
    bool ok = object != NULL && !view->is_out_of_memory;

    for (size_t i = 0; ok && i < query->count; i++) {
        struct match_text name = query->items[i].name;
        json_t *old = json_object_getn(object, name.data, name.len), *value;

        if (secret_is_field((struct text){name.data, name.len}))
            continue;
        value = json_pack("{s:o}", "equalTo", string_json(query->items[i].value));
        if (old)
            ok = json_array_append_new(json_object_get(old, "hasExactly"), value) == 0;
        else
            ok = json_object_setn_new(object, name.data, name.len,
                                      json_pack("{s:[o]}", "hasExactly", value)) == 0;
    }
    if (ok)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *captured_json(const struct snapshot *s, const struct match_request *view)
{
    json_t *object = json_object(), *options, *matcher;
    const char *name;

    json_object_foreach (s->spec.headers, name, options) {
        struct match_text value = match_request_header(view, name);

        if (!value.data || secret_is_header(text_of(name)))
            continue;
        matcher = json_pack("{s:o}", "equalTo", string_json(value));
        if (matcher && json_is_true(json_object_get(options, "caseInsensitive")))
            (void)json_object_set_new(matcher, "caseInsensitive", json_true());
        (void)json_object_set_new(object, name, matcher);
    }
    return object;
}

static bool type_has(struct match_text type, const char *word)
{
    return text_find((struct text){type.data, type.len}, text_of(word)) < type.len;
}

/* Append JSON, and for each string that stands for a secret what takes any string. */
static void add_any_secret(struct text json, struct buf *out)
{
    size_t all = strlen("\"sha256:") + 8;

    for (size_t i = 0; i < json.len; i++) {
        struct text rest = {json.data + i, json.len - i};

        if (rest.len > all && text_has_prefix(rest, TEXT("\"sha256:")) && rest.data[all] == '"') {
            buf_add_string(out, "\"${json-unit.any-string}\"");
            i += all;
        } else {
            buf_add_char(out, json.data[i]);
        }
    }
}

/* The patterns of a body; NULL when memory runs out. */
static json_t *body_json(const struct snapshot *s, const struct journal_entry *entry,
                         const struct match_request *view)
{
    struct match_text type = match_request_header(view, "content-type");
    struct text body = entry->call.body.data;
    AUTO(buf_done) struct buf encoded = {0};

    if (entry->call.body.is_cut || type_has(type, "multipart/"))
        return json_pack("[{s:s}]", "anything", "anything");
    if (s->spec.body == BODY_EQUAL_TO_JSON ||
        (s->spec.body == BODY_BY_TYPE && type_has(type, "json"))) {
        char why[80];
        json_t *parsed = match_json_read(body.data, body.len, why, sizeof(why));

        if (parsed) {
            json_decref(parsed);
            add_any_secret(body, &encoded);
            return encoded.failed
                       ? NULL
                       : json_pack("[{s:s%,s:b,s:b}]", "equalToJson", encoded.data, encoded.len,
                                   "ignoreArrayOrder", s->spec.ignores_order, "ignoreExtraElements",
                                   s->spec.ignores_extra);
        }
    }
    if (utf8_is_valid(body) && !memchr(body.data, '\0', body.len))
        return json_pack("[{s:s%,s:b}]", "equalTo", body.data, body.len, "caseInsensitive",
                         s->spec.ignores_case);
    base64_add(body, &encoded);
    return encoded.failed ? NULL : json_pack("[{s:s}]", "binaryEqualTo", encoded.data);
}

static json_t *request_json(const struct snapshot *s, const struct journal_entry *entry)
{
    struct match_request view;
    bool has_query = entry->path.len < entry->call.url.len;
    json_t *request, *headers;

    journal_entry_view(entry, &view);
    request = json_pack("{s:s%,s:s%}", has_query ? "urlPath" : "url", entry->path.data,
                        entry->path.len, "method", entry->call.method.data, entry->call.method.len);
    headers = request ? captured_json(s, &view) : NULL;
    if (headers && json_object_size(headers) > 0)
        (void)json_object_set(request, "headers", headers);
    json_decref(headers);
    if (request && has_query &&
        json_object_set_new(request, "queryParameters", query_json(&view)) != 0) {
        json_decref(request);
        request = NULL;
    }
    if (request && entry->call.body.len > 0 &&
        json_object_set_new(request, "bodyPatterns", body_json(s, entry, &view)) != 0) {
        json_decref(request);
        request = NULL;
    }
    match_request_done(&view);
    return request;
}

/* Those that whoever answers sets again. */
static bool is_left_out(struct match_text name)
{
    static const char *const names[] = {"content-length",  "transfer-encoding", "content-encoding",
                                        "connection",      "keep-alive",        "date",
                                        "matched-stub-id", "matched-stub-name"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (match_text_is_nocase(name, names[i]))
            return true;
    return false;
}

static json_t *response_json(const struct journal_call *call)
{
    struct text body = call->response_body.data;
    json_t *response = json_pack("{s:i}", "status", call->status);
    json_t *headers = json_object();
    AUTO(buf_done) struct buf encoded = {0};

    for (size_t i = 0; headers && i < call->response_headers.count; i++) {
        const struct match_field *field = &call->response_headers.items[i];
        json_t *old = json_object_getn(headers, field->name.data, field->name.len);

        if (is_left_out(field->name))
            continue;
        if (json_is_array(old))
            (void)json_array_append_new(old, string_json(field->value));
        else if (old)
            (void)json_object_setn_new(headers, field->name.data, field->name.len,
                                       json_pack("[O,o]", old, string_json(field->value)));
        else
            (void)json_object_setn_new(headers, field->name.data, field->name.len,
                                       string_json(field->value));
    }
    if (utf8_is_valid(body)) {
        (void)json_object_set_new(response, "body",
                                  json_stringn(body.len ? body.data : "", body.len));
    } else {
        base64_add(body, &encoded);
        (void)json_object_set_new(response, "base64Body", json_string(encoded.data));
    }
    if (response && json_object_set_new(response, "headers", headers) == 0 && !encoded.failed)
        return response;
    json_decref(response);
    return NULL;
}

static json_t *stub_json(const struct snapshot *s, const struct journal_entry *entry)
{
    char name[NAME_LEN_MAX + 1];
    json_t *stub;

    name_stub(entry->path, name);
    stub = json_pack("{s:s,s:o,s:o}", "name", name, "request", request_json(s, entry), "response",
                     response_json(&entry->call));
    if (stub && s->spec.persists)
        (void)json_object_set_new(stub, "persistent", json_true());
    return stub;
}

/*
 * Repeats
 */

/* What each stub asks for, as a hash: two of thousands are compared quickly. For free(); NULL when
 * memory runs out. */
static uint64_t *hash_requests(const json_t *stubs)
{
    size_t count = json_array_size(stubs);
    uint64_t *hashes = calloc(count + 1, sizeof(*hashes));

    for (size_t i = 0; hashes && i < count; i++) {
        char *text = json_dumps(json_object_get(json_array_get(stubs, i), "request"),
                                JSON_COMPACT | JSON_SORT_KEYS);

        if (!text) {
            free(hashes);
            return NULL;
        }
        hashes[i] = hash64(text_of(text), 0);
        free(text);
    }
    return hashes;
}

/* Make the stubs that ask for the same as the one at `last`, the latest of them, states of a
 * scenario: it comes last. */
static bool make_scenario(const json_t *stubs, const uint64_t *hashes, size_t last, size_t number,
                          size_t repeats)
{
    const char *name = json_string_value(json_object_get(json_array_get(stubs, last), "name"));
    char scenario[NAME_LEN_MAX + 40], state[NAME_LEN_MAX + 80], next[NAME_LEN_MAX + 80] = "";
    bool ok = true;

    (void)snprintf(scenario, sizeof(scenario), "scenario-%zu-%s", number, name);
    for (size_t i = last; ok && i < json_array_size(stubs); i++) {
        json_t *stub = json_array_get(stubs, i);

        if (hashes[i] != hashes[last])
            continue;
        (void)snprintf(state, sizeof(state), "%s-%zu", scenario, repeats);
        ok = json_object_set_new(stub, "scenarioName", json_string(scenario)) == 0 &&
             json_object_set_new(stub, "requiredScenarioState",
                                 json_string(repeats > 1 ? state : "Started")) == 0 &&
             (!next[0] || json_object_set_new(stub, "newScenarioState", json_string(next)) == 0);
        memcpy(next, state, sizeof(next));
        repeats--;
    }
    return ok;
}

static bool join_repeats(const struct snapshot *s)
{
    uint64_t *hashes = hash_requests(s->stubs);
    size_t scenarios = 0;
    bool ok = hashes != NULL;

    for (size_t i = 0; ok && i < json_array_size(s->stubs); i++) {
        size_t repeats = 1;

        if (json_object_get(json_array_get(s->stubs, i), "scenarioName"))
            continue;
        for (size_t j = i + 1; j < json_array_size(s->stubs); j++) {
            if (hashes[j] != hashes[i])
                continue;
            repeats++;
            if (!s->spec.has_scenarios) {
                (void)json_array_remove(s->stubs, j);
                memmove(hashes + j, hashes + j + 1,
                        (json_array_size(s->stubs) - j) * sizeof(*hashes));
                j--;
            }
        }
        if (s->spec.has_scenarios && repeats > 1)
            ok = make_scenario(s->stubs, hashes, i, ++scenarios, repeats);
    }
    free(hashes);
    return ok;
}

/*
 * Adding
 */

/* Add all of them, the earliest first, and show them as they became. Of what cannot be added,
 * nothing is. */
static enum stub_set_result add_all(struct stub_set *set, json_t *stubs, struct match_error *error)
{
    enum stub_set_result result = STUB_SET_OK;
    size_t left = json_array_size(stubs);

    for (; left > 0 && result == STUB_SET_OK; left--) {
        char id[UUID_SIZE];
        struct stub *stub;

        stub_set_next_id(set, id);
        stub = stub_new(json_array_get(stubs, left - 1), id, error);
        if (!stub)
            result = STUB_SET_NO_MEMORY;
        else
            result = stub_set_add(set, stub_hold(stub));
        if (result == STUB_SET_OK)
            (void)json_array_set(stubs, left - 1, stub->json);
        else
            stub_release(stub);
        stub_release(stub);
    }
    for (size_t i = left + 1; result != STUB_SET_OK && i < json_array_size(stubs); i++) {
        json_t *added = json_object_get(json_array_get(stubs, i), "id");

        if (stub_set_remove(set, json_string_value(added)) == STUB_SET_NO_MEMORY)
            return STUB_SET_NO_MEMORY;
    }
    return result;
}

static json_t *ids_json(const json_t *stubs)
{
    json_t *ids = json_array();

    for (size_t i = 0; ids && i < json_array_size(stubs); i++)
        (void)json_array_append(ids, json_object_get(json_array_get(stubs, i), "id"));
    return ids;
}

static int answer(const struct snapshot *s, struct response *res)
{
    json_t *shown = s->spec.only_ids ? json_pack("{s:o}", "ids", ids_json(s->stubs))
                                     : json_pack("{s:O}", "mappings", s->stubs);

    if (shown && s->skipped > 0)
        (void)json_object_set_new(shown, "skipped", json_integer((json_int_t)s->skipped));
    return wiremock_json(res, 200, shown);
}

static bool collect(struct snapshot *s, struct journal *journal)
{
    AUTO(journal_list_done) struct journal_list calls = {0};
    bool ok = journal_list(journal, &calls);

    for (size_t i = 0; ok && i < calls.count; i++) {
        const struct journal_call *call = &calls.items[i]->call;

        if (!is_wanted(s, calls.items[i]))
            continue;
        /* Half an answer is none. */
        if (call->response_body.is_cut || call->status == 0)
            s->skipped++;
        else
            ok = json_array_append_new(s->stubs, stub_json(s, calls.items[i])) == 0;
    }
    return ok && join_repeats(s);
}

int recordings_snapshot(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    AUTO(snapshot_done) struct snapshot s = {.skipped = 0};
    struct match_error error = {.detail = ""};
    int refusal = read_snapshot(req, res, &s);

    if (refusal)
        return refusal;
    s.stubs = json_array();
    if (!s.stubs || (call->own->journal && !collect(&s, call->own->journal)))
        return reply_message(res, 500, "out of memory");
    switch (add_all(call->own->stubs, s.stubs, &error)) {
    case STUB_SET_OK:
        return answer(&s, res);
    case STUB_SET_FULL:
        return wiremock_error(res, 422, 10, "There are too many stubs",
                              "a world may have at most as many as --stubs-max says: record less, "
                              "with filters");
    case STUB_SET_NONE:
    case STUB_SET_NO_STATE:
    case STUB_SET_ID_TAKEN:
    case STUB_SET_NO_MEMORY:
        break;
    }
    return error.detail[0] ? wiremock_invalid(res, &error)
                           : reply_message(res, 500, "out of memory");
}

int recordings_status(void *context, struct request *req, struct response *res)
{
    (void)context;
    (void)req;
    return wiremock_json(res, 200, json_pack("{s:s}", "status", "NeverStarted"));
}

int recordings_refuse(void *context, struct request *req, struct response *res)
{
    (void)context;
    (void)req;
    return wiremock_error(res, 422, 10, "Not supported here",
                          "nothing is recorded from elsewhere: every call is in the journal "
                          "already, and POST /__admin/recordings/snapshot makes stubs of it");
}
