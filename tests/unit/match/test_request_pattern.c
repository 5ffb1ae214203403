#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/request_pattern.h"
#include "support/failing_alloc.h"

Suite *request_pattern_suite(void);

static json_t *read_json(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_DECODE_ANY, &error);

    ck_assert_msg(json, "%s: %s", text, error.text);
    return json;
}

static struct request_pattern *make(const char *text)
{
    json_t *json = read_json(text);
    struct match_error error;
    struct request_pattern *pattern = request_pattern_new(json, "/request", &error);

    ck_assert_msg(pattern, "%s: %s: %s", text, error.pointer, error.detail);
    json_decref(json);
    return pattern;
}

static struct match_text text_of(const char *text)
{
    return (struct match_text){text, text ? strlen(text) : 0};
}

enum { HEADERS_MAX = 8 };

/* A request in two lines: "POST /a?b=c", and headers with a body behind an empty line. */
struct sent {
    struct match_field headers[HEADERS_MAX];
    struct match_request request;
};

static void send_request(struct sent *sent, const char *line, const char *rest)
{
    const char *space = strchr(line, ' ');

    *sent = (struct sent){.request = {.method = {line, (size_t)(space - line)},
                                      .url = text_of(space + 1),
                                      .headers = sent->headers,
                                      .scheme = text_of("http"),
                                      .host = text_of("localhost"),
                                      .client_ip = text_of("127.0.0.1"),
                                      .port = 8080}};
    while (*rest && *rest != '\n') {
        struct match_field *field = &sent->headers[sent->request.header_count++];

        field->name = (struct match_text){rest, strcspn(rest, ":")};
        rest += field->name.len + 2;
        field->value = (struct match_text){rest, strcspn(rest, "\n")};
        rest += field->value.len + 1;
    }
    sent->request.body.data = *rest ? rest + 1 : "";
    sent->request.body.len = strlen(sent->request.body.data);
}

