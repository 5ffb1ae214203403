/*
 * Uploads that are not just lines of JSON, and what may be asked for beside the rows: files go
 * through the whole check, as one piece and as pieces of one byte.
 */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>

#include "core/avro_reader.h"
#include "core/dataset_check.h"
#include "core/dataset_rules.h"
#include "support/failing_alloc.h"
#include "support/memory_sink.h"

Suite *dataset_options_suite(void);

enum { SPARE = SPLIT_COUNT, SINKS };

struct upload {
    const char *type; /* NULL: embed-input */
    enum dataset_format format;
    struct text files[SPLIT_COUNT];
    bool eval_first;
    bool collide;
    size_t piece_len; /* 0: all at once */
    struct dataset_options options;
    const char *keep[4], *optional[4];
    struct dataset_limits limits;
    struct kept_fields kept;
    struct memory_file stored[SINKS];
    enum dataset_check_result result;
    struct dataset_verdict verdict;
};

static void upload_done(struct upload *upload)
{
    dataset_verdict_done(&upload->verdict);
    kept_fields_done(&upload->kept);
    for (size_t i = 0; i < SINKS; i++)
        buf_done(&upload->stored[i].bytes);
}

static enum dataset_check_result feed_file(struct dataset_check *check, struct upload *upload,
                                           enum dataset_split split)
{
    struct dataset_sink sink = memory_sink(&upload->stored[split]);
    struct text file = upload->files[split];
    size_t piece_len = upload->piece_len ? upload->piece_len : file.len + 1;
    enum dataset_check_result result = dataset_check_begin(check, split, upload->format, &sink);

    for (size_t at = 0; result == CHECK_OK && at < file.len; at += piece_len) {
        size_t len = file.len - at < piece_len ? file.len - at : piece_len;

        result = dataset_check_feed(check, (struct text){file.data + at, len});
    }
    return result == CHECK_OK ? dataset_check_end(check) : result;
}

/* Check an upload; no assertions, as memory may be short. */
static void run(struct upload *upload, const struct dataset_type *type)
{
    struct dataset_check *check = dataset_check_new(type, &upload->limits, 1);
    enum dataset_split first = upload->eval_first ? SPLIT_EVAL : SPLIT_TRAIN;

    upload->options.spare = memory_sink(&upload->stored[SPARE]);
    upload->options.kept = &upload->kept;
    upload->result = check ? dataset_check_set_options(check, &upload->options) : CHECK_NO_MEMORY;
    if (check && upload->collide)
        dataset_check_weaken_hashes(check, 0);
    if (upload->result == CHECK_OK)
        upload->result = feed_file(check, upload, first);
    if (upload->result == CHECK_OK && upload->files[!first].data)
        upload->result = feed_file(check, upload, !first);
    if (upload->result == CHECK_OK)
        upload->result = dataset_check_finish(check, &upload->verdict);
    dataset_check_free(check);
}

static void upload_check(struct upload *upload)
{
    const struct dataset_type *type =
        dataset_type_find(text_of(upload->type ? upload->type : "embed-input"));

    if (!upload->limits.line_bytes_max)
        upload->limits.line_bytes_max = 100;
    upload->limits.queries_max = 100000;
    if (!upload->format)
        upload->format = FORMAT_JSONL;
    for (size_t i = 0; i < ARRAY_LEN(upload->keep) && upload->keep[i]; i++)
        ck_assert_int_eq(kept_fields_add(&upload->kept, text_of(upload->keep[i]), true), KEPT_OK);
    for (size_t i = 0; i < ARRAY_LEN(upload->optional) && upload->optional[i]; i++)
        ck_assert_int_eq(kept_fields_add(&upload->kept, text_of(upload->optional[i]), false),
                         KEPT_OK);
    run(upload, type);
}

static struct memory_file *stored_file(struct upload *upload, enum dataset_split split)
{
    bool is_spare = split == SPLIT_EVAL && upload->verdict.eval_is_spare;

