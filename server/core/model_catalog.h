/*
 * The models that Cohere offers itself: a table.
 */
#ifndef CORE_MODEL_CATALOG_H
#define CORE_MODEL_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "core/chunks.h"

/* What a model can be called for, as a set. */
enum model_endpoint {
    ENDPOINT_CHAT = 1 << 0,
    ENDPOINT_EMBED = 1 << 1,
    ENDPOINT_CLASSIFY = 1 << 2,
    ENDPOINT_SUMMARIZE = 1 << 3,
    ENDPOINT_RERANK = 1 << 4,
    ENDPOINT_RATE = 1 << 5,
    ENDPOINT_GENERATE = 1 << 6
};

struct catalog_model {
    const char *name;
    unsigned endpoints; /* of enum model_endpoint */
    unsigned defaults;  /* those of `endpoints` that take it when no model is named */
    struct context context;
    const char *removed_on; /* "April 30, 2025": it can't be called any more; or NULL */
    const char *language;   /* "english" or "multilingual": the base model of its kind; or NULL */
};

/* In the order in which they are listed. */
extern const struct catalog_model model_catalog[];
extern const size_t model_catalog_count;

/* Find a model by its name; NULL if it is unknown. */
const struct catalog_model *model_catalog_find(struct text name);

/* The model that a fine-tuned rerank model is made from: `name` is "english" or "multilingual". */
const struct catalog_model *model_catalog_rerank_base(struct text name);

/* The names of a set's endpoints, in a fixed order: for `i` = 0, 1, ... the next one that is in
 * `endpoints`, NULL at the end. */
const char *model_endpoint_name(unsigned endpoints, size_t i);

/* Read an endpoint's name. Returns false, and leaves `*out` alone, if it is none. */
MUST_USE bool model_endpoint_read(struct text name, unsigned *out);

#endif
