/*
 * Cohere's endpoints that are not faked: a table, asked only when no route of ours fits, so that
 * who calls one learns that its path is right.
 */
#include "api/call.h"
#include "api/errors.h"
#include "api/handlers.h"

static call_handler_fn not_faked;

/* clang-format off */
const struct route api_not_faked[] = {
    {HTTP_POST,   "/v1/chat",                            not_faked, 0},
    {HTTP_POST,   "/v2/chat",                            not_faked, 0},
    {HTTP_POST,   "/v1/generate",                        not_faked, 0},
    {HTTP_POST,   "/v1/summarize",                       not_faked, 0},
    {HTTP_POST,   "/v1/embed",                           not_faked, 0},
    {HTTP_POST,   "/v2/embed",                           not_faked, 0},
    {HTTP_POST,   "/v1/classify",                        not_faked, 0},
    {HTTP_POST,   "/v1/tokenize",                        not_faked, 0},
    {HTTP_POST,   "/v1/detokenize",                      not_faked, 0},
    {HTTP_GET,    "/v1/embed-jobs",                      not_faked, 0},
    {HTTP_POST,   "/v1/embed-jobs",                      not_faked, 0},
    {HTTP_GET,    "/v1/embed-jobs/{id}",                 not_faked, 0},
    {HTTP_POST,   "/v1/embed-jobs/{id}/cancel",          not_faked, 0},
    {HTTP_GET,    "/v1/connectors",                      not_faked, 0},
    {HTTP_POST,   "/v1/connectors",                      not_faked, 0},
    {HTTP_GET,    "/v1/connectors/{id}",                 not_faked, 0},
    {HTTP_PATCH,  "/v1/connectors/{id}",                 not_faked, 0},
    {HTTP_DELETE, "/v1/connectors/{id}",                 not_faked, 0},
    {HTTP_POST,   "/v1/connectors/{id}/oauth/authorize", not_faked, 0},
    {HTTP_POST,   "/v2/audio/transcriptions",            not_faked, 0},
    {HTTP_GET,    "/v2/batches",                         not_faked, 0},
    {HTTP_POST,   "/v2/batches",                         not_faked, 0},
    {HTTP_GET,    "/v2/batches/{id}",                    not_faked, 0},
    {HTTP_POST,   "/v2/batches/{id}",                    not_faked, 0}, /* ends in `:cancel` */
};
/* clang-format on */

const size_t api_not_faked_count = ARRAY_LEN(api_not_faked);

static int not_faked(void *context, struct request *req, struct response *res)
{
    return call_error(context, res, ERROR_NOT_FAKED, TEXT_ARG(req->path));
}
