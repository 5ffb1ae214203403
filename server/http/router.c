/*
 * A walk over the rows of the table, which is short, comparing each pattern with the path until
 * they differ.
 *
 * The path is compared undecoded, so that its slashes are the ones that separate, but normalized:
 * escapes of the characters that the literals of patterns are made of are undone beforehand.
 */
#include "http/router.h"

#include <assert.h>
#include <string.h>

static bool is_unreserved(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/*
 * Write the path to `out`, ended by a NUL, without the escapes that RFC 3986 calls needless
 * (section 6.2.2.2).
 */
static enum route_result path_normalize(struct text path, struct buf *out)
{
    buf_clear(out);
    if (path.len == 0 || path.data[0] != '/' || memchr(path.data, '\0', path.len))
        return ROUTE_NONE;
    /* Room for the path and its decoded segments: from here on the bytes stay where they are. */
    if (!buf_reserve(out, 2 * path.len + 1))
        return ROUTE_NO_MEMORY;
    while (path.data) {
        size_t start;

        buf_add_text(out, text_cut(&path, '%'));
        if (!path.data)
            break;
        start = out->len;
        if (path.len < 2 || !percent_decode((struct text){path.data - 1, 3}, false, out))
            return ROUTE_BAD_PATH;
        if (!is_unreserved(out->data[start])) {
            buf_truncate(out, start);
            buf_add(out, path.data - 1, 3);
        }
        path.data += 2;
        path.len -= 2;
    }
    buf_add_char(out, '\0');
    return ROUTE_FOUND;
}

static bool pattern_fits(const char *pattern, const char *path)
{
    for (;;) {
        while (*pattern == *path && *pattern != '{' && *pattern != '\0') {
            pattern++;
            path++;
        }
        if (*pattern != '{')
            return *pattern == *path;
        if (*path == '/' || *path == '\0')
            return false;
        pattern += strcspn(pattern, "/");
        path += strcspn(path, "/");
    }
}

/* Tell whether `a`, of two patterns that fit the same path, is literal where `b` first is not. */
static bool is_more_literal(const char *a, const char *b)
{
    while (*a && *b) {
        a++;
        b++;
        if ((*a == '{') != (*b == '{'))
            return *b == '{';
        a += strcspn(a, "/");
        b += strcspn(b, "/");
    }
    return false;
}

/* Decode one segment into `storage`, where it already is if it has no escapes. */
static struct text decode_segment(struct text segment, struct buf *storage)
{
    size_t start = storage->len;
    bool decoded;

    if (!memchr(segment.data, '%', segment.len))
        return segment;
    decoded = percent_decode(segment, false, storage);
    assert(decoded);
    return (struct text){storage->data + start, storage->len - start};
}

/* Fill in the segments of `path` that `pattern`, which fits it, has a name for. */
static void fill_params(const char *pattern, const char *path, struct request *req)
{
    size_t count = 0;

    while (*pattern) {
        struct text segment = {path + 1, strcspn(path + 1, "/")};

        if (pattern[1] == '{') {
            assert(count < REQUEST_PARAMS_MAX);
            req->params[count++] = decode_segment(segment, &req->param_storage);
        }
        pattern += 1 + strcspn(pattern + 1, "/");
        path = segment.data + segment.len;
    }
}

static bool takes_method(const struct route *route, enum http_method method)
{
    return route->method == method || (method == HTTP_HEAD && route->method == HTTP_GET);
}

static unsigned with_implied(unsigned methods)
{
    if (methods & HTTP_GET)
        methods |= HTTP_HEAD;
    return methods ? methods | HTTP_OPTIONS : 0;
}

/* Tell whether `route` should answer a request of `method` rather than `best`, which may be NULL.
 */
static bool is_better(const struct route *route, const struct route *best, enum http_method method)
{
    if (!takes_method(route, method))
        return false;
    if (!best || is_more_literal(route->pattern, best->pattern))
        return true;
    /* A row for HEAD itself comes before the same pattern's row for GET. */
    return best->method != method && route->method == method &&
           !is_more_literal(best->pattern, route->pattern);
}

enum route_result route_find(const struct route *routes, size_t route_count, struct request *req,
                             const struct route **out, unsigned *allowed)
{
    enum route_result result = path_normalize(req->path, &req->param_storage);
    const char *path = req->param_storage.data;
    const struct route *best = NULL;
    unsigned methods = 0;

    *allowed = 0;
    if (result != ROUTE_FOUND)
        return result;
    for (size_t i = 0; i < route_count; i++) {
        if (!pattern_fits(routes[i].pattern, path))
            continue;
        methods |= routes[i].method;
        if (is_better(&routes[i], best, req->method))
            best = &routes[i];
    }
    *allowed = with_implied(methods);
    if (!best)
        return methods ? ROUTE_NOT_METHOD : ROUTE_NONE;
    fill_params(best->pattern, path, req);
    *out = best;
    return ROUTE_FOUND;
}

void route_list_methods(unsigned methods, struct buf *out)
{
    static const struct {
        enum http_method method;
        const char *name;
    } names[] = {
        {HTTP_GET, "GET"},         {HTTP_HEAD, "HEAD"},   {HTTP_POST, "POST"},
        {HTTP_PUT, "PUT"},         {HTTP_PATCH, "PATCH"}, {HTTP_DELETE, "DELETE"},
        {HTTP_OPTIONS, "OPTIONS"},
    };
    const char *separator = "";

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (!(methods & names[i].method))
            continue;
        buf_add_string(out, separator);
        buf_add_string(out, names[i].name);
        separator = ", ";
    }
}
