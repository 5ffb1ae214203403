#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "support/failing_alloc.h"

Suite *stub_set_suite(void);

static void add(struct stub_set *set, const char *text, unsigned id)
{
    ck_assert_int_eq(stub_set_add(set, make_stub(text, id)), STUB_SET_OK);
}

static void drop(struct stub_set *set, unsigned id)
{
    char uuid[UUID_SIZE];

    write_id(id, uuid);
    ck_assert_int_eq(stub_set_remove(set, uuid), STUB_SET_OK);
}

START_TEST(the_latest_stub_takes_a_request_unless_another_is_more_important)
{
    struct stub_set *set = stub_set_new(1, 100);

    add(set, "{'request':{'urlPath':'/a'}}", 1);
    add(set, "{'request':{'urlPathTemplate':'/{x}'}}", 2);
    ck_assert_uint_eq(ask(set, "/a"), 2);
    add(set, "{'request':{'urlPathPattern':'/.'}}", 3);
    ck_assert_uint_eq(ask(set, "/a"), 3);
    add(set, "{'priority':1,'request':{'url':'/a'}}", 4);
    add(set, "{'request':{}}", 5);
    ck_assert_uint_eq(ask(set, "/a"), 4);
    ck_assert_uint_eq(ask(set, "/b/c"), 5);
    drop(set, 4);
    drop(set, 5);
    ck_assert_uint_eq(ask(set, "/a"), 3);
    ck_assert_uint_eq(ask(set, "/b/c"), 0);
    stub_set_free(set);
}
END_TEST

START_TEST(ids_are_found_in_any_case_and_taken_once)
{
    struct stub_set *set = stub_set_new(1, 2);
    struct stub *stub = make_stub("{}", 0xab), *other;

    ck_assert_int_eq(stub_set_add(set, stub), STUB_SET_OK);
    other = make_stub("{}", 0xab);
    ck_assert_int_eq(stub_set_add(set, other), STUB_SET_ID_TAKEN);
    stub_release(other);
    ck_assert_int_eq(stub_set_get(set, "00000000-0000-0000-0000-0000000000AB", &other),
                     STUB_SET_OK);
    ck_assert_ptr_eq(other, stub);
    stub_release(other);
    ck_assert_int_eq(stub_set_get(set, "AB", &other), STUB_SET_NONE);
    add(set, "{}", 1);
    other = make_stub("{}", 2);
    ck_assert_int_eq(stub_set_add(set, other), STUB_SET_FULL);
    stub_release(other);
    stub_set_free(set);
}
END_TEST

/* As many as fill the table of ids several times over, and in an order that is not theirs. */
START_TEST(ids_come_and_go)
{
    enum { COUNT = 2000 };

    struct stub_set *set = stub_set_new(1, COUNT);
    struct stub *stub;
    char id[UUID_SIZE];

    for (unsigned i = 1; i <= COUNT; i++)
        add(set, "{'request':{'urlPath':'/a'}}", i);
    for (unsigned i = 1; i <= COUNT; i += 2)
        drop(set, (i * 7) % COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        bool is_left = i % 2 == 0 && i > 0;

        write_id(i, id);
        ck_assert_int_eq(stub_set_get(set, id, &stub), is_left ? STUB_SET_OK : STUB_SET_NONE);
        if (is_left)
            stub_release(stub);
    }
    ck_assert_uint_eq(stub_set_count(set), COUNT / 2);
    stub_set_clear(set, STUBS_ALL);
    ck_assert_uint_eq(stub_set_count(set), 0);
    ck_assert_uint_eq(ask(set, "/a"), 0);
    stub_set_free(set);
}
END_TEST

START_TEST(paths_that_nobody_asks_for_any_more_are_forgotten)
{
    struct stub_set *set = stub_set_new(1, 10);
    char text[96];

    add(set, "{'request':{'urlPath':'/kept'}}", 1);
    for (unsigned i = 0; i < 5000; i++) {
        (void)snprintf(text, sizeof(text), "{'request':{'urlPathTemplate':'/%u/{x}'}}", i);
        add(set, text, 2);
        drop(set, 2);
    }
    ck_assert_uint_eq(ask(set, "/kept"), 1);
    ck_assert_uint_eq(ask(set, "/4999/x"), 0);
    stub_set_free(set);
}
END_TEST

START_TEST(a_stub_that_is_replaced_keeps_its_place)
{
    struct stub_set *set = stub_set_new(1, 10);

    add(set, "{'request':{'urlPath':'/a'}}", 1);
    add(set, "{'request':{'urlPath':'/a'}}", 2);
    ck_assert_int_eq(stub_set_replace(set, make_stub("{'request':{'url':'/a'}}", 1)), STUB_SET_OK);
    ck_assert_uint_eq(ask(set, "/a"), 2);
    drop(set, 2);
    ck_assert_uint_eq(ask(set, "/a"), 1);
    stub_set_free(set);
}
END_TEST

static const char first[] = "{'request':{'urlPath':'/a'},'scenarioName':'s',"
                            "'requiredScenarioState':'Started','newScenarioState':'b'}";
