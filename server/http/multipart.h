/*
 * A streaming reader of multipart/form-data (RFC 7578), over any source of bytes.
 *
 * Nothing is stored but one window of the body: the parts are handed out in the order in which they
 * come, and the content of each in pieces as they arrive. How the source cuts the body makes no
 * difference to what is delivered, and nothing behind the closing boundary's line is asked for.
 *
 *     struct multipart *form = multipart_new(content_type, read, source);
 *     while (multipart_next(form) == MULTIPART_PART)
 *         while (multipart_read(form, &piece) == MULTIPART_DATA) ...
 */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include <stdbool.h>

#include "http/message.h"

enum { MULTIPART_PARTS_MAX = 64, MULTIPART_HEADER_SIZE_MAX = 8192, MULTIPART_WINDOW_SIZE = 262144 };

enum multipart_result {
    MULTIPART_PART, /* a part begins: name, filename and content_type are set */
    MULTIPART_DATA, /* a piece of the part's content */
    MULTIPART_END,  /* of the part (multipart_read) or of the form (multipart_next) */
    MULTIPART_ERROR /* see multipart_error() and multipart_failure() */
};

enum multipart_failure {
    MULTIPART_MALFORMED, /* not a form, or the body ends before it: the sentence says why */
    MULTIPART_CLOSED,    /* the source failed (read -1) before the form was over */
    MULTIPART_NO_MEMORY
};

struct multipart;

/* Tell whether a Content-Type header is multipart/form-data (with or without a usable boundary). */
bool multipart_is_form(struct text content_type);

/*
 * Begin. `content_type` must be multipart_is_form(); a missing or unusable boundary shows as the
 * error of the first multipart_next(). `read` and `source` as in `struct request`; both must
 * outlive the form. Returns NULL only when memory runs out. Release with multipart_free().
 */
MUST_USE struct multipart *multipart_new(struct text content_type, body_read_fn *read,
                                         void *source);
void multipart_free(struct multipart *form);

/* Go to the next part, skipping what was not read of the present one. */
MUST_USE enum multipart_result multipart_next(struct multipart *form);

/*
 * Of the present part; borrowed until the next multipart_next(). Empty if the part gave none.
 * `filename` is the last element of the path that was sent, whichever slash it used; `filename*` in
 * UTF-8 is preferred to it. %22 in either name is a quote. No control characters but tabs are in
 * them, but any other byte may be: what a client sends need not be UTF-8.
 */
struct text multipart_name(const struct multipart *form);
struct text multipart_filename(const struct multipart *form);
bool multipart_has_filename(const struct multipart *form);
struct text multipart_content_type(const struct multipart *form);

/* Get the next piece of the present part's content; never empty, borrowed until the next call. */
MUST_USE enum multipart_result multipart_read(struct multipart *form, struct text *out);

/* After MULTIPART_ERROR, which lasts: what it was, and a sentence without its full stop. */
enum multipart_failure multipart_failure(const struct multipart *form);
const char *multipart_error(const struct multipart *form);

#endif
