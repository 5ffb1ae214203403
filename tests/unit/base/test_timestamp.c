#include <check.h>

#include "base/timestamp.h"

Suite *timestamp_suite(void);

static const struct {
    int64_t us;
    const char *text;
} moments[] = {
    {0, "1970-01-01T00:00:00.000000Z"},
    {1705522302907112, "2024-01-17T20:11:42.907112Z"},
    {951782400000000, "2000-02-29T00:00:00.000000Z"},
    {-1, "1969-12-31T23:59:59.999999Z"},
    {253402300799999999, "9999-12-31T23:59:59.999999Z"},
    {-62135596800000000, "0001-01-01T00:00:00.000000Z"},
};

START_TEST(a_moment_is_written_and_read_back)
{
    char text[TIMESTAMP_SIZE];
    int64_t back;

    timestamp_format(moments[_i].us, text);
    ck_assert_str_eq(text, moments[_i].text);
    ck_assert(timestamp_parse(text_of(text), &back));
    ck_assert_int_eq(back, moments[_i].us);
}
END_TEST

static const struct {
    const char *text;
    const char *same_as; /* NULL: refused */
} forms[] = {
    {"2024-01-15T09:30:00Z", "2024-01-15T09:30:00.000000Z"},
    {"2024-01-15T09:30:00.000Z", "2024-01-15T09:30:00.000000Z"},
    {"2024-01-15T09:30:00.123456789Z", "2024-01-15T09:30:00.123456Z"},
    {"2024-01-15T11:30:00+02:00", "2024-01-15T09:30:00.000000Z"},
    {"2024-01-15T11:30:00 02:00", "2024-01-15T09:30:00.000000Z"},
    {"2024-01-14T23:30:00-10:00", "2024-01-15T09:30:00.000000Z"},
    {"2024-01-15", "2024-01-15T00:00:00.000000Z"},
    {"2024-01-15T09:30:00", "2024-01-15T09:30:00.000000Z"},
    {"2024-02-30T00:00:00Z", NULL},
    {"2023-02-29", NULL},
    {"2024-13-01", NULL},
    {"2024-01-15T24:00:00Z", NULL},
    {"2024-01-15T09:30:00.Z", NULL},
    {"2024-01-15T09:30:00ZZ", NULL},
    {"2024-01-15T09:30:00+2:00", NULL},
    {"0001-01-01T00:00:00+02:00", NULL},
    {"yesterday", NULL},
    {"", NULL},
};

START_TEST(the_forms_that_clients_send_are_read)
{
    char text[TIMESTAMP_SIZE];
    int64_t us;

    ck_assert_int_eq(timestamp_parse(text_of(forms[_i].text), &us), forms[_i].same_as != NULL);
    if (!forms[_i].same_as)
        return;
    timestamp_format(us, text);
    ck_assert_str_eq(text, forms[_i].same_as);
}
END_TEST

START_TEST(an_http_date_names_its_weekday)
{
    char text[HTTP_DATE_SIZE];

    http_date_format(1733201892000000, text);
    ck_assert_str_eq(text, "Tue, 03 Dec 2024 04:58:12 GMT");
    http_date_format(-86400000000, text);
    ck_assert_str_eq(text, "Wed, 31 Dec 1969 00:00:00 GMT");
    http_date_format(-1, text);
    ck_assert_str_eq(text, "Wed, 31 Dec 1969 23:59:59 GMT");
    http_date_format(INT64_MAX, text);
    ck_assert_str_eq(text, "Fri, 31 Dec 9999 23:59:59 GMT");
    http_date_format(INT64_MIN, text);
    ck_assert_str_eq(text, "Mon, 01 Jan 0001 00:00:00 GMT");
}
END_TEST

static const struct {
    const char *text;
    int64_t us; /* -1: refused */
} durations[] = {
    {"1s", 1000000},
    {"1.5s", 1500000},
    {"1h30m", 5400000000},
    {"30d", 2592000000000},
    {"250ms", 250000},
    {"7us", 7},
    {"0s", 0},
    {"1", -1},
    {"", -1},
    {"s", -1},
    {"-1s", -1},
    {"1 s", -1},
    {"1w", -1},
    {"99999999d", -1},
};

START_TEST(durations_have_a_unit)
{
    int64_t us = -1;

    ck_assert_int_eq(duration_parse(text_of(durations[_i].text), &us), durations[_i].us >= 0);
    ck_assert_int_eq(us, durations[_i].us);
}
END_TEST

/* clang-format off */
static const struct {
    int64_t us;
    const char *text;
} written_durations[] = {
    {0,             "0s"},
    {1,             "1us"},
    {1500,          "1500us"},
    {250000,        "250ms"},
    {90000000,      "90s"},
    {1140000000,    "19m"},
    {3600000000,    "1h"},
    {2592000000000, "30d"},
};
/* clang-format on */

START_TEST(durations_are_written_in_the_largest_unit_that_fits)
{
    char text[DURATION_SIZE];
    int64_t us = -1;

    duration_format(written_durations[_i].us, text);
    ck_assert_str_eq(text, written_durations[_i].text);
    ck_assert(duration_parse(text_of(text), &us));
    ck_assert_int_eq(us, written_durations[_i].us);
}
END_TEST

Suite *timestamp_suite(void)
{
    Suite *suite = suite_create("timestamp");
    TCase *tcase = tcase_create("forms");

    tcase_add_loop_test(tcase, a_moment_is_written_and_read_back, 0, ARRAY_LEN(moments));
    tcase_add_loop_test(tcase, the_forms_that_clients_send_are_read, 0, ARRAY_LEN(forms));
    tcase_add_loop_test(tcase, durations_are_written_in_the_largest_unit_that_fits, 0,
                        ARRAY_LEN(written_durations));
    tcase_add_loop_test(tcase, durations_have_a_unit, 0, ARRAY_LEN(durations));
    tcase_add_test(tcase, an_http_date_names_its_weekday);
    suite_add_tcase(suite, tcase);
    return suite;
}
