#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/ranker.h"

Suite *ranker_suite(void);

enum { DOCUMENTS_MAX = 5 };

static struct ranker ranker;

static void setup(void)
{
    ck_assert(ranker_init(&ranker));
}

static void teardown(void)
{
    ranker_done(&ranker);
}

static void ask(enum term_language language, const char *query)
{
    ck_assert(ranker_set_query(&ranker, language, text_of(query)));
}

static float score(const char *document)
{
    return ranker_score(&ranker, text_of(document));
}

/* Questions and answers, the best document first and each better than the next. The first ones are
 * from Cohere's documentation, with the order that it shows. */
static const struct {
    enum term_language language;
    const char *query;
    const char *documents[DOCUMENTS_MAX];
} orders[] = {
    {TERM_ENGLISH,
     "What is the capital of the United States?",
     {"Washington, D.C. (also known as simply Washington or D.C., and officially as the District "
      "of "
      "Columbia) is the capital of the United States. It is a federal district.",
      "Capital punishment has existed in the United States since beforethe United States was a "
      "country. As of 2017, capital punishment is legal in 30 of the 50 states.",
      "Carson City is the capital city of the American state of Nevada.",
      "Capitalization or capitalisation in English grammar is the use of a capital letter at the "
      "start of a word. English usage varies from capitalization in other languages."}},
    {TERM_ENGLISH,
     "What is the capital of the United States?",
     {"Washington, D.C. (also known as simply Washington or D.C., and officially as the District "
      "of "
      "Columbia) is the capital of the United States. It is a federal district.",
      "Capital punishment has existed in the United States since beforethe United States was a "
      "country. As of 2017, capital punishment is legal in 30 of the 50 states.",
      "Carson City is the capital city of the American state of Nevada.",
      "The Commonwealth of the Northern Mariana Islands is a group of islands in the Pacific "
      "Ocean. "
      "Its capital is Saipan."}},
    {TERM_MULTILINGUAL, "Test query", {"This is a test document.", "Another test document."}},
    {TERM_ENGLISH, "Test query", {"This is a test document.", "Another test document."}},
    {TERM_MULTILINGUAL,
     "penguins",
     {"content: This document is about Penguins.\n", "content: This document is about Physics.\n"}},
    {TERM_ENGLISH,
     "how do I reset my password",
     {"To reset your password, open Settings and choose Reset password.",
      "If you forgot it, your password can be reset by an administrator.",
      "Passwords must have eight characters.",
      "Our office is open from nine to five on weekdays."}},
    {TERM_ENGLISH,
     "rerank-v3.5 C++ client",
     {"A C++ client library for rerank-v3.5.", "A client in C for rerank v2.",
      "A Java client for embed."}},
    {TERM_MULTILINGUAL,
     "Was ist die Hauptstadt von Deutschland?",
     {"Berlin ist die Hauptstadt und der Regierungssitz von Deutschland.",
      "München ist die Hauptstadt des Freistaates Bayern.",
      "Die Katze sitzt auf der Matte und ist müde."}},
    {TERM_MULTILINGUAL,
     "Какая столица России?",
     {"Москва — столица России.", "Париж — столица Франции.",
      "Кошка сидит на окне, и это хорошо."}},
    {TERM_MULTILINGUAL,
     "東京の人口",
     {"東京の人口は約千四百万人です。", "大阪の人口は東京より少ない。", "京都は古い都です。"}},
    {TERM_MULTILINGUAL, "水", {"水が好きです。", "火が好きです。火はあつい。"}},
    {TERM_MULTILINGUAL,
     "한국의 수도",
     {"한국의 수도는 서울이다.", "대한민국은 한국의 이름이다.", "고양이가 잔다."}},
    {TERM_ENGLISH, "to be or not to be", {"To be, or not to be: that is it.", "Not a bee or two."}},
};

START_TEST(the_better_answer_scores_higher)
{
    ask(orders[_i].language, orders[_i].query);
    for (size_t i = 1; i < DOCUMENTS_MAX && orders[_i].documents[i]; i++)
        ck_assert_float_gt(score(orders[_i].documents[i - 1]), score(orders[_i].documents[i]));
}
END_TEST

