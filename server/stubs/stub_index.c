#include "stubs/stub_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { SLOTS_MIN = 64, LITERALS_MIN = 4, SEGMENTS_MAX = 32 };

/* A literal path and its stubs. */
struct slot {
    char *path; /* owned; NULL: free */
    size_t path_len;
    struct stub_list *list; /* empty: none any more; the path stays until the table grows */
};

/*
 * A node of the tree: the template's segments up to here. Literal segments are in a hash table;
 * those with variables follow by what stands around the variable, in any order.
 */
struct node {
    char *segment;          /* owned: the literal, or what stands before the variable */
    uint64_t hash;          /* of a literal */
    char *behind;           /* owned: what stands behind it; NULL: a literal */
    struct node **literals; /* NULL: free */
    size_t literal_slots;   /* a power of two, or 0 */
    size_t literal_count;
    struct node **variables;
    size_t variable_count;
    struct stub_list *list; /* of templates that end here */
};

struct stub_index {
    struct slot *slots;
    size_t slot_count; /* a power of two */
    size_t used;
    struct node root;
    struct stub_list *others;
};

void stub_candidates_release(struct stub_candidates *candidates)
{
    for (size_t i = 0; i < candidates->count; i++)
        stub_list_release(candidates->lists[i]);
    if (candidates->lists != candidates->few)
        free(candidates->lists);
    candidates->count = 0;
}

struct stub_index *stub_index_new(void)
{
    struct stub_index *index = calloc(1, sizeof(*index));

    if (!index)
        return NULL;
    index->slot_count = SLOTS_MIN;
    index->slots = calloc(index->slot_count, sizeof(*index->slots));
    if (index->slots)
        return index;
    free(index);
    return NULL;
}

static void node_free(struct node *node);

/* NOLINTNEXTLINE(misc-no-recursion): at most SEGMENTS_MAX deep */
static void node_done(struct node *node)
{
    for (size_t i = 0; i < node->literal_slots; i++)
        node_free(node->literals[i]);
    for (size_t i = 0; i < node->variable_count; i++)
        node_free(node->variables[i]);
    free(node->literals);
    free(node->variables);
    free(node->segment);
    free(node->behind);
    stub_list_release(node->list);
}

/* NOLINTNEXTLINE(misc-no-recursion): at most SEGMENTS_MAX deep */
static void node_free(struct node *node)
{
    if (!node)
        return;
    node_done(node);
    free(node);
}

void stub_index_free(struct stub_index *index)
{
    if (!index)
        return;
    for (size_t i = 0; i < index->slot_count; i++) {
        free(index->slots[i].path);
        stub_list_release(index->slots[i].list);
    }
    free(index->slots);
    node_done(&index->root);
    stub_list_release(index->others);
    free(index);
}

/* Literal paths */

static struct slot *find_slot(struct slot *slots, size_t count, struct text path)
{
    size_t at = (size_t)hash64(path, 0) & (count - 1);

    while (slots[at].path && !text_eq((struct text){slots[at].path, slots[at].path_len}, path))
        at = (at + 1) & (count - 1);
    return &slots[at];
}

/* Double the table, and forget the paths that have no stubs any more. */
static bool grow(struct stub_index *index)
{
    size_t count = index->slot_count * 2;
    struct slot *slots = calloc(count, sizeof(*slots));

    if (!slots)
        return false;
    index->used = 0;
    for (size_t i = 0; i < index->slot_count; i++) {
        struct slot *old = &index->slots[i];

        if (!old->list || old->list->count == 0) {
            stub_list_release(old->list);
            free(old->path);
            continue;
        }
        *find_slot(slots, count, (struct text){old->path, old->path_len}) = *old;
        index->used++;
    }
    free(index->slots);
    index->slots = slots;
    index->slot_count = count;
    return true;
}

/* Find the slot of a path, made if it is not there. NULL when memory runs out. */
static struct slot *make_slot(struct stub_index *index, struct text path)
{
    struct slot *slot = find_slot(index->slots, index->slot_count, path);

