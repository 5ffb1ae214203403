/*
 * Calls to other servers, for stubs that pass requests on and for webhooks. Together with
 * outbound_url.c it alone knows libcurl.
 *
 * Nothing leaves but to a URL that the operator allowed. The address is judged when the connection
 * is made, by what is connected to, so that no answer of a name server leads a call to a machine
 * that was not meant. Redirects are not followed, proxies of the environment not used, servers of
 * https must prove who they are.
 *
 * Every function may be called from any thread. A call takes one of the idle handles, and with it
 * connections that are still open, or makes one; no thread is made.
 */
#ifndef ADMIN_OUTBOUND_H
#define ADMIN_OUTBOUND_H

#include <netdb.h>

#include "stubs/outgoing.h"

enum { OUTBOUND_ALLOWED_MAX = 16, OUTBOUND_HEADERS_MAX = RESPONSE_HEADERS_MAX - 4 };

/* As getaddrinfo(); what it gives is released with freeaddrinfo(). */
typedef int outbound_resolve_fn(const char *host, const char *port, const struct addrinfo *hints,
                                struct addrinfo **out);

struct outbound_config {
    const char *const *allowed;   /* URLs, ended by NULL, at most OUTBOUND_ALLOWED_MAX */
    uint32_t connect_ms;          /* how long connecting may take; 0: 5000 */
    uint32_t proxy_ms;            /* how long a call that a stub passes on may take; 0: 60000 */
    uint32_t webhook_ms;          /* how long a webhook may take; 0: 10000 */
    size_t body_size_max;         /* of answers; 0: 64 MiB */
    outbound_resolve_fn *resolve; /* NULL: getaddrinfo(), which may take as long as it likes */
};

struct outbound;

/* Make ready, once in a process. Returns NULL with a sentence in `problem` for a URL that cannot be
 * allowed. */
MUST_USE struct outbound *outbound_new(const struct outbound_config *config, struct buf *problem);
void outbound_free(struct outbound *outbound);

/* The outgoing_send_fn; `context` is a struct outbound. */
outgoing_send_fn outbound_send;

/* Send a webhook, dropping what is answered. Returns the status, or 0 with a sentence in
 * `problem`. `context` is a struct outbound. */
int outbound_call(void *context, const struct outgoing *request, struct buf *problem);

/* Let calls go on for so long at most, for the server stops. */
void outbound_wind_down(struct outbound *outbound, uint32_t ms);

#endif
