/*
 * The stubs of a set by their ids: a hash table that borrows them.
 *
 * Not safe for threads: the set of stubs locks.
 */
#ifndef STUBS_STUB_IDS_H
#define STUBS_STUB_IDS_H

#include "base/attr.h"
#include "stubs/stub.h"

/* Zeroed, it is valid and empty. */
struct stub_ids {
    struct stub **slots; /* NULL: free */
    size_t slot_count;   /* a power of two, or 0 */
    size_t count;
};

void stub_ids_done(struct stub_ids *ids);

/* Find by id, which may be in capitals. Returns NULL if there is none. */
struct stub *stub_ids_find(const struct stub_ids *ids, const char *id);

/* Add a stub whose id is not there. Returns false, with nothing changed, when memory runs out. */
MUST_USE bool stub_ids_add(struct stub_ids *ids, struct stub *stub);

/* Remove a stub that is there. */
void stub_ids_remove(struct stub_ids *ids, const struct stub *stub);

#endif
