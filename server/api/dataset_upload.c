/*
 * POST /v1/datasets: the files of a form become a dataset while they stream in.
 *
 * The checks come in the contract's order: parameters of the query first, then the form, then its
 * parts. What a file says is never an error of this call; it is the verdict of the validation,
 * which shows when the dataset's time has come.
 */
#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "api/handlers.h"
#include "base/id.h"
#include "core/dataset_check.h"
#include "core/slug.h"
#include "http/multipart.h"
#include "http/reply.h"

enum { NAME_CHARACTERS_MAX = 49, STEM_LEN_MAX = 100 };

/* One file of the upload. */
struct upload_part {
    bool seen;                 /* a part of the form by its name came */
    bool present;              /* and it had content */
    struct store_file *file;   /* where its Avro form goes; owned */
    enum store_result written; /* why `file` could not be written */
    struct buf stem;           /* the name of the file, without its extension */
};

struct upload {
    const struct call *call;
    struct request *req;
    struct response *res;
    struct buf name;
    const struct dataset_type *type;
    struct multipart *form;      /* owned */
    struct dataset_check *check; /* owned */
    struct upload_part parts[SPLIT_COUNT];
    int64_t uploaded_bytes;
    struct dataset_verdict verdict;
};

static void upload_done(struct upload *upload)
{
    for (size_t i = 0; i < SPLIT_COUNT; i++) {
        store_file_discard(upload->parts[i].file);
        buf_done(&upload->parts[i].stem);
    }
    dataset_verdict_done(&upload->verdict);
    dataset_check_free(upload->check);
    multipart_free(upload->form);
    buf_done(&upload->name);
}

/*
 * The query
 */

static bool is_boolean(struct text value)
{
    return text_eq(value, TEXT("true")) || text_eq(value, TEXT("false")) ||
           text_eq(value, TEXT("1")) || text_eq(value, TEXT("0"));
}

/* These return 0, or answer with a refusal and return its status. */
static int check_booleans(const struct upload *upload)
{
    static const char *const names[] = {"keep_original_file", "skip_malformed_input", "dry_run"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        AUTO(buf_done) struct buf value = {0};

        if (request_query(upload->req, names[i], 0, &value) && !is_boolean(buf_text(&value)))
            return call_error(upload->call, upload->res, 400,
                              "The %s parameter must be true or false.", names[i]);
    }
    return 0;
}

static int check_name_and_type(struct upload *upload)
{
    AUTO(buf_done) struct buf type = {0};

    if (!request_query(upload->req, "name", 0, &upload->name) || upload->name.len == 0)
        return call_error(upload->call, upload->res, 400, "The name parameter must be set.");
    if (!request_query(upload->req, "type", 0, &type) || type.len == 0)
        return call_error(upload->call, upload->res, 400, "The type parameter must be set.");
    upload->type = dataset_type_find(buf_text(&type));
    if (!upload->type)
        return call_error(upload->call, upload->res, 400, "The dataset type is invalid.");
    if (utf8_count(buf_text(&upload->name)) > NAME_CHARACTERS_MAX)
        return call_error(upload->call, upload->res, 400,
                          "The name must be less than 50 characters long.");
    return 0;
}

static int check_delimiter(const struct upload *upload)
{
    AUTO(buf_done) struct buf delimiter = {0};

    if (request_query(upload->req, "csv_delimiter", 0, &delimiter) &&
        utf8_count(buf_text(&delimiter)) != 1)
        return call_error(upload->call, upload->res, 400,
                          "You have used an invalid csv delimiter.");
    return 0;
}

static int check_query(struct upload *upload)
{
    int refusal = check_name_and_type(upload);

    if (!refusal)
        refusal = check_booleans(upload);
    return refusal ? refusal : check_delimiter(upload);
}

/*
 * The form
 */

static bool sink_write(void *context, const void *data, size_t len)
{
    struct upload_part *part = context;

    part->written = store_file_write(part->file, data, len);
    return part->written == STORE_OK;
}

static bool sink_read(void *context, uint64_t offset, void *data, size_t len)
{
    struct upload_part *part = context;

    part->written = store_file_read(part->file, offset, data, len);
    return part->written == STORE_OK;
}

static int form_error(const struct upload *upload)
{
    switch (multipart_failure(upload->form)) {
    case MULTIPART_MALFORMED:
        return call_error(upload->call, upload->res, 400, "invalid multipart body: %s",
                          multipart_error(upload->form));
    case MULTIPART_CLOSED:
        if (upload->req->timed_out)
            return call_error(upload->call, upload->res, 408, "request timed out");
        return call_error(upload->call, upload->res, 499, "The upload connection was closed.");
    case MULTIPART_NO_MEMORY:
        break;
    }
    return call_error(upload->call, upload->res, 500, "out of memory");
}

