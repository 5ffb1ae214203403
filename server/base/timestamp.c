#include "base/timestamp.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DAY_S = 86400 };

static const int64_t SECOND_US = 1000000;
static const int64_t DURATION_US_MAX = 100LL * 366 * DAY_S * 1000000;

struct civil {
    int64_t year;
    int month, day; /* 1 based */
};

int64_t clock_wall_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

int64_t clock_monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Days since 1970 to a date of the Gregorian calendar, counting years from March so that the leap
 * day is the last of its year; and back. */
static struct civil civil_from_days(int64_t days)
{
    int64_t from_0000_03_01 = days + 719468;
    int64_t era = floor_div(from_0000_03_01, 146097);
    int64_t day_of_era = from_0000_03_01 - era * 146097;
    int64_t year =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    struct civil date;

    date.day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1);
    date.month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
    date.year = year + era * 400 + (date.month <= 2);
    return date;
}

static int64_t days_from_civil(struct civil date)
{
    int64_t year = date.year - (date.month <= 2);
    int64_t era = floor_div(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t march_month = date.month > 2 ? date.month - 3 : date.month + 9;
    int64_t day_of_year = (153 * march_month + 2) / 5 + date.day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static int64_t clamp(int64_t us)
{
    if (us < TIMESTAMP_US_MIN)
        return TIMESTAMP_US_MIN;
    return us > TIMESTAMP_US_MAX ? TIMESTAMP_US_MAX : us;
}

void timestamp_format(int64_t us, char out[TIMESTAMP_SIZE])
{
    struct civil date;
    int64_t days, rest;

    us = clamp(us);
    days = floor_div(us, DAY_S * SECOND_US);
    rest = us - days * DAY_S * SECOND_US;
    date = civil_from_days(days);
    (void)snprintf(out, TIMESTAMP_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", (int)date.year,
                   date.month, date.day, (int)(rest / (3600 * SECOND_US)),
                   (int)(rest / (60 * SECOND_US) % 60), (int)(rest / SECOND_US % 60),
                   (int)(rest % SECOND_US));
}

/* Write a number of `width` digits with a character behind it; return where to go on. */
static char *put_number(char *out, int64_t value, int width, char behind)
{
    for (int i = width - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
    out[width] = behind;
    return out + width + 1;
}

static char *put_name(char *out, const char name[4], char behind)
{
    memcpy(out, name, 3);
    out[3] = behind;
    return out + 4;
}

/* Every answer has a date, so that it is not left to snprintf(), which takes ten times as long. */
void http_date_format(int64_t us, char out[HTTP_DATE_SIZE])
{
    static const char weekdays[][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t seconds = floor_div(clamp(us), SECOND_US);
    int64_t days = floor_div(seconds, DAY_S), rest_s = seconds - days * DAY_S;
    struct civil date = civil_from_days(days);

    out = put_name(out, weekdays[((days % 7) + 7) % 7], ',');
    *out++ = ' ';
    out = put_number(out, date.day, 2, ' ');
    out = put_name(out, months[date.month - 1], ' ');
    out = put_number(out, date.year, 4, ' ');
    out = put_number(out, rest_s / 3600, 2, ':');
    out = put_number(out, rest_s / 60 % 60, 2, ':');
    out = put_number(out, rest_s % 60, 2, ' ');
    (void)put_name(out, "GMT", '\0');
}

/* Take exactly `count` digits from the front of `*t`. */
static bool take_digits(struct text *t, size_t count, int *out)
{
    uint64_t value;

    if (t->len < count || !text_to_u64((struct text){t->data, count}, &value))
        return false;
    *out = (int)value;
    t->data += count;
    t->len -= count;
    return true;
}

static bool take_char(struct text *t, char c)
{
    if (t->len == 0 || t->data[0] != c)
        return false;
    t->data++;
    t->len--;
    return true;
}

static bool take_date(struct text *t, int64_t *out_days)
{
    int year, month, day;
    struct civil date;

    if (!take_digits(t, 4, &year) || !take_char(t, '-') || !take_digits(t, 2, &month) ||
        !take_char(t, '-') || !take_digits(t, 2, &day))
        return false;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    *out_days = days_from_civil((struct civil){year, month, day});
    date = civil_from_days(*out_days);
    return date.month == month && date.day == day; /* refuses the 30th of February */
}

static bool take_time(struct text *t, int64_t *out_us)
{
    int hour, minute, second;
    int64_t fraction = 0, unit = SECOND_US;

    if (!take_digits(t, 2, &hour) || !take_char(t, ':') || !take_digits(t, 2, &minute) ||
        !take_char(t, ':') || !take_digits(t, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    if (take_char(t, '.')) {
        int digit;

        if (!t->len || t->data[0] < '0' || t->data[0] > '9')
            return false;
        while (take_digits(t, 1, &digit)) {
            unit /= 10;
            fraction += digit * unit;
        }
    }
    *out_us = ((hour * 60LL + minute) * 60 + second) * SECOND_US + fraction;
    return true;
}

static bool take_offset(struct text *t, int64_t *out_us)
{
    int hour, minute;
    bool negative;

    *out_us = 0;
    if (t->len == 0 || take_char(t, 'Z') || take_char(t, 'z'))
        return t->len == 0;
    negative = t->data[0] == '-';
    /* A `+` that nobody percent-encoded arrives in a query string as a space. */
    if (!take_char(t, '-') && !take_char(t, '+') && !take_char(t, ' '))
        return false;
    if (!take_digits(t, 2, &hour) || !take_char(t, ':') || !take_digits(t, 2, &minute) || t->len ||
        hour > 23 || minute > 59)
        return false;
    *out_us = (hour * 60LL + minute) * 60 * SECOND_US * (negative ? -1 : 1);
    return true;
}

bool timestamp_parse(struct text t, int64_t *out_us)
{
    int64_t days, time_us = 0, offset_us = 0, us;

    if (!take_date(&t, &days))
        return false;
    if (t.len) {
        if (!take_char(&t, 'T') && !take_char(&t, 't') && !take_char(&t, ' '))
            return false;
        if (!take_time(&t, &time_us) || !take_offset(&t, &offset_us))
            return false;
    }
    us = days * DAY_S * SECOND_US + time_us - offset_us;
    if (us < TIMESTAMP_US_MIN || us > TIMESTAMP_US_MAX)
        return false;
    *out_us = us;
    return true;
}

static const struct unit {
    const char *name;
    int64_t us;
} units[] = {
    {"us", 1}, {"ms", 1000}, {"s", 1000000}, {"m", 60000000}, {"h", 3600000000}, {"d", 86400000000},
};

static const struct unit *take_unit(struct text *t)
{
    size_t len = 0;

    while (len < t->len && t->data[len] >= 'a' && t->data[len] <= 'z')
        len++;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (text_eq((struct text){t->data, len}, text_of(units[i].name))) {
            t->data += len;
            t->len -= len;
            return &units[i];
        }
    }
    return NULL;
}

void duration_format(int64_t us, char out[DURATION_SIZE])
{
    size_t i = ARRAY_LEN(units) - 1;

    while (i > 0 && us % units[i].us)
        i--;
    /* Zero divides by anything; seconds are what one thinks of. */
    if (us == 0)
        i = 2;
    (void)snprintf(out, DURATION_SIZE, "%lld%s", (long long)(us / units[i].us), units[i].name);
}

bool duration_parse(struct text t, int64_t *out_us)
{
    double total = 0;

    if (t.len == 0)
        return false;
    while (t.len) {
        const struct unit *unit;
        size_t len = 0;
        double count;

        while (len < t.len && ((t.data[len] >= '0' && t.data[len] <= '9') || t.data[len] == '.'))
            len++;
        if (!text_to_double((struct text){t.data, len}, &count))
            return false;
        t.data += len;
        t.len -= len;
        unit = take_unit(&t);
        if (!unit)
            return false;
        total += count * (double)unit->us;
        if (total > (double)DURATION_US_MAX)
            return false;
    }
    *out_us = (int64_t)(total + 0.5);
    return true;
}
