#include "base/id.h"

#include "base/hash.h"

static const char hex_digits[] = "0123456789abcdef";

static struct hash128 mix(uint64_t seed, enum id_kind kind, uint64_t counter)
{
    uint64_t input[2] = {(uint64_t)kind, counter};

    return hash128((struct text){(const char *)input, sizeof(input)}, seed);
}

static unsigned nibble(struct hash128 h, int index)
{
    uint64_t word = index < 16 ? h.high : h.low;

    return (unsigned)(word >> (60 - 4 * (index % 16)) & 15);
}

void id_uuid(uint64_t seed, enum id_kind kind, uint64_t counter, char out[UUID_SIZE])
{
    struct hash128 h = mix(seed, kind, counter);
    int at = 0;

    for (int i = 0; i < 32; i++) {
        unsigned digit = nibble(h, i);

        if (i == 8 || i == 12 || i == 16 || i == 20)
            out[at++] = '-';
        if (i == 12)
            digit = 4; /* the version */
        if (i == 16)
            digit = 8 | (digit & 3); /* the variant */
        out[at++] = hex_digits[digit];
    }
    out[at] = '\0';
}

/*
 * A step of that length, which shares no factor with 36^6, visits every number below it once before
 * it comes round; the seed decides where it begins.
 */
void id_suffix(uint64_t seed, uint64_t counter, char out[ID_SUFFIX_SIZE])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    static const uint64_t count = 2176782336, step = 1345325467;
    uint64_t start = mix(seed, ID_DATASET, 0).low % count;
    uint64_t rest = (start + counter % count * step) % count;

    for (int i = ID_SUFFIX_SIZE - 2; i >= 0; i--) {
        out[i] = letters[rest % 36];
        rest /= 36;
    }
    out[ID_SUFFIX_SIZE - 1] = '\0';
}

void id_trace(uint64_t seed, uint64_t counter, char out[ID_TRACE_SIZE])
{
    struct hash128 h = mix(seed, ID_TRACE, counter);

    for (int i = 0; i < 32; i++)
        out[i] = hex_digits[nibble(h, i)];
    out[32] = '\0';
}