static int check_error(const struct upload *upload, enum dataset_check_result result,
                       const struct upload_part *part)
{
    switch (result) {
    case CHECK_SINK_FAILED:
        return call_store_error(upload->call, upload->res, part->written);
    case CHECK_TOO_MANY_QUERIES:
        return call_error(upload->call, upload->res, 400, "You have exceeded capacity.");
    case CHECK_OK:
    case CHECK_NO_MEMORY:
        break;
    }
    return call_error(upload->call, upload->res, 500, "out of memory");
}

static const struct {
    const char *name;
    enum dataset_split split;
} part_names[] = {
    {"data", SPLIT_TRAIN},
    {"file", SPLIT_TRAIN},
    {"eval_data", SPLIT_EVAL},
    {"eval_file", SPLIT_EVAL},
};

/* Find which file the present part is. A field that is no file is refused like an unknown name. */
static int name_part(struct upload *upload, enum dataset_split *out)
{
    struct text name = multipart_name(upload->form);

    for (size_t i = 0; i < ARRAY_LEN(part_names); i++) {
        enum dataset_split split = part_names[i].split;

        if (!text_eq(text_of(part_names[i].name), name) || !multipart_has_filename(upload->form))
            continue;
        if (upload->parts[split].seen)
            return call_error(upload->call, upload->res, 400, "The %.*s part was sent twice.",
                              TEXT_ARG(name));
        upload->parts[split].seen = true;
        *out = split;
        return 0;
    }
    return call_error(upload->call, upload->res, 400,
                      "You used an invalid parameter for part: %.*s use file or an evaluation "
                      "file.",
                      TEXT_ARG(name));
}

/* The name of the file without its last extension: what the stored part is called after. */
static void keep_stem(struct text filename, struct buf *out)
{
    struct text stem = filename;

    for (size_t i = filename.len; i > 1; i--) {
        if (filename.data[i - 1] == '.') {
            stem.len = i - 1;
            break;
        }
    }
    while (stem.len > STEM_LEN_MAX || (stem.len && !utf8_is_valid(stem)))
        stem.len--;
    buf_add_text(out, stem.len ? stem : TEXT("upload"));
}

static int begin_part(struct upload *upload, enum dataset_split split, struct text head)
{
    struct upload_part *part = &upload->parts[split];
    struct dataset_sink sink = {.write = sink_write, .read = sink_read, .context = part};
    struct text filename = multipart_filename(upload->form);
    enum dataset_check_result result;

    if (!dataset_format_of(upload->type, filename, multipart_content_type(upload->form), head))
        return call_error(upload->call, upload->res, 400, "%s takes %s files.", upload->type->name,
                          upload->type->takes);
    part->present = true;
    keep_stem(filename, &part->stem);
    part->file = store_file_new(upload->call->api->store);
    if (!part->file)
        return call_store_error(upload->call, upload->res, STORE_FULL);
    result = dataset_check_begin(upload->check, split, &sink);
    return result == CHECK_OK ? 0 : check_error(upload, result, part);
}

static int feed_part(struct upload *upload, struct upload_part *part, struct text piece)
{
    enum dataset_check_result result;

    upload->uploaded_bytes += (int64_t)piece.len;
    if (upload->uploaded_bytes > upload->call->world->limits.dataset_bytes_max)
        return call_error(upload->call, upload->res, 400, "You have exceeded capacity.");
    result = dataset_check_feed(upload->check, piece);
    return result == CHECK_OK ? 0 : check_error(upload, result, part);
}

/* A part without a byte counts as absent: one SDK sends an empty eval_data when there is none. */
static int take_part(struct upload *upload)
{
    enum dataset_split split = SPLIT_TRAIN;
    enum multipart_result got;
    struct upload_part *part;
    struct text piece;
    int refusal = name_part(upload, &split);

    if (refusal)
        return refusal;
    part = &upload->parts[split];
    got = multipart_read(upload->form, &piece);
    if (got == MULTIPART_DATA)
        refusal = begin_part(upload, split, piece);
    while (!refusal && got == MULTIPART_DATA) {
        refusal = feed_part(upload, part, piece);
        if (!refusal)
            got = multipart_read(upload->form, &piece);
    }
    if (refusal)
        return refusal;
    if (got == MULTIPART_ERROR)
        return form_error(upload);
    if (part->present) {
        enum dataset_check_result result = dataset_check_end(upload->check);

        return result == CHECK_OK ? 0 : check_error(upload, result, part);
    }
    return 0;
}

static int take_form(struct upload *upload)
{
    struct text content_type = request_header(upload->req, "content-type");
    enum multipart_result got;
    int refusal = 0;

    if (!multipart_is_form(content_type))
        return call_error(upload->call, upload->res, 415,
                          "Content-Type must be multipart/form-data.");
    upload->form = multipart_new(content_type, upload->req->read_body, upload->req->body_source);
    upload->check =
        dataset_check_new(upload->type, &upload->call->world->limits, upload->call->world->seed);
    if (!upload->form || !upload->check)
        return call_error(upload->call, upload->res, 500, "out of memory");
    got = multipart_next(upload->form);
    while (!refusal && got == MULTIPART_PART) {
        refusal = take_part(upload);
        if (!refusal)
            got = multipart_next(upload->form);
    }
    if (refusal)
        return refusal;
    if (got == MULTIPART_ERROR)
        return form_error(upload);
    if (!upload->parts[SPLIT_TRAIN].present)
        return call_error(upload->call, upload->res, 400, "The data file must be set.");
    return 0;
}

