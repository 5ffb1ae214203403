#include "core/label_table.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "support/failing_alloc.h"

Suite *label_table_suite(void);

START_TEST(labels_are_counted_with_their_first_texts)
{
    AUTO(label_table_done) struct label_table table = {.seed = 1};
    const struct label *label;

    ck_assert_ptr_null(label_table_find(&table, TEXT("spam")));
    for (unsigned i = 0; i < 5; i++) {
        char text[] = {(char)('a' + i)};

        ck_assert(label_table_count(&table, TEXT("spam"), (struct text){text, 1}));
    }
    ck_assert(label_table_count(&table, TEXT("ham"), TEXT("")));
    label = label_table_find(&table, TEXT("spam"));
    ck_assert_uint_eq(label->rows, 5);
    ck_assert_uint_eq(label->sample_count, LABEL_SAMPLES_MAX);
    ck_assert_str_eq(label->samples[0].data, "a");
    ck_assert_str_eq(label->samples[2].data, "c");
    ck_assert_uint_eq(label_table_find(&table, TEXT("ham"))->rows, 1);
    ck_assert_ptr_null(label_table_find(&table, TEXT("Spam")));
}
END_TEST

START_TEST(all_labels_up_to_the_limit_are_found_in_their_order)
{
    AUTO(label_table_done) struct label_table table = {0};

    for (unsigned i = 0; i < 2 * LABELS_MAX; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "%u", i % LABELS_MAX);
        ck_assert(label_table_count(&table, text_of(name), TEXT("t")));
    }
    ck_assert_uint_eq(table.count, LABELS_MAX);
    for (unsigned i = 0; i < LABELS_MAX; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "%u", i);
        ck_assert_ptr_eq(label_table_find(&table, text_of(name)), &table.items[i]);
        ck_assert_uint_eq(table.items[i].rows, 2);
    }
}
END_TEST

START_TEST(a_long_text_is_kept_by_its_beginning)
{
    AUTO(label_table_done) struct label_table table = {0};
    static char text[LABEL_SAMPLE_LEN_MAX + 1];

    memset(text, 'x', sizeof(text));
    ck_assert(label_table_count(&table, TEXT("l"), (struct text){text, sizeof(text)}));
    ck_assert_uint_eq(table.items[0].samples[0].len, LABEL_SAMPLE_LEN_MAX + 3);
}
END_TEST

static bool count_labels(struct label_table *table)
{
    for (unsigned i = 0; i < 40; i++) {
        char name[] = {(char)('0' + i)};

        if (!label_table_count(table, (struct text){name, 1}, TEXT("text")))
            return false;
    }
    return true;
}

START_TEST(memory_may_run_out_anywhere)
{
    bool enough = false;

    for (size_t count = 0; !enough; count++) {
        struct label_table table = {0};

        failing_alloc_after(count);
        enough = count_labels(&table);
        failing_alloc_stop();
        label_table_done(&table);
        ck_assert_uint_lt(count, 1000);
    }
}
END_TEST

Suite *label_table_suite(void)
{
    Suite *suite = suite_create("label_table");
    TCase *tcase = tcase_create("labels");

    tcase_add_test(tcase, labels_are_counted_with_their_first_texts);
    tcase_add_test(tcase, all_labels_up_to_the_limit_are_found_in_their_order);
    tcase_add_test(tcase, a_long_text_is_kept_by_its_beginning);
    tcase_add_test(tcase, memory_may_run_out_anywhere);
    suite_add_tcase(suite, tcase);
    return suite;
}
