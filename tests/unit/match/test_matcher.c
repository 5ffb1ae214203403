#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "match/matcher.h"

Suite *matcher_suite(void);

static const int64_t now_us = 1748779200000000; /* 2025-06-01T12:00:00Z */

static json_t *read_json(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_DECODE_ANY, &error);

    ck_assert_msg(json, "%s: %s", text, error.text);
    return json;
}

/* The verdicts of WireMock 3.13.2, asked itself, but for equalToNumber and its like, which are
 * younger. */
/* clang-format off */
static const struct {
    const char *matcher;
    const char *subject; /* NULL: absent */
    bool is_match;
} verdicts[] = {
    {"{\"matchesJsonPath\": \"$.a\"}", "{\"a\":null}", false},
    {"{\"matchesJsonPath\": \"$.a\"}", "{\"a\":[]}", false},
    {"{\"matchesJsonPath\": \"$.a\"}", "{\"a\":{}}", false},
    {"{\"matchesJsonPath\": \"$.a\"}", "{\"a\":0}", true},
    {"{\"matchesJsonPath\": \"$.a\"}", "{\"a\":false}", true},
    {"{\"matchesJsonPath\": \"$.a\"}", "{\"a\":\"\"}", true},
    {"{\"matchesJsonPath\": \"a\"}", "{\"a\":1}", true},
    {"{\"matchesJsonPath\": \"$..a\"}", "{\"b\":{\"a\":null}}", true},
    {"{\"matchesJsonPath\": \"$..a\"}", "{\"b\":1}", false},
    {"{\"matchesJsonPath\": \"$.a[?(@.x=~/b.*/)]\"}", "{\"a\":[{\"x\":\"bc\"}]}", true},
    {"{\"matchesJsonPath\": \"$.a[?(@.x=~/b/)]\"}", "{\"a\":[{\"x\":\"bc\"}]}", false},
    {"{\"matchesJsonPath\": \"$.a[?(@.x in ['bc'])]\"}", "{\"a\":[{\"x\":\"bc\"}]}", true},
    {"{\"matchesJsonPath\": \"$.a.length()\"}", "{\"a\":[1]}", true},
    {"{\"matchesJsonPath\": \"$.a.size()\"}", "{\"a\":[]}", true},
    {"{\"matchesJsonPath\": \"$\"}", "{}", false},
    {"{\"matchesJsonPath\": \"$\"}", "[1]", true},
    {"{\"matchesJsonPath\": \"$.a[?(@.b)]\"}", "{\"a\":[{\"b\":null}]}", true},
    {"{\"matchesJsonPath\": \"$['a','b']\"}", "{\"a\":1}", true},
    {"{\"matchesJsonPath\": \"$.a[?(@.x != 1)]\"}", "{\"a\":[{\"y\":1}]}", true},
    {"{\"matchesJsonPath\": \"$.a[?(@.x == 1.0)]\"}", "{\"a\":[{\"x\":1}]}", true},
    {"{\"matchesJsonPath\": \"$[?(@.q == 'c')]\"}", "{\"q\":\"c\"}", true},
    {"{\"matchesJsonPath\": \"$[?(@.q == 'c')]\"}", "{\"q\":\"d\"}", false},
    {"{\"matchesJsonPath\": \"$[?(@.q == 'c')]\"}", "[{\"q\":\"c\"}]", true},
    {"{\"matchesJsonPath\": \"$.a[?(@.q == 'c')]\"}", "{\"a\":{\"q\":\"c\"}}", true},
    {"{\"matchesJsonPath\": \"$[?(@.q == 'c')].z\"}", "{\"q\":\"c\",\"z\":1}", true},
    {"{\"matchesJsonPath\": \"$[?(!(@.q))]\"}", "{\"x\":1}", true},
    {"{\"matchesJsonPath\": \"$.a\"}", "not json", false},
    {"{\"matchesJsonPath\": \"$.*\"}", "{\"a\":1}", true},
    {"{\"matchesJsonPath\": \"$.a[0]\"}", "{\"a\":[]}", false},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"equalTo\": \"1\"}}", "{\"a\":1}", true},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"equalTo\": \"1.50\"}}", "{\"a\":1.50}", false},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"equalTo\": \"1.5\"}}", "{\"a\":1.50}", true},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"equalTo\": \"100.0\"}}", "{\"a\":1e2}", true},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"equalTo\": \"0.1\"}}", "{\"a\":0.1}", true},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"equalTo\": \"true\"}}", "{\"a\":true}", true},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"equalTo\": \"null\"}}", "{\"a\":null}", false},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"absent\": true}}", "{\"a\":null}", true},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"absent\": true}}", "{}", true},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"equalTo\": \"x\"}}", "{\"a\":[\"y\",\"x\"]}", true},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"equalToJson\": \"{\\\"b\\\":1}\"}}", "{\"a\":{\"b\":1}}", true},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"equalToJson\": \"[\\\"y\\\",\\\"x\\\"]\"}}", "{\"a\":[\"y\",\"x\"]}", true},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"contains\": \"b\"}}", "{\"a\":{\"b\":1,\"c\":\"d\"}}", true},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a[*].x\", \"contains\": \"b\"}}", "{\"a\":[{\"x\":\"b\"}]}", true},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a[*].x\", \"absent\": true}}", "{\"a\":[]}", true},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a.length()\", \"equalTo\": \"2\"}}", "{\"a\":[1,2]}", true},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"doesNotMatch\": \"x\"}}", "{}", false},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"matches\": \"[0-9]+\"}}", "{\"a\":12}", true},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"absent\": true}}", "{\"a\":[]}", true},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a[*]\", \"not\": {\"equalTo\": \"x\"}}}", "{\"a\":[\"x\",\"y\"]}", true},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"and\": [{\"contains\": \"x\"}, {\"contains\": \"y\"}]}}", "{\"a\":[\"x\",\"y\"]}", false},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"equalTo\": \"a\\\"b\"}}", "{\"a\":\"a\\\"b\"}", true},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"equalToJson\": \"\\\"x\\\"\"}}", "{\"a\":\"x\"}", false},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\", \"equalTo\": \"[1,2]\"}}", "{\"a\":[[1,2]]}", true},
    {"{\"equalToJson\": \"[1,3]\", \"ignoreExtraElements\": true}", "[1,2,3]", false},
    {"{\"equalToJson\": \"[1,2]\", \"ignoreExtraElements\": true}", "[1,2,3]", true},
    {"{\"equalToJson\": \"[2,3]\", \"ignoreExtraElements\": true}", "[1,2,3]", false},
    {"{\"equalToJson\": \"[3,1]\", \"ignoreExtraElements\": true, \"ignoreArrayOrder\": true}", "[1,2,3]", true},
    {"{\"equalToJson\": \"[1,1]\", \"ignoreArrayOrder\": true}", "[1,2]", false},
    {"{\"equalToJson\": {\"a\": 1}, \"ignoreExtraElements\": true}", "{\"a\":1,\"b\":2}", true},
    {"{\"equalToJson\": {\"a\": 1}}", "{\"a\":1,\"b\":2}", false},
    {"{\"equalToJson\": \"{\\\"a\\\":\\\"${json-unit.any-string}\\\"}\"}", "{\"a\":\"x\"}", true},
    {"{\"equalToJson\": \"{\\\"a\\\":\\\"${json-unit.any-string}\\\"}\"}", "{\"a\":null}", false},
    {"{\"equalToJson\": \"{\\\"a\\\":\\\"${json-unit.any-number}\\\"}\"}", "{\"a\":3}", true},
    {"{\"equalToJson\": \"{\\\"a\\\":\\\"${json-unit.any-number}\\\"}\"}", "{\"a\":\"3\"}", false},
    {"{\"equalToJson\": \"{\\\"a\\\":\\\"${json-unit.any-boolean}\\\"}\"}", "{\"a\":true}", true},
    {"{\"equalToJson\": \"{\\\"a\\\":\\\"${json-unit.any-boolean}\\\"}\"}", "{\"a\":1}", false},
    {"{\"equalToJson\": \"{\\\"a\\\":\\\"${json-unit.ignore}\\\"}\"}", "{\"a\":[1]}", true},
    {"{\"equalToJson\": \"{\\\"a\\\":\\\"${json-unit.ignore}\\\"}\"}", "{}", false},
    {"{\"equalToJson\": \"{\\\"a\\\":\\\"${json-unit.ignore-element}\\\"}\"}", "{}", true},
    {"{\"equalToJson\": \"{\\\"a\\\":\\\"${json-unit.ignore-element}\\\"}\"}", "{\"a\":1}", true},
    {"{\"equalToJson\": \"{\\\"a\\\":\\\"${json-unit.regex}[a-z]+\\\"}\"}", "{\"a\":\"abc\"}", true},
    {"{\"equalToJson\": \"{\\\"a\\\":\\\"${json-unit.regex}[a-z]+\\\"}\"}", "{\"a\":12}", false},
    {"{\"equalToJson\": \"1\"}", "1", true},
    {"{\"equalToJson\": \"1.0\"}", "1", true},
    {"{\"equalToJson\": \"{\\\"a\\\":1.00}\"}", "{\"a\":1}", true},
    {"{\"equalToJson\": \"{\\\"a\\\":1e2}\"}", "{\"a\":100}", true},
    {"{\"equalToJson\": \"{\\\"a\\\":null}\"}", "{}", false},
    {"{\"equalToJson\": \"[{\\\"a\\\":\\\"${json-unit.any-string}\\\"},{\\\"a\\\":\\\"x\\\"}]\", \"ignoreArrayOrder\": true}", "[{\"a\":\"x\"},{\"a\":\"y\"}]", true},
    {"{\"equalToJson\": \"{\\\"a\\\":1}\"}", "{\"a\":1} x", true},
    {"{\"equalTo\": \"ABC\", \"caseInsensitive\": true}", "abc", true},
    {"{\"equalTo\": \"ABC\"}", "abc", false},
    {"{\"equalTo\": \"x\", \"foo\": 1}", "x", true},
    {"{\"matches\": \"a.c\"}", "a\nc", true},
    {"{\"matches\": \"(?i)ABC\"}", "abc", true},
    {"{\"matches\": \"b\"}", "abc", false},
    {"{\"doesNotMatch\": \"b\"}", "abc", true},
    {"{\"matchesPathTemplate\": \"/a/{id}\"}", "/a/1", true},
    {"{\"matchesPathTemplate\": \"/a/{id}\"}", "/a/1/2", false},
    {"{\"matchesPathTemplate\": \"a/{id}\"}", "a/1", true},
    {"{\"matchesPathTemplate\": \"{id}\"}", "x", true},
    {"{\"contains\": \"b\"}", "abc", true},
    {"{\"contains\": \"bd\"}", "abc", false},
    {"{\"contains\": \"aab\"}", "aaab", true},
    {"{\"doesNotContain\": \"b\"}", "abc", false},
    {"{\"not\": {\"equalTo\": \"y\"}}", "x", true},
    {"{\"or\": [{\"equalTo\": \"y\"}, {\"equalTo\": \"x\"}]}", "x", true},
    {"{\"and\": [{\"contains\": \"y\"}, {\"contains\": \"x\"}]}", "yx", true},
    {"{\"absent\": true}", "x", false},
    {"{\"absent\": true}", NULL, true},
    {"{\"absent\": false}", NULL, true},
    {"{\"anything\": \"x\"}", "", true},
    {"{\"anything\": \"x\"}", NULL, true},
    {"{\"equalTo\": \"\"}", NULL, false},
    {"{\"doesNotMatch\": \"x\"}", NULL, true},
    {"{\"equalTo\": \"x\", \"contains\": \"y\"}", "x", true},
    {"{\"matchesJsonPath\": \"$.a\", \"equalTo\": \"1\"}", "{\"a\":1}", true},
    {"{\"equalToNumber\": 3}", "3.0", true},
    {"{\"equalToNumber\": 3}", "3x", false},
    {"{\"greaterThanNumber\": 3}", "4", true},
    {"{\"greaterThanNumber\": 3}", "3", false},
    {"{\"greaterThanEqualNumber\": 3}", "3", true},
    {"{\"lessThanNumber\": 3}", "2.5", true},
    {"{\"lessThanEqualNumber\": 3}", "4", false},
    {"{\"lessThanNumber\": 3}", "x", false},
    {"{\"before\": \"2030-01-01T00:00:00Z\"}", "2021-05-05", true},
    {"{\"before\": \"now +3 days\"}", "2021-05-05T00:00:00Z", true},
    {"{\"equalToDateTime\": \"2021-05-05T00:00:00Z\"}", "2021-05-05T02:00:00+02:00", true},
    {"{\"after\": \"now\"}", "2099-01-01", true},
    {"{\"after\": \"now\"}", "2020-01-01", false},
    {"{\"equalToDateTime\": \"2021-05-01T00:00:00Z\", \"truncateActual\": \"first day of month\"}", "2021-05-05T02:00:00Z", true},
    {"{\"equalToDateTime\": \"2021-02-28T00:00:00Z\", \"truncateActual\": \"last day of month\"}", "2021-02-05T02:00:00Z", true},
    {"{\"equalToDateTime\": \"2021-05-05T00:00:00Z\", \"actualFormat\": \"dd/MM/yyyy\"}", "05/05/2021", true},
    {"{\"equalToDateTime\": \"2021-05-05T00:00:00Z\", \"actualFormat\": \"unix\"}", "1620172800", true},
    {"{\"equalToDateTime\": \"2021-05-05T00:00:00Z\", \"actualFormat\": \"unix\"}", "16333374201700", false},
    {"{\"after\": \"2021-05-05T00:00:00Z\", \"actualFormat\": \"yyyyyyyyyyyyyyyyyyyyy\"}", "999999999999999999999", false},
    {"{\"equalToDateTime\": \"2021-05-05T00:00:00Z\", \"actualFormat\": \"epoch\"}", "1620172800000", true},
    {"{\"equalToDateTime\": \"2021-03-31T00:00:00Z\", \"expectedOffset\": -1, \"expectedOffsetUnit\": \"months\"}", "2021-02-28", true},
    {"{\"before\": \"now\"}", "2021-13-01", false},
};

