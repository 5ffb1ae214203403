/*
 * Ids that look random and are not: each is a function of a world's seed, of what it is for, and of
 * a counter, so that the same calls in the same order give the same ids.
 */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdint.h>

enum id_kind {
    ID_DATASET,
    ID_DATASET_PART,
    ID_MODEL,
    ID_OWNER,
    ID_ORGANIZATION,
    ID_ANSWER,
    ID_TRACE,
    ID_STUB,
    ID_JOURNAL
};

enum { UUID_SIZE = 37, ID_SUFFIX_SIZE = 7, ID_TRACE_SIZE = 33 };

/* Write a lower-case UUID of version 4 and a NUL. */
void id_uuid(uint64_t seed, enum id_kind kind, uint64_t counter, char out[UUID_SIZE]);

/* Write six characters of a-z and 0-9 and a NUL. Under one seed no two counters below 36^6 share
 * them, so that a hundred thousand datasets of one name never collide. */
void id_suffix(uint64_t seed, uint64_t counter, char out[ID_SUFFIX_SIZE]);

/* Write 32 hexadecimal digits and a NUL. */
void id_trace(uint64_t seed, uint64_t counter, char out[ID_TRACE_SIZE]);

#endif
