#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/label_table.h"
#include "support/dataset_upload.h"
#include "support/failing_alloc.h"

Suite *classification_rules_suite(void);

#define SINGLE "single-label-classification-finetune-input"
#define MULTI "multi-label-classification-finetune-input"
#define AUTO_SPLIT "dataset has 0 valid eval rows. dataset will be auto-split"
#define COUNTS(x, split, y, a, b, min)                                                             \
    "not enough valid examples: found only " x " valid " split " examples of " y " received (" a   \
    " incorrectly encoded, " b " duplicated); at least " min " valid examples required"
#define EVAL "invalid eval file: "

/*
 * Add `count` rows, no two of them equal, all with one value as their label. `from` is the number
 * of the first.
 */
static unsigned add_rows(struct buf *out, unsigned from, unsigned count, const char *label)
{
    for (unsigned i = from; i < from + count; i++)
        buf_add_format(out, "{\"text\":\"text %u\",\"label\":%s}\n", i, label);
    return from + count;
}

/* What passes: twenty rows of each of two labels. */
static void add_good(struct buf *out, const char *type)
{
    bool many = strcmp(type, MULTI) == 0;

    (void)add_rows(out, add_rows(out, 0, 20, many ? "[\"a\"]" : "\"a\""), 20,
                   many ? "[\"b\"]" : "\"b\"");
}

/* A row behind the good ones, in line 41: its error, or NULL, and as what it is stored. */
static const struct {
    const char *type, *line, *error, *stored;
} rows[] = {
    {SINGLE, "{\"label\":\"a\",\"text\":\" \",\"id\":1}", NULL,
     "{\"text\":\" \",\"label\":\"a\"}\n"},
    {SINGLE, "{\"text\":\"t\",\"label\":\" \"}", NULL, "{\"text\":\"t\",\"label\":\" \"}\n"},
    {SINGLE, "{\"text\":\"\",\"label\":\"a\"}", "text is empty (line: 41)", ""},
    {SINGLE, "{\"text\":\"\",\"label\":\"\"}", "text is empty (line: 41)", ""},
    {SINGLE, "{\"text\":\"t\",\"label\":\"\"}", "label is empty (line: 41)", ""},
    {SINGLE, "{\"text\":\"t\"}", "The required field label was not fund in the dataset (line: 41)",
     ""},
    {SINGLE, "{\"label\":\"a\"}", "The required field text was not fund in the dataset (line: 41)",
     ""},
    {SINGLE, "{\"text\":\"t\",\"label\":[\"a\"]}", "field label must be a string (line: 41)", ""},
    {SINGLE, "{\"text\":\"t\",\"label\":1}", "field label must be a string (line: 41)", ""},
    /* A row that is there already */
    {SINGLE, "{\"label\":\"a\",\"text\":\"text\\u00200\"}", NULL, ""},
    {MULTI, "{\"text\":\"text 0\",\"label\":[\"a\",\"a\"]}", NULL, ""},
    {MULTI, "{\"text\":\"t\",\"label\":[]}", NULL, "{\"text\":\"t\",\"label\":[]}\n"},
    {MULTI, "{\"text\":\"t\",\"label\":[\"b\",\"a\",\"b\"]}", NULL,
     "{\"text\":\"t\",\"label\":[\"b\",\"a\"]}\n"},
    {MULTI, "{\"text\":\"t\",\"label\":[\"a\",\"\"]}", "label is empty (line: 41)", ""},
    {MULTI, "{\"text\":\"\",\"label\":[]}", "text is empty (line: 41)", ""},
    {MULTI, "{\"text\":\"t\",\"label\":\"a\"}", "field label must be a list[string] (line: 41)",
     ""},
    {MULTI, "{\"text\":\"t\",\"label\":[\"a\",null]}",
     "field label must be a list[string] (line: 41)", ""},
    {MULTI, "{\"text\":\"t\",\"label\":null}",
     "The required field label was not fund in the dataset (line: 41)", ""},
    {MULTI, "{\"text\":\"t\"", "invalid json in line 41: unexpected end of JSON input", ""},
};

