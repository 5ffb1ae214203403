/*
 * The handlers that the table of routes names. Each gets a `struct call` as its context, answers
 * exactly once, and returns the status it answered with.
 */
#ifndef API_HANDLERS_H
#define API_HANDLERS_H

#include "http/message.h"

typedef int call_handler_fn(void *context, struct request *req, struct response *res);

call_handler_fn datasets_list;
call_handler_fn datasets_create;
call_handler_fn datasets_usage;
call_handler_fn datasets_get;
call_handler_fn datasets_delete;

call_handler_fn finetuned_models_list;
call_handler_fn finetuned_models_create;
call_handler_fn finetuned_models_get;
call_handler_fn finetuned_models_update;
call_handler_fn finetuned_models_delete;
call_handler_fn finetuned_models_events;
call_handler_fn finetuned_models_metrics;

call_handler_fn rerank_v1;
call_handler_fn rerank_v2;
call_handler_fn rerank_dated;

call_handler_fn models_list;
call_handler_fn models_get;

call_handler_fn api_key_check;

call_handler_fn files_get;

#endif
