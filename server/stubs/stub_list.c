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

/* Make a list that nobody else holds of `old`, with room for one more. NULL when memory runs out.
 */
static struct stub_list *copy_list(const struct stub_list *old)
{
    size_t count = old ? old->count : 0, size = count + count / 2 + 1;
    struct stub_list *list = malloc(sizeof(*list) + size * sizeof(struct stub *));

    if (!list)
        return NULL;
    atomic_init(&list->references, 1);
    list->size = size;
    list->count = count;
    for (size_t i = 0; i < count; i++)
        list->items[i] = stub_hold(old->items[i]);
    return list;
}

/* Make `*list` one that may be changed. Returns false, with nothing changed, when memory runs out.
 */
static bool own(struct stub_list **list, bool with_room)
{
    struct stub_list *made;

    if (*list && atomic_load(&(*list)->references) == 1 &&
        (!with_room || (*list)->count < (*list)->size))
        return true;
    made = copy_list(*list);
    if (!made)
        return false;
    stub_list_release(*list);
    *list = made;
    return true;
}

bool stub_list_add(struct stub_list **list, struct stub *stub)
{
    struct stub_list *owned;
    size_t place;

    if (!own(list, true))
        return false;
    owned = *list;
    place = find_place(owned, stub);
    memmove(owned->items + place + 1, owned->items + place,
            (owned->count - place) * sizeof(struct stub *));
    owned->items[place] = stub_hold(stub);
    owned->count++;
    return true;
}

bool stub_list_remove(struct stub_list **list, struct stub *stub)
{
    struct stub_list *owned;
    size_t place;

    if (!own(list, false))
        return false;
    owned = *list;
    place = find_place(owned, stub);
    owned->count--;
    memmove(owned->items + place, owned->items + place + 1,
            (owned->count - place) * sizeof(struct stub *));
    stub_release(stub);
    return true;
}
