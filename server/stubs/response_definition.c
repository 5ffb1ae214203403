#include "stubs/response_definition.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "http/framing.h"
#include "stubs/response_template.h"

enum { DRIBBLE_COUNT_MAX = 60, SAMPLES_MAX = 1000 };

static const double delay_ms_max = 86400000;

/* A field that is being read. */
struct field_reader {
    struct response_definition *out;
    const char *base; /* where the definition stands */
    const char *name;
    struct match_error *error;
};

/* Say what is wrong with the field. Returns false, for a return statement. */
static bool wrong(const struct field_reader *r, const char *detail)
{
    return match_error_at(r->error, r->base, r->name, detail);
}

static bool read_status(const struct field_reader *r, json_t *value)
{
    if (!json_is_integer(value) || json_integer_value(value) < 200 ||
        json_integer_value(value) > 999)
        return wrong(r, "expected a status from 200 to 999");
    r->out->status = (int)json_integer_value(value);
    return true;
}

static bool read_string(const struct field_reader *r, const json_t *value, const char **out)
{
    *out = json_string_value(value);
    return *out || wrong(r, "expected a string");
}

static bool read_status_message(const struct field_reader *r, json_t *value)
{
    if (!read_string(r, value, &r->out->status_message))
        return false;
    return strcspn(r->out->status_message, "\r\n") == json_string_length(value) ||
           wrong(r, "expected a string of one line");
}

static bool is_list_of_strings(const json_t *value)
{
    size_t count = json_array_size(value);

    for (size_t i = 0; i < count; i++)
        if (!json_is_string(json_array_get(value, i)))
            return false;
    return json_is_array(value);
}

static bool read_header_object(const struct field_reader *r, json_t *value, json_t **out)
{
    const char *name;
    json_t *header;

    if (!json_is_object(value))
        return wrong(r, "expected an object of strings");
    json_object_foreach (value, name, header) {
        if (!framing_name_is_valid(text_of(name)))
            return wrong(r, "the name of a header is letters, digits and !#$%&'*+-.^_`|~");
        if (!json_is_string(header) && !is_list_of_strings(header))
            return wrong(r, "a header must be a string or a list of strings");
    }
    *out = value;
    return true;
}

static bool read_headers(const struct field_reader *r, json_t *value)
{
    return read_header_object(r, value, &r->out->headers);
}

/* Where several bodies are given, the one that is read first stays: see the table. */
static bool set_body(const struct field_reader *r, const json_t *value, enum body_kind kind)
{
    const char *body;

    if (!read_string(r, value, &body))
        return false;
    if (r->out->body_kind == BODY_NONE) {
        r->out->body_kind = kind;
        r->out->body = body;
        r->out->body_len = json_string_length(value);
    }
    return true;
}

static bool read_body(const struct field_reader *r, json_t *value)
{
    return set_body(r, value, BODY_TEXT);
}

static bool read_base64_body(const struct field_reader *r, json_t *value)
{
    return set_body(r, value, BODY_BASE64);
}

static bool read_body_file(const struct field_reader *r, json_t *value)
{
    return set_body(r, value, BODY_FILE);
}

static bool read_json_body(const struct field_reader *r, json_t *value)
{
    if (r->out->body_kind == BODY_NONE) {
        r->out->body_kind = BODY_JSON;
        r->out->json_body = value;
    }
    return true;
}

static bool is_delay(const json_t *value)
{
    return json_is_number(value) && json_number_value(value) >= 0 &&
           json_number_value(value) <= delay_ms_max;
}

static bool read_fixed_delay(const struct field_reader *r, json_t *value)
{
    if (!is_delay(value))
        return wrong(r, "expected milliseconds from 0 to 86400000");
    r->out->fixed_delay_ms = json_number_value(value);
    return true;
}

static const struct {
    const char *name;
    enum delay_kind kind;
    const char *a, *b;
} delay_kinds[] = {
    {"fixed", DELAY_FIXED, "milliseconds", NULL},
    {"uniform", DELAY_UNIFORM, "lower", "upper"},
    {"lognormal", DELAY_LOGNORMAL, "median", "sigma"},
};

bool delay_read(const json_t *json, const char *pointer, struct delay *out,
                struct match_error *error)
{
    const char *type = json_string_value(json_object_get(json, "type"));
    const json_t *max = json_object_get(json, "maxValue");

