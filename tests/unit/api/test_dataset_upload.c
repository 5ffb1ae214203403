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
    {"name=n&" RERANKER "&csv_delimiter=%22", "You have used an invalid csv delimiter."},
    {"name=n&" RERANKER "&csv_delimiter=%0a", "You have used an invalid csv delimiter."},
    {"name=n&" RERANKER "&csv_delimiter=%e2%82", "You have used an invalid csv delimiter."},
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
    "name=n&" RERANKER "&text_separator=&text_separator=%zz",
    "name=n&" RERANKER "&keep_fields=&keep_fields=a,b&optional_fields=c&optional_fields=c",
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

    config.limits.dataset.dataset_bytes_max = 1000;
    config.limits.dataset.world_bytes_max = 1500;
    config.limits.dataset.queries_max = 8;
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

#define EMBED "name=n&type=embed-input"

/* clang-format off */
static const struct {
    const char *query;
    struct fake_file file;
    const char *rows; /* the samples of the part, a bar behind each */
} uploads[] = {
    {EMBED, FILE_OF("data", "a.csv", "id,text\n1,\"a\nb\"\n"), "{\"text\":\"a\\nb\"}|"},
    {EMBED "&csv_delimiter=%e2%82%ac", FILE_OF("data", "a.csv", "id\xe2\x82\xactext\n1\xe2\x82\xac" "a\n"), "{\"text\":\"a\"}|"},
    {EMBED "&csv_delimiter=%09", FILE_OF("data", "a.CSV", "id\ttext\n1\ta\n"), "{\"text\":\"a\"}|"},
    {EMBED, FILE_OF("data", "a.txt", "a\n\nb\n"), "{\"text\":\"a\"}|{\"text\":\"b\"}|"},
    {EMBED "&text_separator=--", FILE_OF("data", "a.txt", "a\n----b"), "{\"text\":\"a\\n\"}|{\"text\":\"b\"}|"},
    {EMBED, FILE_OF("data", "upload", "\xef\xbb\xbf\n\ntext\na\n"), "{\"text\":\"a\"}|"},
    {EMBED, FILE_OF("data", "upload", "\xef\xbb\xbf\n\n{\"text\":\"a\"}\n"), "{\"text\":\"a\"}|"},
    {EMBED, TYPED("data", "upload", "text/csv", "text\n{}\n"), "{\"text\":\"{}\"}|"},
    {EMBED "&keep_fields=n&optional_fields=o", FILE_OF("data", "a.jsonl", "{\"n\":1,\"text\":\"a\",\"x\":2}"), "{\"text\":\"a\",\"n\":1,\"o\":null}|"},
    {EMBED "&keep_fields=a%2Cb", FILE_OF("data", "a.jsonl", "{\"a,b\":1.5,\"text\":\"a\"}"), "{\"text\":\"a\",\"a,b\":1.5}|"},
    {EMBED "&skip_malformed_input=true", FILE_OF("data", "a.jsonl", "1\n{\"text\":\"a\"}\n{}"), "{\"text\":\"a\"}|"},
};
/* clang-format on */

START_TEST(files_of_any_format_are_read_in_pieces_of_any_size)
{
    static const size_t piece_sizes[] = {0, 1, 7};

    for (size_t i = 0; i < ARRAY_LEN(piece_sizes); i++) {
        AUTO(buf_done) struct buf rows = {0};
        const json_t *samples, *sample;
        size_t k;

        ck_assert_int_eq(fake_upload(uploads[_i].query, &uploads[_i].file, 1, piece_sizes[i]), 200);
        fake_advance_ms(200);
        fake_get("/v1/datasets?limit=1");
        samples = fake_member("datasets.0.dataset_parts.0.samples");
        json_array_foreach (samples, k, sample)
            buf_add_format(&rows, "%s|", json_string_value(sample));
        ck_assert_str_eq(rows.data, uploads[_i].rows);
    }
}
END_TEST

/* clang-format off */
static const struct {
    const char *type, *filename, *message;
} strangers[] = {
    {"single-label-classification-finetune-input", "a.txt", "single-label-classification-finetune-input takes csv or jsonl files."},
    {"multi-label-classification-finetune-input", "a.csv", "multi-label-classification-finetune-input takes jsonl files."},
    {"prompt-completion-finetune-input", "a.txt", "prompt-completion-finetune-input takes csv or jsonl files."},
    {"chat-finetune-input", "a.csv", "chat-finetune-input takes jsonl files."},
    {"batch-chat-input", "a.txt", "batch-chat-input takes jsonl files."},
    {"single-label-classification-finetune-input", "a.csv", NULL},
    {"prompt-completion-finetune-input", "a.csv", NULL},
    {"embed-input", "a.txt", NULL},
};
/* clang-format on */

START_TEST(a_type_refuses_other_formats_than_its_own)
{
    AUTO(buf_done) struct buf query = {0};
    const struct fake_file file = {"data", strangers[_i].filename, NULL, TEXT("x")};

    buf_add_format(&query, "name=n&type=%s", strangers[_i].type);
    fake_upload(query.data, &file, 1, 0);
    if (!strangers[_i].message) {
        ck_assert_int_eq(fake_status(), 200);
        return;
    }
    assert_error(400, "%s", strangers[_i].message);
    assert_nothing_is_stored();
}
END_TEST

