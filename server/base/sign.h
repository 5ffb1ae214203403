/*
 * Signed tokens and digests (HMAC-SHA256 and SHA-256, from nettle).
 */
#ifndef BASE_SIGN_H
#define BASE_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct buf;

enum { SIGN_KEY_SIZE = 32, SHA256_HEX_SIZE = 65 };

/* Append `payload` and its signature under `key`, in letters, digits, `-`, `_` and one `.`. */
void sign_token(const uint8_t key[SIGN_KEY_SIZE], struct text payload, struct buf *out);

/* Check a token and append its payload. Returns false if it was not signed with `key`, or if memory
 * runs out: then `*out` has failed. */
MUST_USE bool sign_open(const uint8_t key[SIGN_KEY_SIZE], struct text token, struct buf *out);

/* Derive a key from a number, for tokens that must come out the same again. */
void sign_key_from_seed(uint64_t seed, uint8_t out[SIGN_KEY_SIZE]);

/* Write the SHA-256 of `t` in lower-case hexadecimal, and a NUL. */
void sha256_hex(struct text t, char out[SHA256_HEX_SIZE]);

#endif
