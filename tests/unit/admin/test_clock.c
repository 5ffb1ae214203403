#include <check.h>
#include <string.h>

#include "base/timestamp.h"
#include "support/fake.h"

Suite *clock_suite(void);

#define CLOCK "/__mockhere/clock"
#define ADVANCE "/__mockhere/clock/advance"

START_TEST(the_clock_is_told)
{
    fake_get(CLOCK);
    assert_body(200, "{`mode`:`frozen`,`now`:`2025-06-01T12:00:00.000000Z`}");
}
END_TEST

/* clang-format off */
static const struct {
    const char *body, *now;
} settings[] = {
    {"{`mode`:`frozen`,`now`:`2024-02-29T23:59:59.5Z`}", "2024-02-29T23:59:59.500000Z"},
    {"{`mode`:`frozen`,`now`:`2025-06-01T12:00:00+02:00`}", "2025-06-01T10:00:00.000000Z"},
    {"{`mode`:`frozen`,`now`:`2025-07-01`}", "2025-07-01T00:00:00.000000Z"},
    {"{`mode`:`frozen`}", "2025-06-01T12:00:00.000000Z"},
    {"{`mode`:`frozen`,`now`:null,`other`:1}", "2025-06-01T12:00:00.000000Z"},
};
/* clang-format on */

START_TEST(a_clock_can_be_frozen_at_any_time)
{
    fake_send_json("PUT", CLOCK, "%s", settings[_i].body);
    assert_body(200, "{`mode`:`frozen`,`now`:`%s`}", settings[_i].now);
    fake_get(CLOCK);
    assert_body(200, "{`mode`:`frozen`,`now`:`%s`}", settings[_i].now);
}
END_TEST

/* The clock's time as it is told now. */
static int64_t told_us(void)
{
    int64_t us = 0;

    fake_get(CLOCK);
    ck_assert(timestamp_parse(text_of(fake_string("now")), &us));
    return us;
}

START_TEST(a_clock_can_run_on_from_any_time)
{
    int64_t set_us = 0, now_us;

    ck_assert(timestamp_parse(TEXT("2030-01-01T00:00:00Z"), &set_us));
    fake_send_json("PUT", CLOCK, "{`mode`:`real`,`now`:`2030-01-01T00:00:00Z`}");
    ck_assert_int_eq(fake_status(), 200);
    ck_assert_str_eq(fake_string("mode"), "real");
    now_us = told_us();
    ck_assert_int_ge(now_us, set_us);
    ck_assert_int_lt(now_us, set_us + 60000000);
    ck_assert_int_ge(told_us(), now_us);
}
END_TEST

START_TEST(a_real_clock_without_a_time_is_the_machines)
{
    int64_t before_us = clock_wall_us(), now_us;

    fake_send_json("PUT", CLOCK, "{`mode`:`real`}");
    ck_assert_int_eq(fake_status(), 200);
    now_us = told_us();
    ck_assert_int_ge(now_us, before_us - 1000000);
    ck_assert_int_le(now_us, clock_wall_us() + 1000000);
}
END_TEST

/* clang-format off */
static const struct {
    const char *body, *now;
} advances[] = {
    {"{`by`:`250ms`}", "2025-06-01T12:00:00.250000Z"},
    {"{`by`:`1h30m`}", "2025-06-01T13:30:00.000000Z"},
    {"{`by`:`0s`}", "2025-06-01T12:00:00.000000Z"},
    {"{`by`:`30d`,`to`:null}", "2025-07-01T12:00:00.000000Z"},
    {"{`to`:`2025-06-01T12:00:01Z`}", "2025-06-01T12:00:01.000000Z"},
    {"{`to`:`2025-06-01T12:00:00Z`}", "2025-06-01T12:00:00.000000Z"},
};
/* clang-format on */

