/*
 * Pages of a list: `page_size` and `page_token` of a request, and the token of the page after.
 *
 * The token of another list, or of the same list in another order, is refused.
 */
#ifndef API_PAGE_H
#define API_PAGE_H

#include "api/call.h"

enum { PAGE_LIST_SIZE = 128 };

struct page {
    int64_t offset, limit;
    char list[PAGE_LIST_SIZE + WORLD_NAME_SIZE]; /* which it is, for page_token.h */
};

/* Read how many are wanted, a whole number; some clients send `10.0`. Returns false for any other
 * text. */
MUST_USE bool page_count_read(struct text value, int64_t *out);

/*
 * Read which page is wanted of the list called `list` (any text below PAGE_LIST_SIZE that tells it
 * from others of its world). Without a size it has 50 items, and at most 1000. Returns 0, or
 * answers and returns the status.
 */
MUST_USE int page_read(const struct call *call, const struct request *req, struct response *res,
                       const char *list, struct page *out);

/* After `count` of `total` items: write the member `next_page_token` if there is a next page. */
void page_write_next(const struct page *page, size_t count, int64_t total, struct json_writer *w);

#endif
