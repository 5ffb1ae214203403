/*
 * What the two halves of the ranker share: ranker_query.c makes terms, ranker.c finds them in
 * documents. For nobody else.
 */
#ifndef CORE_RANKER_TERM_H
#define CORE_RANKER_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/terms.h"

enum { FRONT_SIZE = 8 };

struct ranker_term {
    uint64_t front, mask; /* the first bytes that a word must have to be worth a look */
    uint64_t word_front;  /* the first bytes of the word in the query */
    double weight;
    uint32_t exact_count, other_count; /* matches in the document: as the query has it, or not */
    uint16_t next;                     /* the term + 1 that begins with the same byte; 0 if none */
    uint16_t slot;                     /* the last slot + 1 of this term; 0 if none */
    bool fixed;                        /* matches as it is, not by its stem */
    unsigned char slot_count;          /* slots of this term */
    unsigned char word_len, stem_len;
    char word[TERM_SIZE]; /* folded, as in the query */
    char stem[TERM_SIZE];
};

/* The first FRONT_SIZE bytes, zeros behind the end. Copied as memory, so that the order of bytes in
 * the machine makes no difference. */
static inline uint64_t front_of(const char *data, size_t len)
{
    uint64_t front = 0;

    memcpy(&front, data, len < FRONT_SIZE ? len : FRONT_SIZE);
    return front;
}

/* All ones in the first `len` bytes. */
static inline uint64_t mask_of(size_t len)
{
    static const unsigned char ones[2 * FRONT_SIZE] = {255, 255, 255, 255, 255, 255, 255, 255};
    uint64_t mask;

    memcpy(&mask, ones + FRONT_SIZE - (len < FRONT_SIZE ? len : FRONT_SIZE), sizeof(mask));
    return mask;
}

#endif
