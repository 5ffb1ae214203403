/*
 * The formats of JSON Schema, as RFCs have them; each is a regular expression or a few lines.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "match/json_schema_tree.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Dates and times */

/* Read a number of exactly `count` digits. */
static bool take_number(const char **at, const char *end, size_t count, unsigned *out)
{
    *out = 0;
    for (size_t i = 0; i < count; i++, (*at)++) {
        if (*at == end || !is_digit(**at))
            return false;
        *out = *out * 10 + (unsigned)(**at - '0');
    }
    return true;
}

static bool take_char(const char **at, const char *end, const char *any_of)
{
    if (*at == end || !**at || !strchr(any_of, **at))
        return false;
    (*at)++;
    return true;
}

static unsigned month_len(unsigned year, unsigned month)
{
    static const unsigned char lens[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return lens[month - 1] + (month == 2 && is_leap ? 1U : 0);
}

static bool take_date(const char **at, const char *end)
{
    unsigned year, month, day;

    return take_number(at, end, 4, &year) && take_char(at, end, "-") &&
           take_number(at, end, 2, &month) && take_char(at, end, "-") &&
           take_number(at, end, 2, &day) && month >= 1 && month <= 12 && day >= 1 &&
           day <= month_len(year, month);
}

static bool take_zone(const char **at, const char *end, int *minutes)
{
    bool is_west = *at < end && **at == '-';
    unsigned hour, minute;

    *minutes = 0;
    if (take_char(at, end, "zZ"))
        return true;
    if (!take_char(at, end, "+-") || !take_number(at, end, 2, &hour) || !take_char(at, end, ":") ||
        !take_number(at, end, 2, &minute) || hour > 23 || minute > 59)
        return false;
    *minutes = (int)(hour * 60 + minute) * (is_west ? -1 : 1);
    return true;
}

static bool take_time(const char **at, const char *end)
{
    unsigned hour, minute, second;
    int zone;

    if (!take_number(at, end, 2, &hour) || !take_char(at, end, ":") ||
        !take_number(at, end, 2, &minute) || !take_char(at, end, ":") ||
        !take_number(at, end, 2, &second) || hour > 23 || minute > 59 || second > 60)
        return false;
    if (take_char(at, end, ".")) {
        const char *digits = *at;

        while (*at < end && is_digit(**at))
            (*at)++;
        if (*at == digits)
            return false;
    }
    if (!take_zone(at, end, &zone))
        return false;
    /* A leap second is inserted at midnight, as it is counted in Greenwich. */
    return second < 60 || ((int)(hour * 60 + minute) - zone + 2880) % 1440 == 1439;
}

static bool is_date(const char *text, size_t len)
{
    const char *at = text, *end = text + len;

    return take_date(&at, end) && at == end;
}

static bool is_time(const char *text, size_t len)
{
    const char *at = text, *end = text + len;

    return take_time(&at, end) && at == end;
}

static bool is_date_time(const char *text, size_t len)
{
    const char *at = text, *end = text + len;

    return take_date(&at, end) && take_char(&at, end, "tT ") && take_time(&at, end) && at == end;
}

/* Read units in their order, each at most once. Returns how many there were. */
static size_t take_units(const char **at, const char *end, const char *units)
{
    size_t count = 0;

    while (*at < end && is_digit(**at)) {
        const char *found;

        while (*at < end && is_digit(**at))
            (*at)++;
        found = *at < end && **at ? strchr(units, **at) : NULL;
        if (!found)
            return 0;
        units = found + 1;
        (*at)++;
        count++;
    }
    return count;
}

static bool is_duration(const char *text, size_t len)
{
    const char *at = text, *end = text + len;
    size_t days;

    if (!take_char(&at, end, "P"))
        return false;
    days = take_units(&at, end, "YMWD");
    if (take_char(&at, end, "T"))
        return take_units(&at, end, "HMS") > 0 && at == end;
    return days > 0 && at == end;
}

/* Names and addresses */

static bool is_address(int family, const char *text, size_t len)
{
    unsigned char ignored[16];
    char copy[64];

    if (len >= sizeof(copy) || memchr(text, '\0', len))
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return inet_pton(family, copy, ignored) == 1;
}

static bool is_ipv4(const char *text, size_t len)
{
    return is_address(AF_INET, text, len);
}

static bool is_ipv6(const char *text, size_t len)
{
    return is_address(AF_INET6, text, len);
}

/* Labels of letters, digits and hyphens inside; with `is_wide` of all that is beyond ASCII, too. */
static bool has_labels(const char *text, size_t len, bool is_wide)
{
    size_t label = 0;

    for (size_t i = 0; i < len; i++) {
        bool is_plain = is_letter(text[i]) || is_digit(text[i]) || (is_wide && text[i] & 0x80);
        bool is_inside = label > 0 && i + 1 < len && text[i + 1] != '.';

        if (text[i] == '.' && label > 0) {
            label = 0;
            continue;
        }
        if ((!is_plain && !(text[i] == '-' && is_inside)) || ++label > 63)
            return false;
    }
    return label > 0 && len <= 253;
}

static bool is_hostname(const char *text, size_t len)
{
    return has_labels(text, len, false);
}

static bool is_idn_hostname(const char *text, size_t len)
{
    return has_labels(text, len, true);
}

/* The text before the `@`: without quotes, atoms that are joined by dots. */
static bool is_local_part(const char *text, size_t len, bool is_wide)
{
    static const char others[] = "!#$%&'*+-/=?^_`{|}~.";

    if (len >= 2 && text[0] == '"' && text[len - 1] == '"')
        return true;
    if (len == 0 || text[0] == '.' || text[len - 1] == '.')
        return false;
    for (size_t i = 0; i < len; i++) {
        bool is_plain = is_letter(text[i]) || is_digit(text[i]) || (is_wide && text[i] & 0x80);

        if (!is_plain && (!text[i] || !strchr(others, text[i])))
            return false;
        if (text[i] == '.' && text[i + 1] == '.')
            return false;
    }
    return true;
}

static bool is_mail(const char *text, size_t len, bool is_wide)
{
    size_t at = len;

    while (at > 0 && text[at - 1] != '@')
        at--;
    if (at == 0 || !is_local_part(text, at - 1, is_wide))
        return false;
    if (len - at > 2 && text[at] == '[' && text[len - 1] == ']') {
        bool is_v6 = len - at > 7 && strncmp(text + at, "[IPv6:", 6) == 0;
        size_t skipped = is_v6 ? 6 : 1;

        return is_address(is_v6 ? AF_INET6 : AF_INET, text + at + skipped, len - at - skipped - 1);
    }
    return has_labels(text + at, len - at, is_wide);
}

static bool is_email(const char *text, size_t len)
{
    return is_mail(text, len, false);
}

static bool is_idn_email(const char *text, size_t len)
{
    return is_mail(text, len, true);
}

static bool is_uuid(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (is_dash ? text[i] != '-' : !is_hex(text[i]))
            return false;
    }
    return len == 36;
}

