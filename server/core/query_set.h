/*
 * The distinct queries of one file, for at most 32 bytes each, whatever their length. Kinds of
 * datasets that have none put whole rows here, as Avro bytes.
 *
 * The set holds no query. An entry has a hash of it and the place of its row in the Avro file; when
 * hashes are equal, the caller is asked to compare the query with the one stored there, so that a
 * collision costs time and is never a verdict. Entries (16 bytes) are in chunks that are never
 * copied. An index of 4-byte slots, at most four fifths of them used, finds them; while it
 * doubles, old and new are at most 15 bytes per entry.
 */
#ifndef CORE_QUERY_SET_H
#define CORE_QUERY_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "core/avro_writer.h"

enum {
    QUERY_BUCKET_BITS = 12,
    QUERY_BUCKETS = 1 << QUERY_BUCKET_BITS,
    QUERY_ROW_BITS = 16,
    QUERY_BLOCK_BITS = 36, /* so much of an Avro file can be told apart: 64 GiB */
    QUERY_CHUNK_ENTRIES = 4096
};

struct query_entry {
    uint32_t hash;  /* under the seed of the set */
    uint32_t line;  /* of its first row, at most UINT32_MAX */
    uint64_t where; /* 36 bits offset of the block, 16 of the row in it, 12 the bucket */
};

enum query_match { QUERY_OTHER, QUERY_SAME, QUERY_UNREADABLE };

/* Compare `query` with the one of the row at `place`. */
typedef enum query_match query_match_fn(void *context, struct avro_place place, struct text query);

struct query_set {
    struct query_entry **chunks; /* of QUERY_CHUNK_ENTRIES each */
    size_t chunk_count;
    size_t chunk_size;  /* pointers allocated in `chunks` */
    uint32_t *slots;    /* 0, or an entry's number + 1 with the hash's bits above the index's */
    uint32_t slot_mask; /* slots - 1, a power of two less one */
    uint32_t count;     /* entries */
    uint32_t hash_mask; /* bits of the hashes that are used: all, but for tests */
    uint64_t seed;
    query_match_fn *match;
    void *match_context;
};

enum query_result { QUERY_NEW, QUERY_KNOWN, QUERY_NO_MEMORY, QUERY_READ_FAILED };

/* The bucket and the order of a query in an automatic split: a hash that never changes. */
uint64_t query_split_hash(struct text query);

/* Begin an empty set. `seed` should be random, lest somebody chooses queries that collide. */
void query_set_init(struct query_set *set, uint64_t seed, query_match_fn *match, void *context);
void query_set_done(struct query_set *set);

/*
 * Add `query`, whose row is at `place` and came in `line`, unless it is there. `split_hash` is its
 * query_split_hash().
 */
MUST_USE enum query_result query_set_add(struct query_set *set, struct text query,
                                         uint64_t split_hash, struct avro_place place,
                                         uint64_t line);

/*
 * Look for `query`, with the hash and the bucket that an entry of a set with the same seed and mask
 * has: QUERY_KNOWN, QUERY_NEW or QUERY_READ_FAILED.
 */
MUST_USE enum query_result query_set_find(const struct query_set *set, uint32_t hash,
                                          unsigned bucket, struct text query);

/* Look for any query: as query_set_find(). */
MUST_USE enum query_result query_set_has(const struct query_set *set, struct text query);

/* Tell whether any entry has this hash and bucket: if not, query_set_find() gives QUERY_NEW. */
bool query_set_may_have(const struct query_set *set, uint32_t hash, unsigned bucket);

/* Entry `i` of `set->count`, in the order of their first rows. */
const struct query_entry *query_set_entry(const struct query_set *set, size_t i);
struct avro_place query_entry_place(const struct query_entry *entry);
unsigned query_entry_bucket(const struct query_entry *entry);

/* Give the index back; only entries can be asked for afterwards. */
void query_set_drop_index(struct query_set *set);

/* Bytes allocated. */
size_t query_set_bytes(const struct query_set *set);

#endif
