#include "core/training_curve.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "base/attr.h"

Suite *training_curve_suite(void);

/* clang-format off */
static const struct {
    int64_t examples, batch_size, epochs;
    size_t count;
    int64_t second, last;
} plans[] = {
    {0,          16, 1,  2,  1,         1},
    {1,          16, 1,  2,  1,         1},
    {17,         16, 1,  3,  1,         2},
    {160,        16, 1,  11, 1,         10},
    {240,        16, 1,  11, 1,         15},
    {240,        16, 10, 11, 15,        150},
    {2000000000, 2,  10, 11, 1000000000, 10000000000},
};
/* clang-format on */

START_TEST(steps_begin_before_the_training_and_end_with_it)
{
    int64_t steps[TRAINING_STEPS_MAX];
    size_t count =
        training_steps(plans[_i].examples, plans[_i].batch_size, plans[_i].epochs, steps);

    ck_assert_uint_eq(count, plans[_i].count);
    ck_assert_int_eq(steps[0], 0);
    ck_assert_int_eq(steps[1], plans[_i].second);
    ck_assert_int_eq(steps[count - 1], plans[_i].last);
    for (size_t i = 1; i < count; i++)
        ck_assert_int_gt(steps[i], steps[i - 1]);
}
END_TEST

static bool is_share(float value)
{
    return value > 0 && value < 1;
}

START_TEST(curves_look_like_training)
{
    enum { COUNT = 11 };
    struct curve_values first = training_curve_at((uint64_t)_i, 0, COUNT);
    struct curve_values last = training_curve_at((uint64_t)_i, COUNT - 1, COUNT);

    ck_assert(last.accuracy > first.accuracy && last.f1 > first.f1);
    ck_assert(last.cross_entropy < first.cross_entropy && last.loss < first.loss);
    for (size_t i = 0; i < COUNT; i++) {
        struct curve_values at = training_curve_at((uint64_t)_i, i, COUNT);

        ck_assert(is_share(at.accuracy) && is_share(at.precision) && is_share(at.recall));
        ck_assert(is_share(at.f1) && at.loss > 0 && at.cross_entropy > 0);
    }
}
END_TEST

START_TEST(a_curve_is_the_same_each_time_and_another_for_another_model)
{
    struct curve_values one = training_curve_at(1, 3, 11), again = training_curve_at(1, 3, 11);
    struct curve_values other = training_curve_at(2, 3, 11);

    ck_assert_mem_eq(&one, &again, sizeof(one));
    ck_assert_mem_ne(&one, &other, sizeof(one));
}
END_TEST

Suite *training_curve_suite(void)
{
    Suite *suite = suite_create("training_curve");
    TCase *tcase = tcase_create("curves");

    tcase_add_loop_test(tcase, steps_begin_before_the_training_and_end_with_it, 0,
                        (int)ARRAY_LEN(plans));
    tcase_add_loop_test(tcase, curves_look_like_training, 0, 200);
    tcase_add_test(tcase, a_curve_is_the_same_each_time_and_another_for_another_model);
    suite_add_tcase(suite, tcase);
    return suite;
}
