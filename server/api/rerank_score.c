#include "api/rerank_score.h"

#include <stdlib.h>
#include <string.h>

#include "core/chunks.h"
#include "core/token_count.h"

enum { TOKENS_PER_DOCUMENT_DEFAULT = 4096, CHUNKS_PER_DOCUMENT_DEFAULT = 1 };

struct scoring {
    const struct rerank_body *body;
    struct ranker *ranker;
    size_t query_tokens;
    size_t chunk_size;   /* tokens */
    size_t document_max; /* tokens; what is behind them is not looked at */
    struct buf scratch;
};

void ranking_done(struct ranking *ranking)
{
    free(ranking->hits);
    *ranking = (struct ranking){0};
}

static int compare_hits(const void *left, const void *right)
{
    const struct hit *a = left, *b = right;

    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    /* qsort() is not stable; equal scores come in the order of the request. */
    return a->index < b->index ? -1 : 1;
}

static size_t number_or(const struct rerank_number *number, size_t fallback)
{
    return number->is_set ? (size_t)number->value : fallback;
}

static float best_score(struct ranker *ranker, struct text document, size_t chunk_size)
{
    struct chunks walk = {.rest = document, .size = chunk_size};
    struct text chunk;
    float best = 0;

    while (chunks_next(&walk, &chunk)) {
        float score = ranker_score(ranker, chunk);

        if (score > best)
            best = score;
    }
    return best;
}

/* Returns false when memory runs out. */
static bool score_documents(struct scoring *scoring, struct ranking *out)
{
    const struct rerank_body *body = scoring->body;

    for (size_t i = 0; i < body->document_count; i++) {
        struct text rest = document_ranked_text(body, &body->documents[i], &scoring->scratch);
        struct text text = token_cut(&rest, scoring->document_max);

        out->hits[i].index = i;
        out->hits[i].score = best_score(scoring->ranker, text, scoring->chunk_size);
        out->billed_chunks += chunks_billed(scoring->query_tokens, text);
    }
    return !scoring->scratch.failed;
}

static bool begin(struct scoring *scoring, enum rerank_version version,
                  const struct catalog_model *model)
{
    const struct rerank_body *body = scoring->body;
    struct text query = chunk_query(model->context, body->query);
    bool is_english = strcmp(model->language, "english") == 0;

    scoring->query_tokens = token_count(query);
    scoring->chunk_size = chunk_size(model->context, scoring->query_tokens);
    if (version == RERANK_V1)
        scoring->document_max =
            scoring->chunk_size * number_or(&body->max_chunks_per_doc, CHUNKS_PER_DOCUMENT_DEFAULT);
    else
        scoring->document_max = number_or(&body->max_tokens_per_doc, TOKENS_PER_DOCUMENT_DEFAULT);
    return ranker_set_query(scoring->ranker, is_english ? TERM_ENGLISH : TERM_MULTILINGUAL, query);
}

bool rerank_score(struct ranker_pool *pool, const struct rerank_body *body,
                  enum rerank_version version, const struct catalog_model *model,
                  struct ranking *out)
{
    struct scoring scoring = {.body = body, .ranker = ranker_pool_take(pool)};
    struct ranking ranking = {0};
    bool scored;

    if (!scoring.ranker)
        return false;
    ranking.hits = calloc(body->document_count, sizeof(*ranking.hits));
    scored = ranking.hits && begin(&scoring, version, model) && score_documents(&scoring, &ranking);
    ranker_pool_give(pool, scoring.ranker);
    buf_done(&scoring.scratch);
    if (!scored) {
        ranking_done(&ranking);
        return false;
    }
    qsort(ranking.hits, body->document_count, sizeof(*ranking.hits), compare_hits);
    *out = ranking;
    return true;
}