static const struct {
    const char *matcher;
    const char *error;
} refused[] = {
    {"{\"foo\": \"x\"}", "{\"foo\":\"x\"} is not a valid match operation"},
    {"{}", "{} is not a valid match operation"},
    {"{\"contains\": 1}", "contains operand must be a non-null string"},
    {"{\"equalTo\": 1}", "equalTo operand must be a non-null string"},
    {"{\"matches\": \"[\"}", "not a regular expression: missing terminating ] for character class at character 2"},
    {"{\"and\": []}", "Must be constructed with at least two matchers"},
    {"{\"or\": [{\"equalTo\": \"x\"}]}", "Must be constructed with at least two matchers"},
    {"{\"matchesJsonPath\": {\"expression\": \"$.a\"}}", "{\"expression\":\"$.a\"} is not a valid match operation"},
    {"{\"matchesJsonPath\": {\"equalTo\": \"1\"}}", "expression is required in the advanced matchesJsonPath form"},
    {"{\"matchesJsonPath\": \"$[\"}", "not a JSONPath: expected a name in quotes, a number, '*', ':' or '?' at character 3 of '$['"},
    {"{\"equalToJson\": \"{\"}", "equalToJson operand must be JSON: string or '}' expected near end of file"},
    {"{\"equalToXml\": \"<a/>\"}", "equalToXml is not supported here"},
    {"{\"after\": \"xx\"}", "expected a time such as 2021-05-05T00:00:00Z, or one such as now +3 days"},
    {"{\"binaryEqualTo\": \"?\"}", "binaryEqualTo operand must be Base64"},
};
/* clang-format on */

