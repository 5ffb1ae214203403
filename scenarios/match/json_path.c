#include "match/json_path.h"

#include <stdio.h>
#include <stdlib.h>

#include "match/json_path_run.h"

enum { STEPS_MAX = 1000000 };

static void release_all(struct owned *owned)
{
    while (owned) {
        struct owned *next = owned->next;

        free(owned->block);
        json_decref(owned->literal);
        regex_free(owned->regex);
        free(owned);
        owned = next;
    }
}

struct json_path *json_path_new(const char *expression, char *error, size_t error_size)
{
    struct json_path *path = calloc(1, sizeof(*path));

    if (!path) {
        (void)snprintf(error, error_size, "out of memory");
        return NULL;
    }
    if (json_path_parse(path, expression, error, error_size))
        return path;
    json_path_free(path);
    return NULL;
}

void json_path_free(struct json_path *path)
{
    if (!path)
        return;
    release_all(path->owned);
    free(path);
}

void json_path_filter_objects(struct json_path *path)
{
    path->filters_objects = true;
}

bool json_path_is_definite(const struct json_path *path)
{
    return path->query->is_singular;
}

void json_nodes_done(struct json_nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++)
        json_decref(nodes->items[i]);
    free(nodes->items);
    *nodes = (struct json_nodes){0};
}

/* Add a node, stealing the reference. */
bool path_add(struct path_evaluation *e, struct json_nodes *nodes, json_t *node)
{
    if (nodes->count == nodes->size) {
        size_t size = nodes->size ? nodes->size * 2 : 8;
        json_t **items = realloc(nodes->items, size * sizeof(json_t *));

        if (!items) {
            json_decref(node);
            e->result = JSON_PATH_NO_MEMORY;
            return false;
        }
        nodes->items = items;
        nodes->size = size;
    }
    nodes->items[nodes->count++] = node;
    return true;
}

/* Count a step. Returns false when there have been too many, or something failed before. */
bool path_step(struct path_evaluation *e)
{
    if (e->result == JSON_PATH_OK && ++e->steps > STEPS_MAX)
        e->result = JSON_PATH_TOO_MUCH;
    return e->result == JSON_PATH_OK;
}

/* Selectors */

/* Returns false if it is time to stop. */
static bool select_child(struct path_evaluation *e, const struct expression *filter, json_t *child,
                         struct json_nodes *out)
{
    if (!path_step(e))
        return false;
    if (!filter || path_is_true(e, filter, child))
        (void)path_add(e, out, json_incref(child));
    return true;
}

static void select_children(struct path_evaluation *e, const struct expression *filter,
                            json_t *node, struct json_nodes *out)
{
    const char *name;
    json_t *child;

    if (json_is_array(node)) {
        size_t index;

        json_array_foreach (node, index, child)
            if (!select_child(e, filter, child, out))
                return;
        return;
    }
    if (filter && e->filters_objects && json_is_object(node) && path_is_true(e, filter, node)) {
        (void)path_add(e, out, json_incref(node));
        return;
    }
    json_object_foreach (node, name, child)
        if (!select_child(e, filter, child, out))
            return;
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    if (value < low)
        return low;
    return value > high ? high : value;
}

static void select_slice(struct path_evaluation *e, const struct slice *slice, const json_t *node,
                         struct json_nodes *out)
{
    int64_t len = (int64_t)json_array_size(node), step_size = slice->step;
    int64_t start = slice->has_start ? slice->start : step_size > 0 ? 0 : len - 1;
    int64_t end = slice->has_end ? slice->end : step_size > 0 ? len : -len - 1;

    if (!json_is_array(node) || step_size == 0)
        return;
    start = start < 0 ? start + len : start;
    end = end < 0 ? end + len : end;
    if (step_size > 0) {
        start = clamp(start, 0, len);
        end = clamp(end, 0, len);
    } else {
        start = clamp(start, -1, len - 1);
        end = clamp(end, -1, len - 1);
    }
    for (int64_t i = start; step_size > 0 ? i < end : i > end; i += step_size)
        if (!path_step(e) || !path_add(e, out, json_incref(json_array_get(node, (size_t)i))))
            return;
}

static void select_one(struct path_evaluation *e, const struct selector *selector, json_t *node,
                       struct json_nodes *out)
{
    json_t *child = NULL;
    int64_t len;

    switch (selector->kind) {
    case SELECTOR_NAME:
        child = json_object_getn(node, selector->name, selector->name_len);
        break;
    case SELECTOR_INDEX:
        len = (int64_t)json_array_size(node);
        if (selector->index >= -len)
            child = json_array_get(
                node, (size_t)(selector->index < 0 ? selector->index + len : selector->index));
        break;
    case SELECTOR_WILDCARD:
    case SELECTOR_FILTER:
        select_children(e, selector->filter, node, out);
        return;
    case SELECTOR_SLICE:
        select_slice(e, &selector->slice, node, out);
        return;
    }
    if (child)
        (void)path_add(e, out, json_incref(child));
}

static void select_all(struct path_evaluation *e, const struct segment *segment, json_t *node,
                       struct json_nodes *out)
{
    for (const struct selector *s = segment->selectors; s && path_step(e); s = s->next)
        select_one(e, s, node, out);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the document, which its reader bounds */
static void descend(struct path_evaluation *e, const struct segment *segment, json_t *node,
                    struct json_nodes *out)
{
    const char *name;
    json_t *child;

    select_all(e, segment, node, out);
    if (json_is_array(node)) {
        size_t index;

        json_array_foreach (node, index, child) {
            if (!path_step(e))
                return;
            descend(e, segment, child, out);
        }
        return;
    }
    json_object_foreach (node, name, child) {
        if (!path_step(e))
            return;
        descend(e, segment, child, out);
    }
}

static void run_segment(struct path_evaluation *e, const struct segment *segment, json_t *node,
                        struct json_nodes *out)
{
    if (segment->is_length) {
        json_t *length = path_length_of(node);

        if (length)
            (void)path_add(e, out, length);
    } else if (segment->is_descendant) {
        descend(e, segment, node, out);
    } else {
        select_all(e, segment, node, out);
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the parser allowed */
void path_run_query(struct path_evaluation *e, const struct path_query *query, json_t *current,
                    struct json_nodes *out)
{
    struct json_nodes nodes = {0};

    if (!path_add(e, &nodes, json_incref(query->is_relative ? current : e->root)))
        return;
    for (const struct segment *s = query->segments; s && e->result == JSON_PATH_OK; s = s->next) {
        struct json_nodes next = {0};

        for (size_t i = 0; i < nodes.count; i++)
            run_segment(e, s, nodes.items[i], &next);
        json_nodes_done(&nodes);
        nodes = next;
    }
    *out = nodes;
}

enum json_path_result json_path_select(const struct json_path *path, json_t *root,
                                       struct json_nodes *out)
{
    struct path_evaluation e = {
        .root = root, .filters_objects = path->filters_objects, .result = JSON_PATH_OK};

    path_run_query(&e, path->query, root, out);
    if (e.result != JSON_PATH_OK)
        json_nodes_done(out);
    return e.result;
}
