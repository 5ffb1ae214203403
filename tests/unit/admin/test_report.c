#include "admin/report.h"

#include <check.h>
#include <string.h>

#include "support/fake.h"

Suite *report_suite(void);

static const char id[] = "00000000-0000-4000-8000-00000000000a";

static void misbehave(void)
{
    fake_get("/nowhere");
    fake_get("/nowhere");
    ck_assert_int_eq(fake_post("/__admin/mappings",
                               "{`id`:`%s`,`name`:`n`,`request`:{`method`:`PUT`,"
                               "`url`:`/never?token=canary`}}",
                               id),
                     201);
}

START_TEST(a_report_tells_what_went_wrong)
{
    misbehave();
    fake_get("/__mockhere/report");
    assert_json(200,
                "{`world`:`default`,`calls`:2,`dropped_from_journal`:0,`findings`:[{`kind`:"
                "`unserved`,`message`:`nobody serves GET /nowhere`,`what`:`GET /nowhere`,`count`:2,"
                "`first_at`:`2025-06-01T12:00:00.000000Z`,"
                "`last_at`:`2025-06-01T12:00:00.000000Z`}],`not_listed`:{},"
                "`unused_stubs`:[{`id`:`%s`,`name`:`n`,"
                "`request`:`PUT /never?token=sha256:e100fbce`}],`unused_stub_count`:1}",
                id);
}
END_TEST

START_TEST(a_report_of_a_fake_that_nobody_misused_is_empty)
{
    fake_get("/v1/models");
    fake_get("/__mockhere/report");
    assert_json(200, "{`world`:`default`,`calls`:1,`dropped_from_journal`:0,`findings`:[],"
                     "`not_listed`:{},`unused_stubs`:[],`unused_stub_count`:0}");
}
END_TEST

START_TEST(a_stub_that_was_used_is_not_told)
{
    misbehave();
    fake_send(&(struct fake_request){.method = "PUT", .target = "/never?token=canary"});
    ck_assert_int_eq(fake_status(), 200);
    fake_get("/__mockhere/report");
    ck_assert_int_eq(fake_int("unused_stub_count"), 0);
}
END_TEST

START_TEST(what_was_found_outlives_a_reset)
{
    misbehave();
    ck_assert_int_eq(fake_post("/__mockhere/reset", "%s", ""), 200);
    fake_get("/__mockhere/report");
    ck_assert_int_eq(fake_int("calls"), 2);
    ck_assert_str_eq(fake_string("findings.0.what"), "GET /nowhere");
    ck_assert_int_eq(fake_int("unused_stub_count"), 0);
}
END_TEST

START_TEST(the_same_dataset_is_known_by_its_files_whatever_frames_them)
{
    struct buf rows = {0};
    struct fake_file file = {"data", "a.jsonl", NULL, {0}};

    rows_add(&rows, 0, 256);
    file.content = buf_text(&rows);
    fake_upload("name=a&type=reranker-finetune-input", &file, 1, 0);
    fake_get("/__mockhere/report");
    ck_assert(!fake_has("findings.0"));
    file.filename = "another-name.jsonl";
    file.part = "file";
    fake_upload("name=b&type=reranker-finetune-input", &file, 1, 7);
    fake_get("/__mockhere/report");
    ck_assert_str_eq(fake_string("findings.0.kind"), "same_dataset");
    rows_add(&rows, 256, 1);
    file.content = buf_text(&rows);
    fake_upload("name=c&type=reranker-finetune-input", &file, 1, 0);
    fake_get("/__mockhere/report");
    ck_assert_int_eq(fake_int("findings.0.count"), 1);
    buf_done(&rows);
}
END_TEST

START_TEST(all_worlds_are_reported_as_json)
{
    struct buf out = {0};
    json_t *json;

    misbehave();
    fake_get("/w/b/v1/models");
    ck_assert(report_write(fake_dispatch()->stub_worlds, false, &out));
    json = json_loadb(out.data, out.len, 0, NULL);
    ck_assert_ptr_nonnull(json);
    ck_assert_uint_eq(json_array_size(json_object_get(json, "worlds")), 2);
    json_decref(json);
    buf_done(&out);
}
END_TEST

START_TEST(a_report_can_be_read_as_text)
{
    struct buf out = {0};

    ck_assert(report_write(fake_dispatch()->stub_worlds, true, &out));
    ck_assert_str_eq(out.data, "nothing was called\n");
    misbehave();
    fake_get("/w/b/v1/models");
    buf_clear(&out);
    ck_assert(report_write(fake_dispatch()->stub_worlds, true, &out));
    ck_assert_str_eq(out.data, "world b: 1 calls\n"
                               "  nothing to report\n"
                               "world default: 2 calls\n"
                               "  nobody serves GET /nowhere (2 times)\n"
                               "  stub 00000000-0000-4000-8000-00000000000a was never used: PUT "
                               "/never?token=sha256:e100fbce\n");
    buf_done(&out);
}
END_TEST

Suite *report_suite(void)
{
    Suite *suite = suite_create("report");
    TCase *tcase = tcase_create("report");

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    tcase_add_test(tcase, a_report_tells_what_went_wrong);
    tcase_add_test(tcase, a_report_of_a_fake_that_nobody_misused_is_empty);
    tcase_add_test(tcase, a_stub_that_was_used_is_not_told);
    tcase_add_test(tcase, what_was_found_outlives_a_reset);
    tcase_add_test(tcase, the_same_dataset_is_known_by_its_files_whatever_frames_them);
    tcase_add_test(tcase, all_worlds_are_reported_as_json);
    tcase_add_test(tcase, a_report_can_be_read_as_text);
    suite_add_tcase(suite, tcase);
    return suite;
}
