/*
 * The operators that look at a subject as a point in time: before, after, equalToDateTime.
 *
 * What is expected is an instant ("2021-05-05T00:00:00Z"), or is said from now ("now +3 days").
 * Either side may be cut to the start or the end of a unit. Times without a zone are UTC.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/matcher_kind.h"

enum { COUNT_LEN_MAX = 14, NUMBER_LEN_MAX = 4 };

static const int64_t us_per_second = 1000000;
static const int64_t offset_max = 1000000;
static const int64_t us_max = 253402300799999999;

enum unit { UNIT_SECONDS, UNIT_MINUTES, UNIT_HOURS, UNIT_DAYS, UNIT_MONTHS, UNIT_YEARS };

static const char *const unit_names[] = {"second", "minute", "hour", "day", "month", "year"};

struct match_instant {
    bool is_from_now;
    int64_t us; /* of what is expected, unless it is from now */
    int64_t offset;
    enum unit unit;
    const struct truncation *cut_expected, *cut_actual;
    bool cuts_last; /* the offset comes before the cut */
    const char *format;
};

/* Calendar arithmetic (Howard Hinnant's days_from_civil and back). */

struct date {
    int64_t year;
    unsigned month, day; /* from 1 */
    int64_t us;          /* of the day */
};

static const int64_t us_per_day = 86400 * (int64_t)1000000;

static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct date date_of(int64_t us)
{
    int64_t days = us / us_per_day - (us % us_per_day < 0);
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;

    return (struct date){.year = year + era * 400 + (month >= 10),
                         .month = (unsigned)(month < 10 ? month + 3 : month - 9),
                         .day = (unsigned)(of_year - (153 * month + 2) / 5 + 1),
                         .us = us - days * us_per_day};
}

static int64_t us_of(const struct date *date)
{
    return days_of(date->year, date->month, date->day) * us_per_day + date->us;
}

static unsigned month_len(int64_t year, unsigned month)
{
    return (unsigned)(month == 12 ? 31 : days_of(year, month + 1, 1) - days_of(year, month, 1));
}

static int64_t add_months(int64_t us, int64_t months)
{
    struct date date = date_of(us);
    int64_t index = date.year * 12 + date.month - 1 + months;
    unsigned len;

    date.year = index / 12 - (index % 12 < 0);
    date.month = (unsigned)(index - date.year * 12) + 1;
    len = month_len(date.year, date.month);
    date.day = date.day < len ? date.day : len;
    return us_of(&date);
}

static int64_t add_units(int64_t us, int64_t count, enum unit unit)
{
    switch (unit) {
    case UNIT_SECONDS:
        return us + count * us_per_second;
    case UNIT_MINUTES:
        return us + count * 60 * us_per_second;
    case UNIT_HOURS:
        return us + count * 3600 * us_per_second;
    case UNIT_DAYS:
        return us + count * us_per_day;
    case UNIT_MONTHS:
        return add_months(us, count);
    case UNIT_YEARS:
        return add_months(us, count * 12);
    }
    return us;
}

/* Cutting */

struct truncation {
    const char *name;
    enum unit unit;
    int move; /* units to go on after the cut; -1: to the last day before that */
};

static const struct truncation truncations[] = {
    {"first second of minute", UNIT_MINUTES, 0}, {"first minute of hour", UNIT_HOURS, 0},
    {"first hour of day", UNIT_DAYS, 0},         {"first day of month", UNIT_MONTHS, 0},
    {"first day of next month", UNIT_MONTHS, 1}, {"last day of month", UNIT_MONTHS, -1},
    {"first day of year", UNIT_YEARS, 0},        {"first day of next year", UNIT_YEARS, 1},
    {"last day of year", UNIT_YEARS, -1},
};

static int64_t cut(int64_t us, const struct truncation *truncation)
{
    struct date date = date_of(us);
    int64_t start;

    if (!truncation)
        return us;
    if (truncation->unit < UNIT_DAYS) {
        int64_t step = add_units(0, 1, truncation->unit);

        return us - ((us % step) + step) % step;
    }
    date.us = 0;
    if (truncation->unit > UNIT_DAYS)
        date.day = 1;
    if (truncation->unit == UNIT_YEARS)
        date.month = 1;
    start = us_of(&date);
    if (truncation->move == 0)
        return start;
    start = add_units(start, 1, truncation->unit);
    return truncation->move > 0 ? start : start - us_per_day;
}

/* Reading times */

/* Read `count` digits. */
static bool read_digits(const char **at, unsigned count, int64_t *out)
{
    *out = 0;
    for (; count > 0; count--, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        *out = *out * 10 + (**at - '0');
    }
    return true;
}

