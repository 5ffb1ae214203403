#include "http/io_parked.h"
#include "http/io_workers.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/timestamp.h"

enum {
    EVENTS_MAX = 64,
    DRAIN_BLOCK_SIZE = 65536,
    DRAIN_TIMEOUT_MS_MAX = 5000, /* for a client that neither sends nor closes */
    ACCEPT_PAUSE_MS = 50,
    SAY_AGAIN_MS = 60000,
    EVICT_IDLE_MS = 100, /* connections that are younger are not ended to make room */
    EVICT_OTHER_MS = 1000,
    FILES_MIN = 4, /* descriptors that connections leave to files */
    FILES_MAX = 64,
    COLLECTED_SIZE_MAX = 64 << 20, /* of all requests that were begun */
    GROW_MIN = 32,
    GROW_PAUSE_MS = 1000
};

void io_event_set(int event)
{
    const uint64_t one = 1;

    if (write(event, &one, sizeof(one)) < 0)
        assert(errno == EAGAIN);
}

void io_event_clear(int event)
{
    uint64_t count;

    if (read(event, &count, sizeof(count)) < 0)
        assert(errno == EAGAIN);
}

/* What a connection waits for says in which list it is. */
static struct socket_list *list_of(struct io_thread *io, const struct http_socket *socket)
{
    if (socket->parked)
        return &io->parked;
    if (socket->is_draining)
        return &io->draining;
    return socket->early.len > 0 ? &io->collecting : &io->idle;
}

static void count_early(struct io_thread *io, struct http_socket *socket, size_t cost)
{
    io->early_size += cost - socket->early_cost;
    socket->early_cost = cost;
}

void io_let_go(struct io_thread *io, struct http_socket *socket)
{
    socket_list_remove(list_of(io, socket), socket);
    count_early(io, socket, 0);
    (void)epoll_ctl(io->epoll, EPOLL_CTL_DEL, socket->fd, NULL);
}

void io_close(struct io_thread *io, struct http_socket *socket)
{
    int fd = socket->fd;

    io_forget_parked(io, socket);
    socket_forget(socket);
    (void)close(fd);
}

void io_drop(struct io_thread *io, struct http_socket *socket)
{
    io_let_go(io, socket);
    io_close(io, socket);
}

static void show(int event, bool *shown, bool value)
{
    if (*shown == value)
        return;
    *shown = value;
    if (value)
        io_event_set(event);
    else
        io_event_clear(event);
}

void io_update_crowd(struct io_thread *io)
{
    bool is_short = io->ready.oldest != NULL;

    show(io->crowd_event, &io->is_crowded, is_short || atomic_load(&io->stopping));
    show(io->full_event, &io->is_full,
         is_short && (atomic_load(&io->workers) >= io->config.workers_max || io->grow_again_ms));
}

bool io_is_short_of_workers(struct io_thread *io)
{
    unsigned workers = atomic_load(&io->workers);

    return workers < io->config.workers_max &&
           workers - atomic_load(&io->stuck) < (io->config.workers + 1) / 2;
}

/* Show a connection to CivetWeb. */
static void hand_over(struct io_thread *io, struct http_socket *socket)
{
    io_let_go(io, socket);
    io_make_ready(io, socket);
}

void io_watch(struct io_thread *io, struct http_socket *socket, uint32_t events)
{
    struct epoll_event event = {.events = events, .data = {.ptr = socket}};

    if (socket->watched != events)
        (void)epoll_ctl(io->epoll, EPOLL_CTL_MOD, socket->fd, &event);
    socket->watched = events;
}

void io_keep(struct io_thread *io, struct http_socket *socket)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data = {.ptr = socket}};

    if (socket->is_draining && !socket->parked)
        buf_done(&socket->early);
    if (socket->parked)
        event.events = io_keep_parked(io, socket);
    if (epoll_ctl(io->epoll, EPOLL_CTL_ADD, socket->fd, &event) < 0) {
        io_close(io, socket);
        return;
    }
    socket->watched = event.events;
    socket_list_append(list_of(io, socket), socket);
    count_early(io, socket, socket->early.size);
}

/* End the connection that has been here longest and is not too young. */
static bool evict(struct io_thread *io)
{
    int64_t now_ms = clock_monotonic_ms();
    struct http_socket *const oldest[] = {io->idle.oldest, io->draining.oldest,
                                          io->collecting.oldest, io->parked.oldest};
    struct http_socket *found = NULL;

    for (size_t i = 0; i < ARRAY_LEN(oldest); i++)
        if (oldest[i] && (!found || oldest[i]->since_ms < found->since_ms) &&
            oldest[i]->since_ms + (i < 2 ? EVICT_IDLE_MS : EVICT_OTHER_MS) <= now_ms)
            found = oldest[i];
    if (found)
        io_drop(io, found);
    return found != NULL;
}

