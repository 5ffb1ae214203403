/*
 * The parameters of a header, as in `form-data; name="a"; filename="b \"c\".csv"`.
 */
#ifndef HTTP_HEADER_PARAM_H
#define HTTP_HEADER_PARAM_H

#include "base/buf.h"

enum header_param_result {
    HEADER_PARAM_FOUND,
    HEADER_PARAM_NONE, /* there are no more */
    HEADER_PARAM_BAD   /* no `=`, no closing quote, or something behind it */
};

/*
 * Cut the next parameter off `*rest`, which begins behind the header's first `;`. `*name` is
 * borrowed from it; the value, without its quotes and escapes, is written to `value`, which is
 * cleared first.
 *
 * This is laxer than RFC 9110: a value without quotes goes up to the next `;`, and of the
 * backslashes within quotes only those before a quote or another backslash are escapes, because old
 * browsers send those of a Windows path as they are.
 */
enum header_param_result header_param_next(struct text *rest, struct text *name, struct buf *value);

#endif
