/*
 * One pass over the document. Most of its words are not in the query, and to know that must be
 * cheap: a word's first eight bytes are compared with the fronts of the query's stems, and only a
 * word that passes is folded and stemmed. A match then updates the places of the query (slots) that
 * hold the term, so that order and nearness need no list of matches.
 */
#include "core/ranker.h"

#include "core/letters.h"
#include "core/ranker_term.h"

/* A word with another ending counts a little less than the very word. */
static const double credit_other = 0.8;

static const double bm25_k1 = 1.2, bm25_b = 0.75;
static const double length_usual = 80.0; /* words; takes the place of BM25's average length */
static const double length_short = 8.0;  /* words; below it, shorter is no better */
static const double length_half = 400.0;

/* Words out of place after which nearness is half; what it is worth the wrong way round. */
static const double near_half = 3.0, credit_backwards = 0.7;

struct scan {
    struct ranker *ranker;
    struct letters letters;
    uint32_t position; /* words and letters so far */
    double best_run;
};

static double absolute(double value)
{
    return value < 0 ? -value : value;
}

static void bring_closer(struct ranker_slot *slot, double closeness)
{
    if (closeness > slot->closeness)
        slot->closeness = closeness;
}

/* Update the place `index` of the query for a match at the current position. */
static void slot_match(struct scan *scan, size_t index)
{
    struct ranker_slot *slots = scan->ranker->slots, *slot = &slots[index];
    uint32_t position = scan->position;

    slot->run = slot->weight;
    if (index > 0 && slots[index - 1].seen_at && slots[index - 1].seen_at + 1 == position)
        slot->run += slots[index - 1].run;
    if (slot->run > scan->best_run)
        scan->best_run = slot->run;
    slot->seen_at = position;
    if (slot->before && slot->closeness < 1) {
        uint32_t at = slots[slot->before - 1].seen_at;

        if (at && at < position)
            bring_closer(
                slot, near_half / (near_half + absolute((double)(position - at) - slot->distance)));
    }
    if (slot->after) {
        uint32_t at = slots[slot->after - 1].seen_at;

        if (at && at < position)
            bring_closer(&slots[slot->after - 1],
                         credit_backwards * near_half / (near_half + (double)(position - at - 1)));
    }
}

static void term_match(struct scan *scan, struct ranker_term *term, bool exact)
{
    if (exact)
        term->exact_count++;
    else
        term->other_count++;
    /* From the last slot to the first, so that each still finds the one before it as it was. */
    for (size_t i = term->slot; i != 0; i = scan->ranker->slots[i - 1].next)
        slot_match(scan, i - 1);
}

static void match_fixed(struct scan *scan, struct text word)
{
    struct ranker *r = scan->ranker;

    if (word.len == 0)
        return;
    for (size_t i = r->chains[(unsigned char)word.data[0]]; i != 0; i = r->terms[i - 1].next) {
        struct ranker_term *term = &r->terms[i - 1];

        if (term->fixed && text_eq((struct text){term->stem, term->stem_len}, word)) {
            term_match(scan, term, true);
            return;
        }
    }
}

/*
 * Find the term that a word is, whose first bytes are `front` and whose length is `len` when
 * folded; `first` begins the chain of terms to try. Short words of the query are found without
 * folding.
 */
static void match_word(struct scan *scan, size_t first, uint64_t front, size_t len,
                       const struct token *token)
{
    struct ranker *r = scan->ranker;
    char folded[TERM_SIZE];
    struct text word = {folded, 0}, stem = {0};

    for (size_t i = first; i != 0; i = r->terms[i - 1].next) {
        struct ranker_term *term = &r->terms[i - 1];
        bool exact = front == term->word_front && len == term->word_len;

        if ((front & term->mask) != term->front || (term->fixed && !exact))
            continue;
        if (exact && len <= FRONT_SIZE) {
            term_match(scan, term, true);
            return;
        }
        if (word.len == 0) {
            word.len = term_fold(token, folded);
            stem = term_stem(&r->stemmers, r->language, word);
        }
        exact = text_eq((struct text){term->word, term->word_len}, word);
        if (exact || (!term->fixed && text_eq((struct text){term->stem, term->stem_len}, stem))) {
            term_match(scan, term, exact);
            return;
        }
    }
}

/* The first bytes of a plain word, folded: letters become small, and digits have this bit already.
 */
static uint64_t plain_front(struct text document, struct text word)
{
    static const unsigned char small[FRONT_SIZE] = {32, 32, 32, 32, 32, 32, 32, 32};
    uint64_t front, bits;

    memcpy(&bits, small, sizeof(bits));
    if (document.data + document.len - word.data >= FRONT_SIZE)
        memcpy(&front, word.data, sizeof(front));
    else
        front = front_of(word.data, word.len);
    return (front | bits) & mask_of(word.len);
}

