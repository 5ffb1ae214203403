#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/fake.h"

Suite *datasets_suite(void);

#define TRAIN_ROWS                                                                                 \
    "{\"query\":\"one\",\"relevant_passages\":[\"a\",\"b\"],\"hard_negatives\":[\"c\",\"\",\"c\"]" \
    "}\n"                                                                                          \
    "{\"query\":\"two\",\"relevant_passages\":[\"d\"]}\n"
#define EVAL_ROWS "{\"query\":\"three\",\"relevant_passages\":[\"e\"],\"hard_negatives\":[\"f\"]}\n"
#define FILE_OF(part, filename, content)                                                           \
    {                                                                                              \
        part, filename, NULL,                                                                      \
        {                                                                                          \
            content, sizeof(content) - 1                                                           \
        }                                                                                          \
    }

static const struct fake_file train_file = FILE_OF("data", "train.jsonl", TRAIN_ROWS);
static const struct fake_file eval_file = FILE_OF("eval_data", "eval.jsonl", EVAL_ROWS);

/* Two rows are enough here. */
static void start_small(void)
{
    struct worlds_config config = fake_config();

    config.limits.dataset.train_queries_min = 2;
    config.limits.dataset.eval_queries_min = 1;
    fake_start_with(&config);
}

/* Upload; returns the id, for free(). */
static char *add(const char *query, const struct fake_file *files, size_t count)
{
    ck_assert_int_eq(fake_upload(query, files, count, 0), 200);
    return strdup(fake_string("id"));
}

static char *add_reranker(const char *name)
{
    AUTO(buf_done) struct buf query = {0};

    buf_add_format(&query, "name=%s&type=reranker-finetune-input", name);
    return add(query.data, &train_file, 1);
}

static char *add_embed(const char *name)
{
    static const struct fake_file file = FILE_OF("data", "texts.jsonl", "{\"text\":\"a\"}\n");
    AUTO(buf_done) struct buf query = {0};

    buf_add_format(&query, "name=%s&type=embed-input", name);
    return add(query.data, &file, 1);
}

/*
 * One dataset
 */

/* clang-format off */
static const struct {
    int64_t age_ms;
    const char *updated_at, *status;
} stages[] = {
    {0,   "12:00:00.000000", "queued"},
    {49,  "12:00:00.000000", "queued"},
    {50,  "12:00:00.050000", "processing"},
    {199, "12:00:00.050000", "processing"},
};
/* clang-format on */

START_TEST(a_young_dataset_shows_its_stage_and_nothing_of_its_content)
{
    char *id = add_reranker("Rerank%20Dataset");

    fake_advance_ms(stages[_i].age_ms);
    fake_get("/v1/datasets/%s", id);
    assert_body(200,
                "{`dataset`:{`id`:`%s`,`name`:`Rerank Dataset`,"
                "`created_at`:`2025-06-01T12:00:00.000000Z`,`updated_at`:`2025-06-01T%sZ`,"
                "`dataset_type`:`reranker-finetune-input`,`validation_status`:`%s`}}",
                id, stages[_i].updated_at, stages[_i].status);
    free(id);
}
END_TEST

#define SCHEMA                                                                                     \
    "{\\`type\\`:\\`record\\`,\\`name\\`:\\`reranker_finetune_input\\`,\\`fields\\`:["             \
    "{\\`name\\`:\\`query\\`,\\`type\\`:\\`string\\`},"                                            \
    "{\\`name\\`:\\`relevant_passages\\`,"                                                         \
    "\\`type\\`:{\\`type\\`:\\`array\\`,\\`items\\`:\\`string\\`}},"                               \
    "{\\`name\\`:\\`hard_negatives\\`,"                                                            \
    "\\`type\\`:{\\`type\\`:\\`array\\`,\\`items\\`:\\`string\\`}}]}"

