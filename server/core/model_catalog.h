/*
 * The models that Cohere offers itself: a table.
 */
#ifndef CORE_MODEL_CATALOG_H
#define CORE_MODEL_CATALOG_H

#include <stddef.h>

#include "base/text.h"

enum catalog_state {
    CATALOG_SERVED,  /* by rerank */
    CATALOG_REMOVED, /* from rerank; `removed_on` says when */
    CATALOG_OTHER    /* known, but not to rerank */
};

struct catalog_model {
    const char *name;
    enum catalog_state state;
    int context_length;     /* tokens */
    const char *removed_on; /* "April 30, 2025", or NULL */
    const char *language;   /* "english" or "multilingual": the base model of its kind */
};

/* Find a model by its name; NULL if it is unknown. */
const struct catalog_model *model_catalog_find(struct text name);

#endif
