#include <check.h>
#include <string.h>

#include "http/framing.h"

Suite *framing_suite(void);

/* clang-format off */
static const struct {
    bool is_1_1;
    const char *headers; /* one a line */
    int status;
    int64_t content_length;
    bool has_body, is_chunked, expects_continue, keep_alive;
} cases[] = {
    {true,  "Host: a",                                          0,   -1,  false, false, false, true},
    {true,  "Host: a:80\nContent-Length: 0",                    0,   0,   false, false, false, true},
    {true,  "Host: a\nCONTENT-LENGTH: 0012",                    0,   12,  true,  false, false, true},
    {true,  "Host: [::1]:1\nTransfer-Encoding: CHUNKED",        0,   -1,  true,  true,  false, true},
    {true,  "Host: a\nContent-Length: 1\nExpect: 100-Continue", 0,   1,   true,  false, true,  true},
    {true,  "Host: a\nContent-Length: 0\nExpect: 100-continue", 0,   0,   false, false, false, true},
    {false, "Content-Length: 1\nExpect: 100-continue",          0,   1,   true,  false, false, false},
    {false, "X: y",                                             0,   -1,  false, false, false, false},
    {false, "Connection: x, Keep-Alive",                        0,   -1,  false, false, false, true},
    {true,  "Host: a\nConnection: close",                       0,   -1,  false, false, false, false},
    {true,  "Host: a\nConnection: keep-alive, Upgrade\nUpgrade: websocket",
                                                                0,   -1,  false, false, false, false},
    {true,  "Host: a\nConnection: keep-alive\nConnection: close",
                                                                0,   -1,  false, false, false, false},
    {true,  "Host: a\nContent-Length: 9223372036854775807",     0,   INT64_MAX, true, false, false, true},
    {true,  "Host: a\nContent-Length: 9223372036854775808",     400, 0, false, false, false, false},
    {true,  "Host: a\nContent-Length: 1,1",                     400, 0, false, false, false, false},
    {true,  "Host: a\nContent-Length:",                         400, 0, false, false, false, false},
    {true,  "Host: a\nContent-Length: 1\ncontent-length: 1",    400, 0, false, false, false, false},
    {true,  "Host: a\nTransfer-Encoding: gzip, chunked",        400, 0, false, false, false, false},
    {true,  "Host: a\nTransfer-Encoding: chunked\nContent-Length: 0",
                                                                400, 0, false, false, false, false},
    {true,  "",                                                 400, 0, false, false, false, false},
    {true,  "Host:",                                            400, 0, false, false, false, false},
    {true,  "Host: a b",                                        400, 0, false, false, false, false},
    {true,  "Host: a@b",                                        400, 0, false, false, false, false},
    {false, "Host: a\nHost: a",                                 400, 0, false, false, false, false},
    {true,  "Host: a\nX Y: z",                                  400, 0, false, false, false, false},
    {true,  "Host: a\nExpect: 100-continue, x",                 417, 0, false, false, false, false},
    {true,  "Host: a\nExpect: 100-continue\nExpect: 100-continue",
                                                                417, 0, false, false, false, false},
};
/* clang-format on */

START_TEST(heads_are_read_in_one_way_or_refused)
{
    struct text rest = text_of(cases[_i].headers);
    struct request req = {0};
    struct framing framing = {0};
    const char *sentence = NULL;

    while (rest.len > 0) {
        struct text value = text_cut(&rest, '\n');
        struct text name = text_cut(&value, ':');

        req.headers[req.header_count++] = (struct header){name, text_trim(value)};
    }
    ck_assert_int_eq(framing_check(&req, cases[_i].is_1_1, &framing, &sentence), cases[_i].status);
    ck_assert_int_eq(sentence != NULL, cases[_i].status != 0);
    if (cases[_i].status)
        return;
    ck_assert_int_eq(req.content_length, cases[_i].content_length);
    ck_assert_int_eq(req.has_body, cases[_i].has_body);
    ck_assert_int_eq(framing.is_chunked, cases[_i].is_chunked);
    ck_assert_int_eq(framing.expects_continue, cases[_i].expects_continue);
    ck_assert_int_eq(framing.keep_alive, cases[_i].keep_alive);
}
END_TEST

START_TEST(header_names_are_tokens)
{
    ck_assert(framing_name_is_valid(TEXT("X-Debug_1.2~")));
    ck_assert(!framing_name_is_valid(TEXT("")));
    for (int c = 0; c < 256; c++) {
        char name = (char)c;
        bool is_token = c > ' ' && c < 127 && !strchr("\"(),/:;<=>?@[\\]{}", c);

        ck_assert_int_eq(framing_name_is_valid((struct text){&name, 1}), is_token);
    }
}
END_TEST

Suite *framing_suite(void)
{
    Suite *suite = suite_create("framing");
    TCase *tcase = tcase_create("heads");

    tcase_add_loop_test(tcase, heads_are_read_in_one_way_or_refused, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, header_names_are_tokens);
    suite_add_tcase(suite, tcase);
    return suite;
}
