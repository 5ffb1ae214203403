#include "http/answer.h"

/* A header of the handler's that is special here. */
enum known_header { KNOWN_NONE, KNOWN_OURS, KNOWN_DATE, KNOWN_SERVER };

static enum known_header header_kind(struct text name)
{
    static const struct {
        struct text name;
        enum known_header kind;
    } known[] = {
        {{"content-length", 14}, KNOWN_OURS},
        {{"transfer-encoding", 17}, KNOWN_OURS},
        {{"connection", 10}, KNOWN_OURS},
        {{"keep-alive", 10}, KNOWN_OURS},
        {{"date", 4}, KNOWN_DATE},
        {{"server", 6}, KNOWN_SERVER},
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (name.len == known[i].name.len && text_eq_nocase(name, known[i].name))
            return known[i].kind;
    return KNOWN_NONE;
}

int64_t answer_content_length(const struct response *res)
{
    return res->file >= 0 ? res->file_size : (int64_t)res->body.len;
}

bool answer_has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

bool answer_is_broken(const struct response *res)
{
    for (size_t i = 0; i < res->header_count; i++)
        if (res->headers[i].value.failed)
            return true;
    return res->body.failed || res->reason.failed;
}

static void add_line(struct buf *out, struct text name, struct text value)
{
    buf_add_text(out, name);
    buf_add_text(out, TEXT(": "));
    buf_add_text(out, value);
    buf_add_text(out, TEXT("\r\n"));
}

static void add_connection(const struct answer_frame *frame, struct buf *out)
{
    if (!frame->keep_alive) {
        buf_add_text(out, TEXT("Connection: close\r\n"));
        return;
    }
    buf_add_text(out, TEXT("Connection: keep-alive\r\n"));
    if (frame->keep_alive_s > 0) {
        buf_add_text(out, TEXT("Keep-Alive: timeout="));
        buf_add_uint(out, frame->keep_alive_s);
        buf_add_text(out, TEXT("\r\n"));
    }
}

void answer_write_head(const struct response *res, const struct answer_frame *frame,
                       struct buf *out)
{
    bool has_date = false, has_server = false;

    buf_add_text(out, TEXT("HTTP/1.1 "));
    buf_add_uint(out, (unsigned)res->status);
    buf_add_char(out, ' ');
    buf_add_text(out, res->reason.len ? buf_text(&res->reason) : text_of(http_reason(res->status)));
    buf_add_text(out, TEXT("\r\n"));
    for (size_t i = 0; i < res->header_count; i++) {
        struct text name = text_of(res->headers[i].name);
        enum known_header kind = header_kind(name);

        if (kind == KNOWN_OURS)
            continue;
        has_date = has_date || kind == KNOWN_DATE;
        has_server = has_server || kind == KNOWN_SERVER;
        add_line(out, name, buf_text(&res->headers[i].value));
    }
    buf_add_text(out, res->fixed_lines);
    if (!has_date)
        add_line(out, TEXT("Date"), frame->date);
    if (!has_server)
        buf_add_text(out, TEXT("Server: mockhere\r\n"));
    if (answer_has_body(res->status)) {
        buf_add_text(out, TEXT("Content-Length: "));
        buf_add_uint(out, (unsigned long long)answer_content_length(res));
        buf_add_text(out, TEXT("\r\n"));
    }
    add_connection(frame, out);
    buf_add_text(out, TEXT("\r\n"));
}
