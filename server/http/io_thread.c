#include "http/io_thread.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/timestamp.h"

enum {
    EVENTS_MAX = 64,
    DRAIN_BLOCK_SIZE = 65536,
    DRAIN_TIMEOUT_MS_MAX = 5000, /* for a client that neither sends nor closes */
    ACCEPT_PAUSE_MS = 100
};

static void event_set(int event)
{
    const uint64_t one = 1;

    if (write(event, &one, sizeof(one)) < 0)
        assert(errno == EAGAIN);
}

static void event_clear(int event)
{
    uint64_t count;

    if (read(event, &count, sizeof(count)) < 0)
        assert(errno == EAGAIN);
}

static void list_append(struct socket_list *list, struct http_socket *socket)
{
    socket->older = list->newest;
    socket->newer = NULL;
    socket->since_ms = clock_monotonic_ms();
    if (list->newest)
        list->newest->newer = socket;
    else
        list->oldest = socket;
    list->newest = socket;
}

static void list_remove(struct socket_list *list, struct http_socket *socket)
{
    if (socket->older)
        socket->older->newer = socket->newer;
    else
        list->oldest = socket->newer;
    if (socket->newer)
        socket->newer->older = socket->older;
    else
        list->newest = socket->older;
    socket->older = socket->newer = NULL;
}

static struct socket_list *list_of(struct io_thread *io, const struct http_socket *socket)
{
    return socket->is_draining ? &io->draining : &io->idle;
}

static void close_socket(struct http_socket *socket)
{
    int fd = socket->fd;

    socket_forget(socket);
    (void)close(fd);
}

/* Close one that is in a list. */
static void drop(struct io_thread *io, struct http_socket *socket)
{
    list_remove(list_of(io, socket), socket);
    close_socket(socket);
}

static void update_crowd(struct io_thread *io)
{
    bool crowded = io->waiting > 0 && io->waiting + io->busy > io->config.workers;

    crowded = crowded || atomic_load(&io->stopping);
    if (crowded == io->crowded)
        return;
    io->crowded = crowded;
    if (crowded)
        event_set(io->crowd_event);
    else
        event_clear(io->crowd_event);
}

/* Show an idle connection to CivetWeb. */
static void hand_over(struct io_thread *io, struct http_socket *socket)
{
    list_remove(&io->idle, socket);
    (void)epoll_ctl(io->epoll, EPOLL_CTL_DEL, socket->fd, NULL);
    list_append(&io->ready, socket);
    io->waiting++;
    update_crowd(io);
    event_set(io->door_event);
}

/* Put a connection into its list and watch it. */
static void keep(struct io_thread *io, struct http_socket *socket)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data = {.ptr = socket}};

    if (epoll_ctl(io->epoll, EPOLL_CTL_ADD, socket->fd, &event) < 0) {
        close_socket(socket);
        return;
    }
    list_append(list_of(io, socket), socket);
}

/* A descriptor that ran out is found again by ending the connection that has been idle longest. */
static void make_room(struct io_thread *io)
{
    struct epoll_event event = {.events = 0, .data = {.ptr = &io->config.listener}};

    if (!io->is_out_of_descriptors)
        log_error("out of file descriptors: new connections wait; raise the limit (ulimit -n)");
    io->is_out_of_descriptors = true;
    if (io->idle.oldest) {
        drop(io, io->idle.oldest);
        return;
    }
    (void)epoll_ctl(io->epoll, EPOLL_CTL_MOD, io->config.listener, &event);
    io->accept_again_ms = clock_monotonic_ms() + ACCEPT_PAUSE_MS;
}

static void accept_again(struct io_thread *io, int64_t now_ms)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = &io->config.listener}};

    if (io->accept_again_ms == 0 || io->accept_again_ms > now_ms || io->config.listener < 0)
        return;
    io->accept_again_ms = 0;
    (void)epoll_ctl(io->epoll, EPOLL_CTL_MOD, io->config.listener, &event);
}

