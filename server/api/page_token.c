#include "api/page_token.h"

#include <inttypes.h>

#include "base/hash.h"

void page_token_write(struct text list, uint64_t position, struct buf *out)
{
    buf_add_format(out, "%" PRIu64 "-%016" PRIx64, position, hash64(list, position));
}

bool page_token_read(struct text list, struct text token, uint64_t *out)
{
    AUTO(buf_done) struct buf right = {0};
    struct text rest = token;
    uint64_t position;

    if (!text_to_u64(text_cut(&rest, '-'), &position))
        return false;
    page_token_write(list, position, &right);
    if (right.failed || !text_eq(buf_text(&right), token))
        return false;
    *out = position;
    return true;
}