    return &upload->stored[is_spare ? SPARE : (size_t)split];
}

/* The rows that were stored, as lines of compact JSON. */
static void print_stored(struct upload *upload, enum dataset_split split, struct buf *out)
{
    struct memory_file *file = stored_file(upload, split);
    struct dataset_fields fields =
        dataset_rules_of(upload->type ? DATASET_RERANKER : DATASET_EMBED)->fields;
    struct dataset_sink sink = memory_sink(file);
    AUTO(avro_rows_done) struct avro_rows rows = {0};
    AUTO(dataset_row_done) struct dataset_row row = {0};

    if (!upload->type)
        fields.kept = &upload->kept;
    buf_add_string(out, "");
    ck_assert_int_eq(avro_rows_open(&rows, &sink, file->bytes.len), AVRO_OK);
    while (avro_rows_next(&rows) == AVRO_OK) {
        ck_assert_int_eq(dataset_row_read(&row, &fields, &rows.rest), AVRO_OK);
        dataset_row_print(&row, &fields, out);
        buf_add_char(out, '\n');
    }
    ck_assert_int_eq(avro_rows_next(&rows), AVRO_END);
}

/*
 * Formats
 */

#define NO_TEXT "csv files must have a header with the required fields: [text]."
#define T(text) "{\"text\":\"" text "\"}\n"
#define LONG                                                                                       \
    "12345678901234567890123456789012345678901234567890123456789012345678901234567890"             \
    "123456789012345678901"

/* clang-format off */
static const struct {
    enum dataset_format format;
    const char *separator; /* of fields or of texts */
    const char *file, *error, *warnings, *stored;
} files[] = {
    {FORMAT_CSV, "", "text\none\n", NULL, "[]", T("one")},
    {FORMAT_CSV, "", "id,text,x\r\n1,\"one, \"\"two\"\"\r\nthree\",\r\n\r\n2,four,y", NULL, "[]", T("one, \\\"two\\\"\\r\\nthree") T("four")},
    {FORMAT_CSV, "", "\xef\xbb\xbf" "text\none\n", NULL, "[]", T("one")},
    {FORMAT_CSV, "", "\xef\xbb\xbf\"text\"\none\n", NULL, "[]", T("one")},
    {FORMAT_CSV, ";", "a;text\n1,2;3\n", NULL, "[]", T("3")},
    {FORMAT_CSV, "\t", "a\ttext\n1\t\"2\t\"\n", NULL, "[]", T("2\\t")},
    {FORMAT_CSV, "\xe2\x82\xac", "a\xe2\x82\xactext\n1\xe2\x82\xac\"2\xe2\x82\xac\"\n", NULL, "[]", T("2\xe2\x82\xac")},
    {FORMAT_CSV, "", "text,text\na,b\n", NULL, "[]", T("b")},
    {FORMAT_CSV, "", "text\n", NULL, "[]", ""},
    {FORMAT_CSV, "", "id,words\n1,one\n1\n\"", NO_TEXT, "[]", ""},
    {FORMAT_CSV, "", "Text\n1\n", NO_TEXT, "[]", ""},
    {FORMAT_CSV, "", "\n\n", NO_TEXT, "[]", ""},
    {FORMAT_CSV, "", "te\"xt\n1\n", NO_TEXT, "[]", ""},
    {FORMAT_CSV, "", "text," LONG "\n1\n", NO_TEXT, "[]", ""},
    {FORMAT_CSV, "", "a,text\n\n1\n2,b\n3,c,d\n", "wrong number of fields in line 3", "[\"wrong number of fields in line 5\"]", T("b")},
    {FORMAT_CSV, "", "text\na\"b\nc\n\"d\"e\n\"\nf\n", "invalid csv in line 2: bare \" in non-quoted field", "[\"invalid csv in line 4: extraneous or missing \\\" in quoted-field\",\"invalid csv in line 5: extraneous or missing \\\" in quoted-field\"]", T("c")},
    {FORMAT_CSV, "", "a,text\n\xff,b\n1,\xff\n", "line 2 is not valid utf-8", "[\"line 3 is not valid utf-8\"]", ""},
    {FORMAT_CSV, "", "a,text\n\xc3,\xa9\n", "line 2 is not valid utf-8", "[]", ""},
    {FORMAT_CSV, "", "a,text\n1," LONG "\n2,b\n", "line 2 is longer than 100 bytes", "[]", T("b")},
    {FORMAT_CSV, "", "a,text\n1,\n\"\",\"\"\n", "text is empty (line: 2)", "[\"text is empty (line: 3)\"]", ""},
    {FORMAT_TXT, "", "one\n\ntwo\r\n \n three \nfour", NULL, "[]", T("one") T("two") T(" three ") T("four")},
    {FORMAT_TXT, "", "\xef\xbb\xbfone\n", NULL, "[]", T("one")},
    {FORMAT_TXT, "||", "one||||two|three\nfour||", NULL, "[]", T("one") T("two|three\\nfour")},
    {FORMAT_TXT, "\xe2\x82\xac", "one\xe2\x82\xac\xe2\x82two", "line 1 is not valid utf-8", "[]", T("one")},
    {FORMAT_TXT, "", "one\n\xff\n" LONG "\ntwo", "line 2 is not valid utf-8", "[\"line 3 is longer than 100 bytes\"]", T("one") T("two")},
    {FORMAT_TXT, "||", "\n\na\n||b\n||\n\xff", "line 5 is not valid utf-8", "[]", T("\\n\\na\\n") T("b\\n")},
    {FORMAT_TXT, "", "\n \n", NULL, "[]", ""},
    {FORMAT_JSONL, "--", T("a--b"), NULL, "[]", T("a--b")},
};
/* clang-format on */

