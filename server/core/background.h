/*
 * How much a word tells: little if it is everywhere, much if it is rare.
 *
 * The weights come from a table of the most frequent English stems (background.py says from which
 * texts), so that a document's score needs no other documents.
 */
#ifndef CORE_BACKGROUND_H
#define CORE_BACKGROUND_H

#include <stdbool.h>

#include "base/text.h"

/* Weigh a stem, as term_stem() gives it: ln(1 / share of the passages that hold it), so 0 for what
 * is in all of them; at most 6.5 for what the table knows, and 8 for the rest. */
float background_weight(struct text stem);

/* Tell whether a word, as term_fold() gives it and not stemmed, only holds a sentence together:
 * the, what, does. With `multilingual`, also those of some other European languages. */
bool background_is_function_word(struct text word, bool multilingual);

#endif
