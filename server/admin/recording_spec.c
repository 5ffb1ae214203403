#include "admin/recording_spec.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/attr.h"

enum { IDS_MAX = 10000 };

void recording_spec_done(struct recording_spec *spec)
{
    request_pattern_free(spec->pattern);
    json_decref(spec->json);
}

static bool wrong(struct match_error *error, const char *pointer, const char *detail)
{
    (void)snprintf(error->pointer, sizeof(error->pointer), "%s", pointer);
    (void)snprintf(error->detail, sizeof(error->detail), "%s", detail);
    return false;
}

static bool read_switch(const json_t *value, const char *pointer, bool *out,
                        struct match_error *error)
{
    *out = json_is_true(value);
    return json_is_boolean(value) || wrong(error, pointer, "expected true or false");
}

static bool read_filters(struct recording_spec *spec, json_t *value, struct match_error *error)
{
    json_t *pattern = json_copy(value);

    if (!json_is_object(value)) {
        json_decref(pattern);
        return wrong(error, "/filters", "expected an object, what the calls are like");
    }
    spec->ids = json_object_get(value, "ids");
    spec->takes_stubs = json_is_true(json_object_get(value, "allowNonProxied"));
    if (pattern) {
        (void)json_object_del(pattern, "ids");
        (void)json_object_del(pattern, "allowNonProxied");
        spec->pattern = request_pattern_new(pattern, "/filters", error);
        json_decref(pattern);
    } else {
        (void)wrong(error, "/filters", "out of memory");
    }
    if (!spec->pattern)
        return false;
    if (spec->ids && (!json_is_array(spec->ids) || json_array_size(spec->ids) > IDS_MAX))
        return wrong(error, "/filters/ids", "expected a list of at most 10000 ids");
    return true;
}

static bool read_headers(struct recording_spec *spec, json_t *value, struct match_error *error)
{
    const char *name, *member;
    json_t *options, *option;

    spec->headers = value;
    if (!json_is_object(value))
        return wrong(error, "/captureHeaders", "expected an object of names of headers");
    json_object_foreach (value, name, options) {
        json_object_foreach (options, member, option) {
            if (strcmp(member, "caseInsensitive") == 0 && json_is_boolean(option))
                continue;
            match_error_set(error, "/captureHeaders", "\"%.60s\" of \"%.60s\" is not known here",
                            member, name);
            return false;
        }
    }
    return true;
}

static bool read_format(struct recording_spec *spec, json_t *value, struct match_error *error)
{
    const char *format = json_string_value(value);

    spec->only_ids = format && strcasecmp(format, "IDS") == 0;
    return spec->only_ids || (format && strcasecmp(format, "FULL") == 0) ||
           wrong(error, "/outputFormat", "expected FULL or IDS");
}

static bool read_persist(struct recording_spec *spec, json_t *value, struct match_error *error)
{
    return read_switch(value, "/persist", &spec->persists, error);
}

static bool read_repeats(struct recording_spec *spec, json_t *value, struct match_error *error)
{
    return read_switch(value, "/repeatsAsScenarios", &spec->has_scenarios, error);
}

static bool read_matcher(struct recording_spec *spec, const json_t *value,
                         struct match_error *error)
{
    const char *name = json_string_value(value);

    spec->body = BODY_BY_TYPE;
    if (name && strcmp(name, "equalTo") == 0)
        spec->body = BODY_EQUAL_TO;
    else if (name && strcmp(name, "equalToJson") == 0)
        spec->body = BODY_EQUAL_TO_JSON;
    else if (!name || strcmp(name, "auto") != 0)
        return wrong(error, "/requestBodyPattern/matcher", "expected auto, equalTo or equalToJson");
    return true;
}

static bool read_body_pattern(struct recording_spec *spec, json_t *value, struct match_error *error)
{
    const struct {
        const char *name, *pointer;
        bool *out;
    } switches[] = {
        {"ignoreArrayOrder", "/requestBodyPattern/ignoreArrayOrder", &spec->ignores_order},
        {"ignoreExtraElements", "/requestBodyPattern/ignoreExtraElements", &spec->ignores_extra},
        {"caseInsensitive", "/requestBodyPattern/caseInsensitive", &spec->ignores_case},
    };
    const char *name;
    json_t *member;

    if (!json_is_object(value))
        return wrong(error, "/requestBodyPattern", "expected an object");
    json_object_foreach (value, name, member) {
        bool is_known = strcmp(name, "matcher") == 0, ok = true;

        if (is_known)
            ok = read_matcher(spec, member, error);
        for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
            if (strcmp(switches[i].name, name) != 0)
                continue;
            is_known = true;
            ok = read_switch(member, switches[i].pointer, switches[i].out, error);
        }
        if (!is_known)
            return wrong(error, "/requestBodyPattern",
                         "expected matcher, ignoreArrayOrder, ignoreExtraElements and "
                         "caseInsensitive only");
        if (!ok)
            return false;
    }
    return true;
}

/* Where the calls come from is clear: from the journal. */
static bool read_nothing(struct recording_spec *spec, json_t *value, struct match_error *error)
{
    (void)spec;
    (void)value;
    (void)error;
    return true;
}

static bool refuse_field(struct recording_spec *spec, json_t *value, struct match_error *error)
{
    (void)spec;
    (void)value;
    return wrong(error, "/",
                 "transformers and extractBodyCriteria are not supported here: bodies "
                 "stay in the stubs, as they were");
}

/* clang-format off */
static const struct {
    const char *name;
    bool (*read)(struct recording_spec *spec, json_t *value, struct match_error *error);
} fields[] = {
    {"targetBaseUrl",         read_nothing},
    {"filters",               read_filters},
    {"captureHeaders",        read_headers},
    {"requestBodyPattern",    read_body_pattern},
    {"outputFormat",          read_format},
    {"persist",               read_persist},
    {"repeatsAsScenarios",    read_repeats},
    {"extractBodyCriteria",   refuse_field},
    {"transformers",          refuse_field},
    {"transformerParameters", refuse_field},
};
/* clang-format on */

static bool read_field(struct recording_spec *spec, const char *name, json_t *value,
                       struct match_error *error)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (strcmp(fields[i].name, name) == 0)
            return json_is_null(value) || fields[i].read(spec, value, error);
    (void)snprintf(error->pointer, sizeof(error->pointer), "/%.80s", name);
    (void)snprintf(error->detail, sizeof(error->detail), "Unrecognized field \"%.80s\"", name);
    return false;
}

bool recording_spec_read(struct recording_spec *out, struct match_error *error)
{
    const char *name;
    json_t *value;

    if (!json_is_object(out->json))
        return wrong(error, "/", "expected an object, what to record");
    out->persists = out->has_scenarios = out->ignores_order = out->ignores_extra = true;
    json_object_foreach (out->json, name, value) {
        if (!read_field(out, name, value, error))
            return false;
    }
    return true;
}
