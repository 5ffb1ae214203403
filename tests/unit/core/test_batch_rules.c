#include <check.h>

#include "support/dataset_upload.h"

Suite *batch_rules_suite(void);

static const char *const types[] = {"batch-chat-input", "batch-chat-v2-input",
                                    "batch-embed-v2-input", "batch-openai-chat-input"};

static const struct {
    const char *line, *stored, *error;
} rows[] = {
    {"{\"custom_id\":\"1\",\"body\":{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}}",
     "{\"custom_id\":\"1\",\"body\":{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}}\n",
     NULL},
    {"  {\"n\" : 1.50, \"big\":123456789012345678901234567890,\"n\":[null,true]}\t\r",
     "{\"n\" : 1.50, \"big\":123456789012345678901234567890,\"n\":[null,true]}\n", NULL},
    {"{\"row\":\"\\u00e9\\n\"}", "{\"row\":\"\\u00e9\\n\"}\n", NULL},
    {"\n{}\n{}\n", "{}\n{}\n", NULL},
    {"[1]", "", "invalid json in line 1: it is not an object"},
    {"{}\n{\"a\":}", "{}\n",
     "invalid json in line 2: invalid character '}' looking for beginning of value"},
    {"{\"a\":1} 2", "", "invalid json in line 1: invalid character '2' after top-level value"},
    {"{\"a\":\"\xff\"}", "", "line 1 is not valid utf-8"},
};

START_TEST(any_object_is_kept_to_the_byte)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        AUTO(upload_done)
        struct upload upload = {.type = types[i], .files = {text_of(rows[_i].line)}};
        AUTO(buf_done) struct buf stored = {0};

        upload_check(&upload);
        ck_assert_int_eq(upload.result, CHECK_OK);
        ck_assert_pstr_eq(upload.verdict.error.data, rows[_i].error);
        ck_assert_str_eq(upload.verdict.warnings.data, "[]");
        ck_assert_uint_eq(upload.verdict.metrics.len, 0);
        upload_print_stored(&upload, SPLIT_TRAIN, &stored);
        ck_assert_str_eq(stored.data, rows[_i].stored);
    }
}
END_TEST

START_TEST(a_sample_is_the_row_itself)
{
    AUTO(upload_done)
    struct upload upload = {.type = types[0], .files = {TEXT("{\"a\": \"b\"}\n")}};

    upload_check(&upload);
    ck_assert_str_eq(upload.verdict.parts[SPLIT_TRAIN].samples.data,
                     "[\"{\\\"a\\\": \\\"b\\\"}\"]");
}
END_TEST

Suite *batch_rules_suite(void)
{
    Suite *suite = suite_create("batch_rules");
    TCase *tcase = tcase_create("rows");

    tcase_add_loop_test(tcase, any_object_is_kept_to_the_byte, 0, ARRAY_LEN(rows));
    tcase_add_test(tcase, a_sample_is_the_row_itself);
    suite_add_tcase(suite, tcase);
    return suite;
}
