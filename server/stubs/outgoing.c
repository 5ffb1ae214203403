#include "stubs/outgoing.h"

#include <string.h>

void outgoing_done(struct outgoing *request)
{
    buf_done(&request->method);
    buf_done(&request->url);
    buf_done(&request->headers);
    buf_done(&request->body);
}

void outgoing_add_header(struct outgoing *request, struct text name, struct text value)
{
    buf_add_text(&request->headers, name);
    buf_add_string(&request->headers, ": ");
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.data[i];

        buf_add_char(&request->headers, c < ' ' || c == 0x7f ? ' ' : (char)c);
    }
    buf_add_char(&request->headers, '\0');
}

bool outgoing_next_header(const struct outgoing *request, size_t *from, struct header *out)
{
    struct text rest = buf_text(&request->headers);

    if (*from >= rest.len)
        return false;
    rest.data += *from;
    rest.len -= *from;
    out->value = text_cut(&rest, '\0');
    *from = request->headers.len - rest.len;
    out->name = text_cut(&out->value, ':');
    out->value = text_trim(out->value);
    return true;
}

bool outgoing_failed(const struct outgoing *request)
{
    return request->method.failed || request->url.failed || request->headers.failed ||
           request->body.failed;
}

size_t outgoing_size(const struct outgoing *request)
{
    return request->method.size + request->url.size + request->headers.size + request->body.size;
}

static const char *const hops[] = {
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "content-length",
};

bool outgoing_is_hop(struct text name, struct text connection)
{
    for (size_t i = 0; i < ARRAY_LEN(hops); i++)
        if (text_eq_nocase(text_of(hops[i]), name))
            return true;
    while (connection.len > 0)
        if (text_eq_nocase(text_trim(text_cut(&connection, ',')), name))
            return true;
    return false;
}
