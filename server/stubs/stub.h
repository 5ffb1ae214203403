/*
 * A stub mapping: which requests it takes, and what it answers.
 *
 * A stub never changes once it is made: who edits one puts another in its place. It is counted by
 * references, so that a request may still be answered by one that was just removed.
 */
#ifndef STUBS_STUB_H
#define STUBS_STUB_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/id.h"
#include "match/request_pattern.h"
#include "stubs/response_definition.h"
#include "stubs/webhook.h"

enum { STUB_PRIORITY_DEFAULT = 5 };

/* Which of the requests that match a stub takes; the others go on to the next stub. */
struct stub_chance {
    uint32_t each;      /* each so many-th; 0: all */
    uint32_t first;     /* only so many; 0: all */
    double probability; /* 1: all */
};

struct stub {
    atomic_uint references;
    char id[UUID_SIZE];
    json_t *json;     /* owned: as it is shown, all defaults filled in */
    const char *name; /* these are borrowed from `json`, and NULL where it has none */
    const char *scenario, *required_state, *new_state;
    const json_t *metadata;
    int64_t priority;
    bool is_persistent;
    struct stub_chance chance;
    struct request_pattern *request;
    struct response_definition response;
    struct webhook_list webhooks;

    /* Set by the set of stubs that holds it, before others can see it. */
    uint64_t place;      /* the higher, the later added */
    bool is_from_file;   /* it goes, and comes back, with a reset */
    bool is_one_of_many; /* in its file */
    char *file;          /* beneath the folder `mappings`, owned; or NULL */

    atomic_uint_fast64_t offers; /* requests that it could have taken */
    atomic_uint_fast64_t hits;   /* those that it took */
};

/*
 * Make a stub of what was sent; `id` is its id unless it names its own. Returns NULL with an error
 * when it has a field that is unknown, of the wrong type or not supported. The stub has one
 * reference.
 */
MUST_USE struct stub *stub_new(const json_t *json, const char *id, struct match_error *error);

struct stub *stub_hold(struct stub *stub);

/* Give a reference back. NULL is fine. */
void stub_release(struct stub *stub);

#endif
