#include "http/exchange.h"

#include <assert.h>
#include <civetweb.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/timestamp.h"
#include "http/answer.h"
#include "http/guard.h"
#include "http/io_workers.h"

enum {
    ONE_WRITE_SIZE_MAX = 65536, /* a larger body is not copied behind its head */
    KEPT_OUT_SIZE_MAX = 65536,
    DRAIN_BLOCK_SIZE = 65536
};

static const char misframed[] = "malformed request: the framing of the body is invalid";

void exchange_done(struct exchange *x)
{
    if (!x->is_ready)
        return;
    request_done(&x->req);
    response_done(&x->res);
    buf_done(&x->out);
    x->is_ready = false;
}

static void begin(struct exchange *x, const struct http_config *config, struct mg_connection *conn)
{
    if (!x->is_ready) {
        response_init(&x->res);
        x->is_ready = true;
    }
    response_reset(&x->res);
    buf_clear(&x->out);
    x->config = config;
    x->conn = conn;
    x->socket = socket_find(mg_get_request_info(conn)->remote_port);
    x->io = atomic_load_explicit(&x->socket->io, memory_order_relaxed);
    x->framing = (struct framing){0};
    x->early_size = x->early_body_size = 0;
    x->socket->chunks = NULL;
    x->body_received = 0;
    x->body_over = true;
    x->body_broken = false;
    socket_begin(x->socket, SOCKET_SERVING);
}

/* Writing */

static struct text date_now(struct exchange *x)
{
    int64_t now_us = clock_wall_us();

    if (now_us / 1000000 != x->date_s) {
        x->date_s = now_us / 1000000;
        http_date_format(now_us, x->date);
    }
    return (struct text){x->date, sizeof(x->date) - 1};
}

/* Of the body only the first bytes are sent, though the head has told of all. */
static void cut_body(const struct delivery *delivery, struct parked *out)
{
    if (!delivery->is_cut)
        return;
    if (out->body.len > delivery->cut_at)
        buf_truncate(&out->body, (size_t)delivery->cut_at);
    if (out->file_size > 0 && (uint64_t)out->file_size > delivery->cut_at)
        out->file_size = (int64_t)delivery->cut_at;
}

/* Move the body out of the exchange. */
static void take_body(struct exchange *x, struct parked *out)
{
    if (x->res.file >= 0) {
        out->file = x->res.file;
        out->file_size = x->res.file_size;
        x->res.file = -1;
    } else {
        out->body = x->res.body;
        x->res.body = (struct buf){0};
    }
    cut_body(&x->res.delivery, out);
}

/* Let the body go in so many pieces, one each time that a part of the whole time has passed. */
static bool add_pieces(const struct delivery *delivery, int64_t start_ms, struct parked *out)
{
    uint64_t size = parked_size(out) - out->head.len;

    for (uint32_t i = 1; i <= delivery->piece_count; i++) {
        uint64_t len = size * i / delivery->piece_count - size * (i - 1) / delivery->piece_count;
        int64_t due_ms = start_ms + (int64_t)delivery->pieces_ms * i / delivery->piece_count;

        if (!parked_add_piece(out, due_ms, i == delivery->piece_count ? SIZE_MAX : (size_t)len))
            return false;
    }
    return true;
}

/* When what is to be sent goes: at once, unless it is late or goes in pieces. */
static bool set_times(const struct exchange *x, struct parked *out)
{
    const struct delivery *delivery = &x->res.delivery;
    int64_t start_ms;

    if (x->res.late_ms == 0 && delivery->piece_count == 0)
        return true;
    start_ms = clock_monotonic_ms() + x->res.late_ms;
    if (delivery->piece_count == 0)
        return parked_add_piece(out, start_ms, SIZE_MAX);
    return parked_add_piece(out, start_ms, out->head.len) && add_pieces(delivery, start_ms, out);
}

