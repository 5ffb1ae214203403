/*
 * A fine-tuned model as the API shows it.
 */
#ifndef API_FINETUNED_MODEL_VIEW_H
#define API_FINETUNED_MODEL_VIEW_H

#include "api/call.h"
#include "api/page.h"
#include "store/object_life.h"

/* Write the JSON object of a model at the call's time. */
void model_write(const struct call *call, const struct model_record *model, struct json_writer *w);

/* Write a page of its events as a JSON array, and the member `next_page_token` after it if there
 * are more. Returns the count of all. */
size_t model_write_events(const struct call *call, const struct model_record *model,
                          bool newest_first, const struct page *page, struct json_writer *w);

#endif
