/*
 * The few attributes and macros that every file of ours may use.
 */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#include <stddef.h>

/* Release a local variable at the end of its scope: `AUTO(buf_done) struct buf body = {0};`. */
#define AUTO(done) __attribute__((cleanup(done)))

#define MUST_USE __attribute__((warn_unused_result))

#define PRINTF_LIKE(format_index, first_index)                                                     \
    __attribute__((format(printf, format_index, first_index)))

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#endif
