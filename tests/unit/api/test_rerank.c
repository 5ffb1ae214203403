#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/fake.h"

Suite *rerank_suite(void);

#define UNKNOWN_ID "9d927c5e-7598-4772-98b7-cdf2014e8874"
#define NOT_FOUND(model)                                                                           \
    "model '" model "' not found, make sure the correct model ID was used and that you have "      \
    "access to the model."
#define UNKNOWN_FIELD(field)                                                                       \
    "unknown field: parameter '" field                                                             \
    "' is not a valid field. For proper usage, please refer to "                                   \
    "https://docs.cohere.com/reference/rerank"
#define REMOVED(model)                                                                             \
    "model '" model "' was removed on April 30, 2025. See "                                        \
    "https://docs.cohere.com/docs/models#rerank for a list of models you can use instead."
#define TOO_MANY                                                                                   \
    "invalid request: number of total max chunks (number of documents * max chunks per doc) must " \
    "be less than 10000"
#define NO_DOCUMENTS "invalid request: list of documents must not be empty"
#define NO_QUERY "invalid request: query must not be empty or be only whitespace"
#define NO_MODEL "a model parameter is required for this endpoint."
#define NO_TEXT "invalid request: required 'text' param is missing or empty."
#define V1 "/v1/rerank"
#define V2 "/v2/rerank"
#define DATED "/rerank"
#define M "`model`:`rerank-v3.5`,"
#define Q "`query`:`q`,"

/* In the order of the checks: each row has later faults, too. */
/* clang-format off */
static const struct {
    const char *target;
    int status;
    const char *body, *message;
} refusals[] = {
    {V1, 400, "", "invalid json syntax: unexpected end of JSON input"},
    {V2, 400, "{`top_k`:1,`query`:1", "invalid json syntax: unexpected end of JSON input"},
    {V2, 400, "[]", "invalid json syntax: the body must be an object"},
    {V2, 400, "{`query`:`\a`}", "invalid json syntax: invalid character '\\a' in string literal"},
    {V2, 422, "{`query`:1,`top_k`:1,`other`:1}", UNKNOWN_FIELD("top_k")},
    {V2, 422, "{" M Q "`documents`:[`d`],`return_documents`:true}", UNKNOWN_FIELD("return_documents")},
    {V2, 422, "{" M Q "`documents`:[`d`],`max_chunks_per_doc`:null}", UNKNOWN_FIELD("max_chunks_per_doc")},
    {V2, 400, "{`top_n`:`0`,`query`:1}", "invalid request: top_n must be an integer"},
    {V1, 400, "{`query`:1}", "invalid request: query must be a string"},
    {V2, 400, "{}", NO_MODEL},
    {V1, 400, "{}", NO_MODEL},
    {V1, 400, "{`model`:null,`query`:`q`}", NO_MODEL},
    {V2, 400, "{`model`:` `,`documents`:[],`top_n`:0}", NO_MODEL},
    {V2, 400, "{`model`:`none`,`documents`:[],`top_n`:0}", NO_QUERY},
    {V1, 400, "{`model`:`none`,`query`:` \\n\\t`,`documents`:[],`top_n`:0}", NO_QUERY},
    {V2, 400, "{`model`:`none`," Q "`documents`:[],`top_n`:0}", NO_DOCUMENTS},
    {V2, 400, "{`model`:`none`," Q "`top_n`:0}", NO_DOCUMENTS},
    {V1, 400, "{`model`:`none`," Q "`documents`:null,`rank_fields`:[]}", NO_DOCUMENTS},
    {V1, 400, "{`model`:`none`," Q "`documents`:[``],`rank_fields`:[],`top_n`:0}",
     "invalid request: rank_fields cannot be empty, it must either contain at least one field or be omitted"},
    {V2, 400, "{`model`:`none`," Q "`documents`:[``,`d`],`top_n`:0}", "invalid request: document at index 0 cannot be empty"},
    {V1, 400, "{`model`:`none`," Q "`documents`:[`d`,``],`top_n`:0}", "invalid request: document at index 1 cannot be empty"},
    {V1, 400, "{`model`:`none`," Q "`documents`:[`d`,{}],`top_n`:0}", NO_TEXT},
    {V1, 400, "{`model`:`none`," Q "`documents`:[{`title`:`t`}],`top_n`:0}", NO_TEXT},
    {V1, 400, "{`model`:`none`," Q "`documents`:[{`text`:``}],`top_n`:0}", NO_TEXT},
    {V1, 400, "{`model`:`none`," Q "`documents`:[{`text`:null}],`top_n`:0}", NO_TEXT},
    {V1, 400, "{`model`:`none`," Q "`documents`:[{`text`:`a`,`text`:null}],`top_n`:0}", NO_TEXT},
    {V1, 400, "{`model`:`none`," Q "`documents`:[{`text`:`t`,`title`:``}],`rank_fields`:[`title`,`x`]}", NO_TEXT},
    {V1, 400, "{`model`:`none`," Q "`documents`:[`a`,`b`],`max_chunks_per_doc`:5001,`top_n`:0}", TOO_MANY},
    {V1, 400, "{`model`:`none`," Q "`documents`:[`a`],`max_chunks_per_doc`:9223372036854775807}", TOO_MANY},
    {V2, 400, "{`model`:`none`," Q "`documents`:[`d`],`top_n`:0}", "invalid request: top_n must be greater than 0"},
    {V1, 400, "{`model`:`none`," Q "`documents`:[`d`],`top_n`:-1}", "invalid request: top_n must be greater than 0"},
    {V1, 400, "{`model`:`none`," Q "`documents`:[`d`],`max_chunks_per_doc`:0}", "invalid request: max_chunks_per_doc must be greater than 0"},
    {V2, 400, "{`model`:`none`," Q "`documents`:[`d`],`max_tokens_per_doc`:0}", "invalid request: max_tokens_per_doc must be greater than 0"},
    {V1, 400, "{" M Q "`documents`:[`a`],`max_chunks_per_doc`:10001}", TOO_MANY},
    {V2, 400, "{`model`:`none`," Q "`documents`:[`d`],`priority`:1000}", "invalid request: priority must be between 0 and 999"},
    {V2, 400, "{`model`:`none`," Q "`documents`:[`d`],`priority`:-1}", "invalid request: priority must be between 0 and 999"},
    {V2, 404, "{`model`:`none`," Q "`documents`:[`d`]}", NOT_FOUND("none")},
    {V1, 404, "{`model`:`Rerank-v3.5`," Q "`documents`:[`d`]}", NOT_FOUND("Rerank-v3.5")},
    {V2, 404, "{`model`:`foo-ft`," Q "`documents`:[`d`]}", NOT_FOUND("foo-ft")},
    {V2, 404, "{`model`:`" UNKNOWN_ID "`," Q "`documents`:[`d`]}", NOT_FOUND(UNKNOWN_ID)},
    {V2, 404, "{`model`:`" UNKNOWN_ID "-ft`," Q "`documents`:[`d`]}", "finetuned model " UNKNOWN_ID "-ft not found"},
    {V2, 404, "{`model`:`rerank-english-v2.0`," Q "`documents`:[`d`]}", REMOVED("rerank-english-v2.0")},
    {V1, 404, "{`model`:`rerank-multilingual-v2.0`," Q "`documents`:[`d`]}", REMOVED("rerank-multilingual-v2.0")},
    {DATED, 400, "{}", NO_MODEL},
    {DATED, 404, "{`model`:`none`," Q "`documents`:[`d`],`top_k`:1}", NOT_FOUND("none")},
    {V2, 400, "{`model`:`command-r`," Q "`documents`:[`d`]}", "invalid request: model 'command-r' is not supported by the rerank API"},
};
/* clang-format on */

