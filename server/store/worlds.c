#include "store/worlds.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "core/lifecycle_json.h"

enum { SWEEP_MS = 60000 };

struct entry {
    struct world_record record;
    struct lifecycle lifecycle; /* the record's, read */
    struct limits limits;
    struct key_list keys; /* owned */
    uint64_t incarnation;
    uint64_t serial; /* of the last call */
    int64_t used_ms; /* when somebody last entered, on the monotonic clock */
};

static void entry_done(struct entry *entry)
{
    world_record_done(&entry->record);
    key_list_done(&entry->keys);
}

/*
 * `lock` guards `entries`, what they hold, `incarnation` and `swept_ms`; it is never held while
 * calling another module. `writing` is taken first, by those who change a record, and kept while
 * the change is stored, so that what is stored last is what was changed last.
 */
struct worlds {
    struct store *store;
    struct worlds_config config;
    int64_t started_ms; /* worlds that nobody entered since then are idle since then */
    int64_t swept_ms;   /* when idle worlds were last looked for */
    pthread_mutex_t writing;
    pthread_mutex_t lock;
    struct entry *entries; /* sorted by name; room for config.worlds_max */
    size_t count;
    uint64_t incarnation; /* of the world that was added last */
};

struct worlds *worlds_new(struct store *store, const struct worlds_config *config)
{
    struct worlds *worlds = calloc(1, sizeof(*worlds));

    assert(config->worlds_max > 0);
    if (!worlds)
        return NULL;
    worlds->entries = calloc(config->worlds_max, sizeof(*worlds->entries));
    if (!worlds->entries) {
        free(worlds);
        return NULL;
    }
    worlds->store = store;
    worlds->config = *config;
    worlds->started_ms = clock_monotonic_ms();
    worlds->swept_ms = worlds->started_ms;
    pthread_mutex_init(&worlds->writing, NULL);
    pthread_mutex_init(&worlds->lock, NULL);
    return worlds;
}

/* What a failure of the store comes to here. */
static enum worlds_result result_of(enum store_result result)
{
    switch (result) {
    case STORE_OK:
    case STORE_NONE: /* as often as not what was wanted: those who mind ask themselves */
        return WORLDS_OK;
    case STORE_FULL:
        return WORLDS_FULL;
    case STORE_OVER_QUOTA:
    case STORE_FAILED:
        break;
    }
    return WORLDS_FAILED;
}

void worlds_free(struct worlds *worlds)
{
    if (!worlds)
        return;
    pthread_mutex_destroy(&worlds->lock);
    pthread_mutex_destroy(&worlds->writing);
    for (size_t i = 0; i < worlds->count; i++)
        entry_done(&worlds->entries[i]);
    free(worlds->entries);
    free(worlds);
}

bool worlds_name_is_valid(struct text name)
{
    if (name.len < 1 || name.len >= WORLD_NAME_SIZE)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
            return false;
    }
    return true;
}

