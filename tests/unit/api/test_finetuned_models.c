#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/fake.h"

Suite *finetuned_models_suite(void);

#define MODELS "/v1/finetuning/finetuned-models"
#define UNKNOWN_ID "9d927c5e-7598-4772-98b7-cdf2014e8874"
#define BASE "`base_model`:{`base_type`:`BASE_TYPE_RERANK`}"

static char *dataset_id; /* of a validated reranker dataset */

static void start_with_dataset(void)
{
    fake_start();
    dataset_id = strdup(fake_add_valid_dataset("My%20Data"));
}

static void stop_with_dataset(void)
{
    free(dataset_id);
    fake_stop();
}

/*
 * Creation
 */

/* In the order of the checks: each row has later faults, too. */
/* clang-format off */
static const struct {
    const char *body, *message;
} refusals[] = {
    {"", "invalid json syntax: unexpected end of JSON input"},
    {"{`name`:`n`,}", "invalid json syntax: invalid character '}' looking for beginning of object key string"},
    {"[]", "invalid json syntax: the body must be an object"},
    {"null", "invalid json syntax: the body must be an object"},
    {"{}", "name must be set"},
    {"{`name`:null}", "name must be set"},
    {"{`name`:``,`settings`:5}", "name must be set"},
    {"{`name`:5,`settings`:5}", "name must be a string"},
    {"{`name`:`n`}", "settings must be set"},
    {"{`name`:`n`,`settings`:null}", "settings must be set"},
    {"{`name`:`n`,`settings`:[]}", "settings must be an object"},
    {"{`name`:`n`,`settings`:{}}", "settings.base_model must be set"},
    {"{`name`:`n`,`settings`:{`base_model`:`x`}}", "settings.base_model must be an object"},
    {"{`name`:`n`,`settings`:{`base_model`:{}}}", "settings.base_model.base_type must be set"},
    {"{`name`:`n`,`settings`:{`base_model`:{`base_type`:``}}}", "settings.base_model.base_type must be set"},
    {"{`name`:`n`,`settings`:{`base_model`:{`base_type`:[4]}}}", "settings.base_model.base_type must be a string"},
    {"{`name`:`n`,`settings`:{`base_model`:{`base_type`:0}}}", "settings.base_model.base_type is invalid"},
    {"{`name`:`n`,`settings`:{`base_model`:{`base_type`:5}}}", "settings.base_model.base_type is invalid"},
    {"{`name`:`n`,`settings`:{`base_model`:{`base_type`:3.5}}}", "settings.base_model.base_type is invalid"},
    {"{`name`:`n`,`settings`:{`base_model`:{`base_type`:-1}}}", "settings.base_model.base_type is invalid"},
    {"{`name`:`n`,`settings`:{`base_model`:{`base_type`:1e300}}}", "settings.base_model.base_type is invalid"},
    {"{`name`:`n`,`settings`:{`base_model`:{`base_type`:3,`name`:`x`}}}", "settings.base_model.name must be one of english, multilingual"},
    {"{`name`:`n`,`settings`:{`base_model`:{`base_type`:3,`name`:`english, multilingual`}}}",
     "settings.base_model.name must be one of english, multilingual"},
    {"{`name`:`n`,`settings`:{`base_model`:{`base_type`:4},`hyperparameters`:{`train_epochs`:11}}}",
     "settings.hyperparameters.train_epochs must be between 1 and 10"},
    {"{`name`:`n`,`settings`:{`base_model`:{`base_type`:1},`hyperparameters`:{`learning_rate`:0.000004}}}",
     "settings.hyperparameters.learning_rate must be between 0.000005 and 0.1"},
    {"{`name`:`n`,`settings`:{" BASE ",`hyperparameters`:{`lora_alpha`:0}}}", "settings.hyperparameters.lora_alpha must be between 1 and 2147483647"},
    {"{`name`:`n`,`settings`:{" BASE ",`hyperparameters`:{`lora_rank`:2147483648}}}", "settings.hyperparameters.lora_rank must be between 1 and 2147483647"},
    {"{`name`:`n`,`settings`:{" BASE ",`hyperparameters`:{`lora_target_modules`:`QV`}}}", "settings.hyperparameters.lora_target_modules is invalid"},
    {"{`name`:`n`,`settings`:{" BASE ",`hyperparameters`:{`lora_target_modules`:4}}}", "settings.hyperparameters.lora_target_modules is invalid"},
    {"{`name`:`n`,`settings`:{" BASE ",`hyperparameters`:{`lora_target_modules`:true}}}", "settings.hyperparameters.lora_target_modules must be a string"},
    {"{`name`:`n`,`settings`:{" BASE ",`wandb`:`x`}}", "settings.wandb must be an object"},
    {"{`name`:`n`,`settings`:{" BASE ",`wandb`:{}}}", "settings.wandb.project must be set"},
    {"{`name`:`n`,`settings`:{" BASE ",`wandb`:{`project`:5}}}", "settings.wandb.project must be a string"},
    {"{`name`:`n`,`settings`:{" BASE ",`wandb`:{`project`:`p`,`api_key`:``}}}", "settings.wandb.api_key must be set"},
    {"{`name`:`n`,`settings`:{" BASE ",`wandb`:{`project`:`p`,`api_key`:`k`,`entity`:1}}}", "settings.wandb.entity must be a string"},
    {"{`name`:`n`,`settings`:{`base_model`:{`base_type`:`BASE_TYPE_UNSPECIFIED`}}}", "settings.base_model.base_type is invalid"},
    {"{`name`:`n`,`settings`:{`base_model`:{`base_type`:`RERANK`,`name`:`x`}}}", "settings.base_model.base_type is invalid"},
    {"{`name`:`n`,`settings`:{`base_model`:{`base_type`:`BASE_TYPE_RERANK`,`name`:4},`hyperparameters`:4}}", "settings.base_model.name must be a string"},
    {"{`name`:`n`,`settings`:{`base_model`:{`base_type`:`BASE_TYPE_RERANK`,`name`:`x`},`hyperparameters`:4}}",
     "settings.base_model.name must be one of english, multilingual"},
    {"{`name`:`n`,`settings`:{" BASE ",`hyperparameters`:4}}", "settings.hyperparameters must be an object"},
    {"{`name`:`n`,`settings`:{" BASE ",`hyperparameters`:{`train_epochs`:0}}}", "settings.hyperparameters.train_epochs must be between 1 and 10"},
    {"{`name`:`n`,`settings`:{" BASE ",`hyperparameters`:{`train_epochs`:11}}}", "settings.hyperparameters.train_epochs must be between 1 and 10"},
    {"{`name`:`n`,`settings`:{" BASE ",`hyperparameters`:{`train_epochs`:1.5}}}", "settings.hyperparameters.train_epochs must be between 1 and 10"},
    {"{`name`:`n`,`settings`:{" BASE ",`hyperparameters`:{`train_epochs`:`2`}}}", "settings.hyperparameters.train_epochs must be between 1 and 10"},
    {"{`name`:`n`,`settings`:{" BASE ",`hyperparameters`:{`train_batch_size`:1}}}", "settings.hyperparameters.train_batch_size must be between 2 and 16"},
    {"{`name`:`n`,`settings`:{" BASE ",`hyperparameters`:{`learning_rate`:1e300}}}", "settings.hyperparameters.learning_rate must be between 0.00005 and 0.1"},
    {"{`name`:`n`,`settings`:{" BASE ",`hyperparameters`:{`learning_rate`:0.00004}}}", "settings.hyperparameters.learning_rate must be between 0.00005 and 0.1"},
    {"{`name`:`n`,`settings`:{" BASE ",`hyperparameters`:{`early_stopping_threshold`:0}}}", "settings.hyperparameters.early_stopping_threshold must be between 0.001 and 0.1"},
    {"{`name`:`n`,`settings`:{" BASE ",`hyperparameters`:{`early_stopping_patience`:-1}}}", "settings.hyperparameters.early_stopping_patience must be between 0 and 10"},
    {"{`name`:`n`,`settings`:{" BASE "}}", "settings.dataset_id must be set"},
    {"{`name`:`n`,`settings`:{" BASE ",`dataset_id`:4}}", "settings.dataset_id must be a string"},
};
/* clang-format on */

