/*
 * The endpoints of datasets but for the upload.
 */
#include "api/call.h"
#include "api/dataset_view.h"
#include "api/handlers.h"
#include "base/timestamp.h"
#include "http/reply.h"

enum { LIST_LIMIT = 1000 };

static int not_found(const struct call *call, struct response *res, struct text id)
{
    return call_error(call, res, 404, "dataset with id %.*s not found", TEXT_ARG(id));
}

/* Get a dataset that has not expired. */
static enum store_result get_living(const struct call *call, struct text id,
                                    struct dataset_record *out)
{
    AUTO(buf_done) struct buf key = {0};
    struct dataset_life life;
    enum store_result result;

    buf_add_text(&key, id);
    if (key.failed)
        return STORE_FAILED;
    result = store_dataset_get(call->api->store, call->world->name, key.data, out);
    if (result != STORE_OK)
        return result;
    life = dataset_life_of(out);
    return dataset_is_expired(&life, call->world->now_us) ? STORE_NONE : STORE_OK;
}

int datasets_get(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    struct json_writer w = {.out = &res->body};
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    enum store_result result = get_living(call, req->params[0], &dataset);

    if (result == STORE_NONE)
        return not_found(call, res, req->params[0]);
    if (result != STORE_OK)
        return call_store_error(call, res, result);
    json_write_object(&w);
    json_write_key(&w, "dataset");
    dataset_write(call, req, &dataset, &w);
    json_write_object_end(&w);
    return reply_json(res, 200);
}

int datasets_delete(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    enum store_result result = get_living(call, req->params[0], &dataset);

    /* A model that was not trained by now has lost what it was to learn from. */
    if (result == STORE_OK)
        result = store_models_fail_untrained(call->api->store, call->world->name, dataset.id,
                                             call->world->now_us);
    if (result == STORE_OK)
        result = store_dataset_delete(call->api->store, call->world->name, dataset.id);
    if (result == STORE_NONE)
        return not_found(call, res, req->params[0]);
    if (result != STORE_OK)
        return call_store_error(call, res, result);
    buf_add_string(&res->body, "{}");
    return reply_json(res, 200);
}

int datasets_usage(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    struct json_writer w = {.out = &res->body};
    int64_t bytes;
    enum store_result result = store_dataset_usage(call->api->store, call->world->name, &bytes);

    (void)req;
    if (result != STORE_OK)
        return call_store_error(call, res, result);
    json_write_object(&w);
    json_write_member_int(&w, "organization_usage", bytes);
    json_write_object_end(&w);
    return reply_json(res, 200);
}

/* Read a whole number that some clients send as `10.0`. Absent leaves `*out` alone. */
static bool read_count(const struct request *req, const char *name, int64_t *out)
{
    AUTO(buf_done) struct buf value = {0};
    double number;

    if (!request_query(req, name, 0, &value) || value.len == 0)
        return true;
    if (!text_to_double(buf_text(&value), &number) || number < 0 || number > 1e15)
        return false;
    *out = (int64_t)number;
    return (double)*out == number;
}

static bool read_time(const struct request *req, const char *name, int64_t *out_us)
{
    AUTO(buf_done) struct buf value = {0};

    if (!request_query(req, name, 0, &value) || value.len == 0)
        return true;
    return timestamp_parse(buf_text(&value), out_us);
}

/* Fill `*filter` from the query; returns the name of the parameter that is wrong, or NULL. */
static const char *read_filter(const struct request *req, struct buf *type,
                               struct dataset_filter *filter)
{
    if (request_query(req, "datasetType", 0, type) || request_query(req, "dataset_type", 0, type))
        filter->type = type->len ? type->data : NULL;
    if (!read_count(req, "limit", &filter->limit))
        return "limit";
    if (!read_count(req, "offset", &filter->offset))
        return "offset";
    if (!read_time(req, "after", &filter->after_us))
        return "after";
    if (!read_time(req, "before", &filter->before_us))
        return "before";
    if (filter->limit == 0 || filter->limit > LIST_LIMIT)
        filter->limit = LIST_LIMIT;
    return NULL;
}

/* Expired datasets are gone: only what was created within their lifetime is listed. */
static void hide_expired(const struct call *call, struct dataset_filter *filter)
{
    int64_t oldest_us = call->world->now_us - dataset_lifetime_us;

    if (filter->after_us < oldest_us)
        filter->after_us = oldest_us;
}

int datasets_list(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    struct json_writer w = {.out = &res->body};
    AUTO(buf_done) struct buf type = {0};
    AUTO(dataset_list_done) struct dataset_list list = {0};
    struct dataset_filter filter = {.after_us = INT64_MIN, .before_us = INT64_MAX};
    const char *wrong = read_filter(req, &type, &filter);
    enum store_result result;

    if (wrong)
        return call_error(call, res, 400, "invalid request: %s is invalid", wrong);
    hide_expired(call, &filter);
    result = store_dataset_list(call->api->store, call->world->name, &filter, &list);
    if (result != STORE_OK)
        return call_store_error(call, res, result);
    json_write_object(&w);
    json_write_key(&w, "datasets");
    json_write_array(&w);
    for (size_t i = 0; i < list.count; i++)
        dataset_write(call, req, &list.items[i], &w);
    json_write_array_end(&w);
    json_write_object_end(&w);
    return reply_json(res, 200);
}
