/*
 * `reranker-finetune-input`: queries, each with passages that answer it and perhaps with hard
 * negatives, which look as if they did.
 */
#include "core/dataset_rules.h"
#include "core/token_count.h"

enum { QUERY, PASSAGES, NEGATIVES };

/* clang-format off */
static const struct dataset_field fields[] = {
    [QUERY]     = {"query",             FIELD_STRING,  true},
    [PASSAGES]  = {"relevant_passages", FIELD_STRINGS, true},
    [NEGATIVES] = {"hard_negatives",    FIELD_STRINGS, false},
};
/* clang-format on */

/* Drop the empty strings of a list; return how many there were. */
static size_t drop_empty(struct dataset_row *row, struct dataset_value *list)
{
    struct text *strings;
    size_t kept = 0, dropped;

    if (list->count == 0)
        return 0;
    strings = row->strings + list->first;
    for (size_t i = 0; i < list->count; i++)
        if (strings[i].len > 0)
            strings[kept++] = strings[i];
    dropped = list->count - kept;
    list->count = kept;
    return dropped;
}

/*
 * Report each hard negative that is a relevant passage, too. There are no empty or repeated ones
 * any more, so that each string is reported once.
 */
static enum row_judgement judge_overlap(struct row_judge *judge, const struct dataset_row *row)
{
    const struct dataset_value *passages = &row->values[PASSAGES];
    const struct dataset_value *negatives = &row->values[NEGATIVES];
    enum row_judgement judgement = ROW_KEPT;

    if (negatives->count == 0)
        return ROW_KEPT;
    if (!text_set_begin(&judge->texts, row->strings + passages->first, passages->count))
        return ROW_UNDECIDABLE;
    for (size_t i = 0; i < passages->count; i++)
        text_set_take(&judge->texts);
    for (size_t i = 0; i < negatives->count; i++) {
        struct text negative = row->strings[negatives->first + i];

        if (!text_set_has(&judge->texts, negative))
            continue;
        dataset_issues_add(
            judge->issues, judge->stage, MESSAGE_OVERLAP,
            (struct message_arg[]){arg_text(negative), arg_text(row->values[QUERY].text)});
        judgement = ROW_REFUSED;
    }
    return judgement;
}

static enum row_judgement judge_row(struct row_judge *judge, struct dataset_row *row)
{
    struct message_arg line = arg_number(row->line);
    struct text query = row->values[QUERY].text;
    size_t empty, repeated;
    enum row_judgement judgement;

    /* Without a token, a query is empty or nothing but white space. */
    if (token_count(query) == 0) {
        dataset_issues_add(judge->issues, judge->stage, MESSAGE_QUERY_EMPTY, &line);
        return ROW_REFUSED;
    }
    (void)drop_empty(row, &row->values[PASSAGES]);
    if (row->values[PASSAGES].count == 0) {
        dataset_issues_add(judge->issues, judge->stage, MESSAGE_NO_PASSAGE,
                           (struct message_arg[]){arg_text(query), line});
        return ROW_REFUSED;
    }
    empty = drop_empty(row, &row->values[NEGATIVES]);
    if (!row_drop_repeated(row, &row->values[NEGATIVES], &judge->texts, &repeated))
        return ROW_UNDECIDABLE;
    judgement = judge_overlap(judge, row);
    if (judgement == ROW_KEPT && empty + repeated > 0) {
        judge->negatives_removed.empty += empty;
        judge->negatives_removed.duplicated += repeated;
        judge->negatives_removed.examples++;
    }
    return judgement;
}

static uint64_t list_tokens(const struct dataset_row *row, const struct dataset_value *list)
{
    uint64_t tokens = 0;

    for (size_t i = 0; i < list->count; i++)
        tokens += token_count(row->strings[list->first + i]);
    return tokens;
}

static void measure_row(const struct dataset_row *row, struct row_sums *sums)
{
    sums->rows++;
    sums->passages += row->values[PASSAGES].count;
    sums->negatives += row->values[NEGATIVES].count;
    sums->tokens += token_count(row->values[QUERY].text) +
                    list_tokens(row, &row->values[PASSAGES]) +
                    list_tokens(row, &row->values[NEGATIVES]);
}

static struct example_minimum minimum(const struct dataset_limits *limits)
{
    return (struct example_minimum){.alone = limits->train_queries_min,
                                    .train = limits->train_queries_min,
                                    .eval = limits->eval_queries_min};
}

static void advise(const struct row_judge *judge, struct json_writer *warnings)
{
    if (judge->negatives_removed.examples > 0)
        dataset_warning_write(warnings, MESSAGE_NEGATIVES_REMOVED,
                              (struct message_arg[]){
                                  arg_number(judge->negatives_removed.empty),
                                  arg_number(judge->negatives_removed.duplicated),
                                  arg_number(judge->negatives_removed.examples),
                              });
}

static void describe(const struct row_judge *judge, const struct row_sums *train,
                     const struct row_sums *eval, struct json_writer *w)
{
    (void)judge;
    json_write_key(w, "reranker_data_metrics");
    json_write_object(w);
    json_write_member_int(w, "num_train_queries", (int64_t)train->queries);
    json_write_member_int(w, "num_train_relevant_passages", (int64_t)train->passages);
    json_write_member_int(w, "num_train_hard_negatives", (int64_t)train->negatives);
    json_write_member_int(w, "num_eval_queries", (int64_t)eval->queries);
    json_write_member_int(w, "num_eval_relevant_passages", (int64_t)eval->passages);
    json_write_member_int(w, "num_eval_hard_negatives", (int64_t)eval->negatives);
    json_write_object_end(w);
}

const struct dataset_rules reranker_rules = {
    .fields = {.items = fields, .count = ARRAY_LEN(fields)},
    .eval_apart = true,
    .judge = judge_row,
    .measure = measure_row,
    .minimum = minimum,
    .advise = advise,
    .describe = describe,
};
