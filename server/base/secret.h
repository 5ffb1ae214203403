/*
 * What nobody must be shown: the one list of names of headers, fields and parameters that hold
 * secrets, and how a secret is written where it would otherwise stand.
 *
 * A secret shows as `sha256:` and the first eight digits of its SHA-256, so that two calls with the
 * same key can still be told from two with different ones.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>

#include "base/text.h"

struct buf;

/* Tell whether a header of that name holds a secret. */
bool secret_is_header(struct text name);

/* Tell whether a member of JSON, a field of a form or a parameter of a query of that name does. */
bool secret_is_field(struct text name);

/* Append what stands for `secret`; the scheme of an Authorization header ("Bearer ") stays. What is
 * empty, or stands for a secret already, is appended as it is. */
void secret_show(struct text secret, struct buf *out);

/* Append a URL, with the secrets in its query hidden. */
void secret_show_url(struct text url, struct buf *out);

/* Append the fields of a form, `name=value&...`, with the secrets among them hidden. */
void secret_show_form(struct text form, struct buf *out);

/* Append text that may hold JSON, with the strings of its secret members hidden. It need not be
 * whole or valid; what is no JSON is appended as it is. */
void secret_show_json(struct text json, struct buf *out);

#endif
