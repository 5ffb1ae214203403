#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "fixture.h"
#include "store/store_internal.h"
#include "store/worlds.h"

Suite *worlds_suite(void);

static struct store *store;
static struct worlds *worlds;

static const struct worlds_config config = {
    .seed = 7,
    .clock = WORLD_CLOCK_FROZEN,
    .clock_us = 1000,
    .lifecycle = {.name = "test", .model_queued_us = 5},
    .limits = {.dataset = {.dataset_bytes_max = 6}},
    .worlds_max = 3,
};

static void set_up(void)
{
    store = must_open(NULL);
    worlds = worlds_new(store, &config);
    ck_assert_ptr_nonnull(worlds);
}

static void tear_down(void)
{
    worlds_free(worlds);
    store_close(store);
}

static struct world must_enter(const char *name)
{
    struct world world;

    ck_assert_int_eq(worlds_enter(worlds, text_of(name), false, &world), WORLDS_OK);
    return world;
}

START_TEST(a_world_appears_with_the_configuration_when_it_is_named)
{
    struct world world = must_enter("w");

    ck_assert_str_eq(world.name, "w");
    ck_assert_uint_eq(world.seed, 7);
    ck_assert_int_eq(world.clock, WORLD_CLOCK_FROZEN);
    ck_assert_int_eq(world.now_us, 1000);
    ck_assert_uint_eq(world.serial, 0);
    ck_assert_int_eq(world.lifecycle.model_queued_us, 5);
    ck_assert_int_eq(world.limits.dataset.dataset_bytes_max, 6);
}
END_TEST

START_TEST(calls_are_counted_in_each_world_and_looks_are_not)
{
    struct world world;

    for (uint64_t i = 1; i <= 3; i++) {
        ck_assert_int_eq(worlds_enter(worlds, TEXT("w"), true, &world), WORLDS_OK);
        ck_assert_uint_eq(world.serial, i);
        ck_assert_uint_eq(must_enter("w").serial, i);
    }
    ck_assert_uint_eq(must_enter("other").serial, 0);
}
END_TEST

/* clang-format off */
static const struct {
    struct text name;
    bool is_valid;
} names[] = {
    {{"a", 1}, true},
    {{"a.b_c-9", 7}, true},
    {{"0123456789012345678901234567890123456789012345678901234567890123", 64}, true},
    {{"01234567890123456789012345678901234567890123456789012345678901234", 65}, false},
    {{"", 0}, false},
    {{NULL, 0}, false},
    {{"A", 1}, false},
    {{"a b", 3}, false},
    {{"a/b", 3}, false},
    {{"a\0", 2}, false},
    {{"\xc3\xa9", 2}, false},
};
/* clang-format on */

START_TEST(names_are_checked)
{
    struct world world = {.seed = 99};

    ck_assert_int_eq(worlds_name_is_valid(names[_i].name), names[_i].is_valid);
    ck_assert_int_eq(worlds_enter(worlds, names[_i].name, true, &world),
                     names[_i].is_valid ? WORLDS_OK : WORLDS_BAD_NAME);
    if (names[_i].is_valid)
        return;
    ck_assert_uint_eq(world.seed, 99);
    ck_assert_int_eq(worlds_reset(worlds, names[_i].name), WORLDS_BAD_NAME);
    ck_assert_int_eq(worlds_advance(worlds, names[_i].name, 1, &world), WORLDS_BAD_NAME);
}
END_TEST

START_TEST(there_are_at_most_as_many_worlds_as_the_limit_says)
{
    struct world world;

    (void)must_enter("a");
    (void)must_enter("b");
    (void)must_enter("c");
    ck_assert_int_eq(worlds_enter(worlds, TEXT("d"), true, &world), WORLDS_TOO_MANY);
    ck_assert_int_eq(worlds_set_clock(worlds, TEXT("d"), WORLD_CLOCK_FROZEN, 1, &world),
                     WORLDS_TOO_MANY);
    (void)must_enter("a");
    ck_assert_int_eq(worlds_reset(worlds, TEXT("b")), WORLDS_OK);
    (void)must_enter("d");
    ck_assert_int_eq(worlds_enter(worlds, TEXT("b"), true, &world), WORLDS_TOO_MANY);
}
END_TEST