    for (size_t i = 0; type && i < ARRAY_LEN(delay_kinds); i++) {
        const json_t *a = json_object_get(json, delay_kinds[i].a);
        const json_t *b = delay_kinds[i].b ? json_object_get(json, delay_kinds[i].b) : a;

        if (strcmp(type, delay_kinds[i].name) != 0)
            continue;
        if (!is_delay(a) || !is_delay(b) || (max && !json_is_null(max) && !is_delay(max)) ||
            (delay_kinds[i].kind == DELAY_UNIFORM && json_number_value(a) > json_number_value(b))) {
            match_error_set(error, pointer, "a %s delay needs %s%s%s, from 0 to 86400000", type,
                            delay_kinds[i].a, delay_kinds[i].b ? " and " : "",
                            delay_kinds[i].b ? delay_kinds[i].b : "");
            return false;
        }
        *out = (struct delay){.kind = delay_kinds[i].kind,
                              .a = json_number_value(a),
                              .b = json_number_value(b),
                              .max = json_number_value(max)};
        return true;
    }
    match_error_set(error, pointer, "the type of a delay must be fixed, lognormal or uniform");
    return false;
}

static bool read_delay(const struct field_reader *r, json_t *value)
{
    char pointer[sizeof(r->error->pointer)];

    (void)snprintf(pointer, sizeof(pointer), "%s/%s", r->base, r->name);
    return delay_read(value, pointer, &r->out->delay, r->error);
}

static bool read_dribble(const struct field_reader *r, json_t *value)
{
    const json_t *count = json_object_get(value, "numberOfChunks");
    const json_t *duration = json_object_get(value, "totalDuration");

    if (!json_is_integer(count) || json_integer_value(count) < 1 ||
        json_integer_value(count) > DRIBBLE_COUNT_MAX || !is_delay(duration))
        return wrong(r, "expected numberOfChunks from 1 to 60 and totalDuration in milliseconds");
    r->out->dribble_count = (unsigned)json_integer_value(count);
    r->out->dribble_ms = json_number_value(duration);
    return true;
}

static const struct {
    const char *name;
    enum fault_kind fault;
} faults[] = {
    {"CONNECTION_RESET_BY_PEER", FAULT_CONNECTION_RESET_BY_PEER},
    {"EMPTY_RESPONSE", FAULT_EMPTY_RESPONSE},
    {"MALFORMED_RESPONSE_CHUNK", FAULT_MALFORMED_RESPONSE_CHUNK},
    {"RANDOM_DATA_THEN_CLOSE", FAULT_RANDOM_DATA_THEN_CLOSE},
};

static bool read_fault(const struct field_reader *r, json_t *value)
{
    for (size_t i = 0; json_is_string(value) && i < ARRAY_LEN(faults); i++)
        if (strcmp(faults[i].name, json_string_value(value)) == 0) {
            r->out->fault = faults[i].fault;
            return true;
        }
    return wrong(r, "not one of CONNECTION_RESET_BY_PEER, EMPTY_RESPONSE, RANDOM_DATA_THEN_CLOSE, "
                    "MALFORMED_RESPONSE_CHUNK");
}

static bool read_proxy(const struct field_reader *r, json_t *value)
{
    struct text url = text_of(json_string_value(value));

    if (!text_eq(url, TEXT("mockhere:")) && !text_has_prefix(url, TEXT("http://")) &&
        !text_has_prefix(url, TEXT("https://")) && !text_has_prefix(url, TEXT("{{")))
        return wrong(r, "expected a URL that begins with http:// or https://, or mockhere: for "
                        "the built-in endpoint");
    return read_string(r, value, &r->out->proxy_base_url);
}

static bool read_proxy_headers(const struct field_reader *r, json_t *value)
{
    return read_header_object(r, value, &r->out->proxy_headers);
}

static bool read_removed_headers(const struct field_reader *r, json_t *value)
{
    r->out->removed_headers = value;
    return is_list_of_strings(value) || wrong(r, "expected a list of strings");
}

static bool read_removed_prefix(const struct field_reader *r, json_t *value)
{
    return read_string(r, value, &r->out->removed_prefix);
}

static bool read_transformers(const struct field_reader *r, json_t *value)
{
    if (!is_list_of_strings(value))
        return wrong(r, "expected a list of strings");
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (strcmp(json_string_value(json_array_get(value, i)), "response-template") != 0)
            return wrong(r, "only the transformer response-template is supported here");
        r->out->is_template = true;
    }
    return true;
}

static bool read_template_parameters(const struct field_reader *r, json_t *value)
{
    r->out->template_parameters = value;
    return json_is_object(value) || wrong(r, "expected an object");
}

