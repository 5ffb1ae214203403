/*
 * Another server, for tests of calls to one: it keeps the requests that come, and gives each the
 * same answer, byte for byte.
 */
#ifndef SUPPORT_ORIGIN_H
#define SUPPORT_ORIGIN_H

#include <pthread.h>
#include <stdint.h>

#include "base/buf.h"

enum { ORIGIN_CONNECTIONS_MAX = 16, ORIGIN_REQUESTS_MAX = 64 };

struct origin {
    uint16_t port;
    int door, wake;
    pthread_t thread;
    struct origin_connection {
        int fd; /* -1: none */
        struct buf in;
    } connections[ORIGIN_CONNECTIONS_MAX];
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t came;
    struct buf answer; /* empty: it never answers */
    bool closes;       /* it ends the connection after each answer */
    struct buf requests[ORIGIN_REQUESTS_MAX];
    size_t request_count;
    size_t connection_count;
};

/* Serve on a free port of 127.0.0.1, or of ::1. Returns false where the machine has no IPv6. */
bool origin_start(struct origin *origin, bool is_ipv6, const char *answer);
void origin_stop(struct origin *origin);

/* Give another answer from now on, or none if it is NULL. */
void origin_set_answer(struct origin *origin, const char *answer);

/* End the connection after each answer, from now on. */
void origin_close_after(struct origin *origin);

/* Wait for the request of that number, from 0; borrowed, head and body as they came. */
const char *origin_request(struct origin *origin, size_t number);

/* How many requests and connections came so far. */
size_t origin_request_count(struct origin *origin);
size_t origin_connection_count(struct origin *origin);

#endif