/* The verdicts of WireMock 3.13.2, asked itself. */
/* clang-format off */
static const struct {
    const char *pattern, *line, *rest;
    bool is_match;
} verdicts[] = {
    {"{\"basicAuth\":{\"username\":\"u\",\"password\":\"p\"}}", "POST /x", "\n", false},
    {"{\"basicAuth\":{\"username\":\"u\",\"password\":\"p\"}}", "POST /x", "Authorization: Basic dTpw\n\n", true},
    {"{\"cookies\":{\"q\":{\"contains\":\"a\"}}}", "POST /x", "Cookie: a=1; q=a\n\n", true},
    {"{\"cookies\":{\"q\":{\"equalTo\":\" b\"}}}", "POST /x", "Cookie: q=1, r=2\n\n", false},
    {"{\"cookies\":{\"q\":{\"equalTo\":\"\"}}}", "POST /x", "Cookie: a=1; q=a\n\n", false},
    {"{\"cookies\":{\"q\":{\"equalTo\":\"\"}}}", "POST /x", "Cookie: q=\n\n", true},
    {"{\"cookies\":{\"q\":{\"equalTo\":\"1\"}}}", "POST /x", "Cookie: a=1; q=a\n\n", false},
    {"{\"cookies\":{\"q\":{\"equalTo\":\"1\"}}}", "POST /x", "Cookie: q=\"1\"\n\n", true},
    {"{\"cookies\":{\"q\":{\"equalTo\":\"A\",\"caseInsensitive\":true}}}", "POST /x", "\n", false},
    {"{\"cookies\":{\"q\":{\"equalTo\":\"A\",\"caseInsensitive\":true}}}", "POST /x", "Cookie: a=1; q=a\n\n", true},
    {"{\"cookies\":{\"q\":{\"equalTo\":\"x y\"}}}", "POST /x", "\n", false},
    {"{\"cookies\":{\"q\":{\"equalTo\":\"x%20y\"}}}", "POST /x", "Cookie: q=1\n\n", false},
    {"{\"cookies\":{\"q\":{\"matches\":\"[0-9]+\"}}}", "POST /x", "\n", false},
    {"{\"cookies\":{\"q\":{\"matches\":\"[0-9]+\"}}}", "POST /x", "Cookie: q=1\n\n", true},
    {"{\"cookies\":{\"q\":{\"or\":[{\"equalTo\":\"1\"},{\"absent\":true}]}}}", "POST /x", "Cookie: q=\"1\"\n\n", true},
    {"{\"formParameters\":{\"q\":{\"absent\":true}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded\n\nq=x+y", false},
    {"{\"formParameters\":{\"q\":{\"absent\":true}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded\n\nr=1", true},
    {"{\"formParameters\":{\"q\":{\"anything\":\"x\"}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded\n\nq=a&r=b", true},
    {"{\"formParameters\":{\"q\":{\"contains\":\"a\"}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded\n\nq=a&r=b", true},
    {"{\"formParameters\":{\"q\":{\"doesNotContain\":\"1\"}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded\n\nq=%2B", true},
    {"{\"formParameters\":{\"q\":{\"doesNotMatch\":\"x\"}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded\n\nq=x+y", true},
    {"{\"formParameters\":{\"q\":{\"equalTo\":\" b\"}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded\n\nq=x+y", false},
    {"{\"formParameters\":{\"q\":{\"equalTo\":\"\"}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded\n\nq=", true},
    {"{\"formParameters\":{\"q\":{\"equalTo\":\"+\"}}}", "POST /x", "Content-Type: text/plain\n\nq=2&q=1", false},
    {"{\"formParameters\":{\"q\":{\"equalTo\":\"1\"}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded\n\nq", false},
    {"{\"formParameters\":{\"q\":{\"equalTo\":\"x%20y\"}}}", "POST /x", "Content-Type: text/plain\n\nq=x+y", false},
    {"{\"formParameters\":{\"q\":{\"equalTo\":\"x%2Fy\"}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded\n\nq=%2B", false},
    {"{\"formParameters\":{\"q\":{\"equalTo\":\"x/y\"}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded; charset=utf-8\n\nq=1", false},
    {"{\"formParameters\":{\"q\":{\"hasExactly\":[{\"anything\":\"x\"}]}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded\n\nq=1&", true},
    {"{\"formParameters\":{\"q\":{\"hasExactly\":[{\"anything\":\"x\"}]}}}", "POST /x", "Content-Type: text/plain\n\nq", false},
    {"{\"formParameters\":{\"q\":{\"hasExactly\":[{\"contains\":\"1\"}]}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded; charset=utf-8\n\nq=1&", true},
    {"{\"formParameters\":{\"q\":{\"includes\":[{\"absent\":true}]}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded\n\n", false},
    {"{\"formParameters\":{\"q\":{\"includes\":[{\"equalTo\":\"1\"}]}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded\n\nq=1", true},
    {"{\"formParameters\":{\"q\":{\"includes\":[{\"equalTo\":\"1\"}]}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded\n\nq=x+y", false},
    {"{\"formParameters\":{\"q\":{\"matches\":\"[0-9]+\"}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded\n\nq=", false},
    {"{\"formParameters\":{\"q\":{\"matches\":\"[0-9]+\"}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded\n\nq=1", true},
    {"{\"formParameters\":{\"q\":{\"not\":{\"equalTo\":\"1\"}}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded\n\nr=1", true},
    {"{\"formParameters\":{\"q\":{\"or\":[{\"equalTo\":\"1\"},{\"absent\":true}]}}}", "POST /x", "Content-Type: application/x-www-form-urlencoded\n\nq=", false},
    {"{\"formParameters\":{\"q\":{\"or\":[{\"equalTo\":\"1\"},{\"absent\":true}]}}}", "POST /x", "Content-Type: text/plain\n\nq", true},
    {"{\"headers\":{\"Q\":{\"absent\":true}}}", "POST /x", "q: 2\nQ: 1\n\n", false},
    {"{\"headers\":{\"Q\":{\"anything\":\"x\"}}}", "POST /x", "Q: 1\n\n", true},
    {"{\"headers\":{\"Q\":{\"contains\":\"a\"}}}", "POST /x", "\n", false},
    {"{\"headers\":{\"Q\":{\"contains\":\"a\"}}}", "POST /x", "Q: a\n\n", true},
    {"{\"headers\":{\"Q\":{\"doesNotMatch\":\"x\"}}}", "POST /x", "Q: \n\n", true},
    {"{\"headers\":{\"Q\":{\"equalTo\":\"\"}}}", "POST /x", "Q: \n\n", true},
    {"{\"headers\":{\"Q\":{\"equalTo\":\"\"}}}", "POST /x", "Q: 1, 2\n\n", false},
    {"{\"headers\":{\"Q\":{\"equalTo\":\"1\"}}}", "POST /x", "Q: 1\n\n", true},
    {"{\"headers\":{\"Q\":{\"equalTo\":\"x/y\"}}}", "POST /x", "Q: 1, 2\n\n", false},
    {"{\"headers\":{\"Q\":{\"hasExactly\":[{\"anything\":\"x\"}]}}}", "POST /x", "Q: a\n\n", true},
    {"{\"headers\":{\"Q\":{\"hasExactly\":[{\"contains\":\"1\"}]}}}", "POST /x", "Q: 1\n\n", true},
    {"{\"headers\":{\"Q\":{\"hasExactly\":[{\"equalTo\":\"1\"},{\"equalTo\":\"2\"}]}}}", "POST /x", "Q: a\n\n", false},
    {"{\"headers\":{\"Q\":{\"hasExactly\":[{\"equalTo\":\"1\"},{\"equalTo\":\"2\"}]}}}", "POST /x", "q: 2\nQ: 1\n\n", true},
    {"{\"headers\":{\"Q\":{\"includes\":[{\"equalTo\":\"1\"}]}}}", "POST /x", "Q: 1, 2\n\n", false},
    {"{\"headers\":{\"Q\":{\"includes\":[{\"equalTo\":\"1\"}]}}}", "POST /x", "q: 2\nQ: 1\n\n", true},
    {"{\"headers\":{\"Q\":{\"matches\":\"[0-9]+\"}}}", "POST /x", "Q: 1\n\n", true},
    {"{\"headers\":{\"Q\":{\"not\":{\"equalTo\":\"1\"}}}}", "POST /x", "Q: A\n\n", true},
    {"{\"headers\":{\"q\":{\"absent\":true}}}", "POST /x", "\n", true},
    {"{\"headers\":{\"q\":{\"anything\":\"x\"}}}", "POST /x", "q: 2\nQ: 1\n\n", true},
    {"{\"headers\":{\"q\":{\"doesNotContain\":\"1\"}}}", "POST /x", "Q: a\n\n", true},
    {"{\"headers\":{\"q\":{\"doesNotMatch\":\"x\"}}}", "POST /x", "Q: A\n\n", true},
    {"{\"headers\":{\"q\":{\"equalTo\":\" b\"}}}", "POST /x", "Q: a\n\n", false},
    {"{\"headers\":{\"q\":{\"equalTo\":\"x%20y\"}}}", "POST /x", "Q: A\n\n", false},
    {"{\"headers\":{\"q\":{\"hasExactly\":[{\"anything\":\"x\"}]}}}", "POST /x", "Q: \n\n", true},
    {"{\"headers\":{\"q\":{\"hasExactly\":[{\"contains\":\"1\"}]}}}", "POST /x", "Q: 1,2\n\n", true},
    {"{\"headers\":{\"q\":{\"hasExactly\":[{\"contains\":\"1\"}]}}}", "POST /x", "Q: A\n\n", false},
    {"{\"headers\":{\"q\":{\"hasExactly\":[{\"equalTo\":\"1\"},{\"equalTo\":\"2\"}]}}}", "POST /x", "Q: a\n\n", false},
    {"{\"headers\":{\"q\":{\"includes\":[{\"equalTo\":\"1\"}]}}}", "POST /x", "Q: 1,2\n\n", false},
    {"{\"headers\":{\"q\":{\"matches\":\"[0-9]+\"}}}", "POST /x", "Q: 1\n\n", true},
    {"{\"headers\":{\"q\":{\"matches\":\"[0-9]+\"}}}", "POST /x", "Q: 1, 2\n\n", false},
    {"{\"headers\":{\"q\":{\"not\":{\"equalTo\":\"1\"}}}}", "POST /x", "q: 2\nQ: 1\n\n", true},
    {"{\"multipartPatterns\":[{\"bodyPatterns\":[{\"equalTo\":\"1\"}]},{\"name\":\"q\",\"bodyPatterns\":[{\"equalTo\":\"1\"}]}]}", "POST /x", "Content-Type: multipart/mixed; boundary=B\n\n", false},
    {"{\"multipartPatterns\":[{\"bodyPatterns\":[{\"equalTo\":\"1\"}]},{\"name\":\"q\",\"headers\":{\"Content-Type\":{\"absent\":true}}}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n2\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{\"bodyPatterns\":[{\"equalTo\":\"1\"}]},{\"name\":\"q\"}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n2\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{\"bodyPatterns\":[{\"equalTo\":\"1\"}]}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n2\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{\"fileName\":\"f.csv\"},{\"headers\":{\"Content-Disposition\":{\"contains\":\"name=\\\"q\\\"\"}}}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"q\"; filename=\"f.csv\"\r\nContent-Type: text/csv\r\n\r\na\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{\"fileName\":\"f.csv\"},{\"name\":\"q\"}]}", "POST /x", "Content-Type: text/plain\n\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n\r\n--B--\r\n", false},
    {"{\"multipartPatterns\":[{\"headers\":{\"Content-Disposition\":{\"contains\":\"name=\\\"q\\\"\"}}},{\"headers\":{\"Content-Disposition\":{\"contains\":\"name=\\\"q\\\"\"}}}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n1\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{\"headers\":{\"Content-Disposition\":{\"contains\":\"name=\\\"q\\\"\"}}},{\"name\":\"q\",\"headers\":{\"Content-Type\":{\"contains\":\"csv\"}}}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"q\"; filename=\"f.csv\"\r\nContent-Type: text/csv\r\n\r\na\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{\"headers\":{\"Content-Disposition\":{\"contains\":\"name=\\\"q\\\"\"}}},{\"name\":\"q\"}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"q\"; filename=\"f.csv\"\r\nContent-Type: text/csv\r\n\r\na\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{\"headers\":{\"Content-Disposition\":{\"contains\":\"name=\\\"q\\\"\"}}}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"r\"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n2\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{\"headers\":{\"Content-Disposition\":{\"contains\":\"name=\\\"q\\\"\"}}}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=q\r\n\r\n1\r\n--B--\r\n", false},
    {"{\"multipartPatterns\":[{\"matchingType\":\"ALL\",\"bodyPatterns\":[{\"equalTo\":\"1\"}]}]}", "POST /x", "Content-Type: multipart/mixed; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"Q\"\r\n\r\n1\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{\"matchingType\":\"ALL\",\"bodyPatterns\":[{\"equalTo\":\"1\"}]}]}", "POST /x", "Content-Type: multipart/mixed; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"r\"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n2\r\n--B--\r\n", false},
    {"{\"multipartPatterns\":[{\"matchingType\":\"ALL\",\"name\":\"q\",\"bodyPatterns\":[{\"matches\":\"[0-9]\"}]},{\"bodyPatterns\":[{\"equalTo\":\"1\"}]}]}", "POST /x", "Content-Type: multipart/form-data; boundary=\"B\"\n\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n1\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{\"matchingType\":\"ALL\",\"name\":\"q\",\"bodyPatterns\":[{\"matches\":\"[0-9]\"}]},{}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n1\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{\"matchingType\":\"ALL\",\"name\":\"q\"},{\"name\":\"q\",\"bodyPatterns\":[{\"equalTo\":\"1\"}]}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=q\r\n\r\n1\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{\"name\":\"q\",\"bodyPatterns\":[{\"equalTo\":\"1\"}]},{\"matchingType\":\"ALL\",\"bodyPatterns\":[{\"equalTo\":\"1\"}]}]}", "POST /x", "Content-Type: multipart/mixed; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n2\r\n--B--\r\n", false},
    {"{\"multipartPatterns\":[{\"name\":\"q\",\"bodyPatterns\":[{\"equalTo\":\"1\"}]},{\"name\":\"q\",\"bodyPatterns\":[{\"equalTo\":\"1\"}]}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"q\"; filename=\"f.csv\"\r\nContent-Type: text/csv\r\n\r\na\r\n--B--\r\n", false},
    {"{\"multipartPatterns\":[{\"name\":\"q\",\"bodyPatterns\":[{\"equalTo\":\"1\"}]},{\"name\":\"q\",\"headers\":{\"Content-Type\":{\"contains\":\"csv\"}}}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"r\"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n2\r\n--B--\r\n", false},
    {"{\"multipartPatterns\":[{\"name\":\"q\",\"bodyPatterns\":[{\"equalTo\":\"1\"}]},{\"name\":\"q\"}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=q\r\n\r\n1\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{\"name\":\"q\",\"bodyPatterns\":[{\"equalToJson\":{\"a\":1}}]},{\"name\":\"q\",\"bodyPatterns\":[{\"equalToJson\":{\"a\":1}}]}]}", "POST /x", "Content-Type: multipart/form-data; boundary=\"B\"\n\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\nContent-Type: application/json\r\n\r\n{\"a\":1}\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{\"name\":\"q\",\"bodyPatterns\":[{\"equalToJson\":{\"a\":1}}]}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n2\r\n--B--\r\n", false},
    {"{\"multipartPatterns\":[{\"name\":\"q\",\"headers\":{\"Content-Type\":{\"absent\":true}}},{\"name\":\"q\",\"bodyPatterns\":[{\"equalToJson\":{\"a\":1}}]}]}", "POST /x", "Content-Type: multipart/mixed; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n1\r\n--B--\r\n", false},
    {"{\"multipartPatterns\":[{\"name\":\"q\",\"headers\":{\"Content-Type\":{\"absent\":true}}},{\"name\":\"q\",\"headers\":{\"Content-Type\":{\"absent\":true}}}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n1\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{\"name\":\"q\",\"headers\":{\"Content-Type\":{\"absent\":true}}},{}]}", "POST /x", "Content-Type: multipart/form-data; boundary=\"B\"\n\n--B\r\nContent-Disposition: form-data; name=\"r\"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n2\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{\"name\":\"q\",\"headers\":{\"Content-Type\":{\"contains\":\"csv\"}}},{\"headers\":{\"Content-Disposition\":{\"contains\":\"name=\\\"q\\\"\"}}}]}", "POST /x", "Content-Type: multipart/form-data; boundary=\"B\"\n\n--B\r\nContent-Disposition: form-data; name=\"q\"; filename=\"f.csv\"\r\nContent-Type: text/csv\r\n\r\na\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{\"name\":\"q\",\"headers\":{\"Content-Type\":{\"contains\":\"csv\"}}}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\nContent-Type: application/json\r\n\r\n{\"a\":1}\r\n--B--\r\n", false},
    {"{\"multipartPatterns\":[{\"name\":\"q\",\"headers\":{\"Content-Type\":{\"contains\":\"csv\"}}}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"q\"; filename=\"f.csv\"\r\nContent-Type: text/csv\r\n\r\na\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{\"name\":\"q\"},{\"name\":\"q\",\"bodyPatterns\":[{\"equalTo\":\"1\"}]}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n1\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{\"name\":\"q\"},{}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n2\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{},{\"bodyPatterns\":[{\"equalTo\":\"1\"}]}]}", "POST /x", "Content-Type: multipart/mixed; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"Q\"\r\n\r\n1\r\n--B--\r\n", true},
    {"{\"multipartPatterns\":[{}]}", "POST /x", "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"r\"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n2\r\n--B--\r\n", true},
    {"{\"url\":\"/.*\"}", "POST /", "\n", false},
    {"{\"url\":\"/a/ b\"}", "POST /x?", "\n", false},
    {"{\"url\":\"/a/%20b\"}", "POST /a/%20b", "\n", true},
    {"{\"url\":\"/a/x%2Fy\"}", "POST /", "\n", false},
    {"{\"url\":\"/x\"}", "POST /a/%20b", "\n", false},
    {"{\"urlPath\":\"/a/ b\"}", "POST /", "\n", false},
    {"{\"urlPath\":\"/a/%20b\"}", "POST /x", "\n", false},
    {"{\"urlPath\":\"/a/x%2Fy\"}", "POST /a/x%2Fy", "\n", true},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"absent\":true}}}", "POST /x?q=x+y", "\n", false},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"absent\":true}}}", "POST /x?r=1", "\n", true},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"anything\":\"x\"}}}", "POST /x?&q=1", "\n", true},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"contains\":\"a\"}}}", "POST /x?q=1", "\n", false},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"contains\":\"a\"}}}", "POST /x?q=a", "\n", true},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"doesNotContain\":\"1\"}}}", "POST /x?q=a", "\n", true},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"doesNotMatch\":\"x\"}}}", "POST /x?q=%2B", "\n", true},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"equalTo\":\" b\"}}}", "POST /x?Q=1", "\n", false},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"equalTo\":\"\"}}}", "POST /x?q=1=2", "\n", false},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"equalTo\":\"+\"}}}", "POST /x?q=%2B", "\n", true},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"equalTo\":\"1\"}}}", "POST /x", "\n", false},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"equalTo\":\"1\"}}}", "POST /x?q=2&q=1", "\n", true},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"equalTo\":\"A\",\"caseInsensitive\":true}}}", "POST /x?q=2&q=1", "\n", false},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"equalTo\":\"x y\"}}}", "POST /x?q=1;q=2", "\n", false},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"equalTo\":\"x y\"}}}", "POST /x?q=x%20y", "\n", true},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"equalTo\":\"x%20y\"}}}", "POST /x?q=a", "\n", false},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"equalTo\":\"x%2Fy\"}}}", "POST /x", "\n", false},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"equalTo\":\"x/y\"}}}", "POST /x?q[]=1", "\n", false},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"hasExactly\":[{\"anything\":\"x\"}]}}}", "POST /x?q=%2B", "\n", true},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"hasExactly\":[{\"contains\":\"1\"}]}}}", "POST /x?q=1,2", "\n", true},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"includes\":[{\"absent\":true}]}}}", "POST /x?q=1", "\n", false},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"includes\":[{\"equalTo\":\"1\"}]}}}", "POST /x?q=1=2", "\n", false},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"includes\":[{\"equalTo\":\"1\"}]}}}", "POST /x?q=2&q=1", "\n", true},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"matches\":\"[0-9]+\"}}}", "POST /x?&q=1", "\n", true},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"matches\":\"[0-9]+\"}}}", "POST /x?q=1;q=2", "\n", false},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"not\":{\"equalTo\":\"1\"}}}}", "POST /x", "\n", true},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"or\":[{\"equalTo\":\"1\"},{\"absent\":true}]}}}", "POST /x?q=1,2", "\n", false},
    {"{\"urlPath\":\"/x\",\"queryParameters\":{\"q\":{\"or\":[{\"equalTo\":\"1\"},{\"absent\":true}]}}}", "POST /x?q[]=1", "\n", true},
    {"{\"urlPath\":\"/x\"}", "POST /", "\n", false},
    {"{\"urlPath\":\"/x\"}", "POST /x", "\n", true},
    {"{\"urlPath\":\"/x?q=1\"}", "POST /a/x%2Fy", "\n", false},
    {"{\"urlPathPattern\":\"/.*\"}", "POST /x?", "\n", true},
    {"{\"urlPathPattern\":\"/a/%20b\"}", "POST /a/%20b", "\n", true},
    {"{\"urlPathPattern\":\"/a/x%2Fy\"}", "POST /a/x%2Fy", "\n", true},
    {"{\"urlPathPattern\":\"/x\"}", "POST /x", "\n", true},
    {"{\"urlPathPattern\":\"/x?q=1\"}", "POST /", "\n", false},
    {"{\"urlPathPattern\":\"/x\\\\?q=.*\"}", "POST /a/%20b", "\n", false},
    {"{\"urlPathTemplate\":\"/\"}", "POST /a/1:cancel", "\n", false},
    {"{\"urlPathTemplate\":\"/**\"}", "POST /a", "\n", true},
    {"{\"urlPathTemplate\":\"/a\"}", "POST /A/1", "\n", false},
    {"{\"urlPathTemplate\":\"/a/\"}", "POST /a/", "\n", true},
    {"{\"urlPathTemplate\":\"/a/\"}", "POST /a/1/b", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{ id }\"}", "POST /a/1/", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{ id }\"}", "POST /a/1?q=1", "\n", true},
    {"{\"urlPathTemplate\":\"/a/{id\"}", "POST /a/1/", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{id:[0-9]+}\"}", "POST /a/1:cancel", "\n", true},
    {"{\"urlPathTemplate\":\"/a/{id:[0-9]+}\"}", "POST /v1/x", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{id}\",\"pathParameters\":{\"i\":{\"equalTo\":\"x y\"}}}", "POST /a/1/b", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{id}\",\"pathParameters\":{\"id\":{\"anything\":\"x\"}}}", "POST /a/x%2Fy", "\n", true},
    {"{\"urlPathTemplate\":\"/a/{id}\",\"pathParameters\":{\"n\":{\"absent\":true}}}", "POST /a/x%2Fy", "\n", true},
    {"{\"urlPathTemplate\":\"/a/{id}\",\"pathParameters\":{\"n\":{\"matches\":\"[0-9]+\"}}}", "POST /a/:cancel", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{id}\"}", "POST /a/1/z", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{id}\"}", "POST /a/b?q=1", "\n", true},
    {"{\"urlPathTemplate\":\"/a/{id}/\"}", "POST /a", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{id}/*\"}", "POST /", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{id}/b\",\"pathParameters\":{\"i\":{\"contains\":\"a\"}}}", "POST /a/%20b", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{id}/b\",\"pathParameters\":{\"i\":{\"equalTo\":\"x y\"}}}", "POST /a/:cancel", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{id}/b\",\"pathParameters\":{\"id\":{\"equalTo\":\"1\"}}}", "POST /A/1", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{id}/b\",\"pathParameters\":{\"id\":{\"equalTo\":\"A\",\"caseInsensitive\":true}}}", "POST /a/1?q=1", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{id}/b\",\"pathParameters\":{\"id\":{\"equalTo\":\"x%20y\"}}}", "POST /a/1/z", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{id}/b\",\"pathParameters\":{\"id\":{\"equalTo\":\"x/y\"}}}", "POST /v1/x", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{id}/b\",\"pathParameters\":{\"n\":{\"equalTo\":\"x/y\"}}}", "POST /a/:cancel", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{id}/b\",\"pathParameters\":{\"x\":{\"equalTo\":\"x y\"}}}", "POST /a//b", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{id}/b\"}", "POST /a/1/", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{id}/b\"}", "POST /a/1/b", "\n", true},
    {"{\"urlPathTemplate\":\"/a/{id}:cancel\",\"pathParameters\":{\"id\":{\"equalTo\":\"x y\"}}}", "POST /v/x", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{id}:cancel\",\"pathParameters\":{\"id\":{\"equalTo\":\"x%2Fy\"}}}", "POST /a", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{id}:cancel\",\"pathParameters\":{\"x\":{\"doesNotMatch\":\"x\"}}}", "POST /v1/x", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{id}:cancel\"}", "POST /a/1:cancel", "\n", true},
    {"{\"urlPathTemplate\":\"/a/{i}/{j}\",\"pathParameters\":{\"id\":{\"equalTo\":\"1\"}}}", "POST /1-2", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{i}/{j}\",\"pathParameters\":{\"id\":{\"or\":[{\"equalTo\":\"1\"},{\"absent\":true}]}}}", "POST /a/1/z", "\n", true},
    {"{\"urlPathTemplate\":\"/a/{i}/{j}\",\"pathParameters\":{\"x\":{\"equalTo\":\"x y\"}}}", "POST /1-2-3", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{i}/{j}\",\"pathParameters\":{\"x\":{\"matches\":\"[0-9]+\"}}}", "POST /a/{id", "\n", false},
    {"{\"urlPathTemplate\":\"/a/{i}/{j}\"}", "POST /a/1?q=1", "\n", false},
    {"{\"urlPathTemplate\":\"/v{n}/x\",\"pathParameters\":{\"id\":{\"doesNotMatch\":\"x\"}}}", "POST /1-2", "\n", false},
    {"{\"urlPathTemplate\":\"/v{n}/x\",\"pathParameters\":{\"id\":{\"or\":[{\"equalTo\":\"1\"},{\"absent\":true}]}}}", "POST /", "\n", false},
    {"{\"urlPathTemplate\":\"/v{n}/x\",\"pathParameters\":{\"x\":{\"not\":{\"equalTo\":\"1\"}}}}", "POST /a", "\n", false},
    {"{\"urlPathTemplate\":\"/v{n}/x\"}", "POST /a/1/", "\n", false},
    {"{\"urlPathTemplate\":\"/{a}-{b}\"}", "POST /1-2-3", "\n", true},
    {"{\"urlPathTemplate\":\"/{a}-{b}\"}", "POST /a/1?q=1", "\n", false},
    {"{\"urlPathTemplate\":\"/{x}\",\"pathParameters\":{\"i\":{\"equalTo\":\"x%2Fy\"}}}", "POST /1-2", "\n", false},
    {"{\"urlPathTemplate\":\"/{x}\",\"pathParameters\":{\"i\":{\"matches\":\"[0-9]+\"}}}", "POST /a/1/z", "\n", false},
    {"{\"urlPathTemplate\":\"/{x}\",\"pathParameters\":{\"x\":{\"equalTo\":\"x%20y\"}}}", "POST /v1/x", "\n", false},
    {"{\"urlPathTemplate\":\"/{x}\"}", "POST /a/:cancel", "\n", false},
    {"{\"urlPathTemplate\":\"/{x}\"}", "POST /x.json", "\n", true},
    {"{\"urlPathTemplate\":\"/{x}.json\"}", "POST /a//b", "\n", false},
    {"{\"urlPathTemplate\":\"a/{id}\"}", "POST /x", "\n", false},
    {"{\"urlPathTemplate\":\"{x}\"}", "POST /a/1/b", "\n", false},
    {"{\"urlPattern\":\"/.*\"}", "POST /a/%20b", "\n", true},
    {"{\"urlPattern\":\"/a/ b\"}", "POST /a/x%2Fy", "\n", false},
    {"{\"urlPattern\":\"/a/%20b\"}", "POST /a/%20b", "\n", true},
    {"{\"urlPattern\":\"/a/%20b\"}", "POST /x?", "\n", false},
    {"{\"urlPattern\":\"/a/x%2Fy\"}", "POST /", "\n", false},
    {"{\"urlPattern\":\"/x\"}", "POST /a/x%2Fy", "\n", false},
    {"{\"urlPattern\":\"/x\"}", "POST /x?", "\n", true},
    {"{\"urlPattern\":\"/x?q=1\"}", "POST /", "\n", false},
    {"{\"url\":\"/x\"}", "POST /x?", "", true},
    {"{\"url\":\"/x?\"}", "POST /x?", "", false},
    {"{\"urlPathTemplate\":\"/a/**\"}", "POST /a/b/c", "", true},
    {"{\"urlPathTemplate\":\"/a/**\"}", "POST /a", "", false},
    {"{\"urlPathTemplate\":\"/a/**/b\"}", "POST /a/x/y/b", "", true},
    {"{\"urlPathTemplate\":\"/a**\"}", "POST /abc/d", "", true},
    {"{\"urlPathTemplate\":\"/a/*\"}", "POST /a/x", "", false},
    {"{\"urlPathTemplate\":\"/{a}-{b}\"}", "POST /1-2-3", "", true},
    {"{\"urlPathTemplate\":\"/{a}-{b}\",\"pathParameters\":{\"b\":{\"equalTo\":\"2\"}}}", "POST /1-2", "", true},
    {"{\"urlPathTemplate\":\"/{a}{b}\"}", "POST /12", "", true},
    {"{\"urlPathTemplate\":\"/a.b/{x}**\"}", "POST /acb/1", "", false},
    {"{\"urlPathTemplate\":\"/a/{id}\",\"pathParameters\":{\"id\":{\"equalTo\":\"x%20y\"}}}", "POST /a/x%20y", "", true},
    {"{\"method\":\"GET\",\"url\":\"/x\"}", "POST /x", "", false},
    {"{\"queryParameters\":{\"q\":{\"matchesPathTemplate\":\"/a/{id}\"}}}", "POST /x?q=/a/1", "", true},
};