    if (slot->path)
        return slot;
    if (index->used * 2 >= index->slot_count) {
        if (!grow(index))
            return NULL;
        slot = find_slot(index->slots, index->slot_count, path);
    }
    slot->path = malloc(path.len + 1);
    if (!slot->path)
        return NULL;
    memcpy(slot->path, path.data, path.len);
    slot->path[path.len] = '\0';
    slot->path_len = path.len;
    index->used++;
    return slot;
}

/* Templates */

/* Cut a segment off what begins with a slash. */
static struct text cut_segment(struct text *rest)
{
    struct text segment;

    rest->data++;
    rest->len--;
    segment = *rest;
    for (size_t i = 0; i < rest->len; i++)
        if (rest->data[i] == '/') {
            segment.len = i;
            break;
        }
    rest->data += segment.len;
    rest->len -= segment.len;
    return segment;
}

/* A segment of a template: a literal, or what stands around its variable. */
struct shape {
    struct text before, behind;
    bool has_variable;
};

static struct shape shape_of(struct text segment)
{
    struct shape shape = {.behind = segment};

    shape.before = text_cut(&shape.behind, '{');
    shape.has_variable = shape.behind.data && text_find(shape.behind, TEXT("}")) < shape.behind.len;
    if (shape.has_variable)
        (void)text_cut(&shape.behind, '}');
    else
        shape = (struct shape){.before = segment};
    return shape;
}

static struct node *new_node(const struct shape *shape)
{
    struct node *node = calloc(1, sizeof(*node));

    if (!node)
        return NULL;
    node->segment = strndup(shape->before.data, shape->before.len);
    node->hash = hash64(shape->before, 0);
    if (shape->has_variable)
        node->behind = strndup(shape->behind.len ? shape->behind.data : "", shape->behind.len);
    if (node->segment && (node->behind || !shape->has_variable))
        return node;
    node_free(node);
    return NULL;
}

/* Find the slot in which the literal child of that segment is or would be. There is always a free
 * one, but in a table that is not there. */
static struct node **find_literal(struct node **slots, size_t count, struct text segment)
{
    uint64_t hash = hash64(segment, 0);
    size_t at = (size_t)hash & (count - 1);

    while (slots[at] && (slots[at]->hash != hash || !text_eq(text_of(slots[at]->segment), segment)))
        at = (at + 1) & (count - 1);
    return &slots[at];
}

static struct node *get_literal(const struct node *node, struct text segment)
{
    return node->literal_count > 0 ? *find_literal(node->literals, node->literal_slots, segment)
                                   : NULL;
}

static bool grow_literals(struct node *node)
{
    size_t count = node->literal_slots ? node->literal_slots * 2 : LITERALS_MIN;
    struct node **slots = calloc(count, sizeof(struct node *));

    if (!slots)
        return false;
    for (size_t i = 0; i < node->literal_slots; i++)
        if (node->literals[i])
            *find_literal(slots, count, text_of(node->literals[i]->segment)) = node->literals[i];
    free(node->literals);
    node->literals = slots;
    node->literal_slots = count;
    return true;
}

static bool add_literal(struct node *node, struct node *child)
{
    if (node->literal_count * 2 >= node->literal_slots && !grow_literals(node))
        return false;
    *find_literal(node->literals, node->literal_slots, text_of(child->segment)) = child;
    node->literal_count++;
    return true;
}

static bool add_variable(struct node *node, struct node *child)
{
    struct node **larger =
        realloc(node->variables, (node->variable_count + 1) * sizeof(struct node *));

    if (!larger)
        return false;
    node->variables = larger;
    node->variables[node->variable_count++] = child;
    return true;
}

static struct node *find_child(const struct node *node, const struct shape *shape)
{
    if (!shape->has_variable)
        return get_literal(node, shape->before);
    for (size_t i = 0; i < node->variable_count; i++)
        if (text_eq(text_of(node->variables[i]->segment), shape->before) &&
            text_eq(text_of(node->variables[i]->behind), shape->behind))
            return node->variables[i];
    return NULL;
}

/* Find the child for a template's segment, made if it is not there. */
static struct node *make_child(struct node *node, struct text segment)
{
    struct shape shape = shape_of(segment);
    struct node *child = find_child(node, &shape);

