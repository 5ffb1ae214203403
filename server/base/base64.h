/*
 * Base64 with padding (RFC 4648, section 4).
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

/* Append the Base64 of `t`. */
void base64_add(struct text t, struct buf *out);

/* Append the bytes that Base64 stands for. What is no digit of it is passed over, the padding too.
 */
void base64_decode(struct text t, struct buf *out);

#endif