/* Found by fuzzing: what is between two delimiters that share a line end. */
static const char empty_part[] = "Content-Type: multipart/form-data; boundary=B\n\n--B\r\n--B\r\n";

static const struct {
    const char *pattern, *pointer, *detail;
} refused[] = {
    {"1", "/request", "expected an object, the request pattern"},
    {"{\"x\":1}", "/request/x", "Unrecognized field \"x\" of a request pattern"},
    {"{\"method\":1}", "/request/method", "expected the name of a method"},
    {"{\"url\":1}", "/request/url", "expected a string"},
    {"{\"urlPattern\":\"[\"}", "/request", "not a regular expression: missing terminating ] for character class at character 2"},
    {"{\"headers\":{\"a\":{\"b\":1}}}", "/request/headers/a", "{\"b\":1} is not a valid match operation"},
    {"{\"headers\":[]}", "/request/headers", "expected an object of matchers"},
    {"{\"bodyPatterns\":[{\"equalTo\":\"x\"},{}]}", "/request/bodyPatterns/1", "{} is not a valid match operation"},
    {"{\"multipartPatterns\":[{\"matchingType\":\"SOME\"}]}", "/request/multipartPatterns/0", "matchingType must be ANY or ALL"},
    {"{\"basicAuth\":{\"username\":\"u\"}}", "/request/basicAuth", "expected a username and a password"},
    {"{\"customMatcher\":{}}", "/request/customMatcher", "customMatcher is not supported here"},
};
/* clang-format on */

