/*
 * How well a ranker answers the evaluation rows of a reranker dataset.
 *
 * Each query is ranked against one corpus: the relevant passages and the hard negatives of all rows
 * that evaluate. Of equal scores the passage that comes earlier in the file is first. From the
 * places of its relevant passages come
 *
 *     accuracy@k  1 if one of them is among the first k
 *     MRR@10      1 / place of the first of them, 0 behind the tenth
 *     nDCG@10     sum of 1 / log2(place + 1) over those among the first ten, divided by what it is
 *                 when they come first
 *     loss        the mean of (1 - score)^2 over its relevant passages and score^2 over its own
 * hard negatives: the Brier score, ours
 *
 * and the means over all queries are what is shown.
 *
 * Bounds. Rows with one query are one query with all their passages; a passage that is relevant in
 * one of them is relevant. Texts count up to their first 4096 bytes, well beyond the 510 tokens
 * that the service reads; of a row, the first 32 relevant passages and the first 32 hard negatives.
 * Queries are taken in the order of query_split_hash(): at most 256, and only as long as they have
 * at most 1024 passages together. So which are measured does not depend on the order of the
 * file, and it costs at most 256 * 1024 scores.
 */
#ifndef CORE_RERANK_METRICS_H
#define CORE_RERANK_METRICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/ranker.h"

enum {
    RERANK_QUERIES_MAX = 256,
    RERANK_PASSAGES_MAX = 1024,
    RERANK_LIST_MAX = 32,
    RERANK_TEXT_BYTES_MAX = 4096
};

enum rerank_eval_result {
    EVAL_OK,
    EVAL_END, /* no more rows */
    EVAL_STOPPED,
    EVAL_NO_MEMORY,
    EVAL_FAILED /* the rows could not be read */
};

/* One row; its texts are borrowed until the next. */
struct rerank_row {
    struct text query;
    const struct text *passages, *negatives;
    size_t passage_count, negative_count;
};

/* The rows of a file, which are read twice. */
struct rerank_rows {
    /* Go back to before the first row. */
    enum rerank_eval_result (*rewind)(void *context);
    /* Get the next row: EVAL_OK, EVAL_END or a failure. */
    enum rerank_eval_result (*next)(void *context, struct rerank_row *out);
    void *context;
};

/* The share of queries from 0 to 1, and the loss. */
struct rerank_metrics {
    float accuracy_at_1, accuracy_at_3, mrr_at_10, ndcg_at_10;
    float loss;
};

struct rerank_span {
    size_t start, len; /* in the texts */
};

/* Zeroed is empty. Everything in it is private. */
struct rerank_eval {
    struct buf texts;
    struct rerank_span *passages; /* owned, like those below; RERANK_PASSAGES_MAX */
    size_t passage_count;
    struct rerank_span *queries; /* in the order of their hashes; RERANK_QUERIES_MAX */
    uint64_t *hashes;            /* of the queries */
    size_t query_count;
    uint8_t *roles;  /* a row for each query: of enum rerank_role for each passage */
    uint16_t *slots; /* a table of passages by their texts: 0, or a passage + 1 */
};

/*
 * Take the queries and the corpus from `rows`: of an evaluation file all, or, with `is_split`, of a
 * training file the fifth that evaluates (auto_split.h). Returns EVAL_OK, EVAL_NO_MEMORY or
 * EVAL_FAILED. `*eval` was zeroed and is to be released whatever the result.
 */
MUST_USE enum rerank_eval_result rerank_eval_load(struct rerank_eval *eval,
                                                  const struct rerank_rows *rows, bool is_split);
void rerank_eval_done(struct rerank_eval *eval);

/*
 * Measure `ranker`. All zero without a query. Ends early with EVAL_STOPPED once `*stop` is set
 * (NULL: never).
 */
MUST_USE enum rerank_eval_result rerank_eval_measure(const struct rerank_eval *eval,
                                                     struct ranker *ranker,
                                                     enum term_language language,
                                                     const atomic_bool *stop,
                                                     struct rerank_metrics *out);

#endif
