/*
 * Requests that are answered while memory runs out, at each allocation in turn, SQLite's and
 * Jansson's included, and while each call of the system fails, once and from then on. The answer is
 * an error with a sentence or the right one, never a wrong one; the store and the worlds are as
 * they were, or as they were to become; and the next request is answered as ever. The sanitizers'
 * builds show that nothing leaks.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/training.h"
#include "support/failing_alloc.h"
#include "support/failing_libraries.h"
#include "support/fake.h"
#include "support/store_dump.h"

Suite *failures_suite(void);

enum { ATTEMPTS_MAX = 5000 };

/* Of the objects that cases are about; the spare ones come and go. */
static char dataset_id[OBJECT_ID_SIZE], model_id[OBJECT_ID_SIZE];
static char spare_dataset_id[OBJECT_ID_SIZE], spare_model_id[OBJECT_ID_SIZE];
static char part_link[512], original_link[512];

/*
 * Before an attempt. Each brings about what its cases begin with, wherever the last attempt left
 * it.
 */

static void put(const char *target, const char *json)
{
    ck_assert_int_eq(fake_send_json("PUT", target, "%s", json), 200);
}

/* Wait until nothing is left to train: it would go on beside the test. */
static void settle(void)
{
    const struct api *api = &fake_dispatch()->api;
    AUTO(model_names_done) struct model_names names = {0};

    ck_assert_int_eq(store_models_untrained(api->store, &names), STORE_OK);
    for (size_t i = 0; i < names.count; i++)
        ck_assert_int_eq(trainer_wait(api->trainer, names.items[i].world, names.items[i].id),
                         STORE_OK);
}

static void delete_datasets(const char *name)
{
    const struct dataset_filter all = {
        .after_us = INT64_MIN, .before = LIST_BEGIN, .limit = INT64_MAX};
    struct store *store = fake_dispatch()->api.store;
    AUTO(dataset_list_done) struct dataset_list list = {0};

    ck_assert_int_eq(store_dataset_list(store, "default", &all, &list), STORE_OK);
    for (size_t i = 0; i < list.count; i++)
        if (strcmp(list.items[i].name, name) == 0)
            ck_assert_int_eq(store_dataset_delete(store, "default", list.items[i].id), STORE_OK);
}

static void delete_models(const char *name)
{
    struct store *store = fake_dispatch()->api.store;
    AUTO(model_list_done) struct model_list list = {0};

    ck_assert_int_eq(store_model_list(store, "default", MODELS_OLDEST_FIRST, 0, INT64_MAX, &list),
                     STORE_OK);
    for (size_t i = 0; i < list.count; i++)
        if (strcmp(list.items[i].name, name) == 0)
            ck_assert_int_eq(store_model_delete(store, "default", list.items[i].id), STORE_OK);
}

static void freeze_clock(void)
{
    put("/__mockhere/clock", "{`mode`:`frozen`,`now`:`2025-06-02T00:00:00Z`}");
}

static void have_no_new_dataset(void)
{
    delete_datasets("new");
}

static void have_no_new_model(void)
{
    settle();
    delete_models("new");
}

static void copy_id(char to[OBJECT_ID_SIZE], const char *id)
{
    ck_assert_uint_lt(strlen(id), OBJECT_ID_SIZE);
    memcpy(to, id, strlen(id) + 1);
}

static void add_dataset(const char *query, char id[OBJECT_ID_SIZE])
{
    AUTO(buf_done) struct buf rows = {0};

    rows_add(&rows, 0, 8);
    ck_assert_int_eq(
        fake_upload(query, &(struct fake_file){"data", "a.jsonl", NULL, buf_text(&rows)}, 1, 0),
        200);
    copy_id(id, fake_string("id"));
}

static void add_model(const char *name, const char *dataset, char id[OBJECT_ID_SIZE])
{
    ck_assert_int_eq(fake_post("/v1/finetuning/finetuned-models",
                               "{`name`:`%s`,`settings`:{`base_model`:{`base_type`:`BASE_TYPE_"
                               "RERANK`},`dataset_id`:`%s`,`hyperparameters`:{`train_epochs`:3}}}",
                               name, dataset),
                     200);
    copy_id(id, fake_string("finetuned_model.id"));
}

/* A dataset of its own with a model that has learnt from it, both long done. */
static void have_spares(void)
{
    settle();
    delete_models("spare");
    delete_datasets("spare");
    put("/__mockhere/clock", "{`mode`:`frozen`,`now`:`2025-06-01T12:00:00Z`}");
    add_dataset("name=spare&type=reranker-finetune-input&keep_original_file=true",
                spare_dataset_id);
    fake_advance_ms(200);
    add_model("spare", spare_dataset_id, spare_model_id);
    settle();
    freeze_clock();
}

