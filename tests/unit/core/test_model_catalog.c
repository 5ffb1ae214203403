#include <check.h>

#include "base/buf.h"
#include "core/model_catalog.h"

Suite *model_catalog_suite(void);

START_TEST(models_are_found_by_their_whole_name)
{
    const struct catalog_model *model = model_catalog_find(TEXT("rerank-v3.5"));

    ck_assert_uint_eq(model->endpoints, ENDPOINT_RERANK);
    ck_assert_uint_eq(model->context.tokens, 4096);
    ck_assert_ptr_null(model_catalog_find(TEXT("rerank-v3")));
    ck_assert_ptr_null(model_catalog_find(TEXT("")));
}
END_TEST

/* clang-format off */
static const struct {
    const char *name;
    size_t chunk; /* tokens of query and document together */
} chunks[] = {
    {"rerank-v4.0-pro",          32764},
    {"rerank-v4.0-fast",         32764},
    {"rerank-v3.5",               4093},
    {"rerank-english-v3.0",       4093},
    {"rerank-multilingual-v3.0",  4093},
    {"rerank-english-v2.0",        510},
    {"rerank-multilingual-v2.0",   510},
};
/* clang-format on */

START_TEST(models_that_rerank_have_the_documented_chunks)
{
    const struct catalog_model *model = model_catalog_find(text_of(chunks[_i].name));

    ck_assert_uint_eq(chunk_size(model->context, 0), chunks[_i].chunk);
    ck_assert_ptr_nonnull(model->language);
}
END_TEST

START_TEST(removed_models_say_when)
{
    ck_assert_str_eq(model_catalog_find(TEXT("rerank-english-v2.0"))->removed_on, "April 30, 2025");
    ck_assert_ptr_null(model_catalog_find(TEXT("command-r"))->removed_on);
}
END_TEST

START_TEST(fine_tuned_models_have_a_base_of_their_language)
{
    ck_assert_str_eq(model_catalog_rerank_base(TEXT("english"))->language, "english");
    ck_assert_str_eq(model_catalog_rerank_base(TEXT("multilingual"))->language, "multilingual");
}
END_TEST

START_TEST(each_endpoint_has_one_default_at_most)
{
    unsigned seen = 0;

    for (size_t i = 0; i < model_catalog_count; i++) {
        ck_assert_uint_eq(seen & model_catalog[i].defaults, 0);
        ck_assert_uint_eq(model_catalog[i].defaults & ~model_catalog[i].endpoints, 0);
        seen |= model_catalog[i].defaults;
    }
    ck_assert_uint_ne(seen & ENDPOINT_RERANK, 0);
}
END_TEST

static const char *const names[] = {"generate", "chat",     "summarize", "embed",
                                    "rerank",   "classify", "rate"};

START_TEST(endpoints_are_read_and_named)
{
    unsigned all = 0;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        unsigned one;

        ck_assert(model_endpoint_read(text_of(names[i]), &one));
        ck_assert_str_eq(model_endpoint_name(one, 0), names[i]);
        ck_assert_ptr_null(model_endpoint_name(one, 1));
        all |= one;
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        ck_assert_str_eq(model_endpoint_name(all, i), names[i]);
    ck_assert_ptr_null(model_endpoint_name(all, ARRAY_LEN(names)));
    ck_assert(!model_endpoint_read(TEXT("Rerank"), &all));
    ck_assert(!model_endpoint_read(TEXT(""), &all));
}
END_TEST

Suite *model_catalog_suite(void)
{
    Suite *suite = suite_create("model_catalog");
    TCase *tcase = tcase_create("names");

    tcase_add_test(tcase, models_are_found_by_their_whole_name);
    tcase_add_loop_test(tcase, models_that_rerank_have_the_documented_chunks, 0, ARRAY_LEN(chunks));
    tcase_add_test(tcase, removed_models_say_when);
    tcase_add_test(tcase, fine_tuned_models_have_a_base_of_their_language);
    tcase_add_test(tcase, each_endpoint_has_one_default_at_most);
    tcase_add_test(tcase, endpoints_are_read_and_named);
    suite_add_tcase(suite, tcase);
    return suite;
}
