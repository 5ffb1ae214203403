#include "core/dataset_check.h"

#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/avro_reader.h"
#include "core/dataset_rules.h"
#include "core/query_set.h"
#include "core/token_count.h"
#include "support/dataset_upload.h"
#include "support/failing_alloc.h"

Suite *dataset_check_suite(void);

#define AUTO_SPLIT "[\"dataset has 0 valid eval rows. dataset will be auto-split\"]"

/* A row of a query with one passage that says nothing of it. */
#define GOOD(query) "{\"query\":\"" query "\",\"relevant_passages\":[\"passage\"]}\n"

/*
 * One row
 */

/* A file for training, with no minimum of queries: its error, or NULL, and what is stored. */
struct row_case {
    struct text file;
    const char *error;
    const char *stored;
};

static const struct row_case reranker_rows[] = {
    /* What passes, and as what it is kept */
    {{"{\"query\": \"q\", \"relevant_passages\": [\"p\"], \"hard_negatives\": [\"n\"]}", 67},
     NULL,
     "{\"query\":\"q\",\"relevant_passages\":[\"p\"],\"hard_negatives\":[\"n\"]}\n"},
    {{"{\"hard_negatives\": null, \"relevant_passages\": [\"p\"], \"query\": \"q\"}", 66},
     NULL,
     "{\"query\":\"q\",\"relevant_passages\":[\"p\"],\"hard_negatives\":[]}\n"},
    {{"{\"query\":\"q\",\"relevant_passages\":[\"p\"]}", 39},
     NULL,
     "{\"query\":\"q\",\"relevant_passages\":[\"p\"],\"hard_negatives\":[]}\n"},
    {{"{\"query\":\"q\",\"relevant_passages\":[\"p\"],\"hard_negatives\":[]}", 59},
     NULL,
     "{\"query\":\"q\",\"relevant_passages\":[\"p\"],\"hard_negatives\":[]}\n"},
    {{"{\"query\":\"q\",\"relevant_passages\":[\"\",\"p\",\"p\",\"\"],\"hard_negatives\":[\"\","
      "\"n\",\"\",\"n\",\"m\"]}",
      86},
     NULL,
     "{\"query\":\"q\",\"relevant_passages\":[\"p\",\"p\"],\"hard_negatives\":[\"n\",\"m\"]}\n"},
    {{"{\"query\":1,\"query\":\"q\",\"x\":{\"query\":[1,{}]},\"relevant_passages\":[\"p\"],\"y\":"
      "null}",
      79},
     NULL,
     "{\"query\":\"q\",\"relevant_passages\":[\"p\"],\"hard_negatives\":[]}\n"},
    {{"{\"query\":\"q\",\"relevant_passages\":[\"old\",\"older\"],\"relevant_passages\":[\"p\"]}",
      75},
     NULL,
     "{\"query\":\"q\",\"relevant_passages\":[\"p\"],\"hard_negatives\":[]}\n"},
    {{"{\"query\":\"q\\u0041\\n\",\"relevant_passages\":[\"\\u00e9\",\"\\ud83d\\udc27\"],\"hard_"
      "negatives\":[\"\\ud800\"]}",
      95},
     NULL,
     "{\"query\":\"qA\\n\",\"relevant_passages\":[\"\xc3\xa9\",\"\xf0\x9f\x90\xa7\"],\"hard_"
     "negatives\":[\"\xef\xbf\xbd\"]}\n"},
    {{"{\"query\":\"a\\u0000b\",\"relevant_passages\":[\"p\"]}", 46},
     NULL,
     "{\"query\":\"a\\u0000b\",\"relevant_passages\":[\"p\"],\"hard_negatives\":[]}\n"},
    /* Lines */
    {{"\n  \n\r\n{\"query\":\"q\",\"relevant_passages\":[\"p\"]}\r\n\x09\n", 49},
     NULL,
     "{\"query\":\"q\",\"relevant_passages\":[\"p\"],\"hard_negatives\":[]}\n"},
    {{"\xef\xbb\xbf{\"query\":\"q\",\"relevant_passages\":[\"p\"]}\n", 43},
     NULL,
     "{\"query\":\"q\",\"relevant_passages\":[\"p\"],\"hard_negatives\":[]}\n"},
    {{"\n\r\n \nnope\n", 10},
     "invalid json in line 4: invalid character 'o' in literal null (expecting 'u')",
     ""},
    {{"{\"query\":\"q\"", 12}, "invalid json in line 1: unexpected end of JSON input", ""},
    {{"{\"query\":\"q\",\"relevant_passages\":[\"p\"]} x", 41},
     "invalid json in line 1: invalid character 'x' after top-level value",
     ""},
    {{"[\"q\"]", 5}, "invalid json in line 1: it is not an object", ""},
    {{"\"q\"", 3}, "invalid json in line 1: it is not an object", ""},
    {{"[\"q\"", 4}, "invalid json in line 1: unexpected end of JSON input", ""},
    {{"{\"query\":[1,2}", 14},
     "invalid json in line 1: invalid character '}' after array element",
     ""},
    {{"{\"relevant_passages\":[1,{]}", 27},
     "invalid json in line 1: invalid character ']' looking for beginning of object key string",
     ""},
    {{"{\"query\":\"\xff\",\"relevant_passages\":[\"p\"]}", 39}, "line 1 is not valid utf-8", ""},
    {{"\n{\"query\":\"q\xe9", 13}, "line 2 is not valid utf-8", ""},
    {{"\xe9", 1}, "line 1 is not valid utf-8", ""},
    /* Fields */
    {{"{\"relevant_passages\":[\"p\"]}", 27},
     "The required field query was not fund in the dataset (line: 1)",
     ""},
    {{"{\"query\":null,\"relevant_passages\":[\"p\"]}", 40},
     "The required field query was not fund in the dataset (line: 1)",
     ""},
    {{"{\"query\":\"q\",\"query\":null,\"relevant_passages\":[\"p\"]}", 52},
     "The required field query was not fund in the dataset (line: 1)",
     ""},
    {{"{\"query\":\"q\"}", 13},
     "The required field relevant_passages was not fund in the dataset (line: 1)",
     ""},
    {{"{\"query\":\"q\",\"relevant_passages\":null}", 38},
     "The required field relevant_passages was not fund in the dataset (line: 1)",
     ""},
    {{"{}", 2}, "The required field query was not fund in the dataset (line: 1)", ""},
    {{"{\"query\":1,\"relevant_passages\":[\"p\"]}", 37},
     "field query must be a string (line: 1)",
     ""},
    {{"{\"query\":[\"q\"],\"relevant_passages\":[\"p\"]}", 41},
     "field query must be a string (line: 1)",
     ""},
    {{"{\"query\":true}", 14}, "field query must be a string (line: 1)", ""},
    {{"{\"query\":\"q\",\"relevant_passages\":\"p\"}", 37},
     "field relevant_passages must be a list[string] (line: 1)",
     ""},
    {{"{\"query\":\"q\",\"relevant_passages\":{\"0\":\"p\"}}", 43},
     "field relevant_passages must be a list[string] (line: 1)",
     ""},
    {{"{\"query\":\"q\",\"relevant_passages\":[1]}", 37},
     "field relevant_passages must be a list[string] (line: 1)",
     ""},
    {{"{\"query\":\"q\",\"relevant_passages\":[\"p\",null]}", 44},
     "field relevant_passages must be a list[string] (line: 1)",
     ""},
    {{"{\"query\":\"q\",\"relevant_passages\":[\"p\",[\"p\"],\"p\",{\"a\":[]}]}", 58},
     "field relevant_passages must be a list[string] (line: 1)",
     ""},
    {{"{\"query\":\"q\",\"relevant_passages\":[{}]}", 38},
     "field relevant_passages must be a list[string] (line: 1)",
     ""},
    {{"{\"query\":\"q\",\"relevant_passages\":false}", 39},
     "field relevant_passages must be a list[string] (line: 1)",
     ""},
    {{"{\"query\":\"q\",\"relevant_passages\":[\"p\"],\"hard_negatives\":\"n\"}", 60},
     "field hard_negatives must be a list[string] (line: 1)",
     ""},
    /* Contents */
    {{"{\"query\":\"\",\"relevant_passages\":[\"p\"]}", 38}, "query is empty (line: 1)", ""},
    {{"{\"query\":\" \",\"relevant_passages\":[\"p\"]}", 39}, "query is empty (line: 1)", ""},
    {{"{\"query\":\"\\t\\n\",\"relevant_passages\":[\"p\"]}", 42}, "query is empty (line: 1)", ""},
    {{"{\"query\":\"\xe3\x80\x80\xc2\xa0\",\"relevant_passages\":[\"p\"]}", 43},
     "query is empty (line: 1)",
     ""},
    {{"{\"query\":\"q\",\"relevant_passages\":[]}", 36},
     "no relevant passage for query 'q' (line: 1)",
     ""},
    {{"{\"query\":\"q\",\"relevant_passages\":[\"\",\"\"]}", 41},
     "no relevant passage for query 'q' (line: 1)",
     ""},
    {{"{\"query\":\"What can make Physics easy to learn?\",\"relevant_passages\":[\"How can you "
      "make physics easy to learn?\"],\"hard_negatives\":[\"n\",\"How can you make physics easy to "
      "learn?\"]}",
      177},
     "string 'How can you make physics easy to learn?' is both a relevant passage and hard "
     "negatives of query 'What can make Physics easy to learn?'",
     ""},
    {{"{\"query\":\"q\",\"relevant_passages\":[\"\\u0061\"],\"hard_negatives\":[\"a\"]}", 67},
     "string 'a' is both a relevant passage and hard negatives of query 'q'",
     ""},
    {{"{\"query\":\"q\",\"relevant_passages\":[\"p\",\"\"],\"hard_negatives\":[\"\",\"P\",\"p \"]}",
      73},
     NULL,
     "{\"query\":\"q\",\"relevant_passages\":[\"p\"],\"hard_negatives\":[\"P\",\"p \"]}\n"},
};