/* The same, where the model is still in training as far as the clock says. */
static void have_untrained_spares(void)
{
    have_spares();
    put("/__mockhere/clock", "{`mode`:`frozen`,`now`:`2025-06-01T12:00:00.201Z`}");
}

static void have_polled_spares(void)
{
    put("/__mockhere/lifecycle",
        "{`preset`:`fast`,`dataset`:{`polls`:3},`finetuned_model`:{`polls`:3}}");
    settle();
    delete_models("spare");
    delete_datasets("spare");
    add_dataset("name=spare&type=reranker-finetune-input", spare_dataset_id);
    add_model("spare", dataset_id, spare_model_id);
    settle();
    put("/__mockhere/lifecycle", "{`preset`:`fast`}");
}

static void name_model(void)
{
    ck_assert_int_eq(store_model_rename(fake_dispatch()->api.store, "default", model_id, "n", 77),
                     STORE_OK);
}

static void have_lifecycle(void)
{
    put("/__mockhere/lifecycle", "{`preset`:`fast`}");
}

static void have_limits(void)
{
    put("/__mockhere/limits", "{`train_queries_min`:4,`eval_queries_min`:2,`train_labelled_min`:2,"
                              "`eval_labelled_min`:2,`prompts_min`:2,`jobs_total`:0}");
}

static void have_no_keys(void)
{
    put("/__mockhere/keys", "{`keys`:[]}");
}

static void have_keys(void)
{
    put("/__mockhere/keys", "{`keys`:[{`key`:`key`,`plan`:`production`}]}");
}

static void have_seed(void)
{
    put("/__mockhere/seed", "{`seed`:1}");
}

static void have_no_other_world(void)
{
    (void)fake_delete("/__mockhere/worlds/other");
}

static void have_other_world(void)
{
    AUTO(buf_done) struct buf rows = {0};

    have_no_other_world();
    rows_add(&rows, 0, 1);
    put("/w/other/__mockhere/seed", "{`seed`:9}");
    ck_assert_int_eq(fake_post("/w/other/__mockhere/clock/advance", "{`by`:`1h`}"), 200);
}

/*
 * Cases
 */

#define MODEL "{\"model\":\"rerank-v3.5\","
#define JOB(type, dataset)                                                                         \
    "{\"name\":\"new\",\"settings\":{\"base_model\":{\"base_type\":\"" type "\"},"                 \
    "\"dataset_id\":\"" dataset "\",\"hyperparameters\":{\"train_epochs\":2,"                      \
    "\"learning_rate\":0.02},\"wandb\":{\"project\":\"p\\u0061\",\"api_key\":\"k\","               \
    "\"entity\":\"e\"}}}"
#define ROW(query)                                                                                 \
    "{\"query\":\"" query                                                                          \
    "\",\"relevant_passages\":[\"p\\u0061\",\"b\"],\"hard_negatives\":[\"n\",\"\"]}\n"
#define FILE_OF(part, name, content)                                                               \
    {                                                                                              \
        part, name, NULL,                                                                          \
        {                                                                                          \
            content, sizeof(content) - 1                                                           \
        }                                                                                          \
    }
#define CHAT                                                                                       \
    "{\"messages\":[{\"role\":\"User\",\"content\":\"a\"},"                                        \
    "{\"role\":\"Chatbot\",\"content\":\"b\\u0062\"}]}\n"

