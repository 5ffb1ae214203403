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
#include "api/errors.h"
#include "api/handlers.h"
#include "base/hash.h"
#include "base/id.h"
#include "core/csv_split.h"
#include "core/dataset_check.h"
#include "core/slug.h"
#include "http/multipart.h"
#include "http/reply.h"

enum { NAME_CHARACTERS_MAX = 49, FILENAME_LEN_MAX = 200, STEM_LEN_MAX = 100 };

/* A file being written. */
struct upload_file {
    const struct api *api;
    struct store_file *file;   /* owned; begun when something is written */
    enum store_result written; /* why it could not be */
};

/* One file of the upload. */
struct upload_part {
    bool seen;                   /* a part of the form by its name came */
    bool present;                /* and it had content */
    struct upload_file avro;     /* what becomes of it */
    struct upload_file original; /* as it came, if that is to be kept */
    struct buf filename;         /* its name */
};

struct upload {
    const struct call *call;
    struct request *req;
    struct response *res;
    struct text name; /* this and other texts are of the query */
    const struct dataset_type *type;
    bool keeps_originals;
    bool skips_malformed;
    struct text csv_delimiter;
    struct text text_separator;
    struct kept_fields kept;
    struct multipart *form;      /* owned */
    struct dataset_check *check; /* owned */
    struct upload_part parts[SPLIT_COUNT];
    struct upload_file spare;  /* a second form of the evaluation file, if the first will not do */
    struct hash_stream digest; /* of type and files */
    int64_t uploaded_bytes;
    int64_t uploaded_bytes_max;
    struct dataset_verdict verdict;
};

static void upload_done(struct upload *upload)
{
    for (size_t i = 0; i < SPLIT_COUNT; i++) {
        store_file_discard(upload->parts[i].avro.file);
        store_file_discard(upload->parts[i].original.file);
        buf_done(&upload->parts[i].filename);
    }
    store_file_discard(upload->spare.file);
    kept_fields_done(&upload->kept);
    dataset_verdict_done(&upload->verdict);
    dataset_check_free(upload->check);
    multipart_free(upload->form);
}

/*
 * The query
 */

static bool read_boolean(struct text value, bool *out)
{
    *out = text_eq(value, TEXT("true")) || text_eq(value, TEXT("1"));
    return *out || text_eq(value, TEXT("false")) || text_eq(value, TEXT("0"));
}

/* These return 0, or answer with a refusal and return its status. */
static int check_booleans(struct upload *upload)
{
    bool dry_run;
    const struct {
        const char *name;
        bool *out;
    } booleans[] = {
        {"keep_original_file", &upload->keeps_originals},
        {"skip_malformed_input", &upload->skips_malformed},
        {"dry_run", &dry_run},
    };

    for (size_t i = 0; i < ARRAY_LEN(booleans); i++) {
        struct text value;

        if (request_query(upload->req, booleans[i].name, 0, &value) &&
            !read_boolean(value, booleans[i].out))
            return call_error(upload->call, upload->res, ERROR_NOT_BOOLEAN, booleans[i].name);
    }
    return 0;
}

static int check_name_and_type(struct upload *upload)
{
    struct text type;

    if (!request_query(upload->req, "name", 0, &upload->name) || upload->name.len == 0)
        return call_error(upload->call, upload->res, ERROR_NAME_NOT_SET);
    if (!request_query(upload->req, "type", 0, &type) || type.len == 0)
        return call_error(upload->call, upload->res, ERROR_TYPE_NOT_SET);
    upload->type = dataset_type_find(type);
    if (!upload->type)
        return call_error(upload->call, upload->res, ERROR_TYPE_INVALID);
    if (utf8_count(upload->name) > NAME_CHARACTERS_MAX)
        return call_error(upload->call, upload->res, ERROR_NAME_TOO_LONG);
    return 0;
}

