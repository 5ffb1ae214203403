/*
 * What the header of one part of a form says: see multipart.h, which reads the whole form.
 */
#ifndef HTTP_FORM_PART_H
#define HTTP_FORM_PART_H

#include "base/buf.h"

/* `struct form_part part = {0};` is a valid one, of a part that says nothing. */
struct form_part {
    struct buf name;
    struct buf filename; /* the last element of the path that was sent */
    bool has_filename;
    struct text content_type; /* borrowed from the header */
    bool failed;              /* memory ran out; the rest is incomplete */
};

/*
 * Read a header: lines with LF between them, unfolded. What `out` held is replaced. Returns NULL,
 * or what is wrong with the header; see `out->failed` too.
 */
MUST_USE const char *form_part_read(struct text header, struct form_part *out);

void form_part_done(struct form_part *part);

#endif
