#include "http/socket.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/timestamp.h"
#include "http/io_workers.h"

static _Atomic(struct http_socket *) table;
static size_t table_size; /* set before `table` */

static void make_table(void)
{
    struct http_socket *made;
    struct rlimit limit;
    size_t size = SOCKET_TABLE_SIZE_MAX;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur =
            limit.rlim_max < SOCKET_TABLE_SIZE_MAX ? limit.rlim_max : SOCKET_TABLE_SIZE_MAX;
        if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
            size = limit.rlim_cur;
    }
    made = calloc(size, sizeof(*made));
    if (!made)
        return;
    table_size = size;
    atomic_store_explicit(&table, made, memory_order_release);
}

bool socket_table_open(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, make_table);
    return atomic_load_explicit(&table, memory_order_acquire) != NULL;
}

int socket_table_limit(void)
{
    return (int)table_size;
}

struct http_socket *socket_find(int fd)
{
    struct http_socket *sockets = atomic_load_explicit(&table, memory_order_acquire);

    if (!sockets || fd < 0 || (size_t)fd >= table_size)
        return NULL;
    return atomic_load_explicit(&sockets[fd].io, memory_order_acquire) ? &sockets[fd] : NULL;
}

struct http_socket *socket_enter(int fd, struct io_thread *io, const struct sockaddr_in *peer)
{
    struct http_socket *socket;

    if (fd < 0 || (size_t)fd >= table_size)
        return NULL;
    socket = &atomic_load_explicit(&table, memory_order_acquire)[fd];
    assert(!atomic_load(&socket->io));
    /* Field by field, because the atomic ones may be read by any thread at any time. */
    atomic_store_explicit(&socket->door_of, NULL, memory_order_relaxed);
    socket->fd = fd;
    if (peer)
        socket->peer = *peer;
    socket->head = NULL;
    socket->head_len = 0;
    socket->chunks = NULL;
    socket->head_full = socket->ended = socket->leaving = socket->timed_out = false;
    socket->is_over = socket->is_draining = false;
    socket->early = (struct buf){0};
    socket->early_at = socket->early_cost = socket->wanted = 0;
    socket->is_end_known = false;
    socket->parked = NULL;
    socket->older = socket->newer = NULL;
    socket->drained = 0;
    socket->watched = 0;
    socket_begin(socket, SOCKET_WAITING);
    atomic_store_explicit(&socket->io, io, memory_order_release);
    return socket;
}

void socket_forget(struct http_socket *socket)
{
    buf_done(&socket->early);
    atomic_store_explicit(&socket->io, NULL, memory_order_release);
}

struct http_socket *socket_move(struct http_socket *socket, int dummy)
{
    int old_fd = socket->fd;
    int fd = fcntl(old_fd, F_DUPFD_CLOEXEC, 0);
    struct http_socket *moved;

    if (fd < 0)
        return NULL;
    moved = socket_enter(fd, atomic_load(&socket->io), &socket->peer);
    if (!moved) {
        (void)close(fd);
        return NULL;
    }
    moved->is_draining = socket->is_draining;
    moved->wanted = socket->wanted;
    buf_drop_front(&socket->early, socket->early_at);
    moved->early = socket->early;
    moved->parked = socket->parked;
    socket->early = (struct buf){0};
    socket->parked = NULL;
    socket_forget(socket);
    (void)dup3(dummy, old_fd, O_CLOEXEC);
    return moved;
}

static void restart_span(struct http_socket *socket)
{
    socket->moved = 0;
    socket->waited_ms = 0;
}

void socket_begin(struct http_socket *socket, enum socket_phase phase)
{
    atomic_store_explicit(&socket->phase, (int)phase, memory_order_relaxed);
    restart_span(socket);
}

/* Wait for `events` or for one of two signals (-1: none) to become readable. Returns poll()'s
 * result; `*is_signalled` if it was not for the events. */
static int wait_on(const struct http_socket *socket, short events, const int signals[2],
                   int64_t timeout_ms, bool *is_signalled)
{
    struct pollfd fds[3] = {{.fd = socket->fd, .events = events},
                            {.fd = signals[0], .events = POLLIN},
                            {.fd = signals[1], .events = POLLIN}};
    struct timespec timeout = {.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000};
    int count = ppoll(fds, signals[1] < 0 ? 2 : 3, &timeout, NULL);

    *is_signalled = count > 0 && fds[0].revents == 0;
    return count;
}

static struct io_thread *io_of(const struct http_socket *socket)
{
    return atomic_load_explicit(&socket->io, memory_order_relaxed);
}

/* Hand the connection back to the I/O thread. */
static void leave(struct http_socket *socket)
{
    socket->ended = true;
    socket->leaving = true;
}

/*
 * Wait a little while, and not at all when other connections wait for a worker. Returns false when
 * the time is up.
 */
static bool wait_a_moment(const struct http_socket *socket, short events, int64_t timeout_ms)
{
    const int signals[2] = {io_of(socket)->crowd_event, -1};
    bool is_crowded;
    int count = wait_on(socket, events, signals, timeout_ms, &is_crowded);

    return (count > 0 && !is_crowded) || (count < 0 && errno == EINTR);
}