START_TEST(the_body_is_checked_in_the_order_of_the_contract)
{
    fake_post(MODELS, "%s", refusals[_i].body);
    assert_message(400, "%s", refusals[_i].message);
    fake_get(MODELS);
    assert_body(200, "{`finetuned_models`:[],`total_size`:0}");
}
END_TEST

static void create_from(const char *id)
{
    fake_post(MODELS, "{`name`:`n`,`settings`:{" BASE ",`dataset_id`:`%s`}}", id);
}

START_TEST(an_unknown_dataset_is_a_404)
{
    create_from("my-dataset-id");
    assert_message(404, "dataset with id my-dataset-id not found");
}
END_TEST

START_TEST(an_expired_dataset_is_a_404)
{
    fake_advance_ms(30LL * 24 * 3600 * 1000);
    create_from(dataset_id);
    assert_message(404, "dataset with id %s not found", dataset_id);
}
END_TEST

START_TEST(a_dataset_must_be_validated)
{
    const char *id = fake_add_dataset("young");

    create_from(id);
    assert_message(400,
                   "dataset with id %s is not ready for fine-tuning, its validation status is "
                   "queued",
                   id);
    fake_advance_ms(50);
    create_from(id);
    assert_message(400,
                   "dataset with id %s is not ready for fine-tuning, its validation status is "
                   "processing",
                   id);
    fake_advance_ms(150);
    create_from(id);
    ck_assert_int_eq(fake_status(), 200);
}
END_TEST

