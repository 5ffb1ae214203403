/*
 * Upload one file as a multipart form, with as little work of our own as can be: the kernel moves
 * the bytes from the file to the socket, so that what is timed is the server.
 *
 * Prints the seconds from the first byte sent to the last byte received, and on the next line the
 * body of the answer. Exits with 0 if the status was 200.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define BOUNDARY "----mockhere-bench-7d1f0c2b5a9e"

static const char form_head[] = "--" BOUNDARY "\r\n"
                                "Content-Disposition: form-data; name=\"data\"; "
                                "filename=\"bench.jsonl\"\r\n"
                                "Content-Type: application/jsonl\r\n\r\n";
static const char form_tail[] = "\r\n--" BOUNDARY "--\r\n";

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    int conn = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (conn < 0)
        return -1;
    if (connect(conn, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        setsockopt(conn, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0) {
        (void)close(conn);
        return -1;
    }
    return conn;
}

static bool send_text(int conn, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(conn, text, len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        text += sent;
        len -= (size_t)sent;
    }
    return true;
}

static bool send_file(int conn, int file, off_t size)
{
    off_t offset = 0;
    while (offset < size) {
        ssize_t sent = sendfile(conn, file, &offset, (size_t)(size - offset));
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
    }
    return true;
}

static bool send_form(int conn, const char *target, int file, off_t size)
{
    char head[1024];
    long long body_len =
        (long long)size + (long long)(sizeof(form_head) - 1 + sizeof(form_tail) - 1);
    int len = snprintf(head, sizeof(head),
                       "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer bench\r\n"
                       "Content-Type: multipart/form-data; boundary=" BOUNDARY "\r\n"
                       "Content-Length: %lld\r\nConnection: close\r\n\r\n",
                       target, body_len);
    return len > 0 && (size_t)len < sizeof(head) && send_text(conn, head, (size_t)len) &&
           send_text(conn, form_head, sizeof(form_head) - 1) && send_file(conn, file, size) &&
           send_text(conn, form_tail, sizeof(form_tail) - 1);
}

/*
 * Where the body of the whole answer in `answer` begins, or 0 while there is more to come. The bare
 * handler keeps the connection open, whatever we ask for, so its end says nothing.
 */
static size_t answer_body(struct text answer)
{
    const struct text blank = TEXT("\r\n\r\n");
    const struct text name = TEXT("Content-Length:");
    size_t head_len = text_find(answer, blank);
    struct text head = {answer.data, head_len};
    uint64_t body_len;

    if (head_len == answer.len)
        return 0;
    size_t start = head_len + blank.len;
    while (head.len > 0) {
        struct text line = text_cut(&head, '\n');
        if (line.len < name.len || !text_eq_nocase((struct text){line.data, name.len}, name))
            continue;
        struct text value = text_trim((struct text){line.data + name.len, line.len - name.len});
        return text_to_u64(value, &body_len) && answer.len - start >= body_len ? start : 0;
    }
    return 0;
}

/* Read the answer into `text` and end it with a NUL; return where its body begins, 0 on failure. */
static size_t read_answer(int conn, char *text, size_t size)
{
    size_t len = 0;
    while (len < size - 1) {
        ssize_t got = recv(conn, text + len, size - 1 - len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return 0;
        len += (size_t)got;
        text[len] = '\0';
        size_t start = answer_body((struct text){text, len});
        if (start > 0)
            return start;
    }
    return 0;
}

static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int fail(const char *what)
{
    (void)fprintf(stderr, "bench_upload: cannot %s: %s\n", what, strerror(errno));
    return 3;
}

int main(int argc, char **argv)
{
    static char answer[64 * 1024];
    struct stat facts;
    uint64_t port;

    if (argc != 4 || !text_to_u64(text_of(argv[1]), &port) || port > UINT16_MAX) {
        (void)fprintf(stderr, "usage: bench_upload PORT TARGET FILE\n");
        return 2;
    }
    int file = open(argv[3], O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &facts) < 0)
        return fail("open the file");
    int conn = connect_to((uint16_t)port);
    if (conn < 0)
        return fail("connect");

    double start = seconds_now();
    if (!send_form(conn, argv[2], file, facts.st_size))
        return fail("send the form");
    size_t body = read_answer(conn, answer, sizeof(answer));
    double seconds = seconds_now() - start;
    if (body == 0)
        return fail("read the answer");
    bool ok = strncmp(answer, "HTTP/1.1 200 ", 13) == 0;
    (void)printf("%.6f\n%s\n", seconds, answer + body);
    (void)close(conn);
    (void)close(file);
    return ok ? 0 : 1;
}
