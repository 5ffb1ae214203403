/*
 * POST /v1/finetuning/finetuned-models.
 *
 * Unknown and read-only members of the body are ignored, as the gateway of the real service does.
 */
#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "api/dataset_view.h"
#include "api/finetuned_model_view.h"
#include "api/handlers.h"
#include "base/id.h"
#include "http/reply.h"

/* What the body asks for; the strings belong to the parsed body. */
struct wish {
    const char *name;
    const char *base_type;
    const char *base_name;
    const char *dataset_id;
    json_t *hyperparameters; /* borrowed, or NULL */
};

/* Get a string member; absent, null and empty are all "not set". Of another type: false. */
static bool get_string(const json_t *object, const char *key, const char **out)
{
    const json_t *value = json_object_get(object, key);

    *out = NULL;
    if (!value || json_is_null(value))
        return true;
    if (!json_is_string(value))
        return false;
    if (json_string_length(value))
        *out = json_string_value(value);
    return true;
}

static bool get_object(const json_t *object, const char *key, json_t **out)
{
    json_t *value = json_object_get(object, key);

    *out = NULL;
    if (!value || json_is_null(value))
        return true;
    if (!json_is_object(value))
        return false;
    *out = value;
    return true;
}

static int must_be(const struct call *call, struct response *res, const char *field,
                   const char *type)
{
    return call_error(call, res, 400, "%s must be %s", field, type);
}

static int must_be_set(const struct call *call, struct response *res, const char *field)
{
    return call_error(call, res, 400, "%s must be set", field);
}

static int read_base_model(const struct call *call, struct response *res, const json_t *settings,
                           struct wish *wish)
{
    json_t *base_model;

    if (!get_object(settings, "base_model", &base_model))
        return must_be(call, res, "settings.base_model", "an object");
    if (!base_model)
        return must_be_set(call, res, "settings.base_model");
    if (!get_string(base_model, "base_type", &wish->base_type))
        return must_be(call, res, "settings.base_model.base_type", "a string");
    if (!wish->base_type)
        return must_be_set(call, res, "settings.base_model.base_type");
    if (strcmp(wish->base_type, "BASE_TYPE_RERANK") != 0)
        return call_error(call, res, 400, "settings.base_model.base_type is invalid");
    if (!get_string(base_model, "name", &wish->base_name))
        return must_be(call, res, "settings.base_model.name", "a string");
    if (!wish->base_name)
        wish->base_name = "english";
    if (strcmp(wish->base_name, "english") != 0 && strcmp(wish->base_name, "multilingual") != 0)
        return call_error(call, res, 400,
                          "settings.base_model.name must be one of english, multilingual");
    return 0;
}

/*
 * Hyperparameters that are null were not sent; others that are not listed here are kept as they
 * are.
 */
/* clang-format off */
static const struct hyperparameter {
    const char *name;
    bool is_whole;
    double min, max;
    const char *range; /* the same in words */
} hyperparameters[] = {
    {"early_stopping_patience",  true,  0,       10,  "0 and 10"},
    {"early_stopping_threshold", false, 0.001,   0.1, "0.001 and 0.1"},
    {"train_batch_size",         true,  2,       16,  "2 and 16"},
    {"train_epochs",             true,  1,       10,  "1 and 10"},
    {"learning_rate",            false, 0.00005, 0.1, "0.00005 and 0.1"},
};
/* clang-format on */

static bool is_in_range(const struct hyperparameter *hyperparameter, const json_t *value)
{
    double number = json_number_value(value);

    if (!json_is_number(value) || number < hyperparameter->min || number > hyperparameter->max)
        return false;
    return !hyperparameter->is_whole || number == (double)(int)number;
}

static int read_hyperparameters(const struct call *call, struct response *res, json_t *settings,
                                struct wish *wish)
{
    json_t *value;
    const char *key;
    void *next;

    if (!get_object(settings, "hyperparameters", &wish->hyperparameters))
        return must_be(call, res, "settings.hyperparameters", "an object");
    json_object_foreach_safe(wish->hyperparameters, next, key, value) if (json_is_null(value))(void)
        json_object_del(wish->hyperparameters, key);
    for (size_t i = 0; i < ARRAY_LEN(hyperparameters); i++) {
        value = json_object_get(wish->hyperparameters, hyperparameters[i].name);
        if (value && !is_in_range(&hyperparameters[i], value))
            return call_error(call, res, 400, "settings.hyperparameters.%s must be between %s",
                              hyperparameters[i].name, hyperparameters[i].range);
    }
    return 0;
}

