/*
 * Where a request ends and whether the connection can be used again (RFC 9112).
 *
 * Two servers that disagree on this let one client slip a request into another's: so whatever can
 * be read in two ways is refused, not repaired.
 */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include "http/message.h"

struct framing {
    bool is_chunked;
    bool expects_continue; /* the client waits for `100 Continue` before it sends the body */
    bool keep_alive;       /* the client can go on with this connection */
};

/*
 * Check the header names, Host, Content-Length, Transfer-Encoding, Expect and Connection of `req`,
 * whose headers are filled; `is_1_1` is false for HTTP/1.0.
 *
 * Returns 0 and fills `*out` and the `content_length` and `has_body` of `req`; or the status to
 * refuse it with, and a sentence.
 */
MUST_USE int framing_check(struct request *req, bool is_1_1, struct framing *out,
                           const char **sentence);

/* Tell whether `name` may be the name of a header: one or more token characters. */
bool framing_name_is_valid(struct text name);

#endif
