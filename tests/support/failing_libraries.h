/*
 * Lets the allocations of SQLite count for failing_alloc.h, too: it can be told where to allocate.
 * (Jansson's do as it is: see http/json_body.h.) To be called before the first store is opened;
 * again is no harm. The program is linked as failing_alloc.h says.
 */
#ifndef SUPPORT_FAILING_LIBRARIES_H
#define SUPPORT_FAILING_LIBRARIES_H

void failing_libraries_begin(void);

#endif