START_TEST(a_file_of_any_format_is_read_whatever_the_pieces)
{
    static const size_t piece_lens[] = {0, 1, 2, 3, 7};

    for (size_t i = 0; i < ARRAY_LEN(piece_lens); i++) {
        AUTO(buf_done) struct buf stored = {0};
        AUTO(upload_done)
        struct upload upload = {.format = files[_i].format,
                                .files = {text_of(files[_i].file)},
                                .piece_len = piece_lens[i],
                                .options = {.csv_delimiter = text_of(files[_i].separator),
                                            .text_separator = text_of(files[_i].separator)}};

        upload_check(&upload);
        ck_assert_int_eq(upload.result, CHECK_OK);
        ck_assert_pstr_eq(upload.verdict.error.data, files[_i].error);
        ck_assert_str_eq(upload.verdict.warnings.data, files[_i].warnings);
        print_stored(&upload, SPLIT_TRAIN, &stored);
        ck_assert_str_eq(stored.data, files[_i].stored);
    }
}
END_TEST

START_TEST(examples_for_classification_may_be_csv)
{
    AUTO(buf_done) struct buf file = {0};
    AUTO(upload_done)
    struct upload upload = {.type = "single-label-classification-finetune-input",
                            .format = FORMAT_CSV};

    buf_add_string(&file, "text,label\n");
    for (unsigned i = 0; i < 60; i++)
        buf_add_format(&file, "\"text, %u\",%c\n", i, 'a' + (int)(i % 2));
    buf_add_string(&file, "\"text, 3\",b\n,a\n");
    upload.files[SPLIT_TRAIN] = buf_text(&file);
    upload.options.skip_malformed = true;
    upload_check(&upload);
    ck_assert_pstr_eq(upload.verdict.error.data, NULL);
    ck_assert_str_eq(
        upload.verdict.warnings.data,
        "[\"text is empty (line: 63)\",\"dataset has 0 valid eval rows. dataset will be "
        "auto-split\"]");
    ck_assert_int_eq(upload.verdict.parts[SPLIT_TRAIN].row_count, 60);
    ck_assert(text_has_prefix(buf_text(&upload.verdict.parts[SPLIT_TRAIN].samples),
                              TEXT("[\"{\\\"text\\\":\\\"text, 0\\\",\\\"label\\\":\\\"a\\\"}\"")));
}
END_TEST

