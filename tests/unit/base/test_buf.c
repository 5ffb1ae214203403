#include <check.h>
#include <stdlib.h>

#include "base/buf.h"

Suite *buf_suite(void);

START_TEST(an_empty_buffer_is_usable_as_it_is)
{
    AUTO(buf_done) struct buf b = {0};

    ck_assert_uint_eq(buf_text(&b).len, 0);
    buf_add(&b, "", 0);
    ck_assert_str_eq(b.data, "");
}
END_TEST

START_TEST(appends_of_every_kind_follow_each_other)
{
    AUTO(buf_done) struct buf b = {0};

    buf_add_string(&b, "a");
    buf_add_char(&b, 'b');
    buf_add_text(&b, TEXT("cd"));
    buf_add_uint(&b, 0);
    buf_add_uint(&b, 18446744073709551615ULL);
    buf_add_format(&b, "[%s %d]", "x", -7);
    ck_assert_str_eq(b.data, "abcd018446744073709551615[x -7]");
    ck_assert(!b.failed);
}
END_TEST

START_TEST(a_failure_sticks_until_the_buffer_is_cleared)
{
    AUTO(buf_done) struct buf b = {0};

    buf_add_string(&b, "kept");
    ck_assert(!buf_reserve(&b, SIZE_MAX / 2));
    buf_add_string(&b, "lost");
    ck_assert_str_eq(b.data, "kept");
    ck_assert(b.failed);
    buf_clear(&b);
    buf_add_string(&b, "new");
    ck_assert_str_eq(b.data, "new");
}
END_TEST

START_TEST(dropping_the_front_keeps_the_rest)
{
    AUTO(buf_done) struct buf b = {0};

    buf_add_string(&b, "abcdef");
    buf_drop_front(&b, 2);
    ck_assert_str_eq(b.data, "cdef");
    buf_drop_front(&b, 9);
    ck_assert_str_eq(b.data, "");
}
END_TEST

START_TEST(taking_hands_over_a_string_and_leaves_an_empty_buffer)
{
    struct buf b = {0};
    char *taken;

    buf_add_string(&b, "mine");
    taken = buf_take(&b);
    ck_assert_str_eq(taken, "mine");
    ck_assert_ptr_null(b.data);
    free(taken);
    taken = buf_take(&b);
    ck_assert_str_eq(taken, "");
    free(taken);
}
END_TEST

Suite *buf_suite(void)
{
    Suite *suite = suite_create("buf");
    TCase *tcase = tcase_create("growing");

    tcase_add_test(tcase, an_empty_buffer_is_usable_as_it_is);
    tcase_add_test(tcase, appends_of_every_kind_follow_each_other);
    tcase_add_test(tcase, a_failure_sticks_until_the_buffer_is_cleared);
    tcase_add_test(tcase, dropping_the_front_keeps_the_rest);
    tcase_add_test(tcase, taking_hands_over_a_string_and_leaves_an_empty_buffer);
    suite_add_tcase(suite, tcase);
    return suite;
}
