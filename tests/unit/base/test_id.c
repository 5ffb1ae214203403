#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"

Suite *id_suite(void);

START_TEST(a_uuid_has_version_4_and_its_variant)
{
    char id[UUID_SIZE];

    for (uint64_t counter = 0; counter < 100; counter++) {
        id_uuid(7, ID_MODEL, counter, id);
        ck_assert_uint_eq(strlen(id), 36);
        ck_assert_int_eq(id[14], '4');
        ck_assert_ptr_nonnull(strchr("89ab", id[19]));
        ck_assert_uint_eq(strspn(id, "0123456789abcdef-"), 36);
    }
}
END_TEST

START_TEST(seed_kind_and_counter_each_make_another_id)
{
    char base[UUID_SIZE], other[UUID_SIZE], again[UUID_SIZE];

    id_uuid(1, ID_MODEL, 1, base);
    id_uuid(1, ID_MODEL, 1, again);
    ck_assert_str_eq(again, base);
    id_uuid(2, ID_MODEL, 1, other);
    ck_assert_str_ne(other, base);
    id_uuid(1, ID_ANSWER, 1, other);
    ck_assert_str_ne(other, base);
    id_uuid(1, ID_MODEL, 2, other);
    ck_assert_str_ne(other, base);
}
END_TEST

START_TEST(suffixes_and_traces_have_their_lengths_and_alphabets)
{
    char suffix[ID_SUFFIX_SIZE], trace[ID_TRACE_SIZE];

    id_suffix(1, 1, suffix);
    ck_assert_uint_eq(strspn(suffix, "abcdefghijklmnopqrstuvwxyz0123456789"), 6);
    ck_assert_uint_eq(strlen(suffix), 6);
    id_trace(1, 1, trace);
    ck_assert_uint_eq(strspn(trace, "0123456789abcdef"), 32);
    ck_assert_uint_eq(strlen(trace), 32);
}
END_TEST

static int compare_suffixes(const void *a, const void *b)
{
    return strcmp(a, b);
}

START_TEST(a_hundred_thousand_suffixes_are_all_different)
{
    enum { COUNT = 100000 };
    static char suffixes[COUNT][ID_SUFFIX_SIZE];

    for (uint64_t i = 0; i < COUNT; i++)
        id_suffix(42, i, suffixes[i]);
    qsort(suffixes, COUNT, ID_SUFFIX_SIZE, compare_suffixes);
    for (size_t i = 1; i < COUNT; i++)
        if (strcmp(suffixes[i - 1], suffixes[i]) == 0)
            ck_abort_msg("%s came twice", suffixes[i]);
}
END_TEST

Suite *id_suite(void)
{
    Suite *suite = suite_create("id");
    TCase *tcase = tcase_create("forms");

    tcase_add_test(tcase, a_uuid_has_version_4_and_its_variant);
    tcase_add_test(tcase, seed_kind_and_counter_each_make_another_id);
    tcase_add_test(tcase, suffixes_and_traces_have_their_lengths_and_alphabets);
    tcase_add_test(tcase, a_hundred_thousand_suffixes_are_all_different);
    suite_add_tcase(suite, tcase);
    return suite;
}
