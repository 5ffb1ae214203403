/*
 * jansson as the judge of json_scan: both read the same text and must come to the same end.
 */
#ifndef SUPPORT_JSON_ORACLE_H
#define SUPPORT_JSON_ORACLE_H

#include <stdbool.h>

#include "base/text.h"

/*
 * Tell whether both accept `document`, with equal values in the same order, or both refuse it.
 *
 * Of a name that comes twice, the last value counts and the first place. Where they differ with
 * good reason, jansson is not asked:
 * - It reads deeper than JSON_SCAN_DEPTH_MAX: what we refuse for that agrees.
 * - It drops a NUL byte behind a number or a word (2.14), as if nothing were there: it is enough
 *   that we refuse a document with one.
 * Or it reads something else in that place, and is held to the rest of the document:
 * - It refuses integers beyond 64 bits and reals beyond a double, of which we only check the
 *   grammar: both have a 0 there.
 * - It refuses an escaped surrogate without its other half, for which we read U+FFFD, as Go does:
 *   it is given \ufffd.
 * - It refuses a name with \u0000 in it: both have U+E000 for that.
 */
bool json_oracle_agrees(struct text document);

#endif
