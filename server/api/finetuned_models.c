/*
 * The endpoints of fine-tuned models but for their creation.
 */
#include "api/call.h"
#include "api/finetuned_model_view.h"
#include "api/handlers.h"
#include "api/model_id.h"
#include "base/json_write.h"
#include "http/reply.h"

enum { PAGE_SIZE_DEFAULT = 50, PAGE_SIZE_MAX = 1000 };

/* Get the model that the path names. Returns 0, or answers and returns the status. */
static int get_model(const struct call *call, const struct request *req, struct response *res,
                     struct model_record *out)
{
    struct text id = req->params[0];
    char key[OBJECT_ID_SIZE];
    enum store_result result;

    if (!model_id_read(id, key))
        return call_error(call, res, 400, "finetuneID is not a valid UUID: '%.*s'", TEXT_ARG(id));
    result = store_model_get(call->api->store, call->world->name, key, out);
    if (result == STORE_NONE)
        return call_error(call, res, 404, "finetuned model %.*s not found", TEXT_ARG(id));
    return result == STORE_OK ? 0 : call_store_error(call, res, result);
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
        return call_error(call, res, 404, "finetuned model %s not found", model->id);
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

/*
 * Read `order_by`: fields with an optional direction, separated by commas. Objects are in the order
 * of their creation, so that it has to come first, and what is after it changes nothing. Returns
 * false if it asks for anything else.
 */
static bool read_order(const struct request *req, bool has_names, enum model_order *out)
{
    AUTO(buf_done) struct buf value = {0};
    struct text rest;

    *out = MODELS_OLDEST_FIRST;
    if (!request_query(req, "order_by", 0, &value) || value.len == 0)
        return true;
    rest = buf_text(&value);
    for (bool is_first = true; rest.data; is_first = false) {
        struct text direction = text_trim(text_cut(&rest, ','));
        struct text field = text_cut(&direction, ' ');
        bool descends = text_eq_nocase(text_trim(direction), TEXT("desc"));

        if (is_first && descends)
            *out = MODELS_NEWEST_FIRST;
        if (!text_eq(field, TEXT("created_at")) &&
            (is_first || !has_names || !text_eq(field, TEXT("name"))))
            return false;
        if (direction.data && !descends && !text_eq_nocase(text_trim(direction), TEXT("asc")))
            return false;
    }
    return true;
}

int finetuned_models_events(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    struct json_writer w = {.out = &res->body};
    AUTO(model_record_done) struct model_record model = {0};
    int refusal = get_model(call, req, res, &model);
    enum model_order order;
    size_t count;

    if (refusal)
        return refusal;
    if (!read_order(req, false, &order))
        return call_error(call, res, 400, "order_by is invalid");
    json_write_object(&w);
    json_write_key(&w, "events");
    count = model_write_events(call, &model, order, &w);
    json_write_member_int(&w, "total_size", (int64_t)count);
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
    if (result == STORE_NONE)
        return call_error(call, res, 404, "finetuned model %s not found", model.id);
    if (result != STORE_OK)
        return call_store_error(call, res, result);
    buf_add_string(&res->body, "{}");
    return reply_json(res, 200);
}

/*
 * A page token is the offset of the next page. Absent or empty is the first page; false is one that
 * this server never gave.
 */
static bool read_page(const struct request *req, int64_t *out_offset)
{
    AUTO(buf_done) struct buf token = {0};
    uint64_t offset = 0;

    *out_offset = 0;
    if (!request_query(req, "page_token", 0, &token) || token.len == 0)
        return true;
    if (!text_to_u64(buf_text(&token), &offset) || offset > INT32_MAX)
        return false;
    *out_offset = (int64_t)offset;
    return true;
}

static bool read_page_size(const struct request *req, int64_t *out)
{
    AUTO(buf_done) struct buf value = {0};
    double size = 0;

    *out = PAGE_SIZE_DEFAULT;
    if (!request_query(req, "page_size", 0, &value) || value.len == 0)
        return true;
    if (!text_to_double(buf_text(&value), &size) || size < 0)
        return false;
    if (size > 0)
        *out = size > PAGE_SIZE_MAX ? PAGE_SIZE_MAX : (int64_t)size;
    return *out > 0;
}

int finetuned_models_list(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    struct json_writer w = {.out = &res->body};
    AUTO(model_list_done) struct model_list list = {0};
    int64_t offset, limit, next;
    enum store_result result;
    enum model_order order;

    if (!read_page_size(req, &limit))
        return call_error(call, res, 400, "page_size is invalid");
    if (!read_page(req, &offset))
        return call_error(call, res, 400, "page_token is invalid");
    if (!read_order(req, true, &order))
        return call_error(call, res, 400, "order_by is invalid");
    result = store_model_list(call->api->store, call->world->name, order, offset, limit, &list);
    if (result != STORE_OK)
        return call_store_error(call, res, result);
    json_write_object(&w);
    json_write_key(&w, "finetuned_models");
    json_write_array(&w);
    for (size_t i = 0; i < list.count; i++)
        model_write(call, &list.items[i], &w);
    json_write_array_end(&w);
    next = offset + (int64_t)list.count;
    if (list.count && next < list.total) {
        AUTO(buf_done) struct buf token = {0};

        buf_add_uint(&token, (unsigned long long)next);
        json_write_member_text(&w, "next_page_token", buf_text(&token));
    }
    json_write_member_int(&w, "total_size", list.total);
    json_write_object_end(&w);
    return reply_json(res, 200);
}
