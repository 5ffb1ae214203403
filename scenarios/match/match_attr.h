/*
 * The attributes that the files of this directory use. They are their own, since what stands here
 * serves programs that share nothing else.
 */
#ifndef MATCH_ATTR_H
#define MATCH_ATTR_H

#include <stddef.h>

#ifndef AUTO
#define AUTO(done) __attribute__((cleanup(done)))
#endif

#ifndef MUST_USE
#define MUST_USE __attribute__((warn_unused_result))
#endif

#ifndef PRINTF_LIKE
#define PRINTF_LIKE(format_index, first_index)                                                     \
    __attribute__((format(printf, format_index, first_index)))
#endif

#ifndef ARRAY_LEN
#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))
#endif

#endif
