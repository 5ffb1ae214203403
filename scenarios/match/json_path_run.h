/*
 * How a path is run over a document. For json_path.c, which selects, and json_path_test.c, which
 * tests what filters ask.
 */
#ifndef MATCH_JSON_PATH_RUN_H
#define MATCH_JSON_PATH_RUN_H

#include "match/json_path_tree.h"

struct path_evaluation {
    json_t *root;
    size_t steps;
    bool filters_objects;         /* see json_path_filter_objects() */
    enum json_path_result result; /* the first failure stays */
};

/* Add a node, stealing the reference. Returns false when memory runs out, which is recorded. */
bool path_add(struct path_evaluation *e, struct json_nodes *nodes, json_t *node);

/* Count a step. Returns false when there have been too many, or something failed before. */
bool path_step(struct path_evaluation *e);

/* Select into empty `*out`, whatever the result. */
void path_run_query(struct path_evaluation *e, const struct path_query *query, json_t *current,
                    struct json_nodes *out);

/* Tell whether a node passes a filter. */
bool path_is_true(struct path_evaluation *e, const struct expression *x, json_t *current);

/* The length of an array, an object or a string, as a new reference; NULL of all else. */
json_t *path_length_of(const json_t *value);

#endif