START_TEST(patterns_decide_as_wiremock_does)
{
    struct request_pattern *pattern = make(verdicts[_i].pattern);
    struct sent sent;

    send_request(&sent, verdicts[_i].line, verdicts[_i].rest);
    ck_assert_msg(request_pattern_match(pattern, &sent.request) == match_of(verdicts[_i].is_match),
                  "%s on %s", verdicts[_i].pattern, verdicts[_i].line);
    match_request_done(&sent.request);
    request_pattern_free(pattern);
}
END_TEST

START_TEST(a_part_may_be_less_than_empty)
{
    struct request_pattern *pattern =
        make("{\"multipartPatterns\":[{\"bodyPatterns\":[{\"equalTo\":\"x\"}]}]}");
    struct sent sent;

    send_request(&sent, "POST /", empty_part);
    ck_assert_int_eq(request_pattern_match(pattern, &sent.request), MATCH_NO);
    match_request_done(&sent.request);
    request_pattern_free(pattern);
}
END_TEST

START_TEST(what_is_no_pattern_is_refused_with_a_sentence)
{
    json_t *json = read_json(refused[_i].pattern);
    struct match_error error;

    ck_assert_ptr_null(request_pattern_new(json, "/request", &error));
    ck_assert_str_eq(error.pointer, refused[_i].pointer);
    ck_assert_str_eq(error.detail, refused[_i].detail);
    json_decref(json);
}
END_TEST

