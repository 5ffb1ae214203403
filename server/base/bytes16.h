/*
 * Sixteen bytes judged at once, with the vectors of gcc and clang: what is written of `v` holds for
 * each byte of it, as in `v == '"'`. Comparing gives -1 in each byte where it is so and 0 where
 * not; such flags combine with | & ~, and become the bits of a number here. Those numbers can be
 * asked what no vector can: where is the first, how many are there.
 *
 * Every x86-64 has the instructions; elsewhere the compiler makes do with what there is.
 */
#ifndef BASE_BYTES16_H
#define BASE_BYTES16_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { BYTES16_LEN = 16 };

typedef uint8_t bytes16 __attribute__((vector_size(BYTES16_LEN)));
typedef int8_t flags16 __attribute__((vector_size(BYTES16_LEN)));

static inline bytes16 bytes16_load(const void *data)
{
    bytes16 v;

    memcpy(&v, data, sizeof(v));
    return v;
}

/* Where is one of the `count` values from `first` on? As `v - first < count`, but quicker: there
 * are instructions to compare only what has a sign. */
static inline flags16 bytes16_within(bytes16 v, uint8_t first, uint8_t count)
{
    return (flags16)(v + (uint8_t)(0x80 - first)) < (int8_t)(count - 0x80);
}

/* flags16_bits() as it is where no instruction does it. */
static inline uint32_t flags16_bits_plainly(flags16 flags)
{
    uint64_t halves[2];
    uint32_t bits = 0;

    memcpy(halves, &flags, sizeof(halves));
    for (unsigned i = 0; i < 2; i++) {
        uint64_t ones = le64toh(halves[i]) >> 7 & UINT64_C(0x0101010101010101);

        /* The product has these eight, side by side, in its top byte. */
        bits |= (uint32_t)(ones * UINT64_C(0x0102040810204080) >> 56) << 8 * i;
    }
    return bits;
}

/* A bit for each flag, or for the highest bit of each byte; the first is the lowest. */
static inline uint32_t flags16_bits(flags16 flags)
{
#if defined(__SSE2__)
    return (uint32_t)_mm_movemask_epi8((__m128i)flags);
#else
    return flags16_bits_plainly(flags);
#endif
}

/* How many bits are 1. */
static inline unsigned bits64_count(uint64_t bits)
{
    bits -= bits >> 1 & UINT64_C(0x5555555555555555);
    bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
    bits = (bits + (bits >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    return (unsigned)(bits * UINT64_C(0x0101010101010101) >> 56);
}

/* The number of the lowest bit that is 1; there must be one. */
static inline unsigned bits64_first(uint64_t bits)
{
    return (unsigned)__builtin_ctzll(bits);
}

#endif
