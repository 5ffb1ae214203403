/*
 * POST /v1/finetuning/finetuned-models.
 */
#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "api/dataset_view.h"
#include "api/errors.h"
#include "api/finetuned_model_body.h"
#include "api/finetuned_model_view.h"
#include "api/handlers.h"
#include "api/trainer.h"
#include "base/id.h"
#include "core/dataset_type.h"
#include "http/reply.h"

static const int64_t day_us = INT64_C(24) * 3600 * 1000000;

static int refuse_type(const struct call *call, struct response *res, const struct model_wish *wish,
                       const struct dataset_record *dataset)
{
    AUTO(buf_done) struct buf wanted = {0};

    (void)dataset_types_for(wish->base->name, &wanted);
    if (wanted.failed)
        return call_error(call, res, ERROR_NO_MEMORY);
    return call_error(call, res, ERROR_DATASET_TYPE, dataset->id, dataset->type, wish->base->name,
                      wanted.data);
}

static int check_dataset(const struct call *call, struct response *res, struct model_wish *wish)
{
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    enum store_result result =
        store_dataset_get(call->api->store, call->world->name, wish->dataset_id, &dataset);
    struct dataset_life life = dataset_life_of(&dataset);
    const struct dataset_type *type;
    enum dataset_status status;

    if (result == STORE_NONE ||
        (result == STORE_OK && dataset_is_expired(&life, call->world->now_us)))
        return call_error(call, res, ERROR_DATASET_UNKNOWN, TEXT_ARG(text_of(wish->dataset_id)));
    if (result != STORE_OK)
        return call_store_error(call, res, result);
    status = dataset_status_at(&life, call->world->now_us);
    if (status != DATASET_VALIDATED)
        return call_error(call, res, ERROR_DATASET_NOT_READY, dataset.id,
                          dataset_status_name(status));
    type = dataset_type_find(text_of(dataset.type));
    if (!type || !type->base_type || strcmp(type->base_type, wish->base->name) != 0)
        return refuse_type(call, res, wish, &dataset);
    wish->multi_label = type->kind == DATASET_MULTI_LABEL;
    return 0;
}

static bool fill_record(const struct call *call, const struct model_wish *wish, uint64_t number,
                        struct model_record *model)
{
    const struct world *world = call->world;

    id_uuid(world->seed, ID_MODEL, number, model->id);
    model->name = strdup(wish->name);
    model->base_type = strdup(wish->base->name);
    model->base_name = strdup(wish->base_name);
    model->dataset_id = strdup(wish->dataset_id);
    if (wish->hyperparameters.len)
        model->hyperparameters = strdup(wish->hyperparameters.data);
    if (wish->wandb.len)
        model->wandb = strdup(wish->wandb.data);
    model->multi_label = wish->multi_label;
    model->counter = number;
    model->created_us = world->now_us;
    model->queued_us = world->lifecycle.model_queued_us;
    model->training_us = world->lifecycle.model_training_us;
    model->deploying_us = world->lifecycle.model_deploying_us;
    model->plan = world->lifecycle.model_plan;
    if (model->plan.fail_stage) {
        model->reason = strdup(world->lifecycle.model_reason);
        if (!model->reason)
            return false;
    }
    return model->name && model->base_type && model->base_name && model->dataset_id &&
           (!wish->hyperparameters.len || model->hyperparameters) &&
           (!wish->wandb.len || model->wandb);
}

/* As it was before any time passed: queued, even where a lifecycle leaves no time for that. */
static int answer(const struct call *call, struct response *res, const struct model_record *model)
{
    struct json_writer w = {.out = &res->body};
    struct world before = *call->world;
    struct call earlier = *call;

    before.now_us = model->created_us - 1;
    earlier.world = &before;
    json_write_object(&w);
    json_write_key(&w, "finetuned_model");
    model_write(&earlier, model, &w);
    json_write_object_end(&w);
    return reply_json(res, 200);
}

/* Returns 0, or answers with a refusal and returns its status. */
static int insert_within_limits(const struct call *call, struct response *res,
                                const struct model_record *model)
{
    const struct limits *limits = &call->world->limits;
    int64_t since_us = call->world->now_us - day_us;
    const struct model_quota quotas[] = {
        {limits->jobs_per_day ? limits->jobs_per_day : INT64_MAX, since_us},
        {limits->jobs_total ? limits->jobs_total : INT64_MAX, INT64_MIN},
    };
    size_t passed = 0;
    enum store_result result = store_model_insert_within(call->api->store, call->world->name, model,
                                                         quotas, ARRAY_LEN(quotas), &passed);

    /* STORE_NONE: the world was emptied meanwhile, and this model and its dataset with it. */
    if (result == STORE_OK || result == STORE_NONE)
        return 0;
    if (result != STORE_OVER_QUOTA)
        return call_store_error(call, res, result);
    if (passed == 0)
        return call_error(call, res, ERROR_JOBS_PER_DAY, (long long)limits->jobs_per_day);
    return call_error(call, res, ERROR_JOBS_TOTAL, (long long)limits->jobs_total);
}

/*
 * Take the model back if its dataset was deleted since it was checked: too early for
 * datasets_delete() to fail the model, which so never came to be. Returns 0 if it stays, as it does
 * where that cannot be told or done: it is there, and no error must say that it is not.
 */
static int check_again(const struct call *call, struct response *res,
                       const struct model_record *model)
{
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    struct store *store = call->api->store;
    const char *world = call->world->name;
    enum store_result result = store_dataset_get(store, world, model->dataset_id, &dataset);

    if (result != STORE_NONE)
        return 0;
    result = store_model_delete(store, world, model->id);
    if (result != STORE_OK && result != STORE_NONE)
        return 0;
    return call_error(call, res, ERROR_DATASET_UNKNOWN, TEXT_ARG(text_of(model->dataset_id)));
}

static int create(const struct call *call, struct response *res, const struct model_wish *wish)
{
    AUTO(model_record_done) struct model_record model = {0};
    enum store_result result;
    uint64_t number;
    int refusal;

    result = store_counter_next(call->api->store, call->world->name, &number);
    if (result != STORE_OK)
        return call_store_error(call, res, result);
    if (!fill_record(call, wish, number, &model))
        return call_error(call, res, ERROR_NO_MEMORY);
    refusal = insert_within_limits(call, res, &model);
    if (refusal)
        return refusal;
    refusal = check_again(call, res, &model);
    if (refusal)
        return refusal;
    trainer_add(call->api->trainer, call->world->name, model.id);
    return answer(call, res, &model);
}

int finetuned_models_create(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    AUTO(model_wish_done) struct model_wish wish = {0};
    int refusal = model_wish_read(call, req, res, &wish);

    if (!refusal)
        refusal = check_dataset(call, res, &wish);
    return refusal ? refusal : create(call, res, &wish);
}
