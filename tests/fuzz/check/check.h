/*
 * Check's assertions for support/ in a fuzzer, where no test is running that they could fail: each
 * makes the input a find.
 */
#ifndef FUZZ_CHECK_CHECK_H
#define FUZZ_CHECK_CHECK_H

#include <string.h>

#include "fuzz/fuzz.h"

#define ck_assert(fact) demand(fact, #fact)
#define ck_assert_msg(fact, ...) demand(fact, #fact)
#define ck_abort_msg(...) demand(false, "this is never reached")
#define ck_assert_int_eq(a, b) demand((a) == (b), #a " is " #b)
#define ck_assert_uint_lt(a, b) demand((a) < (b), #a " is below " #b)
#define ck_assert_str_eq(a, b) demand(strcmp(a, b) == 0, #a " is " #b)
#define ck_assert_ptr_nonnull(p) demand((p) != NULL, #p " is there")

#endif