/* Everything that a pattern can ask for, and a request that meets it. */
static const char full_pattern[] =
    "{\"method\":\"POST\",\"urlPathTemplate\":\"/a/{id}\",\"pathParameters\":{\"id\":{\"matches\":"
    "\"[0-9]+\"}},\"queryParameters\":{\"q\":{\"equalTo\":\"x y\"}},\"headers\":{\"X-A\":{"
    "\"includes\":[{\"equalTo\":\"1\"},{\"equalTo\":\"2\"}]}},\"cookies\":{\"c\":{\"contains\":"
    "\"v\"}},\"formParameters\":{\"f\":{\"equalTo\":\"1\"}},\"bodyPatterns\":[{\"contains\":\"f=\"}"
    "],\"basicAuth\":{\"username\":\"u\",\"password\":\"p\"},\"scheme\":\"http\",\"host\":{"
    "\"equalTo\":\"localhost\"},\"port\":8080,\"clientIp\":{\"matches\":\"127.*\"}}";
static const char full_line[] = "POST /a/12?q=x+y";
static const char full_rest[] = "X-A: 2\nX-a: 1\nCookie: c=v1\nAuthorization: Basic dTpw\n"
                                "Content-Type: application/x-www-form-urlencoded\n\nf=1";

struct told {
    char text[2048];
    size_t unmet;
};

