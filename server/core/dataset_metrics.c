#include "core/dataset_metrics.h"

#include "base/json_write.h"
#include "core/auto_split.h"

struct member {
    const char *key;
    uint64_t value;
};

static void write_members(struct json_writer *w, const struct member *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_write_member_int(w, members[i].key, (int64_t)members[i].value);
}

static void write_metrics(const struct row_sums *train, const struct row_sums *eval,
                          struct buf *out)
{
    const struct member general[] = {
        {"trainable_token_count", train->tokens},
        {"total_examples", train->rows + eval->rows},
        {"train_examples", train->rows},
        {"train_size_bytes", train->bytes},
        {"eval_examples", eval->rows},
        {"eval_size_bytes", eval->bytes},
    };
    const struct member reranker[] = {
        {"num_train_queries", train->queries},
        {"num_train_relevant_passages", train->passages},
        {"num_train_hard_negatives", train->negatives},
        {"num_eval_queries", eval->queries},
        {"num_eval_relevant_passages", eval->passages},
        {"num_eval_hard_negatives", eval->negatives},
    };
    struct json_writer w = {out, false};

    json_write_object(&w);
    json_write_key(&w, "finetune_dataset_metrics");
    json_write_object(&w);
    write_members(&w, general, ARRAY_LEN(general));
    json_write_key(&w, "reranker_data_metrics");
    json_write_object(&w);
    write_members(&w, reranker, ARRAY_LEN(reranker));
    json_write_object_end(&w);
    json_write_object_end(&w);
    json_write_object_end(&w);
}

enum dataset_check_result dataset_metrics_write(struct dataset_part *train,
                                                struct dataset_part *eval, struct buf *out)
{
    struct row_sums train_sums = dataset_part_sums(train), eval_sums = dataset_part_sums(eval);

    if (eval->facts.present) {
        train_sums.bytes = (uint64_t)train->facts.avro_bytes;
        eval_sums.bytes = (uint64_t)eval->facts.avro_bytes;
    } else {
        enum dataset_check_result result = auto_split(train, &train_sums, &eval_sums);

        if (result != CHECK_OK)
            return result;
        train_sums.bytes = (uint64_t)train->facts.avro_bytes - eval_sums.bytes;
    }
    write_metrics(&train_sums, &eval_sums, out);
    return out->failed ? CHECK_NO_MEMORY : CHECK_OK;
}
