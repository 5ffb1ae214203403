#include "core/base_model.h"

#include <check.h>

#include "base/attr.h"

Suite *base_model_suite(void);

/* clang-format off */
static const struct {
    const char *name;
    double number;
    const char *model, *not_model; /* NULL: any may be asked for */
} types[] = {
    {"BASE_TYPE_GENERATIVE",     1, "medium",       NULL},
    {"BASE_TYPE_CLASSIFICATION", 2, "",             NULL},
    {"BASE_TYPE_RERANK",         3, "multilingual", "engl"},
    {"BASE_TYPE_CHAT",           4, "x",            NULL},
};
/* clang-format on */

START_TEST(a_base_type_has_a_name_a_number_and_its_models)
{
    const struct base_type *base = base_type_find(text_of(types[_i].name));

    ck_assert_ptr_nonnull(base);
    ck_assert_str_eq(base->name, types[_i].name);
    ck_assert_ptr_eq(base_type_numbered(types[_i].number), base);
    ck_assert(base_type_has_model(base, types[_i].model));
    ck_assert(base_type_has_model(base, base->model));
    ck_assert(!types[_i].not_model || !base_type_has_model(base, types[_i].not_model));
}
END_TEST

static const char *const unknown_names[] = {"", "BASE_TYPE_UNSPECIFIED", "RERANK",
                                            "base_type_rerank"};

START_TEST(other_names_are_no_base_types)
{
    ck_assert_ptr_null(base_type_find(text_of(unknown_names[_i])));
}
END_TEST

static const double unknown_numbers[] = {-1, 0, 0.5, 3.5, 5, 1e300, -1e300};

START_TEST(other_numbers_are_no_base_types)
{
    ck_assert_ptr_null(base_type_numbered(unknown_numbers[_i]));
}
END_TEST

START_TEST(target_modules_are_named_or_numbered)
{
    ck_assert_str_eq(lora_target_modules_find(TEXT("LORA_TARGET_MODULES_QV")),
                     lora_target_modules_numbered(1));
    ck_assert_str_eq(lora_target_modules_numbered(3), "LORA_TARGET_MODULES_QKVO_FFN");
    ck_assert(is_unspecified(lora_target_modules_numbered(0)));
    ck_assert(!is_unspecified(lora_target_modules_numbered(1)));
    ck_assert_ptr_null(lora_target_modules_numbered(4));
    ck_assert_ptr_null(lora_target_modules_numbered(-1));
    ck_assert_ptr_null(lora_target_modules_find(TEXT("QV")));
}
END_TEST

START_TEST(defaults_are_within_their_ranges)
{
    size_t count;
    const struct hyperparameter *list = base_type_hyperparameters(base_type_numbered(_i), &count);

    ck_assert_uint_gt(count, 0);
    for (size_t i = 0; i < count; i++)
        if (list[i].fallback > 0)
            ck_assert(list[i].fallback >= list[i].min && list[i].fallback <= list[i].max);
}
END_TEST

Suite *base_model_suite(void)
{
    Suite *suite = suite_create("base_model");
    TCase *tcase = tcase_create("tables");

    tcase_add_loop_test(tcase, a_base_type_has_a_name_a_number_and_its_models, 0,
                        (int)ARRAY_LEN(types));
    tcase_add_loop_test(tcase, other_names_are_no_base_types, 0, (int)ARRAY_LEN(unknown_names));
    tcase_add_loop_test(tcase, other_numbers_are_no_base_types, 0, (int)ARRAY_LEN(unknown_numbers));
    tcase_add_test(tcase, target_modules_are_named_or_numbered);
    tcase_add_loop_test(tcase, defaults_are_within_their_ranges, 1, 5);
    suite_add_tcase(suite, tcase);
    return suite;
}
