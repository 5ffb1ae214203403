#include "stubs/proxy.h"

#include "http/reply.h"
#include "stubs/stub_answer.h"

/* Headers that are made anew for the other server, or are for us alone. */
static const char *const own_headers[] = {"host", "expect", "x-mockhere-world", "x-mockhere-token"};

static bool is_removed(const struct stub *stub, struct text name)
{
    const json_t *removed = stub->response.removed_headers;
    size_t count = json_array_size(removed);

    for (size_t i = 0; i < ARRAY_LEN(own_headers); i++)
        if (text_eq_nocase(text_of(own_headers[i]), name))
            return true;
    for (size_t i = 0; i < count; i++)
        if (text_eq_nocase(text_of(json_string_value(json_array_get(removed, i))), name))
            return true;
    return false;
}

static void add_headers(const struct stub *stub, const struct request *req, struct outgoing *out)
{
    AUTO(buf_done) struct buf connection = {0};

    for (size_t i = 0; i < req->header_count; i++) {
        if (!text_eq_nocase(req->headers[i].name, TEXT("connection")))
            continue;
        buf_add_text(&connection, req->headers[i].value);
        buf_add_char(&connection, ',');
    }
    for (size_t i = 0; i < req->header_count; i++) {
        struct text name = req->headers[i].name;

        if (!outgoing_is_hop(name, buf_text(&connection)) && !is_removed(stub, name))
            outgoing_add_header(out, name, req->headers[i].value);
    }
    stub_add_outgoing_headers(stub->response.proxy_headers, out);
    out->headers.failed = out->headers.failed || connection.failed;
}

/* The base, without a slash at its end, and the URL that was called, without the prefix. */
static void add_url(const struct stub_call *call, const struct stub *stub, struct text base,
                    struct buf *out)
{
    struct text prefix = text_of(stub->response.removed_prefix);
    struct text url = call->url;

    if (prefix.len > 0 && text_has_prefix(url, prefix)) {
        url.data += prefix.len;
        url.len -= prefix.len;
    }
    if (text_has_suffix(base, TEXT("/")) && text_has_prefix(url, TEXT("/")))
        base.len--;
    buf_add_text(out, base);
    buf_add_text(out, url);
}

int proxy_answer(const struct stub_call *call, const struct stub *stub, const struct request *req,
                 struct match_request *view, struct response *res)
{
    AUTO(outgoing_done) struct outgoing request = {0};
    AUTO(buf_done) struct buf base = {0};
    AUTO(buf_done) struct buf problem = {0};
    int failure = stub_add_proxy_base_url(call, stub, view, &base, res);

    if (failure)
        return failure;
    if (base.failed)
        return reply_message(res, 500, "out of memory");
    if (!call->outgoing) {
        (void)reply_message(res, 502,
                            "the stub passes this call on to %s, but no call may leave this "
                            "server: start it with --allow-outbound %s",
                            base.data, base.data);
        return stub_add_headers(call, stub, view, res);
    }
    buf_add_text(&request.method, req->method_name);
    add_url(call, stub, buf_text(&base), &request.url);
    add_headers(stub, req, &request);
    buf_add(&request.body, view->body.data, view->body.len);
    if (outgoing_failed(&request))
        return reply_message(res, 500, "out of memory");
    if (!call->outgoing->send(call->outgoing->send_context, &request, res, &problem))
        (void)reply_message(res, 502, "%s", problem.failed ? "out of memory" : problem.data);
    return stub_add_headers(call, stub, view, res);
}
