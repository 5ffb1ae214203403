/*
 * The sockets that CivetWeb's workers read and write, and the rules for waiting on them.
 *
 * CivetWeb keeps its sockets to itself and has no deadline for bodies, so the calls by which it
 * reads, writes, waits and accepts are interposed (interpose.c) and come here. Each descriptor of
 * ours has its place in one table for the whole process; what is not in it goes to the kernel
 * untouched.
 *
 * A socket belongs to one thread at a time: to the I/O thread while it is idle, ready or being
 * drained, to a worker from io_take() until it is closed or handed back. Only the owner touches
 * its fields, but for `io` and `phase`, which are atomic; ownership changes hands under the I/O
 * thread's lock.
 */
#ifndef HTTP_SOCKET_H
#define HTTP_SOCKET_H

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "http/chunk_scan.h"

struct io_thread;

/* Descriptors are kept below this, so that one fits into a port number: see io_accept(). */
enum { SOCKET_TABLE_SIZE_MAX = 65536 };

/* A request or an answer must move by this many bytes, or end, in each span of
 * `progress_timeout_ms`: enough for any real line, too much for one byte a second. Only time
 * spent in waiting for the peer counts, not what a handler takes between two reads. */
enum { PROGRESS_SIZE_MIN = 1024 };

/* A worker waits this long on its connection for the next request before it hands it back. */
enum { LINGER_MS = 500 };

enum socket_phase {
    SOCKET_WAITING, /* for a request, or for the rest of its head */
    SOCKET_SERVING  /* a request is with its handler, or its answer is being written */
};

struct http_socket {
    _Atomic(struct io_thread *) io; /* NULL: not one of ours */
    _Atomic(int) phase;             /* of enum socket_phase */
    bool is_door;                   /* what CivetWeb takes for its listening socket */
    int fd;
    struct sockaddr_in peer;

    const char *head; /* where CivetWeb keeps the head of the request, and what came with it */
    size_t head_len;  /* how many bytes it holds there */
    bool head_full;   /* the head filled all the room it may have */
    bool ended;       /* nothing more can be read: all further reads say so */
    bool leaving;     /* idle: to be handed back to the I/O thread, not closed */
    bool timed_out;   /* a read or write made too little progress */
    bool is_over;     /* the last answer was given, or failed */
    bool is_draining; /* we end the connection: what still comes is to be read and dropped */

    struct chunk_scan *chunks; /* what looks at the body being read; NULL: it is not chunked */

    size_t moved;      /* bytes since the present span of time began */
    int64_t waited_ms; /* how much of that span was spent in waiting for the peer */

    struct http_socket *older, *newer; /* in a list of the I/O thread */
    int64_t since_ms;                  /* when it came into that list */
    uint64_t drained;                  /* bytes dropped */
};

/*
 * Make the table, for as many descriptors as the process may have: the soft limit is raised to the
 * hard one first, within 65,536. Further calls do nothing. Returns false if memory runs out.
 */
MUST_USE bool socket_table_open(void);

/* Find one of ours, or NULL. */
struct http_socket *socket_find(int fd);

/* Enter a descriptor; its other fields are zero. Returns NULL if the table has no place for it. */
MUST_USE struct http_socket *socket_enter(int fd, struct io_thread *io,
                                          const struct sockaddr_in *peer);

/* Take a descriptor out of the table; its place may be filled again at once. It stays open. */
void socket_forget(struct http_socket *socket);

/*
 * Give a connection another descriptor: its old one is left as a copy of `dummy`, so that CivetWeb
 * can shut it down and close it without any effect on the peer. Returns NULL, with nothing
 * changed, when there is no descriptor left.
 */
MUST_USE struct http_socket *socket_move(struct http_socket *socket, int dummy);

/* Begin a new request: the deadlines start again. */
void socket_begin(struct http_socket *socket, enum socket_phase phase);

/* As recv() and send() on a blocking socket, within the deadlines. After a deadline has passed,
 * `timed_out` is set and nothing more can be read. */
ssize_t socket_receive(struct http_socket *socket, void *data, size_t size);
ssize_t socket_send(struct http_socket *socket, const void *data, size_t size);

#endif
