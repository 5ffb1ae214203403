/*
 * The I/O thread: it accepts connections and keeps all that no worker has to look at.
 *
 * A worker of CivetWeb is bound to its connection, idle or not, so a connection is shown to them
 * only when bytes of a request have come: the thread waits on all others with epoll. A worker that
 * waits in vain for a next request hands its connection back, at once when others are ready and no
 * worker is free. So a thousand clients that keep their connections need no more workers than they
 * have requests under way. And slow clients need none:
 *
 * - a request that was begun is collected here until it is whole, but for a body that is large or
 *   chunked, which its worker has to read as it comes;
 * - an answer that its client does not read, or that is due later, is parked here (parked.h);
 * - a connection that we end is read empty here, since a client that is still sending when its
 *   connection is closed never sees the answer.
 *
 * Workers come in batches, one for each context of CivetWeb (io_workers.c). Its own listening
 * socket never listens: its accepting thread finds there what is meant for its workers (`door`),
 * never more than are free. When many workers wait for slow bodies, the thread has another batch
 * started.
 */
#ifndef HTTP_IO_THREAD_H
#define HTTP_IO_THREAD_H

#include <pthread.h>
#include <stdint.h>

#include "http/parked.h"
#include "http/socket_list.h"

struct io_batch;

enum { IO_BATCHES_MAX = 64 };

/* Start a batch of about `workers` more, and io_batch_add() it. Called on the I/O thread, without
 * its lock. Returns false if it cannot be done now. */
typedef bool io_grow_fn(void *context, unsigned workers);

struct io_config {
    int listener;         /* a listening, non-blocking socket; becomes the thread's */
    unsigned workers;     /* how many there are at the start, and should be free of slow clients */
    unsigned workers_max; /* how many there may ever be */
    size_t head_size_max; /* of the buffer for a request's head */
    uint64_t drain_size_max; /* bytes to drop of what comes after the last answer */
    size_t parked_max;       /* answers that are parked */
    size_t parked_size_max;  /* their bytes */
    uint32_t keep_alive_ms;  /* how long a connection may be idle */
    uint32_t progress_timeout_ms;
    io_grow_fn *grow;
    void *context; /* for `grow` */
};

/*
 * `lock` guards what follows it, and is held only in the functions of io_thread.c, io_parked.c and
 * io_workers.c, which call nothing of other modules but sockets, their lists and parked.h with it
 * held. What stands before it is set at the start; the atomics may be read at any time.
 */
struct io_thread {
    struct io_config config;
    int epoll;
    int wake_event;  /* readable: the thread should look around */
    int crowd_event; /* readable: connections are ready and no worker is free, or we are stopping */
    int full_event;  /* readable: the same, and there can be no more workers */
    int cut_event;   /* readable: end all requests now */
    int dummy;       /* what a moved connection leaves behind */
    int fd_max;      /* descriptors above this are for files */
    pthread_t thread;
    atomic_bool stopping; /* answers should end their connections */
    atomic_bool is_cut;   /* cut_event is readable */
    atomic_uint workers;  /* in all batches */
    atomic_uint stuck;    /* workers that wait for a slow client */

    pthread_mutex_t lock;
    pthread_cond_t calm; /* signalled when no request is under way */
    struct io_batch *batches[IO_BATCHES_MAX];
    unsigned batch_count;
    struct socket_list idle, collecting, draining, parked;
    struct socket_list ready;  /* no worker is free for these */
    struct parked_queue queue; /* the answers of `parked` */
    size_t parked_count;       /* and of those on their way there */
    size_t parked_size;        /* their bytes */
    size_t stalled;            /* parked ones that nobody waits for */
    size_t early_size;         /* bytes of what is collected */
    unsigned waiting;          /* ready, or on their way to a worker */
    unsigned busy;             /* with a worker */
    bool is_crowded, is_full;  /* crowd_event, full_event are readable */
    bool quit;
    int64_t said_out_ms;     /* when we said last that there are no descriptors; 0: never */
    int64_t accept_again_ms; /* 0: accepting */
    int64_t grow_again_ms;   /* growing failed: not before this; 0: at any time */
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

/* For io_workers.c and io_parked.c. With the lock held: */

/* Take a connection that is in no list and not watched, and put it where it belongs. */
void io_keep(struct io_thread *io, struct http_socket *socket);

/* Give a connection to a worker, now or when one is free. */
void io_make_ready(struct io_thread *io, struct http_socket *socket);

/* Take a connection out of its list, and watch it no more. */
void io_let_go(struct io_thread *io, struct http_socket *socket);

/* Close one that is in a list; close one that is in none. */
void io_drop(struct io_thread *io, struct http_socket *socket);
void io_close(struct io_thread *io, struct http_socket *socket);

/* Wait for these events from now on, in epoll's words. */
void io_watch(struct io_thread *io, struct http_socket *socket, uint32_t events);

void io_update_crowd(struct io_thread *io);

/* Without it: tell whether many workers are stuck and more may be started. */
bool io_is_short_of_workers(struct io_thread *io);
void io_event_set(int event);
void io_event_clear(int event);

#endif
