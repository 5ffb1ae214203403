#include <check.h>
#include <string.h>

#include "api/link.h"
#include "base/attr.h"
#include "base/buf.h"
#include "core/lifecycle.h"

Suite *link_suite(void);

static struct api api; /* with the key of seed 1 */

static void set_up(void)
{
    api = (struct api){0};
    sign_key_from_seed(1, api.link_key);
}

static const struct world world = {.name = "some.world", .now_us = 1000};

/* Write the link to a part called `name` and cut the token out of it into `*token`. */
static void write_token(char *name, unsigned part, struct buf *token)
{
    struct dataset_record dataset = {.id = "my-data-123456", .part_count = 2};
    const struct request req = {0};
    AUTO(buf_done) struct buf url = {0};
    struct text rest;

    dataset.parts[part].name = name;
    link_write(&api, &world, &req, &dataset, part, &url);
    ck_assert(text_has_prefix(buf_text(&url), TEXT("http://127.0.0.1/files/")));
    rest = (struct text){url.data + 23, url.len - 23};
    buf_add_text(token, text_cut(&rest, '/'));
}

START_TEST(a_token_carries_all_that_a_download_needs)
{
    char name[] = "001_x.avro";
    AUTO(buf_done) struct buf token = {0};
    struct link link;

    write_token(name, 1, &token);
    ck_assert_int_eq(link_read(&api, buf_text(&token), &link), LINK_OK);
    ck_assert_str_eq(link.world, "some.world");
    ck_assert_str_eq(link.dataset_id, "my-data-123456");
    ck_assert_uint_eq(link.part, 1);
    ck_assert_int_eq(link.expires_us, 1000 + download_link_lifetime_us);
}
END_TEST

START_TEST(a_token_of_another_server_is_not_read)
{
    char name[] = "000_x.avro";
    AUTO(buf_done) struct buf token = {0};
    struct link link = {.part = 7};

    write_token(name, 0, &token);
    sign_key_from_seed(2, api.link_key);
    ck_assert_int_eq(link_read(&api, buf_text(&token), &link), LINK_FORGED);
    ck_assert_uint_eq(link.part, 7);
}
END_TEST

START_TEST(the_name_of_a_part_is_percent_encoded)
{
    static const struct world default_world = {.name = "default"};
    char name[] = "000_a b/\xc3\xa9?.avro";
    struct dataset_record dataset = {.id = "x", .part_count = 1};
    const struct request req = {0};
    AUTO(buf_done) struct buf url = {0};

    dataset.parts[0].name = name;
    link_write(&api, &default_world, &req, &dataset, 0, &url);
    ck_assert(text_has_suffix(buf_text(&url), TEXT("/000_a%20b%2F%C3%A9%3F.avro")));
}
END_TEST

/* clang-format off */
static const char *const payloads[] = {
    "", "w", "w/id", "w/id/0", "w/id/0/", "w/id/0/x", "w/id/4/5", "w/id/-1/5", "w/id/x/5",
    "/id/0/5", "w//0/5", "w/id/0/5/6", "w/id/0/99999999999999999999",
    "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww/id/0/5",
    "w/ididididididididididididididididididididididididididididididididid/0/5",
};
/* clang-format on */

START_TEST(a_signed_text_that_is_no_link_is_not_read)
{
    AUTO(buf_done) struct buf token = {0};
    struct link link;

    sign_token(api.link_key, text_of(payloads[_i]), &token);
    ck_assert_int_eq(link_read(&api, buf_text(&token), &link), LINK_FORGED);
}
END_TEST

Suite *link_suite(void)
{
    Suite *suite = suite_create("link");
    TCase *tcase = tcase_create("tokens");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, a_token_carries_all_that_a_download_needs);
    tcase_add_test(tcase, a_token_of_another_server_is_not_read);
    tcase_add_test(tcase, the_name_of_a_part_is_percent_encoded);
    tcase_add_loop_test(tcase, a_signed_text_that_is_no_link_is_not_read, 0, ARRAY_LEN(payloads));
    suite_add_tcase(suite, tcase);
    return suite;
}
