/*
 * The documents of a rerank request, scored and put in order.
 */
#ifndef API_RERANK_SCORE_H
#define API_RERANK_SCORE_H

#include "api/ranker_pool.h"
#include "api/rerank_body.h"
#include "core/model_catalog.h"

struct hit {
    size_t index; /* of the document in the request */
    float score;
};

struct ranking {
    struct hit *hits;     /* owned; as many as documents, the best first */
    size_t billed_chunks; /* of what was scored */
};

void ranking_done(struct ranking *ranking);

/*
 * Score each document as `model` does, by its best chunk. Of a document count, in version 1, as
 * many chunks as the body says, or one; in version 2 as many tokens, or 4,096. Equal scores come in
 * the order of the request. Returns false, with `*out` as it was, when memory runs out.
 */
MUST_USE bool rerank_score(struct ranker_pool *pool, const struct rerank_body *body,
                           enum rerank_version version, const struct catalog_model *model,
                           struct ranking *out);

#endif
