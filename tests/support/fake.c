#include "support/fake.h"

#include <check.h>
#include <fts.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/rules.h"
#include "base/json_write.h"
#include "base/log.h"
#include "http/answer.h"
#include "http/message.h"
#include "store/store.h"
#include "stubs/stub_folder.h"
#include "support/failing_alloc.h"

#define BOUNDARY "fake-boundary"

const int64_t fake_start_us = 1748779200000000;

static struct fake {
    struct store *store;
    struct worlds *worlds;
    struct ranker_pool *rankers;
    struct trainer *trainer;
    struct rate_limiter *rates;
    struct stub_worlds *stub_worlds;
    struct stub_folder *stub_folder;
    char folder[32]; /* of --root-dir, "" until there is one */
    struct dispatch dispatch;
    struct response res;
    bool has_failed; /* something, while it was answered */
    struct buf file; /* what the answer's file holds */
    json_t *json;    /* the answer, once somebody asked for it */
    char dataset_id[OBJECT_ID_SIZE];
    char model_id[OBJECT_ID_SIZE];
} fake;

struct worlds_config fake_config(void)
{
    return (struct worlds_config){
        .seed = 1,
        .clock = WORLD_CLOCK_FROZEN,
        .clock_us = fake_start_us,
        .lifecycle = *lifecycle_preset("fast"),
        .limits = limits_default(),
        .worlds_max = 4,
    };
}

static void load_files(void *context, struct stub_set *stubs)
{
    (void)context;
    if (fake.stub_folder)
        stub_folder_load(fake.stub_folder, stubs);
}

void fake_start_with(const struct worlds_config *config)
{
    char error[256] = "";

    log_set_level(LOG_QUIET);
    fake = (struct fake){0};
    fake.store = store_open(NULL, error, sizeof(error));
    ck_assert_str_eq(error, "");
    fake.worlds = worlds_new(fake.store, config);
    fake.rankers = ranker_pool_new();
    fake.trainer = trainer_start(fake.store);
    ck_assert_ptr_nonnull(fake.worlds);
    ck_assert_ptr_nonnull(fake.rankers);
    ck_assert_ptr_nonnull(fake.trainer);
    fake.rates = rate_limiter_new();
    ck_assert_ptr_nonnull(fake.worlds);
    ck_assert_ptr_nonnull(fake.rankers);
    ck_assert_ptr_nonnull(fake.rates);
    fake.stub_worlds = stub_worlds_new(
        &(struct stub_worlds_config){.worlds_max = 4, .waits_max = 1, .load = load_files});
    ck_assert_ptr_nonnull(fake.stub_worlds);
    fake.dispatch = (struct dispatch){
        .api = {.store = fake.store,
                .worlds = fake.worlds,
                .rankers = fake.rankers,
                .trainer = fake.trainer,
                .rates = fake.rates,
                .json_size_max = 1 << 20},
        .admin = {.store = fake.store,
                  .worlds = fake.worlds,
                  .stub_worlds = fake.stub_worlds,
                  .write_rules = rules_write},
        .stub_worlds = fake.stub_worlds,
    };
    sign_key_from_seed(config->seed, fake.dispatch.api.link_key);
    response_init(&fake.res);
}

void fake_start(void)
{
    struct worlds_config config = fake_config();

    fake_start_with(&config);
}

/* Forget the last answer. */
static void forget_answer(void)
{
    json_decref(fake.json);
    fake.json = NULL;
    buf_done(&fake.file);
    response_done(&fake.res);
    response_init(&fake.res);
}

static void remove_folder(char *path)
{
    char *const paths[] = {path, NULL};
    FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    const FTSENT *entry;

    ck_assert_ptr_nonnull(walk);
    while ((entry = fts_read(walk)))
        if (entry->fts_info != FTS_D)
            ck_assert_int_eq(remove(entry->fts_accpath), 0);
    ck_assert_int_eq(fts_close(walk), 0);
}

void fake_stop(void)
{
    forget_answer();
    response_done(&fake.res);
    trainer_stop(fake.trainer);
    stub_worlds_free(fake.stub_worlds);
    rate_limiter_free(fake.rates);
    ranker_pool_free(fake.rankers);
    worlds_free(fake.worlds);
    store_close(fake.store);
    stub_folder_close(fake.stub_folder);
    if (fake.folder[0])
        remove_folder(fake.folder);
    fake = (struct fake){0};
}

