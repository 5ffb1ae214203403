#include "core/rerank_metrics.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "core/auto_split.h"
#include "core/query_set.h"

enum {
    EVAL_SHARE = 5,
    /* If there are more distinct queries than this, the fifth of them is more than can be taken. */
    HASHES_MAX = EVAL_SHARE * RERANK_QUERIES_MAX,
    SLOTS = 4 * RERANK_PASSAGES_MAX,
    TOP = 10
};

/* What a passage is to a query; the larger wins. */
enum rerank_role { ROLE_NONE, ROLE_NEGATIVE, ROLE_RELEVANT };

/*
 * Which queries evaluate
 */

/* The smallest of the hashes of distinct queries, in order, with the passages of each. */
struct smallest {
    struct {
        uint64_t hash;
        size_t passages;
    } * items; /* owned; room for HASHES_MAX + 1 */
    size_t count;
};

static void smallest_done(struct smallest *smallest)
{
    free(smallest->items);
}

static size_t capped(size_t count)
{
    return count < RERANK_LIST_MAX ? count : RERANK_LIST_MAX;
}

/* Find `hash`, or where it belongs. */
static size_t smallest_place(const struct smallest *smallest, uint64_t hash)
{
    size_t low = 0, high = smallest->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (smallest->items[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void smallest_add(struct smallest *smallest, const struct rerank_row *row)
{
    uint64_t hash = query_split_hash(row->query);
    size_t passages = capped(row->passage_count) + capped(row->negative_count);
    size_t at = smallest_place(smallest, hash);

    if (at < smallest->count && smallest->items[at].hash == hash) {
        smallest->items[at].passages += passages;
        return;
    }
    if (at > HASHES_MAX)
        return;
    if (smallest->count > HASHES_MAX)
        smallest->count--;
    memmove(&smallest->items[at + 1], &smallest->items[at],
            (smallest->count - at) * sizeof(smallest->items[0]));
    smallest->items[at].hash = hash;
    smallest->items[at].passages = passages;
    smallest->count++;
}

/* Keep the hashes of those that evaluate and fit: at least the first. */
static void choose_queries(struct rerank_eval *eval, const struct smallest *smallest, bool is_split)
{
    size_t wanted = smallest->count, passages = 0;

    if (is_split)
        wanted = (size_t)auto_split_eval_queries(wanted);
    if (wanted > RERANK_QUERIES_MAX)
        wanted = RERANK_QUERIES_MAX;
    for (size_t i = 0; i < wanted; i++) {
        passages += smallest->items[i].passages;
        if (i > 0 && passages > RERANK_PASSAGES_MAX)
            break;
        eval->hashes[eval->query_count++] = smallest->items[i].hash;
    }
}

static enum rerank_eval_result find_queries(struct rerank_eval *eval,
                                            const struct rerank_rows *rows, bool is_split)
{
    AUTO(smallest_done) struct smallest smallest = {0};
    enum rerank_eval_result result;
    struct rerank_row row;

    smallest.items = calloc(HASHES_MAX + 1, sizeof(smallest.items[0]));
    if (!smallest.items)
        return EVAL_NO_MEMORY;
    result = rows->rewind(rows->context);
    while (result == EVAL_OK && (result = rows->next(rows->context, &row)) == EVAL_OK)
        smallest_add(&smallest, &row);
    if (result != EVAL_END)
        return result;
    choose_queries(eval, &smallest, is_split);
    return EVAL_OK;
}

/*
 * The corpus
 */

static struct text text_at(const struct rerank_eval *eval, size_t start, size_t len)
{
    return (struct text){eval->texts.data + start, len};
}

/* The front of a text, not cut within a character. */
static struct text front_of(struct text t)
{
    size_t len = RERANK_TEXT_BYTES_MAX;

    if (t.len <= len)
        return t;
    while (len > 0 && ((unsigned char)t.data[len] & 0xC0) == 0x80)
        len--;
    return (struct text){t.data, len};
}

/* Keep a copy; returns where it begins. Running out of memory sticks in the buffer. */
static size_t keep_text(struct rerank_eval *eval, struct text t)
{
    size_t start = eval->texts.len;

    buf_add_text(&eval->texts, t);
    return start;
}

/* Find or add a passage of the corpus; false if there is no room. */
static bool place_passage(struct rerank_eval *eval, struct text t, uint16_t *out)
{
    size_t slot = hash64(t, 0) % SLOTS;

    for (; eval->slots[slot]; slot = (slot + 1) % SLOTS) {
        const struct rerank_span *known = &eval->passages[eval->slots[slot] - 1];

        if (text_eq(text_at(eval, known->start, known->len), t)) {
            *out = (uint16_t)(eval->slots[slot] - 1);
            return true;
        }
    }
    if (eval->passage_count == RERANK_PASSAGES_MAX)
        return false;
    *out = (uint16_t)eval->passage_count++;
    eval->passages[*out] = (struct rerank_span){keep_text(eval, t), t.len};
    eval->slots[slot] = (uint16_t)(*out + 1);
    return true;
}

static void add_list(struct rerank_eval *eval, uint8_t roles[], const struct text *list,
                     size_t count, enum rerank_role role)
{
    for (size_t i = 0; i < capped(count); i++) {
        uint16_t passage;

        if (place_passage(eval, front_of(list[i]), &passage) && roles[passage] < role)
            roles[passage] = (uint8_t)role;
    }
}

/* Add a row if it evaluates. Returns false when memory runs out. */
static bool add_row(struct rerank_eval *eval, const struct rerank_row *row)
{
    uint64_t hash = query_split_hash(row->query);
    struct text query_text = front_of(row->query);
    size_t low = 0, high = eval->query_count;
    uint8_t *roles;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (eval->hashes[middle] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == eval->query_count || eval->hashes[low] != hash)
        return true;
    if (eval->queries[low].len == 0)
        eval->queries[low] = (struct rerank_span){keep_text(eval, query_text), query_text.len};
    roles = eval->roles + low * RERANK_PASSAGES_MAX;
    add_list(eval, roles, row->passages, row->passage_count, ROLE_RELEVANT);
    add_list(eval, roles, row->negatives, row->negative_count, ROLE_NEGATIVE);
    return !eval->texts.failed;
}

static bool allocate(struct rerank_eval *eval)
{
    eval->passages = calloc(RERANK_PASSAGES_MAX, sizeof(*eval->passages));
    eval->queries = calloc(RERANK_QUERIES_MAX, sizeof(*eval->queries));
    eval->hashes = calloc(RERANK_QUERIES_MAX, sizeof(*eval->hashes));
    eval->roles = calloc((size_t)RERANK_QUERIES_MAX * RERANK_PASSAGES_MAX, sizeof(*eval->roles));
    eval->slots = calloc(SLOTS, sizeof(*eval->slots));
    return eval->passages && eval->queries && eval->hashes && eval->roles && eval->slots;
}

enum rerank_eval_result rerank_eval_load(struct rerank_eval *eval, const struct rerank_rows *rows,
                                         bool is_split)
{
    enum rerank_eval_result result;
    struct rerank_row row;

    if (!allocate(eval))
        return EVAL_NO_MEMORY;
    result = find_queries(eval, rows, is_split);
    if (result == EVAL_OK)
        result = rows->rewind(rows->context);
    while (result == EVAL_OK && (result = rows->next(rows->context, &row)) == EVAL_OK)
        if (!add_row(eval, &row))
            return EVAL_NO_MEMORY;
    return result == EVAL_END ? EVAL_OK : result;
}

void rerank_eval_done(struct rerank_eval *eval)
{
    buf_done(&eval->texts);
    free(eval->passages);
    free(eval->queries);
    free(eval->hashes);
    free(eval->roles);
    free(eval->slots);
    *eval = (struct rerank_eval){0};
}

/*
 * Measuring
 */

/* 1 / log2(place + 1), written out since the last bit of log2() differs from one C library to the
 * next. */
static const double discounts[TOP] = {
    1,
    0.63092975357145742,
    0.5,
    0.43067655807339306,
    0.38685280723454163,
    0.35620718710802218,
    0.33333333333333331,
    0.31546487678572871,
    0.30102999566398120,
    0.28906482631788782,
};

struct top {
    struct {
        float score;
        uint16_t passage;
    } items[TOP];
    size_t count;
};

/* Take `passage` in if it is among the best so far; it comes after all of the same score. */
static void top_add(struct top *top, float score, uint16_t passage)
{
    size_t at;

    if (top->count == TOP && score <= top->items[TOP - 1].score)
        return;
    at = top->count < TOP ? top->count++ : TOP - 1;
    for (; at > 0 && score > top->items[at - 1].score; at--)
        top->items[at] = top->items[at - 1];
    top->items[at].score = score;
    top->items[at].passage = passage;
}

/* Sums over queries. */
struct sums {
    double accuracy_at_1, accuracy_at_3, mrr, ndcg, loss;
};

static void add_places(struct sums *sums, const struct top *top, const uint8_t roles[],
                       size_t relevant_count)
{
    double gain = 0, ideal = 0;
    size_t first = TOP;

    for (size_t i = 0; i < top->count; i++) {
        if (roles[top->items[i].passage] != ROLE_RELEVANT)
            continue;
        if (first == TOP)
            first = i;
        gain += discounts[i];
    }
    for (size_t i = 0; i < TOP && i < relevant_count; i++)
        ideal += discounts[i];
    sums->accuracy_at_1 += first < 1;
    sums->accuracy_at_3 += first < 3;
    sums->mrr += first < TOP ? 1.0 / (double)(first + 1) : 0;
    sums->ndcg += ideal > 0 ? gain / ideal : 0;
}

static void measure_query(const struct rerank_eval *eval, const uint8_t roles[],
                          struct ranker *ranker, struct sums *sums)
{
    size_t own_count = 0, relevant_count = 0;
    struct top top = {.count = 0};
    double loss = 0;

    for (size_t i = 0; i < eval->passage_count; i++) {
        const struct rerank_span *passage = &eval->passages[i];
        float score = ranker_score(ranker, text_at(eval, passage->start, passage->len));
        bool is_relevant = roles[i] == ROLE_RELEVANT;
        double miss = is_relevant ? 1 - (double)score : (double)score;

        top_add(&top, score, (uint16_t)i);
        if (roles[i] == ROLE_NONE)
            continue;
        own_count++;
        relevant_count += is_relevant;
        loss += miss * miss;
    }
    add_places(sums, &top, roles, relevant_count);
    if (own_count)
        sums->loss += loss / (double)own_count;
}

enum rerank_eval_result rerank_eval_measure(const struct rerank_eval *eval, struct ranker *ranker,
                                            enum term_language language, const atomic_bool *stop,
                                            struct rerank_metrics *out)
{
    double count = eval->query_count ? (double)eval->query_count : 1;
    struct sums sums = {0};

    for (size_t i = 0; i < eval->query_count; i++) {
        const struct rerank_span *query = &eval->queries[i];

        if (stop && atomic_load(stop))
            return EVAL_STOPPED;
        if (!ranker_set_query(ranker, language, text_at(eval, query->start, query->len)))
            return EVAL_NO_MEMORY;
        measure_query(eval, eval->roles + i * RERANK_PASSAGES_MAX, ranker, &sums);
    }
    *out = (struct rerank_metrics){
        .accuracy_at_1 = (float)(sums.accuracy_at_1 / count),
        .accuracy_at_3 = (float)(sums.accuracy_at_3 / count),
        .mrr_at_10 = (float)(sums.mrr / count),
        .ndcg_at_10 = (float)(sums.ndcg / count),
        .loss = (float)(sums.loss / count),
    };
    return EVAL_OK;
}
