/*
 * What a store holds, as a text to be compared before and after. It leaves out what is different
 * each time and says nothing: ids, the numbers of rows and files, and the counters of ids.
 */
#ifndef SUPPORT_STORE_DUMP_H
#define SUPPORT_STORE_DUMP_H

#include "base/attr.h"
#include "store/store.h"

/* A string for free(). It holds how many files the store keeps, and how large; none may be left in
 * the folder of those being written. Asserts. */
MUST_USE char *store_dump(struct store *store);

#endif
