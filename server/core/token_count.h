/*
 * Tokens as the documented counts have them: one word or punctuation mark is one token. Whatever is
 * counted, limited, billed or cut in tokens goes by this; what ranking makes of a text is in
 * tokens.h.
 *
 * A run of letters, digits, marks and underscores is one token; Han characters and kana, which are
 * written without spaces, are one each, and so is every other character that is not white space.
 * No text has more tokens than bytes.
 */
#ifndef CORE_TOKEN_COUNT_H
#define CORE_TOKEN_COUNT_H

#include <stddef.h>

#include "base/text.h"

/* Count the tokens of valid UTF-8. What is no token at all is blank: 0. */
size_t token_count(struct text t);

/*
 * Cut the first `count` tokens off `*rest`: return them, with the white space up to the next one,
 * and move `*rest` behind them. It becomes empty, with data NULL, if there is no further token.
 * What is cut apart counts as many tokens as it did in one piece.
 */
struct text token_cut(struct text *rest, size_t count);

#endif
