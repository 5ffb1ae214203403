/*
 * The labels of one file for classification: a bounded number of names, each with how many examples
 * have it and a few of their texts.
 */
#ifndef CORE_LABEL_TABLE_H
#define CORE_LABEL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
    LABELS_MAX = 1000,         /* of one file */
    LABEL_LEN_MAX = 1024,      /* bytes of a name */
    LABEL_SAMPLES_MAX = 3,     /* of a label */
    LABEL_SAMPLE_LEN_MAX = 512 /* bytes of a text; what is longer ends in `...` */
};

struct label {
    struct buf name;
    struct buf samples[LABEL_SAMPLES_MAX];
    unsigned sample_count;
    uint64_t rows; /* that have it */
    bool removed;  /* too few */
};

/* Zeroed is empty. */
struct label_table {
    struct label *items; /* in the order of their first rows */
    size_t count;
    size_t size;
    uint16_t *slots; /* a label's number + 1, or 0 */
    uint64_t seed;   /* of the hashes: random, lest names are chosen to collide */
};

void label_table_done(struct label_table *table);

/* Find a label; NULL if it is not there. */
struct label *label_table_find(const struct label_table *table, struct text name);

/*
 * Count a row that has the label `name`, whose text is `text`. A name that is not there yet is
 * added: there must be room. False when memory runs out.
 */
MUST_USE bool label_table_count(struct label_table *table, struct text name, struct text text);

#endif
