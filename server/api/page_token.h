/*
 * Page tokens: the position at which the next page of a list begins, bound to that list.
 */
#ifndef API_PAGE_TOKEN_H
#define API_PAGE_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"

enum { PAGE_TOKEN_SIZE = 20 + 1 + 16 + 1 };

/* Write the token for `position` of `list`, which names the list and whatever it is filtered by. */
void page_token_write(struct text list, uint64_t position, char out[PAGE_TOKEN_SIZE]);

/* Read a token. Returns false, and leaves `*out` alone, if it is not one of this list. */
MUST_USE bool page_token_read(struct text list, struct text token, uint64_t *out);

#endif
