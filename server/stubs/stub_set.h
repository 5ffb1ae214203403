/*
 * The stubs of one world, their scenarios and settings.
 *
 * Every function may be called from any thread; a lock inside guards what changes and is held for
 * no matching. Stubs that are handed out are held for the caller: stub_release().
 */
#ifndef STUBS_STUB_SET_H
#define STUBS_STUB_SET_H

#include "stubs/stub_scenarios.h"

enum { STUBS_MAX_DEFAULT = 10000 };

struct stub_set;

/* `seed`: what ids and chances come from; at most `stubs_max` stubs. NULL when memory runs out. */
MUST_USE struct stub_set *stub_set_new(uint64_t seed, size_t stubs_max);
void stub_set_free(struct stub_set *set);

enum stub_set_result {
    STUB_SET_OK,
    STUB_SET_NONE,     /* there is no stub of that id, no scenario of that name */
    STUB_SET_NO_STATE, /* the scenario has no such state */
    STUB_SET_ID_TAKEN,
    STUB_SET_FULL, /* there are as many stubs as there may be */
    STUB_SET_NO_MEMORY
};

/* Write an id that no stub of this set has had. */
void stub_set_next_id(struct stub_set *set, char out[UUID_SIZE]);

/* Add a stub, the latest; steals the reference on STUB_SET_OK only. */
MUST_USE enum stub_set_result stub_set_add(struct stub_set *set, struct stub *stub);

/* Put a stub in the place of the one with its id; steals the reference on STUB_SET_OK only. */
MUST_USE enum stub_set_result stub_set_replace(struct stub_set *set, struct stub *stub);

MUST_USE enum stub_set_result stub_set_remove(struct stub_set *set, const char *id);

/* Find by id, which may be in capitals. */
MUST_USE enum stub_set_result stub_set_get(struct stub_set *set, const char *id, struct stub **out);

/* Remove all stubs, or those from files or those not from files; scenarios go with their last
 * stub. */
enum stub_origin { STUBS_ALL, STUBS_FROM_FILES };
void stub_set_clear(struct stub_set *set, enum stub_origin origin);

/* All stubs in the order in which they are asked; NULL if there are none. To be released. */
struct stub_list *stub_set_list(struct stub_set *set);

size_t stub_set_count(struct stub_set *set);

/*
 * Matching
 */

/* Bring `request->body`, when a stub wants to see it that matches in all else. Returns false if it
 * cannot be brought: then no stub that needs it matches. */
typedef bool stub_body_fn(void *context, struct match_request *request);

/*
 * Find the stub that takes a request, move its scenario on, and count. Returns STUB_SET_NONE if no
 * stub takes it. A stub whose matching fails (for its expression takes too long) takes nothing.
 */
MUST_USE enum stub_set_result stub_set_match(struct stub_set *set, struct match_request *request,
                                             stub_body_fn *bring_body, void *context,
                                             struct stub **out);

/*
 * Scenarios
 */

/* Tell of each scenario, by name. Returns false when memory runs out, or when `tell` does. */
MUST_USE bool stub_set_scenarios(struct stub_set *set, stub_scenario_fn *tell, void *context);

/* The state of a scenario, to be freed; NULL if there is none of that name, or no memory. */
MUST_USE char *stub_set_scenario_state(struct stub_set *set, const char *name);

void stub_set_reset_scenarios(struct stub_set *set);

/* Put a scenario into a state; NULL: the first. Results are STUB_SET_OK, STUB_SET_NONE,
 * STUB_SET_NO_STATE and STUB_SET_NO_MEMORY. */
MUST_USE enum stub_set_result stub_set_put_scenario(struct stub_set *set, const char *name,
                                                    const char *state);

#endif
