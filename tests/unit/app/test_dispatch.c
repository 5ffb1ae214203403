#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/fake.h"

Suite *dispatch_suite(void);

#define W64 "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"

/* clang-format off */
static const struct {
    const char *path, *header, *authorization; /* headers: NULL is none */
    const char *world, *rest;
} names[] = {
    {"/v1/datasets", NULL, NULL, "default", "/v1/datasets"},
    {"/", NULL, "Bearer key", "default", "/"},
    {"/w/a/v1/datasets", NULL, NULL, "a", "/v1/datasets"},
    {"/w/a/", NULL, NULL, "a", "/"},
    {"/w/a", NULL, NULL, "a", "/"},
    {"/w/a//v1", NULL, NULL, "a", "//v1"},
    {"/w/a/w/b/v1", NULL, NULL, "a", "/w/b/v1"},
    {"/w/", NULL, NULL, "", "/"},
    {"/w//v1", NULL, NULL, "", "/v1"},
    {"/w", NULL, NULL, "default", "/w"},
    {"/x/w/a/v1", NULL, NULL, "default", "/x/w/a/v1"},
    {"/w/A%20/v1", NULL, NULL, "A%20", "/v1"},
    {"/v1", "b", NULL, "b", "/v1"},
    {"/v1", "", NULL, "", "/v1"},
    {"/v1", NULL, "Bearer key@c", "c", "/v1"},
    {"/v1", NULL, "Bearer me@example.org@c", "c", "/v1"},
    {"/v1", NULL, "Bearer key@c ", "c", "/v1"},
    {"/v1", NULL, "Bearer key@", "", "/v1"},
    {"/v1", "b", "Bearer key@c", "b", "/v1"},
    {"/w/a/v1", "b", "Bearer key@c", "a", "/v1"},
    {"/w/a/v1", NULL, "Bearer key@c", "a", "/v1"},
};
/* clang-format on */

START_TEST(a_world_is_named_by_path_header_or_key_in_this_order)
{
    struct request req = {.path = text_of(names[_i].path)};
    struct text name;

    if (names[_i].header)
        req.headers[req.header_count++] =
            (struct header){TEXT("x-mockhere-world"), text_of(names[_i].header)};
    if (names[_i].authorization)
        req.headers[req.header_count++] =
            (struct header){TEXT("Authorization"), text_of(names[_i].authorization)};
    name = dispatch_world_name(&req);
    ck_assert_msg(text_eq(name, text_of(names[_i].world)), "the world is '%.*s'", TEXT_ARG(name));
    ck_assert_msg(text_eq(req.path, text_of(names[_i].rest)), "the path is '%.*s'",
                  TEXT_ARG(req.path));
}
END_TEST

/* clang-format off */
static const struct {
    const char *target;
    int status;
} targets[] = {
    {"/w/a/v1/datasets", 200},
    {"/w/a.b_c-9/v1/datasets", 200},
    {"/w/" W64 "/v1/datasets", 200},
    {"/w/" W64 "w/v1/datasets", 400},
    {"/w/A/v1/datasets", 400},
    {"/w/a%20/v1/datasets", 400},
    {"/w//v1/datasets", 400},
    {"/w/\xc3\xa9/v1/datasets", 400},
    {"/w/A/__mockhere/health", 400},
    {"/w/A/", 400},
};
/* clang-format on */

START_TEST(a_bad_name_is_refused)
{
    fake_send(&(struct fake_request){.target = targets[_i].target, .headers = {FAKE_KEY}});
    ck_assert_int_eq(fake_status(), targets[_i].status);
    if (targets[_i].status == 400)
        assert_error(400, "a world's name is 1 to 64 characters of a-z, 0-9, '.', '_' and '-'");
}
END_TEST

START_TEST(a_bad_name_before_fine_tuning_has_an_error_without_an_id)
{
    fake_get("/w/A/v1/finetuning/finetuned-models");
    assert_message(400, "a world's name is 1 to 64 characters of a-z, 0-9, '.', '_' and '-'");
}
END_TEST

START_TEST(no_more_worlds_than_the_limit_appear)
{
    for (int name = 'a'; name < 'e'; name++)
        ck_assert_int_eq(fake_get("/w/%c/v1/datasets", name), 200);
    fake_get("/w/e/v1/datasets");
    assert_error(503, "mockhere is out of worlds; see --worlds-max");
    ck_assert_int_eq(fake_get("/w/a/v1/datasets"), 200);
    fake_send(&(struct fake_request){.method = "POST", .target = "/w/a/__mockhere/reset"});
    ck_assert_int_eq(fake_get("/w/e/v1/datasets"), 200);
}
END_TEST