/* %s in a target or a body is the id. */
/* clang-format off */
static const struct failing_case {
    const char *method, *target;
    void (*arrange)(void); /* before each attempt after one that changed something; NULL: it only reads */
    const char *id;
    const char *body;         /* JSON; NULL: none */
    struct fake_file files[2]; /* of a form, in place of a body */
} cases[] = {
    {"GET", "/", NULL, NULL, NULL, {{0}}},
    {"GET", "/v1/nothing", NULL, NULL, NULL, {{0}}},
    {"DELETE", "/v1/rerank", NULL, NULL, NULL, {{0}}},
    {"OPTIONS", "/v1/datasets", NULL, NULL, NULL, {{0}}},
    {"GET", "/v1/datasets", have_no_other_world, NULL, NULL, {{0}}},
    {"GET", "/w/other/v1/datasets", have_no_other_world, NULL, NULL, {{0}}},

    {"GET", "/v1/datasets/%s", NULL, dataset_id, NULL, {{0}}},
    {"GET", "/v1/datasets", NULL, NULL, NULL, {{0}}},
    {"GET", "/v1/datasets?limit=1&offset=1&datasetType=reranker-finetune-input&after=2025-01-01T00:00:00%2B02:00&before=2026-01-01T00:00:00Z&validationStatus=validated", NULL, NULL, NULL, {{0}}},
    {"GET", "/v1/datasets?dataset_type=embed-input", NULL, NULL, NULL, {{0}}},
    {"GET", "/v1/datasets?limit=x", NULL, NULL, NULL, {{0}}},
    {"GET", "/v1/datasets/none", NULL, NULL, NULL, {{0}}},
    {"GET", "/v1/datasets/usage", NULL, NULL, NULL, {{0}}},
    {"GET", "%s", NULL, part_link, NULL, {{0}}},
    {"GET", "%s", NULL, original_link, NULL, {{0}}},
    {"GET", "/files/forged/a", NULL, NULL, NULL, {{0}}},
    {"GET", "/v1/datasets/%s", have_polled_spares, spare_dataset_id, NULL, {{0}}},
    {"DELETE", "/v1/datasets/%s", have_spares, spare_dataset_id, NULL, {{0}}},
    {"DELETE", "/v1/datasets/%s", have_untrained_spares, spare_dataset_id, NULL, {{0}}},

    {"POST", "/v1/datasets?name=new&type=reranker-finetune-input&keep_original_file=true&dry_run=false&csv_delimiter=%3B", have_no_new_dataset, NULL, NULL,
     {FILE_OF("data", "a.jsonl", ROW("1") ROW("2") ROW("3") ROW("4")), FILE_OF("eval_data", "b.jsonl", ROW("5") ROW("6"))}},
    {"POST", "/v1/datasets?name=new&type=reranker-finetune-input&skip_malformed_input=true", have_no_new_dataset, NULL, NULL,
     {FILE_OF("eval_data", "b.jsonl", ROW("1") ROW("6")), FILE_OF("data", "a.jsonl", ROW("1") ROW("2") "{}\n" ROW("1") ROW("3") ROW("4") ROW("7"))}},
    {"POST", "/v1/datasets?name=new&type=reranker-finetune-input", have_no_new_dataset, NULL, NULL,
     {FILE_OF("data", "a.jsonl", ROW("1") ROW("2") ROW("3") "no json\n" ROW("4"))}},
    {"POST", "/v1/datasets?name=new&type=single-label-classification-finetune-input", have_no_new_dataset, NULL, NULL,
     {FILE_OF("data", "a.csv", "text,label\na,x\nb,x\nc,x\nd,x\ne,x\n\"f\"\"\",y\ng,y\nh,y\ni,y\nj,y\nk,z\n")}},
    {"POST", "/v1/datasets?name=new&type=multi-label-classification-finetune-input", have_no_new_dataset, NULL, NULL,
     {FILE_OF("data", "a.jsonl", "{\"text\":\"a\",\"label\":[\"x\",\"y\"]}\n{\"text\":\"b\",\"label\":[\"x\"]}\n{\"text\":\"c\",\"label\":[\"z\"]}\n")}},
    {"POST", "/v1/datasets?name=new&type=chat-finetune-input", have_no_new_dataset, NULL, NULL,
     {FILE_OF("data", "a.jsonl", CHAT CHAT CHAT), FILE_OF("eval_data", "b.jsonl", CHAT)}},
    {"POST", "/v1/datasets?name=new&type=prompt-completion-finetune-input", have_no_new_dataset, NULL, NULL,
     {FILE_OF("data", "a.jsonl", "{\"prompt\":\"a\",\"completion\":\"b\"}\n{\"prompt\":\"c\",\"completion\":\"\\u0064\"}\n{\"prompt\":\"e\",\"completion\":\"f\"}\n")}},
    {"POST", "/v1/datasets?name=new&type=embed-input&keep_fields=n&keep_fields=m&optional_fields=o&csv_delimiter=%09", have_no_new_dataset, NULL, NULL,
     {FILE_OF("data", "a.csv", "text\tn\tm\na\t1\t2\n\"b\tc\"\t3\t4\n")}},
    {"POST", "/v1/datasets?name=new&type=embed-input&text_separator=%3B", have_no_new_dataset, NULL, NULL,
     {FILE_OF("data", "a.txt", "one;two\nand more;three")}},
    {"POST", "/v1/datasets?name=new&type=batch-chat-v2-input", have_no_new_dataset, NULL, NULL,
     {FILE_OF("data", "a.jsonl", "{\"a\":1}\n{\"b\":[2]}\n")}},
    {"POST", "/v1/datasets?name=new&type=embed-input", have_no_new_dataset, NULL, NULL,
     {FILE_OF("other", "a.txt", "x")}},

    {"GET", "/v1/finetuning/finetuned-models/%s", NULL, model_id, NULL, {{0}}},
    {"GET", "/v1/finetuning/finetuned-models/%s", have_polled_spares, spare_model_id, NULL, {{0}}},
    {"GET", "/v1/finetuning/finetuned-models/%s/events?order_by=created_at%20desc&page_size=2", NULL, model_id, NULL, {{0}}},
    {"GET", "/v1/finetuning/finetuned-models/%s/training-step-metrics", NULL, model_id, NULL, {{0}}},
    {"GET", "/v1/finetuning/finetuned-models/%s/training-step-metrics?page_size=1&page_token=x", NULL, model_id, NULL, {{0}}},
    {"GET", "/v1/finetuning/finetuned-models", NULL, NULL, NULL, {{0}}},
    {"GET", "/v1/finetuning/finetuned-models?order_by=name%20desc,created_at&page_size=1", NULL, NULL, NULL, {{0}}},
    {"PATCH", "/v1/finetuning/finetuned-models/%s", name_model, model_id, "{\"name\":\"n\\u0065w\"}", {{0}}},
    {"DELETE", "/v1/finetuning/finetuned-models/%s", have_spares, spare_model_id, NULL, {{0}}},
    {"POST", "/v1/finetuning/finetuned-models", have_no_new_model, dataset_id, JOB("BASE_TYPE_RERANK", "%s"), {{0}}},
    {"POST", "/v1/finetuning/finetuned-models", NULL, dataset_id, JOB("BASE_TYPE_CHAT", "%s"), {{0}}},

    {"POST", "/v1/rerank", NULL, NULL, MODEL "\"query\":\"a \\u0062\",\"documents\":[\"b\\u0062\",{\"text\":\"c\",\"x\":[1]},\"a\"],\"return_documents\":true}", {{0}}},
    {"POST", "/v1/rerank", NULL, NULL, MODEL "\"query\":\"a\",\"documents\":[{\"x\":\"c\",\"y\":1}],\"rank_fields\":[\"y\",\"x\"],\"other\":1}", {{0}}},
    {"POST", "/v1/rerank", NULL, NULL, MODEL "\"query\":\"\",\"documents\":[\"a\"],\"other\":1}", {{0}}},
    {"POST", "/rerank", NULL, NULL, MODEL "\"query\":\"a\",\"documents\":[\"b\"],\"top_k\":1}", {{0}}},
    {"POST", "/v2/rerank", NULL, NULL, MODEL "\"query\":\"a\",\"documents\":[\"b\"],\"top_k\":1}", {{0}}},
    {"POST", "/v2/rerank", have_keys, NULL, MODEL "\"query\":\"a\",\"documents\":[\"b a\",\"c\"],\"top_n\":1}", {{0}}},
    {"POST", "/v2/rerank", NULL, model_id, "{\"model\":\"%s-ft\",\"query\":\"a\",\"documents\":[\"b a\",\"c\"],\"top_n\":1}", {{0}}},
    {"GET", "/v1/models?page_size=3", NULL, NULL, NULL, {{0}}},
    {"GET", "/v1/models?page_size=1000&endpoint=rerank", NULL, NULL, NULL, {{0}}},
    {"GET", "/v1/models?page_token=1", NULL, NULL, NULL, {{0}}},
    {"GET", "/v1/models/%s-ft", NULL, model_id, NULL, {{0}}},
    {"GET", "/v1/models/none", NULL, NULL, NULL, {{0}}},
    {"POST", "/v1/check-api-key", NULL, NULL, NULL, {{0}}},
    {"POST", "/v1/chat", NULL, NULL, NULL, {{0}}},

    {"GET", "/__mockhere/health", NULL, NULL, NULL, {{0}}},
    {"GET", "/__mockhere/version", NULL, NULL, NULL, {{0}}},
    {"GET", "/__mockhere/nothing", NULL, NULL, NULL, {{0}}},
    {"POST", "/__mockhere/clock", NULL, NULL, "{}", {{0}}},
    {"GET", "/__mockhere/clock", NULL, NULL, NULL, {{0}}},
    {"PUT", "/__mockhere/clock", freeze_clock, NULL, "{\"mode\":\"frozen\",\"now\":\"2025-06-03T00:00:00Z\"}", {{0}}},
    {"PUT", "/__mockhere/clock", NULL, NULL, "{\"mode\":\"x\"}", {{0}}},
    {"POST", "/__mockhere/clock/advance", freeze_clock, NULL, "{\"by\":\"1h\"}", {{0}}},
    {"POST", "/__mockhere/clock/advance", have_untrained_spares, NULL, "{\"until\":\"next-event\"}", {{0}}},
    {"POST", "/__mockhere/clock/advance", have_untrained_spares, spare_model_id, "{\"until\":{\"finetuned_model\":\"%s\",\"status\":\"STATUS_READY\"}}", {{0}}},
    {"POST", "/__mockhere/clock/advance", NULL, dataset_id, "{\"until\":{\"dataset\":\"%s\",\"status\":\"x\"}}", {{0}}},
    {"GET", "/__mockhere/lifecycle", NULL, NULL, NULL, {{0}}},
    {"PUT", "/__mockhere/lifecycle", have_lifecycle, NULL, "{\"preset\":\"fast\",\"dataset\":{\"failure\":{\"message\":\"\\u0062\"}}}", {{0}}},
    {"PUT", "/__mockhere/lifecycle", NULL, NULL, "{\"preset\":\"x\"}", {{0}}},
    {"GET", "/__mockhere/limits", NULL, NULL, NULL, {{0}}},
    {"PUT", "/__mockhere/limits", have_limits, NULL, "{\"train_queries_min\":5,\"jobs_tot\\u0061l\":7}", {{0}}},
    {"PUT", "/__mockhere/limits", NULL, NULL, "{\"train_queries\":5}", {{0}}},
    {"GET", "/__mockhere/keys", have_keys, NULL, NULL, {{0}}},
    {"PUT", "/__mockhere/keys", have_no_keys, NULL, "{\"keys\":[{\"key\":\"k\\u0065y\",\"plan\":\"production\"},{\"key\":\"b\",\"plan\":\"trial\"}]}", {{0}}},
    {"PUT", "/__mockhere/keys", NULL, NULL, "{\"keys\":[{\"key\":\"a\",\"plan\":\"x\"}]}", {{0}}},
    {"GET", "/__mockhere/magic", NULL, NULL, NULL, {{0}}},
    {"GET", "/__mockhere/rules", NULL, NULL, NULL, {{0}}},
    {"GET", "/__mockhere/seed", NULL, NULL, NULL, {{0}}},
    {"PUT", "/__mockhere/seed", have_seed, NULL, "{\"seed\":5}", {{0}}},
    {"GET", "/__mockhere/datasets?query=n&sort=name&status=validated&type=reranker-finetune-input&offset=0&limit=3", NULL, NULL, NULL, {{0}}},
    {"GET", "/__mockhere/datasets?sort=name&limit=1&offset=1", NULL, NULL, NULL, {{0}}},
    {"GET", "/__mockhere/datasets?type=reranker-finetune-input", NULL, NULL, NULL, {{0}}},
    {"GET", "/__mockhere/datasets?limit=0&sort=-status", NULL, NULL, NULL, {{0}}},
    {"GET", "/__mockhere/finetuned-models?sort=name&limit=1", NULL, NULL, NULL, {{0}}},
    {"GET", "/__mockhere/datasets?status=x", NULL, NULL, NULL, {{0}}},
    {"GET", "/__mockhere/finetuned-models?sort=-status", NULL, NULL, NULL, {{0}}},
    {"PATCH", "/__mockhere/datasets/%s", have_spares, spare_dataset_id, "{\"status\":\"failed\",\"reason\":\"r\"}", {{0}}},
    {"PATCH", "/__mockhere/finetuned-models/%s", have_spares, spare_model_id, "{\"status\":\"STATUS_FAILED\"}", {{0}}},
    {"PATCH", "/__mockhere/finetuned-models/%s", NULL, model_id, "{\"status\":\"x\"}", {{0}}},
    {"GET", "/__mockhere/worlds", NULL, NULL, NULL, {{0}}},
    {"DELETE", "/__mockhere/worlds/other", have_other_world, NULL, NULL, {{0}}},
    {"POST", "/w/other/__mockhere/reset", have_other_world, NULL, NULL, {{0}}},
    {"PUT", "/w/other/__mockhere/keys", have_other_world, NULL, "{\"keys\":[{\"key\":\"a\",\"plan\":\"trial\"}]}", {{0}}},
};
/* clang-format on */

