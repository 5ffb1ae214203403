#include "core/dataset_type.h"

#include <string.h>

#include "base/attr.h"

enum { HEAD_LEN_MAX = 64 * 1024 };

const struct dataset_limits dataset_limits_default = {
    .dataset_bytes_max = 1500000000,
    .world_bytes_max = 10000000000,
    .line_bytes_max = INT64_C(32) * 1024 * 1024,
    .queries_max = 2000000,
    .train_queries_min = 256,
    .eval_queries_min = 64,
    .train_labelled_min = 40,
    .eval_labelled_min = 24,
    .prompts_min = 32,
};

/* Rows of batches are kept as they are, whatever they have: so the text of each is the one field.
 */
#define BATCH_SCHEMA                                                                               \
    "{\"type\":\"record\",\"name\":\"batch_input\",\"fields\":["                                   \
    "{\"name\":\"row\",\"type\":\"string\"}]}"

/* clang-format off */
static const struct dataset_type types[] = {
    {
        .name = "reranker-finetune-input",
        .kind = DATASET_RERANKER,
        .formats = FORMAT_JSONL,
        .schema = "{\"type\":\"record\",\"name\":\"reranker_finetune_input\",\"fields\":["
                  "{\"name\":\"query\",\"type\":\"string\"},"
                  "{\"name\":\"relevant_passages\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},"
                  "{\"name\":\"hard_negatives\",\"type\":{\"type\":\"array\",\"items\":\"string\"}}]}",
        .required = "[\"query\",\"relevant_passages\"]",
        .takes = "jsonl",
        .base_type = "BASE_TYPE_RERANK",
    },
    {
        .name = "single-label-classification-finetune-input",
        .kind = DATASET_SINGLE_LABEL,
        .formats = FORMAT_CSV | FORMAT_JSONL,
        .schema = "{\"type\":\"record\",\"name\":\"single_label_classification_finetune_input\",\"fields\":["
                  "{\"name\":\"text\",\"type\":\"string\"},"
                  "{\"name\":\"label\",\"type\":\"string\"}]}",
        .required = "[\"text\",\"label\"]",
        .takes = "csv or jsonl",
        .base_type = "BASE_TYPE_CLASSIFICATION",
    },
    {
        .name = "multi-label-classification-finetune-input",
        .kind = DATASET_MULTI_LABEL,
        .formats = FORMAT_JSONL,
        .schema = "{\"type\":\"record\",\"name\":\"multi_label_classification_finetune_input\",\"fields\":["
                  "{\"name\":\"text\",\"type\":\"string\"},"
                  "{\"name\":\"label\",\"type\":{\"type\":\"array\",\"items\":\"string\"}}]}",
        .required = "[\"text\",\"label\"]",
        .takes = "jsonl",
        .base_type = "BASE_TYPE_CLASSIFICATION",
    },
    {
        .name = "chat-finetune-input",
        .kind = DATASET_CHAT,
        .formats = FORMAT_JSONL,
        .schema = "{\"type\":\"record\",\"name\":\"chat_finetune_input\",\"fields\":["
                  "{\"name\":\"messages\",\"type\":{\"type\":\"array\",\"items\":"
                  "{\"type\":\"record\",\"name\":\"message\",\"fields\":["
                  "{\"name\":\"role\",\"type\":\"string\"},"
                  "{\"name\":\"content\",\"type\":\"string\"}]}}}]}",
        .required = "[\"messages\"]",
        .takes = "jsonl",
        .base_type = "BASE_TYPE_CHAT",
    },
    {
        .name = "prompt-completion-finetune-input",
        .kind = DATASET_PROMPT_COMPLETION,
        .formats = FORMAT_CSV | FORMAT_JSONL,
        .schema = "{\"type\":\"record\",\"name\":\"prompt_completion_finetune_input\",\"fields\":["
                  "{\"name\":\"prompt\",\"type\":\"string\"},"
                  "{\"name\":\"completion\",\"type\":\"string\"}]}",
        .required = "[\"prompt\",\"completion\"]",
        .takes = "csv or jsonl",
        .base_type = "BASE_TYPE_GENERATIVE",
    },
    {
        .name = "embed-input",
        .kind = DATASET_EMBED,
        .formats = FORMAT_CSV | FORMAT_JSONL | FORMAT_TXT,
        .schema = "{\"type\":\"record\",\"name\":\"embed_input\",\"fields\":["
                  "{\"name\":\"text\",\"type\":\"string\"}]}",
        .required = "[\"text\"]",
        .takes = "csv, jsonl or txt",
        .keeps_fields = true,
    },
    {
        .name = "batch-chat-input",
        .kind = DATASET_BATCH,
        .formats = FORMAT_JSONL,
        .schema = BATCH_SCHEMA,
        .required = "[]",
        .takes = "jsonl",
    },
    {
        .name = "batch-chat-v2-input",
        .kind = DATASET_BATCH,
        .formats = FORMAT_JSONL,
        .schema = BATCH_SCHEMA,
        .required = "[]",
        .takes = "jsonl",
    },
    {
        .name = "batch-embed-v2-input",
        .kind = DATASET_BATCH,
        .formats = FORMAT_JSONL,
        .schema = BATCH_SCHEMA,
        .required = "[]",
        .takes = "jsonl",
    },
    {
        .name = "batch-openai-chat-input",
        .kind = DATASET_BATCH,
        .formats = FORMAT_JSONL,
        .schema = BATCH_SCHEMA,
        .required = "[]",
        .takes = "jsonl",
    },
};

