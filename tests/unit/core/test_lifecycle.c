#include <check.h>

#include "base/attr.h"
#include "core/lifecycle.h"

Suite *lifecycle_suite(void);

static const int64_t created_us = 1000;

static const struct {
    int64_t age_us;
    bool valid;
    enum dataset_status status;
    int64_t updated_age_us;
} datasets[] = {
    {-1, true, DATASET_QUEUED, 0},        {0, true, DATASET_QUEUED, 0},
    {49, true, DATASET_QUEUED, 0},        {50, true, DATASET_PROCESSING, 50},
    {199, true, DATASET_PROCESSING, 50},  {200, true, DATASET_VALIDATED, 200},
    {9999, true, DATASET_VALIDATED, 200}, {199, false, DATASET_PROCESSING, 50},
    {200, false, DATASET_FAILED, 200},
};

START_TEST(a_dataset_moves_on_with_its_age)
{
    struct dataset_life life = {.created_us = created_us,
                                .queued_us = 50,
                                .processing_us = 150,
                                .valid = datasets[_i].valid};
    int64_t now_us = created_us + datasets[_i].age_us;

    ck_assert_int_eq(dataset_status_at(&life, now_us), datasets[_i].status);
    ck_assert_int_eq(dataset_updated_at(&life, now_us), created_us + datasets[_i].updated_age_us);
}
END_TEST

START_TEST(a_dataset_expires_after_30_days)
{
    struct dataset_life life = {.created_us = created_us};
    int64_t days_us = 30LL * 24 * 3600 * 1000000;

    ck_assert(!dataset_is_expired(&life, created_us + days_us - 1));
    ck_assert(dataset_is_expired(&life, created_us + days_us));
}
END_TEST

static const struct {
    int64_t age_us, failed_age_us; /* -1: does not fail */
    enum model_status status;
    size_t event_count;
    bool completed;
} models[] = {
    {-5, -1, MODEL_QUEUED, 1, false},     {0, -1, MODEL_QUEUED, 1, false},
    {10, -1, MODEL_FINETUNING, 2, false}, {109, -1, MODEL_FINETUNING, 2, false},
    {110, -1, MODEL_DEPLOYING, 3, true},  {130, -1, MODEL_READY, 4, true},
    {130, 60, MODEL_FAILED, 3, false},    {59, 60, MODEL_FINETUNING, 2, false},
    {60, 60, MODEL_FAILED, 3, false},     {300, 5, MODEL_FAILED, 2, false},
};

START_TEST(a_model_moves_on_with_its_age)
{
    struct model_life life = {
        .created_us = created_us, .queued_us = 10, .training_us = 100, .deploying_us = 20};
    struct model_event events[MODEL_EVENTS_MAX];
    int64_t now_us = created_us + models[_i].age_us;
    int64_t completed_us;

    if (models[_i].failed_age_us >= 0)
        life.failed_us = created_us + models[_i].failed_age_us;
    ck_assert_int_eq(model_event_at(&life, now_us).status, models[_i].status);
    ck_assert_uint_eq(model_events_at(&life, now_us, events), models[_i].event_count);
    ck_assert_int_eq(events[0].status, MODEL_QUEUED);
    ck_assert_int_eq(events[0].at_us, created_us);
    ck_assert_int_eq(model_completed_at(&life, now_us, &completed_us), models[_i].completed);
    if (models[_i].completed)
        ck_assert_int_eq(completed_us, created_us + 110);
}
END_TEST

/*
 * Plans, steps and polls
 */

/* Where lives are written: as the numbers of the statuses, "0@0 1@10" being queued at the age 0 and
 * fine-tuning at the age 10. */
