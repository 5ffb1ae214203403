#include <check.h>
#include <string.h>

#include "http/router.h"

Suite *router_suite(void);

/* What TEXT() gives, for a table. */
#define BYTES(literal)                                                                             \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

/* clang-format off */
static const struct route routes[] = {
    {HTTP_GET,    "/v1/datasets/{id}",  NULL, 0},
    {HTTP_DELETE, "/v1/datasets/{id}",  NULL, 0},
    {HTTP_GET,    "/v1/datasets",       NULL, 0},
    {HTTP_POST,   "/v1/datasets",       NULL, 0},
    {HTTP_GET,    "/v1/datasets/usage", NULL, 0},
    {HTTP_GET,    "/v1/finetuning/finetuned-models",             NULL, 0},
    {HTTP_POST,   "/v1/finetuning/finetuned-models",             NULL, 0},
    {HTTP_GET,    "/v1/finetuning/finetuned-models/{id}",        NULL, 0},
    {HTTP_PATCH,  "/v1/finetuning/finetuned-models/{id}",        NULL, 0},
    {HTTP_DELETE, "/v1/finetuning/finetuned-models/{id}",        NULL, 0},
    {HTTP_GET,    "/v1/finetuning/finetuned-models/{id}/events", NULL, 0},
    {HTTP_GET,    "/v1/finetuning/finetuned-models/{id}/training-step-metrics", NULL, 0},
    {HTTP_POST,   "/v1/rerank", NULL, 0},
    {HTTP_POST,   "/v2/rerank", NULL, 0},
    /* Rows that overlap, the least literal first */
    {HTTP_GET,  "/o/{a}/{b}",         NULL, 0},
    {HTTP_GET,  "/o/{a}/x",           NULL, 0},
    {HTTP_GET,  "/o/y/{b}",           NULL, 0},
    {HTTP_PUT,  "/o/y/x",             NULL, 0},
    {HTTP_GET,  "/o/head",            NULL, 0},
    {HTTP_HEAD, "/o/head",            NULL, 0},
    {HTTP_GET,  "/o/slash/",          NULL, 0},
    {HTTP_GET,  "/",                  NULL, 0},
    {HTTP_GET,  "/p/{a}/{b}/{c}/{d}", NULL, 0},
};

enum {
    READ = HTTP_GET | HTTP_HEAD | HTTP_OPTIONS,
    MODEL = READ | HTTP_PATCH | HTTP_DELETE
};

