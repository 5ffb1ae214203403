/*
 * A request and its response, as everything above the socket sees them.
 *
 * Nothing here knows CivetWeb, so that a test writes a `struct request` by hand, with its body in
 * memory, calls a handler, and compares the `struct response`.
 */
#ifndef HTTP_MESSAGE_H
#define HTTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"

enum http_method {
    HTTP_GET = 1 << 0,
    HTTP_HEAD = 1 << 1,
    HTTP_POST = 1 << 2,
    HTTP_PUT = 1 << 3,
    HTTP_PATCH = 1 << 4,
    HTTP_DELETE = 1 << 5,
    HTTP_OPTIONS = 1 << 6,
    HTTP_OTHER = 1 << 7
};

enum { REQUEST_HEADERS_MAX = 63, REQUEST_PARAMS_MAX = 4, RESPONSE_HEADERS_MAX = 40 };

struct header {
    struct text name;
    struct text value;
};

/* What a read of the body came to. */
enum body_result {
    BODY_OK,        /* all of it was read */
    BODY_TOO_LARGE, /* there is more than the caller takes */
    BODY_CLOSED,    /* the client went away, or the framing is broken, before its end */
    BODY_TIMEOUT,   /* no progress within the server's time */
    BODY_NO_MEMORY
};

/*
 * Where the body comes from. `read` gives up to `size` bytes (at least one, unless the body is
 * over) and returns their count, 0 at the end, or -1 when the client went away or ran out of time.
 */
typedef long body_read_fn(void *source, void *data, size_t size);

/* A parameter of the query, decoded; `data` is NULL where the encoding is broken. */
struct query_param {
    struct text name, value; /* a NUL stands behind the value */
};

struct request {
    enum http_method method;
    struct text method_name; /* as sent */
    struct text path;        /* raw, still percent-encoded; handlers may cut a prefix off */
    struct text query;       /* raw, without the `?` */
    struct text client_ip;   /* who asks */
    struct header headers[REQUEST_HEADERS_MAX];
    size_t header_count;
    struct text params[REQUEST_PARAMS_MAX]; /* decoded segments of the path: see route_find() */
    struct buf param_storage;               /* what `params` points into */
    struct query_param *query_params;       /* see request_read_query(); owned */
    size_t query_param_count;
    struct buf query_storage; /* what `query_params` points into */
    int64_t content_length;   /* -1: none given (no body, or chunked) */
    bool has_body;            /* a length above 0, or chunked */
    body_read_fn *read_body;  /* NULL: no body */
    void *body_source;
    bool timed_out; /* set by the transport when a read failed for lack of progress */
};

struct response_header {
    const char *name; /* a literal, or `copy` */
    struct buf copy;
    struct buf value;
};

/* What becomes of the connection after an answer. */
enum delivery_end {
    DELIVERY_USUAL,      /* it goes on, if the client can */
    DELIVERY_CLOSE,      /* it is closed */
    DELIVERY_RESET,      /* it is reset, as by a crash */
    DELIVERY_HALF_CLOSE, /* we send no more, and leave the rest to the client */
    DELIVERY_STALL       /* nothing, until the client leaves */
};

/* How an answer is sent. All zero: at once, all of it. */
struct delivery {
    bool is_raw; /* `body` is all that is sent: no head is made */
    bool is_cut; /* of the body only the first `cut_at` bytes are sent */
    uint64_t cut_at;
    uint32_t piece_count; /* the body goes in so many pieces, the last after `pieces_ms` */
    uint32_t pieces_ms;
    enum delivery_end end;
};

/*
 * An answer being built. `struct response res; response_init(&res);` and response_done() around it.
 * Either `body` or `file` is sent. What was allocated for headers stays for the next answer until
 * response_done().
 */
struct response {
    int status; /* 0: nobody has answered yet */
    struct response_header headers[RESPONSE_HEADERS_MAX];
    size_t header_count;
    struct text fixed_lines; /* headers that are the same each time; see response_set_lines() */
    struct buf body;
    int file;               /* a descriptor to send from its start and to close, or -1; owned */
    int64_t file_size;      /* bytes to send of it */
    uint32_t late_ms;       /* how much later than it could be it is sent */
    bool close;             /* end the connection after this answer */
    bool is_unrouted;       /* nothing is served under this path */
    uint64_t upload_digest; /* of the files that were taken in; 0: none were */
    struct buf reason;      /* in place of the usual phrase; empty: that one */
    struct delivery delivery;
};

/* Release what a request owns: its parameters. */
void request_done(struct request *req);

/* Forget the parameters and the body of the last request, to take another one. */
void request_reset(struct request *req);

/* Find a header's value by name, without regard to case; `data` is NULL if it is absent. */
struct text request_header(const struct request *req, const char *name);

/* Count the headers of that name. */
size_t request_header_count(const struct request *req, const char *name);

/*
 * Read the whole body into `*out`, at most `size_max` bytes. On any result but BODY_OK what `*out`
 * holds is incomplete. A declared length above `size_max` is refused before a byte is read.
 */
MUST_USE enum body_result request_read_body(struct request *req, size_t size_max, struct buf *out);

/* Decode the query, once for all who ask request_query(). Returns false when memory runs out. */
MUST_USE bool request_read_query(struct request *req);

/*
 * Find the value of a query parameter, good as long as the request; with `index` the second,
 * third... of that name. Returns false, and sets `*out` empty, if there is none, or if its encoding
 * is broken.
 */
bool request_query(const struct request *req, const char *name, size_t index, struct text *out);

/* Make an empty answer, with room in its body to say that memory ran out. */
void response_init(struct response *res);
void response_done(struct response *res);

/* Forget all that was answered so far, and close the file. */
void response_reset(struct response *res);

/* Set a header, replacing one of the same name. `name` is kept, the value copied, with spaces for
 * its control characters. */
void response_set_header(struct response *res, const char *name, struct text value);

/* The same from a buffer: one that has failed breaks the answer, as answer_is_broken() tells. */
void response_set_header_buf(struct response *res, const char *name, const struct buf *value);

/* Add a header, whether or not there is one of the same name, and copy the name, too. Beyond
 * RESPONSE_HEADERS_MAX none is added. */
void response_add_header(struct response *res, const char *name, struct text value);

/* Forget the headers of that name, however they were set. */
void response_remove_header(struct response *res, const char *name);

/*
 * Send these headers, too: lines `name: value`, each ended by CRLF, borrowed until the response is
 * reset. No name in them may be set otherwise, or be one that the transport sets.
 */
void response_set_lines(struct response *res, struct text lines);

/* The value of a header that was set either way, or `data` NULL. */
struct text response_header(const struct response *res, const char *name);

/* The reason phrase of a status, "Unknown" for one that nobody registered. */
const char *http_reason(int status);

#endif
