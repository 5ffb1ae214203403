/*
 * The I/O thread: it accepts connections and keeps all that have nothing to say.
 *
 * A worker of CivetWeb is bound to its connection, idle or not, so a connection is shown to them
 * only when bytes of a request have come: the thread waits on all others with epoll. A worker that
 * waits in vain for a next request hands its connection back, at once when others are ready and no
 * worker is free. So a thousand clients that keep their connections need no more workers than they
 * have requests under way. Connections that we end are read empty here, too, since a client that
 * is still sending when its connection is closed never sees the answer.
 *
 * CivetWeb's own listening socket never listens: its accepting thread finds there what is ready
 * (`door`).
 */
#ifndef HTTP_IO_THREAD_H
#define HTTP_IO_THREAD_H

#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

#include "http/socket.h"

struct io_config {
    int listener;            /* a listening, non-blocking socket; becomes the thread's */
    unsigned workers;        /* how many there are */
    size_t head_size_max;    /* of the buffer for a request's head */
    uint64_t drain_size_max; /* bytes to drop of what comes after the last answer */
    uint32_t keep_alive_ms;  /* how long a connection may be idle */
    uint32_t progress_timeout_ms;
};

/* From the oldest to the newest. */
struct socket_list {
    struct http_socket *oldest, *newest;
};

/*
 * `lock` guards what follows it, and is held only in the functions of io_thread.c, which call
 * nothing of other modules but socket.h with it held. What stands before it is set at the start;
 * the atomics may be read at any time.
 */
struct io_thread {
    struct io_config config;
    int epoll;
    int wake_event;  /* readable: the thread should look around */
    int door_event;  /* counts the connections that are ready */
    int crowd_event; /* readable: connections are ready and no worker is free, or we are stopping */
    int cut_event;   /* readable: end all requests now */
    int dummy;       /* what a moved connection leaves behind */
    struct http_socket *door;
    pthread_t thread;
    atomic_bool stopping; /* answers should end their connections */
    atomic_uint late;     /* workers that hold an answer back */

    pthread_mutex_t lock;
    pthread_cond_t calm; /* signalled when no connection is with a worker or ready */
    struct socket_list idle, draining, ready;
    unsigned waiting; /* ready, or on their way to a worker */
    unsigned busy;    /* with a worker */
    bool crowded;     /* crowd_event is readable */
    bool quit;
    bool is_out_of_descriptors;
    int64_t accept_again_ms; /* 0: accepting */
};

/* Start the thread. Returns false, with the listener still the caller's, when resources run out. */
MUST_USE bool io_start(struct io_thread *io, const struct io_config *config);

/*
 * The first half of a stop: listen no more, close idle connections, wait up to `drain_ms` for the
 * requests under way, and end those that remain. Returns the number of these.
 */
unsigned io_drain(struct io_thread *io, uint32_t drain_ms);

/* The second half, when no worker is left: join the thread and close all that is still open. */
void io_stop(struct io_thread *io);

/* Make `fd` the door. Returns false if the table has no place for it. */
MUST_USE bool io_set_door(struct io_thread *io, int fd);

/* Let CivetWeb close its side of the door. */
void io_forget_door(struct io_thread *io);

/* poll() and accept() at the door. The peer's port is replaced by the descriptor: that is how a
 * worker finds out, from what CivetWeb tells it, which socket it has. */
int io_wait_at_door(struct http_socket *door, struct pollfd *fds, const struct timespec *timeout);
int io_accept(struct http_socket *door, struct sockaddr *address, socklen_t *size);

/* A worker has begun with a connection. */
void io_take(struct io_thread *io);

/* A worker is about to close its connection: keep or drain it, if it is to live on. */
void io_give_back(struct http_socket *socket);

/* A worker is free again. */
void io_release(struct io_thread *io);

#endif