static const struct {
    enum http_method method;
    struct text path;
    enum route_result result;
    const char *pattern;
    unsigned allowed;
    struct text params[REQUEST_PARAMS_MAX];
} cases[] = {
    {HTTP_GET, BYTES("/v1/datasets"), ROUTE_FOUND, "/v1/datasets", READ | HTTP_POST, {{0}}},
    {HTTP_POST, BYTES("/v1/datasets"), ROUTE_FOUND, "/v1/datasets", READ | HTTP_POST, {{0}}},
    {HTTP_GET, BYTES("/v1/datasets/usage"), ROUTE_FOUND, "/v1/datasets/usage", READ | HTTP_DELETE, {{0}}},
    {HTTP_GET, BYTES("/v1/datasets/usages"), ROUTE_FOUND, "/v1/datasets/{id}", READ | HTTP_DELETE, {BYTES("usages")}},
    {HTTP_GET, BYTES("/v1/datasets/us"), ROUTE_FOUND, "/v1/datasets/{id}", READ | HTTP_DELETE, {BYTES("us")}},
    {HTTP_DELETE, BYTES("/v1/datasets/usage"), ROUTE_FOUND, "/v1/datasets/{id}", READ | HTTP_DELETE, {BYTES("usage")}},
    {HTTP_POST, BYTES("/v2/rerank"), ROUTE_FOUND, "/v2/rerank", HTTP_POST | HTTP_OPTIONS, {{0}}},
    {HTTP_PATCH, BYTES("/v1/finetuning/finetuned-models/m"), ROUTE_FOUND, "/v1/finetuning/finetuned-models/{id}", MODEL, {BYTES("m")}},
    {HTTP_GET, BYTES("/v1/finetuning/finetuned-models/m/events"), ROUTE_FOUND, "/v1/finetuning/finetuned-models/{id}/events", READ, {BYTES("m")}},
    {HTTP_GET, BYTES("/"), ROUTE_FOUND, "/", READ, {{0}}},
    {HTTP_GET, BYTES("/p/1/2/3/4"), ROUTE_FOUND, "/p/{a}/{b}/{c}/{d}", READ, {BYTES("1"), BYTES("2"), BYTES("3"), BYTES("4")}},
    /* precedence */
    {HTTP_GET, BYTES("/o/y/x"), ROUTE_FOUND, "/o/y/{b}", READ | HTTP_PUT, {BYTES("x")}},
    {HTTP_PUT, BYTES("/o/y/x"), ROUTE_FOUND, "/o/y/x", READ | HTTP_PUT, {{0}}},
    {HTTP_GET, BYTES("/o/z/x"), ROUTE_FOUND, "/o/{a}/x", READ, {BYTES("z")}},
    {HTTP_GET, BYTES("/o/z/z"), ROUTE_FOUND, "/o/{a}/{b}", READ, {BYTES("z"), BYTES("z")}},
    /* methods */
    {HTTP_HEAD, BYTES("/v1/datasets/x"), ROUTE_FOUND, "/v1/datasets/{id}", READ | HTTP_DELETE, {BYTES("x")}},
    {HTTP_HEAD, BYTES("/o/head"), ROUTE_FOUND, "/o/head", READ, {{0}}},
    {HTTP_HEAD, BYTES("/v1/rerank"), ROUTE_NOT_METHOD, NULL, HTTP_POST | HTTP_OPTIONS, {{0}}},
    {HTTP_OPTIONS, BYTES("/v1/rerank"), ROUTE_NOT_METHOD, NULL, HTTP_POST | HTTP_OPTIONS, {{0}}},
    {HTTP_GET, BYTES("/v1/rerank"), ROUTE_NOT_METHOD, NULL, HTTP_POST | HTTP_OPTIONS, {{0}}},
    {HTTP_PUT, BYTES("/v1/datasets"), ROUTE_NOT_METHOD, NULL, READ | HTTP_POST, {{0}}},
    {HTTP_OTHER, BYTES("/v1/finetuning/finetuned-models/m"), ROUTE_NOT_METHOD, NULL, MODEL, {{0}}},
    /* escapes */
    {HTTP_GET, BYTES("/v1/datasets/a%2Fb"), ROUTE_FOUND, "/v1/datasets/{id}", READ | HTTP_DELETE, {BYTES("a/b")}},
    {HTTP_GET, BYTES("/v1/datasets/%00"), ROUTE_FOUND, "/v1/datasets/{id}", READ | HTTP_DELETE, {BYTES("\0")}},
    {HTTP_GET, BYTES("/v1/datasets/usage%00"), ROUTE_FOUND, "/v1/datasets/{id}", READ | HTTP_DELETE, {BYTES("usage\0")}},
    {HTTP_GET, BYTES("/v1/datasets/usage%00x"), ROUTE_FOUND, "/v1/datasets/{id}", READ | HTTP_DELETE, {BYTES("usage\0x")}},
    {HTTP_GET, BYTES("/v1/datasets/%252F+%20"), ROUTE_FOUND, "/v1/datasets/{id}", READ | HTTP_DELETE, {BYTES("%2F+ ")}},
    {HTTP_GET, BYTES("/v1/datasets/%7Bid%7D"), ROUTE_FOUND, "/v1/datasets/{id}", READ | HTTP_DELETE, {BYTES("{id}")}},
    {HTTP_GET, BYTES("/v1/datasets/.."), ROUTE_FOUND, "/v1/datasets/{id}", READ | HTTP_DELETE, {BYTES("..")}},
    {HTTP_GET, BYTES("/%761/d%61tasets"), ROUTE_FOUND, "/v1/datasets", READ | HTTP_POST, {{0}}},
    {HTTP_GET, BYTES("/p/%61/b/%63c/%64%64%64"), ROUTE_FOUND, "/p/{a}/{b}/{c}/{d}", READ, {BYTES("a"), BYTES("b"), BYTES("cc"), BYTES("ddd")}},
    {HTTP_GET, BYTES("/v1%2Fdatasets"), ROUTE_NONE, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("/v1/datasets%2Fusage"), ROUTE_NONE, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("/v1/datasets%00"), ROUTE_NONE, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("/v1/datasets\0"), ROUTE_NONE, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("/v1/datasets/%"), ROUTE_BAD_PATH, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("/v1/datasets/%4"), ROUTE_BAD_PATH, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("/v1/datasets/%zz"), ROUTE_BAD_PATH, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("/v1/datasets/%2/f"), ROUTE_BAD_PATH, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("/unknown/%"), ROUTE_BAD_PATH, NULL, 0, {{0}}},
    /* slashes */
    {HTTP_GET, BYTES("/o/slash/"), ROUTE_FOUND, "/o/slash/", READ, {{0}}},
    {HTTP_GET, BYTES("/o/slash"), ROUTE_NONE, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("/v1/datasets/"), ROUTE_NONE, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("/v1/datasets/usage/"), ROUTE_NONE, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("//v1/datasets"), ROUTE_NONE, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("/v1//datasets"), ROUTE_NONE, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("/o//x"), ROUTE_NONE, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("//"), ROUTE_NONE, NULL, 0, {{0}}},
    /* no path of ours */
    {HTTP_GET, BYTES(""), ROUTE_NONE, NULL, 0, {{0}}},
    {HTTP_OPTIONS, BYTES("*"), ROUTE_NONE, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("v1/datasets"), ROUTE_NONE, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("/v1"), ROUTE_NONE, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("/V1/datasets"), ROUTE_NONE, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("/v1/dataset"), ROUTE_NONE, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("/v1/datasets2"), ROUTE_NONE, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("/v1/datasets/a/b"), ROUTE_NONE, NULL, 0, {{0}}},
    {HTTP_GET, BYTES("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17"), ROUTE_NONE, NULL, 0, {{0}}},
};
/* clang-format on */