START_TEST(the_body_is_checked_in_the_order_of_the_contract)
{
    fake_post(refusals[_i].target, "%s", refusals[_i].body);
    assert_error(refusals[_i].status, "%s", refusals[_i].message);
}
END_TEST

/* clang-format off */
static const struct {
    const char *name, *value;
    int status;
    const char *message;
} declarations[] = {
    {"Content-Type", "application/json", 200, NULL},
    {"Content-Type", "Application/JSON; charset=utf-8", 200, NULL},
    {"Content-Type", "application/x-www-form-urlencoded", 200, NULL},
    {"X-Other", "none is declared", 200, NULL},
    {"Content-Type", "text/plain", 415, "Content-Type must be application/json"},
    {"Content-Type", "multipart/form-data; boundary=x", 415, "Content-Type must be application/json"},
    {"Content-Encoding", "identity", 200, NULL},
    {"Content-Encoding", "gzip", 415, "Content-Encoding gzip is not supported"},
};
/* clang-format on */

START_TEST(a_body_must_be_json_if_it_declares_what_it_is)
{
    fake_send(&(struct fake_request){
        .method = "POST",
        .target = V2,
        .headers = {FAKE_KEY, {text_of(declarations[_i].name), text_of(declarations[_i].value)}},
        .body = TEXT("{\"model\":\"rerank-v3.5\",\"query\":\"q\",\"documents\":[\"d\"]}"),
    });
    ck_assert_int_eq(fake_status(), declarations[_i].status);
    if (declarations[_i].message)
        assert_error(415, "%s", declarations[_i].message);
}
END_TEST

static void send_body(struct text body, size_t piece_size, bool is_chunked, bool is_cut)
{
    fake_send(&(struct fake_request){.method = "POST",
                                     .target = V2,
                                     .headers = {FAKE_KEY},
                                     .body = body,
                                     .piece_size = piece_size,
                                     .is_chunked = is_chunked,
                                     .is_cut = is_cut});
}

