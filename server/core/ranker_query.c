/*
 * A query is prepared once: its words become terms with weights, chained by their first byte, and
 * its places become slots, each linked to the content word before and after it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/background.h"
#include "core/letters.h"
#include "core/ranker.h"
#include "core/ranker_term.h"

/* Places that one term may have in a query: more would cost time at each match and tell little. */
enum { TERM_SLOTS_MAX = 4 };

/* Weights of terms, on the scale of background.h. */
static const double weight_function = 0.1;
static const double weight_kana = 1.5; /* two Hiragana: mostly grammar */
static const double weight_pair = 4.0;
static const double weight_letter = 3.0;
static const double weight_content = 1.0; /* from here on a word counts as content */

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
    else if (letters_is_hangul(word))
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

/*
 * Make room for all the terms that count, whatever the query: how many there are cannot be told
 * from its length (one character may fold into eighteen), and a limit that changed with the queries
 * before would change scores. What is not used is never touched, and so costs no memory.
 */
static bool reserve_terms(struct ranker *r)
{
    if (!r->terms)
        r->terms = calloc(RANKER_TERMS_MAX, sizeof(*r->terms));
    return r->terms != NULL;
}

bool ranker_set_query(struct ranker *r, enum term_language language, struct text query)
{
    struct tokens walk = {.input = query};
    struct letters letters = {0};
    struct token token;

    if (!reserve_terms(r))
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
