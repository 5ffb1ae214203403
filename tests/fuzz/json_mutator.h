/*
 * Changes to JSON that leave it JSON: a value or a member is dropped, doubled, moved, wrapped, or
 * put in the place of another. Bytes changed at random hardly get behind a document's first brace.
 */
#ifndef FUZZ_JSON_MUTATOR_H
#define FUZZ_JSON_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

/*
 * Change the document that begins behind the first `offset` bytes of `data`; two times in three, or
 * if there is none, let libFuzzer change anything. To be called by LLVMFuzzerCustomMutator(), whose
 * other parameters and result these are.
 */
size_t json_mutate(uint8_t *data, size_t size, size_t size_max, unsigned seed, size_t offset);

/* The same for a document that begins at `offset` and ends at `end`, with something behind it. */
size_t json_mutate_between(uint8_t *data, size_t size, size_t size_max, unsigned seed,
                           size_t offset, size_t end);

/* What each fuzzer defines that wants it, and what libFuzzer lends. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_max);

#endif