    if (child)
        return child;
    child = new_node(&shape);
    if (child && (shape.has_variable ? add_variable(node, child) : add_literal(node, child)))
        return child;
    node_free(child);
    return NULL;
}

static size_t count_segments(struct text path)
{
    size_t count = 0;

    for (size_t i = 0; i < path.len; i++)
        count += path.data[i] == '/';
    return count;
}

/* Find the list that a template's stubs are in. NULL when memory runs out. */
static struct stub_list **find_template(struct stub_index *index, struct text template)
{
    struct node *node = &index->root;

    while (node && template.len > 0)
        node = make_child(node, cut_segment(&template));
    return node ? &node->list : NULL;
}

/* Where a stub belongs */

static struct stub_list **find_home(struct stub_index *index, const struct stub *stub)
{
    struct text url = text_of(request_pattern_url(stub->request));
    struct slot *slot;

    switch (request_pattern_url_kind(stub->request)) {
    case URL_EQUAL:
        url = text_cut(&url, '?');
        slot = make_slot(index, url);
        return slot ? &slot->list : NULL;
    case URL_PATH:
        slot = make_slot(index, url);
        return slot ? &slot->list : NULL;
    case URL_TEMPLATE:
        /* What begins with no slash matches no path, and may be anywhere. */
        if (text_has_prefix(url, TEXT("/")) && count_segments(url) <= SEGMENTS_MAX &&
            request_pattern_has_plain_segments(stub->request))
            return find_template(index, url);
        break;
    case URL_ANY:
    case URL_REGEX:
    case URL_PATH_REGEX:
        break;
    }
    return &index->others;
}

bool stub_index_add(struct stub_index *index, struct stub *stub)
{
    struct stub_list **home = find_home(index, stub);

    return home && stub_list_add(home, stub);
}

bool stub_index_remove(struct stub_index *index, struct stub *stub)
{
    struct stub_list **home = find_home(index, stub);

    return home && stub_list_remove(home, stub);
}

/* Finding */

static bool make_room(struct stub_candidates *out)
{
    size_t size = out->size * 2;
    struct stub_list **larger = malloc(size * sizeof(struct stub_list *));

    if (!larger)
        return false;
    memcpy(larger, out->lists, out->count * sizeof(struct stub_list *));
    if (out->lists != out->few)
        free(out->lists);
    out->lists = larger;
    out->size = size;
    return true;
}

static bool add_list(struct stub_list *list, struct stub_candidates *out)
{
    if (!list || list->count == 0)
        return true;
    if (out->count == out->size && !make_room(out))
        return false;
    out->lists[out->count++] = stub_list_hold(list);
    return true;
}

static bool fits(const struct node *node, struct text segment)
{
    return segment.len > strlen(node->segment) + strlen(node->behind) &&
           text_has_prefix(segment, text_of(node->segment)) &&
           text_has_suffix(segment, text_of(node->behind));
}

/* NOLINTNEXTLINE(misc-no-recursion): at most SEGMENTS_MAX deep */
static bool find_in_tree(const struct node *node, struct text path, struct stub_candidates *out)
{
    const struct node *literal;
    struct text segment;

    if (path.len == 0)
        return add_list(node->list, out);
    segment = cut_segment(&path);
    literal = get_literal(node, segment);
    if (literal && !find_in_tree(literal, path, out))
        return false;
    for (size_t i = 0; i < node->variable_count; i++)
        if (fits(node->variables[i], segment) && !find_in_tree(node->variables[i], path, out))
            return false;
    return true;
}

bool stub_index_find(const struct stub_index *index, struct text path, struct stub_candidates *out)
{
    const struct slot *slot = find_slot(index->slots, index->slot_count, path);

    out->lists = out->few;
    out->count = 0;
    out->size = STUB_CANDIDATES_FEW;
    if (!add_list(index->others, out) || (slot->path && !add_list(slot->list, out)))
        return false;
    return !text_has_prefix(path, TEXT("/")) || count_segments(path) > SEGMENTS_MAX ||
           find_in_tree(&index->root, path, out);
}
