#include "core/line_split.h"

#include <check.h>

Suite *line_split_suite(void);

/* What comes out, lines between bars; `!` for one that is too long. The limit is 8 bytes. */
static const struct {
    struct text input;
    const char *lines;
} cases[] = {
    {{"", 0}, ""},
    {{"a", 1}, "a|"},
    {{"a\n", 2}, "a|"},
    {{"a\n\nb\n", 5}, "a||b|"},
    {{"\n\n", 2}, "||"},
    {{"a\r\nb", 4}, "a\r|b|"},
    {{"12345678\n", 9}, "12345678|"},
    {{"123456789\nb\n", 12}, "!|b|"},
    {{"123456789", 9}, "!|"},
    {{"1234567890123456789\n12345678", 28}, "!|12345678|"},
    {{"\xef\xbb\xbf"
      "a\nb",
      6},
     "a|b|"},
    {{"a\n\xef\xbb\xbf"
      "b",
      6},
     "a|\xef\xbb\xbf"
     "b|"},
    {{"\xef\xbb", 2}, "\xef\xbb|"},
};

static void note(struct buf *out, enum line_result result, struct text line)
{
    ck_assert_int_ne(result, LINE_NO_MEMORY);
    if (result == LINE_READY)
        buf_add_text(out, line);
    if (result == LINE_TOO_LONG)
        buf_add_char(out, '!');
    if (result != LINE_NONE)
        buf_add_char(out, '|');
}

static void split(struct text input, size_t piece_len, struct buf *out)
{
    AUTO(line_split_done) struct line_split lines = {.len_max = 8};
    struct text line = {0};

    for (size_t at = 0; at < input.len; at += piece_len) {
        size_t len = input.len - at < piece_len ? input.len - at : piece_len;
        struct text piece = {input.data + at, len};

        while (piece.len > 0)
            note(out, line_split_next(&lines, &piece, &line), line);
    }
    note(out, line_split_end(&lines, &line), line);
    ck_assert_int_eq(line_split_end(&lines, &line), LINE_NONE);
}

START_TEST(lines_come_out_whole_however_they_are_cut)
{
    for (size_t piece_len = 1; piece_len < 30; piece_len++) {
        AUTO(buf_done) struct buf out = {0};

        buf_add_string(&out, "");
        split(cases[_i].input, piece_len, &out);
        ck_assert_str_eq(out.data, cases[_i].lines);
    }
}
END_TEST

START_TEST(a_line_over_the_limit_is_not_held)
{
    AUTO(line_split_done) struct line_split lines = {.len_max = 100};
    char bytes[64] = {'x'};

    for (unsigned i = 0; i < 1000; i++) {
        struct text piece = {bytes, sizeof(bytes)}, line;

        ck_assert_int_eq(line_split_next(&lines, &piece, &line), LINE_NONE);
        ck_assert_uint_le(lines.cut.size, 200);
    }
}
END_TEST

/* Entries of at most 8 bytes, each with the number of the line it begins in. */
static const struct {
    const char *separator, *input, *entries;
} separated[] = {
    {";", "a;b\n;c", "1a|1b\n|2c|"},
    {"\n", "a\n\nb", "1a|2|3b|"},
    {"\n\n", "a\nb\n\nc\n\n\nd", "1a\nb|4c|6\nd|"},
    {"aab", "aaab1aab", "1a|11|"},
    {"abab", "abaabab1ababab", "1aba|11|1ab|"},
    {"--", "---a----", "1|1-a|1|"},
    {"\xe2\x82\xac",
     "a\xe2\x82\xe2\x82\xac"
     "b\xe2",
     "1a\xe2\x82|1b\xe2|"},
    {"--", "12345678--123456789--1234567890\n12--b", "112345678|1!|1!|2b|"},
    {"--", "12345678-", "1!|"},
    {"--",
     "\xef\xbb\xbf"
     "a--\xef\xbb\xbf",
     "1a|1\xef\xbb\xbf|"},
};

static void note_entry(struct buf *out, const struct line_split *lines, enum line_result result,
                       struct text entry)
{
    if (result != LINE_NONE)
        buf_add_uint(out, lines->line);
    note(out, result, entry);
}

START_TEST(entries_are_separated_by_any_text_however_they_are_cut)
{
    struct text input = text_of(separated[_i].input), entry = {0};
    AUTO(line_split_done) struct line_split lines = {.len_max = 8};

    ck_assert(line_split_separate(&lines, text_of(separated[_i].separator)));
    for (size_t piece_len = 1; piece_len <= input.len; piece_len++) {
        AUTO(buf_done) struct buf out = {0};

        for (size_t at = 0; at < input.len; at += piece_len) {
            size_t len = input.len - at < piece_len ? input.len - at : piece_len;
            struct text piece = {input.data + at, len};

            while (piece.len > 0)
                note_entry(&out, &lines, line_split_next(&lines, &piece, &entry), entry);
        }
        note_entry(&out, &lines, line_split_end(&lines, &entry), entry);
        ck_assert_str_eq(out.data, separated[_i].entries);
        line_split_restart(&lines);
    }
}
END_TEST

Suite *line_split_suite(void)
{
    Suite *suite = suite_create("line_split");
    TCase *tcase = tcase_create("lines");

    tcase_add_loop_test(tcase, lines_come_out_whole_however_they_are_cut, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, entries_are_separated_by_any_text_however_they_are_cut, 0,
                        ARRAY_LEN(separated));
    tcase_add_test(tcase, a_line_over_the_limit_is_not_held);
    suite_add_tcase(suite, tcase);
    return suite;
}
