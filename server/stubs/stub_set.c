#include "stubs/stub_set.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "stubs/stub_index.h"

enum { RESCANS_MAX = 100 };

static const char first_state[] = "Started";

/* It is there as long as a stub names it. */
struct scenario {
    char *name;
    char *state;
    size_t stub_count;
};

struct stub_set {
    uint64_t seed;
    size_t stubs_max;

    pthread_mutex_t lock; /* guards all below */
    struct stub_index *index;
    struct stub_list *list;     /* all */
    struct scenario *scenarios; /* by name */
    size_t scenario_count;
    uint64_t moves; /* how often a scenario has changed its state */
    uint64_t next_place;
    uint64_t next_id;
};

struct stub_set *stub_set_new(uint64_t seed, size_t stubs_max)
{
    struct stub_set *set = calloc(1, sizeof(*set));

    if (!set)
        return NULL;
    set->seed = seed;
    set->stubs_max = stubs_max;
    set->index = stub_index_new();
    if (set->index && pthread_mutex_init(&set->lock, NULL) == 0)
        return set;
    stub_index_free(set->index);
    free(set);
    return NULL;
}

static void scenario_done(struct scenario *scenario)
{
    free(scenario->name);
    free(scenario->state);
}

void stub_set_free(struct stub_set *set)
{
    if (!set)
        return;
    stub_index_free(set->index);
    stub_list_release(set->list);
    for (size_t i = 0; i < set->scenario_count; i++)
        scenario_done(&set->scenarios[i]);
    free(set->scenarios);
    (void)pthread_mutex_destroy(&set->lock);
    free(set);
}

static void lock(struct stub_set *set)
{
    (void)pthread_mutex_lock(&set->lock);
}

static void unlock(struct stub_set *set)
{
    (void)pthread_mutex_unlock(&set->lock);
}

void stub_set_next_id(struct stub_set *set, char out[UUID_SIZE])
{
    lock(set);
    id_uuid(set->seed, ID_STUB, ++set->next_id, out);
    unlock(set);
}

/* Scenarios; the lock is held. */

