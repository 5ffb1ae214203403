#include <check.h>

#include "http/answer.h"

Suite *answer_suite(void);

static const struct answer_frame frame = {
    .date = {"Thu, 01 Jan 1970 00:00:00 GMT", 29}, .keep_alive = true, .keep_alive_s = 75};

START_TEST(the_head_has_what_was_set_and_what_the_transport_knows)
{
    AUTO(buf_done) struct buf out = {0};
    AUTO(response_done) struct response res;

    response_init(&res);
    res.status = 201;
    response_set_header(&res, "content-type", TEXT("application/json"));
    response_set_lines(&res, TEXT("vary: Origin\r\nexpires: 0\r\n"));
    buf_add_string(&res.body, "{}");
    answer_write_head(&res, &frame, &out);
    ck_assert_str_eq(out.data, "HTTP/1.1 201 Created\r\n"
                               "content-type: application/json\r\n"
                               "vary: Origin\r\nexpires: 0\r\n"
                               "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                               "Server: mockhere\r\n"
                               "Content-Length: 2\r\n"
                               "Connection: keep-alive\r\n"
                               "Keep-Alive: timeout=75\r\n\r\n");
}
END_TEST

START_TEST(date_and_server_can_be_set_but_not_the_framing)
{
    AUTO(buf_done) struct buf out = {0};
    AUTO(response_done) struct response res;
    struct answer_frame closing = {.date = frame.date};

    response_init(&res);
    res.status = 204;
    response_set_header(&res, "date", TEXT("then"));
    response_set_header(&res, "SERVER", TEXT("other"));
    response_set_header(&res, "Content-Length", TEXT("7"));
    response_set_header(&res, "transfer-encoding", TEXT("chunked"));
    response_set_header(&res, "connection", TEXT("upgrade"));
    response_set_header(&res, "keep-alive", TEXT("timeout=1"));
    answer_write_head(&res, &closing, &out);
    ck_assert_str_eq(out.data, "HTTP/1.1 204 No Content\r\n"
                               "date: then\r\n"
                               "SERVER: other\r\n"
                               "Connection: close\r\n\r\n");
}
END_TEST

START_TEST(a_failed_buffer_shows)
{
    AUTO(response_done) struct response res;

    response_init(&res);
    response_set_header(&res, "a", TEXT("b"));
    ck_assert(!answer_is_broken(&res));
    res.headers[0].value.failed = true;
    ck_assert(answer_is_broken(&res));
    response_reset(&res);
    ck_assert(!answer_is_broken(&res));
    res.body.failed = true;
    ck_assert(answer_is_broken(&res));
}
END_TEST

Suite *answer_suite(void)
{
    Suite *suite = suite_create("answer");
    TCase *tcase = tcase_create("head");

    tcase_add_test(tcase, the_head_has_what_was_set_and_what_the_transport_knows);
    tcase_add_test(tcase, date_and_server_can_be_set_but_not_the_framing);
    tcase_add_test(tcase, a_failed_buffer_shows);
    suite_add_tcase(suite, tcase);
    return suite;
}
