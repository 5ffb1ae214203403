#include <check.h>
#include <string.h>

#include "match/regex.h"
#include "support/failing_alloc.h"

Suite *regex_suite(void);

/* clang-format off */
static const struct {
    const char *pattern;
    unsigned options;
    const char *text;
    enum match_result whole, part;
} cases[] = {
    {"a.c",    0,              "abc",      MATCH_YES, MATCH_YES},
    {"a.c",    0,              "a\nc",     MATCH_YES, MATCH_YES},
    {"a.c",    REGEX_IREGEXP,  "a\nc",     MATCH_NO,  MATCH_NO},
    {"b",      0,              "abc",      MATCH_NO,  MATCH_YES},
    {"a|ab",   0,              "ab",       MATCH_YES, MATCH_YES},
    {"B",      REGEX_CASELESS, "abc",      MATCH_NO,  MATCH_YES},
    {".",      0,              "\xc3\xa9", MATCH_YES, MATCH_YES},
    {"",       0,              "",         MATCH_YES, MATCH_YES},
    {"(a+)+$", 0, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", MATCH_FAILED, MATCH_FAILED},
};
/* clang-format on */

static struct regex *make(const char *pattern, unsigned options)
{
    char error[200];
    struct regex *regex = regex_new(pattern, options, error, sizeof(error));

    ck_assert_msg(regex, "%s: %s", pattern, error);
    return regex;
}

START_TEST(expressions_match_or_give_up)
{
    struct regex *regex = make(cases[_i].pattern, cases[_i].options);
    size_t len = strlen(cases[_i].text);

    ck_assert_int_eq(regex_matches(regex, cases[_i].text, len), cases[_i].whole);
    ck_assert_int_eq(regex_finds(regex, cases[_i].text, len), cases[_i].part);
    regex_free(regex);
}
END_TEST

START_TEST(groups_are_told)
{
    struct regex *regex = make("(x)?b(.)", 0);
    struct regex_group groups[REGEX_GROUPS_MAX];
    size_t count;

    ck_assert_int_eq(regex_capture(regex, "abcd", 4, groups, &count), MATCH_YES);
    ck_assert_uint_eq(count, 3);
    ck_assert_mem_eq(groups[0].data, "bc", 2);
    ck_assert_ptr_null(groups[1].data);
    ck_assert_mem_eq(groups[2].data, "c", groups[2].len);
    regex_free(regex);
}
END_TEST

START_TEST(without_memory_there_is_no_expression)
{
    struct regex *regex;
    char error[200];

    failing_alloc_after(0);
    regex = regex_new("a", 0, error, sizeof(error));
    ck_assert(failing_alloc_stop());
    ck_assert_ptr_null(regex);
    ck_assert_str_eq(error, "out of memory");
}
END_TEST

Suite *regex_suite(void)
{
    Suite *suite = suite_create("regex");
    TCase *tcase = tcase_create("regex");

    tcase_add_loop_test(tcase, expressions_match_or_give_up, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, groups_are_told);
    tcase_add_test(tcase, without_memory_there_is_no_expression);
    suite_add_tcase(suite, tcase);
    return suite;
}
