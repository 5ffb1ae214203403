/*
 * `prompt-completion-finetune-input`, which the service took until the summer of 2024: prompts,
 * each with the text that is to follow.
 */
#include "core/dataset_rules.h"
#include "core/token_count.h"

enum { PROMPT, COMPLETION };

/* clang-format off */
static const struct dataset_field fields[] = {
    [PROMPT]     = {"prompt",     FIELD_STRING, true},
    [COMPLETION] = {"completion", FIELD_STRING, true},
};
/* clang-format on */

static enum row_judgement judge_row(struct row_judge *judge, struct dataset_row *row)
{
    (void)judge;
    (void)row;
    return ROW_KEPT;
}

static void measure_row(const struct dataset_row *row, struct row_sums *sums)
{
    sums->rows++;
    sums->tokens +=
        token_count(row->values[PROMPT].text) + token_count(row->values[COMPLETION].text);
}

static struct example_minimum minimum(const struct dataset_limits *limits)
{
    return (struct example_minimum){.alone = limits->prompts_min, .train = limits->prompts_min};
}

const struct dataset_rules prompt_completion_rules = {
    .fields = {.items = fields, .count = ARRAY_LEN(fields)},
    .whole_rows = true,
    .judge = judge_row,
    .measure = measure_row,
    .minimum = minimum,
};
