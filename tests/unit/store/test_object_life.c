#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "store/object_life.h"
#include "support/failing_alloc.h"

Suite *object_life_suite(void);

static struct store *store;

static void set_up(void)
{
    store = must_open(NULL);
}

static void tear_down(void)
{
    store_close(store);
}

/* A model of two polls a stage; one of another world by the same id must not change. */
static void put_polled_model(void)
{
    struct model_record model = model_new("m", 100);

    model.plan.polls = 2;
    ck_assert_int_eq(store_model_insert(store, "w", &model), STORE_OK);
    ck_assert_int_eq(store_model_insert(store, "x", &model), STORE_OK);
    model_record_done(&model);
}

static enum model_status status_of(const struct model_record *model, int64_t now_us)
{
    struct model_life life = model_life_of(model);

    return model_event_at(&life, now_us).status;
}

START_TEST(a_poll_is_counted_and_stored)
{
    static const enum model_status seen[] = {MODEL_QUEUED, MODEL_QUEUED, MODEL_FINETUNING,
                                             MODEL_FINETUNING, MODEL_DEPLOYING};

    put_polled_model();
    for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
        AUTO(model_record_done) struct model_record polled = {0}, got = {0}, other = {0};
        int64_t now_us = 200 + (int64_t)i;

        ck_assert_int_eq(store_model_poll(store, "w", "m", now_us, &polled), STORE_OK);
        ck_assert_int_eq(status_of(&polled, now_us), seen[i]);
        ck_assert_int_eq(store_model_get(store, "w", "m", &got), STORE_OK);
        ck_assert_int_eq(got.polled, polled.polled);
        assert_string_eq(got.steps, polled.steps);
        ck_assert_int_eq(store_model_get(store, "x", "m", &other), STORE_OK);
        ck_assert_int_eq(other.polled, 0);
        assert_string_eq(other.steps, NULL);
    }
}
END_TEST

START_TEST(a_forced_status_is_stored_with_its_reason_and_ends_the_polls)
{
    AUTO(model_record_done) struct model_record forced = {0}, polled = {0}, again = {0};
    const struct life_step paused = {MODEL_PAUSED, 300}, ready = {MODEL_READY, 400};

    put_polled_model();
    ck_assert_int_eq(store_model_force(store, "w", "m", &paused, "a rest", &forced), STORE_OK);
    ck_assert_str_eq(forced.reason, "a rest");
    ck_assert_int_eq(store_model_poll(store, "w", "m", 350, &polled), STORE_OK);
    ck_assert_int_eq(status_of(&polled, 350), MODEL_PAUSED);
    ck_assert_int_eq(status_of(&polled, 299), MODEL_QUEUED);
    ck_assert_str_eq(polled.steps, "5@300");
    ck_assert_int_eq(store_model_force(store, "w", "m", &ready, NULL, &again), STORE_OK);
    ck_assert_str_eq(again.steps, "5@300 3@400");
    assert_string_eq(again.reason, NULL);
}
END_TEST

START_TEST(a_dataset_is_polled_and_forced_too)
{
    AUTO(dataset_record_done) struct dataset_record polled = {0}, forced = {0}, got = {0};
    const struct life_step failed = {DATASET_FAILED, 300};
    struct dataset_life life;

    ck_assert_int_eq(put_dataset(store, "w", "d", 100, 1), STORE_OK);
    ck_assert_int_eq(store_dataset_poll(store, "w", "d", 101, &polled), STORE_OK);
    ck_assert_int_eq(polled.polled, 0);
    ck_assert_int_eq(store_dataset_force(store, "w", "d", &failed, "because", &forced), STORE_OK);
    ck_assert_uint_eq(forced.part_count, 1);
    ck_assert_int_eq(store_dataset_get(store, "w", "d", &got), STORE_OK);
    ck_assert_str_eq(got.reason, "because");
    life = dataset_life_of(&got);
    ck_assert_int_eq(dataset_status_at(&life, 299), DATASET_VALIDATED);
    ck_assert_int_eq(dataset_status_at(&life, 300), DATASET_FAILED);
}
END_TEST

START_TEST(what_is_not_there_is_neither_polled_nor_forced)
{
    const struct life_step step = {0, 1};
    struct dataset_record dataset = {.polled = 7};
    struct model_record model = {.polled = 7};

    put_polled_model();
    ck_assert_int_eq(store_model_poll(store, "w", "n", 1, &model), STORE_NONE);
    ck_assert_int_eq(store_model_force(store, "y", "m", &step, NULL, &model), STORE_NONE);
    ck_assert_int_eq(store_dataset_poll(store, "w", "m", 1, &dataset), STORE_NONE);
    ck_assert_int_eq(store_dataset_force(store, "w", "m", &step, NULL, &dataset), STORE_NONE);
    ck_assert_int_eq(model.polled, 7);
    ck_assert_int_eq(dataset.polled, 7);
}
END_TEST

