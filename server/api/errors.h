/*
 * What the API says when it refuses: a status and the text, as a format of printf.
 *
 *     return call_error(call, res, ERROR_DATASET_UNKNOWN, TEXT_ARG(id));
 *
 * They are macros so that the compiler holds the arguments of each call against its format. What
 * each is for, and whether the service says it so, the table api_errors says; a row for each.
 */
#ifndef API_ERRORS_H
#define API_ERRORS_H

#include <stddef.h>

#include "core/dataset_messages.h"

struct api_error {
    const char *where; /* the part of the API that says it */
    enum message_mark mark;
    int status;
    const char *format;
};

extern const struct api_error api_errors[];
extern const size_t api_error_count;

/* Any path */
#define ERROR_PATH_UNKNOWN 404, "404 page not found"
#define ERROR_PATH_NOT_ENCODED 400, "the path is not properly percent-encoded"
#define ERROR_METHOD 405, "method not allowed"
#define ERROR_NOT_FAKED 501, "mockhere does not fake %.*s; stub it under /__admin/mappings"
#define ERROR_CONTENT_TYPE 415, "Content-Type must be application/json"
#define ERROR_CONTENT_ENCODING 415, "Content-Encoding %.*s is not supported"
#define ERROR_BODY_TOO_LARGE 413, "request body is larger than %zu bytes; see --json-size-max"
#define ERROR_BODY_CUT 400, "the request body ended early"
#define ERROR_TIMED_OUT 408, "request timed out"
#define ERROR_NOT_JSON 400, "invalid json syntax: %s"
#define ERROR_NOT_AN_OBJECT 400, "invalid json syntax: the body must be an object"
#define ERROR_DISK_FULL 503, "mockhere is out of disk space; see --data"
#define ERROR_INTERNAL 500, "internal server error, see the log of mockhere"
#define ERROR_NO_MEMORY 500, "out of memory"

/* Keys */
#define ERROR_NO_KEY 401, "no api key supplied"
#define ERROR_KEY_INVALID 401, "invalid api token"
#define ERROR_KEY_EXPIRED                                                                          \
    401, "Your API key has expired. Please create a production key at dashboard.cohere.com or "    \
         "reach out to your contact at Cohere to continue usage."
#define ERROR_KEY_BLOCKED                                                                          \
    402, "Please add or update your payment method at "                                            \
         "https://dashboard.cohere.com/billing?tab=payment to continue"
#define ERROR_RATE_PRODUCTION                                                                      \
    429, "You are past the per minute request limit, please wait and try again later."
#define ERROR_RATE_TRIAL_MINUTE                                                                    \
    429, "You are using a Trial key, which is limited to %lld API calls / minute. You can "        \
         "continue to use the Trial key for free or upgrade to a Production key with higher rate " \
         "limits at 'https://dashboard.cohere.com/api-keys'. Contact us on "                       \
         "'https://discord.gg/XW44jPfYJu' or email us at support@cohere.com with any questions"
#define ERROR_RATE_TRIAL_MONTH                                                                     \
    429, "You are using a Trial key, which is limited to %lld API calls / month. You can "         \
         "continue to use the Trial key for free or upgrade to a Production key with higher rate " \
         "limits at 'https://dashboard.cohere.com/api-keys'. Contact us on "                       \
         "'https://discord.gg/XW44jPfYJu' or email us at support@cohere.com with any questions"
#define ERROR_FLAKY 503, "the service is unavailable: every third call with a flaky key fails"

/* Datasets */
#define ERROR_DATASET_UNKNOWN 404, "dataset with id %.*s not found"
#define ERROR_NAME_NOT_SET 400, "The name parameter must be set."
#define ERROR_TYPE_NOT_SET 400, "The type parameter must be set."
#define ERROR_TYPE_INVALID 400, "The dataset type is invalid."
#define ERROR_NAME_TOO_LONG 400, "The name must be less than 50 characters long."
#define ERROR_NOT_BOOLEAN 400, "The %s parameter must be true or false."
#define ERROR_CSV_DELIMITER 400, "You have used an invalid csv delimiter."
#define ERROR_NOT_MULTIPART 415, "Content-Type must be multipart/form-data."
#define ERROR_MULTIPART 400, "invalid multipart body: %s"
#define ERROR_PART_UNKNOWN                                                                         \
    400, "You used an invalid parameter for part: %.*s use file or an evaluation file."
