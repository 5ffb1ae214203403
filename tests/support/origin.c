#include "support/origin.h"

#include <arpa/inet.h>
#include <check.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_S = 20 };

static void lock(struct origin *origin)
{
    (void)pthread_mutex_lock(&origin->lock);
}

static void unlock(struct origin *origin)
{
    (void)pthread_mutex_unlock(&origin->lock);
}

/* How long the request is that `in` begins with; 0 if it is not all there. */
static size_t request_len(struct text in)
{
    size_t head = text_find(in, TEXT("\r\n\r\n"));
    struct text rest = {in.data, head};
    uint64_t body = 0;

    if (head == in.len)
        return 0;
    while (rest.len > 0) {
        struct text value = text_trim(text_cut(&rest, '\n'));

        if (text_eq_nocase(text_cut(&value, ':'), TEXT("content-length")))
            ck_assert(text_to_u64(text_trim(value), &body));
    }
    return in.len - head - 4 >= body ? head + 4 + (size_t)body : 0;
}

static void drop(struct origin_connection *connection)
{
    (void)close(connection->fd);
    connection->fd = -1;
    buf_done(&connection->in);
}

/* Keep a request, and copy what to answer. Returns whether the connection ends then. */
static bool keep(struct origin *origin, struct text request, struct buf *answer)
{
    bool closes;

    lock(origin);
    if (origin->request_count < ORIGIN_REQUESTS_MAX)
        buf_add_text(&origin->requests[origin->request_count++], request);
    buf_add_text(answer, buf_text(&origin->answer));
    closes = origin->closes;
    (void)pthread_cond_broadcast(&origin->came);
    unlock(origin);
    return closes;
}

static void serve(struct origin *origin, struct origin_connection *connection)
{
    char block[65536];
    ssize_t count = recv(connection->fd, block, sizeof(block), 0);
    size_t len;

    if (count <= 0) {
        drop(connection);
        return;
    }
    buf_add(&connection->in, block, (size_t)count);
    while ((len = request_len(buf_text(&connection->in))) > 0) {
        AUTO(buf_done) struct buf answer = {0};
        bool closes = keep(origin, (struct text){connection->in.data, len}, &answer);

        buf_drop_front(&connection->in, len);
        /* Whoever gives up before the end may. */
        if (answer.len > 0 && send(connection->fd, answer.data, answer.len, MSG_NOSIGNAL) < 0)
            break;
        if (closes) {
            drop(connection);
            return;
        }
    }
}

static void let_in(struct origin *origin)
{
    int fd = accept(origin->door, NULL, NULL);

    for (size_t i = 0; fd >= 0 && i < ORIGIN_CONNECTIONS_MAX; i++) {
        if (origin->connections[i].fd >= 0)
            continue;
        origin->connections[i].fd = fd;
        lock(origin);
        origin->connection_count++;
        unlock(origin);
        return;
    }
    (void)close(fd);
}

static void *run(void *context)
{
    struct origin *origin = context;
    struct pollfd fds[ORIGIN_CONNECTIONS_MAX + 2];

    for (;;) {
        fds[0] = (struct pollfd){.fd = origin->wake, .events = POLLIN};
        fds[1] = (struct pollfd){.fd = origin->door, .events = POLLIN};
        for (size_t i = 0; i < ORIGIN_CONNECTIONS_MAX; i++)
            fds[i + 2] = (struct pollfd){.fd = origin->connections[i].fd, .events = POLLIN};
        (void)poll(fds, ORIGIN_CONNECTIONS_MAX + 2, -1);
        if (fds[0].revents)
            return NULL;
        for (size_t i = 0; i < ORIGIN_CONNECTIONS_MAX; i++)
            if (fds[i + 2].revents)
                serve(origin, &origin->connections[i]);
        if (fds[1].revents)
            let_in(origin);
    }
}

/* Listen on a free port, and find which. */
static bool open_door(struct origin *origin, bool is_ipv6)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_in four = {.sin_family = AF_INET,
                               .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    struct sockaddr *address = is_ipv6 ? (struct sockaddr *)&six : (struct sockaddr *)&four;
    socklen_t size = is_ipv6 ? sizeof(six) : sizeof(four);

    origin->door = socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (origin->door < 0 || bind(origin->door, address, size) < 0 ||
        listen(origin->door, ORIGIN_CONNECTIONS_MAX) < 0 ||
        getsockname(origin->door, address, &size) < 0) {
        (void)close(origin->door);
        return false;
    }
    origin->port = ntohs(is_ipv6 ? six.sin6_port : four.sin_port);
    return true;
}

bool origin_start(struct origin *origin, bool is_ipv6, const char *answer)
{
    *origin = (struct origin){.wake = -1};
    buf_add_string(&origin->answer, answer);
    for (size_t i = 0; i < ORIGIN_CONNECTIONS_MAX; i++)
        origin->connections[i].fd = -1;
    if (!open_door(origin, is_ipv6)) {
        buf_done(&origin->answer);
        return false;
    }
    origin->wake = eventfd(0, EFD_CLOEXEC);
    (void)pthread_mutex_init(&origin->lock, NULL);
    (void)pthread_cond_init(&origin->came, NULL);
    ck_assert_int_eq(pthread_create(&origin->thread, NULL, run, origin), 0);
    return true;
}

void origin_stop(struct origin *origin)
{
    const uint64_t one = 1;

    if (origin->wake < 0)
        return;
    (void)!write(origin->wake, &one, sizeof(one));
    (void)pthread_join(origin->thread, NULL);
    for (size_t i = 0; i < ORIGIN_CONNECTIONS_MAX; i++)
        if (origin->connections[i].fd >= 0)
            drop(&origin->connections[i]);
    for (size_t i = 0; i < origin->request_count; i++)
        buf_done(&origin->requests[i]);
    buf_done(&origin->answer);
    (void)close(origin->door);
    (void)close(origin->wake);
    (void)pthread_cond_destroy(&origin->came);
    (void)pthread_mutex_destroy(&origin->lock);
    origin->wake = -1;
}

void origin_set_answer(struct origin *origin, const char *answer)
{
    lock(origin);
    buf_clear(&origin->answer);
    if (answer)
        buf_add_string(&origin->answer, answer);
    unlock(origin);
}

void origin_close_after(struct origin *origin)
{
    lock(origin);
    origin->closes = true;
    unlock(origin);
}

const char *origin_request(struct origin *origin, size_t number)
{
    struct timespec until;
    const char *request = NULL;
    int result = 0;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    lock(origin);
    while (origin->request_count <= number && result == 0)
        result = pthread_cond_timedwait(&origin->came, &origin->lock, &until);
    if (origin->request_count > number)
        request = origin->requests[number].data;
    unlock(origin);
    ck_assert_ptr_nonnull(request);
    return request;
}

size_t origin_request_count(struct origin *origin)
{
    size_t count;

    lock(origin);
    count = origin->request_count;
    unlock(origin);
    return count;
}

size_t origin_connection_count(struct origin *origin)
{
    size_t count;

    lock(origin);
    count = origin->connection_count;
    unlock(origin);
    return count;
}
