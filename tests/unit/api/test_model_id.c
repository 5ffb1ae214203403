#include <check.h>

#include "api/model_id.h"
#include "base/attr.h"

Suite *model_id_suite(void);

#define UUID "9d927c5e-7598-4772-98b7-cdf2014e8874"

/* clang-format off */
static const struct {
    const char *id, *read; /* NULL: none */
} ids[] = {
    {UUID, UUID},
    {"9D927C5E-7598-4772-98B7-CDF2014E8874", UUID},
    {"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"},
    {"", NULL},
    {"test-id", NULL},
    {"9d927c5e-7598-4772-98b7-cdf2014e887", NULL},
    {UUID "0", NULL},
    {" " UUID, NULL},
    {"9d927c5e75984772-98b7-cdf2014e8874-00", NULL},
    {"9d927c5e-7598-4772-98b7-cdf2014e887g", NULL},
    {"9d927c5e-7598-4772-98b7-cdf2014e887G", NULL},
    {"9d927c5e_7598_4772_98b7_cdf2014e8874", NULL},
    {"-d927c5e-7598-4772-98b7-cdf2014e8874", NULL},
    {"9d927c5e-7598-4772-98b7-cdf2014e88\xc3\xa9", NULL},
};

static const struct {
    const char *name, *read;
} routes[] = {
    {UUID "-ft", UUID},
    {"9D927C5E-7598-4772-98B7-CDF2014E8874-ft", UUID},
    {UUID, NULL},
    {UUID "-FT", NULL},
    {UUID "-ft-ft", NULL},
    {"foo-ft", NULL},
    {"-ft", NULL},
    {"ft", NULL},
    {"", NULL},
};
/* clang-format on */

START_TEST(an_id_is_a_uuid_in_either_case)
{
    char out[OBJECT_ID_SIZE] = "untouched";

    ck_assert_int_eq(model_id_read(text_of(ids[_i].id), out), ids[_i].read != NULL);
    ck_assert_str_eq(out, ids[_i].read ? ids[_i].read : "untouched");
}
END_TEST

START_TEST(a_model_is_called_by_its_id_and_ft)
{
    char out[OBJECT_ID_SIZE] = "untouched";

    ck_assert_int_eq(model_id_read_route(text_of(routes[_i].name), out), routes[_i].read != NULL);
    ck_assert_str_eq(out, routes[_i].read ? routes[_i].read : "untouched");
}
END_TEST

Suite *model_id_suite(void)
{
    Suite *suite = suite_create("model_id");
    TCase *tcase = tcase_create("ids");

    tcase_add_loop_test(tcase, an_id_is_a_uuid_in_either_case, 0, ARRAY_LEN(ids));
    tcase_add_loop_test(tcase, a_model_is_called_by_its_id_and_ft, 0, ARRAY_LEN(routes));
    suite_add_tcase(suite, tcase);
    return suite;
}