START_TEST(a_full_disk_is_told_from_other_failures)
{
    static const char failing[] = "{\"dataset\":{\"failure\":{\"message\":\"a very long message, "
                                  "which finds no room in the page of the record any more\"}}}";
    AUTO(buf_done) struct buf problem = {0};
    enum store_result result = STORE_OK;
    struct world world = must_enter("zz");

    ck_assert_int_eq(sqlite3_exec(store->db, "PRAGMA max_page_count = 1", NULL, NULL, NULL),
                     SQLITE_OK);
    for (int i = 0; i < 10000 && result == STORE_OK; i++) {
        struct world_record filler = {.seed = 7};

        (void)snprintf(filler.name, sizeof(filler.name), "%05d", i);
        result = store_world_put(store, &filler);
    }
    ck_assert_int_eq(result, STORE_FULL);
    ck_assert_int_eq(worlds_enter(worlds, TEXT("a-longer-name"), false, &world), WORLDS_FULL);
    ck_assert_int_eq(worlds_set_lifecycle(worlds, TEXT("zz"), text_of(failing), &problem, &world),
                     WORLDS_FULL);
    ck_assert_int_eq(must_enter("zz").lifecycle.dataset_plan.fail_stage, 0);
    ck_assert_int_eq(worlds_reset(worlds, TEXT("zz")), WORLDS_OK);
}
END_TEST

/*
 * Clocks
 */

START_TEST(a_frozen_clock_stands_still_until_it_is_moved)
{
    struct world world;

    ck_assert_int_eq(must_enter("w").now_us, 1000);
    ck_assert_int_eq(worlds_advance(worlds, TEXT("w"), 500, &world), WORLDS_OK);
    ck_assert_int_eq(world.now_us, 1500);
    ck_assert_int_eq(must_enter("w").now_us, 1500);
    ck_assert_int_eq(worlds_set_clock(worlds, TEXT("w"), WORLD_CLOCK_FROZEN, 3, &world), WORLDS_OK);
    ck_assert_int_eq(must_enter("w").now_us, 3);
    ck_assert_int_eq(must_enter("other").now_us, 1000);
}
END_TEST

START_TEST(a_real_clock_runs_from_where_it_was_set)
{
    const int64_t hour_us = 3600000000;
    struct world world, later;

    ck_assert_int_eq(worlds_set_clock(worlds, TEXT("w"), WORLD_CLOCK_REAL, 5000, &world),
                     WORLDS_OK);
    ck_assert_int_eq(world.clock, WORLD_CLOCK_REAL);
    ck_assert_int_ge(world.now_us, 5000);
    ck_assert_int_lt(world.now_us, 5000 + hour_us);
    ck_assert_int_eq(worlds_advance(worlds, TEXT("w"), 2 * hour_us, &later), WORLDS_OK);
    ck_assert_int_ge(later.now_us, world.now_us + 2 * hour_us);
    ck_assert_int_lt(later.now_us, world.now_us + 3 * hour_us);
    ck_assert_int_eq(worlds_set_clock(worlds, TEXT("w"), WORLD_CLOCK_FROZEN, 9, &world), WORLDS_OK);
    ck_assert_int_eq(must_enter("w").now_us, 9);
}
END_TEST

START_TEST(no_clock_is_moved_beyond_the_year_9999)
{
    const int64_t century_us = 100LL * 366 * 24 * 3600 * 1000000;
    char now[TIMESTAMP_SIZE];
    struct world world;

    for (int i = 0; i < 3000; i++)
        ck_assert_int_eq(worlds_advance(worlds, TEXT("w"), century_us, &world), WORLDS_OK);
    timestamp_format(world.now_us, now);
    ck_assert_str_eq(now, "9999-12-31T23:59:59.999999Z");
}
END_TEST

/*
 * Lives
 */

START_TEST(a_world_that_is_reset_begins_anew)
{
    struct world world;
    uint64_t number = 0;
    int64_t used = 0;

    ck_assert_int_eq(worlds_enter(worlds, TEXT("w"), true, &world), WORLDS_OK);
    ck_assert_int_eq(worlds_advance(worlds, TEXT("w"), 500, &world), WORLDS_OK);
    ck_assert_int_eq(store_counter_next(store, "w", &number), STORE_OK);
    ck_assert_int_eq(put_dataset(store, "w", "a", 1, 1), STORE_OK);
    ck_assert_int_eq(put_dataset(store, "other", "a", 1, 1), STORE_OK);
    ck_assert_int_eq(worlds_reset(worlds, TEXT("w")), WORLDS_OK);

    world = must_enter("w");
    ck_assert_uint_eq(world.serial, 0);
    ck_assert_int_eq(world.now_us, 1000);
    ck_assert_int_eq(store_dataset_usage(store, "w", INT64_MIN, &used), STORE_OK);
    ck_assert_int_eq(used, 0);
    ck_assert_int_eq(store_dataset_usage(store, "other", INT64_MIN, &used), STORE_OK);
    ck_assert_int_eq(used, 100);
    ck_assert_int_eq(store_counter_next(store, "w", &number), STORE_OK);
    ck_assert_uint_eq(number, 1);
}
END_TEST

