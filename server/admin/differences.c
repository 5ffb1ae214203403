/*
 * A pattern is taken apart into patterns of one demand each, and each is matched alone.
 */
#include "admin/differences.h"

#include <string.h>

#include "base/buf.h"
#include "base/secret.h"

enum demand_kind {
    DEMAND_WHOLE,    /* the field is one demand */
    DEMAND_BY_NAME,  /* each member is one */
    DEMAND_BY_INDEX, /* each item is one */
    DEMAND_OF_PATH,  /* each member is one, and needs the template of the path */
    DEMAND_SECRET    /* as a whole, and what was expected is not shown */
};

/* clang-format off */
static const struct demand {
    const char *field;
    const char *what;
    enum demand_kind kind;
} demands[] = {
    {"method",               "method",          DEMAND_WHOLE},
    {"url",                  "url",             DEMAND_WHOLE},
    {"urlPath",              "url",             DEMAND_WHOLE},
    {"urlPattern",           "url",             DEMAND_WHOLE},
    {"urlPathPattern",       "url",             DEMAND_WHOLE},
    {"urlPathTemplate",      "url",             DEMAND_WHOLE},
    {"pathParameters",       "path parameter",  DEMAND_OF_PATH},
    {"queryParameters",      "query parameter", DEMAND_BY_NAME},
    {"headers",              "header",          DEMAND_BY_NAME},
    {"cookies",              "cookie",          DEMAND_BY_NAME},
    {"basicAuth",            "credentials",     DEMAND_SECRET},
    {"basicAuthCredentials", "credentials",     DEMAND_SECRET},
    {"formParameters",       "form field",      DEMAND_BY_NAME},
    {"bodyPatterns",         "body",            DEMAND_BY_INDEX},
    {"multipartPatterns",    "part",            DEMAND_BY_INDEX},
    {"scheme",               "scheme",          DEMAND_WHOLE},
    {"host",                 "host",            DEMAND_WHOLE},
    {"port",                 "port",            DEMAND_WHOLE},
    {"clientIp",             "client",          DEMAND_WHOLE},
};
/* clang-format on */

struct comparing {
    json_t *pattern;
    const struct journal_entry *entry;
    json_t *out; /* owned by the caller */
};

/* Tell whether a call meets one demand; steals it. A demand that alone is no pattern is met. */
static bool is_met(const struct journal_entry *entry, json_t *alone)
{
    struct match_error error;
    struct match_request request;
    struct request_pattern *pattern = alone ? request_pattern_new(alone, "", &error) : NULL;
    bool result = true;

    if (pattern) {
        journal_entry_view(entry, &request);
        result = request_pattern_match(pattern, &request) == MATCH_YES;
        match_request_done(&request);
    }
    request_pattern_free(pattern);
    json_decref(alone);
    return result;
}

static json_t *text_json(struct match_text text)
{
    return text.data ? json_stringn(text.data, text.len) : json_null();
}

/* What was sent, where that is short to say; NULL: it is not shown. */
static json_t *actual_json(const struct demand *demand, const char *name,
                           const struct journal_entry *entry)
{
    struct match_request request;

    journal_entry_view(entry, &request);
    if (strcmp(demand->what, "method") == 0)
        return text_json(request.method);
    if (strcmp(demand->what, "url") == 0)
        return text_json(request.url);
    if (strcmp(demand->what, "header") == 0)
        return text_json(match_request_header(&request, name));
    return NULL;
}

/* A secret is shown as what stands for it, or not at all. */
static json_t *expected_json(const struct demand *demand, const char *name, json_t *expected)
{
    bool is_secret = name && (secret_is_header(text_of(name)) || secret_is_field(text_of(name))) &&
                     !(json_object_size(expected) == 1 && json_object_get(expected, "equalTo"));

    return is_secret || demand->kind == DEMAND_SECRET ? NULL : json_incref(expected);
}

static bool add(const struct comparing *comparing, const struct demand *demand, const char *name,
                json_t *expected)
{
    json_t *shown = json_pack("{s:s,s:s*,s:o*,s:o*}", "what", demand->what, "name", name,
                              "expected", expected_json(demand, name, expected), "actual",
                              actual_json(demand, name, comparing->entry));

    return shown && json_array_append_new(comparing->out, shown) == 0;
}

static bool compare_members(const struct comparing *comparing, const struct demand *demand,
                            json_t *members)
{
    json_t *template = json_object_get(comparing->pattern, "urlPathTemplate"), *expected;
    const char *name;

    json_object_foreach (members, name, expected) {
        json_t *alone = json_pack("{s:{s:O}}", demand->field, name, expected);

        if (demand->kind == DEMAND_OF_PATH && alone)
            (void)json_object_set(alone, "urlPathTemplate", template);
        if (!is_met(comparing->entry, alone) && !add(comparing, demand, name, expected))
            return false;
    }
    return true;
}

static bool compare_items(const struct comparing *comparing, const struct demand *demand,
                          json_t *items)
{
    for (size_t i = 0; i < json_array_size(items); i++) {
        json_t *expected = json_array_get(items, i);
        json_t *alone = json_pack("{s:[O]}", demand->field, expected);

        if (!is_met(comparing->entry, alone) && !add(comparing, demand, NULL, expected))
            return false;
    }
    return true;
}

static bool compare(const struct comparing *comparing, const struct demand *demand)
{
    json_t *asked = json_object_get(comparing->pattern, demand->field);

    if (!asked)
        return true;
    switch (demand->kind) {
    case DEMAND_BY_NAME:
    case DEMAND_OF_PATH:
        return compare_members(comparing, demand, asked);
    case DEMAND_BY_INDEX:
        return compare_items(comparing, demand, asked);
    case DEMAND_WHOLE:
    case DEMAND_SECRET:
        break;
    }
    return is_met(comparing->entry, json_pack("{s:O}", demand->field, asked)) ||
           add(comparing, demand, NULL, asked);
}

json_t *differences_json(json_t *pattern, const struct journal_entry *entry)
{
    struct comparing comparing = {pattern, entry, json_array()};
    bool ok = comparing.out != NULL;

    for (size_t i = 0; ok && i < ARRAY_LEN(demands); i++)
        ok = compare(&comparing, &demands[i]);
    if (ok)
        return comparing.out;
    json_decref(comparing.out);
    return NULL;
}

void differences_add_words(const json_t *differences, struct buf *out)
{
    size_t count = json_array_size(differences);

    for (size_t i = 0; i < count; i++) {
        const json_t *difference = json_array_get(differences, i);
        const char *name = json_string_value(json_object_get(difference, "name"));

        if (i > 0)
            buf_add_string(out, i + 1 < count ? ", " : " and ");
        buf_add_string(out, json_string_value(json_object_get(difference, "what")));
        if (name)
            buf_add_format(out, " %.80s", name);
    }
    buf_add_string(out, count == 1 ? " differs" : " differ");
}
