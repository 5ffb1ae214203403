#include <check.h>
#include <string.h>

#include "api/rerank_body.h"
#include "base/attr.h"

Suite *rerank_body_suite(void);

/* A body as it is being read: its bytes have to live as long as what was read. */
struct reading {
    struct buf json;
    struct rerank_body body;
    struct buf problem;
    enum rerank_read result;
};

static void reading_done(struct reading *reading)
{
    rerank_body_done(&reading->body);
    buf_done(&reading->problem);
    buf_done(&reading->json);
}

static struct reading read_text(struct text json, enum rerank_version version)
{
    struct reading reading = {0};

    buf_add_text(&reading.json, json);
    reading.result = rerank_body_read(&reading.json, version, &reading.body, &reading.problem);
    return reading;
}

static void assert_text(struct text got, const char *want)
{
    ck_assert_msg(text_eq(got, text_of(want)), "got '%.*s', not '%s'", TEXT_ARG(got), want);
}

START_TEST(all_members_are_read)
{
    AUTO(reading_done)
    struct reading reading =
        read_text(TEXT("{\"model\":\"m\",\"query\":\"q\",\"documents\":[\"a\",{\"text\":\"b\","
                       "\"n\":1.50}],\"top_n\":2,\"return_documents\":true,"
                       "\"rank_fields\":[\"x\",\"y\",\"x\"],\"max_chunks_per_doc\":3}"),
                  RERANK_V1);
    const struct rerank_body *body = &reading.body;

    ck_assert_int_eq(reading.result, RERANK_READ);
    assert_text(body->model, "m");
    assert_text(body->query, "q");
    ck_assert_uint_eq(body->document_count, 2);
    ck_assert(!body->documents[0].is_object);
    assert_text(body->documents[0].text, "a");
    ck_assert(body->documents[1].is_object);
    assert_text(body->documents[1].text, "b");
    ck_assert_uint_eq(body->documents[1].field_count, 2);
    assert_text(body->fields[body->documents[1].first_field + 1].key, "n");
    assert_text(body->fields[body->documents[1].first_field + 1].value, "1.50");
    ck_assert(body->fields[body->documents[1].first_field + 1].is_json);
    ck_assert(body->top_n.is_set);
    ck_assert_int_eq(body->top_n.value, 2);
    ck_assert(body->return_documents);
    ck_assert_uint_eq(body->rank_field_count, 2);
    assert_text(body->rank_fields[1], "y");
    ck_assert_int_eq(body->max_chunks_per_doc.value, 3);
    ck_assert(!body->priority.is_set);
}
END_TEST

START_TEST(null_is_as_good_as_absent)
{
    static const char v1[] = "{\"model\":null,\"query\":null,\"documents\":null,\"top_n\":null,"
                             "\"return_documents\":null,\"rank_fields\":null,"
                             "\"max_chunks_per_doc\":null}";
    static const char v2[] = "{\"model\":null,\"query\":null,\"documents\":null,\"top_n\":null,"
                             "\"max_tokens_per_doc\":null,\"priority\":null}";
    AUTO(reading_done)
    struct reading reading = read_text(_i == RERANK_V1 ? text_of(v1) : text_of(v2),
                                       _i == RERANK_V1 ? RERANK_V1 : RERANK_V2);

    ck_assert_int_eq(reading.result, RERANK_READ);
    ck_assert_ptr_null(reading.body.model.data);
    ck_assert_ptr_null(reading.body.query.data);
    ck_assert_uint_eq(reading.body.document_count, 0);
    ck_assert(!reading.body.top_n.is_set);
    ck_assert(!reading.body.priority.is_set);
    ck_assert(!reading.body.has_rank_fields);
    ck_assert(!reading.body.return_documents);
}
END_TEST

START_TEST(escapes_are_read_wherever_they_are)
{
    AUTO(reading_done)
    struct reading reading = read_text(
        TEXT("{\"mod\\u0065l\":\"a\\/b\",\"qu\\u0065ry\":\"\\ud83d\\ude00\\n\",\"documents\":["
             "\"\\u0000\\\"\",\"plain\",{\"te\\u0078t\":\"\\\\\",\"k\\t\":{\"a\":\"\\u0041\"}}]}"),
        RERANK_V1);
    const struct rerank_body *body = &reading.body;

    ck_assert_int_eq(reading.result, RERANK_READ);
    assert_text(body->model, "a/b");
    assert_text(body->query, "\xf0\x9f\x98\x80\n");
    ck_assert(text_eq(body->documents[0].text, TEXT("\0\"")));
    assert_text(body->documents[1].text, "plain");
    assert_text(body->documents[2].text, "\\");
    assert_text(body->fields[1].key, "k\t");
    assert_text(body->fields[1].value, "{\"a\":\"\\u0041\"}");
}
END_TEST