static void check_row(size_t i, enum dataset_split split)
{
    AUTO(buf_done) struct buf good = {0}, file = {0}, stored = {0}, error = {0};
    AUTO(upload_done)
    struct upload upload = {.type = rows[i].type, .eval_first = split == SPLIT_EVAL};

    add_good(&good, rows[i].type);
    buf_add_format(&file, "%s%s", good.data, rows[i].line);
    upload.files[split] = buf_text(&file);
    upload.files[!split] = buf_text(&good);
    upload_check(&upload);
    ck_assert_int_eq(upload.result, CHECK_OK);
    if (rows[i].error)
        buf_add_format(&error, "%s%s", split == SPLIT_EVAL ? EVAL : "", rows[i].error);
    ck_assert_pstr_eq(upload.verdict.error.data, error.data);
    upload_print_stored(&upload, split, &stored);
    ck_assert(text_has_prefix(buf_text(&stored), buf_text(&good)));
    ck_assert_str_eq(stored.data + good.len, rows[i].stored);
}

START_TEST(a_row_is_kept_or_refused_with_its_sentence)
{
    check_row((size_t)_i, SPLIT_TRAIN);
    check_row((size_t)_i, SPLIT_EVAL);
}
END_TEST

START_TEST(a_label_is_of_a_bounded_length)
{
    for (unsigned len = LABEL_LEN_MAX; len <= LABEL_LEN_MAX + 1; len++) {
        AUTO(buf_done) struct buf file = {0};
        AUTO(upload_done) struct upload upload = {.type = SINGLE};

        add_good(&file, SINGLE);
        buf_add_format(&file, "{\"text\":\"t\",\"label\":\"%0*u\"}", (int)len, 0U);
        upload.files[SPLIT_TRAIN] = buf_text(&file);
        upload_check(&upload);
        ck_assert_pstr_eq(upload.verdict.error.data,
                          len > LABEL_LEN_MAX ? "label is longer than 1024 bytes (line: 41)"
                                              : NULL);
    }
}
END_TEST

START_TEST(there_may_be_a_thousand_labels)
{
    AUTO(buf_done) struct buf file = {0};
    AUTO(upload_done) struct upload upload = {.type = MULTI};

    buf_add_string(&file, "{\"text\":\"t\",\"label\":[\"0\"");
    for (unsigned i = 1; i < LABELS_MAX - 1; i++)
        buf_add_format(&file, ",\"%u\"", i);
    buf_add_string(&file, "]}\n{\"text\":\"t\",\"label\":[\"x\",\"7\",\"y\"]}\n"
                          "{\"text\":\"t\",\"label\":[\"x\",\"7\"]}\n"
                          "{\"text\":\"t\",\"label\":[\"z\"]}\n");
    upload.files[SPLIT_TRAIN] = buf_text(&file);
    upload_check(&upload);
    ck_assert_str_eq(upload.verdict.error.data,
                     "label 'y' is one too many, there may be 1000 (line: 2)");
    ck_assert_ptr_nonnull(strstr(upload.verdict.warnings.data,
                                 "[\"label 'z' is one too many, there may be 1000 (line: 4)\","));
    ck_assert_int_eq(upload.verdict.parts[SPLIT_TRAIN].row_count, 2);
}
END_TEST

/* Whole files: rows of each label, of the training and of the evaluation file. */
struct amount {
    unsigned rows;
    const char *label;
};

