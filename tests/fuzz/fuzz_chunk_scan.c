/*
 * Chunked bodies from anybody: the first byte seeds the sizes of pieces.
 *
 * How a body is cut makes no difference, and where the scan says that one ends, a plain reading of
 * the whole finds its end too, and nowhere else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/chunk_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char digits[] = "0123456789abcdefABCDEF";

static uint64_t value_of(const char *text, size_t len)
{
    uint64_t value = 0;

    for (size_t i = 0; i < len; i++) {
        size_t digit = (size_t)(strchr(digits, text[i]) - digits);

        value = value * 16 + (digit < 16 ? digit : digit - 6);
    }
    return value;
}

static void demand(bool holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "it does not hold that %s\n", what);
    abort();
}

/* The bytes up to the end of the last chunk's line, or 0 if the body is not whole and in order. */
static size_t plain_size(const char *bytes)
{
    const char *at = bytes;

    for (;;) {
        size_t len = strspn(at, digits), zeros = strspn(at, "0");
        uint64_t left = value_of(at, len);

        if (len == 0 || len - zeros > 15 || strncmp(at + len, "\r\n", 2) != 0)
            return 0;
        at += len + 2;
        if (left == 0)
            return (size_t)(at - bytes);
        if (strlen(at) < left + 2 || strncmp(at + left, "\r\n", 2) != 0)
            return 0;
        at += left + 2;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct chunk_scan whole = {0}, cut = {0};
    size_t whole_size, cut_size = 0, at = 0;
    uint32_t random;
    char *bytes;

    if (size == 0 || memchr(data, '\0', size))
        return 0;
    random = data[0];
    bytes = strndup((const char *)data + 1, size - 1);
    if (!bytes)
        return 0;
    whole_size = chunk_scan_feed(&whole, text_of(bytes));
    while (at < size - 1) {
        size_t left = size - 1 - at, len;

        random = random * 1664525U + 1013904223U;
        len = 1 + (random >> 16) % (left < 20 ? left : 20);
        cut_size += chunk_scan_feed(&cut, (struct text){bytes + at, len});
        at += len;
    }
    demand(cut.state == whole.state && cut_size == whole_size, "a cut makes no difference");
    demand((whole.state == CHUNK_END ? whole_size : 0) == plain_size(bytes),
           "a body ends where it ends");
    free(bytes);
    return 0;
}