START_TEST(an_object_may_have_no_fields)
{
    AUTO(reading_done)
    struct reading reading =
        read_text(TEXT("{\"documents\":[{}],\"rank_fields\":[\"a\"]}"), RERANK_V1);
    AUTO(buf_done) struct buf scratch = {0};

    ck_assert_int_eq(reading.result, RERANK_READ);
    ck_assert_ptr_null(document_fields(&reading.body, &reading.body.documents[0]));
    assert_text(document_ranked_text(&reading.body, &reading.body.documents[0], &scratch), "");
}
END_TEST

START_TEST(of_members_with_one_name_the_last_counts)
{
    AUTO(reading_done)
    struct reading reading = read_text(
        TEXT("{\"query\":\"a\",\"documents\":[\"x\",{\"text\":\"y\"}],\"top_n\":1,"
             "\"query\":\"b\",\"documents\":[{\"text\":\"1\",\"text\":\"2\"}],\"top_n\":2,"
             "\"query\":null,\"documents\":null,\"top_n\":null}"),
        RERANK_V1);

    ck_assert_int_eq(reading.result, RERANK_READ);
    assert_text(reading.body.query, "b");
    ck_assert_uint_eq(reading.body.document_count, 1);
    assert_text(reading.body.documents[0].text, "2");
    ck_assert_int_eq(reading.body.top_n.value, 2);
}
END_TEST

/* clang-format off */
static const struct {
    const char *json;
    enum rerank_version version;
    enum rerank_read result;
    const char *problem;
} problems[] = {
    {"", RERANK_V2, RERANK_NOT_JSON, "unexpected end of JSON input"},
    {"[]", RERANK_V2, RERANK_NOT_JSON, "the body must be an object"},
    {"\"x\"", RERANK_V1, RERANK_NOT_JSON, "the body must be an object"},
    {"{} x", RERANK_V2, RERANK_NOT_JSON, "invalid character 'x' after top-level value"},
    {"{\"query\":\"\a\"}", RERANK_V2, RERANK_NOT_JSON, "invalid character '\\a' in string literal"},
    {"{\"query\":1,\"x\":1,\"documents\":[}", RERANK_V2, RERANK_NOT_JSON, "invalid character '}' looking for beginning of value"},
    {"{\"query\":1,\"top_k\":{\"a\":[]},\"other\":1}", RERANK_V2, RERANK_UNKNOWN_FIELD, "top_k"},
    {"{\"return_documents\":true}", RERANK_V2, RERANK_UNKNOWN_FIELD, "return_documents"},
    {"{\"Query\":\"x\"}", RERANK_V2, RERANK_UNKNOWN_FIELD, "Query"},
    {"{\"\\u00e9\":1}", RERANK_V2, RERANK_UNKNOWN_FIELD, "\xc3\xa9"},
    {"{\"\":1}", RERANK_V2, RERANK_UNKNOWN_FIELD, ""},
    {"{\"top_k\":{\"a\":[]},\"priority\":\"x\"}", RERANK_V1, RERANK_READ, NULL},
    {"{\"model\":1}", RERANK_V2, RERANK_WRONG_TYPE, "model must be a string"},
    {"{\"model\":[[1]],\"query\":{}}", RERANK_V2, RERANK_WRONG_TYPE, "model must be a string"},
    {"{\"query\":{\"a\":1}}", RERANK_V2, RERANK_WRONG_TYPE, "query must be a string"},
    {"{\"documents\":\"a\"}", RERANK_V2, RERANK_WRONG_TYPE, "documents must be an array"},
    {"{\"documents\":{\"a\":[1]}}", RERANK_V2, RERANK_WRONG_TYPE, "documents must be an array"},
    {"{\"documents\":[\"a\",1]}", RERANK_V2, RERANK_WRONG_TYPE, "document at index 1 must be a string"},
    {"{\"documents\":[{\"text\":\"a\"}]}", RERANK_V2, RERANK_WRONG_TYPE, "document at index 0 must be a string"},
    {"{\"documents\":[null]}", RERANK_V2, RERANK_WRONG_TYPE, "document at index 0 must be a string"},
    {"{\"documents\":[\"a\",[1]]}", RERANK_V1, RERANK_WRONG_TYPE, "document at index 1 must be a string or an object"},
    {"{\"top_n\":\"1\"}", RERANK_V2, RERANK_WRONG_TYPE, "top_n must be an integer"},
    {"{\"top_n\":1.5}", RERANK_V2, RERANK_WRONG_TYPE, "top_n must be an integer"},
    {"{\"top_n\":1e30}", RERANK_V2, RERANK_WRONG_TYPE, "top_n must be an integer"},
    {"{\"top_n\":1e999}", RERANK_V2, RERANK_WRONG_TYPE, "top_n must be an integer"},
    {"{\"top_n\":true}", RERANK_V2, RERANK_WRONG_TYPE, "top_n must be an integer"},
    {"{\"top_n\":[1]}", RERANK_V2, RERANK_WRONG_TYPE, "top_n must be an integer"},
    {"{\"top_n\":3.0}", RERANK_V2, RERANK_READ, NULL},
    {"{\"max_tokens_per_doc\":\"x\"}", RERANK_V2, RERANK_WRONG_TYPE, "max_tokens_per_doc must be an integer"},
    {"{\"priority\":{}}", RERANK_V2, RERANK_WRONG_TYPE, "priority must be an integer"},
    {"{\"max_chunks_per_doc\":false}", RERANK_V1, RERANK_WRONG_TYPE, "max_chunks_per_doc must be an integer"},
    {"{\"return_documents\":1}", RERANK_V1, RERANK_WRONG_TYPE, "return_documents must be a boolean"},
    {"{\"return_documents\":[true]}", RERANK_V1, RERANK_WRONG_TYPE, "return_documents must be a boolean"},
    {"{\"rank_fields\":\"a\"}", RERANK_V1, RERANK_WRONG_TYPE, "rank_fields must be an array"},
    {"{\"rank_fields\":[\"a\",[{}]]}", RERANK_V1, RERANK_WRONG_TYPE, "rank_fields must be an array of strings"},
};
/* clang-format on */

