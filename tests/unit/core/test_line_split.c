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

Suite *line_split_suite(void)
{
    Suite *suite = suite_create("line_split");
    TCase *tcase = tcase_create("lines");

    tcase_add_loop_test(tcase, lines_come_out_whole_however_they_are_cut, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, a_line_over_the_limit_is_not_held);
    suite_add_tcase(suite, tcase);
    return suite;
}
