#include "api/finetuned_model_body.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "api/errors.h"
#include "base/json_write.h"
#include "http/json_body.h"

/* A call whose body is being read. */
struct reading {
    const struct call *call;
    struct response *res;
};

static int must_be(const struct reading *reading, const char *field, const char *type)
{
    return call_error(reading->call, reading->res, ERROR_FIELD_TYPE, field, type);
}

static int must_be_set(const struct reading *reading, const char *field)
{
    return call_error(reading->call, reading->res, ERROR_FIELD_NOT_SET, field);
}

static int is_invalid(const struct reading *reading, const char *field)
{
    return call_error(reading->call, reading->res, ERROR_FIELD_INVALID, field);
}

static int no_memory(const struct reading *reading)
{
    return call_error(reading->call, reading->res, ERROR_NO_MEMORY);
}

/* Get a member that is neither absent nor null. */
static json_t *get(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    return json_is_null(value) ? NULL : value;
}

/* Get a string member; absent and empty are both NULL. `field` is its name in an error. */
/* A string with the NULs in it. */
static struct text text_in(const json_t *string)
{
    return (struct text){json_string_value(string), json_string_length(string)};
}

static int get_string(const struct reading *reading, const json_t *object, const char *key,
                      const char *field, const char **out)
{
    const json_t *value = get(object, key);

    *out = NULL;
    if (value && !json_is_string(value))
        return must_be(reading, field, "a string");
    /* Nothing that is taken here has a NUL in it, and behind one nothing would be seen. */
    if (value && strlen(json_string_value(value)) != json_string_length(value))
        return is_invalid(reading, field);
    if (value && json_string_length(value))
        *out = json_string_value(value);
    return 0;
}

static int get_required(const struct reading *reading, const json_t *object, const char *key,
                        const char *field, char **out)
{
    const char *value;
    int refusal = get_string(reading, object, key, field, &value);

    if (refusal)
        return refusal;
    if (!value)
        return must_be_set(reading, field);
    *out = strdup(value);
    return *out ? 0 : no_memory(reading);
}

static int get_object(const struct reading *reading, const json_t *object, const char *key,
                      const char *field, json_t **out)
{
    *out = get(object, key);
    return *out && !json_is_object(*out) ? must_be(reading, field, "an object") : 0;
}

/*
 * The base model
 */

static int read_base_type(const struct reading *reading, const json_t *base_model,
                          const struct base_type **out)
{
    static const char field[] = "settings.base_model.base_type";
    const json_t *value = get(base_model, "base_type");

    if (!value || (json_is_string(value) && !json_string_length(value)))
        return must_be_set(reading, field);
    if (!json_is_string(value) && !json_is_number(value))
        return must_be(reading, field, "a string");
    if (json_is_string(value))
        *out = base_type_find(text_in(value));
    else
        *out = base_type_numbered(json_number_value(value));
    return *out ? 0 : is_invalid(reading, field);
}

static int read_base_model(const struct reading *reading, const json_t *settings,
                           struct model_wish *wish)
{
    static const char field[] = "settings.base_model.name";
    json_t *base_model;
    const char *name;
    int refusal = get_object(reading, settings, "base_model", "settings.base_model", &base_model);

    if (refusal)
        return refusal;
    if (!base_model)
        return must_be_set(reading, "settings.base_model");
    refusal = read_base_type(reading, base_model, &wish->base);
    if (!refusal)
        refusal = get_string(reading, base_model, "name", field, &name);
    if (refusal)
        return refusal;
    if (!name)
        name = wish->base->model;
    if (!base_type_has_model(wish->base, name))
        return call_error(reading->call, reading->res, ERROR_FIELD_CHOICE, field,
                          wish->base->models);
    wish->base_name = strdup(name);
    return wish->base_name ? 0 : no_memory(reading);
}

/*
 * Hyperparameters
 */

static bool is_in_range(const struct hyperparameter *hyperparameter, const json_t *value)
{
    double number = json_number_value(value);

    if (!json_is_number(value) || number < hyperparameter->min || number > hyperparameter->max)
        return false;
    return !hyperparameter->is_whole || number == (double)(int64_t)number;
}

/* Write one if it was sent or has a default that is shown. */
static int read_hyperparameter(const struct reading *reading, const json_t *object,
                               const struct hyperparameter *hyperparameter, bool has_default,
                               struct json_writer *w)
{
    const json_t *value = get(object, hyperparameter->name);
    double number = value ? json_number_value(value) : hyperparameter->fallback;

    if (value && !is_in_range(hyperparameter, value))
        return call_error(reading->call, reading->res, ERROR_HYPERPARAMETER, hyperparameter->name,
                          hyperparameter->range);
    if (!value && !(has_default && hyperparameter->fallback > 0))
        return 0;
    json_write_key(w, hyperparameter->name);
    if (hyperparameter->is_whole)
        json_write_int(w, (int64_t)number);
    else
        json_write_double(w, number);
    return 0;
}

static int read_lora_target_modules(const struct reading *reading, const json_t *object,
                                    struct json_writer *w)
{
    static const char field[] = "settings.hyperparameters.lora_target_modules";
    const json_t *value = get(object, "lora_target_modules");
    const char *name;

