/*
 * One control call: what every handler of this directory gets, and what they share.
 */
#ifndef ADMIN_CALL_H
#define ADMIN_CALL_H

#include <jansson.h>

#include "admin/admin.h"
#include "stubs/stub_worlds.h"

struct admin_call {
    const struct admin *admin;
    const struct world *world;
};

typedef int admin_handler_fn(void *context, struct request *req, struct response *res);

admin_handler_fn clock_get;
admin_handler_fn clock_put;
admin_handler_fn clock_advance;
admin_handler_fn lifecycle_get;
admin_handler_fn lifecycle_put;
admin_handler_fn object_list_datasets;
admin_handler_fn object_list_models;
admin_handler_fn object_patch_dataset;
admin_handler_fn object_patch_model;
admin_handler_fn seed_get;
admin_handler_fn seed_put;
admin_handler_fn worlds_get;
admin_handler_fn worlds_delete;

/* The bodies of control calls are small. */
enum { ADMIN_BODY_SIZE_MAX = 65536 };

/* Read the body. Returns 0, or answers with a refusal and returns its status. */
MUST_USE int admin_read_body(struct request *req, struct response *res, size_t size_max,
                             struct buf *out);

/* The same within ADMIN_BODY_SIZE_MAX, as one JSON object for json_decref(). */
MUST_USE int admin_read_object(struct request *req, struct response *res, json_t **out);

/* A string without a NUL in it, as all that control calls take are; else NULL. */
const char *admin_string(const json_t *value);

admin_handler_fn limits_get;
admin_handler_fn limits_put;
admin_handler_fn keys_get;
admin_handler_fn keys_put;
admin_handler_fn magic_get;
admin_handler_fn rules_get;

admin_handler_fn verify_post;
admin_handler_fn report_get;
admin_handler_fn journal_har_get;
admin_handler_fn journal_sh_get;

/* What the world has of stubs and journal, to be released; NULL when memory runs out. */
struct stub_world *admin_stub_world(const struct admin_call *call);

/* Answer for a world that keeps no journal. */
int admin_no_journal(struct response *res);

/* Answer for a world that could not be changed. */
int admin_world_error(struct response *res, enum worlds_result result);

/* Answer that what was sent is wrong, as `problem` says, unless that ran out of memory. */
int admin_refused(struct response *res, const struct buf *problem);

/* Answer for a store that could not do it. */
int admin_store_error(struct response *res, enum store_result result);

#endif
