#include "stubs/stub_list.h"

#include <stdlib.h>
#include <string.h>

int stub_compare(const struct stub *a, const struct stub *b)
{
    if (a->priority != b->priority)
        return a->priority < b->priority ? -1 : 1;
    return (a->place < b->place) - (a->place > b->place);
}

struct stub_list *stub_list_hold(struct stub_list *list)
{
    if (list)
        atomic_fetch_add(&list->references, 1);
    return list;
}

void stub_list_release(struct stub_list *list)
{
    if (!list || atomic_fetch_sub(&list->references, 1) > 1)
        return;
    for (size_t i = 0; i < list->count; i++)
        stub_release(list->items[i]);
    free(list);
}

static struct stub_list *new_list(size_t count)
{
    struct stub_list *list = malloc(sizeof(*list) + count * sizeof(struct stub *));

    if (!list)
        return NULL;
    atomic_init(&list->references, 1);
    list->count = count;
    return list;
}

/* Find where `stub` is, or would be. */
static size_t find_place(const struct stub_list *list, const struct stub *stub)
{
    size_t low = 0, high = list ? list->count : 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (stub_compare(list->items[middle], stub) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct stub_list *stub_list_with(const struct stub_list *list, struct stub *stub)
{
    size_t place = find_place(list, stub), count = list ? list->count : 0;
    struct stub_list *made = new_list(count + 1);

    if (!made)
        return NULL;
    for (size_t i = 0; i < count; i++)
        made->items[i + (i >= place)] = stub_hold(list->items[i]);
    made->items[place] = stub_hold(stub);
    return made;
}

bool stub_list_without(const struct stub_list *list, const struct stub *stub,
                       struct stub_list **out)
{
    size_t place = find_place(list, stub);
    struct stub_list *made;

    *out = NULL;
    if (list->count == 1)
        return true;
    made = new_list(list->count - 1);
    if (!made)
        return false;
    for (size_t i = 0; i < list->count; i++)
        if (i != place)
            made->items[i - (i > place)] = stub_hold(list->items[i]);
    *out = made;
    return true;
}
