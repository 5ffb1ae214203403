/*
 * One pass over the document. Most of its words are not in the query, and to know that must be
 * cheap: a word's first eight bytes are compared with the fronts of the query's stems, and only a
 * word that passes is folded and stemmed. A match then updates the places of the query (slots) that
 * hold the term, so that order and nearness need no list of matches.
 */
#include "core/ranker.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/background.h"

struct ranker_term {
    uint64_t front, mask; /* the first bytes that a word must have to be worth a look */
    uint64_t word_front;  /* the first bytes of the word in the query */
    double weight;
    uint32_t exact_count, other_count; /* matches in the document: as the query has it, or not */
    uint16_t next;                     /* the term + 1 that begins with the same byte; 0 if none */
    uint16_t slot;                     /* the last slot + 1 of this term; 0 if none */
    bool fixed;                        /* matches as it is, not by its stem */
    unsigned char slot_count; /* slots of this term; more than a few would only cost time */
    unsigned char word_len, stem_len;
    char word[TERM_SIZE]; /* folded, as in the query */
    char stem[TERM_SIZE];
};

/* The model: fixed weights of a logistic regression, from RANKING.md. */
static const double model_bias = -5.8;
static const double model_weights[FEATURE_COUNT] = {
    [FEATURE_COVERAGE] = 2.6,  [FEATURE_COVERAGE_2] = 1.6, [FEATURE_FREQUENCY] = 2.0,
    [FEATURE_PROXIMITY] = 1.9, [FEATURE_PHRASE] = 1.4,     [FEATURE_BODY] = 1.6,
    [FEATURE_LENGTH] = -1.0,
};

/* Weights of terms, on the scale of background.h. */
static const double weight_function = 0.1;
static const double weight_kana = 1.5; /* two Hiragana: mostly grammar */
static const double weight_pair = 4.0;
static const double weight_letter = 3.0;
static const double weight_content = 1.0; /* from here on a word counts as content */

/* A word with another ending counts a little less than the very word. */
static const double credit_other = 0.8;

static const double bm25_k1 = 1.2, bm25_b = 0.75;
static const double length_usual = 80.0; /* words; takes the place of BM25's average length */
static const double length_short = 8.0;  /* words; below it, shorter is no better */
static const double length_half = 400.0;

/* Words out of place after which nearness is half; what it is worth the wrong way round. */
static const double near_half = 3.0, credit_backwards = 0.7;

enum { FRONT_SIZE = 8, LETTER_SIZE = TERM_SIZE / 2, TERM_SLOTS_MAX = 4 };

/* The first FRONT_SIZE bytes, zeros behind the end. Copied as memory, so that the order of bytes in
 * the machine makes no difference. */
static uint64_t front_of(const char *data, size_t len)
{
    uint64_t front = 0;

    memcpy(&front, data, len < FRONT_SIZE ? len : FRONT_SIZE);
    return front;
}

/* All ones in the first `len` bytes. */
static uint64_t mask_of(size_t len)
{
    static const unsigned char ones[2 * FRONT_SIZE] = {255, 255, 255, 255, 255, 255, 255, 255};
    uint64_t mask;

    memcpy(&mask, ones + FRONT_SIZE - (len < FRONT_SIZE ? len : FRONT_SIZE), sizeof(mask));
    return mask;
}

/* Tell whether a word begins with a Hangul syllable. */
static bool is_hangul(struct text word)
{
    uint32_t c;

    if ((unsigned char)word.data[0] < 0xEA)
        return false;
    (void)utf8_decode(word, 0, &c);
    return c >= 0xAC00 && c <= 0xD7A3;
}

/*
 * A run of letters of an unspaced script, where two neighbours make a term. Korean is written with
 * spaces, but its words take so many endings that their syllables are compared in the same way.
 */
struct letters {
    char pair[TERM_SIZE];
    size_t first_len, last_len; /* of the two letters in `pair`; `first_len` may be 0 */
    size_t count;               /* letters in the run */
    const char *end;            /* of the run so far, in the text */
};

/* Take the next letter, which begins a new run unless it stands at the end of the last one. */
static void letters_add(struct letters *l, struct text source, struct text folded)
{
    assert(folded.data);
    if (source.data != l->end)
        *l = (struct letters){0};
    memmove(l->pair, l->pair + l->first_len, l->last_len);
    l->first_len = l->last_len;
    l->last_len = folded.len < LETTER_SIZE ? folded.len : LETTER_SIZE;
    memcpy(l->pair + l->first_len, folded.data, l->last_len);
    l->end = source.data + source.len;
    l->count++;
}

