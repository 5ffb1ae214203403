#include "api/page_token.h"

#include <check.h>
#include <string.h>

Suite *page_token_suite(void);

static const uint64_t positions[] = {0, 1, 20, 999999, UINT64_MAX};

START_TEST(a_token_leads_back_to_its_position)
{
    char token[PAGE_TOKEN_SIZE + 1] = "";
    uint64_t position = 7;

    page_token_write(TEXT("list"), positions[_i], token);
    ck_assert(page_token_read(TEXT("list"), text_of(token), &position));
    ck_assert_uint_eq(position, positions[_i]);
}
END_TEST

START_TEST(a_token_of_another_list_is_refused)
{
    char token[PAGE_TOKEN_SIZE + 1] = "";
    uint64_t position = 7;

    page_token_write(TEXT("list"), positions[_i], token);
    ck_assert(!page_token_read(TEXT("list 2"), text_of(token), &position));
    ck_assert_uint_eq(position, 7);
}
END_TEST

/* clang-format off */
static const char *const wrong[] = {
    "", "5", "-", "5-", "x", "5-0", "5-0000000000000000", "-5-0000000000000000", " 5",
};
/* clang-format on */

START_TEST(what_was_never_given_is_refused)
{
    uint64_t position = 7;

    ck_assert(!page_token_read(TEXT("list"), text_of(wrong[_i]), &position));
    ck_assert_uint_eq(position, 7);
}
END_TEST

START_TEST(a_changed_token_is_refused)
{
    char token[PAGE_TOKEN_SIZE + 1] = "";
    uint64_t position;

    page_token_write(TEXT("list"), 20, token);
    for (size_t i = 0; token[i]; i++) {
        token[i] ^= 1;
        ck_assert(!page_token_read(TEXT("list"), text_of(token), &position));
        token[i] ^= 1;
    }
    token[strlen(token)] = '0';
    ck_assert(!page_token_read(TEXT("list"), text_of(token), &position));
}
END_TEST

Suite *page_token_suite(void)
{
    Suite *suite = suite_create("page_token");
    TCase *tcase = tcase_create("tokens");

    tcase_add_loop_test(tcase, a_token_leads_back_to_its_position, 0, ARRAY_LEN(positions));
    tcase_add_loop_test(tcase, a_token_of_another_list_is_refused, 0, ARRAY_LEN(positions));
    tcase_add_loop_test(tcase, what_was_never_given_is_refused, 0, ARRAY_LEN(wrong));
    tcase_add_test(tcase, a_changed_token_is_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
