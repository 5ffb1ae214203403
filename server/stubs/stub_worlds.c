#include "stubs/stub_worlds.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    char *name; /* owned */
    struct stub_world *world;
    uint64_t used; /* when it was last asked for */
};

struct stub_worlds {
    struct stub_worlds_config config;
    struct journal_budget budget;
    atomic_uint waits; /* requests that wait for a journal */

    pthread_mutex_t lock;  /* guards all below */
    bool is_awake;         /* nobody waits for a journal any more */
    struct entry *entries; /* by name */
    size_t count, size;
    uint64_t uses;
};

static void settings_done(struct stub_settings *settings)
{
    json_decref(settings->json);
    settings->json = NULL;
}

void stub_world_release(struct stub_world *world)
{
    if (!world || atomic_fetch_sub(&world->references, 1) > 1)
        return;
    stub_set_free(world->stubs);
    journal_free(world->journal);
    conduct_release(world->conduct);
    settings_done(&world->settings);
    (void)pthread_mutex_destroy(&world->lock);
    free(world);
}

/* Drop a world: who waits for its journal waits in vain. */
static void drop_world(struct stub_world *world)
{
    if (world && world->journal)
        journal_wake(world->journal);
    stub_world_release(world);
}

static struct stub_world *hold(struct stub_world *world)
{
    atomic_fetch_add(&world->references, 1);
    return world;
}

static bool fill_world(struct stub_worlds *worlds, struct stub_world *world)
{
    const struct stub_worlds_config *config = &worlds->config;

    world->stubs =
        stub_set_new(world->seed, config->stubs_max ? config->stubs_max : STUBS_MAX_DEFAULT);
    if (!world->stubs)
        return false;
    if (!config->keeps_no_journal) {
        world->journal = journal_new(world->seed, config->journal_entries_max, 0, &worlds->budget);
        if (!world->journal)
            return false;
    }
    if (config->load)
        config->load(config->context, world->stubs);
    return true;
}

/* `conduct` is that of the world before a reset, or NULL. */
static struct stub_world *world_new(struct stub_worlds *worlds, const struct stub_world_key *key,
                                    struct conduct *conduct)
{
    struct stub_world *world = calloc(1, sizeof(*world));

    if (!world)
        return NULL;
    if (pthread_mutex_init(&world->lock, NULL) != 0) {
        free(world);
        return NULL;
    }
    atomic_init(&world->references, 1);
    world->incarnation = key->incarnation;
    world->seed = key->seed;
    world->settings.fixed_delay_ms = -1;
    world->conduct = conduct ? conduct_hold(conduct) : conduct_new();
    if (world->conduct && fill_world(worlds, world))
        return world;
    stub_world_release(world);
    return NULL;
}

struct stub_worlds *stub_worlds_new(const struct stub_worlds_config *config)
{
    struct stub_worlds *worlds = calloc(1, sizeof(*worlds));

    if (!worlds)
        return NULL;
    worlds->config = *config;
    worlds->budget.bytes_max = JOURNAL_BYTES_TOGETHER;
    atomic_init(&worlds->waits, 0);
    if (pthread_mutex_init(&worlds->lock, NULL) == 0)
        return worlds;
    free(worlds);
    return NULL;
}

void stub_worlds_free(struct stub_worlds *worlds)
{
    if (!worlds)
        return;
    for (size_t i = 0; i < worlds->count; i++) {
        stub_world_release(worlds->entries[i].world);
        free(worlds->entries[i].name);
    }
    free(worlds->entries);
    (void)pthread_mutex_destroy(&worlds->lock);
    free(worlds);
}

/* The table; the lock is held. */

