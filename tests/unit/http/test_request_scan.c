#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "http/request_scan.h"

Suite *request_scan_suite(void);

enum { BODY_MAX = 10 };

#define GET_LINE "GET / HTTP/1.1\r\n"

/* clang-format off */
static const struct {
    const char *bytes;
    enum request_part part;
    size_t size;
} cases[] = {
    {"",                                                      REQUEST_HEAD,  0},
    {"G",                                                     REQUEST_HEAD,  0},
    {GET_LINE,                                                REQUEST_HEAD,  0},
    {GET_LINE "Host: a\r\n",                                  REQUEST_HEAD,  0},
    {GET_LINE "Host: a\r\n\r",                                REQUEST_HEAD,  0},
    {GET_LINE "Content-Length: 999\r\n",                      REQUEST_HEAD,  0},
    {GET_LINE "\r\n",                                         REQUEST_WHOLE, 18},
    {GET_LINE "Host: a\r\n\r\n",                              REQUEST_WHOLE, 27},
    {GET_LINE "\r\nGET /next",                                REQUEST_WHOLE, 18},
    {"GET / HTTP/1.1\n\n",                                    REQUEST_WHOLE, 16},
    {GET_LINE "Content-Length: 0\r\n\r\n",                    REQUEST_WHOLE, 37},
    {GET_LINE "Content-Length: 3\r\n\r\nab",                  REQUEST_BODY,  40},
    {GET_LINE "Content-Length: 3\r\n\r\nabc",                 REQUEST_WHOLE, 40},
    {GET_LINE "Content-Length: 3\r\n\r\nabcGET /",            REQUEST_WHOLE, 40},
    {GET_LINE "cOnTeNt-LeNgTh:3\t\r\n\r\nab",                 REQUEST_BODY,  40},
    {GET_LINE "Content-Length: 10\r\n\r\n",                   REQUEST_BODY,  48},
    {GET_LINE "Content-Length: 11\r\n\r\n",                   REQUEST_OPEN,  49},
    {GET_LINE "Content-Length: 11\r\n\r\n01234567890",        REQUEST_WHOLE, 49},
    {GET_LINE "Content-Length: 999999999999999\r\n\r\n",      REQUEST_OPEN,  1000000000000050},
    {GET_LINE "Content-Length: 18446744073709551616\r\n\r\n", REQUEST_OPEN,  0},
    {GET_LINE "Content-Length: -1\r\n\r\n",                   REQUEST_OPEN,  0},
    {GET_LINE "Content-Length: +1\r\n\r\n",                   REQUEST_OPEN,  0},
    {GET_LINE "Content-Length:\r\n\r\n",                      REQUEST_OPEN,  0},
    {GET_LINE "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", REQUEST_OPEN, 0},
    {GET_LINE "Content-Lengths: 3\r\n\r\n",                   REQUEST_WHOLE, 38},
    {GET_LINE "X-Content-Length: 3\r\n\r\n",                  REQUEST_WHOLE, 39},
    {GET_LINE "Transfer-Encoding: chunked\r\n\r\n",           REQUEST_OPEN,  0},
    {GET_LINE "Transfer-Encoding: chunked\r\n\r",             REQUEST_HEAD,  0},
    {GET_LINE "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n", REQUEST_OPEN, 0},
    {"\x16\x03\x01",                                          REQUEST_OPEN,  0},
    {"GET \x7f",                                              REQUEST_OPEN,  0},
};
/* clang-format on */

/* Copied to where reading one byte too many would be seen. */
static enum request_part scan_copy(const char *bytes, size_t len, size_t *size)
{
    char *copy = malloc(len ? len : 1);
    enum request_part part;

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, len);
    part = request_scan((struct text){copy, len}, BODY_MAX, size);
    free(copy);
    return part;
}

START_TEST(a_request_is_as_far_as_its_bytes_say)
{
    size_t size = 12345;

    ck_assert_int_eq(scan_copy(cases[_i].bytes, strlen(cases[_i].bytes), &size), cases[_i].part);
    ck_assert_uint_eq(size, cases[_i].size);
}
END_TEST

START_TEST(what_is_cut_off_anywhere_is_never_whole)
{
    const char whole[] =
        "POST /v2/rerank HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabcde";
    const size_t len = strlen(whole), head_len = len - 5;

    for (size_t cut = 0; cut <= len; cut++) {
        enum request_part expected = REQUEST_HEAD;
        size_t size;

        if (cut >= head_len)
            expected = cut == len ? REQUEST_WHOLE : REQUEST_BODY;
        ck_assert_int_eq(scan_copy(whole, cut, &size), expected);
        ck_assert_uint_eq(size, expected == REQUEST_HEAD ? 0 : len);
    }
}
END_TEST

START_TEST(a_nul_in_a_head_is_not_waited_behind)
{
    size_t size;

    ck_assert_int_eq(scan_copy("GET /\0", 6, &size), REQUEST_OPEN);
}
END_TEST

Suite *request_scan_suite(void)
{
    Suite *suite = suite_create("request_scan");
    TCase *tcase = tcase_create("requests");

    tcase_add_loop_test(tcase, a_request_is_as_far_as_its_bytes_say, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, what_is_cut_off_anywhere_is_never_whole);
    tcase_add_test(tcase, a_nul_in_a_head_is_not_waited_behind);
    suite_add_tcase(suite, tcase);
    return suite;
}
