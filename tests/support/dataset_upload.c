#include "support/dataset_upload.h"

#include <check.h>
#include <stdlib.h>

#include "core/avro_reader.h"
#include "core/dataset_rules.h"

static const struct dataset_type *type_of(const struct upload *upload)
{
    return dataset_type_find(text_of(upload->type ? upload->type : "reranker-finetune-input"));
}

void upload_done(struct upload *upload)
{
    dataset_verdict_done(&upload->verdict);
    buf_done(&upload->stored[SPLIT_TRAIN].bytes);
    buf_done(&upload->stored[SPLIT_EVAL].bytes);
}

static enum dataset_check_result feed_file(struct dataset_check *check, struct upload *upload,
                                           enum dataset_split split)
{
    struct dataset_sink sink = memory_sink(&upload->stored[split]);
    struct text file = upload->files[split];
    size_t piece_len = upload->piece_len ? upload->piece_len : file.len + 1;
    enum dataset_check_result result = dataset_check_begin(check, split, FORMAT_JSONL, &sink);

    for (size_t at = 0; result == CHECK_OK && at < file.len; at += piece_len) {
        size_t len = file.len - at < piece_len ? file.len - at : piece_len;
        /* A copy of its own, so that whoever keeps a pointer into a piece is found out. */
        char *copy = malloc(len);

        memcpy(copy, file.data + at, len);
        result = dataset_check_feed(check, (struct text){copy, len});
        free(copy);
    }
    return result == CHECK_OK ? dataset_check_end(check) : result;
}

void upload_check(struct upload *upload)
{
    struct dataset_check *check;
    enum dataset_split first = upload->eval_first ? SPLIT_EVAL : SPLIT_TRAIN;

    if (!upload->limits.line_bytes_max)
        upload->limits.line_bytes_max = dataset_limits_default.line_bytes_max;
    if (!upload->limits.queries_max)
        upload->limits.queries_max = dataset_limits_default.queries_max;
    upload->limits.train_labelled_min = dataset_limits_default.train_labelled_min;
    upload->limits.eval_labelled_min = dataset_limits_default.eval_labelled_min;
    upload->limits.prompts_min = dataset_limits_default.prompts_min;
    check = dataset_check_new(type_of(upload), &upload->limits, upload->seed);
    ck_assert_ptr_nonnull(check);
    if (upload->collide)
        dataset_check_weaken_hashes(check, 0);
    upload->result = feed_file(check, upload, first);
    if (upload->result == CHECK_OK && upload->files[!first].data)
        upload->result = feed_file(check, upload, !first);
    if (upload->result == CHECK_OK)
        upload->result = dataset_check_finish(check, &upload->verdict);
    else
        ck_assert_int_eq(dataset_check_finish(check, &upload->verdict), upload->result);
    dataset_check_free(check);
}

void upload_print_stored(struct upload *upload, enum dataset_split split, struct buf *out)
{
    const struct dataset_rules *rules = dataset_rules_of(type_of(upload)->kind);
    struct dataset_sink sink = memory_sink(&upload->stored[split]);
    AUTO(avro_rows_done) struct avro_rows rows = {0};
    AUTO(dataset_row_done) struct dataset_row row = {0};

    buf_add_string(out, "");
    ck_assert_int_eq(avro_rows_open(&rows, &sink, upload->stored[split].bytes.len), AVRO_OK);
    while (avro_rows_next(&rows) == AVRO_OK) {
        ck_assert_int_eq(dataset_row_read(&row, &rules->fields, &rows.rest), AVRO_OK);
        dataset_row_print(&row, &rules->fields, out);
        buf_add_char(out, '\n');
    }
    ck_assert_int_eq(avro_rows_next(&rows), AVRO_END);
}
