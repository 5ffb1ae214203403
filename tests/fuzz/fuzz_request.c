/*
 * What of a request is read before any handler is: the first byte chooses the query, percent
 * encoding, the parameters of a header, the framing, the guard, or the name of the world. Each is
 * held against a plain reading, or against what must not make a difference.
 */
#include <string.h>

#include "app/dispatch.h"
#include "fuzz/fuzz.h"
#include "http/framing.h"
#include "http/guard.h"
#include "http/header_param.h"

/*
 * The query
 */

/* Append the value of the occurrence `index` of `wanted`; false if there is none or it is broken.
 */
static bool find_plainly(struct text query, struct text wanted, size_t index, struct buf *out)
{
    while (query.data) {
        AUTO(buf_done) struct buf name = {0};
        struct text value = text_cut(&query, '&');
        struct text raw = text_cut(&value, '=');

        if (percent_decode(raw, true, &name) && text_eq(buf_text(&name), wanted) && index-- == 0)
            return percent_decode(value, true, out);
    }
    return false;
}

static void check_query(struct text query)
{
    AUTO(request_done) struct request req = {.query = query};
    struct text rest = query;

    demand(request_read_query(&req), "there is memory for a query");
    while (rest.data) {
        AUTO(buf_done) struct buf name = {0};
        struct text pair = text_cut(&rest, '&');

        if (!percent_decode(text_cut(&pair, '='), true, &name) || name.len == 0 ||
            memchr(name.data, '\0', name.len))
            continue;
        for (size_t index = 0; index < 3; index++) {
            AUTO(buf_done) struct buf want = {0};
            struct text got;
            bool is_there = find_plainly(query, buf_text(&name), index, &want);

            demand(request_query(&req, name.data, index, &got) == is_there,
                   "a parameter is there or not");
            if (is_there)
                demand_text(got, buf_text(&want), "its value is decoded once");
        }
    }
}

/*
 * Percent encoding
 */

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static void check_percent(struct text text)
{
    for (int plus_is_space = 0; plus_is_space <= 1; plus_is_space++) {
        AUTO(buf_done) struct buf encoded = {0}, back = {0}, decoded = {0};

        percent_encode(text, &encoded);
        demand(percent_decode(buf_text(&encoded), plus_is_space, &back), "ours can be decoded");
        demand_text(buf_text(&back), text, "to what it was");
        for (size_t i = 0; i < encoded.len; i++)
            demand(encoded.data[i] == '%' || is_unreserved(encoded.data[i]), "nothing else needs");
        if (!percent_decode(text, plus_is_space, &decoded))
            continue;
        demand(decoded.len <= text.len, "decoding makes nothing longer");
        if (memchr(decoded.data ? decoded.data : "", '%', decoded.len) == NULL &&
            text_find(text, TEXT("%")) == text.len && !plus_is_space)
            demand_text(buf_text(&decoded), text, "without a % nothing changes");
    }
}

/*
 * Parameters of a header
 */

static void check_any_params(struct text header)
{
    AUTO(buf_done) struct buf value = {0};
    struct text rest = header, name = {0};

    while (header_param_next(&rest, &name, &value) == HEADER_PARAM_FOUND) {
        demand(value.len <= header.len, "a value is part of the header");
        demand(name.len == 0 ||
                   (name.data >= header.data && name.data + name.len <= header.data + header.len),
               "so is a name");
        demand(rest.len == 0 || rest.data + rest.len <= header.data + header.len, "and the rest");
    }
}

/* Write parameters in quotes and read them. */
static void check_written_params(struct text values)
{
    AUTO(buf_done) struct buf header = {0}, value = {0};
    struct text left = values, rest, name = {0};

    while (left.data) {
        struct text next = text_cut(&left, '\n');

        buf_add_string(&header, "; a = \"");
        for (size_t i = 0; i < next.len; i++) {
            if (next.data[i] == '"' || next.data[i] == '\\')
                buf_add_char(&header, '\\');
            buf_add_char(&header, next.data[i]);
        }
        buf_add_char(&header, '"');
    }
    rest = buf_text(&header);
    left = values;
    while (left.data) {
        struct text want = text_cut(&left, '\n');

        demand(header_param_next(&rest, &name, &value) == HEADER_PARAM_FOUND, "each is there");
        demand_text(name, TEXT("a"), "with its name");
        demand_text(buf_text(&value), want, "and its value");
    }
    demand(header_param_next(&rest, &name, &value) == HEADER_PARAM_NONE, "and no more");
}

/*
 * Headers
 */

/* Read lines `name: value`. */
static void read_headers(struct text lines, struct request *req)
{
    while (lines.data && req->header_count < REQUEST_HEADERS_MAX) {
        struct text value = text_cut(&lines, '\n');
        struct text name = text_cut(&value, ':');

        req->headers[req->header_count++] = (struct header){name, text_trim(value)};
    }
}

/* Tell what framing_check() must say of a length that may be declared. */
static bool is_length(struct text t)
{
    uint64_t length = 0;

    for (size_t i = 0; i < t.len; i++) {
        if (t.data[i] < '0' || t.data[i] > '9' || length > (INT64_MAX - 9) / 10)
            return false;
        length = length * 10 + (uint64_t)(t.data[i] - '0');
    }
    return t.len > 0;
}

