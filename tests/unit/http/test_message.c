#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/message.h"

Suite *message_suite(void);

/* A body in memory that comes `step` bytes at a time and then ends as `end` says. */
struct source {
    struct text rest;
    size_t step;
    long end;
};

static long read_source(void *context, void *data, size_t size)
{
    struct source *source = context;
    size_t count = source->rest.len < source->step ? source->rest.len : source->step;

    if (count > size)
        count = size;
    if (count == 0)
        return source->end;
    memcpy(data, source->rest.data, count);
    source->rest.data += count;
    source->rest.len -= count;
    return (long)count;
}

/* clang-format off */
static const struct {
    const char *body;
    int64_t content_length;
    size_t size_max;
    size_t step;
    long end;
    bool timed_out;
    enum body_result result;
} bodies[] = {
    {"",       -1, 10, 3, 0,  false, BODY_OK},
    {"hello",  -1, 10, 2, 0,  false, BODY_OK},
    {"hello",  5,  10, 2, 0,  false, BODY_OK},
    {"hello",  5,  5,  9, -1, false, BODY_OK},
    {"hello",  -1, 5,  9, 0,  false, BODY_OK},
    {"hello",  -1, 4,  9, 0,  false, BODY_TOO_LARGE},
    {"hello",  -1, 4,  1, 0,  false, BODY_TOO_LARGE},
    {"hello",  5,  4,  9, 0,  false, BODY_TOO_LARGE},
    {"hello",  6,  10, 9, 0,  false, BODY_CLOSED},
    {"hello",  6,  10, 9, -1, false, BODY_CLOSED},
    {"hello",  -1, 10, 9, -1, false, BODY_CLOSED},
    {"hello",  6,  10, 9, -1, true,  BODY_TIMEOUT},
};
/* clang-format on */

START_TEST(a_body_is_read_whole_or_not_at_all)
{
    AUTO(buf_done) struct buf out = {0};
    struct source source = {text_of(bodies[_i].body), bodies[_i].step, bodies[_i].end};
    struct request req = {.content_length = bodies[_i].content_length,
                          .has_body = true,
                          .read_body = read_source,
                          .body_source = &source,
                          .timed_out = bodies[_i].timed_out};

    buf_add_string(&out, "old");
    ck_assert_int_eq(request_read_body(&req, bodies[_i].size_max, &out), bodies[_i].result);
    if (bodies[_i].result == BODY_OK)
        ck_assert_str_eq(out.len ? out.data : "", bodies[_i].body);
}
END_TEST

START_TEST(a_declared_length_is_refused_before_a_byte_is_read)
{
    AUTO(buf_done) struct buf out = {0};
    struct source source = {TEXT("hello"), 5, 0};
    struct request req = {
        .content_length = 5, .has_body = true, .read_body = read_source, .body_source = &source};

    ck_assert_int_eq(request_read_body(&req, 4, &out), BODY_TOO_LARGE);
    ck_assert_uint_eq(source.rest.len, 5);
}
END_TEST

START_TEST(no_body_is_an_empty_one)
{
    AUTO(buf_done) struct buf out = {0};
    struct request req = {.content_length = -1};

    ck_assert_int_eq(request_read_body(&req, 0, &out), BODY_OK);
    ck_assert_uint_eq(out.len, 0);
}
END_TEST

/* clang-format off */
static const struct {
    const char *query, *name;
    size_t index;
    const char *value; /* NULL: not found */
} queries[] = {
    {"a=1",           "a", 0, "1"},
    {"a=1&b=2",       "b", 0, "2"},
    {"a=1&a=2&a=3",   "a", 2, "3"},
    {"a=1&a=2",       "a", 2, NULL},
    {"a",             "a", 0, ""},
    {"a=",            "a", 0, ""},
    {"&&a=1&",        "a", 0, "1"},
    {"%61=x+y%2B",    "a", 0, "x y+"},
    {"a=b=c",         "a", 0, "b=c"},
    {"ab=1",          "a", 0, NULL},
    {"A=1",           "a", 0, NULL},
    {"a=%",           "a", 0, NULL},
    {"%zz=1&a=2",     "a", 0, "2"},
    {"",              "a", 0, NULL},
};
/* clang-format on */

START_TEST(query_parameters_are_found_and_decoded)
{
    struct request req = {.query = text_of(queries[_i].query)};
    struct text out = TEXT("before");
    bool found;

    ck_assert(request_read_query(&req));
    found = request_query(&req, queries[_i].name, queries[_i].index, &out);
    ck_assert_int_eq(found, queries[_i].value != NULL);
    if (found)
        ck_assert_str_eq(out.data, queries[_i].value);
    else
        ck_assert_uint_eq(out.len, 0);
    request_done(&req);
}
END_TEST

START_TEST(headers_are_found_whatever_their_case)
{
    const struct request req = {
        .headers = {{TEXT("Host"), TEXT("a")}, {TEXT("X"), TEXT("1")}, {TEXT("x"), TEXT("2")}},
        .header_count = 3};

    ck_assert_str_eq(request_header(&req, "hOST").data, "a");
    ck_assert_str_eq(request_header(&req, "x").data, "1");
    ck_assert_ptr_null(request_header(&req, "y").data);
    ck_assert_uint_eq(request_header_count(&req, "X"), 2);
    ck_assert_uint_eq(request_header_count(&req, "y"), 0);
}
END_TEST