static const struct row_case embed_rows[] = {
    {{"{\"text\": \"The quick brown fox jumps over the lazy dog\"}", 55},
     NULL,
     "{\"text\":\"The quick brown fox jumps over the lazy dog\"}\n"},
    {{"{\"text\":\" \",\"id\":1}\n{\"text\":\"b\"}", 32},
     NULL,
     "{\"text\":\" \"}\n{\"text\":\"b\"}\n"},
    {{"{\"text\":\"\"}", 11}, "text is empty (line: 1)", ""},
    {{"{\"text\":null}", 13}, "The required field text was not fund in the dataset (line: 1)", ""},
    {{"{\"other\":\"x\"}", 13},
     "The required field text was not fund in the dataset (line: 1)",
     ""},
    {{"{\"text\":[\"a\"]}", 14}, "field text must be a string (line: 1)", ""},
};

static void check_row(const struct row_case *row, const char *type)
{
    AUTO(upload_done) struct upload upload = {.type = type, .files = {row->file}};
    AUTO(buf_done) struct buf stored = {0};

    upload_check(&upload);
    ck_assert_int_eq(upload.result, CHECK_OK);
    ck_assert_pstr_eq(upload.verdict.error.data, row->error);
    ck_assert_int_eq(upload.verdict.valid, row->error == NULL);
    upload_print_stored(&upload, SPLIT_TRAIN, &stored);
    ck_assert_str_eq(stored.data, row->stored);
}

