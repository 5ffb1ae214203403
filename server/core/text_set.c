#include "core/text_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { FEW = 16, SLOTS_KEPT = 64 * 1024 };

void text_set_done(struct text_set *set)
{
    free(set->slots);
    set->slots = NULL;
    set->slot_size = 0;
}

bool text_set_begin(struct text_set *set, const struct text *items, size_t count_max)
{
    size_t slot_count = FEW;

    set->items = items;
    set->count = 0;
    set->slot_count = 0;
    if (set->slot_size > SLOTS_KEPT)
        text_set_done(set);
    if (count_max <= FEW)
        return true;
    while (slot_count < count_max + count_max / 2)
        slot_count *= 2;
    if (slot_count > set->slot_size) {
        text_set_done(set);
        set->slots = calloc(slot_count, sizeof(*set->slots));
        if (!set->slots)
            return false;
        set->slot_size = slot_count;
    } else {
        memset(set->slots, 0, slot_count * sizeof(*set->slots));
    }
    set->slot_count = slot_count;
    return true;
}

/* Find the slot of the member equal to `t`, or the free one where it would go. */
static size_t slot_of(const struct text_set *set, struct text t)
{
    size_t mask = set->slot_count - 1;
    size_t at = (size_t)hash64(t, set->seed) & mask;

    while (set->slots[at] && !text_eq(set->items[set->slots[at] - 1], t))
        at = (at + 1) & mask;
    return at;
}

bool text_set_has(const struct text_set *set, struct text t)
{
    if (set->slot_count)
        return set->slots[slot_of(set, t)] != 0;
    for (size_t i = 0; i < set->count; i++)
        if (text_eq(set->items[i], t))
            return true;
    return false;
}

void text_set_take(struct text_set *set)
{
    if (set->slot_count) {
        size_t slot = slot_of(set, set->items[set->count]);

        if (!set->slots[slot])
            set->slots[slot] = (uint32_t)set->count + 1;
    }
    set->count++;
}