/* URIs */

/* Tell whether all characters may stand in a URI, and each `%` before two digits. */
static bool has_uri_characters(const char *text, size_t len, bool is_wide)
{
    static const char others[] = "-._~:/?#[]@!$&'()*+,;=%";
    size_t hashes = 0;

    for (size_t i = 0; i < len; i++) {
        bool is_plain = is_letter(text[i]) || is_digit(text[i]) || (is_wide && text[i] & 0x80);

        if (!is_plain && (!text[i] || !strchr(others, text[i])))
            return false;
        if (text[i] == '%' && (i + 2 >= len || !is_hex(text[i + 1]) || !is_hex(text[i + 2])))
            return false;
        hashes += text[i] == '#';
    }
    return hashes <= 1;
}

static bool has_scheme(const char *text, size_t len)
{
    size_t end = 0;

    while (end < len &&
           (is_letter(text[end]) || (end > 0 && (is_digit(text[end]) || strchr("+-.", text[end])))))
        end++;
    return end > 0 && end < len && text[end] == ':';
}

/* Brackets stand around an address, and nowhere else. */
static bool has_good_brackets(const char *text, size_t len)
{
    const char *slashes = len ? memchr(text, '/', len) : NULL;
    const char *open = len ? memchr(text, '[', len) : NULL;
    const char *close = len ? memchr(text, ']', len) : NULL;

    if (!open || !close)
        return !open && !close;
    return slashes && slashes[1] == '/' && close > open && (open == slashes + 2 || open[-1] == '@');
}

static bool is_uri_reference(const char *text, size_t len)
{
    return has_uri_characters(text, len, false) && has_good_brackets(text, len) &&
           (len == 0 || text[0] != ':');
}

static bool is_uri(const char *text, size_t len)
{
    return is_uri_reference(text, len) && has_scheme(text, len);
}

static bool is_iri_reference(const char *text, size_t len)
{
    return has_uri_characters(text, len, true) && has_good_brackets(text, len);
}

static bool is_iri(const char *text, size_t len)
{
    return is_iri_reference(text, len) && has_scheme(text, len);
}

static bool is_uri_template(const char *text, size_t len)
{
    bool is_open = false;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == (is_open ? '{' : '}') || (unsigned char)text[i] <= ' ')
            return false;
        if (text[i] == '{' || text[i] == '}')
            is_open = !is_open;
    }
    return !is_open;
}

/* Pointers and expressions */

static bool is_json_pointer(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] == '~' && (i + 1 == len || (text[i + 1] != '0' && text[i + 1] != '1')))
            return false;
    return len == 0 || text[0] == '/';
}

static bool is_relative_json_pointer(const char *text, size_t len)
{
    size_t digits = 0;

    while (digits < len && is_digit(text[digits]))
        digits++;
    if (digits == 0 || (digits > 1 && text[0] == '0'))
        return false;
    return (len - digits == 1 && text[digits] == '#') ||
           is_json_pointer(text + digits, len - digits);
}

static bool is_regex(const char *text, size_t len)
{
    char ignored[160];
    struct regex *regex =
        memchr(text, '\0', len) ? NULL : regex_new(text, REGEX_IREGEXP, ignored, sizeof(ignored));

    regex_free(regex);
    return regex != NULL;
}

/* clang-format off */
static const struct {
    const char *name;
    schema_format_fn *is_format;
} formats[] = {
    {"date-time",             is_date_time},
    {"date",                  is_date},
    {"time",                  is_time},
    {"duration",              is_duration},
    {"email",                 is_email},
    {"idn-email",             is_idn_email},
    {"hostname",              is_hostname},
    {"idn-hostname",          is_idn_hostname},
    {"ipv4",                  is_ipv4},
    {"ipv6",                  is_ipv6},
    {"uri",                   is_uri},
    {"uri-reference",         is_uri_reference},
    {"iri",                   is_iri},
    {"iri-reference",         is_iri_reference},
    {"uri-template",          is_uri_template},
    {"uuid",                  is_uuid},
    {"json-pointer",          is_json_pointer},
    {"relative-json-pointer", is_relative_json_pointer},
    {"regex",                 is_regex},
};
/* clang-format on */

schema_format_fn *schema_format_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (strcmp(formats[i].name, name) == 0)
            return formats[i].is_format;
    return NULL;
}