/*
 * The dataset
 */

/* Copy what a buffer holds; NULL for an empty one. */
static bool copy_string(const struct buf *from, char **out)
{
    *out = NULL;
    if (from->failed)
        return false;
    if (from->len == 0)
        return true;
    *out = strndup(from->data, from->len);
    return *out != NULL;
}

static bool fill_part(const struct upload *upload, enum dataset_split split, uint64_t number,
                      struct dataset_record *dataset)
{
    const struct dataset_part_facts *facts = &upload->verdict.parts[split];
    struct dataset_part_record *part = &dataset->parts[dataset->part_count];
    AUTO(buf_done) struct buf name = {0};

    id_uuid(upload->call->world->seed, ID_DATASET_PART, number * SPLIT_COUNT + split, part->id);
    buf_add_format(&name, "%03zu_%s.avro", dataset->part_count, upload->parts[split].stem.data);
    part->row_count = facts->row_count;
    part->size_bytes = facts->avro_bytes;
    part->is_eval = split == SPLIT_EVAL;
    dataset->part_count++;
    return copy_string(&name, &part->name) && copy_string(&facts->samples, &part->samples);
}

static bool fill_record(const struct upload *upload, uint64_t number,
                        struct dataset_record *dataset)
{
    const struct world *world = upload->call->world;
    char slug[SLUG_SIZE], suffix[ID_SUFFIX_SIZE];
    AUTO(buf_done) struct buf id = {0};

    if (!slug_make(buf_text(&upload->name), slug))
        return false;
    id_suffix(world->seed, number, suffix);
    buf_add_format(&id, "%s-%s", slug, suffix);
    if (id.failed || id.len >= sizeof(dataset->id))
        return false;
    memcpy(dataset->id, id.data, id.len + 1);
    dataset->created_us = world->now_us;
    dataset->queued_us = world->lifecycle.dataset_queued_us;
    dataset->processing_us = world->lifecycle.dataset_processing_us;
    dataset->uploaded_bytes = upload->uploaded_bytes;
    dataset->valid = upload->verdict.valid;
    dataset->type = strdup(upload->type->name);
    dataset->schema = upload->verdict.valid ? strdup(upload->type->schema) : NULL;
    dataset->required = strdup(upload->type->required);
    dataset->preserved = strdup("[]");
    if (!dataset->type || !dataset->required || !dataset->preserved ||
        (upload->verdict.valid && !dataset->schema))
        return false;
    for (size_t i = 0; i < SPLIT_COUNT; i++)
        if (upload->parts[i].present && !fill_part(upload, (enum dataset_split)i, number, dataset))
            return false;
    return copy_string(&upload->name, &dataset->name) &&
           copy_string(&upload->verdict.error, &dataset->error) &&
           copy_string(&upload->verdict.warnings, &dataset->warnings) &&
           copy_string(&upload->verdict.metrics, &dataset->metrics);
}

/* Hand the files to the store with the record; whatever comes of it, they are no longer ours. */
static enum store_result insert(struct upload *upload, struct dataset_record *dataset)
{
    struct store_file *files[PARTS_MAX] = {0};
    size_t count = 0;

    for (size_t i = 0; i < SPLIT_COUNT; i++) {
        if (upload->parts[i].present)
            files[count++] = upload->parts[i].file;
        upload->parts[i].file = NULL;
    }
    return store_dataset_insert(upload->call->api->store, upload->call->world->name, dataset, files,
                                upload->call->world->limits.world_bytes_max);
}

static int create(struct upload *upload)
{
    struct json_writer w = {.out = &upload->res->body};
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    enum store_result stored;
    uint64_t number;

    if (dataset_check_finish(upload->check, &upload->verdict) != CHECK_OK)
        return call_error(upload->call, upload->res, 500, "out of memory");
    stored = store_counter_next(upload->call->api->store, upload->call->world->name, &number);
    if (stored != STORE_OK)
        return call_store_error(upload->call, upload->res, stored);
    if (!fill_record(upload, number, &dataset))
        return call_error(upload->call, upload->res, 500, "out of memory");
    stored = insert(upload, &dataset);
    if (stored == STORE_OVER_QUOTA)
        return call_error(upload->call, upload->res, 400, "You have exceeded capacity.");
    if (stored != STORE_OK)
        return call_store_error(upload->call, upload->res, stored);
    json_write_object(&w);
    json_write_member_string(&w, "id", dataset.id);
    json_write_object_end(&w);
    return reply_json(upload->res, 200);
}

int datasets_create(void *context, struct request *req, struct response *res)
{
    AUTO(upload_done) struct upload upload = {.call = context, .req = req, .res = res};
    int refusal = check_query(&upload);

    if (!refusal)
        refusal = take_form(&upload);
    return refusal ? refusal : create(&upload);
}
