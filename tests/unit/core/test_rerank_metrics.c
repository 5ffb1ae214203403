#include "core/rerank_metrics.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/auto_split.h"
#include "core/query_set.h"
#include "support/failing_alloc.h"

Suite *rerank_metrics_suite(void);

enum { LIST_MAX = 40 };

struct row {
    const char *query;
    const char *passages[LIST_MAX], *negatives[LIST_MAX]; /* NULL ends them */
};

/* Rows in memory; `fails_at` is the call that fails, 0: none. */
struct memory_rows {
    const struct row *rows;
    size_t count, at, calls, fails_at;
    struct text passages[LIST_MAX], negatives[LIST_MAX];
};

static enum rerank_eval_result rewind_rows(void *context)
{
    struct memory_rows *memory = context;

    memory->at = 0;
    return ++memory->calls == memory->fails_at ? EVAL_FAILED : EVAL_OK;
}

static size_t texts_of(const char *const strings[LIST_MAX], struct text out[LIST_MAX])
{
    size_t count = 0;

    for (; count < LIST_MAX && strings[count]; count++)
        out[count] = text_of(strings[count]);
    return count;
}

static enum rerank_eval_result next_row(void *context, struct rerank_row *out)
{
    struct memory_rows *memory = context;
    const struct row *row;

    if (++memory->calls == memory->fails_at)
        return EVAL_FAILED;
    if (memory->at == memory->count)
        return EVAL_END;
    row = &memory->rows[memory->at++];
    *out = (struct rerank_row){
        .query = text_of(row->query), .passages = memory->passages, .negatives = memory->negatives};
    out->passage_count = texts_of(row->passages, memory->passages);
    out->negative_count = texts_of(row->negatives, memory->negatives);
    return EVAL_OK;
}

static enum rerank_eval_result measure(const struct row rows[], size_t count, bool is_split,
                                       struct rerank_metrics *out)
{
    AUTO(rerank_eval_done) struct rerank_eval eval = {0};
    AUTO(ranker_done) struct ranker ranker = {0};
    struct memory_rows memory = {.rows = rows, .count = count};
    struct rerank_rows source = {rewind_rows, next_row, &memory};
    enum rerank_eval_result result = rerank_eval_load(&eval, &source, is_split);

    if (result != EVAL_OK)
        return result;
    if (!ranker_init(&ranker))
        return EVAL_NO_MEMORY;
    return rerank_eval_measure(&eval, &ranker, TERM_ENGLISH, NULL, out);
}

/*
 * By hand: the relevant passage of the first query shares fewer words with it than two others do,
 * so that it is third; that of the second is second.
 */
static const struct row worked_example[] = {
    {"red green blue yellow", {"red"}, {"red green blue yellow", "red green blue"}},
    {"cat dog", {"dog"}, {"cat dog"}},
};

START_TEST(places_three_and_two_give_five_twelfths)
{
    struct rerank_metrics metrics;

    ck_assert_int_eq(measure(worked_example, 2, false, &metrics), EVAL_OK);
    ck_assert_float_eq(metrics.accuracy_at_1, 0);
    ck_assert_float_eq(metrics.accuracy_at_3, 1);
    ck_assert_float_eq(metrics.mrr_at_10, (float)(5.0 / 12));
    ck_assert_float_eq(metrics.ndcg_at_10, (float)((0.5 + 0.63092975357145742) / 2));
}
END_TEST

START_TEST(of_equal_scores_the_earlier_passage_is_first)
{
    static const struct row rows[] = {{"cat", {"one", "two"}, {"three"}},
                                      {"dog", {"four"}, {NULL}}};
    struct rerank_metrics metrics;

    /* No passage shares a word, and all are equally long: the places are 1 and 2, and 4. */
    ck_assert_int_eq(measure(rows, 2, false, &metrics), EVAL_OK);
    ck_assert_float_eq(metrics.accuracy_at_1, 0.5F);
    ck_assert_float_eq(metrics.accuracy_at_3, 0.5F);
    ck_assert_float_eq(metrics.mrr_at_10, (1 + 0.25F) / 2);
    ck_assert_float_eq(metrics.ndcg_at_10, (float)((1 + 0.43067655807339306) / 2));
}
END_TEST

START_TEST(rows_with_one_query_are_one_and_relevance_wins)
{
    static const struct row rows[] = {{"cat", {"a cat"}, {"cat cat"}},
                                      {"cat", {"cat cat"}, {"dog"}},
                                      {"dog", {"dog"}, {"a cat"}}};
    struct rerank_metrics metrics;

    ck_assert_int_eq(measure(rows, 3, false, &metrics), EVAL_OK);
    ck_assert_float_eq(metrics.accuracy_at_1, 1);
    ck_assert_float_eq(metrics.ndcg_at_10, 1);
}
END_TEST

