#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

struct text text_of(const char *string)
{
    return (struct text){string, string ? strlen(string) : 0};
}

bool text_eq(struct text a, struct text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_eq_nocase(struct text a, struct text b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
            return false;
    return true;
}

bool text_has_prefix(struct text t, struct text prefix)
{
    return t.len >= prefix.len && text_eq((struct text){t.data, prefix.len}, prefix);
}

bool text_has_suffix(struct text t, struct text suffix)
{
    if (t.len < suffix.len)
        return false;
    return suffix.len == 0 || memcmp(t.data + t.len - suffix.len, suffix.data, suffix.len) == 0;
}

int text_compare(struct text a, struct text b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.data, b.data, len) : 0;

    if (order)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct text text_trim(struct text t)
{
    while (t.len && is_blank(t.data[0])) {
        t.data++;
        t.len--;
    }
    while (t.len && is_blank(t.data[t.len - 1]))
        t.len--;
    return t;
}

struct text text_cut(struct text *rest, char separator)
{
    const char *at = rest->len ? memchr(rest->data, separator, rest->len) : NULL;
    struct text head = *rest;

    if (!at) {
        *rest = (struct text){0};
        return head;
    }
    head.len = (size_t)(at - rest->data);
    rest->data = at + 1;
    rest->len -= head.len + 1;
    return head;
}

size_t text_find(struct text t, struct text needle)
{
    const char *at = memmem(t.data ? t.data : "", t.len, needle.data, needle.len);

    return at && t.data ? (size_t)(at - t.data) : t.len;
}

bool text_to_u64(struct text t, uint64_t *out)
{
    uint64_t value = 0;

    if (t.len == 0)
        return false;
    for (size_t i = 0; i < t.len; i++) {
        uint64_t digit = (uint64_t)(unsigned char)t.data[i] - '0';

        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

bool text_to_i64(struct text t, int64_t *out)
{
    bool negative = t.len && t.data[0] == '-';
    uint64_t value;

    if (!text_to_u64((struct text){t.data + negative, t.len - negative}, &value))
        return false;
    if (value > (uint64_t)INT64_MAX + negative)
        return false;
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

static size_t count_digits(struct text t, size_t from)
{
    size_t i = from;

    while (i < t.len && t.data[i] >= '0' && t.data[i] <= '9')
        i++;
    return i - from;
}

/* The grammar of RFC 8259, section 6: strtod() alone would take "0x1", " 1", "inf" and "01" too. */
static bool is_json_number(struct text t)
{
    size_t at = t.len && t.data[0] == '-';
    size_t digits = count_digits(t, at);

    if (digits == 0 || (digits > 1 && t.data[at] == '0'))
        return false;
    at += digits;
    if (at < t.len && t.data[at] == '.') {
        digits = count_digits(t, at + 1);
        if (digits == 0)
            return false;
        at += 1 + digits;
    }
    if (at < t.len && (t.data[at] == 'e' || t.data[at] == 'E')) {
        at++;
        if (at < t.len && (t.data[at] == '+' || t.data[at] == '-'))
            at++;
        digits = count_digits(t, at);
        if (digits == 0)
            return false;
        at += digits;
    }
    return at == t.len;
}

bool text_to_double(struct text t, double *out)
{
    AUTO(buf_done) struct buf copy = {0};
    double value;

    if (!is_json_number(t))
        return false;
    buf_add_text(&copy, t);
    if (copy.failed)
        return false;
    value = strtod(copy.data, NULL);
    if (!isfinite(value))
        return false;
    *out = value;
    return true;
}

/*
 * The table 3-7 of the Unicode standard as code: returns the bytes of the character at `p`, of
 * which `left` bytes are there, or 0 if they are not well formed.
 */
static size_t utf8_len(const unsigned char *p, size_t left)
{
    unsigned char low = 0x80, high = 0xBF;
    size_t len;

    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xC2 || p[0] > 0xF4)
        return 0;
    len = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (left < len)
        return 0;
    if (p[0] == 0xE0)
        low = 0xA0;
    else if (p[0] == 0xED)
        high = 0x9F;
    else if (p[0] == 0xF0)
        low = 0x90;
    else if (p[0] == 0xF4)
        high = 0x8F;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return len;
}

bool utf8_is_valid(struct text t)
{
    static const uint64_t high_bits = 0x8080808080808080U;
    const unsigned char *p = (const unsigned char *)t.data;
    size_t i = 0;

    while (i < t.len) {
        size_t len;
        uint64_t word;

        if (t.len - i >= sizeof(word)) {
            memcpy(&word, p + i, sizeof(word));
            if (!(word & high_bits)) {
                i += sizeof(word);
                continue;
            }
        }
        len = utf8_len(p + i, t.len - i);
        if (len == 0)
            return false;
        i += len;
    }
    return true;
}

size_t utf8_count(struct text t)
{
    size_t count = 0;

    for (size_t i = 0; i < t.len; i++)
        count += ((unsigned char)t.data[i] & 0xC0) != 0x80;
    return count;
}

size_t utf8_decode(struct text t, size_t offset, uint32_t *out)
{
    static const unsigned char lead_mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    const unsigned char *p = (const unsigned char *)t.data + offset;
    size_t len = utf8_len(p, t.len - offset);
    uint32_t c;

    if (len == 0) {
        *out = 0xFFFD;
        return 1;
    }
    c = p[0] & lead_mask[len];
    for (size_t i = 1; i < len; i++)
        c = c << 6 | (p[i] & 0x3FU);
    *out = c;
    return len;
}

void utf8_append(struct buf *out, uint32_t c)
{
    char bytes[4];
    size_t len = 0;

    if (c < 0x80) {
        bytes[len++] = (char)c;
    } else if (c < 0x800) {
        bytes[len++] = (char)(0xC0 | c >> 6);
        bytes[len++] = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        bytes[len++] = (char)(0xE0 | c >> 12);
        bytes[len++] = (char)(0x80 | (c >> 6 & 0x3F));
        bytes[len++] = (char)(0x80 | (c & 0x3F));
    } else {
        bytes[len++] = (char)(0xF0 | c >> 18);
        bytes[len++] = (char)(0x80 | (c >> 12 & 0x3F));
        bytes[len++] = (char)(0x80 | (c >> 6 & 0x3F));
        bytes[len++] = (char)(0x80 | (c & 0x3F));
    }
    buf_add(out, bytes, len);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool percent_decode(struct text t, bool plus_is_space, struct buf *out)
{
    for (size_t i = 0; i < t.len; i++) {
        int high, low;

        if (t.data[i] != '%') {
            buf_add_char(out, plus_is_space && t.data[i] == '+' ? ' ' : t.data[i]);
            continue;
        }
        if (t.len - i < 3)
            return false;
        high = hex_value(t.data[i + 1]);
        low = hex_value(t.data[i + 2]);
        if (high < 0 || low < 0)
            return false;
        buf_add_char(out, (char)(high << 4 | low));
        i += 2;
    }
    return !out->failed;
}

void percent_encode(struct text t, struct buf *out)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.data[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     c == '-' || c == '.' || c == '_' || c == '~';

        if (plain) {
            buf_add_char(out, (char)c);
            continue;
        }
        buf_add_char(out, '%');
        buf_add_char(out, digits[c >> 4]);
        buf_add_char(out, digits[c & 15]);
    }
}
