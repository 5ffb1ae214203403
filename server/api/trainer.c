#include "api/trainer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "api/training.h"
#include "base/log.h"

enum { NICENESS = 10 };

/* A job is freed by the last who refers to it: the list or the trainer, and whoever waits. */
struct job {
    char world[WORLD_NAME_SIZE];
    char id[OBJECT_ID_SIZE];
    struct job *next;
    unsigned refs;
    bool is_done;
    enum store_result result;
};

/*
 * `lock` guards the list, `current`, and all of what is in the jobs but for their names. It is
 * never held while calling another module. `is_stopping` is set once.
 */
struct trainer {
    struct store *store;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t came; /* a job, or the end */
    pthread_cond_t done; /* a job is */
    struct job *first, *last;
    struct job *current; /* what the thread is at, or NULL */
    atomic_bool is_stopping;
    bool is_clear; /* no deleted world is left in the store; the thread's */
};

static struct job *job_new(const char *world, const char *id)
{
    struct job *job = calloc(1, sizeof(*job));

    if (!job)
        return NULL;
    (void)snprintf(job->world, sizeof(job->world), "%s", world);
    (void)snprintf(job->id, sizeof(job->id), "%s", id);
    job->refs = 1;
    return job;
}

static void job_release(struct job *job)
{
    if (--job->refs == 0)
        free(job);
}

/* The functions from here to the thread's want the lock. */

static void append(struct trainer *trainer, struct job *job)
{
    if (trainer->last)
        trainer->last->next = job;
    else
        trainer->first = job;
    trainer->last = job;
}

static void prepend(struct trainer *trainer, struct job *job)
{
    job->next = trainer->first;
    trainer->first = job;
    if (!trainer->last)
        trainer->last = job;
}

static bool is_job(const struct job *job, const char *world, const char *id)
{
    return strcmp(job->id, id) == 0 && strcmp(job->world, world) == 0;
}

/* Take a job out of the list; NULL if it is not there. */
static struct job *pull(struct trainer *trainer, const char *world, const char *id)
{
    struct job *before = NULL;

    for (struct job *job = trainer->first; job; before = job, job = job->next) {
        if (!is_job(job, world, id))
            continue;
        if (before)
            before->next = job->next;
        else
            trainer->first = job->next;
        if (trainer->last == job)
            trainer->last = before;
        job->next = NULL;
        return job;
    }
    return NULL;
}

static void finish(struct trainer *trainer, struct job *job, enum store_result result)
{
    job->is_done = true;
    job->result = result;
    job_release(job);
    pthread_cond_broadcast(&trainer->done);
}

/* Wait for the next job; NULL at the end. Meanwhile remove what an earlier process left to do. */
static struct job *take(struct trainer *trainer)
{
    struct job *job;

    while (!trainer->first && !atomic_load(&trainer->is_stopping)) {
        if (trainer->is_clear) {
            pthread_cond_wait(&trainer->came, &trainer->lock);
            continue;
        }
        pthread_mutex_unlock(&trainer->lock);
        trainer->is_clear = store_world_clear(trainer->store) != STORE_OK;
        pthread_mutex_lock(&trainer->lock);
    }
    if (atomic_load(&trainer->is_stopping))
        return NULL;
    job = trainer->first;
    trainer->first = job->next;
    if (!trainer->first)
        trainer->last = NULL;
    job->next = NULL;
    return job;
}

/*
 * The thread
 */

static enum store_result train(struct trainer *trainer, const struct job *job)
{
    AUTO(model_training_done) struct model_training training = {0};
    AUTO(buf_done) struct buf steps = {0};
    enum store_result result =
        store_model_training_get(trainer->store, job->world, job->id, &training);
    int64_t failed_us = 0;

