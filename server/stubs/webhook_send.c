#include "stubs/webhook_send.h"

#include "base/log.h"
#include "base/secret.h"
#include "stubs/stub_answer.h"

/* The handler returns before its answer is written: a webhook without a delay gives it this long,
 * so that it does not come first. */
enum { HEAD_START_MS = 10 };

static void make_request(const struct webhook *webhook, struct outgoing *out)
{
    struct text body = {webhook->body, webhook->body_len};

    buf_add_string(&out->method, webhook->method);
    buf_add_string(&out->url, webhook->url);
    stub_add_outgoing_headers(webhook->headers, out);
    if (webhook->body_kind == BODY_TEXT)
        buf_add_text(&out->body, body);
    else if (webhook->body_kind == BODY_BASE64)
        stub_add_base64(body, &out->body);
}

/* Whoever waits for the call should learn why it never comes. */
static void complain(const struct webhook *webhook, const char *why)
{
    AUTO(buf_done) struct buf url = {0};

    secret_show_url(text_of(webhook->url), &url);
    log_error("the webhook %s %s was not sent: %s", webhook->method, url.failed ? "" : url.data,
              why);
}

void webhooks_send(const struct stub_call *call, const struct stub *stub,
                   const struct response *res)
{
    for (size_t i = 0; i < stub->webhooks.count; i++) {
        const struct webhook *webhook = &stub->webhooks.items[i];
        double ms = stub_sample_delay(call, stub, &webhook->delay, i + 1);
        uint64_t delay_ms = (uint64_t)stub_real_ms(call, ms) + res->late_ms +
                            res->delivery.pieces_ms + HEAD_START_MS;
        AUTO(outgoing_done) struct outgoing request = {0};

        if (!call->outgoing) {
            complain(webhook, "start with --allow-outbound and its URL");
            continue;
        }
        make_request(webhook, &request);
        if (outgoing_failed(&request))
            complain(webhook, "out of memory");
        else
            call->outgoing->send_later(call->outgoing->later_context, &request,
                                       delay_ms < UINT32_MAX ? (uint32_t)delay_ms : UINT32_MAX);
    }
}
