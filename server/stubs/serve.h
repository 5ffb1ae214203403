/*
 * A call in a world that has stubs and a journal: a stub takes it, or it goes on to the built-in
 * endpoints; either way it is written down.
 */
#ifndef STUBS_SERVE_H
#define STUBS_SERVE_H

#include "http/message.h"
#include "stubs/outgoing.h"
#include "stubs/stub_worlds.h"

/* The built-in endpoints. Returns the status answered with. */
typedef int stub_next_fn(void *context, struct request *req, struct response *res);

struct stub_call {
    struct stub_world *own;
    struct text url;        /* path and query, without the world's prefix */
    int64_t now_us;         /* the world's time */
    int64_t scale_milli;    /* how fast its clock runs, times 1000: delays are divided by it */
    size_t body_size_max;   /* of bodies that stubs look at */
    const char *files;      /* the folder of body files, or NULL */
    bool are_all_templates; /* as if each stub named the transformer response-template */
    const struct outgoing_way *outgoing; /* NULL: no call may leave this server */
    stub_next_fn *next;
    void *context; /* of `next` */
};

/* Answer `req` and return the status. */
int stub_serve(const struct stub_call *call, struct request *req, struct response *res);

#endif