static void match_letter(struct scan *scan, struct text source, struct text folded)
{
    scan->position++;
    letters_add(&scan->letters, source, folded);
    match_fixed(scan, letters_last(&scan->letters));
    if (scan->letters.first_len)
        match_fixed(scan, letters_pair(&scan->letters));
}

static void match_syllables(struct scan *scan, struct text word)
{
    uint32_t c;

    scan->letters = (struct letters){0};
    for (size_t at = 0, len; at < word.len; at += len) {
        struct text syllable;

        len = utf8_decode(word, at, &c);
        syllable = (struct text){word.data + at, len};
        match_letter(scan, syllable, syllable);
    }
    scan->letters = (struct letters){0};
}

/* As match_word(), for a token that must be folded before anything can be said of it. */
static void match_wide(struct scan *scan, const struct token *token)
{
    char folded[TERM_SIZE];
    struct text word = {folded, term_fold(token, folded)};

    if (word.len == 0)
        return;
    if (token->kind == TOKEN_LETTER) {
        match_letter(scan, token->text, word);
    } else if (letters_is_hangul(word)) {
        match_syllables(scan, word);
    } else {
        scan->position++;
        match_word(scan, scan->ranker->chains[(unsigned char)folded[0]],
                   front_of(word.data, word.len), word.len, token);
    }
}

/* Read the whole document. Returns how many tokens it has. */
static size_t scan_document(struct scan *scan, struct text document)
{
    const uint16_t *chains = scan->ranker->chains;
    struct tokens walk = {.input = document};
    struct token token;
    size_t count = 0;

    while (tokens_next(&walk, &token)) {
        size_t first;

        count++;
        if (token.kind == TOKEN_MARK)
            continue;
        if (!token.plain) {
            match_wide(scan, &token);
            continue;
        }
        scan->position++;
        first = chains[(unsigned char)(token.text.data[0] | 0x20)];
        if (first)
            match_word(scan, first, plain_front(document, token.text), token.text.len, &token);
    }
    return count;
}

static void document_clear(struct ranker *r)
{
    for (size_t i = 0; i < r->term_count; i++)
        r->terms[i].exact_count = r->terms[i].other_count = 0;
    for (size_t i = 0; i < r->slot_count; i++) {
        r->slots[i].run = r->slots[i].closeness = 0;
        r->slots[i].seen_at = 0;
    }
}

/* Nearness over all pairs; a query without pairs has all it can have in its one word. */
static double proximity(const struct ranker *r, double coverage)
{
    double sum = 0;

    if (r->total_pair == 0)
        return coverage;
    for (size_t i = 0; i < r->slot_count; i++)
        sum += r->slots[i].pair_weight * r->slots[i].closeness;
    return sum / r->total_pair;
}

void ranker_measure(struct ranker *r, struct text document, struct ranker_features *out)
{
    struct scan scan = {.ranker = r};
    struct ranker_features features = {0};
    double coverage = 0, frequency = 0, length, longer, saturation;

    document_clear(r);
    features.token_count = scan_document(&scan, document);
    length = (double)scan.position;
    longer = length > length_short ? length : length_short;
    saturation = bm25_k1 * (1 - bm25_b + bm25_b * longer / length_usual);
    for (size_t i = 0; i < r->term_count; i++) {
        const struct ranker_term *term = &r->terms[i];
        double count = term->exact_count + credit_other * term->other_count;

        if (count == 0)
            continue;
        coverage += term->weight * (term->exact_count ? 1 : credit_other);
        frequency += term->weight * count / (count + saturation);
    }
    features.value[FEATURE_LENGTH] = length / (length + length_half);
    if (coverage > 0) {
        coverage /= r->total_weight;
        features.value[FEATURE_COVERAGE] = coverage;
        features.value[FEATURE_COVERAGE_2] = coverage * coverage;
        features.value[FEATURE_FREQUENCY] = frequency / r->total_weight;
        features.value[FEATURE_PROXIMITY] = proximity(r, coverage);
        features.value[FEATURE_PHRASE] = scan.best_run / r->total_run;
        features.value[FEATURE_BODY] =
            length < length_short ? coverage * length / length_short : coverage;
    }
    *out = features;
}

float ranker_score(struct ranker *r, struct text document)
{
    struct ranker_features features;

    ranker_measure(r, document, &features);
    return ranker_squash(ranker_logit(&features));
}