static struct text letters_last(const struct letters *l)
{
    return (struct text){l->pair + l->first_len, l->last_len};
}

static struct text letters_pair(const struct letters *l)
{
    return (struct text){l->pair, l->first_len + l->last_len};
}

/* The query */

bool ranker_init(struct ranker *r)
{
    struct stemmers stemmers;

    if (!stemmers_init(&stemmers))
        return false;
    *r = (struct ranker){.stemmers = stemmers};
    return true;
}

void ranker_done(struct ranker *r)
{
    stemmers_done(&r->stemmers);
    free(r->terms);
    *r = (struct ranker){0};
}

/* Find the term or make it. Returns NULL if there are too many. */
static struct ranker_term *term_add(struct ranker *r, struct text word, struct text stem,
                                    bool fixed)
{
    unsigned char byte = (unsigned char)stem.data[0];
    struct ranker_term *term;
    uint64_t mask;

    for (size_t i = r->chains[byte]; i != 0; i = term->next) {
        term = &r->terms[i - 1];
        if (term->fixed == fixed && text_eq((struct text){term->stem, term->stem_len}, stem))
            return term;
    }
    if (r->term_count == RANKER_TERMS_MAX)
        return NULL;
    /* The front of a fixed term goes on to the zero behind its end. */
    mask = mask_of(fixed ? stem.len + 1 : term_stem_front(stem));
    term = &r->terms[r->term_count++];
    term->mask = mask;
    term->front = front_of(stem.data, stem.len) & mask;
    term->word_front = front_of(word.data, word.len);
    term->next = r->chains[byte];
    term->slot = 0;
    term->slot_count = 0;
    term->fixed = fixed;
    term->word_len = (unsigned char)word.len;
    term->stem_len = (unsigned char)stem.len;
    memcpy(term->word, word.data, word.len);
    memcpy(term->stem, stem.data, stem.len);
    r->chains[byte] = (uint16_t)r->term_count;
    return term;
}

/* Take note that a term stands at the next place of the query. */
static void slot_add(struct ranker *r, struct ranker_term *term)
{
    if (!term || r->slot_count == RANKER_SLOTS_MAX || term->slot_count == TERM_SLOTS_MAX)
        return;
    term->slot_count++;
    r->slots[r->slot_count] = (struct ranker_slot){
        .weight = term->weight, .term = (uint16_t)(term - r->terms), .next = term->slot};
    term->slot = (uint16_t)++r->slot_count;
}

static void add_fixed(struct ranker *r, struct text word, double weight)
{
    struct ranker_term *term = term_add(r, word, word, true);

    if (term)
        term->weight = weight;
    slot_add(r, term);
}

static void add_word(struct ranker *r, struct text word)
{
    struct ranker_term *term;
    struct text stem;

    if (background_is_function_word(word, r->language == TERM_MULTILINGUAL)) {
        add_fixed(r, word, weight_function);
        return;
    }
    stem = term_stem(&r->stemmers, r->language, word);
    term = stem.len ? term_add(r, word, stem, false) : NULL;
    if (term)
        term->weight = (double)background_weight(stem);
    slot_add(r, term);
}

static bool is_hiragana(struct text letter)
{
    uint32_t c = 0;

    if (letter.len)
        (void)utf8_decode(letter, 0, &c);
    return c >= 0x3041 && c <= 0x309F;
}

static void add_letter(struct ranker *r, struct letters *l, struct text source, struct text folded)
{
    bool kana;

    letters_add(l, source, folded);
    if (l->first_len == 0)
        return;
    kana = is_hiragana(letters_pair(l)) && is_hiragana(letters_last(l));
    add_fixed(r, letters_pair(l), kana ? weight_kana : weight_pair);
}

/* A letter that stands alone is a term after all. */
static void end_letters(struct ranker *r, struct letters *l)
{
    if (l->count == 0)
        return;
    if (l->count == 1 && l->last_len)
        add_fixed(r, letters_last(l), weight_letter);
    *l = (struct letters){0};
}