START_TEST(a_clock_is_moved_on_by_a_duration_or_to_a_time)
{
    fake_post(ADVANCE, "%s", advances[_i].body);
    assert_body(200, "{`mode`:`frozen`,`now`:`%s`,`transitions`:[]}", advances[_i].now);
    fake_get(CLOCK);
    assert_body(200, "{`mode`:`frozen`,`now`:`%s`}", advances[_i].now);
}
END_TEST

START_TEST(a_real_clock_is_moved_on_too)
{
    int64_t before_us;

    fake_send_json("PUT", CLOCK, "{`mode`:`real`}");
    before_us = told_us();
    fake_post(ADVANCE, "{`by`:`1h`}");
    ck_assert_str_eq(fake_string("mode"), "real");
    ck_assert_int_ge(told_us(), before_us + 3600000000);
    ck_assert_int_lt(told_us(), before_us + 3660000000);
}
END_TEST

#define BAD_MODE "mode must be real, frozen or scaled"
#define BAD_SCALE "scale must be a number from 0.001 to 1000000, such as 60"
#define BAD_UNTIL                                                                                  \
    "until must be \"next-event\" or an object such as {\"dataset\":\"id\",\"status\":"            \
    "\"validated\"} or {\"finetuned_model\":\"id\",\"status\":\"STATUS_READY\"}"
#define BAD_NOW "now must be a time such as 2025-06-01T12:00:00Z"
#define BAD_TO "to must be a time such as 2025-06-01T12:00:00Z"
#define BAD_BY "by must be a duration such as 250ms, 10s or 1h30m"
#define EITHER "send one of by, such as \"1h30m\", to, a time, and until, such as \"next-event\""
#define NO_OBJECT "the body must be a JSON object"

/* clang-format off */
static const struct {
    const char *method, *target, *body, *message;
} refusals[] = {
    {"PUT", CLOCK, "[]", NO_OBJECT},
    {"PUT", CLOCK, "5", NO_OBJECT},
    {"PUT", CLOCK, "{}", BAD_MODE},
    {"PUT", CLOCK, "{`mode`:`scaled`}", BAD_SCALE},
    {"PUT", CLOCK, "{`mode`:`scaled`,`scale`:0}", BAD_SCALE},
    {"PUT", CLOCK, "{`mode`:`scaled`,`scale`:-1}", BAD_SCALE},
    {"PUT", CLOCK, "{`mode`:`scaled`,`scale`:1000001}", BAD_SCALE},
    {"PUT", CLOCK, "{`mode`:`scaled`,`scale`:`60`}", BAD_SCALE},
    {"PUT", CLOCK, "{`mode`:`frozen`,`scale`:60}", "scale goes with the mode scaled only"},
    {"PUT", CLOCK, "{`mode`:5}", BAD_MODE},
    {"PUT", CLOCK, "{`mode`:`Frozen`}", BAD_MODE},
    {"PUT", CLOCK, "{`mode`:`x`,`now`:`noon`}", BAD_NOW},
    {"PUT", CLOCK, "{`mode`:`frozen`,`now`:5}", BAD_NOW},
    {"PUT", CLOCK, "{`mode`:`frozen`,`now`:``}", BAD_NOW},
    {"POST", ADVANCE, "{}", EITHER},
    {"POST", ADVANCE, "{`by`:`1s`,`to`:`2026-01-01`}", EITHER},
    {"POST", ADVANCE, "{`by`:5}", BAD_BY},
    {"POST", ADVANCE, "{`by`:``}", BAD_BY},
    {"POST", ADVANCE, "{`by`:`1`}", BAD_BY},
    {"POST", ADVANCE, "{`by`:`-1s`}", BAD_BY},
    {"POST", ADVANCE, "{`by`:`200000d`}", BAD_BY},
    {"POST", ADVANCE, "{`to`:`soon`}", BAD_TO},
    {"POST", ADVANCE, "{`to`:5}", BAD_TO},
    {"POST", ADVANCE, "{`by`:`1s`,`until`:`next-event`}", EITHER},
    {"POST", ADVANCE, "{`until`:`x`}", BAD_UNTIL},
    {"POST", ADVANCE, "{`until`:5}", BAD_UNTIL},
    {"POST", ADVANCE, "{`until`:{}}", BAD_UNTIL},
    {"POST", ADVANCE, "{`until`:{`dataset`:5,`status`:`failed`}}", BAD_UNTIL},
    {"POST", ADVANCE, "{`until`:{`dataset`:`a`,`finetuned_model`:`b`,`status`:`failed`}}", BAD_UNTIL},
    {"POST", ADVANCE, "{`until`:{`dataset`:`a`}}",
     "until.status must be one of queued, processing, failed, validated, skipped and unknown"},
    {"POST", ADVANCE, "{`until`:{`dataset`:`a`,`status`:`STATUS_READY`}}",
     "until.status must be one of queued, processing, failed, validated, skipped and unknown"},
    {"POST", ADVANCE, "{`until`:{`finetuned_model`:`a`,`status`:`ready`}}",
     "until.status must be one of STATUS_QUEUED, STATUS_FINETUNING, STATUS_DEPLOYING_API, STATUS_READY, "
     "STATUS_FAILED, STATUS_PAUSED, STATUS_TEMPORARILY_OFFLINE, STATUS_DELETED and STATUS_UNSPECIFIED"},
    {"POST", ADVANCE, "{`until`:`next-event`}",
     "there is no next event: no dataset and no fine-tuned model of this world will change with time alone"},
    {"POST", ADVANCE, "{`to`:`2025-06-01T11:59:59Z`}", "to is in the past; PUT clock sets it back"},
};
/* clang-format on */

