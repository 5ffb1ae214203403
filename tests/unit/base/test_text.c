#include <check.h>

#include "base/buf.h"

Suite *text_suite(void);

static const struct {
    struct text text;
    bool valid;
    size_t count;
} encodings[] = {
    {{"", 0}, true, 0},
    {{"plain ascii, longer than a word", 31}, true, 31},
    {{"\xc3\xa9", 2}, true, 1},
    {{"\xe2\x82\xac", 3}, true, 1},
    {{"\xf0\x9f\x90\xa7", 4}, true, 1},
    {{"\xf4\x8f\xbf\xbf", 4}, true, 1},
    {{"a\0b", 3}, true, 3},
    {{"\x80", 1}, false, 0},
    {{"\xc0\xaf", 2}, false, 0},
    {{"\xc1\xbf", 2}, false, 0},
    {{"\xe0\x80\xaf", 3}, false, 0},
    {{"\xed\xa0\x80", 3}, false, 0},
    {{"\xf0\x80\x80\xaf", 4}, false, 0},
    {{"\xf4\x90\x80\x80", 4}, false, 0},
    {{"\xf5\x80\x80\x80", 4}, false, 0},
    {{"\xff", 1}, false, 0},
    {{"12345678\xe2\x82", 10}, false, 0},
    {{"\xc3", 1}, false, 0},
    {{"\xc3(", 2}, false, 0},
};

START_TEST(utf8_is_judged_as_rfc_3629_has_it)
{
    ck_assert_int_eq(utf8_is_valid(encodings[_i].text), encodings[_i].valid);
    if (encodings[_i].valid)
        ck_assert_uint_eq(utf8_count(encodings[_i].text), encodings[_i].count);
}
END_TEST

/* The check goes by words of eight bytes, which characters of several bytes straddle. */
START_TEST(the_first_bad_character_is_found_wherever_it_is)
{
    static const struct text good[] = {
        {"x", 1}, {"\xc3\xa9", 2}, {"\xed\x9f\xbf", 3}, {"\xf0\x90\x80\x80", 4}};

    for (size_t count = 0; count < 40; count++) {
        AUTO(buf_done) struct buf b = {0};
        size_t len;

        for (size_t i = 0; i < count; i++)
            buf_add_text(&b, good[(i / 9 + (size_t)_i) % ARRAY_LEN(good)]);
        len = b.len;
        if (utf8_valid_len(buf_text(&b)) != len)
            ck_abort_msg("%zu good characters end early", count);
        buf_add_text(&b, encodings[_i].text);
        buf_add_text(&b, encodings[_i].valid ? TEXT("") : TEXT(" and more than a word"));
        if (utf8_valid_len(buf_text(&b)) < len ||
            utf8_is_valid(buf_text(&b)) != encodings[_i].valid)
            ck_abort_msg("encoding %d behind %zu characters", _i, count);
    }
}
END_TEST

START_TEST(every_character_decodes_to_what_was_encoded)
{
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        AUTO(buf_done) struct buf b = {0};
        uint32_t back;

        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        utf8_append(&b, c);
        /* Each ck_assert costs a system call, and there are a million characters. */
        if (!utf8_is_valid(buf_text(&b)) || utf8_decode(buf_text(&b), 0, &back) != b.len ||
            back != c)
            ck_abort_msg("U+%04X does not come back", (unsigned)c);
    }
}
END_TEST

static const struct {
    const char *text;
    bool ok;
    uint64_t value;
} numbers[] = {
    {"0", true, 0},
    {"42", true, 42},
    {"18446744073709551615", true, UINT64_MAX},
    {"18446744073709551616", false, 0},
    {"", false, 0},
    {"-1", false, 0},
    {"+1", false, 0},
    {" 1", false, 0},
    {"1a", false, 0},
};

START_TEST(only_plain_digits_in_range_are_a_number)
{
    uint64_t value = 7;

    ck_assert_int_eq(text_to_u64(text_of(numbers[_i].text), &value), numbers[_i].ok);
    ck_assert_uint_eq(value, numbers[_i].ok ? numbers[_i].value : 7);
}
END_TEST