START_TEST(a_validated_dataset_shows_everything_in_the_documented_order)
{
    const struct fake_file files[] = {eval_file, train_file};
    char *id = add("name=n&type=reranker-finetune-input", files, 2);

    fake_advance_ms(200);
    fake_get("/v1/datasets/%s", id);
    assert_body(
        200,
        "{`dataset`:{`id`:`%s`,`name`:`n`,`created_at`:`2025-06-01T12:00:00.000000Z`,"
        "`updated_at`:`2025-06-01T12:00:00.200000Z`,`dataset_type`:`reranker-finetune-input`,"
        "`validation_status`:`validated`,`schema`:`" SCHEMA "`,"
        "`required_fields`:[`query`,`relevant_passages`],`preserve_fields`:[],`dataset_parts`:["
        "{`id`:`%s`,`name`:`000_train.avro`,`url`:`%s`,`index`:0,`size_bytes`:%lld,`num_rows`:2,"
        "`samples`:[`{\\`query\\`:\\`one\\`,\\`relevant_passages\\`:[\\`a\\`,\\`b\\`],"
        "\\`hard_negatives\\`:[\\`c\\`]}`,`{\\`query\\`:\\`two\\`,\\`relevant_passages\\`:[\\`d\\`]"
        ","
        "\\`hard_negatives\\`:[]}`]},"
        "{`id`:`%s`,`name`:`001_eval.avro`,`url`:`%s`,`index`:1,`size_bytes`:%lld,`num_rows`:1,"
        "`samples`:[`{\\`query\\`:\\`three\\`,\\`relevant_passages\\`:[\\`e\\`],"
        "\\`hard_negatives\\`:[\\`f\\`]}`]}],"
        "`validation_warnings`:[`removed 1 empty and 1 duplicated hard negatives from 1 "
        "examples`],"
        "`metrics`:{`finetune_dataset_metrics`:{`trainable_token_count`:%lld,`total_examples`:3,"
        "`train_examples`:2,`train_size_bytes`:%lld,`eval_examples`:1,`eval_size_bytes`:%lld,"
        "`reranker_data_metrics`:{`num_train_queries`:2,`num_train_relevant_passages`:3,"
        "`num_train_hard_negatives`:1,`num_eval_queries`:1,`num_eval_relevant_passages`:1,"
        "`num_eval_hard_negatives`:1}}}}}",
        id, fake_string("dataset.dataset_parts.0.id"), fake_string("dataset.dataset_parts.0.url"),
        (long long)fake_int("dataset.dataset_parts.0.size_bytes"),
        fake_string("dataset.dataset_parts.1.id"), fake_string("dataset.dataset_parts.1.url"),
        (long long)fake_int("dataset.dataset_parts.1.size_bytes"),
        (long long)fake_int("dataset.metrics.finetune_dataset_metrics.trainable_token_count"),
        (long long)fake_int("dataset.metrics.finetune_dataset_metrics.train_size_bytes"),
        (long long)fake_int("dataset.metrics.finetune_dataset_metrics.eval_size_bytes"));
    ck_assert_str_ne(fake_string("dataset.dataset_parts.0.id"),
                     fake_string("dataset.dataset_parts.1.id"));
    free(id);
}
END_TEST

START_TEST(a_dataset_without_an_eval_file_is_split_in_its_metrics_only)
{
    char *id = add_reranker("n");

    fake_advance_ms(200);
    fake_get("/v1/datasets/%s", id);
    ck_assert_uint_eq(json_array_size(fake_member("dataset.dataset_parts")), 1);
    ck_assert_int_eq(fake_int("dataset.dataset_parts.0.num_rows"), 2);
    ck_assert_int_eq(fake_int("dataset.metrics.finetune_dataset_metrics.total_examples"), 2);
    ck_assert_int_eq(fake_int("dataset.metrics.finetune_dataset_metrics.train_examples"), 1);
    ck_assert_int_eq(fake_int("dataset.metrics.finetune_dataset_metrics.eval_examples"), 1);
    free(id);
}
END_TEST