/* Descriptors ran out, or soon will: end what has waited longest, or accept no more for a while.
 * Returns false for the latter. */
static bool make_room(struct io_thread *io)
{
    struct epoll_event event = {.events = 0, .data = {.ptr = &io->config.listener}};
    int64_t now_ms = clock_monotonic_ms();

    if (io->said_out_ms == 0 || now_ms - io->said_out_ms > SAY_AGAIN_MS)
        log_error("out of file descriptors: new connections wait; raise the limit (ulimit -n)");
    io->said_out_ms = now_ms;
    if (evict(io))
        return true;
    (void)epoll_ctl(io->epoll, EPOLL_CTL_MOD, io->config.listener, &event);
    io->accept_again_ms = now_ms + ACCEPT_PAUSE_MS;
    return false;
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
                (void)make_room(io);
            return;
        }
        socket = socket_enter(fd, io, &peer);
        if (socket)
            io_keep(io, socket);
        else
            (void)close(fd);
        if (fd > io->fd_max && !make_room(io))
            return;
    }
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
            socket_list_remove(&io->draining, socket);
            socket_list_append(&io->draining, socket);
            return;
        }
    }
    io_drop(io, socket);
}

/* Go on with a request that was begun. */
static void collect(struct io_thread *io, struct http_socket *socket)
{
    size_t before = socket->early.len;
    enum request_part part = socket_collect(socket);

    if (part == REQUEST_WHOLE || part == REQUEST_OPEN) {
        hand_over(io, socket);
        return;
    }
    count_early(io, socket, socket->early.size);
    socket->moved += socket->early.len - before;
    /* A head has one span of time for all of it; a body moves on. */
    if (part == REQUEST_BODY && socket->moved >= PROGRESS_SIZE_MIN) {
        socket->moved = 0;
        socket_list_remove(&io->collecting, socket);
        socket_list_append(&io->collecting, socket);
    }
}

static void handle_event(struct io_thread *io, const struct epoll_event *event, bool *accepting)
{
    struct http_socket *socket = event->data.ptr;

    if (event->data.ptr == &io->wake_event)
        io_event_clear(io->wake_event);
    else if (event->data.ptr == &io->config.listener)
        *accepting = true;
    else if (socket->parked)
        io_handle_parked(io, socket, event->events);
    else if (socket->is_draining)
        drain(io, socket);
    else if (socket->early.len > 0)
        collect(io, socket);
    else if (event->events == EPOLLIN || has_bytes(socket))
        hand_over(io, socket);
    else
        io_drop(io, socket);
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
        io_drop(io, list->oldest);
}

/* Requests that do not become whole in time are for a worker, to refuse them. */
static void refuse_expired(struct io_thread *io, int64_t now_ms)
{
    struct http_socket *socket;

    while ((socket = io->collecting.oldest) &&
           socket->since_ms + io->config.progress_timeout_ms <= now_ms) {
        socket->timed_out = socket->ended = true;
        hand_over(io, socket);
    }
}

static int64_t earlier(int64_t until_ms, int64_t other_ms)
{
    return other_ms < until_ms ? other_ms : until_ms;
}

/* How long to sleep, for epoll_wait(); -1: until something happens. */
static int next_timeout_ms(const struct io_thread *io)
{
    const struct io_config *config = &io->config;
    int64_t until_ms = INT64_MAX, left_ms;

    if (io->idle.oldest)
        until_ms = io->idle.oldest->since_ms + config->keep_alive_ms;
    if (io->collecting.oldest)
        until_ms = earlier(until_ms, io->collecting.oldest->since_ms + config->progress_timeout_ms);
    if (io->draining.oldest)
        until_ms = earlier(until_ms, io->draining.oldest->since_ms + drain_timeout_ms(io));
    if (io->queue.count > 0)
        until_ms = earlier(until_ms, io->queue.items[0]->wake_ms);
    if (io->accept_again_ms)
        until_ms = earlier(until_ms, io->accept_again_ms);
    if (io->grow_again_ms)
        until_ms = earlier(until_ms, io->grow_again_ms);
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
            io_drop(io, io->idle.oldest);
    }
}

/* At a stop, heads that are not whole and clients that nobody answers are not waited for. */
static void close_begun(struct io_thread *io)
{
    struct http_socket *socket, *newer;

    for (socket = io->collecting.oldest; socket; socket = newer) {
        newer = socket->newer;
        if (!socket->wanted)
            io_drop(io, socket);
    }
    for (socket = io->parked.oldest; socket; socket = newer) {
        newer = socket->newer;
        if (socket->parked->is_stalled)
            io_drop(io, socket);
    }
}

