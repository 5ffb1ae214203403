#include "base/json_scan.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes16.h"

/* What may come next, white space aside. */
enum state {
    STATE_VALUE,         /* a value */
    STATE_FIRST_ELEMENT, /* a value or `]` */
    STATE_FIRST_KEY,     /* a key or `}` */
    STATE_COLON,         /* `:` and a value */
    STATE_COMMA,         /* `,` and what it announces, or the end of the container */
    STATE_DONE,          /* nothing */
    STATE_FAILED         /* `error` is set */
};

/* Errors */

/* Write `c` as Go's strconv.Quote does, which takes a byte from 0x80 on for that code point. */
static void quote_char(unsigned char c, char out[16])
{
    static const char escapes[] = "\aa\bb\tt\nn\vv\ff\rr\\\\''";
    bool printable = (c >= 0x20 && c < 0x7F) || (c > 0xA0 && c != 0xAD);

    for (size_t i = 0; i + 1 < sizeof(escapes); i += 2) {
        if ((unsigned char)escapes[i] == c) {
            (void)snprintf(out, 16, "'\\%c'", escapes[i + 1]);
            return;
        }
    }
    if (printable) {
        char utf8[4];

        (void)snprintf(out, 16, "'%.*s'", (int)utf8_encode(c, utf8), utf8);
        return;
    }
    (void)snprintf(out, 16, c < 0x80 ? "'\\x%02x'" : "'\\u%04x'", c);
}

static enum json_scan_token fail(struct json_scan *scan, const char *error)
{
    scan->state = STATE_FAILED;
    scan->token = JSON_SCAN_ERROR;
    (void)snprintf(scan->error, sizeof(scan->error), "%s", error);
    return JSON_SCAN_ERROR;
}

static enum json_scan_token fail_char(struct json_scan *scan, unsigned char c, const char *context)
{
    char quoted[16], error[sizeof(scan->error)];

    quote_char(c, quoted);
    (void)snprintf(error, sizeof(error), "invalid character %s %s", quoted, context);
    return fail(scan, error);
}

/* The byte at hand does not fit where white space would: between tokens, and in a string. */
static enum json_scan_token fail_between(struct json_scan *scan, const char *context)
{
    if (scan->at == scan->input.len)
        return fail(scan, "unexpected end of JSON input");
    return fail_char(scan, (unsigned char)scan->input.data[scan->at], context);
}

/* The byte at hand does not fit into a number, a literal or an escape. Go feeds itself a space at
 * the end of the input and then complains of that. */
static enum json_scan_token fail_inside(struct json_scan *scan, const char *context)
{
    bool at_end = scan->at == scan->input.len;

    return fail_char(scan, at_end ? ' ' : (unsigned char)scan->input.data[scan->at], context);
}

/*
 * Tell whether the input ends in the middle of a character that could still have become one. Such
 * a string is cut off, not badly encoded.
 */
static bool ends_inside_char(const struct json_scan *scan)
{
    static const char fillers[] = {'\x80', '\xBF'}; /* each lead byte allows one or the other */
    size_t left = scan->input.len - scan->at;
    char padded[4];

    if (left >= sizeof(padded))
        return false;
    for (size_t i = 0; i < sizeof(fillers); i++) {
        memset(padded, fillers[i], sizeof(padded));
        memcpy(padded, scan->input.data + scan->at, left);
        if (utf8_valid_len((struct text){padded, sizeof(padded)}) > left)
            return true;
    }
    return false;
}

static enum json_scan_token fail_encoding(struct json_scan *scan)
{
    if (ends_inside_char(scan)) {
        scan->at = scan->input.len;
        return fail_between(scan, "");
    }
    scan->not_utf8 = true;
    return fail(scan, "invalid UTF-8 in string literal");
}

/* Single bytes */

/* The byte at hand; at the end a NUL, which fits nowhere. */
static char peek(const struct json_scan *scan)
{
    if (scan->at == scan->input.len)
        return '\0';
    return scan->input.data[scan->at];
}