static int check_delimiter(struct upload *upload)
{
    if (request_query(upload->req, "csv_delimiter", 0, &upload->csv_delimiter) &&
        !csv_delimiter_is_valid(upload->csv_delimiter))
        return call_error(upload->call, upload->res, ERROR_CSV_DELIMITER);
    (void)request_query(upload->req, "text_separator", 0, &upload->text_separator);
    return 0;
}

static int check_kept(struct upload *upload, const char *parameter, bool required)
{
    struct text name;

    for (size_t i = 0; request_query(upload->req, parameter, i, &name); i++) {
        if (name.len == 0)
            continue;
        switch (kept_fields_add(&upload->kept, name, required)) {
        case KEPT_OK:
            break;
        case KEPT_TOO_MANY:
            return call_error(upload->call, upload->res, ERROR_KEPT_FIELDS, KEPT_FIELDS_MAX);
        case KEPT_NO_MEMORY:
            return call_error(upload->call, upload->res, ERROR_NO_MEMORY);
        }
    }
    return 0;
}

static int check_query(struct upload *upload)
{
    static int (*const checks[])(struct upload *) = {check_name_and_type, check_booleans,
                                                     check_delimiter};
    int refusal = 0;

    for (size_t i = 0; !refusal && i < ARRAY_LEN(checks); i++)
        refusal = checks[i](upload);
    if (!refusal)
        refusal = check_kept(upload, "keep_fields", true);
    return refusal ? refusal : check_kept(upload, "optional_fields", false);
}

/*
 * The form
 */

static bool sink_write(void *context, const void *data, size_t len)
{
    struct upload_file *out = context;

    out->written = out->file ? STORE_OK : store_file_new(out->api->store, &out->file);
    if (out->written == STORE_OK)
        out->written = store_file_write(out->file, data, len);
    return out->written == STORE_OK;
}

static bool sink_read(void *context, uint64_t offset, void *data, size_t len)
{
    struct upload_file *out = context;

    out->written = store_file_read(out->file, offset, data, len);
    return out->written == STORE_OK;
}

static struct dataset_sink sink_of(const struct upload *upload, struct upload_file *file)
{
    file->api = upload->call->api;
    return (struct dataset_sink){.write = sink_write, .read = sink_read, .context = file};
}

/* Find why what was written or read last failed. */
static enum store_result sink_failure(const struct upload *upload)
{
    const struct upload_file *files[] = {&upload->parts[SPLIT_TRAIN].avro,
                                         &upload->parts[SPLIT_EVAL].avro, &upload->spare};

    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        if (files[i]->written != STORE_OK)
            return files[i]->written;
    return STORE_FAILED;
}

static int form_error(const struct upload *upload)
{
    switch (multipart_failure(upload->form)) {
    case MULTIPART_MALFORMED:
        return call_error(upload->call, upload->res, ERROR_MULTIPART,
                          multipart_error(upload->form));
    case MULTIPART_CLOSED:
        if (upload->req->timed_out)
            return call_error(upload->call, upload->res, ERROR_TIMED_OUT);
        return call_error(upload->call, upload->res, ERROR_UPLOAD_CLOSED);
    case MULTIPART_NO_MEMORY:
        break;
    }
    return call_error(upload->call, upload->res, ERROR_NO_MEMORY);
}

static int check_error(const struct upload *upload, enum dataset_check_result result)
{
    switch (result) {
    case CHECK_SINK_FAILED:
        return call_store_error(upload->call, upload->res, sink_failure(upload));
    case CHECK_TOO_MANY_QUERIES:
        return call_error(upload->call, upload->res, ERROR_CAPACITY);
    case CHECK_OK:
    case CHECK_NO_MEMORY:
        break;
    }
    return call_error(upload->call, upload->res, ERROR_NO_MEMORY);
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
            return call_error(upload->call, upload->res, ERROR_PART_TWICE, TEXT_ARG(name));
        upload->parts[split].seen = true;
        *out = split;
        return 0;
    }
    return call_error(upload->call, upload->res, ERROR_PART_UNKNOWN, TEXT_ARG(name));
}