START_TEST(a_world_that_nobody_named_can_be_reset)
{
    ck_assert_int_eq(worlds_reset(worlds, TEXT("w")), WORLDS_OK);
}
END_TEST

START_TEST(a_world_keeps_its_clock_and_seed_when_the_server_starts_again)
{
    struct worlds_config other = config;
    struct world world;

    ck_assert_int_eq(worlds_advance(worlds, TEXT("w"), 500, &world), WORLDS_OK);
    worlds_free(worlds);
    other.seed = 8;
    other.clock_us = 99;
    worlds = worlds_new(store, &other);
    ck_assert_ptr_nonnull(worlds);
    ck_assert_int_eq(must_enter("w").now_us, 1500);
    ck_assert_uint_eq(must_enter("w").seed, 7);
    ck_assert_uint_eq(must_enter("new").seed, 8);
}
END_TEST

/*
 * Limits and keys
 */

static enum key_plan plan_of(const char *world, const char *key)
{
    char digest[SHA256_HEX_SIZE];

    sha256_hex(text_of(key), digest);
    return worlds_find_key(worlds, text_of(world), digest);
}

static void declare(const char *world, const char *json)
{
    AUTO(buf_done) struct buf problem = {0};
    struct key_list keys = {0};

    ck_assert(key_list_read(text_of(json), &keys, &problem));
    ck_assert_int_eq(worlds_set_keys(worlds, text_of(world), &keys), WORLDS_OK);
    ck_assert_ptr_null(keys.items);
}

static void start_again(void)
{
    worlds_free(worlds);
    worlds = worlds_new(store, &config);
    ck_assert_ptr_nonnull(worlds);
}

static struct world set_limits(const char *name, const char *json)
{
    AUTO(buf_done) struct buf problem = {0};
    struct world world;

    ck_assert_int_eq(worlds_set_limits(worlds, text_of(name), text_of(json), &problem, &world),
                     WORLDS_OK);
    return world;
}

START_TEST(limits_that_are_wrong_change_nothing)
{
    AUTO(buf_done) struct buf problem = {0};
    struct world world;

    ck_assert_int_eq(worlds_set_limits(worlds, TEXT("w"), TEXT("{\"jobs_total\":3,\"jobs\":4}"),
                                       &problem, &world),
                     WORLDS_REFUSED);
    ck_assert_ptr_nonnull(problem.data);
    ck_assert_int_eq(must_enter("w").limits.jobs_total, 0);
}
END_TEST

START_TEST(a_world_keeps_its_limits_until_it_is_reset)
{
    /* The configuration has zeros where they cannot be read back. */
    struct world world = set_limits("w", "{\"jobs_per_day\":3,\"world_bytes_max\":1,"
                                         "\"line_bytes_max\":1,\"queries_max\":1}");

    ck_assert_int_eq(world.limits.jobs_per_day, 3);
    ck_assert_int_eq(must_enter("other").limits.jobs_per_day, 0);
    start_again();
    ck_assert_int_eq(must_enter("w").limits.jobs_per_day, 3);
    ck_assert_int_eq(worlds_reset(worlds, TEXT("w")), WORLDS_OK);
    ck_assert_int_eq(must_enter("w").limits.jobs_per_day, 0);
}
END_TEST

