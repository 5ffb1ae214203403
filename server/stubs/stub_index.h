/*
 * Which stubs may take a request, found by the path: it costs the same with one stub and with ten
 * thousand, but for those that any path could match.
 *
 *     literal paths (`url`, `urlPath`)      a hash table
 *     templates (`urlPathTemplate`)         a tree of segments
 *     the others                            one list
 *
 * Not safe for threads: the set of stubs locks.
 */
#ifndef STUBS_STUB_INDEX_H
#define STUBS_STUB_INDEX_H

#include "base/text.h"
#include "stubs/stub_list.h"

struct stub_index;

enum { STUB_CANDIDATES_FEW = 8 };

/* The lists in which a request's stubs are, each held. */
struct stub_candidates {
    struct stub_list **lists;
    size_t count, size;
    struct stub_list *few[STUB_CANDIDATES_FEW]; /* `lists`, as long as they suffice */
};

void stub_candidates_release(struct stub_candidates *candidates);

/* NULL when memory runs out. */
MUST_USE struct stub_index *stub_index_new(void);
void stub_index_free(struct stub_index *index);

/* Add a stub, whose place is set. Returns false, with nothing changed, when memory runs out. */
MUST_USE bool stub_index_add(struct stub_index *index, struct stub *stub);

/* Remove one that was added. Returns false, with nothing changed, when memory runs out. */
MUST_USE bool stub_index_remove(struct stub_index *index, struct stub *stub);

/* Find the stubs for a path, without its query. `*out` is to be released whatever the result.
 * Returns false when memory runs out. */
MUST_USE bool stub_index_find(const struct stub_index *index, struct text path,
                              struct stub_candidates *out);

#endif
