/*
 * What the fuzzers share: the entry that libFuzzer calls, a claim, and a reader that takes an input
 * apart.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

/* Defined by each fuzzer, called with each input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Claim that something holds: if not, the input is a find. */
static inline void demand(bool fact, const char *text)
{
    if (fact)
        return;
    (void)fprintf(stderr, "not so: %s\n", text);
    abort();
}

/* Claim that two texts are the same. */
static inline void demand_text(struct text got, struct text want, const char *text)
{
    if (text_eq(got, want))
        return;
    (void)fprintf(stderr, "got  %.*s\nwant %.*s\n", TEXT_ARG(got), TEXT_ARG(want));
    demand(false, text);
}

/* Take up to `len` bytes from the front of what is left of an input. */
static inline struct text take(struct text *rest, size_t len)
{
    struct text front = {rest->data, len < rest->len ? len : rest->len};

    *rest = (struct text){rest->data + front.len, rest->len - front.len};
    return front;
}

/* Take a byte; 0 when nothing is left. */
static inline uint8_t take_byte(struct text *rest)
{
    struct text byte = take(rest, 1);

    return byte.len ? (uint8_t)byte.data[0] : 0;
}

/* Take `len` bytes (at most 8) as a number, the lowest first; those that are missing are 0. */
static inline uint64_t take_number(struct text *rest, size_t len)
{
    uint64_t number = 0;

    for (size_t i = 0; i < len; i++)
        number |= (uint64_t)take_byte(rest) << 8 * i;
    return number;
}

/* Take a length from one byte and that many bytes. */
static inline struct text take_text(struct text *rest)
{
    size_t len = take_byte(rest);

    return take(rest, len);
}

/* Move a seed on, and take a number below `limit` from it. */
static inline size_t random_below(uint32_t *random, size_t limit)
{
    *random = *random * 1664525U + 1013904223U;
    return (*random >> 16) % limit;
}

#endif
