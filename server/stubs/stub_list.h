/*
 * A list of stubs in the order in which they are asked: the lowest number of priority first, of the
 * same priority the latest added.
 *
 * A list that others hold never changes: who adds or removes makes another. So a request may walk
 * over one while stubs come and go. It is counted by references, and holds its stubs.
 */
#ifndef STUBS_STUB_LIST_H
#define STUBS_STUB_LIST_H

#include <stddef.h>

#include "base/attr.h"
#include "stubs/stub.h"

struct stub_list {
    atomic_uint references;
    size_t count, size;
    struct stub *items[];
};

/* NULL is an empty list in all that follows. */

struct stub_list *stub_list_hold(struct stub_list *list);
void stub_list_release(struct stub_list *list);

/*
 * Add a stub to, or remove it from, the list that the caller has in `*list`, and is the only one to
 * hold further. Returns false, with nothing changed, when memory runs out. What was just added can
 * be removed, and what was removed added again, without any.
 */
MUST_USE bool stub_list_add(struct stub_list **list, struct stub *stub);
MUST_USE bool stub_list_remove(struct stub_list **list, struct stub *stub);

/* Tell which of two is asked first: below 0 for the first. */
int stub_compare(const struct stub *a, const struct stub *b);

#endif
