/*
 * Ids of fine-tuned models: UUIDs, and names of the form `<uuid>-ft` where a model is called.
 */
#ifndef API_MODEL_ID_H
#define API_MODEL_ID_H

#include <stdbool.h>

#include "base/text.h"
#include "store/store.h"

/* Read a UUID, in either case; `out` gets it in lower case. */
MUST_USE bool model_id_read(struct text t, char out[OBJECT_ID_SIZE]);

/* Read `<uuid>-ft`. */
MUST_USE bool model_id_read_route(struct text name, char out[OBJECT_ID_SIZE]);

#endif