START_TEST(without_a_row_all_is_zero)
{
    struct rerank_metrics metrics;

    ck_assert_int_eq(measure(NULL, 0, _i, &metrics), EVAL_OK);
    ck_assert_float_eq(metrics.mrr_at_10, 0);
    ck_assert_float_eq(metrics.loss, 0);
}
END_TEST

/*
 * Against the definitions, said once more as plainly as can be
 */

enum { RANDOM_ROWS = 400, WORDS = 30, STRINGS = 700 };

static char strings[STRINGS][64];
static struct row random_rows[RANDOM_ROWS];
static uint64_t state;

static unsigned next_random(unsigned below)
{
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(state >> 33) % below;
}

static void fill_random(size_t queries)
{
    state = 7;
    for (size_t i = 0; i < STRINGS; i++) {
        size_t len = 0;

        for (unsigned word = 0; word < 2 + next_random(5); word++)
            len += (size_t)snprintf(strings[i] + len, sizeof(strings[i]) - len, "w%u ",
                                    next_random(WORDS));
    }
    memset(random_rows, 0, sizeof(random_rows));
    for (size_t i = 0; i < RANDOM_ROWS; i++) {
        random_rows[i].query = strings[next_random((unsigned)queries)];
        for (unsigned k = 0; k < 1 + next_random(2); k++)
            random_rows[i].passages[k] = strings[300 + next_random(200)];
        for (unsigned k = 0; k < next_random(3); k++)
            random_rows[i].negatives[k] = strings[500 + next_random(200)];
    }
}

static bool holds(const char *const list[LIST_MAX], const char *string)
{
    for (size_t i = 0; i < LIST_MAX && list[i]; i++)
        if (strcmp(list[i], string) == 0)
            return true;
    return false;
}

