/*
 * The keywords of JSON Schema that mind arrays and objects. What is of another kind meets them.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "match/json_same.h"
#include "match/json_schema_tree.h"

/* Tell whether `count` is within a bound; what is no number is none. */
static bool is_at_least(size_t count, const json_t *bound)
{
    return !json_is_number(bound) || (double)count >= json_number_value(bound);
}

static bool is_at_most(size_t count, const json_t *bound)
{
    return !json_is_number(bound) || (double)count <= json_number_value(bound);
}

/* Arrays */

enum match_result check_min_items(struct schema_run *run, const struct schema_rule *rule,
                                  json_t *value)
{
    (void)run;
    return match_of(!json_is_array(value) || is_at_least(json_array_size(value), rule->operand));
}

enum match_result check_max_items(struct schema_run *run, const struct schema_rule *rule,
                                  json_t *value)
{
    (void)run;
    return match_of(!json_is_array(value) || is_at_most(json_array_size(value), rule->operand));
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
static enum match_result check_from(struct schema_run *run, const struct schema_node *node,
                                    size_t first, json_t *value)
{
    enum match_result result = MATCH_YES;

    for (size_t i = first; i < json_array_size(value) && result == MATCH_YES; i++)
        result = schema_check(run, node, json_array_get(value, i));
    return result;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
enum match_result check_prefix_items(struct schema_run *run, const struct schema_rule *rule,
                                     json_t *value)
{
    enum match_result result = MATCH_YES;

    for (size_t i = 0; i < rule->count && i < json_array_size(value) && result == MATCH_YES; i++)
        result = schema_check(run, rule->nodes[i], json_array_get(value, i));
    return result;
}

/* One schema is for all items behind those of prefixItems; a list is for the first ones, and
 * additionalItems for those behind it. */
/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
enum match_result check_items(struct schema_run *run, const struct schema_rule *rule, json_t *value)
{
    const struct schema_rule *other;
    enum match_result result;

    if (!json_is_array(rule->operand)) {
        other = schema_rule_of(rule->owner, "prefixItems");
        return check_from(run, rule->nodes[0], other ? other->count : 0, value);
    }
    result = check_prefix_items(run, rule, value);
    other = schema_rule_of(rule->owner, "additionalItems");
    if (result != MATCH_YES || !other)
        return result;
    return check_from(run, other->nodes[0], rule->count, value);
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
enum match_result check_contains(struct schema_run *run, const struct schema_rule *rule,
                                 json_t *value)
{
    const json_t *least = json_object_get(rule->owner->json, "minContains");
    const json_t *most = json_object_get(rule->owner->json, "maxContains");
    size_t met = 0;

    if (!json_is_array(value))
        return MATCH_YES;
    for (size_t i = 0; i < json_array_size(value); i++) {
        enum match_result result = schema_check(run, rule->nodes[0], json_array_get(value, i));

        if (result == MATCH_FAILED)
            return result;
        met += result == MATCH_YES;
    }
    return match_of(is_at_most(met, most) &&
                    (json_is_number(least) ? is_at_least(met, least) : met > 0));
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
    return hash ^ hash >> 29;
}

static uint64_t hash_text(const char *text, size_t len)
{
    uint64_t hash = len;

    for (size_t i = 0; i < len; i++)
        hash = mix(hash, (unsigned char)text[i]);
    return hash;
}

/* A number that is the same for values that are the same. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the document, which its reader bounds */
static uint64_t hash_value(json_t *value)
{
    uint64_t hash = json_is_number(value) ? 1 : (uint64_t)json_typeof(value) + 2;
    double number = json_number_value(value) + 0.0;
    const char *name;
    json_t *child;
    size_t index;

    if (json_is_string(value))
        return mix(hash, hash_text(json_string_value(value), json_string_length(value)));
    if (json_is_number(value)) {
        uint64_t bits;

        memcpy(&bits, &number, sizeof(bits));
        return mix(hash, number == 0 ? 0 : bits);
    }
    json_array_foreach (value, index, child)
        hash = mix(hash, hash_value(child));
    /* Members may stand in any order. */
    json_object_foreach (value, name, child)
        hash += mix(hash_text(name, strlen(name)), hash_value(child));
    return hash;
}

struct hashed {
    uint64_t hash;
    const json_t *value;
};

static int compare_hashes(const void *a, const void *b)
{
    uint64_t x = ((const struct hashed *)a)->hash, y = ((const struct hashed *)b)->hash;

    return (x > y) - (x < y);
}

/* Compare those with the same hash, which have been sorted. */
static enum match_result find_twins(struct schema_run *run, const struct hashed *items,
                                    size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count && items[j].hash == items[i].hash; j++) {
            if (!schema_step(run, 1))
                return MATCH_FAILED;
            if (json_is_same(items[i].value, items[j].value))
                return MATCH_NO;
        }
    return MATCH_YES;
}

enum match_result check_unique(struct schema_run *run, const struct schema_rule *rule,
                               json_t *value)
{
    size_t count = json_array_size(value);
    enum match_result result;
    struct hashed *items;

    if (!json_is_true(rule->operand) || count < 2)
        return MATCH_YES;
    items = calloc(count, sizeof(*items));
    if (!items || !schema_step(run, count)) {
        free(items);
        return MATCH_FAILED;
    }
    for (size_t i = 0; i < count; i++) {
        items[i].value = json_array_get(value, i);
        items[i].hash = hash_value(json_array_get(value, i));
    }
    qsort(items, count, sizeof(*items), compare_hashes);
    result = find_twins(run, items, count);
    free(items);
    return result;
}

/* Objects */

enum match_result check_min_properties(struct schema_run *run, const struct schema_rule *rule,
                                       json_t *value)
{
    (void)run;
    return match_of(!json_is_object(value) || is_at_least(json_object_size(value), rule->operand));
}

enum match_result check_max_properties(struct schema_run *run, const struct schema_rule *rule,
                                       json_t *value)
{
    (void)run;
    return match_of(!json_is_object(value) || is_at_most(json_object_size(value), rule->operand));
}

static enum match_result has_all(struct schema_run *run, const json_t *names, const json_t *value)
{
    if (!schema_step(run, json_array_size(names)))
        return MATCH_FAILED;
    for (size_t i = 0; i < json_array_size(names); i++) {
        const json_t *name = json_array_get(names, i);

        if (json_is_string(name) &&
            !json_object_getn(value, json_string_value(name), json_string_length(name)))
            return MATCH_NO;
    }
    return MATCH_YES;
}

enum match_result check_required(struct schema_run *run, const struct schema_rule *rule,
                                 json_t *value)
{
    return json_is_object(value) ? has_all(run, rule->operand, value) : MATCH_YES;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
enum match_result check_properties(struct schema_run *run, const struct schema_rule *rule,
                                   json_t *value)
{
    enum match_result result = MATCH_YES;

    for (size_t i = 0; i < rule->count && result == MATCH_YES; i++) {
        json_t *member = json_object_get(value, rule->names[i]);

        if (!schema_step(run, 1))
            return MATCH_FAILED;
        if (member)
            result = schema_check(run, rule->nodes[i], member);
    }
    return result;
}

/* Check a member with each pattern that finds its name; `*is_known` is set if one does. */
/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
static enum match_result check_patterns(struct schema_run *run, const struct schema_rule *rule,
                                        const char *name, json_t *member, bool *is_known)
{
    enum match_result result = MATCH_YES;

    for (size_t i = 0; i < rule->count && result == MATCH_YES; i++) {
        enum match_result found =
            schema_step(run, 1) ? regex_finds(rule->regexes[i], name, strlen(name)) : MATCH_FAILED;

        if (found == MATCH_FAILED)
            return found;
        *is_known = *is_known || found == MATCH_YES;
        if (found == MATCH_YES && member)
            result = schema_check(run, rule->nodes[i], member);
    }
    return result;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
enum match_result check_pattern_properties(struct schema_run *run, const struct schema_rule *rule,
                                           json_t *value)
{
    enum match_result result = MATCH_YES;
    const char *name;
    json_t *member;
    bool ignored = false;

    json_object_foreach (value, name, member) {
        result = check_patterns(run, rule, name, member, &ignored);
        if (result != MATCH_YES)
            break;
    }
    return result;
}

/* Tell whether a sibling of additionalProperties is for a member. MATCH_FAILED is passed on. */
static enum match_result is_named(struct schema_run *run, const struct schema_rule *rule,
                                  const char *name)
{
    const struct schema_rule *properties = schema_rule_of(rule->owner, "properties");
    const struct schema_rule *patterns = schema_rule_of(rule->owner, "patternProperties");
    bool is_known = properties && json_object_get(properties->operand, name);

    if (!is_known && patterns &&
        check_patterns(run, patterns, name, NULL, &is_known) == MATCH_FAILED)
        return MATCH_FAILED;
    return match_of(is_known);
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
enum match_result check_additional_properties(struct schema_run *run,
                                              const struct schema_rule *rule, json_t *value)
{
    const char *name;
    json_t *member;

    json_object_foreach (value, name, member) {
        enum match_result named = is_named(run, rule, name);
        enum match_result result =
            named == MATCH_NO ? schema_check(run, rule->nodes[0], member) : named;

        if (result != MATCH_YES)
            return result;
    }
    return MATCH_YES;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
enum match_result check_property_names(struct schema_run *run, const struct schema_rule *rule,
                                       json_t *value)
{
    enum match_result result = MATCH_YES;
    const char *name;
    json_t *member;

    json_object_foreach (value, name, member) {
        json_t *text = json_string(name);

        result = text ? schema_check(run, rule->nodes[0], text) : MATCH_FAILED;
        json_decref(text);
        if (result != MATCH_YES)
            break;
    }
    return result;
}

/* Each member that is named and there brings a schema, or a list of others that must be there. */
/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
enum match_result check_dependencies(struct schema_run *run, const struct schema_rule *rule,
                                     json_t *value)
{
    enum match_result result = MATCH_YES;

    for (size_t i = 0; i < rule->count && result == MATCH_YES; i++) {
        const json_t *operand = json_object_get(rule->operand, rule->names[i]);

        if (!json_object_get(value, rule->names[i]))
            continue;
        result = json_is_array(operand) ? has_all(run, operand, value)
                                        : schema_check(run, rule->nodes[i], value);
    }
    return result;
}

enum match_result check_dependent_required(struct schema_run *run, const struct schema_rule *rule,
                                           json_t *value)
{
    enum match_result result = MATCH_YES;
    const char *name;
    json_t *names;

    json_object_foreach (rule->operand, name, names) {
        if (json_object_get(value, name))
            result = has_all(run, names, value);
        if (result != MATCH_YES)
            break;
    }
    return result;
}
