#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/model_catalog.h"
#include "support/fake.h"

Suite *models_suite(void);

#define UNKNOWN_ID "9d927c5e-7598-4772-98b7-cdf2014e8874"
#define TOKENIZERS "https://storage.googleapis.com/cohere-public/tokenizers/"
#define PAGE_SIZE_WRONG "invalid request: page_size must be between 1 and 1000"
#define PAGE_TOKEN_WRONG "invalid request: page_token is invalid"

/* Cohere's models that are listed: all but the two removed ones. */
enum { LISTED = 18 };

static size_t shown_count(void)
{
    return json_array_size(fake_member("models"));
}

static void assert_names(const char *wanted)
{
    AUTO(buf_done) struct buf names = {0};

    ck_assert_int_eq(fake_status(), 200);
    for (size_t i = 0; i < shown_count(); i++) {
        const json_t *name = json_object_get(json_array_get(fake_member("models"), i), "name");

        buf_add_format(&names, "%s%s", i ? " " : "", json_string_value(name));
    }
    ck_assert_str_eq(names.data ? names.data : "", wanted);
}

/* clang-format off */
static const struct {
    const char *name, *body;
} shown[] = {
    {"rerank-v3.5",
     "{`name`:`rerank-v3.5`,`endpoints`:[`rerank`],`finetuned`:false,`context_length`:4096,"
     "`tokenizer_url`:`" TOKENIZERS "rerank-v3.5.json`,`supports_vision`:false,`features`:[],"
     "`default_endpoints`:[`rerank`]}"},
    {"rerank-v4.0-pro",
     "{`name`:`rerank-v4.0-pro`,`endpoints`:[`rerank`],`finetuned`:false,`context_length`:32768,"
     "`tokenizer_url`:`" TOKENIZERS "rerank-v4.0-pro.json`,`supports_vision`:false,`features`:[],"
     "`default_endpoints`:[]}"},
    {"command-r-plus",
     "{`name`:`command-r-plus`,`endpoints`:[`generate`,`chat`,`summarize`],`finetuned`:false,`context_length`:128000,"
     "`tokenizer_url`:`" TOKENIZERS "command-r-plus.json`,`supports_vision`:false,`features`:[],"
     "`default_endpoints`:[]}"},
};
/* clang-format on */

START_TEST(a_model_is_shown_as_the_service_shows_it)
{
    fake_get("/v1/models/%s", shown[_i].name);
    assert_body(200, "%s", shown[_i].body);
}
END_TEST

START_TEST(a_list_has_the_models_as_they_are_shown_alone)
{
    fake_get("/v1/models?endpoint=rerank&default_only=true");
    assert_body(200, "{`models`:[%s]}", shown[0].body);
}
END_TEST

/* clang-format off */
static const struct {
    const char *name, *message;
} missing[] = {
    {"xyz", "model 'xyz' not found, make sure the correct model ID was used and that you have access to the model."},
    {"a%2Fb", "model 'a/b' not found, make sure the correct model ID was used and that you have access to the model."},
    {UNKNOWN_ID "-ft", "model '" UNKNOWN_ID "-ft' not found, make sure the correct model ID was used and that you have access to the model."},
    {"rerank-english-v2.0", "model 'rerank-english-v2.0' was removed on April 30, 2025. See https://docs.cohere.com/docs/models#rerank for a list of models you can use instead."},
};
/* clang-format on */

START_TEST(a_model_that_cannot_be_used_is_a_404)
{
    fake_get("/v1/models/%s", missing[_i].name);
    assert_error(404, "%s", missing[_i].message);
}
END_TEST

/* clang-format off */
static const struct {
    const char *query, *names;
} lists[] = {
    {"endpoint=rerank", "rerank-v4.0-pro rerank-v4.0-fast rerank-v3.5 rerank-english-v3.0 rerank-multilingual-v3.0"},
    {"endpoint=rerank&page_size=2", "rerank-v4.0-pro rerank-v4.0-fast"},
    {"endpoint=rerank&page_size=2.0&page_token=", "rerank-v4.0-pro rerank-v4.0-fast"},
    {"endpoint=rerank&default_only=true", "rerank-v3.5"},
    {"endpoint=rerank&default_only=false&page_size=1", "rerank-v4.0-pro"},
    {"endpoint=embed&default_only=1", "embed-v4.0"},
    {"endpoint=rate", ""},
    {"default_only=false&page_size=1", "command-a-03-2025"},
};
/* clang-format on */

START_TEST(a_list_has_what_was_asked_for)
{
    fake_get("/v1/models?%s", lists[_i].query);
    assert_names(lists[_i].names);
}
END_TEST