START_TEST(signed_numbers_reach_both_ends)
{
    int64_t value;

    ck_assert(text_to_i64(TEXT("-9223372036854775808"), &value));
    ck_assert_int_eq(value, INT64_MIN);
    ck_assert(text_to_i64(TEXT("9223372036854775807"), &value));
    ck_assert_int_eq(value, INT64_MAX);
    ck_assert(!text_to_i64(TEXT("9223372036854775808"), &value));
    ck_assert(!text_to_i64(TEXT("-"), &value));
    ck_assert(!text_to_i64((struct text){0}, &value));
}
END_TEST

static const struct {
    const char *text;
    bool ok;
} json_numbers[] = {
    {"10.0", true}, {"-0", true},  {"1e5", true},  {"1E+5", true}, {"01", false},
    {".5", false},  {"5.", false}, {"0x1", false}, {"inf", false}, {"1e999", false},
    {"1e", false},  {"", false},   {"1 ", false},
};

START_TEST(doubles_follow_the_grammar_of_json)
{
    double value;

    ck_assert_int_eq(text_to_double(text_of(json_numbers[_i].text), &value), json_numbers[_i].ok);
}
END_TEST

START_TEST(percent_decoding_undoes_encoding_and_refuses_halves)
{
    AUTO(buf_done) struct buf b = {0};

    ck_assert(percent_decode(TEXT("a%2Fb%00c+d"), false, &b));
    ck_assert(text_eq(buf_text(&b), TEXT("a/b\0c+d")));
    buf_clear(&b);
    ck_assert(percent_decode(TEXT("a+b"), true, &b));
    ck_assert(text_eq(buf_text(&b), TEXT("a b")));
    ck_assert(!percent_decode(TEXT("%"), false, &b));
    ck_assert(!percent_decode(TEXT("%4"), false, &b));
    ck_assert(!percent_decode(TEXT("%4x"), false, &b));
    buf_clear(&b);
    percent_encode(TEXT("a b/\xc3\xa9~"), &b);
    ck_assert_str_eq(b.data, "a%20b%2F%C3%A9~");
}
END_TEST

START_TEST(cutting_walks_through_fields)
{
    struct text rest = TEXT("a,,b");

    ck_assert(text_eq(text_cut(&rest, ','), TEXT("a")));
    ck_assert(text_eq(text_cut(&rest, ','), TEXT("")));
    ck_assert(text_eq(text_cut(&rest, ','), TEXT("b")));
    ck_assert_ptr_null(rest.data);
}
END_TEST

START_TEST(comparisons_and_searches_go_by_bytes)
{
    ck_assert(text_eq_nocase(TEXT("BeaRer"), TEXT("bearer")));
    ck_assert(!text_eq(TEXT("a"), TEXT("A")));
    ck_assert_int_lt(text_compare(TEXT("ab"), TEXT("abc")), 0);
    ck_assert_int_gt(text_compare(TEXT("b"), TEXT("abc")), 0);
    ck_assert_uint_eq(text_find(TEXT("abcabc"), TEXT("ca")), 2);
    ck_assert_uint_eq(text_find(TEXT("abc"), TEXT("x")), 3);
    ck_assert(text_has_suffix(TEXT("name-ft"), TEXT("-ft")));
    ck_assert(!text_has_suffix(TEXT("ft"), TEXT("-ft")));
    ck_assert(text_eq(text_trim(TEXT(" \t a b \r\n")), TEXT("a b")));
}
END_TEST

Suite *text_suite(void)
{
    Suite *suite = suite_create("text");
    TCase *tcase = tcase_create("utf-8");

    tcase_add_loop_test(tcase, utf8_is_judged_as_rfc_3629_has_it, 0, ARRAY_LEN(encodings));
    tcase_add_loop_test(tcase, the_first_bad_character_is_found_wherever_it_is, 0,
                        ARRAY_LEN(encodings));
    tcase_add_test(tcase, every_character_decodes_to_what_was_encoded);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("numbers");
    tcase_add_loop_test(tcase, only_plain_digits_in_range_are_a_number, 0, ARRAY_LEN(numbers));
    tcase_add_loop_test(tcase, doubles_follow_the_grammar_of_json, 0, ARRAY_LEN(json_numbers));
    tcase_add_test(tcase, signed_numbers_reach_both_ends);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("pieces");
    tcase_add_test(tcase, percent_decoding_undoes_encoding_and_refuses_halves);
    tcase_add_test(tcase, cutting_walks_through_fields);
    tcase_add_test(tcase, comparisons_and_searches_go_by_bytes);
    suite_add_tcase(suite, tcase);
    return suite;
}