/*
 * Fixture
 */

static void keep_links(void)
{
    static const char *const paths[] = {"dataset.dataset_parts.0.url",
                                        "dataset.dataset_parts.0.original_url"};
    char *const links[] = {part_link, original_link};

    ck_assert_int_eq(fake_get("/v1/datasets/%s", dataset_id), 200);
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        const char *path = strstr(fake_string(paths[i]), "/files/");

        ck_assert_uint_lt(strlen(path), sizeof(part_link));
        memcpy(links[i], path, strlen(path) + 1);
    }
}

static void start_with_objects(void)
{
    struct worlds_config config = fake_config();

    failing_libraries_begin();
    if (access("/dev/shm", W_OK) == 0)
        ck_assert_int_eq(setenv("TMPDIR", "/dev/shm", 1), 0);
    fake_start_with(&config);
    have_limits();
    have_lifecycle();
    have_no_keys();
    add_dataset("name=n&type=reranker-finetune-input&keep_original_file=true", dataset_id);
    fake_advance_ms(200);
    add_model("n", dataset_id, model_id);
    add_model("m", dataset_id, spare_model_id);
    settle();
    freeze_clock();
    keep_links();
}

/*
 * Attempts
 */

static void add_pattern(struct buf *out, const char *pattern, const char *id)
{
    struct text rest = text_of(pattern);
    size_t at = text_find(rest, TEXT("%s"));

    buf_add(out, rest.data, at);
    if (!id || at == rest.len)
        return;
    buf_add_string(out, id);
    buf_add(out, rest.data + at + 2, rest.len - at - 2);
}

