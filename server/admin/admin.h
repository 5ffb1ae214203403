/*
 * The control paths under /__mockhere/: what a test may ask of a fake and not of the real service.
 */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include <stdbool.h>

#include "base/json_write.h"
#include "http/message.h"
#include "store/worlds.h"

/* Set up once at start; read by all threads afterwards. */
struct admin {
    struct store *store;
    struct worlds *worlds;
    struct stub_worlds *stub_worlds;
    const struct stub_folder *stub_folder; /* where stubs are saved, or NULL */
    bool is_guarded;   /* calls must carry `token`: set when strangers can reach the port */
    const char *token; /* NULL: none will do */
    void (*write_rules)(struct json_writer *w); /* all tables, which only app/ can see together */
};

/* Tell whether a path is one of ours. */
bool admin_owns(struct text path);

/* Answer `req` and return the status. `world` is the copy that the request entered. */
int admin_handle(const struct admin *admin, const struct world *world, struct request *req,
                 struct response *res);

#endif
