#include "admin/object.h"

#include <string.h>

#include "base/timestamp.h"

enum { SLICE = 200 };

const char *object_kind_name(enum object_kind kind)
{
    return kind == OBJECT_DATASET ? "dataset" : "finetuned_model";
}

/*
 * Statuses
 */

static int status_count(enum object_kind kind)
{
    return kind == OBJECT_DATASET ? DATASET_STATUS_COUNT : MODEL_STATUS_COUNT;
}

const char *object_status_name(enum object_kind kind, int status)
{
    return kind == OBJECT_DATASET ? dataset_status_name((enum dataset_status)status)
                                  : model_status_name((enum model_status)status);
}

bool object_status_find(enum object_kind kind, struct text name, int *out)
{
    for (int i = 0; i < status_count(kind); i++) {
        if (text_eq(text_of(object_status_name(kind, i)), name)) {
            *out = i;
            return true;
        }
    }
    return false;
}

void object_status_list(enum object_kind kind, struct buf *out)
{
    int count = status_count(kind);

    for (int i = 0; i < count; i++)
        buf_add_format(out, "%s%s", i == 0 ? "" : (i + 1 < count ? ", " : " and "),
                       object_status_name(kind, i));
}

size_t object_events(const struct object *object, int64_t now_us,
                     struct object_event out[LIFE_EVENTS_MAX])
{
    struct model_event model_events[LIFE_EVENTS_MAX];
    size_t count;

    if (object->kind == OBJECT_DATASET) {
        struct dataset_event dataset_events[LIFE_EVENTS_MAX];

        count = dataset_events_at(&object->dataset_life, now_us, dataset_events);
        for (size_t i = 0; i < count; i++)
            out[i] = (struct object_event){(int)dataset_events[i].status, dataset_events[i].at_us};
        return count;
    }
    count = model_events_at(&object->model_life, now_us, model_events);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct object_event){(int)model_events[i].status, model_events[i].at_us};
    return count;
}

/*
 * Write
 */

static void write_event(enum object_kind kind, const struct object_event *event,
                        struct json_writer *w)
{
    char at[TIMESTAMP_SIZE];

    timestamp_format(event->at_us, at);
    json_write_object(w);
    json_write_member_string(w, "status", object_status_name(kind, event->status));
    json_write_member_string(w, "at", at);
    json_write_object_end(w);
}

/* The events so far, and the one that time alone will bring next, or null. */
static void write_events(const struct object *object, int64_t now_us, struct json_writer *w)
{
    struct object_event events[LIFE_EVENTS_MAX];
    size_t count = object_events(object, now_us, events);
    size_t in_all;

    json_write_key(w, "events");
    json_write_array(w);
    for (size_t i = 0; i < count; i++)
        write_event(object->kind, &events[i], w);
    json_write_array_end(w);
    in_all = object_events(object, INT64_MAX, events);
    json_write_key(w, "next");
    if (count < in_all)
        write_event(object->kind, &events[count], w);
    else
        json_write_null(w);
}

static bool is_failure(enum object_kind kind, int status)
{
    return status == (kind == OBJECT_DATASET ? (int)DATASET_FAILED : (int)MODEL_FAILED);
}

void object_write(const struct object *object, int64_t now_us, struct json_writer *w)
{
    struct object_event events[LIFE_EVENTS_MAX] = {0};
    const struct object_event *last = &events[object_events(object, now_us, events) - 1];
    char created[TIMESTAMP_SIZE], updated[TIMESTAMP_SIZE];

    timestamp_format(object->created_us, created);
    timestamp_format(last->at_us, updated);
    json_write_object(w);
    json_write_member_string(w, "id", object->id);
    json_write_member_string(w, "name", object->name);
    json_write_member_string(w, "type", object->type);
    json_write_member_string(w, "status", object_status_name(object->kind, last->status));
    if (object->reason && (object->is_forced || is_failure(object->kind, last->status)))
        json_write_member_string(w, "reason", object->reason);
    json_write_member_string(w, "created_at", created);
    json_write_member_string(w, "updated_at", updated);
    if (object->kind == OBJECT_DATASET) {
        json_write_member_int(w, "size_bytes", object->size_bytes);
        json_write_member_int(w, "num_rows", object->row_count);
    } else {
        json_write_member_string(w, "base_model", object->base_model);
        json_write_member_string(w, "dataset_id", object->dataset_id);
    }
    write_events(object, now_us, w);
    json_write_object_end(w);
}