START_TEST(a_row_for_rerankers_is_kept_or_refused_with_its_sentence)
{
    check_row(&reranker_rows[_i], NULL);
}
END_TEST

START_TEST(a_row_to_embed_is_kept_or_refused_with_its_sentence)
{
    check_row(&embed_rows[_i], "embed-input");
}
END_TEST

/* A row with as many strings as a line can hold must not take quadratic time. */
START_TEST(a_row_of_very_many_strings_is_checked_in_time)
{
    enum { STRINGS = 300000 };
    AUTO(buf_done) struct buf file = {0};
    AUTO(upload_done) struct upload upload = {0};

    buf_add_string(&file, "{\"query\":\"q\",\"relevant_passages\":[\"0\"");
    for (unsigned i = 1; i < STRINGS; i++)
        buf_add_format(&file, ",\"%u\"", i);
    buf_add_string(&file, "],\"hard_negatives\":[\"n\"");
    for (unsigned i = 1; i < STRINGS; i++)
        buf_add_format(&file, ",\"%x\"", i);
    buf_add_string(&file, "]}");
    upload.files[SPLIT_TRAIN] = buf_text(&file);
    upload_check(&upload);
    ck_assert_str_eq(upload.verdict.error.data,
                     "string '1' is both a relevant passage and hard negatives of query 'q'");
}
END_TEST

/*
 * Verdicts on whole files
 */

#define NOT_ENOUGH(x, split, y, a, b, min)                                                         \
    "not enough valid examples: found only " x " valid " split " examples of " y " received (" a   \
    " incorrectly encoded, " b " duplicated); at least " min " valid examples required"
#define EVAL "invalid eval file: "

