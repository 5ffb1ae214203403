#include "outbound_fixture.h"

#include <check.h>
#include <stdio.h>

const char plain[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-From: origin\r\n\r\nhello";

struct origin origin;
struct outbound *outbound;
struct outbound_queue *webhooks;
static struct outgoing_way way;
char url[URL_SIZE];

void allow_with(const char *allowed, struct outbound_config config)
{
    const char *const list[] = {allowed, NULL};
    AUTO(buf_done) struct buf problem = {0};

    config.allowed = list;
    outbound = outbound_new(&config, &problem);
    ck_assert_ptr_null(problem.data);
    webhooks = outbound_queue_start(outbound_call, outbound);
    way = (struct outgoing_way){outbound_send, outbound, outbound_queue_add, webhooks};
    fake_dispatch()->outgoing = &way;
}

void allow(const char *allowed)
{
    allow_with(allowed, (struct outbound_config){0});
}

void outbound_set_up(void)
{
    fake_start();
    outbound = NULL;
    webhooks = NULL;
    ck_assert(origin_start(&origin, false, plain));
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", origin.port);
}

void outbound_tear_down(void)
{
    (void)outbound_queue_stop(webhooks, 0);
    fake_stop();
    outbound_free(outbound);
    origin_stop(&origin);
}
