#include <check.h>
#include <string.h>

#include "base/nearest.h"

Suite *nearest_suite(void);

/* clang-format off */
static const struct {
    const char *a, *b;
    size_t distance;
} cases[] = {
    {"",        "",        0},
    {"",        "abc",     3},
    {"abc",     "abc",     0},
    {"abc",     "abd",     1},
    {"abc",     "abcd",    1},
    {"abc",     "bc",      1},
    {"kitten",  "sitting", 3},
    {"train_querys_min", "train_queries_min", 2},
};
/* clang-format on */

START_TEST(distances_count_single_changes_in_both_directions)
{
    struct text a = text_of(cases[_i].a), b = text_of(cases[_i].b);

    ck_assert_uint_eq(text_distance(a, b), cases[_i].distance);
    ck_assert_uint_eq(text_distance(b, a), cases[_i].distance);
}
END_TEST

START_TEST(of_a_long_name_the_beginning_counts)
{
    static char name[1000];

    memset(name, 'x', sizeof(name));
    ck_assert_uint_eq(text_distance((struct text){name, sizeof(name)}, TEXT("x")),
                      NEAREST_LEN_MAX - 1);
}
END_TEST

Suite *nearest_suite(void)
{
    Suite *suite = suite_create("nearest");
    TCase *tcase = tcase_create("distance");

    tcase_add_loop_test(tcase, distances_count_single_changes_in_both_directions, 0,
                        (int)ARRAY_LEN(cases));
    tcase_add_test(tcase, of_a_long_name_the_beginning_counts);
    suite_add_tcase(suite, tcase);
    return suite;
}
