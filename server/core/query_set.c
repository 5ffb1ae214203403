#include "core/query_set.h"

#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"

enum { SLOTS_MIN = 1024 };

/* Changing it changes every automatic split. */
static const uint64_t split_seed = 0x6d6f636b68657265;

uint64_t query_split_hash(struct text query)
{
    return hash64(query, split_seed);
}

void query_set_init(struct query_set *set, uint64_t seed, query_match_fn *match, void *context)
{
    *set = (struct query_set){
        .hash_mask = UINT32_MAX, .seed = seed, .match = match, .match_context = context};
}

void query_set_done(struct query_set *set)
{
    for (size_t i = 0; i < set->chunk_count; i++)
        free(set->chunks[i]);
    free(set->chunks);
    free(set->slots);
    *set = (struct query_set){0};
}

void query_set_drop_index(struct query_set *set)
{
    free(set->slots);
    set->slots = NULL;
    set->slot_mask = 0;
}

size_t query_set_bytes(const struct query_set *set)
{
    return set->chunk_count * QUERY_CHUNK_ENTRIES * sizeof(struct query_entry) +
           set->chunk_size * sizeof(struct query_entry *) +
           (set->slots ? ((size_t)set->slot_mask + 1) * sizeof(uint32_t) : 0);
}

const struct query_entry *query_set_entry(const struct query_set *set, size_t i)
{
    assert(i < set->count);
    return &set->chunks[i / QUERY_CHUNK_ENTRIES][i % QUERY_CHUNK_ENTRIES];
}

struct avro_place query_entry_place(const struct query_entry *entry)
{
    return (struct avro_place){
        entry->where >> (QUERY_ROW_BITS + QUERY_BUCKET_BITS),
        (uint32_t)(entry->where >> QUERY_BUCKET_BITS & ((1U << QUERY_ROW_BITS) - 1))};
}

unsigned query_entry_bucket(const struct query_entry *entry)
{
    return (unsigned)(entry->where & (QUERY_BUCKETS - 1));
}

/*
 * A slot has the entry's number in the bits of `slot_mask`, which is enough as there are fewer
 * entries than slots, and above them the same bits of the hash, the lower ones being where the
 * search began. So few entries are looked at in vain, however full the index is.
 */
static void index_put(uint32_t *slots, uint32_t mask, uint32_t hash, uint32_t number)
{
    uint32_t at = hash & mask;

    while (slots[at])
        at = (at + 1) & mask;
    slots[at] = (hash & ~mask) | (number + 1);
}

static bool index_grow(struct query_set *set)
{
    size_t size = set->slots ? ((size_t)set->slot_mask + 1) * 2 : SLOTS_MIN;
    uint32_t *slots;

    if (size > UINT32_MAX)
        return false;
    slots = calloc(size, sizeof(*slots));
    if (!slots)
        return false;
    for (uint32_t i = 0; i < set->count; i++)
        index_put(slots, (uint32_t)(size - 1), query_set_entry(set, i)->hash, i);
    free(set->slots);
    set->slots = slots;
    set->slot_mask = (uint32_t)(size - 1);
    return true;
}

static bool chunk_add(struct query_set *set)
{
    struct query_entry *chunk;

    if (set->chunk_count == set->chunk_size) {
        size_t size = set->chunk_size ? set->chunk_size * 2 : 16;
        struct query_entry **chunks = realloc(set->chunks, size * sizeof(struct query_entry *));

        if (!chunks)
            return false;
        set->chunks = chunks;
        set->chunk_size = size;
    }
    chunk = calloc(QUERY_CHUNK_ENTRIES, sizeof(*chunk));
    if (!chunk)
        return false;
    set->chunks[set->chunk_count++] = chunk;
    return true;
}

static bool make_room(struct query_set *set)
{
    uint64_t slots = set->slots ? (uint64_t)set->slot_mask + 1 : 0;

    if (set->count == set->chunk_count * QUERY_CHUNK_ENTRIES && !chunk_add(set))
        return false;
    return ((uint64_t)set->count + 1) * 5 <= slots * 4 || index_grow(set);
}

/* Find the next entry with `hash` and `bucket` from slot `*at` on; NULL behind the last. */
static const struct query_entry *next_candidate(const struct query_set *set, uint32_t hash,
                                                unsigned bucket, uint32_t *at)
{
    uint32_t mask = set->slot_mask;

    for (; set->slots[*at]; *at = (*at + 1) & mask) {
        uint32_t slot = set->slots[*at];
        const struct query_entry *entry;

        if ((slot ^ hash) & ~mask)
            continue;
        entry = query_set_entry(set, (slot & mask) - 1);
        if (entry->hash == hash && query_entry_bucket(entry) == bucket) {
            *at = (*at + 1) & mask;
            return entry;
        }
    }
    return NULL;
}

bool query_set_may_have(const struct query_set *set, uint32_t hash, unsigned bucket)
{
    uint32_t at = hash & set->slot_mask;

    return set->slots && next_candidate(set, hash, bucket, &at);
}

enum query_result query_set_find(const struct query_set *set, uint32_t hash, unsigned bucket,
                                 struct text query)
{
    uint32_t at = hash & set->slot_mask;
    const struct query_entry *entry;

    if (!set->slots)
        return QUERY_NEW;
    while ((entry = next_candidate(set, hash, bucket, &at)) != NULL) {
        switch (set->match(set->match_context, query_entry_place(entry), query)) {
        case QUERY_SAME:
            return QUERY_KNOWN;
        case QUERY_UNREADABLE:
            return QUERY_READ_FAILED;
        case QUERY_OTHER:
            break;
        }
    }
    return QUERY_NEW;
}

static uint32_t hash_of(const struct query_set *set, struct text query)
{
    return (uint32_t)hash64(query, set->seed) & set->hash_mask;
}

static unsigned bucket_of(uint64_t split_hash)
{
    return (unsigned)(split_hash >> (64 - QUERY_BUCKET_BITS));
}

enum query_result query_set_has(const struct query_set *set, struct text query)
{
    return query_set_find(set, hash_of(set, query), bucket_of(query_split_hash(query)), query);
}

enum query_result query_set_add(struct query_set *set, struct text query, uint64_t split_hash,
                                struct avro_place place, uint64_t line)
{
    uint32_t hash = hash_of(set, query);
    unsigned bucket = bucket_of(split_hash);
    enum query_result result = query_set_find(set, hash, bucket, query);

    if (result != QUERY_NEW)
        return result;
    assert(place.block >> QUERY_BLOCK_BITS == 0 && place.row >> QUERY_ROW_BITS == 0);
    if (!make_room(set))
        return QUERY_NO_MEMORY;
    set->chunks[set->count / QUERY_CHUNK_ENTRIES][set->count % QUERY_CHUNK_ENTRIES] =
        (struct query_entry){
            .hash = hash,
            .line = line < UINT32_MAX ? (uint32_t)line : UINT32_MAX,
            .where = place.block << (QUERY_ROW_BITS + QUERY_BUCKET_BITS) |
                     (uint64_t)place.row << QUERY_BUCKET_BITS | bucket,
        };
    index_put(set->slots, set->slot_mask, hash, set->count);
    set->count++;
    return QUERY_NEW;
}