START_TEST(a_body_may_come_in_pieces_with_and_without_a_length)
{
    const struct text body =
        TEXT("{\"model\":\"rerank-v3.5\",\"query\":\"q\",\"documents\":[\"d\"]}");

    for (size_t piece_size = 0; piece_size < 4; piece_size++) {
        send_body(body, piece_size, _i, false);
        ck_assert_int_eq(fake_status(), 200);
    }
    send_body(body, 7, _i, true);
    assert_error(400, "the request body ended early");
}
END_TEST

START_TEST(a_body_beyond_the_limit_is_a_413)
{
    const struct text body =
        TEXT("{\"model\":\"rerank-v3.5\",\"query\":\"q\",\"documents\":[\"d\"]}");

    fake_dispatch()->api.json_size_max = body.len;
    send_body(body, 5, _i, false);
    ck_assert_int_eq(fake_status(), 200);
    fake_dispatch()->api.json_size_max = body.len - 1;
    send_body(body, 5, _i, false);
    assert_error(413, "request body is larger than %zu bytes; see --json-size-max", body.len - 1);
}
END_TEST

START_TEST(a_body_nested_deeper_than_the_limit_is_refused)
{
    AUTO(buf_done) struct buf body = {0};

    buf_add_string(&body, "{`x`:");
    for (int i = 0; i < 100000; i++)
        buf_add_char(&body, '[');
    fake_post(V1, "%s", body.data);
    assert_error(400, "invalid json syntax: exceeded max depth of 64");
    fake_post("/v1/finetuning/finetuned-models", "%.60000s", body.data);
    assert_message(400, "invalid json syntax: exceeded max depth of 64");
}
END_TEST

/* Post `count` documents of one letter. */
static void post_documents(const char *target, size_t count)
{
    AUTO(buf_done) struct buf body = {0};

    buf_add_string(&body, "{\"model\":\"rerank-v3.5\",\"query\":\"q\",\"top_n\":1,\"documents\":[");
    for (size_t i = 0; i < count; i++)
        buf_add_string(&body, i ? ",\"d\"" : "\"d\"");
    buf_add_string(&body, "]}");
    fake_post(target, "%s", body.data);
}

START_TEST(ten_thousand_documents_are_the_most)
{
    post_documents(_i ? V2 : V1, 10000);
    ck_assert_int_eq(fake_status(), 200);
    ck_assert_int_eq(fake_int("meta.billed_units.search_units"), 100);
    post_documents(_i ? V2 : V1, 10001);
    assert_error(400, TOO_MANY);
}
END_TEST

/* clang-format off */
static const struct {
    size_t documents;
    int64_t units;
} billing[] = {{1, 1}, {100, 1}, {101, 2}, {200, 2}, {201, 3}};
/* clang-format on */

START_TEST(a_hundred_documents_are_one_search_unit)
{
    post_documents(V2, billing[_i].documents);
    ck_assert_int_eq(fake_int("meta.billed_units.search_units"), billing[_i].units);
}
END_TEST

/*
 * Answers
 */

/* Compare the answer but for its id and scores, which must be floats in (0,1) that do not rise. */
static void assert_order(const char *wanted)
{
    AUTO(buf_done) struct buf order = {0};
    size_t count = json_array_size(fake_member("results"));
    double last = 1;

    for (size_t i = 0; i < count; i++) {
        const json_t *result = json_array_get(fake_member("results"), i);
        double score = json_real_value(json_object_get(result, "relevance_score"));

        buf_add_format(&order, i ? " %d" : "%d",
                       (int)json_integer_value(json_object_get(result, "index")));
        ck_assert_double_gt(score, 0);
        ck_assert_double_le(score, last);
        last = score;
    }
    ck_assert_str_eq(order.data ? order.data : "", wanted);
}

/* The score at a place of the answer as it was written; for free(). */
static char *written_score(size_t place)
{
    struct text rest = fake_body();

    for (size_t i = 0; i <= place; i++) {
        size_t at = text_find(rest, TEXT("\"relevance_score\":"));

        ck_assert_uint_lt(at, rest.len);
        rest = (struct text){rest.data + at + 18, rest.len - at - 18};
    }
    return strndup(rest.data, strcspn(rest.data, "}"));
}

START_TEST(an_answer_is_written_as_the_service_writes_it)
{
    char *first, *second;

    fake_post(_i == 2 ? V2 : V1,
              "{`model`:`rerank-v3.5`,`query`:`b`,`documents`:[`a`,`b`],`top_n`:null}");
    ck_assert_int_eq(fake_status(), 200);
    first = written_score(0);
    second = written_score(1);
    assert_body(200,
                "{`id`:`%s`,`results`:[{`index`:1,`relevance_score`:%s},"
                "{`index`:0,`relevance_score`:%s}],"
                "`meta`:{`api_version`:{`version`:`%d`},`billed_units`:{`search_units`:1}}}",
                fake_string("id"), first, second, _i);
    ck_assert_uint_le(strlen(first), 12);
    free(first);
    free(second);
}
END_TEST