/* Cut to `len_max` bytes, and to the part in front that is UTF-8. */
static struct text shorten(struct text t, size_t len_max)
{
    struct text front = {t.data, t.len < len_max ? t.len : len_max};

    return (struct text){t.data, utf8_valid_len(front)};
}

/* The name of the file without its last extension: what the stored part is called after. */
static struct text stem_of(struct text filename)
{
    struct text stem = filename;

    for (size_t i = filename.len; i > 1; i--) {
        if (filename.data[i - 1] == '.') {
            stem.len = i - 1;
            break;
        }
    }
    return shorten(stem, STEM_LEN_MAX);
}

static int begin_part(struct upload *upload, enum dataset_split split, struct text head)
{
    struct upload_part *part = &upload->parts[split];
    struct dataset_sink sink = sink_of(upload, &part->avro);
    struct text filename = multipart_filename(upload->form);
    unsigned format =
        dataset_format_of(upload->type, filename, multipart_content_type(upload->form), head);
    enum dataset_check_result result;

    if (!format)
        return call_error(upload->call, upload->res, ERROR_FORMAT, upload->type->name,
                          upload->type->takes);
    part->present = true;
    hash_stream_add(&upload->digest, split == SPLIT_TRAIN ? TEXT("data") : TEXT("eval_data"));
    filename = shorten(filename, FILENAME_LEN_MAX);
    buf_add_text(&part->filename, filename.len ? filename : TEXT("upload"));
    if (part->filename.failed)
        return call_error(upload->call, upload->res, ERROR_NO_MEMORY);
    result = dataset_check_begin(upload->check, split, (enum dataset_format)format, &sink);
    return result == CHECK_OK ? 0 : check_error(upload, result);
}

static int feed_part(struct upload *upload, struct upload_part *part, struct text piece)
{
    struct dataset_sink original = sink_of(upload, &part->original);
    enum dataset_check_result result;

    upload->uploaded_bytes += (int64_t)piece.len;
    hash_stream_add(&upload->digest, piece);
    if (upload->uploaded_bytes > upload->uploaded_bytes_max)
        return call_error(upload->call, upload->res, ERROR_CAPACITY);
    if (upload->keeps_originals && !original.write(original.context, piece.data, piece.len))
        return call_store_error(upload->call, upload->res, part->original.written);
    result = dataset_check_feed(upload->check, piece);
    return result == CHECK_OK ? 0 : check_error(upload, result);
}

/* Read on in a part until what was read tells the format; `*piece` then is all of it. */
static enum multipart_result read_head(struct upload *upload, struct buf *head, struct text *piece)
{
    enum multipart_result got = multipart_read(upload->form, piece);

    if (got != MULTIPART_DATA || dataset_head_is_enough(*piece))
        return got;
    while (got == MULTIPART_DATA && !dataset_head_is_enough(buf_text(head)) && !head->failed) {
        buf_add_text(head, *piece);
        if (!dataset_head_is_enough(buf_text(head)))
            got = multipart_read(upload->form, piece);
    }
    *piece = buf_text(head);
    return got == MULTIPART_ERROR ? got : MULTIPART_DATA;
}

/* Take the content of a part, whose first piece was read. */
static int take_content(struct upload *upload, enum dataset_split split, struct text piece)
{
    struct upload_part *part = &upload->parts[split];
    enum multipart_result got = MULTIPART_DATA;
    enum dataset_check_result result;
    int refusal = begin_part(upload, split, piece);

    while (!refusal && got == MULTIPART_DATA) {
        refusal = feed_part(upload, part, piece);
        if (!refusal)
            got = multipart_read(upload->form, &piece);
    }
    if (refusal)
        return refusal;
    if (got == MULTIPART_ERROR)
        return form_error(upload);
    result = dataset_check_end(upload->check);
    return result == CHECK_OK ? 0 : check_error(upload, result);
}

