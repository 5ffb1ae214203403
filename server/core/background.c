/*
 * The table has one string for each hash bucket, which background.py describes: stems one after the
 * other, each ended by a byte that no stem holds and that carries what is known of it.
 */
#include "core/background.h"

#include <stdint.h>
#include <string.h>

#include "core/background_table.inc"

enum { FUNCTION_ENGLISH = '!', FUNCTION_OTHER = '*' };

static const float weight_unknown = 8.0F;

/* Must be as bucket_of() in background.py. */
static size_t bucket_of(struct text stem)
{
    uint32_t value = 0;

    for (size_t i = 0; i < stem.len; i++)
        value = value * 31 + (unsigned char)stem.data[i];
    return value * 2654435761U >> 22;
}

/* Letters of stems are a to z and all beyond ASCII; what ends them is below. */
static bool is_end(char c)
{
    return (unsigned char)c < 'a';
}

static bool is_function_mark(char end)
{
    return end == FUNCTION_ENGLISH || end == FUNCTION_OTHER;
}

/* Find the entry of `stem` among the function words or among the rest, and return the byte that
 * ends it, or 0. */
static char find(struct text stem, bool function)
{
    const char *at = background_table[bucket_of(stem)];

    while (*at) {
        const char *start = at;

        while (!is_end(*at))
            at++;
        if ((size_t)(at - start) == stem.len && is_function_mark(*at) == function &&
            memcmp(start, stem.data, stem.len) == 0)
            return *at;
        at++;
    }
    return 0;
}

float background_weight(struct text stem)
{
    char end = find(stem, false);

    if (end == 0)
        return weight_unknown;
    return 0.25F * (float)(end <= '9' ? end - '0' : end - 'A' + 10);
}

bool background_is_function_word(struct text word, bool multilingual)
{
    char end = find(word, true);

    return end == FUNCTION_ENGLISH || (end == FUNCTION_OTHER && multilingual);
}