START_TEST(a_dataset_that_failed_trains_nothing)
{
    static const struct fake_file file = {"data", "a.jsonl", NULL, {"{}\n", 3}};
    char *id;

    fake_upload("name=n&type=reranker-finetune-input", &file, 1, 0);
    id = strdup(fake_string("id"));
    fake_advance_ms(200);
    create_from(id);
    assert_message(400,
                   "dataset with id %s is not ready for fine-tuning, its validation status is "
                   "failed",
                   id);
    free(id);
}
END_TEST

START_TEST(a_dataset_of_another_type_trains_nothing)
{
    static const struct fake_file file = {"data", "a.jsonl", NULL, {"{\"text\":\"a\"}\n", 13}};
    char *id;

    fake_upload("name=n&type=embed-input", &file, 1, 0);
    id = strdup(fake_string("id"));
    fake_advance_ms(200);
    create_from(id);
    assert_message(400,
                   "dataset with id %s has type embed-input, BASE_TYPE_RERANK needs "
                   "reranker-finetune-input",
                   id);
    free(id);
}
END_TEST

START_TEST(a_dataset_of_another_world_is_not_found)
{
    AUTO(buf_done) struct buf body = {0};

    buf_add_format(
        &body,
        "{\"name\":\"n\",\"settings\":{\"base_model\":{\"base_type\":\"BASE_TYPE_RERANK\"}"
        ",\"dataset_id\":\"%s\"}}",
        dataset_id);
    fake_send(&(struct fake_request){.method = "POST",
                                     .target = "/w/other" MODELS,
                                     .headers = {FAKE_KEY},
                                     .body = buf_text(&body)});
    assert_message(404, "dataset with id %s not found", dataset_id);
}
END_TEST

START_TEST(a_new_model_is_queued)
{
    const char *id;

    create_from(dataset_id);
    id = fake_string("finetuned_model.id");
    assert_body(200,
                "{`finetuned_model`:{`id`:`%s`,`name`:`n`,`creator_id`:`%s`,"
                "`organization_id`:`%s`,`settings`:{`base_model`:{`name`:`english`,"
                "`version`:`2.0.0`,`base_type`:`BASE_TYPE_RERANK`,`strategy`:`STRATEGY_VANILLA`},"
                "`dataset_id`:`%s`},`status`:`STATUS_QUEUED`,"
                "`created_at`:`2025-06-01T12:00:00.200000Z`,"
                "`updated_at`:`2025-06-01T12:00:00.200000Z`}}",
                id, fake_string("finetuned_model.creator_id"),
                fake_string("finetuned_model.organization_id"), dataset_id);
    ck_assert_uint_eq(strlen(id), 36);
}
END_TEST