START_TEST(kept_fields_are_told_with_the_dataset)
{
    const struct fake_file file = FILE_OF("data", "a.jsonl", "{\"n\":1,\"text\":\"a\"}");

    fake_upload(EMBED "&optional_fields=o&keep_fields=n&optional_fields=n", &file, 1, 0);
    fake_advance_ms(200);
    fake_get("/v1/datasets");
    ck_assert_str_eq(fake_string("datasets.0.preserve_fields.0"), "n");
    ck_assert_str_eq(fake_string("datasets.0.preserve_fields.1"), "o");
    ck_assert_ptr_nonnull(strstr(fake_string("datasets.0.schema"), "{\"name\":\"o\",\"type\":["));
    ck_assert_str_eq(fake_string("datasets.0.required_fields.0"), "text");
}
END_TEST

START_TEST(more_than_a_hundred_kept_fields_are_refused)
{
    AUTO(buf_done) struct buf query = {0};

    buf_add_string(&query, EMBED);
    for (int i = 0; i <= 100; i++)
        buf_add_format(&query, "&%s=f%d", i % 2 ? "keep_fields" : "optional_fields", i);
    fake_upload(query.data, &row_file, 1, 0);
    assert_error(400, "invalid request: at most 100 fields can be kept");
    assert_nothing_is_stored();
}
END_TEST

/* The path of a link of the newest dataset, for free(). */
static char *path_of(const char *member)
{
    fake_get("/v1/datasets?limit=1");
    return strdup(strstr(fake_string(member), "/files/"));
}

START_TEST(an_original_is_kept_as_it_came)
{
    static const char csv[] = "id,text\r\n1,\"a\"\r\n";
    const struct fake_file files[] = {FILE_OF("eval_data", "b c.txt", "x\n\n\xff"),
                                      FILE_OF("data", "dir/a.csv", csv)};
    char *train, *eval;

    fake_upload(EMBED "&keep_original_file=true&skip_malformed_input=true", files, 2, 1);
    fake_advance_ms(200);
    train = path_of("datasets.0.dataset_parts.0.original_url");
    eval = path_of("datasets.0.dataset_parts.1.original_url");
    fake_get("/v1/datasets/usage");
    assert_body(200, "{`organization_usage`:%zu}", sizeof(csv) - 1 + 4);

    ck_assert(text_has_suffix(text_of(train), TEXT("/a.csv")));
    fake_send(&(struct fake_request){.target = train});
    ck_assert(text_eq(fake_body(), TEXT("id,text\r\n1,\"a\"\r\n")));
    assert_header("content-type", "application/octet-stream");
    ck_assert(text_has_suffix(text_of(eval), TEXT("/b%20c.txt")));
    fake_send(&(struct fake_request){.target = eval});
    ck_assert(text_eq(fake_body(), TEXT("x\n\n\xff")));

    fake_get("/v1/datasets");
    fake_delete("/v1/datasets/%s", fake_string("datasets.0.id"));
    ck_assert_int_eq(fake_send(&(struct fake_request){.target = train}), 404);
    free(train);
    free(eval);
}
END_TEST

START_TEST(without_the_parameter_there_is_no_original)
{
    const struct fake_file file = FILE_OF("data", "a.txt", "x");

    fake_upload(EMBED "&keep_original_file=false", &file, 1, 0);
    fake_advance_ms(200);
    fake_get("/v1/datasets");
    ck_assert(!fake_has("datasets.0.dataset_parts.0.original_url"));
}
END_TEST

START_TEST(an_evaluation_query_of_the_train_file_is_gone_from_what_is_stored)
{
    AUTO(buf_done) struct buf train = {0}, eval = {0};
    struct fake_file files[2] = {{"eval_data", "e.jsonl", NULL, {0}},
                                 {"data", "t.jsonl", NULL, {0}}};
    char *path;

    rows_add(&train, 0, 256);
    rows_add(&eval, 255, 65);
    files[0].content = buf_text(&eval);
    files[1].content = buf_text(&train);
    fake_upload("name=n&skip_malformed_input=1&" RERANKER, files, 2, 0);
    fake_advance_ms(200);
    path = path_of("datasets.0.dataset_parts.1.url");
    ck_assert_int_eq(fake_int("datasets.0.dataset_parts.1.num_rows"), 64);
    ck_assert_str_eq(fake_string("datasets.0.validation_warnings.0"),
                     "invalid eval file: query 'query 255' of the eval file is also in the train "
                     "file (line: 1)");
    fake_send(&(struct fake_request){.target = path});
    ck_assert(text_has_prefix(fake_body(), TEXT("Obj\x01")));
    ck_assert_uint_eq(text_find(fake_body(), TEXT("query 255")), fake_body().len);
    ck_assert_uint_lt(text_find(fake_body(), TEXT("query 256")), fake_body().len);
    free(path);
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
    tcase_add_loop_test(answers, files_of_any_format_are_read_in_pieces_of_any_size, 0,
                        ARRAY_LEN(uploads));
    tcase_add_loop_test(answers, a_type_refuses_other_formats_than_its_own, 0,
                        ARRAY_LEN(strangers));
    tcase_add_test(answers, kept_fields_are_told_with_the_dataset);
    tcase_add_test(answers, more_than_a_hundred_kept_fields_are_refused);
    tcase_add_test(answers, an_original_is_kept_as_it_came);
    tcase_add_test(answers, without_the_parameter_there_is_no_original);
    tcase_add_test(answers, an_evaluation_query_of_the_train_file_is_gone_from_what_is_stored);
    tcase_add_loop_test(answers, a_part_is_called_after_its_file, 0, ARRAY_LEN(filenames));
    suite_add_tcase(suite, answers);
    return suite;
}
