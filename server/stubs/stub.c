#include "stubs/stub.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"

enum { NAME_LEN_MAX = 1024 };

static bool wrong(struct match_error *error, const char *name, const char *detail)
{
    return match_error_at(error, "", name, detail);
}

static bool is_uuid(const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (is_dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return len == UUID_SIZE - 1;
}

static bool read_id(struct stub *stub, const char *name, json_t *value, struct match_error *error)
{
    if (!json_is_string(value) || !is_uuid(json_string_value(value)))
        return wrong(error, name, "expected a UUID of 36 characters");
    for (size_t i = 0; i < UUID_SIZE; i++)
        stub->id[i] = (char)tolower((unsigned char)json_string_value(value)[i]);
    return true;
}

static bool read_text(const char *name, json_t *value, const char **out, struct match_error *error)
{
    if (!json_is_string(value) || json_string_length(value) > NAME_LEN_MAX)
        return wrong(error, name, "expected a string of at most 1024 bytes");
    *out = json_string_value(value);
    return true;
}

static bool read_name(struct stub *stub, const char *name, json_t *value, struct match_error *error)
{
    return read_text(name, value, &stub->name, error);
}

static bool read_scenario(struct stub *stub, const char *name, json_t *value,
                          struct match_error *error)
{
    return read_text(name, value, &stub->scenario, error);
}

static bool read_required(struct stub *stub, const char *name, json_t *value,
                          struct match_error *error)
{
    return read_text(name, value, &stub->required_state, error);
}

static bool read_new_state(struct stub *stub, const char *name, json_t *value,
                           struct match_error *error)
{
    return read_text(name, value, &stub->new_state, error);
}

static bool read_priority(struct stub *stub, const char *name, json_t *value,
                          struct match_error *error)
{
    stub->priority = json_integer_value(value);
    return json_is_integer(value) || wrong(error, name, "expected a whole number");
}

static bool read_persistent(struct stub *stub, const char *name, json_t *value,
                            struct match_error *error)
{
    stub->is_persistent = json_is_true(value);
    return json_is_boolean(value) || wrong(error, name, "expected true or false");
}

static bool read_request(struct stub *stub, const char *name, json_t *value,
                         struct match_error *error)
{
    (void)name;
    stub->request = request_pattern_new(value, "/request", error);
    return stub->request != NULL;
}

static bool read_response(struct stub *stub, const char *name, json_t *value,
                          struct match_error *error)
{
    (void)name;
    return response_definition_read(value, "/response", &stub->response, error);
}

/* Our own fields. */

static bool read_count(const json_t *own, const char *name, uint32_t *out)
{
    const json_t *value = json_object_get(own, name);

    if (!value)
        return true;
    *out = (uint32_t)json_integer_value(value);
    return json_is_integer(value) && json_integer_value(value) >= 1 &&
           json_integer_value(value) <= UINT32_MAX;
}

static bool read_switch(const json_t *own, const char *name, bool *out)
{
    const json_t *value = json_object_get(own, name);

    *out = json_is_true(value);
    return !value || json_is_boolean(value);
}

static bool read_own_values(struct stub *stub, const json_t *own)
{
    const json_t *probability = json_object_get(own, "probability");
    const json_t *cut = json_object_get(own, "cutBodyAt");
    struct own_faults *faults = &stub->response.own;

    if (probability)
        stub->chance.probability = json_number_value(probability);
    if (cut)
        faults->cut_body_at = json_integer_value(cut);
    return (!probability || (json_is_number(probability) && stub->chance.probability >= 0 &&
                             stub->chance.probability <= 1)) &&
           (!cut || (json_is_integer(cut) && faults->cut_body_at >= 0)) &&
           read_count(own, "each", &stub->chance.each) &&
           read_count(own, "first", &stub->chance.first) &&
           read_switch(own, "stall", &faults->stall) &&
           read_switch(own, "halfClose", &faults->half_close);
}

static bool read_own(struct stub *stub, const char *name, json_t *value, struct match_error *error)
{
    static const char *const names[] = {"each",      "first", "probability",
                                        "cutBodyAt", "stall", "halfClose"};
    size_t known = 0;

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        known += json_object_get(value, names[i]) != NULL;
    if (json_is_object(value) && known == json_object_size(value) && read_own_values(stub, value))
        return true;
    return wrong(error, name,
                 "expected some of each and first (whole numbers from 1), probability (0 to 1), "
                 "cutBodyAt (bytes), stall and halfClose (true or false)");
}

/* Clients that cannot send fields of ours can send metadata. */
static bool read_metadata(struct stub *stub, const char *name, json_t *value,
                          struct match_error *error)
{
    json_t *own = json_object_get(value, "mockhere");

    if (!json_is_object(value))
        return wrong(error, name, "expected an object");
    stub->metadata = value;
    return !own || read_own(stub, "metadata/mockhere", own, error);
}

static bool read_listeners(struct stub *stub, const char *name, json_t *value,
                           struct match_error *error)
{
    return webhooks_read(value, name, &stub->webhooks, error);
}

static bool read_nothing(struct stub *stub, const char *name, json_t *value,
                         struct match_error *error)
{
    (void)stub;
    (void)name;
    (void)value;
    (void)error;
    return true;
}

/* In the order in which a stub is shown. The response comes before what adds to it. */
static const struct {
    const char *name;
    bool (*read)(struct stub *stub, const char *name, json_t *value, struct match_error *error);
} fields[] = {
    {"id", read_id},
    {"name", read_name},
    {"request", read_request},
    {"response", read_response},
    {"uuid", read_id},
    {"persistent", read_persistent},
    {"priority", read_priority},
    {"scenarioName", read_scenario},
    {"requiredScenarioState", read_required},
    {"newScenarioState", read_new_state},
    {"postServeActions", read_listeners},
    {"serveEventListeners", read_listeners},
    {"metadata", read_metadata},
    {"insertionIndex", read_nothing},
    {"mockhere", read_own},
};

static bool check_names(const json_t *json, struct match_error *error)
{
    union {
        const json_t *constant;
        json_t *changeable;
    } same;
    const char *name;
    json_t *value;

    same.constant = json;
    json_object_foreach (same.changeable, name, value) {
        bool is_known = false;
        char detail[160];

        for (size_t i = 0; i < ARRAY_LEN(fields); i++)
            is_known = is_known || strcmp(fields[i].name, name) == 0;
        if (is_known)
            continue;
        (void)snprintf(detail, sizeof(detail), "Unrecognized field \"%.80s\" of a stub mapping",
                       name);
        return wrong(error, name, detail);
    }
    return true;
}

/* Give a member its default where it has none. Returns false when memory runs out. */
static bool set_default(json_t *object, const char *name, json_t *value)
{
    if (json_object_get(object, name)) {
        json_decref(value);
        return true;
    }
    return json_object_set_new(object, name, value) == 0;
}

/* Copy the fields in the order of the table, with the defaults. */
static json_t *normalize(const json_t *json)
{
    json_t *copy = json_deep_copy(json), *out = json_object();
    bool ok = copy && out && set_default(copy, "request", json_object()) &&
              set_default(copy, "response", json_object()) &&
              set_default(copy, "id", json_null()) && set_default(copy, "uuid", json_null());

    ok = ok && (!json_is_object(json_object_get(copy, "request")) ||
                set_default(json_object_get(copy, "request"), "method", json_string("ANY")));
    ok = ok && (!json_is_object(json_object_get(copy, "response")) ||
                set_default(json_object_get(copy, "response"), "status", json_integer(200)));
    for (size_t i = 0; ok && i < ARRAY_LEN(fields); i++) {
        json_t *value = json_object_get(copy, fields[i].name);

        ok = !value || json_object_set(out, fields[i].name, value) == 0;
    }
    json_decref(copy);
    if (ok)
        return out;
    json_decref(out);
    return NULL;
}

static bool read_fields(struct stub *stub, struct match_error *error)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        json_t *value = json_object_get(stub->json, fields[i].name);

        if (value && !json_is_null(value) && !fields[i].read(stub, fields[i].name, value, error))
            return false;
    }
    return true;
}

