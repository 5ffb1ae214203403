#include "stubs/stub_ids.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { SLOTS_MIN = 64 };

void stub_ids_done(struct stub_ids *ids)
{
    free(ids->slots);
    *ids = (struct stub_ids){0};
}

static size_t home_of(const struct stub_ids *ids, const char *id)
{
    return (size_t)hash64((struct text){id, UUID_SIZE - 1}, 0) & (ids->slot_count - 1);
}

static size_t next_slot(const struct stub_ids *ids, size_t at)
{
    return (at + 1) & (ids->slot_count - 1);
}

/* Find where a stub of that id, in small letters, is or would be. There is always a free slot. */
static size_t find_slot(const struct stub_ids *ids, const char *id)
{
    size_t at = home_of(ids, id);

    while (ids->slots[at] && memcmp(ids->slots[at]->id, id, UUID_SIZE - 1) != 0)
        at = next_slot(ids, at);
    return at;
}

struct stub *stub_ids_find(const struct stub_ids *ids, const char *id)
{
    char wanted[UUID_SIZE];

    if (ids->count == 0 || strlen(id) != UUID_SIZE - 1)
        return NULL;
    for (size_t i = 0; i < UUID_SIZE; i++)
        wanted[i] = (char)tolower((unsigned char)id[i]);
    return ids->slots[find_slot(ids, wanted)];
}

static bool grow(struct stub_ids *ids)
{
    size_t count = ids->slot_count ? ids->slot_count * 2 : SLOTS_MIN;
    struct stub_ids larger = {
        .slots = calloc(count, sizeof(struct stub *)), .slot_count = count, .count = ids->count};

    if (!larger.slots)
        return false;
    for (size_t i = 0; i < ids->slot_count; i++)
        if (ids->slots[i])
            larger.slots[find_slot(&larger, ids->slots[i]->id)] = ids->slots[i];
    free(ids->slots);
    *ids = larger;
    return true;
}

bool stub_ids_add(struct stub_ids *ids, struct stub *stub)
{
    if (ids->count * 2 >= ids->slot_count && !grow(ids))
        return false;
    ids->slots[find_slot(ids, stub->id)] = stub;
    ids->count++;
    return true;
}

void stub_ids_remove(struct stub_ids *ids, const struct stub *stub)
{
    size_t hole = find_slot(ids, stub->id);

    ids->count--;
    /* Whoever stands behind the hole and may stand in it moves into it, and leaves another. */
    for (size_t at = next_slot(ids, hole); ids->slots[at]; at = next_slot(ids, at)) {
        size_t home = home_of(ids, ids->slots[at]->id), mask = ids->slot_count - 1;

        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        ids->slots[hole] = ids->slots[at];
        hole = at;
    }
    ids->slots[hole] = NULL;
}
