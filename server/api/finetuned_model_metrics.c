/*
 * GET /v1/finetuning/finetuned-models/{id}/training-step-metrics.
 *
 * The trainer says what the steps are; when each was reached is a matter of time, like all of a
 * job's life: they are spread evenly over the stage of training.
 */
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "api/finetuned_model_view.h"
#include "api/handlers.h"
#include "api/model_id.h"
#include "api/page.h"
#include "base/hash.h"
#include "base/timestamp.h"
#include "http/reply.h"

/* Write a time with nine digits. Those below the microsecond are made up, never all zero. */
static void write_time(struct json_writer *w, int64_t us, uint64_t seed)
{
    char text[TIMESTAMP_SIZE], nine[TIMESTAMP_SIZE + 8];

    timestamp_format(us, text);
    (void)snprintf(
        nine, sizeof(nine), "%.*s%03uZ", (int)strlen(text) - 1, text,
        (unsigned)(1 + hash64((struct text){(const char *)&us, sizeof(us)}, seed) % 999));
    json_write_member_string(w, "created_at", nine);
}

/* The stage of training, as far as it is known. */
struct stage {
    bool has_begun;
    bool has_failed; /* the model, at `end_us`: later steps were never made */
    int64_t from_us;
    int64_t length_us; /* by the clock; a lifecycle may end it otherwise */
    int64_t end_us;    /* INT64_MAX: not yet */
};

static struct stage stage_at(const struct model_record *model, int64_t now_us)
{
    struct stage stage = {.length_us = model->training_us, .end_us = INT64_MAX};
    struct model_life life = model_life_of(model);
    struct model_event events[MODEL_EVENTS_MAX];
    size_t count = model_events_at(&life, now_us, events), i = 0;

    while (i < count && events[i].status != MODEL_FINETUNING)
        i++;
    if (i == count) {
        /* A model that was forced beyond it was trained in no time. */
        stage.has_begun = model_completed_at(&life, now_us, &stage.from_us) ||
                          model_status_serves(events[count - 1].status);
        if (stage.has_begun)
            stage.from_us = stage.end_us = events[count - 1].at_us;
        return stage;
    }
    stage.has_begun = true;
    stage.from_us = events[i].at_us;
    if (i + 1 < count) {
        stage.end_us = events[i + 1].at_us;
        stage.has_failed = events[i + 1].status == MODEL_FAILED;
    }
    return stage;
}

/* When step `index` of `count` is reached: within the training, its ends excluded if there is time.
 */
static int64_t step_time(const struct stage *stage, size_t index, size_t count)
{
    double part = (double)(index + 1) / (double)(count + 1);
    int64_t at_us = stage->from_us + (int64_t)((double)stage->length_us * part);

    return at_us > stage->end_us && !stage->has_failed ? stage->end_us : at_us;
}

static size_t count_lines(struct text steps)
{
    size_t count = 0;

    for (size_t i = 0; i < steps.len; i++)
        count += steps.data[i] == '\n';
    return count;
}

/* How many of `count` steps were reached by `now_us`. */
static size_t count_reached(const struct stage *stage, size_t count, int64_t now_us)
{
    int64_t last_us = stage->has_failed && stage->end_us <= now_us ? stage->end_us - 1 : now_us;
    size_t reached = 0;

    while (stage->has_begun && reached < count && step_time(stage, reached, count) <= last_us)
        reached++;
    return reached;
}

static void write_step(const struct model_record *model, struct text line, int64_t at_us,
                       struct json_writer *w)
{
    struct text number = text_cut(&line, ' ');

    json_write_object(w);
    write_time(w, at_us, hash64(text_of(model->id), 0));
    if (!text_eq(number, TEXT("0"))) {
        json_write_key(w, "step_number");
        json_write_raw(w, number);
    }
    json_write_key(w, "metrics");
    json_write_raw(w, line);
    json_write_object_end(w);
}

static int write_answer(const struct call *call, const struct model_training *training,
                        const struct page *page, struct response *res)
{
    struct json_writer w = {.out = &res->body};
    const struct model_record *model = &training->model;
    struct text rest = text_of(training->metrics);
    size_t count = count_lines(rest), written = 0;
    struct stage stage = stage_at(model, call->world->now_us);
    size_t reached = count_reached(&stage, count, call->world->now_us);

    json_write_object(&w);
    json_write_key(&w, "step_metrics");
    json_write_array(&w);
    for (size_t i = 0; i < reached; i++) {
        struct text line = text_cut(&rest, '\n');

        if ((int64_t)i < page->offset || (int64_t)written >= page->limit)
            continue;
        write_step(model, line, step_time(&stage, i, count), &w);
        written++;
    }
    json_write_array_end(&w);
    page_write_next(page, written, (int64_t)reached, &w);
    json_write_object_end(&w);
    return reply_json(res, 200);
}

/* Get the model with its steps, which nobody needs while it is queued; else wait for the trainer.
 */
static enum store_result get_training(const struct call *call, const char *id,
                                      struct model_training *out)
{
    struct store *store = call->api->store;

    for (;;) {
        enum store_result result = store_model_training_get(store, call->world->name, id, out);

        if (result != STORE_OK || out->metrics ||
            !stage_at(&out->model, call->world->now_us).has_begun)
            return result;
        model_training_done(out);
        result = trainer_wait(call->api->trainer, call->world->name, id);
        if (result != STORE_OK)
            return result;
    }
}

int finetuned_models_metrics(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    AUTO(model_training_done) struct model_training training = {0};
    char id[OBJECT_ID_SIZE], list[PAGE_LIST_SIZE];
    int refusal = model_id_of_path(call, req, res, id);
    enum store_result result;
    struct page page;

    if (refusal)
        return refusal;
    (void)snprintf(list, sizeof(list), "metrics %s", id);
    result = get_training(call, id, &training);
    if (result != STORE_OK)
        return model_id_error(call, req, res, result);
    refusal = page_read(call, req, res, list, &page);
    return refusal ? refusal : write_answer(call, &training, &page, res);
}
