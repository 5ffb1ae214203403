#include "http/server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <civetweb.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "http/exchange.h"
#include "http/interpose.h"
#include "http/io_workers.h"
#include "http/socket.h"

enum {
    WORKERS_DEFAULT = 64,
    WORKERS_MAX_DEFAULT = 1024,
    PARKED_DEFAULT = 10000,
    PARKED_SIZE_DEFAULT = 256 << 20,
    HEADER_SIZE_DEFAULT = 16384,
    HEADER_SIZE_MIN = 1024, /* CivetWeb's own */
    PROGRESS_TIMEOUT_DEFAULT = 30000,
    KEEP_ALIVE_DEFAULT = 75000,
    DRAIN_SIZE_DEFAULT = 2000000000,
    LISTEN_BACKLOG = 4096
};

/* A context of CivetWeb, with its workers. */
struct batch {
    struct http_server *server;
    struct io_batch io;
    struct mg_context *civetweb;
    atomic_uint exchange_count;
    struct exchange exchanges[]; /* one for each worker */
};

struct http_server {
    struct http_config config;
    struct io_thread io;
    struct batch *batches[IO_BATCHES_MAX]; /* of the I/O thread, once it runs */
    unsigned batch_count;
    uint16_t port;
};

/* What CivetWeb calls. Its init_thread gives each worker its exchange. */

static void *on_thread(const struct mg_context *civetweb, int type)
{
    struct batch *batch = mg_get_user_data(civetweb);

    /* Type 0 is the accepting thread. */
    return type == 1 ? &batch->exchanges[atomic_fetch_add(&batch->exchange_count, 1)] : NULL;
}

static void on_thread_end(const struct mg_context *civetweb, int type, void *exchange)
{
    (void)civetweb;
    if (type == 1 && exchange)
        exchange_done(exchange);
}

static struct batch *batch_of(const struct mg_connection *conn)
{
    return mg_get_user_data(mg_get_context(conn));
}

static struct http_server *server_of(const struct mg_connection *conn)
{
    return batch_of(conn)->server;
}

static int on_connection(const struct mg_connection *conn, void **connection_data)
{
    (void)connection_data;
    io_take(&server_of(conn)->io);
    return 0;
}

static int on_request(struct mg_connection *conn)
{
    return exchange_serve(mg_get_thread_pointer(conn), &server_of(conn)->config, conn, false);
}

static int on_error(struct mg_connection *conn, int status, const char *message)
{
    (void)message;
    exchange_refuse(mg_get_thread_pointer(conn), &server_of(conn)->config, conn, status);
    return 0;
}

/*
 * A connection ends because its client is gone or has been idle, because we wanted it, or because
 * CivetWeb did: it knows no `*`, and no absolute form of another port, and says nothing to them.
 */
static void on_close(const struct mg_connection *const_conn)
{
    const struct mg_request_info *ri = mg_get_request_info(const_conn);
    struct http_socket *socket = socket_find(ri->remote_port);
    union {
        const struct mg_connection *constant;
        struct mg_connection *conn;
    } same;

    /* CivetWeb advises against writing from here, but the connection is still whole. */
    same.constant = const_conn;
    if (!socket->is_over && !socket->ended && !socket->leaving) {
        socket->is_draining = true;
        if (ri->request_uri && !ri->local_uri_raw)
            (void)exchange_serve(mg_get_thread_pointer(const_conn), &server_of(const_conn)->config,
                                 same.conn, true);
    }
    io_give_back(socket);
}

static void on_closed(const struct mg_connection *conn)
{
    io_release(&batch_of(conn)->io);
}

static int on_log(const struct mg_connection *conn, const char *message)
{
    (void)conn;
    log_debug("civetweb: %s", message);
    return 1;
}

/* Starting */

/* Find the IPv4 address of `host`. Returns false with a sentence. */
static bool resolve(const char *host, uint16_t port, struct sockaddr_in *out, char *error,
                    size_t error_size)
{
    const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;

    *out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, host, &out->sin_addr) == 1)
        return true;
    if (strchr(host, ':')) {
        (void)snprintf(error, error_size,
                       "cannot listen on %s: IPv6 is not supported; give an IPv4 address", host);
        return false;
    }
    if (getaddrinfo(host, NULL, &hints, &found) != 0) {
        (void)snprintf(error, error_size, "cannot listen on %s: it has no IPv4 address", host);
        return false;
    }
    memcpy(&out->sin_addr, &((const struct sockaddr_in *)(const void *)found->ai_addr)->sin_addr,
           sizeof(out->sin_addr));
    freeaddrinfo(found);
    return true;
}

static void explain_bind(const char *host, uint16_t port, int number, char *error,
                         size_t error_size)
{
    switch (number) {
    case EADDRINUSE:
        (void)snprintf(error, error_size,
                       "port %u on %s is in use: stop what listens there, choose another port with "
                       "--port, or take any free one with --port 0",
                       port, host);
        break;
    case EACCES:
        (void)snprintf(error, error_size,
                       "port %u may not be used without privileges: choose one above 1023 with "
                       "--port",
                       port);
        break;
    case EADDRNOTAVAIL:
        (void)snprintf(error, error_size, "cannot listen on %s: this machine has no such address",
                       host);
        break;
    default:
        (void)snprintf(error, error_size, "cannot listen on %s:%u: %s", host, port,
                       strerror(number));
    }
}

/* Make the listening socket and read its port. Returns -1 with a sentence. */
static int open_listener(const char *host, uint16_t *port, char *error, size_t error_size)
{
    const int on = 1;
    struct sockaddr_in address;
    socklen_t size = sizeof(address);
    int fd;

    if (!resolve(host, *port, &address, error, error_size))
        return -1;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, LISTEN_BACKLOG) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0) {
        explain_bind(host, *port, errno, error, error_size);
        if (fd >= 0)
            (void)close(fd);
        return -1;
    }
    *port = ntohs(address.sin_port);
    return fd;
}

