#include "base/json_write.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"

static void begin_value(struct json_writer *w)
{
    if (w->comma)
        buf_add_char(w->out, ',');
    w->comma = true;
}

static void open_container(struct json_writer *w, char brace)
{
    begin_value(w);
    buf_add_char(w->out, brace);
    w->comma = false;
}

static void close_container(struct json_writer *w, char brace)
{
    buf_add_char(w->out, brace);
    w->comma = true;
}

void json_write_object(struct json_writer *w)
{
    open_container(w, '{');
}

void json_write_object_end(struct json_writer *w)
{
    close_container(w, '}');
}

void json_write_array(struct json_writer *w)
{
    open_container(w, '[');
}

void json_write_array_end(struct json_writer *w)
{
    close_container(w, ']');
}

void json_write_key(struct json_writer *w, const char *key)
{
    begin_value(w);
    buf_add_char(w->out, '"');
    buf_add_string(w->out, key);
    buf_add(w->out, "\":", 2);
    w->comma = false;
}

static void write_escape(struct buf *out, unsigned char c)
{
    static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt";

    for (size_t i = 0; i + 1 < sizeof(short_forms); i += 2) {
        if ((unsigned char)short_forms[i] == c) {
            buf_add_char(out, '\\');
            buf_add_char(out, short_forms[i + 1]);
            return;
        }
    }
    buf_add_format(out, "\\u%04x", c);
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

void json_write_text(struct json_writer *w, struct text value)
{
    size_t i = 0;

    begin_value(w);
    buf_add_char(w->out, '"');
    while (i < value.len) {
        size_t from = i;
        uint32_t c;

        while (i < value.len && is_plain((unsigned char)value.data[i]))
            i++;
        buf_add(w->out, value.data + from, i - from);
        if (i == value.len)
            break;
        if ((unsigned char)value.data[i] < 0x80) {
            write_escape(w->out, (unsigned char)value.data[i]);
            i++;
            continue;
        }
        i += utf8_decode(value, i, &c);
        utf8_append(w->out, c);
    }
    buf_add_char(w->out, '"');
}

void json_write_key_text(struct json_writer *w, struct text key)
{
    json_write_text(w, key);
    buf_add_char(w->out, ':');
    w->comma = false;
}

void json_write_string(struct json_writer *w, const char *value)
{
    json_write_text(w, text_of(value));
}

void json_write_int(struct json_writer *w, int64_t value)
{
    begin_value(w);
    if (value < 0)
        buf_add_char(w->out, '-');
    buf_add_uint(w->out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void json_write_bool(struct json_writer *w, bool value)
{
    begin_value(w);
    buf_add_string(w->out, value ? "true" : "false");
}

void json_write_null(struct json_writer *w)
{
    begin_value(w);
    buf_add_string(w->out, "null");
}

void json_write_raw(struct json_writer *w, struct text json)
{
    begin_value(w);
    buf_add_text(w->out, json);
}

/*
 * Lay decimal digits out as Go's encoding/json does. `digits` are the significant ones, without
 * trailing zeros; the value is 0.DIGITS times ten to the power of `point`.
 */
static void write_digits(struct buf *out, const char *digits, int count, int point)
{
    assert(count > 0);
    if (point > 21 || point < -5) {
        buf_add_char(out, digits[0]);
        if (count > 1) {
            buf_add_char(out, '.');
            buf_add(out, digits + 1, (size_t)count - 1);
        }
        buf_add_format(out, "e%c%d", point - 1 < 0 ? '-' : '+', abs(point - 1));
        return;
    }
    if (point <= 0) {
        buf_add(out, "0.", 2);
        for (int i = point; i < 0; i++)
            buf_add_char(out, '0');
        buf_add(out, digits, (size_t)count);
        return;
    }
    for (int i = 0; i < point; i++)
        buf_add_char(out, i < count ? digits[i] : '0');
    if (count > point) {
        buf_add_char(out, '.');
        buf_add(out, digits + point, (size_t)(count - point));
    }
}

/* Split "d.ddde[+-]xx", as printf writes it, and lay it out. */
static void write_scientific(struct buf *out, const char *text)
{
    const char *exponent = strchr(text, 'e');
    int64_t power = 0;
    int count = 0;
    bool is_number;
    char digits[20];

    assert(exponent);
    is_number = text_to_i64(text_of(exponent + (exponent[1] == '+' ? 2 : 1)), &power);
    assert(is_number);
    for (const char *p = text; p < exponent; p++)
        if (*p >= '0' && *p <= '9')
            digits[count++] = *p;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    write_digits(out, digits, count, (int)power + 1);
}

void json_write_double(struct json_writer *w, double value)
{
    char text[40];

    assert(isfinite(value));
    begin_value(w);
    if (value == 0) {
        buf_add_char(w->out, '0');
        return;
    }
    if (value < 0)
        buf_add_char(w->out, '-');
    value = fabs(value);
    for (int precision = 0; precision <= 16; precision++) {
        (void)snprintf(text, sizeof(text), "%.*e", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    write_scientific(w->out, text);
}

/*
 * Scores lie between 1e-6 and 1 and are printed by the thousand: for these, whole numbers of up to
 * nine digits are tried in turn, which is exact, since such a number and a power of ten up to 10^22
 * are both exact in a double and their quotient is rounded once.
 */
static bool write_fraction(struct buf *out, float value)
{
    static const double powers[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

    for (int places = 1; places < (int)ARRAY_LEN(powers); places++) {
        double scaled = (double)value * powers[places];
        long long whole = (long long)(scaled + 0.5);
        char digits[24];
        int at = (int)sizeof(digits);

        if (whole == 0 || (float)((double)whole / powers[places]) != value)
            continue;
        for (; whole; whole /= 10)
            digits[--at] = (char)('0' + whole % 10);
        write_digits(out, digits + at, (int)sizeof(digits) - at, (int)sizeof(digits) - at - places);
        return true;
    }
    return false;
}

void json_write_float(struct json_writer *w, float value)
{
    char text[40];

    assert(isfinite(value));
    if (value == 0) {
        json_write_int(w, 0);
        return;
    }
    begin_value(w);
    if (value >= 1e-6F && value < 1 && write_fraction(w->out, value))
        return;
    if (value < 0)
        buf_add_char(w->out, '-');
    value = fabsf(value);
    for (int precision = 0; precision <= 8; precision++) {
        (void)snprintf(text, sizeof(text), "%.*e", precision, (double)value);
        if (strtof(text, NULL) == value)
            break;
    }
    write_scientific(w->out, text);
}

void json_write_member_text(struct json_writer *w, const char *key, struct text value)
{
    json_write_key(w, key);
    json_write_text(w, value);
}

void json_write_member_string(struct json_writer *w, const char *key, const char *value)
{
    json_write_key(w, key);
    json_write_string(w, value);
}

void json_write_member_time(struct json_writer *w, const char *key, int64_t us)
{
    char text[TIMESTAMP_SIZE];

    timestamp_format(us, text);
    json_write_member_string(w, key, text);
}

void json_write_member_int(struct json_writer *w, const char *key, int64_t value)
{
    json_write_key(w, key);
    json_write_int(w, value);
}

void json_write_member_bool(struct json_writer *w, const char *key, bool value)
{
    json_write_key(w, key);
    json_write_bool(w, value);
}
