/*
 * Compiling schemas: each schema within a schema becomes a node, each of its keywords a rule.
 */
#include "match/json_schema.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/json_schema_tree.h"

enum { DEPTH_MAX = 64, NODES_MAX = 5000, URI_LEN_MAX = 1024 };

struct maker {
    struct json_schema *schema;
    char *error;
    size_t error_size;
};

static const struct schema_node anything, nothing = {.is_never = true};

/* clang-format off */
const struct schema_keyword schema_keywords[] = {
    {"$ref",                  SCHEMA_V4,      SCHEMA_V202012, HOLDS_REFERENCE,   check_reference},
    {"$recursiveRef",         SCHEMA_V201909, SCHEMA_V201909, HOLDS_REFERENCE,   check_reference},
    {"$dynamicRef",           SCHEMA_V202012, SCHEMA_V202012, HOLDS_REFERENCE,   check_reference},
    {"definitions",           SCHEMA_V4,      SCHEMA_V202012, HOLDS_MEMBERS,     NULL},
    {"$defs",                 SCHEMA_V4,      SCHEMA_V202012, HOLDS_MEMBERS,     NULL},
    {"type",                  SCHEMA_V4,      SCHEMA_V202012, HOLDS_NONE,        check_type},
    {"enum",                  SCHEMA_V4,      SCHEMA_V202012, HOLDS_NONE,        check_enum},
    {"const",                 SCHEMA_V6,      SCHEMA_V202012, HOLDS_NONE,        check_const},
    {"minimum",               SCHEMA_V4,      SCHEMA_V202012, HOLDS_NONE,        check_minimum},
    {"maximum",               SCHEMA_V4,      SCHEMA_V202012, HOLDS_NONE,        check_maximum},
    {"exclusiveMinimum",      SCHEMA_V6,      SCHEMA_V202012, HOLDS_NONE,        check_exclusive_minimum},
    {"exclusiveMaximum",      SCHEMA_V6,      SCHEMA_V202012, HOLDS_NONE,        check_exclusive_maximum},
    {"multipleOf",            SCHEMA_V4,      SCHEMA_V202012, HOLDS_NONE,        check_multiple_of},
    {"minLength",             SCHEMA_V4,      SCHEMA_V202012, HOLDS_NONE,        check_min_length},
    {"maxLength",             SCHEMA_V4,      SCHEMA_V202012, HOLDS_NONE,        check_max_length},
    {"pattern",               SCHEMA_V4,      SCHEMA_V202012, HOLDS_NONE,        check_pattern},
    {"format",                SCHEMA_V4,      SCHEMA_V7,      HOLDS_NONE,        check_format},
    {"prefixItems",           SCHEMA_V202012, SCHEMA_V202012, HOLDS_LIST,        check_prefix_items},
    {"items",                 SCHEMA_V4,      SCHEMA_V202012, HOLDS_ONE_OR_LIST, check_items},
    {"additionalItems",       SCHEMA_V4,      SCHEMA_V202012, HOLDS_ONE,         NULL},
    {"contains",              SCHEMA_V6,      SCHEMA_V202012, HOLDS_ONE,         check_contains},
    {"uniqueItems",           SCHEMA_V4,      SCHEMA_V202012, HOLDS_NONE,        check_unique},
    {"minItems",              SCHEMA_V4,      SCHEMA_V202012, HOLDS_NONE,        check_min_items},
    {"maxItems",              SCHEMA_V4,      SCHEMA_V202012, HOLDS_NONE,        check_max_items},
    {"required",              SCHEMA_V4,      SCHEMA_V202012, HOLDS_NONE,        check_required},
    {"minProperties",         SCHEMA_V4,      SCHEMA_V202012, HOLDS_NONE,        check_min_properties},
    {"maxProperties",         SCHEMA_V4,      SCHEMA_V202012, HOLDS_NONE,        check_max_properties},
    {"properties",            SCHEMA_V4,      SCHEMA_V202012, HOLDS_MEMBERS,     check_properties},
    {"patternProperties",     SCHEMA_V4,      SCHEMA_V202012, HOLDS_PATTERNS,    check_pattern_properties},
    {"additionalProperties",  SCHEMA_V4,      SCHEMA_V202012, HOLDS_ONE,         check_additional_properties},
    {"propertyNames",         SCHEMA_V6,      SCHEMA_V202012, HOLDS_ONE,         check_property_names},
    {"dependencies",          SCHEMA_V4,      SCHEMA_V202012, HOLDS_MEMBERS,     check_dependencies},
    {"dependentRequired",     SCHEMA_V201909, SCHEMA_V202012, HOLDS_NONE,        check_dependent_required},
    {"dependentSchemas",      SCHEMA_V201909, SCHEMA_V202012, HOLDS_MEMBERS,     check_dependencies},
    {"allOf",                 SCHEMA_V4,      SCHEMA_V202012, HOLDS_LIST,        check_all_of},
    {"anyOf",                 SCHEMA_V4,      SCHEMA_V202012, HOLDS_LIST,        check_any_of},
    {"oneOf",                 SCHEMA_V4,      SCHEMA_V202012, HOLDS_LIST,        check_one_of},
    {"not",                   SCHEMA_V4,      SCHEMA_V202012, HOLDS_ONE,         check_not},
    {"if",                    SCHEMA_V7,      SCHEMA_V202012, HOLDS_ONE,         check_if},
    {"then",                  SCHEMA_V7,      SCHEMA_V202012, HOLDS_ONE,         NULL},
    {"else",                  SCHEMA_V7,      SCHEMA_V202012, HOLDS_ONE,         NULL},
    {0},
};
/* clang-format on */