START_TEST(what_was_recorded_and_planned_survives_a_restart)
{
    AUTO(model_record_done) struct model_record model = model_new("m", 100), got = {0};
    const struct life_step step = {MODEL_OFFLINE, 150};
    struct model_record ignored = {0};
    char *path = directory_new();
    struct store *kept = must_open(path);

    model.plan = (struct life_plan){.polls = 3, .hold_stage = 2, .fail_stage = 1};
    ck_assert_int_eq(store_model_insert(kept, "w", &model), STORE_OK);
    ck_assert_int_eq(store_model_force(kept, "w", "m", &step, "why", &ignored), STORE_OK);
    model_record_done(&ignored);
    store_close(kept);
    kept = must_open(path);
    ck_assert_int_eq(store_model_get(kept, "w", "m", &got), STORE_OK);
    ck_assert_int_eq(got.plan.polls, 3);
    ck_assert_int_eq(got.plan.hold_stage, 2);
    ck_assert_int_eq(got.plan.fail_stage, 1);
    ck_assert_int_eq(got.polled, -1);
    ck_assert_str_eq(got.steps, "6@150");
    ck_assert_str_eq(got.reason, "why");
    store_close(kept);
    directory_remove(path);
}
END_TEST

START_TEST(what_nobody_wrote_is_no_step)
{
    struct model_record model = {.id = "m", .created_us = 5, .steps = strdup("nonsense")};

    ck_assert_int_eq(status_of(&model, 5), MODEL_READY);
    model_record_done(&model);
}
END_TEST

/* clang-format off */
static const struct {
    struct life_plan plan;
    int forced; /* a status, or -1 */
    bool fails;
} untrained[] = {
    {{.hold_stage = 2}, -1,               true},
    {{.hold_stage = 3}, -1,               false},
    {{.polls = 1},      -1,               true},
    {{.fail_stage = 1}, -1,               false},
    {{0},               -1,               false},
    {{.polls = 1},      MODEL_READY,      false},
    {{.polls = 1},      MODEL_FINETUNING, true},
    {{0},               MODEL_FAILED,     false},
};
/* clang-format on */

START_TEST(a_model_without_its_dataset_fails_if_it_has_yet_to_train)
{
    AUTO(model_record_done) struct model_record model = model_new("m", 100), got = {0};
    const struct life_step step = {untrained[_i].forced, 1000};
    struct model_record ignored = {0};

    model.plan = untrained[_i].plan;
    ck_assert_int_eq(store_model_insert(store, "w", &model), STORE_OK);
    if (step.status >= 0) {
        ck_assert_int_eq(store_model_force(store, "w", "m", &step, NULL, &ignored), STORE_OK);
        model_record_done(&ignored);
    }
    ck_assert_int_eq(store_models_fail_untrained(store, "w", model.dataset_id, 2000), STORE_OK);
    ck_assert_int_eq(store_model_get(store, "w", "m", &got), STORE_OK);
    ck_assert_int_eq(got.failed_us, untrained[_i].fails ? 2000 : 0);
}
END_TEST

START_TEST(running_out_of_memory_changes_nothing)
{
    const struct life_step step = {MODEL_PAUSED, 300};
    bool has_failed = true;

    put_polled_model();
    for (int i = 0; has_failed; i++) {
        AUTO(model_record_done) struct model_record before = {0}, model = {0};
        enum store_result result;

        ck_assert_int_eq(store_model_get(store, "w", "m", &before), STORE_OK);
        ck_assert_int_eq(before.polled, 0);
        failing_alloc_once_after((size_t)i);
        result = store_model_force(store, "w", "m", &step, "why", &model);
        has_failed = failing_alloc_stop();
        ck_assert_int_eq(result, has_failed ? STORE_FAILED : STORE_OK);
        assert_string_eq(model.name, has_failed ? NULL : before.name);
    }
}
END_TEST

Suite *object_life_suite(void)
{
    Suite *suite = suite_create("object_life");
    TCase *tcase = tcase_create("objects");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_poll_is_counted_and_stored);
    tcase_add_test(tcase, a_forced_status_is_stored_with_its_reason_and_ends_the_polls);
    tcase_add_test(tcase, a_dataset_is_polled_and_forced_too);
    tcase_add_test(tcase, what_is_not_there_is_neither_polled_nor_forced);
    tcase_add_test(tcase, what_was_recorded_and_planned_survives_a_restart);
    tcase_add_test(tcase, what_nobody_wrote_is_no_step);
    tcase_add_loop_test(tcase, a_model_without_its_dataset_fails_if_it_has_yet_to_train, 0,
                        ARRAY_LEN(untrained));
    tcase_add_test(tcase, running_out_of_memory_changes_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
