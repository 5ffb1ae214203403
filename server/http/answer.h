/*
 * The bytes of an answer's head.
 */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include "http/message.h"

/* What the transport adds to what the handler set. */
struct answer_frame {
    struct text date;      /* used unless the handler set `date` */
    bool keep_alive;       /* the connection stays open */
    unsigned keep_alive_s; /* for the Keep-Alive header; 0: leave it out */
};

/* The length of the body as it is announced. */
int64_t answer_content_length(const struct response *res);

/* Tell whether answers of this status have a body at all: not 1xx, 204 and 304. */
bool answer_has_body(int status);

/*
 * Append the status line, the headers and the empty line. The handler's `date` and `server` replace
 * ours; what it set of Content-Length, Transfer-Encoding, Connection and Keep-Alive is left out,
 * since only the transport knows them.
 */
void answer_write_head(const struct response *res, const struct answer_frame *frame,
                       struct buf *out);

/* Tell whether memory ran out while the answer was built. */
bool answer_is_broken(const struct response *res);

#endif