/* What a schema may hold and nobody here can check. */
static const char *const refused[] = {"unevaluatedItems", "unevaluatedProperties"};

static const struct {
    const char *uri;
    enum json_schema_version version;
} meta_schemas[] = {
    {"://json-schema.org/draft-04/schema", SCHEMA_V4},
    {"://json-schema.org/draft-06/schema", SCHEMA_V6},
    {"://json-schema.org/draft-07/schema", SCHEMA_V7},
    {"://json-schema.org/draft/2019-09/schema", SCHEMA_V201909},
    {"://json-schema.org/draft/2020-12/schema", SCHEMA_V202012},
};

/* Say what is wrong. Returns false, for a return statement. */
PRINTF_LIKE(2, 3) static bool fail(struct maker *m, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(m->error, m->error_size, format, args);
    va_end(args);
    return false;
}

static bool fail_memory(struct maker *m)
{
    return fail(m, "out of memory");
}

/* Make room for one more in a list that grows by doubling. */
static bool make_room(struct maker *m, void **list, size_t count, size_t item_size)
{
    void *larger;

    if (*list && (count & (count - 1)))
        return true;
    larger = realloc(*list, (count ? count * 2 : 1) * item_size);
    if (!larger)
        return fail_memory(m);
    *list = larger;
    return true;
}

/* Resources and anchors */

static struct schema_resource *add_resource(struct maker *m, const char *uri, json_t *root)
{
    struct json_schema *schema = m->schema;
    void *list = schema->resources;
    struct schema_resource *made;
    bool has_room = make_room(m, &list, schema->resource_count, sizeof(struct schema_resource *));

    schema->resources = list;
    made = has_room ? calloc(1, sizeof(*made)) : NULL;
    if (!made) {
        (void)fail_memory(m);
        return NULL;
    }
    assert(schema->resources);
    schema->resources[schema->resource_count++] = made;
    made->root = root;
    made->uri = strdup(uri);
    if (made->uri)
        return made;
    (void)fail_memory(m);
    return NULL;
}

static bool add_anchor(struct maker *m, const struct schema_node *node, const json_t *name,
                       const char *prefix)
{
    struct json_schema *schema = m->schema;
    void *list = schema->anchors;
    const char *text = json_string_value(name);
    size_t len = strlen(prefix);

    if (!text || strncmp(text, prefix, len) != 0)
        return true;
    if (!make_room(m, &list, schema->anchor_count, sizeof(*schema->anchors)))
        return false;
    schema->anchors = list;
    schema->anchors[schema->anchor_count++] =
        (struct schema_anchor){node->resource, text + len, node};
    return true;
}