/* Move what is to be sent out of the exchange. */
static bool make_answer(struct exchange *x, bool keep_alive, struct parked *out)
{
    const struct answer_frame frame = {.date = date_now(x),
                                       .keep_alive = keep_alive,
                                       .keep_alive_s = x->io->config.keep_alive_ms / 1000};
    const struct delivery *delivery = &x->res.delivery;
    bool has_body =
        delivery->is_raw || (x->req.method != HTTP_HEAD && answer_has_body(x->res.status));
    bool is_whole = !delivery->is_cut && delivery->piece_count == 0;

    buf_clear(&x->out);
    if (!delivery->is_raw)
        answer_write_head(&x->res, &frame, &x->out);
    if (has_body && is_whole && x->res.file < 0 && x->res.body.len <= ONE_WRITE_SIZE_MAX)
        buf_add_text(&x->out, buf_text(&x->res.body));
    else if (has_body)
        take_body(x, out);
    out->head = x->out;
    x->out = (struct buf){0};
    return !out->head.failed && set_times(x, out);
}

static enum parked_state send_some(struct exchange *x, struct parked *answer)
{
    return parked_send(answer, x->socket->fd, answer->pieces ? clock_monotonic_ms() : 0);
}

/* Send it as far as the client reads it, and leave the rest to the I/O thread. */
static enum parked_state send_answer(struct exchange *x, struct parked *answer)
{
    int64_t patience_ms = PATIENCE_MS;
    bool can_park = true;

    for (;;) {
        uint64_t sent = answer->sent;
        enum parked_state state = send_some(x, answer);

        /* What is unusual about its end is for the I/O thread. */
        if (state == PARKED_SENT && answer->end > PARKED_DRAIN)
            return io_park(x->socket, answer) ? PARKED_EARLY : PARKED_FAILED;
        if (state == PARKED_SENT || state == PARKED_FAILED)
            return state;
        if (state == PARKED_BLOCKED && can_park && socket_wait_briefly(x->socket, &patience_ms))
            continue;
        can_park = can_park && io_park(x->socket, answer);
        if (can_park)
            return state;
        if (state == PARKED_EARLY ||
            !socket_wait_for_room(x->socket, (size_t)(answer->sent - sent)))
            return PARKED_FAILED;
    }
}

/* What CivetWeb holds behind the present request moves to the front, where the next one begins. */
static void forget_request(const struct exchange *x)
{
    uint64_t size = x->framing.is_chunked ? x->early_body_size : 0;

    if (x->req.content_length > 0)
        size = (uint64_t)x->req.content_length;
    x->socket->head_len = size < x->early_size ? x->early_size - (size_t)size : 0;
}

/* Make the answer to what the handler does not see. */
static void fail(struct exchange *x, int status, const char *sentence)
{
    response_reset(&x->res);
    x->config->fail(x->config->context, status, sentence, &x->res);
    x->res.status = status;
}

/* End the connection after this answer. What still comes is dropped by the I/O thread. */
static void end_connection(struct exchange *x)
{
    mg_disable_connection_keep_alive(x->conn);
    x->socket->is_over = true;
    x->socket->is_draining = true;
}

/* The body */

static long body_read(void *source, void *data, size_t size)
{
    struct exchange *x = source;
    int count;

    if (x->body_over)
        return 0;
    if (x->body_broken)
        return -1;
    if (x->framing.expects_continue) {
        const struct text go_on = TEXT("HTTP/1.1 100 Continue\r\n\r\n");

        x->framing.expects_continue = false;
        x->body_broken = mg_write(x->conn, go_on.data, go_on.len) != (int)go_on.len;
    }
    count = x->body_broken ? -1 : mg_read(x->conn, data, size);
    if (count > 0)
        x->body_received += (uint64_t)count;
    if (!x->framing.is_chunked && x->body_received == (uint64_t)x->req.content_length)
        x->body_over = true;
    if (count > 0)
        return count;
    if (count == 0 && x->framing.is_chunked)
        x->body_over = true;
    if (x->body_over)
        return 0;
    x->body_broken = true;
    x->req.timed_out = x->socket->timed_out;
    return -1;
}

