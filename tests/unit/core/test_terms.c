#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "core/terms.h"

Suite *terms_suite(void);

static struct stemmers stemmers;

static void setup(void)
{
    ck_assert(stemmers_init(&stemmers));
}

static void teardown(void)
{
    stemmers_done(&stemmers);
}

static struct token first_token(struct text text)
{
    struct tokens walk = {.input = text};
    struct token token;

    ck_assert(tokens_next(&walk, &token));
    return token;
}

static const struct {
    const char *word, *folded;
} foldings[] = {
    {"Word", "word"},
    {"X11", "x11"},
    {"D.C", "dc"},
    {"55,274", "55274"},
    {"v3.5", "v3.5"},
    {"C++", "c++"},
    {"Cohere's", "cohere"},
    {"Cohere\xe2\x80\x99S", "cohere"},
    {"Don't", "dont"},
    {"we'll", "well"},
    {"Zürich", "zurich"},
    {"Zu\xcc\x88rich", "zurich"},
    {"Größe", "grosse"},
    {"İstanbul", "istanbul"},
    {"ﬁnd", "find"},
    {"ＡＢＣ１", "abc1"},
    {"ΣΊΣΥΦΟΣ", "σισυφοσ"},
    {"Ёлка", "елка"},
    {"Йод", "йод"},
    {"й", "й"},
    {"ё\xef\xbe\x9e", "е\xe3\x82\x99"},
    {"и\xcc\x86", "й"},
    {"東", "東"},
    {"ｶﾞ", "ガ"},
    {"한국", "한국"},
    {"ㄱ", "ᄀ"},
    {"x\xc2\xady", "xy"},
    {"\xe2\x84\xa2", "tm"},
};

START_TEST(spellings_of_one_word_fold_together)
{
    struct token token = first_token(text_of(foldings[_i].word));
    char folded[TERM_SIZE + 1];

    folded[term_fold(&token, folded)] = '\0';
    ck_assert_str_eq(folded, foldings[_i].folded);
}
END_TEST

/* Long words of one, two and three bytes a letter, and one letter that becomes eighteen. */
static const char *const long_parts[] = {"A", "x\xcc\x81", "é", "Ж", "ḝ", "\xef\xb7\xba"};

START_TEST(a_long_word_is_cut_to_its_front)
{
    AUTO(buf_done) struct buf word = {0};
    char folded[TERM_SIZE];
    struct token token;
    size_t len;

    for (size_t i = 0; i < 300; i++)
        buf_add_string(&word, long_parts[_i]);
    token = first_token(buf_text(&word));
    len = term_fold(&token, folded);
    ck_assert_uint_gt(len, 0);
    ck_assert_uint_le(len, TERM_SIZE);
    ck_assert(utf8_is_valid((struct text){folded, len}));
}
END_TEST

static const struct {
    const char *word;
    enum term_language language;
    const char *stem;
} stems[] = {
    {"states", TERM_ENGLISH, "state"},          {"capitalization", TERM_ENGLISH, "capit"},
    {"penguins", TERM_MULTILINGUAL, "penguin"}, {"v3.5s", TERM_ENGLISH, "v3.5s"},
    {"столицей", TERM_ENGLISH, "столицей"},     {"столицей", TERM_MULTILINGUAL, "столиц"},
    {"東京", TERM_MULTILINGUAL, "東京"},        {"", TERM_ENGLISH, ""},
};

START_TEST(endings_go_by_the_rules_of_the_language)
{
    struct text stem = term_stem(&stemmers, stems[_i].language, text_of(stems[_i].word));

    ck_assert(text_eq(stem, text_of(stems[_i].stem)));
}
END_TEST