START_TEST(what_a_client_may_send_beside_is_ignored_and_hyperparameters_are_kept)
{
    fake_post(MODELS,
              "{`name`:`N \\u00e9`,`id`:`x`,`status`:5,`unknown`:[{}],`creator_id`:null,"
              "`settings`:{`base_model`:{`base_type`:`BASE_TYPE_RERANK`,`name`:`multilingual`,"
              "`version`:`9`,`strategy`:null},`dataset_id`:`%s`,`wandb`:null,"
              "`hyperparameters`:{`train_epochs`:3,`learning_rate`:0.01,`early_stopping_patience`:"
              "null,`train_epoch`:1}}}",
              dataset_id);
    ck_assert_int_eq(fake_status(), 200);
    ck_assert_str_eq(fake_string("finetuned_model.name"), "N \xc3\xa9");
    ck_assert_str_eq(fake_string("finetuned_model.settings.base_model.name"), "multilingual");
    ck_assert_str_eq(fake_string("finetuned_model.settings.base_model.version"), "2.0.0");
    ck_assert_uint_lt(text_find(fake_body(), TEXT("\"hyperparameters\":{\"train_epochs\":3,"
                                                  "\"learning_rate\":0.01}")),
                      fake_body().len);
}
END_TEST

START_TEST(two_models_may_have_one_name_but_not_one_id)
{
    char *first;

    create_from(dataset_id);
    first = strdup(fake_string("finetuned_model.id"));
    create_from(dataset_id);
    ck_assert_int_eq(fake_status(), 200);
    ck_assert_str_ne(fake_string("finetuned_model.id"), first);
    free(first);
}
END_TEST

/*
 * One model
 */

/* clang-format off */
static const struct {
    int64_t age_ms;
    const char *status, *updated_at, *completed;
    size_t event_count;
} stages[] = {
    {0,   "STATUS_QUEUED",        "12:00:00.200000", "", 1},
    {49,  "STATUS_QUEUED",        "12:00:00.200000", "", 1},
    {50,  "STATUS_FINETUNING",    "12:00:00.250000", "", 2},
    {349, "STATUS_FINETUNING",    "12:00:00.250000", "", 2},
    {350, "STATUS_DEPLOYING_API", "12:00:00.550000", ",`completed_at`:`2025-06-01T12:00:00.550000Z`", 3},
    {399, "STATUS_DEPLOYING_API", "12:00:00.550000", ",`completed_at`:`2025-06-01T12:00:00.550000Z`", 3},
    {400, "STATUS_READY",         "12:00:00.600000", ",`completed_at`:`2025-06-01T12:00:00.550000Z`", 4},
};
/* clang-format on */

START_TEST(a_model_shows_its_stage)
{
    const char *id = fake_add_model(dataset_id);
    json_auto_t *created = json_deep_copy(fake_member("finetuned_model"));

    fake_advance_ms(stages[_i].age_ms);
    fake_get(MODELS "/%s", id);
    assert_body(200,
                "{`finetuned_model`:{`id`:`%s`,`name`:`ft`,`creator_id`:`%s`,"
                "`organization_id`:`%s`,`settings`:{`base_model`:{`name`:`english`,"
                "`version`:`2.0.0`,`base_type`:`BASE_TYPE_RERANK`,`strategy`:`STRATEGY_VANILLA`},"
                "`dataset_id`:`%s`},`status`:`%s`,`created_at`:`2025-06-01T12:00:00.200000Z`,"
                "`updated_at`:`2025-06-01T%sZ`%s}}",
                id, json_string_value(json_object_get(created, "creator_id")),
                json_string_value(json_object_get(created, "organization_id")), dataset_id,
                stages[_i].status, stages[_i].updated_at, stages[_i].completed);
}
END_TEST

START_TEST(events_tell_the_stages_so_far)
{
    static const char *const times[] = {"12:00:00.200000", "12:00:00.250000", "12:00:00.550000",
                                        "12:00:00.600000"};
    static const char *const statuses[] = {"STATUS_QUEUED", "STATUS_FINETUNING",
                                           "STATUS_DEPLOYING_API", "STATUS_READY"};
    const char *id = fake_add_model(dataset_id);
    char *user = strdup(fake_string("finetuned_model.creator_id"));
    AUTO(buf_done) struct buf events = {0};

    fake_advance_ms(stages[_i].age_ms);
    for (size_t i = 0; i < stages[_i].event_count; i++) {
        buf_add_string(&events, i ? ",{" : "{");
        if (i < 3)
            buf_add_format(&events, "`user_id`:`%s`,", user);
        buf_add_format(&events, "`status`:`%s`,`created_at`:`2025-06-01T%sZ`}", statuses[i],
                       times[i]);
    }
    fake_get(MODELS "/%s/events", id);
    assert_body(200, "{`events`:[%s],`total_size`:%zu}", events.data, stages[_i].event_count);
    free(user);
}
END_TEST

