#include <check.h>
#include <string.h>

#include "http/chunk_scan.h"

Suite *chunk_scan_suite(void);

/* clang-format off */
static const struct {
    const char *bytes;
    enum chunk_scan_state state;
    size_t size; /* of the body's bytes */
} cases[] = {
    {"",                                     CHUNK_SIZE,        0},
    {"3",                                    CHUNK_SIZE_DIGITS, 1},
    {"3\r",                                  CHUNK_SIZE_FEED,   2},
    {"3\r\n",                                CHUNK_DATA,        3},
    {"3\r\n0\r\n",                           CHUNK_DATA_RETURN, 6},
    {"3\r\nabc\r",                           CHUNK_DATA_FEED,   7},
    {"3\r\nabc\r\n",                         CHUNK_SIZE,        8},
    {"3\r\nabc\r\n0\r\n",                    CHUNK_END,         11},
    {"3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1",  CHUNK_END,         11},
    {"0\r\n\r\n",                            CHUNK_END,         3},
    {"000\r\nX: y\r\n\r\n",                  CHUNK_END,         5},
    {"00000000000000000000001\r\na\r\n0\r\n", CHUNK_END,        31},
    {"0a\r\n0\r\n\r\n0\r\n\r\n\r\n0\r\n",    CHUNK_END,         19},
    {"A\r\n0123456789\r\n0\r\n",             CHUNK_END,         18},
    {"fffffffffffffff\r\n",                  CHUNK_DATA,        17},
    {"1000000000000000\r\n",                 CHUNK_BROKEN,      16},
    {"7fffffffffffffff\r\n",                 CHUNK_BROKEN,      16},
    {"8000000000000000\r\n",                 CHUNK_BROKEN,      16},
    {"ffffffffffffffff\r\n",                 CHUNK_BROKEN,      16},
    {"10000000000000001\r\n",                CHUNK_BROKEN,      16},
    {"\r\n",                                 CHUNK_BROKEN,      1},
    {"\n3\r\n",                              CHUNK_BROKEN,      1},
    {" 3\r\n",                               CHUNK_BROKEN,      1},
    {"3 \r\n",                               CHUNK_BROKEN,      2},
    {"-3\r\n",                               CHUNK_BROKEN,      1},
    {"+3\r\n",                               CHUNK_BROKEN,      1},
    {"0x3\r\n",                              CHUNK_BROKEN,      2},
    {"3;x=y\r\n",                            CHUNK_BROKEN,      2},
    {"3\n",                                  CHUNK_BROKEN,      2},
    {"3\rA\r\n",                             CHUNK_BROKEN,      3},
    {"3\r\r\n",                              CHUNK_BROKEN,      3},
    {"3\r\nabcd",                            CHUNK_BROKEN,      7},
    {"3\r\nabc\n",                           CHUNK_BROKEN,      7},
    {"3\r\nabc\rx",                          CHUNK_BROKEN,      8},
    {"3\r\nabc\r\n\r\n",                     CHUNK_BROKEN,      9},
    {"0\rf\r\n",                             CHUNK_BROKEN,      3},
};
/* clang-format on */

START_TEST(a_body_ends_or_breaks_at_its_byte_however_it_is_cut)
{
    struct text whole = text_of(cases[_i].bytes);

    for (size_t piece = 1; piece <= whole.len + 1; piece++) {
        struct chunk_scan scan = {0};
        size_t size = 0;

        for (size_t at = 0; at < whole.len; at += piece) {
            size_t left = whole.len - at;

            size +=
                chunk_scan_feed(&scan, (struct text){whole.data + at, left < piece ? left : piece});
        }
        ck_assert_int_eq(scan.state, cases[_i].state);
        ck_assert_uint_eq(size, cases[_i].size);
    }
}
END_TEST

Suite *chunk_scan_suite(void)
{
    Suite *suite = suite_create("chunk_scan");
    TCase *tcase = tcase_create("bodies");

    tcase_add_loop_test(tcase, a_body_ends_or_breaks_at_its_byte_however_it_is_cut, 0,
                        ARRAY_LEN(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