/*
 * Kept fields
 */

#define UNION "\"type\":[\"null\",\"boolean\",\"long\",\"double\",\"string\"]"

/* clang-format off */
static const struct {
    enum dataset_format format;
    const char *keep[4], *optional[4];
    const char *file, *error, *warnings, *preserved, *stored;
} kept[] = {
    {FORMAT_JSONL, {"n"}, {"o"}, "{\"n\":1,\"text\":\"a\",\"x\":2}\n{\"o\":true,\"n\":false,\"text\":\"b\"}", NULL, "[]", "[\"n\",\"o\"]",
     "{\"text\":\"a\",\"n\":1,\"o\":null}\n{\"text\":\"b\",\"n\":false,\"o\":true}\n"},
    {FORMAT_JSONL, {0}, {"o"}, "{\"text\":\"a\",\"o\":-1.5}\n{\"text\":\"b\",\"o\":\"\\u00e9\\n\"}\n{\"text\":\"c\",\"o\":null}", NULL, "[]", "[\"o\"]",
     "{\"text\":\"a\",\"o\":-1.5}\n{\"text\":\"b\",\"o\":\"\xc3\xa9\\n\"}\n{\"text\":\"c\",\"o\":null}\n"},
    {FORMAT_JSONL, {0}, {"o"}, "{\"o\":{\"a\": [1]},\"text\":\"a\"}\n{\"o\":[],\"text\":\"b\",\"o\":[\"x\"]}", NULL, "[]", "[\"o\"]",
     "{\"text\":\"a\",\"o\":\"{\\\"a\\\": [1]}\"}\n{\"text\":\"b\",\"o\":\"[\\\"x\\\"]\"}\n"},
    {FORMAT_JSONL, {"n"}, {0}, "{\"text\":\"a\"}\n{\"text\":\"b\",\"n\":null}\n{\"n\":1}", "The required field n was not fund in the dataset (line: 1)",
     "[\"The required field n was not fund in the dataset (line: 2)\",\"The required field text was not fund in the dataset (line: 3)\"]", "[\"n\"]", ""},
    {FORMAT_JSONL, {"n", "o", "n"}, {"p", "n"}, "{\"text\":\"a\",\"n\":1,\"o\":2}", NULL, "[]", "[\"n\",\"o\",\"p\"]", "{\"text\":\"a\",\"n\":1,\"o\":2,\"p\":null}\n"},
    {FORMAT_CSV, {"n"}, {"o", "p"}, "p,n,text\n1,,a\n", NULL, "[]", "[\"n\",\"o\",\"p\"]", "{\"text\":\"a\",\"n\":\"\",\"o\":null,\"p\":\"1\"}\n"},
    {FORMAT_CSV, {"n", "m"}, {"o"}, "n,text\n1,a\n", "csv files must have a header with the required fields: [text, n, m].", "[]", "[\"n\",\"m\",\"o\"]", ""},
    {FORMAT_TXT, {"n"}, {0}, "a\n", "The required field n was not fund in the dataset (line: 1)", "[]", "[\"n\"]", ""},
    {FORMAT_TXT, {0}, {"n"}, "a\n", NULL, "[]", "[\"n\"]", "{\"text\":\"a\",\"n\":null}\n"},
};
/* clang-format on */