static const struct {
    const char *train, *eval;
    uint32_t train_min, eval_min;
    const char *error;    /* NULL: valid */
    const char *warnings; /* JSON */
} verdicts[] = {
    {GOOD("a"), NULL, 1, 64, NULL, AUTO_SPLIT},
    {GOOD("a"), GOOD("b"), 1, 1, NULL, "[]"},
    {GOOD("a"), "", 1, 64, NULL, AUTO_SPLIT},

    /* Counts */
    {GOOD("a") GOOD("b"), NULL, 3, 0, NOT_ENOUGH("2", "train", "2", "0", "0", "3"), "[]"},
    {GOOD("a") "\n" GOOD("a") GOOD("a"), NULL, 2, 0, NOT_ENOUGH("1", "train", "3", "0", "2", "2"),
     "[]"},
    {"", GOOD("b"), 1, 1, NOT_ENOUGH("0", "train", "0", "0", "0", "1"), "[]"},
    {GOOD("a"), GOOD("b"), 2, 2, NOT_ENOUGH("1", "train", "1", "0", "0", "2"),
     "[\"" EVAL NOT_ENOUGH("1", "eval", "1", "0", "0", "2") "\"]"},
    {"1\n{}\n{\"query\":1}\n\xff\n" GOOD(" ") "\n" GOOD("a") GOOD("a"), NULL, 2, 0,
     "invalid json in line 1: it is not an object",
     "[\"The required field query was not fund in the dataset (line: 2)\","
     "\"field query must be a string (line: 3)\",\"line 4 is not valid utf-8\","
     "\"query is empty (line: 5)\",\"" NOT_ENOUGH("1", "train", "7", "4", "1", "2") "\"]"},

    /* Queries of the evaluation file that are in the other one */
    {GOOD("a") GOOD("b"), GOOD("c") GOOD("b") GOOD("b") GOOD("a"), 1, 1,
     EVAL "query 'b' of the eval file is also in the train file (line: 2)",
     "[\"" EVAL "query 'a' of the eval file is also in the train file (line: 4)\"]"},
    {GOOD("\\u0061"), GOOD("a"), 1, 1,
     EVAL "query 'a' of the eval file is also in the train file (line: 1)", "[]"},
    {GOOD("a"), GOOD("A") GOOD("a "), 1, 1, NULL, "[]"},

    /* The order: rows of both, then queries in both, then counts */
    {GOOD("a") "1\n", GOOD("a") "2\n", 2, 2, "invalid json in line 2: it is not an object",
     "[\"" EVAL "invalid json in line 2: it is not an object\","
     "\"" EVAL "query 'a' of the eval file is also in the train file (line: 1)\","
     "\"" NOT_ENOUGH("1", "train", "2", "1", "0", "2") "\","
                                                       "\"" EVAL NOT_ENOUGH("1", "eval", "2", "1",
                                                                            "0", "2") "\"]"},
    {"{\"query\":\"q\",\"relevant_passages\":[\"a\",\"b\"],"
     "\"hard_negatives\":[\"\",\"b\",\"c\",\"a\",\"b\"]}\n1\n",
     NULL, 0, 0, "string 'b' is both a relevant passage and hard negatives of query 'q'",
     "[\"string 'a' is both a relevant passage and hard negatives of query 'q'\","
     "\"invalid json in line 2: it is not an object\"]"},

    /* Hard negatives that were removed, from both files together */
    {"{\"query\":\"q\",\"relevant_passages\":[\"a\"],\"hard_negatives\":[\"\",\"b\",\"b\",\"b\"]}"
     "\n",
     "{\"query\":\"r\",\"relevant_passages\":[\"a\"],\"hard_negatives\":[\"\"]}\n" GOOD("s"), 1, 1,
     NULL, "[\"removed 2 empty and 2 duplicated hard negatives from 2 examples\"]"},
};

static void judge(size_t i, struct upload *upload)
{
    upload->files[SPLIT_TRAIN] = text_of(verdicts[i].train);
    if (verdicts[i].eval)
        upload->files[SPLIT_EVAL] = text_of(verdicts[i].eval);
    upload->limits.train_queries_min = verdicts[i].train_min;
    upload->limits.eval_queries_min = verdicts[i].eval_min;
    upload_check(upload);
    ck_assert_int_eq(upload->result, CHECK_OK);
    ck_assert_pstr_eq(upload->verdict.error.data, verdicts[i].error);
    ck_assert_int_eq(upload->verdict.valid, verdicts[i].error == NULL);
    ck_assert_str_eq(upload->verdict.warnings.data, verdicts[i].warnings);
}

START_TEST(errors_come_in_their_order_with_the_counts_last)
{
    AUTO(upload_done) struct upload upload = {0};

    judge((size_t)_i, &upload);
}
END_TEST

START_TEST(it_does_not_matter_which_file_comes_first)
{
    AUTO(upload_done) struct upload upload = {.eval_first = true};

    judge((size_t)_i, &upload);
}
END_TEST

