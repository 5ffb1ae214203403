#include <check.h>
#include <string.h>

#include "outbound_fixture.h"

Suite *webhook_suite(void);

static const struct {
    const char *parameters, *request;
} sent[] = {
    {"", "GET /hook HTTP/1.1\r\nHost: H\r\n\r\n"},
    {",`method`:`POST`,`body`:`text`,`headers`:{`X-A`:`1`,`X-B`:[`2`,`3`],`Content-Type`:`a/b`}",
     "POST /hook HTTP/1.1\r\nHost: H\r\nX-A: 1\r\nX-B: 2\r\nX-B: 3\r\nContent-Type: a/b\r\n"
     "Content-Length: 4\r\n\r\ntext"},
    {",`method`:`PUT`,`base64Body`:`aGk=`",
     "PUT /hook HTTP/1.1\r\nHost: H\r\nContent-Length: 2\r\n\r\nhi"},
    {",`method`:`POST`,`delay`:{`type`:`uniform`,`lower`:1,`upper`:5}",
     "POST /hook HTTP/1.1\r\nHost: H\r\nContent-Length: 0\r\n\r\n"},
    {",`delay`:{`type`:`lognormal`,`median`:2,`sigma`:0.1},`extra`:1",
     "GET /hook HTTP/1.1\r\nHost: H\r\n\r\n"},
};

/* The request with H for the host. */
static void assert_hook(const char *request, const char *wanted)
{
    AUTO(buf_done) struct buf expanded = {0};
    struct text rest = text_of(wanted);
    struct text before = text_cut(&rest, '\n');

    buf_add_text(&expanded, before);
    buf_add_format(&expanded, "\nHost: 127.0.0.1:%u", origin.port);
    buf_add_text(&expanded, (struct text){rest.data + 7, rest.len - 7});
    ck_assert_str_eq(request, expanded.data);
}

START_TEST(a_webhook_is_sent)
{
    allow(url);
    fake_post("/__admin/mappings",
              "{`request`:{`urlPath`:`/p`},`response`:{`body`:`mine`},`serveEventListeners`:[{"
              "`name`:`webhook`,`parameters`:{`url`:`%s/hook`%s}}]}",
              url, sent[_i].parameters);
    ck_assert_int_eq(fake_status(), 201);
    fake_get("/p");
    assert_body(200, "mine");
    assert_hook(origin_request(&origin, 0), sent[_i].request);
}
END_TEST

/* Keeps the delay in place of sending. */
static void keep_delay(void *context, struct outgoing *request, uint32_t delay_ms)
{
    *(uint32_t *)context = delay_ms;
    outgoing_done(request);
}

START_TEST(each_webhook_of_a_stub_is_sent_under_either_name)
{
    allow(url);
    fake_post("/__admin/mappings",
              "{`request`:{`urlPath`:`/p`},`postServeActions`:{`webhook`:{`url`:`%s/a`}},"
              "`serveEventListeners`:[{`name`:`webhook`,`parameters`:{`url`:`%s/b`,`delay`:"
              "{`type`:`fixed`,`milliseconds`:1}}}]}",
              url, url);
    ck_assert_int_eq(fake_status(), 201);
    ck_assert_int_eq(fake_get("/p"), 200);
    (void)origin_request(&origin, 1);
    ck_assert_int_eq(fake_get("/q"), 404);
    ck_assert_uint_eq(origin_request_count(&origin), 2);
}
END_TEST

/* As WireMock 3.13.2 fills them: the request has another name, the method is that of the webhook.
 */