static size_t find_scenario(const struct stub_set *set, const char *name, bool *is_there)
{
    size_t low = 0, high = set->scenario_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(set->scenarios[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *is_there = low < set->scenario_count && strcmp(set->scenarios[low].name, name) == 0;
    return low;
}

static bool insert_scenario(struct stub_set *set, size_t place, const char *name)
{
    struct scenario made = {.name = strdup(name), .state = strdup(first_state), .stub_count = 1};
    struct scenario *larger =
        realloc(set->scenarios, (set->scenario_count + 1) * sizeof(*set->scenarios));

    if (larger)
        set->scenarios = larger;
    if (!larger || !made.name || !made.state) {
        scenario_done(&made);
        return false;
    }
    memmove(larger + place + 1, larger + place, (set->scenario_count - place) * sizeof(*larger));
    larger[place] = made;
    set->scenario_count++;
    return true;
}

static bool enter_scenario(struct stub_set *set, const struct stub *stub)
{
    bool is_there;
    size_t place;

    if (!stub->scenario)
        return true;
    place = find_scenario(set, stub->scenario, &is_there);
    if (!is_there)
        return insert_scenario(set, place, stub->scenario);
    set->scenarios[place].stub_count++;
    return true;
}

static void leave_scenario(struct stub_set *set, const struct stub *stub)
{
    bool is_there;
    size_t place;

    if (!stub->scenario)
        return;
    place = find_scenario(set, stub->scenario, &is_there);
    if (!is_there || --set->scenarios[place].stub_count > 0)
        return;
    scenario_done(&set->scenarios[place]);
    set->scenario_count--;
    memmove(set->scenarios + place, set->scenarios + place + 1,
            (set->scenario_count - place) * sizeof(*set->scenarios));
}

/* Returns false when memory runs out. */
static bool put_state(struct stub_set *set, struct scenario *scenario, const char *state)
{
    char *copy = strdup(state);

    if (!copy)
        return false;
    free(scenario->state);
    scenario->state = copy;
    set->moves++;
    return true;
}

/* Adding and removing; the lock is held. */

static struct stub *find_stub(const struct stub_set *set, const char *id)
{
    char wanted[UUID_SIZE];
    size_t len = strlen(id);

    if (len != UUID_SIZE - 1)
        return NULL;
    for (size_t i = 0; i <= len; i++)
        wanted[i] = (char)tolower((unsigned char)id[i]);
    for (size_t i = 0; set->list && i < set->list->count; i++)
        if (memcmp(set->list->items[i]->id, wanted, len) == 0)
            return set->list->items[i];
    return NULL;
}

/* Add to the index, to the list and to its scenario, or to none of them. */
static bool insert(struct stub_set *set, struct stub *stub)
{
    struct stub_list *made = stub_list_with(set->list, stub);

    if (made && enter_scenario(set, stub)) {
        if (stub_index_add(set->index, stub)) {
            stub_list_release(set->list);
            set->list = made;
            return true;
        }
        leave_scenario(set, stub);
    }
    stub_list_release(made);
    return false;
}

static bool take_out(struct stub_set *set, struct stub *stub)
{
    struct stub_list *made;

    if (!stub_list_without(set->list, stub, &made))
        return false;
    if (!stub_index_remove(set->index, stub)) {
        stub_list_release(made);
        return false;
    }
    leave_scenario(set, stub);
    stub_list_release(set->list); /* and with it, maybe, the stub */
    set->list = made;
    return true;
}

enum stub_set_result stub_set_add(struct stub_set *set, struct stub *stub)
{
    enum stub_set_result result = STUB_SET_OK;

    lock(set);
    if (find_stub(set, stub->id)) {
        result = STUB_SET_ID_TAKEN;
    } else if (set->list && set->list->count >= set->stubs_max) {
        result = STUB_SET_FULL;
    } else {
        stub->place = ++set->next_place;
        if (!insert(set, stub))
            result = STUB_SET_NO_MEMORY;
    }
    unlock(set);
    if (result == STUB_SET_OK)
        stub_release(stub);
    return result;
}

enum stub_set_result stub_set_replace(struct stub_set *set, struct stub *stub)
{
    enum stub_set_result result = STUB_SET_NONE;
    struct stub *old;

    lock(set);
    old = find_stub(set, stub->id);
    if (old) {
        stub->place = old->place;
        stub->is_from_file = old->is_from_file;
        old = stub_hold(old);
        /* The scenario stays while one of the two is in it. */
        if (!enter_scenario(set, stub)) {
            result = STUB_SET_NO_MEMORY;
        } else {
            result = take_out(set, old) && insert(set, stub) ? STUB_SET_OK : STUB_SET_NO_MEMORY;
            leave_scenario(set, stub);
        }
        stub_release(old);
    }
    unlock(set);
    if (result == STUB_SET_OK)
        stub_release(stub);
    return result;
}

enum stub_set_result stub_set_remove(struct stub_set *set, const char *id)
{
    enum stub_set_result result = STUB_SET_NONE;
    struct stub *stub;

    lock(set);
    stub = find_stub(set, id);
    if (stub)
        result = take_out(set, stub) ? STUB_SET_OK : STUB_SET_NO_MEMORY;
    unlock(set);
    return result;
}

enum stub_set_result stub_set_get(struct stub_set *set, const char *id, struct stub **out)
{
    struct stub *stub;

    lock(set);
    stub = find_stub(set, id);
    if (stub)
        *out = stub_hold(stub);
    unlock(set);
    return stub ? STUB_SET_OK : STUB_SET_NONE;
}

void stub_set_clear(struct stub_set *set, enum stub_origin origin)
{
    struct stub_list *all;

    lock(set);
    all = stub_list_hold(set->list);
    for (size_t i = 0; all && i < all->count; i++)
        if (origin == STUBS_ALL || all->items[i]->is_from_file)
            (void)take_out(set, all->items[i]);
    unlock(set);
    stub_list_release(all);
}

struct stub_list *stub_set_list(struct stub_set *set)
{
    struct stub_list *list;

    lock(set);
    list = stub_list_hold(set->list);
    unlock(set);
    return list;
}

size_t stub_set_count(struct stub_set *set)
{
    size_t count;

    lock(set);
    count = set->list ? set->list->count : 0;
    unlock(set);
    return count;
}

/* Matching */

/* One look for a stub. */
struct scan {
    struct stub_set *set;
    struct match_request *request;
    stub_body_fn *bring_body;
    void *context;
    bool has_asked, has_body; /* for the body; whether it was brought */
    struct stub_candidates candidates;
    size_t next[STUB_CANDIDATES_FEW]; /* in each list; of more lists, in `more_next` */
    size_t *more_next;
    uint64_t moves; /* those of the set, when the scan began */
};

static bool is_in_state(struct stub_set *set, const struct stub *stub)
{
    bool result, is_there;
    size_t place;

    if (!stub->scenario || !stub->required_state)
        return true;
    lock(set);
    place = find_scenario(set, stub->scenario, &is_there);
    result = is_there && strcmp(set->scenarios[place].state, stub->required_state) == 0;
    unlock(set);
    return result;
}

static bool matches(struct scan *scan, const struct stub *stub)
{
    if (!stub->request)
        return true;
    if (request_pattern_match_head(stub->request, scan->request) != MATCH_YES)
        return false;
    if (!request_pattern_needs_body(stub->request))
        return true;
    if (!scan->has_asked)
        scan->has_body = scan->bring_body(scan->context, scan->request);
    scan->has_asked = true;
    return scan->has_body && request_pattern_match_body(stub->request, scan->request) == MATCH_YES;
}

/* Whether a stub that matches takes this request, by its count and its luck. */
static bool has_luck(const struct stub_set *set, struct stub *stub)
{
    uint64_t offer = atomic_fetch_add(&stub->offers, 1) + 1;
    uint64_t seed = set->seed ^ offer * 0x9e3779b97f4a7c15;
    double chance = (double)(hash64(text_of(stub->id), seed) >> 11) / 9007199254740992.0;

    return (stub->chance.each == 0 || offer % stub->chance.each == 0) &&
           (stub->chance.first == 0 || offer <= stub->chance.first) &&
           chance < stub->chance.probability;
}

enum take_result { TAKEN, STATE_HAS_MOVED };

/* Move the scenario on, unless another request has done so since we looked. */
static enum take_result take(struct stub_set *set, struct stub *stub)
{
    enum take_result result = TAKEN;

    atomic_fetch_add(&stub->hits, 1);
    if (!stub->scenario || !(stub->required_state || stub->new_state))
        return result;
    lock(set);
    {
        bool is_there;
        size_t place = find_scenario(set, stub->scenario, &is_there);
        struct scenario *scenario = is_there ? &set->scenarios[place] : NULL;

        if (scenario && stub->required_state && strcmp(scenario->state, stub->required_state) != 0)
            result = STATE_HAS_MOVED;
        else if (scenario && stub->new_state)
            (void)put_state(set, scenario, stub->new_state);
    }
    unlock(set);
    if (result != TAKEN)
        atomic_fetch_sub(&stub->hits, 1);
    return result;
}

/* The next stub of all lists in their common order; NULL at the end. */
static struct stub *next_candidate(struct scan *scan)
{
    size_t *next = scan->more_next ? scan->more_next : scan->next;
    struct stub *best = NULL;
    size_t best_list = 0;

    for (size_t i = 0; i < scan->candidates.count; i++) {
        const struct stub_list *list = scan->candidates.lists[i];

        if (next[i] < list->count && (!best || stub_compare(list->items[next[i]], best) < 0)) {
            best = list->items[next[i]];
            best_list = i;
        }
    }
    if (best)
        next[best_list]++;
    return best;
}

static bool begin_scan(struct scan *scan)
{
    struct match_text path = match_request_path(scan->request);
    bool is_found;

    lock(scan->set);
    scan->moves = scan->set->moves;
    is_found =
        stub_index_find(scan->set->index, (struct text){path.data, path.len}, &scan->candidates);
    unlock(scan->set);
    memset(scan->next, 0, sizeof(scan->next));
    free(scan->more_next);
    scan->more_next = NULL;
    if (is_found && scan->candidates.count > STUB_CANDIDATES_FEW) {
        scan->more_next = calloc(scan->candidates.count, sizeof(size_t));
        is_found = scan->more_next != NULL;
    }
    return is_found;
}

static bool has_moved(const struct scan *scan)
{
    bool result;

    lock(scan->set);
    result = scan->set->moves != scan->moves;
    unlock(scan->set);
    return result;
}

/* Look once. `*again`: a scenario moved meanwhile, so that what was found is not sure. */
static enum stub_set_result scan_once(struct scan *scan, bool *again, struct stub **out)
{
    bool minds_states = false;
    struct stub *stub;

    *again = false;
    if (!begin_scan(scan)) {
        stub_candidates_release(&scan->candidates);
        return STUB_SET_NO_MEMORY;
    }
    while ((stub = next_candidate(scan))) {
        minds_states = minds_states || stub->required_state;
        if (!is_in_state(scan->set, stub) || !matches(scan, stub) || !has_luck(scan->set, stub))
            continue;
        *again = take(scan->set, stub) == STATE_HAS_MOVED;
        if (!*again)
            *out = stub_hold(stub);
        break;
    }
    *again = *again || (!stub && minds_states && has_moved(scan));
    stub_candidates_release(&scan->candidates);
    return stub ? STUB_SET_OK : STUB_SET_NONE;
}

enum stub_set_result stub_set_match(struct stub_set *set, struct match_request *request,
                                    stub_body_fn *bring_body, void *context, struct stub **out)
{
    struct scan scan = {
        .set = set, .request = request, .bring_body = bring_body, .context = context};
    enum stub_set_result result;
    bool again;
    int scans = 0;

    do
        result = scan_once(&scan, &again, out);
    while (again && ++scans < RESCANS_MAX);
    free(scan.more_next);
    return again ? STUB_SET_NONE : result;
}

/* Scenarios */

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
    add_state(view, first_state);
    for (size_t i = 0; i < list->count; i++) {
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

static bool tell_all(const struct stub_set *set, const struct stub_list *list,
                     stub_scenario_fn *tell, void *context)
{
    struct scenario_view view = {.states = calloc(2 * list->count + 2, sizeof(char *)),
                                 .stubs = calloc(list->count, sizeof(struct stub *))};
    bool ok = view.states && view.stubs;

    for (size_t i = 0; ok && i < set->scenario_count; i++) {
        const struct stub_scenario shown = {set->scenarios[i].name, set->scenarios[i].state};

        fill_view(list, shown.name, &view);
        ok = tell(context, &shown, view.states, view.stubs, view.stub_count);
    }
    free(view.states);
    free(view.stubs);
    return ok;
}

bool stub_set_scenarios(struct stub_set *set, stub_scenario_fn *tell, void *context)
{
    bool ok;

    lock(set);
    ok = !set->list || tell_all(set, set->list, tell, context);
    unlock(set);
    return ok;
}

char *stub_set_scenario_state(struct stub_set *set, const char *name)
{
    char *state = NULL;
    bool is_there;
    size_t place;

    lock(set);
    place = find_scenario(set, name, &is_there);
    if (is_there)
        state = strdup(set->scenarios[place].state);
    unlock(set);
    return state;
}

void stub_set_reset_scenarios(struct stub_set *set)
{
    lock(set);
    for (size_t i = 0; i < set->scenario_count; i++)
        (void)put_state(set, &set->scenarios[i], first_state);
    unlock(set);
}

/* Whether a stub of the scenario names the state; the lock is held. */
static bool has_state(const struct stub_set *set, const char *name, const char *state)
{
    for (size_t i = 0; set->list && i < set->list->count; i++) {
        const struct stub *stub = set->list->items[i];

        if (stub->scenario && strcmp(stub->scenario, name) == 0 &&
            ((stub->required_state && strcmp(stub->required_state, state) == 0) ||
             (stub->new_state && strcmp(stub->new_state, state) == 0)))
            return true;
    }
    return strcmp(state, first_state) == 0;
}

enum stub_set_result stub_set_put_scenario(struct stub_set *set, const char *name,
                                           const char *state)
{
    enum stub_set_result result;
    bool is_there;
    size_t place;

    lock(set);
    place = find_scenario(set, name, &is_there);
    if (!is_there)
        result = STUB_SET_NONE;
    else if (state && !has_state(set, name, state))
        result = STUB_SET_NO_STATE;
    else
        result = put_state(set, &set->scenarios[place], state ? state : first_state)
                     ? STUB_SET_OK
                     : STUB_SET_NO_MEMORY;
    unlock(set);
    return result;
}
