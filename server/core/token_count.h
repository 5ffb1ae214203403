/*
 * Tokens as the documented counts have them: one word or punctuation mark is one token.
 */
#ifndef CORE_TOKEN_COUNT_H
#define CORE_TOKEN_COUNT_H

#include <stddef.h>

#include "base/text.h"

/*
 * Count the tokens of valid UTF-8. A run of letters, digits, marks and underscores is one token;
 * Han characters and kana, which are written without spaces, are one each, and so is every other
 * character that is not white space. What is no token at all is blank: 0.
 */
size_t token_count(struct text t);

#endif