/* What clients send back of what they were sent. */
static bool read_nothing(const struct field_reader *r, json_t *value)
{
    (void)r;
    (void)value;
    return true;
}

/* The bodies in the order in which WireMock prefers them. */
static const struct {
    const char *name;
    bool (*read)(const struct field_reader *r, json_t *value);
} fields[] = {
    {"status", read_status},
    {"statusMessage", read_status_message},
    {"headers", read_headers},
    {"body", read_body},
    {"jsonBody", read_json_body},
    {"base64Body", read_base64_body},
    {"bodyFileName", read_body_file},
    {"fixedDelayMilliseconds", read_fixed_delay},
    {"delayDistribution", read_delay},
    {"chunkedDribbleDelay", read_dribble},
    {"fault", read_fault},
    {"proxyBaseUrl", read_proxy},
    {"additionalProxyRequestHeaders", read_proxy_headers},
    {"removeProxyRequestHeaders", read_removed_headers},
    {"proxyUrlPrefixToRemove", read_removed_prefix},
    {"transformers", read_transformers},
    {"transformerParameters", read_template_parameters},
    {"fromConfiguredStub", read_nothing},
};

static bool is_known(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (strcmp(fields[i].name, name) == 0)
            return true;
    return false;
}

static bool check_names(const json_t *json, const char *pointer, struct match_error *error)
{
    union {
        const json_t *constant;
        json_t *changeable;
    } same;
    const char *name;
    json_t *value;

    same.constant = json;
    json_object_foreach (same.changeable, name, value) {
        char at[sizeof(error->pointer)];

        if (is_known(name))
            continue;
        (void)snprintf(at, sizeof(at), "%s/%s", pointer, name);
        match_error_set(error, at, "Unrecognized field \"%.80s\" of a response definition", name);
        return false;
    }
    return true;
}

/* Templates are read of all stubs, since the server may be told that all are; it is an error only
 * in those that say so. */
static bool read_templates(const char *pointer, struct response_definition *out,
                           struct match_error *error)
{
    char why[TEMPLATE_ERROR_SIZE], at[sizeof(error->pointer)];
    const char *field;

    if (!response_template_is_there(out))
        return true;
    out->templates = response_template_new(out, why, &field);
    if (out->templates || !out->is_template)
        return true;
    (void)snprintf(at, sizeof(at), "%s/%s", pointer, field);
    match_error_set(error, at, "%s", why);
    return false;
}

bool response_definition_read(json_t *json, const char *pointer, struct response_definition *out,
                              struct match_error *error)
{
    *out = (struct response_definition){
        .json = json_incref(json), .status = 200, .fixed_delay_ms = -1, .own = {.cut_body_at = -1}};
    if (!json)
        return true;
    if (!json_is_object(json)) {
        match_error_set(error, pointer, "expected an object, the response definition");
        return false;
    }
    if (!check_names(json, pointer, error))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        const struct field_reader r = {out, pointer, fields[i].name, error};
        json_t *value = json_object_get(json, fields[i].name);

        if (value && !json_is_null(value) && !fields[i].read(&r, value))
            return false;
    }
    return read_templates(pointer, out, error);
}

void response_definition_done(struct response_definition *definition)
{
    response_template_free(definition->templates);
    json_decref(definition->json);
    *definition = (struct response_definition){0};
}

/* A number of the standard normal distribution (the polar method of Marsaglia). */
static double sample_normal(double (*random)(void *context), void *context)
{
    for (int i = 0; i < SAMPLES_MAX; i++) {
        double x = 2 * random(context) - 1, y = 2 * random(context) - 1;
        double square = x * x + y * y;

        if (square > 0 && square < 1)
            return x * sqrt(-2 * log(square) / square);
    }
    return 0;
}

double delay_sample(const struct delay *delay, double (*random)(void *context), void *context)
{
    double ms = 0;

    switch (delay->kind) {
    case DELAY_NONE:
        return 0;
    case DELAY_FIXED:
        return delay->a;
    case DELAY_UNIFORM:
        return delay->a + (delay->b - delay->a) * random(context);
    case DELAY_LOGNORMAL:
        for (int i = 0; i < SAMPLES_MAX; i++) {
            ms = delay->a * exp(delay->b * sample_normal(random, context));
            if (delay->max <= 0 || ms <= delay->max)
                break;
        }
        if (delay->max > 0 && ms > delay->max)
            ms = delay->max;
        return ms < delay_ms_max ? ms : delay_ms_max;
    }
    return 0;
}
