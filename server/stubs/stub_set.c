#include "stubs/stub_set.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "stubs/stub_ids.h"
#include "stubs/stub_index.h"

enum { RESCANS_MAX = 100, REMOVED_MAX = 1000 };

struct stub_set {
    uint64_t seed;
    size_t stubs_max;

    pthread_mutex_t lock; /* guards all below */
    struct stub_index *index;
    struct stub_list *list; /* all */
    struct stub_ids ids;
    struct stub_scenarios scenarios;
    size_t removed_count; /* since the index was made */
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

void stub_set_free(struct stub_set *set)
{
    if (!set)
        return;
    stub_index_free(set->index);
    stub_list_release(set->list);
    stub_ids_done(&set->ids);
    stub_scenarios_done(&set->scenarios);
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

/* Adding and removing; the lock is held. */

/* Add to the ids, the index and the list, or to none of them. */
static bool insert_stub(struct stub_set *set, struct stub *stub)
{
    if (!stub_ids_add(&set->ids, stub))
        return false;
    if (stub_index_add(set->index, stub)) {
        if (stub_list_add(&set->list, stub))
            return true;
        /* Nobody else can hold yet what was made for it, so that this needs no memory. */
        bool is_removed = stub_index_remove(set->index, stub);

        assert(is_removed);
        (void)is_removed;
    }
    stub_ids_remove(&set->ids, stub);
    return false;
}

/* And to its scenario. */
static bool insert(struct stub_set *set, struct stub *stub)
{
    if (!stub_scenarios_enter(&set->scenarios, stub))
        return false;
    if (insert_stub(set, stub))
        return true;
    stub_scenarios_leave(&set->scenarios, stub);
    return false;
}

/* Make the index anew now and then, since it keeps the paths of stubs that have gone. */
static void forget_paths(struct stub_set *set)
{
    struct stub_index *made;

    if (++set->removed_count < set->list->count + REMOVED_MAX && set->list->count > 0)
        return;
    set->removed_count = 0;
    made = stub_index_new();
    for (size_t i = 0; made && i < set->list->count; i++)
        if (!stub_index_add(made, set->list->items[i])) {
            stub_index_free(made);
            return;
        }
    if (!made)
        return;
    stub_index_free(set->index);
    set->index = made;
}

/* Take out of all of them, or none. The stub stays with who holds it. */
static bool take_out(struct stub_set *set, struct stub *stub)
{
    bool result;

    stub = stub_hold(stub);
    result = stub_index_remove(set->index, stub);
    if (result && !stub_list_remove(&set->list, stub)) {
        /* There is room where it was. */
        result = stub_index_add(set->index, stub);
        assert(result);
        result = false;
    }
    if (result) {
        stub_ids_remove(&set->ids, stub);
        stub_scenarios_leave(&set->scenarios, stub);
    }
    stub_release(stub);
    return result;
}

enum stub_set_result stub_set_add(struct stub_set *set, struct stub *stub)
{
    enum stub_set_result result = STUB_SET_OK;

    lock(set);
    if (stub_ids_find(&set->ids, stub->id)) {
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

/* Put one in the place of another, or leave all as it was. */
static bool exchange(struct stub_set *set, struct stub *old, struct stub *stub)
{
    if (!take_out(set, old))
        return false;
    if (insert(set, stub))
        return true;
    /* The room that it had is still there. */
    (void)insert(set, old);
    return false;
}

enum stub_set_result stub_set_replace(struct stub_set *set, struct stub *stub)
{
    enum stub_set_result result = STUB_SET_NONE;
    struct stub *old;

    lock(set);
    old = stub_ids_find(&set->ids, stub->id);
    if (old) {
        stub->place = old->place;
        stub->is_from_file = old->is_from_file;
        old = stub_hold(old);
        /* Their scenarios stay meanwhile. */
        if (!stub_scenarios_enter(&set->scenarios, stub)) {
            result = STUB_SET_NO_MEMORY;
        } else {
            /* It is there already. */
            (void)!stub_scenarios_enter(&set->scenarios, old);
            result = exchange(set, old, stub) ? STUB_SET_OK : STUB_SET_NO_MEMORY;
            stub_scenarios_leave(&set->scenarios, stub);
            stub_scenarios_leave(&set->scenarios, old);
            forget_paths(set);
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
    stub = stub_ids_find(&set->ids, id);
    if (stub)
        result = take_out(set, stub) ? STUB_SET_OK : STUB_SET_NO_MEMORY;
    if (result == STUB_SET_OK)
        forget_paths(set);
    unlock(set);
    return result;
}

enum stub_set_result stub_set_get(struct stub_set *set, const char *id, struct stub **out)
{
    struct stub *stub;

    lock(set);
    stub = stub_ids_find(&set->ids, id);
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
    if (set->list)
        forget_paths(set);
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
    const struct scenario *scenario;
    bool result;

    if (!stub->scenario || !stub->required_state)
        return true;
    lock(set);
    scenario = stub_scenarios_find(&set->scenarios, stub->scenario);
    result = scenario && strcmp(scenario->state, stub->required_state) == 0;
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
    struct scenario *scenario;

    atomic_fetch_add(&stub->hits, 1);
    if (!stub->scenario || !(stub->required_state || stub->new_state))
        return result;
    lock(set);
    scenario = stub_scenarios_find(&set->scenarios, stub->scenario);
    if (scenario && stub->required_state && strcmp(scenario->state, stub->required_state) != 0)
        result = STATE_HAS_MOVED;
    else if (scenario && stub->new_state)
        (void)stub_scenarios_put(&set->scenarios, scenario, stub->new_state);
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
    scan->moves = scan->set->scenarios.moves;
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
    result = scan->set->scenarios.moves != scan->moves;
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

bool stub_set_scenarios(struct stub_set *set, stub_scenario_fn *tell, void *context)
{
    bool ok;

    lock(set);
    ok = stub_scenarios_tell(&set->scenarios, set->list, tell, context);
    unlock(set);
    return ok;
}

char *stub_set_scenario_state(struct stub_set *set, const char *name)
{
    const struct scenario *scenario;
    char *state;

    lock(set);
    scenario = stub_scenarios_find(&set->scenarios, name);
    state = scenario ? strdup(scenario->state) : NULL;
    unlock(set);
    return state;
}

void stub_set_reset_scenarios(struct stub_set *set)
{
    lock(set);
    for (size_t i = 0; i < set->scenarios.count; i++)
        (void)stub_scenarios_put(&set->scenarios, &set->scenarios.items[i], stub_scenario_start);
    unlock(set);
}

enum stub_set_result stub_set_put_scenario(struct stub_set *set, const char *name,
                                           const char *state)
{
    enum stub_set_result result = STUB_SET_OK;
    struct scenario *scenario;

    lock(set);
    scenario = stub_scenarios_find(&set->scenarios, name);
    if (!scenario)
        result = STUB_SET_NONE;
    else if (state && !stub_scenarios_know(set->list, name, state))
        result = STUB_SET_NO_STATE;
    else if (!stub_scenarios_put(&set->scenarios, scenario, state ? state : stub_scenario_start))
        result = STUB_SET_NO_MEMORY;
    unlock(set);
    return result;
}
