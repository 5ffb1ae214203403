#include <check.h>

#include "core/model_catalog.h"

Suite *model_catalog_suite(void);

START_TEST(models_are_found_by_their_whole_name)
{
    const struct catalog_model *model = model_catalog_find(TEXT("rerank-v3.5"));

    ck_assert_int_eq(model->state, CATALOG_SERVED);
    ck_assert_int_eq(model->context_length, 4096);
    ck_assert_ptr_null(model_catalog_find(TEXT("rerank-v3")));
    ck_assert_ptr_null(model_catalog_find(TEXT("")));
}
END_TEST

START_TEST(removed_models_say_when_and_others_that_they_are_others)
{
    ck_assert_str_eq(model_catalog_find(TEXT("rerank-english-v2.0"))->removed_on, "April 30, 2025");
    ck_assert_int_eq(model_catalog_find(TEXT("command-r"))->state, CATALOG_OTHER);
}
END_TEST

Suite *model_catalog_suite(void)
{
    Suite *suite = suite_create("model_catalog");
    TCase *tcase = tcase_create("names");

    tcase_add_test(tcase, models_are_found_by_their_whole_name);
    tcase_add_test(tcase, removed_models_say_when_and_others_that_they_are_others);
    suite_add_tcase(suite, tcase);
    return suite;
}