static void assert_events(const struct model_life *life, int64_t age_us, const char *wanted)
{
    struct model_event events[MODEL_EVENTS_MAX];
    size_t count = model_events_at(life, created_us + age_us, events);
    struct life_steps steps = {.count = count};
    AUTO(buf_done) struct buf got = {0};

    ck_assert_uint_le(count, LIFE_STEPS_MAX);
    for (size_t i = 0; i < count; i++)
        steps.items[i] = (struct life_step){(int)events[i].status, events[i].at_us - created_us};
    life_steps_write(&steps, &got);
    ck_assert_str_eq(got.data, wanted);
}

/* A model with the stages 10, 100 and 20 and what was recorded of it, in ages. */
static struct model_life model_of(struct life_plan plan, const char *recorded)
{
    struct model_life life = {.created_us = created_us,
                              .queued_us = 10,
                              .training_us = 100,
                              .deploying_us = 20,
                              .plan = plan};

    ck_assert(life_steps_read(text_of(recorded), &life.steps));
    for (size_t i = 0; i < life.steps.count; i++)
        life.steps.items[i].at_us += created_us;
    return life;
}

/* clang-format off */
static const struct {
    struct life_plan plan;
    const char *recorded;
    int64_t age_us;
    const char *events;
} lives[] = {
    /* held */
    {{.hold_stage = 1}, "", 9999, "0@0"},
    {{.hold_stage = 2}, "", 9999, "0@0 1@10"},
    {{.hold_stage = 3}, "", 9999, "0@0 1@10 2@110"},
    {{.hold_stage = 2}, "3@50", 9999, "0@0 1@10 3@50"},
    /* failing by plan */
    {{.fail_stage = 1}, "", 9999, "0@0 4@10"},
    {{.fail_stage = 2}, "", 109, "0@0 1@10"},
    {{.fail_stage = 2}, "", 110, "0@0 1@10 4@110"},
    {{.fail_stage = 3}, "", 9999, "0@0 1@10 2@110 4@130"},
    {{.hold_stage = 2, .fail_stage = 2}, "", 9999, "0@0 1@10"},
    /* forced: what was planned for later does not happen */
    {{0}, "4@5", 4, "0@0"},
    {{0}, "4@5", 5, "0@0 4@5"},
    {{0}, "4@5", 9999, "0@0 4@5"},
    {{0}, "5@10", 9999, "0@0 1@10 5@10"},
    {{0}, "5@200 3@300", 250, "0@0 1@10 2@110 3@130 5@200"},
    {{0}, "5@200 3@300", 300, "0@0 1@10 2@110 3@130 5@200 3@300"},
    {{0}, "3@200", 300, "0@0 1@10 2@110 3@130"},
    {{0}, "0@-5", 300, "0@0"},
    /* by polls: the clock does nothing */
    {{.polls = 2}, "", 9999, "0@0"},
    {{.polls = 2}, "1@7 2@8", 9999, "0@0 1@7 2@8"},
    {{.polls = 2}, "1@7 2@8", 7, "0@0 1@7"},
};
/* clang-format on */

START_TEST(a_life_is_what_was_planned_until_something_was_recorded)
{
    struct model_life life = model_of(lives[_i].plan, lives[_i].recorded);

    assert_events(&life, lives[_i].age_us, lives[_i].events);
}
END_TEST

START_TEST(a_failure_by_decree_stands_among_the_steps)
{
    struct model_life life = model_of((struct life_plan){0}, "5@20 3@300");

    life.failed_us = created_us + 60;
    assert_events(&life, 9999, "0@0 1@10 5@20 4@60 3@300");
    assert_events(&life, 100, "0@0 1@10 5@20 4@60");
}
END_TEST

START_TEST(a_model_that_was_forced_to_be_ready_has_completed)
{
    struct model_life life = model_of((struct life_plan){.hold_stage = 1}, "3@50");
    int64_t completed_us = 0;

    ck_assert(!model_completed_at(&life, created_us + 49, &completed_us));
    ck_assert(model_completed_at(&life, created_us + 50, &completed_us));
    ck_assert_int_eq(completed_us, created_us + 50);
}
END_TEST