static const struct {
    const char *type;
    struct amount train[4], eval[4];
    const char *error, *warnings;
} verdicts[] = {
    {SINGLE, {{20, "\"a\""}, {20, "\"b\""}}, {{0}}, NULL, "[\"" AUTO_SPLIT "\"]"},
    {SINGLE, {{20, "\"a\""}, {20, "\"b\""}}, {{12, "\"a\""}, {12, "\"b\""}}, NULL, "[]"},
    {SINGLE,
     {{20, "\"a\""}, {19, "\"b\""}},
     {{0}},
     COUNTS("39", "train", "39", "0", "0", "40"),
     "[]"},
    {SINGLE,
     {{20, "\"a\""}, {20, "\"b\""}},
     {{23, "\"a\""}},
     EVAL COUNTS("23", "eval", "23", "0", "0", "24"),
     "[]"},
    {SINGLE,
     {{2, "\"a\""}},
     {{3, "\"a\""}},
     COUNTS("0", "train", "2", "0", "0", "40"),
     "[\"" EVAL COUNTS("0", "eval", "3", "0", "0",
                       "24") "\",\"at least 2 labels are required, found 0\"]"},
    /* Labels with too few examples */
    {SINGLE,
     {{20, "\"a\""}, {4, "\"few\""}, {20, "\"b\""}, {1, "\"one\""}},
     {{0}},
     NULL,
     "[\"removed labels with fewer than 5 examples: few, one\",\"" AUTO_SPLIT "\"]"},
    {SINGLE,
     {{20, "\"a\""}, {5, "\"b\""}, {15, "\"c\""}, {4, "\"few\""}},
     {{24, "\"a\""}, {30, "\"new\""}, {9, "\"few\""}},
     NULL,
     "[\"removed labels with fewer than 5 examples: few, new\"]"},
    {SINGLE,
     {{20, "\"a\""}, {19, "\"b\""}, {4, "\"few\""}},
     {{0}},
     COUNTS("39", "train", "43", "0", "0", "40"),
     "[]"},
    {SINGLE,
     {{20, "\"a\""}, {20, "\"b\""}},
     {{23, "\"a\""}, {9, "\"new\""}},
     EVAL COUNTS("23", "eval", "32", "0", "0", "24"),
     "[]"},
    /* Labels that tell nothing apart */
    {SINGLE,
     {{40, "\"a\""}},
     {{0}},
     "at least 2 labels are required, found 1",
     "[\"label 'a' is present in all examples\"]"},
    {SINGLE,
     {{40, "\"a\""}, {4, "\"b\""}},
     {{0}},
     "at least 2 labels are required, found 1",
     "[\"label 'a' is present in all examples\"]"},
    {MULTI,
     {{20, "[\"a\"]"}, {20, "[\"b\",\"a\"]"}},
     {{0}},
     "label 'a' is present in all examples",
     "[]"},
    {MULTI,
     {{20, "[\"a\"]"}, {20, "[\"b\",\"a\"]"}, {1, "[]"}},
     {{0}},
     NULL,
     "[\"" AUTO_SPLIT "\"]"},
    {MULTI, {{40, "[\"a\"]"}, {1, "[]"}}, {{0}}, "at least 2 labels are required, found 1", "[]"},
    {MULTI, {{40, "[]"}}, {{0}}, "at least 2 labels are required, found 0", "[]"},
    /* A row counts while it has a label that does, or never had any. */
    {MULTI,
     {{20, "[\"a\"]"}, {16, "[\"b\"]"}, {4, "[\"few\",\"b\"]"}},
     {{24, "[]"}},
     NULL,
     "[\"removed labels with fewer than 5 examples: few\"]"},
    {MULTI,
     {{20, "[\"a\"]"}, {19, "[\"b\"]"}, {4, "[\"few\"]"}},
     {{0}},
     COUNTS("39", "train", "43", "0", "0", "40"),
     "[]"},
};

static void add_amounts(struct buf *out, const struct amount *amounts)
{
    unsigned number = 0;

    for (size_t i = 0; i < 4 && amounts[i].label; i++)
        number = add_rows(out, number, amounts[i].rows, amounts[i].label);
}

static void judge(size_t i, struct upload *upload)
{
    AUTO(buf_done) struct buf train = {0}, eval = {0};

    add_amounts(&train, verdicts[i].train);
    add_amounts(&eval, verdicts[i].eval);
    upload->type = verdicts[i].type;
    upload->files[SPLIT_TRAIN] = buf_text(&train);
    upload->files[SPLIT_EVAL] = buf_text(&eval);
    upload_check(upload);
    ck_assert_int_eq(upload->result, CHECK_OK);
    ck_assert_pstr_eq(upload->verdict.error.data, verdicts[i].error);
    ck_assert_str_eq(upload->verdict.warnings.data, verdicts[i].warnings);
}

