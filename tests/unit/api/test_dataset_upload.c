#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/fake.h"

Suite *dataset_upload_suite(void);

#define RERANKER "type=reranker-finetune-input"
#define ROW "{\"query\":\"q\",\"relevant_passages\":[\"p\"]}\n"
#define FORTY_NINE "1234567890123456789012345678901234567890123456789"

static const struct fake_file row_file = {"data", "train.jsonl", NULL, {ROW, sizeof(ROW) - 1}};

static void assert_nothing_is_stored(void)
{
    fake_get("/v1/datasets");
    assert_body(200, "{`datasets`:[]}");
    fake_get("/v1/datasets/usage");
    assert_body(200, "{`organization_usage`:0}");
}

/* In the order of the checks: each row has all the later faults, too. */
/* clang-format off */
static const struct {
    const char *query, *message;
} queries[] = {
    {"type=x&dry_run=x&csv_delimiter=xx", "The name parameter must be set."},
    {"name=&type=x&dry_run=x&csv_delimiter=xx", "The name parameter must be set."},
    {"name=%zz&type=x&dry_run=x&csv_delimiter=xx", "The name parameter must be set."},
    {"name=" FORTY_NINE "0&dry_run=x&csv_delimiter=xx", "The type parameter must be set."},
    {"name=" FORTY_NINE "0&type=&dry_run=x&csv_delimiter=xx", "The type parameter must be set."},
    {"name=" FORTY_NINE "0&type=x&dry_run=x&csv_delimiter=xx", "The dataset type is invalid."},
    {"name=n&type=rerank-finetune-input", "The dataset type is invalid."},
    {"name=n&type=embed-result", "The dataset type is invalid."},
    {"name=n&type=batch-embed-v2-output", "The dataset type is invalid."},
    {"name=n&type=Embed-Input", "The dataset type is invalid."},
    {"name=" FORTY_NINE "0&" RERANKER "&dry_run=x&csv_delimiter=xx", "The name must be less than 50 characters long."},
    {"name=n&" RERANKER "&keep_original_file=yes&csv_delimiter=xx", "The keep_original_file parameter must be true or false."},
    {"name=n&" RERANKER "&skip_malformed_input=TRUE&csv_delimiter=xx", "The skip_malformed_input parameter must be true or false."},
    {"name=n&" RERANKER "&dry_run=&csv_delimiter=xx", "The dry_run parameter must be true or false."},
    {"name=n&" RERANKER "&csv_delimiter=xx", "You have used an invalid csv delimiter."},
    {"name=n&" RERANKER "&csv_delimiter=", "You have used an invalid csv delimiter."},
};
/* clang-format on */

START_TEST(the_query_is_checked_in_the_order_of_the_contract)
{
    fake_upload(queries[_i].query, &row_file, 1, 0);
    assert_error(400, "%s", queries[_i].message);
    assert_nothing_is_stored();
}
END_TEST

START_TEST(the_query_is_checked_before_the_content_type)
{
    fake_post("/v1/datasets", "{}");
    assert_error(400, "The name parameter must be set.");
}
END_TEST

#define E_ACUTE "%c3%a9"
#define SEVEN_E E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE
#define KANJI "%e6%97%a5"
#define SEVEN_KANJI KANJI KANJI KANJI KANJI KANJI KANJI KANJI
#define SEVEN_TIMES(s) s s s s s s s

/* clang-format off */
static const struct {
    const char *query;
    int status;
} names[] = {
    {"name=" FORTY_NINE "&" RERANKER, 200},
    {"name=" FORTY_NINE "0&" RERANKER, 400},
    {"name=" SEVEN_TIMES(SEVEN_E) "&" RERANKER, 200},
    {"name=" SEVEN_TIMES(SEVEN_E) "x&" RERANKER, 400},
    {"name=" SEVEN_TIMES(SEVEN_KANJI) "&" RERANKER, 200},
    {"name=" SEVEN_TIMES(SEVEN_KANJI) KANJI "&" RERANKER, 400},
};
/* clang-format on */

