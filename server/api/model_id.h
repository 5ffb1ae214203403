/*
 * Ids of fine-tuned models: UUIDs, and names of the form `<uuid>-ft` where a model is called.
 */
#ifndef API_MODEL_ID_H
#define API_MODEL_ID_H

#include <stdbool.h>

#include "api/call.h"
#include "base/text.h"
#include "store/store.h"

/* Read a UUID, in either case; `out` gets it in lower case. */
MUST_USE bool model_id_read(struct text t, char out[OBJECT_ID_SIZE]);

/* Read `<uuid>-ft`. */
MUST_USE bool model_id_read_route(struct text name, char out[OBJECT_ID_SIZE]);

/* Read the id in the path of a request. Returns 0, or answers and returns the status. */
MUST_USE int model_id_of_path(const struct call *call, const struct request *req,
                              struct response *res, char out[OBJECT_ID_SIZE]);

/* Answer that the model of the path is gone, or that the store failed. Returns the status. */
int model_id_error(const struct call *call, const struct request *req, struct response *res,
                   enum store_result result);

#endif
