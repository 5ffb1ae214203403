#include "http/io_workers.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "http/io_parked.h"

bool io_batch_init(struct io_batch *batch, struct io_thread *io, unsigned workers)
{
    *batch = (struct io_batch){.io = io, .workers = workers};
    batch->door_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
    return batch->door_event >= 0;
}

bool io_set_door(struct io_batch *batch, int fd)
{
    batch->door = socket_enter(fd, batch->io, NULL);
    if (!batch->door)
        return false;
    atomic_store_explicit(&batch->door->door_of, batch, memory_order_relaxed);
    return true;
}

void io_forget_door(struct io_batch *batch)
{
    if (batch->door)
        socket_forget(batch->door);
    batch->door = NULL;
    io_event_set(batch->door_event);
}

void io_batch_done(struct io_batch *batch)
{
    if (batch->door_event >= 0)
        (void)close(batch->door_event);
    batch->door_event = -1;
}

int io_wait_at_door(struct io_batch *batch, struct pollfd *fds, const struct timespec *timeout)
{
    struct pollfd event = {.fd = batch->door_event, .events = POLLIN};
    int count = ppoll(&event, 1, timeout, NULL);

    fds[0].revents = event.revents;
    return count;
}

int io_accept(struct io_batch *batch, struct sockaddr *address, socklen_t *size)
{
    struct sockaddr_in *peer = (struct sockaddr_in *)(void *)address;
    struct http_socket *socket;

    io_event_clear(batch->door_event);
    (void)pthread_mutex_lock(&batch->io->lock);
    socket = socket_list_take(&batch->ready);
    (void)pthread_mutex_unlock(&batch->io->lock);
    if (!socket) {
        errno = EAGAIN;
        return -1;
    }
    assert(*size >= sizeof(*peer));
    *peer = socket->peer;
    peer->sin_port = htons((uint16_t)socket->fd);
    *size = sizeof(*peer);
    return socket->fd;
}

/* Who gets which connection. */

/* The earliest batch that has a free worker, so that the latest sleep while they are not needed. */
static struct io_batch *find_free(const struct io_thread *io)
{
    for (unsigned i = 0; i < io->batch_count; i++)
        if (io->batches[i]->taken < io->batches[i]->workers)
            return io->batches[i];
    return NULL;
}

static void assign(struct io_batch *batch, struct http_socket *socket)
{
    batch->taken++;
    socket_list_append(&batch->ready, socket);
    io_event_set(batch->door_event);
}

void io_make_ready(struct io_thread *io, struct http_socket *socket)
{
    struct io_batch *batch = find_free(io);

    io->waiting++;
    if (batch)
        assign(batch, socket);
    else
        socket_list_append(&io->ready, socket);
    io_update_crowd(io);
}

void io_batch_add(struct io_batch *batch)
{
    struct io_thread *io = batch->io;
    struct http_socket *socket;

    (void)pthread_mutex_lock(&io->lock);
    assert(io->batch_count < IO_BATCHES_MAX);
    io->batches[io->batch_count++] = batch;
    (void)atomic_fetch_add(&io->workers, batch->workers);
    while (batch->taken < batch->workers && (socket = socket_list_take(&io->ready)))
        assign(batch, socket);
    io_update_crowd(io);
    (void)pthread_mutex_unlock(&io->lock);
}

void io_take(struct io_thread *io)
{
    (void)pthread_mutex_lock(&io->lock);
    io->waiting--;
    io->busy++;
    (void)pthread_mutex_unlock(&io->lock);
}

void io_release(struct io_batch *batch)
{
    struct io_thread *io = batch->io;
    struct http_socket *next;

    (void)pthread_mutex_lock(&io->lock);
    io->busy--;
    batch->taken--;
    next = socket_list_take(&io->ready);
    if (next)
        assign(batch, next);
    io_update_crowd(io);
    if (io->waiting + io->busy == 0)
        (void)pthread_cond_signal(&io->calm);
    (void)pthread_mutex_unlock(&io->lock);
}

/* Slow clients */

void io_stuck(struct io_thread *io)
{
    (void)atomic_fetch_add(&io->stuck, 1);
    if (io_is_short_of_workers(io))
        io_event_set(io->wake_event);
}

void io_unstuck(struct io_thread *io)
{
    (void)atomic_fetch_sub(&io->stuck, 1);
}

bool io_is_cut(struct io_thread *io)
{
    return atomic_load(&io->is_cut);
}

bool io_can_park(struct io_thread *io)
{
    bool has_room;

    (void)pthread_mutex_lock(&io->lock);
    has_room =
        io->parked_count < io->config.parked_max && io->parked_size < io->config.parked_size_max;
    (void)pthread_mutex_unlock(&io->lock);
    return has_room;
}

/* Count one more parked answer, if there is room for it. */
static bool count_parked(struct io_thread *io, size_t cost)
{
    bool has_room;

    (void)pthread_mutex_lock(&io->lock);
    has_room = io->parked_count < io->config.parked_max &&
               cost <= io->config.parked_size_max - io->parked_size &&
               parked_queue_reserve(&io->queue, io->parked_count + 1);
    if (has_room) {
        io->parked_count++;
        io->parked_size += cost;
    }
    (void)pthread_mutex_unlock(&io->lock);
    return has_room;
}

bool io_park(struct http_socket *socket, struct parked *answer)
{
    struct parked *p = malloc(sizeof(*p));

    answer->cost = parked_cost(answer);
    if (!p || !count_parked(atomic_load(&socket->io), answer->cost)) {
        free(p);
        return false;
    }
    *p = *answer;
    parked_init(answer);
    socket->parked = p;
    return true;
}

void io_give_back(struct http_socket *socket)
{
    struct io_thread *io = atomic_load(&socket->io);
    /* While we stop, nobody waits for a request that was hardly begun. */
    bool is_kept = socket->leaving &&
                   (!atomic_load(&io->stopping) || (socket->early.len > 0 && socket->wanted));
    struct http_socket *moved = NULL;

    if (socket->is_draining && !socket->parked)
        (void)shutdown(socket->fd, SHUT_WR);
    if (is_kept || socket->is_draining || socket->parked)
        moved = socket_move(socket, io->dummy);
    (void)pthread_mutex_lock(&io->lock);
    if (moved) {
        io_keep(io, moved);
    } else {
        io_forget_parked(io, socket);
        socket_forget(socket);
    }
    (void)pthread_mutex_unlock(&io->lock);
    if (moved)
        io_event_set(io->wake_event);
}