/* What may fail while an attempt is answered. */
struct trouble {
    enum fake_memory memory;
    size_t allocations_left;
    const struct call_failure *failure;
};

static void attempt(const struct failing_case *c, const struct trouble *trouble)
{
    AUTO(buf_done) struct buf target = {0}, body = {0};
    size_t file_count = 0;

    add_pattern(&target, c->target, c->id);
    while (file_count < ARRAY_LEN(c->files) && c->files[file_count].part)
        file_count++;
    if (file_count)
        form_add(&body, c->files, file_count);
    else if (c->body)
        add_pattern(&body, c->body, c->id);
    fake_send(&(struct fake_request){
        .method = c->method,
        .target = target.data,
        .headers = {FAKE_KEY,
                    FAKE_HEADER("Host", "h"),
                    {TEXT("Content-Type"), file_count
                                               ? TEXT("multipart/form-data; boundary=fake-boundary")
                                               : TEXT("application/json")}},
        .body = buf_text(&body),
        .memory = trouble->memory,
        .allocations_left = trouble->allocations_left,
        .failure = trouble->failure,
    });
}

/* The answer but for what is another each time: ids, and the signatures of links. */
static char *masked_answer(void)
{
    struct text rest = fake_body();
    struct buf out = {0};
    char *masked;

    buf_add_format(&out, "%d ", fake_status());
    while (rest.len) {
        struct text end = text_has_prefix(rest, TEXT("id\":\""))   ? TEXT("\"")
                          : text_has_prefix(rest, TEXT("/files/")) ? TEXT("/")
                                                                   : TEXT("");
        size_t skip = end.data[0] == '"' ? 5 : end.data[0] == '/' ? 7 : 1;

        buf_add(&out, rest.data, skip);
        rest.data += skip;
        rest.len -= skip;
        if (end.len) {
            skip = text_find(rest, end);
            rest.data += skip;
            rest.len -= skip;
        }
    }
    masked = buf_take(&out);
    ck_assert_ptr_nonnull(masked);
    return masked;
}

