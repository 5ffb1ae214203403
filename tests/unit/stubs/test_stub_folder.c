#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stubs/stub_folder.h"
#include "support/fake.h"

Suite *stub_folder_suite(void);

static const char id_a[] = "00000000-0000-4000-8000-00000000000a";

static bool is_there(const char *name)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", fake_add_file("mappings/ignored.txt", ""), name);
    return access(path, F_OK) == 0;
}

START_TEST(of_a_file_with_several_stubs_the_last_is_the_newest)
{
    fake_add_file("mappings/many.json",
                  "{\"mappings\":[{\"request\":{\"url\":\"/a\"},\"response\":{\"body\":\"one\"}},"
                  "{\"request\":{\"url\":\"/a\"},\"response\":{\"body\":\"two\"}}]}");
    fake_get("/a");
    assert_body(200, "two");
}
END_TEST

START_TEST(files_are_loaded_in_the_order_of_their_names)
{
    fake_add_file("mappings/b.json",
                  "{\"request\":{\"url\":\"/a\"},\"response\":{\"body\":\"b\"}}");
    fake_add_file("mappings/sub/a.json",
                  "{\"request\":{\"url\":\"/a\"},\"response\":{\"body\":\"sub\"}}");
    fake_add_file("mappings/a.json",
                  "{\"request\":{\"url\":\"/a\"},\"response\":{\"body\":\"a\"}}");
    fake_get("/a");
    assert_body(200, "sub");
}
END_TEST

START_TEST(files_may_have_comments)
{
    fake_add_file("mappings/c.json",
                  "// one \"\n/* two /*/{\"request\":/**/{\"url\":\"/a//b\"},/* \n } */"
                  "\"response\":{\"body\":\"\\\"/* no */\"}} // the end");
    fake_get("/a//b");
    assert_body(200, "\"/* no */");
}
END_TEST

START_TEST(what_is_wrong_keeps_nothing_else_from_being_loaded)
{
    fake_add_file("mappings/a.json", "{\"request\":");
    fake_add_file("mappings/b.json",
                  "{\"mappings\":[{\"foo\":1},{\"request\":{\"url\":\"/b\"}},{\"id\":\"x\"}]}");
    fake_add_file("mappings/c.json", "{\"mappings\":5}");
    fake_add_file("mappings/d.json", "");
    fake_add_file("mappings/e.json", "/*");
    fake_add_file("mappings/f.json", "/");
    fake_get("/__admin/mappings");
    ck_assert_int_eq(fake_int("meta.total"), 1);
    ck_assert_int_eq(fake_get("/b"), 200);
}
END_TEST

START_TEST(a_reset_loads_files_again_and_nothing_else_stays)
{
    fake_add_file("mappings/a.json",
                  "{\"request\":{\"url\":\"/a\"},\"response\":{\"body\":\"1\"}}");
    fake_get("/a");
    assert_body(200, "1");
    fake_post("/__admin/mappings", "{`request`:{`url`:`/sent`}}");
    fake_add_file("mappings/a.json",
                  "{\"request\":{\"url\":\"/a\"},\"response\":{\"body\":\"2\"}}");
    fake_get("/a");
    assert_body(200, "1");
    ck_assert_int_eq(fake_post("/__admin/mappings/reset", "{}"), 200);
    fake_get("/a");
    assert_body(200, "2");
    ck_assert_int_eq(fake_get("/sent"), 404);
}
END_TEST

START_TEST(bodies_are_in_the_folder_of_files)
{
    fake_add_file("__files/x/body.txt", "from a file");
    fake_add_file("mappings/a.json",
                  "{\"request\":{\"url\":\"/a\"},\"response\":{\"bodyFileName\":\"x/body.txt\"}}");
    fake_get("/a");
    assert_body(200, "from a file");
}
END_TEST

