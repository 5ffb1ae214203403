/*
 * The framing of a chunked body (RFC 9112, section 7.1), watched from beside.
 *
 * CivetWeb takes chunked bodies apart, but it believes sizes so large that they turn negative, and
 * then reads on for ever; and it takes what stands between a carriage return and the line feed for
 * nothing. So what it reads is looked at here before it sees it. Extensions of chunks are refused,
 * as CivetWeb does.
 */
#ifndef HTTP_CHUNK_SCAN_H
#define HTTP_CHUNK_SCAN_H

#include "base/text.h"

enum chunk_scan_state {
    CHUNK_SIZE, /* at the first digit of a chunk's size; all zero is a valid start */
    CHUNK_SIZE_DIGITS,
    CHUNK_SIZE_FEED,
    CHUNK_DATA,
    CHUNK_DATA_RETURN,
    CHUNK_DATA_FEED,
    CHUNK_END, /* behind the last chunk; trailers, or the last empty line, may follow */
    CHUNK_BROKEN
};

struct chunk_scan {
    enum chunk_scan_state state;
    uint64_t left; /* the size as far as it was read, then the bytes that are missing of the data */
};

/*
 * Look at what came next. Returns the number of bytes that belong to the body: all of them, unless
 * its end is in `bytes`, or something is wrong, as `state` then says.
 */
size_t chunk_scan_feed(struct chunk_scan *scan, struct text bytes);

#endif