static struct mg_context *start_civetweb(struct batch *batch)
{
    static const struct mg_callbacks callbacks = {
        .begin_request = on_request,
        .http_error = on_error,
        .init_thread = on_thread,
        .exit_thread = on_thread_end,
        .init_connection = on_connection,
        .connection_close = on_close,
        .connection_closed = on_closed,
        .log_message = on_log,
    };
    char workers[16], head_size[24];
    /* The time limits are ours: see socket.h. */
    /* clang-format off */
    const char *options[] = {
        "listening_ports",          "127.0.0.1:0",
        "num_threads",              workers,
        "max_request_size",         head_size,
        "enable_keep_alive",        "yes",
        "keep_alive_timeout_ms",    "86400000",
        "request_timeout_ms",       "86400000",
        "tcp_nodelay",              "1",
        "decode_url",               "no",
        "enable_auth_domain_check", "no",
        NULL};
    /* clang-format on */
    struct mg_context *civetweb;

    (void)snprintf(workers, sizeof(workers), "%u", batch->io.workers);
    (void)snprintf(head_size, sizeof(head_size), "%zu", batch->server->config.header_size_max);
    interpose_begin(&batch->io);
    civetweb = mg_start(&callbacks, batch, options);
    interpose_end();
    return civetweb;
}

static void batch_free(struct batch *batch)
{
    io_batch_done(&batch->io);
    free(batch);
}

static bool start_batch(void *context, unsigned workers)
{
    struct http_server *server = context;
    struct batch *batch = calloc(1, sizeof(*batch) + workers * sizeof(batch->exchanges[0]));

    if (!batch)
        return false;
    batch->server = server;
    if (!io_batch_init(&batch->io, &server->io, workers)) {
        free(batch);
        return false;
    }
    batch->civetweb = start_civetweb(batch);
    if (!batch->civetweb) {
        io_forget_door(&batch->io);
        batch_free(batch);
        return false;
    }
    server->batches[server->batch_count++] = batch;
    io_batch_add(&batch->io);
    return true;
}

static void set_defaults(struct http_config *config)
{
    config->host = config->host ? config->host : "127.0.0.1";
    config->workers = config->workers ? config->workers : WORKERS_DEFAULT;
    if (config->workers_max == 0)
        config->workers_max = WORKERS_MAX_DEFAULT;
    if (config->workers_max < config->workers)
        config->workers_max = config->workers;
    if (config->parked_max == 0)
        config->parked_max = PARKED_DEFAULT;
    if (config->parked_size_max == 0)
        config->parked_size_max = PARKED_SIZE_DEFAULT;
    if (config->header_size_max == 0)
        config->header_size_max = HEADER_SIZE_DEFAULT;
    if (config->header_size_max < HEADER_SIZE_MIN)
        config->header_size_max = HEADER_SIZE_MIN;
    if (config->drain_size_max == 0)
        config->drain_size_max = DRAIN_SIZE_DEFAULT;
    if (config->progress_timeout_ms == 0)
        config->progress_timeout_ms = PROGRESS_TIMEOUT_DEFAULT;
    if (config->keep_alive_ms == 0)
        config->keep_alive_ms = KEEP_ALIVE_DEFAULT;
}

/* Start the threads on an open listener, which becomes theirs on success. */
static bool start_threads(struct http_server *server, int listener)
{
    const struct http_config *config = &server->config;
    const struct io_config io_config = {.listener = listener,
                                        .workers = config->workers,
                                        .workers_max = config->workers_max,
                                        .parked_max = config->parked_max,
                                        .parked_size_max = config->parked_size_max,
                                        .grow = start_batch,
                                        .context = server,
                                        .head_size_max = config->header_size_max,
                                        .drain_size_max = config->drain_size_max,
                                        .keep_alive_ms = config->keep_alive_ms,
                                        .progress_timeout_ms = config->progress_timeout_ms};

    (void)mg_init_library(0);
    if (io_start(&server->io, &io_config)) {
        if (start_batch(server, config->workers))
            return true;
        io_stop(&server->io);
        listener = -1;
    }
    (void)mg_exit_library();
    if (listener >= 0)
        (void)close(listener);
    return false;
}

struct http_server *http_server_start(const struct http_config *config, char *error,
                                      size_t error_size)
{
    struct http_server *server = calloc(1, sizeof(*server));
    int listener;

    if (server) {
        server->config = *config;
        set_defaults(&server->config);
    }
    if (!server || !socket_table_open()) {
        (void)snprintf(error, error_size, "cannot start the server: out of memory");
        goto failed;
    }
    server->port = server->config.port;
    listener = open_listener(server->config.host, &server->port, error, error_size);
    if (listener < 0)
        goto failed;
    if (start_threads(server, listener))
        return server;
    (void)snprintf(error, error_size, "cannot start the server: out of threads or descriptors");
failed:
    free(server);
    return NULL;
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

unsigned http_server_stop(struct http_server *server, uint32_t drain_ms)
{
    unsigned cut = io_drain(&server->io, drain_ms);

    for (unsigned i = 0; i < server->batch_count; i++) {
        io_forget_door(&server->batches[i]->io);
        mg_stop(server->batches[i]->civetweb);
    }
    io_stop(&server->io);
    for (unsigned i = 0; i < server->batch_count; i++)
        batch_free(server->batches[i]);
    (void)mg_exit_library();
    free(server);
    return cut;
}