/* Read `Z`, or an offset such as +02:00 or +0200; nothing is UTC. */
static bool read_zone(const char **at, int64_t *us)
{
    int64_t hours, minutes, sign = **at == '-' ? 1 : -1;

    if (**at == 'Z') {
        (*at)++;
        return true;
    }
    if (**at != '+' && **at != '-')
        return true;
    (*at)++;
    if (!read_digits(at, 2, &hours))
        return false;
    *at += **at == ':';
    if (!read_digits(at, 2, &minutes))
        return false;
    *us += sign * (hours * 60 + minutes) * 60 * us_per_second;
    return true;
}

static bool read_fraction(const char **at, int64_t *us)
{
    int64_t unit = us_per_second;

    if (**at != '.' && **at != ',')
        return true;
    (*at)++;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        unit /= 10;
        *us += (**at - '0') * unit;
    }
    return true;
}

static bool is_date(int64_t year, int64_t month, int64_t day)
{
    return month >= 1 && month <= 12 && day >= 1 && day <= month_len(year, (unsigned)month);
}

/* Read RFC 3339, or a part of it that begins with the date. */
static bool read_iso(const char *text, int64_t *out)
{
    int64_t year, month, day, hours = 0, minutes = 0, seconds = 0, us = 0;
    const char *at = text;

    if (!read_digits(&at, 4, &year) || *at++ != '-' || !read_digits(&at, 2, &month) ||
        *at++ != '-' || !read_digits(&at, 2, &day) || !is_date(year, month, day))
        return false;
    if (*at == 'T' || *at == ' ') {
        at++;
        if (!read_digits(&at, 2, &hours) || *at++ != ':' || !read_digits(&at, 2, &minutes))
            return false;
        if (*at == ':') {
            at++;
            if (!read_digits(&at, 2, &seconds) || !read_fraction(&at, &us))
                return false;
        }
        if (!read_zone(&at, &us))
            return false;
    }
    *out = days_of(year, (unsigned)month, (unsigned)day) * us_per_day +
           ((hours * 60 + minutes) * 60 + seconds) * us_per_second + us;
    return *at == '\0';
}

struct pattern_letter {
    char letter;
    int64_t *value;
};

/* Returns NULL if `letter` stands for itself. */
static int64_t *value_of(char letter, const struct pattern_letter *letters, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (letters[i].letter == letter)
            return letters[i].value;
    return NULL;
}

/* Read a time as one of Java's patterns has it: letters for numbers, all else for itself. */
static bool read_pattern(const char *pattern, const char *at, int64_t *out)
{
    int64_t year = 1970, month = 1, day = 1, hours = 0, minutes = 0, seconds = 0, ms = 0, zone = 0;
    const struct pattern_letter letters[] = {{'y', &year},    {'u', &year},  {'M', &month},
                                             {'d', &day},     {'H', &hours}, {'m', &minutes},
                                             {'s', &seconds}, {'S', &ms}};

    while (*pattern) {
        char letter = *pattern;
        int64_t *value = value_of(letter, letters, ARRAY_LEN(letters));
        unsigned count = 0;

        if (letter == '\'') {
            pattern++;
        } else if (letter == 'X' || letter == 'Z') {
            pattern += strspn(pattern, "XZ");
            if (!read_zone(&at, &zone))
                return false;
        } else if (value) {
            while (*pattern == letter) {
                pattern++;
                count++;
            }
            if (count > NUMBER_LEN_MAX || !read_digits(&at, count, value))
                return false;
        } else if (*at++ != *pattern++) {
            return false;
        }
    }
    if (*at != '\0' || !is_date(year, month, day))
        return false;
    *out = days_of(year, (unsigned)month, (unsigned)day) * us_per_day +
           (((hours * 60 + minutes) * 60 + seconds) * 1000 + ms) * 1000 + zone;
    return true;
}

/* Read a count of seconds or milliseconds since 1970, up to the year 9999. */
static bool read_count(const char *text, int64_t us_per_unit, int64_t *out)
{
    bool is_negative = *text == '-';
    const char *at = text + is_negative;
    size_t len = strspn(at, "0123456789");

    if (len == 0 || len > COUNT_LEN_MAX || at[len] != '\0' || !read_digits(&at, (unsigned)len, out))
        return false;
    if (*out > us_max / us_per_unit)
        return false;
    *out *= is_negative ? -us_per_unit : us_per_unit;
    return true;
}

static bool read_actual(const struct match_instant *instant, const char *text, int64_t *out)
{
    if (!instant->format)
        return read_iso(text, out);
    if (strcmp(instant->format, "unix") == 0)
        return read_count(text, us_per_second, out);
    if (strcmp(instant->format, "epoch") == 0)
        return read_count(text, 1000, out);
    return read_pattern(instant->format, text, out);
}

/* Reading the operator */

