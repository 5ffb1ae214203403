/*
 * From a method and a path to a row of a table of routes.
 */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include <stddef.h>

#include "http/message.h"

/*
 * One row. `pattern` begins with `/`; `{name}` stands for one whole, non-empty segment of the path
 * (at most REQUEST_PARAMS_MAX of them); the rest is letters, digits and `-._~`, and stands for
 * itself. `handler` is the caller's: the router only hands the row back.
 */
struct route {
    enum http_method method;
    const char *pattern;
    int (*handler)(void *context, struct request *req, struct response *res);
    unsigned flags; /* of the table's owner */
};

enum route_result {
    ROUTE_FOUND,
    ROUTE_NONE,       /* no pattern fits the path */
    ROUTE_NOT_METHOD, /* one fits, but not for this method: see `allowed` */
    ROUTE_BAD_PATH,   /* a segment's percent-encoding is broken */
    ROUTE_NO_MEMORY
};

/*
 * Find the route for `req`, and fill `req->params` from its path, each segment decoded once (so
 * that `%2F` in an id stays in the id, and a `%00` is a byte of it).
 *
 * A slash at the end and a double slash make an empty segment, which only an equally empty one of a
 * pattern fits. Where two rows fit path and method, the one whose pattern is literal earlier in the
 * path wins, whatever the order of `routes`. HEAD finds the row of GET unless there is one of its
 * own. `*allowed` is the set of methods that the path takes in any row (with HEAD where there is
 * GET, and OPTIONS), 0 if the path is unknown. `*out` is set on ROUTE_FOUND only.
 */
enum route_result route_find(const struct route *routes, size_t route_count, struct request *req,
                             const struct route **out, unsigned *allowed);

/* Append the names of a set of methods: `GET, HEAD, OPTIONS`. */
void route_list_methods(unsigned methods, struct buf *out);

#endif
