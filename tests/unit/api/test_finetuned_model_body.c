#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/fake.h"

Suite *finetuned_model_body_suite(void);

#define MODELS "/v1/finetuning/finetuned-models"
#define CHAT_DEFAULTS                                                                              \
    "`hyperparameters`:{`early_stopping_patience`:10,`early_stopping_threshold`:0.001,"            \
    "`train_batch_size`:16,`train_epochs`:1,`learning_rate`:0.01}"
#define MEDIUM(type)                                                                               \
    "`base_model`:{`name`:`medium`,`version`:`14.2.0`,`base_type`:`" type                          \
    "`,`strategy`:`STRATEGY_TFEW`}"

/* What is asked for, but for the dataset, and the settings that are answered, in their order. */
/* clang-format off */
static const struct {
    const char *dataset_type, *base_model, *more, *shown_base, *shown_more;
} creations[] = {
    {"chat-finetune-input", "`base_type`:`BASE_TYPE_CHAT`", "",
     MEDIUM("BASE_TYPE_CHAT"), "," CHAT_DEFAULTS},
    {"chat-finetune-input", "`base_type`:4,`name`:``,`version`:`1`,`strategy`:`STRATEGY_VANILLA`", ",`hyperparameters`:{},`multi_label`:true",
     MEDIUM("BASE_TYPE_CHAT"), "," CHAT_DEFAULTS},
    {"chat-finetune-input", "`base_type`:`BASE_TYPE_CHAT`,`name`:`command-r-08-2024`",
     ",`hyperparameters`:{`unknown`:{},`train_epoch`:1,`lora_target_modules`:`LORA_TARGET_MODULES_QKVO`,`lora_rank`:8,`lora_alpha`:16,`learning_rate`:0.1,"
     "`train_epochs`:10,`early_stopping_patience`:0,`early_stopping_threshold`:0.05,`train_batch_size`:2.0}",
     "`base_model`:{`name`:`command-r-08-2024`,`version`:`14.2.0`,`base_type`:`BASE_TYPE_CHAT`,`strategy`:`STRATEGY_TFEW`}",
     ",`hyperparameters`:{`early_stopping_patience`:0,`early_stopping_threshold`:0.05,`train_batch_size`:2,`train_epochs`:10,`learning_rate`:0.1,"
     "`lora_alpha`:16,`lora_rank`:8,`lora_target_modules`:`LORA_TARGET_MODULES_QKVO`}"},
    {"chat-finetune-input", "`base_type`:`BASE_TYPE_CHAT`", ",`hyperparameters`:{`lora_target_modules`:0}",
     MEDIUM("BASE_TYPE_CHAT"), "," CHAT_DEFAULTS},
    {"chat-finetune-input", "`base_type`:`BASE_TYPE_CHAT`", ",`wandb`:{`project`:`p`,`api_key`:`the-secret`,`entity`:`e`}",
     MEDIUM("BASE_TYPE_CHAT"), "," CHAT_DEFAULTS ",`wandb`:{`project`:`p`,`entity`:`e`}"},
    {"chat-finetune-input", "`base_type`:`BASE_TYPE_CHAT`", ",`wandb`:{`project`:`p`,`api_key`:`the-secret`}",
     MEDIUM("BASE_TYPE_CHAT"), "," CHAT_DEFAULTS ",`wandb`:{`project`:`p`}"},
    {"prompt-completion-finetune-input", "`base_type`:`BASE_TYPE_GENERATIVE`", "",
     MEDIUM("BASE_TYPE_GENERATIVE"), ",`hyperparameters`:{`early_stopping_patience`:6,`early_stopping_threshold`:0.01,"
     "`train_batch_size`:16,`train_epochs`:1,`learning_rate`:0.01}"},
    {"single-label-classification-finetune-input", "`base_type`:`BASE_TYPE_CLASSIFICATION`", ",`wandb`:{`project`:`p`,`api_key`:`the-secret`}",
     "`base_model`:{`base_type`:`BASE_TYPE_CLASSIFICATION`}", ""},
    {"multi-label-classification-finetune-input", "`base_type`:2", ",`multi_label`:false,`hyperparameters`:{`train_epochs`:2}",
     "`base_model`:{`base_type`:`BASE_TYPE_CLASSIFICATION`}", ",`hyperparameters`:{`train_epochs`:2},`multi_label`:true"},
    {"reranker-finetune-input", "`base_type`:3", ",`hyperparameters`:{`train_epochs`:3,`lora_target_modules`:3}",
     "`base_model`:{`name`:`english`,`version`:`2.0.0`,`base_type`:`BASE_TYPE_RERANK`,`strategy`:`STRATEGY_VANILLA`}",
     ",`hyperparameters`:{`train_epochs`:3,`lora_target_modules`:`LORA_TARGET_MODULES_QKVO_FFN`}"},
};
/* clang-format on */