/* Read and drop the rest of the body, so that the next request can be found behind it. */
static bool drain_body(struct exchange *x)
{
    uint64_t dropped = 0;

    buf_clear(&x->out);
    if (x->body_over)
        return true;
    if (!buf_reserve(&x->out, DRAIN_BLOCK_SIZE))
        return false;
    while (dropped <= x->io->config.drain_size_max) {
        long count = body_read(x, x->out.data, DRAIN_BLOCK_SIZE);

        if (count <= 0)
            return count == 0;
        dropped += (uint64_t)count;
    }
    return false;
}

/* Tell whether what is left of the body is worth reading, for another request after it. */
static bool can_go_on(const struct exchange *x)
{
    uint64_t left;

    if (x->body_over)
        return true;
    /* A client that was never told to go on may send its body or not. */
    if (x->body_broken || x->framing.expects_continue)
        return false;
    left = x->framing.is_chunked ? 0 : (uint64_t)x->req.content_length - x->body_received;
    return left <= x->io->config.drain_size_max;
}

static enum parked_end end_of(const struct exchange *x, bool keep_alive)
{
    switch (x->res.delivery.end) {
    case DELIVERY_USUAL:
    case DELIVERY_CLOSE:
        break;
    case DELIVERY_RESET:
        return PARKED_RESET;
    case DELIVERY_HALF_CLOSE:
        return PARKED_HALF_CLOSE;
    case DELIVERY_STALL:
        return PARKED_STALL;
    }
    return keep_alive && x->body_over && x->socket->is_end_known ? PARKED_KEEP : PARKED_DRAIN;
}

/* Write the answer. Returns false if the worker is to leave the connection as it is. */
static bool write_answer(struct exchange *x, bool keep_alive)
{
    struct parked answer;
    enum parked_state state = PARKED_FAILED;

    parked_init(&answer);
    answer.end = end_of(x, keep_alive);
    socket_begin(x->socket, SOCKET_SERVING);
    if (make_answer(x, keep_alive, &answer))
        state = send_answer(x, &answer);
    if (state == PARKED_SENT) {
        x->out = answer.head;
        answer.head = (struct buf){0};
    }
    parked_done(&answer);
    if (state == PARKED_FAILED)
        x->socket->ended = true;
    return state == PARKED_SENT;
}

/* Whether the answer is sent otherwise than at once and whole. */
static bool is_parked(const struct response *res)
{
    return res->late_ms > 0 || res->delivery.piece_count > 0 || res->delivery.end > DELIVERY_CLOSE;
}

static int finish(struct exchange *x)
{
    bool keep_alive;
    int status;

    if (answer_is_broken(&x->res))
        fail(x, 500, "out of memory");
    if (is_parked(&x->res) && !io_can_park(x->io))
        fail(x, 503, "mockhere holds as many late answers as it may; see --parked-max");
    assert(x->res.status >= 100 && x->res.status <= 999);
    status = x->res.status;
    keep_alive = x->framing.keep_alive && !x->res.close && can_go_on(x) &&
                 x->res.delivery.end == DELIVERY_USUAL &&
                 (!is_parked(&x->res) || (x->body_over && x->socket->is_end_known)) &&
                 !atomic_load_explicit(&x->io->stopping, memory_order_relaxed);
    if (!keep_alive)
        end_connection(x);
    if (!write_answer(x, keep_alive)) {
        end_connection(x);
        x->socket->is_draining = false;
    } else if (keep_alive && !drain_body(x)) {
        end_connection(x);
    }
    forget_request(x);
    response_reset(&x->res);
    if (x->out.size > KEPT_OUT_SIZE_MAX)
        buf_done(&x->out);
    socket_begin(x->socket, SOCKET_WAITING);
    return status;
}

/* Reading */

static enum http_method method_of(struct text name)
{
    static const struct {
        struct text name;
        enum http_method method;
    } methods[] = {
        {{"GET", 3}, HTTP_GET},         {{"POST", 4}, HTTP_POST},   {{"HEAD", 4}, HTTP_HEAD},
        {{"PUT", 3}, HTTP_PUT},         {{"PATCH", 5}, HTTP_PATCH}, {{"DELETE", 6}, HTTP_DELETE},
        {{"OPTIONS", 7}, HTTP_OPTIONS},
    };