static void note(void *context, const struct pattern_difference *difference)
{
    struct told *told = context;
    size_t len = strlen(told->text);

    told->unmet += !difference->is_met;
    (void)snprintf(told->text + len, sizeof(told->text) - len, "%s%s%s|%s|%.*s|%d\n",
                   difference->what, difference->name ? " " : "",
                   difference->name ? difference->name : "", difference->expected,
                   (int)difference->actual.len,
                   difference->actual.data ? difference->actual.data : "", difference->is_met);
}

START_TEST(each_thing_that_is_asked_for_is_told)
{
    struct request_pattern *pattern = make(full_pattern);
    struct told told = {0};
    struct sent sent;

    send_request(&sent, full_line, full_rest);
    ck_assert(request_pattern_explain(pattern, &sent.request, note, &told));
    ck_assert_str_eq(told.text,
                     "method|POST|POST|1\n"
                     "urlPathTemplate|/a/{id}|/a/12|1\n"
                     "basicAuthCredentials Authorization|Basic dTpw|Basic dTpw|1\n"
                     "scheme|http|http|1\n"
                     "host|localhost|localhost|1\n"
                     "clientIp|{\"matches\":\"127.*\"}|127.0.0.1|1\n"
                     "port|8080|8080|1\n"
                     "pathParameters id|{\"matches\":\"[0-9]+\"}|12|1\n"
                     "queryParameters q|x y|x y|1\n"
                     "headers X-A|{\"includes\":[{\"equalTo\":\"1\"},{\"equalTo\":\"2\"}]}|2|1\n"
                     "cookies c|{\"contains\":\"v\"}|v1|1\n"
                     "formParameters f|1|1|1\n"
                     "bodyPatterns|{\"contains\":\"f=\"}|f=1|1\n");
    match_request_done(&sent.request);
    request_pattern_free(pattern);
}
END_TEST

