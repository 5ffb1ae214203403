#include "api/trainer.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/fake.h"

Suite *trainer_suite(void);

#define MODELS "/v1/finetuning/finetuned-models"

static char *dataset_id;

static void start_with_dataset(void)
{
    fake_start();
    dataset_id = strdup(fake_add_valid_dataset("n"));
}

static void stop_with_dataset(void)
{
    free(dataset_id);
    fake_stop();
}

static struct store *the_store(void)
{
    return fake_dispatch()->api.store;
}

static struct trainer *the_trainer(void)
{
    return fake_dispatch()->api.trainer;
}

static bool is_trained(const char *id)
{
    AUTO(model_training_done) struct model_training training = {0};

    ck_assert_int_eq(store_model_training_get(the_store(), "default", id, &training), STORE_OK);
    return training.metrics != NULL;
}

/* Put a job into the store without telling the trainer. */
static void put_job(const char *world, const char *id, const char *dataset)
{
    struct model_record model = {
        .name = strdup("n"),
        .base_type = strdup("BASE_TYPE_RERANK"),
        .base_name = strdup("english"),
        .dataset_id = strdup(dataset),
        .created_us = fake_start_us,
        .queued_us = 10,
        .training_us = 20,
    };

    (void)snprintf(model.id, sizeof(model.id), "%s", id);
    ck_assert_int_eq(store_model_insert(the_store(), world, &model), STORE_OK);
    model_record_done(&model);
}

START_TEST(a_job_is_trained_once_it_was_waited_for)
{
    const char *id = fake_add_model(dataset_id);

    ck_assert_int_eq(trainer_wait(the_trainer(), "default", id), STORE_OK);
    ck_assert(is_trained(id));
}
END_TEST

START_TEST(a_job_that_nobody_announced_is_trained_when_waited_for)
{
    put_job("default", "job", dataset_id);
    ck_assert_int_eq(trainer_wait(the_trainer(), "default", "job"), STORE_OK);
    ck_assert(is_trained("job"));
    ck_assert_int_eq(trainer_wait(the_trainer(), "default", "job"), STORE_OK);
}
END_TEST

START_TEST(who_is_waited_for_comes_first)
{
    char id[16];

    for (int i = 0; i < 30; i++) {
        (void)snprintf(id, sizeof(id), "job %d", i);
        put_job("default", id, dataset_id);
        trainer_add(the_trainer(), "default", id);
    }
    ck_assert_int_eq(trainer_wait(the_trainer(), "default", "job 29"), STORE_OK);
    ck_assert(is_trained("job 29"));
    ck_assert_int_eq(trainer_wait(the_trainer(), "default", "job 15"), STORE_OK);
    ck_assert(is_trained("job 15"));
}
END_TEST

START_TEST(what_is_untrained_is_trained_after_a_restart)
{
    put_job("default", "job", dataset_id);
    fake_restart_trainer();
    ck_assert_int_eq(trainer_wait(the_trainer(), "default", "job"), STORE_OK);
    ck_assert(is_trained("job"));
}
END_TEST

START_TEST(what_a_deleted_world_left_is_removed_after_a_restart)
{
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    enum store_result result;

    ck_assert_int_eq(store_dataset_get(the_store(), "default", dataset_id, &dataset), STORE_OK);
    /* As a process does that is killed right after. */
    ck_assert_int_eq(store_world_delete(the_store(), "default"), STORE_OK);
    fake_restart_trainer();
    do {
        int64_t size;
        int fd = -1;

        result = store_file_open(the_store(), dataset.parts[0].file_name, &fd, &size);
        if (result == STORE_OK)
            (void)close(fd);
    } while (result == STORE_OK);
    ck_assert_int_eq(result, STORE_NONE);
}
END_TEST

START_TEST(what_cannot_be_trained_fails_at_the_end_of_its_training)
{
    AUTO(model_record_done) struct model_record model = {0};

    /* No such dataset, or one whose file is no Avro. */
    put_job("default", "job", _i ? fake_add_dataset_of("reranker-finetune-input") : "none");
    ck_assert_int_eq(trainer_wait(the_trainer(), "default", "job"), STORE_OK);
    ck_assert(is_trained("job"));
    ck_assert_int_eq(store_model_get(the_store(), "default", "job", &model), STORE_OK);
    ck_assert_int_eq(model.failed_us, fake_start_us + 30);
}
END_TEST

START_TEST(who_is_gone_is_no_failure)
{
    ck_assert_int_eq(trainer_wait(the_trainer(), "default", "nobody"), STORE_OK);
    ck_assert_int_eq(trainer_wait(the_trainer(), "nowhere", "nobody"), STORE_OK);
}
END_TEST

START_TEST(the_trainer_stops_with_jobs_left)
{
    for (int i = 0; i < 20; i++)
        fake_add_model(dataset_id);
}
END_TEST

/* Threads that wait for the same jobs, while the world is reset and filled anew. */
static void *wait_for_jobs(void *context)
{
    (void)context;
    for (int i = 0; i < 40; i++) {
        char id[16];

        (void)snprintf(id, sizeof(id), "job %d", i % 4);
        if (trainer_wait(the_trainer(), "default", id) != STORE_OK)
            return the_trainer(); /* a failure is what is not NULL */
    }
    return NULL;
}

START_TEST(worlds_may_be_reset_while_their_jobs_train)
{
    pthread_t threads[3];
    char id[16];

    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, wait_for_jobs, NULL), 0);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 4; i++) {
            (void)snprintf(id, sizeof(id), "job %d", i);
            put_job("default", id, dataset_id);
            trainer_add(the_trainer(), "default", id);
        }
        if (round % 2) {
            fake_delete("/v1/datasets/%s", dataset_id);
            ck_assert_int_eq(trainer_wait(the_trainer(), "default", "job 1"), STORE_OK);
        }
        ck_assert_int_eq(worlds_reset(fake_dispatch()->api.worlds, TEXT("default")), WORLDS_OK);
        free(dataset_id);
        dataset_id = strdup(fake_add_valid_dataset("n"));
    }
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        void *failure;

        ck_assert_int_eq(pthread_join(threads[i], &failure), 0);
        ck_assert_ptr_null(failure);
    }
}
END_TEST

Suite *trainer_suite(void)
{
    Suite *suite = suite_create("trainer");
    TCase *tcase = tcase_create("jobs");

    tcase_add_checked_fixture(tcase, start_with_dataset, stop_with_dataset);
    tcase_set_timeout(tcase, 60); /* a sanitizer makes training slow */
    tcase_add_test(tcase, a_job_is_trained_once_it_was_waited_for);
    tcase_add_test(tcase, a_job_that_nobody_announced_is_trained_when_waited_for);
    tcase_add_test(tcase, who_is_waited_for_comes_first);
    tcase_add_test(tcase, what_is_untrained_is_trained_after_a_restart);
    tcase_add_test(tcase, what_a_deleted_world_left_is_removed_after_a_restart);
    tcase_add_loop_test(tcase, what_cannot_be_trained_fails_at_the_end_of_its_training, 0, 2);
    tcase_add_test(tcase, who_is_gone_is_no_failure);
    tcase_add_test(tcase, the_trainer_stops_with_jobs_left);
    tcase_add_test(tcase, worlds_may_be_reset_while_their_jobs_train);
    suite_add_tcase(suite, tcase);
    return suite;
}
