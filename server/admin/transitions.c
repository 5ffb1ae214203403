#include "admin/transitions.h"

#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"

void transition_list_done(struct transition_list *list)
{
    free(list->items);
    *list = (struct transition_list){0};
}

static bool add(struct transition_list *list, const struct transition *transition)
{
    if (list->count == list->size) {
        size_t size = list->size ? 2 * list->size : 16;
        void *items = reallocarray(list->items, size, sizeof(list->items[0]));

        if (!items)
            return false;
        list->items = items;
        list->size = size;
    }
    list->items[list->count++] = *transition;
    return true;
}

struct search {
    int64_t from_us, to_us;
    struct transition_list list;
};

/* That it was created is no change of status, so that the first event does not count. */
static bool visit(void *context, const struct object *object)
{
    struct search *search = context;
    struct object_event events[LIFE_EVENTS_MAX];
    size_t count = object_events(object, search->to_us, events);

    for (size_t i = 1; i < count; i++) {
        struct transition transition = {
            .kind = object->kind,
            .created_us = object->created_us,
            .index = i,
            .status = events[i].status,
            .at_us = events[i].at_us,
        };

        if (events[i].at_us <= search->from_us)
            continue;
        memcpy(transition.id, object->id, strlen(object->id) + 1);
        if (!add(&search->list, &transition))
            return false;
    }
    return true;
}

static int compare_numbers(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare(const void *left, const void *right)
{
    const struct transition *a = left, *b = right;
    int order = compare_numbers(a->at_us, b->at_us);

    if (!order)
        order = compare_numbers((int64_t)a->kind, (int64_t)b->kind);
    if (!order)
        order = compare_numbers(a->created_us, b->created_us);
    if (!order)
        order = strcmp(a->id, b->id);
    return order ? order : compare_numbers((int64_t)a->index, (int64_t)b->index);
}

enum store_result transitions_find(const struct admin_call *call, int64_t to_us,
                                   struct transition_list *out)
{
    struct search search = {.from_us = call->world->now_us, .to_us = to_us};
    enum store_result result = object_each(call, OBJECT_DATASET, visit, &search);

    if (result == STORE_OK)
        result = object_each(call, OBJECT_MODEL, visit, &search);
    if (result != STORE_OK) {
        transition_list_done(&search.list);
        return result;
    }
    if (search.list.count)
        qsort(search.list.items, search.list.count, sizeof(search.list.items[0]), compare);
    *out = search.list;
    return STORE_OK;
}

struct next {
    int64_t from_us, at_us;
};

static bool visit_next(void *context, const struct object *object)
{
    struct next *next = context;
    struct object_event events[LIFE_EVENTS_MAX];
    size_t count = object_events(object, INT64_MAX, events);

    for (size_t i = 1; i < count; i++)
        if (events[i].at_us > next->from_us && events[i].at_us < next->at_us)
            next->at_us = events[i].at_us;
    return true;
}

enum store_result transitions_next(const struct admin_call *call, int64_t *out_us)
{
    struct next next = {.from_us = call->world->now_us, .at_us = INT64_MAX};
    enum store_result result = object_each(call, OBJECT_DATASET, visit_next, &next);

    if (result == STORE_OK)
        result = object_each(call, OBJECT_MODEL, visit_next, &next);
    if (result == STORE_OK)
        *out_us = next.at_us;
    return result;
}

void transitions_write(const struct transition_list *list, struct json_writer *w)
{
    json_write_array(w);
    for (size_t i = 0; i < list->count; i++) {
        const struct transition *transition = &list->items[i];
        char at[TIMESTAMP_SIZE];

        timestamp_format(transition->at_us, at);
        json_write_object(w);
        json_write_member_string(w, "kind", object_kind_name(transition->kind));
        json_write_member_string(w, "id", transition->id);
        json_write_member_string(w, "status",
                                 object_status_name(transition->kind, transition->status));
        json_write_member_string(w, "at", at);
        json_write_object_end(w);
    }
    json_write_array_end(w);
}