START_TEST(the_templates_of_a_webhook_look_at_the_call)
{
    allow(url);
    fake_post("/__admin/mappings",
              "{`request`:{`urlPath`:`/v2/rerank`},`response`:{`proxyBaseUrl`:`mockhere:`},"
              "`serveEventListeners`:[{`name`:`webhook`,`parameters`:{`method`:`POST`,"
              "`url`:`%s/{{originalRequest.path.[1]}}`,`extra`:`E`,"
              "`headers`:{`X-A`:`1`,`X-B`:[`2`,`{{originalRequest.method}}`]},"
              "`body`:`{{jsonPath originalRequest.body '$.a'}}|{{parameters.extra}}|"
              "{{request.url}}`}}]}",
              url);
    ck_assert_int_eq(fake_status(), 201);
    fake_post("/v2/rerank", "{`a`:`A`}");
    assert_hook(origin_request(&origin, 0),
                "POST /rerank HTTP/1.1\r\nHost: H\r\nX-A: 1\r\nX-B: 2\r\nX-B: POST\r\n"
                "Content-Length: 4\r\n\r\nA|E|");
}
END_TEST

START_TEST(a_webhook_whose_url_shows_nothing_is_not_sent)
{
    uint32_t delay_ms = 0;
    const struct outgoing_way kept = {.send_later = keep_delay, .later_context = &delay_ms};

    fake_dispatch()->outgoing = &kept;
    fake_post("/__admin/mappings",
              "{`request`:{`urlPath`:`/p`},`postServeActions`:[{`name`:`webhook`,`parameters`:{"
              "`url`:`{{originalRequest.headers.X-To}}`}}]}");
    ck_assert_int_eq(fake_status(), 201);
    ck_assert_int_eq(fake_get("/p"), 200);
    ck_assert_uint_eq(delay_ms, 0);
}
END_TEST

START_TEST(a_webhook_comes_after_the_answer)
{
    uint32_t delay_ms = 0;
    const struct outgoing_way kept = {.send_later = keep_delay, .later_context = &delay_ms};

    fake_dispatch()->outgoing = &kept;
    fake_post("/__admin/mappings",
              "{`request`:{`urlPath`:`/p`},`response`:{`fixedDelayMilliseconds`:300,"
              "`chunkedDribbleDelay`:{`numberOfChunks`:2,`totalDuration`:40}},"
              "`postServeActions`:[{`name`:`webhook`,`parameters`:{`url`:`http://h/`,`delay`:"
              "{`type`:`fixed`,`milliseconds`:2000}}}]}");
    fake_get("/p");
    ck_assert_uint_eq(delay_ms, 300 + 40 + 2000 + 10);
    fake_send_json("PUT", "/__mockhere/clock", "{`mode`:`scaled`,`scale`:10}");
    ck_assert_int_eq(fake_status(), 200);
    fake_get("/p");
    ck_assert_uint_eq(delay_ms, 30 + 4 + 200 + 10);
}
END_TEST

START_TEST(a_webhook_that_may_not_be_sent_leaves_the_answer)
{
    fake_post("/__admin/mappings",
              "{`request`:{`urlPath`:`/p`},`postServeActions`:[{`name`:`webhook`,"
              "`parameters`:{`url`:`%s`}}]}",
              url);
    ck_assert_int_eq(fake_get("/p"), 200);
    allow("http://127.0.0.1:1");
    ck_assert_int_eq(fake_get("/p"), 200);
    (void)outbound_queue_stop(webhooks, 10000);
    webhooks = NULL;
    ck_assert_uint_eq(origin_connection_count(&origin), 0);
}
END_TEST

#define WEBHOOK(parameters) "[{`name`:`webhook`,`parameters`:" parameters "}]"

