#include "api/ranker_pool.h"

#include <pthread.h>
#include <stdlib.h>

struct kept {
    struct ranker ranker; /* first, so that a ranker leads back to its place */
    struct kept *next;
};

/* `lock` guards `idle`. */
struct ranker_pool {
    pthread_mutex_t lock;
    struct kept *idle;
};

struct ranker_pool *ranker_pool_new(void)
{
    struct ranker_pool *pool = calloc(1, sizeof(*pool));

    if (pool)
        pthread_mutex_init(&pool->lock, NULL);
    return pool;
}

void ranker_pool_free(struct ranker_pool *pool)
{
    if (!pool)
        return;
    while (pool->idle) {
        struct kept *kept = pool->idle;

        pool->idle = kept->next;
        ranker_done(&kept->ranker);
        free(kept);
    }
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

struct ranker *ranker_pool_take(struct ranker_pool *pool)
{
    struct kept *kept;

    pthread_mutex_lock(&pool->lock);
    kept = pool->idle;
    if (kept)
        pool->idle = kept->next;
    pthread_mutex_unlock(&pool->lock);
    if (kept)
        return &kept->ranker;
    kept = calloc(1, sizeof(*kept));
    if (kept && !ranker_init(&kept->ranker)) {
        free(kept);
        kept = NULL;
    }
    return kept ? &kept->ranker : NULL;
}

void ranker_pool_give(struct ranker_pool *pool, struct ranker *ranker)
{
    struct kept *kept = (struct kept *)ranker;

    pthread_mutex_lock(&pool->lock);
    kept->next = pool->idle;
    pool->idle = kept;
    pthread_mutex_unlock(&pool->lock);
}
