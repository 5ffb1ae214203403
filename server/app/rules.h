/*
 * The tables that the fake is made from, in one place: what GET /__mockhere/rules shows and what
 * the README's lists are made from.
 */
#ifndef APP_RULES_H
#define APP_RULES_H

#include "base/json_write.h"

/* Write all tables as one JSON object, each an array of objects. */
void rules_write(struct json_writer *w);

#endif