START_TEST(a_header_set_twice_has_its_last_value)
{
    AUTO(response_done) struct response res;

    response_init(&res);
    response_set_header(&res, "vary", TEXT("Origin"));
    response_set_header(&res, "Vary", TEXT("*"));
    ck_assert_uint_eq(res.header_count, 1);
    ck_assert_str_eq(response_header(&res, "vary").data, "*");
    ck_assert_ptr_null(response_header(&res, "date").data);
}
END_TEST

START_TEST(a_header_value_cannot_begin_another_header)
{
    AUTO(response_done) struct response res;

    response_init(&res);
    response_set_header(&res, "x", TEXT("a\r\nSet-Cookie: b"));
    ck_assert_str_eq(response_header(&res, "x").data, "a  Set-Cookie: b");
    response_set_header(&res, "x", TEXT("\x7f caf\xc3\xa9\t"));
    ck_assert_str_eq(response_header(&res, "x").data, "  caf\xc3\xa9 ");
}
END_TEST

START_TEST(headers_may_come_as_lines)
{
    AUTO(response_done) struct response res;

    response_init(&res);
    response_set_lines(&res, TEXT("vary: Origin\r\nexpires: at 12:00\r\n"));
    response_set_header(&res, "x", TEXT("y"));
    ck_assert(text_eq(response_header(&res, "Vary"), TEXT("Origin")));
    ck_assert(text_eq(response_header(&res, "expires"), TEXT("at 12:00")));
    ck_assert(text_eq(response_header(&res, "x"), TEXT("y")));
    ck_assert_ptr_null(response_header(&res, "Origin").data);
    response_reset(&res);
    ck_assert_ptr_null(response_header(&res, "vary").data);
}
END_TEST

START_TEST(a_header_is_removed_however_it_was_set)
{
    AUTO(response_done) struct response res;

    response_init(&res);
    response_set_lines(&res, TEXT("vary: Origin\r\nexpires: at 12:00\r\n"));
    response_set_header(&res, "x", TEXT("y"));
    response_add_header(&res, "X", TEXT("z"));
    response_set_header(&res, "w", TEXT("v"));
    response_remove_header(&res, "X");
    ck_assert_ptr_null(response_header(&res, "x").data);
    ck_assert_uint_eq(res.header_count, 1);
    response_remove_header(&res, "Vary");
    ck_assert_ptr_null(response_header(&res, "vary").data);
    ck_assert(text_eq(response_header(&res, "expires"), TEXT("at 12:00")));
    ck_assert(text_eq(response_header(&res, "w"), TEXT("v")));
    response_remove_header(&res, "none");
    ck_assert_uint_eq(res.header_count, 2);
}
END_TEST

START_TEST(a_reset_answer_is_like_a_new_one)
{
    AUTO(response_done) struct response res;
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    response_init(&res);
    res.status = 200;
    res.close = true;
    res.file = ends[0];
    res.file_size = 5;
    response_set_header(&res, "x", TEXT("y"));
    buf_add_string(&res.body, "body");
    response_reset(&res);
    ck_assert_int_eq(res.status, 0);
    ck_assert(!res.close);
    ck_assert_int_eq(res.file, -1);
    ck_assert_int_eq(close(ends[0]), -1);
    (void)close(ends[1]);
    ck_assert_uint_eq(res.header_count, 0);
    ck_assert_uint_eq(res.body.len, 0);
    response_set_header(&res, "z", TEXT("new"));
    ck_assert_str_eq(response_header(&res, "z").data, "new");
}
END_TEST

START_TEST(reasons_are_those_of_the_registry)
{
    ck_assert_str_eq(http_reason(100), "Continue");
    ck_assert_str_eq(http_reason(200), "OK");
    ck_assert_str_eq(http_reason(404), "Not Found");
    ck_assert_str_eq(http_reason(498), "Invalid Token");
    ck_assert_str_eq(http_reason(511), "Network Authentication Required");
    ck_assert_str_eq(http_reason(299), "Unknown");
    ck_assert_str_eq(http_reason(99), "Unknown");
    ck_assert_str_eq(http_reason(999), "Unknown");
}
END_TEST

Suite *message_suite(void)
{
    Suite *suite = suite_create("message");
    TCase *tcase = tcase_create("requests");

    tcase_add_loop_test(tcase, a_body_is_read_whole_or_not_at_all, 0, ARRAY_LEN(bodies));
    tcase_add_test(tcase, a_declared_length_is_refused_before_a_byte_is_read);
    tcase_add_test(tcase, no_body_is_an_empty_one);
    tcase_add_loop_test(tcase, query_parameters_are_found_and_decoded, 0, ARRAY_LEN(queries));
    tcase_add_test(tcase, headers_are_found_whatever_their_case);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("answers");
    tcase_add_test(tcase, a_header_set_twice_has_its_last_value);
    tcase_add_test(tcase, a_header_value_cannot_begin_another_header);
    tcase_add_test(tcase, headers_may_come_as_lines);
    tcase_add_test(tcase, a_header_is_removed_however_it_was_set);
    tcase_add_test(tcase, a_reset_answer_is_like_a_new_one);
    tcase_add_test(tcase, reasons_are_those_of_the_registry);
    suite_add_tcase(suite, tcase);
    return suite;
}
