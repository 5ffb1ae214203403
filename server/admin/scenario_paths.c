/*
 * Scenarios and settings, under /__admin.
 */
#include <stdlib.h>
#include <string.h>

#include "admin/wiremock.h"
#include "http/reply.h"

static json_t *states_json(const char *const *states)
{
    json_t *list = json_array();

    for (; list && *states; states++)
        if (json_array_append_new(list, json_string(*states)) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *stubs_json(struct stub *const *stubs, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; list && i < count; i++)
        if (json_array_append(list, stubs[i]->json) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static bool add_scenario(void *context, const struct stub_scenario *scenario,
                         const char *const *states, struct stub *const *stubs, size_t count)
{
    json_t *json = json_pack("{s:s,s:s,s:s,s:o,s:o}", "id", scenario->name, "name", scenario->name,
                             "state", scenario->state, "possibleStates", states_json(states),
                             "mappings", stubs_json(stubs, count));

    return json_array_append_new(context, json) == 0;
}

int scenarios_list(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    json_t *list = json_array();

    (void)req;
    if (!list || !stub_set_scenarios(call->own->stubs, add_scenario, list)) {
        json_decref(list);
        return reply_message(res, 500, "out of memory");
    }
    return wiremock_json(res, 200, json_pack("{s:o}", "scenarios", list));
}

int scenarios_reset(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;

    (void)req;
    stub_set_reset_scenarios(call->own->stubs);
    return wiremock_json(res, 200, json_object());
}

static int put_state(const struct wiremock_call *call, const char *name, const json_t *json,
                     struct response *res)
{
    const json_t *state = json_object_get(json, "state");
    char title[160];

    if (state && !json_is_string(state)) {
        const struct match_error error = {.pointer = "/state", .detail = "expected a string"};

        return wiremock_invalid(res, &error);
    }
    switch (stub_set_put_scenario(call->own->stubs, name, json_string_value(state))) {
    case STUB_SET_OK:
        return wiremock_json(res, 200, json_object());
    case STUB_SET_NONE:
        (void)snprintf(title, sizeof(title), "Scenario %.100s does not exist", name);
        return wiremock_error(res, 404, 404, title, NULL);
    case STUB_SET_NO_STATE:
        (void)snprintf(title, sizeof(title), "Scenario %.60s does not support state %.60s", name,
                       json_string_value(state));
        return wiremock_error(res, 422, 11, title, NULL);
    case STUB_SET_ID_TAKEN:
    case STUB_SET_FULL:
    case STUB_SET_NO_MEMORY:
        break;
    }
    return reply_message(res, 500, "out of memory");
}

int scenario_put(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    AUTO(buf_done) struct buf name = {0};
    json_t *json = NULL;
    /* Without a body the scenario begins anew. */
    int status = req->has_body ? wiremock_read(req, res, &json) : 0;

    if (status)
        return status;
    buf_add_text(&name, req->params[0]);
    status = name.failed || !name.data ? reply_message(res, 500, "out of memory")
                                       : put_state(call, name.data, json, res);
    json_decref(json);
    return status;
}

/* Settings */

int settings_get(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    struct stub_settings settings = stub_world_settings(call->own);

    (void)req;
    if (!settings.json)
        settings.json = json_pack("{s:b}", "proxyPassThrough", 1);
    return wiremock_json(res, 200, json_pack("{s:o}", "settings", settings.json));
}

static bool read_settings(json_t *json, struct stub_settings *out, struct match_error *error)
{
    static const char *const names[] = {"fixedDelay", "delayDistribution", "extended",
                                        "proxyPassThrough"};
    const json_t *fixed = json_object_get(json, "fixedDelay");
    const json_t *delay = json_object_get(json, "delayDistribution");
    const char *name;
    json_t *value;

    *out = (struct stub_settings){.fixed_delay_ms = -1};
    json_object_foreach (json, name, value) {
        bool is_known = false;
        char pointer[96];

        for (size_t i = 0; i < ARRAY_LEN(names); i++)
            is_known = is_known || strcmp(names[i], name) == 0;
        if (is_known)
            continue;
        (void)snprintf(pointer, sizeof(pointer), "/%.80s", name);
        match_error_set(error, pointer, "Unrecognized field \"%.80s\" of the settings", name);
        return false;
    }
    if (fixed && !json_is_null(fixed)) {
        out->fixed_delay_ms = json_number_value(fixed);
        if (!json_is_number(fixed) || out->fixed_delay_ms < 0 || out->fixed_delay_ms > 86400000) {
            match_error_set(error, "/fixedDelay", "expected milliseconds from 0 to 86400000");
            return false;
        }
    }
    return !delay || json_is_null(delay) ||
           delay_read(delay, "/delayDistribution", &out->delay, error);
}

int settings_put(void *context, struct request *req, struct response *res)
{
    const struct wiremock_call *call = context;
    struct stub_settings settings;
    struct match_error error;
    json_t *json;
    int status = wiremock_read(req, res, &json);

    if (status)
        return status;
    if (!json_is_object(json))
        match_error_set(&error, "/", "expected an object, the settings");
    if (!json_is_object(json) || !read_settings(json, &settings, &error)) {
        json_decref(json);
        return wiremock_invalid(res, &error);
    }
    settings.json = json_incref(json);
    stub_world_put_settings(call->own, &settings);
    /* WireMock answers nothing here, and python-wiremock reads them from what is answered. */
    return wiremock_json(res, 200, json);
}
