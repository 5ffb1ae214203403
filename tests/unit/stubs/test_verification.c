#include "stubs/verification.h"

#include <check.h>
#include <jansson.h>
#include <pthread.h>

#include "stubs/stub_worlds.h"

Suite *verification_suite(void);

static struct journal *journal;

static void open_journal(void)
{
    journal = journal_new(1, 0, 0, NULL);
    ck_assert_ptr_nonnull(journal);
}

static void close_journal(void)
{
    journal_free(journal);
}

static void add_call(const char *method, const char *url)
{
    journal_add(journal, &(struct journal_call){.method = text_of(method), .url = text_of(url)});
}

static struct request_pattern *pattern_of(const char *url)
{
    struct match_error error;
    json_t *json = json_pack("{s:s}", "urlPath", url);
    struct request_pattern *pattern = request_pattern_new(json, "", &error);

    ck_assert_ptr_nonnull(pattern);
    json_decref(json);
    return pattern;
}

/* Each letter of `calls` is a call of a path of that name; `order` likewise. */
/* clang-format off */
static const struct {
    const char *calls, *order;
    bool and_no_more;
    enum verification_failure failure;
    size_t early, late;
} orders[] = {
    {"ab",  "ab",  false, VERIFICATION_FINE,        0, 0},
    {"xaxb", "ab", false, VERIFICATION_FINE,        0, 0},
    {"aba", "ab",  true,  VERIFICATION_FINE,        0, 0},
    {"axb", "ab",  true,  VERIFICATION_OTHERS,      0, 0},
    {"ba",  "ab",  false, VERIFICATION_WRONG_ORDER, 1, 0},
    {"bab", "ab",  false, VERIFICATION_WRONG_ORDER, 1, 0},
    {"b",   "ab",  false, VERIFICATION_WRONG_ORDER, 1, 0},
    {"a",   "ab",  false, VERIFICATION_MISSING,     0, 1},
    {"",    "ab",  false, VERIFICATION_MISSING,     0, 0},
    {"acb", "abc", false, VERIFICATION_WRONG_ORDER, 2, 1},
    {"aba", "aba", false, VERIFICATION_FINE,        0, 0},
    {"ab",  "aba", false, VERIFICATION_MISSING,     0, 2},
    {"aab", "aba", false, VERIFICATION_WRONG_ORDER, 2, 1},
};
/* clang-format on */

START_TEST(an_order_is_that_of_the_first_calls)
{
    struct request_pattern *patterns[4];
    struct verification verification = {.patterns = patterns, .in_order = true};
    struct verification_result result;

    for (const char *c = orders[_i].order; *c; c++)
        patterns[verification.pattern_count++] = pattern_of((char[]){'/', *c, '\0'});
    for (const char *c = orders[_i].calls; *c; c++)
        add_call("GET", (char[]){'/', *c, '\0'});
    verification.and_no_more = orders[_i].and_no_more;
    ck_assert(verification_check(&verification, journal, &result));
    ck_assert_int_eq(result.failure, orders[_i].failure);
    if (result.failure == VERIFICATION_WRONG_ORDER)
        ck_assert_uint_eq(result.early, orders[_i].early);
    ck_assert_uint_eq(result.late, orders[_i].late);
    verification_result_done(&result);
    for (size_t i = 0; i < verification.pattern_count; i++)
        request_pattern_free(patterns[i]);
}
END_TEST

/* clang-format off */
static const struct {
    const char *calls;
    uint64_t least, most;
    bool and_no_more;
    enum verification_failure failure;
    uint64_t matched, others;
} counts[] = {
    {"",    1, UINT64_MAX, false, VERIFICATION_TOO_FEW,  0, 0},
    {"a",   1, UINT64_MAX, false, VERIFICATION_FINE,     1, 0},
    {"aa",  1, 1,          false, VERIFICATION_TOO_MANY, 2, 0},
    {"aab", 2, 2,          false, VERIFICATION_FINE,     2, 1},
    {"aab", 2, 2,          true,  VERIFICATION_OTHERS,   2, 1},
    {"b",   0, 0,          false, VERIFICATION_FINE,     0, 1},
    {"",    0, 0,          true,  VERIFICATION_FINE,     0, 0},
};
/* clang-format on */

START_TEST(calls_are_counted)
{
    struct request_pattern *pattern = pattern_of("/a");
    struct verification verification = {.patterns = &pattern,
                                        .pattern_count = 1,
                                        .least = counts[_i].least,
                                        .most = counts[_i].most,
                                        .and_no_more = counts[_i].and_no_more};
    struct verification_result result;

    for (const char *c = counts[_i].calls; *c; c++)
        add_call("GET", (char[]){'/', *c, '\0'});
    ck_assert(verification_check(&verification, journal, &result));
    ck_assert_int_eq(result.failure, counts[_i].failure);
    ck_assert_uint_eq(result.matched, counts[_i].matched);
    ck_assert_uint_eq(result.others, counts[_i].others);
    verification_result_done(&result);
    request_pattern_free(pattern);
}
END_TEST

