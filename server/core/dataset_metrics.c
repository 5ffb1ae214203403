#include "core/dataset_metrics.h"

#include "base/json_write.h"
#include "core/auto_split.h"

static void write_metrics(const struct dataset_part *part, const struct row_sums *train,
                          const struct row_sums *eval, struct buf *out)
{
    struct json_writer w = {out, false};

    json_write_object(&w);
    json_write_key(&w, "finetune_dataset_metrics");
    json_write_object(&w);
    json_write_member_int(&w, "trainable_token_count", (int64_t)train->tokens);
    json_write_member_int(&w, "total_examples", (int64_t)(train->rows + eval->rows));
    json_write_member_int(&w, "train_examples", (int64_t)train->rows);
    json_write_member_int(&w, "train_size_bytes", (int64_t)train->bytes);
    json_write_member_int(&w, "eval_examples", (int64_t)eval->rows);
    json_write_member_int(&w, "eval_size_bytes", (int64_t)eval->bytes);
    if (part->rules->describe)
        part->rules->describe(part->judge, train, eval, &w);
    json_write_object_end(&w);
    json_write_object_end(&w);
}

/* The bytes of a part's file, but for rows that do not count. */
static uint64_t counted_bytes(const struct dataset_part *part)
{
    return (uint64_t)part->facts.avro_bytes - part->uncounted.bytes;
}

enum dataset_check_result dataset_metrics_write(struct dataset_part *train,
                                                struct dataset_part *eval, struct buf *out)
{
    struct row_sums train_sums = dataset_part_sums(train), eval_sums = {0};

    if (dataset_part_evaluates(eval)) {
        eval_sums = dataset_part_sums(eval);
        train_sums.bytes = counted_bytes(train);
        eval_sums.bytes = counted_bytes(eval);
    } else {
        enum dataset_check_result result = auto_split(train, &train_sums, &eval_sums);

        if (result != CHECK_OK)
            return result;
        train_sums.bytes = counted_bytes(train) - eval_sums.bytes;
    }
    write_metrics(train, &train_sums, &eval_sums, out);
    return out->failed ? CHECK_NO_MEMORY : CHECK_OK;
}