/* What the store holds, and what the worlds are in memory. */
static char *state(void)
{
    static const char *const paths[] = {"clock", "lifecycle", "limits", "keys", "seed"};
    struct buf out = {0};
    char *dump;

    settle();
    dump = store_dump(fake_dispatch()->api.store);
    buf_add_string(&out, dump);
    free(dump);
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        ck_assert_int_eq(fake_get("/__mockhere/%s", paths[i]), 200);
        buf_add_text(&out, fake_body());
    }
    dump = buf_take(&out);
    ck_assert_ptr_nonnull(dump);
    return dump;
}

/* What is to come of a case. */
struct expected {
    const struct failing_case *c;
    char *answer;
    char *before, *after; /* the state; NULL if it is only read */
};

static void expected_done(struct expected *expected)
{
    free(expected->answer);
    free(expected->before);
    free(expected->after);
}

static void assert_same(const char *got, const char *want, const char *what)
{
    size_t same = 0;

    ck_assert_ptr_nonnull(want);
    while (got[same] && got[same] == want[same])
        same++;
    if (!got[same] && !want[same])
        return;
    same -= same > 40 ? 40 : same;
    ck_abort_msg("%s: there is ...%.300s... in place of ...%.300s", what, got + same, want + same);
}

static void arrange_anew(const struct expected *expected, const char *what)
{
    char *before;

    expected->c->arrange();
    before = state();
    assert_same(before, expected->before, what);
    free(before);
}

