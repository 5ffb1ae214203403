/*
 * Runs the compliance suite of RFC 9535 (cts.json): try_json_path FILE. Prints each test that is
 * not met, and how many there were.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/json_path.h"
#include "match/json_same.h"

static json_t *select_all(const struct json_path *path, json_t *document)
{
    struct json_nodes nodes = {0};
    json_t *list = NULL;

    if (json_path_select(path, document, &nodes) == JSON_PATH_OK)
        list = json_array();
    for (size_t i = 0; list && i < nodes.count; i++)
        (void)json_array_append(list, nodes.items[i]);
    json_nodes_done(&nodes);
    return list;
}

static bool is_any_of(const json_t *results, const json_t *seen)
{
    for (size_t i = 0; i < json_array_size(results); i++)
        if (json_is_same(json_array_get(results, i), seen))
            return true;
    return false;
}

static bool is_met(const json_t *test, char *error, size_t error_size)
{
    const char *selector = json_string_value(json_object_get(test, "selector"));
    bool is_invalid = json_is_true(json_object_get(test, "invalid_selector"));
    struct json_path *path = json_path_new(selector, error, error_size);
    json_t *seen = path ? select_all(path, json_object_get(test, "document")) : NULL;
    const json_t *wanted = json_object_get(test, "result");
    bool result = is_invalid ? !path
                             : seen && (wanted ? json_is_same(wanted, seen)
                                               : is_any_of(json_object_get(test, "results"), seen));

    json_decref(seen);
    json_path_free(path);
    return result;
}

int main(int argc, char **argv)
{
    json_error_t problem;
    json_t *suite = argc == 2 ? json_load_file(argv[1], JSON_ALLOW_NUL, &problem) : NULL;
    json_t *tests = json_object_get(suite, "tests"), *test;
    size_t index, unmet = 0;

    if (!tests) {
        (void)fprintf(stderr, "usage: try_json_path CTS.JSON\n");
        return 2;
    }
    json_array_foreach (tests, index, test) {
        char error[400] = "it gives something else";

        if (is_met(test, error, sizeof(error)))
            continue;
        printf("%s: %s: %s\n", json_string_value(json_object_get(test, "name")),
               json_string_value(json_object_get(test, "selector")), error);
        unmet++;
    }
    printf("%zu of %zu tests are not met\n", unmet, json_array_size(tests));
    unmet += json_array_size(tests) == 0;
    json_decref(suite);
    return unmet == 0 ? 0 : 1;
}
