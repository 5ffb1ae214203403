/*
 * A pattern's JSON in the first line, a URL in the second, then headers, an empty line and a body.
 * A request matches when all that is asked for is met.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/request_pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADERS_MAX = 16 };

static void demand(bool fact, const char *text)
{
    if (fact)
        return;
    (void)fprintf(stderr, "not so: %s\n", text);
    abort();
}

/* Cut `*rest` at a sign; without one, all of it is taken. */
static struct match_text cut(struct match_text *rest, char sign)
{
    const char *found = rest->len ? memchr(rest->data, sign, rest->len) : NULL;
    struct match_text front = {rest->data, found ? (size_t)(found - rest->data) : rest->len};
    size_t skipped = front.len + (found != NULL);

    rest->data += skipped;
    rest->len -= skipped;
    return front;
}

static void note(void *context, const struct pattern_difference *difference)
{
    demand(difference->what && difference->expected, "what is told has a name and a text");
    *(bool *)context = *(bool *)context && difference->is_met;
}

static void check(const struct request_pattern *pattern, struct match_request *request)
{
    enum match_result result = request_pattern_match(pattern, request);
    double distance = request_pattern_distance(pattern, request);
    bool is_met = true;

    demand(distance >= 0 && distance <= 1, "a distance is between 0 and 1");
    demand(request_pattern_explain(pattern, request, note, &is_met), "there is memory");
    demand(is_met == (result == MATCH_YES), "a request matches when all is met");
    demand(result != MATCH_YES || distance <= 0, "what matches is not away");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct match_text rest = {(const char *)data, size}, line = cut(&rest, '\n');
    struct match_field headers[HEADERS_MAX];
    struct match_request request = {.method = {"GET", 3},
                                    .headers = headers,
                                    .scheme = {"http", 4},
                                    .host = {"localhost", 9},
                                    .client_ip = {"127.0.0.1", 9},
                                    .port = 80};
    struct match_error error = {0};
    json_t *json = match_json_read(line.data, line.len, error.detail, sizeof(error.detail));
    struct request_pattern *pattern;

    if (!json)
        return 0;
    request.url = cut(&rest, '\n');
    for (line = cut(&rest, '\n'); line.len > 0 && request.header_count < HEADERS_MAX;
         line = cut(&rest, '\n')) {
        headers[request.header_count].name = cut(&line, ':');
        headers[request.header_count++].value = line;
    }
    request.body.data = rest.data;
    request.body.len = rest.len;
    error.detail[0] = '\0';
    pattern = request_pattern_new(json, "", &error);
    demand(pattern || error.detail[0], "what is refused is explained");
    if (pattern)
        check(pattern, &request);
    request_pattern_free(pattern);
    match_request_done(&request);
    json_decref(json);
    return 0;
}
