/*
 * Points in time, as microseconds since 1970 in UTC, and their written forms.
 */
#ifndef BASE_TIMESTAMP_H
#define BASE_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum { TIMESTAMP_SIZE = 64, HTTP_DATE_SIZE = 30, DURATION_SIZE = 32 };

/* The years that can be written: 0001 to 9999. */
static const int64_t TIMESTAMP_US_MIN = -62135596800000000;
static const int64_t TIMESTAMP_US_MAX = 253402300799999999;

/* The machine's clocks. */
int64_t clock_wall_us(void);
int64_t clock_monotonic_ms(void);

/* Write RFC 3339 in UTC with six digits of fraction: `2024-01-17T20:11:42.907112Z`. `us` is clamped
 * to the years that can be written. */
void timestamp_format(int64_t us, char out[TIMESTAMP_SIZE]);

/* Read RFC 3339 with any fraction (cut to microseconds) and any offset. A bare date or a date
 * without an offset counts as UTC. */
MUST_USE bool timestamp_parse(struct text t, int64_t *out_us);

/* Write an HTTP date: `Tue, 03 Dec 2024 04:58:12 GMT`. `us` is clamped as above. */
void http_date_format(int64_t us, char out[HTTP_DATE_SIZE]);

/*
 * Read a length of time: digits with a unit `us`, `ms`, `s`, `m`, `h` or `d`, several in a row
 * (`1h30m`), with an optional fraction (`1.5s`). Returns false if it is none or over 100 years.
 */
MUST_USE bool duration_parse(struct text t, int64_t *out_us);

/* Write a length of time of at least 0 as duration_parse() reads it, in one unit: `90m`. */
void duration_format(int64_t us, char out[DURATION_SIZE]);

#endif