/* Tell how many requests are neither with a worker nor on their way to one, but under way. */
static size_t count_kept(const struct io_thread *io)
{
    size_t count = io->parked_count - io->stalled;

    for (const struct http_socket *socket = io->collecting.oldest; socket; socket = socket->newer)
        count++;
    return count;
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
    io_look_at_parked(io, now_ms);
    refuse_expired(io, now_ms);
    while (io->early_size > COLLECTED_SIZE_MAX && io->collecting.oldest)
        io_drop(io, io->collecting.oldest);
    if (io->grow_again_ms && io->grow_again_ms <= now_ms) {
        io->grow_again_ms = 0;
        io_update_crowd(io);
    }
    drop_expired(io, &io->idle, io->config.keep_alive_ms, now_ms);
    drop_expired(io, &io->draining, drain_timeout_ms(io), now_ms);
    if (atomic_load(&io->stopping)) {
        close_listener(io);
        close_idle(io);
        close_begun(io);
        (void)pthread_cond_signal(&io->calm);
    }
}

/* How many workers to add, with the lock held; 0: none. All that wait should find one, and some
 * more. */
static unsigned count_growth(struct io_thread *io)
{
    unsigned workers = io->waiting + io->config.workers / 2;
    unsigned left = io->config.workers_max - atomic_load(&io->workers);

    if (atomic_load(&io->stopping) || io->grow_again_ms || io->batch_count == 0 ||
        io->batch_count == IO_BATCHES_MAX || !io_is_short_of_workers(io))
        return 0;
    if (workers < io->config.workers)
        workers = io->config.workers;
    if (workers < GROW_MIN)
        workers = GROW_MIN;
    return workers < left ? workers : left;
}

static void grow(struct io_thread *io, unsigned workers)
{
    if (io->config.grow(io->config.context, workers))
        return;
    log_error("cannot start more workers: out of threads or descriptors");
    (void)pthread_mutex_lock(&io->lock);
    io->grow_again_ms = clock_monotonic_ms() + GROW_PAUSE_MS;
    io_update_crowd(io);
    (void)pthread_mutex_unlock(&io->lock);
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
        unsigned growth;

        (void)pthread_mutex_lock(&io->lock);
        /* Each names a socket that is still in its list, since only this thread takes one out;
         * accepting, which may end others to make room, comes after them. */
        for (int i = 0; i < count; i++)
            handle_event(io, &events[i], &accepting);
        if (accepting)
            accept_some(io);
        look_around(io);
        growth = count_growth(io);
        timeout_ms = next_timeout_ms(io);
        quit = io->quit;
        (void)pthread_mutex_unlock(&io->lock);
        if (growth > 0) {
            grow(io, growth);
            timeout_ms = 0;
        }
    }
    return NULL;
}

static void close_descriptors(const struct io_thread *io)
{
    const int fds[] = {io->epoll,      io->wake_event, io->crowd_event,
                       io->full_event, io->cut_event,  io->dummy};

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
    io->crowd_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    io->full_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    io->cut_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    io->dummy = eventfd(0, EFD_CLOEXEC);
    return io->epoll >= 0 && io->wake_event >= 0 && io->crowd_event >= 0 && io->full_event >= 0 &&
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
    int files = socket_table_limit() / 8;

    *io = (struct io_thread){.config = *config};
    files = files < FILES_MIN ? FILES_MIN : files;
    io->fd_max = socket_table_limit() - (files > FILES_MAX ? FILES_MAX : files);
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

    while (io->waiting + io->busy + count_kept(io) > 0 && result == 0)
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
    io_update_crowd(io);
    io_event_set(io->wake_event);
    while (io->config.listener >= 0)
        (void)pthread_cond_wait(&io->calm, &io->lock);
    wait_for_calm(io, drain_ms);
    if (io->waiting + io->busy + count_kept(io) > 0)
        cut = io->waiting + count_serving(io) + (unsigned)count_kept(io);
    atomic_store(&io->is_cut, true);
    io_event_set(io->cut_event);
    (void)pthread_mutex_unlock(&io->lock);
    return cut;
}

void io_stop(struct io_thread *io)
{
    (void)pthread_mutex_lock(&io->lock);
    io->quit = true;
    (void)pthread_mutex_unlock(&io->lock);
    io_event_set(io->wake_event);
    (void)pthread_join(io->thread, NULL);
    close_listener(io);
    /* Also what CivetWeb had accepted when it was stopped, but given to no worker. */
    for (int fd = 0; fd < SOCKET_TABLE_SIZE_MAX; fd++) {
        struct http_socket *socket = socket_find(fd);

        if (socket && atomic_load(&socket->io) == io)
            io_close(io, socket);
    }
    parked_queue_done(&io->queue);
    (void)pthread_cond_destroy(&io->calm);
    (void)pthread_mutex_destroy(&io->lock);
    close_descriptors(io);
}
