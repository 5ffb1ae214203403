/*
 * What two texts have in common is compared as terms: words folded, so that case, width, accents
 * and spelling of the same character do not matter, and then stemmed, so that endings do not.
 */
#ifndef CORE_TERMS_H
#define CORE_TERMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "core/tokens.h"

struct sb_stemmer;

enum { TERM_SIZE = 64 }; /* bytes that a folded word has at most; the rest is cut off */

enum term_language { TERM_ENGLISH, TERM_MULTILINGUAL };

enum { KNOWN_STEMS = 256, KNOWN_STEM_SIZE = 16 };

/* A word that was stemmed before. */
struct known_stem {
    unsigned char word_len, stem_len; /* 0: none yet */
    char word[KNOWN_STEM_SIZE], stem[KNOWN_STEM_SIZE];
};

/* Not to be used by two threads at once. */
struct stemmers {
    struct sb_stemmer *english, *russian; /* owned */
    struct known_stem known[KNOWN_STEMS]; /* English words, each at the place of its hash */
};

/* Returns false, and leaves `*s` alone, when memory runs out. */
MUST_USE bool stemmers_init(struct stemmers *s);
void stemmers_done(struct stemmers *s);

/*
 * Fold a word or letter: NFKC, case folded; accents off Latin and Greek letters and the dots off a
 * Russian one; without apostrophes, an English 's, points between letters and commas between
 * digits. Writes at most TERM_SIZE bytes, no NUL, and returns how many.
 */
size_t term_fold(const struct token *token, char out[TERM_SIZE]);

/*
 * Stem a folded word: by the English rules if it is of the letters a to z, and, if multilingual, by
 * the Russian ones if it is Cyrillic; other words stay. The result is borrowed from `s` or from
 * `word`, until the next call.
 */
struct text term_stem(struct stemmers *s, enum term_language language, struct text word);

/*
 * The bytes at the front of `stem`, at least 1, which every word that term_stem() turns into it
 * begins with. This holds for the English stemmer as it is (it ends words otherwise, but only with
 * e, i, y, le, ie or bl) and for the Russian one, which only cuts; test_terms.c tries it on words.
 */
size_t term_stem_front(struct text stem);

#endif