/* Give a node the identifier that it has, if it has one: a new resource, or a name in the old. */
static bool identify(struct maker *m, struct schema_node *node)
{
    bool is_new = m->schema->version >= SCHEMA_V201909;
    const json_t *id = json_object_get(node->json, m->schema->version == SCHEMA_V4 ? "id" : "$id");
    const char *text = json_string_value(id);

    if (text && text[0] == '#')
        return is_new || add_anchor(m, node, id, "#");
    if (text && text[0]) {
        char uri[URI_LEN_MAX];

        if (!schema_uri_join(node->resource->uri, text, uri, sizeof(uri)))
            return fail(m, "an identifier of a schema may have at most %d bytes", URI_LEN_MAX - 1);
        node->resource = add_resource(m, uri, node->json);
        if (!node->resource)
            return false;
    }
    if (!is_new)
        return true;
    if (json_object_get(node->json, "$dynamicAnchor") ||
        json_is_true(json_object_get(node->json, "$recursiveAnchor")))
        m->schema->dynamic_count++;
    return add_anchor(m, node, json_object_get(node->json, "$anchor"), "") &&
           add_anchor(m, node, json_object_get(node->json, "$dynamicAnchor"), "");
}

/* Nodes and rules */

static bool read_rules(struct maker *m, struct schema_node *node, unsigned depth);

/* Make a node, and those within it. NULL on failure. */
/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
static const struct schema_node *make_node(struct maker *m, json_t *json,
                                           const struct schema_resource *resource, unsigned depth)
{
    struct json_schema *schema = m->schema;
    void *list = schema->nodes;
    struct schema_node *node;

    if (json_is_false(json))
        return &nothing;
    if (!json_is_object(json))
        return &anything;
    if (depth > DEPTH_MAX || schema->node_count >= NODES_MAX) {
        (void)fail(m, "a schema may hold at most %d others, nested %d deep", NODES_MAX, DEPTH_MAX);
        return NULL;
    }
    if (!make_room(m, &list, schema->node_count, sizeof(struct schema_node *)))
        return NULL;
    schema->nodes = list;
    node = calloc(1, sizeof(*node));
    if (!node) {
        (void)fail_memory(m);
        return NULL;
    }
    assert(schema->nodes);
    schema->nodes[schema->node_count++] = node;
    node->json = json;
    node->resource = resource;
    return read_rules(m, node, depth) ? node : NULL;
}

