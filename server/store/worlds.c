#include "store/worlds.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/timestamp.h"

/* The end of the year 9999: what is later cannot be written, and no clock is moved beyond it. */
static const int64_t clock_max_us = 253402300799999999;

struct entry {
    struct world_record record;
    uint64_t serial; /* of the last call */
};

/*
 * `lock` guards `entries` and what they hold; it is never held while calling another module.
 * `writing` is taken first, by those who change a record, and kept while the change is stored, so
 * that what is stored last is what was changed last.
 */
struct worlds {
    struct store *store;
    struct worlds_config config;
    pthread_mutex_t writing;
    pthread_mutex_t lock;
    struct entry *entries; /* sorted by name; room for config.worlds_max */
    size_t count;
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
    pthread_mutex_init(&worlds->writing, NULL);
    pthread_mutex_init(&worlds->lock, NULL);
    return worlds;
}

void worlds_free(struct worlds *worlds)
{
    if (!worlds)
        return;
    pthread_mutex_destroy(&worlds->lock);
    pthread_mutex_destroy(&worlds->writing);
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

static void copy_world(const struct worlds *worlds, const struct entry *entry, struct world *out)
{
    *out = (struct world){
        .seed = entry->record.seed,
        .clock = entry->record.clock,
        .now_us = entry->record.clock_us,
        .serial = entry->serial,
        .lifecycle = worlds->config.lifecycle,
        .limits = worlds->config.limits,
    };
    if (entry->record.clock == WORLD_CLOCK_REAL)
        out->now_us += clock_wall_us();
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
        copy_world(worlds, &worlds->entries[at], out);
    }
    pthread_mutex_unlock(&worlds->lock);
    return found;
}

/* Add `record`, which is not there yet and has room. `writing` is held. */
static void add_entry(struct worlds *worlds, const struct world_record *record)
{
    bool found;
    size_t at;

    pthread_mutex_lock(&worlds->lock);
    at = find_entry(worlds, text_of(record->name), &found);
    assert(!found && worlds->count < worlds->config.worlds_max);
    memmove(&worlds->entries[at + 1], &worlds->entries[at],
            (worlds->count - at) * sizeof(worlds->entries[0]));
    worlds->entries[at] = (struct entry){.record = *record};
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
    };
    bool is_full;

    if (is_known(worlds, name, &is_full))
        return WORLDS_OK;
    if (is_full)
        return WORLDS_TOO_MANY;
    memcpy(record.name, name.data, name.len);
    switch (store_world_get(worlds->store, record.name, &record)) {
    case STORE_OK:
        break;
    case STORE_NONE:
        if (store_world_put(worlds->store, &record) != STORE_OK)
            return WORLDS_FAILED;
        break;
    case STORE_OVER_QUOTA:
    case STORE_FULL:
    case STORE_FAILED:
        return WORLDS_FAILED;
    }
    add_entry(worlds, &record);
    return WORLDS_OK;
}

enum worlds_result worlds_enter(struct worlds *worlds, struct text name, bool is_call,
                                struct world *out)
{
    enum worlds_result result = WORLDS_OK;

    if (!worlds_name_is_valid(name))
        return WORLDS_BAD_NAME;
    while (result == WORLDS_OK && !enter_known(worlds, name, is_call, out)) {
        pthread_mutex_lock(&worlds->writing);
        result = load_world(worlds, name);
        pthread_mutex_unlock(&worlds->writing);
    }
    return result;
}

/* A change of a world's clock: either set to `us` in mode `clock`, or moved on by `us`. */
struct clock_change {
    bool is_advance;
    enum world_clock clock;
    int64_t us;
};

static void apply_change(struct world_record *record, const struct clock_change *change)
{
    if (change->is_advance) {
        bool is_within = record->clock_us <= clock_max_us - change->us;

        record->clock_us = is_within ? record->clock_us + change->us : clock_max_us;
        return;
    }
    record->clock = change->clock;
    record->clock_us =
        change->clock == WORLD_CLOCK_FROZEN ? change->us : change->us - clock_wall_us();
}

static enum worlds_result change_clock(struct worlds *worlds, struct text name,
                                       const struct clock_change *change, struct world *out)
{
    struct world_record record;
    enum worlds_result result = worlds_enter(worlds, name, false, out);
    bool found;
    size_t at;

    if (result != WORLDS_OK)
        return result;
    pthread_mutex_lock(&worlds->writing);
    pthread_mutex_lock(&worlds->lock);
    at = find_entry(worlds, name, &found);
    if (found) {
        apply_change(&worlds->entries[at].record, change);
        record = worlds->entries[at].record;
        copy_world(worlds, &worlds->entries[at], out);
    }
    pthread_mutex_unlock(&worlds->lock);
    if (found && store_world_put(worlds->store, &record) != STORE_OK)
        result = WORLDS_FAILED;
    pthread_mutex_unlock(&worlds->writing);
    return result;
}

enum worlds_result worlds_set_clock(struct worlds *worlds, struct text name, enum world_clock clock,
                                    int64_t us, struct world *out)
{
    return change_clock(worlds, name, &(struct clock_change){.clock = clock, .us = us}, out);
}

enum worlds_result worlds_advance(struct worlds *worlds, struct text name, int64_t us,
                                  struct world *out)
{
    return change_clock(worlds, name, &(struct clock_change){.is_advance = true, .us = us}, out);
}

enum worlds_result worlds_reset(struct worlds *worlds, struct text name)
{
    char name_string[WORLD_NAME_SIZE] = "";
    enum store_result deleted;
    bool found;

    if (!worlds_name_is_valid(name))
        return WORLDS_BAD_NAME;
    memcpy(name_string, name.data, name.len);
    pthread_mutex_lock(&worlds->writing);
    deleted = store_world_delete(worlds->store, name_string);
    if (deleted == STORE_OK || deleted == STORE_NONE) {
        size_t at;

        pthread_mutex_lock(&worlds->lock);
        at = find_entry(worlds, name, &found);
        if (found) {
            worlds->count--;
            memmove(&worlds->entries[at], &worlds->entries[at + 1],
                    (worlds->count - at) * sizeof(worlds->entries[0]));
        }
        pthread_mutex_unlock(&worlds->lock);
    }
    pthread_mutex_unlock(&worlds->writing);
    return deleted == STORE_OK || deleted == STORE_NONE ? WORLDS_OK : WORLDS_FAILED;
}