START_TEST(the_capital_comes_first_among_longer_documents)
{
    static const char *const others[] = {
        "Carson City is the capital city of the American state of Nevada. At the 2010 United "
        "States Census, Carson City had a population of 55,274.",
        "The Commonwealth of the Northern Mariana Islands is a group of islands in the Pacific "
        "Ocean that are a political division controlled by the United States. Its capital is "
        "Saipan.",
        "Charlotte Amalie is the capital and largest city of the United States Virgin Islands. It "
        "has about 20,000 people. The city is on the island of Saint Thomas.",
        "Capital punishment has existed in the United States since before the United States was a "
        "country. As of 2017, capital punishment is legal in 30 of the 50 states. The federal "
        "government (including the United States military) also uses capital punishment.",
    };
    float best;

    ask(TERM_ENGLISH, "What is the capital of the United States?");
    best = score("Washington, D.C. (also known as simply Washington or D.C., and officially as the "
                 "District of Columbia) is the capital of the United States. It is a federal "
                 "district. The President of the USA and many major national government offices "
                 "are in the territory. This makes it the political center of the United States of "
                 "America.");
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        ck_assert_float_lt(score(others[i]), best);
}
END_TEST

static const struct {
    const char *query, *document;
} answers[] = {
    {"reset password", "Reset your password here."},
    {"what is the capital of Canada", "Ottawa is Canada's capital."},
    {"what is the capital of Canada", "The capital of Canada is Ottawa."},
    {"how do I reset my password", "If you forgot it, your password can be reset by an admin."},
    {"penguins", "This document is about Penguins."},
    {"rerank-v3.5", "Use rerank-v3.5 for that."},
    {"55,274 people", "People: 55274, of which none is left today."},
};

START_TEST(all_content_words_close_together_score_above_nine_tenths)
{
    ask(TERM_ENGLISH, answers[_i].query);
    ck_assert_float_gt(score(answers[_i].document), 0.9F);
}
END_TEST

static const struct {
    const char *query, *document;
} strangers[] = {
    {"What is the capital of the United States?", "How is the weather at the end of the year?"},
    {"penguins", "content: This document is about Physics.\n"},
    {"what is the capital of Canada", "Ottawa"},
    {"reset password", ""},
    {"?!", "Is this it?!"},
    {"", "anything"},
    {"", ""},
    {"東京", "Tokyo"},
};

START_TEST(the_unrelated_scores_below_a_hundredth_but_above_nothing)
{
    ask(TERM_ENGLISH, strangers[_i].query);
    ck_assert_float_lt(score(strangers[_i].document), 0.01F);
    ck_assert_float_gt(score(strangers[_i].document), 0);
}
END_TEST

START_TEST(without_a_shared_word_the_shorter_scores_a_little_higher)
{
    ask(TERM_ENGLISH, "penguins");
    ck_assert_float_gt(score("Physics."), score("Physics is about matter and its motion."));
}
END_TEST

static const char *const same[] = {
    "the PENGUIN colony",
    "The Penguin Colony!",
    "  the\npenguin\tcolony",
    "ｔｈｅ penguin colony",
    "the penguin\xe2\x80\x99s colony",
    "the pénguin colony",
};

START_TEST(spelling_and_layout_do_not_matter)
{
    ask(TERM_ENGLISH, "Penguin colony");
    ck_assert_float_eq(score(same[_i]), score("the penguin colony"));
}
END_TEST

START_TEST(another_ending_counts_less_than_the_word_itself)
{
    ask(TERM_ENGLISH, "penguin colony");
    ck_assert_float_gt(score("a penguin colony"), score("a penguin colonies"));
    ck_assert_float_gt(score("a penguin colonies"), score("a penguin column"));
}
END_TEST

static const char *const words[] = {"harbour", "festival", "penguin", "colony", "winter"};

/* Write the words of `set`, with others around them, so that the length stays the same. */
static void write_document(struct buf *document, unsigned set)
{
    buf_clear(document);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        buf_add_string(document, "some quiet ");
        buf_add_string(document, set >> i & 1 ? words[i] : "nothing");
        buf_add_char(document, ' ');
    }
    ck_assert(!document->failed);
}

START_TEST(each_further_word_of_the_query_raises_the_score)
{
    AUTO(buf_done) struct buf document = {0};

    ask(TERM_ENGLISH, "harbour festival penguin colony winter");
    for (unsigned set = 0; set < 1U << ARRAY_LEN(words); set++) {
        float less;

        write_document(&document, set);
        less = ranker_score(&ranker, buf_text(&document));
        for (size_t i = 0; i < ARRAY_LEN(words); i++) {
            if (set >> i & 1)
                continue;
            write_document(&document, set | 1U << i);
            ck_assert_float_gt(ranker_score(&ranker, buf_text(&document)), less);
        }
    }
}
END_TEST