static void skip_blanks(struct json_scan *scan)
{
    const char *data = scan->input.data;
    size_t at = scan->at;

    while (at < scan->input.len &&
           (data[at] == ' ' || data[at] == '\n' || data[at] == '\r' || data[at] == '\t'))
        at++;
    scan->at = at;
}

static bool skip_digits(struct json_scan *scan)
{
    size_t from = scan->at;

    while (peek(scan) >= '0' && peek(scan) <= '9')
        scan->at++;
    return scan->at > from;
}

/* Strings */

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

/*
 * Find the first quote, backslash or control character at or behind `at`, and tell in `*ascii`
 * whether all that was passed is ASCII.
 */
static size_t skip_plain(struct text t, size_t at, bool *ascii)
{
    uint32_t beyond = 0;

    while (t.len - at >= BYTES16_LEN) {
        bytes16 v = bytes16_load(t.data + at);
        uint32_t hits = flags16_bits((v < 0x20) | (v == '"') | (v == '\\'));
        uint32_t high = flags16_bits((flags16)v);

        if (hits) {
            /* Of the bytes beyond ASCII, those before the first hit. */
            *ascii = (beyond | (high & (hits ^ (hits - 1)))) == 0;
            return at + bits64_first(hits);
        }
        beyond |= high;
        at += BYTES16_LEN;
    }
    while (at < t.len && is_plain((unsigned char)t.data[at]))
        beyond |= (unsigned char)t.data[at++] & 0x80;
    *ascii = beyond == 0;
    return at;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* What stands for what behind a backslash, but for `u`; 0: nothing. */
static const char short_escapes[UCHAR_MAX + 1] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

/* Move behind the escape whose backslash is at hand. */
static bool skip_escape(struct json_scan *scan)
{
    scan->at++;
    if (short_escapes[(unsigned char)peek(scan)]) {
        scan->at++;
        return true;
    }
    if (peek(scan) != 'u') {
        (void)fail_inside(scan, "in string escape code");
        return false;
    }
    scan->at++;
    for (int i = 0; i < 4; i++) {
        if (hex_digit(peek(scan)) < 0) {
            (void)fail_inside(scan, "in \\u hexadecimal character escape");
            return false;
        }
        scan->at++;
    }
    return true;
}

/*
 * Move to the next quote, backslash or control character of a string, or to the end of the input.
 * Bytes below 0x80 are never part of a longer character, so that these are found first and what is
 * before them is checked afterwards, if need be.
 */
static bool skip_characters(struct json_scan *scan)
{
    size_t from = scan->at, len;
    bool ascii;

    scan->at = skip_plain(scan->input, from, &ascii);
    if (ascii)
        return true;
    len = utf8_valid_len((struct text){scan->input.data + from, scan->at - from});
    if (from + len == scan->at)
        return true;
    scan->at = from + len;
    (void)fail_encoding(scan);
    return false;
}

static uint32_t hex4(const char *digits)
{
    uint32_t unit = 0;

    for (int i = 0; i < 4; i++)
        unit = unit << 4 | (uint32_t)hex_digit(digits[i]);
    return unit;
}

static bool is_unicode_escape(const char *p)
{
    return p[0] == '\\' && p[1] == 'u' && hex_digit(p[2]) >= 0 && hex_digit(p[3]) >= 0 &&
           hex_digit(p[4]) >= 0 && hex_digit(p[5]) >= 0;
}

/* Read the well formed `\uXXXX` at the start of `t`, or a surrogate pair of two; return its bytes.
 */
static size_t read_unicode_escape(struct text t, uint32_t *out)
{
    uint32_t high = hex4(t.data + 2), low;

    *out = high;
    if (high < 0xD800 || high > 0xDFFF)
        return 6;
    *out = 0xFFFD;
    if (high > 0xDBFF || t.len < 12 || !is_unicode_escape(t.data + 6))
        return 6;
    low = hex4(t.data + 8);
    if (low < 0xDC00 || low > 0xDFFF)
        return 6;
    *out = 0x10000 + ((high & 0x3FF) << 10 | (low & 0x3FF));
    return 12;
}

/* Read the escape at the start of `t`; return its bytes. */
static size_t read_escape(struct text t, uint32_t *out)
{
    char c = short_escapes[(unsigned char)t.data[1]];

    if (!c)
        return read_unicode_escape(t, out);
    *out = (unsigned char)c;
    return 2;
}

/*
 * Put what is between `from` and `to` of the input into the room that was made. Runs between
 * escapes are so short that a call of memcpy() would take longer than they do. Where the input goes
 * on, up to 15 bytes too many are copied, over which goes what comes next; since nothing is longer
 * than what it was made of, the room is as long as the input behind `from` at least.
 */
static void copy_run(struct json_scan *scan, size_t from, size_t to)
{
    struct buf *out = scan->unescape_to;
    const char *in = scan->input.data + from;
    char *room = out->data + out->len;
    size_t len = to - from;

    if (scan->input.len - to < BYTES16_LEN)
        memcpy(room, in, len);
    else
        for (size_t i = 0; i < len; i += BYTES16_LEN)
            memcpy(room + i, in + i, BYTES16_LEN);
    out->len += len;
}

/* Move behind the escape at hand, and put what it stands for behind the run from `run` to it. */
static bool take_escape(struct json_scan *scan, size_t run)
{
    struct buf *out = scan->unescape_to;
    size_t at = scan->at;
    uint32_t c;

    if (!skip_escape(scan))
        return false;
    if (!out)
        return true;
    copy_run(scan, run, at);
    scan->at = at + read_escape((struct text){scan->input.data + at, scan->input.len - at}, &c);
    if (c < 0x80)
        out->data[out->len++] = (char)c;
    else
        out->len += utf8_encode(c, out->data + out->len);
    return true;
}

/* The string is over: its closing quote is at hand. */
static void end_string(struct json_scan *scan, size_t from, size_t run, size_t out_from)
{
    struct buf *out = scan->unescape_to;

    scan->value = (struct text){scan->input.data + from, scan->at - from};
    scan->plain = scan->value;
    if (out && scan->has_escapes) {
        copy_run(scan, run, scan->at);
        out->data[out->len] = '\0';
        scan->plain = (struct text){out->data + out_from, out->len - out_from};
    }
    scan->at++;
}

/* Read the string whose opening quote is at hand into `value`. */
static bool read_string(struct json_scan *scan)
{
    size_t from = ++scan->at, run = from;
    size_t out_from = scan->unescape_to ? scan->unescape_to->len : 0;

    scan->has_escapes = false;
    while (skip_characters(scan)) {
        if (peek(scan) == '"') {
            end_string(scan, from, run, out_from);
            return true;
        }
        if (peek(scan) != '\\') {
            (void)fail_between(scan, "in string literal");
            return false;
        }
        scan->has_escapes = true;
        if (!take_escape(scan, run))
            return false;
        run = scan->at;
    }
    return false;
}

/* Tokens */

static bool is_in_object(const struct json_scan *scan)
{
    return scan->in_object >> (scan->depth - 1) & 1;
}

static enum json_scan_token end_value(struct json_scan *scan, enum json_scan_token token)
{
    scan->state = scan->depth ? STATE_COMMA : STATE_DONE;
    scan->token = token;
    return token;
}

static enum json_scan_token open_container(struct json_scan *scan, bool object)
{
    uint64_t bit;

    if (scan->depth == scan->depth_max) {
        char error[sizeof(scan->error)];

        (void)snprintf(error, sizeof(error), "exceeded max depth of %u", scan->depth_max);
        return fail(scan, error);
    }
    bit = (uint64_t)1 << scan->depth;
    scan->in_object = object ? scan->in_object | bit : scan->in_object & ~bit;
    scan->depth++;
    scan->at++;
    scan->state = object ? STATE_FIRST_KEY : STATE_FIRST_ELEMENT;
    scan->token = object ? JSON_SCAN_OBJECT : JSON_SCAN_ARRAY;
    return scan->token;
}

static enum json_scan_token close_container(struct json_scan *scan)
{
    bool object = is_in_object(scan);

    scan->depth--;
    scan->at++;
    return end_value(scan, object ? JSON_SCAN_OBJECT_END : JSON_SCAN_ARRAY_END);
}

static enum json_scan_token read_number(struct json_scan *scan)
{
    size_t from = scan->at;

    if (peek(scan) == '-')
        scan->at++;
    if (peek(scan) == '0')
        scan->at++;
    else if (!skip_digits(scan))
        return fail_inside(scan, "in numeric literal");
    if (peek(scan) == '.') {
        scan->at++;
        if (!skip_digits(scan))
            return fail_inside(scan, "after decimal point in numeric literal");
    }
    if (peek(scan) == 'e' || peek(scan) == 'E') {
        scan->at++;
        if (peek(scan) == '+' || peek(scan) == '-')
            scan->at++;
        if (!skip_digits(scan))
            return fail_inside(scan, "in exponent of numeric literal");
    }
    scan->value = (struct text){scan->input.data + from, scan->at - from};
    return end_value(scan, JSON_SCAN_NUMBER);
}

static enum json_scan_token read_literal(struct json_scan *scan, const char *word,
                                         enum json_scan_token token)
{
    for (const char *p = word; *p; p++) {
        if (peek(scan) != *p) {
            char context[40];

            (void)snprintf(context, sizeof(context), "in literal %s (expecting '%c')", word, *p);
            return fail_inside(scan, context);
        }
        scan->at++;
    }
    return end_value(scan, token);
}

static enum json_scan_token read_value(struct json_scan *scan)
{
    char c;

    skip_blanks(scan);
    scan->token_at = scan->at;
    c = peek(scan);
    switch (c) {
    case '"':
        return read_string(scan) ? end_value(scan, JSON_SCAN_STRING) : JSON_SCAN_ERROR;
    case '{':
    case '[':
        return open_container(scan, c == '{');
    case 't':
        return read_literal(scan, "true", JSON_SCAN_TRUE);
    case 'f':
        return read_literal(scan, "false", JSON_SCAN_FALSE);
    case 'n':
        return read_literal(scan, "null", JSON_SCAN_NULL);
    default:
        if (c == '-' || (c >= '0' && c <= '9'))
            return read_number(scan);
        return fail_between(scan, "looking for beginning of value");
    }
}

static enum json_scan_token read_key(struct json_scan *scan)
{
    skip_blanks(scan);
    scan->token_at = scan->at;
    if (peek(scan) != '"')
        return fail_between(scan, "looking for beginning of object key string");
    if (!read_string(scan))
        return JSON_SCAN_ERROR;
    scan->state = STATE_COLON;
    scan->token = JSON_SCAN_KEY;
    return JSON_SCAN_KEY;
}

/* Read what follows a value inside a container. */
static enum json_scan_token read_more(struct json_scan *scan)
{
    bool object = is_in_object(scan);
    char c = peek(scan);

    if (c == ',') {
        scan->at++;
        return object ? read_key(scan) : read_value(scan);
    }
    if (c == (object ? '}' : ']'))
        return close_container(scan);
    return fail_between(scan, object ? "after object key:value pair" : "after array element");
}

void json_scan_init(struct json_scan *scan, struct text input, unsigned depth_max)
{
    assert(depth_max <= JSON_SCAN_DEPTH_MAX);
    *scan = (struct json_scan){.input = input, .depth_max = depth_max, .state = STATE_VALUE};
}

enum json_scan_token json_scan_next(struct json_scan *scan)
{
    skip_blanks(scan);
    scan->token_at = scan->at;
    switch ((enum state)scan->state) {
    case STATE_VALUE:
        return read_value(scan);
    case STATE_FIRST_ELEMENT:
        return peek(scan) == ']' ? close_container(scan) : read_value(scan);
    case STATE_FIRST_KEY:
        return peek(scan) == '}' ? close_container(scan) : read_key(scan);
    case STATE_COLON:
        if (peek(scan) != ':')
            return fail_between(scan, "after object key");
        scan->at++;
        return read_value(scan);
    case STATE_COMMA:
        return read_more(scan);
    case STATE_DONE:
        if (scan->at < scan->input.len)
            return fail_between(scan, "after top-level value");
        scan->token = JSON_SCAN_END;
        return JSON_SCAN_END;
    case STATE_FAILED:
        break;
    }
    return JSON_SCAN_ERROR;
}

bool json_scan_skip(struct json_scan *scan)
{
    struct text raw;

    return json_scan_raw(scan, &raw);
}

bool json_scan_raw(struct json_scan *scan, struct text *raw)
{
    enum json_scan_token token = scan->token;
    size_t from;

    if (token != JSON_SCAN_OBJECT && token != JSON_SCAN_ARRAY)
        token = json_scan_next(scan);
    from = scan->token_at;
    if (token == JSON_SCAN_OBJECT || token == JSON_SCAN_ARRAY) {
        unsigned depth = scan->depth - 1;

        while (token != JSON_SCAN_ERROR && scan->depth > depth)
            token = json_scan_next(scan);
    }
    if (token == JSON_SCAN_ERROR)
        return false;
    *raw = (struct text){scan->input.data + from, scan->at - from};
    return true;
}

bool json_scan_check(struct text input, unsigned depth_max, char *error, size_t error_size)
{
    struct json_scan scan;
    enum json_scan_token token;

    json_scan_init(&scan, input, depth_max);
    do
        token = json_scan_next(&scan);
    while (token != JSON_SCAN_END && token != JSON_SCAN_ERROR);
    if (token == JSON_SCAN_END)
        return true;
    (void)snprintf(error, error_size, "%s", scan.error);
    return false;
}

static void drop_front(struct text *t, size_t len)
{
    t->data += len;
    t->len -= len;
}

/*
 * Take the next piece off the front of `*raw`: what is before the first backslash, borrowed, or
 * an escape, written to `utf8`.
 */
static struct text take_piece(struct text *raw, char utf8[4])
{
    const char *backslash = memchr(raw->data, '\\', raw->len);
    struct text piece = {raw->data, backslash ? (size_t)(backslash - raw->data) : raw->len};
    uint32_t c;

    if (piece.len == 0) {
        drop_front(raw, read_escape(*raw, &c));
        return (struct text){utf8, utf8_encode(c, utf8)};
    }
    drop_front(raw, piece.len);
    return piece;
}

bool json_scan_is(const struct json_scan *scan, struct text name)
{
    struct text raw = scan->value;

    if (!scan->has_escapes)
        return text_eq(raw, name);
    while (raw.len) {
        char utf8[4];
        struct text piece = take_piece(&raw, utf8);

        if (!text_has_prefix(name, piece))
            return false;
        drop_front(&name, piece.len);
    }
    return name.len == 0;
}

bool json_scan_unescape_to(struct json_scan *scan, struct buf *out)
{
    /* No escape is shorter than what it stands for. */
    if (!buf_reserve(out, scan->input.len))
        return false;
    scan->unescape_to = out;
    return true;
}

bool json_scan_string(const struct json_scan *scan, struct buf *scratch, struct text *out)
{
    struct text raw = scan->value;

    if (!scan->has_escapes) {
        *out = raw;
        return true;
    }
    buf_clear(scratch);
    buf_reserve(scratch, raw.len);
    while (raw.len && !scratch->failed) {
        char utf8[4];

        buf_add_text(scratch, take_piece(&raw, utf8));
    }
    if (scratch->failed)
        return false;
    *out = buf_text(scratch);
    return true;
}