START_TEST(a_name_may_have_49_characters_of_any_script)
{
    ck_assert_int_eq(fake_upload(names[_i].query, &row_file, 1, 0), names[_i].status);
}
END_TEST

/* clang-format off */
static const char *const good_queries[] = {
    "name=n&" RERANKER "&keep_original_file=true&skip_malformed_input=false&dry_run=0",
    "name=n&" RERANKER "&skip_malformed_input=1",
    "name=n&" RERANKER "&csv_delimiter=%09",
    "name=n&" RERANKER "&csv_delimiter=%e2%82%ac",
    "name=n&" RERANKER "&unknown=parameter",
    RERANKER "&name=with%20a+space",
};
/* clang-format on */

START_TEST(good_parameters_of_every_kind_are_taken)
{
    ck_assert_int_eq(fake_upload(good_queries[_i], &row_file, 1, 0), 200);
}
END_TEST

#define FILE_OF(part, filename, content) TYPED(part, filename, NULL, content)
#define TYPED(part, filename, type, content)                                                       \
    {                                                                                              \
        part, filename, type,                                                                      \
        {                                                                                          \
            content, sizeof(content) - 1                                                           \
        }                                                                                          \
    }
#define BAD_PART(part)                                                                             \
    "You used an invalid parameter for part: " part " use file or an evaluation file."
#define TAKES_JSONL "reranker-finetune-input takes jsonl files."

/* clang-format off */
static const struct {
    struct fake_file files[3];
    size_t count;
    const char *message; /* NULL: it is taken */
} forms[] = {
    {{FILE_OF("data", "a.jsonl", ROW)}, 1, NULL},
    {{FILE_OF("file", "a.jsonl", ROW)}, 1, NULL},
    {{FILE_OF("data", "a.jsonl", ROW), FILE_OF("eval_data", "b.jsonl", ROW)}, 2, NULL},
    {{FILE_OF("eval_file", "b.jsonl", ROW), FILE_OF("file", "a.jsonl", ROW)}, 2, NULL},
    {{FILE_OF("data", "a.jsonl", ROW), FILE_OF("eval_data", "b.jsonl", "")}, 2, NULL},
    {{FILE_OF("data", "a.jsonl", ROW), FILE_OF("eval_data", "b.csv", "")}, 2, NULL},
    {{FILE_OF("data", "a.jsonl", "no json")}, 1, NULL},
    {{{0}}, 0, "The data file must be set."},
    {{FILE_OF("data", "a.jsonl", "")}, 1, "The data file must be set."},
    {{FILE_OF("eval_data", "a.jsonl", ROW)}, 1, "The data file must be set."},
    {{FILE_OF("data", "a.jsonl", ROW), FILE_OF("data", "b.jsonl", ROW)}, 2, "The data part was sent twice."},
    {{FILE_OF("data", "a.jsonl", ROW), FILE_OF("file", "b.jsonl", ROW)}, 2, "The file part was sent twice."},
    {{FILE_OF("data", "a.jsonl", ""), FILE_OF("data", "b.jsonl", ROW)}, 2, "The data part was sent twice."},
    {{FILE_OF("eval_file", "a.jsonl", ROW), FILE_OF("eval_data", "b.jsonl", ROW)}, 2, "The eval_data part was sent twice."},
    {{FILE_OF("train", "a.jsonl", ROW)}, 1, BAD_PART("train")},
    {{FILE_OF("Data", "a.jsonl", ROW)}, 1, BAD_PART("Data")},
    {{FILE_OF("", "a.jsonl", ROW)}, 1, BAD_PART("")},
    {{FILE_OF("data", NULL, ROW)}, 1, BAD_PART("data")},
    {{FILE_OF("data", "a.jsonl", ROW), FILE_OF("other", NULL, "x")}, 2, BAD_PART("other")},
    {{FILE_OF("data", "a.csv", ROW)}, 1, TAKES_JSONL},
    {{FILE_OF("data", "a.TXT", ROW)}, 1, TAKES_JSONL},
    {{FILE_OF("data", "a.jsonl", ROW), FILE_OF("eval_data", "b.csv", ROW)}, 2, TAKES_JSONL},
    {{TYPED("data", "upload", "text/csv", ROW)}, 1, TAKES_JSONL},
    {{FILE_OF("data", "upload", "query,passage\n")}, 1, TAKES_JSONL},
    {{FILE_OF("data", "upload", ROW)}, 1, NULL},
    {{FILE_OF("data", "", ROW)}, 1, NULL},
    {{TYPED("data", "upload", "application/jsonl", "not an object")}, 1, NULL},
};
/* clang-format on */

