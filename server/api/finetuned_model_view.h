/*
 * A fine-tuned model as the API shows it.
 */
#ifndef API_FINETUNED_MODEL_VIEW_H
#define API_FINETUNED_MODEL_VIEW_H

#include "api/call.h"
#include "store/object_life.h"

/* Write the JSON object of a model at the call's time. */
void model_write(const struct call *call, const struct model_record *model, struct json_writer *w);

/* Write the JSON array of its events in that order. Returns their count. */
size_t model_write_events(const struct call *call, const struct model_record *model,
                          enum model_order order, struct json_writer *w);

#endif
