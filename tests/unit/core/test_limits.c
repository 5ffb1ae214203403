#include "core/limits.h"

#include <check.h>
#include <string.h>

Suite *limits_suite(void);

START_TEST(what_is_named_changes_and_the_rest_stays)
{
    AUTO(buf_done) struct buf problem = {0};
    struct limits limits = limits_default(), wanted = limits_default();

    wanted.dataset.train_queries_min = 4;
    wanted.jobs_per_day = 10;
    ck_assert(limits_read(TEXT("{\"train_queries_min\":4,\"jobs_per_day\":10,\"jobs_total\":null}"),
                          &limits, &problem));
    ck_assert_uint_eq(problem.len, 0);
    for (size_t i = 0; i < limit_field_count; i++)
        ck_assert_int_eq(limit_get(&limits, &limit_fields[i]),
                         limit_get(&wanted, &limit_fields[i]));
}
END_TEST

/* clang-format off */
static const struct {
    const char *json, *problem;
} refused[] = {
    {"{\"train_querys_min\":4}", "there is no limit 'train_querys_min'; did you mean train_queries_min?"},
    {"{\"job_per_day\":4}",      "there is no limit 'job_per_day'; did you mean jobs_per_day?"},
    {"{\"jobs_per_day\":-1}",    "jobs_per_day must be a whole number from 0 to 9223372036854775807"},
    {"{\"jobs_per_day\":1.5}",   "jobs_per_day must be a whole number from 0 to 9223372036854775807"},
    {"{\"jobs_per_day\":\"4\"}", "jobs_per_day must be a whole number from 0 to 9223372036854775807"},
    {"{\"queries_max\":0}",      "queries_max must be a whole number from 1 to 2000000"},
    {"{\"jobs_per_day\":1,\"queries_max\":0}", "queries_max must be a whole number from 1 to 2000000"},
    {"[]",                       "limits must be a JSON object"},
    {"{",                        "limits are not JSON: unexpected end of JSON input"},
    {"",                         "limits are not JSON: unexpected end of JSON input"},
};
/* clang-format on */

START_TEST(what_cannot_be_a_limit_is_refused_and_changes_nothing)
{
    AUTO(buf_done) struct buf problem = {0};
    struct limits limits = limits_default();

    ck_assert(!limits_read(text_of(refused[_i].json), &limits, &problem));
    ck_assert_str_eq(problem.data, refused[_i].problem);
    ck_assert_int_eq(limits.jobs_per_day, 0);
}
END_TEST

START_TEST(what_is_written_can_be_read)
{
    AUTO(buf_done) struct buf problem = {0};
    AUTO(buf_done) struct buf json = {0};
    struct limits limits = {0}, wanted = limits_default();

    limits_write(&wanted, &(struct json_writer){.out = &json});
    ck_assert(limits_read(buf_text(&json), &limits, &problem));
    for (size_t i = 0; i < limit_field_count; i++)
        ck_assert_int_eq(limit_get(&limits, &limit_fields[i]),
                         limit_get(&wanted, &limit_fields[i]));
}
END_TEST

START_TEST(every_limit_has_a_row)
{
    size_t size = 0;

    for (size_t i = 0; i < limit_field_count; i++)
        size += limit_fields[i].size;
    /* What is left is the padding between the two structures. */
    ck_assert_uint_le(sizeof(struct limits) - size, 7);
}
END_TEST

Suite *limits_suite(void)
{
    Suite *suite = suite_create("limits");
    TCase *tcase = tcase_create("limits");

    tcase_add_test(tcase, what_is_named_changes_and_the_rest_stays);
    tcase_add_loop_test(tcase, what_cannot_be_a_limit_is_refused_and_changes_nothing, 0,
                        (int)ARRAY_LEN(refused));
    tcase_add_test(tcase, what_is_written_can_be_read);
    tcase_add_test(tcase, every_limit_has_a_row);
    suite_add_tcase(suite, tcase);
    return suite;
}