/* Both names of the id show it. */
static bool show_id(struct stub *stub)
{
    return json_object_set_new(stub->json, "id", json_string(stub->id)) == 0 &&
           json_object_set_new(stub->json, "uuid", json_string(stub->id)) == 0;
}

struct stub *stub_new(const json_t *json, const char *id, struct match_error *error)
{
    struct stub *stub;

    if (!json_is_object(json)) {
        match_error_set(error, "/", "expected an object, the stub mapping");
        return NULL;
    }
    if (!check_names(json, error))
        return NULL;
    stub = calloc(1, sizeof(*stub));
    if (!stub) {
        match_error_set(error, "/", "out of memory");
        return NULL;
    }
    atomic_init(&stub->references, 1);
    stub->priority = STUB_PRIORITY_DEFAULT;
    stub->chance.probability = 1;
    (void)snprintf(stub->id, sizeof(stub->id), "%s", id);
    stub->json = normalize(json);
    if (stub->json && read_fields(stub, error) && show_id(stub))
        return stub;
    if (!stub->json)
        match_error_set(error, "/", "out of memory");
    stub_release(stub);
    return NULL;
}

struct stub *stub_hold(struct stub *stub)
{
    atomic_fetch_add(&stub->references, 1);
    return stub;
}

void stub_release(struct stub *stub)
{
    if (!stub || atomic_fetch_sub(&stub->references, 1) > 1)
        return;
    request_pattern_free(stub->request);
    response_definition_done(&stub->response);
    webhooks_done(&stub->webhooks);
    json_decref(stub->json);
    free(stub->file);
    free(stub);
}