    for (size_t i = 0; i < ARRAY_LEN(methods); i++)
        if (text_eq(name, methods[i].name))
            return methods[i].method;
    return HTTP_OTHER;
}

/* CivetWeb cuts the query off together with the path, and else leaves the last request's here. */
static const char *query_of(const struct mg_request_info *ri)
{
    return ri->local_uri_raw ? ri->query_string : NULL;
}

/*
 * The path and query of a request target. CivetWeb's own choice, `local_uri_raw`, is missing for
 * `*` and for an absolute form that names a port which is not ours, as behind a published port.
 */
static void fill_target(struct request *req, const struct mg_request_info *ri)
{
    struct text target = text_of(ri->request_uri);
    size_t scheme = text_find(target, TEXT("://"));

    req->query = text_of(query_of(ri));
    if (ri->local_uri_raw) {
        req->path = text_of(ri->local_uri_raw);
        return;
    }
    if (scheme < target.len) {
        struct text rest = {target.data + scheme + 3, target.len - scheme - 3};
        size_t slash = text_find(rest, TEXT("/"));

        target = (struct text){rest.data + slash, rest.len - slash};
    }
    req->path = text_cut(&target, '?');
    req->query = target;
}

static void fill_request(struct exchange *x, const struct mg_request_info *ri)
{
    struct request *req = &x->req;
    size_t count = ri->num_headers > 0 ? (size_t)ri->num_headers : 0;

    req->method_name = text_of(ri->request_method);
    req->method = method_of(req->method_name);
    req->client_ip = text_of(ri->remote_addr);
    fill_target(req, ri);
    req->header_count = count < REQUEST_HEADERS_MAX ? count : REQUEST_HEADERS_MAX;
    for (size_t i = 0; i < req->header_count; i++) {
        req->headers[i].name = text_of(ri->http_headers[i].name);
        req->headers[i].value = text_trim(text_of(ri->http_headers[i].value));
    }
    request_reset(req);
}

/* CivetWeb writes NULs over what ends a word: `end` must be the last of `count` of them. */
static bool is_followed_by(const char *word, size_t count, const char *next)
{
    return next == word + strlen(word) + count;
}

/* A header's line, as CivetWeb took it apart: no blank before the colon, only blanks after it. */
static bool is_strict_header(const struct mg_header *header)
{
    const char *at = header->name + strlen(header->name) + 1;

    while (at < header->value && (*at == ' ' || *at == '\t'))
        at++;
    return at == header->value;
}

static bool is_strict_start(const struct mg_request_info *ri, const char *head)
{
    const char *last_word = query_of(ri) ? query_of(ri) : ri->request_uri;

    return ri->request_method == head && is_followed_by(ri->request_method, 1, ri->request_uri) &&
           is_followed_by(last_word, 1, ri->http_version - strlen("HTTP/"));
}

/*
 * Check how CivetWeb came to its view of the head. It forgives blanks in the wrong places and bare
 * line feeds, stops at the first line that it does not understand (a folded one, for example), and
 * at the 64th header, and says nothing: but the places of what it found tell.
 */
static int head_check(const struct exchange *x, const struct mg_request_info *ri,
                      const char **sentence)
{
    const char *last = ri->http_version;

    *sentence = "malformed request: the request line is invalid";
    if (!is_strict_start(ri, x->socket->head))
        return 400;
    *sentence = "malformed request: a header line is invalid";
    for (int i = 0; i < ri->num_headers; i++) {
        const struct mg_header *header = &ri->http_headers[i];

        if (!is_followed_by(last, 2, header->name) || !is_strict_header(header))
            return 400;
        last = header->value;
    }
    if (ri->num_headers > REQUEST_HEADERS_MAX) {
        *sentence = "request header is too large";
        return 431;
    }
    /* After the last header, CRLF and the CR of the empty line. Without any header, CivetWeb has
     * skipped over these. */
    return ri->num_headers == 0 || last[strlen(last) + 2] == '\r' ? 0 : 400;
}