START_TEST(fields_are_kept_beside_those_of_the_type)
{
    AUTO(buf_done) struct buf stored = {0};
    AUTO(upload_done)
    struct upload upload = {.format = kept[_i].format, .files = {text_of(kept[_i].file)}};

    for (size_t i = 0; i < 4; i++) {
        upload.keep[i] = kept[_i].keep[i];
        upload.optional[i] = kept[_i].optional[i];
    }
    upload_check(&upload);
    ck_assert_int_eq(upload.result, CHECK_OK);
    ck_assert_pstr_eq(upload.verdict.error.data, kept[_i].error);
    ck_assert_str_eq(upload.verdict.warnings.data, kept[_i].warnings);
    ck_assert_str_eq(upload.verdict.preserved.data, kept[_i].preserved);
    print_stored(&upload, SPLIT_TRAIN, &stored);
    ck_assert_str_eq(stored.data, kept[_i].stored);
}
END_TEST

START_TEST(kept_fields_are_in_the_schema_and_a_field_of_the_type_is_not_twice)
{
    AUTO(upload_done)
    struct upload upload = {
        .files = {TEXT("{\"text\":\"a\",\"n\":1}")}, .keep = {"text", "n"}, .optional = {"a\"b"}};

    upload_check(&upload);
    ck_assert_str_eq(upload.verdict.schema.data,
                     "{\"type\":\"record\",\"name\":\"embed_input\",\"fields\":["
                     "{\"name\":\"text\",\"type\":\"string\"},{\"name\":\"n\"," UNION "},"
                     "{\"name\":\"a\\\"b\"," UNION "}]}");
    ck_assert_str_eq(upload.verdict.preserved.data, "[\"text\",\"n\",\"a\\\"b\"]");
    ck_assert_uint_lt(text_find(buf_text(&upload.stored[0].bytes), TEXT(UNION)),
                      upload.stored[0].bytes.len);
}
END_TEST

/* clang-format off */
static const struct {
    const char *number;
    enum kept_kind kind;
    const char *json;
} numbers[] = {
    {"0", KEPT_LONG, "0"},
    {"-0", KEPT_LONG, "0"},
    {"9223372036854775807", KEPT_LONG, "9223372036854775807"},
    {"-9223372036854775808", KEPT_LONG, "-9223372036854775808"},
    {"9223372036854775808", KEPT_DOUBLE, "9223372036854776000"},
    {"1.0", KEPT_DOUBLE, "1"},
    {"1e2", KEPT_DOUBLE, "100"},
    {"0.1", KEPT_DOUBLE, "0.1"},
    {"1e999", KEPT_STRING, "\"1e999\""},
};
/* clang-format on */

START_TEST(a_number_is_a_long_if_it_can_be)
{
    struct kept_value value = kept_number(text_of(numbers[_i].number));
    AUTO(buf_done) struct buf json = {0};
    struct json_writer w = {&json, false};

    ck_assert_int_eq(value.kind, numbers[_i].kind);
    kept_value_write(&value, &w);
    ck_assert_str_eq(json.data, numbers[_i].json);
}
END_TEST

START_TEST(a_hundred_fields_can_be_kept)
{
    AUTO(kept_fields_done) struct kept_fields fields = {0};
    char name[8];

    for (int i = 0; i <= KEPT_FIELDS_MAX; i++) {
        int len = snprintf(name, sizeof(name), "%d", i);

        ck_assert_int_eq(kept_fields_add(&fields, (struct text){name, (size_t)len}, false),
                         i < KEPT_FIELDS_MAX ? KEPT_OK : KEPT_TOO_MANY);
    }
    ck_assert_int_eq(kept_fields_add(&fields, TEXT("7"), true), KEPT_OK);
    ck_assert(fields.items[7].required);
}
END_TEST

/*
 * Skipping malformed rows
 */

#define GOOD(query) "{\"query\":\"" query "\",\"relevant_passages\":[\"p\"]}\n"
#define KEPT(query)                                                                                \
    "{\"query\":\"" query "\",\"relevant_passages\":[\"p\"],\"hard_negatives\":[]}\n"