START_TEST(a_persistent_stub_is_written_and_its_file_goes_with_it)
{
    const char *file = "mappings/my-stubx-00000000-0000-4000-8000-00000000000a.json";

    fake_add_file("mappings/ignored.txt", "");
    fake_post("/__admin/mappings",
              "{`id`:`%s`,`name`:`My Stub.x`,`persistent`:true,`request`:{`url`:`/p`}}", id_a);
    ck_assert_int_eq(fake_status(), 201);
    ck_assert(is_there(file));
    fake_post("/__admin/reset", "{}");
    ck_assert_int_eq(fake_get("/p"), 200);
    fake_send_json("PUT", "/__admin/mappings/00000000-0000-4000-8000-00000000000a",
                   "{`name`:`other`,`persistent`:true,`request`:{`url`:`/q`}}");
    fake_post("/__admin/reset", "{}");
    ck_assert_int_eq(fake_get("/p"), 404);
    ck_assert_int_eq(fake_get("/q"), 200);
    fake_delete("/__admin/mappings/%s", id_a);
    ck_assert_int_eq(fake_status(), 200);
    ck_assert(!is_there(file));
    fake_post("/__admin/reset", "{}");
    ck_assert_int_eq(fake_get("/q"), 404);
}
END_TEST

START_TEST(saving_writes_what_was_sent_and_leaves_files_of_several)
{
    fake_add_file("mappings/many.json", "{\"mappings\":[{\"request\":{\"url\":\"/many\"}}]}");
    fake_post("/__admin/mappings", "{`id`:`%s`,`request`:{`method`:`GET`,`url`:`/../x/y`}}", id_a);
    ck_assert_int_eq(fake_post("/__admin/mappings/save", "{}"), 200);
    ck_assert(is_there("mappings/get-x-y-00000000-0000-4000-8000-00000000000a.json"));
    fake_post("/__admin/reset", "{}");
    fake_get("/__admin/mappings");
    ck_assert_int_eq(fake_int("meta.total"), 2);
}
END_TEST

START_TEST(without_a_folder_nothing_is_saved)
{
    fake_post("/__admin/mappings/save", "{}");
    assert_json(422, "{`errors`:[{`code`:10,`title`:`There is no folder for stubs`,"
                     "`detail`:`start the server with --root-dir to save them`}]}");
    ck_assert_int_eq(fake_post("/__admin/mappings", "{`persistent`:true,`request`:{`url`:`/p`}}"),
                     201);
}
END_TEST

START_TEST(links_are_not_followed)
{
    char path[256];

    fake_add_file("outside.json", "{\"request\":{\"url\":\"/out\"}}");
    (void)snprintf(path, sizeof(path), "%s/mappings/link.json",
                   fake_add_file("mappings/ignored.txt", ""));
    ck_assert_int_eq(symlink("../outside.json", path), 0);
    ck_assert_int_eq(fake_get("/out"), 404);
}
END_TEST

START_TEST(changed_files_are_noticed_and_put_in_place)
{
    struct stub_folder *folder =
        stub_folder_open(fake_add_file("mappings/a.json", "{\"request\":{\"url\":\"/a\"}}"));
    uint64_t state = stub_folder_state(folder);

    ck_assert_int_eq(fake_get("/a"), 200);
    fake_post("/__admin/mappings", "{`request`:{`url`:`/sent`}}");
    ck_assert(stub_folder_state(folder) == state);
    fake_add_file("mappings/a.json", "{\"request\":{\"url\":\"/changed\"}}");
    ck_assert(stub_folder_state(folder) != state);
    stub_worlds_reload(fake_dispatch()->stub_worlds);
    ck_assert_int_eq(fake_get("/a"), 404);
    ck_assert_int_eq(fake_get("/changed"), 200);
    ck_assert_int_eq(fake_get("/sent"), 200);
    stub_folder_close(folder);
}
END_TEST

Suite *stub_folder_suite(void)
{
    Suite *suite = suite_create("stub_folder");
    TCase *tcase = tcase_create("stub_folder");

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    tcase_add_test(tcase, of_a_file_with_several_stubs_the_last_is_the_newest);
    tcase_add_test(tcase, files_are_loaded_in_the_order_of_their_names);
    tcase_add_test(tcase, files_may_have_comments);
    tcase_add_test(tcase, what_is_wrong_keeps_nothing_else_from_being_loaded);
    tcase_add_test(tcase, a_reset_loads_files_again_and_nothing_else_stays);
    tcase_add_test(tcase, bodies_are_in_the_folder_of_files);
    tcase_add_test(tcase, a_persistent_stub_is_written_and_its_file_goes_with_it);
    tcase_add_test(tcase, saving_writes_what_was_sent_and_leaves_files_of_several);
    tcase_add_test(tcase, without_a_folder_nothing_is_saved);
    tcase_add_test(tcase, links_are_not_followed);
    tcase_add_test(tcase, changed_files_are_noticed_and_put_in_place);
    suite_add_tcase(suite, tcase);
    return suite;
}
