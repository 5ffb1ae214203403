#include <check.h>
#include <stdio.h>

#include "support/dataset_upload.h"

Suite *prompt_completion_rules_suite(void);

#define AUTO_SPLIT "[\"dataset has 0 valid eval rows. dataset will be auto-split\"]"
#define TYPE "prompt-completion-finetune-input"

static void write_rows(unsigned count, struct buf *out)
{
    for (unsigned i = 0; i < count; i++)
        buf_add_format(out, "{\"prompt\":\"p %u\",\"completion\":\"c.\"}\n", i);
}

static const struct {
    unsigned good;
    const char *more, *error, *warnings;
} files[] = {
    {32, "", NULL, AUTO_SPLIT},
    {32, "{\"prompt\":\"\",\"completion\":\"\",\"id\":7}\n", NULL, AUTO_SPLIT},
    {31, "",
     "not enough valid examples: found only 31 valid train examples of 31 received (0 incorrectly "
     "encoded, 0 duplicated); at least 32 valid examples required",
     "[]"},
    {31, "{\"completion\":\"c.\",\"prompt\":\"p 30\"}\n",
     "not enough valid examples: found only 31 valid train examples of 32 received (0 incorrectly "
     "encoded, 1 duplicated); at least 32 valid examples required",
     "[]"},
    {32, "{\"prompt\":\"p\"}\n",
     "The required field completion was not fund in the dataset (line: 33)", "[]"},
    {32, "{\"prompt\":[],\"completion\":\"\"}\n", "field prompt must be a string (line: 33)", "[]"},
};

START_TEST(thirty_two_examples_are_enough)
{
    AUTO(buf_done) struct buf file = {0};
    AUTO(upload_done) struct upload upload = {.type = TYPE};

    write_rows(files[_i].good, &file);
    buf_add_string(&file, files[_i].more);
    upload.files[SPLIT_TRAIN] = buf_text(&file);
    upload_check(&upload);
    ck_assert_pstr_eq(upload.verdict.error.data, files[_i].error);
    ck_assert_str_eq(upload.verdict.warnings.data, files[_i].warnings);
}
END_TEST

START_TEST(metrics_have_no_part_of_their_own)
{
    AUTO(buf_done) struct buf file = {0};
    AUTO(upload_done)
    struct upload upload = {
        .type = TYPE, .files = {[SPLIT_EVAL] = TEXT("{\"prompt\":\"p\",\"completion\":\"\"}")}};
    char want[400];

    write_rows(40, &file);
    upload.files[SPLIT_TRAIN] = buf_text(&file);
    upload_check(&upload);
    (void)snprintf(want, sizeof(want),
                   "{\"finetune_dataset_metrics\":{\"trainable_token_count\":160,"
                   "\"total_examples\":41,\"train_examples\":40,\"train_size_bytes\":%zu,"
                   "\"eval_examples\":1,\"eval_size_bytes\":%zu}}",
                   upload.stored[SPLIT_TRAIN].bytes.len, upload.stored[SPLIT_EVAL].bytes.len);
    ck_assert_str_eq(upload.verdict.metrics.data, want);
}
END_TEST

/* Rows that were written long ago, in blocks that are no longer held, are known all the same. */
START_TEST(repeated_rows_are_dropped_wherever_they_are)
{
    AUTO(buf_done) struct buf file = {0}, stored = {0}, want = {0};
    AUTO(upload_done) struct upload upload = {.type = TYPE, .piece_len = 70000};

    write_rows(20000, &want);
    buf_add_format(&want, "{\"prompt\":\"p\",\"completion\":\"%0100000u\"}\n", 0U);
    buf_add_format(&file, "%s%s", want.data, want.data);
    upload.files[SPLIT_TRAIN] = buf_text(&file);
    upload_check(&upload);
    ck_assert_ptr_null(upload.verdict.error.data);
    ck_assert_int_eq(upload.verdict.parts[SPLIT_TRAIN].row_count, 20001);
    upload_print_stored(&upload, SPLIT_TRAIN, &stored);
    ck_assert(text_eq(buf_text(&stored), buf_text(&want)));
}
END_TEST

Suite *prompt_completion_rules_suite(void)
{
    Suite *suite = suite_create("prompt_completion_rules");
    TCase *tcase = tcase_create("files");

    tcase_add_loop_test(tcase, thirty_two_examples_are_enough, 0, ARRAY_LEN(files));
    tcase_add_test(tcase, repeated_rows_are_dropped_wherever_they_are);
    tcase_add_test(tcase, metrics_have_no_part_of_their_own);
    suite_add_tcase(suite, tcase);
    return suite;
}
