/*
 * The HTTP/1.1 server: connections in, requests to one handler, answers out.
 *
 * Only this directory knows CivetWeb. Its workers read the requests and call the handler; one
 * thread of ours, the I/O thread, accepts connections and keeps those that are idle, whose request
 * comes slowly, or whose answer is read slowly or due later, so that these need no worker. In
 * reading order: server.c (starting, stopping), exchange.c (one request and its answer), framing.c
 * and chunk_scan.c (what is refused), request_scan.c (whether a request is whole), parked.c
 * (answers that wait), socket.c (deadlines), io_thread.c, io_parked.c and io_workers.c (connections
 * without a worker, and how they come to one), interpose.c (how CivetWeb's sockets come under our
 * rule).
 *
 * Workers come in batches, each a context of CivetWeb. The first is started with the server;
 * others when half of the workers wait for clients that send large or chunked bodies slowly. A
 * batch stays until the server stops: a worker that sleeps costs next to nothing.
 *
 * After an answer that was parked its connection is kept, unless its request was chunked, or
 * CivetWeb may hold bytes of the next one: then it is ended. That a client has shut down its
 * sending side is noticed after the parked answer.
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
    unsigned workers;             /* at the start; 0: 64 */
    unsigned workers_max;         /* while slow clients hold many of them; 0: 1024 */
    size_t parked_max;            /* answers that are late or read slowly; 0: 10000 */
    size_t parked_size_max;       /* bytes of memory that these may take; 0: 256 MiB */
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