static bool make_places(struct maker *m, struct schema_rule *rule, size_t count)
{
    rule->nodes = calloc(count + 1, sizeof(struct schema_node *));
    rule->names = calloc(count + 1, sizeof(char *));
    rule->regexes = calloc(count + 1, sizeof(struct regex *));
    return (rule->nodes && rule->names && rule->regexes) || fail_memory(m);
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
static bool add_node(struct maker *m, struct schema_rule *rule, json_t *json, unsigned depth)
{
    const struct schema_node *node = make_node(m, json, rule->owner->resource, depth + 1);

    if (node)
        rule->nodes[rule->count++] = node;
    return node != NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
static bool add_list(struct maker *m, struct schema_rule *rule, unsigned depth)
{
    json_t *item;
    size_t index;

    if (!make_places(m, rule, json_array_size(rule->operand)))
        return false;
    json_array_foreach (rule->operand, index, item)
        if (!add_node(m, rule, item, depth))
            return false;
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
static bool add_members(struct maker *m, struct schema_rule *rule, unsigned depth)
{
    const char *name;
    json_t *json;

    if (!make_places(m, rule, json_object_size(rule->operand)))
        return false;
    json_object_foreach (rule->operand, name, json) {
        rule->names[rule->count] = name;
        if (rule->keyword->shape == HOLDS_PATTERNS) {
            rule->regexes[rule->count] = regex_new(name, REGEX_IREGEXP, m->error, m->error_size);
            if (!rule->regexes[rule->count])
                return false;
        }
        if (!add_node(m, rule, json, depth))
            return false;
    }
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
static bool read_schemas(struct maker *m, struct schema_rule *rule, unsigned depth)
{
    switch (rule->keyword->shape) {
    case HOLDS_ONE:
        return make_places(m, rule, 1) && add_node(m, rule, rule->operand, depth);
    case HOLDS_ONE_OR_LIST:
        if (!json_is_array(rule->operand))
            return make_places(m, rule, 1) && add_node(m, rule, rule->operand, depth);
        return add_list(m, rule, depth);
    case HOLDS_LIST:
        return add_list(m, rule, depth);
    case HOLDS_MEMBERS:
    case HOLDS_PATTERNS:
        return add_members(m, rule, depth);
    case HOLDS_REFERENCE: /* resolved when all nodes are there */
        m->schema->has_dynamic_reference =
            m->schema->has_dynamic_reference || strcmp(rule->keyword->name, "$ref") != 0;
        return true;
    case HOLDS_NONE:
        break;
    }
    if (rule->keyword->check != check_pattern || !json_is_string(rule->operand))
        return true;
    rule->regex =
        regex_new(json_string_value(rule->operand), REGEX_IREGEXP, m->error, m->error_size);
    return rule->regex != NULL;
}

/* Until draft 7 nothing counts beside a reference, but what it may point at. */
static bool is_hidden(const struct json_schema *schema, const struct schema_node *node,
                      const struct schema_keyword *keyword)
{
    return schema->version <= SCHEMA_V7 && keyword->check && keyword->shape != HOLDS_REFERENCE &&
           json_is_string(json_object_get(node->json, "$ref"));
}

static bool check_refused(struct maker *m, const struct schema_node *node)
{
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        if (m->schema->version >= SCHEMA_V201909 && json_object_get(node->json, refused[i]))
            return fail(m, "%s is not supported here", refused[i]);
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
static bool read_rules(struct maker *m, struct schema_node *node, unsigned depth)
{
    bool is_reference = json_is_string(json_object_get(node->json, "$ref"));

    if (!check_refused(m, node) ||
        (!(is_reference && m->schema->version <= SCHEMA_V7) && !identify(m, node)))
        return false;
    node->rules = calloc(json_object_size(node->json) + 1, sizeof(*node->rules));
    if (!node->rules)
        return fail_memory(m);
    for (const struct schema_keyword *k = schema_keywords; k->name; k++) {
        json_t *operand = json_object_get(node->json, k->name);
        struct schema_rule *rule = &node->rules[node->rule_count];

        if (!operand || m->schema->version < k->first || m->schema->version > k->last ||
            is_hidden(m->schema, node, k))
            continue;
        node->rule_count++;
        *rule = (struct schema_rule){.keyword = k, .owner = node, .operand = operand};
        if (!read_schemas(m, rule, depth))
            return false;
    }
    return true;
}

/* References */

static const struct schema_resource *find_resource(const struct json_schema *schema,
                                                   const char *uri, size_t len)
{
    for (size_t i = 0; i < schema->resource_count; i++)
        if (strlen(schema->resources[i]->uri) == len &&
            memcmp(schema->resources[i]->uri, uri, len) == 0)
            return schema->resources[i];
    return NULL;
}

static const struct schema_node *find_anchor(const struct json_schema *schema,
                                             const struct schema_resource *resource,
                                             const char *name)
{
    for (size_t i = 0; i < schema->anchor_count; i++)
        if (schema->anchors[i].resource == resource && strcmp(schema->anchors[i].name, name) == 0)
            return schema->anchors[i].node;
    return NULL;
}

/* Find the node of a schema, made if it stands where none was looked for. */
static const struct schema_node *find_node(struct maker *m, json_t *json,
                                           const struct schema_resource *resource)
{
    for (size_t i = 0; i < m->schema->node_count; i++)
        if (m->schema->nodes[i]->json == json)
            return m->schema->nodes[i];
    return make_node(m, json, resource, 0);
}

static const struct schema_node *find_target(struct maker *m, const struct schema_rule *rule)
{
    const char *reference = json_string_value(rule->operand);
    const struct schema_resource *resource;
    const struct schema_node *node = NULL;
    char uri[URI_LEN_MAX], *fragment;

    if (!schema_uri_join(rule->owner->resource->uri, reference, uri, sizeof(uri))) {
        (void)fail(m, "%s may have at most %d bytes", rule->keyword->name, URI_LEN_MAX - 1);
        return NULL;
    }
    fragment = uri + strcspn(uri, "#");
    resource = find_resource(m->schema, uri, (size_t)(fragment - uri));
    if (!resource) {
        (void)fail(m, "%s to '%.120s' leads out of the schema, and nothing is fetched here",
                   rule->keyword->name, reference);
        return NULL;
    }
    fragment += *fragment == '#';
    schema_uri_decode(fragment);
    if (*fragment && *fragment != '/') {
        node = find_anchor(m->schema, resource, fragment);
    } else {
        json_t *json = schema_pointer_find(resource->root, fragment);

        if (json)
            return find_node(m, json, resource);
    }
    if (!node)
        (void)fail(m, "%s to '%.120s' leads nowhere", rule->keyword->name, reference);
    return node;
}

/* Nodes may be added on the way. */
static bool resolve_references(struct maker *m)
{
    for (size_t i = 0; i < m->schema->node_count; i++) {
        struct schema_node *node = m->schema->nodes[i];

        for (size_t j = 0; j < node->rule_count; j++) {
            struct schema_rule *rule = &node->rules[j];

            if (rule->keyword->shape != HOLDS_REFERENCE || !json_is_string(rule->operand))
                continue;
            if (!make_places(m, rule, 1))
                return false;
            rule->nodes[0] = find_target(m, rule);
            if (!rule->nodes[0])
                return false;
            rule->count = 1;
        }
    }
    if (m->schema->has_dynamic_reference && m->schema->dynamic_count > 1)
        return fail(m, "$dynamicRef and $recursiveRef are supported where they can lead to one "
                       "place only");
    return true;
}

/* The whole */

/* Read `$schema`. Returns false for a draft that is not known. */
static bool read_version(struct json_schema *schema)
{
    const json_t *named = json_object_get(schema->json, "$schema");
    const char *uri = json_string_value(named), *rest = uri ? strstr(uri, "://") : NULL;

    for (size_t i = 0; rest && i < ARRAY_LEN(meta_schemas); i++) {
        size_t len = strlen(meta_schemas[i].uri);

        if (strncmp(rest, meta_schemas[i].uri, len) == 0 &&
            (!rest[len] || strcmp(rest + len, "#") == 0)) {
            schema->version = meta_schemas[i].version;
            return true;
        }
    }
    return !named;
}

static bool compile(struct maker *m)
{
    struct json_schema *schema = m->schema;
    const struct schema_resource *resource = add_resource(m, "", schema->json);

    schema->root = resource ? make_node(m, schema->json, resource, 0) : NULL;
    return schema->root && resolve_references(m);
}

struct json_schema *json_schema_new(const json_t *schema, enum json_schema_version version,
                                    char *error, size_t error_size)
{
    struct json_schema *made = calloc(1, sizeof(*made));
    struct maker m = {.schema = made, .error = error, .error_size = error_size};

    if (made) {
        made->version = version;
        made->json = json_deep_copy(schema);
    }
    if (!made || !made->json) {
        (void)snprintf(error, error_size, "out of memory");
    } else if (!read_version(made)) {
        (void)fail(&m, "$schema names a draft that is not known: 4, 6, 7, 2019-09 and 2020-12 are");
    } else if (compile(&m)) {
        return made;
    }
    json_schema_free(made);
    return NULL;
}

static void rule_done(struct schema_rule *rule)
{
    for (size_t i = 0; rule->regexes && i <= rule->count; i++)
        regex_free(rule->regexes[i]);
    free(rule->regexes);
    free(rule->nodes);
    free(rule->names);
    regex_free(rule->regex);
}

void json_schema_free(struct json_schema *schema)
{
    if (!schema)
        return;
    for (size_t i = 0; i < schema->node_count; i++) {
        for (size_t j = 0; j < schema->nodes[i]->rule_count; j++)
            rule_done(&schema->nodes[i]->rules[j]);
        free(schema->nodes[i]->rules);
        free(schema->nodes[i]);
    }
    for (size_t i = 0; i < schema->resource_count; i++) {
        free(schema->resources[i]->uri);
        free(schema->resources[i]);
    }
    free(schema->nodes);
    free(schema->resources);
    free(schema->anchors);
    json_decref(schema->json);
    free(schema);
}
