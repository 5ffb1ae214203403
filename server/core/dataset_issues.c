#include "core/dataset_issues.h"

/*
 * What a line of the evaluation file is blamed for begins with the prefix, and so does its count:
 * the contract gives it to all texts "of an evaluation file" without an exception. A query that is
 * also in the train file is one of these, its line number being that of the evaluation file.
 */
static const bool stage_is_eval[ISSUE_STAGES] = {
    [ISSUE_EVAL_HEADER] = true,
    [ISSUE_EVAL_ROWS] = true,
    [ISSUE_EVAL_IN_TRAIN] = true,
    [ISSUE_EVAL_COUNTS] = true,
};

/* Without the row at fault there is no fault. */
static const bool stage_is_of_rows[ISSUE_STAGES] = {
    [ISSUE_TRAIN_ROWS] = true,
    [ISSUE_EVAL_ROWS] = true,
    [ISSUE_EVAL_IN_TRAIN] = true,
};

void dataset_issues_done(struct dataset_issues *issues)
{
    for (size_t i = 0; i < ISSUE_STAGES; i++)
        for (size_t k = 0; k < ISSUES_KEPT; k++)
            buf_done(&issues->stages[i].texts[k]);
}

void dataset_issues_add(struct dataset_issues *issues, enum issue_stage stage,
                        enum dataset_message message, const struct message_arg *args)
{
    struct issue_list *list = &issues->stages[stage];
    struct buf *text;

    list->found++;
    if (list->found > ISSUES_KEPT)
        return;
    text = &list->texts[list->found - 1];
    if (stage_is_eval[stage])
        message_add(text, MESSAGE_EVAL_PREFIX, NULL);
    message_add(text, message, args);
    if (text->failed)
        issues->failed = true;
}

static bool is_forgiven(const struct dataset_issues *issues, size_t stage)
{
    return issues->forgives_rows && stage_is_of_rows[stage];
}

bool dataset_issues_any(const struct dataset_issues *issues)
{
    for (size_t i = 0; i < ISSUE_STAGES; i++)
        if (issues->stages[i].found > 0 && !is_forgiven(issues, i))
            return true;
    return false;
}

void dataset_warning_write(struct json_writer *warnings, enum dataset_message message,
                           const struct message_arg *args)
{
    AUTO(buf_done) struct buf text = {0};

    message_add(&text, message, args);
    json_write_text(warnings, buf_text(&text));
    if (text.failed)
        warnings->out->failed = true;
}

void dataset_issues_write(const struct dataset_issues *issues, struct buf *error,
                          struct json_writer *warnings)
{
    uint64_t warned = 0, found = 0;
    bool has_error = false;

    for (size_t i = 0; i < ISSUE_STAGES; i++) {
        const struct issue_list *list = &issues->stages[i];

        for (size_t k = 0; k < list->found && k < ISSUES_KEPT; k++) {
            if (!has_error && !is_forgiven(issues, i)) {
                buf_add_text(error, buf_text(&list->texts[k]));
                has_error = true;
            } else if (warned < ISSUES_KEPT - 1) {
                json_write_text(warnings, buf_text(&list->texts[k]));
                warned++;
            }
        }
        found += list->found;
    }
    if (found > warned + has_error)
        dataset_warning_write(warnings, MESSAGE_MORE_ERRORS,
                              (struct message_arg[]){arg_number(found - warned - has_error)});
}