const char *fake_add_file(const char *name, const char *content)
{
    char path[256];
    FILE *file;

    if (!fake.folder[0]) {
        (void)snprintf(fake.folder, sizeof(fake.folder), "/tmp/mockhere-fake-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(fake.folder));
        fake.stub_folder = stub_folder_open(fake.folder);
        ck_assert_ptr_nonnull(fake.stub_folder);
        fake.dispatch.admin.stub_folder = fake.stub_folder;
        fake.dispatch.body_files = stub_folder_files(fake.stub_folder);
    }
    (void)snprintf(path, sizeof(path), "%s/%s", fake.folder, name);
    for (char *slash = path + strlen(fake.folder) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
    file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    (void)fputs(content, file);
    ck_assert_int_eq(fclose(file), 0);
    return fake.folder;
}

void fake_restart_trainer(void)
{
    trainer_stop(fake.trainer);
    fake.trainer = trainer_start(fake.store);
    ck_assert_ptr_nonnull(fake.trainer);
    fake.dispatch.api.trainer = fake.trainer;
}

struct dispatch *fake_dispatch(void)
{
    return &fake.dispatch;
}

void fake_advance_ms(int64_t ms)
{
    struct world world;

    ck_assert_int_eq(worlds_advance(fake.worlds, TEXT("default"), ms * 1000, &world), WORLDS_OK);
}

/*
 * Texts
 */

/* Format JSON in which a backtick is a quote; for free(). */
PRINTF_LIKE(1, 0)
static char *format_json(const char *format, va_list args)
{
    struct buf out = {0};
    char *json;

    buf_add_vformat(&out, format, args);
    for (size_t i = 0; i < out.len; i++)
        if (out.data[i] == '`')
            out.data[i] = '"';
    json = buf_take(&out);
    ck_assert_ptr_nonnull(json);
    return json;
}

PRINTF_LIKE(1, 0)
static char *format_plain(const char *format, va_list args)
{
    struct buf out = {0};
    char *plain;

    buf_add_vformat(&out, format, args);
    plain = buf_take(&out);
    ck_assert_ptr_nonnull(plain);
    return plain;
}

/* A copy with a NUL behind it, for Check's assertions; for free(). */
static char *string_of(struct text t)
{
    char *string = malloc(t.len + 1);

    ck_assert_ptr_nonnull(string);
    if (t.len)
        memcpy(string, t.data, t.len);
    string[t.len] = '\0';
    return string;
}

/*
 * Requests
 */

static const struct {
    struct text name;
    enum http_method method;
} methods[] = {
    {{"GET", 3}, HTTP_GET},         {{"HEAD", 4}, HTTP_HEAD},   {{"POST", 4}, HTTP_POST},
    {{"PUT", 3}, HTTP_PUT},         {{"PATCH", 5}, HTTP_PATCH}, {{"DELETE", 6}, HTTP_DELETE},
    {{"OPTIONS", 7}, HTTP_OPTIONS},
};

static enum http_method method_of(struct text name)
{
    for (size_t i = 0; i < ARRAY_LEN(methods); i++)
        if (text_eq(methods[i].name, name))
            return methods[i].method;
    return HTTP_OTHER;
}

/* What is left of a body on its way. */
struct body {
    struct text rest;
    size_t piece_size;
    bool is_cut;
};

static long read_body(void *source, void *data, size_t size)
{
    struct body *body = source;
    size_t count = body->rest.len;

    if (count == 0)
        return body->is_cut ? -1 : 0;
    if (count > size)
        count = size;
    if (body->piece_size && count > body->piece_size)
        count = body->piece_size;
    memcpy(data, body->rest.data, count);
    body->rest.data += count;
    body->rest.len -= count;
    return (long)count;
}

static void fill_request(const struct fake_request *from, struct request *req)
{
    struct text target = text_of(from->target);

    *req = (struct request){
        .method_name = text_of(from->method ? from->method : "GET"),
        .content_length = from->body.data && !from->is_chunked ? (int64_t)from->body.len : -1,
        .has_body = from->body.len > 0 || from->is_chunked || from->read_body,
    };
    req->method = method_of(req->method_name);
    req->path = text_cut(&target, '?');
    req->query = target;
    while (req->header_count < FAKE_HEADERS_MAX && from->headers[req->header_count].name.data) {
        req->headers[req->header_count] = from->headers[req->header_count];
        req->header_count++;
    }
}

static void read_answer_file(void)
{
    ck_assert(buf_reserve(&fake.file, (size_t)fake.res.file_size));
    ck_assert_int_eq(pread(fake.res.file, fake.file.data, (size_t)fake.res.file_size, 0),
                     fake.res.file_size);
    fake.file.len = (size_t)fake.res.file_size;
}

/* As the transport does: an answer that is not whole gives way to an error. */
static int handle(struct request *req)
{
    int status = dispatch_handle(&fake.dispatch, req, &fake.res);

    if (!answer_is_broken(&fake.res))
        return status;
    response_reset(&fake.res);
    dispatch_fail(&fake.dispatch, 500, "out of memory", &fake.res);
    return 500;
}

int fake_send(const struct fake_request *request)
{
    struct body body = {request->body, request->piece_size, request->is_cut};
    struct request req;
    int status;

    forget_answer();
    fill_request(request, &req);
    if (req.has_body) {
        req.read_body = request->read_body ? request->read_body : read_body;
        req.body_source = request->read_body ? request->body_source : &body;
        if (request->is_cut && !request->is_chunked)
            req.content_length++;
    }
    if (request->memory == FAKE_MEMORY_FAILS_ONCE)
        failing_alloc_once_after(request->allocations_left);
    else if (request->memory == FAKE_MEMORY_RUNS_OUT)
        failing_alloc_after(request->allocations_left);
    failing_calls_begin(request->failure);
    status = handle(&req);
    fake.has_failed = failing_calls_end();
    fake.has_failed = failing_alloc_stop() || fake.has_failed;
    request_done(&req);
    ck_assert_int_eq(status, fake.res.status);
    if (fake.res.file >= 0)
        read_answer_file();
    return status;
}

bool fake_has_failed(void)
{
    return fake.has_failed;
}

int fake_get(const char *format, ...)
{
    struct fake_request request = {.headers = {FAKE_KEY, FAKE_HEADER("Host", "127.0.0.1:8080")}};
    va_list args;
    char *target;
    int status;

    va_start(args, format);
    target = format_plain(format, args);
    va_end(args);
    request.target = target;
    status = fake_send(&request);
    free(target);
    return status;
}

int fake_delete(const char *format, ...)
{
    struct fake_request request = {.method = "DELETE", .headers = {FAKE_KEY}};
    va_list args;
    char *target;
    int status;

    va_start(args, format);
    target = format_plain(format, args);
    va_end(args);
    request.target = target;
    status = fake_send(&request);
    free(target);
    return status;
}

PRINTF_LIKE(3, 0)
static int send_json(const char *method, const char *target, const char *format, va_list args)
{
    char *body = format_json(format, args);
    int status = fake_send(&(struct fake_request){
        .method = method,
        .target = target,
        .headers = {FAKE_KEY, FAKE_HEADER("Content-Type", "application/json")},
        .body = text_of(body),
    });

    free(body);
    return status;
}

int fake_post(const char *target, const char *format, ...)
{
    va_list args;
    int status;

    va_start(args, format);
    status = send_json("POST", target, format, args);
    va_end(args);
    return status;
}

int fake_send_json(const char *method, const char *target, const char *format, ...)
{
    va_list args;
    int status;

    va_start(args, format);
    status = send_json(method, target, format, args);
    va_end(args);
    return status;
}

/*
 * Answers
 */

uint32_t fake_late_ms(void)
{
    return fake.res.late_ms;
}

const struct delivery *fake_delivery(void)
{
    return &fake.res.delivery;
}

int fake_status(void)
{
    return fake.res.status;
}

struct text fake_body(void)
{
    return fake.res.file >= 0 ? buf_text(&fake.file) : buf_text(&fake.res.body);
}

struct text fake_header(const char *name)
{
    return response_header(&fake.res, name);
}

static const json_t *answer_json(void)
{
    if (!fake.json) {
        char *body = string_of(fake_body());

        fake.json = json_loads(body, JSON_ALLOW_NUL, NULL);
        ck_assert_msg(fake.json != NULL, "the answer is no JSON object or array: %s", body);
        free(body);
    }
    return fake.json;
}

static const json_t *find_member(const char *path)
{
    const json_t *at = answer_json();
    struct text rest = text_of(path);

    while (at && rest.data) {
        struct text step = text_cut(&rest, '.');
        uint64_t index;

        if (json_is_array(at)) {
            at = text_to_u64(step, &index) ? json_array_get(at, (size_t)index) : NULL;
        } else {
            char *key = string_of(step);

            at = json_object_get(at, key);
            free(key);
        }
    }
    return at;
}

const json_t *fake_member(const char *path)
{
    const json_t *member = find_member(path);

    if (!member) {
        char *body = string_of(fake_body());

        ck_abort_msg("there is no %s in %s", path, body);
        free(body);
    }
    return member;
}

const char *fake_string(const char *path)
{
    const json_t *member = fake_member(path);

    ck_assert_msg(json_is_string(member), "%s is no string", path);
    return json_string_value(member);
}

int64_t fake_int(const char *path)
{
    const json_t *member = fake_member(path);

    ck_assert_msg(json_is_integer(member), "%s is no integer", path);
    return json_integer_value(member);
}

bool fake_has(const char *path)
{
    return find_member(path) != NULL;
}

static void assert_answer(int status, char *wanted)
{
    char *got = string_of(fake_body());

    ck_assert_str_eq(got, wanted);
    ck_assert_int_eq(fake.res.status, status);
    free(got);
    free(wanted);
}

void assert_body(int status, const char *format, ...)
{
    va_list args;
    char *wanted;

    va_start(args, format);
    wanted = format_json(format, args);
    va_end(args);
    assert_answer(status, wanted);
}

void assert_json(int status, const char *format, ...)
{
    char *got = string_of(fake_body());
    json_t *wanted_json;
    va_list args;
    char *wanted;

    va_start(args, format);
    wanted = format_json(format, args);
    va_end(args);
    wanted_json = json_loads(wanted, 0, NULL);
    ck_assert_msg(wanted_json != NULL, "the test's own JSON is none: %s", wanted);
    ck_assert_msg(json_equal(answer_json(), wanted_json), "the answer is\n%s\nand not\n%s", got,
                  wanted);
    ck_assert_int_eq(fake.res.status, status);
    json_decref(wanted_json);
    free(wanted);
    free(got);
}

/* The JSON of an error; for free(). `id` may be NULL. */
PRINTF_LIKE(2, 0)
static char *format_error(const char *id, const char *format, va_list args)
{
    struct buf message = {0}, out = {0};
    struct json_writer w = {.out = &out};
    char *json;

    buf_add_vformat(&message, format, args);
    json_write_object(&w);
    if (id)
        json_write_member_string(&w, "id", id);
    json_write_member_text(&w, "message", buf_text(&message));
    json_write_object_end(&w);
    buf_done(&message);
    json = buf_take(&out);
    ck_assert_ptr_nonnull(json);
    return json;
}

/* Lower case, version 4. */
static bool is_uuid(const char *id)
{
    static const char pattern[] = "xxxxxxxx-xxxx-4xxx-vxxx-xxxxxxxxxxxx";

    if (strlen(id) != sizeof(pattern) - 1)
        return false;
    for (size_t i = 0; i < sizeof(pattern) - 1; i++) {
        const char *allowed = pattern[i] == 'x' ? "0123456789abcdef" : "89ab";

        if (pattern[i] == 'x' || pattern[i] == 'v' ? !strchr(allowed, id[i]) : id[i] != pattern[i])
            return false;
    }
    return true;
}

void assert_error(int status, const char *format, ...)
{
    const char *id = fake_has("id") ? fake_string("id") : "(none)";
    va_list args;
    char *wanted;

    va_start(args, format);
    wanted = format_error(id, format, args);
    va_end(args);
    assert_answer(status, wanted);
    ck_assert_msg(is_uuid(id), "%s is no UUID of version 4", id);
}

void assert_message(int status, const char *format, ...)
{
    va_list args;
    char *wanted;

    va_start(args, format);
    wanted = format_error(NULL, format, args);
    va_end(args);
    assert_answer(status, wanted);
}

void assert_header(const char *name, const char *value)
{
    struct text got = fake_header(name);
    char *string = string_of(got);

    ck_assert_msg(got.data != NULL, "the answer has no header %s", name);
    ck_assert_str_eq(string, value);
    free(string);
}

/*
 * Datasets and models
 */

void form_add(struct buf *out, const struct fake_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_add_format(out, "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"%s\"",
                       files[i].part);
        if (files[i].filename)
            buf_add_format(out, "; filename=\"%s\"", files[i].filename);
        if (files[i].content_type)
            buf_add_format(out, "\r\nContent-Type: %s", files[i].content_type);
        buf_add_string(out, "\r\n\r\n");
        buf_add_text(out, files[i].content);
        buf_add_string(out, "\r\n");
    }
    buf_add_string(out, "--" BOUNDARY "--\r\n");
    ck_assert(!out->failed);
}

int fake_upload(const char *query, const struct fake_file *files, size_t count, size_t piece_size)
{
    AUTO(buf_done) struct buf body = {0}, target = {0};

    form_add(&body, files, count);
    buf_add_format(&target, "/v1/datasets?%s", query);
    ck_assert(!target.failed);
    return fake_send(&(struct fake_request){
        .method = "POST",
        .target = target.data,
        .headers = {FAKE_KEY,
                    FAKE_HEADER("Content-Type", "multipart/form-data; boundary=" BOUNDARY)},
        .body = buf_text(&body),
        .piece_size = piece_size,
    });
}

void rows_add(struct buf *out, size_t from, size_t count)
{
    for (size_t i = from; i < from + count; i++)
        buf_add_format(out,
                       "{\"query\":\"query %zu\",\"relevant_passages\":[\"answer %zu\"],"
                       "\"hard_negatives\":[\"no answer to %zu\"]}\n",
                       i, i, i);
    ck_assert(!out->failed);
}

static const char *keep_id(const char *path, char out[OBJECT_ID_SIZE])
{
    const char *id = fake_string(path);

    ck_assert_uint_lt(strlen(id), OBJECT_ID_SIZE);
    memcpy(out, id, strlen(id) + 1);
    return out;
}

const char *fake_add_dataset(const char *name)
{
    AUTO(buf_done) struct buf rows = {0}, query = {0};

    rows_add(&rows, 0, 256);
    buf_add_format(&query, "name=%s&type=reranker-finetune-input", name);
    ck_assert_int_eq(fake_upload(query.data,
                                 &(struct fake_file){"data", "train.jsonl", NULL, buf_text(&rows)},
                                 1, 0),
                     200);
    return keep_id("id", fake.dataset_id);
}

const char *fake_add_valid_dataset(const char *name)
{
    const char *id = fake_add_dataset(name);

    fake_advance_ms(200);
    fake_get("/v1/datasets/%s", id);
    ck_assert_str_eq(fake_string("dataset.validation_status"), "validated");
    return id;
}

const char *fake_add_dataset_of(const char *type)
{
    struct dataset_record dataset = {
        .name = strdup("typed"),
        .type = strdup(type),
        .created_us = fake_start_us,
        .valid = true,
        .warnings = strdup("[]"),
        .required = strdup("[]"),
        .preserved = strdup("[]"),
        .parts = {{.name = strdup("000_a.avro"), .samples = strdup("[]"), .row_count = 100}},
        .part_count = 1,
    };
    struct store_file *file = NULL;
    char id[OBJECT_ID_SIZE];

    (void)snprintf(id, sizeof(id), "of-%.50s", type);
    memcpy(dataset.id, id, sizeof(id));
    ck_assert_int_eq(store_file_new(fake.store, &file), STORE_OK);
    ck_assert_int_eq(store_file_write(file, "no rows", 7), STORE_OK);
    ck_assert_int_eq(store_dataset_insert(fake.store, "default", &dataset, &file, INT64_MAX),
                     STORE_OK);
    dataset_record_done(&dataset);
    memcpy(fake.dataset_id, id, sizeof(id));
    return fake.dataset_id;
}

const char *fake_add_model(const char *dataset_id)
{
    fake_post("/v1/finetuning/finetuned-models",
              "{`name`:`ft`,`settings`:{`base_model`:{`base_type`:`BASE_TYPE_RERANK`},"
              "`dataset_id`:`%s`}}",
              dataset_id);
    ck_assert_int_eq(fake.res.status, 200);
    return keep_id("finetuned_model.id", fake.model_id);
}

const char *fake_add_ready_model(const char *dataset_id)
{
    const char *id = fake_add_model(dataset_id);

    fake_advance_ms(400);
    fake_get("/v1/finetuning/finetuned-models/%s", id);
    ck_assert_str_eq(fake_string("finetuned_model.status"), "STATUS_READY");
    return id;
}