START_TEST(forms_are_taken_or_refused_with_their_sentence)
{
    static const size_t piece_sizes[] = {0, 1, 7};

    for (size_t i = 0; i < ARRAY_LEN(piece_sizes); i++) {
        fake_upload("name=n&" RERANKER, forms[_i].files, forms[_i].count, piece_sizes[i]);
        if (!forms[_i].message) {
            ck_assert_int_eq(fake_status(), 200);
            continue;
        }
        assert_error(400, "%s", forms[_i].message);
        assert_nothing_is_stored();
    }
}
END_TEST

/* Send a body as it is, as a form or something else. */
static void send_raw(const char *content_type, const char *body, bool is_cut)
{
    fake_send(&(struct fake_request){
        .method = "POST",
        .target = "/v1/datasets?name=n&" RERANKER,
        .headers = {FAKE_KEY, {TEXT("Content-Type"), text_of(content_type)}},
        .body = text_of(body),
        .is_cut = is_cut,
    });
}

static const char *const not_forms[] = {
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/mixed; boundary=x",
    "multipart/form-dataset; boundary=x",
};

START_TEST(what_is_no_form_is_a_415)
{
    send_raw(not_forms[_i], "{}", false);
    assert_error(415, "Content-Type must be multipart/form-data.");
}
END_TEST

START_TEST(an_upload_without_a_content_type_is_a_415)
{
    fake_send(&(struct fake_request){
        .method = "POST", .target = "/v1/datasets?name=n&" RERANKER, .headers = {FAKE_KEY}});
    assert_error(415, "Content-Type must be multipart/form-data.");
}
END_TEST

#define FORM_TYPE "multipart/form-data; boundary=x"
#define PART_HEAD "Content-Disposition: form-data; name=\"data\"; filename=\"a.jsonl\"\r\n\r\n"

/* clang-format off */
static const struct {
    const char *content_type, *body;
} malformed[] = {
    {"multipart/form-data", "--x--\r\n"},
    {FORM_TYPE, ""},
    {FORM_TYPE, "hello"},
    {FORM_TYPE, "--x\r\n" PART_HEAD ROW},
    {FORM_TYPE, "--x\r\n" PART_HEAD ROW "\r\n--x"},
};
/* clang-format on */

START_TEST(a_malformed_form_is_refused_with_the_reason)
{
    send_raw(malformed[_i].content_type, malformed[_i].body, false);
    ck_assert_int_eq(fake_status(), 400);
    ck_assert_ptr_eq(strstr(fake_string("message"), "invalid multipart body: "),
                     fake_string("message"));
    ck_assert_uint_gt(strlen(fake_string("message")), strlen("invalid multipart body: "));
    assert_nothing_is_stored();
}
END_TEST

START_TEST(an_upload_that_breaks_off_leaves_nothing)
{
    send_raw(FORM_TYPE, "--x\r\n" PART_HEAD ROW, true);
    assert_error(499, "The upload connection was closed.");
    assert_nothing_is_stored();
}
END_TEST

/*
 * Capacity
 */

static void start_small(void)
{
    struct worlds_config config = fake_config();

    config.limits.dataset_bytes_max = 1000;
    config.limits.world_bytes_max = 1500;
    config.limits.queries_max = 8;
    fake_start_with(&config);
}