#define NOT_OBJECT(line) "invalid json in line " line ": it is not an object"
#define EVAL "invalid eval file: "
#define IN_TRAIN(query, line)                                                                      \
    EVAL "query '" query "' of the eval file is also in the train file (line: " line ")"
#define NOT_ENOUGH(x, split, y, a, b, min)                                                         \
    "not enough valid examples: found only " x " valid " split " examples of " y " received (" a   \
    " incorrectly encoded, " b " duplicated); at least " min " valid examples required"

/* clang-format off */
static const struct {
    const char *train, *eval;
    uint32_t train_min, eval_min;
    const char *error, *warnings, *stored_train, *stored_eval;
} skips[] = {
    {"1\n" GOOD("a") "{}\n", GOOD("b") "2\n", 1, 1, NULL,
     "[\"" NOT_OBJECT("1") "\",\"The required field query was not fund in the dataset (line: 3)\",\"" EVAL NOT_OBJECT("2") "\"]",
     KEPT("a"), KEPT("b")},
    {GOOD("a") GOOD("b"), GOOD("c") GOOD("b") GOOD("d") GOOD("b") GOOD("a") GOOD("d"), 2, 2, NULL,
     "[\"" IN_TRAIN("b", "2") "\",\"" IN_TRAIN("a", "5") "\"]",
     KEPT("a") KEPT("b"), KEPT("c") KEPT("d") KEPT("d")},
    {GOOD("a"), GOOD("a"), 1, 1, EVAL NOT_ENOUGH("0", "eval", "1", "0", "0", "1"), "[\"" IN_TRAIN("a", "1") "\"]", KEPT("a"), ""},
    {"1\n", GOOD("b"), 1, 2, NOT_ENOUGH("0", "train", "1", "1", "0", "1"),
     "[\"" NOT_OBJECT("1") "\",\"" EVAL NOT_ENOUGH("1", "eval", "1", "0", "0", "2") "\"]", "", KEPT("b")},
};
/* clang-format on */

static void skip(size_t i, struct upload *upload)
{
    AUTO(buf_done) struct buf train = {0}, eval = {0};

    upload->type = "reranker-finetune-input";
    upload->options.skip_malformed = true;
    upload->files[SPLIT_TRAIN] = text_of(skips[i].train);
    upload->files[SPLIT_EVAL] = text_of(skips[i].eval);
    upload->limits.train_queries_min = skips[i].train_min;
    upload->limits.eval_queries_min = skips[i].eval_min;
    upload_check(upload);
    ck_assert_int_eq(upload->result, CHECK_OK);
    ck_assert_pstr_eq(upload->verdict.error.data, skips[i].error);
    ck_assert_int_eq(upload->verdict.valid, skips[i].error == NULL);
    ck_assert_str_eq(upload->verdict.warnings.data, skips[i].warnings);
    print_stored(upload, SPLIT_TRAIN, &train);
    ck_assert_str_eq(train.data, skips[i].stored_train);
    print_stored(upload, SPLIT_EVAL, &eval);
    ck_assert_str_eq(eval.data, skips[i].stored_eval);
}

START_TEST(malformed_rows_are_dropped_with_a_warning_each)
{
    AUTO(upload_done) struct upload upload = {0}, eval_first = {.eval_first = true};
    AUTO(upload_done) struct upload pieces = {.piece_len = 1, .collide = true};

    skip((size_t)_i, &upload);
    skip((size_t)_i, &eval_first);
    skip((size_t)_i, &pieces);
}
END_TEST

