/*
 * Lets memory run out at a chosen allocation, to sweep through all of them. Programs that use it
 * are linked with --wrap for malloc, calloc and realloc, so only what is linked in statically is
 * affected.
 */
#ifndef SUPPORT_FAILING_ALLOC_H
#define SUPPORT_FAILING_ALLOC_H

#include <stddef.h>

/* Let `count` allocations succeed and every later one fail. */
void failing_alloc_after(size_t count);

/* Let all succeed again. */
void failing_alloc_stop(void);

#endif
