/*
 * The types of datasets, and what each asks of a file: a table.
 */
#ifndef CORE_DATASET_TYPE_H
#define CORE_DATASET_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"

/* Which rules a type has: several types may share them. */
enum dataset_kind {
    DATASET_RERANKER,
    DATASET_EMBED,
    DATASET_CHAT,
    DATASET_SINGLE_LABEL,
    DATASET_MULTI_LABEL,
    DATASET_PROMPT_COMPLETION,
    DATASET_BATCH
};

/* The two files of an upload. */
enum dataset_split { SPLIT_TRAIN, SPLIT_EVAL, SPLIT_COUNT };

enum dataset_format { FORMAT_JSONL = 1 << 0, FORMAT_CSV = 1 << 1, FORMAT_TXT = 1 << 2 };

struct dataset_type {
    const char *name; /* as in the API: "reranker-finetune-input" */
    enum dataset_kind kind;
    unsigned formats;      /* of enum dataset_format */
    const char *schema;    /* the Avro schema of its rows, as JSON */
    const char *required;  /* a JSON array: the fields that every row must have */
    const char *takes;     /* "jsonl", "csv or jsonl", for the message */
    const char *base_type; /* what can be fine-tuned with it: "BASE_TYPE_RERANK"; NULL: nothing */
    bool keeps_fields;     /* an upload may ask for further fields to be kept */
};

/* What a test may want smaller. Fields and defaults: dataset_limits_default. */
struct dataset_limits {
    int64_t dataset_bytes_max; /* of one upload, both files together */
    int64_t world_bytes_max;
    int64_t line_bytes_max;
    uint32_t queries_max; /* distinct queries, or of types without queries rows, of one file */
    uint32_t train_queries_min; /* for rerankers */
    uint32_t eval_queries_min;
    uint32_t train_labelled_min; /* examples, for classifiers */
    uint32_t eval_labelled_min;
    uint32_t prompts_min; /* examples of prompts and completions */
};

extern const struct dataset_limits dataset_limits_default;

/* Find a type by its name; NULL if there is none that can be uploaded. */
const struct dataset_type *dataset_type_find(struct text name);

/*
 * Append the names of the types that serve `base_type` ("BASE_TYPE_RERANK"), with ` or ` between
 * them. Returns how many there are.
 */
size_t dataset_types_for(const char *base_type, struct buf *out);

/*
 * Decide the format of an upload: by the extension of `filename` if it has a known one, else by the
 * media type, else by `head`, the first bytes of the content. Returns 0 if the type does not take
 * it.
 */
unsigned dataset_format_of(const struct dataset_type *type, struct text filename,
                           struct text content_type, struct text head);

/* Tell whether `head`, which begins the content, is enough of it for dataset_format_of(): more of
 * it would change nothing. */
bool dataset_head_is_enough(struct text head);

#endif
