#include "http/io_parked.h"

#include <stdlib.h>
#include <sys/epoll.h>

#include "base/timestamp.h"

void io_forget_parked(struct io_thread *io, struct http_socket *socket)
{
    struct parked *p = socket->parked;

    if (!p)
        return;
    if (p->socket)
        parked_queue_remove(&io->queue, p);
    io->stalled -= p->is_stalled;
    io->parked_count--;
    io->parked_size -= p->cost;
    parked_done(p);
    free(p);
    socket->parked = NULL;
}

uint32_t io_keep_parked(struct io_thread *io, struct http_socket *socket)
{
    struct parked *p = socket->parked;
    int64_t now_ms = clock_monotonic_ms(), due_ms = parked_due_ms(p);

    p->socket = socket;
    p->span_sent = p->sent;
    p->wake_ms = due_ms > now_ms ? due_ms : now_ms + io->config.progress_timeout_ms;
    parked_queue_add(&io->queue, p);
    return due_ms > now_ms ? 0 : EPOLLOUT;
}

/* After the last byte of an answer: keep the connection, whose next request may be here already. */
static void keep_after(struct io_thread *io, struct http_socket *socket)
{
    enum request_part part = REQUEST_HEAD;

    if (atomic_load(&io->stopping)) {
        io_close(io, socket);
        return;
    }
    if (socket->early.len > 0)
        part = socket_collected(socket);
    if (part == REQUEST_WHOLE || part == REQUEST_OPEN)
        io_make_ready(io, socket);
    else
        io_keep(io, socket);
}

static void stall(struct io_thread *io, struct http_socket *socket)
{
    struct parked *p = socket->parked;

    p->is_stalled = true;
    io->stalled++;
    parked_queue_move(&io->queue, p, INT64_MAX);
    io_watch(io, socket, EPOLLRDHUP);
}

static void end_parked(struct io_thread *io, struct http_socket *socket)
{
    const struct linger at_once = {.l_onoff = 1};
    enum parked_end end = socket->parked->end;

    if (end == PARKED_HALF_CLOSE)
        (void)shutdown(socket->fd, SHUT_WR);
    if (end == PARKED_HALF_CLOSE || end == PARKED_STALL) {
        stall(io, socket);
        return;
    }
    io_let_go(io, socket);
    io_forget_parked(io, socket);
    if (end == PARKED_KEEP) {
        keep_after(io, socket);
    } else if (end == PARKED_RESET) {
        (void)setsockopt(socket->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        io_close(io, socket);
    } else {
        (void)shutdown(socket->fd, SHUT_WR);
        socket->is_draining = true;
        io_keep(io, socket);
    }
}

static void go_on_parked(struct io_thread *io, struct http_socket *socket, int64_t now_ms)
{
    struct parked *p = socket->parked;
    enum parked_state state = parked_send(p, socket->fd, now_ms);

    switch (state) {
    case PARKED_EARLY:
        p->span_sent = p->sent;
        parked_queue_move(&io->queue, p, parked_due_ms(p));
        io_watch(io, socket, 0);
        break;
    case PARKED_BLOCKED:
        if (p->sent - p->span_sent >= PROGRESS_SIZE_MIN || !(socket->watched & EPOLLOUT)) {
            p->span_sent = p->sent;
            parked_queue_move(&io->queue, p, now_ms + io->config.progress_timeout_ms);
        }
        io_watch(io, socket, EPOLLOUT);
        break;
    case PARKED_SENT:
        end_parked(io, socket);
        break;
    case PARKED_FAILED:
        io_drop(io, socket);
        break;
    }
}

void io_handle_parked(struct io_thread *io, struct http_socket *socket, uint32_t events)
{
    if (events & EPOLLOUT && !(events & EPOLLERR))
        go_on_parked(io, socket, clock_monotonic_ms());
    else
        io_drop(io, socket);
}

void io_look_at_parked(struct io_thread *io, int64_t now_ms)
{
    while (io->queue.count > 0 && io->queue.items[0]->wake_ms <= now_ms) {
        struct http_socket *socket = io->queue.items[0]->socket;

        if (socket->watched & EPOLLOUT)
            io_drop(io, socket);
        else
            go_on_parked(io, socket, now_ms);
    }
}
