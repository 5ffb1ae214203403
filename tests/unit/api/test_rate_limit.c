#include "api/rate_limit.h"

#include <check.h>
#include <pthread.h>
#include <stdint.h>

#include "base/attr.h"

Suite *rate_limit_suite(void);

enum { THREADS = 4, CALLS_EACH = 500 };

static const int64_t second_us = 1000000;
static const int64_t start_us = 1748779200000000; /* 2025-06-01T12:00:00Z */
static struct rate_limiter *limiter;

static void set_up(void)
{
    limiter = rate_limiter_new();
    ck_assert_ptr_nonnull(limiter);
}

static void tear_down(void)
{
    rate_limiter_free(limiter);
}

static enum rate_verdict call_at(uint64_t key, enum rate_class class, int64_t now_us,
                                 int64_t month_max)
{
    int64_t left;

    return rate_limiter_count(limiter,
                              &(struct rate_call){.key = {key, key},
                                                  .class = class,
                                                  .now_us = now_us,
                                                  .per_minute_max = 3,
                                                  .per_month_max = month_max},
                              &left);
}

static void must_pass(int count, enum rate_class class, int64_t now_us)
{
    for (int i = 0; i < count; i++)
        ck_assert_int_eq(call_at(1, class, now_us, INT64_MAX), RATE_FINE);
}

START_TEST(a_minute_begins_with_its_first_call)
{
    must_pass(1, RATE_RERANK, start_us);
    must_pass(2, RATE_RERANK, start_us + 59 * second_us);
    ck_assert_int_eq(call_at(1, RATE_RERANK, start_us + 60 * second_us - 1, INT64_MAX),
                     RATE_PAST_MINUTE);
    must_pass(3, RATE_RERANK, start_us + 60 * second_us);
    ck_assert_int_eq(call_at(1, RATE_RERANK, start_us + 119 * second_us, INT64_MAX),
                     RATE_PAST_MINUTE);
}
END_TEST

START_TEST(classes_and_keys_are_counted_apart)
{
    must_pass(3, RATE_RERANK, start_us);
    must_pass(3, RATE_DEFAULT, start_us);
    ck_assert_int_eq(call_at(1, RATE_DEFAULT, start_us, INT64_MAX), RATE_PAST_MINUTE);
    ck_assert_int_eq(call_at(2, RATE_DEFAULT, start_us, INT64_MAX), RATE_FINE);
}
END_TEST

START_TEST(a_month_is_one_of_the_calendar_and_counts_all_classes)
{
    const int64_t july_us = start_us + INT64_C(30) * 24 * 3600 * second_us;

    ck_assert_int_eq(call_at(1, RATE_RERANK, start_us, 2), RATE_FINE);
    ck_assert_int_eq(call_at(1, RATE_DEFAULT, start_us, 2), RATE_FINE);
    ck_assert_int_eq(call_at(1, RATE_RERANK, start_us + 120 * second_us, 2), RATE_PAST_MONTH);
    ck_assert_int_eq(call_at(1, RATE_RERANK, july_us - 43201 * second_us, 2), RATE_PAST_MONTH);
    ck_assert_int_eq(call_at(1, RATE_RERANK, july_us - 43200 * second_us, 2), RATE_FINE);
}
END_TEST

START_TEST(a_clock_that_is_set_back_begins_anew)
{
    must_pass(3, RATE_RERANK, start_us);
    must_pass(3, RATE_RERANK, start_us - 1);
    ck_assert_int_eq(call_at(1, RATE_RERANK, start_us - 1, INT64_MAX), RATE_PAST_MINUTE);
}
END_TEST

START_TEST(what_is_left_is_told)
{
    struct rate_call call = {.now_us = start_us, .per_minute_max = 2, .per_month_max = INT64_MAX};
    int64_t left = -1;

    ck_assert_int_eq(rate_limiter_count(limiter, &call, &left), RATE_FINE);
    ck_assert_int_eq(left, 1);
    ck_assert_int_eq(rate_limiter_count(limiter, &call, &left), RATE_FINE);
    ck_assert_int_eq(left, 0);
    ck_assert_int_eq(rate_limiter_count(limiter, &call, &left), RATE_PAST_MINUTE);
    ck_assert_int_eq(left, 0);
}
END_TEST

START_TEST(the_key_that_was_silent_for_longest_is_forgotten)
{
    /* Keys of one set: their hashes leave the same rest. */
    for (uint64_t key = 0; key < 8; key++)
        ck_assert_uint_eq(rate_limiter_number(limiter, (struct hash128){key * RATE_KEYS_MAX, key}),
                          1);
    ck_assert_uint_eq(rate_limiter_number(limiter, (struct hash128){0, 0}), 2);
    ck_assert_uint_eq(
        rate_limiter_number(limiter, (struct hash128){UINT64_C(8) * RATE_KEYS_MAX, 8}), 1);
    ck_assert_uint_eq(rate_limiter_number(limiter, (struct hash128){0, 0}), 3);
    ck_assert_uint_eq(rate_limiter_number(limiter, (struct hash128){RATE_KEYS_MAX, 1}), 1);
}
END_TEST

static void *call_often(void *context)
{
    int64_t *passed = context;
    int64_t left;

    for (int i = 0; i < CALLS_EACH; i++) {
        struct rate_call call = {.key = {7, 7},
                                 .now_us = start_us,
                                 .per_minute_max = THREADS * CALLS_EACH / 2,
                                 .per_month_max = INT64_MAX};

        *passed += rate_limiter_count(limiter, &call, &left) == RATE_FINE;
    }
    return NULL;
}

START_TEST(threads_together_pass_as_often_as_one)
{
    pthread_t threads[THREADS];
    int64_t passed[THREADS] = {0}, sum = 0;

    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, call_often, &passed[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        sum += passed[i];
    }
    ck_assert_int_eq(sum, THREADS * CALLS_EACH / 2);
}
END_TEST

Suite *rate_limit_suite(void)
{
    Suite *suite = suite_create("rate_limit");
    TCase *tcase = tcase_create("windows");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_minute_begins_with_its_first_call);
    tcase_add_test(tcase, classes_and_keys_are_counted_apart);
    tcase_add_test(tcase, a_month_is_one_of_the_calendar_and_counts_all_classes);
    tcase_add_test(tcase, a_clock_that_is_set_back_begins_anew);
    tcase_add_test(tcase, what_is_left_is_told);
    tcase_add_test(tcase, the_key_that_was_silent_for_longest_is_forgotten);
    tcase_add_test(tcase, threads_together_pass_as_often_as_one);
    suite_add_tcase(suite, tcase);
    return suite;
}