START_TEST(events_come_newest_first_if_asked_so)
{
    const char *id = fake_add_ready_model(dataset_id);

    fake_get(MODELS "/%s/events?order_by=created_at%%20desc", id);
    ck_assert_str_eq(fake_string("events.0.status"), "STATUS_READY");
    ck_assert_str_eq(fake_string("events.3.status"), "STATUS_QUEUED");
    ck_assert_int_eq(fake_int("total_size"), 4);
    fake_get(MODELS "/%s/events?order_by=name", id);
    assert_message(400, "order_by is invalid");
}
END_TEST

START_TEST(events_come_in_pages)
{
    const char *id = fake_add_ready_model(dataset_id);
    char *token;

    fake_get(MODELS "/%s/events?page_size=3", id);
    ck_assert_uint_eq(json_array_size(fake_member("events")), 3);
    ck_assert_int_eq(fake_int("total_size"), 4);
    token = strdup(fake_string("next_page_token"));
    fake_get(MODELS "/%s/events?page_token=%s", id, token);
    ck_assert_uint_eq(json_array_size(fake_member("events")), 1);
    ck_assert_str_eq(fake_string("events.0.status"), "STATUS_READY");
    ck_assert(!fake_has("next_page_token"));
    fake_get(MODELS "/%s/events?page_token=%s&order_by=created_at%%20desc", id, token);
    assert_message(400, "page_token is invalid");
    free(token);
}
END_TEST

/*
 * Updates
 */

/* clang-format off */
static const struct {
    const char *body, *message; /* NULL: the name becomes "new" */
} updates[] = {
    {"{`name`:`new`}", NULL},
    {"{`name`:`new`,`settings`:null,`id`:`x`,`status`:5}", NULL},
    {"{`name`:`new`,`settings`:{`base_model`:{`base_type`:`BASE_TYPE_CHAT`},`dataset_id`:`other`}}", NULL},
    {"{`name`:`new`,`settings`:{`base_model`:5}}", NULL},
    {"{}", "name must be set"},
    {"{`name`:``,`settings`:5}", "name must be set"},
    {"{`name`:null}", "name must be set"},
    {"{`name`:5}", "name must be a string"},
    {"{`name`:`new`,`settings`:5}", "settings must be an object"},
    {"[]", "invalid json syntax: the body must be an object"},
    {"", "invalid json syntax: unexpected end of JSON input"},
};
/* clang-format on */

START_TEST(an_update_changes_the_name_and_nothing_else)
{
    const char *id = fake_add_ready_model(dataset_id);
    AUTO(buf_done) struct buf path = {0};
    json_auto_t *before = NULL, *after = NULL;

    buf_add_format(&path, MODELS "/%s", id);
    fake_get("%s", path.data);
    before = json_deep_copy(fake_member("finetuned_model"));
    fake_advance_ms(5000);
    fake_send_json("PATCH", path.data, "%s", updates[_i].body);
    if (updates[_i].message) {
        assert_message(400, "%s", updates[_i].message);
    } else {
        ck_assert_int_eq(fake_status(), 200);
        after = json_deep_copy(fake_member("finetuned_model"));
        json_object_set_new(before, "name", json_string("new"));
        json_object_set_new(before, "updated_at", json_string("2025-06-01T12:00:05.600000Z"));
        ck_assert(json_equal(before, after));
    }
    fake_get("%s", path.data);
    ck_assert(json_equal(before, fake_member("finetuned_model")));
}
END_TEST

START_TEST(a_model_is_found_by_its_id_in_either_case)
{
    char *id = strdup(fake_add_model(dataset_id));

    for (char *c = id; *c; c++)
        if (*c >= 'a' && *c <= 'f')
            *c = (char)(*c - 'a' + 'A');
    ck_assert_int_eq(fake_get(MODELS "/%s", id), 200);
    free(id);
}
END_TEST

static const char *const paths[] = {"", "/events", "/training-step-metrics"};

START_TEST(an_unknown_model_is_a_404)
{
    fake_get(MODELS "/" UNKNOWN_ID "%s", paths[_i]);
    assert_message(404, "finetuned model " UNKNOWN_ID " not found");
    fake_delete(MODELS "/" UNKNOWN_ID);
    assert_message(404, "finetuned model " UNKNOWN_ID " not found");
    fake_send_json("PATCH", MODELS "/" UNKNOWN_ID, "{}");
    assert_message(404, "finetuned model " UNKNOWN_ID " not found");
}
END_TEST

