/*
 * Lets the allocations of SQLite and Jansson count for failing_alloc.h, too: both can be told where
 * to allocate. To be called before the first store is opened; again is no harm. The program is
 * linked as failing_alloc.h says.
 */
#ifndef SUPPORT_FAILING_LIBRARIES_H
#define SUPPORT_FAILING_LIBRARIES_H

void failing_libraries_begin(void);

#endif
