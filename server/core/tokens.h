/*
 * Text cut into words, letters and marks, for ranking. What is counted in tokens goes by
 * token_count.h, where a word with an apostrophe in it is three.
 *
 * A word is a run of letters, digits and the marks on them. Inside it may stand: an apostrophe
 * before an English ending (don't, Cohere's), a point or comma between digits (55,274, v3.5), a
 * point between single letters (D.C), and `++` or `#` at the end of a name (C++, C#). Of scripts
 * that are written without spaces (Han, Kana, Thai, ...), and of pictures, each character is a
 * token of its own, with the marks that belong to it. Every other visible character is a mark.
 */
#ifndef CORE_TOKENS_H
#define CORE_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum token_kind { TOKEN_WORD, TOKEN_LETTER, TOKEN_MARK };

struct token {
    enum token_kind kind;
    bool plain;       /* nothing but ASCII letters and digits */
    struct text text; /* borrowed from the input */
};

/* A walk over `input`, which is borrowed: `struct tokens walk = {.input = text};`. */
struct tokens {
    struct text input;
    size_t at; /* offset of the next byte to read */
};

/* Read the next token. Returns false at the end, and leaves `*out` alone. Bytes that are not UTF-8
 * are marks. */
bool tokens_next(struct tokens *walk, struct token *out);

#endif
