#include "core/csv_split.h"

#include <check.h>

Suite *csv_split_suite(void);

#define MARK "\xef\xbb\xbf"
#define BARE "bare \" in non-quoted field"
#define BAD "extraneous or missing \" in quoted-field"

/*
 * What comes out: of each record the number of its line, its fields in brackets, `!` if it is too
 * long (the limit is 20 bytes) or why it is broken.
 */
static const struct {
    const char *delimiter, *input, *records;
} cases[] = {
    {"", "", ""},
    {"", "a", "1[a]"},
    {"", "a,b\n", "1[a][b]"},
    {"", "a,b\r\nc,d\r\n", "1[a][b]2[c][d]"},
    {"", "a,\n,b\n,\n", "1[a][]2[][b]3[][]"},
    {"", "a\n\n\r\nb\n\n", "1[a]4[b]"},
    {"", "a\rb\r\r\n", "1[a\rb\r]"},
    {"", " \n", "1[ ]"},
    {"", "\"\"\n", "1[]"},
    {"", "\"a,b\",c\n", "1[a,b][c]"},
    {"", "\"a \"\"b\"\"\"\n", "1[a \"b\"]"},
    {"", "\"a\nb\r\nc\",d\ne", "1[a\nb\r\nc][d]4[e]"},
    {"", "\"a\"\r\n\"b\"\r", "1[a]2[b]"},
    {"", "\"a\r\"\r\n", "1[a\r]"},
    {"", "a\"b,c\nd\n", "1 " BARE "|2[d]"},
    {"", "a,\"b\"c\"\nd\n", "1 " BAD "|2[d]"},
    {"", "\"a\"\rb\nd\n", "1 " BAD "|2[d]"},
    {"", "\"a\"\r\"\nd\n", "1 " BAD "|2[d]"},
    {"", "a\n\"b\nc", "1[a]2 " BAD "|"},
    {"", "a\n\"", "1[a]2 " BAD "|"},
    {"", MARK "a,b\n", "1[a][b]"},
    {"", MARK "\"a,b\"\n", "1[a,b]"},
    {"", MARK "\n" MARK "\n", "2[" MARK "]"},
    {"", MARK "a\"\n", "1 " BARE "|"},
    {"", MARK, ""},
    {"", "a\n" MARK "\"b\"\n", "1[a]2 " BARE "|"},
    {";", "a;b,c\n", "1[a][b,c]"},
    {"\t", "a\tb\t\"c\td\"\n", "1[a][b][c\td]"},
    {"\xe2\x82\xac",
     "a\xe2\x82\xac\"b\"\xe2\x82\xac"
     "c\n",
     "1[a][b][c]"},
    {"\xe2\x82\xac", "\xe2\x82\xac\xe2\x82\xac\n", "1[][][]"},
    {"\xe2\x82\xac", "a\xe2\x82\xad\xe2\xe2\x82\xac\xe2\x82\n", "1[a\xe2\x82\xad\xe2][\xe2\x82]"},
    {"\xe2\x82\xac", "\"a\"\xe2\x82\nb\n", "1 " BAD "|2[b]"},
    {"\xe2\x82\xac", "\"a\"\xe2\x82", "1 " BAD "|"},
    {"", "12345678901234567890\n123456789012345678901\nb\n", "1[12345678901234567890]2!3[b]"},
    {"", "\"12345678901234567890\n\",,\"\"\"\nb\n", "1!"},
    {"", "\"1234567890123456789\"0\nb\n", "1!2[b]"},
};

static void note(struct buf *out, enum csv_result result, const struct csv_split *csv)
{
    ck_assert_int_ne(result, CSV_NO_MEMORY);
    if (result == CSV_NONE)
        return;
    buf_add_uint(out, csv->line);
    if (result == CSV_TOO_LONG)
        buf_add_char(out, '!');
    if (result == CSV_BROKEN)
        buf_add_format(out, " %s|", csv->why);
    for (size_t i = 0; result == CSV_RECORD && i < csv->field_count; i++) {
        struct text field = csv_split_field(csv, i);

        buf_add_format(out, "[%.*s]", TEXT_ARG(field));
    }
}

static void split(struct csv_split *csv, struct text input, size_t piece_len, struct buf *out)
{
    for (size_t at = 0; at < input.len; at += piece_len) {
        size_t len = input.len - at < piece_len ? input.len - at : piece_len;
        struct text piece = {input.data + at, len};

        while (piece.len > 0)
            note(out, csv_split_next(csv, &piece), csv);
    }
    note(out, csv_split_end(csv), csv);
    ck_assert_int_eq(csv_split_end(csv), CSV_NONE);
}

START_TEST(records_are_the_same_whatever_the_pieces)
{
    struct text input = text_of(cases[_i].input);
    AUTO(csv_split_done)
    struct csv_split csv = {.len_max = 20, .delimiter = text_of(cases[_i].delimiter)};

    for (size_t piece_len = 1; piece_len <= input.len + 1; piece_len++) {
        AUTO(buf_done) struct buf out = {0};

        buf_add_string(&out, "");
        split(&csv, input, piece_len, &out);
        ck_assert_str_eq(out.data, cases[_i].records);
        csv_split_restart(&csv);
    }
}
END_TEST

START_TEST(fields_beyond_the_limit_are_only_counted)
{
    AUTO(csv_split_done) struct csv_split csv = {.len_max = 100000};
    AUTO(buf_done) struct buf text = {0};
    struct text piece;

    for (size_t i = 0; i < CSV_FIELDS_MAX + 5; i++)
        buf_add_string(&text, "\"a\",b,");
    buf_add_string(&text, "\nc\n");
    piece = buf_text(&text);
    ck_assert_int_eq(csv_split_next(&csv, &piece), CSV_RECORD);
    ck_assert_uint_eq(csv.field_count, 2 * (CSV_FIELDS_MAX + 5) + 1);
    ck_assert_uint_eq(csv.bytes.len, CSV_FIELDS_MAX);
    ck_assert(text_eq(csv_split_field(&csv, CSV_FIELDS_MAX - 1), TEXT("b")));
    ck_assert_int_eq(csv_split_next(&csv, &piece), CSV_RECORD);
    ck_assert(text_eq(csv_split_field(&csv, 0), TEXT("c")));
}
END_TEST

/* clang-format off */
static const struct {
    struct text delimiter;
    bool is_valid;
} delimiters[] = {
    {{",", 1}, true},
    {{"\t", 1}, true},
    {{" ", 1}, true},
    {{"\xe2\x82\xac", 3}, true},
    {{"\xf0\x9f\x98\x80", 4}, true},
    {{"", 0}, false},
    {{",,", 2}, false},
    {{"\"", 1}, false},
    {{"\n", 1}, false},
    {{"\r", 1}, false},
    {{"\0", 1}, false},
    {{"\xff", 1}, false},
    {{"\xe2\x82", 2}, false},
};
/* clang-format on */

START_TEST(a_delimiter_is_one_character_that_nothing_else_needs)
{
    ck_assert_int_eq(csv_delimiter_is_valid(delimiters[_i].delimiter), delimiters[_i].is_valid);
}
END_TEST

Suite *csv_split_suite(void)
{
    Suite *suite = suite_create("csv_split");
    TCase *tcase = tcase_create("records");

    tcase_add_loop_test(tcase, records_are_the_same_whatever_the_pieces, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, fields_beyond_the_limit_are_only_counted);
    tcase_add_loop_test(tcase, a_delimiter_is_one_character_that_nothing_else_needs, 0,
                        ARRAY_LEN(delimiters));
    suite_add_tcase(suite, tcase);
    return suite;
}
