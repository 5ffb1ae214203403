/*
 * Stubs, under /__admin/mappings.
 */
#include <stdlib.h>
#include <string.h>

#include "admin/wiremock.h"
#include "http/reply.h"
#include "match/matcher.h"
#include "stubs/stub_folder.h"

static int answer_stub(struct response *res, int status, const struct stub *stub)
{
    return wiremock_json(res, status, json_incref(stub->json));
}

/* Answer for a set that could not be changed. */
static int answer_failure(struct response *res, enum stub_set_result result, const char *id)
{
    char detail[160];

    switch (result) {
    case STUB_SET_ID_TAKEN:
        (void)snprintf(detail, sizeof(detail),
                       "ID of the provided stub mapping '%s' is already taken by another stub "
                       "mapping",
                       id);
        return wiremock_error(res, 422, 109, "Duplicate stub mapping ID", detail);
    case STUB_SET_FULL:
        return wiremock_error(res, 422, 10, "There are too many stubs",
                              "a world may have at most as many as --stubs-max says");
    case STUB_SET_NONE:
        return wiremock_empty(res, 404);
    case STUB_SET_OK:
    case STUB_SET_NO_STATE:
    case STUB_SET_NO_MEMORY:
        break;
    }
    return reply_message(res, 500, "out of memory");
}

/* Write a persistent stub, if there is a folder for it. It is there even if it cannot be written,
 * which was logged. */
static void keep_file(const struct wiremock_call *call, const struct stub *stub)
{
    if (stub->is_persistent && call->admin->stub_folder)
        (void)stub_folder_save(call->admin->stub_folder, stub);
}

/* The list of some stubs: those that `wanted` says. */
typedef bool stub_wanted_fn(const void *context, const struct stub *stub);

static bool want_all(const void *context, const struct stub *stub)
{
    (void)context;
    (void)stub;
    return true;
}

static bool want_unmatched(const void *context, const struct stub *stub)
{
    (void)context;
    return atomic_load(&stub->hits) == 0;
}

static bool want_metadata(const void *context, const struct stub *stub)
{
    char *text = stub->metadata ? json_dumps(stub->metadata, JSON_COMPACT) : NULL;
    struct match_subject subject = {.data = text, .len = text ? strlen(text) : 0};
    bool result = text && matcher_match(context, &subject) == MATCH_YES;

    match_subject_done(&subject);
    free(text);
    return result;
}

struct page {
    size_t offset, limit;
};

static int answer_list(const struct wiremock_call *call, struct response *res,
                       stub_wanted_fn *wanted, const void *context, struct page page)
{
    struct stub_list *list = stub_set_list(call->own->stubs);
    json_t *items = json_array();
    size_t total = 0;
    bool ok = items != NULL;

    for (size_t i = 0; ok && list && i < list->count; i++) {
        if (!wanted(context, list->items[i]))
            continue;
        if (total >= page.offset && total - page.offset < page.limit)
            ok = json_array_append(items, list->items[i]->json) == 0;
        total++;
    }
    stub_list_release(list);
    if (!ok) {
        json_decref(items);
        return reply_message(res, 500, "out of memory");
    }
    return wiremock_json(
        res, 200,
        json_pack("{s:o,s:{s:I}}", "mappings", items, "meta", "total", (json_int_t)total));
}

int mappings_list(void *context, struct request *req, struct response *res)
{
    struct page page;
    int refusal = wiremock_page(req, res, &page.offset, &page.limit);

    return refusal ? refusal : answer_list(context, res, want_all, NULL, page);
}

int mappings_unmatched(void *context, struct request *req, struct response *res)
{
    (void)req;
    return answer_list(context, res, want_unmatched, NULL, (struct page){0, SIZE_MAX});
}

/* Make a stub of JSON with an id of its own, if it names none. NULL, and the call is refused. */
static struct stub *make_stub(const struct wiremock_call *call, const json_t *json,
                              struct response *res, int *status)
{
    struct match_error error;
    char id[UUID_SIZE];
    struct stub *stub;

    stub_set_next_id(call->own->stubs, id);
    stub = stub_new(json, id, &error);
    if (!stub)
        *status = wiremock_invalid(res, &error);
    return stub;
}

int mappings_create(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    enum stub_set_result result;
    struct stub *stub;
    json_t *json;
    int status = wiremock_read(req, res, &json);

    if (status)
        return status;
    stub = make_stub(call, json, res, &status);
    json_decref(json);
    if (!stub)
        return status;
    result = stub_set_add(call->own->stubs, stub_hold(stub));
    if (result == STUB_SET_OK) {
        keep_file(call, stub);
        status = answer_stub(res, 201, stub);
    } else {
        stub_release(stub);
        status = answer_failure(res, result, stub->id);
    }
    stub_release(stub);
    return status;
}

int mapping_get(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    struct stub *stub;
    char id[UUID_SIZE];
    int status;

    if (!wiremock_has_id(req, res, id, &status))
        return status;
    if (stub_set_get(call->own->stubs, id, &stub) != STUB_SET_OK)
        return wiremock_empty(res, 404);
    status = answer_stub(res, 200, stub);
    stub_release(stub);
    return status;
}