START_TEST(the_same_request_gets_the_same_scores_and_another_id)
{
    static const char body[] = "{" M Q "`documents`:[`a`,`q`,`b q`]}";
    char *id, *results;

    fake_post(V2, "%s", body);
    id = strdup(fake_string("id"));
    results = json_dumps(fake_member("results"), 0);
    fake_post(V2, "%s", body);
    ck_assert_str_ne(fake_string("id"), id);
    {
        char *again = json_dumps(fake_member("results"), 0);

        ck_assert_str_eq(again, results);
        free(again);
    }
    free(results);
    free(id);
}
END_TEST

/* clang-format off */
static const struct {
    const char *top_n, *order;
} tops[] = {
    {"null", "1 0 2"}, {"1", "1"}, {"2", "1 0"}, {"3", "1 0 2"}, {"4", "1 0 2"}, {"2.0", "1 0"},
    {"9223372036854775807", "1 0 2"},
};
/* clang-format on */

START_TEST(top_n_cuts_the_list_and_equal_scores_keep_their_order)
{
    fake_post(V2, "{" M "`query`:`needle`,`documents`:[`hay`,`a needle`,`hay`],`top_n`:%s}",
              tops[_i].top_n);
    assert_order(tops[_i].order);
}
END_TEST

START_TEST(documents_come_back_if_asked_for)
{
    char *scores[3];

    fake_post(V1,
              "{" M "`query`:`needle hay`,`return_documents`:true,`documents`:[`hay \\u00e9\\``,"
              "{`title`:`T`,`text`:`needle hay`,`Zeta`:1.50,`alpha`:{`b`:[1, 2],`a`:null},"
              "`\\u0061\\n`:true},{`text`:`x`,`text`:`y`}]}");
    ck_assert_int_eq(fake_status(), 200);
    for (size_t i = 0; i < 3; i++)
        scores[i] = written_score(i);
    assert_body(200,
                "{`id`:`%s`,`results`:["
                "{`document`:{`Zeta`:1.50,`a\\n`:true,`alpha`:{`b`:[1, 2],`a`:null},"
                "`text`:`needle hay`,`title`:`T`},`index`:1,`relevance_score`:%s},"
                "{`document`:{`text`:`hay \xc3\xa9\\``},`index`:0,`relevance_score`:%s},"
                "{`document`:{`text`:`y`},`index`:2,`relevance_score`:%s}],"
                "`meta`:{`api_version`:{`version`:`1`},`billed_units`:{`search_units`:1}}}",
                fake_string("id"), scores[0], scores[1], scores[2]);
    for (size_t i = 0; i < 3; i++)
        free(scores[i]);
}
END_TEST

START_TEST(documents_do_not_come_back_unless_asked_for)
{
    fake_post(V1, "{" M Q "`documents`:[{`text`:`d`}]%s}",
              _i ? ",`return_documents`:false" : ",`return_documents`:null");
    ck_assert(fake_has("results.0.index"));
    ck_assert(!fake_has("results.0.document"));
}
END_TEST

/* clang-format off */
static const struct {
    const char *fields, *order;
} rank_fields[] = {
    {"null",             "0 1 2 3"},
    {"[`text`]",         "0 1 2 3"},
    {"[`title`]",        "1 0 2 3"},
    {"[`body`,`title`]", "2 1 0 3"},
    {"[`n`,`text`]",     "0 1 2 3"},
};
/* clang-format on */

START_TEST(objects_are_ranked_by_the_fields_that_are_named)
{
    fake_post(V1,
              "{" M "`query`:`needle`,`rank_fields`:%s,`documents`:["
              "{`text`:`needle`,`title`:`hay`,`n`:5},"
              "{`text`:`hay`,`title`:`needle`,`body`:null},"
              "{`text`:`hay`,`title`:`hay`,`body`:`a needle in it`},`plain hay`]}",
              rank_fields[_i].fields);
    assert_order(rank_fields[_i].order);
}
END_TEST

/* clang-format off */
static const struct {
    const char *target, *fields;
    const char *warning; /* NULL: none */
} unknown_fields[] = {
    {V1,    "`top_k`:3,`priority`:`x`", "unknown field: parameter top_k is not a valid field"},
    {V1,    "`priority`:`x`",           "unknown field: parameter priority is not a valid field"},
    {V1,    "`max_tokens_per_doc`:[0]", "unknown field: parameter max_tokens_per_doc is not a valid field"},
    {V1,    "`a\\r\\nb`:null",          "unknown field: parameter a  b is not a valid field"},
    {V1,    "`\\u00e9`:null",           "unknown field: parameter \xc3\xa9 is not a valid field"},
    {V1,    "``:null",                  "unknown field: parameter  is not a valid field"},
    {DATED, "`top_k`:3",                "unknown field: parameter top_k is not a valid field"},
    {V1,    "`top_n`:3",                NULL},
    {V2,    "`top_n`:3",                NULL},
};
/* clang-format on */