START_TEST(an_embed_dataset_has_no_metrics)
{
    char *id = add_embed("n");

    fake_advance_ms(200);
    fake_get("/v1/datasets/%s", id);
    assert_body(200,
                "{`dataset`:{`id`:`%s`,`name`:`n`,`created_at`:`2025-06-01T12:00:00.000000Z`,"
                "`updated_at`:`2025-06-01T12:00:00.200000Z`,`dataset_type`:`embed-input`,"
                "`validation_status`:`validated`,`schema`:`%s`,`required_fields`:[`text`],"
                "`preserve_fields`:[],`dataset_parts`:[{`id`:`%s`,`name`:`000_texts.avro`,"
                "`url`:`%s`,`index`:0,`size_bytes`:%lld,`num_rows`:1,"
                "`samples`:[`{\\`text\\`:\\`a\\`}`]}],`validation_warnings`:[]}}",
                id,
                "{\\`type\\`:\\`record\\`,\\`name\\`:\\`embed_input\\`,\\`fields\\`:["
                "{\\`name\\`:\\`text\\`,\\`type\\`:\\`string\\`}]}",
                fake_string("dataset.dataset_parts.0.id"),
                fake_string("dataset.dataset_parts.0.url"),
                (long long)fake_int("dataset.dataset_parts.0.size_bytes"));
    free(id);
}
END_TEST

START_TEST(a_dataset_that_failed_says_why_and_shows_no_parts)
{
    static const struct fake_file file = FILE_OF(
        "data", "train.jsonl",
        "{\"query\":\"one\",\"relevant_passages\":[\"a\"],\"hard_negatives\":[\"a\"]}\nno json\n");
    char *id = add("name=n&type=reranker-finetune-input", &file, 1);

    fake_advance_ms(199);
    fake_get("/v1/datasets/%s", id);
    ck_assert_str_eq(fake_string("dataset.validation_status"), "processing");
    ck_assert(!fake_has("dataset.validation_error"));
    fake_advance_ms(1);
    fake_get("/v1/datasets/%s", id);
    assert_body(200,
                "{`dataset`:{`id`:`%s`,`name`:`n`,`created_at`:`2025-06-01T12:00:00.000000Z`,"
                "`updated_at`:`2025-06-01T12:00:00.200000Z`,"
                "`dataset_type`:`reranker-finetune-input`,`validation_status`:`failed`,"
                "`validation_error`:`string 'a' is both a relevant passage and hard negatives of "
                "query 'one'`,`required_fields`:[`query`,`relevant_passages`],"
                "`preserve_fields`:[],`validation_warnings`:%s}}",
                id,
                "[`invalid json in line 2: invalid character 'o' in literal null (expecting 'u')`,"
                "`not enough valid examples: found only 0 valid train examples of 2 received (1 "
                "incorrectly encoded, 0 duplicated); at least 2 valid examples required`]");
    free(id);
}
END_TEST

START_TEST(a_clock_that_is_set_back_makes_a_dataset_young_again)
{
    char *id = add_reranker("n");

    fake_send_json("PUT", "/__mockhere/clock", "{`mode`:`frozen`,`now`:`2025-05-01T00:00:00Z`}");
    fake_get("/v1/datasets/%s", id);
    ck_assert_str_eq(fake_string("dataset.validation_status"), "queued");
    free(id);
}
END_TEST

/*
 * Going
 */

START_TEST(a_deleted_dataset_is_gone)
{
    char *id = add_reranker("n");

    fake_delete("/v1/datasets/%s", id);
    assert_body(200, "{}");
    fake_get("/v1/datasets/%s", id);
    assert_error(404, "dataset with id %s not found", id);
    fake_delete("/v1/datasets/%s", id);
    assert_error(404, "dataset with id %s not found", id);
    fake_get("/v1/datasets");
    assert_body(200, "{`datasets`:[]}");
    fake_get("/v1/datasets/usage");
    assert_body(200, "{`organization_usage`:0}");
    free(id);
}
END_TEST

START_TEST(a_delete_may_declare_json_and_send_none)
{
    char *id = add_reranker("n");
    AUTO(buf_done) struct buf target = {0};

    buf_add_format(&target, "/v1/datasets/%s", id);
    fake_send(&(struct fake_request){
        .method = "DELETE",
        .target = target.data,
        .headers = {FAKE_KEY, FAKE_HEADER("Content-Type", "application/json")}});
    assert_body(200, "{}");
    free(id);
}
END_TEST

static const int64_t day_ms = 24LL * 3600 * 1000;

