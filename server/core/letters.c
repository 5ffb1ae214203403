#include "core/letters.h"

#include <assert.h>
#include <string.h>

enum { LETTER_SIZE = TERM_SIZE / 2 };

void letters_add(struct letters *l, struct text source, struct text folded)
{
    assert(folded.data);
    if (source.data != l->end)
        *l = (struct letters){0};
    memmove(l->pair, l->pair + l->first_len, l->last_len);
    l->first_len = l->last_len;
    l->last_len = folded.len < LETTER_SIZE ? folded.len : LETTER_SIZE;
    memcpy(l->pair + l->first_len, folded.data, l->last_len);
    l->end = source.data + source.len;
    l->count++;
}

struct text letters_last(const struct letters *l)
{
    return (struct text){l->pair + l->first_len, l->last_len};
}

struct text letters_pair(const struct letters *l)
{
    return (struct text){l->pair, l->first_len + l->last_len};
}

bool letters_is_hangul(struct text word)
{
    uint32_t c;

    if ((unsigned char)word.data[0] < 0xEA)
        return false;
    (void)utf8_decode(word, 0, &c);
    return c >= 0xAC00 && c <= 0xD7A3;
}
