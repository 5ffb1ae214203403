/*
 * The sockets that CivetWeb's workers read and write, and the rules for waiting on them.
 *
 * CivetWeb keeps its sockets to itself and has no deadline for bodies, so the calls by which it
 * reads, writes, waits and accepts are interposed (interpose.c) and come here. Each descriptor of
 * ours has its place in one table for the whole process; what is not in it goes to the kernel
 * untouched.
 *
 * A worker sees whole requests only: what came of one that goes on too slowly is kept (`early`),
 * and the connection handed back to the I/O thread, which collects the rest and hands it over
 * again. A body that is large or chunked is the exception: its worker reads it, and waits.
 *
 * A socket belongs to one thread at a time: to the I/O thread while it is idle, collected, parked,
 * ready or being drained, to a worker from io_take() until it is closed or handed back. Only the
 * owner touches its fields, but for the atomic ones, which are read by whoever finds it; ownership
 * changes hands under the I/O thread's lock.
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
#include "base/buf.h"
#include "http/chunk_scan.h"
#include "http/request_scan.h"

struct io_batch;
struct io_thread;
struct parked;

/* Descriptors are kept below this, so that one fits into a port number: see io_accept(). */
enum { SOCKET_TABLE_SIZE_MAX = 65536 };

/* A request or an answer must move by this many bytes, or end, in each span of
 * `progress_timeout_ms`: enough for any real line, too much for one byte a second. Only time
 * spent in waiting for the peer counts, not what a handler takes between two reads. */
enum { PROGRESS_SIZE_MIN = 1024 };

/* A worker waits this long on its connection for the next request before it hands it back. */
enum { LINGER_MS = 500 };

/* How long it waits for the rest of a request, or for a client to read, before it hands that back;
 * at once when other connections wait for a worker. */
enum { PATIENCE_MS = 50 };

/* A worker that waits longer than this for its client is stuck: others are started in its place. */
enum { STUCK_MS = 5 };

/* When there can be no more workers and connections wait for one, a request that has waited so long
 * for its client in its present span of time is ended. */
enum { STUCK_MS_MAX = 1000 };

/* A body up to this size is collected before a worker sees the request. */
enum { SMALL_BODY_SIZE_MAX = 65536 };

enum socket_phase {
    SOCKET_WAITING, /* for a request, or for the rest of its head */
    SOCKET_SERVING  /* a request is with its handler, or its answer is being written */
};

struct http_socket {
    _Atomic(struct io_thread *) io;     /* NULL: not one of ours */
    _Atomic(struct io_batch *) door_of; /* not NULL: what CivetWeb takes for its listening socket */
    _Atomic(int) phase;                 /* of enum socket_phase */
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
    struct buf early;          /* received, and not yet seen by CivetWeb from `early_at` on */
    size_t early_at;           /* 0 while the request is being collected */
    size_t wanted;             /* the size of the request, where its head tells */
    bool is_end_known;         /* nothing that CivetWeb has seen is behind the request */
    struct parked *parked;     /* an answer that waits for its time, or for its client; owned */

    size_t moved;      /* bytes since the present span of time began */
    int64_t waited_ms; /* how much of that span was spent in waiting for the peer */

    struct http_socket *older, *newer; /* in a list of the I/O thread */
    int64_t since_ms;                  /* when it came into that list */
    uint64_t drained;                  /* bytes dropped */
    size_t early_cost;                 /* what `early` is counted with */
    uint32_t watched;                  /* events, in epoll's words */
};

/*
 * Make the table, for as many descriptors as the process may have: the soft limit is raised to the
 * hard one first, within 65,536. Further calls do nothing. Returns false if memory runs out.
 */
MUST_USE bool socket_table_open(void);

/* How many descriptors there may be. */
int socket_table_limit(void);

/* Find one of ours, or NULL. */
struct http_socket *socket_find(int fd);

/* Enter a descriptor; its other fields are zero. Returns NULL if the table has no place for it. */
MUST_USE struct http_socket *socket_enter(int fd, struct io_thread *io,
                                          const struct sockaddr_in *peer);

/* Take a descriptor out of the table, without a parked answer; its place may be filled again at
 * once. It stays open. */
void socket_forget(struct http_socket *socket);

/*
 * Give a connection another descriptor: its old one is left as a copy of `dummy`, so that CivetWeb
 * can shut it down and close it without any effect on the peer. Returns NULL, with nothing
 * changed, when there is no descriptor left.
 */
MUST_USE struct http_socket *socket_move(struct http_socket *socket, int dummy);

/* Begin a new request: the deadlines start again. */
void socket_begin(struct http_socket *socket, enum socket_phase phase);

/*
 * Go on collecting the request that `early` begins with, without waiting. On REQUEST_WHOLE and
 * REQUEST_OPEN a worker should go on with it; `ended` is set if nothing more will come.
 */
enum request_part socket_collect(struct http_socket *socket);

/* The same for what `early` holds already, from another request on. */
enum request_part socket_collected(struct http_socket *socket);

/* Wait until the client reads on. Returns false when `*patience_ms`, which becomes less, is used
 * up, or at once when others wait for this worker. */
bool socket_wait_briefly(struct http_socket *socket, int64_t *patience_ms);

/* Wait until the client reads on, `sent` bytes after the last time, within the deadlines. */
bool socket_wait_for_room(struct http_socket *socket, size_t sent);

/* As recv() and send() on a blocking socket, within the deadlines. After a deadline has passed,
 * `timed_out` is set and nothing more can be read. */
ssize_t socket_receive(struct http_socket *socket, void *data, size_t size);
ssize_t socket_send(struct http_socket *socket, const void *data, size_t size);

#endif