START_TEST(a_request_that_meets_nothing_is_told_so)
{
    struct request_pattern *pattern = make(full_pattern);
    struct told told = {0};
    struct sent sent;

    send_request(&sent, "GET /b", "");
    sent.request.scheme = text_of("https");
    sent.request.host = text_of("elsewhere");
    sent.request.client_ip = text_of("10.0.0.1");
    sent.request.port = 1;
    ck_assert(request_pattern_explain(pattern, &sent.request, note, &told));
    ck_assert_uint_eq(told.unmet, 13);
    ck_assert_ptr_nonnull(strstr(told.text, "cookies c|{\"contains\":\"v\"}||0\n"));
    match_request_done(&sent.request);
    request_pattern_free(pattern);
}
END_TEST

static void count_met(void *context, const struct pattern_difference *difference)
{
    *(bool *)context = *(bool *)context && difference->is_met;
}

/* What is told, the verdict and the distance are three ways to say the same. */
START_TEST(a_request_matches_when_all_is_met)
{
    struct request_pattern *pattern = make(verdicts[_i].pattern);
    bool is_met = true, is_match;
    struct sent sent;

    send_request(&sent, verdicts[_i].line, verdicts[_i].rest);
    is_match = request_pattern_match(pattern, &sent.request) == MATCH_YES;
    ck_assert(request_pattern_explain(pattern, &sent.request, count_met, &is_met));
    ck_assert_int_eq(is_met, is_match);
    ck_assert_int_eq(request_pattern_distance(pattern, &sent.request) <= 0, is_match);
    match_request_done(&sent.request);
    request_pattern_free(pattern);
}
END_TEST