/* From eight words on, which is where a fragment ends. */
START_TEST(words_of_no_use_never_raise_the_score)
{
    AUTO(buf_done) struct buf document = {0};
    float last;

    ask(TERM_ENGLISH, "penguin colony");
    buf_add_string(&document, "one two three penguin five six colony eight");
    last = ranker_score(&ranker, buf_text(&document));
    for (size_t i = 0; i < 50; i++) {
        float now;

        buf_add_string(&document, " filler");
        now = ranker_score(&ranker, buf_text(&document));
        ck_assert_float_le(now, last);
        last = now;
    }
}
END_TEST

START_TEST(order_and_nearness_raise_the_score)
{
    ask(TERM_ENGLISH, "united states");
    ck_assert_float_gt(score("they were the united states of then"),
                       score("they were the states united of then"));
    ck_assert_float_gt(score("they were the states united of then"),
                       score("united they were of then the states"));
}
END_TEST

START_TEST(scores_do_not_depend_on_what_was_scored_before)
{
    static const char *const document = "The penguin colony of the south, and a penguin.";
    struct ranker other = {0};
    float first;

    ask(TERM_ENGLISH, "penguin colony");
    first = score(document);
    (void)score("penguin colony penguin colony");
    (void)score("東京の人口 penguin");
    ck_assert_float_eq(score(document), first);
    ask(TERM_MULTILINGUAL,
        "a much longer query about a penguin, 東京 and many other things beside");
    (void)score(document);
    ask(TERM_ENGLISH, "penguin colony");
    ck_assert_float_eq(score(document), first);
    ck_assert(ranker_init(&other));
    ck_assert(ranker_set_query(&other, TERM_ENGLISH, TEXT("penguin colony")));
    ck_assert_float_eq(ranker_score(&other, text_of(document)), first);
    ranker_done(&other);
}
END_TEST

/* A change of these numbers is a change of the model, which users compare recorded answers with. */
START_TEST(scores_are_the_same_to_the_last_bit_on_every_machine)
{
    ask(TERM_ENGLISH, "What is the capital of the United States?");
    ck_assert_float_eq(score("Carson City is the capital city of the American state of Nevada."),
                       0.318064183F);
    ck_assert_float_eq(score("Ottawa"), 0.00301092118F);
    ask(TERM_MULTILINGUAL, "東京の人口");
    ck_assert_float_eq(score("大阪の人口は東京より少ない。"), 0.643140554F);
}
END_TEST

START_TEST(squashing_keeps_the_order_and_stays_inside)
{
    float last = 0;

    for (int i = -160; i <= 160; i++) {
        float now = ranker_squash(i / 8.0);

        ck_assert_float_ge(now, last);
        ck_assert_float_lt(now, 1);
        last = now;
    }
    ck_assert_float_eq(ranker_squash(0), 0.5F);
    ck_assert_float_eq_tol(ranker_squash(2), 0.880797078F, 1e-7F);
    ck_assert_float_eq_tol(ranker_squash(-5), 0.006692851F, 1e-8F);
}
END_TEST

START_TEST(measuring_counts_the_tokens)
{
    struct ranker_features features;

    ask(TERM_ENGLISH, "What is it?");
    ck_assert_uint_eq(ranker.query_tokens, 4);
    ranker_measure(&ranker, TEXT("Washington, D.C. 東京"), &features);
    ck_assert_uint_eq(features.token_count, 6);
}
END_TEST

/* A megabyte of one word, of letters without an end, of one letter, and of bytes of no sense. */
static const char *const floods[] = {"a ", "x", "東", "\xff\x80", "\xcc\x81", "한", "x'", ".", "é"};

START_TEST(a_flood_is_scored_like_anything_else)
{
    AUTO(buf_done) struct buf flood = {0};
    float result;

    while (flood.len < 1 << 20)
        buf_add_string(&flood, floods[_i]);
    ck_assert(!flood.failed);
    ask(TERM_MULTILINGUAL, floods[_i]);
    result = ranker_score(&ranker, buf_text(&flood));
    ck_assert(result > 0 && result < 1);
    ck_assert(ranker_set_query(&ranker, TERM_MULTILINGUAL, buf_text(&flood)));
    result = score("a x 東東 한한 é");
    ck_assert(result > 0 && result < 1);
}
END_TEST

START_TEST(a_query_of_more_words_than_count_still_ranks)
{
    AUTO(buf_done) struct buf query = {0};

    for (unsigned i = 0; i < 4 * RANKER_TERMS_MAX; i++)
        buf_add_format(&query, "word%u ", i);
    ck_assert(ranker_set_query(&ranker, TERM_ENGLISH, buf_text(&query)));
    ck_assert_float_gt(score("word1 word2 word3"), score("word1 other others"));
    ck_assert_float_gt(ranker_score(&ranker, buf_text(&query)), 0.9F);
}
END_TEST

