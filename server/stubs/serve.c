#include "stubs/serve.h"

#include <string.h>

#include "base/timestamp.h"
#include "http/reply.h"
#include "stubs/proxy.h"
#include "stubs/stub_answer.h"
#include "stubs/webhook_send.h"

static const char pass_on[] = "mockhere:";

/*
 * A request while it is served. Its body is read once: either stubs look at it, and then whoever
 * comes after them reads it from memory; or it streams past, and its beginning is kept.
 */
struct serving {
    const struct stub_call *call;
    struct request *req;
    body_read_fn *read_body; /* the request's own */
    void *body_source;
    struct buf body;   /* what has been kept of it */
    uint64_t body_len; /* what has been read of it */
    size_t replayed;   /* how much of `body` was read again */
    bool is_kept;      /* it was read for stubs */
    bool is_whole;     /* and is all there */
    struct match_field headers[REQUEST_HEADERS_MAX];
};

/* Read what was kept, and then what was not. */
static long read_on(void *source, void *data, size_t size)
{
    struct serving *s = source;
    size_t left = s->body.len - s->replayed;
    size_t count = left < size ? left : size;

    if (count == 0)
        return s->is_whole ? 0 : s->read_body(s->body_source, data, size);
    memcpy(data, s->body.data + s->replayed, count);
    s->replayed += count;
    return (long)count;
}

static long read_past(void *source, void *data, size_t size)
{
    struct serving *s = source;
    long count = s->read_body(s->body_source, data, size);

    if (count > 0) {
        size_t room = s->body.len < JOURNAL_BODY_LEN_MAX ? JOURNAL_BODY_LEN_MAX - s->body.len : 0;

        buf_add(&s->body, data, (size_t)count < room ? (size_t)count : room);
        s->body_len += (uint64_t)count;
    }
    return count;
}

/* Read all of the body, and let others read it again. Returns whether it is all there. */
static bool keep_body(struct serving *s)
{
    if (s->is_kept || !s->read_body)
        return s->is_whole || !s->read_body;
    /* What is declared to be too large streams past. */
    if (s->req->content_length > 0 && (uint64_t)s->req->content_length > s->call->body_size_max)
        return false;
    s->req->read_body = s->read_body;
    s->req->body_source = s->body_source;
    s->is_whole = request_read_body(s->req, s->call->body_size_max, &s->body) == BODY_OK;
    s->is_kept = true;
    s->body_len = s->body.len;
    s->req->read_body = read_on;
    s->req->body_source = s;
    return s->is_whole;
}

/* A short body that nobody has read, since the call was refused before, is worth finding in the
 * journal. */
static void keep_unread(struct serving *s)
{
    if (s->body_len == 0 && s->req->content_length > 0 &&
        s->req->content_length <= JOURNAL_BODY_LEN_MAX)
        (void)keep_body(s);
}

static bool bring_body(void *context, struct match_request *request)
{
    struct serving *s = context;

    if (!keep_body(s))
        return false;
    /* A body without a byte is as good as none. */
    request->body.data = s->body.len > 0 ? s->body.data : NULL;
    request->body.len = s->body.len;
    return true;
}

static struct match_text match_text_of(struct text text)
{
    return (struct match_text){text.data, text.len};
}

/* The host and the port of the Host header. */
static struct text host_of(const struct request *req, unsigned *port)
{
    struct text rest = request_header(req, "host");
    struct text host = text_cut(&rest, ':');
    uint64_t number = 80;

    if (rest.data && !text_to_u64(rest, &number))
        number = 80;
    *port = (unsigned)number;
    return host;
}

static void begin(struct serving *s, const struct stub_call *call, struct request *req,
                  struct match_request *view)
{
    unsigned port;
    struct text host = host_of(req, &port);

    s->call = call;
    s->req = req;
    s->body = (struct buf){0};
    s->body_len = 0;
    s->replayed = 0;
    s->is_kept = s->is_whole = false;

    for (size_t i = 0; i < req->header_count; i++)
        s->headers[i] = (struct match_field){match_text_of(req->headers[i].name),
                                             match_text_of(req->headers[i].value)};
    *view = (struct match_request){
        .method = match_text_of(req->method_name),
        .url = match_text_of(s->call->url),
        .headers = s->headers,
        .header_count = req->header_count,
        .scheme = {"http", 4},
        .host = match_text_of(host),
        .client_ip = match_text_of(req->client_ip),
        .port = port,
        .body = {.now_us = s->call->now_us},
    };
    s->read_body = req->read_body;
    s->body_source = req->body_source;
    if (req->read_body) {
        s->req->read_body = read_past;
        s->req->body_source = s;
    }
}

static bool passes_on(const struct stub *stub)
{
    return stub->response.proxy_base_url && strcmp(stub->response.proxy_base_url, pass_on) == 0;
}