START_TEST(colliding_hashes_decide_nothing)
{
    AUTO(upload_done) struct upload upload = {.collide = true};

    judge((size_t)_i, &upload);
}
END_TEST

START_TEST(pieces_of_any_length_give_the_same_verdict_and_bytes)
{
    AUTO(upload_done) struct upload whole = {0};

    judge((size_t)_i, &whole);
    for (size_t len = 1; len < 40; len = len * 2 + 1) {
        AUTO(upload_done) struct upload cut = {.piece_len = len};

        judge((size_t)_i, &cut);
        for (size_t k = 0; k < SPLIT_COUNT; k++)
            ck_assert(text_eq(buf_text(&cut.stored[k].bytes), buf_text(&whole.stored[k].bytes)));
        ck_assert(text_eq(buf_text(&cut.verdict.metrics), buf_text(&whole.verdict.metrics)));
    }
}
END_TEST

START_TEST(a_hundred_further_errors_are_warnings_and_the_rest_is_a_number)
{
    AUTO(buf_done) struct buf train = {0}, eval = {0};
    AUTO(upload_done) struct upload upload = {.limits = {.train_queries_min = 1}};
    json_t *warnings;

    for (unsigned i = 0; i < 99; i++)
        buf_add_string(&train, "{}\n");
    for (unsigned i = 0; i < 150; i++)
        buf_add_string(&eval, "7\n");
    upload.files[SPLIT_TRAIN] = buf_text(&train);
    upload.files[SPLIT_EVAL] = buf_text(&eval);
    upload_check(&upload);
    warnings = json_loads(upload.verdict.warnings.data, 0, NULL);
    ck_assert_uint_eq(json_array_size(warnings), 101);
    ck_assert_str_eq(json_string_value(json_array_get(warnings, 97)),
                     "The required field query was not fund in the dataset (line: 99)");
    ck_assert_str_eq(json_string_value(json_array_get(warnings, 99)),
                     "invalid eval file: invalid json in line 2: it is not an object");
    ck_assert_str_eq(json_string_value(json_array_get(warnings, 100)),
                     "149 more errors were found");
    json_decref(warnings);
}
END_TEST

START_TEST(a_line_over_the_limit_is_an_error_like_others)
{
    AUTO(upload_done)
    struct upload upload = {
        .files = {TEXT("{\"query\":\"q\",\"relevant_passages\":[\"p\"]}\n"
                       "{\"query\":\"much longer\",\"relevant_passages\":[\"p\"]}\n\n7")},
        .limits = {.line_bytes_max = 40}};

    upload_check(&upload);
    ck_assert_str_eq(upload.verdict.error.data, "line 2 is longer than 40 bytes");
    ck_assert_str_eq(upload.verdict.warnings.data,
                     "[\"invalid json in line 4: it is not an object\"]");
    ck_assert_int_eq(upload.verdict.parts[SPLIT_TRAIN].row_count, 1);
}
END_TEST

/*
 * What is known of a good upload
 */

START_TEST(facts_and_samples_tell_of_what_was_kept)
{
    AUTO(upload_done)
    struct upload upload = {.files = {TEXT(GOOD("a") GOOD("b\\\"") "\n" GOOD("a") GOOD("c"))}};
    const struct dataset_part_facts *facts = &upload.verdict.parts[SPLIT_TRAIN];
    json_t *samples, *sample;

    upload_check(&upload);
    ck_assert(facts->present);
    ck_assert_int_eq(facts->row_count, 4);
    ck_assert_int_eq(facts->uploaded_bytes, (int64_t)upload.files[SPLIT_TRAIN].len);
    ck_assert_int_eq(facts->avro_bytes, (int64_t)upload.stored[SPLIT_TRAIN].bytes.len);
    samples = json_loads(facts->samples.data, 0, NULL);
    ck_assert_uint_eq(json_array_size(samples), 3);
    ck_assert_str_eq(json_string_value(json_array_get(samples, 1)),
                     "{\"query\":\"b\\\"\",\"relevant_passages\":[\"passage\"],"
                     "\"hard_negatives\":[]}");
    sample = json_loads(json_string_value(json_array_get(samples, 2)), 0, NULL);
    ck_assert_str_eq(json_string_value(json_object_get(sample, "query")), "a");
    json_decref(sample);
    json_decref(samples);
    ck_assert(!upload.verdict.parts[SPLIT_EVAL].present);
    ck_assert_uint_eq(upload.stored[SPLIT_EVAL].bytes.len, 0);
}
END_TEST