/* Read `seconds`, `day`, ...: with or without the plural's s. */
static bool read_unit(const char *text, enum unit *out)
{
    for (size_t i = 0; i < ARRAY_LEN(unit_names); i++) {
        size_t len = strlen(unit_names[i]);

        if (strncmp(text, unit_names[i], len) == 0 &&
            (text[len] == '\0' || strcmp(text + len, "s") == 0)) {
            *out = (enum unit)i;
            return true;
        }
    }
    return false;
}

/* Read what follows `now`: nothing, or `+3 days`. */
static bool read_from_now(const char *text, struct match_instant *out)
{
    const char *at = text + strspn(text, " ");
    bool is_negative = *at == '-';
    size_t len;

    out->is_from_now = true;
    if (*at == '\0')
        return true;
    if (*at != '+' && *at != '-')
        return false;
    at++;
    len = strspn(at, "0123456789");
    if (len == 0 || len > 6 || !read_digits(&at, (unsigned)len, &out->offset))
        return false;
    if (is_negative)
        out->offset = -out->offset;
    at += strspn(at, " ");
    return read_unit(at, &out->unit);
}

static bool read_truncation(const struct matcher *matcher, const char *name,
                            const struct truncation **out)
{
    const char *text = json_string_value(json_object_get(matcher->json, name));

    if (!json_object_get(matcher->json, name))
        return true;
    for (size_t i = 0; text && i < ARRAY_LEN(truncations); i++)
        if (strcmp(truncations[i].name, text) == 0) {
            *out = &truncations[i];
            return true;
        }
    return false;
}

static bool read_offset(const struct matcher *matcher, struct match_instant *out)
{
    const json_t *offset = json_object_get(matcher->json, "expectedOffset");
    const char *unit = json_string_value(json_object_get(matcher->json, "expectedOffsetUnit"));

    if (!offset)
        return true;
    out->offset = json_integer_value(offset);
    return json_is_integer(offset) && out->offset <= offset_max && out->offset >= -offset_max &&
           (!unit || read_unit(unit, &out->unit));
}

static bool explain(char *error, size_t error_size, const char *what)
{
    (void)snprintf(error, error_size, "%s", what);
    return false;
}

bool matcher_read_instant(struct matcher *matcher, char *error, size_t error_size)
{
    const char *text = json_string_value(matcher->operand);
    struct match_instant *made = calloc(1, sizeof(*made));

    matcher->instant = made;
    if (!made)
        return explain(error, error_size, "out of memory");
    made->unit = UNIT_DAYS;
    if (!text ||
        !(strncmp(text, "now", 3) == 0 ? read_from_now(text + 3, made) : read_iso(text, &made->us)))
        return explain(error, error_size,
                       "expected a time such as 2021-05-05T00:00:00Z, or one such as now +3 days");
    if (!read_offset(matcher, made))
        return explain(error, error_size,
                       "expectedOffset must be a whole number, expectedOffsetUnit one of seconds, "
                       "minutes, hours, days, months and years");
    if (!read_truncation(matcher, "truncateExpected", &made->cut_expected) ||
        !read_truncation(matcher, "truncateActual", &made->cut_actual))
        return explain(error, error_size,
                       "a truncation is such as 'first hour of day' or 'last day of month'");
    made->cuts_last = matcher_flag(matcher, "applyTruncationLast");
    made->format = json_string_value(json_object_get(matcher->json, "actualFormat"));
    return true;
}

void match_instant_free(struct match_instant *instant)
{
    free(instant);
}

static int64_t expected_us(const struct match_instant *instant, int64_t now_us)
{
    int64_t us = instant->is_from_now ? now_us : instant->us;

    if (instant->cuts_last)
        return cut(add_units(us, instant->offset, instant->unit), instant->cut_expected);
    return add_units(cut(us, instant->cut_expected), instant->offset, instant->unit);
}

/* Compare a subject with what is expected: the sign of the difference. False: it is no time. */
static bool compare(const struct matcher *matcher, const struct match_subject *subject, int *out)
{
    char text[64];
    int64_t actual, expected = expected_us(matcher->instant, subject->now_us);

    if (!subject->data || subject->len >= sizeof(text))
        return false;
    memcpy(text, subject->data, subject->len);
    text[subject->len] = '\0';
    if (!read_actual(matcher->instant, text, &actual))
        return false;
    actual = cut(actual, matcher->instant->cut_actual);
    *out = (actual > expected) - (actual < expected);
    return true;
}

enum match_result match_before(const struct matcher *matcher, struct match_subject *subject)
{
    int sign;

    return match_of(compare(matcher, subject, &sign) && sign < 0);
}

enum match_result match_after(const struct matcher *matcher, struct match_subject *subject)
{
    int sign;

    return match_of(compare(matcher, subject, &sign) && sign > 0);
}

enum match_result match_same_instant(const struct matcher *matcher, struct match_subject *subject)
{
    int sign;

    return match_of(compare(matcher, subject, &sign) && sign == 0);
}
