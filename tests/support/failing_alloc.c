#include "support/failing_alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Of the thread that asked for it: the trainer's work is not what is tested. */
static _Thread_local bool limited, only_once, has_failed;
static _Thread_local size_t left;

/* The linker's names for what stands in for malloc() and what malloc() is meanwhile. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
 */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
char *__wrap_strdup(const char *string);
char *__wrap_strndup(const char *string, size_t len_max);

static bool may(void)
{
    if (!limited || (left > 0 && left--))
        return true;
    has_failed = true;
    limited = !only_once;
    return false;
}

void *__wrap_malloc(size_t size)
{
    return may() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return may() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
    return may() ? __real_realloc(old, size) : NULL;
}

/* These allocate within the C library, where nothing is wrapped. */
void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return __wrap_realloc(old, count * size);
}

char *__wrap_strndup(const char *string, size_t len_max)
{
    size_t len = strnlen(string, len_max);
    char *copy = __wrap_malloc(len + 1);

    if (!copy)
        return NULL;
    memcpy(copy, string, len);
    copy[len] = '\0';
    return copy;
}

char *__wrap_strdup(const char *string)
{
    return __wrap_strndup(string, strlen(string));
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
 */

void failing_alloc_after(size_t count)
{
    limited = true;
    only_once = false;
    has_failed = false;
    left = count;
}

void failing_alloc_once_after(size_t count)
{
    failing_alloc_after(count);
    only_once = true;
}

bool failing_alloc_stop(void)
{
    limited = false;
    return has_failed;
}