static int upload_sizes(size_t train_len, size_t eval_len)
{
    AUTO(buf_done) struct buf bytes = {0};
    struct fake_file files[2] = {{"data", "a.jsonl", NULL, {0}},
                                 {"eval_data", "b.jsonl", NULL, {0}}};

    while (bytes.len < train_len + eval_len)
        buf_add_char(&bytes, bytes.len % 10 ? ' ' : '\n');
    files[0].content = (struct text){bytes.data, train_len};
    files[1].content = (struct text){bytes.data, eval_len};
    return fake_upload("name=n&" RERANKER, files, 2, 100);
}

/* clang-format off */
static const struct {
    size_t train_len, eval_len;
    int status;
} sizes[] = {
    {1000, 0, 200},
    {1001, 0, 400},
    {500, 500, 200},
    {500, 501, 400},
};
/* clang-format on */

START_TEST(a_dataset_may_have_as_many_bytes_as_the_limit_says)
{
    ck_assert_int_eq(upload_sizes(sizes[_i].train_len, sizes[_i].eval_len), sizes[_i].status);
    if (sizes[_i].status == 200)
        return;
    assert_error(400, "You have exceeded capacity.");
    assert_nothing_is_stored();
}
END_TEST

START_TEST(all_datasets_together_may_have_as_many_bytes_as_the_limit_says)
{
    char *id;

    ck_assert_int_eq(upload_sizes(1000, 0), 200);
    id = strdup(fake_string("id"));
    upload_sizes(501, 0);
    assert_error(400, "You have exceeded capacity.");
    ck_assert_int_eq(upload_sizes(500, 0), 200);
    fake_get("/v1/datasets/usage");
    assert_body(200, "{`organization_usage`:1500}");
    upload_sizes(1, 0);
    assert_error(400, "You have exceeded capacity.");
    fake_delete("/v1/datasets/%s", id);
    assert_body(200, "{}");
    ck_assert_int_eq(upload_sizes(1000, 0), 200);
    free(id);
}
END_TEST

START_TEST(more_queries_than_can_be_remembered_exceed_capacity)
{
    AUTO(buf_done) struct buf rows = {0};

    rows_add(&rows, 0, 9);
    fake_upload("name=n&" RERANKER, &(struct fake_file){"data", "a.jsonl", NULL, buf_text(&rows)},
                1, 0);
    assert_error(400, "You have exceeded capacity.");
    assert_nothing_is_stored();
}
END_TEST

START_TEST(bytes_are_counted_as_uploaded_and_the_form_around_them_is_not)
{
    ck_assert_int_eq(fake_upload("name=n&" RERANKER, &row_file, 1, 0), 200);
    fake_get("/v1/datasets/usage");
    assert_body(200, "{`organization_usage`:%zu}", row_file.content.len);
}
END_TEST

/*
 * The answer
 */

/* clang-format off */
static const struct {
    const char *name, *slug;
} slugs[] = {
    {"My_Data.set", "my-data-set-"},
    {"caf%c3%a9", "cafe-"},
    {"%e6%97%a5%e6%9c%ac", "dataset-"},
};
/* clang-format on */

START_TEST(the_id_is_the_slug_of_the_name_and_six_characters)
{
    AUTO(buf_done) struct buf query = {0};
    const char *id;
    size_t slug_len = strlen(slugs[_i].slug);

    buf_add_format(&query, "name=%s&" RERANKER, slugs[_i].name);
    fake_upload(query.data, &row_file, 1, 0);
    id = fake_string("id");
    assert_body(200, "{`id`:`%s`}", id);
    ck_assert_int_eq(strncmp(id, slugs[_i].slug, slug_len), 0);
    ck_assert_uint_eq(strlen(id), slug_len + 6);
    ck_assert_uint_eq(strspn(id + slug_len, "abcdefghijklmnopqrstuvwxyz0123456789"), 6);
}
END_TEST