START_TEST(the_first_problem_in_the_order_of_the_contract_is_told)
{
    AUTO(reading_done)
    struct reading reading = read_text(text_of(problems[_i].json), problems[_i].version);

    ck_assert_int_eq(reading.result, problems[_i].result);
    if (problems[_i].problem)
        ck_assert_str_eq(reading.problem.data ? reading.problem.data : "", problems[_i].problem);
}
END_TEST

START_TEST(more_rank_fields_than_the_limit_are_refused)
{
    AUTO(buf_done) struct buf json = {0};

    buf_add_string(&json, "{\"rank_fields\":[\"same\",\"same\"");
    for (int i = 1; i < RANK_FIELDS_MAX + _i; i++)
        buf_add_format(&json, ",\"%d\"", i);
    buf_add_string(&json, "]}");
    {
        AUTO(reading_done) struct reading reading = read_text(buf_text(&json), RERANK_V1);

        ck_assert_int_eq(reading.result, _i ? RERANK_WRONG_TYPE : RERANK_READ);
        ck_assert_uint_eq(reading.body.rank_field_count, RANK_FIELDS_MAX);
    }
}
END_TEST

#define WHOLE                                                                                      \
    "{\"model\":\"m\\u0041\",\"query\":\"\\ud83d\\ude00\",\"documents\":[\"a\\n\",{\"text\":"      \
    "\"b\","                                                                                       \
    "\"t\\u0065xt\":\"\\u0062\",\"o\":{\"a\":[1,-2.5e3,null,true]}}],\"top_n\":2.0,"               \
    "\"rank_fields\":[\"\\u0061\",\"b\"],\"return_documents\":false}"

START_TEST(a_body_that_is_cut_anywhere_is_not_json)
{
    for (size_t len = 0; len < sizeof(WHOLE) - 1; len++) {
        AUTO(reading_done)
        struct reading reading = read_text((struct text){WHOLE, len}, RERANK_V1);

        ck_assert_int_eq(reading.result, RERANK_NOT_JSON);
        ck_assert_ptr_nonnull(reading.problem.data);
    }
}
END_TEST

START_TEST(no_byte_that_is_wrong_makes_the_reader_stumble)
{
    static const char wrong[] = {'\0', '"', '\\', '{', '}', '[', ']', ',', ':', '\xff', '9', 'e'};

    for (size_t at = 0; at < sizeof(WHOLE) - 1; at++) {
        for (size_t i = 0; i < sizeof(wrong); i++) {
            char json[sizeof(WHOLE)] = WHOLE;
            struct reading reading;

            json[at] = wrong[i];
            reading = read_text((struct text){json, sizeof(json) - 1},
                                (enum rerank_version)(RERANK_V1 + _i));
            if (reading.result == RERANK_NOT_JSON)
                ck_assert_ptr_nonnull(reading.problem.data);
            reading_done(&reading);
        }
    }
}
END_TEST

Suite *rerank_body_suite(void)
{
    Suite *suite = suite_create("rerank_body");
    TCase *tcase = tcase_create("bodies");

    tcase_add_test(tcase, all_members_are_read);
    tcase_add_loop_test(tcase, null_is_as_good_as_absent, RERANK_V1, RERANK_V2 + 1);
    tcase_add_test(tcase, escapes_are_read_wherever_they_are);
    tcase_add_test(tcase, an_object_may_have_no_fields);
    tcase_add_test(tcase, of_members_with_one_name_the_last_counts);
    tcase_add_loop_test(tcase, the_first_problem_in_the_order_of_the_contract_is_told, 0,
                        ARRAY_LEN(problems));
    tcase_add_loop_test(tcase, more_rank_fields_than_the_limit_are_refused, 0, 2);
    tcase_add_test(tcase, a_body_that_is_cut_anywhere_is_not_json);
    tcase_add_loop_test(tcase, no_byte_that_is_wrong_makes_the_reader_stumble, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
