#include "core/dataset_rules.h"

static const struct dataset_rules *const rules_table[] = {
    [DATASET_RERANKER] = &reranker_rules,
    [DATASET_EMBED] = &embed_rules,
    [DATASET_CHAT] = &chat_rules,
    [DATASET_SINGLE_LABEL] = &single_label_rules,
    [DATASET_MULTI_LABEL] = &multi_label_rules,
    [DATASET_PROMPT_COMPLETION] = &prompt_completion_rules,
    [DATASET_BATCH] = &batch_rules,
};

const struct dataset_rules *dataset_rules_of(enum dataset_kind kind)
{
    return rules_table[kind];
}

void row_judge_done(struct row_judge *judge)
{
    text_set_done(&judge->texts);
    for (size_t i = 0; i < SPLIT_COUNT; i++) {
        buf_done(&judge->chat[i].dropped);
        buf_done(&judge->chat[i].preamble);
        label_table_done(&judge->labels[i]);
    }
}

void row_sums_add(struct row_sums *sums, const struct row_sums *more)
{
    sums->queries += more->queries;
    sums->rows += more->rows;
    sums->passages += more->passages;
    sums->negatives += more->negatives;
    sums->turns += more->turns;
    sums->tokens += more->tokens;
    sums->bytes += more->bytes;
}

void row_sums_subtract(struct row_sums *sums, const struct row_sums *less)
{
    sums->queries -= less->queries;
    sums->rows -= less->rows;
    sums->passages -= less->passages;
    sums->negatives -= less->negatives;
    sums->turns -= less->turns;
    sums->tokens -= less->tokens;
    sums->bytes -= less->bytes;
}

bool row_drop_repeated(struct dataset_row *row, struct dataset_value *list, struct text_set *set,
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

static bool field_is_good(const struct dataset_field *field, const struct dataset_value *value,
                          struct row_judge *judge, uint64_t line)
{
    struct message_arg name = arg_text(text_of(field->name));

    switch (value->state) {
    case VALUE_GOOD:
        return true;
    case VALUE_ABSENT:
        if (!field->required)
            return true;
        dataset_issues_add(judge->issues, judge->stage, MESSAGE_FIELD_MISSING,
                           (struct message_arg[]){name, arg_number(line)});
        return false;
    case VALUE_WRONG:
        break;
    }
    dataset_issues_add(judge->issues, judge->stage, MESSAGE_FIELD_TYPE,
                       (struct message_arg[]){name, arg_text(dataset_field_type_name(field->type)),
                                              arg_number(line)});
    return false;
}

static bool kept_are_good(struct row_judge *judge, const struct dataset_row *row)
{
    for (size_t i = 0; i < row->kept_count; i++) {
        const struct kept_field *field = &judge->kept->items[i];

        if (!field->required || row->kept[i].kind != KEPT_NULL)
            continue;
        dataset_issues_add(
            judge->issues, judge->stage, MESSAGE_FIELD_MISSING,
            (struct message_arg[]){arg_text(text_of(field->name)), arg_number(row->line)});
        return false;
    }
    return true;
}

enum row_judgement dataset_row_judge(const struct dataset_rules *rules, struct row_judge *judge,
                                     struct dataset_row *row)
{
    for (size_t i = 0; i < rules->fields.count; i++)
        if (!field_is_good(&rules->fields.items[i], &row->values[i], judge, row->line))
            return ROW_MISSHAPEN;
    return kept_are_good(judge, row) ? rules->judge(judge, row) : ROW_MISSHAPEN;
}
