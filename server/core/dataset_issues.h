/*
 * The errors of one upload, in the order in which they are reported.
 *
 * They are found in another order than that: the files may arrive in either one. So each belongs to
 * a stage, and stages are reported one after the other. The first ISSUES_KEPT of each stage are
 * kept, the rest counted.
 */
#ifndef CORE_DATASET_ISSUES_H
#define CORE_DATASET_ISSUES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "core/dataset_messages.h"

enum issue_stage {
    ISSUE_TRAIN_HEADER,
    ISSUE_TRAIN_ROWS,
    ISSUE_EVAL_HEADER,
    ISSUE_EVAL_ROWS,
    ISSUE_EVAL_IN_TRAIN,
    ISSUE_TRAIN_COUNTS,
    ISSUE_EVAL_COUNTS,
    ISSUE_LABELS,
    ISSUE_STAGES
};

/* The error and a hundred warnings. */
enum { ISSUES_KEPT = 101 };

struct issue_list {
    struct buf texts[ISSUES_KEPT];
    uint64_t found;
};

struct dataset_issues {
    struct issue_list stages[ISSUE_STAGES];
    bool forgives_rows; /* rows at fault are dropped: what is said of them are warnings */
    bool failed;        /* memory ran out */
};

void dataset_issues_done(struct dataset_issues *issues);

/* Add an error, with the prefix of the evaluation file where the stage is about that. */
void dataset_issues_add(struct dataset_issues *issues, enum issue_stage stage,
                        enum dataset_message message, const struct message_arg *args);

/* Tell whether anything was found that is not forgiven. */
bool dataset_issues_any(const struct dataset_issues *issues);

/* Append the first error to `*error`, and write 100 of the others, forgiven or not, and the number
 * of the rest. */
void dataset_issues_write(const struct dataset_issues *issues, struct buf *error,
                          struct json_writer *warnings);

/* Write a warning that is no error. */
void dataset_warning_write(struct json_writer *warnings, enum dataset_message message,
                           const struct message_arg *args);

#endif
