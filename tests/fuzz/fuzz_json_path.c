/*
 * An expression in the first line, a document behind it. What a path selects is in the document,
 * and a definite path selects one value at the most.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/json_path.h"
#include "match/matcher.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool fact, const char *text)
{
    if (fact)
        return;
    (void)fprintf(stderr, "not so: %s\n", text);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    char *expression = end ? strndup((const char *)data, (size_t)(end - data)) : NULL;
    struct json_nodes nodes = {0};
    char error[300] = "";
    struct json_path *path;
    json_t *document;

    if (!expression)
        return 0;
    path = json_path_new(expression, error, sizeof(error));
    demand(path || strlen(error) > 0, "what is refused is explained");
    document = match_json_read((const char *)end + 1, size - (size_t)(end - data) - 1, error,
                               sizeof(error));
    if (path && document && json_path_select(path, document, &nodes) == JSON_PATH_OK) {
        demand(!json_path_is_definite(path) || nodes.count <= 1, "a definite path selects one");
        for (size_t i = 0; i < nodes.count; i++)
            demand(nodes.items[i] != NULL, "what is selected is there");
    }
    demand(path || nodes.count == 0, "nothing is selected on failure");
    json_nodes_done(&nodes);
    json_decref(document);
    json_path_free(path);
    free(expression);
    return 0;
}