static struct matcher *make(const char *text)
{
    json_t *json = read_json(text);
    char error[256];
    struct matcher *matcher = matcher_new(json, error, sizeof(error));

    ck_assert_msg(matcher, "%s: %s", text, error);
    json_decref(json);
    return matcher;
}

START_TEST(matchers_decide_as_wiremock_does)
{
    struct matcher *matcher = make(verdicts[_i].matcher);
    struct match_subject subject = {.data = verdicts[_i].subject, .now_us = now_us};
    enum match_result wanted = verdicts[_i].is_match ? MATCH_YES : MATCH_NO;

    subject.len = subject.data ? strlen(subject.data) : 0;
    ck_assert_msg(matcher_match(matcher, &subject) == wanted, "%s on %s", verdicts[_i].matcher,
                  subject.data ? subject.data : "nothing");
    match_subject_done(&subject);
    matcher_free(matcher);
}
END_TEST

START_TEST(what_is_no_matcher_is_refused_with_a_sentence)
{
    json_t *json = read_json(refused[_i].matcher);
    char error[256];

    ck_assert_ptr_null(matcher_new(json, error, sizeof(error)));
    ck_assert_str_eq(error, refused[_i].error);
    json_decref(json);
}
END_TEST

START_TEST(a_matcher_in_33_others_is_refused)
{
    json_t *json = read_json("{\"equalTo\":\"x\"}");
    char error[256];

    for (int i = 0; i < 33; i++)
        json = json_pack("{s:o}", "not", json);
    ck_assert_ptr_null(matcher_new(json, error, sizeof(error)));
    ck_assert_str_eq(error, "matchers may be nested at most 32 deep");
    json_decref(json);
}
END_TEST

