/*
 * The scenarios of a set of stubs: each is there as long as a stub names it, and in one state.
 *
 * Not safe for threads: the set of stubs locks.
 */
#ifndef STUBS_STUB_SCENARIOS_H
#define STUBS_STUB_SCENARIOS_H

#include "base/attr.h"
#include "stubs/stub_list.h"

/* What every scenario begins with. */
extern const char stub_scenario_start[];

struct scenario {
    char *name;
    char *state;
    size_t stub_count;
};

/* Zeroed, it is valid and empty. */
struct stub_scenarios {
    struct scenario *items; /* by name */
    size_t count;
    uint64_t moves; /* how often one has changed its state */
};

void stub_scenarios_done(struct stub_scenarios *scenarios);

/* NULL if there is none of that name. */
struct scenario *stub_scenarios_find(const struct stub_scenarios *scenarios, const char *name);

/* Let a stub enter its scenario, if it has one. Returns false when memory runs out. */
MUST_USE bool stub_scenarios_enter(struct stub_scenarios *scenarios, const struct stub *stub);

/* Let a stub leave its scenario, which goes with its last one. */
void stub_scenarios_leave(struct stub_scenarios *scenarios, const struct stub *stub);

/* Returns false when memory runs out. */
bool stub_scenarios_put(struct stub_scenarios *scenarios, struct scenario *scenario,
                        const char *state);

/* Tell whether a stub of the scenario names the state, or it is the first one. */
bool stub_scenarios_know(const struct stub_list *list, const char *name, const char *state);

struct stub_scenario {
    const char *name;
    const char *state;
};

/* Tell of a scenario; `states` are all that its stubs name, by name, ended by NULL, and `stubs` its
 * stubs. All is borrowed for the call, during which the set is locked. */
typedef bool stub_scenario_fn(void *context, const struct stub_scenario *scenario,
                              const char *const *states, struct stub *const *stubs, size_t count);

/* Tell of each scenario, by name; `list` has the stubs. Returns false when memory runs out, or when
 * `tell` does. */
MUST_USE bool stub_scenarios_tell(const struct stub_scenarios *scenarios,
                                  const struct stub_list *list, stub_scenario_fn *tell,
                                  void *context);

#endif