static const char *const roots[] = {
    "d",    "t",     "l",     "sk",    "b",    "a",     "y",       "cr",     "hop",    "hopp",
    "nat",  "rel",   "arsen", "gener", "comm", "organ", "capital", "possib", "happ",   "enjoy",
    "flu",  "gent",  "earl",  "sing",  "idl",  "on",    "pre",     "archeo", "volcan", "sens",
    "abil", "noble", "type",  "queu",  "agre", "bi",    "under",   "oo",     "stat",   "tt",
};

static const char *const endings[] = {
    "",        "s",     "es",      "ies",    "ied",   "ed",    "ing",     "ying",    "eed",
    "ly",      "ily",   "edly",    "ingly",  "e",     "y",     "ee",      "le",      "ation",
    "ational", "ator",  "ization", "izer",   "alism", "ality", "iveness", "fulness", "ousness",
    "ously",   "ivity", "ability", "bility", "bly",   "fully", "lessly",  "logi",    "ogy",
    "ence",    "ency",  "ance",    "able",   "ible",  "ement", "ment",    "ent",     "ative",
    "icate",   "icity", "ical",    "ness",   "sses",  "us",    "ss",      "tional",  "entli",
    "al",      "er",    "ic",      "ism",    "ate",   "iti",   "ous",     "ive",     "ize",
};

/* One word of the table: the root `index`, and two endings. */
static void check_fronts(const char *root)
{
    for (size_t i = 0; i < ARRAY_LEN(endings) * ARRAY_LEN(endings); i++) {
        char word[TERM_SIZE];
        int len = snprintf(word, sizeof(word), "%s%s%s", root, endings[i % ARRAY_LEN(endings)],
                           endings[i / ARRAY_LEN(endings)]);
        struct text stem, front;

        if (len <= 0)
            continue;
        stem = term_stem(&stemmers, TERM_ENGLISH, (struct text){word, (size_t)len});
        front = (struct text){stem.data, term_stem_front(stem)};
        /* Each ck_assert costs a system call, and there are many words. */
        if (!text_has_prefix((struct text){word, (size_t)len}, front))
            ck_abort_msg("%s becomes %.*s", word, TEXT_ARG(stem));
    }
}

START_TEST(a_word_begins_as_its_stem_promises)
{
    check_fronts(roots[_i]);
}
END_TEST

/* More words than are kept, some twice in a row, some again after others took their places. */
START_TEST(a_stem_is_the_same_whether_it_is_known_or_new)
{
    static struct stemmers fresh;

    ck_assert(stemmers_init(&fresh));
    for (size_t i = 0; i < 4 * ARRAY_LEN(roots) * ARRAY_LEN(endings); i++) {
        size_t at = i / 2 % (ARRAY_LEN(roots) * ARRAY_LEN(endings));
        char word[TERM_SIZE];
        int len = snprintf(word, sizeof(word), "%s%s", roots[at % ARRAY_LEN(roots)],
                           endings[at / ARRAY_LEN(roots)]);
        struct text text = {word, (size_t)len};

        memset(fresh.known, 0, sizeof(fresh.known));
        if (!text_eq(term_stem(&stemmers, TERM_ENGLISH, text),
                     term_stem(&fresh, TERM_ENGLISH, text)))
            ck_abort_msg("%s", word);
    }
    stemmers_done(&fresh);
}
END_TEST

Suite *terms_suite(void)
{
    Suite *suite = suite_create("terms");
    TCase *tcase = tcase_create("folding");

    tcase_add_loop_test(tcase, spellings_of_one_word_fold_together, 0, ARRAY_LEN(foldings));
    tcase_add_loop_test(tcase, a_long_word_is_cut_to_its_front, 0, ARRAY_LEN(long_parts));
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("stemming");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, endings_go_by_the_rules_of_the_language, 0, ARRAY_LEN(stems));
    tcase_add_test(tcase, a_stem_is_the_same_whether_it_is_known_or_new);
    tcase_add_loop_test(tcase, a_word_begins_as_its_stem_promises, 0, ARRAY_LEN(roots));
    suite_add_tcase(suite, tcase);
    return suite;
}