START_TEST(what_is_wrong_is_said_and_changes_nothing)
{
    fake_send_json(refusals[_i].method, refusals[_i].target, "%s", refusals[_i].body);
    assert_message(400, "%s", refusals[_i].message);
    fake_get(CLOCK);
    assert_body(200, "{`mode`:`frozen`,`now`:`2025-06-01T12:00:00.000000Z`}");
}
END_TEST

static const char *const not_json[] = {"", "{", "{`mode`:`frozen`,}", "{`mode`:`frozen`} x"};

START_TEST(a_body_that_is_not_json_is_refused_with_the_reason)
{
    fake_send_json("PUT", CLOCK, "%s", not_json[_i]);
    ck_assert_int_eq(fake_status(), 400);
    ck_assert_ptr_eq(strstr(fake_string("message"), "the body is not JSON: "),
                     fake_string("message"));
}
END_TEST

static const char *const beyond_jansson[] = {"`\\ud800`", "{`by`:99999999999999999999}",
                                             "{`by`:1e999}", "{`\\u0000`:1}"};

START_TEST(a_body_that_is_json_and_cannot_be_read_is_refused_with_the_reason)
{
    fake_send_json("PUT", CLOCK, "%s", beyond_jansson[_i]);
    ck_assert_int_eq(fake_status(), 400);
    ck_assert_ptr_eq(strstr(fake_string("message"), "the body is not JSON: "),
                     fake_string("message"));
}
END_TEST

START_TEST(a_body_beyond_the_limit_or_the_depth_is_refused)
{
    AUTO(buf_done) struct buf body = {0};

    buf_add_string(&body, "{\"mode\":");
    for (int i = 0; i < 60000; i++)
        buf_add_char(&body, '[');
    fake_send_json("PUT", CLOCK, "%s", body.data);
    assert_message(400, "the body is not JSON: exceeded max depth of 64");
    for (int i = 0; i < 6000; i++)
        buf_add_char(&body, ' ');
    fake_send_json("PUT", CLOCK, "%s", body.data);
    assert_message(413, "the body is larger than 65536 bytes");
}
END_TEST