START_TEST(a_smaller_evaluation_part_is_as_if_it_had_been_uploaded_so)
{
    AUTO(upload_done)
    struct upload dropped = {.type = "reranker-finetune-input",
                             .options = {.skip_malformed = true},
                             .files = {TEXT(GOOD("a")), TEXT(GOOD("b") GOOD("a") GOOD("c"))}};
    AUTO(upload_done)
    struct upload plain = {.type = "reranker-finetune-input",
                           .files = {TEXT(GOOD("a")), TEXT(GOOD("b") GOOD("c"))}};

    upload_check(&dropped);
    upload_check(&plain);
    ck_assert(dropped.verdict.eval_is_spare && !plain.verdict.eval_is_spare);
    ck_assert(
        text_eq(buf_text(&dropped.stored[SPARE].bytes), buf_text(&plain.stored[SPLIT_EVAL].bytes)));
    ck_assert_str_eq(dropped.verdict.metrics.data, plain.verdict.metrics.data);
    ck_assert_int_eq(dropped.verdict.parts[SPLIT_EVAL].row_count, 2);
    ck_assert_int_eq(dropped.verdict.parts[SPLIT_EVAL].avro_bytes,
                     (int64_t)dropped.stored[SPARE].bytes.len);
    ck_assert_str_eq(dropped.verdict.parts[SPLIT_EVAL].samples.data,
                     plain.verdict.parts[SPLIT_EVAL].samples.data);
    ck_assert_int_eq(dropped.verdict.parts[SPLIT_EVAL].uploaded_bytes,
                     (int64_t)dropped.files[SPLIT_EVAL].len);
}
END_TEST

START_TEST(a_hundred_dropped_rows_are_told_and_the_rest_counted)
{
    AUTO(buf_done) struct buf rows = {0};
    AUTO(upload_done) struct upload upload = {.options = {.skip_malformed = true}};
    json_t *warnings;

    for (unsigned i = 0; i < 103; i++)
        buf_add_string(&rows, "1\n");
    upload.files[SPLIT_TRAIN] = buf_text(&rows);
    upload_check(&upload);
    warnings = json_loads(upload.verdict.warnings.data, 0, NULL);
    ck_assert(upload.verdict.valid);
    ck_assert_uint_eq(json_array_size(warnings), 101);
    ck_assert_str_eq(json_string_value(json_array_get(warnings, 99)), NOT_OBJECT("100"));
    ck_assert_str_eq(json_string_value(json_array_get(warnings, 100)), "3 more errors were found");
    json_decref(warnings);
}
END_TEST

START_TEST(a_missing_header_is_not_forgiven)
{
    AUTO(upload_done)
    struct upload upload = {.format = FORMAT_CSV,
                            .options = {.skip_malformed = true},
                            .files = {TEXT("text\n\"\n"), TEXT("words\n1\n")}};

    upload_check(&upload);
    ck_assert_str_eq(upload.verdict.error.data, EVAL NO_TEXT);
    ck_assert_str_eq(upload.verdict.warnings.data,
                     "[\"invalid csv in line 2: extraneous or missing \\\" in quoted-field\"]");
}
END_TEST

START_TEST(a_type_that_keeps_no_fields_says_so)
{
    AUTO(upload_done)
    struct upload upload = {.type = "reranker-finetune-input",
                            .files = {TEXT(GOOD("a")), TEXT(GOOD("b"))},
                            .keep = {"n"}};

    upload_check(&upload);
    ck_assert(upload.verdict.valid);
    ck_assert_str_eq(upload.verdict.warnings.data,
                     "[\"reranker-finetune-input keeps no further fields: keep_fields and "
                     "optional_fields are ignored\"]");
    ck_assert_str_eq(upload.verdict.preserved.data, "[]");
}
END_TEST

/*
 * Failures
 */

