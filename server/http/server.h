/*
 * The HTTP/1.1 server: connections in, requests to one handler, answers out.
 *
 * Only this directory knows CivetWeb. Its workers read the requests and call the handler; one
 * thread of ours, the I/O thread, accepts connections and keeps those that are idle, so that
 * clients which keep their connections need no worker while they are silent. In reading order:
 * server.c (starting, stopping), exchange.c (one request and its answer), framing.c and
 * chunk_scan.c (what is refused), socket.c (deadlines), io_thread.c (connections without a
 * request), interpose.c (how CivetWeb's sockets come under our rule).
 *
 * The transport adds Date and Server, unless the handler set them, Content-Length, Connection and
 * Keep-Alive. A HEAD is handled like a GET and answered without the body.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdint.h>

#include "http/message.h"

/*
 * Answer `req` by filling `*res`, and return the status, which must be that of `*res`. Called from
 * many threads at once. If the framing of the body turns out to be broken, the answer is replaced
 * by a 400. What the handler left unread of the body is read and dropped, within bounds, before the
 * connection is used again or closed, so that a client that is still sending can see an early
 * error.
 */
typedef int http_handler_fn(void *context, struct request *req, struct response *res);

/*
 * Make the answer to what never reached the handler (a malformed request, too many headers, a host
 * that is not allowed): fill `*res` for `status` and a sentence. Called from many threads at once.
 */
typedef void http_failure_fn(void *context, int status, const char *sentence, struct response *res);

struct http_config {
    const char *host;             /* IPv4 address or name to listen on; NULL: 127.0.0.1 */
    uint16_t port;                /* 0: any free one */
    unsigned workers;             /* 0: 64  */
    size_t header_size_max;       /* bytes of request line and headers, from 1024; 0: 16384 */
    uint64_t drain_size_max;      /* bytes of an unwanted body to read and drop; 0: 2 GB */
    uint32_t progress_timeout_ms; /* how long to wait for a head, or for 1 KiB; 0: 30000 */
    uint32_t keep_alive_ms;       /* how long an idle connection is kept; 0: 75000 */
    const char *const
        *allowed_hosts; /* more names for the Host header; ended by NULL; may be NULL */
    http_handler_fn *handle;
    http_failure_fn *fail;
    void *context;
};

struct http_server;

/* Start listening. Returns NULL with a sentence in `error` (`error_size` bytes) on failure.
 * `config` is copied; what its pointers lead to must outlive the server. */
MUST_USE struct http_server *http_server_start(const struct http_config *config, char *error,
                                               size_t error_size);

/* The port that is listened on. */
uint16_t http_server_port(const struct http_server *server);

/*
 * Stop: take no new connections, close idle ones, let requests under way finish for up to
 * `drain_ms`, then close what is left, join all threads and free the server. Returns the number of
 * requests that were cut off.
 */
unsigned http_server_stop(struct http_server *server, uint32_t drain_ms);

#endif
