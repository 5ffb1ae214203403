/*
 * Where every request comes in: find its world, then give it to the control paths, or to the
 * world's stubs and, if none takes it, to the API.
 */
#ifndef APP_DISPATCH_H
#define APP_DISPATCH_H

#include "admin/admin.h"
#include "api/api.h"
#include "http/message.h"
#include "stubs/stub_worlds.h"

struct dispatch {
    struct api api;
    struct admin admin;
    struct stub_worlds *stub_worlds;
    const struct outgoing_way *outgoing; /* NULL: stubs and webhooks call nobody */
    const char *body_files;              /* the folder of stubs' bodies, or NULL */
    bool are_all_templates;              /* the answers of stubs */
    bool is_verbose;                     /* every call is logged */
};

/* The http_handler_fn and http_failure_fn of the server; `context` is a struct dispatch. */
int dispatch_handle(void *context, struct request *req, struct response *res);
void dispatch_fail(void *context, int status, const char *sentence, struct response *res);

/*
 * Find the name of a request's world, cutting a `/w/NAME` off its path: from the path, else the
 * header X-Mockhere-World, else an API key that ends in `@NAME`, else "default". The name is as it
 * was sent and may be invalid.
 */
struct text dispatch_world_name(struct request *req);

#endif
