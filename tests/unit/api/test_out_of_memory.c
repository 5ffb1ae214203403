/*
 * Memory that runs out while a request is answered, at each allocation in turn: the answer is a 500
 * in the usual shape or the whole one, and the next request is answered as ever. The sanitizers'
 * builds show that nothing leaks.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/fake.h"

Suite *out_of_memory_suite(void);

enum { ALLOCATIONS_MAX = 5000 };

static char *dataset_id, *model_id;

static void start_with_objects(void)
{
    fake_start();
    dataset_id = strdup(fake_add_valid_dataset("n"));
    model_id = strdup(fake_add_ready_model(dataset_id));
}

static void stop_with_objects(void)
{
    free(model_id);
    free(dataset_id);
    fake_stop();
}

#define MODEL "{\"model\":\"rerank-v3.5\","

/* %s in a target is the id. */
/* clang-format off */
static const struct {
    const char *method, *target;
    char **id;
    const char *body; /* NULL: none */
} calls[] = {
    {"GET", "/v1/datasets/%s", &dataset_id, NULL},
    {"GET", "/v1/datasets", NULL, NULL},
    {"GET", "/v1/datasets/none", NULL, NULL},
    {"GET", "/v1/datasets/usage", NULL, NULL},
    {"GET", "/v1/finetuning/finetuned-models/%s", &model_id, NULL},
    {"GET", "/v1/finetuning/finetuned-models/%s/events", &model_id, NULL},
    {"GET", "/v1/finetuning/finetuned-models/%s/training-step-metrics", &model_id, NULL},
    {"GET", "/v1/finetuning/finetuned-models", NULL, NULL},
    {"PATCH", "/v1/finetuning/finetuned-models/%s", &model_id, "{\"name\":\"new\"}"},
    {"POST", "/v1/rerank", NULL, MODEL "\"query\":\"a \\u0062\",\"documents\":[\"b\\u0062\",{\"text\":\"c\",\"x\":[1]},\"a\"],\"return_documents\":true}"},
    {"POST", "/v1/rerank", NULL, MODEL "\"query\":\"a\",\"documents\":[{\"x\":\"c\",\"y\":1}],\"rank_fields\":[\"y\",\"x\"]}"},
    {"GET", "/v1/models?page_size=3", NULL, NULL},
    {"GET", "/v1/models?page_size=1000&endpoint=rerank", NULL, NULL},
    {"GET", "/v1/models/%s-ft", &model_id, NULL},
    {"GET", "/v1/models/none", NULL, NULL},
    {"POST", "/v1/check-api-key", NULL, NULL},
    {"POST", "/v1/chat", NULL, NULL},
    {"POST", "/rerank", NULL, MODEL "\"query\":\"a\",\"documents\":[\"b\"],\"top_k\":1}"},
    {"POST", "/v2/rerank", NULL, MODEL "\"query\":\"a\",\"documents\":[\"b\"],\"top_k\":1}"},
    {"GET", "/__mockhere/lifecycle", NULL, NULL},
    {"PUT", "/__mockhere/lifecycle", NULL, "{\"preset\":\"fast\",\"dataset\":{\"failure\":{\"message\":\"\\u0062\"}}}"},
    {"PUT", "/__mockhere/seed", NULL, "{\"seed\":5}"},
    {"GET", "/__mockhere/datasets?query=n&sort=name", NULL, NULL},
    {"GET", "/__mockhere/finetuned-models", NULL, NULL},
    {"PATCH", "/__mockhere/datasets/%s", &dataset_id, "{\"status\":\"failed\",\"reason\":\"r\"}"},
    {"PATCH", "/__mockhere/finetuned-models/%s", &model_id, "{\"status\":\"STATUS_READY\"}"},
    {"GET", "/__mockhere/worlds", NULL, NULL},
};
/* clang-format on */

/* The answer but for the ids of this one call: from its second member on. */
static char *body_without_id(void)
{
    struct text body = fake_body();
    size_t from = text_has_prefix(body, TEXT("{\"id\":")) ? text_find(body, TEXT(",")) : 0;

    return strndup(body.data + from, body.len - from);
}

static void send_call(size_t index, enum fake_memory memory, size_t allocations_left)
{
    AUTO(buf_done) struct buf target = {0};
    struct text pattern = text_of(calls[index].target);
    size_t at = text_find(pattern, TEXT("%s"));

    buf_add(&target, pattern.data, at);
    if (calls[index].id) {
        buf_add_string(&target, *calls[index].id);
        buf_add(&target, pattern.data + at + 2, pattern.len - at - 2);
    }
    fake_send(&(struct fake_request){.method = calls[index].method,
                                     .target = target.data,
                                     .headers = {FAKE_KEY, FAKE_HEADER("Host", "h"),
                                                 FAKE_HEADER("Content-Type", "application/json")},
                                     .body = text_of(calls[index].body),
                                     .memory = memory,
                                     .allocations_left = allocations_left});
}

static void assert_body_without_id(const char *wanted)
{
    char *got = body_without_id();

    ck_assert_str_eq(got, wanted);
    free(got);
}

static void sweep(size_t index, enum fake_memory memory)
{
    size_t count = 0;
    int wanted_status;
    char *wanted;

    send_call(index, FAKE_MEMORY_ENOUGH, 0);
    wanted_status = fake_status();
    wanted = body_without_id();
    for (;; count++) {
        ck_assert_uint_lt(count, ALLOCATIONS_MAX);
        send_call(index, memory, count);
        if (fake_status() == wanted_status) {
            assert_body_without_id(wanted);
            if (!fake_memory_failed())
                break;
        } else {
            ck_assert_int_eq(fake_status(), 500);
            ck_assert(fake_memory_failed());
            /* An error has a message, if there is memory to say it. */
            ck_assert(memory == FAKE_MEMORY_RUNS_OUT || fake_has("message"));
        }
    }
    ck_assert_uint_gt(count, 3);
    free(wanted);
}

START_TEST(one_allocation_that_fails_is_a_500_with_a_message)
{
    sweep((size_t)_i, FAKE_MEMORY_FAILS_ONCE);
}
END_TEST

START_TEST(memory_that_has_run_out_is_a_500)
{
    sweep((size_t)_i, FAKE_MEMORY_RUNS_OUT);
}
END_TEST

Suite *out_of_memory_suite(void)
{
    Suite *suite = suite_create("out_of_memory");
    TCase *tcase = tcase_create("sweeps");

    tcase_add_checked_fixture(tcase, start_with_objects, stop_with_objects);
    tcase_set_timeout(tcase, 60); /* a sanitizer makes each of the many requests slow */
    tcase_add_loop_test(tcase, one_allocation_that_fails_is_a_500_with_a_message, 0,
                        ARRAY_LEN(calls));
    tcase_add_loop_test(tcase, memory_that_has_run_out_is_a_500, 0, ARRAY_LEN(calls));
    suite_add_tcase(suite, tcase);
    return suite;
}