START_TEST(a_world_keeps_its_keys_until_it_is_reset)
{
    AUTO(key_list_done) struct key_list keys = {0};

    ck_assert(!must_enter("w").declares_keys);
    ck_assert_int_eq(plan_of("w", "a"), KEY_ANY);
    declare("w", "{\"keys\":[{\"key\":\"a\",\"plan\":\"trial\"}]}");
    ck_assert(must_enter("w").declares_keys);
    ck_assert(!must_enter("other").declares_keys);
    start_again();
    ck_assert(must_enter("w").declares_keys);
    ck_assert_int_eq(plan_of("w", "a"), KEY_TRIAL);
    ck_assert_int_eq(plan_of("w", "b"), KEY_INVALID);
    ck_assert_int_eq(worlds_get_keys(worlds, TEXT("w"), &keys), WORLDS_OK);
    ck_assert_uint_eq(keys.count, 1);
    ck_assert_int_eq(worlds_reset(worlds, TEXT("w")), WORLDS_OK);
    ck_assert(!must_enter("w").declares_keys);
}
END_TEST

START_TEST(declaring_no_keys_lets_any_in_again)
{
    declare("w", "{\"keys\":[{\"key\":\"a\",\"plan\":\"trial\"}]}");
    declare("w", "{\"keys\":[]}");
    ck_assert_int_eq(plan_of("w", "b"), KEY_ANY);
    ck_assert(!must_enter("w").declares_keys);
}
END_TEST

START_TEST(no_two_worlds_are_the_same_incarnation)
{
    uint64_t first = must_enter("w").incarnation;

    ck_assert_uint_ne(must_enter("other").incarnation, first);
    ck_assert_uint_eq(must_enter("w").incarnation, first);
    ck_assert_int_eq(worlds_reset(worlds, TEXT("w")), WORLDS_OK);
    ck_assert_uint_ne(must_enter("w").incarnation, first);
}
END_TEST

/*
 * Threads
 */

enum { ROUNDS = 300 };

static const char *const thread_names[] = {"a", "b", "c"};

/* What one thread saw; no assertion of Check is made in it. */
struct visit {
    uint64_t serials; /* sum of those of the calls in "a" */
    unsigned failures;
};

static void *visit_worlds(void *context)
{
    struct visit *visit = context;
    struct world world;

    for (int i = 0; i < ROUNDS; i++) {
        for (size_t j = 0; j < ARRAY_LEN(thread_names); j++) {
            if (worlds_enter(worlds, text_of(thread_names[j]), true, &world) != WORLDS_OK ||
                strcmp(world.name, thread_names[j]) != 0)
                visit->failures++;
            else if (j == 0)
                visit->serials += world.serial;
        }
        visit->failures += worlds_advance(worlds, TEXT("b"), 1, &world) != WORLDS_OK;
        if (i % 50 == 0)
            visit->failures += worlds_reset(worlds, TEXT("c")) != WORLDS_OK;
    }
    return NULL;
}

START_TEST(two_threads_lose_no_call_and_no_move_of_a_clock)
{
    struct visit visits[2] = {0};
    pthread_t threads[2];
    uint64_t calls = 2 * (uint64_t)ROUNDS;

    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, visit_worlds, &visits[i]), 0);
    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_uint_eq(visits[0].failures + visits[1].failures, 0);
    /* Each number was given once. */
    ck_assert_uint_eq(visits[0].serials + visits[1].serials, calls * (calls + 1) / 2);
    ck_assert_int_eq(must_enter("b").now_us, 1000 + 2 * ROUNDS);
}
END_TEST

struct setter {
    const char *member;
    unsigned failures;
};

/* Each thread sets a limit of its own, and always finds it as it set it. */
static void *set_one_limit(void *context)
{
    struct setter *setter = context;
    bool is_day = strcmp(setter->member, "jobs_per_day") == 0;

    for (int i = 0; i < ROUNDS; i++) {
        AUTO(buf_done) struct buf json = {0}, problem = {0};
        struct world world;

        buf_add_format(&json, "{\"%s\":%d}", setter->member, i);
        setter->failures +=
            worlds_set_limits(worlds, TEXT("a"), buf_text(&json), &problem, &world) != WORLDS_OK ||
            worlds_enter(worlds, TEXT("a"), false, &world) != WORLDS_OK ||
            (is_day ? world.limits.jobs_per_day : world.limits.jobs_total) != i;
    }
    return NULL;
}

START_TEST(two_threads_that_set_two_limits_lose_none)
{
    struct setter setters[2] = {{.member = "jobs_per_day"}, {.member = "jobs_total"}};
    pthread_t threads[2];

    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, set_one_limit, &setters[i]), 0);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_uint_eq(setters[i].failures, 0);
    }
}
END_TEST

/*
 * Scaled clocks, lives, seeds
 */

