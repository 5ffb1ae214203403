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
#include "http/io_thread.h"

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
    /* Field by field, because `io` may be read by any thread at any time. */
    socket->is_door = false;
    socket->fd = fd;
    if (peer)
        socket->peer = *peer;
    socket->head = NULL;
    socket->head_len = 0;
    socket->chunks = NULL;
    socket->head_full = socket->ended = socket->leaving = socket->timed_out = false;
    socket->is_over = socket->is_draining = false;
    socket->older = socket->newer = NULL;
    socket->drained = 0;
    socket_begin(socket, SOCKET_WAITING);
    atomic_store_explicit(&socket->io, io, memory_order_release);
    return socket;
}

void socket_forget(struct http_socket *socket)
{
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

/* Wait for `events` or for `signal` to become readable. Returns poll()'s result. */
static int wait_on(const struct http_socket *socket, short events, int signal, int64_t timeout_ms,
                   bool *is_signalled)
{
    struct pollfd fds[2] = {{.fd = socket->fd, .events = events}, {.fd = signal, .events = POLLIN}};
    struct timespec timeout = {.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000};
    int count = ppoll(fds, ARRAY_LEN(fds), &timeout, NULL);

    *is_signalled = count > 0 && fds[0].revents == 0;
    return count;
}

/*
 * Between requests: wait a little while for the next one, then give the connection back to the I/O
 * thread, at once when other connections wait for a worker.
 */
static void wait_for_request(struct http_socket *socket, struct io_thread *io)
{
    int64_t keep_alive_ms = io->config.keep_alive_ms;
    bool is_crowded;
    int count = wait_on(socket, POLLIN, io->crowd_event,
                        keep_alive_ms < LINGER_MS ? keep_alive_ms : LINGER_MS, &is_crowded);

    if ((count > 0 && !is_crowded) || (count < 0 && errno == EINTR))
        return;
    socket->ended = true;
    socket->leaving = true;
}

/* In the middle of a message: wait for it to go on, within its span of time. */
static bool wait_for_progress(struct http_socket *socket, struct io_thread *io, short events)
{
    int64_t start_ms = clock_monotonic_ms();
    bool is_cut = false;
    int count = 0;

    if (socket->moved >= PROGRESS_SIZE_MIN)
        restart_span(socket);
    if (socket->waited_ms < io->config.progress_timeout_ms)
        count = wait_on(socket, events, io->cut_event,
                        io->config.progress_timeout_ms - socket->waited_ms, &is_cut);
    if ((count > 0 && !is_cut) || (count < 0 && errno == EINTR)) {
        socket->waited_ms += clock_monotonic_ms() - start_ms;
        return true;
    }
    socket->timed_out = count == 0;
    socket->ended = true;
    return false;
}

/* Read what is there. Returns 0 when nothing is, or when nothing more will come. */
static ssize_t receive_now(struct http_socket *socket, void *data, size_t size)
{
    ssize_t count = recvfrom(socket->fd, data, size, MSG_DONTWAIT, NULL, NULL);

    if (count > 0)
        return count;
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

ssize_t socket_receive(struct http_socket *socket, void *data, size_t size)
{
    struct io_thread *io = atomic_load_explicit(&socket->io, memory_order_relaxed);
    bool is_waiting = atomic_load_explicit(&socket->phase, memory_order_relaxed) == SOCKET_WAITING;
    /* CivetWeb offers all of its buffer only while that holds nothing of a request. */
    bool is_idle = is_waiting && size == io->config.head_size_max;
    ssize_t count = 0;

    /* After an answer the next request is hardly ever there already, but on a connection that was
     * just handed over it is. */
    if (is_idle && socket->head)
        wait_for_request(socket, io);
    if (is_idle)
        socket->head = data;
    while (!socket->ended) {
        count = receive_now(socket, data, size);
        if (count > 0 || socket->ended)
            break;
        if (is_idle)
            wait_for_request(socket, io);
        else
            (void)wait_for_progress(socket, io, POLLIN);
    }
    /* A head has one span of time for all of it. */
    if (!is_waiting) {
        socket->moved += (size_t)count;
        return is_framed(socket, data, (size_t)count) ? count : 0;
    }
    socket->head_len = (size_t)((const char *)data - socket->head) + (size_t)count;
    socket->head_full = (size_t)count == size;
    return count;
}

ssize_t socket_send(struct http_socket *socket, const void *data, size_t size)
{
    struct io_thread *io = atomic_load_explicit(&socket->io, memory_order_relaxed);

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