START_TEST(what_v1_does_not_know_is_a_warning_and_no_error)
{
    fake_post(unknown_fields[_i].target, "{" M Q "`documents`:[`d`],%s}",
              unknown_fields[_i].fields);
    ck_assert_int_eq(fake_status(), 200);
    if (unknown_fields[_i].warning)
        assert_header("x-api-warning", unknown_fields[_i].warning);
    else
        ck_assert_ptr_null(fake_header("x-api-warning").data);
}
END_TEST

START_TEST(a_warning_quotes_the_beginning_of_a_long_name)
{
    AUTO(buf_done) struct buf name = {0};

    buf_add_char(&name, 'x');
    for (size_t i = 0; i < 100000; i++)
        buf_add_string(&name, "\xc3\xa9");
    fake_post(V1, "{" M Q "`documents`:[`d`],`%s`:1}", name.data);
    ck_assert_int_eq(fake_status(), 200);
    /* Whole characters are kept: 99 bytes of the 100 that fit. */
    ck_assert_uint_eq(fake_header("x-api-warning").len,
                      99 + strlen("unknown field: parameter  is not a valid field"));
}
END_TEST

/* clang-format off */
static const struct {
    const char *asked; /* NULL: no header */
    const char *answered; /* NULL: refused */
} dates[] = {
    {NULL,         "2022-12-06"},
    {"2022-12-06", "2022-12-06"},
    {"2021-11-08", "2021-11-08"},
    {"2022-12-07", NULL},
    {"2022-12",    NULL},
    {"1",          NULL},
    {"",           NULL},
};
/* clang-format on */

static void post_dated(const char *target, const char *date)
{
    fake_send(&(struct fake_request){
        .method = "POST",
        .target = target,
        .headers = {FAKE_KEY,
                    {text_of(date ? "Cohere-Version" : "X-Other"), text_of(date ? date : "x")}},
        .body = TEXT("{\"model\":\"rerank-v3.5\",\"query\":\"q\",\"documents\":[{\"text\":\"d\"}],"
                     "\"return_documents\":true}"),
    });
}

START_TEST(a_path_without_a_version_takes_a_date)
{
    post_dated(DATED, dates[_i].asked);
    if (!dates[_i].answered) {
        assert_error(400,
                     "invalid request: invalid API version was passed in, for more information "
                     "please refer to https://docs.cohere.com/versioning-reference");
        return;
    }
    ck_assert_str_eq(fake_string("meta.api_version.version"), dates[_i].answered);
    ck_assert_str_eq(fake_string("results.0.document.text"), "d");
    ck_assert_int_eq(fake_int("meta.billed_units.search_units"), 1);
}
END_TEST

START_TEST(a_path_with_a_version_takes_no_heed_of_a_date)
{
    post_dated(V1, "2020-01-01");
    ck_assert_str_eq(fake_string("meta.api_version.version"), "1");
}
END_TEST

START_TEST(structured_documents_are_ranked_as_the_text_they_are)
{
    fake_post(V2, "{" M "`query`:`needle`,`documents`:["
                  "`title: Facts\\ncontent: hay\\n`,"
                  "`title: 'More: facts'\\ncontent: |\\n  a needle\\n  in it\\n`]}");
    assert_order("1 0");
}
END_TEST

/*
 * Chunks
 */

/* Append `before` words, the word "needle", and `after` words more. */
static void hide_needle(struct buf *out, size_t before, size_t after)
{
    for (size_t i = 0; i < before; i++)
        buf_add_string(out, "hay ");
    buf_add_string(out, "needle");
    for (size_t i = 0; i < after; i++)
        buf_add_string(out, " hay");
}