static struct expected expect(const struct failing_case *c)
{
    struct expected expected = {.c = c};

    if (c->arrange) {
        c->arrange();
        expected.before = state();
    }
    attempt(c, &(struct trouble){.memory = FAKE_MEMORY_ENOUGH});
    expected.answer = masked_answer();
    if (c->arrange) {
        expected.after = state();
        arrange_anew(&expected, "arranging anew");
    }
    return expected;
}

/* On a disk that stays full a deletion has given up the files, in vain: see store.h. */
static bool leaves_rows_only(const struct failing_case *c, const struct call_failure *failure)
{
    return strcmp(c->method, "DELETE") == 0 && failure->kind == CALL_WRITE &&
           failure->error == ENOSPC && failure->persists;
}

/* Judge the last answer, and make all as it was. */
static void judge(const struct expected *expected, const struct call_failure *failure,
                  const char *what)
{
    char *answer = masked_answer(), *now;
    bool is_right = strcmp(answer, expected->answer) == 0;
    int status = fake_status();

    ck_assert_msg(is_right || ((status == 500 || status == 503) && fake_has("message") &&
                               *fake_string("message")),
                  "%s comes to %.300s in place of %.300s", what, answer, expected->answer);
    ck_assert_msg(is_right || fake_has_failed(), "%s: nothing failed", what);
    free(answer);
    if (!expected->c->arrange)
        return;
    now = state();
    ck_assert_ptr_nonnull(expected->before);
    if (failure && leaves_rows_only(expected->c, failure)) {
        arrange_anew(expected, what);
    } else if (is_right || strcmp(now, expected->before) != 0) {
        assert_same(now, expected->after, what);
        arrange_anew(expected, what);
    }
    free(now);
}

static const char *name_of(const struct failing_case *c)
{
    static char name[256];

    (void)snprintf(name, sizeof(name), "%s %s %.60s", c->method, c->target, c->body ? c->body : "");
    return name;
}

static void sweep_memory(const struct failing_case *c, enum fake_memory memory)
{
    AUTO(expected_done) struct expected expected = expect(c);
    bool has_failed = true;

    for (size_t i = 0; has_failed; i = failing_next(i)) {
        const struct trouble trouble = {.memory = memory, .allocations_left = i};
        char what[400];

        ck_assert_uint_lt(i, ATTEMPTS_MAX);
        (void)snprintf(what, sizeof(what), "%s without allocation %zu", name_of(c), i);
        attempt(c, &trouble);
        has_failed = fake_has_failed();
        judge(&expected, NULL, what);
    }
}

static void sweep_calls_with(const struct expected *expected, struct call_failure failure)
{
    bool has_failed = true;

    for (; has_failed; failure.after = failing_next(failure.after)) {
        char what[400];

        (void)snprintf(what, sizeof(what), "%s with %s %zu failing%s: %s", name_of(expected->c),
                       failing_calls_name(failure.kind), failure.after,
                       failure.persists ? " from then on" : "", strerror(failure.error));
        attempt(expected->c, &(struct trouble){.failure = &failure});
        has_failed = fake_has_failed();
        judge(expected, &failure, what);
    }
}

static void sweep_calls(const struct failing_case *c)
{
    AUTO(expected_done) struct expected expected = expect(c);
    size_t seen[CALL_KIND_COUNT];

    attempt(c, &(struct trouble){.failure = NULL});
    for (int kind = 0; kind < CALL_KIND_COUNT; kind++)
        seen[kind] = failing_calls_seen((enum call_kind)kind);
    judge(&expected, NULL, name_of(c));
    for (int kind = 0; kind < CALL_KIND_COUNT; kind++) {
        const int *errors = failing_calls_errors((enum call_kind)kind);

        /* A file that cannot be removed stays until the store is opened again. */
        for (size_t i = 0; kind != CALL_UNLINK && seen[kind] && errors[i] >= 0; i++) {
            sweep_calls_with(&expected,
                             (struct call_failure){(enum call_kind)kind, 0, errors[i], false});
            if (errors[i] != EINTR)
                sweep_calls_with(&expected,
                                 (struct call_failure){(enum call_kind)kind, 0, errors[i], true});
        }
    }
}

