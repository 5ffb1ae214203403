/*
 * What happens to the datasets and models of a world while its clock moves on.
 */
#ifndef ADMIN_TRANSITIONS_H
#define ADMIN_TRANSITIONS_H

#include "admin/object.h"

struct transition {
    enum object_kind kind;
    char id[OBJECT_ID_SIZE];
    int64_t created_us; /* of the object */
    size_t index;       /* among its events */
    int status;
    int64_t at_us;
};

struct transition_list {
    struct transition *items;
    size_t count, size;
};

void transition_list_done(struct transition_list *list);

/* Find the changes of status after the call's time and up to `to_us`, in their order. */
MUST_USE enum store_result transitions_find(const struct admin_call *call, int64_t to_us,
                                            struct transition_list *out);

/* Find when the next one is; `*out_us` is INT64_MAX if there is none. */
MUST_USE enum store_result transitions_next(const struct admin_call *call, int64_t *out_us);

/* Write them as a JSON array. */
void transitions_write(const struct transition_list *list, struct json_writer *w);

#endif