START_TEST(a_list_has_twenty_models_unless_told_otherwise)
{
    const char *dataset = fake_add_valid_dataset("n");

    fake_get("/v1/models");
    ck_assert_uint_eq(shown_count(), LISTED);
    ck_assert(!fake_has("next_page_token"));
    for (size_t i = LISTED; i <= 20; i++)
        (void)fake_add_ready_model(dataset);
    fake_get("/v1/models");
    ck_assert_uint_eq(shown_count(), 20);
    ck_assert(fake_has("next_page_token"));
    fake_get("/v1/models?page_size=1000");
    ck_assert_uint_eq(shown_count(), 21);
    ck_assert(!fake_has("next_page_token"));
}
END_TEST

/* clang-format off */
static const struct {
    const char *query, *message;
} refusals[] = {
    {"page_size=0",    PAGE_SIZE_WRONG},
    {"page_size=-1",   PAGE_SIZE_WRONG},
    {"page_size=1001", PAGE_SIZE_WRONG},
    {"page_size=20.5", PAGE_SIZE_WRONG},
    {"page_size=x",    PAGE_SIZE_WRONG},
    {"page_size=x&endpoint=x", PAGE_SIZE_WRONG},
    {"endpoint=x&default_only=x", "invalid request: endpoint is invalid"},
    {"endpoint=rerank&default_only=x", "invalid request: default_only is invalid"},
    {"default_only=true&page_token=x", "invalid request: default_only is only valid together with endpoint"},
    {"page_token=x",   PAGE_TOKEN_WRONG},
    {"page_token=1",   PAGE_TOKEN_WRONG},
};
/* clang-format on */

START_TEST(a_wrong_parameter_is_refused)
{
    fake_get("/v1/models?%s", refusals[_i].query);
    assert_error(400, "%s", refusals[_i].message);
}
END_TEST

START_TEST(pages_together_are_the_list)
{
    const char *dataset = fake_add_valid_dataset("n");
    char *whole, token[64] = "";
    json_t *together = json_array();

    for (size_t i = 0; i < 5; i++)
        (void)fake_add_ready_model(dataset);
    fake_get("/v1/models?page_size=1000");
    ck_assert_uint_eq(shown_count(), LISTED + 5);
    whole = json_dumps(fake_member("models"), 0);
    do {
        fake_get("/v1/models?page_size=%d&page_token=%s", _i, token);
        ck_assert_int_eq(fake_status(), 200);
        ck_assert_uint_gt(shown_count(), 0);
        for (size_t i = 0; i < shown_count(); i++)
            json_array_append_new(together,
                                  json_deep_copy(json_array_get(fake_member("models"), i)));
        token[0] = '\0';
        if (fake_has("next_page_token"))
            (void)snprintf(token, sizeof(token), "%s", fake_string("next_page_token"));
    } while (token[0]);
    {
        char *all = json_dumps(together, 0);

        ck_assert_str_eq(all, whole);
        free(all);
    }
    free(whole);
    json_decref(together);
}
END_TEST

/* clang-format off */
static const struct {
    const char *format; /* of the target, with the token */
    int status;
} token_uses[] = {
    {"/v1/models?endpoint=rerank&page_token=%s",                   200},
    {"/v1/models?endpoint=rerank&page_size=1&page_token=%s",       200},
    {"/v1/models?page_token=%s",                                   400},
    {"/v1/models?endpoint=embed&page_token=%s",                    400},
    {"/v1/models?endpoint=rerank&default_only=true&page_token=%s", 400},
    {"/w/other/v1/models?endpoint=rerank&page_token=%s",           400},
    {"/v1/finetuning/finetuned-models?page_token=%s",              400},
};
/* clang-format on */

START_TEST(a_page_token_is_good_for_its_list_only)
{
    AUTO(buf_done) struct buf target = {0};
    const char *format = token_uses[_i].format;
    char *token;

    fake_get("/v1/models?endpoint=rerank&page_size=2");
    token = strdup(fake_string("next_page_token"));
    buf_add(&target, format, strlen(format) - 2);
    buf_add_string(&target, token);
    fake_get("%s", target.data);
    ck_assert_int_eq(fake_status(), token_uses[_i].status);
    free(token);
}
END_TEST

/*
 * Fine-tuned models
 */