START_TEST(every_base_type_shows_its_settings)
{
    const char *dataset_id = fake_add_dataset_of(creations[_i].dataset_type);
    char *shown, *id;
    AUTO(buf_done) struct buf wanted = {0};

    fake_post(MODELS, "{`name`:`n`,`settings`:{`base_model`:{%s},`dataset_id`:`%s`%s}}",
              creations[_i].base_model, dataset_id, creations[_i].more);
    ck_assert_int_eq(fake_status(), 200);
    buf_add_format(&wanted, "`settings`:{%s,`dataset_id`:`%s`%s},`status`:`STATUS_QUEUED`",
                   creations[_i].shown_base, dataset_id, creations[_i].shown_more);
    for (size_t i = 0; i < wanted.len; i++)
        if (wanted.data[i] == '`')
            wanted.data[i] = '"';
    shown = strndup(fake_body().data, fake_body().len);
    if (!strstr(shown, wanted.data))
        ck_assert_str_eq(shown, wanted.data);
    ck_assert_ptr_null(strstr(shown, "the-secret"));
    id = strdup(fake_string("finetuned_model.id"));
    fake_get(MODELS "/%s", id);
    assert_body(200, "%s", shown);
    free(id);
    free(shown);
}
END_TEST

/* clang-format off */
static const struct {
    const char *base_type, *dataset_type, *wanted;
} mismatches[] = {
    {"BASE_TYPE_CHAT", "reranker-finetune-input", "chat-finetune-input"},
    {"BASE_TYPE_RERANK", "chat-finetune-input", "reranker-finetune-input"},
    {"BASE_TYPE_GENERATIVE", "chat-finetune-input", "prompt-completion-finetune-input"},
    {"BASE_TYPE_CLASSIFICATION", "embed-input",
     "single-label-classification-finetune-input or multi-label-classification-finetune-input"},
};
/* clang-format on */

START_TEST(a_base_type_needs_a_dataset_of_its_own)
{
    const char *id = fake_add_dataset_of(mismatches[_i].dataset_type);

    fake_post(MODELS, "{`name`:`n`,`settings`:{`base_model`:{`base_type`:`%s`},`dataset_id`:`%s`}}",
              mismatches[_i].base_type, id);
    assert_message(400, "dataset with id %s has type %s, %s needs %s", id,
                   mismatches[_i].dataset_type, mismatches[_i].base_type, mismatches[_i].wanted);
}
END_TEST

START_TEST(the_key_for_weights_and_biases_is_not_kept)
{
    const char *dataset_id = fake_add_dataset_of("chat-finetune-input");
    AUTO(model_record_done) struct model_record model = {0};

    fake_post(MODELS,
              "{`name`:`n`,`settings`:{`base_model`:{`base_type`:`BASE_TYPE_CHAT`},"
              "`dataset_id`:`%s`,`wandb`:{`project`:`p`,`api_key`:`the-secret`}}}",
              dataset_id);
    ck_assert_int_eq(store_model_get(fake_dispatch()->api.store, "default",
                                     fake_string("finetuned_model.id"), &model),
                     STORE_OK);
    ck_assert_str_eq(model.wandb, "{\"project\":\"p\"}");
}
END_TEST

START_TEST(only_rerank_models_rerank)
{
    const char *dataset_id = fake_add_dataset_of("chat-finetune-input");
    char *id;

    fake_post(MODELS, "{`name`:`n`,`settings`:{`base_model`:{`base_type`:4},`dataset_id`:`%s`}}",
              dataset_id);
    id = strdup(fake_string("finetuned_model.id"));
    fake_advance_ms(1000);
    fake_post("/v2/rerank", "{`model`:`%s-ft`,`query`:`q`,`documents`:[`d`]}", id);
    assert_error(400, "invalid request: model '%s-ft' is not supported by the rerank API", id);
    free(id);
}
END_TEST

Suite *finetuned_model_body_suite(void)
{
    Suite *suite = suite_create("finetuned_model_body");
    TCase *tcase = tcase_create("base types");

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    tcase_add_loop_test(tcase, every_base_type_shows_its_settings, 0, (int)ARRAY_LEN(creations));
    tcase_add_loop_test(tcase, a_base_type_needs_a_dataset_of_its_own, 0,
                        (int)ARRAY_LEN(mismatches));
    tcase_add_test(tcase, the_key_for_weights_and_biases_is_not_kept);
    tcase_add_test(tcase, only_rerank_models_rerank);
    suite_add_tcase(suite, tcase);
    return suite;
}
