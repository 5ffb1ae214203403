/*
 * What expressions of templates come to: JSON, and how it looks when it is shown.
 */
#ifndef STUBS_TEMPLATE_VALUE_H
#define STUBS_TEMPLATE_VALUE_H

#include <jansson.h>

#include "base/buf.h"

enum template_look {
    LOOK_JAVA,   /* [1, 2] and {k=v} */
    LOOK_JSON,   /* objects over several lines, lists in one */
    LOOK_INNER,  /* lists as JSON, objects as in Java: what is found within JSON */
    LOOK_FIRST,  /* a list of which the first is shown */
    LOOK_FIELDS, /* an object of such lists */
    LOOK_NAMES,  /* the same, and capitals don't count in names */
    LOOK_PATH,   /* an object of the segments of a path, which under "" has all of it */
    LOOK_TIME,   /* microseconds */
    LOOK_REQUEST,
    LOOK_ROOT
};

/* `json` is NULL for what is missing. */
struct template_value {
    json_t *json; /* owned */
    enum template_look look;
};

void template_value_done(struct template_value *value);
struct template_value template_value_copy(const struct template_value *value);

/* Append the value as it is shown; nothing for what is missing. */
void template_value_show(const struct template_value *value, struct buf *out);

/* Append it as JSON, over several lines as WireMock's. */
void template_value_show_json(const struct template_value *value, struct buf *out);

/* False, 0, "", an empty list and what is missing are not true. */
bool template_value_is_true(const struct template_value *value);

/* Find a member of an object, an element of a list, or how many it has (`size`, `length`). Values
 * of LOOK_REQUEST and LOOK_ROOT have none here. */
struct template_value template_value_member(const struct template_value *value, struct text name);

/* The item at `index` of what `each` goes over, and its name, if it has one. Missing at the end. */
struct template_value template_value_item(const struct template_value *value, size_t index,
                                          struct text *name);

/* Count elements, members or bytes; false for what has none. */
bool template_value_size(const struct template_value *value, size_t *out);

/* Read a number, also from a string. `*is_whole` tells whether it is written as an integer. */
bool template_value_number(const struct template_value *value, double *out, bool *is_whole);

#endif