START_TEST(two_datasets_of_one_name_get_two_ids)
{
    char *first;

    fake_upload("name=n&" RERANKER, &row_file, 1, 0);
    first = strdup(fake_string("id"));
    fake_upload("name=n&" RERANKER, &row_file, 1, 0);
    ck_assert_str_ne(fake_string("id"), first);
    free(first);
}
END_TEST

/* clang-format off */
static const struct {
    const char *filename, *part_name;
} filenames[] = {
    {"train.jsonl", "000_train.avro"},
    {"/data/my train.jsonl", "000_my train.avro"},
    {"C:\\\\data\\\\train.jsonl", "000_train.avro"},
    {"train", "000_train.avro"},
    {"", "000_upload.avro"},
    {".jsonl", "000_.jsonl.avro"},
    {"a.b.jsonl", "000_a.b.avro"},
};
/* clang-format on */

START_TEST(a_part_is_called_after_its_file)
{
    AUTO(buf_done) struct buf rows = {0};
    struct fake_file file = {"data", filenames[_i].filename, NULL, {0}};

    rows_add(&rows, 0, 256);
    file.content = buf_text(&rows);
    fake_upload("name=n&" RERANKER, &file, 1, 0);
    fake_advance_ms(200);
    fake_get("/v1/datasets");
    ck_assert_str_eq(fake_string("datasets.0.dataset_parts.0.name"), filenames[_i].part_name);
}
END_TEST

Suite *dataset_upload_suite(void)
{
    Suite *suite = suite_create("dataset_upload");
    TCase *refusals = tcase_create("refusals"), *capacity = tcase_create("capacity");
    TCase *answers = tcase_create("answers");

    tcase_add_checked_fixture(refusals, fake_start, fake_stop);
    tcase_add_loop_test(refusals, the_query_is_checked_in_the_order_of_the_contract, 0,
                        ARRAY_LEN(queries));
    tcase_add_test(refusals, the_query_is_checked_before_the_content_type);
    tcase_add_loop_test(refusals, a_name_may_have_49_characters_of_any_script, 0, ARRAY_LEN(names));
    tcase_add_loop_test(refusals, good_parameters_of_every_kind_are_taken, 0,
                        ARRAY_LEN(good_queries));
    tcase_add_loop_test(refusals, forms_are_taken_or_refused_with_their_sentence, 0,
                        ARRAY_LEN(forms));
    tcase_add_loop_test(refusals, what_is_no_form_is_a_415, 0, ARRAY_LEN(not_forms));
    tcase_add_test(refusals, an_upload_without_a_content_type_is_a_415);
    tcase_add_loop_test(refusals, a_malformed_form_is_refused_with_the_reason, 0,
                        ARRAY_LEN(malformed));
    tcase_add_test(refusals, an_upload_that_breaks_off_leaves_nothing);
    suite_add_tcase(suite, refusals);

    tcase_add_checked_fixture(capacity, start_small, fake_stop);
    tcase_add_loop_test(capacity, a_dataset_may_have_as_many_bytes_as_the_limit_says, 0,
                        ARRAY_LEN(sizes));
    tcase_add_test(capacity, all_datasets_together_may_have_as_many_bytes_as_the_limit_says);
    tcase_add_test(capacity, more_queries_than_can_be_remembered_exceed_capacity);
    tcase_add_test(capacity, bytes_are_counted_as_uploaded_and_the_form_around_them_is_not);
    suite_add_tcase(suite, capacity);

    tcase_add_checked_fixture(answers, fake_start, fake_stop);
    tcase_add_loop_test(answers, the_id_is_the_slug_of_the_name_and_six_characters, 0,
                        ARRAY_LEN(slugs));
    tcase_add_test(answers, two_datasets_of_one_name_get_two_ids);
    tcase_add_loop_test(answers, a_part_is_called_after_its_file, 0, ARRAY_LEN(filenames));
    suite_add_tcase(suite, answers);
    return suite;
}
