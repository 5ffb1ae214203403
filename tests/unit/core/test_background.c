#include <check.h>

#include "core/background.h"

Suite *background_suite(void);

START_TEST(a_rarer_word_weighs_more)
{
    float system = background_weight(TEXT("system"));
    float capital = background_weight(TEXT("capit"));
    float penguin = background_weight(TEXT("penguin"));

    ck_assert_float_gt(system, 1);
    ck_assert_float_lt(system, capital);
    ck_assert_float_lt(capital, penguin);
    ck_assert_float_eq(penguin, 8);
}
END_TEST

START_TEST(a_part_of_a_known_stem_is_not_known)
{
    ck_assert_float_eq(background_weight(TEXT("syste")), 8);
    ck_assert_float_eq(background_weight(TEXT("ystem")), 8);
    ck_assert_float_eq(background_weight(TEXT("")), 8);
}
END_TEST

static const struct {
    const char *word;
    bool english, multilingual;
} words[] = {
    {"the", true, true},   {"what", true, true}, {"dont", true, true},      {"und", false, true},
    {"как", false, true},  {"fur", false, true}, {"capital", false, false}, {"not", false, false},
    {"war", false, false}, {"th", false, false}, {"", false, false},
};

START_TEST(function_words_are_known_by_language)
{
    struct text word = text_of(words[_i].word);

    ck_assert_int_eq(background_is_function_word(word, false), words[_i].english);
    ck_assert_int_eq(background_is_function_word(word, true), words[_i].multilingual);
}
END_TEST

Suite *background_suite(void)
{
    Suite *suite = suite_create("background");
    TCase *tcase = tcase_create("weights");

    tcase_add_test(tcase, a_rarer_word_weighs_more);
    tcase_add_test(tcase, a_part_of_a_known_stem_is_not_known);
    tcase_add_loop_test(tcase, function_words_are_known_by_language, 0, ARRAY_LEN(words));
    suite_add_tcase(suite, tcase);
    return suite;
}
