#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "app/serve.h"
#include "base/buf.h"

enum { PING_TIMEOUT_S = 5 };

static int connect_to(const char *host, int64_t port)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct timeval timeout = {.tv_sec = PING_TIMEOUT_S};
    struct addrinfo *addresses = NULL;
    char service[24];
    int fd;

    (void)snprintf(service, sizeof(service), "%lld", (long long)port);
    if (getaddrinfo(host, service, &hints, &addresses) != 0)
        return -1;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
        if (connect(fd, addresses->ai_addr, addresses->ai_addrlen) != 0) {
            (void)close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(addresses);
    return fd;
}

static bool is_well(int fd)
{
    static const char request[] = "GET /__mockhere/health HTTP/1.1\r\nHost: localhost\r\n"
                                  "Connection: close\r\n\r\n";
    static const char wanted[] = "HTTP/1.1 200 ";
    char answer[256];
    size_t len = 0;

    if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) != (ssize_t)sizeof(request) - 1)
        return false;
    while (len < sizeof(wanted) - 1) {
        ssize_t got = recv(fd, answer + len, sizeof(answer) - len, 0);

        if (got <= 0)
            return false;
        len += (size_t)got;
    }
    return memcmp(answer, wanted, sizeof(wanted) - 1) == 0;
}

enum exit_code ping(const struct options *options)
{
    /* What listens on all addresses also listens on this one. */
    const char *host = strcmp(options->host, "0.0.0.0") == 0 ? "127.0.0.1" : options->host;
    int fd = connect_to(host, options->port);
    bool well = fd >= 0 && is_well(fd);

    if (fd >= 0)
        (void)close(fd);
    (void)printf(well ? "mockhere: well at http://%s:%lld\n"
                      : "mockhere: no answer at http://%s:%lld\n",
                 host, (long long)options->port);
    return well ? EXIT_FINE : EXIT_NO;
}