/* A part without a byte counts as absent: one SDK sends an empty eval_data when there is none. */
static int take_part(struct upload *upload)
{
    AUTO(buf_done) struct buf head = {0};
    enum dataset_split split = SPLIT_TRAIN;
    struct text piece = {0};
    int refusal = name_part(upload, &split);

    if (refusal)
        return refusal;
    switch (read_head(upload, &head, &piece)) {
    case MULTIPART_DATA:
        break;
    case MULTIPART_ERROR:
        return form_error(upload);
    case MULTIPART_PART:
    case MULTIPART_END:
        return 0;
    }
    if (head.failed)
        return call_error(upload->call, upload->res, ERROR_NO_MEMORY);
    return take_content(upload, split, piece);
}

/* Begin to check what will come, as long as there is room for it. */
static int begin_check(struct upload *upload)
{
    const struct world *world = upload->call->world;
    const struct dataset_options options = {
        .skip_malformed = upload->skips_malformed,
        .csv_delimiter = upload->csv_delimiter,
        .text_separator = upload->text_separator,
        .kept = &upload->kept,
        .spare = sink_of(upload, &upload->spare),
    };
    enum store_result stored;
    int64_t used;

    stored = store_dataset_usage(upload->call->api->store, world->name,
                                 world->now_us - dataset_lifetime_us, &used);
    if (stored != STORE_OK)
        return call_store_error(upload->call, upload->res, stored);
    upload->uploaded_bytes_max = world->limits.dataset.world_bytes_max - used;
    if (upload->uploaded_bytes_max > world->limits.dataset.dataset_bytes_max)
        upload->uploaded_bytes_max = world->limits.dataset.dataset_bytes_max;
    upload->check = dataset_check_new(upload->type, &world->limits.dataset, world->seed);
    if (!upload->check || dataset_check_set_options(upload->check, &options) != CHECK_OK)
        return call_error(upload->call, upload->res, ERROR_NO_MEMORY);
    return 0;
}

static int take_form(struct upload *upload)
{
    struct text content_type = request_header(upload->req, "content-type");
    enum multipart_result got;
    int refusal = 0;

    hash_stream_init(&upload->digest);
    hash_stream_add(&upload->digest, text_of(upload->type->name));
    if (!multipart_is_form(content_type))
        return call_error(upload->call, upload->res, ERROR_NOT_MULTIPART);
    upload->form = multipart_new(content_type, upload->req->read_body, upload->req->body_source);
    if (!upload->form)
        return call_error(upload->call, upload->res, ERROR_NO_MEMORY);
    refusal = begin_check(upload);
    if (refusal)
        return refusal;
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
        return call_error(upload->call, upload->res, ERROR_NO_DATA_FILE);
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
    const struct buf *filename = &upload->parts[split].filename;
    struct text stem = stem_of(buf_text(filename));
    AUTO(buf_done) struct buf name = {0};

    id_uuid(upload->call->world->seed, ID_DATASET_PART, number * SPLIT_COUNT + split, part->id);
    buf_add_format(&name, "%03zu_%.*s.avro", dataset->part_count, TEXT_ARG(stem));
    part->row_count = facts->row_count;
    part->size_bytes = facts->avro_bytes;
    part->is_eval = split == SPLIT_EVAL;
    dataset->part_count++;
    if (upload->keeps_originals && !copy_string(filename, &part->original_name))
        return false;
    return copy_string(&name, &part->name) && copy_string(&facts->samples, &part->samples);
}

static bool fill_record(const struct upload *upload, uint64_t number,
                        struct dataset_record *dataset)
{
    const struct world *world = upload->call->world;
    char slug[SLUG_SIZE], suffix[ID_SUFFIX_SIZE];
    AUTO(buf_done) struct buf id = {0};

