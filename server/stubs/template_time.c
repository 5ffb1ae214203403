/*
 * Helpers for points in time, with the format letters of Java's SimpleDateFormat. Names are
 * English; of time zones UTC and fixed offsets are known.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "stubs/template_tree.h"

static const int64_t us_per_s = 1000000;
static const int64_t us_per_day = 86400 * (int64_t)1000000;

/* A point in time, taken apart. */
struct moment {
    int64_t year;
    unsigned month, day, hour, minute, second, milli; /* month and day from 1 */
    unsigned weekday;                                 /* 0: Sunday */
    unsigned year_day;                                /* from 1 */
    int64_t offset_s;                                 /* of the zone */
};

/* Days since 1970 of a date, and back: by years that begin in March. */
static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct moment moment_of(int64_t us, int64_t offset_s)
{
    int64_t local = us + offset_s * us_per_s;
    int64_t days = (local >= 0 ? local : local - us_per_day + 1) / us_per_day;
    int64_t rest = local - days * us_per_day, z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100),
            month = (5 * of_year + 2) / 153;
    struct moment out = {.offset_s = offset_s};

    out.day = (unsigned)(of_year - (153 * month + 2) / 5 + 1);
    out.month = (unsigned)(month < 10 ? month + 3 : month - 9);
    out.year = year + era * 400 + (out.month <= 2);
    out.hour = (unsigned)(rest / (3600 * us_per_s));
    out.minute = (unsigned)(rest / (60 * us_per_s) % 60);
    out.second = (unsigned)(rest / us_per_s % 60);
    out.milli = (unsigned)(rest / 1000 % 1000);
    out.weekday = (unsigned)(((days % 7) + 11) % 7);
    out.year_day = (unsigned)(days - days_of(out.year, 1, 1) + 1);
    return out;
}

/* Formats */

static const char *const month_names[] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};
static const char *const day_names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday"};

static void add_name(const char *name, size_t count, struct buf *out)
{
    buf_add(out, name, count < 4 ? 3 : strlen(name));
}

static void add_number(int64_t number, size_t count, struct buf *out)
{
    buf_add_format(out, "%0*lld", (int)(count < 20 ? count : 20), (long long)number);
}

/* +0100, +01:00 and +01, as the letters and their count have it. */
static void add_zone(const struct moment *m, char letter, size_t count, struct buf *out)
{
    long long minutes = (m->offset_s < 0 ? -m->offset_s : m->offset_s) / 60;
    char sign = m->offset_s < 0 ? '-' : '+';

    if (letter == 'X' && minutes == 0)
        buf_add_char(out, 'Z');
    else if (letter == 'X' && count == 1)
        buf_add_format(out, "%c%02lld", sign, minutes / 60);
    else if (letter == 'z' && minutes == 0)
        buf_add_string(out, "UTC");
    else
        buf_add_format(out, "%s%c%02lld%s%02lld", letter == 'z' ? "GMT" : "", sign, minutes / 60,
                       letter == 'z' || (letter == 'X' && count > 2) ? ":" : "", minutes % 60);
}

/* The value of a letter that stands for a number; -1 for others. */
static int64_t number_of(const struct moment *m, char letter)
{
    switch (letter) {
    case 'd':
        return m->day;
    case 'D':
        return m->year_day;
    case 'F':
        return (m->day - 1) / 7 + 1;
    case 'u':
        return m->weekday == 0 ? 7 : m->weekday;
    case 'H':
        return m->hour;
    case 'k':
        return m->hour == 0 ? 24 : m->hour;
    case 'K':
        return m->hour % 12;
    case 'h':
        return m->hour % 12 == 0 ? 12 : m->hour % 12;
    case 'm':
        return m->minute;
    case 's':
        return m->second;
    case 'S':
        return m->milli;
    default:
        return -1;
    }
}

static bool add_field(const struct moment *m, char letter, size_t count, struct buf *out)
{
    int64_t number = number_of(m, letter);

    if (number >= 0)
        add_number(number, count, out);
    else if (letter == 'y' || letter == 'Y')
        add_number(count == 2 ? m->year % 100 : m->year, count, out);
    else if ((letter == 'M' || letter == 'L') && count < 3)
        add_number(m->month, count, out);
    else if (letter == 'M' || letter == 'L')
        add_name(month_names[m->month - 1], count, out);
    else if (letter == 'E')
        add_name(day_names[m->weekday], count, out);
    else if (letter == 'a')
        buf_add_string(out, m->hour < 12 ? "AM" : "PM");
    else if (letter == 'G')
        buf_add_string(out, "AD");
    else if (strchr("zZX", letter))
        add_zone(m, letter, count, out);
    else
        return false;
    return true;
}

