/*
 * A dataset as the API shows it.
 */
#ifndef API_DATASET_VIEW_H
#define API_DATASET_VIEW_H

#include "api/call.h"
#include "store/object_life.h"

/* Write the JSON object of a dataset, at the call's time, with links for whoever sent `req`. */
void dataset_write(const struct call *call, const struct request *req,
                   const struct dataset_record *dataset, struct json_writer *w);

#endif
