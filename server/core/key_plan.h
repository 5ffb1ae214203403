/*
 * What an API key is good for: a table of plans. A world may declare its keys with their plans; in
 * one that has not, any key will do, and how it begins may choose its plan: magic keys.
 */
#ifndef CORE_KEY_PLAN_H
#define CORE_KEY_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json_write.h"
#include "base/sign.h"
#include "base/text.h"

enum key_plan {
    KEY_PRODUCTION,
    KEY_TRIAL,
    KEY_EXPIRED,
    KEY_INVALID,
    KEY_BLOCKED,
    KEY_LIMITED,
    KEY_FLAKY,
    KEY_SLOW,
    KEY_ANY, /* no plan: everything works, and nothing is counted */
    KEY_PLAN_COUNT
};

struct key_plan_row {
    const char *name;   /* as it is declared; NULL: it cannot be */
    const char *prefix; /* of magic keys; NULL: there are none */
    const char *effect; /* a sentence for people */
};

extern const struct key_plan_row key_plans[KEY_PLAN_COUNT];

/* The plan of a key where none are declared. */
enum key_plan key_plan_of_magic(struct text key);

/* Write the rows that have a prefix as a JSON array. */
void key_plans_write_magic(struct json_writer *w);

enum { DECLARED_KEYS_MAX = 1000 };

/* A key that was declared: all that is kept of it is its SHA-256. */
struct declared_key {
    char digest[SHA256_HEX_SIZE];
    enum key_plan plan;
};

/* A zeroed one is empty; release with key_list_done(). */
struct key_list {
    struct declared_key *items; /* owned; sorted by digest */
    size_t count;
};

void key_list_done(struct key_list *list);

/*
 * Read `{"keys":[{"key":"...","plan":"trial"},...]}` into zeroed `*out`. A key may also be given as
 * `sha256:` and 64 hexadecimal digits. Of a key that comes twice the last plan counts. Returns
 * false with a sentence in `problem`, which never holds a key (or with `problem->failed`).
 */
MUST_USE bool key_list_read(struct text json, struct key_list *out, struct buf *problem);

/* Write a list as key_list_read() takes it; with `is_short` only the first eight digits of each,
 * for eyes. */
void key_list_write(const struct key_list *list, bool is_short, struct json_writer *w);

/* Copy a list into zeroed `*out`. Returns false when memory runs out. */
MUST_USE bool key_list_copy(const struct key_list *list, struct key_list *out);

/* Find the plan of a key by its digest: KEY_INVALID if it was not declared. */
enum key_plan key_list_find(const struct key_list *list, const char *digest);

#endif
