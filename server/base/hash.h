/*
 * Fast hashes (XXH3), for tables and for numbers that only have to look random. Not for secrets:
 * see sign.h.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#include "base/text.h"

struct hash128 {
    uint64_t low, high;
};

uint64_t hash64(struct text t, uint64_t seed);
struct hash128 hash128(struct text t, uint64_t seed);

/* A hash of what comes in pieces, however it is cut. */
struct hash_stream {
    uint64_t state[11]; /* of the library */
};

void hash_stream_init(struct hash_stream *stream);
void hash_stream_add(struct hash_stream *stream, struct text piece);
uint64_t hash_stream_value(const struct hash_stream *stream);

#endif
