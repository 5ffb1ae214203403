/*
 * Making request patterns of JSON.
 */
#include "match/request_pattern.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/request_pattern_inside.h"

enum { CONDITIONS_MAX = 200 };

void match_error_set(struct match_error *error, const char *pointer, const char *format, ...)
{
    va_list args;

    (void)snprintf(error->pointer, sizeof(error->pointer), "%s", pointer);
    va_start(args, format);
    (void)vsnprintf(error->detail, sizeof(error->detail), format, args);
    va_end(args);
}

bool match_error_at(struct match_error *error, const char *base, const char *name,
                    const char *detail)
{
    char pointer[sizeof(error->pointer)];

    (void)snprintf(pointer, sizeof(pointer), "%s/%s", base, name);
    match_error_set(error, pointer, "%s", detail);
    return false;
}

/* Reading */

struct reader {
    struct request_pattern *pattern;
    const char *base; /* where the pattern stands */
    struct match_error *error;
};

/* Point at a member of the pattern, and an item of it. */
static void point(const struct reader *r, const char *name, const char *item, char *out,
                  size_t size)
{
    (void)snprintf(out, size, "%s/%s%s%s", r->base, name, item ? "/" : "", item ? item : "");
}

/* Say what is wrong with a member. Returns false, for a return statement. */
static bool wrong(const struct reader *r, const char *name, const char *item, const char *detail)
{
    char pointer[sizeof(r->error->pointer)];

    point(r, name, item, pointer, sizeof(pointer));
    match_error_set(r->error, pointer, "%s", detail);
    return false;
}

static bool read_method(struct reader *r, const char *name, json_t *value)
{
    if (!json_is_string(value))
        return wrong(r, name, NULL, "expected the name of a method");
    if (strcmp(json_string_value(value), "ANY") != 0)
        r->pattern->method = json_string_value(value);
    return true;
}

/* Where there are several of these, the first of this order counts. */
static const struct {
    const char *name;
    enum url_kind kind;
} url_fields[] = {
    {"url", URL_EQUAL},
    {"urlPattern", URL_REGEX},
    {"urlPath", URL_PATH},
    {"urlPathPattern", URL_PATH_REGEX},
    {"urlPathTemplate", URL_TEMPLATE},
};

/* Compile the URL, once. */
static bool compile_url(struct reader *r)
{
    struct request_pattern *pattern = r->pattern;
    struct match_error *error = r->error;

    if (pattern->url_regex || pattern->url_template)
        return true;
    (void)snprintf(error->pointer, sizeof(error->pointer), "%s", r->base);
    if (pattern->url_kind == URL_TEMPLATE) {
        pattern->url_template =
            path_template_new(pattern->url, error->detail, sizeof(error->detail));
        return pattern->url_template != NULL;
    }
    if (pattern->url_kind != URL_REGEX && pattern->url_kind != URL_PATH_REGEX)
        return true;
    pattern->url_regex = regex_new(pattern->url, 0, error->detail, sizeof(error->detail));
    return pattern->url_regex != NULL;
}

static bool read_url(struct reader *r, const char *name, json_t *value)
{
    (void)name;
    (void)value;
    for (size_t i = 0; i < ARRAY_LEN(url_fields); i++) {
        const json_t *text = json_object_get(r->pattern->json, url_fields[i].name);

        if (!text || json_is_null(text))
            continue;
        if (!json_is_string(text))
            return wrong(r, url_fields[i].name, NULL, "expected a string");
        r->pattern->url_kind = url_fields[i].kind;
        r->pattern->url = json_string_value(text);
        break;
    }
    return compile_url(r);
}

/* Add a condition for each member of `value`. */
static bool read_conditions(struct reader *r, const char *name, json_t *value, enum place place,
                            struct condition **conditions, size_t *count)
{
    size_t size = *count + json_object_size(value);
    struct condition *larger;
    const char *key;
    json_t *json;

    if (!json_is_object(value))
        return wrong(r, name, NULL, "expected an object of matchers");
    if (size > CONDITIONS_MAX)
        return wrong(r, name, NULL, "a pattern may have at most 200 named matchers");
    larger = realloc(*conditions, (size + 1) * sizeof(*larger));
    if (!larger)
        return wrong(r, name, NULL, "out of memory");
    *conditions = larger;
    json_object_foreach (value, key, json) {
        char detail[256];
        struct values_matcher *matcher = values_matcher_new(json, detail, sizeof(detail));

        if (!matcher)
            return wrong(r, name, key, detail);
        larger[(*count)++] = (struct condition){place, key, matcher};
    }
    return true;
}

static bool add_conditions(struct reader *r, const char *name, json_t *value, enum place place)
{
    return read_conditions(r, name, value, place, &r->pattern->conditions,
                           &r->pattern->condition_count);
}

