#include "http/message.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A chunked body is read in pieces of this size; its length is not known before its end. */
enum { READ_SIZE = 32768 };

/* Answers larger than this give their memory back, instead of keeping it for the next one. */
enum { KEPT_BODY_SIZE_MAX = 65536 };

static void forget_query(struct request *req)
{
    free(req->query_params);
    req->query_params = NULL;
    req->query_param_count = 0;
    buf_clear(&req->query_storage);
}

void request_done(struct request *req)
{
    forget_query(req);
    buf_done(&req->param_storage);
    buf_done(&req->query_storage);
}

void request_reset(struct request *req)
{
    forget_query(req);
    memset(req->params, 0, sizeof(req->params));
    buf_clear(&req->param_storage);
    req->content_length = -1;
    req->has_body = false;
    req->read_body = NULL;
    req->body_source = NULL;
    req->timed_out = false;
}

struct text request_header(const struct request *req, const char *name)
{
    struct text wanted = text_of(name);

    for (size_t i = 0; i < req->header_count; i++)
        if (text_eq_nocase(req->headers[i].name, wanted))
            return req->headers[i].value;
    return (struct text){0};
}

size_t request_header_count(const struct request *req, const char *name)
{
    struct text wanted = text_of(name);
    size_t count = 0;

    for (size_t i = 0; i < req->header_count; i++)
        count += text_eq_nocase(req->headers[i].name, wanted);
    return count;
}

/*
 * How many bytes to ask for after `len`; 0 when all of a declared length is there. One byte more
 * than is allowed shows that a body of unknown length is too large.
 */
static size_t next_size(const struct request *req, size_t size_max, size_t len)
{
    if (req->content_length >= 0)
        return (size_t)req->content_length - len;
    return size_max - len < READ_SIZE ? size_max - len + 1 : READ_SIZE;
}

enum body_result request_read_body(struct request *req, size_t size_max, struct buf *out)
{
    size_t wanted;

    buf_clear(out);
    if (req->content_length > 0 && (uint64_t)req->content_length > size_max)
        return BODY_TOO_LARGE;
    if (!req->read_body)
        return BODY_OK;
    while ((wanted = next_size(req, size_max, out->len)) > 0) {
        long count;

        if (!buf_reserve(out, wanted))
            return BODY_NO_MEMORY;
        count = req->read_body(req->body_source, out->data + out->len, wanted);
        if (count < 0)
            return req->timed_out ? BODY_TIMEOUT : BODY_CLOSED;
        if (count == 0)
            return req->content_length < 0 ? BODY_OK : BODY_CLOSED;
        assert((size_t)count <= wanted);
        out->len += (size_t)count;
        out->data[out->len] = '\0';
        if (out->len > size_max)
            return BODY_TOO_LARGE;
    }
    return BODY_OK;
}

/* Decode into storage that has room; `data` is NULL if the encoding is broken. */
static struct text decode(struct text t, struct buf *storage)
{
    size_t start = storage->len;
    bool is_decoded = percent_decode(t, true, storage);
    struct text decoded = {storage->data + start, storage->len - start};

    buf_add_char(storage, '\0');
    return is_decoded ? decoded : (struct text){0};
}

bool request_read_query(struct request *req)
{
    struct text rest = req->query;
    size_t count = 1;

    if (rest.len == 0 || req->query_params)
        return true;
    for (size_t i = 0; i < rest.len; i++)
        count += rest.data[i] == '&';
    /* Decoded they are no longer. */
    if (!buf_reserve(&req->query_storage, rest.len + 2 * count))
        return false;
    req->query_params = calloc(count, sizeof(*req->query_params));
    if (!req->query_params)
        return false;
    while (rest.len > 0) {
        struct query_param *param = &req->query_params[req->query_param_count++];
        struct text value = text_cut(&rest, '&');

        param->name = decode(text_cut(&value, '='), &req->query_storage);
        param->value = decode(value, &req->query_storage);
    }
    return true;
}

bool request_query(const struct request *req, const char *name, size_t index, struct text *out)
{
    struct text wanted = text_of(name);

    for (size_t i = 0; i < req->query_param_count; i++) {
        const struct query_param *param = &req->query_params[i];

        if (!param->name.data || !text_eq(param->name, wanted) || index-- > 0)
            continue;
        *out = param->value;
        return out->data != NULL;
    }
    *out = (struct text){0};
    return false;
}

/* While there is memory, so that an error can be told when there is none. */
static void make_room(struct response *res)
{
    (void)buf_reserve(&res->body, 1);
    buf_clear(&res->body);
}

void response_init(struct response *res)
{
    *res = (struct response){.file = -1};
    make_room(res);
}

static void response_close_file(struct response *res)
{
    if (res->file >= 0)
        (void)close(res->file);
    res->file = -1;
    res->file_size = 0;
}

void response_done(struct response *res)
{
    response_close_file(res);
    for (size_t i = 0; i < RESPONSE_HEADERS_MAX; i++) {
        buf_done(&res->headers[i].copy);
        buf_done(&res->headers[i].value);
    }
    buf_done(&res->reason);
    buf_done(&res->body);
    *res = (struct response){.file = -1};
}

