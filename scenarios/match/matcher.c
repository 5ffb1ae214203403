#include "match/matcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/matcher_kind.h"

enum { NESTING_MAX = 32, DISTANCE_LEN_MAX = 1000, JSON_DEPTH_MAX = 64 };

/* Where a matcher has several operators, the first of these counts. */
/* clang-format off */
static const struct matcher_kind kinds[] = {
    {"equalToJson",            matcher_read_json,      match_equal_to_json},
    {"matchesJsonPath",        matcher_read_json_path, match_json_path},
    {"matchesJsonSchema",      matcher_read_schema,    match_json_schema},
    {"equalTo",                matcher_read_text,      match_equal_to},
    {"contains",               matcher_read_text,      match_contains},
    {"doesNotContain",         matcher_read_text,      match_does_not_contain},
    {"matches",                matcher_read_regex,     match_matches},
    {"doesNotMatch",           matcher_read_regex,     match_does_not_match},
    {"matchesPathTemplate",    matcher_read_template,  match_path_template},
    {"absent",                 matcher_read_nothing,   match_absent},
    {"anything",               matcher_read_nothing,   match_anything},
    {"and",                    matcher_read_children,  match_and},
    {"or",                     matcher_read_children,  match_or},
    {"not",                    matcher_read_child,     match_not},
    {"equalToNumber",          matcher_read_number,    match_equal_to_number},
    {"greaterThanNumber",      matcher_read_number,    match_greater},
    {"greaterThanEqualNumber", matcher_read_number,    match_greater_equal},
    {"lessThanNumber",         matcher_read_number,    match_less},
    {"lessThanEqualNumber",    matcher_read_number,    match_less_equal},
    {"before",                 matcher_read_instant,   match_before},
    {"after",                  matcher_read_instant,   match_after},
    {"equalToDateTime",        matcher_read_instant,   match_same_instant},
    {"binaryEqualTo",          matcher_read_binary,    match_binary},
};
/* clang-format on */

/* What WireMock has and we never will. */
static const char *const refused[] = {"equalToXml", "matchesXPath", "customMatcher"};

void match_subject_done(struct match_subject *subject)
{
    json_decref(subject->json);
    subject->json = NULL;
    subject->is_json_read = false;
}

/* Who reads and compares JSON calls itself for each level: this does not. */
static bool nests_too_deep(const char *data, size_t len)
{
    size_t depth = 0;
    bool is_string = false;

    for (size_t i = 0; i < len; i++) {
        if (is_string && data[i] == '\\')
            i++;
        else if (data[i] == '"')
            is_string = !is_string;
        else if (!is_string && (data[i] == '[' || data[i] == '{') && ++depth > JSON_DEPTH_MAX)
            return true;
        else if (!is_string && (data[i] == ']' || data[i] == '}') && depth > 0)
            depth--;
    }
    return false;
}

json_t *match_json_read(const char *data, size_t len, char *error, size_t error_size)
{
    const size_t flags = JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL;
    json_error_t problem;
    json_t *json;

    if (nests_too_deep(data, len)) {
        (void)snprintf(error, error_size, "JSON may be nested at most %d deep", JSON_DEPTH_MAX);
        return NULL;
    }
    json = json_loadb(data, len, flags, &problem);
    /* Integers that do not fit: as good as doubles can be. */
    if (!json && json_error_code(&problem) == json_error_numeric_overflow)
        json = json_loadb(data, len, flags | JSON_DECODE_INT_AS_REAL, &problem);
    if (!json)
        (void)snprintf(error, error_size, "%.120s, in line %d, column %d", problem.text,
                       problem.line, problem.column);
    return json;
}

json_t *match_subject_json(struct match_subject *subject)
{
    if (!subject->is_json_read && subject->data) {
        char ignored[160];

        subject->json = match_json_read(subject->data, subject->len, ignored, sizeof(ignored));
    }
    subject->is_json_read = true;
    return subject->json;
}

bool matcher_flag(const struct matcher *matcher, const char *name)
{
    const json_t *flag = json_object_get(matcher->json, name);

    return json_is_true(flag) ||
           (json_is_string(flag) && strcmp(json_string_value(flag), "true") == 0);
}

/* Making */

