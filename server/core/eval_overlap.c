#include "core/eval_overlap.h"

#include "core/avro_reader.h"

enum dataset_check_result eval_overlap_report(struct dataset_part *train, struct dataset_part *eval,
                                              struct dataset_row *row,
                                              struct dataset_issues *issues)
{
    for (size_t i = 0; i < eval->queries.count; i++) {
        const struct query_entry *entry = query_set_entry(&eval->queries, i);
        unsigned bucket = query_entry_bucket(entry);
        enum dataset_check_result result;
        struct text query;

        if (!query_set_may_have(&train->queries, entry->hash, bucket))
            continue;
        result = dataset_part_read(eval, query_entry_place(entry), 1, row);
        if (result != CHECK_OK)
            return result;
        query = row->values[0].text;
        switch (query_set_find(&train->queries, entry->hash, bucket, query)) {
        case QUERY_KNOWN:
            dataset_issues_add(issues, ISSUE_EVAL_IN_TRAIN, MESSAGE_EVAL_IN_TRAIN,
                               (struct message_arg[]){arg_text(query), arg_number(entry->line)});
            break;
        case QUERY_NEW:
            break;
        case QUERY_NO_MEMORY:
        case QUERY_READ_FAILED:
            return CHECK_SINK_FAILED;
        }
    }
    return CHECK_OK;
}

/* Keep a row in `kept` unless its query is in the training file. */
static enum dataset_check_result keep_apart(struct dataset_part *train, struct dataset_part *kept,
                                            const struct dataset_row *row)
{
    bool is_kept;

    switch (query_set_has(&train->queries, row->values[0].text)) {
    case QUERY_KNOWN:
        return CHECK_OK;
    case QUERY_NEW:
        return dataset_part_keep(kept, row, UINT32_MAX, &is_kept);
    case QUERY_NO_MEMORY:
    case QUERY_READ_FAILED:
        break;
    }
    return CHECK_SINK_FAILED;
}

static enum dataset_check_result copy_apart(struct dataset_part *train, struct dataset_part *eval,
                                            struct dataset_part *kept)
{
    AUTO(avro_rows_done) struct avro_rows rows = {0};
    AUTO(dataset_row_done) struct dataset_row row = {0};
    enum avro_result got = avro_rows_open(&rows, &eval->writer.sink, eval->writer.block_start);
    enum dataset_check_result result = CHECK_OK;

    while (got == AVRO_OK && result == CHECK_OK && (got = avro_rows_next(&rows)) == AVRO_OK) {
        got = dataset_row_read(&row, &eval->fields, &rows.rest);
        if (got == AVRO_OK)
            result = keep_apart(train, kept, &row);
    }
    return result == CHECK_OK ? dataset_result_of(got) : result;
}

enum dataset_check_result eval_overlap_drop(struct dataset_part *train, struct dataset_part *eval,
                                            const struct dataset_sink *spare, const char *schema,
                                            uint64_t seed)
{
    AUTO(dataset_part_done) struct dataset_part kept;
    enum dataset_check_result result;

    dataset_part_init(&kept, eval->rules, eval->judge, eval->queries.seed);
    kept.queries.hash_mask = eval->queries.hash_mask;
    /* So that there are never three sets at a time. */
    query_set_done(&eval->queries);
    result = dataset_part_open(&kept, spare, schema, seed);
    if (result == CHECK_OK)
        result = copy_apart(train, eval, &kept);
    if (result == CHECK_OK)
        result = dataset_part_close(&kept);
    if (result != CHECK_OK)
        return result;
    kept.received = eval->received;
    kept.misencoded = eval->misencoded;
    kept.too_long = eval->too_long;
    kept.facts.uploaded_bytes = eval->facts.uploaded_bytes;
    dataset_part_move(eval, &kept);
    return CHECK_OK;
}