START_TEST(one_allocation_that_fails_is_an_error_with_a_sentence)
{
    sweep_memory(&cases[_i], FAKE_MEMORY_FAILS_ONCE);
}
END_TEST

START_TEST(memory_that_has_run_out_is_an_error_with_a_sentence)
{
    sweep_memory(&cases[_i], FAKE_MEMORY_RUNS_OUT);
}
END_TEST

START_TEST(a_call_that_fails_is_an_error_with_a_sentence)
{
    sweep_calls(&cases[_i]);
}
END_TEST

/*
 * Training, which the trainer does in a thread of its own
 */

/* A model that the trainer knows nothing of. */
static void get_untrained(struct model_training *out)
{
    struct store *store = fake_dispatch()->api.store;
    AUTO(model_record_done) struct model_record model = {0};

    ck_assert_int_eq(store_model_get(store, "default", model_id, &model), STORE_OK);
    copy_id(model.id, "untrained");
    ck_assert_int_eq(store_model_insert(store, "default", &model), STORE_OK);
    ck_assert_int_eq(store_model_training_get(store, "default", "untrained", out), STORE_OK);
}

/* Train while something fails; tell whether it did. */
static bool train(const struct model_training *training, const struct trouble *trouble,
                  const char *want)
{
    AUTO(buf_done) struct buf steps = {0};
    enum training_result result;
    atomic_bool stop = false;
    bool has_failed;

    failing_calls_begin(trouble->failure);
    if (trouble->memory == FAKE_MEMORY_FAILS_ONCE)
        failing_alloc_once_after(trouble->allocations_left);
    else if (trouble->memory == FAKE_MEMORY_RUNS_OUT)
        failing_alloc_after(trouble->allocations_left);
    result = training_run(fake_dispatch()->api.store, training, &stop, &steps);
    has_failed = failing_alloc_stop();
    has_failed = failing_calls_end() || has_failed;
    if (result == TRAINING_DONE)
        ck_assert_str_eq(steps.data, want);
    else
        ck_assert_int_eq(result, TRAINING_BROKEN_OFF);
    ck_assert(has_failed || result == TRAINING_DONE);
    return has_failed;
}

START_TEST(a_training_that_memory_or_the_disk_fails_is_right_or_broken_off)
{
    AUTO(model_training_done) struct model_training training = {0};
    AUTO(buf_done) struct buf want = {0};
    atomic_bool stop = false;

    get_untrained(&training);
    ck_assert_int_eq(training_run(fake_dispatch()->api.store, &training, &stop, &want),
                     TRAINING_DONE);
    for (enum fake_memory memory = FAKE_MEMORY_FAILS_ONCE; memory <= FAKE_MEMORY_RUNS_OUT; memory++)
        for (size_t i = 0; train(&training, &(struct trouble){memory, i, NULL}, want.data); i++)
            ck_assert_uint_lt(i, ATTEMPTS_MAX);
    for (int kind = 0; kind < CALL_KIND_COUNT; kind++) {
        const int *errors = failing_calls_errors((enum call_kind)kind);

        for (size_t i = 0; errors[i] >= 0; i++) {
            struct call_failure failure = {(enum call_kind)kind, 0, errors[i], false};

            while (train(&training, &(struct trouble){.failure = &failure}, want.data))
                failure.after++;
        }
    }
}
END_TEST

Suite *failures_suite(void)
{
    Suite *suite = suite_create("failures");
    TCase *training = tcase_create("training");
    const struct {
        const char *name;
        const TTest *test;
    } sweeps[] = {
        {"one allocation", one_allocation_that_fails_is_an_error_with_a_sentence},
        {"all memory", memory_that_has_run_out_is_an_error_with_a_sentence},
        {"calls", a_call_that_fails_is_an_error_with_a_sentence},
    };

    tcase_add_checked_fixture(training, start_with_objects, fake_stop);
    tcase_set_timeout(training, 120);
    tcase_add_test(training, a_training_that_memory_or_the_disk_fails_is_right_or_broken_off);
    suite_add_tcase(suite, training);
    for (size_t i = 0; i < ARRAY_LEN(sweeps); i++) {
        TCase *tcase = tcase_create(sweeps[i].name);

        tcase_add_checked_fixture(tcase, start_with_objects, fake_stop);
        tcase_set_timeout(tcase, 120);
        tcase_add_loop_test(tcase, sweeps[i].test, 0, (int)ARRAY_LEN(cases));
        suite_add_tcase(suite, tcase);
    }
    return suite;
}
