/*
 * Cohere's endpoints. A path that is not here is a 404; there is no other registration.
 */
#include "api/call.h"
#include "api/handlers.h"

/* clang-format off */
const struct route api_routes[] = {
    /* Datasets */
    {HTTP_GET,    "/v1/datasets",       datasets_list,   0},
    {HTTP_POST,   "/v1/datasets",       datasets_create, 0},
    {HTTP_GET,    "/v1/datasets/usage", datasets_usage,  0},
    {HTTP_GET,    "/v1/datasets/{id}",  datasets_get,    0},
    {HTTP_DELETE, "/v1/datasets/{id}",  datasets_delete, 0},

    /* Fine-tuned models */
    {HTTP_GET,    "/v1/finetuning/finetuned-models",             finetuned_models_list,   ROUTE_FINETUNING},
    {HTTP_POST,   "/v1/finetuning/finetuned-models",             finetuned_models_create, ROUTE_FINETUNING},
    {HTTP_GET,    "/v1/finetuning/finetuned-models/{id}",        finetuned_models_get,    ROUTE_FINETUNING},
    {HTTP_PATCH,  "/v1/finetuning/finetuned-models/{id}",        finetuned_models_update, ROUTE_FINETUNING},
    {HTTP_DELETE, "/v1/finetuning/finetuned-models/{id}",        finetuned_models_delete, ROUTE_FINETUNING},
    {HTTP_GET,    "/v1/finetuning/finetuned-models/{id}/events", finetuned_models_events, ROUTE_FINETUNING},
    {HTTP_GET,    "/v1/finetuning/finetuned-models/{id}/training-step-metrics",
                                                                 finetuned_models_metrics, ROUTE_FINETUNING},

    /* Rerank */
    {HTTP_POST,   "/v1/rerank", rerank_v1, ROUTE_RERANK},
    {HTTP_POST,   "/v2/rerank", rerank_v2, ROUTE_RERANK},
    {HTTP_POST,   "/rerank",    rerank_dated, ROUTE_RERANK},

    /* Models and keys */
    {HTTP_GET,    "/v1/models",         models_list, 0},
    {HTTP_GET,    "/v1/models/{model}", models_get,  0},
    {HTTP_POST,   "/v1/check-api-key",  api_key_check, 0},

    /* Parts of datasets, by the links that a dataset shows */
    {HTTP_GET,    "/files/{token}/{name}", files_get, ROUTE_OPEN},
};
/* clang-format on */

const size_t api_route_count = ARRAY_LEN(api_routes);
