#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/tokens.h"

Suite *tokens_suite(void);

/* Each token of `cut` is written as `w:`, `l:` or `m:` and its text, in upper case if it is plain.
 */
static const struct {
    const char *text, *cut;
} cases[] = {
    {"", ""},
    {" \t\r\n\f", ""},
    {"One word", "W:One W:word"},
    {"Is it? Yes!", "W:Is W:it m:? W:Yes m:!"},
    {"a...b", "W:a m:. m:. m:. W:b"},
    {"end.Next", "W:end m:. W:Next"},
    {"Washington, D.C. (also", "W:Washington m:, w:D.C m:. m:( W:also"},
    {"U.S. e.g. this", "w:U.S m:. w:e.g m:. W:this"},
    {"a population of 55,274.", "W:a W:population W:of w:55,274 m:."},
    {"1,2,3 4. 5", "w:1,2,3 W:4 m:. W:5"},
    {"rerank-v3.5", "W:rerank m:- w:v3.5"},
    {"C++, C# and g++; C+", "w:C++ m:, w:C# W:and w:g++ m:; W:C m:+"},
    {"1++ abc# x#y", "W:1 m:+ m:+ W:abc m:# W:x m:# W:y"},
    {"don't Cohere's we'll 'quoted'", "w:don't w:Cohere's w:we'll m:' W:quoted m:'"},
    {"don\xe2\x80\x99t \xe2\x80\x99s", "w:don\xe2\x80\x99t m:\xe2\x80\x99 W:s"},
    {"l'amour o'", "W:l m:' W:amour W:o m:'"},
    {"it's_a", "w:it's m:_ W:a"},
    {"naïve Größe", "w:naïve w:Größe"},
    {"cafe\xcc\x81s", "w:cafe\xcc\x81s"},
    {"\xcc\x81 x", "W:x"},
    {"Москва — столица", "w:Москва m:— w:столица"},
    {"東京の駅", "l:東 l:京 l:の l:駅"},
    {"AI東京2020年", "W:AI l:東 l:京 W:2020 l:年"},
    {"ｶﾞｽ", "l:ｶﾞ l:ｽ"},
    {"ไทย ก็", "l:ไ l:ท l:ย l:ก็"},
    {"한국어 문서", "w:한국어 w:문서"},
    {"ok 🐧☃\xef\xb8\x8f", "W:ok l:🐧 l:☃\xef\xb8\x8f"},
    {"\xc2\xa0\xe3\x80\x80x\xc2\xady", "w:x\xc2\xady"},
    {"\xff\xfe x", "m:\xff m:\xfe W:x"},
    {"\xe6\x9d", "m:\xe6 m:\x9d"},
    {"x\xf0\x9f", "W:x m:\xf0 m:\x9f"},
};

static char kind_letter(const struct token *token)
{
    switch (token->kind) {
    case TOKEN_WORD:
        return token->plain ? 'W' : 'w';
    case TOKEN_LETTER:
        return 'l';
    case TOKEN_MARK:
        break;
    }
    return 'm';
}

START_TEST(text_is_cut_into_words_letters_and_marks)
{
    AUTO(buf_done) struct buf cut = {0};
    struct tokens walk = {.input = text_of(cases[_i].text)};
    struct token token;
    size_t count = 0;

    while (tokens_next(&walk, &token)) {
        buf_add_format(&cut, "%s%c:", count++ ? " " : "", kind_letter(&token));
        buf_add_text(&cut, token.text);
    }
    buf_add_char(&cut, '\0');
    ck_assert_str_eq(cut.data, cases[_i].cut);
}
END_TEST

START_TEST(the_end_leaves_the_token_alone)
{
    struct tokens walk = {.input = TEXT("one  ")};
    struct token token;

    ck_assert(tokens_next(&walk, &token));
    ck_assert(!tokens_next(&walk, &token));
    ck_assert(!tokens_next(&walk, &token));
    ck_assert(text_eq(token.text, TEXT("one")));
    walk = (struct tokens){0};
    ck_assert(!tokens_next(&walk, &token));
}
END_TEST

/* A text that ends anywhere, read from memory of just its size: the sanitizers watch the end. */
START_TEST(a_text_may_be_cut_at_any_byte)
{
    struct text whole = TEXT("D.C., 55,274 don\xe2\x80\x99t we'll C++ 東京 cafe\xcc\x81 🐧");

    for (size_t len = 0; len <= whole.len; len++) {
        AUTO(buf_done) struct buf copy = {0};
        struct tokens walk;
        struct token token;
        size_t count = 0;
        char *exact;

        buf_add(&copy, whole.data, len);
        exact = malloc(len ? len : 1);
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, copy.data ? copy.data : "", len);
        walk = (struct tokens){.input = {exact, len}};
        while (tokens_next(&walk, &token))
            count++;
        ck_assert_uint_le(count, len);
        free(exact);
    }
}
END_TEST

Suite *tokens_suite(void)
{
    Suite *suite = suite_create("tokens");
    TCase *tcase = tcase_create("cutting");

    tcase_add_loop_test(tcase, text_is_cut_into_words_letters_and_marks, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, the_end_leaves_the_token_alone);
    tcase_add_test(tcase, a_text_may_be_cut_at_any_byte);
    suite_add_tcase(suite, tcase);
    return suite;
}