START_TEST(a_dataset_is_gone_after_30_days)
{
    char *id = add_reranker("n");

    fake_advance_ms(30 * day_ms - 1);
    ck_assert_int_eq(fake_get("/v1/datasets/%s", id), 200);
    fake_get("/v1/datasets");
    ck_assert_uint_eq(json_array_size(fake_member("datasets")), 1);
    fake_advance_ms(1);
    fake_get("/v1/datasets/%s", id);
    assert_error(404, "dataset with id %s not found", id);
    fake_delete("/v1/datasets/%s", id);
    assert_error(404, "dataset with id %s not found", id);
    fake_get("/v1/datasets");
    assert_body(200, "{`datasets`:[]}");
    free(id);
}
END_TEST

/* clang-format off */
static const char *const unknown_ids[] = {"my-dataset-id", "Usage", "a'b", "%2F"};
/* clang-format on */

START_TEST(an_unknown_id_is_quoted_in_its_404)
{
    AUTO(buf_done) struct buf decoded = {0};

    ck_assert(percent_decode(text_of(unknown_ids[_i]), false, &decoded));
    fake_get("/v1/datasets/%s", unknown_ids[_i]);
    assert_error(404, "dataset with id %s not found", decoded.data);
}
END_TEST

START_TEST(an_id_with_a_nul_in_it_is_not_the_one_before_the_nul)
{
    char *id = add_reranker("n");

    ck_assert_int_eq(fake_get("/v1/datasets/%s%%00", id), 404);
    free(id);
}
END_TEST

START_TEST(usage_is_the_sum_of_the_files_as_uploaded)
{
    const struct fake_file files[] = {train_file, eval_file};

    free(add("name=n&type=reranker-finetune-input", files, 2));
    free(add_reranker("m"));
    fake_get("/v1/datasets/usage");
    assert_body(200, "{`organization_usage`:%zu}",
                2 * train_file.content.len + eval_file.content.len);
}
END_TEST

START_TEST(usage_counts_no_dataset_that_has_expired)
{
    free(add_reranker("old"));
    fake_advance_ms(day_ms);
    free(add_reranker("young"));
    fake_advance_ms(29 * day_ms - 1);
    fake_get("/v1/datasets/usage");
    assert_body(200, "{`organization_usage`:%zu}", 2 * train_file.content.len);
    fake_advance_ms(1);
    fake_get("/v1/datasets/usage");
    assert_body(200, "{`organization_usage`:%zu}", train_file.content.len);
}
END_TEST

/*
 * The list
 */

/* a, b and c a minute after the other from noon on; b is for embed. */
static void start_list(void)
{
    start_small();
    free(add_reranker("a"));
    fake_advance_ms(60000);
    free(add_embed("b"));
    fake_advance_ms(60000);
    free(add_reranker("c"));
}

/* clang-format off */
static const struct {
    const char *query, *names;
} lists[] = {
    {"", "cba"},
    {"?limit=2", "cb"},
    {"?limit=2.0", "cb"},
    {"?limit=0", "cba"},
    {"?limit=", "cba"},
    {"?limit=1000000", "cba"},
    {"?offset=1", "ba"},
    {"?offset=1.0&limit=1", "b"},
    {"?offset=3", ""},
    {"?datasetType=embed-input", "b"},
    {"?dataset_type=reranker-finetune-input", "ca"},
    {"?datasetType=reranker-finetune-input&offset=1", "a"},
    {"?datasetType=none", ""},
    {"?datasetType=", "cba"},
    {"?before=2025-06-01T12:01:00Z", "a"},
    {"?before=2025-06-01T12:01:00.000001Z", "ba"},
    {"?after=2025-06-01T12:01:00.000Z", "c"},
    {"?after=2025-06-01T14:00:30%2B02:00", "cb"},
    {"?after=2025-06-01T14:00:30+02:00", "cb"},
    {"?after=2025-06-01T10:00:30-02:00", "cb"},
    {"?after=2025-06-01T14:00:30.000+02:00&limit=1.0&offset=1.0", "b"},
    {"?after=2025-06-01&before=2025-06-02", "cba"},
    {"?after=2025-06-02", ""},
    {"?validationStatus=validated", "ba"},
    {"?validationStatus=queued", "c"},
    {"?validationStatus=validated&offset=1", "a"},
    {"?validationStatus=validated&limit=1", "b"},
    {"?validationStatus=failed", ""},
    {"?validationStatus=", "cba"},
    {"?unknown=x", "cba"},
};
/* clang-format on */

