/*
 * A server with a handler that does one small thing for each path, for tests of the transport.
 *
 * /echo      answers with the body that it read; ?max=N refuses more than N bytes with 413
 * /early     answers 413 and reads nothing
 * /sized?N   answers with N bytes, `a` to `z` over and over
 * /file      answers from a file of TRY_FILE_SIZE such bytes
 * /none      answers 204
 * /last      asks for the connection to be closed
 * /held      answers when try_server_release() is called
 * /delivered answers with TRY_BODY, delivered as `delivery` says
 * all others answer with what the handler saw: method, path, query and headers
 */
#ifndef TESTS_TRY_SERVER_H
#define TESTS_TRY_SERVER_H

#include "http/server.h"

enum { TRY_FILE_SIZE = 700001, TRY_LATE_MS = 1500 };

#define TRY_BODY "0123456789abcdefghijklmnopqrstuvwxyz"

struct try_server {
    struct delivery delivery; /* of /delivered; to be set while nobody asks */
    struct http_server *http;
    uint16_t port;
    int held;    /* readable once a request is in /held or /late */
    int release; /* readable once these may go on */
};

/* Start on any free port, with what `config` says besides; fails the test if it cannot. */
void try_server_start(struct try_server *server, struct http_config config);

/* Returns what http_server_stop() returned. */
unsigned try_server_stop(struct try_server *server, uint32_t drain_ms);

/* The rest of a stop, after http_server_stop(). */
void try_server_done(struct try_server *server);

/* Wait until a request is in /held; let those go. */
void try_server_wait_held(const struct try_server *server);
void try_server_release(const struct try_server *server);

/* Fill `out` with the bytes that /sized and /file give. */
void try_pattern(size_t size, struct buf *out);

#endif
