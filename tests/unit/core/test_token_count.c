#include "core/token_count.h"

#include <check.h>
#include <string.h>

#include "base/buf.h"

Suite *token_count_suite(void);

static const struct {
    const char *text;
    size_t tokens;
} cases[] = {
    {"", 0},
    {" \t\r\n\v\f", 0},
    {"word", 1},
    {"two words", 2},
    {"  two  words  ", 2},
    {"snake_case 42nd", 2},
    {"Don't!", 4},
    {"a,b", 3},
    {"...", 3},
    {"\x01", 1},
    {"na\xc3\xafve caf\xc3\xa9", 2},
    {"e\xcc\x81t\xc3\xa9", 1},                                 /* a combining accent */
    {"\xd0\x9c\xd0\xbe\xd1\x81\xd0\xba\xd0\xb2\xd0\xb0 1", 2}, /* Cyrillic */
    {"\xe4\xbd\xa0\xe5\xa5\xbd", 2},                           /* Han */
    {"\xe3\x81\x82\xe3\x82\xa2x", 3},                          /* kana */
    {"\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4 \xeb\xac\xb8", 2},  /* Hangul has spaces */
    {"\xf0\x9f\x90\xa7\xf0\x9f\x90\xa7", 2},                   /* emoji */
    {"\xc2\xa0\xe3\x80\x80\xc2\x85\xe2\x80\xa8", 0},           /* white space */
    {"caf\xc3\xa9s", 1},
    {"\xe2\x82\xac"
     "5",
     2},
};

START_TEST(one_word_or_punctuation_mark_is_one_token)
{
    ck_assert_uint_eq(token_count(text_of(cases[_i].text)), cases[_i].tokens);
}
END_TEST

/* Blocks of 64 bytes must not show: each text again at every place in a longer one. */
START_TEST(a_text_counts_the_same_wherever_it_lies)
{
    for (size_t before = 0; before < 200; before++) {
        AUTO(buf_done) struct buf b = {0};

        for (size_t i = 0; i < before; i++)
            buf_add_char(&b, i % 3 ? 'x' : ' ');
        buf_add_char(&b, ' ');
        buf_add_string(&b, cases[_i].text);
        buf_add_string(&b, " y");
        if (token_count(buf_text(&b)) !=
            cases[_i].tokens + (before + 2) / 3 - (before % 3 == 1) + 1)
            ck_abort_msg("after %zu bytes: %zu", before, token_count(buf_text(&b)));
    }
}
END_TEST

START_TEST(a_word_goes_on_from_block_to_block)
{
    char word[1000];

    memset(word, 'w', sizeof(word));
    for (size_t len = 1; len < sizeof(word); len++)
        if (token_count((struct text){word, len}) != 1)
            ck_abort_msg("%zu bytes", len);
    memset(word, '!', sizeof(word));
    ck_assert_uint_eq(token_count((struct text){word, sizeof(word)}), sizeof(word));
    /* The character before the second block has two bytes and is a letter. */
    memset(word, ' ', sizeof(word));
    word[64] = '\xc3';
    word[65] = '\xa9';
    word[66] = 's';
    ck_assert_uint_eq(token_count((struct text){word, 300}), 1);
}
END_TEST

Suite *token_count_suite(void)
{
    Suite *suite = suite_create("token_count");
    TCase *tcase = tcase_create("texts");

    tcase_add_loop_test(tcase, one_word_or_punctuation_mark_is_one_token, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, a_text_counts_the_same_wherever_it_lies, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, a_word_goes_on_from_block_to_block);
    suite_add_tcase(suite, tcase);
    return suite;
}
