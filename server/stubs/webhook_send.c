#include "stubs/webhook_send.h"

#include <string.h>

#include "base/base64.h"
#include "base/log.h"
#include "base/secret.h"
#include "stubs/stub_answer.h"

/* The handler returns before its answer is written: a webhook without a delay gives it this long,
 * so that it does not come first. */
enum { HEAD_START_MS = 10 };

/* A webhook while it is made. */
struct making {
    const struct webhook *webhook;
    struct template_data data;
    struct outgoing request;
    char error[TEMPLATE_ERROR_SIZE]; /* what a template failed for; "" if none did */
};

static void making_done(struct making *m)
{
    outgoing_done(&m->request);
}

/* Append what a template shows, or the text if it is none. */
static void show(struct making *m, const struct template *template, struct text text,
                 struct buf *out)
{
    char error[TEMPLATE_ERROR_SIZE];

    if (!template)
        buf_add_text(out, text);
    else if (!template_render(template, &m->data, out, error) && !m->error[0])
        memcpy(m->error, error, sizeof(error));
}

static void add_headers(struct making *m)
{
    const struct header_templates *templates = &m->webhook->header_templates;
    const char *name;
    json_t *value;
    size_t place = 0;

    json_object_foreach (m->webhook->headers, name, value) {
        size_t count = json_is_array(value) ? json_array_size(value) : 1;

        for (size_t i = 0; i < count; i++, place++) {
            const json_t *item = json_is_array(value) ? json_array_get(value, i) : value;
            AUTO(buf_done) struct buf shown = {0};

            if (outgoing_is_hop(text_of(name), (struct text){0}))
                continue;
            show(m, templates->items[place],
                 (struct text){json_string_value(item), json_string_length(item)}, &shown);
            outgoing_add_header(&m->request, text_of(name), buf_text(&shown));
            m->request.headers.failed = m->request.headers.failed || shown.failed;
        }
    }
}

static void make_request(struct making *m)
{
    const struct webhook *webhook = m->webhook;
    struct text body = {webhook->body, webhook->body_len};

    buf_add_string(&m->request.method, webhook->method);
    show(m, webhook->url_template, text_of(webhook->url), &m->request.url);
    add_headers(m);
    if (webhook->body_kind == BODY_TEXT)
        show(m, webhook->body_template, body, &m->request.body);
    else if (webhook->body_kind == BODY_BASE64)
        base64_decode(body, &m->request.body);
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
                   struct match_request *request, const struct response *res)
{
    for (size_t i = 0; i < stub->webhooks.count; i++) {
        const struct webhook *webhook = &stub->webhooks.items[i];
        double ms = stub_sample_delay(call, stub, &webhook->delay, i + 1);
        uint64_t delay_ms = (uint64_t)stub_real_ms(call, ms) + res->late_ms +
                            res->delivery.pieces_ms + HEAD_START_MS;
        struct stub_sequence sequence;
        AUTO(making_done)
        struct making m = {
            .webhook = webhook,
            .data = stub_template_data(call, stub, i + 1, request, &sequence),
        };

        if (!call->outgoing) {
            complain(webhook, "start with --allow-outbound and its URL");
            continue;
        }
        m.data.parameters = webhook->parameters;
        m.data.is_after = true;
        make_request(&m);
        if (m.error[0])
            complain(webhook, m.error);
        else if (outgoing_failed(&m.request))
            complain(webhook, "out of memory");
        else if (m.request.url.len == 0)
            complain(webhook, "the template shows no URL");
        else
            call->outgoing->send_later(call->outgoing->later_context, &m.request,
                                       delay_ms < UINT32_MAX ? (uint32_t)delay_ms : UINT32_MAX);
    }
}
