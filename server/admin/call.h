/*
 * One control call: what every handler of this directory gets.
 */
#ifndef ADMIN_CALL_H
#define ADMIN_CALL_H

#include "admin/admin.h"

struct admin_call {
    const struct admin *admin;
    const struct world *world;
};

typedef int admin_handler_fn(void *context, struct request *req, struct response *res);

admin_handler_fn clock_get;
admin_handler_fn clock_put;
admin_handler_fn clock_advance;

/* Answer for a world that could not be changed. */
int admin_world_error(struct response *res, enum worlds_result result);

#endif
