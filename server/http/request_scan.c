#include "http/request_scan.h"

#include <string.h>

#include "base/attr.h"

enum { BODY_SIZE_DIGITS_MAX = 15 };

/* What the lines of a head say about the body. */
struct body_hints {
    uint64_t length;
    unsigned length_count;
    bool is_open; /* its length is not told, is told in a strange way, or it is to be asked for */
};

static bool is_header(struct text line, struct text name)
{
    return line.len > name.len && line.data[name.len] == ':' &&
           text_eq_nocase((struct text){line.data, name.len}, name);
}

static void read_length(struct text value, struct body_hints *hints)
{
    value = text_trim(value);
    if (hints->length_count++ > 0 || value.len > BODY_SIZE_DIGITS_MAX ||
        !text_to_u64(value, &hints->length))
        hints->is_open = true;
}

static void read_line(struct text line, struct body_hints *hints)
{
    const struct text length = TEXT("content-length");

    switch (line.data[0] | 0x20) {
    case 'c':
        if (is_header(line, length))
            read_length((struct text){line.data + length.len + 1, line.len - length.len - 1},
                        hints);
        break;
    case 'e':
        if (is_header(line, TEXT("expect")))
            hints->is_open = true;
        break;
    case 't':
        if (is_header(line, TEXT("transfer-encoding")))
            hints->is_open = true;
        break;
    default:
        break;
    }
}

/* Tell whether the line feed at `at` ends the head: as CivetWeb has it, after CRLF CR, or another
 * line feed. */
static bool ends_head(const char *first, const char *at)
{
    size_t before = (size_t)(at - first);

    if (before >= 1 && at[-1] == '\n')
        return true;
    return before >= 3 && at[-1] == '\r' && at[-2] == '\n' && at[-3] == '\r';
}

/* A head is text; at anything else CivetWeb stops reading. */
static bool has_control(struct text bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.data[i];

        if ((c < ' ' && c != '\r' && c != '\n' && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

enum request_part request_scan(struct text bytes, size_t body_max, size_t *size)
{
    struct body_hints hints = {0};
    const char *end = bytes.data + bytes.len, *line = bytes.data, *feed;

    *size = 0;
    while ((feed = memchr(line, '\n', (size_t)(end - line)))) {
        if (ends_head(bytes.data, feed))
            break;
        read_line((struct text){line, (size_t)(feed - line)}, &hints);
        line = feed + 1;
    }
    if (!feed)
        return has_control(bytes) ? REQUEST_OPEN : REQUEST_HEAD;
    if (hints.is_open)
        return REQUEST_OPEN;
    *size = (size_t)(feed + 1 - bytes.data) + hints.length;
    if (bytes.len >= *size)
        return REQUEST_WHOLE;
    return hints.length > body_max ? REQUEST_OPEN : REQUEST_BODY;
}
