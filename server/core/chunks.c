#include "core/chunks.h"

#include "core/token_count.h"

struct text chunk_query(struct context context, struct text query)
{
    return token_cut(&query, context.tokens / 2);
}

size_t chunk_size(struct context context, size_t query_tokens)
{
    size_t half = context.tokens / 2;

    return context.tokens - context.reserved - (query_tokens < half ? query_tokens : half);
}

bool chunks_next(struct chunks *walk, struct text *out)
{
    if (!walk->rest.data)
        return false;
    *out = token_cut(&walk->rest, walk->size);
    return true;
}

size_t chunks_billed(size_t query_tokens, struct text document)
{
    size_t size = chunk_size((struct context){.tokens = BILLED_CONTEXT_TOKENS}, query_tokens);
    size_t tokens;

    /* No text has more tokens than bytes, so that short ones need not be counted. */
    if (document.len <= size)
        return 1;
    tokens = token_count(document);
    return tokens <= size ? 1 : (tokens + size - 1) / size;
}

size_t search_units(size_t billed_chunks)
{
    if (billed_chunks <= BILLED_CHUNKS_PER_UNIT)
        return 1;
    return (billed_chunks + BILLED_CHUNKS_PER_UNIT - 1) / BILLED_CHUNKS_PER_UNIT;
}
