/*
 * The lexical relevance model: how well a document answers a query, by the words that they share.
 * RANKING.md explains it on one page.
 *
 *     AUTO(ranker_done) struct ranker ranker = {0};
 *     if (!ranker_init(&ranker) || !ranker_set_query(&ranker, TERM_ENGLISH, query)) ...
 *     for each document: score = ranker_score(&ranker, document);
 *
 * A score is a function of the language, the query and the document and of nothing else: not of the
 * other documents, of what was scored before, or of the machine. A ranker may be kept for the next
 * query, which saves its allocations; two threads need two. After ranker_set_query() nothing
 * allocates and nothing fails.
 */
#ifndef CORE_RANKER_H
#define CORE_RANKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "core/terms.h"

enum {
    RANKER_TERMS_MAX = 512, /* different terms of a query that count; later ones do not */
    RANKER_SLOTS_MAX = 64   /* words at the front of a query whose order counts */
};

/* What the model looks at. All are from 0 to 1, and 0 without a shared word, but for the last. */
enum ranker_feature {
    FEATURE_COVERAGE,   /* share of the query's weight that the document holds */
    FEATURE_COVERAGE_2, /* its square: the last missing word matters more than the first */
    FEATURE_FREQUENCY,  /* BM25 over its own maximum: words that come often, in a short text */
    FEATURE_PROXIMITY,  /* neighbours in the query are neighbours in the document */
    FEATURE_PHRASE,     /* the longest run of the query's words that stands there word for word */
    FEATURE_BODY,       /* coverage, less where the document is a fragment of few words */
    FEATURE_LENGTH,     /* towards 1 with the length of the document */
    FEATURE_COUNT
};

struct ranker_features {
    double value[FEATURE_COUNT];
    size_t token_count; /* of the document, as tokens_next() cuts it */
};

struct ranker_term;

/* A place in the query; `run`, `seen_at` and `closeness` belong to the document at hand. */
struct ranker_slot {
    double weight;      /* of its term */
    double pair_weight; /* of being near to the slot at `before`; 0 if there is none */
    double run;         /* weight of the run of words that ended here last */
    double closeness;   /* the best so far to `before`, 0 to 1 */
    uint32_t seen_at;   /* position of the last match in the document; 0 is none */
    uint16_t term;
    uint16_t next;     /* the slot + 1 of the same term that comes earlier; 0 if none */
    uint16_t before;   /* the slot + 1 of the content word before; 0 if none */
    uint16_t after;    /* the slot + 1 of the content word that has this one `before` */
    uint16_t distance; /* from `before`, in words */
};

/* Private but for `query_tokens`; zeroed is a valid empty ranker for ranker_done(). */
struct ranker {
    struct stemmers stemmers;
    struct ranker_term *terms; /* owned */
    size_t term_count;
    enum term_language language;
    size_t slot_count;
    double total_weight, total_run, total_pair;
    size_t query_tokens;  /* as tokens_next() cuts it */
    uint16_t chains[256]; /* by first byte: a term + 1, 0 is none */
    struct ranker_slot slots[RANKER_SLOTS_MAX];
};

/* Make an empty ranker. Returns false, with `*r` as it was, when memory runs out. */
MUST_USE bool ranker_init(struct ranker *r);
void ranker_done(struct ranker *r);

/* Take a query, in the place of the last one; `query` itself is not needed any more after the call.
 * Returns false, with the last query in place, when memory runs out. */
MUST_USE bool ranker_set_query(struct ranker *r, enum term_language language, struct text query);

/* Score a document: from 0 to 1, exclusive of both. */
float ranker_score(struct ranker *r, struct text document);

/*
 * The two halves of ranker_score(), for who learns weights of his own: measure a document, then
 * weigh what was measured. The logit may be moved before it is squashed into a score.
 */
void ranker_measure(struct ranker *r, struct text document, struct ranker_features *out);
double ranker_logit(const struct ranker_features *features);
float ranker_squash(double logit);

#endif
