/*
 * Templates of paths: `/v2/batches/{id}:cancel`.
 *
 * A variable stands for one or more characters of one segment, `**` for any number of any; all
 * else stands for itself. Nothing is decoded.
 */
#ifndef MATCH_PATH_TEMPLATE_H
#define MATCH_PATH_TEMPLATE_H

#include "match/regex.h"

struct path_template;

/* Compile a template, which is borrowed. Returns NULL with a sentence in `error`. */
MUST_USE struct path_template *path_template_new(const char *text, char *error, size_t error_size);

/* NULL is fine. */
void path_template_free(struct path_template *template);

enum match_result path_template_match(const struct path_template *template, const char *path,
                                      size_t len);

/* As path_template_match(), and find in `*out` what the variable `name` stands for: absent if the
 * template has none of that name. */
enum match_result path_template_find(const struct path_template *template, const char *path,
                                     size_t len, const char *name, struct regex_group *out);

/* Tell whether no segment has more than one variable, and none has `**`: a tree of segments can
 * find it. */
bool path_template_has_plain_segments(const struct path_template *template);

#endif
