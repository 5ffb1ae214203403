/*
 * A matcher's JSON in the first line, a subject behind it. A matcher and its `not` say opposite
 * things, and what matches is not far away.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/matcher.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool fact, const char *text)
{
    if (fact)
        return;
    (void)fprintf(stderr, "not so: %s\n", text);
    abort();
}

static void check(json_t *json, const struct matcher *matcher, struct match_subject *subject)
{
    enum match_result result = matcher_match(matcher, subject);
    double distance = matcher_distance(matcher, subject);
    json_t *opposite = json_pack("{s:O}", "not", json);
    char error[300];
    struct matcher *other = matcher_new(opposite, error, sizeof(error));

    demand(distance >= 0 && distance <= 1, "a distance is between 0 and 1");
    demand((result == MATCH_YES) <= (distance <= 0), "what matches is not away");
    /* It may be nested too deep already. */
    if (other)
        demand(matcher_match(other, subject) == match_opposite(result), "not is the opposite");
    matcher_free(other);
    json_decref(opposite);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    size_t len = end ? (size_t)(end - data) : size;
    struct match_subject subject = {.now_us = 1748779200000000};
    char error[300] = "";
    json_t *json = match_json_read((const char *)data, len, error, sizeof(error));
    struct matcher *matcher = NULL;

    if (end) {
        subject.data = (const char *)end + 1;
        subject.len = size - len - 1;
    }
    if (json_is_object(json)) {
        error[0] = '\0';
        matcher = matcher_new(json, error, sizeof(error));
        demand(matcher || error[0], "what is refused is explained");
    }
    if (matcher)
        check(json, matcher, &subject);
    matcher_free(matcher);
    match_subject_done(&subject);
    json_decref(json);
    return 0;
}
