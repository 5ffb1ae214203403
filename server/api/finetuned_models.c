/*
 * The endpoints of fine-tuned models but for their creation.
 */
#include <stdio.h>
#include <stdlib.h>

#include "api/call.h"
#include "api/errors.h"
#include "api/finetuned_model_body.h"
#include "api/finetuned_model_view.h"
#include "api/handlers.h"
#include "api/model_id.h"
#include "api/page.h"
#include "base/json_write.h"
#include "http/reply.h"

/* Get the model that the path names. Returns 0, or answers and returns the status. */
static int get_model(const struct call *call, const struct request *req, struct response *res,
                     struct model_record *out)
{
    char key[OBJECT_ID_SIZE];
    int refusal = model_id_of_path(call, req, res, key);
    enum store_result result;

    if (refusal)
        return refusal;
    result = store_model_get(call->api->store, call->world->name, key, out);
    return result == STORE_OK ? 0 : model_id_error(call, req, res, result);
}

/* A model that moves on with its polls is asked for again, and counts it. */
static int count_poll(const struct call *call, const struct request *req, struct response *res,
                      struct model_record *model)
{
    struct model_record counted;
    enum store_result result;

    if (model->plan.polls == 0 || req->method != HTTP_GET)
        return 0;
    result = store_model_poll(call->api->store, call->world->name, model->id, call->world->now_us,
                              &counted);
    if (result == STORE_NONE)
        return call_error(call, res, ERROR_FINETUNED_UNKNOWN, TEXT_ARG(text_of(model->id)));
    if (result != STORE_OK)
        return call_store_error(call, res, result);
    model_record_done(model);
    *model = counted;
    return 0;
}

int finetuned_models_get(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    struct json_writer w = {.out = &res->body};
    AUTO(model_record_done) struct model_record model = {0};
    int refusal = get_model(call, req, res, &model);

    if (!refusal)
        refusal = count_poll(call, req, res, &model);
    if (refusal)
        return refusal;
    json_write_object(&w);
    json_write_key(&w, "finetuned_model");
    model_write(call, &model, &w);
    json_write_object_end(&w);
    return reply_json(res, 200);
}

/* Read one field of `order_by` with its direction; KEY_NONE if it is none. */
static enum model_key read_key(struct text direction, bool has_names)
{
    struct text field = text_cut(&direction, ' ');
    bool descends = text_eq_nocase(text_trim(direction), TEXT("desc"));

    if (direction.data && !descends && !text_eq_nocase(text_trim(direction), TEXT("asc")))
        return KEY_NONE;
    if (text_eq(field, TEXT("created_at")))
        return descends ? KEY_CREATED_DESC : KEY_CREATED;
    if (has_names && text_eq(field, TEXT("name")))
        return descends ? KEY_NAME_DESC : KEY_NAME;
    return KEY_NONE;
}

static bool is_by_name(enum model_key key)
{
    return key == KEY_NAME || key == KEY_NAME_DESC;
}

/*
 * Read `order_by`: fields with an optional direction, separated by commas. A field that comes again
 * changes nothing. Returns false if it asks for anything else.
 */
static bool read_order(const struct request *req, bool has_names, struct model_order *out)
{
    struct text rest;

    *out = (struct model_order){KEY_NONE, KEY_NONE};
    if (request_query(req, "order_by", 0, &rest) && rest.len > 0) {
        while (rest.data) {
            enum model_key key = read_key(text_trim(text_cut(&rest, ',')), has_names);

            if (key == KEY_NONE)
                return false;
            if (out->first == KEY_NONE)
                out->first = key;
            else if (out->second == KEY_NONE && is_by_name(key) != is_by_name(out->first))
                out->second = key;
        }
    }
    if (out->first == KEY_NONE)
        out->first = KEY_CREATED;
    return true;
}

/* Read the page of a list in some order: each order is a list of its own. */
static int read_page(const struct call *call, const struct request *req, struct response *res,
                     struct model_order order, struct page *out)
{
    char list[PAGE_LIST_SIZE];

    (void)snprintf(list, sizeof(list), "order %d %d %.*s", (int)order.first, (int)order.second,
                   TEXT_ARG(req->params[0]));
    return page_read(call, req, res, list, out);
}

int finetuned_models_events(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    struct json_writer w = {.out = &res->body};
    AUTO(model_record_done) struct model_record model = {0};
    int refusal = get_model(call, req, res, &model);
    struct model_order order;
    struct page page;
    size_t count;

    if (refusal)
        return refusal;
    if (!read_order(req, false, &order))
        return call_error(call, res, ERROR_ORDER_BY);
    refusal = read_page(call, req, res, order, &page);
    if (refusal)
        return refusal;
    json_write_object(&w);
    json_write_key(&w, "events");
    count = model_write_events(call, &model, order.first == KEY_CREATED_DESC, &page, &w);
    json_write_member_int(&w, "total_size", (int64_t)count);
    json_write_object_end(&w);
    return reply_json(res, 200);
}

int finetuned_models_update(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    struct json_writer w = {.out = &res->body};
    AUTO(model_record_done) struct model_record model = {0};
    AUTO(buf_done) struct buf name = {0};
    int refusal = get_model(call, req, res, &model);
    enum store_result result;

    if (!refusal)
        refusal = model_name_read(call, req, res, &name);
    if (refusal)
        return refusal;
    result = store_model_rename(call->api->store, call->world->name, model.id, name.data,
                                call->world->now_us);
    if (result != STORE_OK)
        return model_id_error(call, req, res, result);
    free(model.name);
    model.name = buf_take(&name);
    model.updated_us = call->world->now_us;
    if (!model.name)
        return call_error(call, res, ERROR_NO_MEMORY);
    json_write_object(&w);
    json_write_key(&w, "finetuned_model");
    model_write(call, &model, &w);
    json_write_object_end(&w);
    return reply_json(res, 200);
}

int finetuned_models_delete(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    AUTO(model_record_done) struct model_record model = {0};
    int refusal = get_model(call, req, res, &model);
    enum store_result result;

    if (refusal)
        return refusal;
    result = store_model_delete(call->api->store, call->world->name, model.id);
    if (result != STORE_OK)
        return model_id_error(call, req, res, result);
    buf_add_string(&res->body, "{}");
    return reply_json(res, 200);
}

int finetuned_models_list(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    struct json_writer w = {.out = &res->body};
    AUTO(model_list_done) struct model_list list = {0};
    enum store_result result;
    struct model_order order;
    struct page page;
    int refusal;

    if (!read_order(req, true, &order))
        return call_error(call, res, ERROR_ORDER_BY);
    refusal = read_page(call, req, res, order, &page);
    if (refusal)
        return refusal;
    result = store_model_list(call->api->store, call->world->name, order, page.offset, page.limit,
                              &list);
    if (result != STORE_OK)
        return call_store_error(call, res, result);
    json_write_object(&w);
    json_write_key(&w, "finetuned_models");
    json_write_array(&w);
    for (size_t i = 0; i < list.count; i++)
        model_write(call, &list.items[i], &w);
    json_write_array_end(&w);
    page_write_next(&page, list.count, list.total, &w);
    json_write_member_int(&w, "total_size", list.total);
    json_write_object_end(&w);
    return reply_json(res, 200);
}
