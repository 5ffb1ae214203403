/*
 * A list of stubs in the order in which they are asked: the lowest number of priority first, of the
 * same priority the latest added.
 *
 * A list never changes: who adds or removes makes another. So a request may walk over one while
 * stubs come and go. It is counted by references, and holds its stubs.
 */
#ifndef STUBS_STUB_LIST_H
#define STUBS_STUB_LIST_H

#include <stddef.h>

#include "base/attr.h"
#include "stubs/stub.h"

struct stub_list {
    atomic_uint references;
    size_t count;
    struct stub *items[];
};

/* NULL is an empty list in all that follows. */

struct stub_list *stub_list_hold(struct stub_list *list);
void stub_list_release(struct stub_list *list);

/* A new list with `stub`, too; NULL when memory runs out. */
MUST_USE struct stub_list *stub_list_with(const struct stub_list *list, struct stub *stub);

/* Make a new list without `stub` in `*out`: NULL if nothing is left. Returns false when memory runs
 * out. */
MUST_USE bool stub_list_without(const struct stub_list *list, const struct stub *stub,
                                struct stub_list **out);

/* Tell which of two is asked first: below 0 for the first. */
int stub_compare(const struct stub *a, const struct stub *b);

#endif