static void accept_some(struct io_thread *io)
{
    for (int i = 0; i < EVENTS_MAX && io->config.listener >= 0; i++) {
        struct sockaddr_in peer = {0};
        socklen_t size = sizeof(peer);
        int fd = accept4(io->config.listener, (struct sockaddr *)&peer, &size,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct http_socket *socket;

        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
                make_room(io);
            return;
        }
        socket = socket_enter(fd, io, &peer);
        if (socket)
            keep(io, socket);
        else
            (void)close(fd);
    }
    io->is_out_of_descriptors = false;
}

static bool has_bytes(const struct http_socket *socket)
{
    char byte;

    return recvfrom(socket->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT, NULL, NULL) > 0;
}

/* Read and drop what came on a connection that we have ended. */
static void drain(struct io_thread *io, struct http_socket *socket)
{
    static char block[DRAIN_BLOCK_SIZE]; /* the content is nobody's */
    ssize_t count = recvfrom(socket->fd, block, sizeof(block), MSG_DONTWAIT, NULL, NULL);

    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count > 0) {
        socket->drained += (uint64_t)count;
        if (socket->drained <= io->config.drain_size_max) {
            list_remove(&io->draining, socket);
            list_append(&io->draining, socket);
            return;
        }
    }
    drop(io, socket);
}

static void handle_event(struct io_thread *io, const struct epoll_event *event, bool *accepting)
{
    struct http_socket *socket = event->data.ptr;

    if (event->data.ptr == &io->wake_event)
        event_clear(io->wake_event);
    else if (event->data.ptr == &io->config.listener)
        *accepting = true;
    else if (socket->is_draining)
        drain(io, socket);
    else if (event->events == EPOLLIN || has_bytes(socket))
        hand_over(io, socket);
    else
        drop(io, socket);
}

static int64_t drain_timeout_ms(const struct io_thread *io)
{
    return io->config.progress_timeout_ms < DRAIN_TIMEOUT_MS_MAX ? io->config.progress_timeout_ms
                                                                 : DRAIN_TIMEOUT_MS_MAX;
}

static void drop_expired(struct io_thread *io, struct socket_list *list, int64_t timeout_ms,
                         int64_t now_ms)
{
    while (list->oldest && list->oldest->since_ms + timeout_ms <= now_ms)
        drop(io, list->oldest);
}

/* How long to sleep, for epoll_wait(); -1: until something happens. */
static int next_timeout_ms(const struct io_thread *io)
{
    int64_t until_ms = INT64_MAX, left_ms;

    if (io->idle.oldest)
        until_ms = io->idle.oldest->since_ms + io->config.keep_alive_ms;
    if (io->draining.oldest && io->draining.oldest->since_ms + drain_timeout_ms(io) < until_ms)
        until_ms = io->draining.oldest->since_ms + drain_timeout_ms(io);
    if (io->accept_again_ms && io->accept_again_ms < until_ms)
        until_ms = io->accept_again_ms;
    if (until_ms == INT64_MAX)
        return -1;
    left_ms = until_ms - clock_monotonic_ms();
    if (left_ms < 0)
        return 0;
    return left_ms > 60000 ? 60000 : (int)left_ms;
}

/* Close what is idle; a request that came in the meantime is still served. */
static void close_idle(struct io_thread *io)
{
    while (io->idle.oldest) {
        if (has_bytes(io->idle.oldest))
            hand_over(io, io->idle.oldest);
        else
            drop(io, io->idle.oldest);
    }
}

static void close_listener(struct io_thread *io)
{
    if (io->config.listener < 0)
        return;
    (void)close(io->config.listener);
    io->config.listener = -1;
}

static void look_around(struct io_thread *io)
{
    int64_t now_ms = clock_monotonic_ms();

    accept_again(io, now_ms);
    drop_expired(io, &io->idle, io->config.keep_alive_ms, now_ms);
    drop_expired(io, &io->draining, drain_timeout_ms(io), now_ms);
    if (atomic_load(&io->stopping)) {
        close_listener(io);
        close_idle(io);
        (void)pthread_cond_signal(&io->calm);
    }
}

