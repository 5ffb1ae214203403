/*
 * A method (the first byte) and a path, against a table with overlapping rows. The answer is
 * checked against a plain reading of the rules: cut at the slashes, decode, compare.
 */
#include <string.h>

#include "fuzz/fuzz.h"
#include "http/router.h"

static const struct route routes[] = {
    {HTTP_GET, "/", NULL, 0},           {HTTP_GET, "/a", NULL, 0},
    {HTTP_POST, "/a", NULL, 0},         {HTTP_GET, "/a/{x}", NULL, 0},
    {HTTP_DELETE, "/a/{x}", NULL, 0},   {HTTP_GET, "/a/b", NULL, 0},
    {HTTP_GET, "/{x}/b", NULL, 0},      {HTTP_PUT, "/a/b/", NULL, 0},
    {HTTP_GET, "/{x}/b/{y}", NULL, 0},  {HTTP_GET, "/a/{x}/{y}", NULL, 0},
    {HTTP_HEAD, "/a/{x}/c", NULL, 0},   {HTTP_GET, "/a/{x}/c", NULL, 0},
    {HTTP_PATCH, "/a-b.c_d~", NULL, 0}, {HTTP_GET, "/{w}/{x}/{y}/{z}", NULL, 0},
};

enum { SEGMENTS_MAX = 5 }; /* one more than any pattern has */

struct segments {
    struct buf at[SEGMENTS_MAX];
    size_t count; /* SEGMENTS_MAX: that many or more */
    bool broken;  /* an escape is */
};

static void segments_done(struct segments *segments)
{
    for (size_t i = 0; i < SEGMENTS_MAX; i++)
        buf_done(&segments->at[i]);
}

static void segments_read(struct text path, struct segments *out)
{
    (void)text_cut(&path, '/');
    while (path.data) {
        AUTO(buf_done) struct buf decoded = {0};

        out->broken |= !percent_decode(text_cut(&path, '/'), false, &decoded);
        if (out->count < SEGMENTS_MAX) {
            out->at[out->count++] = decoded;
            decoded = (struct buf){0};
        }
    }
}

/* Tell whether a pattern fits, and count its literal segments as the digits of a binary number. */
static bool fits(const char *pattern, const struct segments *segments, unsigned *rank)
{
    struct text rest = text_of(pattern);

    *rank = 0;
    (void)text_cut(&rest, '/');
    for (size_t i = 0; i < segments->count; i++) {
        struct text want, have = buf_text(&segments->at[i]);

        if (!rest.data)
            return false;
        want = text_cut(&rest, '/');
        *rank = (*rank << 1) | !text_has_prefix(want, TEXT("{"));
        if (*rank & 1 ? !text_eq(want, have) : have.len == 0)
            return false;
    }
    return !rest.data;
}

static void check_params(const char *pattern, const struct segments *segments,
                         const struct request *req)
{
    struct text rest = text_of(pattern);
    size_t count = 0;

    (void)text_cut(&rest, '/');
    for (size_t i = 0; rest.data; i++)
        if (text_has_prefix(text_cut(&rest, '/'), TEXT("{")))
            demand(text_eq(req->params[count++], buf_text(&segments->at[i])),
                   "a parameter is its segment, decoded once");
}

/* Check what was found, or that nothing was, against all rows. */
static void check(const struct request *req, const struct segments *segments,
                  const struct route *found, unsigned allowed)
{
    unsigned methods = 0, rank, best_rank = 0;

    if (found) {
        demand(fits(found->pattern, segments, &best_rank), "what is found fits");
        check_params(found->pattern, segments, req);
    }
    for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
        bool takes = routes[i].method == req->method ||
                     (routes[i].method == HTTP_GET && req->method == HTTP_HEAD);

        if (!fits(routes[i].pattern, segments, &rank))
            continue;
        methods |= (unsigned)routes[i].method | HTTP_OPTIONS;
        if (routes[i].method == HTTP_GET)
            methods |= HTTP_HEAD;
        demand(!takes || found, "what fits is found");
        demand(!takes || rank <= best_rank, "the most literal pattern wins");
    }
    demand(methods == allowed, "all methods are told");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct request req = {.method = HTTP_GET};
    AUTO(segments_done) struct segments segments = {0};
    const struct route *found = NULL;
    enum route_result result;
    unsigned allowed = 1;

    if (size == 0)
        return 0;
    req.method = (enum http_method)(1U << (data[0] & 7));
    req.path = (struct text){(const char *)data + 1, size - 1};
    result = route_find(routes, ARRAY_LEN(routes), &req, &found, &allowed);
    demand((result == ROUTE_FOUND) == (found != NULL), "only what is found is given");
    demand(result != ROUTE_NO_MEMORY, "there is memory");
    if (req.path.len && req.path.data[0] == '/' && !memchr(req.path.data, '\0', req.path.len)) {
        segments_read(req.path, &segments);
        demand(segments.broken == (result == ROUTE_BAD_PATH), "broken escapes are told");
        if (!segments.broken)
            check(&req, &segments, found, allowed);
    } else {
        demand(result == ROUTE_NONE && allowed == 0, "what is no path is unknown");
    }
    demand((result == ROUTE_NOT_METHOD) == (!found && allowed), "another method would do");
    buf_done(&req.param_storage);
    return 0;
}
