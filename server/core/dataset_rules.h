/*
 * What a kind of dataset asks of a row: one table of functions per kind, in a file of its own.
 */
#ifndef CORE_DATASET_RULES_H
#define CORE_DATASET_RULES_H

#include <stdint.h>

#include "core/dataset_issues.h"
#include "core/dataset_row.h"
#include "core/dataset_type.h"
#include "core/label_table.h"
#include "core/text_set.h"

enum row_judgement {
    ROW_KEPT,
    ROW_REFUSED,    /* an error was reported */
    ROW_MISSHAPEN,  /* so was it: a field is missing or of a wrong type */
    ROW_TOO_LONG,   /* nothing of it is short enough to be kept, which is no error */
    ROW_UNDECIDABLE /* memory ran out */
};

/* How much data some rows are. */
struct row_sums {
    uint64_t queries; /* distinct ones; of other kinds than rerankers' as many as rows */
    uint64_t rows;
    uint64_t passages;
    uint64_t negatives;
    uint64_t turns;
    uint64_t tokens;
    uint64_t bytes; /* as Avro */
};

void row_sums_add(struct row_sums *sums, const struct row_sums *more);
void row_sums_subtract(struct row_sums *sums, const struct row_sums *less);

/* What is noted of the conversations of a file. */
struct chat_notes {
    struct buf dropped;    /* "0:1, 4:2": conversations, and how many turns of each were too long */
    uint64_t dropped_from; /* so many */
    struct buf preamble;   /* the first one */
};

/* What judging one row after the other needs and leaves. */
struct row_judge {
    struct dataset_issues *issues;  /* where errors go */
    enum issue_stage stage;         /* and as what */
    enum dataset_split split;       /* the file of the rows */
    uint64_t row_index;             /* of the row in it, from 0; blank lines are none */
    const struct kept_fields *kept; /* fields of which some may be required; NULL: none */
    struct text_set texts;          /* scratch */
    struct {
        uint64_t empty, duplicated, examples;
    } negatives_removed; /* from rows that were kept */
    struct chat_notes chat[SPLIT_COUNT];
    struct label_table labels[SPLIT_COUNT];
};

void row_judge_done(struct row_judge *judge);

/* The least numbers of valid examples: of a training file alone, or of each of two files. */
struct example_minimum {
    uint32_t alone, train, eval;
};

/*
 * What is NULL does not apply. Kinds without `measure` only have rows: no examples, of which there
 * must be enough, and no metrics.
 */
struct dataset_rules {
    struct dataset_fields fields;

    bool whole_rows; /* a row equal to another one is dropped; otherwise examples are told apart by
                      * their first field and all rows are kept */
    bool eval_apart; /* no example of the evaluation file may be in the other one */
    bool blank_splits; /* an evaluation file without a valid row is none */
    bool counts_long;  /* the count of valid examples says how many were ROW_TOO_LONG */

    /* Judge a row whose fields all have their types, and clean it if it is kept. */
    enum row_judgement (*judge)(struct row_judge *judge, struct dataset_row *row);

    /* Note a row that was kept, once. False when memory runs out. */
    bool (*note)(struct row_judge *judge, const struct dataset_row *row);

    /* Add a row to `*sums`, but for its `queries` and `bytes`. */
    void (*measure)(const struct dataset_row *row, struct row_sums *sums);

    struct example_minimum (*minimum)(const struct dataset_limits *limits);

    /* After the last row of both files: decide which rows count. Returns whether some do not. */
    bool (*settle)(struct row_judge *judge);
    bool (*counts)(const struct row_judge *judge, const struct dataset_row *row);

    /* Report what is wrong with the whole; `train_count` rows count. */
    void (*report)(struct row_judge *judge, uint64_t train_count);

    /* Write warnings about a valid dataset. */
    void (*advise)(const struct row_judge *judge, struct json_writer *warnings);

    /* Write the members of the metrics that only this kind has. */
    void (*describe)(const struct row_judge *judge, const struct row_sums *train,
                     const struct row_sums *eval, struct json_writer *w);
};

extern const struct dataset_rules reranker_rules;
extern const struct dataset_rules embed_rules;
extern const struct dataset_rules chat_rules;
extern const struct dataset_rules single_label_rules;
extern const struct dataset_rules multi_label_rules;
extern const struct dataset_rules prompt_completion_rules;
extern const struct dataset_rules batch_rules;

const struct dataset_rules *dataset_rules_of(enum dataset_kind kind);

/* Drop all but the first of equal strings of a list; `*dropped` is how many. False when memory runs
 * out. */
MUST_USE bool row_drop_repeated(struct dataset_row *row, struct dataset_value *list,
                                struct text_set *set, size_t *dropped);

/*
 * Judge a row: its fields in the order of the table, then by the rules. The first field at fault is
 * the one that is reported.
 */
MUST_USE enum row_judgement dataset_row_judge(const struct dataset_rules *rules,
                                              struct row_judge *judge, struct dataset_row *row);

#endif