    if (!slug_make(upload->name, slug))
        return false;
    id_suffix(world->seed, number, suffix);
    buf_add_format(&id, "%s-%s", slug, suffix);
    if (id.failed || id.len >= sizeof(dataset->id))
        return false;
    memcpy(dataset->id, id.data, id.len + 1);
    dataset->counter = number;
    dataset->created_us = world->now_us;
    dataset->queued_us = world->lifecycle.dataset_queued_us;
    dataset->processing_us = world->lifecycle.dataset_processing_us;
    dataset->plan = world->lifecycle.dataset_plan;
    dataset->uploaded_bytes = upload->uploaded_bytes;
    dataset->valid = upload->verdict.valid;
    dataset->type = strdup(upload->type->name);
    dataset->required = strdup(upload->type->required);
    if (!dataset->type || !dataset->required ||
        !copy_string(&upload->verdict.preserved, &dataset->preserved) ||
        (upload->verdict.valid && !copy_string(&upload->verdict.schema, &dataset->schema)))
        return false;
    for (size_t i = 0; i < SPLIT_COUNT; i++)
        if (upload->parts[i].present && !fill_part(upload, (enum dataset_split)i, number, dataset))
            return false;
    if (dataset->plan.fail_stage) {
        dataset->reason = strdup(world->lifecycle.dataset_reason);
        if (!dataset->reason)
            return false;
    }
    dataset->name = strndup(upload->name.data, upload->name.len);
    return dataset->name && copy_string(&upload->verdict.error, &dataset->error) &&
           copy_string(&upload->verdict.warnings, &dataset->warnings) &&
           copy_string(&upload->verdict.metrics, &dataset->metrics);
}

/* Give up the file of a part, with the original if that is kept. */
static struct store_file *take_file(struct upload *upload, enum dataset_split split)
{
    struct upload_part *part = &upload->parts[split];
    bool is_spare = split == SPLIT_EVAL && upload->verdict.eval_is_spare;
    struct upload_file *from = is_spare ? &upload->spare : &part->avro;
    struct store_file *file = from->file;

    if (part->original.file)
        store_file_attach(file, part->original.file);
    from->file = part->original.file = NULL;
    return file;
}

/* Hand the files to the store with the record; whatever comes of it, they are no longer ours. */
static enum store_result insert(struct upload *upload, struct dataset_record *dataset)
{
    struct store_file *files[PARTS_MAX] = {0};
    size_t count = 0;

    for (size_t i = 0; i < SPLIT_COUNT; i++)
        if (upload->parts[i].present)
            files[count++] = take_file(upload, (enum dataset_split)i);
    return store_dataset_insert(upload->call->api->store, upload->call->world->name, dataset, files,
                                upload->call->world->limits.dataset.world_bytes_max);
}

static int create(struct upload *upload)
{
    struct json_writer w = {.out = &upload->res->body};
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    enum dataset_check_result result = dataset_check_finish(upload->check, &upload->verdict);
    enum store_result stored;
    uint64_t number;

    if (result != CHECK_OK)
        return check_error(upload, result);
    stored = store_counter_next(upload->call->api->store, upload->call->world->name, &number);
    if (stored != STORE_OK)
        return call_store_error(upload->call, upload->res, stored);
    if (!fill_record(upload, number, &dataset))
        return call_error(upload->call, upload->res, ERROR_NO_MEMORY);
    stored = insert(upload, &dataset);
    if (stored == STORE_OVER_QUOTA)
        return call_error(upload->call, upload->res, ERROR_CAPACITY);
    /* Who empties a world while others upload finds all of it gone, as if they had been faster. */
    if (stored != STORE_OK && stored != STORE_NONE)
        return call_store_error(upload->call, upload->res, stored);
    json_write_object(&w);
    json_write_member_string(&w, "id", dataset.id);
    json_write_object_end(&w);
    upload->res->upload_digest = hash_stream_value(&upload->digest);
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
