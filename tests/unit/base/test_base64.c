#include "base/base64.h"

#include <check.h>

Suite *base64_suite(void);

/* Those of RFC 4648, section 10, and bytes that are no text. */
static const struct {
    struct text bytes;
    const char *wanted;
} cases[] = {
    {{"f", 1}, "Zg=="},          {{"fo", 2}, "Zm8="},        {{"foo", 3}, "Zm9v"},
    {{"foob", 4}, "Zm9vYg=="},   {{"fooba", 5}, "Zm9vYmE="}, {{"foobar", 6}, "Zm9vYmFy"},
    {{"\0\xff\xfe", 3}, "AP/+"},
};

START_TEST(bytes_are_written_as_the_standard_has_it)
{
    struct buf out = {0};

    base64_add(cases[_i].bytes, &out);
    ck_assert_str_eq(out.data, cases[_i].wanted);
    buf_done(&out);
}
END_TEST

Suite *base64_suite(void)
{
    Suite *suite = suite_create("base64");
    TCase *tcase = tcase_create("base64");

    tcase_add_loop_test(tcase, bytes_are_written_as_the_standard_has_it, 0, ARRAY_LEN(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
