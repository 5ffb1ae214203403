/* The fortified headers define some of these calls themselves. */
#undef _FORTIFY_SOURCE

#include "http/interpose.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/attr.h"
#include "http/io_workers.h"
#include "http/socket.h"

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

/* CivetWeb gives its workers 100 KiB. ThreadSanitizer's frames are several times larger. */
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
enum { STACK_SIZE = 4 << 20 };
#else
enum { STACK_SIZE = 1 << 20 };
#endif

static _Thread_local struct io_batch *starting;

void interpose_begin(struct io_batch *batch)
{
    starting = batch;
}

void interpose_end(void)
{
    starting = NULL;
}

/* Find the C library's function behind ours. ISO C knows no cast from an object to a function. */
static void find_next(const char *name, void *function)
{
    void *found = dlsym(RTLD_NEXT, name);

    memcpy(function, &found, sizeof(found));
}

/* The batch whose door this is, or NULL. */
static struct io_batch *find_door(const struct http_socket *socket)
{
    return socket ? atomic_load_explicit(&socket->door_of, memory_order_relaxed) : NULL;
}

/* The C library's parameters have reserved names. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

int pthread_attr_setstacksize(pthread_attr_t *attr, size_t size)
{
    int (*next)(pthread_attr_t *, size_t);

    find_next("pthread_attr_setstacksize", &next);
    return next(attr, starting && size < STACK_SIZE ? STACK_SIZE : size);
}

int listen(int fd, int backlog)
{
    int (*next)(int, int);

    if (starting)
        return io_set_door(starting, fd) ? 0 : -1;
    find_next("listen", &next);
    return next(fd, backlog);
}

/* The C library's own type, so that this is the function that its header declares. */
int accept(int fd, __SOCKADDR_ARG address, socklen_t *restrict size)
{
    struct io_batch *batch = find_door(socket_find(fd));

    if (batch)
        return io_accept(batch, address.__sockaddr__, size);
    return accept4(fd, address, size, 0);
}

/* The C library's header says that poll() only writes what it is given, but it reads, too. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    struct timespec timeout = {.tv_sec = timeout_ms / 1000,
                               .tv_nsec = (long)(timeout_ms % 1000) * 1000000};
    struct http_socket *socket = count == 1 ? socket_find(fds[0].fd) : NULL;
    struct io_batch *batch = find_door(socket);

    if (batch)
        return io_wait_at_door(batch, fds, &timeout);
    if (socket) {
        /* The read or write that follows waits, with deadlines of our own. */
        fds[0].revents = (short)(fds[0].events & (POLLIN | POLLOUT));
        return 1;
    }
    return ppoll(fds, count, timeout_ms < 0 ? NULL : &timeout, NULL);
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
    struct http_socket *socket = socket_find(fd);

    return socket ? socket_receive(socket, data, size)
                  : recvfrom(fd, data, size, flags, NULL, NULL);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
    struct http_socket *socket = socket_find(fd);

    return socket ? socket_send(socket, data, size) : sendto(fd, data, size, flags, NULL, 0);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
