#include "api/page.h"

#include <stdio.h>

#include "api/errors.h"
#include "api/page_token.h"

enum { PAGE_SIZE_DEFAULT = 50, PAGE_SIZE_MAX = 1000 };

bool page_count_read(struct text value, int64_t *out)
{
    const double max = 1e15; /* up to here each whole number is one of its own */
    double number;

    if (!text_to_double(value, &number) || number < 0 || number > max ||
        (double)(int64_t)number != number)
        return false;
    *out = (int64_t)number;
    return true;
}

static bool read_size(const struct request *req, int64_t *out)
{
    struct text value;
    int64_t size = 0;

    *out = PAGE_SIZE_DEFAULT;
    if (!request_query(req, "page_size", 0, &value) || value.len == 0)
        return true;
    if (!page_count_read(value, &size))
        return false;
    if (size > 0)
        *out = size > PAGE_SIZE_MAX ? PAGE_SIZE_MAX : size;
    return true;
}

/* Absent or empty is the first page; false is a token that this list never gave. */
static bool read_token(const struct request *req, struct text list, int64_t *out_offset)
{
    struct text token;
    uint64_t offset = 0;

    *out_offset = 0;
    if (!request_query(req, "page_token", 0, &token) || token.len == 0)
        return true;
    if (!page_token_read(list, token, &offset) || offset > INT32_MAX)
        return false;
    *out_offset = (int64_t)offset;
    return true;
}

int page_read(const struct call *call, const struct request *req, struct response *res,
              const char *list, struct page *out)
{
    (void)snprintf(out->list, sizeof(out->list), "%s %s", list, call->world->name);
    if (!read_size(req, &out->limit))
        return call_error(call, res, ERROR_PAGE_SIZE);
    if (!read_token(req, text_of(out->list), &out->offset))
        return call_error(call, res, ERROR_PAGE_TOKEN);
    return 0;
}

void page_write_next(const struct page *page, size_t count, int64_t total, struct json_writer *w)
{
    char token[PAGE_TOKEN_SIZE];
    int64_t next = page->offset + (int64_t)count;

    if (count == 0 || next >= total)
        return;
    page_token_write(text_of(page->list), (uint64_t)next, token);
    json_write_member_string(w, "next_page_token", token);
}
