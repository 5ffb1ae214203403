/*
 * Rankers that are kept for the next request, since making one costs as much as scoring a document.
 */
#ifndef API_RANKER_POOL_H
#define API_RANKER_POOL_H

#include "core/ranker.h"

struct ranker_pool;

/* NULL when memory runs out. Release when no ranker is out any more; NULL is fine. */
MUST_USE struct ranker_pool *ranker_pool_new(void);
void ranker_pool_free(struct ranker_pool *pool);

/* Take a ranker for the calling thread, or NULL when memory runs out; give it back afterwards. */
MUST_USE struct ranker *ranker_pool_take(struct ranker_pool *pool);
void ranker_pool_give(struct ranker_pool *pool, struct ranker *ranker);

#endif
