/*
 * Cohere's endpoints: from a request in a world to its answer.
 */
#ifndef API_API_H
#define API_API_H

#include <stdbool.h>
#include <stdint.h>

#include "api/ranker_pool.h"
#include "api/rate_limit.h"
#include "api/trainer.h"
#include "base/sign.h"
#include "http/message.h"
#include "store/worlds.h"

/* Set up once at start; read by all threads afterwards. */
struct api {
    struct store *store;
    struct worlds *worlds;
    struct ranker_pool *rankers;
    struct rate_limiter *rates;
    struct trainer *trainer;
    bool anonymous;         /* calls without a key are let in */
    const char *public_url; /* what download links begin with; NULL: by the Host of the request */
    size_t json_size_max;   /* of a request's JSON body, in bytes */
    uint8_t link_key[SIGN_KEY_SIZE];
};

/* Answer `req` and return the status. `world` is the copy that the request entered. */
int api_handle(const struct api *api, const struct world *world, struct request *req,
               struct response *res);

/*
 * Make the answer to what never reached a handler: `status` with a sentence, in the shape of the
 * errors of `path` (which may be empty). Returns the status.
 */
int api_fail(const struct world *world, struct text path, int status, const char *sentence,
             struct response *res);

#endif