static void *run(void *argument)
{
    struct io_thread *io = argument;
    struct epoll_event events[EVENTS_MAX];
    bool quit = false;
    int timeout_ms = -1;

    while (!quit) {
        int count = epoll_wait(io->epoll, events, EVENTS_MAX, timeout_ms);

        bool accepting = false;

        (void)pthread_mutex_lock(&io->lock);
        /* Each names a socket that is still in its list, since only this thread takes one out;
         * accepting, which may end others to make room, comes after them. */
        for (int i = 0; i < count; i++)
            handle_event(io, &events[i], &accepting);
        if (accepting)
            accept_some(io);
        look_around(io);
        timeout_ms = next_timeout_ms(io);
        quit = io->quit;
        (void)pthread_mutex_unlock(&io->lock);
    }
    return NULL;
}

static void close_descriptors(const struct io_thread *io)
{
    const int fds[] = {io->epoll,       io->wake_event, io->door_event,
                       io->crowd_event, io->cut_event,  io->dummy};

    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
}

static bool open_descriptors(struct io_thread *io)
{
    struct epoll_event listen_event = {.events = EPOLLIN, .data = {.ptr = &io->config.listener}};
    struct epoll_event wake_event = {.events = EPOLLIN, .data = {.ptr = &io->wake_event}};

    io->epoll = epoll_create1(EPOLL_CLOEXEC);
    io->wake_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    io->door_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
    io->crowd_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    io->cut_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    io->dummy = eventfd(0, EFD_CLOEXEC);
    return io->epoll >= 0 && io->wake_event >= 0 && io->door_event >= 0 && io->crowd_event >= 0 &&
           io->cut_event >= 0 && io->dummy >= 0 &&
           epoll_ctl(io->epoll, EPOLL_CTL_ADD, io->config.listener, &listen_event) == 0 &&
           epoll_ctl(io->epoll, EPOLL_CTL_ADD, io->wake_event, &wake_event) == 0;
}

static void init_calm(struct io_thread *io)
{
    pthread_condattr_t attr;

    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&io->calm, &attr);
    (void)pthread_condattr_destroy(&attr);
}

bool io_start(struct io_thread *io, const struct io_config *config)
{
    *io = (struct io_thread){.config = *config};
    if (!open_descriptors(io)) {
        close_descriptors(io);
        return false;
    }
    (void)pthread_mutex_init(&io->lock, NULL);
    init_calm(io);
    if (pthread_create(&io->thread, NULL, run, io) == 0)
        return true;
    (void)pthread_cond_destroy(&io->calm);
    (void)pthread_mutex_destroy(&io->lock);
    close_descriptors(io);
    return false;
}

/* Wait until no connection is with a worker or ready, or until the time is up. */
static void wait_for_calm(struct io_thread *io, uint32_t drain_ms)
{
    int64_t until_ms = clock_monotonic_ms() + drain_ms;
    struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    int result = 0;

    while (io->waiting + io->busy > 0 && result == 0)
        result = pthread_cond_timedwait(&io->calm, &io->lock, &until);
}

/* Count the requests that are with a handler. */
static unsigned count_serving(const struct io_thread *io)
{
    unsigned count = 0;

    for (int fd = 0; fd < SOCKET_TABLE_SIZE_MAX; fd++) {
        const struct http_socket *socket = socket_find(fd);

        count += socket && atomic_load(&socket->io) == io &&
                 atomic_load_explicit(&socket->phase, memory_order_relaxed) == SOCKET_SERVING;
    }
    return count;
}

