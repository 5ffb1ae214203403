#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_SIZE_MIN = 64 };

void buf_done(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->data)
        b->data[0] = '\0';
}

bool buf_reserve(struct buf *b, size_t extra)
{
    size_t size = b->size ? b->size : BUF_SIZE_MIN;
    char *data;

    if (b->failed)
        return false;
    if (b->data && b->size > b->len && extra < b->size - b->len)
        return true;
    if (extra >= SIZE_MAX / 4 || b->len >= SIZE_MAX / 4) {
        b->failed = true;
        return false;
    }
    while (size <= b->len + extra)
        size += size / 2;
    data = realloc(b->data, size);
    if (!data) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->size = size;
    return true;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
    if (!buf_reserve(b, len))
        return;
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void buf_add_text(struct buf *b, struct text t)
{
    buf_add(b, t.data, t.len);
}

void buf_add_string(struct buf *b, const char *string)
{
    buf_add(b, string, strlen(string));
}

void buf_add_char(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_add_uint(struct buf *b, unsigned long long value)
{
    char digits[24];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    buf_add(b, digits + at, sizeof(digits) - at);
}

void buf_add_format(struct buf *b, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    buf_add_vformat(b, format, args);
    va_end(args);
}

void buf_add_vformat(struct buf *b, const char *format, va_list args)
{
    va_list again;
    int len;

    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (len < 0) {
        b->failed = true;
        return;
    }
    if (!buf_reserve(b, (size_t)len))
        return;
    (void)vsnprintf(b->data + b->len, (size_t)len + 1, format, args);
    b->len += (size_t)len;
}

void buf_drop_front(struct buf *b, size_t count)
{
    if (count >= b->len) {
        buf_truncate(b, 0);
        return;
    }
    memmove(b->data, b->data + count, b->len - count + 1);
    b->len -= count;
}

void buf_truncate(struct buf *b, size_t len)
{
    assert(len <= b->len);
    b->len = len;
    if (b->data)
        b->data[len] = '\0';
}

struct text buf_text(const struct buf *b)
{
    return (struct text){b->data, b->len};
}

char *buf_take(struct buf *b)
{
    char *data;

    if (!b->data)
        buf_add(b, NULL, 0);
    if (b->failed) {
        buf_done(b);
        return NULL;
    }
    data = b->data;
    *b = (struct buf){0};
    return data;
}
