#include "support/failing_libraries.h"

#include <check.h>
#include <malloc.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>

static void *allocate(int size)
{
    return malloc((size_t)size);
}

static void *reallocate(void *old, int size)
{
    return realloc(old, (size_t)size);
}

static int size_of(void *allocated)
{
    return (int)malloc_usable_size(allocated);
}

static int round_up(int size)
{
    return (size + 7) & ~7;
}

static int begin(void *unused)
{
    (void)unused;
    return SQLITE_OK;
}

static void end(void *unused)
{
    (void)unused;
}

void failing_libraries_begin(void)
{
    static const struct sqlite3_mem_methods methods = {
        .xMalloc = allocate,
        .xFree = free,
        .xRealloc = reallocate,
        .xSize = size_of,
        .xRoundup = round_up,
        .xInit = begin,
        .xShutdown = end,
    };
    static bool is_done;

    if (is_done)
        return;
    is_done = true;
    ck_assert_int_eq(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
}