/* clang-format off */
static const struct {
    struct life_plan plan;
    const char *statuses; /* a digit for what each poll shows */
} polls[] = {
    {{.polls = 1}, "012333"},
    {{.polls = 2}, "00112233"},
    {{.polls = 1, .hold_stage = 2}, "01111"},
    {{.polls = 1, .fail_stage = 2}, "01444"},
    {{.polls = 2, .fail_stage = 1}, "0044"},
};
/* clang-format on */

START_TEST(each_stage_is_seen_as_often_as_the_polls_say)
{
    struct model_life life = model_of(polls[_i].plan, "");
    int64_t polled = 0;
    char seen[16] = "";

    for (size_t i = 0; polls[_i].statuses[i]; i++) {
        (void)model_poll(&life, created_us + (int64_t)i, &polled);
        seen[i] = (char)('0' + model_event_at(&life, created_us + (int64_t)i).status);
    }
    ck_assert_str_eq(seen, polls[_i].statuses);
    /* What has come to its end is not written again and again. */
    ck_assert(!model_poll(&life, created_us + 99, &polled));
}
END_TEST

START_TEST(polls_do_not_move_what_goes_by_the_clock_or_was_forced)
{
    struct model_life life = model_of((struct life_plan){0}, "");
    int64_t polled = 0;

    ck_assert(!model_poll(&life, created_us, &polled));
    ck_assert_int_eq(polled, 0);
    life.plan.polls = 1;
    polled = -1;
    ck_assert(!model_poll(&life, created_us, &polled));
    polled = 0;
    life.failed_us = created_us;
    ck_assert(!model_poll(&life, created_us, &polled));
}
END_TEST

START_TEST(a_dataset_moves_on_with_its_polls_too)
{
    static const enum dataset_status seen[] = {DATASET_QUEUED, DATASET_PROCESSING,
                                               DATASET_VALIDATED, DATASET_VALIDATED};
    struct dataset_life life = {.created_us = created_us, .valid = true, .plan = {.polls = 1}};
    int64_t polled = 0;

    for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
        (void)dataset_poll(&life, created_us + (int64_t)i, &polled);
        ck_assert_int_eq(dataset_status_at(&life, created_us + (int64_t)i), seen[i]);
    }
    ck_assert_int_eq(dataset_updated_at(&life, created_us + 9), created_us + 2);
}
END_TEST

/* clang-format off */
static const struct {
    struct life_plan plan;
    bool valid;
    enum dataset_status status;
} dataset_fates[] = {
    {{.fail_stage = 2}, true, DATASET_FAILED},
    {{.fail_stage = 1}, true, DATASET_FAILED},
    {{.hold_stage = 1}, true, DATASET_QUEUED},
    {{.hold_stage = 2}, false, DATASET_PROCESSING},
    {{0}, false, DATASET_FAILED},
};
/* clang-format on */

START_TEST(a_dataset_is_held_and_fails_by_plan)
{
    struct dataset_life life = {.created_us = created_us,
                                .queued_us = 1,
                                .processing_us = 1,
                                .valid = dataset_fates[_i].valid,
                                .plan = dataset_fates[_i].plan};

    ck_assert_int_eq(dataset_status_at(&life, created_us + 100), dataset_fates[_i].status);
}
END_TEST

static const char *const no_steps[] = {"x", "1", "1@", "@1", "1@x", "-1@5", "1@1,2@2", "1@1  2@2"};

START_TEST(stored_steps_that_nobody_wrote_are_refused)
{
    struct life_steps steps = {.count = 7};

    ck_assert(!life_steps_read(text_of(no_steps[_i]), &steps));
    ck_assert_uint_eq(steps.count, 7);
}
END_TEST