START_TEST(the_seed_decides_the_bytes_stored)
{
    AUTO(upload_done) struct upload a = {.files = {TEXT(GOOD("a"))}, .seed = 1};
    AUTO(upload_done) struct upload b = {.files = {TEXT(GOOD("a"))}, .seed = 1};
    AUTO(upload_done) struct upload c = {.files = {TEXT(GOOD("a"))}, .seed = 2};

    upload_check(&a);
    upload_check(&b);
    upload_check(&c);
    ck_assert(text_eq(buf_text(&a.stored[0].bytes), buf_text(&b.stored[0].bytes)));
    ck_assert(!text_eq(buf_text(&a.stored[0].bytes), buf_text(&c.stored[0].bytes)));
}
END_TEST

START_TEST(metrics_of_two_files_are_what_each_has)
{
    AUTO(upload_done)
    struct upload upload = {
        .files = {TEXT("{\"query\":\"two words\",\"relevant_passages\":[\"p.\",\"q\"],"
                       "\"hard_negatives\":[\"n\",\"n\",\"m o\"]}\n" GOOD("a") GOOD("a")),
                  TEXT(GOOD("b"))}};
    char want[1000];

    upload_check(&upload);
    (void)snprintf(want, sizeof(want),
                   "{\"finetune_dataset_metrics\":{\"trainable_token_count\":12,"
                   "\"total_examples\":4,\"train_examples\":3,\"train_size_bytes\":%zu,"
                   "\"eval_examples\":1,\"eval_size_bytes\":%zu,\"reranker_data_metrics\":{"
                   "\"num_train_queries\":2,\"num_train_relevant_passages\":4,"
                   "\"num_train_hard_negatives\":2,\"num_eval_queries\":1,"
                   "\"num_eval_relevant_passages\":1,\"num_eval_hard_negatives\":0}}}",
                   upload.stored[SPLIT_TRAIN].bytes.len, upload.stored[SPLIT_EVAL].bytes.len);
    ck_assert_str_eq(upload.verdict.metrics.data, want);
}
END_TEST

START_TEST(data_to_embed_has_no_metrics)
{
    AUTO(upload_done)
    struct upload upload = {.type = "embed-input", .files = {TEXT("{\"text\":\"a\"}")}};

    upload_check(&upload);
    ck_assert(upload.verdict.valid);
    ck_assert_uint_eq(upload.verdict.metrics.len, 0);
    ck_assert_str_eq(upload.verdict.warnings.data, "[]");
}
END_TEST

/* Files for automatic splits: distinct queries, rows of each, and passages of a row that tell the
 * rows apart. */
static const struct {
    unsigned queries, repeats;
} splits[] = {{1, 1},     {2, 1},     {5, 1},     {6, 1},     {300, 1},  {300, 3},
              {20000, 1}, {20003, 1}, {20000, 2}, {20010, 2}, {20022, 3}};

static unsigned passages_of(unsigned query, unsigned repeat)
{
    return 1 + (query * 7 + repeat) % 5;
}

static void write_split_file(unsigned queries, unsigned repeats, struct buf *file)
{
    for (unsigned repeat = 0; repeat < repeats; repeat++) {
        for (unsigned query = 0; query < queries; query++) {
            buf_add_format(file, "{\"query\":\"query %u\",\"relevant_passages\":[\"p\"", query);
            for (unsigned i = 1; i < passages_of(query, repeat); i++)
                buf_add_string(file, ",\"more words\"");
            buf_add_string(file, "]}\n");
        }
    }
}