static void check_framed(const struct request *req, const struct framing *framing, bool is_1_1)
{
    struct text length = request_header(req, "content-length");
    struct text encoding = request_header(req, "transfer-encoding");
    struct text connection = request_header(req, "connection");

    demand(request_header_count(req, "host") <= 1, "there is one host");
    demand(!is_1_1 || request_header_count(req, "host") == 1, "or none in the old days");
    demand(!length.data || !encoding.data, "there is one end");
    demand(request_header_count(req, "content-length") <= 1, "and it is said once");
    demand(!length.data || is_length(length), "in digits");
    demand(framing->is_chunked == (encoding.data != NULL), "chunks are declared");
    demand(!framing->is_chunked || (is_1_1 && req->content_length == -1), "and have no length");
    demand(length.data || req->content_length == -1, "what is not said is not known");
    demand(req->has_body == (framing->is_chunked || req->content_length > 0), "there is a body");
    demand(!framing->expects_continue || (req->has_body && is_1_1), "to be waited for");
    demand(!framing->keep_alive || !text_eq_nocase(connection, TEXT("close")), "close is close");
    for (size_t i = 0; i < req->header_count; i++)
        demand(framing_name_is_valid(req->headers[i].name), "names are names");
}

/* The last header first. */
static void turn_around(struct request *req)
{
    for (size_t i = 0; i < req->header_count / 2; i++) {
        struct header *a = &req->headers[i], *b = &req->headers[req->header_count - 1 - i];
        struct header kept = *a;

        *a = *b;
        *b = kept;
    }
}

static void check_framing(struct text lines)
{
    bool is_1_1 = take_byte(&lines) % 4;
    struct request req = {.content_length = -1}, turned;
    struct framing framing = {0}, again = {0};
    const char *sentence = NULL, *other = NULL;
    int status, second;

    read_headers(lines, &req);
    turned = req;
    status = framing_check(&req, is_1_1, &framing, &sentence);
    demand(status == 0 || status == 400 || status == 417, "the status is one of three");
    demand((status == 0) == !sentence, "a refusal has a sentence");
    if (status == 0)
        check_framed(&req, &framing, is_1_1);
    turn_around(&turned);
    second = framing_check(&turned, is_1_1, &again, &other);
    demand(second == status, "the order of headers makes no difference");
    demand(status || turned.content_length == req.content_length, "nor to the length");
}

/*
 * The guard
 */

static const char *const allowed_hosts[] = {"example.org", "a.test", NULL};

/* Tell whether `t` could be a public name: a dot and a letter in what is before the port. */
static bool is_public(struct text t)
{
    struct text host = text_cut(&t, ':');
    bool has_dot = false, has_letter = false;

    if (text_has_suffix(host, TEXT(".")))
        host.len--;
    for (size_t i = 0; i < host.len; i++) {
        has_dot |= host.data[i] == '.';
        has_letter |= host.data[i] != '.' && (host.data[i] < '0' || host.data[i] > '9');
    }
    if (!has_dot || !has_letter || host.data[0] == '[')
        return false;
    for (size_t i = 0; allowed_hosts[i]; i++)
        if (text_eq_nocase(host, text_of(allowed_hosts[i])))
            return false;
    return host.len <= 10 ||
           !text_eq_nocase((struct text){host.data + host.len - 10, 10}, TEXT(".localhost"));
}

static void check_guard(struct text lines)
{
    static const enum http_method methods[] = {HTTP_GET,   HTTP_HEAD,   HTTP_POST,    HTTP_PUT,
                                               HTTP_PATCH, HTTP_DELETE, HTTP_OPTIONS, HTTP_OTHER};
    enum http_method method = methods[take_byte(&lines) % ARRAY_LEN(methods)];
    struct request req = {.method = method};
    bool reads = method & (HTTP_GET | HTTP_HEAD | HTTP_OPTIONS);
    struct text host = text_cut(&lines, '\n'), origin = text_cut(&lines, '\n');
    const char *refusal;

    req.headers[req.header_count++] = (struct header){TEXT("Host"), host};
    refusal = guard_refusal(&req, allowed_hosts);
    demand(!refusal == !is_public(host), "public names must be allowed, and nothing else");
    if (refusal)
        return;
    req.headers[req.header_count++] =
        (struct header){TEXT("Origin"), origin.data ? origin : TEXT("")};
    refusal = guard_refusal(&req, allowed_hosts);
    demand(!refusal || !reads, "whoever reads may come from anywhere");
    if (text_has_prefix(origin, TEXT("http://")))
        demand(reads || !is_public((struct text){origin.data + 7, origin.len - 7}) || refusal,
               "a public page may not write");
    demand(reads || refusal || text_find(origin, TEXT("://")) < origin.len, "nor a null one");
}

/*
 * The world
 */

static void check_world(struct text lines)
{
    struct request req = {.path = text_cut(&lines, '\n')};
    struct text path = req.path, name;

    read_headers(lines, &req);
    name = dispatch_world_name(&req);
    demand(name.len == 0 || name.data, "there is a name");
    if (text_has_prefix(path, TEXT("/w/"))) {
        AUTO(buf_done) struct buf whole = {0};

        buf_add_format(&whole, "/w/");
        buf_add_text(&whole, name);
        buf_add_text(&whole, req.path);
        if (text_find(name, TEXT("/")) == name.len && whole.len == path.len + 1)
            buf_truncate(&whole, path.len);
        demand_text(buf_text(&whole), path, "name and rest are the path");
        demand(req.path.data[0] == '/', "the rest is a path, too");
    } else {
        demand_text(req.path, path, "another path is left alone");
    }
    if (worlds_name_is_valid(name))
        demand(name.len < WORLD_NAME_SIZE && text_find(name, TEXT("/")) == name.len,
               "a valid name is short and one segment");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const checks[])(struct text) = {
        check_query,   check_percent, check_any_params, check_written_params,
        check_framing, check_guard,   check_world,
    };
    struct text rest = {(const char *)data, size};

    if (size > 0 && size < 4096)
        checks[take_byte(&rest) % ARRAY_LEN(checks)](rest);
    return 0;
}