START_TEST(each_world_has_a_clock_of_its_own)
{
    fake_send_json("POST", "/w/other" ADVANCE, "{`by`:`1h`}");
    assert_body(200, "{`mode`:`frozen`,`now`:`2025-06-01T13:00:00.000000Z`,`transitions`:[]}");
    fake_get(CLOCK);
    assert_body(200, "{`mode`:`frozen`,`now`:`2025-06-01T12:00:00.000000Z`}");
}
END_TEST

START_TEST(a_clock_that_is_moved_on_for_ever_stops_at_the_end_of_time)
{
    for (int i = 0; i < 3000; i++)
        fake_post(ADVANCE, "{`by`:`36500d`}");
    ck_assert_int_eq(fake_status(), 200);
    ck_assert_int_eq(fake_get("/v1/datasets"), 200);
}
END_TEST

START_TEST(a_clock_can_run_at_any_pace)
{
    fake_send_json("PUT", CLOCK, "{`mode`:`scaled`,`now`:`2030-01-01T00:00:00Z`,`scale`:0.001}");
    assert_body(200, "{`mode`:`scaled`,`now`:`%s`,`scale`:0.001}", fake_string("now"));
    ck_assert_ptr_nonnull(strstr(fake_string("now"), "2030-01-01T00:00:00.0"));
    fake_post(ADVANCE, "{`by`:`1h`}");
    ck_assert_ptr_nonnull(strstr(fake_string("now"), "2030-01-01T01:00:00.0"));
    fake_send_json("PUT", CLOCK, "{`mode`:`frozen`}");
    ck_assert(!fake_has("scale"));
    ck_assert_ptr_nonnull(strstr(fake_string("now"), "2030-01-01T01:00:00.0"));
}
END_TEST

/*
 * What happens meanwhile
 */

#define TRANSITION(kind, id, status, at)                                                           \
    "{`kind`:`" kind "`,`id`:`" id "`,`status`:`" status "`,`at`:`2025-06-01T12:00:" at "Z`}"
#define AT(time) "{`mode`:`frozen`,`now`:`2025-06-01T12:00:" time "Z`,`transitions`:["

START_TEST(the_transitions_passed_are_told_in_their_order)
{
    char first[OBJECT_ID_SIZE], second[OBJECT_ID_SIZE];
    const char *model;

    (void)snprintf(first, sizeof(first), "%s", fake_add_dataset("a"));
    fake_advance_ms(100);
    (void)snprintf(second, sizeof(second), "%s", fake_add_dataset("b"));
    fake_post(ADVANCE, "{`by`:`100ms`}");
    assert_body(200,
                AT("00.200000")
                    TRANSITION("dataset", "%s", "processing", "00.150000") "," TRANSITION(
                        "dataset", "%s", "validated", "00.200000") "]}",
                second, first);
    model = fake_add_model(first);
    fake_post(ADVANCE, "{`to`:`2025-06-01T12:00:00.3Z`}");
    assert_body(200,
                AT("00.300000") TRANSITION("finetuned_model", "%s", "STATUS_FINETUNING",
                                           "00.250000") "," TRANSITION("dataset", "%s", "validated",
                                                                       "00.300000") "]}",
                model, second);
    fake_post(ADVANCE, "{`by`:`1h`}");
    ck_assert_uint_eq(json_array_size(fake_member("transitions")), 2);
    fake_post(ADVANCE, "{`by`:`1h`}");
    ck_assert_uint_eq(json_array_size(fake_member("transitions")), 0);
}
END_TEST

START_TEST(the_next_event_may_be_waited_for)
{
    const char *id = fake_add_dataset("a");

    fake_post(ADVANCE, "{`until`:`next-event`}");
    assert_body(200, AT("00.050000") TRANSITION("dataset", "%s", "processing", "00.050000") "]}",
                id);
    fake_post(ADVANCE, "{`until`:`next-event`}");
    assert_body(200, AT("00.200000") TRANSITION("dataset", "%s", "validated", "00.200000") "]}",
                id);
    fake_post(ADVANCE, "{`until`:`next-event`}");
    ck_assert_int_eq(fake_status(), 400);
}
END_TEST