/* In v3.5, a query of one word leaves 4092 tokens for a chunk; in v4, 32763. */
/* clang-format off */
static const struct {
    const char *target, *model, *limit;
    size_t before;
    bool is_found;
} hidden[] = {
    {V2, "rerank-v3.5",     "",                              100, true},
    {V2, "rerank-v3.5",     "",                             4091, true},
    {V2, "rerank-v3.5",     "",                             4095, true}, /* in the second chunk */
    {V2, "rerank-v3.5",     "",                             4096, false},
    {V2, "rerank-v3.5",     "`max_tokens_per_doc`:null,",   4096, false},
    {V2, "rerank-v3.5",     "`max_tokens_per_doc`:4097,",   4096, true},
    {V2, "rerank-v3.5",     "`max_tokens_per_doc`:9999,",   9000, true},
    {V2, "rerank-v3.5",     "`max_tokens_per_doc`:100,",      99, true},
    {V2, "rerank-v3.5",     "`max_tokens_per_doc`:100,",     100, false},
    {V2, "rerank-v3.5",     "`max_tokens_per_doc`:9223372036854775807,", 9000, true},
    {V2, "rerank-v4.0-pro", "",                             4096, false},
    {V1, "rerank-v3.5",     "",                             4091, true},
    {V1, "rerank-v3.5",     "",                             4092, false},
    {V1, "rerank-v3.5",     "`max_chunks_per_doc`:null,",   4092, false},
    {V1, "rerank-v3.5",     "`max_chunks_per_doc`:1,",      4092, false},
    {V1, "rerank-v3.5",     "`max_chunks_per_doc`:2,",      4092, true},
    {V1, "rerank-v3.5",     "`max_chunks_per_doc`:2,",      8183, true},
    {V1, "rerank-v3.5",     "`max_chunks_per_doc`:2,",      8184, false},
    {V1, "rerank-v3.5",     "`max_chunks_per_doc`:5000,",   8184, true},
    {V1, "rerank-v4.0-pro", "",                             8184, true},
    {V1, "rerank-v4.0-pro", "",                            32762, true},
    {V1, "rerank-v4.0-pro", "",                            32763, false},
};
/* clang-format on */

START_TEST(a_long_document_is_looked_at_as_far_as_was_asked)
{
    AUTO(buf_done) struct buf text = {0};

    hide_needle(&text, hidden[_i].before, 50);
    fake_post(hidden[_i].target, "{`model`:`%s`,`query`:`needle`,%s`documents`:[`hay`,`%s`]}",
              hidden[_i].model, hidden[_i].limit, text.data);
    assert_order(hidden[_i].is_found ? "1 0" : "0 1");
}
END_TEST

START_TEST(a_document_scores_as_its_best_chunk)
{
    AUTO(buf_done) struct buf text = {0};
    char *whole, *best;

    /* The second chunk has 100 tokens; alone, it is the other document. */
    hide_needle(&text, 4092 + 50, 49);
    fake_post(V1, "{" M "`query`:`needle`,`max_chunks_per_doc`:2,`documents`:[`%s`,`%s`]}",
              text.data, text.data + (size_t)4092 * 4);
    assert_order("0 1");
    whole = written_score(0);
    best = written_score(1);
    ck_assert_str_eq(whole, best);
    free(whole);
    free(best);
}
END_TEST

START_TEST(the_first_of_rank_fields_is_the_last_to_be_cut_off)
{
    AUTO(buf_done) struct buf text = {0};

    hide_needle(&text, 4092, 0);
    fake_post(V1,
              "{" M "`query`:`needle`,`rank_fields`:[`%s`,`%s`],`documents`:[`hay`,"
              "{`long`:`%.*s`,`short`:`needle`}]}",
              _i ? "long" : "short", _i ? "short" : "long", 4092 * 4 - 1, text.data);
    assert_order(_i ? "0 1" : "1 0");
}
END_TEST

START_TEST(of_a_long_query_the_half_of_the_context_counts)
{
    AUTO(buf_done) struct buf query = {0};

    hide_needle(&query, _i ? 2048 : 2047, 0);
    fake_post(V2, "{" M "`query`:`%s`,`documents`:[`straw`,`needle`]}", query.data);
    assert_order(_i ? "0 1" : "1 0");
}
END_TEST

/* clang-format off */
static const struct {
    const char *target, *fields;
    size_t documents, tokens; /* of each document; the query has one */
    int64_t units;
} long_bills[] = {
    {V2, "",                            100,  499, 1},
    {V2, "",                            100,  500, 2},
    {V2, "`max_tokens_per_doc`:499,",   100,  500, 1}, /* what is cut off costs nothing */
    {V2, "",                             11, 9999, 1}, /* 9 chunks of 4,096 tokens each */
    {V2, "",                             12, 9999, 2},
    {V2, "`max_tokens_per_doc`:9999,",   11, 9999, 3}, /* 21 chunks each */
    {V1, "",                             11, 9999, 1},
    {V1, "`max_chunks_per_doc`:3,",      11, 9999, 3},
};
/* clang-format on */

START_TEST(long_documents_are_billed_by_their_chunks)
{
    AUTO(buf_done) struct buf text = {0}, list = {0};

    hide_needle(&text, 0, long_bills[_i].tokens - 1);
    for (size_t i = 0; i < long_bills[_i].documents; i++)
        buf_add_format(&list, "%s`%s`", i ? "," : "", text.data);
    fake_post(long_bills[_i].target, "{" M "`query`:`needle`,%s`documents`:[%s]}",
              long_bills[_i].fields, list.data);
    ck_assert_int_eq(fake_int("meta.billed_units.search_units"), long_bills[_i].units);
}
END_TEST