/* Pass the call on to another server, with its body if that is all there. */
static enum journal_origin pass_to_server(struct serving *s, const struct stub *stub,
                                          struct match_request *view, struct response *res,
                                          double *delay_ms)
{
    if (bring_body(s, view))
        (void)proxy_answer(s->call, stub, s->req, view, res);
    else
        (void)reply_message(res, 413,
                            "the body could not be read, or is larger than the %zu bytes "
                            "that are passed on: see --json-size-max",
                            s->call->body_size_max);
    *delay_ms = stub_deliver(s->call, stub, res);
    return JOURNAL_PROXY;
}

/* Tell whether templates of a stub may look at the body, when the stub does not answer itself. */
static bool looks_at_body(const struct stub_call *call, const struct stub *stub)
{
    return stub->webhooks.has_templates ||
           (stub->response.templates && stub_is_template(call, stub));
}

/* Answer, and tell who did. */
static enum journal_origin answer(struct serving *s, const struct stub *stub,
                                  struct match_request *view, struct response *res,
                                  double *delay_ms)
{
    const struct stub_call *call = s->call;

    if (!stub || passes_on(stub)) {
        if (stub && looks_at_body(call, stub))
            (void)bring_body(s, view);
        (void)call->next(call->context, s->req, res);
        keep_unread(s);
        if (stub) {
            bool is_unrouted = res->is_unrouted;

            (void)stub_replace_headers(call, stub, view, res);
            res->is_unrouted = is_unrouted;
            *delay_ms = stub_deliver(call, stub, res);
        }
        if (res->is_unrouted) {
            (void)keep_body(s);
            return JOURNAL_NOBODY;
        }
        return stub ? JOURNAL_PROXY : JOURNAL_ENDPOINT;
    }
    if (stub->response.proxy_base_url)
        return pass_to_server(s, stub, view, res, delay_ms);
    (void)bring_body(s, view);
    (void)stub_answer(call, stub, view, res);
    *delay_ms = stub_deliver(call, stub, res);
    return JOURNAL_STUB;
}

static const char *fault_name(const struct stub *stub)
{
    const json_t *fault = stub ? json_object_get(stub->response.json, "fault") : NULL;

    return json_string_value(fault);
}

static void write_down(struct serving *s, const struct match_request *view,
                       const struct response *res, struct journal_call *entry)
{
    struct match_field headers[RESPONSE_HEADERS_MAX];

    for (size_t i = 0; i < res->header_count; i++)
        headers[i] = (struct match_field){match_text_of(text_of(res->headers[i].name)),
                                          match_text_of(buf_text(&res->headers[i].value))};
    entry->method = s->req->method_name;
    entry->url = s->call->url;
    entry->host = (struct text){view->host.data, view->host.len};
    entry->client_ip = s->req->client_ip;
    entry->protocol = TEXT("HTTP/1.1");
    entry->port = view->port;
    entry->headers = (struct journal_fields){view->headers, view->header_count};
    entry->body = (struct journal_body){.data = buf_text(&s->body), .len = s->body_len};
    /* Who refuses a call may not have looked at its body. */
    if (s->req->content_length > 0 && (uint64_t)s->req->content_length > s->body_len)
        entry->body.len = (uint64_t)s->req->content_length;
    entry->at_us = s->call->now_us;
    entry->fault = fault_name(entry->stub);
    entry->status = entry->fault ? 0 : res->status;
    if (!entry->fault) {
        entry->response_headers = (struct journal_fields){headers, res->header_count};
        entry->response_body.len = res->file >= 0 ? (uint64_t)res->file_size : res->body.len;
        if (res->file < 0)
            entry->response_body.data = buf_text(&res->body);
    }
    conduct_note(s->call->own->conduct, entry, res->upload_digest);
    if (s->call->own->journal)
        journal_add(s->call->own->journal, entry);
    entry->response_headers = (struct journal_fields){0};
}

int stub_serve(const struct stub_call *call, struct request *req, struct response *res)
{
    struct serving s; /* its headers are many, and written before they are read */
    struct journal_call entry = {0};
    int64_t start_ms = clock_monotonic_ms();
    struct match_request view;

    begin(&s, call, req, &view);
    switch (stub_set_match(call->own->stubs, &view, bring_body, &s, &entry.stub)) {
    case STUB_SET_OK:
    case STUB_SET_NONE:
        entry.origin = answer(&s, entry.stub, &view, res, &entry.delay_ms);
        break;
    case STUB_SET_NO_STATE:
    case STUB_SET_ID_TAKEN:
    case STUB_SET_FULL:
    case STUB_SET_NO_MEMORY:
        (void)reply_message(res, 500, "out of memory");
        break;
    }
    entry.serve_ms = (double)(clock_monotonic_ms() - start_ms);
    write_down(&s, &view, res, &entry);
    if (entry.stub)
        webhooks_send(call, entry.stub, &view, res);
    stub_release(entry.stub);
    match_request_done(&view);
    req->read_body = s.read_body;
    req->body_source = s.body_source;
    buf_done(&s.body);
    return res->status;
}
