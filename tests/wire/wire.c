#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/timestamp.h"

enum { READ_SIZE = 65536 };

bool wire_open(struct wire *wire, uint16_t port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons(port),
                                        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    *wire = (struct wire){.fd = -1};
    if (fd < 0)
        return false;
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
        (void)close(fd);
        return false;
    }
    wire->fd = fd;
    return true;
}

void wire_close(struct wire *wire)
{
    if (wire->fd >= 0)
        (void)close(wire->fd);
    wire->fd = -1;
    buf_done(&wire->in);
}

long wire_send_some(struct wire *wire, const void *data, size_t len, int timeout_ms)
{
    struct pollfd fds = {.fd = wire->fd, .events = POLLIN | POLLOUT};
    ssize_t count;

    if (poll(&fds, 1, timeout_ms) < 0)
        return -1;
    count = send(wire->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return count;
}

bool wire_send(struct wire *wire, const void *data, size_t len)
{
    const char *at = data;
    int64_t until_ms = clock_monotonic_ms() + WIRE_TIMEOUT_MS;

    while (len > 0) {
        struct pollfd fds = {.fd = wire->fd, .events = POLLOUT};
        ssize_t count;

        if (poll(&fds, 1, WIRE_TIMEOUT_MS) <= 0 || clock_monotonic_ms() > until_ms)
            return false;
        count = send(wire->fd, at, len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (count > 0) {
            at += count;
            len -= (size_t)count;
        }
    }
    return true;
}

bool wire_say(struct wire *wire, const char *text)
{
    struct text t = text_of(text);

    return wire_send(wire, t.data, t.len);
}

void wire_finish(struct wire *wire)
{
    (void)shutdown(wire->fd, SHUT_WR);
}

bool wire_is_readable(const struct wire *wire, int timeout_ms)
{
    struct pollfd fds = {.fd = wire->fd, .events = POLLIN};

    return poll(&fds, 1, timeout_ms) > 0;
}

static enum wire_result read_more(struct wire *wire)
{
    ssize_t count;

    if (!wire_is_readable(wire, WIRE_TIMEOUT_MS))
        return WIRE_LATE;
    if (!buf_reserve(&wire->in, READ_SIZE))
        return WIRE_MALFORMED;
    count = recv(wire->fd, wire->in.data + wire->in.len, READ_SIZE, 0);
    if (count <= 0)
        return WIRE_CLOSED;
    wire->in.len += (size_t)count;
    wire->in.data[wire->in.len] = '\0';
    return WIRE_OK;
}

static enum wire_result read_head(struct wire *wire, struct wire_answer *out)
{
    size_t end;
    uint64_t status;

    while ((end = text_find(buf_text(&wire->in), TEXT("\r\n\r\n"))) == wire->in.len) {
        enum wire_result result = read_more(wire);

        if (result != WIRE_OK)
            return result;
    }
    buf_add(&out->head, wire->in.data, end + 2);
    buf_drop_front(&wire->in, end + 4);
    if (out->head.len < 13 || !text_has_prefix(buf_text(&out->head), TEXT("HTTP/1.1 ")) ||
        !text_to_u64((struct text){out->head.data + 9, 3}, &status))
        return WIRE_MALFORMED;
    out->status = (int)status;
    return WIRE_OK;
}

enum wire_result wire_read(struct wire *wire, bool is_head, struct wire_answer *out)
{
    enum wire_result result;
    struct text value;
    uint64_t length;

    buf_clear(&out->head);
    buf_clear(&out->body);
    out->status = 0;
    result = read_head(wire, out);
    if (result != WIRE_OK || is_head || out->status < 200 || out->status == 204 ||
        out->status == 304)
        return result;
    value = wire_header(out, "content-length");
    if (wire_header_count(out, "content-length") != 1 || !text_to_u64(value, &length))
        return WIRE_MALFORMED;
    while (wire->in.len < length) {
        result = read_more(wire);
        if (result != WIRE_OK)
            return result;
    }
    buf_add(&out->body, wire->in.data, length);
    buf_drop_front(&wire->in, length);
    return WIRE_OK;
}

void wire_answer_done(struct wire_answer *answer)
{
    buf_done(&answer->head);
    buf_done(&answer->body);
}

enum wire_result wire_ask(uint16_t port, const char *request, struct wire_answer *out)
{
    struct wire wire;
    enum wire_result result = WIRE_CLOSED;

    if (!wire_open(&wire, port))
        return WIRE_CLOSED;
    if (wire_say(&wire, request))
        result = wire_read(&wire, text_has_prefix(text_of(request), TEXT("HEAD ")), out);
    wire_close(&wire);
    return result;
}

bool wire_ends(struct wire *wire)
{
    char byte;

    return wire->in.len == 0 && wire_is_readable(wire, WIRE_TIMEOUT_MS) &&
           recv(wire->fd, &byte, 1, 0) == 0;
}

/* Walk the header lines: the value of the `index`-th of that name. */
static struct text find_header(const struct wire_answer *answer, const char *name, size_t index)
{
    struct text rest = buf_text(&answer->head);

    (void)text_cut(&rest, '\n');
    while (rest.len > 0) {
        struct text line = text_cut(&rest, '\n');
        struct text line_name = text_cut(&line, ':');

        if (text_eq_nocase(line_name, text_of(name)) && index-- == 0)
            return text_trim(line);
    }
    return (struct text){0};
}

struct text wire_header(const struct wire_answer *answer, const char *name)
{
    return find_header(answer, name, 0);
}

size_t wire_header_count(const struct wire_answer *answer, const char *name)
{
    size_t count = 0;

    while (find_header(answer, name, count).data)
        count++;
    return count;
}