static size_t find(const struct stub_worlds *worlds, struct text name, bool *is_there)
{
    size_t low = 0, high = worlds->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (text_compare(text_of(worlds->entries[middle].name), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *is_there = low < worlds->count && text_eq(text_of(worlds->entries[low].name), name);
    return low;
}

static void drop_oldest(struct stub_worlds *worlds)
{
    size_t oldest = 0;

    for (size_t i = 1; i < worlds->count; i++)
        if (worlds->entries[i].used < worlds->entries[oldest].used)
            oldest = i;
    drop_world(worlds->entries[oldest].world);
    free(worlds->entries[oldest].name);
    worlds->count--;
    memmove(worlds->entries + oldest, worlds->entries + oldest + 1,
            (worlds->count - oldest) * sizeof(*worlds->entries));
}

static struct entry *insert(struct stub_worlds *worlds, struct text name)
{
    struct entry *larger;
    char *copy = strndup(name.data, name.len);
    bool ignored;
    size_t place;

    if (worlds->config.worlds_max && worlds->count >= worlds->config.worlds_max)
        drop_oldest(worlds);
    larger = worlds->count < worlds->size
                 ? worlds->entries
                 : realloc(worlds->entries, (worlds->size * 2 + 8) * sizeof(*larger));
    if (!copy || !larger) {
        worlds->entries = larger ? larger : worlds->entries;
        free(copy);
        return NULL;
    }
    worlds->size = worlds->count < worlds->size ? worlds->size : worlds->size * 2 + 8;
    worlds->entries = larger;
    place = find(worlds, name, &ignored);
    memmove(larger + place + 1, larger + place, (worlds->count - place) * sizeof(*larger));
    larger[place] = (struct entry){.name = copy};
    worlds->count++;
    return &larger[place];
}

static struct stub_world *get_locked(struct stub_worlds *worlds, const struct stub_world_key *key)
{
    bool is_there;
    size_t place = find(worlds, key->name, &is_there);
    struct entry *entry = is_there ? &worlds->entries[place] : NULL;
    struct stub_world *made;

    if (!entry || entry->world->incarnation != key->incarnation) {
        made = world_new(worlds, key, entry ? entry->world->conduct : NULL);
        if (!made)
            return NULL;
        if (!entry)
            entry = insert(worlds, key->name);
        if (!entry) {
            stub_world_release(made);
            return NULL;
        }
        drop_world(entry->world);
        entry->world = made;
        if (worlds->is_awake && made->journal)
            journal_wake(made->journal);
    }
    entry->used = ++worlds->uses;
    return hold(entry->world);
}

struct stub_world *stub_worlds_get(struct stub_worlds *worlds, const struct stub_world_key *key)
{
    struct stub_world *world;

    (void)pthread_mutex_lock(&worlds->lock);
    world = get_locked(worlds, key);
    (void)pthread_mutex_unlock(&worlds->lock);
    return world;
}

void stub_worlds_each(struct stub_worlds *worlds, stub_world_fn *tell, void *context)
{
    (void)pthread_mutex_lock(&worlds->lock);
    for (size_t i = 0; i < worlds->count; i++)
        tell(context, worlds->entries[i].name, worlds->entries[i].world);
    (void)pthread_mutex_unlock(&worlds->lock);
}

static void wake(void *context, const char *name, struct stub_world *world)
{
    (void)context;
    (void)name;
    if (world->journal)
        journal_wake(world->journal);
}

void stub_worlds_wake(struct stub_worlds *worlds)
{
    (void)pthread_mutex_lock(&worlds->lock);
    worlds->is_awake = true;
    (void)pthread_mutex_unlock(&worlds->lock);
    stub_worlds_each(worlds, wake, NULL);
}

bool stub_worlds_begin_wait(struct stub_worlds *worlds)
{
    if (atomic_fetch_add(&worlds->waits, 1) < worlds->config.waits_max)
        return true;
    stub_worlds_end_wait(worlds);
    return false;
}

void stub_worlds_end_wait(struct stub_worlds *worlds)
{
    atomic_fetch_sub(&worlds->waits, 1);
}

void stub_world_reset(struct stub_worlds *worlds, struct stub_world *world)
{
    stub_set_clear(world->stubs, STUBS_ALL);
    if (worlds->config.load)
        worlds->config.load(worlds->config.context, world->stubs);
    if (world->journal)
        journal_clear(world->journal);
}

static void reload(void *context, const char *name, struct stub_world *world)
{
    const struct stub_worlds *worlds = context;

    (void)name;
    stub_set_clear(world->stubs, STUBS_FROM_FILES);
    if (worlds->config.load)
        worlds->config.load(worlds->config.context, world->stubs);
}

void stub_worlds_reload(struct stub_worlds *worlds)
{
    stub_worlds_each(worlds, reload, worlds);
}

struct stub_settings stub_world_settings(struct stub_world *world)
{
    struct stub_settings settings;

    (void)pthread_mutex_lock(&world->lock);
    settings = world->settings;
    json_incref(settings.json);
    (void)pthread_mutex_unlock(&world->lock);
    return settings;
}

void stub_world_put_settings(struct stub_world *world, const struct stub_settings *settings)
{
    (void)pthread_mutex_lock(&world->lock);
    settings_done(&world->settings);
    world->settings = *settings;
    (void)pthread_mutex_unlock(&world->lock);
}
