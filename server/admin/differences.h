/*
 * What differs between what a pattern asks for and a call of the journal.
 */
#ifndef ADMIN_DIFFERENCES_H
#define ADMIN_DIFFERENCES_H

#include <jansson.h>

#include "stubs/journal.h"

/*
 * List what `pattern` asks for and `entry` does not meet: `what`, the `name` of a header or the
 * like, what was `expected`, and the `actual` value where it is short. `pattern` is the JSON of a
 * valid request pattern without secrets. A new reference; NULL when memory runs out.
 */
MUST_USE json_t *differences_json(json_t *pattern, const struct journal_entry *entry);

/* Append them as the end of a sentence: "url and header X-Name differ". */
void differences_add_words(const json_t *differences, struct buf *out);

#endif
