#include "core/dataset_type.h"

#include <check.h>
#include <jansson.h>

Suite *dataset_type_suite(void);

static const struct {
    const char *name;
    bool found;
} names[] = {
    {"reranker-finetune-input", true},
    {"embed-input", true},
    {"rerank-finetune-input", false},
    {"Embed-Input", false},
    {"embed-result", false},
    {"embed-output", false},
    {"batch-embed-v2-output", false},
    {"cluster-result", false},
    {"cluster-outliers", false},
    {"generative-finetune-input", false},
    {"single-label-classification-finetune-input", true},
    {"multi-label-classification-finetune-input", true},
    {"chat-finetune-input", true},
    {"prompt-completion-finetune-input", true},
    {"batch-chat-input", true},
    {"batch-openai-chat-input", true},
    {"batch-embed-v2-input", true},
    {"batch-chat-v2-input", true},
    {"", false},
};

START_TEST(a_type_is_found_by_its_exact_name)
{
    const struct dataset_type *type = dataset_type_find(text_of(names[_i].name));

    ck_assert_pstr_eq(type ? type->name : NULL, names[_i].found ? names[_i].name : NULL);
}
END_TEST

static const struct {
    const char *filename, *content_type, *head;
    unsigned format;
} formats[] = {
    {"train.jsonl", "", "", FORMAT_JSONL},
    {"/data/train.JSONL", "text/csv", "a,b", FORMAT_JSONL},
    {"train.csv", "", "{}", FORMAT_CSV},
    {"train.txt", "application/jsonl", "{}", FORMAT_TXT},
    {"upload", "application/x-ndjson; charset=utf-8", "x", FORMAT_JSONL},
    {"upload", "text/csv", "{}", FORMAT_CSV},
    {"upload", "application/octet-stream", "{\"text\": 1}", FORMAT_JSONL},
    {"upload", "text/plain", "\xef\xbb\xbf\r\n {", FORMAT_JSONL},
    {"upload", "", "text,label", FORMAT_CSV},
    {"a.json", "", "{", FORMAT_JSONL},
    {"", "", "", FORMAT_JSONL},
};

START_TEST(the_extension_then_the_media_type_then_the_content_decides)
{
    const struct dataset_type *type = dataset_type_find(TEXT("embed-input"));

    ck_assert_uint_eq(dataset_format_of(type, text_of(formats[_i].filename),
                                        text_of(formats[_i].content_type),
                                        text_of(formats[_i].head)),
                      formats[_i].format);
}
END_TEST

START_TEST(a_type_that_takes_only_jsonl_takes_nothing_else)
{
    const struct dataset_type *type = dataset_type_find(TEXT("reranker-finetune-input"));

    ck_assert_uint_eq(dataset_format_of(type, text_of(formats[_i].filename),
                                        text_of(formats[_i].content_type),
                                        text_of(formats[_i].head)),
                      formats[_i].format & FORMAT_JSONL);
}
END_TEST

/* clang-format off */
static const struct {
    const char *head;
    bool is_enough;
} heads[] = {
    {"", false},
    {"\xef", false},
    {"\xef\xbb\xbf", false},
    {"\xef\xbb\xbf\n", false},
    {" \r\n", false},
    {"\xef\xbb\xbf{", true},
    {"\xefx", true},
    {"\n\na", true},
};
/* clang-format on */

START_TEST(a_head_is_enough_once_it_has_something)
{
    ck_assert_int_eq(dataset_head_is_enough(text_of(heads[_i].head)), heads[_i].is_enough);
}
END_TEST
static const struct {
    const char *name, *schema;
    size_t fields, required;
} shapes[] = {
    {"reranker-finetune-input", "reranker_finetune_input", 3, 2},
    {"embed-input", "embed_input", 1, 1},
    {"chat-finetune-input", "chat_finetune_input", 1, 1},
    {"single-label-classification-finetune-input", "single_label_classification_finetune_input", 2,
     2},
    {"multi-label-classification-finetune-input", "multi_label_classification_finetune_input", 2,
     2},
    {"prompt-completion-finetune-input", "prompt_completion_finetune_input", 2, 2},
    {"batch-chat-input", "batch_input", 1, 0},
};

START_TEST(schema_and_required_fields_are_json)
{
    const struct dataset_type *type = dataset_type_find(text_of(shapes[_i].name));
    json_t *schema = json_loads(type->schema, 0, NULL);
    json_t *required = json_loads(type->required, 0, NULL);

    ck_assert_str_eq(json_string_value(json_object_get(schema, "name")), shapes[_i].schema);
    ck_assert_uint_eq(json_array_size(json_object_get(schema, "fields")), shapes[_i].fields);
    ck_assert_uint_eq(json_array_size(required), shapes[_i].required);
    json_decref(schema);
    json_decref(required);
}
END_TEST

static const struct {
    const char *base_type, *names;
    size_t count;
} bases[] = {
    {"BASE_TYPE_RERANK", "reranker-finetune-input", 1},
    {"BASE_TYPE_CHAT", "chat-finetune-input", 1},
    {"BASE_TYPE_CLASSIFICATION",
     "single-label-classification-finetune-input or multi-label-classification-finetune-input", 2},
    {"BASE_TYPE_GENERATIVE", "prompt-completion-finetune-input", 1},
    {"BASE_TYPE_UNSPECIFIED", NULL, 0},
};

START_TEST(a_base_type_knows_the_types_that_it_is_fine_tuned_with)
{
    AUTO(buf_done) struct buf found = {0};

    ck_assert_uint_eq(dataset_types_for(bases[_i].base_type, &found), bases[_i].count);
    ck_assert_pstr_eq(found.data, bases[_i].names);
}
END_TEST

Suite *dataset_type_suite(void)
{
    Suite *suite = suite_create("dataset_type");
    TCase *tcase = tcase_create("types");

    tcase_add_loop_test(tcase, a_type_is_found_by_its_exact_name, 0, ARRAY_LEN(names));
    tcase_add_loop_test(tcase, a_base_type_knows_the_types_that_it_is_fine_tuned_with, 0,
                        ARRAY_LEN(bases));
    tcase_add_loop_test(tcase, schema_and_required_fields_are_json, 0, ARRAY_LEN(shapes));
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("formats");
    tcase_add_loop_test(tcase, the_extension_then_the_media_type_then_the_content_decides, 0,
                        ARRAY_LEN(formats));
    tcase_add_loop_test(tcase, a_type_that_takes_only_jsonl_takes_nothing_else, 0,
                        ARRAY_LEN(formats));
    tcase_add_loop_test(tcase, a_head_is_enough_once_it_has_something, 0, ARRAY_LEN(heads));
    suite_add_tcase(suite, tcase);
    return suite;
}
