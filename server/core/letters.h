/*
 * A run of letters of a script without spaces, where two neighbours make a term. Korean is written
 * with spaces, but its words take so many endings that their syllables are compared in the same
 * way.
 */
#ifndef CORE_LETTERS_H
#define CORE_LETTERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "core/terms.h"

/* Zeroed is a run without letters. */
struct letters {
    char pair[TERM_SIZE];
    size_t first_len, last_len; /* of the two letters in `pair`; `first_len` may be 0 */
    size_t count;               /* letters in the run */
    const char *end;            /* of the run so far, in the text */
};

/* Take the next letter, which begins a new run unless `source`, where it stands in the text, is at
 * the end of the last one. `folded` is copied, its first TERM_SIZE / 2 bytes at most. */
void letters_add(struct letters *l, struct text source, struct text folded);

/* The last letter, and the last two; borrowed from `l`. With only one letter they are the same. */
struct text letters_last(const struct letters *l);
struct text letters_pair(const struct letters *l);

/* Tell whether a folded word, which is not empty, begins with a Korean syllable. */
bool letters_is_hangul(struct text word);

#endif