START_TEST(a_path_finds_its_most_literal_row)
{
    struct request req = {.method = cases[_i].method, .path = cases[_i].path};
    const struct route *found = NULL;
    unsigned allowed = 99;

    ck_assert_int_eq(route_find(routes, ARRAY_LEN(routes), &req, &found, &allowed),
                     cases[_i].result);
    ck_assert_pstr_eq(found ? found->pattern : NULL, cases[_i].pattern);
    ck_assert_uint_eq(allowed, cases[_i].allowed);
    for (size_t i = 0; i < REQUEST_PARAMS_MAX; i++) {
        ck_assert_uint_eq(req.params[i].len, cases[_i].params[i].len);
        ck_assert(text_eq(req.params[i], cases[_i].params[i]));
    }
    buf_done(&req.param_storage);
}
END_TEST

START_TEST(a_row_for_head_itself_comes_before_that_of_get)
{
    static const struct route pair[] = {
        {HTTP_HEAD, "/{a}", NULL, 1}, {HTTP_GET, "/{a}", NULL, 2}, {HTTP_HEAD, "/{a}", NULL, 3}};

    for (size_t i = 0; i < 2; i++) {
        struct request req = {.method = HTTP_HEAD, .path = TEXT("/x")};
        const struct route *found = NULL;
        unsigned allowed;

        ck_assert_int_eq(route_find(pair + i, 2, &req, &found, &allowed), ROUTE_FOUND);
        ck_assert_int_eq(found->method, HTTP_HEAD);
        buf_done(&req.param_storage);
    }
}
END_TEST

START_TEST(a_request_can_be_routed_again_with_another_path)
{
    struct request req = {.method = HTTP_GET, .path = TEXT("/v1/datasets/first")};
    const struct route *found = NULL;
    unsigned allowed;

    ck_assert_int_eq(route_find(routes, ARRAY_LEN(routes), &req, &found, &allowed), ROUTE_FOUND);
    req.path = TEXT("/o/%41/a-much-longer-second-parameter-than-the-first-one-was-to-make-it-grow");
    ck_assert_int_eq(route_find(routes, ARRAY_LEN(routes), &req, &found, &allowed), ROUTE_FOUND);
    ck_assert(text_eq(req.params[0], TEXT("A")));
    ck_assert(
        text_eq(req.params[1],
                TEXT("a-much-longer-second-parameter-than-the-first-one-was-to-make-it-grow")));
    buf_done(&req.param_storage);
}
END_TEST

START_TEST(a_parameter_may_be_as_long_as_the_path)
{
    AUTO(buf_done) struct buf path = {0};
    AUTO(buf_done) struct buf id = {0};
    struct request req = {.method = HTTP_GET};
    const struct route *found = NULL;
    unsigned allowed;

    for (int i = 0; i < 10000; i++)
        buf_add_string(&id, "/x");
    buf_add_string(&path, "/v1/datasets/");
    percent_encode(buf_text(&id), &path);
    req.path = buf_text(&path);
    ck_assert_int_eq(route_find(routes, ARRAY_LEN(routes), &req, &found, &allowed), ROUTE_FOUND);
    ck_assert(text_eq(req.params[0], buf_text(&id)));
    buf_done(&req.param_storage);
}
END_TEST

static const struct {
    unsigned methods;
    const char *names;
} lists[] = {
    {READ, "GET, HEAD, OPTIONS"},
    {READ | HTTP_POST | HTTP_PUT | HTTP_PATCH | HTTP_DELETE,
     "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"},
    {HTTP_POST, "POST"},
    {HTTP_OTHER, ""},
    {0, ""},
};

START_TEST(methods_are_listed_in_one_order)
{
    AUTO(buf_done) struct buf out = {0};

    buf_add_string(&out, "");
    route_list_methods(lists[_i].methods, &out);
    ck_assert_str_eq(out.data, lists[_i].names);
}
END_TEST

Suite *router_suite(void)
{
    Suite *suite = suite_create("router");
    TCase *tcase = tcase_create("finding");

    tcase_add_loop_test(tcase, a_path_finds_its_most_literal_row, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, a_row_for_head_itself_comes_before_that_of_get);
    tcase_add_test(tcase, a_request_can_be_routed_again_with_another_path);
    tcase_add_test(tcase, a_parameter_may_be_as_long_as_the_path);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("allow");
    tcase_add_loop_test(tcase, methods_are_listed_in_one_order, 0, ARRAY_LEN(lists));
    suite_add_tcase(suite, tcase);
    return suite;
}