START_TEST(a_body_nested_too_deep_is_no_json)
{
    struct matcher *matcher = make("{\"matchesJsonPath\":\"$\"}");
    char deep[400];
    struct match_subject subject = {.data = deep, .len = sizeof(deep)};

    memset(deep, '[', 200);
    memset(deep + 200, ']', 200);
    ck_assert_int_eq(matcher_match(matcher, &subject), MATCH_NO);
    match_subject_done(&subject);
    matcher_free(matcher);
}
END_TEST

START_TEST(the_distance_is_the_share_of_the_text_to_edit)
{
    struct matcher *matcher = make("{\"equalTo\":\"abcd\"}");
    struct match_subject near = {.data = "abcx", .len = 4}, far = {.data = "wxyz", .len = 4};
    struct match_subject same = {.data = "abcd", .len = 4}, none = {0};

    ck_assert_double_eq(matcher_distance(matcher, &same), 0);
    ck_assert_double_eq(matcher_distance(matcher, &near), 0.25);
    ck_assert_double_eq(matcher_distance(matcher, &far), 1);
    ck_assert_double_eq(matcher_distance(matcher, &none), 1);
    matcher_free(matcher);
}
END_TEST

Suite *matcher_suite(void)
{
    Suite *suite = suite_create("matcher");
    TCase *tcase = tcase_create("matcher");

    tcase_add_loop_test(tcase, matchers_decide_as_wiremock_does, 0, ARRAY_LEN(verdicts));
    tcase_add_loop_test(tcase, what_is_no_matcher_is_refused_with_a_sentence, 0,
                        ARRAY_LEN(refused));
    tcase_add_test(tcase, a_matcher_in_33_others_is_refused);
    tcase_add_test(tcase, a_body_nested_too_deep_is_no_json);
    tcase_add_test(tcase, the_distance_is_the_share_of_the_text_to_edit);
    suite_add_tcase(suite, tcase);
    return suite;
}