static void add_syllables(struct ranker *r, struct letters *l, struct text word)
{
    uint32_t c;

    end_letters(r, l);
    for (size_t at = 0, len; at < word.len; at += len) {
        struct text syllable;

        len = utf8_decode(word, at, &c);
        syllable = (struct text){word.data + at, len};
        add_letter(r, l, syllable, syllable);
    }
    end_letters(r, l);
}

static void add_token(struct ranker *r, struct letters *l, const struct token *token)
{
    char folded[TERM_SIZE];
    struct text word = {folded, 0};

    if (token->kind != TOKEN_LETTER || token->text.data != l->end)
        end_letters(r, l);
    if (token->kind == TOKEN_MARK)
        return;
    word.len = term_fold(token, folded);
    if (word.len == 0)
        return;
    if (token->kind == TOKEN_LETTER)
        add_letter(r, l, token->text, word);
    else if (is_hangul(word))
        add_syllables(r, l, word);
    else
        add_word(r, word);
}

/* Join each content word to the one before it; if there are only function words, all to all. */
static void link_slots(struct ranker *r)
{
    double least = 0;
    size_t before = 0;

    for (size_t i = 0; i < r->slot_count; i++)
        if (r->slots[i].weight >= weight_content)
            least = weight_content;
    for (size_t i = 0; i < r->slot_count; i++) {
        struct ranker_slot *slot = &r->slots[i];

        r->total_run += slot->weight;
        if (slot->weight < least)
            continue;
        if (before) {
            struct ranker_slot *other = &r->slots[before - 1];

            other->after = (uint16_t)(i + 1);
            slot->before = (uint16_t)before;
            slot->distance = (uint16_t)(i + 1 - before);
            slot->pair_weight = slot->weight < other->weight ? slot->weight : other->weight;
            r->total_pair += slot->pair_weight;
        }
        before = i + 1;
    }
}

static void query_clear(struct ranker *r, enum term_language language)
{
    memset(r->chains, 0, sizeof(r->chains));
    r->language = language;
    r->term_count = r->slot_count = r->query_tokens = 0;
    r->total_weight = r->total_run = r->total_pair = 0;
}

/* Make room for as many terms as `query` can hold: each takes two bytes, with what is between. */
static bool reserve_terms(struct ranker *r, struct text query)
{
    size_t count = query.len / 2 + 2;
    struct ranker_term *terms;

    if (count > RANKER_TERMS_MAX)
        count = RANKER_TERMS_MAX;
    if (count <= r->term_size)
        return true;
    terms = calloc(count, sizeof(*terms));
    if (!terms)
        return false;
    free(r->terms);
    r->terms = terms;
    r->term_size = count;
    return true;
}

bool ranker_set_query(struct ranker *r, enum term_language language, struct text query)
{
    struct tokens walk = {.input = query};
    struct letters letters = {0};
    struct token token;

    if (!reserve_terms(r, query))
        return false;
    query_clear(r, language);
    while (tokens_next(&walk, &token)) {
        r->query_tokens++;
        add_token(r, &letters, &token);
    }
    end_letters(r, &letters);
    for (size_t i = 0; i < r->term_count; i++)
        r->total_weight += r->terms[i].weight;
    link_slots(r);
    return true;
}

/* The document */

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
    } else if (is_hangul(word)) {
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

double ranker_logit(const struct ranker_features *features)
{
    double logit = model_bias;

    for (size_t i = 0; i < FEATURE_COUNT; i++)
        logit += model_weights[i] * features->value[i];
    return logit;
}

/*
 * exp() of the C library may differ in the last bit from one version to the next. This one is the
 * series for x / 256, raised to the power of 256 by squaring: only + and *, whose results IEEE 754
 * prescribes.
 */
static double exponential(double x)
{
    double step = x * (1.0 / 256), power = 1 + step * (1.0 / 5);

    power = 1 + step * (1.0 / 4) * power;
    power = 1 + step * (1.0 / 3) * power;
    power = 1 + step * (1.0 / 2) * power;
    power = 1 + step * power;

    for (int i = 0; i < 8; i++)
        power *= power;
    return power;
}

float ranker_squash(double logit)
{
    /* Beyond this a float can't tell the score from 1. */
    static const double limit = 15;

    if (logit > limit)
        logit = limit;
    if (logit < -limit)
        logit = -limit;
    return (float)(1 / (1 + exponential(-logit)));
}

float ranker_score(struct ranker *r, struct text document)
{
    struct ranker_features features;

    ranker_measure(r, document, &features);
    return ranker_squash(ranker_logit(&features));
}
