/*
 * `embed-input`: texts to embed.
 */
#include "core/dataset_rules.h"

static const struct dataset_field fields[] = {
    {"text", FIELD_STRING, true},
};

static enum row_judgement judge_row(struct row_judge *judge, struct dataset_row *row)
{
    if (row->values[0].text.len > 0)
        return ROW_KEPT;
    dataset_issues_add(judge->issues, judge->stage, MESSAGE_TEXT_EMPTY,
                       (struct message_arg[]){arg_number(row->line)});
    return ROW_REFUSED;
}

const struct dataset_rules embed_rules = {
    .fields = {.items = fields, .count = ARRAY_LEN(fields)},
    .judge = judge_row,
};