START_TEST(the_list_is_newest_first_and_takes_filters)
{
    AUTO(buf_done) struct buf names = {0};
    size_t count;

    fake_get("/v1/datasets%s", lists[_i].query);
    ck_assert_int_eq(fake_status(), 200);
    count = json_array_size(fake_member("datasets"));
    for (size_t i = 0; i < count; i++) {
        char path[64];

        (void)snprintf(path, sizeof(path), "datasets.%zu.name", i);
        buf_add_string(&names, fake_string(path));
    }
    ck_assert_str_eq(names.data ? names.data : "", lists[_i].names);
}
END_TEST

START_TEST(an_item_of_the_list_is_what_get_shows)
{
    char *item, *id;

    fake_advance_ms(1000);
    fake_get("/v1/datasets?limit=1");
    item = json_dumps(fake_member("datasets.0"), JSON_COMPACT);
    id = strdup(fake_string("datasets.0.id"));
    fake_get("/v1/datasets/%s", id);
    assert_body(200, "{`dataset`:%s}", item);
    free(id);
    free(item);
}
END_TEST

/* clang-format off */
static const struct {
    const char *query, *name;
} bad_lists[] = {
    {"limit=x", "limit"},
    {"limit=-1", "limit"},
    {"limit=1.5", "limit"},
    {"limit=1e400", "limit"},
    {"offset=-1", "offset"},
    {"offset=99999999999999999999", "offset"},
    {"offset=0x10", "offset"},
    {"before=yesterday", "before"},
    {"after=2025-13-01", "after"},
    {"after=2025-06-01T25:00:00Z", "after"},
    {"validationStatus=done", "validationStatus"},
    {"limit=x&offset=x", "limit"},
};
/* clang-format on */

START_TEST(a_bad_parameter_of_the_list_is_named)
{
    fake_get("/v1/datasets?%s", bad_lists[_i].query);
    assert_error(400, "invalid request: %s is invalid", bad_lists[_i].name);
}
END_TEST

Suite *datasets_suite(void)
{
    Suite *suite = suite_create("datasets");
    TCase *one = tcase_create("one dataset"), *list = tcase_create("the list");

    tcase_add_checked_fixture(one, start_small, fake_stop);
    tcase_add_loop_test(one, a_young_dataset_shows_its_stage_and_nothing_of_its_content, 0,
                        ARRAY_LEN(stages));
    tcase_add_test(one, a_validated_dataset_shows_everything_in_the_documented_order);
    tcase_add_test(one, a_dataset_without_an_eval_file_is_split_in_its_metrics_only);
    tcase_add_test(one, an_embed_dataset_has_no_metrics);
    tcase_add_test(one, a_dataset_that_failed_says_why_and_shows_no_parts);
    tcase_add_test(one, a_clock_that_is_set_back_makes_a_dataset_young_again);
    tcase_add_test(one, a_deleted_dataset_is_gone);
    tcase_add_test(one, a_delete_may_declare_json_and_send_none);
    tcase_add_test(one, a_dataset_is_gone_after_30_days);
    tcase_add_loop_test(one, an_unknown_id_is_quoted_in_its_404, 0, ARRAY_LEN(unknown_ids));
    tcase_add_test(one, an_id_with_a_nul_in_it_is_not_the_one_before_the_nul);
    tcase_add_test(one, usage_is_the_sum_of_the_files_as_uploaded);
    tcase_add_test(one, usage_counts_no_dataset_that_has_expired);
    suite_add_tcase(suite, one);

    tcase_add_checked_fixture(list, start_list, fake_stop);
    tcase_add_loop_test(list, the_list_is_newest_first_and_takes_filters, 0, ARRAY_LEN(lists));
    tcase_add_test(list, an_item_of_the_list_is_what_get_shows);
    tcase_add_loop_test(list, a_bad_parameter_of_the_list_is_named, 0, ARRAY_LEN(bad_lists));
    suite_add_tcase(suite, list);
    return suite;
}