/*
 * Read
 */

static struct object object_of_dataset(const struct dataset_record *dataset)
{
    struct object object = {
        .kind = OBJECT_DATASET,
        .number = dataset->number,
        .id = dataset->id,
        .name = dataset->name,
        .type = dataset->type,
        .reason = dataset->reason ? dataset->reason : dataset->error,
        .created_us = dataset->created_us,
        .size_bytes = dataset->uploaded_bytes,
        .is_forced = dataset->polled < 0,
        .dataset_life = dataset_life_of(dataset),
    };

    for (size_t i = 0; i < dataset->part_count; i++)
        object.row_count += dataset->parts[i].row_count;
    return object;
}

static struct object object_of_model(const struct model_record *model)
{
    return (struct object){
        .kind = OBJECT_MODEL,
        .number = model->number,
        .id = model->id,
        .name = model->name,
        .type = model->base_type,
        .reason = model->reason,
        .created_us = model->created_us,
        .dataset_id = model->dataset_id,
        .base_model = model->base_name,
        .is_forced = model->polled < 0,
        .model_life = model_life_of(model),
    };
}

static enum store_result visit_datasets(const struct admin_call *call,
                                        const struct dataset_filter *filter, object_fn *visit,
                                        void *context, struct list_position *last)
{
    AUTO(dataset_list_done) struct dataset_list list = {0};
    enum store_result result =
        store_dataset_list(call->admin->store, call->world->name, filter, &list);

    for (size_t i = 0; i < list.count && result == STORE_OK; i++) {
        struct object object = object_of_dataset(&list.items[i]);

        *last = (struct list_position){object.created_us, object.number};
        if (!visit(context, &object))
            result = STORE_FAILED;
    }
    return result == STORE_OK && list.count == 0 ? STORE_NONE : result;
}

static enum store_result visit_models(const struct model_list *list, object_fn *visit,
                                      void *context, struct list_position *last)
{
    for (size_t i = 0; i < list->count; i++) {
        struct object object = object_of_model(&list->items[i]);

        *last = (struct list_position){object.created_us, object.number};
        if (!visit(context, &object))
            return STORE_FAILED;
    }
    return list->count ? STORE_OK : STORE_NONE;
}

/* These visit the slice behind `*last`, and move it on; STORE_NONE if there is none. */

static enum store_result visit_dataset_slice(const struct admin_call *call, object_fn *visit,
                                             void *context, struct list_position *last)
{
    const struct dataset_filter slice = {
        .before = *last,
        .is_brief = true,
        .after_us = call->world->now_us - dataset_lifetime_us,
        .limit = SLICE,
    };

    return visit_datasets(call, &slice, visit, context, last);
}

static enum store_result visit_model_slice(const struct admin_call *call, object_fn *visit,
                                           void *context, struct list_position *last)
{
    AUTO(model_list_done) struct model_list list = {0};
    enum store_result result =
        store_model_list_before(call->admin->store, call->world->name, last, SLICE, &list);

    return result == STORE_OK ? visit_models(&list, visit, context, last) : result;
}

enum store_result object_each(const struct admin_call *call, enum object_kind kind,
                              object_fn *visit, void *context)
{
    struct list_position last = LIST_BEGIN;
    enum store_result result;

    do
        result = kind == OBJECT_DATASET ? visit_dataset_slice(call, visit, context, &last)
                                        : visit_model_slice(call, visit, context, &last);
    while (result == STORE_OK);
    return result == STORE_NONE ? STORE_OK : result;
}

