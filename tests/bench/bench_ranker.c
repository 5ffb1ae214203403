/*
 * How fast is the ranker, in time of the processor?
 *
 *     bench_ranker          times the documented example and a long text
 *     bench_ranker -        scores what comes on standard input, for ranking.py: a line that begins
 *                           with Q is a query, one with D a document; prints a score for each D
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "core/ranker.h"
#include "core/token_count.h"

enum { ROUNDS = 50000, LONG_SIZE = 4 << 20 };

static const char question[] = "What is the capital of the United States?";

static const char *const documents[] = {
    "Carson City is the capital city of the American state of Nevada.",
    "The Commonwealth of the Northern Mariana Islands is a group of islands in the Pacific Ocean. "
    "Its capital is Saipan.",
    "Capitalization or capitalisation in English grammar is the use of a capital letter at the "
    "start of a word. English usage varies from capitalization in other languages.",
    "Washington, D.C. (also known as simply Washington or D.C., and officially as the District of "
    "Columbia) is the capital of the United States. It is a federal district.",
    "Capital punishment has existed in the United States since beforethe United States was a "
    "country. As of 2017, capital punishment is legal in 30 of the 50 states.",
};

static double now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec * 1e-3;
}

static int out_of_memory(void)
{
    (void)fprintf(stderr, "out of memory\n");
    return EXIT_FAILURE;
}

static int time_short(struct ranker *ranker)
{
    size_t count = ARRAY_LEN(documents);
    double start = now_us(), sum = 0;

    for (int i = 0; i < ROUNDS; i++) {
        if (!ranker_set_query(ranker, TERM_ENGLISH, text_of(question)))
            return out_of_memory();
        for (size_t k = 0; k < count; k++)
            sum += (double)ranker_score(ranker, text_of(documents[k]));
    }
    printf("a query with %zu documents: %.2f us (mean score %.3f)\n", count,
           (now_us() - start) / ROUNDS, sum / ROUNDS / (double)count);
    return EXIT_SUCCESS;
}

static int time_long(struct ranker *ranker)
{
    AUTO(buf_done) struct buf text = {0};
    double start;
    size_t count;

    for (size_t i = 0; text.len < LONG_SIZE && !text.failed; i++) {
        buf_add_string(&text, documents[i * 7 % ARRAY_LEN(documents)]);
        buf_add_char(&text, '\n');
    }
    if (text.failed)
        return out_of_memory();
    start = now_us();
    (void)ranker_score(ranker, buf_text(&text));
    printf("a document of %zu bytes: %.0f MB/s\n", text.len, (double)text.len / (now_us() - start));
    start = now_us();
    count = token_count(buf_text(&text));
    printf("its %zu tokens counted: %.0f MB/s\n", count, (double)text.len / (now_us() - start));
    return EXIT_SUCCESS;
}

static int score_input(struct ranker *ranker)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len;

    while ((len = getline(&line, &size, stdin)) > 0) {
        struct text text = text_trim((struct text){line + 1, (size_t)len - 1});

        if (line[0] == 'D')
            printf("%.9g\n", (double)ranker_score(ranker, text));
        else if (!ranker_set_query(ranker, TERM_ENGLISH, text))
            break;
    }
    free(line);
    return ferror(stdin) || len > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    AUTO(ranker_done) struct ranker ranker = {0};

    if (!ranker_init(&ranker))
        return out_of_memory();
    if (argc > 1 && strcmp(argv[1], "-") == 0)
        return score_input(&ranker);
    return time_short(&ranker) || time_long(&ranker) ? EXIT_FAILURE : EXIT_SUCCESS;
}