/* The index of `name`, or where it would be inserted. The lock is held. */
static size_t find_entry(const struct worlds *worlds, struct text name, bool *found)
{
    size_t low = 0, high = worlds->count;

    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = text_compare(text_of(worlds->entries[middle].record.name), name);

        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What a clock shows that ran from `us` on for `elapsed_us` of the machine's time. */
static int64_t scaled_us(int64_t us, int64_t elapsed_us, int64_t scale_milli)
{
    double now = (double)elapsed_us * ((double)scale_milli / 1000);

    if (now >= (double)(TIMESTAMP_US_MAX - us))
        return TIMESTAMP_US_MAX;
    return us + (int64_t)now;
}

static int64_t now_of(const struct world_record *record)
{
    switch (record->clock) {
    case WORLD_CLOCK_FROZEN:
        return record->clock_us;
    case WORLD_CLOCK_SCALED:
        return scaled_us(record->clock_us, clock_wall_us() - record->anchor_us,
                         record->scale_milli);
    case WORLD_CLOCK_REAL:
        break;
    }
    return record->clock_us + clock_wall_us();
}

static void copy_world(const struct entry *entry, struct world *out)
{
    *out = (struct world){
        .seed = entry->record.seed,
        .clock = entry->record.clock,
        .scale_milli = entry->record.scale_milli,
        .now_us = now_of(&entry->record),
        .serial = entry->serial,
        .incarnation = entry->incarnation,
        .lifecycle = entry->lifecycle,
        .limits = entry->limits,
        .declares_keys = entry->keys.count > 0,
    };
    memcpy(out->name, entry->record.name, sizeof(out->name));
}

static bool enter_known(struct worlds *worlds, struct text name, bool is_call, struct world *out)
{
    bool found;
    size_t at;

    pthread_mutex_lock(&worlds->lock);
    at = find_entry(worlds, name, &found);
    if (found) {
        worlds->entries[at].serial += is_call;
        worlds->entries[at].used_ms = clock_monotonic_ms();
        copy_world(&worlds->entries[at], out);
    }
    pthread_mutex_unlock(&worlds->lock);
    return found;
}

/*
 * Settings: JSON that is stored beside the record
 */

static bool read_limits(struct text json, struct entry *entry, struct buf *problem)
{
    return limits_read(json, &entry->limits, problem);
}

static bool read_keys(struct text json, struct entry *entry, struct buf *problem)
{
    return key_list_read(json, &entry->keys, problem);
}

typedef bool read_setting_fn(struct text json, struct entry *entry, struct buf *problem);

/* Read what was stored into an entry that stands at its default. Returns false if that cannot be
 * done, which was logged. */
static bool read_setting(const char *setting, struct text json, read_setting_fn *read,
                         struct entry *entry)
{
    AUTO(buf_done) struct buf problem = {0};
    bool is_read = read(json, entry, &problem);

    if (!is_read)
        log_error("cannot read the %s of the world %s: %s", setting, entry->record.name,
                  problem.failed ? "out of memory" : problem.data);
    return is_read;
}

static bool load_setting(struct worlds *worlds, const char *setting, read_setting_fn *read,
                         struct entry *entry)
{
    char *json = NULL;
    enum store_result result = store_setting_get(worlds->store, entry->record.name, setting, &json);
    bool is_read;

    if (result == STORE_NONE)
        return true;
    if (result != STORE_OK)
        return false;
    is_read = read_setting(setting, text_of(json), read, entry);
    free(json);
    return is_read;
}

static bool read_lifecycle(struct text json, struct entry *entry, struct buf *problem)
{
    return lifecycle_read(json, &entry->lifecycle, problem);
}

static bool load_settings(struct worlds *worlds, struct entry *entry)
{
    if (entry->record.lifecycle &&
        !read_setting("lifecycle", text_of(entry->record.lifecycle), read_lifecycle, entry))
        return false;
    return load_setting(worlds, "limits", read_limits, entry) &&
           load_setting(worlds, "keys", read_keys, entry);
}

/* The entry of a record, which it takes over, but for what load_settings() reads. */
static struct entry entry_of(const struct worlds *worlds, const struct world_record *record)
{
    return (struct entry){
        .record = *record,
        .lifecycle = worlds->config.lifecycle,
        .limits = worlds->config.limits,
        .used_ms = clock_monotonic_ms(),
    };
}

/* Add `entry`, which is not there yet and has room. `writing` is held. */
static void add_entry(struct worlds *worlds, const struct entry *entry)
{
    bool found;
    size_t at;

    pthread_mutex_lock(&worlds->lock);
    at = find_entry(worlds, text_of(entry->record.name), &found);
    assert(!found && worlds->count < worlds->config.worlds_max);
    memmove(&worlds->entries[at + 1], &worlds->entries[at],
            (worlds->count - at) * sizeof(worlds->entries[0]));
    worlds->entries[at] = *entry;
    worlds->entries[at].incarnation = ++worlds->incarnation;
    worlds->count++;
    pthread_mutex_unlock(&worlds->lock);
}

/* Tell whether another thread was faster to load `name`, and whether there is room for one more. */
static bool is_known(struct worlds *worlds, struct text name, bool *is_full)
{
    bool found;

    pthread_mutex_lock(&worlds->lock);
    (void)find_entry(worlds, name, &found);
    *is_full = worlds->count == worlds->config.worlds_max;
    pthread_mutex_unlock(&worlds->lock);
    return found;
}

/* Load the record of `name`, or make and store one. `writing` is held. */
static enum worlds_result load_world(struct worlds *worlds, struct text name)
{
    struct world_record record = {
        .seed = worlds->config.seed,
        .clock = worlds->config.clock,
        .clock_us = worlds->config.clock_us,
        .scale_milli = worlds->config.scale_milli,
    };
    enum store_result stored;
    struct entry entry;
    bool is_full;

    if (is_known(worlds, name, &is_full))
        return WORLDS_OK;
    if (is_full)
        return WORLDS_TOO_MANY;
    memcpy(record.name, name.data, name.len);
    if (record.clock == WORLD_CLOCK_SCALED)
        record.clock_us = record.anchor_us = clock_wall_us();
    stored = store_world_get(worlds->store, record.name, &record);
    if (stored == STORE_NONE)
        stored = store_world_put(worlds->store, &record);
    if (stored != STORE_OK)
        return result_of(stored);
    entry = entry_of(worlds, &record);
    if (!load_settings(worlds, &entry)) {
        entry_done(&entry);
        return WORLDS_FAILED;
    }
    add_entry(worlds, &entry);
    return WORLDS_OK;
}

/*
 * Idle worlds
 */

static bool is_idle(struct worlds *worlds, const char *name)
{
    int64_t used_ms = worlds->started_ms;
    bool found;
    size_t at;

    if (strcmp(name, "default") == 0)
        return false;
    pthread_mutex_lock(&worlds->lock);
    at = find_entry(worlds, text_of(name), &found);
    if (found)
        used_ms = worlds->entries[at].used_ms;
    pthread_mutex_unlock(&worlds->lock);
    return clock_monotonic_ms() - used_ms >= worlds->config.idle_ms;
}

/* Tell whether it is time to look for idle worlds, and count that as done. */
static bool is_sweep_due(struct worlds *worlds)
{
    int64_t now_ms = clock_monotonic_ms();
    int64_t pause_ms = worlds->config.idle_ms < SWEEP_MS ? worlds->config.idle_ms : SWEEP_MS;
    bool is_due;

    if (worlds->config.idle_ms == 0)
        return false;
    pthread_mutex_lock(&worlds->lock);
    is_due = now_ms - worlds->swept_ms >= pause_ms;
    if (is_due)
        worlds->swept_ms = now_ms;
    pthread_mutex_unlock(&worlds->lock);
    return is_due;
}

/* Nobody waits for an idle world to end, so that it is enough to do so when a world is added. */
static void sweep_idle(struct worlds *worlds)
{
    AUTO(name_list_done) struct name_list names = {0};

    if (!is_sweep_due(worlds) || store_world_list(worlds->store, &names) != STORE_OK)
        return;
    for (size_t i = 0; i < names.count; i++) {
        if (!is_idle(worlds, names.items[i]))
            continue;
        if (worlds_reset(worlds, text_of(names.items[i])) == WORLDS_OK)
            log_info("the idle world %s was dropped", names.items[i]);
    }
}

enum worlds_result worlds_enter(struct worlds *worlds, struct text name, bool is_call,
                                struct world *out)
{
    enum worlds_result result = WORLDS_OK;

    if (!worlds_name_is_valid(name))
        return WORLDS_BAD_NAME;
    while (result == WORLDS_OK && !enter_known(worlds, name, is_call, out)) {
        sweep_idle(worlds);
        pthread_mutex_lock(&worlds->writing);
        result = load_world(worlds, name);
        pthread_mutex_unlock(&worlds->writing);
    }
    return result;
}

enum worlds_result worlds_look(struct worlds *worlds, struct text name, struct world *out)
{
    char name_string[WORLD_NAME_SIZE] = "";
    struct world_record record;
    enum store_result result;
    bool found, is_loaded;
    struct entry entry;
    size_t at;

    if (!worlds_name_is_valid(name))
        return WORLDS_BAD_NAME;
    pthread_mutex_lock(&worlds->lock);
    at = find_entry(worlds, name, &found);
    if (found)
        copy_world(&worlds->entries[at], out);
    pthread_mutex_unlock(&worlds->lock);
    if (found)
        return WORLDS_OK;
    memcpy(name_string, name.data, name.len);
    result = store_world_get(worlds->store, name_string, &record);
    if (result != STORE_OK)
        return result == STORE_NONE ? WORLDS_NONE : result_of(result);
    entry = entry_of(worlds, &record);
    is_loaded = load_settings(worlds, &entry);
    if (is_loaded)
        copy_world(&entry, out);
    entry_done(&entry);
    return is_loaded ? WORLDS_OK : WORLDS_FAILED;
}

enum worlds_result worlds_list(struct worlds *worlds, struct name_list *out)
{
    sweep_idle(worlds);
    return store_world_list(worlds->store, out) == STORE_OK ? WORLDS_OK : WORLDS_FAILED;
}

/*
 * Changes
 */

/* Which of the members below are meant. */
enum change_kind { CHANGE_CLOCK, CHANGE_TIME, CHANGE_LIFECYCLE, CHANGE_SEED };

struct change {
    enum change_kind kind;
    enum world_clock clock;
    int64_t us; /* what the clock is set to, or moved on by */
    int64_t scale_milli;
    struct text json;    /* what is sent of a lifecycle */
    struct buf *problem; /* what is wrong with it */
    uint64_t seed;
};

static void set_clock(struct world_record *record, const struct change *change)
{
    int64_t wall_us = clock_wall_us();

    record->clock = change->clock;
    record->clock_us = change->clock == WORLD_CLOCK_REAL ? change->us - wall_us : change->us;
    record->anchor_us = wall_us;
    record->scale_milli = change->scale_milli;
}

/* The record gets a string of its own, or NULL on failure. */
static enum worlds_result set_lifecycle(struct entry *entry, const struct change *change)
{
    AUTO(buf_done) struct buf json = {0};

    entry->record.lifecycle = NULL;
    if (!lifecycle_read(change->json, &entry->lifecycle, change->problem))
        return WORLDS_REFUSED;
    lifecycle_write(&entry->lifecycle, &(struct json_writer){.out = &json});
    entry->record.lifecycle = buf_take(&json);
    return entry->record.lifecycle ? WORLDS_OK : WORLDS_FAILED;
}

/* Change a copy of an entry: that its record and the old one share a lifecycle is left to
 * keep_entry(). */
static enum worlds_result apply_change(struct entry *entry, const struct change *change)
{
    struct world_record *record = &entry->record;

    switch (change->kind) {
    case CHANGE_CLOCK:
        set_clock(record, change);
        break;
    case CHANGE_TIME:
        record->clock_us = record->clock_us <= TIMESTAMP_US_MAX - change->us
                               ? record->clock_us + change->us
                               : TIMESTAMP_US_MAX;
        break;
    case CHANGE_LIFECYCLE:
        return set_lifecycle(entry, change);
    case CHANGE_SEED:
        record->seed = change->seed;
        break;
    }
    return WORLDS_OK;
}

/* Replace the entry of the same name, which only calls have changed since; `writing` is held. */
static void keep_entry(struct worlds *worlds, const struct entry *changed, struct world *out)
{
    struct entry *entry;
    bool found;
    size_t at;

    pthread_mutex_lock(&worlds->lock);
    at = find_entry(worlds, text_of(changed->record.name), &found);
    assert(found);
    entry = &worlds->entries[at];
    if (entry->record.lifecycle != changed->record.lifecycle)
        free(entry->record.lifecycle);
    entry->record = changed->record;
    entry->lifecycle = changed->lifecycle;
    copy_world(entry, out);
    pthread_mutex_unlock(&worlds->lock);
}

/* Apply and store a change; `writing` is held. `*found` tells whether the world is still there. */
static enum worlds_result change_entry(struct worlds *worlds, struct text name,
                                       const struct change *change, bool *found, struct world *out)
{
    struct entry entry = {0};
    enum worlds_result result;
    size_t at;

    pthread_mutex_lock(&worlds->lock);
    at = find_entry(worlds, name, found);
    if (*found)
        entry = worlds->entries[at];
    pthread_mutex_unlock(&worlds->lock);
    if (!*found)
        return WORLDS_OK;
    result = apply_change(&entry, change);
    if (result == WORLDS_OK)
        result = result_of(store_world_put(worlds->store, &entry.record));
    if (result == WORLDS_OK)
        keep_entry(worlds, &entry, out);
    else if (change->kind == CHANGE_LIFECYCLE)
        free(entry.record.lifecycle);
    return result;
}

static enum worlds_result change_world(struct worlds *worlds, struct text name,
                                       const struct change *change, struct world *out)
{
    enum worlds_result result = WORLDS_OK;
    bool found = false;

    /* A world that was dropped in between appears anew. */
    while (result == WORLDS_OK && !found) {
        struct world world;

        result = worlds_enter(worlds, name, false, &world);
        if (result != WORLDS_OK)
            return result;
        pthread_mutex_lock(&worlds->writing);
        result = change_entry(worlds, name, change, &found, out);
        pthread_mutex_unlock(&worlds->writing);
    }
    return result;
}

enum worlds_result worlds_set_clock(struct worlds *worlds, struct text name, enum world_clock clock,
                                    int64_t us, struct world *out)
{
    const struct change change = {
        .kind = CHANGE_CLOCK, .clock = clock, .us = us, .scale_milli = 1000};

    return change_world(worlds, name, &change, out);
}

enum worlds_result worlds_scale_clock(struct worlds *worlds, struct text name, int64_t us,
                                      int64_t scale_milli, struct world *out)
{
    const struct change change = {
        .kind = CHANGE_CLOCK, .clock = WORLD_CLOCK_SCALED, .us = us, .scale_milli = scale_milli};

    return change_world(worlds, name, &change, out);
}

enum worlds_result worlds_advance(struct worlds *worlds, struct text name, int64_t us,
                                  struct world *out)
{
    return change_world(worlds, name, &(struct change){.kind = CHANGE_TIME, .us = us}, out);
}

enum worlds_result worlds_set_lifecycle(struct worlds *worlds, struct text name, struct text json,
                                        struct buf *problem, struct world *out)
{
    const struct change change = {.kind = CHANGE_LIFECYCLE, .json = json, .problem = problem};

    return change_world(worlds, name, &change, out);
}

enum worlds_result worlds_set_seed(struct worlds *worlds, struct text name, uint64_t seed,
                                   struct world *out)
{
    return change_world(worlds, name, &(struct change){.kind = CHANGE_SEED, .seed = seed}, out);
}

/* Store a setting, which `json` holds. `writing` is held. */
static enum worlds_result store_setting(struct worlds *worlds, const char *world,
                                        const char *setting, const struct buf *json)
{
    if (json->failed) {
        log_error("cannot store the %s of the world %s: out of memory", setting, world);
        return WORLDS_FAILED;
    }
    return result_of(store_setting_put(worlds->store, world, setting, json->data));
}

/* Store the limits that `*out` has, and give them to the world if it is still there. `writing` is
 * held. */
static enum worlds_result keep_limits(struct worlds *worlds, const struct world *out)
{
    AUTO(buf_done) struct buf json = {0};
    enum worlds_result result;
    bool found;
    size_t at;

    limits_write(&out->limits, &(struct json_writer){.out = &json});
    result = store_setting(worlds, out->name, "limits", &json);
    if (result != WORLDS_OK)
        return result;
    pthread_mutex_lock(&worlds->lock);
    at = find_entry(worlds, text_of(out->name), &found);
    if (found)
        worlds->entries[at].limits = out->limits;
    pthread_mutex_unlock(&worlds->lock);
    return WORLDS_OK;
}

enum worlds_result worlds_set_limits(struct worlds *worlds, struct text name, struct text json,
                                     struct buf *problem, struct world *out)
{
    enum worlds_result result = worlds_enter(worlds, name, false, out);

    if (result != WORLDS_OK)
        return result;
    pthread_mutex_lock(&worlds->writing);
    /* Again, since what another has written by now is not to be lost. */
    (void)enter_known(worlds, name, false, out);
    if (limits_read(json, &out->limits, problem))
        result = keep_limits(worlds, out);
    else
        result = WORLDS_REFUSED;
    pthread_mutex_unlock(&worlds->writing);
    return result;
}

/* Give a world `*keys` for those that it had. */
static void exchange_keys(struct worlds *worlds, struct text name, struct key_list *keys)
{
    bool found;
    size_t at;

    pthread_mutex_lock(&worlds->lock);
    at = find_entry(worlds, name, &found);
    if (found) {
        struct key_list before = worlds->entries[at].keys;

        worlds->entries[at].keys = *keys;
        *keys = before;
    }
    pthread_mutex_unlock(&worlds->lock);
}

enum worlds_result worlds_set_keys(struct worlds *worlds, struct text name, struct key_list *keys)
{
    AUTO(buf_done) struct buf json = {0};
    struct world world;
    enum worlds_result result = worlds_enter(worlds, name, false, &world);

    if (result == WORLDS_OK) {
        key_list_write(keys, false, &(struct json_writer){.out = &json});
        pthread_mutex_lock(&worlds->writing);
        result = store_setting(worlds, world.name, "keys", &json);
        if (result == WORLDS_OK)
            exchange_keys(worlds, name, keys);
        pthread_mutex_unlock(&worlds->writing);
    }
    key_list_done(keys);
    return result;
}

enum worlds_result worlds_get_keys(struct worlds *worlds, struct text name, struct key_list *out)
{
    struct world world;
    enum worlds_result result = worlds_enter(worlds, name, false, &world);
    bool found;
    size_t at;

    if (result != WORLDS_OK)
        return result;
    pthread_mutex_lock(&worlds->lock);
    at = find_entry(worlds, name, &found);
    if (found && !key_list_copy(&worlds->entries[at].keys, out))
        result = WORLDS_FAILED;
    pthread_mutex_unlock(&worlds->lock);
    return result;
}

enum key_plan worlds_find_key(struct worlds *worlds, struct text name, const char *digest)
{
    enum key_plan plan = KEY_ANY;
    bool found;
    size_t at;

    pthread_mutex_lock(&worlds->lock);
    at = find_entry(worlds, name, &found);
    if (found && worlds->entries[at].keys.count > 0)
        plan = key_list_find(&worlds->entries[at].keys, digest);
    pthread_mutex_unlock(&worlds->lock);
    return plan;
}

enum worlds_result worlds_reset(struct worlds *worlds, struct text name)
{
    char name_string[WORLD_NAME_SIZE] = "";
    enum worlds_result deleted;
    bool found;

    if (!worlds_name_is_valid(name))
        return WORLDS_BAD_NAME;
    memcpy(name_string, name.data, name.len);
    pthread_mutex_lock(&worlds->writing);
    deleted = result_of(store_world_delete(worlds->store, name_string));
    if (deleted == WORLDS_OK) {
        size_t at;

        pthread_mutex_lock(&worlds->lock);
        at = find_entry(worlds, name, &found);
        if (found) {
            entry_done(&worlds->entries[at]);
            worlds->count--;
            memmove(&worlds->entries[at], &worlds->entries[at + 1],
                    (worlds->count - at) * sizeof(worlds->entries[0]));
        }
        pthread_mutex_unlock(&worlds->lock);
    }
    pthread_mutex_unlock(&worlds->writing);
    if (deleted != WORLDS_OK)
        return deleted;
    /* The world is empty. What cannot be removed now is when the store is next opened. */
    while (store_world_clear(worlds->store) == STORE_OK) {
        /* others may have the store in between */
    }
    return WORLDS_OK;
}
