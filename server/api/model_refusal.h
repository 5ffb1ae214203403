/*
 * What is said of models that cannot be used, wherever one is named.
 */
#ifndef API_MODEL_REFUSAL_H
#define API_MODEL_REFUSAL_H

#include "api/call.h"
#include "core/model_catalog.h"

/* Answer 404 for a name that no model has. Returns the status, as below. */
int refuse_unknown_model(const struct call *call, struct response *res, struct text name);

/* Answer 404 for a model that is `removed_on`. */
int refuse_removed_model(const struct call *call, struct response *res,
                         const struct catalog_model *model);

#endif
