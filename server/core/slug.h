/*
 * The readable half of a dataset's id.
 */
#ifndef CORE_SLUG_H
#define CORE_SLUG_H

#include "base/attr.h"
#include "base/text.h"

enum { SLUG_SIZE = 41 };

/*
 * Write the slug of a name and a NUL: lower case, accents dropped (NFKD without marks), every run
 * of anything but a-z and 0-9 one `-`, none at its ends, at most 40 characters; `dataset` if
 * nothing is left. Seen of the real service: `sql_create_context_2k_train_chat` gives
 * `sql-create-context-2k-train-chat`; what it does to other scripts is not known, and this is ours.
 * Returns false when memory runs out.
 */
MUST_USE bool slug_make(struct text name, char out[SLUG_SIZE]);

#endif