void response_reset(struct response *res)
{
    response_close_file(res);
    res->status = 0;
    res->header_count = 0;
    res->fixed_lines = (struct text){0};
    res->late_ms = 0;
    res->close = false;
    res->is_unrouted = false;
    res->upload_digest = 0;
    buf_clear(&res->reason);
    res->delivery = (struct delivery){0};
    if (res->body.size > KEPT_BODY_SIZE_MAX)
        buf_done(&res->body);
    if (!res->body.data)
        make_room(res);
    else
        buf_clear(&res->body);
}

/* Find the place of a header that is set, or NULL. */
static struct response_header *header_find(struct response *res, struct text name)
{
    for (size_t i = 0; i < res->header_count; i++)
        if (text_eq_nocase(text_of(res->headers[i].name), name))
            return &res->headers[i];
    return NULL;
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

/* Without a way out of the loop, which then takes many characters at once. */
static bool has_control(struct text t)
{
    bool found = false;

    for (size_t i = 0; i < t.len; i++)
        found |= is_control(t.data[i]);
    return found;
}

static void blank_controls(struct buf *value)
{
    for (size_t i = 0; i < value->len; i++)
        if (is_control(value->data[i]))
            value->data[i] = ' ';
}

static void set_value(struct response_header *header, struct text value)
{
    buf_clear(&header->value);
    buf_add_text(&header->value, value);
    /* A line break from a stub or an echoed value must not begin a header of its own. */
    if (has_control(value))
        blank_controls(&header->value);
}

/* Set a header, and return its place. */
static struct response_header *set_header(struct response *res, const char *name, struct text value)
{
    struct response_header *header = header_find(res, text_of(name));

    if (!header) {
        assert(res->header_count < RESPONSE_HEADERS_MAX);
        header = &res->headers[res->header_count++];
        header->name = name;
    }
    set_value(header, value);
    return header;
}

void response_set_header(struct response *res, const char *name, struct text value)
{
    (void)set_header(res, name, value);
}

void response_set_header_buf(struct response *res, const char *name, const struct buf *value)
{
    set_header(res, name, buf_text(value))->value.failed |= value->failed;
}

void response_add_header(struct response *res, const char *name, struct text value)
{
    struct response_header *header = &res->headers[res->header_count];

    if (res->header_count == RESPONSE_HEADERS_MAX)
        return;
    buf_clear(&header->copy);
    buf_add_string(&header->copy, name);
    set_value(header, value);
    if (header->copy.failed)
        header->value.failed = true;
    header->name = header->copy.failed ? "" : header->copy.data;
    res->header_count++;
}

void response_set_lines(struct response *res, struct text lines)
{
    res->fixed_lines = lines;
}

/* The value of a header among lines, or `data` NULL. */
static struct text find_line(struct text lines, struct text name)
{
    while (lines.len > 0) {
        struct text value = text_cut(&lines, '\n');

        if (text_eq_nocase(text_cut(&value, ':'), name))
            return text_trim(value);
    }
    return (struct text){0};
}

struct text response_header(const struct response *res, const char *name)
{
    for (size_t i = 0; i < res->header_count; i++)
        if (text_eq_nocase(text_of(res->headers[i].name), text_of(name)))
            return buf_text(&res->headers[i].value);
    return find_line(res->fixed_lines, text_of(name));
}

/* Make headers like others of the lines. */
static void spread_lines(struct response *res)
{
    struct text lines = res->fixed_lines;

    res->fixed_lines = (struct text){0};
    while (lines.len > 0) {
        struct text value = text_cut(&lines, '\n');
        struct text name = text_cut(&value, ':');
        AUTO(buf_done) struct buf copy = {0};

        buf_add_text(&copy, name);
        if (name.len > 0 && !copy.failed)
            response_add_header(res, copy.data, text_trim(value));
    }
}

void response_remove_header(struct response *res, const char *name)
{
    size_t kept = 0;

    if (find_line(res->fixed_lines, text_of(name)).data)
        spread_lines(res);
    for (size_t i = 0; i < res->header_count; i++) {
        struct response_header header = res->headers[i];

        if (text_eq_nocase(text_of(header.name), text_of(name)))
            continue;
        res->headers[i] = res->headers[kept];
        res->headers[kept++] = header;
    }
    res->header_count = kept;
}

/* Ordered by status. */
/* clang-format off */
static const struct {
    int status;
    const char *phrase;
} reasons[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {102, "Processing"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {498, "Invalid Token"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {506, "Variant Also Negotiates"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {511, "Network Authentication Required"},
};
/* clang-format on */

const char *http_reason(int status)
{
    size_t low = 0, high = ARRAY_LEN(reasons);

    if (status == 200)
        return "OK";
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (reasons[middle].status < status)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ARRAY_LEN(reasons) && reasons[low].status == status ? reasons[low].phrase
                                                                     : "Unknown";
}
