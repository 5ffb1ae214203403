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

/* Drop all but the first of equal strings. */
static bool drop_repeated(struct dataset_row *row, struct dataset_value *list, struct text_set *set,
                          size_t *dropped)
{
    struct text *strings;

    *dropped = 0;
    if (list->count == 0)
        return true;
    strings = row->strings + list->first;
    if (!text_set_begin(set, strings, list->count))
        return false;
    for (size_t i = 0; i < list->count; i++) {
        if (text_set_has(set, strings[i]))
            continue;
        strings[set->count] = strings[i];
        text_set_take(set);
    }
    *dropped = list->count - set->count;
    list->count = set->count;
    return true;
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
    if (!drop_repeated(row, &row->values[NEGATIVES], &judge->texts, &repeated))
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

const struct dataset_rules reranker_rules = {
    .fields = {fields, ARRAY_LEN(fields)},
    .judge = judge_row,
    .measure = measure_row,
};