enum { LONG_MS = 60000, CALLS = 200 };

static void *call_often(void *unused)
{
    (void)unused;
    for (int i = 0; i < CALLS; i++)
        add_call("GET", i % 2 ? "/a" : "/b");
    return NULL;
}

START_TEST(a_verification_waits_until_enough_calls_have_come)
{
    struct request_pattern *pattern = pattern_of("/a");
    struct verification verification = {
        .patterns = &pattern, .pattern_count = 1, .least = CALLS, .most = CALLS};
    struct verification_result result;
    pthread_t callers[2];

    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&callers[i], NULL, call_often, NULL), 0);
    ck_assert(verification_wait(&verification, journal, LONG_MS, &result));
    ck_assert_int_eq(result.failure, VERIFICATION_FINE);
    ck_assert_uint_eq(result.matched, CALLS);
    verification_result_done(&result);
    for (size_t i = 0; i < 2; i++)
        (void)pthread_join(callers[i], NULL);
    request_pattern_free(pattern);
}
END_TEST

static void *wait_in_vain(void *context)
{
    struct journal *own = context;
    struct request_pattern *pattern = pattern_of("/never");
    struct verification verification = {
        .patterns = &pattern, .pattern_count = 1, .least = 1, .most = 1};
    struct verification_result result;

    ck_assert(verification_wait(&verification, own, LONG_MS, &result));
    ck_assert_int_eq(result.failure, VERIFICATION_TOO_FEW);
    verification_result_done(&result);
    request_pattern_free(pattern);
    return NULL;
}

static struct stub_world *get_world(struct stub_worlds *worlds, uint64_t incarnation)
{
    struct stub_world *world = stub_worlds_get(
        worlds, &(struct stub_world_key){.name = TEXT("w"), .incarnation = incarnation});

    ck_assert_ptr_nonnull(world);
    return world;
}

/* Whether it ends by the stop, or by the reset of its world: 60 seconds would be too long for the
 * test. Whichever thread comes first, the wait is over. */
START_TEST(a_wait_ends_when_the_server_stops_or_its_world_is_reset)
{
    struct stub_worlds *worlds = stub_worlds_new(&(struct stub_worlds_config){.worlds_max = 2});
    struct stub_world *first = get_world(worlds, 1), *second;
    pthread_t waiter;

    ck_assert_int_eq(pthread_create(&waiter, NULL, wait_in_vain, first->journal), 0);
    second = get_world(worlds, 2);
    (void)pthread_join(waiter, NULL);
    ck_assert_int_eq(pthread_create(&waiter, NULL, wait_in_vain, second->journal), 0);
    stub_worlds_wake(worlds);
    (void)pthread_join(waiter, NULL);
    stub_world_release(second);
    second = get_world(worlds, 3);
    (void)wait_in_vain(second->journal);
    stub_world_release(second);
    stub_world_release(first);
    stub_worlds_free(worlds);
}
END_TEST

START_TEST(so_many_wait_at_once_and_no_more)
{
    struct stub_worlds *worlds = stub_worlds_new(&(struct stub_worlds_config){.waits_max = 2});

    ck_assert(stub_worlds_begin_wait(worlds));
    ck_assert(stub_worlds_begin_wait(worlds));
    ck_assert(!stub_worlds_begin_wait(worlds));
    stub_worlds_end_wait(worlds);
    ck_assert(stub_worlds_begin_wait(worlds));
    stub_worlds_free(worlds);
}
END_TEST

Suite *verification_suite(void)
{
    Suite *suite = suite_create("verification");
    TCase *tcase = tcase_create("verification");

    tcase_add_checked_fixture(tcase, open_journal, close_journal);
    tcase_add_loop_test(tcase, an_order_is_that_of_the_first_calls, 0, ARRAY_LEN(orders));
    tcase_add_loop_test(tcase, calls_are_counted, 0, ARRAY_LEN(counts));
    tcase_add_test(tcase, a_verification_waits_until_enough_calls_have_come);
    tcase_add_test(tcase, a_wait_ends_when_the_server_stops_or_its_world_is_reset);
    tcase_add_test(tcase, so_many_wait_at_once_and_no_more);
    tcase_set_timeout(tcase, 30);
    suite_add_tcase(suite, tcase);
    return suite;
}