/*
 * Documented examples
 */

#define CAPITAL_QUERY "`query`:`What is the capital of the United States?`,"
#define CARSON_CITY "Carson City is the capital city of the American state of Nevada."
#define SAIPAN                                                                                     \
    "The Commonwealth of the Northern Mariana Islands is a group of islands in the Pacific Ocean"
#define CAPITALIZATION                                                                             \
    "Capitalization or capitalisation in English grammar is the use of a capital letter at the "   \
    "start of a word. English usage varies from capitalization in other languages."
#define WASHINGTON                                                                                 \
    "Washington, D.C. (also known as simply Washington or D.C., and officially as the District "   \
    "of "                                                                                          \
    "Columbia) is the capital of the United States. It is a federal district."
#define PUNISHMENT                                                                                 \
    "Capital punishment has existed in the United States since before%sthe United States was a "   \
    "country. As of 2017, capital punishment is legal in 30 of the 50 states."

/* The documents of contract 4.8 (a), as v1 and v2 get them. */
static void post_capitals(const char *target, const char *before, const char *after)
{
    static const char *const documents[] = {
        CARSON_CITY,
        SAIPAN ". Its capital is Saipan.",
        CAPITALIZATION,
        WASHINGTON,
        ("Capital punishment has existed in the United States since beforethe United States was a "
         "country. As of 2017, capital punishment is legal in 30 of the 50 states."),
    };
    AUTO(buf_done) struct buf list = {0};

    for (size_t i = 0; i < ARRAY_LEN(documents); i++)
        buf_add_format(&list, "%s%s`%s`%s", i ? "," : "", before, documents[i], after);
    fake_post(target, "{" M CAPITAL_QUERY "`top_n`:3,`documents`:[%s]}", list.data);
}

START_TEST(the_documented_example_comes_in_the_documented_order)
{
    if (_i)
        post_capitals(V2, "", "");
    else
        post_capitals(V1, "{`text`:", "}");
    assert_order("3 4 0");
}
END_TEST

START_TEST(the_example_of_the_overview_has_the_documented_first)
{
    fake_post(V2,
              "{`model`:`rerank-v4.0-pro`," CAPITAL_QUERY "`top_n`:5,`documents`:["
              "`" CARSON_CITY " At the 2010 United States Census, Carson City had a population of "
              "55,274.`,"
              "`" SAIPAN " that are a political division controlled by the United States. Its "
              "capital is Saipan.`,"
              "`Charlotte Amalie is the capital and largest city of the United States Virgin "
              "Islands. It has about 20,000 people. The city is on the island of Saint Thomas.`,"
              "`" WASHINGTON " The President of the USA and many major national government offices "
              "are in the territory. This makes it the political center of the United States of "
              "America.`,"
              "`" PUNISHMENT " The federal government (including the United States military) also "
              "uses capital punishment.`]}",
              " ");
    ck_assert_int_eq(fake_int("results.0.index"), 3);
    ck_assert_uint_eq(json_array_size(fake_member("results")), 5);
}
END_TEST

/* clang-format off */
static const struct {
    const char *target, *model, *query, *first, *second;
} recorded[] = {
    {V2, "rerank-v3.5", "Test query", "This is a test document.", "Another test document."},
    {V1, "rerank-english-v3.0", "Test query", "This is a test document.", "Another test document."},
    {V2, "rerank-v3.5", "penguins", "content: This document is about Penguins.\\n", "content: This document is about Physics.\\n"},
    {V1, "rerank-english-v3.0", "penguins", "content: This document is about Penguins.\\n", "content: This document is about Physics.\\n"},
};
/* clang-format on */

START_TEST(what_was_recorded_comes_in_the_recorded_order)
{
    fake_post(recorded[_i].target, "{`model`:`%s`,`query`:`%s`,`documents`:[`%s`,`%s`],`top_n`:3}",
              recorded[_i].model, recorded[_i].query, recorded[_i].first, recorded[_i].second);
    assert_order("0 1");
}
END_TEST

static const char *const served[] = {"rerank-v4.0-pro", "rerank-v4.0-fast", "rerank-v3.5",
                                     "rerank-english-v3.0", "rerank-multilingual-v3.0"};

START_TEST(the_models_of_the_era_are_served)
{
    fake_post(_i % 2 ? V1 : V2, "{`model`:`%s`," Q "`documents`:[`d`]}", served[_i]);
    ck_assert_int_eq(fake_status(), 200);
}
END_TEST

/*
 * Fine-tuned models
 */