START_TEST(a_scaled_clock_runs_at_its_own_pace_from_where_it_was_set)
{
    const int64_t hour_us = 3600000000;
    struct world world, later;

    ck_assert_int_eq(worlds_scale_clock(worlds, TEXT("w"), 5000, 1000000000, &world), WORLDS_OK);
    ck_assert_int_eq(world.clock, WORLD_CLOCK_SCALED);
    ck_assert_int_eq(world.scale_milli, 1000000000);
    /* A millionfold: a microsecond of the machine is a second. */
    do
        later = must_enter("w");
    while (later.now_us < 5000 + 1000000);
    ck_assert_int_eq(worlds_advance(worlds, TEXT("w"), 24 * hour_us, &world), WORLDS_OK);
    ck_assert_int_ge(world.now_us, later.now_us + 24 * hour_us);
    ck_assert_int_eq(worlds_scale_clock(worlds, TEXT("w"), TIMESTAMP_US_MAX, 1, &world), WORLDS_OK);
    ck_assert_int_eq(must_enter("w").now_us, TIMESTAMP_US_MAX);
}
END_TEST

START_TEST(a_world_keeps_its_lifecycle_seed_and_pace_when_the_server_starts_again)
{
    char *path = directory_new();
    struct store *kept = must_open(path);
    struct worlds *before = worlds_new(kept, &config), *after;
    static const char lifecycle[] =
        "{\"preset\":\"documented\",\"finetuned_model\":{\"polls\":2,\"hold\":\"STATUS_QUEUED\","
        "\"failure\":{\"at\":\"STATUS_DEPLOYING_API\",\"message\":\"no \\\"luck\\\"\"}}}";
    AUTO(buf_done) struct buf problem = {0};
    struct world world;

    ck_assert_int_eq(worlds_set_lifecycle(before, TEXT("w"), text_of(lifecycle), &problem, &world),
                     WORLDS_OK);
    ck_assert_int_eq(world.lifecycle.model_plan.polls, 2);
    ck_assert_int_eq(worlds_set_seed(before, TEXT("w"), 99, &world), WORLDS_OK);
    ck_assert_int_eq(worlds_scale_clock(before, TEXT("w"), 7000000, 60000, &world), WORLDS_OK);
    worlds_free(before);
    after = worlds_new(kept, &config);
    ck_assert_ptr_nonnull(after);
    ck_assert_int_eq(worlds_enter(after, TEXT("w"), false, &world), WORLDS_OK);
    ck_assert_uint_eq(world.seed, 99);
    ck_assert_int_eq(world.clock, WORLD_CLOCK_SCALED);
    ck_assert_int_eq(world.scale_milli, 60000);
    ck_assert_int_ge(world.now_us, 7000000);
    ck_assert_int_eq(world.lifecycle.model_training_us, 19LL * 60 * 1000000);
    ck_assert_int_eq(world.lifecycle.model_plan.hold_stage, 1);
    ck_assert_int_eq(world.lifecycle.model_plan.fail_stage, 3);
    ck_assert_str_eq(world.lifecycle.model_reason, "no \"luck\"");
    ck_assert_int_eq(worlds_enter(after, TEXT("x"), false, &world), WORLDS_OK);
    ck_assert_int_eq(world.lifecycle.model_queued_us, 5);
    worlds_free(after);
    store_close(kept);
    directory_remove(path);
}
END_TEST

/*
 * Lists and idle worlds
 */

START_TEST(looking_at_a_world_does_not_make_it)
{
    AUTO(name_list_done) struct name_list listed = {0};
    struct world world = {.seed = 77};

    ck_assert_int_eq(worlds_look(worlds, TEXT("w"), &world), WORLDS_NONE);
    ck_assert_int_eq(worlds_look(worlds, TEXT("W"), &world), WORLDS_BAD_NAME);
    ck_assert_uint_eq(world.seed, 77);
    ck_assert_int_eq(worlds_list(worlds, &listed), WORLDS_OK);
    ck_assert_uint_eq(listed.count, 0);
    (void)must_enter("w");
    ck_assert_int_eq(worlds_look(worlds, TEXT("w"), &world), WORLDS_OK);
    ck_assert_uint_eq(world.seed, 7);
}
END_TEST

