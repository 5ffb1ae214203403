/*
 * The endpoints of datasets but for the upload.
 */
#include <string.h>

#include "api/call.h"
#include "api/dataset_view.h"
#include "api/errors.h"
#include "api/handlers.h"
#include "api/page.h"
#include "base/timestamp.h"
#include "http/reply.h"

enum { LIST_LIMIT = 1000, SLICE = 100, TIME_LEN_MAX = 128 };

static int not_found(const struct call *call, struct response *res, struct text id)
{
    return call_error(call, res, ERROR_DATASET_UNKNOWN, TEXT_ARG(id));
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
    /* A NUL in it would cut it down to the id of another. */
    if (strlen(key.data) != id.len)
        return STORE_NONE;
    result = store_dataset_get(call->api->store, call->world->name, key.data, out);
    if (result != STORE_OK)
        return result;
    life = dataset_life_of(out);
    return dataset_is_expired(&life, call->world->now_us) ? STORE_NONE : STORE_OK;
}

/* A dataset that moves on with its polls is asked for again, and counts it. */
static enum store_result count_poll(const struct call *call, const struct request *req,
                                    struct dataset_record *dataset)
{
    struct dataset_record counted;
    enum store_result result;

    if (dataset->plan.polls == 0 || req->method != HTTP_GET)
        return STORE_OK;
    result = store_dataset_poll(call->api->store, call->world->name, dataset->id,
                                call->world->now_us, &counted);
    if (result == STORE_OK) {
        dataset_record_done(dataset);
        *dataset = counted;
    }
    return result;
}

int datasets_get(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    struct json_writer w = {.out = &res->body};
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    enum store_result result = get_living(call, req->params[0], &dataset);

    if (result == STORE_OK)
        result = count_poll(call, req, &dataset);
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
        result = store_dataset_drop(call->api->store, call->world->name, dataset.id,
                                    call->world->now_us);
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
    enum store_result result = store_dataset_usage(
        call->api->store, call->world->name, call->world->now_us - dataset_lifetime_us, &bytes);

    (void)req;
    if (result != STORE_OK)
        return call_store_error(call, res, result);
    json_write_object(&w);
    json_write_member_int(&w, "organization_usage", bytes);
    json_write_object_end(&w);
    return reply_json(res, 200);
}

/* Absent leaves `*out` alone. */
static bool read_count(const struct request *req, const char *name, int64_t *out)
{
    struct text value;

    if (!request_query(req, name, 0, &value) || value.len == 0)
        return true;
    return page_count_read(value, out);
}

static bool read_time(const struct request *req, const char *name, int64_t *out_us)
{
    enum { OFFSET_LEN = 6 }; /* "+02:00" */
    char time[TIME_LEN_MAX];
    struct text value;

    if (!request_query(req, name, 0, &value) || value.len == 0)
        return true;
    if (value.len > sizeof(time))
        return false;
    memcpy(time, value.data, value.len);
    /* The plus of an offset that was not encoded was read as a space. */
    if (value.len > OFFSET_LEN && time[value.len - OFFSET_LEN] == ' ' &&
        memchr(time, 'T', value.len))
        time[value.len - OFFSET_LEN] = '+';
    return timestamp_parse((struct text){time, value.len}, out_us);
}

/* What the query of a list asks for. */
struct wish {
    struct text status; /* empty: any */
    struct dataset_filter filter;
};

static bool read_status(const struct request *req, struct text *out)
{
    static const char *const names[] = {"unknown", "queued",    "processing",
                                        "failed",  "validated", "skipped"};

    if (!request_query(req, "validationStatus", 0, out) || out->len == 0)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (text_eq(text_of(names[i]), *out))
            return true;
    return false;
}

/* Fill `*wish` from the query; returns the name of the parameter that is wrong, or NULL. */
static const char *read_wish(const struct request *req, struct wish *wish)
{
    struct dataset_filter *filter = &wish->filter;
    struct text type;

    if (request_query(req, "datasetType", 0, &type) || request_query(req, "dataset_type", 0, &type))
        filter->type = type.len ? type.data : NULL;
    if (!read_count(req, "limit", &filter->limit))
        return "limit";
    if (!read_count(req, "offset", &filter->offset))
        return "offset";
    if (!read_time(req, "after", &filter->after_us))
        return "after";
    if (!read_time(req, "before", &filter->before.created_us))
        return "before";
    if (!read_status(req, &wish->status))
        return "validationStatus";
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

static bool has_status(const struct call *call, const struct dataset_record *dataset,
                       struct text status)
{
    struct dataset_life life = dataset_life_of(dataset);
    const char *name = dataset_status_name(dataset_status_at(&life, call->world->now_us));

    return status.len == 0 || text_eq(text_of(name), status);
}

/* Write a dataset of a list; of a brief one the rest is read, unless it was deleted meanwhile. */
static enum store_result write_listed(const struct call *call, const struct request *req,
                                      const struct dataset_record *listed, bool is_brief,
                                      struct json_writer *w)
{
    AUTO(dataset_record_done) struct dataset_record whole = {0};
    enum store_result result = STORE_OK;

    if (is_brief)
        result = store_dataset_get(call->api->store, call->world->name, listed->id, &whole);
    if (result == STORE_OK)
        dataset_write(call, req, is_brief ? &whole : listed, w);
    return result == STORE_NONE ? STORE_OK : result;
}

/*
 * Write the datasets that are wished for, a slice at a time. The status is worked out from the
 * clock and unknown to the store, so that with one the pages are counted here.
 */
static enum store_result write_list(const struct call *call, const struct request *req,
                                    const struct wish *wish, struct json_writer *w)
{
    struct dataset_filter slice = wish->filter;
    int64_t skip = 0, left = wish->filter.limit;

    slice.is_brief = wish->status.len > 0;
    if (slice.is_brief) {
        skip = slice.offset;
        slice.offset = 0;
    }
    for (;;) {
        AUTO(dataset_list_done) struct dataset_list list = {0};
        enum store_result result;

        slice.limit = slice.is_brief || left > SLICE ? SLICE : left;
        result = store_dataset_list(call->api->store, call->world->name, &slice, &list);
        for (size_t i = 0; i < list.count && left > 0 && result == STORE_OK; i++) {
            const struct dataset_record *item = &list.items[i];

            slice.before = (struct list_position){item->created_us, item->number};
            if (!has_status(call, item, wish->status) || skip-- > 0)
                continue;
            result = write_listed(call, req, item, slice.is_brief, w);
            left--;
        }
        if (result != STORE_OK || left == 0 || (int64_t)list.count < slice.limit)
            return result;
        slice.offset = 0;
    }
}

int datasets_list(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    struct json_writer w = {.out = &res->body};
    struct wish wish = {.filter = {.after_us = INT64_MIN, .before = {INT64_MAX, INT64_MIN}}};
    const char *wrong = read_wish(req, &wish);
    enum store_result result;

    if (wrong)
        return call_error(call, res, ERROR_LIST_PARAMETER, wrong);
    hide_expired(call, &wish.filter);
    json_write_object(&w);
    json_write_key(&w, "datasets");
    json_write_array(&w);
    result = write_list(call, req, &wish, &w);
    if (result != STORE_OK)
        return call_store_error(call, res, result);
    json_write_array_end(&w);
    json_write_object_end(&w);
    return reply_json(res, 200);
}
