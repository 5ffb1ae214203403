#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/fake.h"

Suite *files_suite(void);

static char *dataset_id; /* of a validated dataset */

static void start_with_dataset(void)
{
    fake_start();
    dataset_id = strdup(fake_add_valid_dataset("n"));
}

static void stop_with_dataset(void)
{
    free(dataset_id);
    fake_stop();
}

/* The link of the dataset's part as somebody sees it who sends this Host; for free(). */
static char *link_for(const char *host)
{
    AUTO(buf_done) struct buf target = {0};
    struct fake_request request = {.headers = {FAKE_KEY}};

    buf_add_format(&target, "/v1/datasets/%s", dataset_id);
    request.target = target.data;
    if (host)
        request.headers[1] = (struct header){TEXT("Host"), text_of(host)};
    fake_send(&request);
    return strdup(fake_string("dataset.dataset_parts.0.url"));
}

/* The path of the link, for free(). */
static char *path_of_link(void)
{
    char *url = link_for("127.0.0.1:8080"), *path = strdup(strstr(url, "/files/"));

    free(url);
    return path;
}

static int follow(const char *path)
{
    return fake_send(&(struct fake_request){.target = path});
}

START_TEST(a_link_gives_the_avro_file_without_a_key)
{
    char *path;
    int64_t size_bytes;
    struct text body;

    fake_get("/v1/datasets/%s", dataset_id);
    size_bytes = fake_int("dataset.dataset_parts.0.size_bytes");
    path = path_of_link();
    ck_assert_int_eq(follow(path), 200);
    body = fake_body();
    assert_header("content-type", "application/octet-stream");
    ck_assert_ptr_null(fake_header("content-encoding").data);
    ck_assert_int_eq((int64_t)body.len, size_bytes);
    ck_assert(text_has_prefix(body, TEXT("Obj\x01")));
    ck_assert_uint_lt(text_find(body, TEXT("reranker_finetune_input")), body.len);
    ck_assert_uint_lt(text_find(body, TEXT("no answer to 255")), body.len);
    free(path);
}
END_TEST

START_TEST(a_part_has_a_link_of_its_own)
{
    AUTO(buf_done) struct buf train = {0}, eval = {0};
    struct fake_file files[2] = {{"data", "t.jsonl", NULL, {0}},
                                 {"eval_data", "e.jsonl", NULL, {0}}};
    char *path;

    rows_add(&train, 0, 256);
    rows_add(&eval, 1000, 64);
    files[0].content = buf_text(&train);
    files[1].content = buf_text(&eval);
    fake_upload("name=n&type=reranker-finetune-input", files, 2, 0);
    fake_advance_ms(200);
    fake_get("/v1/datasets?limit=1");
    path = strdup(strstr(fake_string("datasets.0.dataset_parts.1.url"), "/files/"));
    follow(path);
    ck_assert_uint_lt(text_find(fake_body(), TEXT("query 1063")), fake_body().len);
    ck_assert_uint_eq(text_find(fake_body(), TEXT("query 255")), fake_body().len);
    free(path);
}
END_TEST

START_TEST(a_link_works_from_any_world)
{
    char *path = path_of_link();
    AUTO(buf_done) struct buf other = {0};

    buf_add_format(&other, "/w/other%s", path);
    ck_assert_int_eq(follow(other.data), 200);
    free(path);
}
END_TEST

START_TEST(a_link_ends_with_the_name_of_the_part_which_does_not_matter)
{
    char *path = path_of_link();

    ck_assert(text_has_suffix(text_of(path), TEXT("/000_train.avro")));
    path[strlen(path) - 1] = 'x';
    ck_assert_int_eq(follow(path), 200);
    free(path);
}
END_TEST

START_TEST(a_link_expires_after_four_hours_less_a_second)
{
    char *path = path_of_link();

    fake_advance_ms(14399LL * 1000 - 1);
    ck_assert_int_eq(follow(path), 200);
    fake_advance_ms(1);
    follow(path);
    assert_error(403, "this link has expired, get the dataset for a new one");
    free(path);
    path = path_of_link();
    ck_assert_int_eq(follow(path), 200);
    free(path);
}
END_TEST

/* Another character for a token. The lower bits of the last one may mean nothing, so it is the
 * highest that changes. */
