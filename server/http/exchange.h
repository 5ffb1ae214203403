/*
 * One request and its answer, over one of CivetWeb's connections.
 */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include "base/timestamp.h"
#include "http/framing.h"
#include "http/io_thread.h"
#include "http/message.h"
#include "http/parked.h"
#include "http/server.h"
#include "http/socket.h"

struct mg_connection;

/*
 * What a worker keeps from one request to the next, so that its buffers are allocated once. All
 * zero is a valid start; response_init() and the rest happen at its first request.
 */
struct exchange {
    bool is_ready;
    struct request req;
    struct response res;
    struct buf out; /* the bytes of the answer */
    int64_t date_s; /* the second that `date` is of */
    char date[HTTP_DATE_SIZE];

    /* Of the present request. */
    const struct http_config *config;
    struct io_thread *io;
    struct mg_connection *conn;
    struct http_socket *socket;
    struct framing framing;
    struct chunk_scan chunks; /* of a chunked body */
    size_t early_size;        /* bytes that came with the head: of the body, or behind it */
    size_t early_body_size;   /* how many of them are of a chunked body */
    uint64_t body_received;
    bool body_over;
    bool body_broken; /* closed, too slow, or badly framed */
};

/* Release the buffers. */
void exchange_done(struct exchange *x);

/* Answer the request that CivetWeb has read on `conn`, and end the connection if `is_last`. Returns
 * the status. */
int exchange_serve(struct exchange *x, const struct http_config *config, struct mg_connection *conn,
                   bool is_last);

/* Answer what CivetWeb refused with `status`, and end the connection. */
void exchange_refuse(struct exchange *x, const struct http_config *config,
                     struct mg_connection *conn, int status);

#endif