    if (!value)
        return 0;
    if (!json_is_string(value) && !json_is_number(value))
        return must_be(reading, field, "a string");
    if (json_is_string(value))
        name = lora_target_modules_find(text_in(value));
    else
        name = lora_target_modules_numbered(json_number_value(value));
    if (!name)
        return is_invalid(reading, field);
    if (!is_unspecified(name))
        json_write_member_string(w, "lora_target_modules", name);
    return 0;
}

static int read_hyperparameters(const struct reading *reading, const json_t *settings,
                                struct model_wish *wish)
{
    struct json_writer w = {.out = &wish->hyperparameters};
    const struct hyperparameter *list;
    size_t count;
    json_t *object;
    int refusal =
        get_object(reading, settings, "hyperparameters", "settings.hyperparameters", &object);

    list = base_type_hyperparameters(wish->base, &count);
    json_write_object(&w);
    for (size_t i = 0; i < count && !refusal; i++)
        refusal = read_hyperparameter(reading, object, &list[i], wish->base->has_defaults, &w);
    if (!refusal)
        refusal = read_lora_target_modules(reading, object, &w);
    if (refusal)
        return refusal;
    json_write_object_end(&w);
    if (wish->hyperparameters.failed)
        return no_memory(reading);
    if (wish->hyperparameters.len == strlen("{}"))
        buf_clear(&wish->hyperparameters);
    return 0;
}

/*
 * Weights & Biases
 */

/* Its key is looked at and forgotten: it is never kept, shown or logged. */
static int read_wandb(const struct reading *reading, const json_t *settings,
                      struct model_wish *wish)
{
    struct json_writer w = {.out = &wish->wandb};
    const char *project, *api_key, *entity;
    json_t *wandb;
    int refusal = get_object(reading, settings, "wandb", "settings.wandb", &wandb);

    if (refusal || !wandb)
        return refusal;
    refusal = get_string(reading, wandb, "project", "settings.wandb.project", &project);
    if (!refusal && !project)
        refusal = must_be_set(reading, "settings.wandb.project");
    if (!refusal)
        refusal = get_string(reading, wandb, "api_key", "settings.wandb.api_key", &api_key);
    if (!refusal && !api_key)
        refusal = must_be_set(reading, "settings.wandb.api_key");
    if (!refusal)
        refusal = get_string(reading, wandb, "entity", "settings.wandb.entity", &entity);
    if (refusal || !wish->base->has_wandb)
        return refusal;
    json_write_object(&w);
    json_write_member_string(&w, "project", project);
    if (entity)
        json_write_member_string(&w, "entity", entity);
    json_write_object_end(&w);
    return wish->wandb.failed ? no_memory(reading) : 0;
}

/*
 * Whole bodies
 */

/* Parse the body; `*out` is for json_decref(). */
static int parse_body(const struct reading *reading, struct request *req, json_t **out)
{
    AUTO(buf_done) struct buf text = {0};
    int refusal = call_read_json(reading->call, req, reading->res, &text);
    json_error_t why;

    if (refusal)
        return refusal;
    switch (json_body_load(buf_text(&text), out, &why)) {
    case JSON_BODY_OK:
        return 0;
    case JSON_BODY_REFUSED:
        return call_error(reading->call, reading->res, ERROR_NOT_JSON, why.text);
    case JSON_BODY_NO_MEMORY:
        break;
    }
    return no_memory(reading);
}

static int read_settings(const struct reading *reading, const json_t *settings,
                         struct model_wish *wish)
{
    int refusal = read_base_model(reading, settings, wish);

    if (!refusal)
        refusal = read_hyperparameters(reading, settings, wish);
    if (!refusal)
        refusal = read_wandb(reading, settings, wish);
    if (!refusal)
        refusal =
            get_required(reading, settings, "dataset_id", "settings.dataset_id", &wish->dataset_id);
    return refusal;
}

void model_wish_done(struct model_wish *wish)
{
    free(wish->name);
    free(wish->base_name);
    free(wish->dataset_id);
    buf_done(&wish->hyperparameters);
    buf_done(&wish->wandb);
}

int model_wish_read(const struct call *call, struct request *req, struct response *res,
                    struct model_wish *out)
{
    const struct reading reading = {call, res};
    json_auto_t *body = NULL;
    json_t *settings;
    int refusal = parse_body(&reading, req, &body);

    if (!refusal)
        refusal = get_required(&reading, body, "name", "name", &out->name);
    if (!refusal)
        refusal = get_object(&reading, body, "settings", "settings", &settings);
    if (refusal)
        return refusal;
    if (!settings)
        return must_be_set(&reading, "settings");
    return read_settings(&reading, settings, out);
}

int model_name_read(const struct call *call, struct request *req, struct response *res,
                    struct buf *out)
{
    const struct reading reading = {call, res};
    json_auto_t *body = NULL;
    const char *name;
    json_t *settings;
    int refusal = parse_body(&reading, req, &body);

    if (!refusal)
        refusal = get_string(&reading, body, "name", "name", &name);
    if (!refusal && !name)
        refusal = must_be_set(&reading, "name");
    if (!refusal)
        refusal = get_object(&reading, body, "settings", "settings", &settings);
    if (refusal)
        return refusal;
    buf_add_string(out, name);
    return out->failed ? no_memory(&reading) : 0;
}