START_TEST(files_in_either_order_and_in_pieces_have_their_verdict)
{
    AUTO(upload_done) struct upload whole = {0};

    judge((size_t)_i, &whole);
    for (size_t len = 1; len < 40; len = len * 2 + 1) {
        AUTO(upload_done) struct upload cut = {.piece_len = len, .eval_first = true};
        AUTO(upload_done) struct upload equal = {.piece_len = len, .collide = true};

        judge((size_t)_i, &cut);
        judge((size_t)_i, &equal);
        ck_assert(text_eq(buf_text(&cut.verdict.metrics), buf_text(&whole.verdict.metrics)));
        ck_assert(text_eq(buf_text(&equal.verdict.metrics), buf_text(&whole.verdict.metrics)));
        for (size_t k = 0; k < SPLIT_COUNT; k++)
            ck_assert(text_eq(buf_text(&cut.stored[k].bytes), buf_text(&whole.stored[k].bytes)));
    }
}
END_TEST

START_TEST(metrics_leave_out_the_rows_of_removed_labels_but_the_part_has_them)
{
    AUTO(buf_done) struct buf train = {0}, eval = {0};
    AUTO(upload_done) struct upload upload = {.type = SINGLE};
    char want[1500];

    (void)add_rows(&train, add_rows(&train, 0, 2, "\"few\""), 20, "\"a\"");
    (void)add_rows(&train, 22, 20, "\"b\"");
    (void)add_rows(&eval, add_rows(&eval, 0, 3, "\"few\""), 24, "\"b\"");
    upload.files[SPLIT_TRAIN] = buf_text(&train);
    upload.files[SPLIT_EVAL] = buf_text(&eval);
    upload_check(&upload);
    /* A row that does not count has 1 + 6 bytes of text and 1 + 3 of label. */
    (void)snprintf(
        want, sizeof(want),
        "{\"finetune_dataset_metrics\":{\"trainable_token_count\":80,\"total_examples\":64,"
        "\"train_examples\":40,\"train_size_bytes\":%zu,\"eval_examples\":24,"
        "\"eval_size_bytes\":%zu,\"classify_data_metrics\":{\"label_metrics\":["
        "{\"total_examples\":20,\"label\":\"a\",\"samples\":[\"text 2\",\"text 3\",\"text 4\"]},"
        "{\"total_examples\":44,\"label\":\"b\",\"samples\":[\"text 22\",\"text 23\",\"text 24\"]}"
        "]}}}",
        upload.stored[SPLIT_TRAIN].bytes.len - (size_t)2 * 11,
        upload.stored[SPLIT_EVAL].bytes.len - (size_t)3 * 11);
    ck_assert_str_eq(upload.verdict.metrics.data, want);
    ck_assert_int_eq(upload.verdict.parts[SPLIT_TRAIN].row_count, 42);
    ck_assert_int_eq(upload.verdict.parts[SPLIT_EVAL].row_count, 27);
}
END_TEST

static uint64_t number_behind(const struct upload *upload, const char *key)
{
    const char *at = strstr(upload->verdict.metrics.data, key);
    uint64_t number = 0;

    ck_assert_ptr_nonnull(at);
    for (at += strlen(key); *at >= '0' && *at <= '9'; at++)
        number = number * 10 + (uint64_t)(*at - '0');
    return number;
}

/* Enough rows for several in a bucket of the split, and labels that do not count among them. */
START_TEST(a_fifth_of_the_rows_that_count_evaluates)
{
    AUTO(buf_done) struct buf file = {0};
    AUTO(upload_done) struct upload upload = {.type = MULTI, .piece_len = 100000};
    unsigned number = 0;

    for (unsigned i = 0; i < 900; i++) {
        char label[16];

        (void)snprintf(label, sizeof(label), "[\"%u\"]", i);
        number = add_rows(&file, number, 4, label);
    }
    number = add_rows(&file, number, 10001, "[\"a\"]");
    number = add_rows(&file, number, 10001, "[\"b\",\"1\"]");
    (void)add_rows(&file, number, 1, "[]");
    upload.files[SPLIT_TRAIN] = buf_text(&file);
    upload_check(&upload);
    ck_assert_ptr_null(upload.verdict.error.data);
    /* "1" has enough examples now, among them the four that have it alone. */
    ck_assert_uint_eq(number_behind(&upload, "\"total_examples\":"), 20007);
    ck_assert_uint_eq(number_behind(&upload, "\"eval_examples\":"), 4002);
    ck_assert_uint_eq(number_behind(&upload, "\"train_examples\":"), 20007 - 4002);
    ck_assert_uint_eq(number_behind(&upload, "\"trainable_token_count\":"),
                      UINT64_C(2) * (20007 - 4002));
    ck_assert_int_eq(upload.verdict.parts[SPLIT_TRAIN].row_count, 20003 + 3600);
}
END_TEST

