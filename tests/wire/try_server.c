#include "try_server.h"

#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { ECHO_SIZE_MAX = 100000000 };

void try_pattern(size_t size, struct buf *out)
{
    buf_clear(out);
    if (!buf_reserve(out, size))
        return;
    for (size_t i = 0; i < size; i++)
        out->data[i] = (char)('a' + i % 26);
    out->len = size;
    out->data[size] = '\0';
}

static void wait_readable(int fd)
{
    struct pollfd fds = {.fd = fd, .events = POLLIN};

    (void)poll(&fds, 1, 20000);
}

static void set_event(int fd)
{
    const uint64_t one = 1;

    (void)!write(fd, &one, sizeof(one));
}

static int say(struct response *res, int status, const char *sentence)
{
    response_set_header(res, "content-type", TEXT("application/json"));
    buf_add_format(&res->body, "{\"message\":\"%s\"}", sentence);
    res->status = status;
    return status;
}

static void say_failure(void *context, int status, const char *sentence, struct response *res)
{
    (void)context;
    (void)say(res, status, sentence);
}

static int echo(struct request *req, struct response *res)
{
    struct text limit;
    uint64_t max = ECHO_SIZE_MAX;

    if (!request_read_query(req))
        return say(res, 500, "out of memory");
    if (!request_read_query(req))
        return say(res, 500, "out of memory");
    if (request_query(req, "max", 0, &limit) && !text_to_u64(limit, &max))
        return say(res, 400, "max is no number");
    switch (request_read_body(req, max, &res->body)) {
    case BODY_OK:
        break;
    case BODY_TOO_LARGE:
        buf_clear(&res->body);
        return say(res, 413, "too large");
    case BODY_TIMEOUT:
        buf_clear(&res->body);
        return say(res, 408, "request timed out");
    case BODY_CLOSED:
    case BODY_NO_MEMORY:
        buf_clear(&res->body);
        return say(res, 400, "cannot read the body");
    }
    res->status = 200;
    return 200;
}

static int sized(const struct request *req, struct response *res)
{
    uint64_t size;

    if (!text_to_u64(req->query, &size))
        return say(res, 400, "no size");
    try_pattern(size, &res->body);
    res->status = 200;
    return 200;
}

static int from_file(struct response *res)
{
    AUTO(buf_done) struct buf content = {0};
    char path[] = "/tmp/mockhere-try-XXXXXX";

    try_pattern(TRY_FILE_SIZE, &content);
    res->file = mkstemp(path);
    (void)unlink(path);
    if (write(res->file, content.data, content.len) != TRY_FILE_SIZE)
        return say(res, 500, "cannot write the file");
    res->file_size = TRY_FILE_SIZE;
    res->status = 200;
    return 200;
}

static int describe(const struct request *req, struct response *res)
{
    buf_add_format(&res->body, "%.*s %.*s ?%.*s\n", TEXT_ARG(req->method_name), TEXT_ARG(req->path),
                   TEXT_ARG(req->query));
    for (size_t i = 0; i < req->header_count; i++)
        buf_add_format(&res->body, "%.*s=%.*s\n", TEXT_ARG(req->headers[i].name),
                       TEXT_ARG(req->headers[i].value));
    res->status = 200;
    return 200;
}

static int held(const struct try_server *server, struct response *res)
{
    set_event(server->held);
    wait_readable(server->release);
    return say(res, 200, "released");
}

static int delivered(const struct try_server *server, struct response *res)
{
    buf_add_string(&res->body, TRY_BODY);
    res->delivery = server->delivery;
    res->status = 200;
    return 200;
}

static int handle(void *context, struct request *req, struct response *res)
{
    if (text_eq(req->path, TEXT("/echo")))
        return echo(req, res);
    if (text_eq(req->path, TEXT("/early")))
        return say(res, 413, "too early");
    if (text_eq(req->path, TEXT("/sized")))
        return sized(req, res);
    if (text_eq(req->path, TEXT("/file")))
        return from_file(res);
    if (text_eq(req->path, TEXT("/held")))
        return held(context, res);
    if (text_eq(req->path, TEXT("/delivered")))
        return delivered(context, res);
    res->close = text_eq(req->path, TEXT("/last"));
    res->late_ms = text_eq(req->path, TEXT("/late")) ? TRY_LATE_MS : 0;
    if (text_eq(req->path, TEXT("/late")))
        set_event(((struct try_server *)context)->held);
    if (text_eq(req->path, TEXT("/none")))
        return res->status = 204;
    return describe(req, res);
}

void try_server_start(struct try_server *server, struct http_config config)
{
    char error[256] = "";

    server->held = eventfd(0, EFD_CLOEXEC);
    server->release = eventfd(0, EFD_CLOEXEC);
    config.handle = handle;
    config.fail = say_failure;
    config.context = server;
    server->http = http_server_start(&config, error, sizeof(error));
    ck_assert_str_eq(error, "");
    ck_assert_ptr_nonnull(server->http);
    server->port = http_server_port(server->http);
}

unsigned try_server_stop(struct try_server *server, uint32_t drain_ms)
{
    unsigned cut = http_server_stop(server->http, drain_ms);

    try_server_done(server);
    return cut;
}

void try_server_done(struct try_server *server)
{
    (void)close(server->held);
    (void)close(server->release);
}

void try_server_wait_held(const struct try_server *server)
{
    wait_readable(server->held);
}

void try_server_release(const struct try_server *server)
{
    set_event(server->release);
}
