#include "stubs/stub_scenarios.h"

#include <stdlib.h>
#include <string.h>

const char stub_scenario_start[] = "Started";

static void scenario_done(struct scenario *scenario)
{
    free(scenario->name);
    free(scenario->state);
}

void stub_scenarios_done(struct stub_scenarios *scenarios)
{
    for (size_t i = 0; i < scenarios->count; i++)
        scenario_done(&scenarios->items[i]);
    free(scenarios->items);
    *scenarios = (struct stub_scenarios){0};
}

/* Find where a scenario is, or would be. */
static size_t find_place(const struct stub_scenarios *scenarios, const char *name)
{
    size_t low = 0, high = scenarios->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(scenarios->items[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct scenario *stub_scenarios_find(const struct stub_scenarios *scenarios, const char *name)
{
    size_t place = find_place(scenarios, name);

    if (place < scenarios->count && strcmp(scenarios->items[place].name, name) == 0)
        return &scenarios->items[place];
    return NULL;
}

static bool insert(struct stub_scenarios *scenarios, const char *name)
{
    size_t place = find_place(scenarios, name);
    struct scenario made = {
        .name = strdup(name), .state = strdup(stub_scenario_start), .stub_count = 1};
    struct scenario *larger =
        realloc(scenarios->items, (scenarios->count + 1) * sizeof(*scenarios->items));

    if (larger)
        scenarios->items = larger;
    if (!larger || !made.name || !made.state) {
        scenario_done(&made);
        return false;
    }
    memmove(larger + place + 1, larger + place, (scenarios->count - place) * sizeof(*larger));
    larger[place] = made;
    scenarios->count++;
    return true;
}

bool stub_scenarios_enter(struct stub_scenarios *scenarios, const struct stub *stub)
{
    struct scenario *scenario =
        stub->scenario ? stub_scenarios_find(scenarios, stub->scenario) : NULL;

    if (scenario)
        scenario->stub_count++;
    return scenario || !stub->scenario || insert(scenarios, stub->scenario);
}

void stub_scenarios_leave(struct stub_scenarios *scenarios, const struct stub *stub)
{
    struct scenario *scenario =
        stub->scenario ? stub_scenarios_find(scenarios, stub->scenario) : NULL;
    size_t behind;

    if (!scenario || --scenario->stub_count > 0)
        return;
    scenario_done(scenario);
    behind = (size_t)(scenarios->items + scenarios->count - scenario) - 1;
    memmove(scenario, scenario + 1, behind * sizeof(*scenario));
    scenarios->count--;
}

bool stub_scenarios_put(struct stub_scenarios *scenarios, struct scenario *scenario,
                        const char *state)
{
    char *copy = strdup(state);

    if (!copy)
        return false;
    free(scenario->state);
    scenario->state = copy;
    scenarios->moves++;
    return true;
}

static bool is_text(const char *text, const char *wanted)
{
    return text && strcmp(text, wanted) == 0;
}

bool stub_scenarios_know(const struct stub_list *list, const char *name, const char *state)
{
    for (size_t i = 0; list && i < list->count; i++) {
        const struct stub *stub = list->items[i];

        if (is_text(stub->scenario, name) &&
            (is_text(stub->required_state, state) || is_text(stub->new_state, state)))
            return true;
    }
    return strcmp(state, stub_scenario_start) == 0;
}

/* Telling */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What one scenario is told about. */
struct scenario_view {
    const char **states;
    size_t state_count;
    struct stub **stubs;
    size_t stub_count;
};

static void add_state(struct scenario_view *view, const char *state)
{
    for (size_t i = 0; i < view->state_count; i++)
        if (!state || strcmp(view->states[i], state) == 0)
            return;
    view->states[view->state_count++] = state;
}

static void fill_view(const struct stub_list *list, const char *name, struct scenario_view *view)
{
    view->state_count = view->stub_count = 0;
    add_state(view, stub_scenario_start);
    for (size_t i = 0; list && i < list->count; i++) {
        struct stub *stub = list->items[i];

        if (!stub->scenario || strcmp(stub->scenario, name) != 0)
            continue;
        view->stubs[view->stub_count++] = stub;
        if (stub->required_state)
            add_state(view, stub->required_state);
        if (stub->new_state)
            add_state(view, stub->new_state);
    }
    qsort(view->states, view->state_count, sizeof(*view->states), compare_names);
    view->states[view->state_count] = NULL;
}

bool stub_scenarios_tell(const struct stub_scenarios *scenarios, const struct stub_list *list,
                         stub_scenario_fn *tell, void *context)
{
    size_t stub_count = list ? list->count : 0;
    struct scenario_view view = {.states = calloc(2 * stub_count + 2, sizeof(char *)),
                                 .stubs = calloc(stub_count + 1, sizeof(struct stub *))};
    bool ok = view.states && view.stubs;

    for (size_t i = 0; ok && i < scenarios->count; i++) {
        const struct stub_scenario shown = {scenarios->items[i].name, scenarios->items[i].state};

        fill_view(list, shown.name, &view);
        ok = tell(context, &shown, view.states, view.stubs, view.stub_count);
    }
    free(view.states);
    free(view.stubs);
    return ok;
}
