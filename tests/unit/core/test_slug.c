#include <check.h>

#include "base/attr.h"
#include "core/slug.h"

Suite *slug_suite(void);

static const struct {
    const char *name, *slug;
} slugs[] = {
    {"sql_create_context_2k_train_chat", "sql-create-context-2k-train-chat"},
    {"my-dataset", "my-dataset"},
    {"sample_file", "sample-file"},
    {"customer service logs", "customer-service-logs"},
    {"  Trimmed!  ", "trimmed"},
    {"a__--  b", "a-b"},
    {"Caf\xc3\xa9 \xc3\x9c"
     "ber",
     "cafe-uber"},
    {"\xef\xbc\xa1\xef\xbc\xa2", "ab"}, /* full-width letters, by their compatibility forms */
    {"\xe6\x97\xa5\xe6\x9c\xac", "dataset"},
    {"---", "dataset"},
    {"", "dataset"},
    {"0123456789012345678901234567890123456789tail", "0123456789012345678901234567890123456789"},
    {"012345678901234567890123456789012345678-tail", "012345678901234567890123456789012345678"},
};

START_TEST(names_become_slugs)
{
    char slug[SLUG_SIZE];

    ck_assert(slug_make(text_of(slugs[_i].name), slug));
    ck_assert_str_eq(slug, slugs[_i].slug);
}
END_TEST

START_TEST(a_name_that_is_not_utf8_gets_the_default)
{
    char slug[SLUG_SIZE];

    ck_assert(slug_make(TEXT("\xff\xfe"), slug));
    ck_assert_str_eq(slug, "dataset");
}
END_TEST

Suite *slug_suite(void)
{
    Suite *suite = suite_create("slug");
    TCase *tcase = tcase_create("names");

    tcase_add_loop_test(tcase, names_become_slugs, 0, ARRAY_LEN(slugs));
    tcase_add_test(tcase, a_name_that_is_not_utf8_gets_the_default);
    suite_add_tcase(suite, tcase);
    return suite;
}
