#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "match/json_path.h"
#include "support/failing_alloc.h"

Suite *json_path_suite(void);

/* What is beside the RFC, whose own suite is another test. */
static const struct {
    const char *path, *document, *selected;
} cases[] = {
    {"a.b", "{\"a\":{\"b\":1}}", "[1]"},
    {"$.a-b", "{\"a-b\":1}", "[1]"},
    {"$.a.length()", "{\"a\":[1,2]}", "[2]"},
    {"$.a.size()", "{\"a\":\"xyz\"}", "[3]"},
    {"$[?@.x =~ /B.*/i]", "[{\"x\":\"bc\"},{\"x\":\"cb\"}]", "[{\"x\":\"bc\"}]"},
    {"$[?@ in ['a',1]]", "[\"a\",1,2]", "[\"a\",1]"},
    {"$[?@ nin ['a',1]]", "[\"a\",1,2]", "[2]"},
};

static json_t *read_json(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_DECODE_ANY, &error);

    ck_assert_msg(json, "%s: %s", text, error.text);
    return json;
}

static struct json_path *make(const char *text)
{
    char error[300];
    struct json_path *path = json_path_new(text, error, sizeof(error));

    ck_assert_msg(path, "%s: %s", text, error);
    return path;
}

START_TEST(paths_select)
{
    json_t *document = read_json(cases[_i].document), *wanted = read_json(cases[_i].selected);
    struct json_path *path = make(cases[_i].path);
    json_t *list = json_array();
    struct json_nodes nodes = {0};

    ck_assert_int_eq(json_path_select(path, document, &nodes), JSON_PATH_OK);
    for (size_t i = 0; i < nodes.count; i++)
        json_array_append(list, nodes.items[i]);
    ck_assert_msg(json_equal(list, wanted), "%s", cases[_i].path);
    json_nodes_done(&nodes);
    json_path_free(path);
    json_decref(list);
    json_decref(wanted);
    json_decref(document);
}
END_TEST

START_TEST(a_path_that_multiplies_gives_up)
{
    json_t *document = json_array();
    struct json_path *path = make("$..*..*..*");
    struct json_nodes nodes = {0};

    for (int i = 0; i < 40; i++)
        document = json_pack("[o,i,i,i]", document, i, i, i);
    for (int i = 0; i < 100000; i++)
        json_array_append_new(document, json_pack("[[[i]]]", i));
    ck_assert_int_eq(json_path_select(path, document, &nodes), JSON_PATH_TOO_MUCH);
    ck_assert_uint_eq(nodes.count, 0);
    json_path_free(path);
    json_decref(document);
}
END_TEST

START_TEST(a_path_for_which_memory_runs_out_leaks_nothing)
{
    struct json_path *path = NULL;
    char error[300];

    for (size_t i = 0; !path; i++) {
        failing_alloc_once_after(i);
        path = json_path_new("$['a',1:2]..b[?@.c == 'd' && !match(@.e, 'f') || @ in [1]].g", error,
                             sizeof(error));
        /* An expression in it can be compiled later, too. */
        ck_assert(failing_alloc_stop() || path);
    }
    json_path_free(path);
}
END_TEST

START_TEST(a_selection_for_which_memory_runs_out_is_empty)
{
    json_t *document = read_json("{\"a\":[{\"b\":1},{\"b\":2}]}");
    struct json_path *path = make("$..[?@.b > 0].b");
    enum json_path_result result = JSON_PATH_NO_MEMORY;

    for (size_t i = 0; result != JSON_PATH_OK; i++) {
        struct json_nodes nodes = {0};

        failing_alloc_once_after(i);
        result = json_path_select(path, document, &nodes);
        ck_assert_int_eq(result, failing_alloc_stop() ? JSON_PATH_NO_MEMORY : JSON_PATH_OK);
        ck_assert_uint_eq(nodes.count, result == JSON_PATH_OK ? 2 : 0);
        json_nodes_done(&nodes);
    }
    json_path_free(path);
    json_decref(document);
}
END_TEST

Suite *json_path_suite(void)
{
    Suite *suite = suite_create("json_path");
    TCase *tcase = tcase_create("json_path");

    tcase_add_loop_test(tcase, paths_select, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, a_path_that_multiplies_gives_up);
    tcase_add_test(tcase, a_path_for_which_memory_runs_out_leaks_nothing);
    tcase_add_test(tcase, a_selection_for_which_memory_runs_out_is_empty);
    suite_add_tcase(suite, tcase);
    return suite;
}