START_TEST(a_fine_tuned_model_serves_when_it_is_ready)
{
    const char *id = fake_add_model(fake_add_valid_dataset("n"));
    const char *target = _i == 1 ? V1 : V2;

    fake_post(target, "{`model`:`%s-ft`," Q "`documents`:[`d`]}", id);
    assert_error(400, "finetuned model with name %s-ft is not ready for serving", id);
    fake_advance_ms(399);
    fake_post(target, "{`model`:`%s-ft`," Q "`documents`:[`d`]}", id);
    assert_error(400, "finetuned model with name %s-ft is not ready for serving", id);
    fake_advance_ms(1);
    fake_post(target, "{`model`:`%s-ft`," Q "`documents`:[`d`,`q`]}", id);
    assert_order("1 0");
    fake_post(target, "{`model`:`%s`," Q "`documents`:[`d`]}", id);
    ck_assert_int_eq(fake_status(), 404);
    fake_post(target, "{`model`:`ft-ft`," Q "`documents`:[`d`]}");
    assert_error(404, NOT_FOUND("ft-ft"));
}
END_TEST

Suite *rerank_suite(void)
{
    Suite *suite = suite_create("rerank");
    TCase *refused = tcase_create("refusals"), *answers = tcase_create("answers");
    TCase *chunks = tcase_create("chunks");
    TCase *examples = tcase_create("documented examples"), *models = tcase_create("models");

    tcase_add_checked_fixture(refused, fake_start, fake_stop);
    tcase_add_loop_test(refused, the_body_is_checked_in_the_order_of_the_contract, 0,
                        ARRAY_LEN(refusals));
    tcase_add_loop_test(refused, a_body_must_be_json_if_it_declares_what_it_is, 0,
                        ARRAY_LEN(declarations));
    tcase_add_loop_test(refused, a_body_may_come_in_pieces_with_and_without_a_length, 0, 2);
    tcase_add_loop_test(refused, a_body_beyond_the_limit_is_a_413, 0, 2);
    tcase_add_test(refused, a_body_nested_deeper_than_the_limit_is_refused);
    tcase_add_loop_test(refused, ten_thousand_documents_are_the_most, 0, 2);
    suite_add_tcase(suite, refused);

    tcase_add_checked_fixture(answers, fake_start, fake_stop);
    tcase_add_loop_test(answers, a_hundred_documents_are_one_search_unit, 0, ARRAY_LEN(billing));
    tcase_add_loop_test(answers, an_answer_is_written_as_the_service_writes_it, 1, 3);
    tcase_add_test(answers, the_same_request_gets_the_same_scores_and_another_id);
    tcase_add_loop_test(answers, top_n_cuts_the_list_and_equal_scores_keep_their_order, 0,
                        ARRAY_LEN(tops));
    tcase_add_test(answers, documents_come_back_if_asked_for);
    tcase_add_loop_test(answers, documents_do_not_come_back_unless_asked_for, 0, 2);
    tcase_add_loop_test(answers, objects_are_ranked_by_the_fields_that_are_named, 0,
                        ARRAY_LEN(rank_fields));
    tcase_add_loop_test(answers, what_v1_does_not_know_is_a_warning_and_no_error, 0,
                        ARRAY_LEN(unknown_fields));
    tcase_add_test(answers, a_warning_quotes_the_beginning_of_a_long_name);
    tcase_add_loop_test(answers, a_path_without_a_version_takes_a_date, 0, ARRAY_LEN(dates));
    tcase_add_test(answers, a_path_with_a_version_takes_no_heed_of_a_date);
    tcase_add_test(answers, structured_documents_are_ranked_as_the_text_they_are);
    suite_add_tcase(suite, answers);

    tcase_add_checked_fixture(chunks, fake_start, fake_stop);
    tcase_add_loop_test(chunks, a_long_document_is_looked_at_as_far_as_was_asked, 0,
                        ARRAY_LEN(hidden));
    tcase_add_test(chunks, a_document_scores_as_its_best_chunk);
    tcase_add_loop_test(chunks, the_first_of_rank_fields_is_the_last_to_be_cut_off, 0, 2);
    tcase_add_loop_test(chunks, of_a_long_query_the_half_of_the_context_counts, 0, 2);
    tcase_add_loop_test(chunks, long_documents_are_billed_by_their_chunks, 0,
                        ARRAY_LEN(long_bills));
    suite_add_tcase(suite, chunks);

    tcase_add_checked_fixture(examples, fake_start, fake_stop);
    tcase_add_loop_test(examples, the_documented_example_comes_in_the_documented_order, 0, 2);
    tcase_add_test(examples, the_example_of_the_overview_has_the_documented_first);
    tcase_add_loop_test(examples, what_was_recorded_comes_in_the_recorded_order, 0,
                        ARRAY_LEN(recorded));
    suite_add_tcase(suite, examples);

    tcase_add_checked_fixture(models, fake_start, fake_stop);
    tcase_add_loop_test(models, the_models_of_the_era_are_served, 0, ARRAY_LEN(served));
    tcase_add_loop_test(models, a_fine_tuned_model_serves_when_it_is_ready, 1, 3);
    suite_add_tcase(suite, models);
    return suite;
}
