#include "api/dataset_view.h"

#include "api/link.h"

static void write_raw_member(struct json_writer *w, const char *key, const char *json,
                             struct text otherwise)
{
    json_write_key(w, key);
    json_write_raw(w, json ? text_of(json) : otherwise);
}

static void write_part(const struct call *call, const struct request *req,
                       const struct dataset_record *dataset, unsigned index, struct json_writer *w)
{
    const struct dataset_part_record *part = &dataset->parts[index];
    AUTO(buf_done) struct buf url = {0}, original_url = {0};

    link_write(call->api, call->world, req, dataset, index, &url);
    json_write_object(w);
    json_write_member_string(w, "id", part->id);
    json_write_member_string(w, "name", part->name);
    json_write_member_text(w, "url", buf_text(&url));
    json_write_member_int(w, "index", index);
    json_write_member_int(w, "size_bytes", part->size_bytes);
    json_write_member_int(w, "num_rows", part->row_count);
    if (part->original_name) {
        link_write_original(call->api, call->world, req, dataset, index, &original_url);
        json_write_member_text(w, "original_url", buf_text(&original_url));
    }
    write_raw_member(w, "samples", part->samples, TEXT("[]"));
    json_write_object_end(w);
    w->out->failed |= url.failed || original_url.failed;
}

static void write_parts(const struct call *call, const struct request *req,
                        const struct dataset_record *dataset, struct json_writer *w)
{
    json_write_key(w, "dataset_parts");
    json_write_array(w);
    for (unsigned i = 0; i < dataset->part_count; i++)
        write_part(call, req, dataset, i, w);
    json_write_array_end(w);
}

/* What is known only once validation is over. */
static void write_verdict(const struct call *call, const struct request *req,
                          const struct dataset_record *dataset, enum dataset_status status,
                          struct json_writer *w)
{
    bool is_shown = status == DATASET_VALIDATED;

    if (is_shown && dataset->schema)
        json_write_member_string(w, "schema", dataset->schema);
    write_raw_member(w, "required_fields", dataset->required, TEXT("[]"));
    write_raw_member(w, "preserve_fields", dataset->preserved, TEXT("[]"));
    if (is_shown)
        write_parts(call, req, dataset, w);
    write_raw_member(w, "validation_warnings", dataset->warnings, TEXT("[]"));
    if (is_shown && dataset->metrics)
        write_raw_member(w, "metrics", dataset->metrics, TEXT("{}"));
}

/* Why a dataset failed: by plan or by force, or else by its rows. */
static const char *dataset_error(const struct dataset_record *dataset)
{
    if (dataset->reason)
        return dataset->reason;
    return dataset->error ? dataset->error : "";
}

void dataset_write(const struct call *call, const struct request *req,
                   const struct dataset_record *dataset, struct json_writer *w)
{
    struct dataset_life life = dataset_life_of(dataset);
    enum dataset_status status = dataset_status_at(&life, call->world->now_us);

    json_write_object(w);
    json_write_member_string(w, "id", dataset->id);
    json_write_member_string(w, "name", dataset->name);
    json_write_member_time(w, "created_at", dataset->created_us);
    json_write_member_time(w, "updated_at", dataset_updated_at(&life, call->world->now_us));
    json_write_member_string(w, "dataset_type", dataset->type);
    json_write_member_string(w, "validation_status", dataset_status_name(status));
    if (status == DATASET_FAILED)
        json_write_member_string(w, "validation_error", dataset_error(dataset));
    if (status == DATASET_FAILED || status == DATASET_VALIDATED)
        write_verdict(call, req, dataset, status, w);
    json_write_object_end(w);
}