static int read_wish(const struct call *call, struct response *res, const json_t *body,
                     struct wish *wish)
{
    json_t *settings;
    int refusal;

    if (!get_string(body, "name", &wish->name))
        return must_be(call, res, "name", "a string");
    if (!wish->name)
        return must_be_set(call, res, "name");
    if (!get_object(body, "settings", &settings))
        return must_be(call, res, "settings", "an object");
    if (!settings)
        return must_be_set(call, res, "settings");
    refusal = read_base_model(call, res, settings, wish);
    if (!refusal)
        refusal = read_hyperparameters(call, res, settings, wish);
    if (refusal)
        return refusal;
    if (!get_string(settings, "dataset_id", &wish->dataset_id))
        return must_be(call, res, "settings.dataset_id", "a string");
    if (!wish->dataset_id)
        return must_be_set(call, res, "settings.dataset_id");
    return 0;
}

static int check_dataset(const struct call *call, struct response *res, const struct wish *wish)
{
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    enum store_result result =
        store_dataset_get(call->api->store, call->world->name, wish->dataset_id, &dataset);
    struct dataset_life life = dataset_life_of(&dataset);
    enum dataset_status status;

    if (result == STORE_NONE ||
        (result == STORE_OK && dataset_is_expired(&life, call->world->now_us)))
        return call_error(call, res, 404, "dataset with id %s not found", wish->dataset_id);
    if (result != STORE_OK)
        return call_store_error(call, res, result);
    status = dataset_status_at(&life, call->world->now_us);
    if (status != DATASET_VALIDATED)
        return call_error(call, res, 400,
                          "dataset with id %s is not ready for fine-tuning, its validation status "
                          "is %s",
                          dataset.id, dataset_status_name(status));
    if (strcmp(dataset.type, "reranker-finetune-input") != 0)
        return call_error(call, res, 400, "dataset with id %s has type %s, %s needs %s", dataset.id,
                          dataset.type, wish->base_type, "reranker-finetune-input");
    return 0;
}

static bool fill_record(const struct call *call, const struct wish *wish, uint64_t number,
                        struct model_record *model)
{
    const struct world *world = call->world;

    assert(wish->name && wish->base_type && wish->base_name && wish->dataset_id);
    id_uuid(world->seed, ID_MODEL, number, model->id);
    model->name = strdup(wish->name);
    model->base_type = strdup(wish->base_type);
    model->base_name = strdup(wish->base_name);
    model->dataset_id = strdup(wish->dataset_id);
    if (wish->hyperparameters)
        model->hyperparameters =
            json_dumps(wish->hyperparameters, JSON_COMPACT | JSON_REAL_PRECISION(15));
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
           (!wish->hyperparameters || model->hyperparameters);
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

static int create(const struct call *call, struct response *res, const struct wish *wish)
{
    AUTO(model_record_done) struct model_record model = {0};
    enum store_result result;
    uint64_t number;

    result = store_counter_next(call->api->store, call->world->name, &number);
    if (result != STORE_OK)
        return call_store_error(call, res, result);
    if (!fill_record(call, wish, number, &model))
        return call_error(call, res, 500, "out of memory");
    result = store_model_insert(call->api->store, call->world->name, &model);
    if (result != STORE_OK)
        return call_store_error(call, res, result);
    return answer(call, res, &model);
}

int finetuned_models_create(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    AUTO(buf_done) struct buf text = {0};
    json_auto_t *body = NULL;
    struct wish wish = {0};
    json_error_t why;
    int refusal = call_read_json(call, req, res, &text);

    if (refusal)
        return refusal;
    body = json_loadb(text.data, text.len, JSON_ALLOW_NUL, &why);
    if (!body)
        return call_error(call, res, 400, "invalid json syntax: %s", why.text);
    refusal = read_wish(call, res, body, &wish);
    if (!refusal)
        refusal = check_dataset(call, res, &wish);
    return refusal ? refusal : create(call, res, &wish);
}
