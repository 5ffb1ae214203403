/*
 * What it costs to find a stub among many, and to add them.
 *
 *     bench_stubs          prints a table, and fails if 10,000 stubs cost more than they may
 *
 * Costs are ratios within one run, each the best of several: of a match among 10,000 stubs to one
 * with a single stub of the same kind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stubs/stub_set.h"

enum { MANY = 10000, MATCHES = 20000, ROUNDS = 25, PATHS = 16 };

static const double ratio_max = 1.15, add_s_max = 1;

static double now_s(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void die(const char *why)
{
    (void)fprintf(stderr, "bench_stubs: %s\n", why);
    exit(2);
}

/* How the stubs ask for a path, and what a request's is: a number stands before what follows. */
struct kind {
    const char *name, *field, *before, *asked, *sent;
};

static const struct kind kinds[] = {
    {"literal", "urlPath", "/v2/things/thing-", "", ""},
    {"template", "urlPathTemplate", "/v2/kind-", "/{id}", "/x"},
};

static void add_stub(struct stub_set *set, const struct kind *kind, int number)
{
    char path[64], id[UUID_SIZE];
    struct match_error error;
    struct stub *stub;
    json_t *json;

    (void)snprintf(path, sizeof(path), "%s%06d%s", kind->before, number, kind->asked);
    json = json_pack("{s:{s:s,s:s}}", "request", "method", "GET", kind->field, path);
    stub_set_next_id(set, id);
    stub = stub_new(json, id, &error);
    json_decref(json);
    if (!stub || stub_set_add(set, stub) != STUB_SET_OK)
        die("a stub cannot be added");
}

static struct stub_set *make_set(const struct kind *kind, int count, double *seconds)
{
    struct stub_set *set = stub_set_new(1, MANY);
    double start = now_s();

    if (!set)
        die("out of memory");
    for (int i = 0; i < count; i++)
        add_stub(set, kind, i);
    *seconds = now_s() - start;
    return set;
}

static bool bring_nothing(void *context, struct match_request *request)
{
    (void)context;
    (void)request;
    return false;
}

/* The seconds that MATCHES matches take. Of what no stub takes, several paths are sent: one may
 * happen to stand where others do. */
static double time_matches(struct stub_set *set, const struct kind *kind, int number,
                           enum stub_set_result wanted)
{
    char paths[PATHS][64];
    size_t len = 0;
    double start;

    for (int i = 0; i < PATHS; i++) {
        int shown = wanted == STUB_SET_OK ? number : number + i;

        len = (size_t)snprintf(paths[i], sizeof(paths[i]), "%s%06d%s", kind->before, shown,
                               kind->sent);
    }
    start = now_s();

    for (int i = 0; i < MATCHES; i++) {
        struct match_request request = {.method = {"GET", 3}, .url = {paths[i % PATHS], len}};
        struct stub *found = NULL;

        if (stub_set_match(set, &request, bring_nothing, NULL, &found) != wanted)
            die("a match went wrong");
        stub_release(found);
        match_request_done(&request);
    }
    return now_s() - start;
}

static const struct {
    const char *name;
    int number; /* of the stub that matches */
    enum stub_set_result wanted;
} places[] = {
    {"first", MANY - 1, STUB_SET_OK}, {"last", 0, STUB_SET_OK}, {"none", MANY, STUB_SET_NONE}};

/* Print a row. Returns whether the costs are what they may be. */
static bool compare(const struct kind *kind, struct stub_set *one, struct stub_set *many,
                    size_t place)
{
    double base = 1e9, cost = 1e9, ratio;

    /* In turn, so that both see the machine in the same mood. */
    for (int i = 0; i < ROUNDS; i++) {
        int number = places[place].wanted == STUB_SET_OK ? 0 : MANY;
        double a = time_matches(one, kind, number, places[place].wanted);
        double b = time_matches(many, kind, places[place].number, places[place].wanted);

        base = a < base ? a : base;
        cost = b < cost ? b : cost;
    }
    ratio = cost / base;
    printf("%-9s %-6s %8.0f ns  %8.0f ns  %5.2f\n", kind->name, places[place].name,
           base / MATCHES * 1e9, cost / MATCHES * 1e9, ratio);
    return ratio <= ratio_max;
}

int main(void)
{
    bool ok = true;

    printf("                among one    among %d  ratio\n", MANY);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        double seconds;
        struct stub_set *one = make_set(&kinds[i], 1, &seconds);
        struct stub_set *many = make_set(&kinds[i], MANY, &seconds);

        for (size_t j = 0; j < ARRAY_LEN(places); j++)
            ok = compare(&kinds[i], one, many, j) && ok;
        printf("%-9s add %d: %.2f s\n", kinds[i].name, MANY, seconds);
        ok = ok && seconds <= add_s_max;
        stub_set_free(one);
        stub_set_free(many);
    }
    return ok ? 0 : 1;
}
