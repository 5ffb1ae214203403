/*
 * How far a request has come, told from its bytes before anybody takes them apart.
 *
 * This decides only who waits for the rest, a worker or the I/O thread, and how much is one
 * request's; what a request means is decided later, by CivetWeb and framing.h.
 */
#ifndef HTTP_REQUEST_SCAN_H
#define HTTP_REQUEST_SCAN_H

#include "base/text.h"

enum request_part {
    REQUEST_HEAD,  /* the empty line behind its head is missing */
    REQUEST_BODY,  /* the head is whole, and something is missing of a small body */
    REQUEST_WHOLE, /* nothing is missing */
    REQUEST_OPEN   /* a worker should see it now: the body is large, chunked, or to be asked for, or
                    * this is not HTTP */
};

/*
 * Look at what came, from the first byte of a request on. `*size` is set to the size of head and
 * body together where that is known, else to 0. A body of more than `body_max` bytes is large.
 */
enum request_part request_scan(struct text bytes, size_t body_max, size_t *size);

#endif
