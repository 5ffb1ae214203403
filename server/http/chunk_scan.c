#include "http/chunk_scan.h"

/* The bits of a size; sums of such sizes stay far from overflowing, however many come. */
enum { SIZE_BITS_MAX = 60 };

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static enum chunk_scan_state add_digit(struct chunk_scan *scan, char c)
{
    int digit = digit_of(c);

    if (digit < 0 || scan->left >> (SIZE_BITS_MAX - 4))
        return CHUNK_BROKEN;
    scan->left = scan->left << 4 | (uint64_t)digit;
    return CHUNK_SIZE_DIGITS;
}

/* Returns the state behind one byte that is not of a chunk's data. */
static enum chunk_scan_state step(struct chunk_scan *scan, char c)
{
    switch (scan->state) {
    case CHUNK_SIZE:
        return add_digit(scan, c);
    case CHUNK_SIZE_DIGITS:
        return c == '\r' ? CHUNK_SIZE_FEED : add_digit(scan, c);
    case CHUNK_SIZE_FEED:
        if (c != '\n')
            return CHUNK_BROKEN;
        return scan->left ? CHUNK_DATA : CHUNK_END;
    case CHUNK_DATA_RETURN:
        return c == '\r' ? CHUNK_DATA_FEED : CHUNK_BROKEN;
    case CHUNK_DATA_FEED:
        return c == '\n' ? CHUNK_SIZE : CHUNK_BROKEN;
    case CHUNK_DATA:
    case CHUNK_END:
    case CHUNK_BROKEN:
        break;
    }
    return scan->state;
}

size_t chunk_scan_feed(struct chunk_scan *scan, struct text bytes)
{
    size_t at = 0;

    while (at < bytes.len && scan->state != CHUNK_END && scan->state != CHUNK_BROKEN) {
        size_t rest = bytes.len - at;

        if (scan->state != CHUNK_DATA) {
            scan->state = step(scan, bytes.data[at++]);
            continue;
        }
        rest = rest < scan->left ? rest : (size_t)scan->left;
        at += rest;
        scan->left -= rest;
        if (scan->left == 0)
            scan->state = CHUNK_DATA_RETURN;
    }
    return at;
}