    if (result == STORE_NONE || (result == STORE_OK && training.metrics))
        return STORE_OK;
    if (result != STORE_OK)
        return result;
    switch (training_run(trainer->store, &training, &trainer->is_stopping, &steps)) {
    case TRAINING_DONE:
        break;
    case TRAINING_STOPPED:
        return STORE_FAILED;
    case TRAINING_BROKEN_OFF:
        log_error("the training of model %s in world %s broke off and will be tried again", job->id,
                  job->world);
        return STORE_FAILED;
    case TRAINING_FAILED:
        /* When it would have ended: which time that is does not depend on the machine. */
        failed_us =
            training.model.created_us + training.model.queued_us + training.model.training_us;
        log_error("the training of model %s in world %s failed", job->id, job->world);
        break;
    }
    result = store_model_trained(trainer->store, job->world, &training, failed_us ? "" : steps.data,
                                 failed_us);
    return result == STORE_NONE ? STORE_OK : result;
}

static void *run(void *context)
{
    struct trainer *trainer = context;
    struct job *job;

    /* On Linux this is of the calling thread. That it may be refused is no loss. */
    (void)setpriority(PRIO_PROCESS, 0, NICENESS);
    pthread_mutex_lock(&trainer->lock);
    while ((job = take(trainer))) {
        enum store_result result;

        trainer->current = job;
        pthread_mutex_unlock(&trainer->lock);
        result = train(trainer, job);
        pthread_mutex_lock(&trainer->lock);
        trainer->current = NULL;
        finish(trainer, job, result);
    }
    while (trainer->first) {
        job = trainer->first;
        trainer->first = job->next;
        finish(trainer, job, STORE_FAILED);
    }
    pthread_mutex_unlock(&trainer->lock);
    return NULL;
}

/*
 * The public side
 */

void trainer_add(struct trainer *trainer, const char *world, const char *id)
{
    struct job *job = job_new(world, id);

    if (!job)
        return;
    pthread_mutex_lock(&trainer->lock);
    append(trainer, job);
    pthread_cond_signal(&trainer->came);
    pthread_mutex_unlock(&trainer->lock);
}

enum store_result trainer_wait(struct trainer *trainer, const char *world, const char *id)
{
    struct job *spare = job_new(world, id), *job;
    enum store_result result;

    if (!spare)
        return STORE_FAILED;
    pthread_mutex_lock(&trainer->lock);
    if (trainer->current && is_job(trainer->current, world, id)) {
        job = trainer->current;
    } else {
        job = pull(trainer, world, id);
        if (!job) {
            job = spare;
            spare = NULL;
        }
        prepend(trainer, job);
        pthread_cond_signal(&trainer->came);
    }
    job->refs++;
    while (!job->is_done)
        pthread_cond_wait(&trainer->done, &trainer->lock);
    result = job->result;
    job_release(job);
    pthread_mutex_unlock(&trainer->lock);
    free(spare);
    return result;
}

static void trainer_free(struct trainer *trainer)
{
    while (trainer->first) {
        struct job *job = trainer->first;

        trainer->first = job->next;
        free(job);
    }
    pthread_cond_destroy(&trainer->done);
    pthread_cond_destroy(&trainer->came);
    pthread_mutex_destroy(&trainer->lock);
    free(trainer);
}

struct trainer *trainer_start(struct store *store)
{
    AUTO(model_names_done) struct model_names names = {0};
    struct trainer *trainer = calloc(1, sizeof(*trainer));

    if (!trainer) {
        log_error("cannot start the trainer: out of memory");
        return NULL;
    }
    trainer->store = store;
    atomic_init(&trainer->is_stopping, false);
    pthread_mutex_init(&trainer->lock, NULL);
    pthread_cond_init(&trainer->came, NULL);
    pthread_cond_init(&trainer->done, NULL);
    if (store_models_untrained(store, &names) != STORE_OK) {
        trainer_free(trainer);
        return NULL;
    }
    for (size_t i = 0; i < names.count; i++)
        trainer_add(trainer, names.items[i].world, names.items[i].id);
    if (pthread_create(&trainer->thread, NULL, run, trainer) != 0) {
        log_error("cannot start the trainer: no thread");
        trainer_free(trainer);
        return NULL;
    }
    return trainer;
}

void trainer_stop(struct trainer *trainer)
{
    if (!trainer)
        return;
    pthread_mutex_lock(&trainer->lock);
    atomic_store(&trainer->is_stopping, true);
    pthread_cond_signal(&trainer->came);
    pthread_mutex_unlock(&trainer->lock);
    pthread_join(trainer->thread, NULL);
    trainer_free(trainer);
}