unsigned io_drain(struct io_thread *io, uint32_t drain_ms)
{
    unsigned cut = 0;

    (void)pthread_mutex_lock(&io->lock);
    atomic_store(&io->stopping, true);
    update_crowd(io);
    event_set(io->wake_event);
    while (io->config.listener >= 0)
        (void)pthread_cond_wait(&io->calm, &io->lock);
    wait_for_calm(io, drain_ms);
    if (io->waiting + io->busy > 0)
        cut = io->waiting + count_serving(io);
    event_set(io->cut_event);
    (void)pthread_mutex_unlock(&io->lock);
    return cut;
}

static void close_list(struct socket_list *list)
{
    while (list->oldest) {
        struct http_socket *socket = list->oldest;

        list_remove(list, socket);
        close_socket(socket);
    }
}

void io_stop(struct io_thread *io)
{
    (void)pthread_mutex_lock(&io->lock);
    io->quit = true;
    (void)pthread_mutex_unlock(&io->lock);
    event_set(io->wake_event);
    (void)pthread_join(io->thread, NULL);
    close_listener(io);
    close_list(&io->idle);
    close_list(&io->draining);
    close_list(&io->ready);
    /* What CivetWeb had accepted when it was stopped, but given to no worker. */
    for (int fd = 0; fd < SOCKET_TABLE_SIZE_MAX; fd++) {
        struct http_socket *socket = socket_find(fd);

        if (socket && atomic_load(&socket->io) == io)
            close_socket(socket);
    }
    (void)pthread_cond_destroy(&io->calm);
    (void)pthread_mutex_destroy(&io->lock);
    close_descriptors(io);
}

bool io_set_door(struct io_thread *io, int fd)
{
    io->door = socket_enter(fd, io, NULL);
    if (!io->door)
        return false;
    io->door->is_door = true;
    return true;
}

void io_forget_door(struct io_thread *io)
{
    if (io->door)
        socket_forget(io->door);
    io->door = NULL;
    event_set(io->door_event);
}

int io_wait_at_door(struct http_socket *door, struct pollfd *fds, const struct timespec *timeout)
{
    struct io_thread *io = atomic_load(&door->io);
    struct pollfd event = {.fd = io ? io->door_event : -1, .events = POLLIN};
    int count;

    if (!io)
        return 0;
    count = ppoll(&event, 1, timeout, NULL);
    fds[0].revents = event.revents;
    return count;
}

int io_accept(struct http_socket *door, struct sockaddr *address, socklen_t *size)
{
    struct io_thread *io = atomic_load(&door->io);
    struct http_socket *socket = NULL;
    struct sockaddr_in *peer = (struct sockaddr_in *)(void *)address;

    if (io) {
        event_clear(io->door_event);
        (void)pthread_mutex_lock(&io->lock);
        socket = io->ready.oldest;
        if (socket)
            list_remove(&io->ready, socket);
        (void)pthread_mutex_unlock(&io->lock);
    }
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

void io_take(struct io_thread *io)
{
    (void)pthread_mutex_lock(&io->lock);
    io->waiting--;
    io->busy++;
    update_crowd(io);
    (void)pthread_mutex_unlock(&io->lock);
}

void io_give_back(struct http_socket *socket)
{
    struct io_thread *io = atomic_load(&socket->io);
    bool is_kept = socket->leaving && !atomic_load(&io->stopping);
    struct http_socket *moved = NULL;

    if (socket->is_draining)
        (void)shutdown(socket->fd, SHUT_WR);
    if (is_kept || socket->is_draining)
        moved = socket_move(socket, io->dummy);
    if (!moved) {
        socket_forget(socket);
        return;
    }
    (void)pthread_mutex_lock(&io->lock);
    keep(io, moved);
    (void)pthread_mutex_unlock(&io->lock);
    event_set(io->wake_event);
}

void io_release(struct io_thread *io)
{
    (void)pthread_mutex_lock(&io->lock);
    io->busy--;
    update_crowd(io);
    if (io->waiting + io->busy == 0)
        (void)pthread_cond_signal(&io->calm);
    (void)pthread_mutex_unlock(&io->lock);
}
