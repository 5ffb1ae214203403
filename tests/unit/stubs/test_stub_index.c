#include <check.h>
#include <stdio.h>

#include "fixture.h"
#include "stubs/stub_index.h"
#include "support/failing_alloc.h"

Suite *stub_index_suite(void);

/* clang-format off */
static const struct {
    const char *request; /* of the only stub */
    const char *path;
    bool is_candidate;
} cases[] = {
    {"'url':'/a?b=c'",                   "/a",          true},
    {"'urlPath':'/a'",                   "/a",          true},
    {"'urlPath':'/a'",                   "/b",          false},
    {"'urlPath':'/a'",                   "/a/",         false},
    {"'urlPathTemplate':'/a/{id}'",      "/a/1",        true},
    {"'urlPathTemplate':'/a/{id}'",      "/a/",         false},
    {"'urlPathTemplate':'/a/{id}'",      "/a/1/2",      false},
    {"'urlPathTemplate':'/a/{id}'",      "/b/1",        false},
    {"'urlPathTemplate':'/a/{id}:end'",  "/a/1:end",    true},
    {"'urlPathTemplate':'/a/{id}:end'",  "/a/1:other",  false},
    {"'urlPathTemplate':'/v{n}/x'",      "/v1/x",       true},
    {"'urlPathTemplate':'/v{n}/x'",      "/w1/x",       false},
    {"'urlPathTemplate':'/a'",           "/a",          true},
    {"'urlPathTemplate':'/a/**'",        "/a/b/c",      true},
    {"'urlPathTemplate':'/{a}-{b}'",     "/1-2",        true},
    {"'urlPathPattern':'/x'",            "/y",          true},
    {"'urlPattern':'/x'",                "/y",          true},
    {"'method':'GET'",                   "*",           true},
};
/* clang-format on */

static size_t count_candidates(const struct stub_index *index, const char *path)
{
    struct stub_candidates found;
    size_t count = 0;

    ck_assert(stub_index_find(index, text_of(path), &found));
    for (size_t i = 0; i < found.count; i++)
        count += found.lists[i]->count;
    stub_candidates_release(&found);
    return count;
}

static struct stub *add(struct stub_index *index, const char *request, unsigned number)
{
    char text[256];
    struct stub *stub;

    (void)snprintf(text, sizeof(text), "{'request':{%s}}", request);
    stub = make_stub(text, number);
    stub->place = number;
    ck_assert(stub_index_add(index, stub));
    return stub;
}

START_TEST(a_stub_is_found_by_the_paths_that_it_may_take)
{
    struct stub_index *index = stub_index_new();
    struct stub *stub = add(index, cases[_i].request, 1);

    ck_assert_uint_eq(count_candidates(index, cases[_i].path), cases[_i].is_candidate ? 1 : 0);
    ck_assert(stub_index_remove(index, stub));
    ck_assert_uint_eq(count_candidates(index, cases[_i].path), 0);
    stub_release(stub);
    stub_index_free(index);
}
END_TEST

START_TEST(of_a_thousand_stubs_each_is_found)
{
    struct stub_index *index = stub_index_new();
    char text[64];

    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(text, sizeof(text), "'%s':'/%u%s'", i % 2 ? "urlPathTemplate" : "urlPath", i,
                       i % 2 ? "/{id}" : "");
        stub_release(add(index, text, i + 1));
    }
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(text, sizeof(text), "/%u%s", i, i % 2 ? "/x" : "");
        ck_assert_uint_eq(count_candidates(index, text), 1);
    }
    ck_assert_uint_eq(count_candidates(index, "/1"), 0);
    stub_index_free(index);
}
END_TEST

/* A segment that several shapes fit leads to more lists than there is room for at first. */
START_TEST(many_lists_may_fit_one_path)
{
    struct stub_index *index = stub_index_new();
    char text[64];

    for (unsigned i = 0; i < 20; i++) {
        (void)snprintf(text, sizeof(text), "'urlPathTemplate':'/%.*s{x}'", (int)i,
                       "aaaaaaaaaaaaaaaaaaaaaaaa");
        stub_release(add(index, text, i + 1));
    }
    ck_assert_uint_eq(count_candidates(index, "/aaaaaaaaaaaaaaaaaaaaaaaaaa"), 20);
    stub_index_free(index);
}
END_TEST

START_TEST(an_index_for_which_memory_runs_out_stays_as_it_was)
{
    struct stub_index *index = stub_index_new();
    struct stub *stub = make_stub("{'request':{'urlPathTemplate':'/a/b{c}d/e'}}", 1);
    bool is_added = false;

    for (size_t i = 0; !is_added; i++) {
        failing_alloc_once_after(i);
        is_added = stub_index_add(index, stub);
        ck_assert(failing_alloc_stop() != is_added);
        ck_assert_uint_eq(count_candidates(index, "/a/bxd/e"), is_added ? 1 : 0);
    }
    stub_release(stub);
    stub_index_free(index);
}
END_TEST

Suite *stub_index_suite(void)
{
    Suite *suite = suite_create("stub_index");
    TCase *tcase = tcase_create("stub_index");

    tcase_add_loop_test(tcase, a_stub_is_found_by_the_paths_that_it_may_take, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, of_a_thousand_stubs_each_is_found);
    tcase_add_test(tcase, many_lists_may_fit_one_path);
    tcase_add_test(tcase, an_index_for_which_memory_runs_out_stays_as_it_was);
    suite_add_tcase(suite, tcase);
    return suite;
}