/* What is between quotes, of which two are one. Returns where it ends. */
static size_t add_quoted(struct text format, size_t at, struct buf *out)
{
    if (at < format.len && format.data[at] == '\'') {
        buf_add_char(out, '\'');
        return at + 1;
    }
    for (; at < format.len; at++) {
        if (format.data[at] != '\'')
            buf_add_char(out, format.data[at]);
        else if (at + 1 < format.len && format.data[at + 1] == '\'')
            buf_add_char(out, format.data[++at]);
        else
            return at + 1;
    }
    return at;
}

/* Returns the letter that is none of a format, or NUL. */
static char add_formatted(const struct moment *m, struct text format, struct buf *out)
{
    for (size_t at = 0; at < format.len;) {
        char letter = format.data[at];
        size_t count = 1;

        if (letter == '\'') {
            at = add_quoted(format, at + 1, out);
            continue;
        }
        if (!isalpha((unsigned char)letter)) {
            buf_add_char(out, letter);
            at++;
            continue;
        }
        while (at + count < format.len && format.data[at + count] == letter)
            count++;
        if (!add_field(m, letter, count, out))
            return letter;
        at += count;
    }
    return '\0';
}

/* Zones: UTC, GMT, Z, GMT+2, UTC-03:30, +0200 */

static bool read_digits(struct text *rest, size_t count_max, int64_t *out)
{
    size_t count = 0;

    *out = 0;
    for (; count < count_max && rest->len > 0 && isdigit((unsigned char)rest->data[0]); count++) {
        *out = *out * 10 + (rest->data[0] - '0');
        rest->data++;
        rest->len--;
    }
    return count > 0;
}

static bool read_zone(struct text zone, int64_t *offset_s)
{
    int64_t hours, minutes = 0;
    bool is_negative;

    *offset_s = 0;
    if (text_eq(zone, TEXT("Z")) || text_eq(zone, TEXT("Etc/UTC")))
        return true;
    if (text_has_prefix(zone, TEXT("UTC")) || text_has_prefix(zone, TEXT("GMT"))) {
        zone.data += 3;
        zone.len -= 3;
        if (zone.len == 0)
            return true;
    }
    if (zone.len == 0 || (zone.data[0] != '+' && zone.data[0] != '-'))
        return false;
    is_negative = zone.data[0] == '-';
    zone.data++;
    zone.len--;
    if (!read_digits(&zone, 2, &hours))
        return false;
    if (zone.len > 0 && zone.data[0] == ':') {
        zone.data++;
        zone.len--;
    }
    if (zone.len > 0 && !read_digits(&zone, 2, &minutes))
        return false;
    *offset_s = (hours * 3600 + minutes * 60) * (is_negative ? -1 : 1);
    return zone.len == 0 && hours <= 18 && minutes < 60;
}

/* Offsets: `3 days`, `-24 seconds` */

static const struct {
    const char *name;
    int64_t us; /* or, if this is 0, */
    int64_t months;
} units[] = {
    {"seconds", 1000000, 0},
    {"minutes", 60000000, 0},
    {"hours", 3600 * (int64_t)1000000, 0},
    {"days", 86400 * (int64_t)1000000, 0},
    {"months", 0, 1},
    {"years", 0, 12},
};

static int64_t add_months(int64_t us, int64_t months)
{
    struct moment m = moment_of(us, 0);
    int64_t count = m.year * 12 + m.month - 1 + months;
    int64_t year = (count >= 0 ? count : count - 11) / 12;
    unsigned month = (unsigned)(count - year * 12) + 1;
    int64_t next = month == 12 ? days_of(year + 1, 1, 1) : days_of(year, month + 1, 1);
    unsigned len = (unsigned)(next - days_of(year, month, 1));

    return days_of(year, month, m.day < len ? m.day : len) * us_per_day +
           (us - days_of(m.year, m.month, m.day) * us_per_day);
}