START_TEST(worlds_never_meet)
{
    static const char *const elsewhere[] = {"/v1/datasets", "/w/b/v1/datasets"};
    AUTO(buf_done) struct buf rows = {0}, form = {0}, target = {0};
    struct fake_file file = {"data", "a.jsonl", NULL, {0}};
    char *id;

    rows_add(&rows, 0, 1);
    file.content = buf_text(&rows);
    form_add(&form, &file, 1);
    fake_send(&(struct fake_request){
        .method = "POST",
        .target = "/w/a/v1/datasets?name=n&type=reranker-finetune-input",
        .headers = {FAKE_KEY,
                    FAKE_HEADER("Content-Type", "multipart/form-data; boundary=fake-boundary")},
        .body = buf_text(&form)});
    id = strdup(fake_string("id"));
    for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++) {
        fake_get("%s", elsewhere[i]);
        assert_body(200, "{`datasets`:[]}");
        fake_get("%s/%s", elsewhere[i], id);
        assert_error(404, "dataset with id %s not found", id);
        ck_assert_int_eq(fake_delete("%s/%s", elsewhere[i], id), 404);
    }
    fake_get("/w/b/v1/datasets/usage");
    assert_body(200, "{`organization_usage`:0}");
    buf_add_format(&target, "/v1/datasets/%s", id);
    fake_send(&(struct fake_request){.target = target.data,
                                     .headers = {FAKE_KEY, FAKE_HEADER("X-Mockhere-World", "a")}});
    ck_assert_int_eq(fake_status(), 200);
    fake_send(&(struct fake_request){.target = target.data,
                                     .headers = {FAKE_HEADER("Authorization", "Bearer key@a")}});
    ck_assert_int_eq(fake_status(), 200);
    free(id);
}
END_TEST

START_TEST(worlds_of_one_seed_give_the_same_ids)
{
    char *first = NULL;

    for (int name = 'a'; name <= 'b'; name++) {
        fake_get("/w/%c/v1/datasets/none", name);
        if (first)
            ck_assert_str_eq(fake_string("id"), first);
        else
            first = strdup(fake_string("id"));
    }
    free(first);
}
END_TEST

START_TEST(who_opens_the_address_in_a_browser_is_welcomed)
{
    fake_send(&(struct fake_request){.target = "/"});
    ck_assert_int_eq(fake_status(), 200);
    ck_assert_str_eq(fake_string("name"), "mockhere");
    ck_assert_int_eq(fake_send(&(struct fake_request){.method = "HEAD", .target = "/w/a"}), 200);
    ck_assert_int_eq(fake_send(&(struct fake_request){.method = "POST", .target = "/"}), 404);
}
END_TEST

START_TEST(what_never_became_a_request_is_answered_in_the_same_shape)
{
    AUTO(response_done) struct response res;
    struct text body;

    response_init(&res);
    dispatch_fail(fake_dispatch(), 431, "request header is too large", &res);
    body = buf_text(&res.body);
    ck_assert_int_eq(res.status, 431);
    ck_assert(text_has_prefix(body, TEXT("{\"id\":\"")));
    ck_assert(text_has_suffix(body, TEXT("\",\"message\":\"request header is too large\"}")));
    ck_assert_uint_eq(response_header(&res, "x-debug-trace-id").len, 32);
    ck_assert(text_eq(response_header(&res, "content-type"), TEXT("application/json")));
}
END_TEST

Suite *dispatch_suite(void)
{
    Suite *suite = suite_create("dispatch");
    TCase *tcase = tcase_create("worlds");

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    tcase_add_loop_test(tcase, a_world_is_named_by_path_header_or_key_in_this_order, 0,
                        ARRAY_LEN(names));
    tcase_add_loop_test(tcase, a_bad_name_is_refused, 0, ARRAY_LEN(targets));
    tcase_add_test(tcase, a_bad_name_before_fine_tuning_has_an_error_without_an_id);
    tcase_add_test(tcase, no_more_worlds_than_the_limit_appear);
    tcase_add_test(tcase, worlds_never_meet);
    tcase_add_test(tcase, worlds_of_one_seed_give_the_same_ids);
    tcase_add_test(tcase, who_opens_the_address_in_a_browser_is_welcomed);
    tcase_add_test(tcase, what_never_became_a_request_is_answered_in_the_same_shape);
    suite_add_tcase(suite, tcase);
    return suite;
}
