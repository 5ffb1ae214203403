/*
 * What a kind of dataset asks of a row: one table of functions per kind, in a file of its own.
 */
#ifndef CORE_DATASET_RULES_H
#define CORE_DATASET_RULES_H

#include <stdint.h>

#include "core/dataset_issues.h"
#include "core/dataset_row.h"
#include "core/dataset_type.h"
#include "core/text_set.h"

enum row_judgement {
    ROW_KEPT,
    ROW_REFUSED,    /* an error was reported */
    ROW_MISSHAPEN,  /* so was it: a field is missing or of a wrong type */
    ROW_UNDECIDABLE /* memory ran out */
};

/* How much data some rows are. */
struct row_sums {
    uint64_t queries; /* distinct ones */
    uint64_t rows;
    uint64_t passages;
    uint64_t negatives;
    uint64_t tokens;
    uint64_t bytes; /* as Avro */
};

void row_sums_add(struct row_sums *sums, const struct row_sums *more);
void row_sums_subtract(struct row_sums *sums, const struct row_sums *less);

/* What judging one row after the other needs and leaves. */
struct row_judge {
    struct dataset_issues *issues; /* where errors go */
    enum issue_stage stage;        /* and as what */
    struct text_set texts;         /* scratch */
    struct {
        uint64_t empty, duplicated, examples;
    } negatives_removed; /* from rows that were kept */
};

struct dataset_rules {
    struct dataset_fields fields;

    /* Judge a row whose fields all have their types, and clean it if it is kept. */
    enum row_judgement (*judge)(struct row_judge *judge, struct dataset_row *row);

    /* Add a row to `*sums`, but for its `queries` and `bytes`. NULL: the kind has no queries (of
     * which there must be enough, the first field) and no metrics. */
    void (*measure)(const struct dataset_row *row, struct row_sums *sums);
};

extern const struct dataset_rules reranker_rules;
extern const struct dataset_rules embed_rules;

const struct dataset_rules *dataset_rules_of(enum dataset_kind kind);

/*
 * Judge a row: its fields in the order of the table, then by the rules. The first field at fault is
 * the one that is reported.
 */
MUST_USE enum row_judgement dataset_row_judge(const struct dataset_rules *rules,
                                              struct row_judge *judge, struct dataset_row *row);

#endif