/* Bytes of all kinds, pieces of what the cutting knows among them. The sanitizers watch. */
/* In a word that begins in Hangul each further character makes a pair, and may be one byte long. */
START_TEST(a_word_of_hangul_and_latin_has_as_many_terms_as_characters)
{
    AUTO(ranker_done) struct ranker fresh = {0};

    ck_assert(ranker_init(&fresh));
    ck_assert(ranker_set_query(&fresh, TERM_MULTILINGUAL,
                               TEXT("\xed\x95\x9c"
                                    "bcdefghijklmnopqrstuvwxyz0123456789")));
    ck_assert_uint_ge(fresh.term_count, 30);
    ck_assert_float_gt(ranker_score(&fresh, TEXT("\xed\x95\x9c"
                                                 "bcdefghijklmnopqrstuvwxyz0123456789")),
                       0.5F);
}
END_TEST

START_TEST(no_bytes_do_harm)
{
    static const char *const pieces[] = {"'s",   ".",        ",",
                                         "++",   "#",        "1",
                                         "a",    "Z",        "\xe2\x80\x99",
                                         "東",   "の",       "ｶ",
                                         "ﾞ",    "\xcc\x81", "한",
                                         "\xff", "\xe6\x9d", "\xf0\x9f",
                                         "Ж",    "İ",        "\xef\xb7\xba",
                                         " ",    "the",      "ing"};
    uint32_t state = 1;

    for (unsigned round = 0; round < 3000; round++) {
        AUTO(buf_done) struct buf text = {0};
        size_t cut;
        float result;

        for (unsigned i = 0; i < 40; i++) {
            state = state * 1664525 + 1013904223;
            buf_add_string(&text, pieces[(state >> 8) % ARRAY_LEN(pieces)]);
        }
        cut = (state >> 8) % text.len;
        if (!ranker_set_query(&ranker, round % 2 ? TERM_ENGLISH : TERM_MULTILINGUAL,
                              (struct text){text.data, cut}))
            ck_abort_msg("out of memory");
        result = ranker_score(&ranker, (struct text){text.data + cut / 2, text.len - cut / 2});
        if (!(result > 0 && result < 1))
            ck_abort_msg("round %u scores %f", round, (double)result);
    }
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, setup, teardown);
    suite_add_tcase(suite, tcase);
    return tcase;
}

Suite *ranker_suite(void)
{
    Suite *suite = suite_create("ranker");
    TCase *tcase = add_case(suite, "examples");

    tcase_add_loop_test(tcase, the_better_answer_scores_higher, 0, ARRAY_LEN(orders));
    tcase_add_test(tcase, the_capital_comes_first_among_longer_documents);
    tcase_add_loop_test(tcase, all_content_words_close_together_score_above_nine_tenths, 0,
                        ARRAY_LEN(answers));
    tcase_add_loop_test(tcase, the_unrelated_scores_below_a_hundredth_but_above_nothing, 0,
                        ARRAY_LEN(strangers));
    tcase = add_case(suite, "rules");
    tcase_add_test(tcase, without_a_shared_word_the_shorter_scores_a_little_higher);
    tcase_add_loop_test(tcase, spelling_and_layout_do_not_matter, 0, ARRAY_LEN(same));
    tcase_add_test(tcase, another_ending_counts_less_than_the_word_itself);
    tcase_add_test(tcase, each_further_word_of_the_query_raises_the_score);
    tcase_add_test(tcase, words_of_no_use_never_raise_the_score);
    tcase_add_test(tcase, order_and_nearness_raise_the_score);
    tcase = add_case(suite, "determinism");
    tcase_add_test(tcase, scores_do_not_depend_on_what_was_scored_before);
    tcase_add_test(tcase, scores_are_the_same_to_the_last_bit_on_every_machine);
    tcase_add_test(tcase, squashing_keeps_the_order_and_stays_inside);
    tcase_add_test(tcase, measuring_counts_the_tokens);
    tcase = add_case(suite, "limits");
    tcase_add_loop_test(tcase, a_flood_is_scored_like_anything_else, 0, ARRAY_LEN(floods));
    tcase_add_test(tcase, a_query_of_more_words_than_count_still_ranks);
    tcase_add_test(tcase, a_word_of_hangul_and_latin_has_as_many_terms_as_characters);
    tcase_add_test(tcase, no_bytes_do_harm);
    return suite;
}
