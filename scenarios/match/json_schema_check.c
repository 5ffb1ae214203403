/*
 * Checking values, and the keywords that mind no kind of value: the logic, references, types.
 */
#include <math.h>
#include <string.h>

#include "match/json_same.h"
#include "match/json_schema_tree.h"

enum { STEPS_MAX = 1000000, DEPTH_MAX = 300 };

bool schema_step(struct schema_run *run, size_t count)
{
    run->steps += count;
    return run->steps <= STEPS_MAX;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
enum match_result schema_check(struct schema_run *run, const struct schema_node *node,
                               json_t *value)
{
    enum match_result result = node->is_never ? MATCH_NO : MATCH_YES;

    if (!schema_step(run, 1) || run->depth >= DEPTH_MAX)
        return MATCH_FAILED;
    run->depth++;
    for (size_t i = 0; i < node->rule_count && result == MATCH_YES; i++) {
        const struct schema_rule *rule = &node->rules[i];

        if (!rule->keyword->check)
            continue;
        result = schema_step(run, 1) ? rule->keyword->check(run, rule, value) : MATCH_FAILED;
    }
    run->depth--;
    return result;
}

enum match_result json_schema_match(const struct json_schema *schema, json_t *value)
{
    struct schema_run run = {.schema = schema};

    return schema_check(&run, schema->root, value);
}

const struct schema_rule *schema_rule_of(const struct schema_node *node, const char *name)
{
    for (size_t i = 0; i < node->rule_count; i++)
        if (strcmp(node->rules[i].keyword->name, name) == 0)
            return &node->rules[i];
    return NULL;
}

/* Types */

static bool is_whole(const struct schema_run *run, const json_t *value)
{
    double number = json_real_value(value);

    if (json_is_integer(value))
        return true;
    /* In draft 4 it is a matter of writing. */
    return json_is_real(value) && run->schema->version != SCHEMA_V4 && floor(number) == number;
}

static bool has_type(const struct schema_run *run, const json_t *value, const char *type)
{
    static const struct {
        const char *name;
        json_type type;
    } types[] = {{"object", JSON_OBJECT}, {"array", JSON_ARRAY},   {"string", JSON_STRING},
                 {"null", JSON_NULL},     {"boolean", JSON_FALSE}, {"boolean", JSON_TRUE}};

    if (strcmp(type, "any") == 0)
        return true;
    if (strcmp(type, "number") == 0)
        return json_is_number(value);
    if (strcmp(type, "integer") == 0)
        return is_whole(run, value);
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (types[i].type == json_typeof(value) && strcmp(types[i].name, type) == 0)
            return true;
    return false;
}

/* OpenAPI's word, which WireMock minds, too. */
static bool is_nullable(const struct schema_rule *rule, const json_t *value)
{
    return json_is_null(value) && json_is_true(json_object_get(rule->owner->json, "nullable"));
}

enum match_result check_type(struct schema_run *run, const struct schema_rule *rule, json_t *value)
{
    if (is_nullable(rule, value))
        return MATCH_YES;
    if (json_is_string(rule->operand))
        return match_of(has_type(run, value, json_string_value(rule->operand)));
    for (size_t i = 0; i < json_array_size(rule->operand); i++) {
        const json_t *type = json_array_get(rule->operand, i);

        if (json_is_string(type) && has_type(run, value, json_string_value(type)))
            return MATCH_YES;
    }
    return MATCH_NO;
}

enum match_result check_enum(struct schema_run *run, const struct schema_rule *rule, json_t *value)
{
    if (!schema_step(run, json_array_size(rule->operand)))
        return MATCH_FAILED;
    for (size_t i = 0; i < json_array_size(rule->operand); i++)
        if (json_is_same(json_array_get(rule->operand, i), value))
            return MATCH_YES;
    return match_of(is_nullable(rule, value));
}

enum match_result check_const(struct schema_run *run, const struct schema_rule *rule, json_t *value)
{
    (void)run;
    return match_of(json_is_same(rule->operand, value));
}

/* References and logic */

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
enum match_result check_reference(struct schema_run *run, const struct schema_rule *rule,
                                  json_t *value)
{
    return rule->count > 0 ? schema_check(run, rule->nodes[0], value) : MATCH_YES;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
enum match_result check_all_of(struct schema_run *run, const struct schema_rule *rule,
                               json_t *value)
{
    enum match_result result = MATCH_YES;

    for (size_t i = 0; i < rule->count && result == MATCH_YES; i++)
        result = schema_check(run, rule->nodes[i], value);
    return result;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
enum match_result check_any_of(struct schema_run *run, const struct schema_rule *rule,
                               json_t *value)
{
    enum match_result result = rule->count > 0 ? MATCH_NO : MATCH_YES;

    for (size_t i = 0; i < rule->count && result == MATCH_NO; i++)
        result = schema_check(run, rule->nodes[i], value);
    return result;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
enum match_result check_one_of(struct schema_run *run, const struct schema_rule *rule,
                               json_t *value)
{
    size_t met = 0;

    for (size_t i = 0; i < rule->count && met < 2; i++) {
        enum match_result result = schema_check(run, rule->nodes[i], value);

        if (result == MATCH_FAILED)
            return result;
        met += result == MATCH_YES;
    }
    return match_of(met == 1);
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
enum match_result check_not(struct schema_run *run, const struct schema_rule *rule, json_t *value)
{
    enum match_result result = schema_check(run, rule->nodes[0], value);

    return result == MATCH_FAILED ? result : match_of(result == MATCH_NO);
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by DEPTH_MAX */
enum match_result check_if(struct schema_run *run, const struct schema_rule *rule, json_t *value)
{
    enum match_result condition = schema_check(run, rule->nodes[0], value);
    const struct schema_rule *branch;

    if (condition == MATCH_FAILED)
        return condition;
    branch = schema_rule_of(rule->owner, condition == MATCH_YES ? "then" : "else");
    return branch ? schema_check(run, branch->nodes[0], value) : MATCH_YES;
}
