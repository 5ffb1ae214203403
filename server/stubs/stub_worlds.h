/*
 * What each world has of stubs and journal.
 *
 * A world's are made when it is first asked for, from what the server was started with, and again
 * when the world was reset: then its incarnation is another one. Who uses them holds them, so that
 * a world may be dropped while requests are under way in it.
 */
#ifndef STUBS_STUB_WORLDS_H
#define STUBS_STUB_WORLDS_H

#include <pthread.h>

#include "base/text.h"
#include "stubs/conduct.h"
#include "stubs/journal.h"
#include "stubs/stub_set.h"

/* WireMock's global settings. */
struct stub_settings {
    double fixed_delay_ms; /* -1: none */
    struct delay delay;
    json_t *json; /* as it was sent, owned; or NULL */
};

struct stub_world {
    atomic_uint references;
    uint64_t incarnation;
    uint64_t seed;
    struct stub_set *stubs;
    struct journal *journal; /* NULL: none is kept */
    struct conduct *conduct; /* of its clients; it outlives resets */
    pthread_mutex_t lock;    /* guards `settings` */
    struct stub_settings settings;
};

struct stub_worlds_config {
    size_t stubs_max;           /* 0: the default */
    size_t journal_entries_max; /* 0: the default */
    bool keeps_no_journal;
    size_t worlds_max;
    unsigned waits_max; /* how many requests may wait for a journal at once */
    /* Add the stubs of files to a new set; they say themselves what is wrong with them. May be
     * NULL. */
    void (*load)(void *context, struct stub_set *stubs);
    void *context;
};

struct stub_worlds;

MUST_USE struct stub_worlds *stub_worlds_new(const struct stub_worlds_config *config);
void stub_worlds_free(struct stub_worlds *worlds);

/* What a world is asked by. */
struct stub_world_key {
    struct text name;
    uint64_t incarnation;
    uint64_t seed;
};

/* Get a world's, to be released. Of worlds_max worlds the one that was asked for longest ago is
 * dropped. NULL when memory runs out. */
MUST_USE struct stub_world *stub_worlds_get(struct stub_worlds *worlds,
                                            const struct stub_world_key *key);
void stub_world_release(struct stub_world *world);

/* Tell of every world that is there, by name. */
typedef void stub_world_fn(void *context, const char *name, struct stub_world *world);
void stub_worlds_each(struct stub_worlds *worlds, stub_world_fn *tell, void *context);

/* Let all who wait for a journal go on, for the server stops; nobody waits any more. */
void stub_worlds_wake(struct stub_worlds *worlds);

/* Ask to wait for a journal, which holds a worker: false if enough do. stub_worlds_end_wait() when
 * it is over. The wait ends early when its world is reset. */
MUST_USE bool stub_worlds_begin_wait(struct stub_worlds *worlds);
void stub_worlds_end_wait(struct stub_worlds *worlds);

/* Back to the start: the stubs of files alone, read again, all scenarios in their first state, an
 * empty journal. Settings stay. */
void stub_world_reset(struct stub_worlds *worlds, struct stub_world *world);

/* Put the stubs of files as they are now in the place of those that were. */
void stub_worlds_reload(struct stub_worlds *worlds);

/* The settings, as a copy that holds its JSON: json_decref() it. */
struct stub_settings stub_world_settings(struct stub_world *world);

/* Put other settings in their place; steals `settings->json`. */
void stub_world_put_settings(struct stub_world *world, const struct stub_settings *settings);

#endif
