/*
 * JSON that came with a request, read into Jansson's values.
 *
 * Where memory runs out, Jansson alone would give back strings that are cut short, call good JSON
 * bad or write beyond its buffers. Here it is known for what it is.
 */
#ifndef HTTP_JSON_BODY_H
#define HTTP_JSON_BODY_H

#include <jansson.h>

#include "base/attr.h"
#include "base/text.h"

enum json_body_result { JSON_BODY_OK, JSON_BODY_REFUSED, JSON_BODY_NO_MEMORY };

/*
 * Read any JSON value, for json_decref(). Its depth must have been checked: Jansson recurses. If it
 * is refused, `why->text` says why.
 */
MUST_USE enum json_body_result json_body_load(struct text json, json_t **out, json_error_t *why);

#endif
