/*
 * jansson as the judge of json_scan: both read the same text and must come to the same end.
 */
#ifndef SUPPORT_JSON_ORACLE_H
#define SUPPORT_JSON_ORACLE_H

#include <stdbool.h>

#include "base/text.h"

/*
 * Tell whether both accept `document`, with equal values, or both refuse it.
 *
 * Where they differ with good reason the answer is true without a look at jansson:
 * - It reads deeper than JSON_SCAN_DEPTH_MAX.
 * - It drops a NUL byte behind a number or a word (2.14), as if nothing were there.
 * - It refuses integers beyond 64 bits and reals beyond a double; we only check their grammar.
 * - It refuses an escaped surrogate without its other half; we read U+FFFD, as Go does.
 * - It refuses a name with \u0000 in it.
 */
bool json_oracle_agrees(struct text document);

#endif