static char other_character(char c)
{
    static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *at = strchr(base64, c);

    return at ? base64[(at - base64 + 32) % 64] : 'A';
}

START_TEST(no_character_of_a_token_can_be_changed)
{
    char *path = path_of_link();
    size_t from = strlen("/files/"), to = (size_t)(strchr(path + from, '/') - path);

    for (size_t i = from; i < to; i++) {
        char kept = path[i];

        path[i] = other_character(kept);
        ck_assert_int_eq(follow(path), 403);
        path[i] = kept;
    }
    assert_error(403, "this link was not signed by this server");
    ck_assert_int_eq(follow(path), 200);
    free(path);
}
END_TEST

static const char *const not_links[] = {
    "/files/x/000_train.avro",
    "/files/./x",
    "/files/%00/x",
    "/files/a.b/x",
};

START_TEST(what_is_no_token_is_refused)
{
    follow(not_links[_i]);
    assert_error(403, "this link was not signed by this server");
}
END_TEST

START_TEST(a_link_to_a_deleted_dataset_is_a_404)
{
    char *path = path_of_link();

    fake_delete("/v1/datasets/%s", dataset_id);
    follow(path);
    assert_error(404, "dataset with id %s not found", dataset_id);
    free(path);
}
END_TEST

START_TEST(a_link_to_an_expired_dataset_is_a_404)
{
    const int64_t day_ms = 24LL * 3600 * 1000;
    char *path;

    fake_advance_ms(30 * day_ms - 1000);
    path = path_of_link();
    ck_assert_int_eq(follow(path), 200);
    fake_advance_ms(1000);
    follow(path);
    assert_error(404, "dataset with id %s not found", dataset_id);
    free(path);
}
END_TEST

START_TEST(a_link_into_an_emptied_world_is_a_404)
{
    char *path = path_of_link();

    fake_send_json("POST", "/__mockhere/reset", "{}");
    ck_assert_int_eq(follow(path), 404);
    free(path);
}
END_TEST

/* clang-format off */
static const struct {
    const char *host, *public_url, *prefix;
} bases[] = {
    {"127.0.0.1:8080",   NULL,                       "http://127.0.0.1:8080/files/"},
    {"localhost",        NULL,                       "http://localhost/files/"},
    {"fake:80",          NULL,                       "http://fake:80/files/"},
    {NULL,               NULL,                       "http://127.0.0.1/files/"},
    {"127.0.0.1:8080",   "https://fake.example",     "https://fake.example/files/"},
    {"127.0.0.1:8080",   "https://fake.example/",    "https://fake.example/files/"},
    {NULL,               "http://fake.example/base", "http://fake.example/base/files/"},
};
/* clang-format on */

START_TEST(a_link_begins_with_the_public_url_or_the_host_of_who_asks)
{
    char *url;

    fake_dispatch()->api.public_url = bases[_i].public_url;
    url = link_for(bases[_i].host);
    ck_assert_int_eq(strncmp(url, bases[_i].prefix, strlen(bases[_i].prefix)), 0);
    free(url);
}
END_TEST

Suite *files_suite(void)
{
    Suite *suite = suite_create("files");
    TCase *tcase = tcase_create("links");

    tcase_add_checked_fixture(tcase, start_with_dataset, stop_with_dataset);
    tcase_add_test(tcase, a_link_gives_the_avro_file_without_a_key);
    tcase_add_test(tcase, a_part_has_a_link_of_its_own);
    tcase_add_test(tcase, a_link_works_from_any_world);
    tcase_add_test(tcase, a_link_ends_with_the_name_of_the_part_which_does_not_matter);
    tcase_add_test(tcase, a_link_expires_after_four_hours_less_a_second);
    tcase_add_test(tcase, no_character_of_a_token_can_be_changed);
    tcase_add_loop_test(tcase, what_is_no_token_is_refused, 0, ARRAY_LEN(not_links));
    tcase_add_test(tcase, a_link_to_a_deleted_dataset_is_a_404);
    tcase_add_test(tcase, a_link_to_an_expired_dataset_is_a_404);
    tcase_add_test(tcase, a_link_into_an_emptied_world_is_a_404);
    tcase_add_loop_test(tcase, a_link_begins_with_the_public_url_or_the_host_of_who_asks, 0,
                        ARRAY_LEN(bases));
    suite_add_tcase(suite, tcase);
    return suite;
}
