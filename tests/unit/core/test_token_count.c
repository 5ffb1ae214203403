#include "core/token_count.h"

#include <check.h>
#include <stdlib.h>
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

/* Cutting looks at one character after the other, counting at 64 bytes at once. */
START_TEST(tokens_counted_are_the_tokens_cut_off)
{
    static const char *const characters[] = {"a",
                                             "Z",
                                             "_",
                                             "0",
                                             "9",
                                             "@",
                                             "[",
                                             "`",
                                             "{",
                                             "/",
                                             ":",
                                             " ",
                                             " ",
                                             "\t",
                                             "\r",
                                             "\b",
                                             "\x0e",
                                             "\x1f",
                                             "\x7f",
                                             "e",
                                             "s",
                                             "\xc3\xa9",
                                             "\xe4\xbd\xa0",
                                             "\xc2\xa0"};
    size_t kinds = _i ? ARRAY_LEN(characters) : ARRAY_LEN(characters) - 3; /* 0: ASCII only */

    srand48(_i);
    for (int round = 0; round < 3000; round++) {
        AUTO(buf_done) struct buf b = {0};
        struct text rest;
        size_t count, cut = 0;

        for (long i = lrand48() % 300; i > 0; i--)
            buf_add_string(&b, characters[(size_t)lrand48() % kinds]);
        rest = buf_text(&b);
        count = token_count(rest);
        /* The first piece may be nothing but white space. */
        for (; token_count(rest) > 0; cut++)
            (void)token_cut(&rest, 1);
        if (cut != count)
            ck_abort_msg("%zu tokens counted, %zu cut off '%s'", count, cut, b.data);
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

/* Cut each text, three times over, at every token: the parts count as many as the whole. */
START_TEST(a_text_is_cut_between_its_tokens)
{
    AUTO(buf_done) struct buf b = {0};
    size_t count;

    for (size_t i = 0; i < 3; i++) {
        buf_add_string(&b, cases[_i].text);
        buf_add_string(&b, " .");
    }
    count = token_count(buf_text(&b));
    ck_assert_uint_eq(count, 3 * (cases[_i].tokens + 1));
    for (size_t at = 0; at < count; at++) {
        struct text rest = buf_text(&b);
        struct text front = token_cut(&rest, at);

        ck_assert_uint_eq(token_count(front), at);
        ck_assert_uint_eq(token_count(rest), count - at);
        ck_assert_uint_eq(front.len + rest.len, b.len);
        ck_assert_ptr_eq(rest.data, front.data + front.len);
    }
}
END_TEST

/* clang-format off */
static const struct {
    const char *text;
    size_t count;
    const char *front, *rest;
} cuts[] = {
    {"",               0, "",            NULL},
    {"",               5, "",            NULL},
    {" a b",           0, " ",           "a b"},
    {"a b",            0, "",            "a b"},
    {"a, b c",         1, "a",           ", b c"},
    {"a, b c",         2, "a, ",         "b c"},
    {"a, b c",         3, "a, b ",       "c"},
    {"a, b c",         4, "a, b c",      NULL},
    {"a, b c  ",       4, "a, b c  ",    NULL},
    {"a, b c",      1000, "a, b c",      NULL},
    {"word",           1, "word",        NULL},
    {"\xe4\xbd\xa0\xe5\xa5\xbd", 1, "\xe4\xbd\xa0", "\xe5\xa5\xbd"},
};
/* clang-format on */

START_TEST(white_space_stays_with_the_token_before_it)
{
    struct text rest = text_of(cuts[_i].text);
    struct text front = token_cut(&rest, cuts[_i].count);

    ck_assert(text_eq(front, text_of(cuts[_i].front)));
    ck_assert(text_eq(rest, text_of(cuts[_i].rest)));
    ck_assert_int_eq(rest.data == NULL, cuts[_i].rest == NULL);
}
END_TEST

START_TEST(a_long_text_is_cut_where_it_was_asked)
{
    AUTO(buf_done) struct buf b = {0};

    for (size_t i = 0; i < 10000; i++)
        buf_add_string(&b, i % 700 < 650 ? "word " : "\xc3\xa9t\xc3\xa9, ");
    for (size_t at = 1; at < 10000; at = at * 3 / 2 + 1) {
        struct text rest = buf_text(&b);

        ck_assert_uint_eq(token_count(token_cut(&rest, at)), at);
    }
}
END_TEST

Suite *token_count_suite(void)
{
    Suite *suite = suite_create("token_count");
    TCase *tcase = tcase_create("texts");

    tcase_add_loop_test(tcase, one_word_or_punctuation_mark_is_one_token, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, a_text_counts_the_same_wherever_it_lies, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, tokens_counted_are_the_tokens_cut_off, 0, 2);
    tcase_add_test(tcase, a_word_goes_on_from_block_to_block);
    tcase_add_loop_test(tcase, a_text_is_cut_between_its_tokens, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, white_space_stays_with_the_token_before_it, 0, ARRAY_LEN(cuts));
    tcase_add_test(tcase, a_long_text_is_cut_where_it_was_asked);
    suite_add_tcase(suite, tcase);
    return suite;
}
