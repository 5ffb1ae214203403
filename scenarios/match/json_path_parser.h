/*
 * How the parser of JSONPath goes along an expression. For json_path_parse.c, which reads segments,
 * json_path_filter.c, which reads filters, and json_path_literal.c, which reads what is in both.
 *
 * Every function that fails has written the sentence; the first one stays.
 */
#ifndef MATCH_JSON_PATH_PARSER_H
#define MATCH_JSON_PATH_PARSER_H

#include "match/json_path_tree.h"

enum { PATH_NESTING_MAX = 64 };

struct path_parser {
    struct json_path *path;
    const char *start, *at;
    char *error;
    size_t error_size;
    unsigned depth;
    bool has_failed;
};

/* Record what is wrong at the place where the parser is. Returns false, for a return statement. */
PRINTF_LIKE(2, 3) bool path_fail(struct path_parser *p, const char *format, ...);

/* Make the path the owner of a block, a literal or an expression; these are released if it fails.
 */
MUST_USE bool path_own(struct path_parser *p, struct owned thing);

/* A zeroed block of the path's. */
void *path_allocate(struct path_parser *p, size_t size);

void path_skip_blanks(struct path_parser *p);

/* Go on behind `word`, if it is next. */
bool path_take(struct path_parser *p, const char *word);

/* The same, and fail if it is not. */
bool path_expect(struct path_parser *p, const char *word);

bool path_is_digit(char c);

/* The length of the name that begins here; 0: none does. */
size_t path_name_len(const char *at);

/* Read a string in either kind of quotes into a block of the path's. */
MUST_USE bool path_read_string(struct path_parser *p, char **out, size_t *len);

/* Read an integer: no leading zeros, no `-0`, and one that a double holds exactly. */
MUST_USE bool path_read_integer(struct path_parser *p, int64_t *out);

/* Literals are the path's. NULL on failure. */
bool path_begins_literal(const struct path_parser *p);
json_t *path_read_literal(struct path_parser *p);

/* The list on the right of `in`. */
json_t *path_read_list(struct path_parser *p);

/* Read what stands behind a `?`. NULL on failure. */
struct expression *path_read_filter(struct path_parser *p);

/* Read a path from its `$` or `@` on. */
MUST_USE bool path_read_query(struct path_parser *p, struct path_query **out);

#endif