/* What came with the head: behind its last word are CRLF and the empty line. */
static struct text find_early(const struct exchange *x, const struct mg_request_info *ri)
{
    const char *last =
        ri->num_headers > 0 ? ri->http_headers[ri->num_headers - 1].value : ri->http_version;
    const char *end = x->socket->head + x->socket->head_len;
    const char *body = last + strlen(last) + 4;

    return (struct text){body, body < end ? (size_t)(end - body) : 0};
}

static bool is_framed(const struct exchange *x)
{
    return !x->framing.is_chunked || x->chunks.state != CHUNK_BROKEN;
}

/* Look at what came of a chunked body, and at the rest as it comes. */
static void watch_chunks(struct exchange *x, struct text early)
{
    x->chunks = (struct chunk_scan){0};
    x->early_body_size = chunk_scan_feed(&x->chunks, early);
    if (x->chunks.state == CHUNK_END)
        x->early_body_size += 2;
    x->socket->chunks = &x->chunks;
}

/* Everything that is checked before the handler may see the request. Returns 0 or a status. */
static int check(struct exchange *x, const struct mg_request_info *ri, const char **sentence)
{
    int status = head_check(x, ri, sentence);
    struct text early;

    if (status)
        return status;
    status = framing_check(&x->req, strcmp(ri->http_version, "1.1") == 0, &x->framing, sentence);
    if (status)
        return status;
    early = find_early(x, ri);
    x->early_size = early.len;
    if (x->framing.is_chunked)
        watch_chunks(x, early);
    if (!is_framed(x)) {
        x->framing.keep_alive = false;
        *sentence = misframed;
        return 400;
    }
    if (x->req.has_body) {
        x->body_over = false;
        x->req.read_body = body_read;
        x->req.body_source = x;
    }
    *sentence = guard_refusal(&x->req, x->config->allowed_hosts);
    return *sentence ? 403 : 0;
}

int exchange_serve(struct exchange *x, const struct http_config *config, struct mg_connection *conn,
                   bool is_last)
{
    const struct mg_request_info *ri = mg_get_request_info(conn);
    const char *sentence = NULL;
    int status;

    begin(x, config, conn);
    fill_request(x, ri);
    status = check(x, ri, &sentence);
    x->framing.keep_alive = x->framing.keep_alive && !is_last;
    if (status) {
        fail(x, status, sentence);
        return finish(x);
    }
    status = config->handle(config->context, &x->req, &x->res);
    assert(status == x->res.status);
    if (x->body_broken && !x->socket->ended)
        fail(x, 400, misframed);
    return finish(x);
}

/* The method as it was sent, if this is the beginning of a request. CivetWeb writes NULs over what
 * ends a word. */
static struct text sent_method(struct text head)
{
    struct text method = {head.data, 0};
    size_t len = 0;

    while (len < head.len && head.data[len] != ' ' && head.data[len])
        len++;
    method.len = len;
    if (len + 1 < head.len && head.data[len + 1] > ' ' && framing_name_is_valid(method))
        return method;
    return (struct text){0};
}

/* Say what is wrong with a request that CivetWeb could not make sense of. */
static void explain(struct exchange *x, int status)
{
    struct text head = {x->socket->head, x->socket->head ? x->socket->head_len : 0};
    struct text method = sent_method(head);

    if (text_has_prefix(head, TEXT("\x16\x03")))
        fail(x, 400, "malformed request: this is TLS, but only plain HTTP is spoken here");
    else if (status == 505 || text_eq(method, TEXT("PRI")))
        fail(x, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    else if (method.len && method_of(method) == HTTP_OTHER)
        fail(x, 501, "the method is not known here");
    else
        fail(x, 400, "malformed request");
    log_debug("refused with %d what is no request", x->res.status);
}

void exchange_refuse(struct exchange *x, const struct http_config *config,
                     struct mg_connection *conn, int status)
{
    if (socket_find(mg_get_request_info(conn)->remote_port)->leaving)
        return;
    begin(x, config, conn);
    x->req.method = HTTP_OTHER;
    if (x->socket->timed_out)
        fail(x, 408, "request timed out");
    else if (x->socket->head_full)
        fail(x, 431, "request header is too large");
    else
        explain(x, status);
    (void)finish(x);
}
