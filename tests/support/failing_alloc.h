/*
 * Lets memory run out at a chosen allocation, to sweep through all of them. Programs that use it
 * are linked with --wrap for malloc, calloc and realloc (and, where ours are used, reallocarray,
 * strdup and strndup), so only what is linked in statically is affected. Each thread has its own.
 */
#ifndef SUPPORT_FAILING_ALLOC_H
#define SUPPORT_FAILING_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* Let `count` allocations succeed and every later one fail. */
void failing_alloc_after(size_t count);

/* Let `count` allocations succeed, the next one fail, and all later ones succeed. */
void failing_alloc_once_after(size_t count);

/* Let all succeed again; tell whether one has failed. */
bool failing_alloc_stop(void);

#endif