/* The new stub stands where the old one did, in its file too. */
static void move_file(const struct wiremock_call *call, const struct stub *old, struct stub *stub)
{
    stub->is_one_of_many = old->is_one_of_many;
    stub->file = old->file ? strdup(old->file) : NULL;
    if (!old->file)
        stub_folder_remove(call->admin->stub_folder, old);
}

/* The id of the path is that of the stub, whatever the body says. */
static int replace(const struct wiremock_call *call, json_t *json, const struct stub *old,
                   struct response *res)
{
    const char *id = old->id;
    struct match_error error;
    enum stub_set_result result;
    struct stub *stub;
    int status;

    if (json_is_object(json)) {
        (void)json_object_del(json, "id");
        (void)json_object_del(json, "uuid");
    }
    stub = stub_new(json, id, &error);
    if (!stub)
        return wiremock_invalid(res, &error);
    move_file(call, old, stub);
    result = stub_set_replace(call->own->stubs, stub_hold(stub));
    if (result == STUB_SET_OK) {
        keep_file(call, stub);
        status = answer_stub(res, 200, stub);
    } else {
        stub_release(stub);
        status = answer_failure(res, result, id);
    }
    stub_release(stub);
    return status;
}

int mapping_put(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    char id[UUID_SIZE];
    struct stub *old;
    json_t *json;
    int status;

    if (!wiremock_has_id(req, res, id, &status))
        return status;
    if (stub_set_get(call->own->stubs, id, &old) != STUB_SET_OK)
        return wiremock_empty(res, 404);
    status = wiremock_read(req, res, &json);
    if (status == 0) {
        status = replace(call, json, old, res);
        json_decref(json);
    }
    stub_release(old);
    return status;
}

/* Remove a stub, and the file of one that is persistent. */
static enum stub_set_result remove_stub(const struct wiremock_call *call, const char *id)
{
    enum stub_set_result result;
    struct stub *stub;

    if (stub_set_get(call->own->stubs, id, &stub) != STUB_SET_OK)
        return STUB_SET_NONE;
    result = stub_set_remove(call->own->stubs, id);
    if (result == STUB_SET_OK)
        stub_folder_remove(call->admin->stub_folder, stub);
    stub_release(stub);
    return result;
}

int mapping_delete(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    enum stub_set_result result;
    char id[UUID_SIZE];
    int status;

    if (!wiremock_has_id(req, res, id, &status))
        return status;
    result = remove_stub(call, id);
    return result == STUB_SET_OK ? wiremock_json(res, 200, json_object())
                                 : answer_failure(res, result, id);
}

int mappings_delete(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    struct stub_list *list = stub_set_list(call->own->stubs);

    (void)req;
    for (size_t i = 0; list && i < list->count; i++)
        stub_folder_remove(call->admin->stub_folder, list->items[i]);
    stub_list_release(list);
    stub_set_clear(call->own->stubs, STUBS_ALL);
    return wiremock_json(res, 200, json_object());
}

int mappings_save(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    struct stub_list *list;
    bool ok = true;

    (void)req;
    if (!call->admin->stub_folder)
        return wiremock_error(res, 422, 10, "There is no folder for stubs",
                              "start the server with --root-dir to save them");
    list = stub_set_list(call->own->stubs);
    for (size_t i = 0; list && i < list->count; i++)
        ok = stub_folder_save(call->admin->stub_folder, list->items[i]) && ok;
    stub_list_release(list);
    return ok ? wiremock_empty(res, 200)
              : wiremock_error(res, 500, 10, "Not all stubs could be written",
                               "the log of mockhere names them");
}

static int remove_wanted(const struct wiremock_call *call, struct response *res,
                         stub_wanted_fn *wanted, const void *context)
{
    struct stub_list *list = stub_set_list(call->own->stubs);
    enum stub_set_result result = STUB_SET_OK;

    for (size_t i = 0; list && i < list->count && result != STUB_SET_NO_MEMORY; i++)
        if (wanted(context, list->items[i]))
            result = remove_stub(call, list->items[i]->id);
    stub_list_release(list);
    /* Another client may have removed it meanwhile. */
    return result == STUB_SET_NO_MEMORY ? answer_failure(res, result, "")
                                        : wiremock_json(res, 200, json_object());
}

int mappings_delete_unmatched(void *context, struct request *req, struct response *res)
{
    (void)req;
    return remove_wanted(context, res, want_unmatched, NULL);
}

/* Read a matcher for metadata. NULL, and the call is refused. */
static struct matcher *read_matcher(struct request *req, struct response *res, int *status)
{
    struct match_error error = {.pointer = "/"};
    struct matcher *matcher = NULL;
    json_t *json;

    *status = wiremock_read(req, res, &json);
    if (*status)
        return NULL;
    matcher = matcher_new(json, error.detail, sizeof(error.detail));
    json_decref(json);
    if (!matcher)
        *status = wiremock_invalid(res, &error);
    return matcher;
}

