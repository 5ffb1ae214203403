#include <check.h>

#include "core/letters.h"

Suite *letters_suite(void);

static void add(struct letters *l, struct text text, size_t at, size_t len)
{
    struct text letter = {text.data + at, len};

    letters_add(l, letter, letter);
}

START_TEST(neighbours_make_pairs)
{
    struct text text = TEXT("東京都");
    struct letters l = {0};

    add(&l, text, 0, 3);
    ck_assert_uint_eq(l.first_len, 0);
    ck_assert(text_eq(letters_last(&l), TEXT("東")));
    add(&l, text, 3, 3);
    ck_assert(text_eq(letters_pair(&l), TEXT("東京")));
    add(&l, text, 6, 3);
    ck_assert(text_eq(letters_pair(&l), TEXT("京都")));
    ck_assert(text_eq(letters_last(&l), TEXT("都")));
    ck_assert_uint_eq(l.count, 3);
}
END_TEST

START_TEST(a_gap_begins_a_new_run)
{
    struct text text = TEXT("東京 都");
    struct letters l = {0};

    add(&l, text, 0, 3);
    add(&l, text, 3, 3);
    add(&l, text, 7, 3);
    ck_assert_uint_eq(l.count, 1);
    ck_assert_uint_eq(l.first_len, 0);
    ck_assert(text_eq(letters_pair(&l), TEXT("都")));
}
END_TEST

START_TEST(a_letter_with_many_marks_is_cut)
{
    struct text text = TEXT("123456789 123456789 123456789 123456789 123456789 123456789 ");
    struct letters l = {0};

    add(&l, text, 0, 50);
    ck_assert_uint_eq(letters_last(&l).len, TERM_SIZE / 2);
    add(&l, text, 50, 10);
    ck_assert_uint_eq(letters_pair(&l).len, TERM_SIZE / 2 + 10);
    ck_assert(text_has_suffix(letters_pair(&l), TEXT("3456789 ")));
}
END_TEST

START_TEST(korean_is_told_from_its_neighbours)
{
    ck_assert(letters_is_hangul(TEXT("가")));
    ck_assert(letters_is_hangul(TEXT("힣")));
    ck_assert(!letters_is_hangul(TEXT("東")));
    ck_assert(!letters_is_hangul(TEXT("ꀀ")));
    ck_assert(!letters_is_hangul(TEXT("a")));
}
END_TEST

Suite *letters_suite(void)
{
    Suite *suite = suite_create("letters");
    TCase *tcase = tcase_create("runs");

    tcase_add_test(tcase, neighbours_make_pairs);
    tcase_add_test(tcase, a_gap_begins_a_new_run);
    tcase_add_test(tcase, a_letter_with_many_marks_is_cut);
    tcase_add_test(tcase, korean_is_told_from_its_neighbours);
    suite_add_tcase(suite, tcase);
    return suite;
}
