#include "core/dataset_rules.h"

static const struct dataset_rules *const rules_table[] = {
    [DATASET_RERANKER] = &reranker_rules,
    [DATASET_EMBED] = &embed_rules,
};

const struct dataset_rules *dataset_rules_of(enum dataset_kind kind)
{
    return rules_table[kind];
}

void row_sums_add(struct row_sums *sums, const struct row_sums *more)
{
    sums->queries += more->queries;
    sums->rows += more->rows;
    sums->passages += more->passages;
    sums->negatives += more->negatives;
    sums->tokens += more->tokens;
    sums->bytes += more->bytes;
}

void row_sums_subtract(struct row_sums *sums, const struct row_sums *less)
{
    sums->queries -= less->queries;
    sums->rows -= less->rows;
    sums->passages -= less->passages;
    sums->negatives -= less->negatives;
    sums->tokens -= less->tokens;
    sums->bytes -= less->bytes;
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

enum row_judgement dataset_row_judge(const struct dataset_rules *rules, struct row_judge *judge,
                                     struct dataset_row *row)
{
    for (size_t i = 0; i < rules->fields.count; i++)
        if (!field_is_good(&rules->fields.items[i], &row->values[i], judge, row->line))
            return ROW_MISSHAPEN;
    return rules->judge(judge, row);
}