int mappings_find_by_metadata(void *context, struct request *req, struct response *res)
{
    int status;
    struct matcher *matcher = read_matcher(req, res, &status);

    if (!matcher)
        return status;
    status = answer_list(context, res, want_metadata, matcher, (struct page){0, SIZE_MAX});
    matcher_free(matcher);
    return status;
}

int mappings_remove_by_metadata(void *context, struct request *req, struct response *res)
{
    int status;
    struct matcher *matcher = read_matcher(req, res, &status);

    if (!matcher)
        return status;
    status = remove_wanted(context, res, want_metadata, matcher);
    matcher_free(matcher);
    return status;
}

/* Remove the stub of that id, or, without one, those that ask for the same request. */
static bool want_same(const void *context, const struct stub *stub)
{
    const json_t *json = context;
    const char *id = json_string_value(json_object_get(json, "id"));

    if (!id)
        id = json_string_value(json_object_get(json, "uuid"));
    if (id)
        return strcasecmp(id, stub->id) == 0;
    return json_equal(json_object_get(json, "request"), json_object_get(stub->json, "request"));
}

int mappings_remove(void *context, struct request *req, struct response *res)
{
    json_t *json, *list;
    int status = wiremock_read(req, res, &json);

    if (status)
        return status;
    list = json_object_get(json, "mappings");
    list = json_is_array(list) ? json_incref(list) : json_pack("[O]", json);
    for (size_t i = 0; i < json_array_size(list) && (status == 0 || status == 200); i++) {
        json_t *request = json_object_get(json_array_get(list, i), "request");

        if (json_is_object(request) && !json_object_get(request, "method"))
            (void)json_object_set_new(request, "method", json_string("ANY"));
        buf_clear(&res->body);
        status = remove_wanted(context, res, want_same, json_array_get(list, i));
    }
    json_decref(list);
    json_decref(json);
    return status ? status : wiremock_json(res, 200, json_object());
}

/* Import: all of it or nothing. */

struct import {
    struct stub **stubs;
    size_t count;
    bool overwrites;
    bool deletes_others;
};

static void import_done(struct import *import)
{
    for (size_t i = 0; i < import->count; i++)
        stub_release(import->stubs[i]);
    free(import->stubs);
}

static int read_import(const struct wiremock_call *call, const json_t *json, struct import *out,
                       struct response *res)
{
    const json_t *list = json_object_get(json, "mappings");
    const json_t *options = json_object_get(json, "importOptions");
    const char *policy = json_string_value(json_object_get(options, "duplicatePolicy"));
    size_t count = json_array_size(list);
    int status = 0;

    out->overwrites = !policy || strcmp(policy, "IGNORE") != 0;
    out->deletes_others = json_is_true(json_object_get(options, "deleteAllNotInImport"));
    if (!json_is_array(list)) {
        const struct match_error error = {.pointer = "/mappings",
                                          .detail = "expected a list of stub mappings"};

        return wiremock_invalid(res, &error);
    }
    out->stubs = calloc(count + 1, sizeof(struct stub *));
    if (!out->stubs)
        return reply_message(res, 500, "out of memory");
    for (; out->count < count; out->count++) {
        out->stubs[out->count] = make_stub(call, json_array_get(list, out->count), res, &status);
        if (!out->stubs[out->count])
            return status;
    }
    return 0;
}

static bool is_imported(const void *context, const struct stub *stub)
{
    const struct import *import = context;

    for (size_t i = 0; i < import->count; i++)
        if (strcmp(import->stubs[i]->id, stub->id) == 0)
            return true;
    return false;
}

static bool is_not_imported(const void *context, const struct stub *stub)
{
    return !is_imported(context, stub);
}

/* The first of an import is asked first, so it is added last. */
static enum stub_set_result add_import(struct stub_set *set, const struct import *import)
{
    enum stub_set_result result = STUB_SET_OK;

    for (size_t i = import->count; i > 0 && result == STUB_SET_OK; i--) {
        struct stub *stub = stub_hold(import->stubs[i - 1]);

        result = stub_set_add(set, stub);
        if (result == STUB_SET_ID_TAKEN)
            result = import->overwrites ? stub_set_replace(set, stub) : STUB_SET_ID_TAKEN;
        if (result != STUB_SET_OK)
            stub_release(stub);
        if (result == STUB_SET_ID_TAKEN)
            result = STUB_SET_OK;
    }
    return result;
}

int mappings_import(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    struct import import = {0};
    json_t *json;
    int status = wiremock_read(req, res, &json);

    if (status)
        return status;
    status = read_import(call, json, &import, res);
    json_decref(json);
    if (status == 0 && import.deletes_others)
        status = remove_wanted(call, res, is_not_imported, &import) == 200 ? 0 : 500;
    if (status == 0) {
        enum stub_set_result result;

        buf_clear(&res->body);
        result = add_import(call->own->stubs, &import);
        status = result == STUB_SET_OK ? wiremock_empty(res, 200) : answer_failure(res, result, "");
    }
    import_done(&import);
    return status;
}