START_TEST(worlds_are_listed_by_name_also_if_nobody_entered_them_since_the_start)
{
    AUTO(name_list_done) struct name_list listed = {0};
    struct worlds *again = worlds_new(store, &config);
    struct world world;

    ck_assert_ptr_nonnull(again);
    (void)must_enter("b");
    (void)must_enter("a");
    ck_assert_int_eq(worlds_list(again, &listed), WORLDS_OK);
    ck_assert_uint_eq(listed.count, 2);
    ck_assert_str_eq(listed.items[0], "a");
    ck_assert_str_eq(listed.items[1], "b");
    ck_assert_int_eq(worlds_look(again, TEXT("b"), &world), WORLDS_OK);
    ck_assert_int_eq(world.now_us, 1000);
    worlds_free(again);
}
END_TEST

/* Wait until the clock that counts idleness has moved. */
static void pass_a_millisecond(void)
{
    int64_t from_ms = clock_monotonic_ms();

    while (clock_monotonic_ms() < from_ms + 2) {
        /* it will */
    }
}

START_TEST(idle_worlds_are_dropped_when_another_comes_but_never_the_default)
{
    struct worlds_config idle = config;
    AUTO(name_list_done) struct name_list listed = {0};
    struct worlds *dropping;
    struct world world;

    idle.idle_ms = 1;
    (void)must_enter("long-ago");
    dropping = worlds_new(store, &idle);
    ck_assert_ptr_nonnull(dropping);
    ck_assert_int_eq(worlds_enter(dropping, TEXT("default"), true, &world), WORLDS_OK);
    ck_assert_int_eq(worlds_enter(dropping, TEXT("a"), true, &world), WORLDS_OK);
    pass_a_millisecond();
    ck_assert_int_eq(worlds_enter(dropping, TEXT("b"), true, &world), WORLDS_OK);
    ck_assert_int_eq(store_world_list(store, &listed), STORE_OK);
    ck_assert_uint_eq(listed.count, 2);
    ck_assert_str_eq(listed.items[0], "b");
    ck_assert_str_eq(listed.items[1], "default");
    ck_assert_int_eq(worlds_enter(dropping, TEXT("default"), true, &world), WORLDS_OK);
    ck_assert_uint_eq(world.serial, 2);
    worlds_free(dropping);
}
END_TEST

Suite *worlds_suite(void)
{
    Suite *suite = suite_create("worlds");
    TCase *tcase = tcase_create("worlds");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_world_appears_with_the_configuration_when_it_is_named);
    tcase_add_test(tcase, calls_are_counted_in_each_world_and_looks_are_not);
    tcase_add_loop_test(tcase, names_are_checked, 0, ARRAY_LEN(names));
    tcase_add_test(tcase, there_are_at_most_as_many_worlds_as_the_limit_says);
    tcase_add_test(tcase, a_full_disk_is_told_from_other_failures);
    tcase_add_test(tcase, a_frozen_clock_stands_still_until_it_is_moved);
    tcase_add_test(tcase, a_real_clock_runs_from_where_it_was_set);
    tcase_add_test(tcase, no_clock_is_moved_beyond_the_year_9999);
    tcase_add_test(tcase, a_world_that_is_reset_begins_anew);
    tcase_add_test(tcase, a_world_that_nobody_named_can_be_reset);
    tcase_add_test(tcase, a_world_keeps_its_clock_and_seed_when_the_server_starts_again);
    tcase_add_test(tcase, a_scaled_clock_runs_at_its_own_pace_from_where_it_was_set);
    tcase_add_test(tcase, a_world_keeps_its_lifecycle_seed_and_pace_when_the_server_starts_again);
    tcase_add_test(tcase, looking_at_a_world_does_not_make_it);
    tcase_add_test(tcase, worlds_are_listed_by_name_also_if_nobody_entered_them_since_the_start);
    tcase_add_test(tcase, idle_worlds_are_dropped_when_another_comes_but_never_the_default);
    tcase_add_test(tcase, limits_that_are_wrong_change_nothing);
    tcase_add_test(tcase, a_world_keeps_its_limits_until_it_is_reset);
    tcase_add_test(tcase, a_world_keeps_its_keys_until_it_is_reset);
    tcase_add_test(tcase, declaring_no_keys_lets_any_in_again);
    tcase_add_test(tcase, no_two_worlds_are_the_same_incarnation);
    tcase_add_test(tcase, two_threads_lose_no_call_and_no_move_of_a_clock);
    tcase_add_test(tcase, two_threads_that_set_two_limits_lose_none);
    suite_add_tcase(suite, tcase);
    return suite;
}
