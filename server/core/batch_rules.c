/*
 * `batch-*-input`: requests to be made in a batch, one JSON object each, which are kept as they
 * are.
 */
#include "core/dataset_rules.h"

static const struct dataset_field fields[] = {
    {"row", FIELD_WHOLE, true},
};

static enum row_judgement judge_row(struct row_judge *judge, struct dataset_row *row)
{
    (void)judge;
    (void)row;
    return ROW_KEPT;
}

const struct dataset_rules batch_rules = {
    .fields = {.items = fields, .count = ARRAY_LEN(fields)},
    .judge = judge_row,
};
