/*
 * A set of texts that lie side by side in an array, for finding repeats.
 *
 * The members are always the first ones of the array, items[0 .. count - 1]. Few are compared one
 * by one; for many there is a hash table, so that a row with a million strings takes no longer
 * than its length asks for.
 */
#ifndef CORE_TEXT_SET_H
#define CORE_TEXT_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct text_set {
    const struct text *items; /* borrowed */
    size_t count;
    uint32_t *slots;   /* a member's number + 1, or 0 */
    size_t slot_size;  /* slots allocated */
    size_t slot_count; /* slots used now, a power of two; 0: no table */
    uint64_t seed;     /* of the hashes: random, lest texts are chosen to collide */
};

void text_set_done(struct text_set *set);

/* Begin anew in `items`, with up to `count_max` members to come (at most 2^30). */
MUST_USE bool text_set_begin(struct text_set *set, const struct text *items, size_t count_max);

bool text_set_has(const struct text_set *set, struct text t);

/* Make the next item, items[count], a member. */
void text_set_take(struct text_set *set);

#endif
