#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/fake.h"

Suite *response_template_suite(void);

#define TEMPLATE "`transformers`:[`response-template`]"

static int add(const char *stub)
{
    return fake_post("/__admin/mappings", "%s", stub);
}

START_TEST(a_body_is_a_template_when_the_stub_says_so)
{
    add("{`request`:{`urlPathTemplate`:`/x/{id}`},`response`:{`body`:"
        "`{{request.path.id}} {{request.query.q}} {{parameters.p}} {{now}}`," TEMPLATE
        ",`transformerParameters`:{`p`:5}}}");
    ck_assert_int_eq(fake_status(), 201);
    fake_get("/x/a%%20b?q=1");
    assert_body(200, "a%%20b 1 5 2025-06-01T12:00:00Z");
    add("{`request`:{`url`:`/plain`},`response`:{`body`:`{{request.method}}`}}");
    fake_get("/plain");
    assert_body(200, "{{request.method}}");
}
END_TEST

START_TEST(the_body_of_the_request_is_there_though_no_pattern_asks_for_it)
{
    add("{`request`:{`url`:`/b`},`response`:{`body`:`{{jsonPath request.body '$.a'}}`," TEMPLATE
        "}}");
    fake_post("/b", "{`a`:`x`}");
    assert_body(200, "x");
}
END_TEST

START_TEST(what_is_within_json_and_headers_is_a_template_too)
{
    add("{`request`:{`url`:`/j`},`response`:{`jsonBody`:{`m`:[`{{request.method}}`]},"
        "`headers`:{`X-A`:`{{request.method}}`,`X-B`:[`1`,`{{request.path}}`]}," TEMPLATE "}}");
    fake_get("/j");
    assert_body(200, "{\"m\":[\"GET\"]}");
    assert_header("X-A", "GET");
    assert_header("X-B", "1");
}
END_TEST

START_TEST(a_header_stays_one_line)
{
    add("{`request`:{`urlPath`:`/h`},`response`:{`headers`:{`X-A`:`{{request.query.v}}`}," TEMPLATE
        "}}");
    fake_get("/h?v=a%%0d%%0aX-Evil:%%20b");
    assert_header("X-A", "a  X-Evil: b");
}
END_TEST

START_TEST(a_template_that_cannot_be_read_is_refused_when_its_stub_comes)
{
    add("{`request`:{},`response`:{`body`:`{{#if x}}`," TEMPLATE "}}");
    assert_json(422, "{`errors`:[{`code`:10,`source`:{`pointer`:`/response/body`},"
                     "`title`:`Error parsing JSON`,`detail`:`line 1, column 10 of the template: "
                     "the block 'if' has no end`}]}");
    add("{`request`:{},`response`:{`headers`:{`a`:`{{nope 1}}`}," TEMPLATE "}}");
    ck_assert_str_eq(fake_string("errors.0.source.pointer"), "/response/headers");
    /* Without the transformer it is a text like any other. */
    ck_assert_int_eq(add("{`request`:{},`response`:{`body`:`{{#if x}}`}}"), 201);
}
END_TEST

START_TEST(all_stubs_are_templates_when_the_server_is_told_so)
{
    add("{`request`:{`url`:`/plain`},`response`:{`body`:`{{request.method}}`}}");
    add("{`request`:{`url`:`/bad`},`response`:{`body`:`{{#if x}}`}}");
    fake_dispatch()->are_all_templates = true;
    fake_get("/plain");
    assert_body(200, "GET");
    fake_get("/bad");
    assert_message(500, "the template of the stub's answer failed: line 1, column 10 of the "
                        "template: the block 'if' has no end");
}
END_TEST

START_TEST(random_values_differ_from_call_to_call_and_come_again)
{
    char first[64], second[64];

    add("{`id`:`00000000-0000-4000-8000-000000000001`,`request`:{`url`:`/r`},"
        "`response`:{`body`:`{{randomValue}}`," TEMPLATE "}}");
    fake_get("/r");
    (void)snprintf(first, sizeof(first), "%.*s", TEXT_ARG(fake_body()));
    fake_get("/r");
    (void)snprintf(second, sizeof(second), "%.*s", TEXT_ARG(fake_body()));
    ck_assert_str_ne(first, second);
    fake_stop();
    fake_start();
    add("{`id`:`00000000-0000-4000-8000-000000000001`,`request`:{`url`:`/r`},"
        "`response`:{`body`:`{{randomValue}}`," TEMPLATE "}}");
    fake_get("/r");
    assert_body(200, "%s", first);
}
END_TEST

START_TEST(files_are_templates_and_so_are_their_names)
{
    char folder[] = "/tmp/mockhere-files-XXXXXX", path[64];
    FILE *file;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/GET.txt", folder);
    file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    (void)fputs("file {{request.path}}", file);
    ck_assert_int_eq(fclose(file), 0);
    fake_dispatch()->body_files = folder;
    add("{`request`:{`url`:`/f`},`response`:{`bodyFileName`:`{{request.method}}.txt`," TEMPLATE
        "}}");
    fake_get("/f");
    assert_body(200, "file /f");
    add("{`request`:{`urlPath`:`/up`},`response`:{`bodyFileName`:`{{request.query.n}}`," TEMPLATE
        "}}");
    fake_get("/up?n=../x");
    ck_assert_int_eq(fake_status(), 500);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(an_answer_is_whole_or_a_500_when_memory_runs_out)
{
    const struct fake_request request = {.target = "/m?q=1",
                                         .headers = {FAKE_KEY, FAKE_HEADER("Host", "localhost")},
                                         .memory = FAKE_MEMORY_FAILS_ONCE};
    size_t failures = 0;

    add("{`request`:{`urlPath`:`/m`},`response`:{`body`:`{{#each (array 1 2)}}{{trim this}}"
        "{{/each}}{{request.query.q}}`," TEMPLATE "}}");
    for (size_t left = 0; left < 1000; left++) {
        struct fake_request next = request;

        next.allocations_left = left;
        fake_send(&next);
        if (!fake_has_failed())
            break;
        /* It may have failed where it is not needed: in the journal. */
        if (fake_status() == 200)
            assert_body(200, "121");
        else
            failures++;
    }
    assert_body(200, "121");
    ck_assert_uint_ge(failures, 10);
}
END_TEST

Suite *response_template_suite(void)
{
    Suite *suite = suite_create("response_template");
    TCase *tcase = tcase_create("response_template");

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    tcase_add_test(tcase, a_body_is_a_template_when_the_stub_says_so);
    tcase_add_test(tcase, the_body_of_the_request_is_there_though_no_pattern_asks_for_it);
    tcase_add_test(tcase, what_is_within_json_and_headers_is_a_template_too);
    tcase_add_test(tcase, a_header_stays_one_line);
    tcase_add_test(tcase, a_template_that_cannot_be_read_is_refused_when_its_stub_comes);
    tcase_add_test(tcase, all_stubs_are_templates_when_the_server_is_told_so);
    tcase_add_test(tcase, random_values_differ_from_call_to_call_and_come_again);
    tcase_add_test(tcase, files_are_templates_and_so_are_their_names);
    tcase_add_test(tcase, an_answer_is_whole_or_a_500_when_memory_runs_out);
    suite_add_tcase(suite, tcase);
    return suite;
}
