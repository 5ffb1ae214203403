/*
 * The I/O thread as CivetWeb's workers see it: how they come by connections and get rid of them.
 */
#ifndef HTTP_IO_WORKERS_H
#define HTTP_IO_WORKERS_H

#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include "http/io_thread.h"

/* The workers of one context of CivetWeb. */
struct io_batch {
    struct io_thread *io;
    struct http_socket *door;
    int door_event; /* counts `ready` */
    unsigned workers;

    /* Guarded by the thread's lock. */
    struct socket_list ready; /* connections for these workers */
    unsigned taken;           /* workers that have a connection, or get one of those */
};

/* Batches: make an empty one, give it its door, let it have connections; let CivetWeb close its
 * side of the door; release it when its workers are gone. */
MUST_USE bool io_batch_init(struct io_batch *batch, struct io_thread *io, unsigned workers);
MUST_USE bool io_set_door(struct io_batch *batch, int fd);
void io_batch_add(struct io_batch *batch);
void io_forget_door(struct io_batch *batch);
void io_batch_done(struct io_batch *batch);

/* poll() and accept() at the door. The peer's port is replaced by the descriptor: that is how a
 * worker finds out, from what CivetWeb tells it, which socket it has. */
int io_wait_at_door(struct io_batch *batch, struct pollfd *fds, const struct timespec *timeout);
int io_accept(struct io_batch *batch, struct sockaddr *address, socklen_t *size);

/* A worker has begun with a connection. */
void io_take(struct io_thread *io);

/* A worker waits for a slow client; it goes on. */
void io_stuck(struct io_thread *io);
void io_unstuck(struct io_thread *io);

/* Tell whether requests should end now, finished or not. */
bool io_is_cut(struct io_thread *io);

/* Tell whether one more answer may be parked. */
bool io_can_park(struct io_thread *io);

/*
 * Leave the rest of an answer to the I/O thread, which has it from io_give_back() on. `*answer` is
 * emptied. Returns false, with nothing changed, when too many are parked or memory runs out.
 */
MUST_USE bool io_park(struct http_socket *socket, struct parked *answer);

/* A worker is about to close its connection: keep or drain it, if it is to live on. */
void io_give_back(struct http_socket *socket);

/* A worker is free again. */
void io_release(struct io_batch *batch);

#endif
