/*
 * How documents too long for a model are cut, and how that is billed.
 *
 * A model looks at a chunk of a document together with the query, and both must fit its context.
 * The query is cut to half of the context; what it leaves is the size of a chunk. A document scores
 * as its best chunk does. Tokens are those of token_count.h.
 *
 * Bills go by chunks, too, as if the context were 500 tokens: a hundred of these chunks are one
 * search unit.
 */
#ifndef CORE_CHUNKS_H
#define CORE_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum { BILLED_CONTEXT_TOKENS = 500, BILLED_CHUNKS_PER_UNIT = 100 };

/* What a model can look at once, in tokens. */
struct context {
    size_t tokens;
    size_t reserved; /* of these, for the model's own marks */
};

/* The front of a query that counts: at most half of the context. */
struct text chunk_query(struct context context, struct text query);

/* The tokens of a document that fit in a chunk beside a query of `query_tokens`, of which no more
 * than half of the context count. */
size_t chunk_size(struct context context, size_t query_tokens);

/* A walk over the chunks of `rest`: `struct chunks walk = {.rest = document, .size = size};`. */
struct chunks {
    struct text rest; /* borrowed */
    size_t size;      /* tokens of a chunk; not 0 */
};

/* Read the next chunk. Returns false at the end, and leaves `*out` alone. */
bool chunks_next(struct chunks *walk, struct text *out);

/* The chunks of a document by which a search with a query of `query_tokens` is billed: 1 or more.
 */
size_t chunks_billed(size_t query_tokens, struct text document);

/* The search units that so many chunks of a search come to: 1 or more. */
size_t search_units(size_t billed_chunks);

#endif