START_TEST(a_malformed_id_is_quoted_in_its_400)
{
    fake_get(MODELS "/test-id%s", paths[_i]);
    assert_message(400, "finetuneID is not a valid UUID: 'test-id'");
    fake_delete(MODELS "/" UNKNOWN_ID "-ft");
    assert_message(400, "finetuneID is not a valid UUID: '" UNKNOWN_ID "-ft'");
    fake_get(MODELS "/%%00%s", paths[_i]);
    ck_assert_int_eq(fake_status(), 400);
}
END_TEST

START_TEST(a_deleted_model_is_gone)
{
    const char *id = fake_add_ready_model(dataset_id);

    fake_delete(MODELS "/%s", id);
    assert_body(200, "{}");
    fake_get(MODELS "/%s", id);
    assert_message(404, "finetuned model %s not found", id);
    fake_get(MODELS "/%s/events", id);
    assert_message(404, "finetuned model %s not found", id);
    fake_delete(MODELS "/%s", id);
    assert_message(404, "finetuned model %s not found", id);
    fake_get(MODELS);
    assert_body(200, "{`finetuned_models`:[],`total_size`:0}");
    fake_post("/v2/rerank", "{`model`:`%s-ft`,`query`:`q`,`documents`:[`d`]}", id);
    assert_error(404, "finetuned model %s-ft not found", id);
}
END_TEST

/* clang-format off */
static const struct {
    int64_t age_ms;
    const char *status;
} deletions[] = {
    {0, "STATUS_FAILED"}, {50, "STATUS_FAILED"}, {349, "STATUS_FAILED"},
    {350, "STATUS_READY"}, {400, "STATUS_READY"}, {1000, "STATUS_READY"},
};
/* clang-format on */

START_TEST(a_dataset_that_is_deleted_before_training_ended_fails_the_job)
{
    const char *id = fake_add_model(dataset_id);
    bool fails = strcmp(deletions[_i].status, "STATUS_FAILED") == 0;

    fake_advance_ms(deletions[_i].age_ms);
    fake_delete("/v1/datasets/%s", dataset_id);
    fake_advance_ms(1000);
    fake_get(MODELS "/%s", id);
    ck_assert_str_eq(fake_string("finetuned_model.status"), deletions[_i].status);
    ck_assert_int_eq(fake_has("finetuned_model.completed_at"), !fails);
    fake_post("/v2/rerank", "{`model`:`%s-ft`,`query`:`q`,`documents`:[`d`]}", id);
    if (fails)
        assert_error(400, "finetuned model with name %s-ft is not ready for serving", id);
    else
        ck_assert_int_eq(fake_status(), 200);
}
END_TEST

START_TEST(a_job_that_failed_says_so_in_its_events)
{
    const char *id = fake_add_model(dataset_id);

    fake_advance_ms(100);
    fake_delete("/v1/datasets/%s", dataset_id);
    fake_get(MODELS "/%s/events", id);
    ck_assert_int_eq(fake_int("total_size"), 3);
    ck_assert_str_eq(fake_string("events.2.status"), "STATUS_FAILED");
    ck_assert_str_eq(fake_string("events.2.created_at"), "2025-06-01T12:00:00.300000Z");
    ck_assert(!fake_has("events.2.user_id"));
}
END_TEST

/*
 * The list
 */

/* a, b and c, a second after the other. */
static void start_with_models(void)
{
    start_with_dataset();
    for (int name = 'a'; name <= 'c'; name++) {
        fake_post(MODELS, "{`name`:`%c`,`settings`:{" BASE ",`dataset_id`:`%s`}}", name,
                  dataset_id);
        fake_advance_ms(1000);
    }
}

/* Append the names of the models that the last answer lists. */
static void names_add(struct buf *out)
{
    size_t count = json_array_size(fake_member("finetuned_models"));

    for (size_t i = 0; i < count; i++) {
        char path[64];

        (void)snprintf(path, sizeof(path), "finetuned_models.%zu.name", i);
        buf_add_string(out, fake_string(path));
    }
}

