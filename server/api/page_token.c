#include "api/page_token.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/hash.h"

void page_token_write(struct text list, uint64_t position, char out[PAGE_TOKEN_SIZE])
{
    (void)snprintf(out, PAGE_TOKEN_SIZE, "%" PRIu64 "-%016" PRIx64, position,
                   hash64(list, position));
}

bool page_token_read(struct text list, struct text token, uint64_t *out)
{
    char right[PAGE_TOKEN_SIZE];
    struct text rest = token;
    uint64_t position;

    if (!text_to_u64(text_cut(&rest, '-'), &position))
        return false;
    page_token_write(list, position, right);
    if (!text_eq(text_of(right), token))
        return false;
    *out = position;
    return true;
}
