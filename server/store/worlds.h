/*
 * The worlds of a server: isolated universes, each with its data, clock, seed and counters.
 *
 * A world appears when it is first named, with the start-up configuration. Callers never hold one:
 * they take a copy for the time of one request, so that a world can be dropped or its clock moved
 * while requests are under way.
 */
#ifndef STORE_WORLDS_H
#define STORE_WORLDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"
#include "core/key_plan.h"
#include "core/lifecycle.h"
#include "core/limits.h"
#include "store/store.h"

/* What a request knows of its world: a copy, good for that request. */
struct world {
    char name[WORLD_NAME_SIZE];
    uint64_t seed;
    enum world_clock clock;
    int64_t
        scale_milli; /* of a scaled clock: how many times as fast as the machine's, times 1000 */
    int64_t now_us;  /* the world's time when the request came */
    uint64_t serial; /* the number of this request in its world, for ids that look random */
    uint64_t incarnation; /* no other world of this process has it, nor this one after a reset */
    struct lifecycle lifecycle;
    struct limits limits;
    bool declares_keys; /* it knows which API keys there are: see worlds_find_key() */
};

/* What a new world begins with. */
struct worlds_config {
    uint64_t seed;
    enum world_clock clock;
    int64_t clock_us;    /* the time, if it is frozen */
    int64_t scale_milli; /* if it is scaled */
    struct lifecycle lifecycle;
    struct limits limits;
    size_t worlds_max;
    int64_t idle_ms; /* a world but "default" that nobody called for so long is dropped; 0: never */
};

enum { WORLD_SCALE_MILLI_MIN = 1, WORLD_SCALE_MILLI_MAX = 1000000000 };

enum worlds_result {
    WORLDS_OK,
    WORLDS_NONE,     /* there is none of that name; from worlds_look() only */
    WORLDS_BAD_NAME, /* not [a-z0-9._-]{1,64} */
    WORLDS_TOO_MANY,
    WORLDS_FULL,    /* the disk is */
    WORLDS_REFUSED, /* what was sent is wrong; from where it is said only */
    WORLDS_FAILED   /* storage or memory; it was logged */
};

struct worlds;

/* `store` is borrowed and must outlive the worlds. NULL when memory runs out. */
MUST_USE struct worlds *worlds_new(struct store *store, const struct worlds_config *config);
void worlds_free(struct worlds *worlds);

/*
 * Enter a world: make it if it is new, and take its copy. With `is_call` the request counts in the
 * world's `serial` (control calls do not, so that looking at a world does not change its ids).
 */
MUST_USE enum worlds_result worlds_enter(struct worlds *worlds, struct text name, bool is_call,
                                         struct world *out);

/* Take the copy of a world without making it if it is not there, and without counting as a use. */
MUST_USE enum worlds_result worlds_look(struct worlds *worlds, struct text name, struct world *out);

/* Freeze the clock at `us`, or let it run on from there. `*out` gets the new copy. */
MUST_USE enum worlds_result worlds_set_clock(struct worlds *worlds, struct text name,
                                             enum world_clock clock, int64_t us, struct world *out);

/* Let the clock run on from `us` at a pace of its own, WORLD_SCALE_MILLI_MIN to ..._MAX. */
MUST_USE enum worlds_result worlds_scale_clock(struct worlds *worlds, struct text name, int64_t us,
                                               int64_t scale_milli, struct world *out);

/*
 * Give what will be created in the world another life: `json` says what changes, as for
 * lifecycle_read(). Of two who change different members at once, none is lost. WORLDS_REFUSED:
 * `problem` got a sentence, or failed; nothing changed.
 */
MUST_USE enum worlds_result worlds_set_lifecycle(struct worlds *worlds, struct text name,
                                                 struct text json, struct buf *problem,
                                                 struct world *out);

/* Make what will be created in the world from another seed. */
MUST_USE enum worlds_result worlds_set_seed(struct worlds *worlds, struct text name, uint64_t seed,
                                            struct world *out);

/* Move the clock forward by `us`, whichever its mode, but not beyond the year 9999. */
MUST_USE enum worlds_result worlds_advance(struct worlds *worlds, struct text name, int64_t us,
                                           struct world *out);

/* Change its limits as `json` says, for limits_read(); else as worlds_set_lifecycle(). */
MUST_USE enum worlds_result worlds_set_limits(struct worlds *worlds, struct text name,
                                              struct text json, struct buf *problem,
                                              struct world *out);

/* Declare the API keys that there are in a world; none: any will do. Takes the keys over: `*keys`
 * is empty after any result. */
MUST_USE enum worlds_result worlds_set_keys(struct worlds *worlds, struct text name,
                                            struct key_list *keys);

/* Copy the declared keys of a world into zeroed `*out`. */
MUST_USE enum worlds_result worlds_get_keys(struct worlds *worlds, struct text name,
                                            struct key_list *out);

/* The plan of a key in a world, by its SHA-256: KEY_INVALID if the world declares keys and not this
 * one, KEY_ANY if it declares none. */
enum key_plan worlds_find_key(struct worlds *worlds, struct text name, const char *digest);

/* Drop a world with all that is in it. It appears anew when it is next named. */
MUST_USE enum worlds_result worlds_reset(struct worlds *worlds, struct text name);

/* Drop the worlds that are idle, and list the names of the others. */
MUST_USE enum worlds_result worlds_list(struct worlds *worlds, struct name_list *out);

/* Tell whether `name` may name a world. */
bool worlds_name_is_valid(struct text name);

#endif
