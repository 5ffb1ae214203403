/*
 * What can be fine-tuned: a table of base types, and the enums of the API that are named in a
 * request for it. Which datasets each learns from, says dataset_type.h.
 *
 * As in a gateway to a gRPC service, an enum may be sent by its name or by its number.
 */
#ifndef CORE_BASE_MODEL_H
#define CORE_BASE_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum base_kind { BASE_GENERATIVE, BASE_CLASSIFICATION, BASE_RERANK, BASE_CHAT };

struct base_type {
    const char *name; /* "BASE_TYPE_RERANK" */
    enum base_kind kind;
    const char *model;   /* the name of the base model unless one is asked for; "" if it has none */
    const char *version; /* "" if none is shown, like the next */
    const char *strategy; /* "STRATEGY_VANILLA" */
    const char *models;   /* ", " between the names that may be asked for; NULL: any */
    bool has_defaults;    /* hyperparameters that were not sent are shown with their defaults */
    bool has_wandb;       /* training reports to Weights & Biases */
};

/* The base type of that name; NULL if there is none. */
const struct base_type *base_type_find(struct text name);

/* The same by its number. */
const struct base_type *base_type_numbered(double number);

/* Tell whether a model of that name may be asked for. */
bool base_type_has_model(const struct base_type *base, const char *model);

/*
 * Hyperparameters
 */

struct hyperparameter {
    const char *name;
    bool is_whole;
    double min, max;
    const char *range; /* the same in words: "1 and 10" */
    double fallback;   /* what counts if it was not sent; 0: it has no default */
};

/* Those that `base` has, in the order in which they are shown. Sets `*count`. */
const struct hyperparameter *base_type_hyperparameters(const struct base_type *base, size_t *count);

/* The name of an enum's value that was sent by name or by number; NULL if there is none. The first
 * of each, that of 0, is "unspecified". */
const char *lora_target_modules_find(struct text name);
const char *lora_target_modules_numbered(double number);

/* Tell whether it is the name of 0. */
bool is_unspecified(const char *enum_name);

#endif
