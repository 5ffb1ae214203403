#include "base/hash.h"

#define XXH_STATIC_LINKING_ONLY /* the size of a state */
#include <assert.h>
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

static_assert(sizeof(struct hash_stream) >= sizeof(XXH64_state_t), "a state does not fit");

static XXH64_state_t *state_of(struct hash_stream *stream)
{
    return (XXH64_state_t *)(void *)stream->state;
}

void hash_stream_init(struct hash_stream *stream)
{
    (void)XXH64_reset(state_of(stream), 0);
}

void hash_stream_add(struct hash_stream *stream, struct text piece)
{
    if (piece.len > 0)
        (void)XXH64_update(state_of(stream), piece.data, piece.len);
}

uint64_t hash_stream_value(const struct hash_stream *stream)
{
    return XXH64_digest((const XXH64_state_t *)(const void *)stream->state);
}