/* Returns false if it is no offset, or leads beyond the years that can be written. */
static bool add_offset(struct text offset, int64_t *us)
{
    struct text rest = text_trim(offset), count_text;
    int64_t count;

    count_text = text_cut(&rest, ' ');
    if (count_text.len > 0 && count_text.data[0] == '+') {
        count_text.data++;
        count_text.len--;
    }
    if (!text_to_i64(count_text, &count) || count < -400000000000 || count > 400000000000)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        int64_t step;

        if (!text_eq_nocase(text_trim(rest), text_of(units[i].name)))
            continue;
        if (units[i].us == 0 && (count > 100000 || count < -100000))
            return false;
        if (units[i].us == 0)
            *us = add_months(*us, count * units[i].months);
        else if (__builtin_mul_overflow(count, units[i].us, &step) ||
                 __builtin_add_overflow(*us, step, us))
            return false;
        return *us >= TIMESTAMP_US_MIN && *us <= TIMESTAMP_US_MAX;
    }
    return false;
}

/* Helpers */

static struct template_value show_moment(struct template_call *call, int64_t us)
{
    struct template_value named = helper_named(call, "format"),
                          zone = helper_named(call, "timezone");
    AUTO(buf_done) struct buf format = {0}, name = {0}, out = {0};
    int64_t offset_s = 0;
    struct moment moment;
    char wrong;

    if (!named.json && !zone.json)
        return (struct template_value){json_integer(us), LOOK_TIME};
    if (!helper_show(call, &named, &format) || !helper_show(call, &zone, &name))
        return (struct template_value){0};
    if (zone.json && !read_zone(buf_text(&name), &offset_s))
        return helper_error(call,
                            "the time zone %.100s is not known: UTC or an offset such as "
                            "GMT+2 is",
                            name.data);
    moment = moment_of(us, offset_s);
    if (text_eq(buf_text(&format), TEXT("epoch")))
        buf_add_format(&out, "%lld", (long long)(us / 1000));
    else if (text_eq(buf_text(&format), TEXT("unix")))
        buf_add_format(&out, "%lld", (long long)(us / us_per_s));
    else {
        wrong = add_formatted(
            &moment, named.json ? buf_text(&format) : TEXT("yyyy-MM-dd'T'HH:mm:ssXXX"), &out);
        if (wrong)
            return helper_error(call, "Illegal pattern character '%c'", wrong);
    }
    return helper_string(call, buf_text(&out));
}

static struct template_value show_offset(struct template_call *call, int64_t us)
{
    struct template_value named = helper_named(call, "offset");
    AUTO(buf_done) struct buf offset = {0};

    if (!named.json)
        return show_moment(call, us);
    if (!helper_show(call, &named, &offset))
        return (struct template_value){0};
    if (add_offset(buf_text(&offset), &us))
        return show_moment(call, us);
    return helper_error(call,
                        "an offset is a number and seconds, minutes, hours, days, months or "
                        "years, such as 3 days, not %.100s",
                        offset.data);
}

struct template_value helper_now(struct template_call *call)
{
    return show_offset(call, call->r->data->now_us);
}

/* Read what an argument says: a time, or a text of one. */
static bool read_time(const struct template_call *call, int64_t *us)
{
    AUTO(buf_done) struct buf text = {0};

    if (call->arguments[0].look == LOOK_TIME) {
        *us = json_integer_value(call->arguments[0].json);
        return true;
    }
    return helper_text(call, 0, &text) && timestamp_parse(buf_text(&text), us);
}

struct template_value helper_date(struct template_call *call)
{
    int64_t us;

    if (call->count == 0 || !call->arguments[0].json)
        return show_offset(call, call->r->data->now_us);
    return read_time(call, &us) ? show_offset(call, us)
                                : helper_error(call, "date needs a time such as "
                                                     "2025-06-01T12:00:00Z");
}

struct template_value helper_parse_date(struct template_call *call)
{
    int64_t us;

    if (helper_named(call, "format").json)
        return helper_error(call, "parseDate reads times such as 2025-06-01T12:00:00Z only; format "
                                  "is not supported");
    return read_time(call, &us) ? (struct template_value){json_integer(us), LOOK_TIME}
                                : helper_error(call, "parseDate needs a time such as "
                                                     "2025-06-01T12:00:00Z");
}