/* Check a file with what memory there is; tell whether it was enough. */
static bool check_with_little_memory(struct text train, struct memory_file *stored)
{
    struct dataset_sink sink = memory_sink(stored);
    AUTO(dataset_verdict_done) struct dataset_verdict verdict = {0};
    struct dataset_check *check =
        dataset_check_new(dataset_type_find(TEXT(MULTI)), &dataset_limits_default, 1);
    bool enough =
        check && dataset_check_begin(check, SPLIT_TRAIN, FORMAT_JSONL, &sink) == CHECK_OK &&
        dataset_check_feed(check, train) == CHECK_OK && dataset_check_end(check) == CHECK_OK &&
        dataset_check_finish(check, &verdict) == CHECK_OK;

    dataset_check_free(check);
    return enough;
}

START_TEST(memory_may_run_out_anywhere)
{
    AUTO(buf_done) struct buf file = {0};
    struct memory_file stored = {0};
    bool enough = false;

    add_good(&file, MULTI);
    (void)add_rows(&file, 40, 3, "[\"few\",\"fewer\",\"few\"]");
    ck_assert(buf_reserve(&stored.bytes, (size_t)1024 * 1024));
    for (size_t count = 0; !enough; count++) {
        buf_clear(&stored.bytes);
        failing_alloc_after(count);
        enough = check_with_little_memory(buf_text(&file), &stored);
        failing_alloc_stop();
        ck_assert_uint_lt(count, 1000);
    }
    buf_done(&stored.bytes);
}
END_TEST

/* Reading back what does not count may fail, too. */
START_TEST(a_sink_that_fails_at_any_call_ends_the_check)
{
    AUTO(buf_done) struct buf file = {0};
    bool done = false;

    add_good(&file, SINGLE);
    (void)add_rows(&file, 40, 3, "\"few\"");
    for (size_t calls = 0; !done; calls++) {
        AUTO(upload_done) struct upload upload = {.type = SINGLE, .files = {buf_text(&file)}};

        upload.stored[SPLIT_TRAIN].limited = true;
        upload.stored[SPLIT_TRAIN].calls_left = calls;
        upload_check(&upload);
        done = upload.result == CHECK_OK;
        if (!done)
            ck_assert_int_eq(upload.result, CHECK_SINK_FAILED);
        ck_assert_uint_lt(calls, 1000);
    }
}
END_TEST

Suite *classification_rules_suite(void)
{
    Suite *suite = suite_create("classification_rules");
    TCase *tcase = tcase_create("rows");

    tcase_add_loop_test(tcase, a_row_is_kept_or_refused_with_its_sentence, 0, ARRAY_LEN(rows));
    tcase_add_test(tcase, a_label_is_of_a_bounded_length);
    tcase_add_test(tcase, there_may_be_a_thousand_labels);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("files");
    tcase_add_loop_test(tcase, files_in_either_order_and_in_pieces_have_their_verdict, 0,
                        ARRAY_LEN(verdicts));
    tcase_add_test(tcase, metrics_leave_out_the_rows_of_removed_labels_but_the_part_has_them);
    tcase_add_test(tcase, a_fifth_of_the_rows_that_count_evaluates);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("failures");
    tcase_add_test(tcase, memory_may_run_out_anywhere);
    tcase_add_test(tcase, a_sink_that_fails_at_any_call_ends_the_check);
    suite_add_tcase(suite, tcase);
    return suite;
}
