/*
 * Points in time and lengths of time: the first byte chooses what the rest is, a text to be read or
 * a number to be written. What was read is written and read again to the same, and the C library's
 * calendar agrees.
 */
#include <string.h>
#include <time.h>

#include "base/timestamp.h"
#include "fuzz/fuzz.h"

static void check_calendar(int64_t us)
{
    char ours[HTTP_DATE_SIZE], theirs[HTTP_DATE_SIZE];
    int64_t rest = us % 1000000;
    time_t seconds = (time_t)(us / 1000000 - (rest < 0));
    struct tm parts;

    demand(gmtime_r(&seconds, &parts) != NULL, "the C library knows that time");
    demand(strftime(theirs, sizeof(theirs), "%a, %d %b %Y %H:%M:%S GMT", &parts) > 0, "and name");
    /* strftime() does not fill a year up to four digits. */
    if (parts.tm_year < 1000 - 1900)
        return;
    http_date_format(us, ours);
    demand_text(text_of(ours), text_of(theirs), "the C library has the same date");
}

static void check_time(int64_t us)
{
    char text[TIMESTAMP_SIZE];
    int64_t again = 0, want = us;

    if (want < TIMESTAMP_US_MIN)
        want = TIMESTAMP_US_MIN;
    if (want > TIMESTAMP_US_MAX)
        want = TIMESTAMP_US_MAX;
    timestamp_format(us, text);
    demand(strlen(text) == sizeof("2024-01-17T20:11:42.907112Z") - 1, "a time has its length");
    demand(timestamp_parse(text_of(text), &again), "what was written is read");
    demand(again == want, "to the same time");
    check_calendar(want);
}

static void check_time_text(struct text t)
{
    int64_t us = 42;

    if (timestamp_parse(t, &us)) {
        demand(us >= TIMESTAMP_US_MIN && us <= TIMESTAMP_US_MAX, "a time can be written");
        check_time(us);
    } else {
        demand(us == 42, "a refusal changes nothing");
    }
}

static void check_duration(int64_t us)
{
    char text[DURATION_SIZE];
    int64_t again = -1;

    duration_format(us, text);
    demand(duration_parse(text_of(text), &again), "a length that was written is read");
    demand(again == us, "to the same length");
}

static void check_duration_text(struct text t)
{
    int64_t us = 42;

    if (duration_parse(t, &us)) {
        demand(us >= 0 && us <= 100LL * 366 * 86400 * 1000000, "a length has its limit");
        check_duration(us);
    } else {
        demand(us == 42, "a refusal changes nothing");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text rest = {(const char *)data, size};

    switch (take_byte(&rest) % 4) {
    case 0:
        check_time_text(rest);
        break;
    case 1:
        check_time((int64_t)take_number(&rest, 8));
        break;
    case 2:
        check_duration_text(rest);
        break;
    default:
        check_duration((int64_t)(take_number(&rest, 8) % (100ULL * 366 * 86400 * 1000000)));
        break;
    }
    return 0;
}