static const struct {
    struct text extension;
    enum dataset_format format;
} extensions[] = {
    {{".jsonl", 6}, FORMAT_JSONL},
    {{".csv", 4},   FORMAT_CSV},
    {{".txt", 4},   FORMAT_TXT},
};

/* Media types that clients send for anything, such as text/plain, say nothing. */
static const struct {
    struct text media_type;
    enum dataset_format format;
} media_types[] = {
    {{"application/jsonl", 17},       FORMAT_JSONL},
    {{"application/x-jsonlines", 23}, FORMAT_JSONL},
    {{"application/jsonlines", 21},   FORMAT_JSONL},
    {{"application/x-ndjson", 20},    FORMAT_JSONL},
    {{"text/csv", 8},                 FORMAT_CSV},
};
/* clang-format on */

const struct dataset_type *dataset_type_find(struct text name)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (text_eq(text_of(types[i].name), name))
            return &types[i];
    return NULL;
}

size_t dataset_types_for(const char *base_type, struct buf *out)
{
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (!types[i].base_type || strcmp(types[i].base_type, base_type) != 0)
            continue;
        if (count++ > 0)
            buf_add_string(out, " or ");
        buf_add_string(out, types[i].name);
    }
    return count;
}

static unsigned format_by_extension(struct text filename)
{
    for (size_t i = 0; i < ARRAY_LEN(extensions); i++) {
        size_t len = extensions[i].extension.len;

        if (filename.len < len)
            continue;
        if (text_eq_nocase((struct text){filename.data + filename.len - len, len},
                           extensions[i].extension))
            return extensions[i].format;
    }
    return 0;
}

static unsigned format_by_media_type(struct text content_type)
{
    struct text media_type = text_trim(text_cut(&content_type, ';'));

    for (size_t i = 0; i < ARRAY_LEN(media_types); i++)
        if (text_eq_nocase(media_type, media_types[i].media_type))
            return media_types[i].format;
    return 0;
}

/* The part of the head that is looked at, without a byte order mark and white space around it. */
static struct text head_content(struct text head)
{
    static const struct text mark = {"\xef\xbb\xbf", 3};

    if (head.len > HEAD_LEN_MAX)
        head.len = HEAD_LEN_MAX;
    if (text_has_prefix(head, mark))
        head = (struct text){head.data + mark.len, head.len - mark.len};
    return text_trim(head);
}

bool dataset_head_is_enough(struct text head)
{
    if (head.len < TEXT("\xef\xbb\xbf").len && text_has_prefix(TEXT("\xef\xbb\xbf"), head))
        return false;
    return head.len >= HEAD_LEN_MAX || head_content(head).len > 0;
}

/* A file that begins as an object is jsonl, any other one csv if there is such a thing. Of one that
 * begins with so much white space nothing else can be said than what all types take. */
static unsigned format_by_content(struct text head)
{
    head = head_content(head);
    return head.len == 0 || head.data[0] == '{' ? FORMAT_JSONL : FORMAT_CSV;
}

unsigned dataset_format_of(const struct dataset_type *type, struct text filename,
                           struct text content_type, struct text head)
{
    unsigned format = format_by_extension(filename);

    if (!format)
        format = format_by_media_type(content_type);
    if (!format)
        format = format_by_content(head);
    return format & type->formats;
}