/* Names with a stroke between pages, by following the tokens. */
/* clang-format off */
static const struct {
    const char *query, *names;
} lists[] = {
    {"page_size=50", "abc"},
    {"page_size=0", "abc"},
    {"page_size=", "abc"},
    {"page_size=3", "abc"},
    {"page_size=2", "ab|c"},
    {"page_size=2.0", "ab|c"},
    {"page_size=1", "a|b|c"},
    {"page_size=1000000000000", "abc"},
    {"page_token=", "abc"},
    {"order_by=created_at", "abc"},
    {"order_by=", "abc"},
    {"order_by=created_at%20desc", "cba"},
    {"order_by=created_at+desc,name&page_size=2", "cb|a"},
    {"order_by=created_at%20asc%2C%20name%20desc", "abc"},
    {"order_by=created_at,created_at%20desc", "abc"},
    {"order_by=name%20desc", "cba"},
    {"order_by=name,created_at%20desc", "abc"},
};
/* clang-format on */

START_TEST(the_list_is_oldest_first_and_comes_in_pages)
{
    AUTO(buf_done) struct buf names = {0};
    char *token = NULL;

    for (;;) {
        fake_get(MODELS "?%s%s%s", lists[_i].query, token ? "&page_token=" : "",
                 token ? token : "");
        ck_assert_int_eq(fake_status(), 200);
        ck_assert_int_eq(fake_int("total_size"), 3);
        names_add(&names);
        free(token);
        if (!fake_has("next_page_token"))
            break;
        token = strdup(fake_string("next_page_token"));
        buf_add_char(&names, '|');
    }
    ck_assert_str_eq(names.data ? names.data : "", lists[_i].names);
}
END_TEST

START_TEST(models_of_one_moment_are_ordered_by_name_if_asked_so)
{
    AUTO(buf_done) struct buf names = {0};

    for (const char *name = "fed"; *name; name++)
        fake_post(MODELS, "{`name`:`%c`,`settings`:{" BASE ",`dataset_id`:`%s`}}", *name,
                  dataset_id);
    fake_get(MODELS "?order_by=created_at,name");
    names_add(&names);
    fake_get(MODELS "?order_by=created_at");
    names_add(&names);
    fake_get(MODELS "?order_by=created_at%%20desc,name");
    names_add(&names);
    ck_assert_str_eq(names.data, "abcdef"
                                 "abcfed"
                                 "defcba");
}
END_TEST

START_TEST(a_token_is_good_for_its_list_only)
{
    char *token, *id;

    fake_get(MODELS "?page_size=2");
    token = strdup(fake_string("next_page_token"));
    id = strdup(fake_string("finetuned_models.0.id"));
    fake_get(MODELS "?page_size=1&page_token=%s", token);
    ck_assert_int_eq(fake_status(), 200);
    fake_get(MODELS "?page_size=2&order_by=name&page_token=%s", token);
    assert_message(400, "page_token is invalid");
    fake_get("/w/other" MODELS "?page_token=%s", token);
    assert_message(400, "page_token is invalid");
    fake_get(MODELS "/%s/events?page_token=%s", id, token);
    assert_message(400, "page_token is invalid");
    fake_get(MODELS "/%s/training-step-metrics?page_token=%s", id, token);
    assert_message(400, "page_token is invalid");
    fake_get(MODELS "?page_token=%s0", token);
    assert_message(400, "page_token is invalid");
    fake_get(MODELS "?page_token=0%s", token);
    assert_message(400, "page_token is invalid");
    free(id);
    free(token);
}
END_TEST

START_TEST(many_models_come_in_pages_of_fifty)
{
    size_t counts[3] = {0};
    char *token = strdup("");

    for (int i = 0; i < 117; i++)
        fake_post(MODELS, "{`name`:`n`,`settings`:{" BASE ",`dataset_id`:`%s`}}", dataset_id);
    for (size_t i = 0; i < 3; i++) {
        fake_get(MODELS "?page_token=%s", token);
        counts[i] = json_array_size(fake_member("finetuned_models"));
        ck_assert_int_eq(fake_int("total_size"), 120);
        ck_assert_int_eq(fake_has("next_page_token"), i < 2);
        free(token);
        token = strdup(i < 2 ? fake_string("next_page_token") : "");
    }
    ck_assert_uint_eq(counts[0], 50);
    ck_assert_uint_eq(counts[1], 50);
    ck_assert_uint_eq(counts[2], 20);
    free(token);
}
END_TEST

START_TEST(an_item_of_the_list_is_what_get_shows)
{
    char *id, *item;

    fake_get(MODELS "?page_size=1");
    id = strdup(fake_string("finetuned_models.0.id"));
    item = json_dumps(fake_member("finetuned_models.0"), JSON_COMPACT);
    fake_get(MODELS "/%s", id);
    assert_body(200, "{`finetuned_model`:%s}", item);
    free(item);
    free(id);
}
END_TEST