static bool read_path_parameters(struct reader *r, const char *name, json_t *value)
{
    return add_conditions(r, name, value, PLACE_PATH);
}

static bool read_query(struct reader *r, const char *name, json_t *value)
{
    return add_conditions(r, name, value, PLACE_QUERY);
}

static bool read_headers(struct reader *r, const char *name, json_t *value)
{
    return add_conditions(r, name, value, PLACE_HEADER);
}

static bool read_cookies(struct reader *r, const char *name, json_t *value)
{
    return add_conditions(r, name, value, PLACE_COOKIE);
}

static bool read_form(struct reader *r, const char *name, json_t *value)
{
    return add_conditions(r, name, value, PLACE_FORM);
}

static bool read_matchers(struct reader *r, const char *name, const json_t *list,
                          struct matcher ***matchers, size_t *count)
{
    size_t size = json_array_size(list);

    if (!json_is_array(list))
        return wrong(r, name, NULL, "expected a list of matchers");
    if (size > CONDITIONS_MAX)
        return wrong(r, name, NULL, "a pattern may have at most 200 matchers of a body");
    free(*matchers);
    *matchers = calloc(size + 1, sizeof(struct matcher *));
    if (!*matchers)
        return wrong(r, name, NULL, "out of memory");
    for (; *count < size; (*count)++) {
        char detail[256], item[24];

        (void)snprintf(item, sizeof(item), "%zu", *count);
        (*matchers)[*count] = matcher_new(json_array_get(list, *count), detail, sizeof(detail));
        if (!(*matchers)[*count])
            return wrong(r, name, item, detail);
    }
    return true;
}

static bool read_bodies(struct reader *r, const char *name, json_t *value)
{
    return read_matchers(r, name, value, &r->pattern->bodies, &r->pattern->body_count);
}

static bool read_part_pattern(struct reader *r, const char *item, json_t *value,
                              struct part_pattern *part)
{
    static const char where[] = "multipartPatterns";
    const json_t *name = json_object_get(value, "name");
    const json_t *file_name = json_object_get(value, "fileName");
    const json_t *type = json_object_get(value, "matchingType");
    json_t *headers = json_object_get(value, "headers");
    json_t *bodies = json_object_get(value, "bodyPatterns");

    if (!json_is_object(value))
        return wrong(r, where, item, "expected an object");
    if ((name && !json_is_string(name)) || (file_name && !json_is_string(file_name)))
        return wrong(r, where, item, "name and fileName must be strings");
    part->name = json_string_value(name);
    part->file_name = json_string_value(file_name);
    if (type && (!json_is_string(type) || (strcmp(json_string_value(type), "ANY") != 0 &&
                                           strcmp(json_string_value(type), "ALL") != 0)))
        return wrong(r, where, item, "matchingType must be ANY or ALL");
    part->is_for_all = type && strcmp(json_string_value(type), "ALL") == 0;
    if (headers &&
        !read_conditions(r, where, headers, PLACE_HEADER, &part->headers, &part->header_count))
        return false;
    return !bodies || read_matchers(r, where, bodies, &part->bodies, &part->body_count);
}

static bool read_parts(struct reader *r, const char *name, json_t *value)
{
    size_t count = json_array_size(value);

    if (!json_is_array(value))
        return wrong(r, name, NULL, "expected a list of patterns");
    if (count > MATCH_PARTS_MAX)
        return wrong(r, name, NULL, "a pattern may ask for at most 64 parts");
    r->pattern->parts = calloc(count + 1, sizeof(*r->pattern->parts));
    if (!r->pattern->parts)
        return wrong(r, name, NULL, "out of memory");
    for (size_t i = 0; i < count; i++) {
        char item[24];

        (void)snprintf(item, sizeof(item), "%zu", i);
        r->pattern->part_count++;
        if (!read_part_pattern(r, item, json_array_get(value, i), &r->pattern->parts[i]))
            return false;
    }
    return true;
}

/* Write `Basic ` and the Base64 of `user:password`. */
static char *make_credentials(const char *user, const char *password)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = strlen(user) + 1 + strlen(password);
    char *plain = malloc(len + 1), *out = malloc(len / 3 * 4 + 16), *at = out;

    if (!plain || !out) {
        free(plain);
        free(out);
        return NULL;
    }
    (void)snprintf(plain, len + 1, "%s:%s", user, password);
    memcpy(at, "Basic ", 6);
    at += 6;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t bits = 0;

        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (i + j < len ? (unsigned char)plain[i + j] : 0);
        for (size_t j = 0; j < 4; j++)
            *at++ = i + j <= len ? digits[bits >> (18 - 6 * j) & 63] : '=';
    }
    *at = '\0';
    free(plain);
    return out;
}