START_TEST(a_pattern_for_which_memory_runs_out_leaks_nothing)
{
    json_t *json = read_json(full_pattern);
    struct request_pattern *pattern = NULL;
    struct match_error error;

    for (size_t i = 0; !pattern; i++) {
        failing_alloc_once_after(i);
        pattern = request_pattern_new(json, "/request", &error);
        ck_assert(failing_alloc_stop() != (pattern != NULL));
        if (!pattern)
            ck_assert_ptr_nonnull(strstr(error.detail, "out of memory"));
    }
    request_pattern_free(pattern);
    json_decref(json);
}
END_TEST

START_TEST(a_match_for_which_memory_runs_out_has_failed)
{
    struct request_pattern *pattern = make(full_pattern);
    enum match_result result = MATCH_FAILED;

    for (size_t i = 0; result != MATCH_YES; i++) {
        struct sent sent;

        send_request(&sent, full_line, full_rest);
        failing_alloc_once_after(i);
        result = request_pattern_match(pattern, &sent.request);
        ck_assert_int_eq(result, failing_alloc_stop() ? MATCH_FAILED : MATCH_YES);
        match_request_done(&sent.request);
    }
    request_pattern_free(pattern);
}
END_TEST

Suite *request_pattern_suite(void)
{
    Suite *suite = suite_create("request_pattern");
    TCase *tcase = tcase_create("request_pattern");

    tcase_add_loop_test(tcase, patterns_decide_as_wiremock_does, 0, ARRAY_LEN(verdicts));
    tcase_add_loop_test(tcase, what_is_no_pattern_is_refused_with_a_sentence, 0,
                        ARRAY_LEN(refused));
    tcase_add_test(tcase, a_part_may_be_less_than_empty);
    tcase_add_test(tcase, each_thing_that_is_asked_for_is_told);
    tcase_add_test(tcase, a_request_that_meets_nothing_is_told_so);
    tcase_add_loop_test(tcase, a_request_matches_when_all_is_met, 0, ARRAY_LEN(verdicts));
    tcase_add_test(tcase, a_pattern_for_which_memory_runs_out_leaks_nothing);
    tcase_add_test(tcase, a_match_for_which_memory_runs_out_has_failed);
    suite_add_tcase(suite, tcase);
    return suite;
}
