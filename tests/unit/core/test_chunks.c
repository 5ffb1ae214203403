#include <check.h>

#include "base/buf.h"
#include "core/chunks.h"
#include "core/token_count.h"

Suite *chunks_suite(void);

#define V3                                                                                         \
    {                                                                                              \
        4096, 3                                                                                    \
    }
#define V4                                                                                         \
    {                                                                                              \
        32768, 4                                                                                   \
    }

/* clang-format off */
static const struct {
    struct context context;
    size_t query_tokens, size;
} sizes[] = {
    {V3,           0,  4093},
    {V3,         100,  3993}, /* documented */
    {V3,        2048,  2045},
    {V3,       99999,  2045}, /* the rest of the query is cut off */
    {V4,           0, 32764},
    {V4,         100, 32664},
    {V4,       99999, 16380},
    {{512, 2},    10,   500},
    {{512, 2},   300,   254},
};
/* clang-format on */

START_TEST(query_and_chunk_fill_the_context)
{
    ck_assert_uint_eq(chunk_size(sizes[_i].context, sizes[_i].query_tokens), sizes[_i].size);
}
END_TEST

/* Append `count` tokens: "0 1 2 ...". */
static void add_numbers(struct buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_add_uint(out, i);
        buf_add_char(out, ' ');
    }
}

/* Write the first and last token of a text of numbers. */
static void add_range(struct buf *out, struct text chunk)
{
    struct text trimmed = text_trim(chunk), first = trimmed;
    size_t last = trimmed.len;

    while (last > 0 && trimmed.data[last - 1] != ' ')
        last--;
    buf_add_char(out, '[');
    buf_add_text(out, text_cut(&first, ' '));
    buf_add_char(out, ',');
    buf_add(out, trimmed.data + last, trimmed.len - last);
    buf_add_char(out, ']');
}

/* clang-format off */
static const struct {
    struct context context;
    size_t query_tokens, document_tokens;
    const char *chunks;
} documents[] = {
    {V3,   100, 10000, "[0,3992][3993,7985][7986,9999]"}, /* documented */
    {V3,   100,  3993, "[0,3992]"},
    {V3,   100,  3994, "[0,3992][3993,3993]"},
    {V3,  5000,  4090, "[0,2044][2045,4089]"},
    {V4,   100, 10000, "[0,9999]"},
    {V4,   100, 32665, "[0,32663][32664,32664]"},
    {V3,   100,     1, "[0,0]"},
};
/* clang-format on */

START_TEST(a_document_is_cut_into_chunks_of_the_context)
{
    AUTO(buf_done) struct buf document = {0}, ranges = {0};
    struct chunks walk = {.size = chunk_size(documents[_i].context, documents[_i].query_tokens)};
    struct text chunk;

    add_numbers(&document, documents[_i].document_tokens);
    walk.rest = buf_text(&document);
    while (chunks_next(&walk, &chunk))
        add_range(&ranges, chunk);
    ck_assert_str_eq(ranges.data, documents[_i].chunks);
}
END_TEST

START_TEST(a_query_is_cut_to_half_of_the_context)
{
    static const struct context contexts[] = {V3, V4, {512, 2}};
    AUTO(buf_done) struct buf query = {0};

    add_numbers(&query, 20000);
    ck_assert_uint_eq(token_count(chunk_query(contexts[_i], buf_text(&query))),
                      contexts[_i].tokens / 2);
    buf_truncate(&query, 3);
    ck_assert(text_eq(chunk_query(contexts[_i], buf_text(&query)), TEXT("0 1")));
}
END_TEST

/* clang-format off */
static const struct {
    size_t query_tokens, document_tokens, chunks;
} bills[] = {
    {  1,     0,  1},
    {  1,     1,  1},
    {  1,   499,  1},
    {  1,   500,  2},
    {100,   400,  1},
    {100,   401,  2},
    {100,   800,  2},
    {100,   801,  3},
    {250,   250,  1},
    {999,   250,  1},
    {999,   251,  2},
    { 10, 10000, 21},
};
/* clang-format on */

START_TEST(a_document_is_billed_by_chunks_of_500_tokens_with_the_query)
{
    AUTO(buf_done) struct buf document = {0};

    add_numbers(&document, bills[_i].document_tokens);
    ck_assert_uint_eq(chunks_billed(bills[_i].query_tokens, buf_text(&document)), bills[_i].chunks);
}
END_TEST

/* clang-format off */
static const struct {
    size_t chunks, units;
} units[] = {{0, 1}, {1, 1}, {100, 1}, {101, 2}, {200, 2}, {201, 3}, {10000, 100}};
/* clang-format on */

START_TEST(a_hundred_chunks_are_a_search_unit)
{
    ck_assert_uint_eq(search_units(units[_i].chunks), units[_i].units);
}
END_TEST

Suite *chunks_suite(void)
{
    Suite *suite = suite_create("chunks");
    TCase *tcase = tcase_create("cutting"), *billing = tcase_create("billing");

    tcase_add_loop_test(tcase, query_and_chunk_fill_the_context, 0, ARRAY_LEN(sizes));
    tcase_add_loop_test(tcase, a_document_is_cut_into_chunks_of_the_context, 0,
                        ARRAY_LEN(documents));
    tcase_add_loop_test(tcase, a_query_is_cut_to_half_of_the_context, 0, 3);
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(billing, a_document_is_billed_by_chunks_of_500_tokens_with_the_query, 0,
                        ARRAY_LEN(bills));
    tcase_add_loop_test(billing, a_hundred_chunks_are_a_search_unit, 0, ARRAY_LEN(units));
    suite_add_tcase(suite, billing);
    return suite;
}
