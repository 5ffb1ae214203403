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
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c;
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
    bool negative;
    uint64_t value;

    if (t.len == 0)
        return false;
    negative = t.data[0] == '-';
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
    AUTO(buf_done) struct buf long_copy = {0};
    char copy[64] = ""; /* of most numbers, so that memory does not run out for them */
    const char *string = copy;
    double value;

    if (!is_json_number(t))
        return false;
    if (t.len < sizeof(copy)) {
        memcpy(copy, t.data, t.len);
    } else {
        buf_add_text(&long_copy, t);
        if (long_copy.failed)
            return false;
        string = long_copy.data;
    }
    value = strtod(string, NULL);
    if (!isfinite(value))
        return false;
    *out = value;
    return true;
}

/*
 * UTF-8 is checked by a machine of nine states, table 3-7 of the Unicode standard. What a byte does
 * to each of them is one 64-bit number: a state is the place of its six bits in there, and the bits
 * are the state to come. So a step is a load and a shift, without a branch that a text of mixed
 * scripts would make the processor guess wrong; and wherever no step is written down, the zero
 * there is UTF8_BAD, from which nothing leads away.
 */
enum {
    UTF8_BAD = 0,
    UTF8_START = 6, /* between two characters */
    UTF8_LEFT_1 = 12,
    UTF8_LEFT_2 = 18,
    UTF8_LEFT_3 = 24,
    UTF8_AFTER_E0 = 30,
    UTF8_AFTER_ED = 36,
    UTF8_AFTER_F0 = 42,
    UTF8_AFTER_F4 = 48
};

/* clang-format off */
#define STEP(from, to) ((uint64_t)(to) << (from))
#define ASCII STEP(UTF8_START, UTF8_START)
#define LEAD(to) STEP(UTF8_START, to)
#define NEXT                                                                                       \
    (STEP(UTF8_LEFT_1, UTF8_START) | STEP(UTF8_LEFT_2, UTF8_LEFT_1) | STEP(UTF8_LEFT_3, UTF8_LEFT_2))
#define NEXT_80 (NEXT | STEP(UTF8_AFTER_ED, UTF8_LEFT_1) | STEP(UTF8_AFTER_F4, UTF8_LEFT_2))
#define NEXT_90 (NEXT | STEP(UTF8_AFTER_ED, UTF8_LEFT_1) | STEP(UTF8_AFTER_F0, UTF8_LEFT_2))
#define NEXT_A0 (NEXT | STEP(UTF8_AFTER_E0, UTF8_LEFT_1) | STEP(UTF8_AFTER_F0, UTF8_LEFT_2))
#define X4(x) x, x, x, x
#define X16(x) X4(x), X4(x), X4(x), X4(x)
#define X64(x) X16(x), X16(x), X16(x), X16(x)

static const uint64_t utf8_steps[256] = {
    /* 00 */ X64(ASCII), X64(ASCII),
    /* 80 */ X16(NEXT_80),
    /* 90 */ X16(NEXT_90),
    /* A0 */ X16(NEXT_A0), X16(NEXT_A0),
    /* C0 */ UTF8_BAD, UTF8_BAD,
    /* C2 */ LEAD(UTF8_LEFT_1), LEAD(UTF8_LEFT_1), X4(LEAD(UTF8_LEFT_1)), X4(LEAD(UTF8_LEFT_1)),
             X4(LEAD(UTF8_LEFT_1)),
    /* D0 */ X16(LEAD(UTF8_LEFT_1)),
    /* E0 */ LEAD(UTF8_AFTER_E0),
    /* E1 */ X4(LEAD(UTF8_LEFT_2)), X4(LEAD(UTF8_LEFT_2)), X4(LEAD(UTF8_LEFT_2)),
    /* ED */ LEAD(UTF8_AFTER_ED),
    /* EE */ LEAD(UTF8_LEFT_2), LEAD(UTF8_LEFT_2),
    /* F0 */ LEAD(UTF8_AFTER_F0),
    /* F1 */ LEAD(UTF8_LEFT_3), LEAD(UTF8_LEFT_3), LEAD(UTF8_LEFT_3),
    /* F4 */ LEAD(UTF8_AFTER_F4),
    /* F5 and all above are UTF8_BAD */
};
/* clang-format on */

/* The state is in the lowest six bits of what is returned; a shift looks at no others. */
static uint64_t utf8_step(uint64_t state, unsigned char c)
{
    return utf8_steps[c] >> (state & 63);
}

/* Written out, as at -O2 gcc keeps the loop, which halves the speed. */
static uint64_t utf8_step_word(uint64_t state, const unsigned char *p)
{
    state = utf8_step(state, p[0]);
    state = utf8_step(state, p[1]);
    state = utf8_step(state, p[2]);
    state = utf8_step(state, p[3]);
    state = utf8_step(state, p[4]);
    state = utf8_step(state, p[5]);
    state = utf8_step(state, p[6]);
    return utf8_step(state, p[7]) & 63;
}

/* Returns the bytes of the character at `p`, of which `left` bytes are there, or 0 if they are not
 * well formed. */
static size_t utf8_len(const unsigned char *p, size_t left)
{
    uint64_t state = UTF8_START;

    for (size_t i = 0; i < left && state != UTF8_BAD; i++) {
        state = utf8_step(state, p[i]) & 63;
        if (state == UTF8_START)
            return i + 1;
    }
    return 0;
}

/* Run through as many whole words as are well formed; return where the last character that ends at
 * the end of a word does. */
static size_t skip_good_words(const unsigned char *p, size_t len)
{
    uint64_t state = UTF8_START;
    size_t good = 0;

    for (size_t i = 0; len - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
        uint64_t word;

        memcpy(&word, p + i, sizeof(word));
        if (state != UTF8_START || word & 0x8080808080808080U) {
            state = utf8_step_word(state, p + i);
            if (state == UTF8_BAD)
                break;
        }
        if (state == UTF8_START)
            good = i + sizeof(word);
    }
    return good;
}

size_t utf8_valid_len(struct text t)
{
    const unsigned char *p = (const unsigned char *)t.data;
    size_t i = skip_good_words(p, t.len);

    while (i < t.len) {
        size_t len = utf8_len(p + i, t.len - i);

        if (len == 0)
            break;
        i += len;
    }
    return i;
}

bool utf8_is_valid(struct text t)
{
    return utf8_valid_len(t) == t.len;
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

size_t utf8_encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

void utf8_append(struct buf *out, uint32_t c)
{
    char bytes[4];

    buf_add(out, bytes, utf8_encode(c, bytes));
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
            buf_add_char(out, (char)(plus_is_space && t.data[i] == '+' ? ' ' : t.data[i]));
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