static enum store_result dataset_page(const struct admin_call *call, const struct object_page *page,
                                      object_fn *visit, void *context, int64_t *out_total)
{
    static const enum dataset_order orders[2][2] = {
        {DATASETS_OLDEST_FIRST, DATASETS_NEWEST_FIRST},
        {DATASETS_BY_NAME, DATASETS_BY_NAME_DESC},
    };
    const struct dataset_filter filter = {
        .order = orders[page->by_name][page->descends],
        .type = page->type,
        .before = LIST_BEGIN,
        .after_us = call->world->now_us - dataset_lifetime_us,
        .offset = page->offset,
        .limit = page->limit,
    };
    struct list_position last;
    enum store_result result = store_dataset_count(call->admin->store, call->world->name,
                                                   page->type, filter.after_us, out_total);

    return result == STORE_OK ? visit_datasets(call, &filter, visit, context, &last) : result;
}

static enum store_result model_page(const struct admin_call *call, const struct object_page *page,
                                    object_fn *visit, void *context, int64_t *out_total)
{
    static const struct model_order orders[2][2] = {
        {{KEY_CREATED, KEY_NONE}, {KEY_CREATED_DESC, KEY_NONE}},
        {{KEY_NAME, KEY_CREATED_DESC}, {KEY_NAME_DESC, KEY_CREATED_DESC}},
    };
    AUTO(model_list_done) struct model_list list = {0};
    struct list_position last;
    enum store_result result =
        store_model_list(call->admin->store, call->world->name,
                         orders[page->by_name][page->descends], page->offset, page->limit, &list);

    *out_total = list.total;
    return result == STORE_OK ? visit_models(&list, visit, context, &last) : result;
}

enum store_result object_page(const struct admin_call *call, enum object_kind kind,
                              const struct object_page *page, object_fn *visit, void *context,
                              int64_t *out_total)
{
    enum store_result result = kind == OBJECT_DATASET
                                   ? dataset_page(call, page, visit, context, out_total)
                                   : model_page(call, page, visit, context, out_total);

    return result == STORE_NONE ? STORE_OK : result;
}

/* An id as a string. Returns false for what cannot be one. */
static bool read_id(struct text id, char out[OBJECT_ID_SIZE])
{
    if (id.len >= OBJECT_ID_SIZE || (id.len && memchr(id.data, '\0', id.len)))
        return false;
    memset(out, 0, OBJECT_ID_SIZE);
    if (id.len)
        memcpy(out, id.data, id.len);
    return true;
}

enum store_result object_visit(const struct admin_call *call, enum object_kind kind, struct text id,
                               object_fn *visit, void *context)
{
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    AUTO(model_record_done) struct model_record model = {0};
    struct store *store = call->admin->store;
    char key[OBJECT_ID_SIZE];
    enum store_result result;
    struct object object;

    if (!read_id(id, key))
        return STORE_NONE;
    if (kind == OBJECT_DATASET)
        result = store_dataset_get(store, call->world->name, key, &dataset);
    else
        result = store_model_get(store, call->world->name, key, &model);
    if (result != STORE_OK)
        return result;
    object = kind == OBJECT_DATASET ? object_of_dataset(&dataset) : object_of_model(&model);
    if (kind == OBJECT_DATASET && dataset_is_expired(&object.dataset_life, call->world->now_us))
        return STORE_NONE;
    return visit(context, &object) ? STORE_OK : STORE_FAILED;
}

enum store_result object_force(const struct admin_call *call, enum object_kind kind, struct text id,
                               int status, const char *reason)
{
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    AUTO(model_record_done) struct model_record model = {0};
    const struct life_step step = {status, call->world->now_us};
    struct store *store = call->admin->store;
    char key[OBJECT_ID_SIZE];

    if (!read_id(id, key))
        return STORE_NONE;
    if (kind == OBJECT_DATASET)
        return store_dataset_force(store, call->world->name, key, &step, reason, &dataset);
    return store_model_force(store, call->world->name, key, &step, reason, &model);
}
