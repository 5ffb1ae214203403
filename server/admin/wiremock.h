/*
 * WireMock's protocol, under /__admin: stubs, the journal, scenarios, settings.
 *
 * Its clients in many languages know the paths, the fields and the answers; what a path answers is
 * what WireMock 3.13 answers, but for the README's list.
 */
#ifndef ADMIN_WIREMOCK_H
#define ADMIN_WIREMOCK_H

#include <jansson.h>

#include "admin/admin.h"
#include "match/request_pattern.h"
#include "stubs/stub_worlds.h"

struct wiremock_call {
    const struct admin *admin;
    const struct world *world;
    struct stub_world *own; /* what the world has of stubs and journal */
};

typedef int wiremock_handler_fn(void *context, struct request *req, struct response *res);

wiremock_handler_fn mappings_list, mappings_create, mappings_delete, mappings_save, mappings_import,
    mappings_remove, mappings_find_by_metadata, mappings_remove_by_metadata, mapping_get,
    mapping_put, mapping_delete, mappings_unmatched, mappings_delete_unmatched;
wiremock_handler_fn requests_list, requests_clear, requests_count, requests_find, requests_remove,
    requests_remove_by_metadata, requests_unmatched, request_get, request_delete;
wiremock_handler_fn recordings_snapshot, recordings_status, recordings_refuse;
wiremock_handler_fn scenarios_list, scenarios_reset, scenario_put;
wiremock_handler_fn settings_get, settings_put;
wiremock_handler_fn near_misses_of_unmatched, near_misses_of_request, near_misses_of_pattern;

/* Tell whether a path is of WireMock's protocol. */
bool wiremock_owns(struct text path);

/* Answer a call that may be let in. */
int wiremock_handle(const struct admin *admin, const struct world *world, struct request *req,
                    struct response *res);

/*
 * For its handlers
 */

/*
 * Read the body's JSON, whatever stands behind the first value, into `*out` (for json_decref()).
 * Returns 0, or answers with a refusal, as for an empty body, and returns its status.
 */
MUST_USE int wiremock_read(struct request *req, struct response *res, json_t **out);

/*
 * Read the body as a pattern. NULL, and the call is refused. What is compared with a secret is
 * hidden in the same way as in the journal.
 */
MUST_USE struct request_pattern *wiremock_read_pattern(struct request *req, struct response *res,
                                                       int *status);

/* Answer with JSON; steals it. NULL is answered as memory that ran out. */
int wiremock_json(struct response *res, int status, json_t *json);

/* Answer with an empty body. */
int wiremock_empty(struct response *res, int status);

/* Answer 422 for what was sent, in WireMock's form. */
int wiremock_invalid(struct response *res, const struct match_error *error);

/* Answer with one error in that form; `detail` may be NULL. */
int wiremock_error(struct response *res, int status, int code, const char *title,
                   const char *detail);

/* Read `limit` and `offset` of the query; without a limit, all. Returns 0, or a refusal's status.
 */
MUST_USE int wiremock_page(const struct request *req, struct response *res, size_t *offset,
                           size_t *limit);

/* Tell whether a path's parameter is a UUID; else the call is refused, and `*status` says how. */
bool wiremock_has_id(struct request *req, struct response *res, char id[UUID_SIZE], int *status);

/* A journal entry as WireMock shows it: the request alone, and the whole event. New references;
 * NULL when memory runs out. */
json_t *wiremock_request_json(const struct journal_entry *entry);
json_t *wiremock_event_json(const struct journal_entry *entry);

/* Hide the secrets that a request pattern compares with, as the journal hides them. Returns false
 * when memory runs out. */
MUST_USE bool wiremock_hide_secrets(json_t *pattern);

#endif
