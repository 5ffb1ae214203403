/*
 * The operators that join others.
 */
#include <stdio.h>
#include <stdlib.h>

#include "match/matcher_kind.h"

enum { CHILDREN_MAX = 100 };

bool matcher_add_child(struct matcher *matcher, json_t *json, char *error, size_t error_size)
{
    struct matcher *child = matcher_new_within(matcher->depth + 1, json, error, error_size);

    if (child)
        matcher->children[matcher->child_count++] = child;
    return child != NULL;
}

bool matcher_make_room(struct matcher *matcher, size_t count, char *error, size_t error_size)
{
    matcher->children = calloc(count, sizeof(struct matcher *));
    if (!matcher->children)
        (void)snprintf(error, error_size, "out of memory");
    return matcher->children != NULL;
}

bool matcher_read_children(struct matcher *matcher, char *error, size_t error_size)
{
    size_t count = json_array_size(matcher->operand);

    if (count < 2) {
        (void)snprintf(error, error_size, "Must be constructed with at least two matchers");
        return false;
    }
    if (count > CHILDREN_MAX) {
        (void)snprintf(error, error_size, "%s may join at most %d matchers", matcher->kind->name,
                       CHILDREN_MAX);
        return false;
    }
    if (!matcher_make_room(matcher, count, error, error_size))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!matcher_add_child(matcher, json_array_get(matcher->operand, i), error, error_size))
            return false;
    return true;
}

bool matcher_read_child(struct matcher *matcher, char *error, size_t error_size)
{
    return matcher_make_room(matcher, 1, error, error_size) &&
           matcher_add_child(matcher, json_object_get(matcher->json, matcher->kind->name), error,
                             error_size);
}

enum match_result match_and(const struct matcher *matcher, struct match_subject *subject)
{
    for (size_t i = 0; i < matcher->child_count; i++) {
        enum match_result result = matcher_match(matcher->children[i], subject);

        if (result != MATCH_YES)
            return result;
    }
    return MATCH_YES;
}

enum match_result match_or(const struct matcher *matcher, struct match_subject *subject)
{
    for (size_t i = 0; i < matcher->child_count; i++) {
        enum match_result result = matcher_match(matcher->children[i], subject);

        if (result != MATCH_NO)
            return result;
    }
    return MATCH_NO;
}

enum match_result match_not(const struct matcher *matcher, struct match_subject *subject)
{
    return match_opposite(matcher_match(matcher->children[0], subject));
}
