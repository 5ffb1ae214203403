/*
 * JSON Schema, as WireMock's matchesJsonSchema has it: the drafts 4, 6, 7, 2019-09 and 2020-12.
 *
 * A schema is compiled once and may then be used by many threads at once. `$ref` stays within the
 * document, by pointer, `$id` or `$anchor`: nothing is fetched. `format` counts up to draft 7, for
 * the formats that are known, and is a remark from 2019-09 on.
 *
 * What a keyword cannot use (`{"minLength": "x"}`) it ignores, but a type that is unknown is
 * nobody's type. `nullable` is OpenAPI's.
 *
 * On purpose not as WireMock has it:
 *
 *     refused with a sentence, where it would match nothing: an expression or a `$ref` that is
 *         wrong or leads away (to the schemas of schemas, too), a `$schema` that is not known
 *     refused: `unevaluatedItems`, `unevaluatedProperties`, and references that may lead to
 *         several places, by the way that led to them
 *     1 and 1.0 are the same to `uniqueItems` and within a `const`
 *     any top-level domain will do for `email`; `color`, `phone` and `style` are no formats
 */
#ifndef MATCH_JSON_SCHEMA_H
#define MATCH_JSON_SCHEMA_H

#include <jansson.h>
#include <stddef.h>

#include "match/regex.h"

enum json_schema_version { SCHEMA_V4, SCHEMA_V6, SCHEMA_V7, SCHEMA_V201909, SCHEMA_V202012 };

struct json_schema;

/*
 * Compile a schema, of which a copy is kept. `version` is its draft, unless it names one in
 * `$schema`. Returns NULL with a sentence in `error` that says what is wrong.
 */
MUST_USE struct json_schema *json_schema_new(const json_t *schema, enum json_schema_version version,
                                             char *error, size_t error_size);

/* NULL is fine. */
void json_schema_free(struct json_schema *schema);

/* Check a value. MATCH_FAILED when it would take more than a million steps, or turns in a circle.
 */
enum match_result json_schema_match(const struct json_schema *schema, json_t *value);

#endif
