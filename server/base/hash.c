#include "base/hash.h"

#include <xxhash.h>

uint64_t hash64(struct text t, uint64_t seed)
{
    return XXH3_64bits_withSeed(t.data, t.len, seed);
}

struct hash128 hash128(struct text t, uint64_t seed)
{
    XXH128_hash_t h = XXH3_128bits_withSeed(t.data, t.len, seed);

    return (struct hash128){h.low64, h.high64};
}