static int compare_hashes(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

static uint64_t hash_of(unsigned query)
{
    char bytes[32];
    int len = snprintf(bytes, sizeof(bytes), "query %u", query);

    return query_split_hash((struct text){bytes, (size_t)len});
}

/* Say what the split must be, the long way. */
static void sum_split(unsigned queries, unsigned repeats, struct row_sums out[SPLIT_COUNT])
{
    uint64_t *hashes = calloc(queries, sizeof(*hashes)), threshold;

    for (unsigned i = 0; i < queries; i++)
        hashes[i] = hash_of(i);
    qsort(hashes, queries, sizeof(*hashes), compare_hashes);
    threshold = hashes[(queries + 4) / 5 - 1];
    for (unsigned i = 0; i < queries; i++) {
        struct row_sums *sums = &out[hash_of(i) <= threshold ? SPLIT_EVAL : SPLIT_TRAIN];

        sums->queries++;
        for (unsigned k = 0; k < repeats; k++) {
            sums->rows++;
            sums->passages += passages_of(i, k);
            sums->tokens += 2 + 1 + 2 * (passages_of(i, k) - 1);
        }
    }
    free(hashes);
}

static long long metric(json_t *metrics, const char *key)
{
    json_t *inner = json_object_get(metrics, "finetune_dataset_metrics"), *value;

    value = json_object_get(inner, key);
    if (!value)
        value = json_object_get(json_object_get(inner, "reranker_data_metrics"), key);
    ck_assert(json_is_integer(value));
    return json_integer_value(value);
}

START_TEST(a_fifth_of_the_queries_by_hash_evaluates)
{
    AUTO(buf_done) struct buf file = {0};
    AUTO(upload_done) struct upload upload = {.piece_len = 100000};
    struct row_sums want[SPLIT_COUNT] = {0};
    json_t *metrics;

    write_split_file(splits[_i].queries, splits[_i].repeats, &file);
    sum_split(splits[_i].queries, splits[_i].repeats, want);
    upload.files[SPLIT_TRAIN] = buf_text(&file);
    upload_check(&upload);
    metrics = json_loads(upload.verdict.metrics.data, 0, NULL);
    ck_assert_int_eq(metric(metrics, "num_eval_queries"), (splits[_i].queries + 4) / 5);
    ck_assert_int_eq(metric(metrics, "num_train_queries"), (long long)want[SPLIT_TRAIN].queries);
    ck_assert_int_eq(metric(metrics, "eval_examples"), (long long)want[SPLIT_EVAL].rows);
    ck_assert_int_eq(metric(metrics, "train_examples"), (long long)want[SPLIT_TRAIN].rows);
    ck_assert_int_eq(metric(metrics, "num_eval_relevant_passages"),
                     (long long)want[SPLIT_EVAL].passages);
    ck_assert_int_eq(metric(metrics, "num_train_relevant_passages"),
                     (long long)want[SPLIT_TRAIN].passages);
    ck_assert_int_eq(metric(metrics, "trainable_token_count"), (long long)want[SPLIT_TRAIN].tokens);
    ck_assert_int_eq(metric(metrics, "train_size_bytes") + metric(metrics, "eval_size_bytes"),
                     (long long)upload.stored[SPLIT_TRAIN].bytes.len);
    json_decref(metrics);
}
END_TEST

/*
 * Failures
 */

START_TEST(more_queries_than_the_limit_end_the_check)
{
    AUTO(upload_done)
    struct upload upload = {.files = {TEXT(GOOD("a") GOOD("a") GOOD("b"))},
                            .limits = {.queries_max = 1}};
    AUTO(upload_done)
    struct upload enough = {.files = {TEXT(GOOD("a") GOOD("a") GOOD("b"))},
                            .limits = {.queries_max = 2}};

    upload_check(&upload);
    ck_assert_int_eq(upload.result, CHECK_TOO_MANY_QUERIES);
    ck_assert_ptr_null(upload.verdict.warnings.data);
    upload_check(&enough);
    ck_assert_int_eq(enough.result, CHECK_OK);
}
END_TEST

START_TEST(a_sink_that_fails_at_any_call_ends_the_check)
{
    AUTO(buf_done) struct buf file = {0};
    bool done = false;

    write_split_file(6000, 2, &file);
    for (size_t calls = 0; !done; calls += 1 + calls) {
        AUTO(upload_done) struct upload upload = {.files = {buf_text(&file)}};

        upload.stored[SPLIT_TRAIN].limited = true;
        upload.stored[SPLIT_TRAIN].calls_left = calls;
        upload_check(&upload);
        done = upload.result == CHECK_OK;
        if (!done)
            ck_assert_int_eq(upload.result, CHECK_SINK_FAILED);
    }
}
END_TEST

/* Check two files with what memory there is; tell whether it was enough, and if not, whether the
 * verdict was touched all the same. */
static bool check_with_little_memory(struct text train, struct text eval,
                                     struct memory_file stored[SPLIT_COUNT], bool *touched)
{
    struct dataset_sink sinks[] = {memory_sink(&stored[0]), memory_sink(&stored[1])};
    struct dataset_limits limits = dataset_limits_default;
    AUTO(dataset_verdict_done) struct dataset_verdict verdict = {0};
    struct dataset_check *check =
        dataset_check_new(dataset_type_find(TEXT("reranker-finetune-input")), &limits, 1);
    bool enough =
        check && dataset_check_begin(check, SPLIT_EVAL, FORMAT_JSONL, &sinks[1]) == CHECK_OK &&
        dataset_check_feed(check, eval) == CHECK_OK && dataset_check_end(check) == CHECK_OK &&
        dataset_check_begin(check, SPLIT_TRAIN, FORMAT_JSONL, &sinks[0]) == CHECK_OK &&
        dataset_check_feed(check, train) == CHECK_OK && dataset_check_end(check) == CHECK_OK &&
        dataset_check_finish(check, &verdict) == CHECK_OK;

    /* No ck_assert here: Check wants memory, too. */
    *touched = !enough && verdict.warnings.data;
    dataset_check_free(check);
    return enough;
}

/* Every allocation fails once: of a good file that is split, and of one with every kind of row. */
static void sweep(struct text train, struct text eval)
{
    struct memory_file stored[SPLIT_COUNT] = {0};
    bool enough = false, touched;

    for (size_t i = 0; i < SPLIT_COUNT; i++)
        ck_assert(buf_reserve(&stored[i].bytes, (size_t)16 * 1024 * 1024));
    for (size_t count = 0; !enough; count++) {
        buf_clear(&stored[SPLIT_TRAIN].bytes);
        buf_clear(&stored[SPLIT_EVAL].bytes);
        failing_alloc_after(count);
        enough = check_with_little_memory(train, eval, stored, &touched);
        failing_alloc_stop();
        ck_assert(!touched);
        ck_assert_uint_lt(count, 1000);
    }
    buf_done(&stored[SPLIT_TRAIN].bytes);
    buf_done(&stored[SPLIT_EVAL].bytes);
}

/* A row that fills a block of its own. */
static void write_long_row(struct buf *file)
{
    buf_add_string(file, "{\"query\":\"long\",\"relevant_passages\":[\"\\u0041\"");
    for (unsigned i = 0; i < 100; i++)
        buf_add_format(file, ",\"%0900u\"", i);
    buf_add_string(file, "]}\n");
}

START_TEST(memory_may_run_out_anywhere)
{
    AUTO(buf_done) struct buf good = {0}, bad = {0}, eval = {0};

    write_split_file(6000, 1, &good);
    write_long_row(&good);
    sweep(buf_text(&good), buf_text(&eval));

    write_split_file(100, 1, &bad);
    write_long_row(&bad);
    write_split_file(100, 1, &bad);
    buf_add_string(&bad, "{}\n1\n\xff\n{\"query\":\"q\",\"relevant_passages\":[\"p\"],"
                         "\"hard_negatives\":[\"p\"]}\n");
    write_split_file(100, 1, &eval);
    sweep(buf_text(&bad), buf_text(&eval));
}
END_TEST

Suite *dataset_check_suite(void)
{
    Suite *suite = suite_create("dataset_check");
    TCase *tcase = tcase_create("rows");

    tcase_add_loop_test(tcase, a_row_for_rerankers_is_kept_or_refused_with_its_sentence, 0,
                        ARRAY_LEN(reranker_rows));
    tcase_add_loop_test(tcase, a_row_to_embed_is_kept_or_refused_with_its_sentence, 0,
                        ARRAY_LEN(embed_rows));
    tcase_add_test(tcase, a_row_of_very_many_strings_is_checked_in_time);
    tcase_add_test(tcase, a_line_over_the_limit_is_an_error_like_others);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("verdicts");
    tcase_add_loop_test(tcase, errors_come_in_their_order_with_the_counts_last, 0,
                        ARRAY_LEN(verdicts));
    tcase_add_loop_test(tcase, it_does_not_matter_which_file_comes_first, 0, ARRAY_LEN(verdicts));
    tcase_add_loop_test(tcase, colliding_hashes_decide_nothing, 0, ARRAY_LEN(verdicts));
    tcase_add_loop_test(tcase, pieces_of_any_length_give_the_same_verdict_and_bytes, 0,
                        ARRAY_LEN(verdicts));
    tcase_add_test(tcase, a_hundred_further_errors_are_warnings_and_the_rest_is_a_number);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("a good upload");
    tcase_add_test(tcase, facts_and_samples_tell_of_what_was_kept);
    tcase_add_test(tcase, the_seed_decides_the_bytes_stored);
    tcase_add_test(tcase, metrics_of_two_files_are_what_each_has);
    tcase_add_test(tcase, data_to_embed_has_no_metrics);
    tcase_add_loop_test(tcase, a_fifth_of_the_queries_by_hash_evaluates, 0, ARRAY_LEN(splits));
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("failures");
    tcase_add_test(tcase, more_queries_than_the_limit_end_the_check);
    tcase_add_test(tcase, a_sink_that_fails_at_any_call_ends_the_check);
    tcase_add_test(tcase, memory_may_run_out_anywhere);
    suite_add_tcase(suite, tcase);
    return suite;
}
