/*
 * An upload to be checked without a server: what is fed to a dataset check and how, and what comes
 * of it.
 */
#ifndef SUPPORT_DATASET_UPLOAD_H
#define SUPPORT_DATASET_UPLOAD_H

#include "core/dataset_check.h"
#include "support/memory_sink.h"

struct upload {
    const char *type; /* NULL: reranker-finetune-input */
    struct text files[SPLIT_COUNT];
    bool eval_first;
    bool collide;     /* all hashes are equal */
    size_t piece_len; /* 0: all at once */
    uint64_t seed;
    struct dataset_limits limits; /* what is 0 of maximums becomes the default; minimums other than
                                     of queries are the default */
    struct memory_file stored[SPLIT_COUNT];
    enum dataset_check_result result;
    struct dataset_verdict verdict;
};

void upload_done(struct upload *upload);

/* Check it, and fill in what comes of it. */
void upload_check(struct upload *upload);

/* Append the rows that were stored, as lines of compact JSON. */
void upload_print_stored(struct upload *upload, enum dataset_split split, struct buf *out);

#endif