static int compare_numbers(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

/* The distinct hashes of the queries in order; returns their count. */
static size_t distinct_hashes(size_t rows, uint64_t out[RANDOM_ROWS])
{
    size_t count = 0;

    for (size_t i = 0; i < rows; i++)
        out[i] = query_split_hash(text_of(random_rows[i].query));
    qsort(out, rows, sizeof(*out), compare_numbers);
    for (size_t i = 0; i < rows; i++)
        if (count == 0 || out[count - 1] != out[i])
            out[count++] = out[i];
    return count;
}

struct plain {
    const char *corpus[2048];
    size_t corpus_count, queries;
    double accuracy_at_1, accuracy_at_3, mrr, ndcg;
};

static void add_to_corpus(struct plain *plain, const char *const list[LIST_MAX])
{
    for (size_t i = 0; i < LIST_MAX && list[i]; i++) {
        bool is_known = false;

        for (size_t k = 0; k < plain->corpus_count; k++)
            is_known |= strcmp(plain->corpus[k], list[i]) == 0;
        if (!is_known)
            plain->corpus[plain->corpus_count++] = list[i];
    }
}

static bool is_relevant(size_t rows, const char *query, const char *passage)
{
    for (size_t i = 0; i < rows; i++)
        if (strcmp(random_rows[i].query, query) == 0 && holds(random_rows[i].passages, passage))
            return true;
    return false;
}

static void rank_plainly(struct plain *plain, size_t rows, const char *query, struct ranker *ranker)
{
    double gain = 0, ideal = 0, mrr = 0;
    size_t relevant_count = 0, first = SIZE_MAX;
    static float scores[2048];

    ck_assert(ranker_set_query(ranker, TERM_ENGLISH, text_of(query)));
    for (size_t i = 0; i < plain->corpus_count; i++)
        scores[i] = ranker_score(ranker, text_of(plain->corpus[i]));
    for (size_t i = 0; i < plain->corpus_count; i++) {
        size_t place = 1;

        if (!is_relevant(rows, query, plain->corpus[i]))
            continue;
        for (size_t k = 0; k < plain->corpus_count; k++)
            place += scores[k] > scores[i] || (k < i && !(scores[k] < scores[i]));
        if (place <= 10)
            gain += 1 / log2((double)place + 1);
        if (++relevant_count <= 10)
            ideal += 1 / log2((double)relevant_count + 1);
        if (place < first)
            first = place;
    }
    if (first <= 10)
        mrr = 1 / (double)first;
    plain->accuracy_at_1 += first <= 1;
    plain->accuracy_at_3 += first <= 3;
    plain->mrr += mrr;
    plain->ndcg += gain / ideal;
    plain->queries++;
}

static void measure_plainly(struct plain *plain, size_t rows, size_t evaluated,
                            const uint64_t hashes[])
{
    AUTO(ranker_done) struct ranker ranker = {0};

    ck_assert(ranker_init(&ranker));
    for (size_t i = 0; i < rows; i++) {
        if (query_split_hash(text_of(random_rows[i].query)) > hashes[evaluated - 1])
            continue;
        add_to_corpus(plain, random_rows[i].passages);
        add_to_corpus(plain, random_rows[i].negatives);
    }
    for (size_t i = 0; i < rows; i++) {
        const char *query = random_rows[i].query;
        bool is_first = true;

        for (size_t k = 0; k < i; k++)
            is_first &= strcmp(random_rows[k].query, query) != 0;
        if (is_first && query_split_hash(text_of(query)) <= hashes[evaluated - 1])
            rank_plainly(plain, rows, query, &ranker);
    }
}

static const struct {
    size_t rows, queries;
    bool is_split;
} sizes[] = {{1, 300, false},  {1, 300, true},           {40, 300, false},
             {40, 300, true},  {200, 20, false},         {200, 20, true},
             {200, 300, true}, {RANDOM_ROWS, 300, true}, {RANDOM_ROWS, 30, false}};

START_TEST(metrics_are_what_their_definitions_say)
{
    uint64_t hashes[RANDOM_ROWS];
    struct plain plain = {.queries = 0};
    struct rerank_metrics metrics;
    size_t count;
    double n;

    fill_random(sizes[_i].queries);
    count = distinct_hashes(sizes[_i].rows, hashes);
    measure_plainly(&plain, sizes[_i].rows,
                    sizes[_i].is_split ? (size_t)auto_split_eval_queries(count) : count, hashes);
    n = (double)plain.queries;
    ck_assert_int_eq(measure(random_rows, sizes[_i].rows, sizes[_i].is_split, &metrics), EVAL_OK);
    ck_assert_float_eq(metrics.accuracy_at_1, (float)(plain.accuracy_at_1 / n));
    ck_assert_float_eq(metrics.accuracy_at_3, (float)(plain.accuracy_at_3 / n));
    ck_assert_double_eq_tol((double)metrics.mrr_at_10, plain.mrr / n, 1e-6);
    ck_assert_double_eq_tol((double)metrics.ndcg_at_10, plain.ndcg / n, 1e-6);
    ck_assert(metrics.loss > 0 && metrics.loss < 1);
}
END_TEST

/*
 * Bounds
 */

static void load_many(struct rerank_eval *eval, size_t rows, bool is_split)
{
    static struct row many[6000];
    static char queries[6000][24];
    struct memory_rows memory = {.rows = many, .count = rows};
    struct rerank_rows source = {rewind_rows, next_row, &memory};

    for (size_t i = 0; i < rows; i++) {
        (void)snprintf(queries[i], sizeof(queries[i]), "q%zu", i);
        many[i] = (struct row){queries[i], {queries[i]}, {NULL}};
    }
    ck_assert_int_eq(rerank_eval_load(eval, &source, is_split), EVAL_OK);
}

static const struct {
    size_t rows;
    bool is_split;
    size_t queries;
} limits[] = {{255, false, 255}, {256, false, 256}, {3000, false, 256},
              {1275, true, 255}, {1280, true, 256}, {1281, true, 256},
              {6000, true, 256}, {1, true, 1},      {6, true, 2}};

START_TEST(so_many_queries_are_taken_and_no_more)
{
    AUTO(rerank_eval_done) struct rerank_eval eval = {0};

    load_many(&eval, limits[_i].rows, limits[_i].is_split);
    ck_assert_uint_eq(eval.query_count, limits[_i].queries);
    ck_assert_uint_eq(eval.passage_count, limits[_i].queries);
}
END_TEST

START_TEST(passages_beyond_the_bounds_are_left_out)
{
    static char texts[40 * 40][32];
    static struct row rows[40];
    struct memory_rows memory = {.rows = rows, .count = 40};
    struct rerank_rows source = {rewind_rows, next_row, &memory};
    AUTO(rerank_eval_done) struct rerank_eval eval = {0};

    for (size_t i = 0; i < 40; i++) {
        rows[i].query = texts[40 * i];
        for (size_t k = 0; k < 40; k++) {
            (void)snprintf(texts[40 * i + k], sizeof(texts[0]), "passage %zu", 40 * i + k);
            rows[i].passages[k] = texts[40 * i + k];
        }
    }
    ck_assert_int_eq(rerank_eval_load(&eval, &source, false), EVAL_OK);
    ck_assert_uint_eq(eval.query_count, RERANK_PASSAGES_MAX / RERANK_LIST_MAX);
    ck_assert_uint_eq(eval.passage_count, RERANK_PASSAGES_MAX);
}
END_TEST

START_TEST(one_query_with_too_many_passages_is_taken_all_the_same)
{
    static char texts[3000][32];
    static struct row rows[3000];
    struct memory_rows memory = {.rows = rows, .count = 3000};
    struct rerank_rows source = {rewind_rows, next_row, &memory};
    AUTO(rerank_eval_done) struct rerank_eval eval = {0};

    for (size_t i = 0; i < 3000; i++) {
        (void)snprintf(texts[i], sizeof(texts[0]), "passage %zu", i);
        rows[i] = (struct row){"q", {texts[i]}, {NULL}};
    }
    ck_assert_int_eq(rerank_eval_load(&eval, &source, false), EVAL_OK);
    ck_assert_uint_eq(eval.query_count, 1);
    ck_assert_uint_eq(eval.passage_count, RERANK_PASSAGES_MAX);
}
END_TEST

START_TEST(long_texts_are_cut_before_a_character)
{
    AUTO(buf_done) struct buf lengthy = {0};
    AUTO(rerank_eval_done) struct rerank_eval eval = {0};
    struct row row = {"q", {NULL}, {NULL}};
    struct memory_rows memory = {.rows = &row, .count = 1};
    struct rerank_rows source = {rewind_rows, next_row, &memory};

    buf_add_char(&lengthy, 'a');
    for (int i = 0; i < 3000; i++)
        buf_add_string(&lengthy, "\xc3\xa9");
    row.passages[0] = lengthy.data;
    ck_assert_int_eq(rerank_eval_load(&eval, &source, false), EVAL_OK);
    ck_assert_uint_eq(eval.passages[0].len, RERANK_TEXT_BYTES_MAX - 1);
}
END_TEST

/*
 * Failures
 */

START_TEST(rows_that_cannot_be_read_are_a_failure)
{
    enum rerank_eval_result result = EVAL_FAILED;

    for (size_t i = 1; result != EVAL_OK; i++) {
        AUTO(rerank_eval_done) struct rerank_eval eval = {0};
        struct memory_rows memory = {.rows = worked_example, .count = 2, .fails_at = i};
        struct rerank_rows source = {rewind_rows, next_row, &memory};

        result = rerank_eval_load(&eval, &source, true);
        ck_assert_int_eq(result, memory.calls >= i ? EVAL_FAILED : EVAL_OK);
        ck_assert_uint_lt(i, 20);
    }
}
END_TEST

START_TEST(memory_that_runs_out_is_a_failure)
{
    struct rerank_metrics metrics;
    enum rerank_eval_result result = EVAL_NO_MEMORY;

    for (size_t i = 0; result != EVAL_OK; i++) {
        failing_alloc_once_after(i);
        result = measure(worked_example, 2, false, &metrics);
        ck_assert_int_eq(failing_alloc_stop(), result != EVAL_OK);
        ck_assert(result == EVAL_OK || result == EVAL_NO_MEMORY);
    }
}
END_TEST

START_TEST(a_stop_ends_the_measuring)
{
    AUTO(rerank_eval_done) struct rerank_eval eval = {0};
    AUTO(ranker_done) struct ranker ranker = {0};
    struct rerank_metrics metrics;
    atomic_bool stop;

    atomic_init(&stop, true);
    load_many(&eval, 10, false);
    ck_assert(ranker_init(&ranker));
    ck_assert_int_eq(rerank_eval_measure(&eval, &ranker, TERM_ENGLISH, &stop, &metrics),
                     EVAL_STOPPED);
}
END_TEST

Suite *rerank_metrics_suite(void)
{
    Suite *suite = suite_create("rerank_metrics");
    TCase *values = tcase_create("values"), *bounds = tcase_create("bounds");
    TCase *failures = tcase_create("failures");

    tcase_add_test(values, places_three_and_two_give_five_twelfths);
    tcase_add_test(values, of_equal_scores_the_earlier_passage_is_first);
    tcase_add_test(values, rows_with_one_query_are_one_and_relevance_wins);
    tcase_add_loop_test(values, without_a_row_all_is_zero, 0, 2);
    tcase_add_loop_test(values, metrics_are_what_their_definitions_say, 0, (int)ARRAY_LEN(sizes));
    suite_add_tcase(suite, values);

    tcase_add_loop_test(bounds, so_many_queries_are_taken_and_no_more, 0, (int)ARRAY_LEN(limits));
    tcase_add_test(bounds, passages_beyond_the_bounds_are_left_out);
    tcase_add_test(bounds, one_query_with_too_many_passages_is_taken_all_the_same);
    tcase_add_test(bounds, long_texts_are_cut_before_a_character);
    suite_add_tcase(suite, bounds);

    tcase_add_test(failures, rows_that_cannot_be_read_are_a_failure);
    tcase_add_test(failures, memory_that_runs_out_is_a_failure);
    tcase_add_test(failures, a_stop_ends_the_measuring);
    suite_add_tcase(suite, failures);
    return suite;
}
