/*
 * Near misses, under /__admin: why a call found no stub, or a verification no call.
 */
#include <stdlib.h>
#include <string.h>

#include "admin/wiremock.h"
#include "http/reply.h"
#include "stubs/near_miss.h"

enum { UNMATCHED_MAX = 100 };

static json_t *result_json(double distance)
{
    return json_pack("{s:f}", "distance", distance);
}

/* Add the stubs that are nearest to a request, which `shown` shows. */
static bool add_near_stubs(json_t *out, const struct stub_list *stubs,
                           struct match_request *request, json_t *shown)
{
    struct near_stubs near = near_stubs_find(stubs, request);
    bool ok = shown != NULL;

    for (size_t i = 0; ok && i < near.count; i++)
        ok = json_array_append_new(out, json_pack("{s:O,s:O,s:o}", "request", shown, "stubMapping",
                                                  near.items[i].stub->json, "matchResult",
                                                  result_json(near.items[i].distance))) == 0;
    json_decref(shown);
    return ok;
}

/* Steals `list`. */
static int answer_list(struct response *res, json_t *list, bool ok)
{
    if (ok)
        return wiremock_json(res, 200, json_pack("{s:o}", "nearMisses", list));
    json_decref(list);
    return reply_message(res, 500, "out of memory");
}

int near_misses_of_unmatched(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    struct stub_list *stubs = stub_set_list(call->own->stubs);
    struct journal_list calls = {0};
    json_t *list = json_array();
    bool ok = list && (!call->own->journal || journal_list(call->own->journal, &calls));
    size_t count = 0;

    (void)req;
    for (size_t i = 0; ok && i < calls.count && count < UNMATCHED_MAX; i++) {
        struct match_request request;

        if (calls.items[i]->call.origin != JOURNAL_NOBODY)
            continue;
        count++;
        journal_entry_view(calls.items[i], &request);
        ok = add_near_stubs(list, stubs, &request, wiremock_request_json(calls.items[i]));
        match_request_done(&request);
    }
    journal_list_done(&calls);
    stub_list_release(stubs);
    return answer_list(res, list, ok);
}

static struct match_text text_of_member(const json_t *json, const char *name)
{
    const json_t *text = json_object_get(json, name);

    return (struct match_text){json_string_value(text), json_string_length(text)};
}

/* See a request in the JSON in which one is shown. `*headers` is for free(). */
static bool view_json(json_t *json, struct match_request *out, struct match_field **headers)
{
    json_t *object = json_object_get(json, "headers"), *value;
    struct match_text body = text_of_member(json, "body");
    const char *name;

    *out = (struct match_request){.method = text_of_member(json, "method"),
                                  .url = text_of_member(json, "url"),
                                  .host = text_of_member(json, "host"),
                                  .scheme = text_of_member(json, "scheme"),
                                  .client_ip = text_of_member(json, "clientIp"),
                                  .body = {.data = body.data, .len = body.len}};
    out->port = (unsigned)json_integer_value(json_object_get(json, "port"));
    *headers = calloc(json_object_size(object) + 1, sizeof(**headers));
    if (!*headers)
        return false;
    json_object_foreach (object, name, value) {
        if (json_is_array(value))
            value = json_array_get(value, 0);
        (*headers)[out->header_count++] = (struct match_field){
            {name, strlen(name)}, {json_string_value(value), json_string_length(value)}};
    }
    out->headers = *headers;
    return true;
}

int near_misses_of_request(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    struct stub_list *stubs;
    struct match_field *headers = NULL;
    struct match_request request;
    json_t *json, *list;
    bool ok;
    int status = wiremock_read(req, res, &json);

    if (status)
        return status;
    if (!text_of_member(json, "url").data) {
        const struct match_error error = {.pointer = "/url",
                                          .detail = "expected the url of a request"};

        json_decref(json);
        return wiremock_invalid(res, &error);
    }
    stubs = stub_set_list(call->own->stubs);
    list = json_array();
    ok = list && view_json(json, &request, &headers) &&
         add_near_stubs(list, stubs, &request, json_incref(json));
    if (headers)
        match_request_done(&request);
    free(headers);
    stub_list_release(stubs);
    json_decref(json);
    return answer_list(res, list, ok);
}

int near_misses_of_pattern(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    int status;
    struct request_pattern *pattern = wiremock_read_pattern(req, res, &status);
    struct journal_list calls = {0};
    struct near_calls near = {.count = 0};
    json_t *list;
    bool ok;

    if (!pattern)
        return status;
    list = json_array();
    ok = list && (!call->own->journal || journal_list(call->own->journal, &calls));
    if (ok)
        near = near_calls_find(&calls, pattern, false);
    for (size_t i = 0; ok && i < near.count; i++)
        ok = json_array_append_new(list, json_pack("{s:o,s:O,s:o}", "request",
                                                   wiremock_request_json(near.items[i].entry),
                                                   "requestPattern", request_pattern_json(pattern),
                                                   "matchResult",
                                                   result_json(near.items[i].distance))) == 0;
    journal_list_done(&calls);
    request_pattern_free(pattern);
    return answer_list(res, list, ok);
}