static void sweep(const struct upload *model)
{
    const struct dataset_type *type =
        dataset_type_find(text_of(model->type ? model->type : "embed-input"));
    bool enough = false;

    for (size_t count = 0; !enough; count++) {
        AUTO(upload_done) struct upload upload = *model;

        upload.limits.line_bytes_max = 1000;
        upload.limits.queries_max = 1000;
        ck_assert_int_eq(kept_fields_add(&upload.kept, TEXT("n"), false), KEPT_OK);
        for (size_t i = 0; i < SINKS; i++)
            ck_assert(buf_reserve(&upload.stored[i].bytes, (size_t)64 * 1024));
        failing_alloc_after(count);
        run(&upload, type);
        failing_alloc_stop();
        enough = upload.result == CHECK_OK;
        if (!enough) {
            ck_assert_int_eq(upload.result, CHECK_NO_MEMORY);
            ck_assert_ptr_null(upload.verdict.warnings.data);
        }
        ck_assert_uint_lt(count, 1000);
    }
}

START_TEST(memory_may_run_out_anywhere)
{
    sweep(&(struct upload){.format = FORMAT_CSV,
                           .piece_len = 3,
                           .files = {TEXT("n,text\n1,\"a\"\"b\"\nx\n\"\"\"\n")}});
    sweep(&(struct upload){.format = FORMAT_CSV, .files = {TEXT("words\n")}});
    sweep(&(struct upload){.format = FORMAT_TXT,
                           .piece_len = 3,
                           .options = {.text_separator = TEXT("--")},
                           .files = {TEXT("a--b--\xff")}});
    sweep(&(struct upload){.format = FORMAT_JSONL,
                           .type = "reranker-finetune-input",
                           .options = {.skip_malformed = true},
                           .files = {TEXT(GOOD("a") "1\n"), TEXT(GOOD("a") GOOD("b") GOOD("b"))}});
}
END_TEST

START_TEST(a_spare_sink_that_fails_ends_the_check)
{
    bool done = false;

    for (size_t calls = 0; !done; calls++) {
        AUTO(upload_done)
        struct upload upload = {.type = "reranker-finetune-input",
                                .options = {.skip_malformed = true},
                                .files = {TEXT(GOOD("a")), TEXT(GOOD("a") GOOD("b"))}};

        upload.stored[SPARE].limited = true;
        upload.stored[SPARE].calls_left = calls;
        upload_check(&upload);
        done = upload.result == CHECK_OK;
        if (!done)
            ck_assert_int_eq(upload.result, CHECK_SINK_FAILED);
    }
}
END_TEST

Suite *dataset_options_suite(void)
{
    Suite *suite = suite_create("dataset_options");
    TCase *formats = tcase_create("formats"), *fields = tcase_create("kept fields");
    TCase *skipping = tcase_create("skipping"), *failures = tcase_create("failures");

    tcase_add_loop_test(formats, a_file_of_any_format_is_read_whatever_the_pieces, 0,
                        ARRAY_LEN(files));
    tcase_add_test(formats, examples_for_classification_may_be_csv);
    suite_add_tcase(suite, formats);

    tcase_add_loop_test(fields, fields_are_kept_beside_those_of_the_type, 0, ARRAY_LEN(kept));
    tcase_add_test(fields, kept_fields_are_in_the_schema_and_a_field_of_the_type_is_not_twice);
    tcase_add_loop_test(fields, a_number_is_a_long_if_it_can_be, 0, ARRAY_LEN(numbers));
    tcase_add_test(fields, a_hundred_fields_can_be_kept);
    tcase_add_test(fields, a_type_that_keeps_no_fields_says_so);
    suite_add_tcase(suite, fields);

    tcase_add_loop_test(skipping, malformed_rows_are_dropped_with_a_warning_each, 0,
                        ARRAY_LEN(skips));
    tcase_add_test(skipping, a_smaller_evaluation_part_is_as_if_it_had_been_uploaded_so);
    tcase_add_test(skipping, a_hundred_dropped_rows_are_told_and_the_rest_counted);
    tcase_add_test(skipping, a_missing_header_is_not_forgiven);
    suite_add_tcase(suite, skipping);

    tcase_add_test(failures, memory_may_run_out_anywhere);
    tcase_add_test(failures, a_spare_sink_that_fails_ends_the_check);
    suite_add_tcase(suite, failures);
    return suite;
}