START_TEST(a_status_may_be_waited_for)
{
    const char *dataset = fake_add_dataset("a"), *model;

    fake_post(ADVANCE, "{`until`:{`dataset`:`%s`,`status`:`validated`}}", dataset);
    ck_assert_str_eq(fake_string("now"), "2025-06-01T12:00:00.200000Z");
    model = fake_add_model(dataset);
    fake_post(ADVANCE, "{`until`:{`finetuned_model`:`%s`,`status`:`STATUS_READY`}}", model);
    ck_assert_str_eq(fake_string("now"), "2025-06-01T12:00:00.600000Z");
    ck_assert_uint_eq(json_array_size(fake_member("transitions")), 3);
    /* What is there already takes no time. */
    fake_post(ADVANCE, "{`until`:{`finetuned_model`:`%s`,`status`:`STATUS_READY`}}", model);
    assert_body(200, AT("00.600000") "]}");
}
END_TEST

START_TEST(what_can_never_come_is_not_waited_for)
{
    const char *id = fake_add_valid_dataset("a");

    fake_post(ADVANCE, "{`until`:{`dataset`:`%s`,`status`:`queued`}}", id);
    assert_message(400, "dataset %s is validated, and time alone will not make it queued", id);
    fake_post(ADVANCE, "{`until`:{`dataset`:`x`,`status`:`queued`}}");
    assert_message(404, "there is no dataset x");
    fake_post(ADVANCE, "{`until`:{`finetuned_model`:`%s`,`status`:`STATUS_READY`}}", id);
    assert_message(404, "there is no finetuned_model %s", id);
    fake_get(CLOCK);
    ck_assert_str_eq(fake_string("now"), "2025-06-01T12:00:00.200000Z");
}
END_TEST

Suite *clock_suite(void)
{
    Suite *suite = suite_create("clock");
    TCase *tcase = tcase_create("clocks");

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    tcase_add_test(tcase, the_clock_is_told);
    tcase_add_loop_test(tcase, a_clock_can_be_frozen_at_any_time, 0, ARRAY_LEN(settings));
    tcase_add_test(tcase, a_clock_can_run_on_from_any_time);
    tcase_add_test(tcase, a_real_clock_without_a_time_is_the_machines);
    tcase_add_loop_test(tcase, a_clock_is_moved_on_by_a_duration_or_to_a_time, 0,
                        ARRAY_LEN(advances));
    tcase_add_test(tcase, a_real_clock_is_moved_on_too);
    tcase_add_loop_test(tcase, what_is_wrong_is_said_and_changes_nothing, 0, ARRAY_LEN(refusals));
    tcase_add_loop_test(tcase, a_body_that_is_not_json_is_refused_with_the_reason, 0,
                        ARRAY_LEN(not_json));
    tcase_add_loop_test(tcase, a_body_that_is_json_and_cannot_be_read_is_refused_with_the_reason, 0,
                        ARRAY_LEN(beyond_jansson));
    tcase_add_test(tcase, a_body_beyond_the_limit_or_the_depth_is_refused);
    tcase_add_test(tcase, a_clock_can_run_at_any_pace);
    tcase_add_test(tcase, the_transitions_passed_are_told_in_their_order);
    tcase_add_test(tcase, the_next_event_may_be_waited_for);
    tcase_add_test(tcase, a_status_may_be_waited_for);
    tcase_add_test(tcase, what_can_never_come_is_not_waited_for);
    tcase_add_test(tcase, each_world_has_a_clock_of_its_own);
    tcase_add_test(tcase, a_clock_that_is_moved_on_for_ever_stops_at_the_end_of_time);
    suite_add_tcase(suite, tcase);
    return suite;
}