START_TEST(the_oldest_of_too_many_steps_is_forgotten)
{
    struct life_steps steps = {.count = 0}, again;
    AUTO(buf_done) struct buf stored = {0};

    for (int i = 0; i < LIFE_STEPS_MAX + 3; i++)
        life_steps_add(&steps, i % 2, i);
    ck_assert_uint_eq(steps.count, LIFE_STEPS_MAX);
    ck_assert_int_eq(steps.items[0].at_us, 3);
    life_steps_write(&steps, &stored);
    ck_assert(life_steps_read(buf_text(&stored), &again));
    ck_assert_uint_eq(again.count, LIFE_STEPS_MAX);
    ck_assert_mem_eq(again.items, steps.items, sizeof(steps.items));
}
END_TEST

START_TEST(what_is_recorded_earlier_than_the_last_replaces_it)
{
    struct life_steps steps = {.count = 0};
    AUTO(buf_done) struct buf stored = {0};

    life_steps_add(&steps, 4, 10);
    life_steps_add(&steps, 3, 30);
    life_steps_add(&steps, 5, 20);
    life_steps_write(&steps, &stored);
    ck_assert_str_eq(stored.data, "4@10 5@20");
}
END_TEST

START_TEST(the_fast_preset_takes_under_a_second_in_all)
{
    const struct lifecycle *fast = lifecycle_preset("fast");

    ck_assert_int_lt(fast->dataset_queued_us + fast->dataset_processing_us + fast->model_queued_us +
                         fast->model_training_us + fast->model_deploying_us,
                     1000000);
    ck_assert_ptr_null(lifecycle_preset("quick"));
    ck_assert_int_eq(lifecycle_preset("instant")->model_training_us, 0);
    ck_assert_int_eq(lifecycle_preset("documented")->model_training_us, 19LL * 60 * 1000000);
}
END_TEST

START_TEST(statuses_are_spelt_as_in_the_api)
{
    ck_assert_str_eq(dataset_status_name(DATASET_VALIDATED), "validated");
    ck_assert_str_eq(model_status_name(MODEL_DEPLOYING), "STATUS_DEPLOYING_API");
    ck_assert_str_eq(model_status_name(MODEL_OFFLINE), "STATUS_TEMPORARILY_OFFLINE");
    ck_assert(model_status_serves(MODEL_PAUSED));
    ck_assert(!model_status_serves(MODEL_OFFLINE));
}
END_TEST

Suite *lifecycle_suite(void)
{
    Suite *suite = suite_create("lifecycle");
    TCase *tcase = tcase_create("ages");

    tcase_add_loop_test(tcase, a_dataset_moves_on_with_its_age, 0, ARRAY_LEN(datasets));
    tcase_add_test(tcase, a_dataset_expires_after_30_days);
    tcase_add_loop_test(tcase, a_model_moves_on_with_its_age, 0, ARRAY_LEN(models));
    tcase_add_loop_test(tcase, a_life_is_what_was_planned_until_something_was_recorded, 0,
                        ARRAY_LEN(lives));
    tcase_add_test(tcase, a_failure_by_decree_stands_among_the_steps);
    tcase_add_test(tcase, a_model_that_was_forced_to_be_ready_has_completed);
    tcase_add_loop_test(tcase, each_stage_is_seen_as_often_as_the_polls_say, 0, ARRAY_LEN(polls));
    tcase_add_test(tcase, polls_do_not_move_what_goes_by_the_clock_or_was_forced);
    tcase_add_test(tcase, a_dataset_moves_on_with_its_polls_too);
    tcase_add_loop_test(tcase, a_dataset_is_held_and_fails_by_plan, 0, ARRAY_LEN(dataset_fates));
    tcase_add_loop_test(tcase, stored_steps_that_nobody_wrote_are_refused, 0, ARRAY_LEN(no_steps));
    tcase_add_test(tcase, the_oldest_of_too_many_steps_is_forgotten);
    tcase_add_test(tcase, what_is_recorded_earlier_than_the_last_replaces_it);
    tcase_add_test(tcase, the_fast_preset_takes_under_a_second_in_all);
    tcase_add_test(tcase, statuses_are_spelt_as_in_the_api);
    suite_add_tcase(suite, tcase);
    return suite;
}