/* Between requests: the connection may go if the next one does not come soon. */
static void wait_for_request(struct http_socket *socket)
{
    int64_t keep_alive_ms = io_of(socket)->config.keep_alive_ms;

    if (!wait_a_moment(socket, POLLIN, keep_alive_ms < LINGER_MS ? keep_alive_ms : LINGER_MS))
        leave(socket);
}

/* Wait up to the end of the span of time. Returns 1 if the client moved, 0 if it did not in time,
 * -1 if the server stops. */
static int wait_within_span(const struct http_socket *socket, struct io_thread *io, short events)
{
    int64_t start_ms = clock_monotonic_ms() - socket->waited_ms, waited_ms = socket->waited_ms;
    const int64_t timeout_ms = io->config.progress_timeout_ms;
    bool is_stuck = false, is_signalled = false;
    int signals[2] = {io->cut_event, -1}, count = 0;

    while (count == 0 && waited_ms < timeout_ms) {
        int64_t until_ms = timeout_ms;

        if (!is_stuck && waited_ms + STUCK_MS < timeout_ms)
            until_ms = waited_ms + STUCK_MS;
        else if (waited_ms >= STUCK_MS_MAX)
            signals[1] = io->full_event;
        else if (STUCK_MS_MAX < timeout_ms)
            until_ms = STUCK_MS_MAX;
        count = wait_on(socket, events, signals, until_ms - waited_ms, &is_signalled);
        waited_ms = clock_monotonic_ms() - start_ms;
        if (count == 0 && !is_stuck) {
            is_stuck = true;
            io_stuck(io);
        }
    }
    if (is_stuck)
        io_unstuck(io);
    if (is_signalled)
        return io_is_cut(io) ? -1 : 0;
    return count > 0 || (count < 0 && errno == EINTR);
}

/* In the middle of a message: wait for it to go on, within its span of time. */
static bool wait_for_progress(struct http_socket *socket, struct io_thread *io, short events)
{
    int64_t start_ms = clock_monotonic_ms();
    int result;

    if (socket->moved >= PROGRESS_SIZE_MIN)
        restart_span(socket);
    result = wait_within_span(socket, io, events);
    if (result > 0) {
        socket->waited_ms += clock_monotonic_ms() - start_ms;
        return true;
    }
    socket->timed_out = result == 0;
    socket->ended = true;
    return false;
}

bool socket_wait_briefly(struct http_socket *socket, int64_t *patience_ms)
{
    int64_t start_ms = clock_monotonic_ms();

    if (*patience_ms <= 0 || !wait_a_moment(socket, POLLOUT, *patience_ms))
        return false;
    *patience_ms -= clock_monotonic_ms() - start_ms;
    return true;
}

bool socket_wait_for_room(struct http_socket *socket, size_t sent)
{
    socket->moved += sent;
    return wait_for_progress(socket, io_of(socket), POLLOUT);
}

/* Receiving */

/* Read what is there. Returns 0 when nothing is, or when nothing more will come. */
static size_t receive_now(struct http_socket *socket, void *data, size_t size)
{
    ssize_t count = recvfrom(socket->fd, data, size, MSG_DONTWAIT, NULL, NULL);

    if (count > 0)
        return (size_t)count;
    socket->ended = count == 0 || (errno != EAGAIN && errno != EINTR);
    return 0;
}

/* Tell whether what came of a body keeps its framing. If not, CivetWeb is told that it has ended.
 */
static bool is_framed(const struct http_socket *socket, const char *data, size_t len)
{
    if (!socket->chunks)
        return true;
    (void)chunk_scan_feed(socket->chunks, (struct text){data, len});
    return socket->chunks->state != CHUNK_BROKEN;
}

static bool has_early(const struct http_socket *socket)
{
    return socket->early.len > socket->early_at;
}

static size_t take_early(struct http_socket *socket, void *data, size_t size)
{
    size_t left = socket->early.len - socket->early_at;
    size_t count = size < left ? size : left;

    memcpy(data, socket->early.data + socket->early_at, count);
    socket->early_at += count;
    if (count == left) {
        buf_done(&socket->early);
        socket->early_at = 0;
    }
    return count;
}

/* Add to what was received early. Failing for lack of memory ends the connection. */
static void add_early(struct http_socket *socket, const void *data, size_t len)
{
    buf_add(&socket->early, data, len);
    if (socket->early.failed)
        socket->ended = true;
}

static enum request_part scan(struct http_socket *socket, struct text bytes)
{
    enum request_part part = request_scan(bytes, SMALL_BODY_SIZE_MAX, &socket->wanted);

    socket->is_end_known = socket->wanted != 0;
    if (part == REQUEST_HEAD && bytes.len >= io_of(socket)->config.head_size_max)
        return REQUEST_OPEN;
    return part;
}

enum request_part socket_collected(struct http_socket *socket)
{
    return scan(socket, buf_text(&socket->early));
}

