#include "base/base64.h"

void base64_add(struct text t, struct buf *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < t.len; i += 3) {
        unsigned bits = 0;

        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (i + j < t.len ? (unsigned char)t.data[i + j] : 0);
        for (size_t j = 0; j < 4; j++)
            buf_add_char(out, i + j <= t.len ? digits[bits >> (18 - 6 * j) & 63] : '=');
    }
}
