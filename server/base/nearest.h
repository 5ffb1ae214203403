/*
 * Which name somebody may have meant.
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

#include "base/text.h"

/* Names as long as this are compared whole; of longer ones only the beginning counts. */
enum { NEAREST_LEN_MAX = 64 };

/* Count the bytes to insert, remove or replace that lead from one text to the other. */
size_t text_distance(struct text a, struct text b);

#endif
