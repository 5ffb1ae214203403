/*
 * What a web page in somebody's browser must not be able to do to a server on their machine.
 *
 * Names that an attacker's DNS can point at us are refused (DNS rebinding), and so are writes that
 * a browser says another site asked for.
 */
#ifndef HTTP_GUARD_H
#define HTTP_GUARD_H

#include "http/message.h"

/*
 * Check Host, Origin and Sec-Fetch-Site. Returns NULL if the request may pass, else the sentence of
 * a 403 (a Host that is missing or malformed is the caller's 400 and passes here).
 *
 * A Host passes if it is an IP literal, `localhost` or under it, a name of one label, or in
 * `allowed_hosts` (ended by NULL, may be NULL). An Origin must pass the same way for any method but
 * GET, HEAD and OPTIONS.
 */
const char *guard_refusal(const struct request *req, const char *const *allowed_hosts);

#endif