/* clang-format off */
static const struct {
    const char *query, *message;
} bad_lists[] = {
    {"page_size=-1", "page_size is invalid"},
    {"page_size=x", "page_size is invalid"},
    {"page_size=0.5", "page_size is invalid"},
    {"page_token=x", "page_token is invalid"},
    {"page_token=-1", "page_token is invalid"},
    {"page_token=2", "page_token is invalid"},
    {"page_token=2-0000000000000000", "page_token is invalid"},
    {"page_token=99999999999999999999", "page_token is invalid"},
    {"order_by=status", "order_by is invalid"},
    {"order_by=created_at%20up", "order_by is invalid"},
    {"order_by=created_at,", "order_by is invalid"},
    {"order_by=created_at,status", "order_by is invalid"},
};
/* clang-format on */

START_TEST(a_bad_parameter_of_the_list_is_named)
{
    fake_get(MODELS "?%s", bad_lists[_i].query);
    assert_message(400, "%s", bad_lists[_i].message);
}
END_TEST

Suite *finetuned_models_suite(void)
{
    Suite *suite = suite_create("finetuned_models");
    TCase *creation = tcase_create("creation"), *one = tcase_create("one model");
    TCase *list = tcase_create("the list");

    tcase_add_checked_fixture(creation, start_with_dataset, stop_with_dataset);
    tcase_add_loop_test(creation, the_body_is_checked_in_the_order_of_the_contract, 0,
                        ARRAY_LEN(refusals));
    tcase_add_test(creation, an_unknown_dataset_is_a_404);
    tcase_add_test(creation, an_expired_dataset_is_a_404);
    tcase_add_test(creation, a_dataset_must_be_validated);
    tcase_add_test(creation, a_dataset_that_failed_trains_nothing);
    tcase_add_test(creation, a_dataset_of_another_type_trains_nothing);
    tcase_add_test(creation, a_dataset_of_another_world_is_not_found);
    tcase_add_test(creation, a_new_model_is_queued);
    tcase_add_test(creation, what_a_client_may_send_beside_is_ignored_and_hyperparameters_are_kept);
    tcase_add_test(creation, two_models_may_have_one_name_but_not_one_id);
    suite_add_tcase(suite, creation);

    tcase_add_checked_fixture(one, start_with_dataset, stop_with_dataset);
    tcase_add_loop_test(one, a_model_shows_its_stage, 0, ARRAY_LEN(stages));
    tcase_add_loop_test(one, events_tell_the_stages_so_far, 0, ARRAY_LEN(stages));
    tcase_add_test(one, events_come_newest_first_if_asked_so);
    tcase_add_test(one, events_come_in_pages);
    tcase_add_loop_test(one, an_update_changes_the_name_and_nothing_else, 0, ARRAY_LEN(updates));
    tcase_add_test(one, a_model_is_found_by_its_id_in_either_case);
    tcase_add_loop_test(one, an_unknown_model_is_a_404, 0, ARRAY_LEN(paths));
    tcase_add_loop_test(one, a_malformed_id_is_quoted_in_its_400, 0, ARRAY_LEN(paths));
    tcase_add_test(one, a_deleted_model_is_gone);
    tcase_add_loop_test(one, a_dataset_that_is_deleted_before_training_ended_fails_the_job, 0,
                        ARRAY_LEN(deletions));
    tcase_add_test(one, a_job_that_failed_says_so_in_its_events);
    suite_add_tcase(suite, one);

    tcase_add_checked_fixture(list, start_with_models, stop_with_dataset);
    tcase_add_loop_test(list, the_list_is_oldest_first_and_comes_in_pages, 0, ARRAY_LEN(lists));
    tcase_add_test(list, models_of_one_moment_are_ordered_by_name_if_asked_so);
    tcase_add_test(list, a_token_is_good_for_its_list_only);
    tcase_add_test(list, many_models_come_in_pages_of_fifty);
    tcase_add_test(list, an_item_of_the_list_is_what_get_shows);
    tcase_add_loop_test(list, a_bad_parameter_of_the_list_is_named, 0, ARRAY_LEN(bad_lists));
    suite_add_tcase(suite, list);
    return suite;
}
