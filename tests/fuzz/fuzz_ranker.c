/*
 * Any bytes, of which the first line is the query: scores stay inside, tokens follow one another,
 * the document's tokens are counted alike, and no word breaks the promise of term_stem_front().
 */
#include "core/ranker.h"
#include "fuzz/fuzz.h"

static void check_term(struct stemmers *stemmers, enum term_language language,
                       const struct token *token)
{
    char folded[TERM_SIZE];
    struct text word = {folded, term_fold(token, folded)}, stem, front;

    demand(word.len <= TERM_SIZE, "a folded word has its limit");
    if (word.len == 0)
        return;
    stem = term_stem(stemmers, language, word);
    if (stem.len == 0)
        return;
    front = (struct text){stem.data, term_stem_front(stem)};
    demand(text_has_prefix(word, front), "a word begins as its stem promises");
}

static size_t check_tokens(struct stemmers *stemmers, enum term_language language, struct text text)
{
    struct tokens walk = {.input = text};
    const char *end = text.data;
    struct token token;
    size_t count = 0;

    while (tokens_next(&walk, &token)) {
        demand(token.text.len > 0 && token.text.data >= end, "a token is behind the last one");
        end = token.text.data + token.text.len;
        demand(end <= text.data + text.len, "a token is inside");
        if (token.kind != TOKEN_MARK)
            check_term(stemmers, language, &token);
        count++;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(ranker_done) struct ranker ranker = {0};
    struct text document = {(const char *)data, size};
    struct text query = text_cut(&document, '\n');
    struct ranker_features features;
    enum term_language language = size % 2 ? TERM_ENGLISH : TERM_MULTILINGUAL;
    float score;

    if (!ranker_init(&ranker) || !ranker_set_query(&ranker, language, query))
        return 0;
    score = ranker_score(&ranker, document);
    demand(score > 0 && score < 1, "a score is between 0 and 1");
    ranker_measure(&ranker, document, &features);
    for (size_t i = 0; i < FEATURE_COUNT; i++)
        demand(features.value[i] >= 0 && features.value[i] <= 1.000001, "a feature is a share");
    demand(features.token_count == check_tokens(&ranker.stemmers, language, document),
           "tokens are counted alike");
    demand(ranker.query_tokens == check_tokens(&ranker.stemmers, language, query),
           "tokens of the query are counted alike");
    return 0;
}