START_TEST(a_fine_tuned_model_is_listed_when_it_is_ready)
{
    char *id = strdup(fake_add_model(fake_add_valid_dataset("n")));

    for (size_t i = 0; i < 2; i++) {
        fake_get("/v1/models?page_size=1000");
        ck_assert_uint_eq(shown_count(), LISTED);
        fake_get("/v1/models/%s-ft", id);
        ck_assert_int_eq(fake_status(), 404);
        fake_advance_ms(399);
    }
    fake_advance_ms(1);
    fake_get("/v1/models/%s-ft", id);
    assert_body(200,
                "{`name`:`%s-ft`,`endpoints`:[`rerank`],`finetuned`:true,`context_length`:512,"
                "`tokenizer_url`:``,`default_endpoints`:[]}",
                id);
    fake_get("/v1/models?page_size=1000");
    ck_assert_uint_eq(shown_count(), LISTED + 1);
    ck_assert(fake_has("models.18.name"));
    ck_assert_int_eq(strncmp(fake_string("models.18.name"), id, strlen(id)), 0);
    fake_get("/v1/models/%s", id);
    ck_assert_int_eq(fake_status(), 404);
    fake_delete("/v1/finetuning/finetuned-models/%s", id);
    fake_get("/v1/models/%s-ft", id);
    ck_assert_int_eq(fake_status(), 404);
    fake_get("/v1/models?page_size=1000");
    ck_assert_uint_eq(shown_count(), LISTED);
    free(id);
}
END_TEST

/* The store is read a hundred models at a time; most of these are never ready. */
START_TEST(many_models_that_are_not_ready_hide_none_that_are)
{
    const char *dataset = fake_add_valid_dataset("n");

    (void)fake_add_ready_model(dataset);
    for (size_t i = 0; i < 120; i++)
        (void)fake_add_model(dataset);
    fake_get("/v1/models?page_size=1000");
    ck_assert_uint_eq(shown_count(), LISTED + 1);
    fake_get("/v1/models?page_size=%d", LISTED + 1);
    ck_assert_uint_eq(shown_count(), LISTED + 1);
    ck_assert(!fake_has("next_page_token"));
    fake_advance_ms(400);
    fake_get("/v1/models?page_size=1000&endpoint=rerank");
    ck_assert_uint_eq(shown_count(), 5 + 121);
    fake_get("/v1/models?page_size=1000&endpoint=rerank&default_only=true");
    ck_assert_uint_eq(shown_count(), 1);
}
END_TEST

/*
 * Keys
 */

START_TEST(a_checked_key_has_the_ids_of_fine_tuned_models)
{
    char *organization, *owner;
    const char *id = fake_add_model(fake_add_valid_dataset("n"));

    fake_get("/v1/finetuning/finetuned-models/%s", id);
    organization = strdup(fake_string("finetuned_model.organization_id"));
    owner = strdup(fake_string("finetuned_model.creator_id"));
    fake_send_json("POST", "/v1/check-api-key", "%s", _i ? "{}" : "");
    assert_body(200, "{`valid`:true,`organization_id`:`%s`,`owner_id`:`%s`}", organization, owner);
    free(organization);
    free(owner);
}
END_TEST

START_TEST(a_missing_key_is_a_401)
{
    fake_send(&(struct fake_request){.method = "POST", .target = "/v1/check-api-key"});
    assert_error(401, "no api key supplied");
    fake_send(&(struct fake_request){.method = "POST",
                                     .target = "/v1/check-api-key",
                                     .headers = {FAKE_HEADER("Authorization", "Basic x")}});
    assert_error(401, "invalid api token");
}
END_TEST

Suite *models_suite(void)
{
    Suite *suite = suite_create("models");
    TCase *tcase = tcase_create("Cohere's"), *finetuned = tcase_create("fine-tuned");
    TCase *keys = tcase_create("keys");

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    tcase_add_loop_test(tcase, a_model_is_shown_as_the_service_shows_it, 0, ARRAY_LEN(shown));
    tcase_add_test(tcase, a_list_has_the_models_as_they_are_shown_alone);
    tcase_add_loop_test(tcase, a_model_that_cannot_be_used_is_a_404, 0, ARRAY_LEN(missing));
    tcase_add_loop_test(tcase, a_list_has_what_was_asked_for, 0, ARRAY_LEN(lists));
    tcase_add_loop_test(tcase, a_wrong_parameter_is_refused, 0, ARRAY_LEN(refusals));
    tcase_add_loop_test(tcase, a_page_token_is_good_for_its_list_only, 0, ARRAY_LEN(token_uses));
    suite_add_tcase(suite, tcase);

    tcase_add_checked_fixture(finetuned, fake_start, fake_stop);
    tcase_add_test(finetuned, a_list_has_twenty_models_unless_told_otherwise);
    tcase_add_loop_test(finetuned, pages_together_are_the_list, 1, LISTED + 7);
    tcase_add_test(finetuned, a_fine_tuned_model_is_listed_when_it_is_ready);
    tcase_add_test(finetuned, many_models_that_are_not_ready_hide_none_that_are);
    suite_add_tcase(suite, finetuned);

    tcase_add_checked_fixture(keys, fake_start, fake_stop);
    tcase_add_loop_test(keys, a_checked_key_has_the_ids_of_fine_tuned_models, 0, 2);
    tcase_add_test(keys, a_missing_key_is_a_401);
    suite_add_tcase(suite, keys);
    return suite;
}
