#include "api/finetuned_model_view.h"

#include "base/id.h"
#include "core/base_model.h"

static void write_id(const struct call *call, struct json_writer *w, const char *key,
                     enum id_kind kind)
{
    char id[UUID_SIZE];

    id_uuid(call->world->seed, kind, 0, id);
    json_write_member_string(w, key, id);
}

/* What is empty is not shown, as everywhere in this family of endpoints. */
static void write_filled(struct json_writer *w, const char *key, const char *value)
{
    if (value[0])
        json_write_member_string(w, key, value);
}

static void write_settings(const struct model_record *model, struct json_writer *w)
{
    const struct base_type *base = base_type_find(text_of(model->base_type));

    json_write_key(w, "settings");
    json_write_object(w);
    json_write_key(w, "base_model");
    json_write_object(w);
    write_filled(w, "name", model->base_name);
    write_filled(w, "version", base ? base->version : "");
    json_write_member_string(w, "base_type", model->base_type);
    write_filled(w, "strategy", base ? base->strategy : "");
    json_write_object_end(w);
    json_write_member_string(w, "dataset_id", model->dataset_id);
    if (model->hyperparameters) {
        json_write_key(w, "hyperparameters");
        json_write_raw(w, text_of(model->hyperparameters));
    }
    if (model->multi_label)
        json_write_member_bool(w, "multi_label", true);
    if (model->wandb) {
        json_write_key(w, "wandb");
        json_write_raw(w, text_of(model->wandb));
    }
    json_write_object_end(w);
}

void model_write(const struct call *call, const struct model_record *model, struct json_writer *w)
{
    struct model_life life = model_life_of(model);
    struct model_event last = model_event_at(&life, call->world->now_us);
    int64_t completed_us;

    json_write_object(w);
    json_write_member_string(w, "id", model->id);
    json_write_member_string(w, "name", model->name);
    write_id(call, w, "creator_id", ID_OWNER);
    write_id(call, w, "organization_id", ID_ORGANIZATION);
    write_settings(model, w);
    json_write_member_string(w, "status", model_status_name(last.status));
    json_write_member_time(w, "created_at", model->created_us);
    json_write_member_time(w, "updated_at",
                           model->updated_us > last.at_us ? model->updated_us : last.at_us);
    if (model_completed_at(&life, call->world->now_us, &completed_us))
        json_write_member_time(w, "completed_at", completed_us);
    json_write_object_end(w);
}

/* The service itself brings a model online or fails it; such events name no user. */
static bool is_by_user(enum model_status status)
{
    return status != MODEL_READY && status != MODEL_FAILED;
}

size_t model_write_events(const struct call *call, const struct model_record *model,
                          bool newest_first, const struct page *page, struct json_writer *w)
{
    struct model_life life = model_life_of(model);
    struct model_event events[MODEL_EVENTS_MAX];
    size_t count = model_events_at(&life, call->world->now_us, events), written = 0;

    json_write_array(w);
    for (size_t i = (size_t)page->offset; i < count && (int64_t)written < page->limit; i++) {
        const struct model_event *event = &events[newest_first ? count - 1 - i : i];

        json_write_object(w);
        if (is_by_user(event->status))
            write_id(call, w, "user_id", ID_OWNER);
        json_write_member_string(w, "status", model_status_name(event->status));
        json_write_member_time(w, "created_at", event->at_us);
        json_write_object_end(w);
        written++;
    }
    json_write_array_end(w);
    page_write_next(page, written, (int64_t)count, w);
    return count;
}