enum request_part socket_collect(struct http_socket *socket)
{
    struct buf *early = &socket->early;
    size_t size_max = socket->wanted ? socket->wanted : io_of(socket)->config.head_size_max;
    size_t left = size_max - early->len, step = early->len < 1024 ? 1024 : early->len;
    char *end;
    size_t count;

    /* The buffer grows with what comes: most of what is slow is short, too. */
    step = step < left ? step : left;
    if (!buf_reserve(early, step)) {
        socket->ended = true;
        return REQUEST_OPEN;
    }
    end = early->data + early->len;
    count = receive_now(socket, end, step);
    if (socket->ended)
        return REQUEST_OPEN;
    early->len += count;
    end[count] = '\0';
    if (socket->wanted)
        return count == left ? REQUEST_WHOLE : REQUEST_BODY;
    /* Without a new line there is nothing new to see. */
    return count == left || memchr(end, '\n', count) ? socket_collected(socket) : REQUEST_HEAD;
}

/* Collect the rest of a request for a little while; after that, it is for the I/O thread. */
static void collect(struct http_socket *socket, enum request_part part)
{
    int64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (!socket->ended && (part == REQUEST_HEAD || part == REQUEST_BODY)) {
        int64_t left_ms = until_ms - clock_monotonic_ms();

        if (left_ms > 0 && wait_a_moment(socket, POLLIN, left_ms))
            part = socket_collect(socket);
        else
            leave(socket);
    }
}

/* Give CivetWeb the request that was collected, and nothing of what is behind it. */
static size_t deliver(struct http_socket *socket, void *data, size_t size)
{
    if (socket->leaving || socket->early.failed || !has_early(socket))
        return 0;
    return take_early(socket, data,
                      socket->wanted && socket->wanted < size ? socket->wanted : size);
}

/* The bytes of a new request, which CivetWeb holds nothing of yet. */
static size_t receive_request(struct http_socket *socket, void *data, size_t size)
{
    enum request_part part;
    size_t count = 0;

    if (has_early(socket)) {
        buf_drop_front(&socket->early, socket->early_at);
        socket->early_at = 0;
        if (!socket->ended)
            collect(socket, socket_collected(socket));
        return deliver(socket, data, size);
    }
    /* After an answer the next request is hardly ever there already, but on a connection that was
     * just handed over it is. */
    if (socket->head)
        wait_for_request(socket);
    while (!socket->ended && (count = receive_now(socket, data, size)) == 0 && !socket->ended)
        wait_for_request(socket);
    if (count == 0)
        return 0;
    part = scan(socket, (struct text){data, count});
    if (part == REQUEST_OPEN || (part == REQUEST_WHOLE && count == socket->wanted))
        return count;
    if (part == REQUEST_WHOLE) {
        add_early(socket, (char *)data + socket->wanted, count - socket->wanted);
        return socket->wanted;
    }
    add_early(socket, data, count);
    collect(socket, part);
    return deliver(socket, data, size);
}

/* More of a head: what CivetWeb holds of it was behind another request, or looked whole to us. */
static size_t receive_head(struct http_socket *socket, void *data, size_t size)
{
    size_t held = io_of(socket)->config.head_size_max - size, count = 0;

    socket->is_end_known = false;
    while (!socket->ended && (count = receive_now(socket, data, size)) == 0 && !socket->ended) {
        if (wait_a_moment(socket, POLLIN, PATIENCE_MS))
            continue;
        socket->wanted = 0;
        add_early(socket, socket->head, held);
        leave(socket);
    }
    return count;
}

static size_t receive_body(struct http_socket *socket, void *data, size_t size)
{
    struct io_thread *io = io_of(socket);
    size_t count = 0;

    if (has_early(socket)) {
        count = take_early(socket, data, size);
        return is_framed(socket, data, count) ? count : 0;
    }
    while (!socket->ended && (count = receive_now(socket, data, size)) == 0 && !socket->ended)
        (void)wait_for_progress(socket, io, POLLIN);
    socket->moved += count;
    return is_framed(socket, data, count) ? count : 0;
}

ssize_t socket_receive(struct http_socket *socket, void *data, size_t size)
{
    size_t count;

    if (atomic_load_explicit(&socket->phase, memory_order_relaxed) == SOCKET_SERVING)
        return (ssize_t)receive_body(socket, data, size);
    /* CivetWeb offers all of its buffer only while that holds nothing of a request. */
    if (size == io_of(socket)->config.head_size_max) {
        count = receive_request(socket, data, size);
        socket->head = data;
    } else {
        count = receive_head(socket, data, size);
    }
    socket->head_len = (size_t)((const char *)data - socket->head) + count;
    socket->head_full = count == size;
    return (ssize_t)count;
}

ssize_t socket_send(struct http_socket *socket, const void *data, size_t size)
{
    struct io_thread *io = io_of(socket);

    for (;;) {
        ssize_t count = sendto(socket->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);

        if (count >= 0) {
            socket->moved += (size_t)count;
            return count;
        }
        if ((errno == EAGAIN || errno == EINTR) && wait_for_progress(socket, io, POLLOUT))
            continue;
        socket->ended = true;
        errno = EPIPE;
        return -1;
    }
}