static bool read_credentials(struct reader *r, const char *name, json_t *value)
{
    const char *user = json_string_value(json_object_get(value, "username"));
    const char *password = json_string_value(json_object_get(value, "password"));

    if (!user || !password)
        return wrong(r, name, NULL, "expected a username and a password");
    free(r->pattern->credentials);
    r->pattern->credentials = make_credentials(user, password);
    return r->pattern->credentials || wrong(r, name, NULL, "out of memory");
}

static bool read_scheme(struct reader *r, const char *name, json_t *value)
{
    r->pattern->scheme = json_string_value(value);
    return r->pattern->scheme || wrong(r, name, NULL, "expected a string");
}

static bool read_port(struct reader *r, const char *name, json_t *value)
{
    r->pattern->port = json_integer_value(value);
    return json_is_integer(value) || wrong(r, name, NULL, "expected a number");
}

static bool read_matcher(struct reader *r, const char *name, json_t *value, struct matcher **out)
{
    char detail[256];

    matcher_free(*out);
    *out = matcher_new(value, detail, sizeof(detail));
    return *out || wrong(r, name, NULL, detail);
}

static bool read_host(struct reader *r, const char *name, json_t *value)
{
    return read_matcher(r, name, value, &r->pattern->host);
}

static bool read_client_ip(struct reader *r, const char *name, json_t *value)
{
    return read_matcher(r, name, value, &r->pattern->client_ip);
}

/* Some clients send the stub's metadata here, too. */
static bool read_nothing(struct reader *r, const char *name, json_t *value)
{
    (void)r;
    (void)name;
    (void)value;
    return true;
}

static bool refuse_custom(struct reader *r, const char *name, json_t *value)
{
    (void)value;
    return wrong(r, name, NULL, "customMatcher is not supported here");
}

static const struct {
    const char *name;
    bool (*read)(struct reader *r, const char *name, json_t *value);
} fields[] = {
    {"method", read_method},
    {"url", read_url},
    {"urlPattern", read_url},
    {"urlPath", read_url},
    {"urlPathPattern", read_url},
    {"urlPathTemplate", read_url},
    {"pathParameters", read_path_parameters},
    {"queryParameters", read_query},
    {"headers", read_headers},
    {"cookies", read_cookies},
    {"formParameters", read_form},
    {"bodyPatterns", read_bodies},
    {"multipartPatterns", read_parts},
    {"basicAuthCredentials", read_credentials},
    {"basicAuth", read_credentials},
    {"scheme", read_scheme},
    {"host", read_host},
    {"port", read_port},
    {"clientIp", read_client_ip},
    {"metadata", read_nothing},
    {"customMatcher", refuse_custom},
};

static bool read_field(struct reader *r, const char *name, json_t *value)
{
    char detail[160];

    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (strcmp(fields[i].name, name) == 0)
            return json_is_null(value) || fields[i].read(r, name, value);
    (void)snprintf(detail, sizeof(detail), "Unrecognized field \"%.80s\" of a request pattern",
                   name);
    return wrong(r, name, NULL, detail);
}

struct request_pattern *request_pattern_new(json_t *json, const char *pointer,
                                            struct match_error *error)
{
    struct request_pattern *pattern = calloc(1, sizeof(*pattern));
    struct reader r = {.pattern = pattern, .base = pointer, .error = error};
    const char *name;
    json_t *value;

    if (!pattern) {
        match_error_set(error, pointer, "out of memory");
        return NULL;
    }
    pattern->json = json_incref(json);
    if (!json_is_object(json)) {
        match_error_set(error, pointer, "expected an object, the request pattern");
        request_pattern_free(pattern);
        return NULL;
    }
    json_object_foreach (json, name, value) {
        if (!read_field(&r, name, value)) {
            request_pattern_free(pattern);
            return NULL;
        }
    }
    return pattern;
}

static void free_conditions(struct condition *conditions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values_matcher_free(conditions[i].matcher);
    free(conditions);
}

static void free_matchers(struct matcher **matchers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        matcher_free(matchers[i]);
    free(matchers);
}

void request_pattern_free(struct request_pattern *pattern)
{
    if (!pattern)
        return;
    for (size_t i = 0; i < pattern->part_count; i++) {
        free_conditions(pattern->parts[i].headers, pattern->parts[i].header_count);
        free_matchers(pattern->parts[i].bodies, pattern->parts[i].body_count);
    }
    free(pattern->parts);
    free_conditions(pattern->conditions, pattern->condition_count);
    free_matchers(pattern->bodies, pattern->body_count);
    regex_free(pattern->url_regex);
    path_template_free(pattern->url_template);
    free(pattern->credentials);
    matcher_free(pattern->host);
    matcher_free(pattern->client_ip);
    json_decref(pattern->json);
    free(pattern);
}

bool request_pattern_has_plain_segments(const struct request_pattern *pattern)
{
    return pattern->url_template && path_template_has_plain_segments(pattern->url_template);
}
