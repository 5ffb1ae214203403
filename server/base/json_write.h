/*
 * The one writer of JSON: compact, members in the order in which they are written.
 *
 * Commas come by themselves. The writer keeps no stack: what is opened must be closed by the caller
 * in order. Failure sticks in the buffer (see buf.h).
 */
#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct json_writer {
    struct buf *out; /* borrowed */
    bool comma;      /* the next key or value needs a comma before it */
};

void json_write_object(struct json_writer *w);
void json_write_object_end(struct json_writer *w);
void json_write_array(struct json_writer *w);
void json_write_array_end(struct json_writer *w);

/* Write `"key":`. Keys are our own literals and need no escapes. */
void json_write_key(struct json_writer *w, const char *key);

/* Write a key that came from outside, escaped as a string is. */
void json_write_key_text(struct json_writer *w, struct text key);

/* Write a string; what is not UTF-8 in it becomes U+FFFD. */
void json_write_text(struct json_writer *w, struct text value);
void json_write_string(struct json_writer *w, const char *value);

void json_write_int(struct json_writer *w, int64_t value);
void json_write_bool(struct json_writer *w, bool value);
void json_write_null(struct json_writer *w);

/* Write a finite number in the shortest decimal form that reads back as the same double or float,
 * laid out as Go's encoding/json does: an exponent only below 1e-6 and from 1e21 on. */
void json_write_double(struct json_writer *w, double value);
void json_write_float(struct json_writer *w, float value);

/* Write bytes that are already one JSON value. */
void json_write_raw(struct json_writer *w, struct text json);

/* Key and value in one call. */
void json_write_member_text(struct json_writer *w, const char *key, struct text value);
void json_write_member_string(struct json_writer *w, const char *key, const char *value);
/* As RFC 3339 in UTC, with six digits of fraction. */
void json_write_member_time(struct json_writer *w, const char *key, int64_t us);
void json_write_member_int(struct json_writer *w, const char *key, int64_t value);
void json_write_member_bool(struct json_writer *w, const char *key, bool value);

#endif
