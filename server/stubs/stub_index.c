#include "stubs/stub_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { SLOTS_MIN = 64, SEGMENTS_MAX = 32 };

/* A literal path and its stubs. */
struct slot {
    char *path; /* owned; NULL: free */
    size_t path_len;
    struct stub_list *list; /* NULL: none any more; the path stays until the table grows */
};

/*
 * A node of the tree: the template's segments up to here. Literal segments are sorted, for a search
 * by halves; those with variables follow by what stands around the variable, in any order.
 */
struct node {
    char *segment; /* owned: the literal, or what stands before the variable */
    char *behind;  /* owned: what stands behind it; NULL: a literal */
    struct node **literals;
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

/* NOLINTNEXTLINE(misc-no-recursion): at most SEGMENTS_MAX deep */
static void node_done(struct node *node)
{
    for (size_t i = 0; i < node->literal_count; i++) {
        node_done(node->literals[i]);
        free(node->literals[i]);
    }
    for (size_t i = 0; i < node->variable_count; i++) {
        node_done(node->variables[i]);
        free(node->variables[i]);
    }
    free(node->literals);
    free(node->variables);
    free(node->segment);
    free(node->behind);
    stub_list_release(node->list);
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

        if (!old->list) {
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
    struct slot *slot;

    if (index->used * 2 >= index->slot_count && !grow(index))
        return NULL;
    slot = find_slot(index->slots, index->slot_count, path);
    if (slot->path)
        return slot;
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

static void node_free(struct node *node)
{
    if (!node)
        return;
    node_done(node);
    free(node);
}

static struct node *new_node(const struct shape *shape)
{
    struct node *node = calloc(1, sizeof(*node));

    if (!node)
        return NULL;
    node->segment = strndup(shape->before.data, shape->before.len);
    if (shape->has_variable)
        node->behind = strndup(shape->behind.len ? shape->behind.data : "", shape->behind.len);
    if (node->segment && (node->behind || !shape->has_variable))
        return node;
    node_free(node);
    return NULL;
}

static bool insert_node(struct node ***nodes, size_t *count, size_t place, struct node *node)
{
    struct node **larger = realloc(*nodes, (*count + 1) * sizeof(struct node *));

    if (!larger)
        return false;
    memmove(larger + place + 1, larger + place, (*count - place) * sizeof(struct node *));
    larger[place] = node;
    *nodes = larger;
    (*count)++;
    return true;
}

/* Find the literal child of that segment, or where it would be. */
static size_t find_literal(const struct node *node, struct text segment, bool *is_there)
{
    size_t low = 0, high = node->literal_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (text_compare(text_of(node->literals[middle]->segment), segment) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *is_there =
        low < node->literal_count && text_eq(text_of(node->literals[low]->segment), segment);
    return low;
}

/* Find the child for a template's segment, made if it is not there. */
static struct node *make_child(struct node *node, struct text segment)
{
    struct shape shape = shape_of(segment);
    bool is_there = false;
    size_t place = shape.has_variable ? 0 : find_literal(node, shape.before, &is_there);
    struct node *child;
    bool is_added;

    if (is_there)
        return node->literals[place];
    for (; shape.has_variable && place < node->variable_count; place++)
        if (text_eq(text_of(node->variables[place]->segment), shape.before) &&
            text_eq(text_of(node->variables[place]->behind), shape.behind))
            return node->variables[place];
    child = new_node(&shape);
    if (!child)
        return NULL;
    is_added = shape.has_variable
                   ? insert_node(&node->variables, &node->variable_count, place, child)
                   : insert_node(&node->literals, &node->literal_count, place, child);
    if (is_added)
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
    struct stub_list *made = home ? stub_list_with(*home, stub) : NULL;

    if (!made)
        return false;
    stub_list_release(*home);
    *home = made;
    return true;
}

bool stub_index_remove(struct stub_index *index, struct stub *stub)
{
    struct stub_list **home = find_home(index, stub);
    struct stub_list *made;

    if (!home || !stub_list_without(*home, stub, &made))
        return false;
    stub_list_release(*home);
    *home = made;
    return true;
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
    if (!list)
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
    struct text segment;
    bool is_there;
    size_t place;

    if (path.len == 0)
        return add_list(node->list, out);
    segment = cut_segment(&path);
    place = find_literal(node, segment, &is_there);
    if (is_there && !find_in_tree(node->literals[place], path, out))
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