static const struct {
    const char *listeners, *pointer, *detail;
} refused[] = {
    {"[{`name`:`loud`,`parameters`:{}}]", "/serveEventListeners/0",
     "the listener \"loud\" is not supported here: the only one is webhook"},
    {"{`loud`:{}}", "/serveEventListeners",
     "the listener \"loud\" is not supported here: the only one is webhook"},
    {"1", "/serveEventListeners", "expected a list of listeners"},
    {"[1]", "/serveEventListeners/0", "expected a listener: its name and its parameters"},
    {"[{`name`:`webhook`,`often`:1}]", "/serveEventListeners/0",
     "expected a listener: its name and its parameters"},
    {"[{`name`:`webhook`}]", "/serveEventListeners/0",
     "expected an object, the parameters of the webhook"},
    {WEBHOOK("{}"), "/serveEventListeners/0", "a webhook needs a url"},
    {WEBHOOK("{`url`:1}"), "/serveEventListeners/0/url",
     "expected a URL that begins with http:// or https://"},
    {WEBHOOK("{`url`:`file:///etc/passwd`}"), "/serveEventListeners/0/url",
     "expected a URL that begins with http:// or https://"},
    {WEBHOOK("{`url`:`http://h`,`method`:`A B`}"), "/serveEventListeners/0/method",
     "expected a method, such as POST"},
    {WEBHOOK("{`url`:`http://h`,`headers`:[]}"), "/serveEventListeners/0/headers",
     "expected an object of strings"},
    {WEBHOOK("{`url`:`http://h`,`headers`:{`a b`:`c`}}"), "/serveEventListeners/0/headers",
     "the name of a header is letters, digits and !#$%&'*+-.^_`|~"},
    {WEBHOOK("{`url`:`http://h`,`headers`:{`a`:[1]}}"), "/serveEventListeners/0/headers",
     "a header must be a string or a list of strings"},
    {WEBHOOK("{`url`:`http://h`,`body`:{}}"), "/serveEventListeners/0/body", "expected a string"},
    {WEBHOOK("{`url`:`http://h`,`body`:`{{#if a}}`}"), "/serveEventListeners/0/body",
     "line 1, column 10 of the template: the block 'if' has no end"},
    {WEBHOOK("{`url`:`http://h`,`headers`:{`a`:[`b`,`{{#if a}}`]}}"),
     "/serveEventListeners/0/headers",
     "line 1, column 10 of the template: the block 'if' has no end"},
    {WEBHOOK("{`url`:`http://h/{{#if a}}`}"), "/serveEventListeners/0/url",
     "line 1, column 19 of the template: the block 'if' has no end"},
    {WEBHOOK("{`url`:`http://h`,`delay`:{`type`:`x`}}"), "/serveEventListeners/0/delay",
     "the type of a delay must be fixed, lognormal or uniform"},
};

START_TEST(what_is_no_webhook_is_refused)
{
    fake_post("/__admin/mappings", "{`request`:{},`serveEventListeners`:%s}",
              refused[_i].listeners);
    ck_assert_int_eq(fake_status(), 422);
    ck_assert_str_eq(fake_string("errors.0.source.pointer"), refused[_i].pointer);
    ck_assert_str_eq(fake_string("errors.0.detail"), refused[_i].detail);
}
END_TEST

START_TEST(a_stub_has_at_most_sixteen_webhooks)
{
    AUTO(buf_done) struct buf list = {0};

    for (int i = 0; i < 17; i++)
        buf_add_format(&list, "%s{`name`:`webhook`,`parameters`:{`url`:`http://h`}}", i ? "," : "");
    fake_post("/__admin/mappings", "{`serveEventListeners`:[%s]}", list.data);
    ck_assert_int_eq(fake_status(), 422);
    ck_assert_str_eq(fake_string("errors.0.detail"), "a stub may have at most 16 webhooks");
}
END_TEST

Suite *webhook_suite(void)
{
    Suite *suite = suite_create("webhook");
    TCase *hooks = tcase_create("webhooks");

    tcase_add_checked_fixture(hooks, outbound_set_up, outbound_tear_down);
    tcase_add_loop_test(hooks, a_webhook_is_sent, 0, ARRAY_LEN(sent));
    tcase_add_test(hooks, each_webhook_of_a_stub_is_sent_under_either_name);
    tcase_add_test(hooks, a_webhook_comes_after_the_answer);
    tcase_add_test(hooks, the_templates_of_a_webhook_look_at_the_call);
    tcase_add_test(hooks, a_webhook_whose_url_shows_nothing_is_not_sent);
    tcase_add_test(hooks, a_webhook_that_may_not_be_sent_leaves_the_answer);
    tcase_add_loop_test(hooks, what_is_no_webhook_is_refused, 0, ARRAY_LEN(refused));
    tcase_add_test(hooks, a_stub_has_at_most_sixteen_webhooks);
    suite_add_tcase(suite, hooks);
    return suite;
}