static const char second[] =
    "{'request':{'urlPath':'/a'},'scenarioName':'s','requiredScenarioState':'b'}";

static void check_state(struct stub_set *set, const char *wanted)
{
    char *state = stub_set_scenario_state(set, "s");

    ck_assert_pstr_eq(state, wanted);
    free(state);
}

START_TEST(a_scenario_moves_on_and_can_be_put_back)
{
    struct stub_set *set = stub_set_new(1, 10);

    add(set, first, 1);
    add(set, second, 2);
    check_state(set, "Started");
    ck_assert_uint_eq(ask(set, "/a"), 1);
    check_state(set, "b");
    ck_assert_uint_eq(ask(set, "/a"), 2);
    ck_assert_int_eq(stub_set_put_scenario(set, "s", "x"), STUB_SET_NO_STATE);
    ck_assert_int_eq(stub_set_put_scenario(set, "t", NULL), STUB_SET_NONE);
    ck_assert_int_eq(stub_set_put_scenario(set, "s", NULL), STUB_SET_OK);
    ck_assert_uint_eq(ask(set, "/a"), 1);
    stub_set_reset_scenarios(set);
    check_state(set, "Started");
    drop(set, 1);
    check_state(set, "Started");
    drop(set, 2);
    check_state(set, NULL);
    stub_set_free(set);
}
END_TEST

START_TEST(a_set_for_which_memory_runs_out_stays_as_it_was)
{
    struct stub_set *set = stub_set_new(1, 10);
    enum stub_set_result result = STUB_SET_NO_MEMORY;
    struct stub *stub = make_stub(first, 1);

    for (size_t i = 0; result != STUB_SET_OK; i++) {
        failing_alloc_once_after(i);
        result = stub_set_add(set, stub);
        ck_assert_int_eq(result, failing_alloc_stop() ? STUB_SET_NO_MEMORY : STUB_SET_OK);
        ck_assert_uint_eq(stub_set_count(set), result == STUB_SET_OK ? 1 : 0);
        if (result != STUB_SET_OK)
            check_state(set, NULL);
    }
    ck_assert_uint_eq(ask(set, "/a"), 1);
    stub = make_stub("{'request':{'urlPath':'/b'},'scenarioName':'t'}", 1);
    for (size_t i = 0, ok = 0; !ok; i++) {
        failing_alloc_once_after(i);
        ok = stub_set_replace(set, stub) == STUB_SET_OK;
        ck_assert(failing_alloc_stop() != (ok != 0));
        check_state(set, ok ? NULL : "b");
        ck_assert_uint_eq(ask(set, "/b"), ok ? 1 : 0);
        ck_assert_uint_eq(stub_set_count(set), 1);
    }
    stub_set_free(set);
}
END_TEST

/* Threads */

enum { ROUNDS = 300, ASKERS = 3 };

static void *change_stubs(void *context)
{
    struct stub_set *set = context;
    char text[96];

    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned id = 100 + i % 7;

        (void)snprintf(text, sizeof(text), "{'request':{'urlPathTemplate':'/x/%u/{y}'}}", i % 5);
        add(set, text, id);
        stub_list_release(stub_set_list(set));
        drop(set, id);
        stub_set_reset_scenarios(set);
    }
    return NULL;
}

static void *ask_stubs(void *context)
{
    struct stub_set *set = context;
    char path[32];

    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned id;

        (void)snprintf(path, sizeof(path), "/x/%u/z", i % 5);
        id = ask(set, path);
        ck_assert(id == 1 || id >= 100);
        id = ask(set, "/a");
        ck_assert(id == 2 || id == 3);
    }
    return NULL;
}

START_TEST(stubs_change_while_others_ask)
{
    struct stub_set *set = stub_set_new(1, 100);
    pthread_t threads[ASKERS + 1];

    add(set, "{'priority':9,'request':{'urlPathPattern':'/x/.*'}}", 1);
    add(set, first, 2);
    add(set, second, 3);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, i ? ask_stubs : change_stubs, set), 0);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_uint_eq(stub_set_count(set), 3);
    stub_set_free(set);
}
END_TEST

Suite *stub_set_suite(void)
{
    Suite *suite = suite_create("stub_set");
    TCase *tcase = tcase_create("stub_set");

    tcase_add_test(tcase, the_latest_stub_takes_a_request_unless_another_is_more_important);
    tcase_add_test(tcase, ids_are_found_in_any_case_and_taken_once);
    tcase_add_test(tcase, ids_come_and_go);
    tcase_add_test(tcase, paths_that_nobody_asks_for_any_more_are_forgotten);
    tcase_add_test(tcase, a_stub_that_is_replaced_keeps_its_place);
    tcase_add_test(tcase, a_scenario_moves_on_and_can_be_put_back);
    tcase_add_test(tcase, a_set_for_which_memory_runs_out_stays_as_it_was);
    tcase_add_test(tcase, stubs_change_while_others_ask);
    suite_add_tcase(suite, tcase);
    return suite;
}
