#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_add(struct text t, struct buf *out)
{
    for (size_t i = 0; i < t.len; i += 3) {
        unsigned bits = 0;

        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (i + j < t.len ? (unsigned char)t.data[i + j] : 0);
        for (size_t j = 0; j < 4; j++)
            buf_add_char(out, i + j <= t.len ? digits[bits >> (18 - 6 * j) & 63] : '=');
    }
}

void base64_decode(struct text t, struct buf *out)
{
    uint32_t bits = 0;
    unsigned bit_count = 0;

    for (size_t i = 0; i < t.len; i++) {
        const char *digit = t.data[i] ? strchr(digits, t.data[i]) : NULL;

        if (!digit)
            continue;
        bits = bits << 6 | (uint32_t)(digit - digits);
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            buf_add_char(out, (char)(bits >> bit_count));
        }
    }
}
