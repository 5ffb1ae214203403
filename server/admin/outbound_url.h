/*
 * The URLs that may be called: each allowed one is the beginning of those that it allows.
 *
 * URLs are taken apart by libcurl, and what was compared is what is called: nothing is read twice,
 * in two ways.
 */
#ifndef ADMIN_OUTBOUND_URL_H
#define ADMIN_OUTBOUND_URL_H

#include "admin/outbound_address.h"
#include "base/buf.h"

struct Curl_URL;

/* How a URL names its host. */
enum url_host { URL_HOST_NAME, URL_HOST_LOCALHOST, URL_HOST_ADDRESS };

struct outbound_url {
    struct Curl_URL *parts; /* the URL as libcurl read it */
    char *scheme, *host, *port, *path;
    enum url_host host_kind;
};

void outbound_url_done(struct outbound_url *url);

/* Read a URL. Returns false, with nothing in `*out`, and a sentence in `problem` if it is none of
 * http or https, names a user, or has a `..` in its path. */
MUST_USE bool outbound_url_read(const char *text, struct outbound_url *out, struct buf *problem);

/* The same for one that is to be allowed: it may have no query. */
MUST_USE bool outbound_url_read_allowed(const char *text, struct outbound_url *out,
                                        struct buf *problem);

/* Tell whether `allowed` is the beginning of `url`: the same scheme, host and port, and its path,
 * up to a slash. */
bool outbound_url_allows(const struct outbound_url *allowed, const struct outbound_url *url);

/*
 * Tell whether a call to `url` may go to an address of this kind. A name may lead to public
 * addresses only, whoever answers for it; `localhost` to this machine only; an address that is
 * named is meant.
 */
bool outbound_url_allows_address(const struct outbound_url *url, enum address_kind kind);

#endif