#define ERROR_PART_TWICE 400, "The %.*s part was sent twice."
#define ERROR_FORMAT 400, "%s takes %s files."
#define ERROR_NO_DATA_FILE 400, "The data file must be set."
#define ERROR_CAPACITY 400, "You have exceeded capacity."
#define ERROR_UPLOAD_CLOSED 499, "The upload connection was closed."
#define ERROR_LIST_PARAMETER 400, "invalid request: %s is invalid"
#define ERROR_KEPT_FIELDS 400, "invalid request: at most %d fields can be kept"
#define ERROR_LINK_FORGED 403, "this link was not signed by this server"
#define ERROR_LINK_EXPIRED 403, "this link has expired, get the dataset for a new one"

/* Fine-tuning */
#define ERROR_MODEL_ID 400, "finetuneID is not a valid UUID: '%.*s'"
#define ERROR_FINETUNED_UNKNOWN 404, "finetuned model %.*s not found"
#define ERROR_FINETUNED_NOT_READY 400, "finetuned model with name %.*s is not ready for serving"
#define ERROR_OBJECT_TOO_LARGE 413, "request body is larger than %zu bytes"
#define ERROR_FIELD_NOT_SET 400, "%s must be set"
#define ERROR_FIELD_TYPE 400, "%s must be %s"
#define ERROR_FIELD_INVALID 400, "%s is invalid"
#define ERROR_FIELD_CHOICE 400, "%s must be one of %s"
#define ERROR_HYPERPARAMETER 400, "settings.hyperparameters.%s must be between %s"
#define ERROR_DATASET_NOT_READY                                                                    \
    400, "dataset with id %s is not ready for fine-tuning, its validation status is %s"
#define ERROR_DATASET_TYPE 400, "dataset with id %s has type %s, %s needs %s"
#define ERROR_ORDER_BY 400, "order_by is invalid"
#define ERROR_PAGE_SIZE 400, "page_size is invalid"
#define ERROR_PAGE_TOKEN 400, "page_token is invalid"
#define ERROR_JOBS_PER_DAY 400, "you have reached the limit of %lld fine-tuning jobs per day"
#define ERROR_JOBS_TOTAL 400, "you have reached the limit of %lld fine-tuning jobs"

/* Rerank and models */
#define ERROR_MODEL_NOT_SET 400, "a model parameter is required for this endpoint."
#define ERROR_MODEL_UNKNOWN                                                                        \
    404, "model '%.*s' not found, make sure the correct model ID was used and that you "           \
         "have access to the model."
#define ERROR_MODEL_REMOVED                                                                        \
    404, "model '%s' was removed on %s. See https://docs.cohere.com/docs/models#rerank "           \
         "for a list of models you can use instead."
#define ERROR_MODEL_OTHER 400, "invalid request: model '%.*s' is not supported by the rerank API"
#define ERROR_QUERY_EMPTY 400, "invalid request: query must not be empty or be only whitespace"
#define ERROR_NO_DOCUMENTS 400, "invalid request: list of documents must not be empty"
#define ERROR_DOCUMENT_EMPTY 400, "invalid request: document at index %zu cannot be empty"
#define ERROR_DOCUMENT_NO_TEXT 400, "invalid request: required 'text' param is missing or empty."
#define ERROR_RANK_FIELDS_EMPTY                                                                    \
    400, "invalid request: rank_fields cannot be empty, it must either contain at least "          \
         "one field or be omitted"
#define ERROR_CHUNKS                                                                               \
    400, "invalid request: number of total max chunks (number of documents * max chunks "          \
         "per doc) must be less than 10000"
#define ERROR_NOT_POSITIVE 400, "invalid request: %s must be greater than 0"
#define ERROR_PRIORITY 400, "invalid request: priority must be between 0 and %d"
#define ERROR_REQUEST 400, "invalid request: %s"
#define ERROR_FIELD_UNKNOWN                                                                        \
    422, "unknown field: parameter '%s' is not a valid field. For proper usage, please "           \
         "refer to https://docs.cohere.com/reference/rerank"
#define ERROR_VERSION                                                                              \
    400, "invalid request: invalid API version was passed in, for more information please "        \
         "refer to https://docs.cohere.com/versioning-reference"

#endif