static void explain_unknown(const json_t *json, char *error, size_t error_size)
{
    char *shown = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

    (void)snprintf(error, error_size, "%.160s is not a valid match operation",
                   shown ? shown : "this");
    free(shown);
}

static const struct matcher_kind *find_kind(const json_t *json, char *error, size_t error_size)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (json_object_get(json, kinds[i].name))
            return &kinds[i];
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        if (json_object_get(json, refused[i])) {
            (void)snprintf(error, error_size, "%s is not supported here", refused[i]);
            return NULL;
        }
    explain_unknown(json, error, error_size);
    return NULL;
}

struct matcher *matcher_new_within(unsigned depth, json_t *json, char *error, size_t error_size)
{
    const struct matcher_kind *kind = find_kind(json, error, error_size);
    struct matcher *matcher;

    if (!kind)
        return NULL;
    if (depth > NESTING_MAX) {
        (void)snprintf(error, error_size, "matchers may be nested at most %d deep", NESTING_MAX);
        return NULL;
    }
    matcher = calloc(1, sizeof(*matcher));
    if (!matcher) {
        (void)snprintf(error, error_size, "out of memory");
        return NULL;
    }
    matcher->kind = kind;
    matcher->depth = depth;
    matcher->json = json_incref(json);
    matcher->operand = json_object_get(json, kind->name);
    if (kind->read(matcher, error, error_size))
        return matcher;
    matcher_free(matcher);
    return NULL;
}

struct matcher *matcher_new(json_t *json, char *error, size_t error_size)
{
    return matcher_new_within(0, json, error, error_size);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as matcher_new() allowed */
void matcher_free(struct matcher *matcher)
{
    if (!matcher)
        return;
    for (size_t i = 0; i < matcher->child_count; i++)
        matcher_free(matcher->children[i]);
    free(matcher->children);
    regex_free(matcher->regex);
    json_path_free(matcher->path);
    json_schema_free(matcher->schema);
    path_template_free(matcher->template);
    json_decref(matcher->expected);
    free(matcher->bytes);
    match_instant_free(matcher->instant);
    json_decref(matcher->json);
    free(matcher);
}

/* Asking */

enum match_result matcher_match(const struct matcher *matcher, struct match_subject *subject)
{
    return matcher->kind->match(matcher, subject);
}

json_t *matcher_json(const struct matcher *matcher)
{
    return matcher->json;
}

bool matcher_takes_absent(const struct matcher *matcher)
{
    struct match_subject nothing = {0};

    return matcher_match(matcher, &nothing) == MATCH_YES;
}

const char *matcher_exact_text(const struct matcher *matcher)
{
    if (matcher->kind->match != match_equal_to || matcher->options)
        return NULL;
    return json_string_value(matcher->operand);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Count the bytes to insert, delete or replace to make one text of the other (Levenshtein). */
static size_t count_edits(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t row[DISTANCE_LEN_MAX + 1];

    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t above = row[j];

            row[j] = least(least(above, row[j - 1]) + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[b_len];
}

double match_text_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t longer;

    a_len = least(a_len, DISTANCE_LEN_MAX);
    b_len = least(b_len, DISTANCE_LEN_MAX);
    longer = a_len > b_len ? a_len : b_len;
    return longer == 0 ? 0 : (double)count_edits(a, a_len, b, b_len) / (double)longer;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as matcher_new() allowed */
static double child_distance(const struct matcher *matcher, struct match_subject *subject)
{
    double sum = 0, nearest = 1;

    for (size_t i = 0; i < matcher->child_count; i++) {
        double distance = matcher_distance(matcher->children[i], subject);

        sum += distance;
        nearest = distance < nearest ? distance : nearest;
    }
    return matcher->kind->match == match_or ? nearest : sum / (double)matcher->child_count;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as matcher_new() allowed */
double matcher_distance(const struct matcher *matcher, struct match_subject *subject)
{
    if (matcher_match(matcher, subject) == MATCH_YES)
        return 0;
    if (!subject->data)
        return 1;
    if (matcher->kind->match == match_and || matcher->kind->match == match_or)
        return child_distance(matcher, subject);
    if (matcher->kind->match == match_equal_to)
        return match_text_distance(json_string_value(matcher->operand),
                                   json_string_length(matcher->operand), subject->data,
                                   subject->len);
    return 1;
}
