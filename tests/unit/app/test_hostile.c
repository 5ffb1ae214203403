/*
 * What no honest client sends, at each path that reads it: refused with its sentence, without a
 * trace, and within bounds of memory.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/fake.h"

Suite *hostile_suite(void);

enum { NESTED_DEEP = 20000, DIGITS = 10000 };

/* What TEXT() gives, for a table. */
#define BYTES(literal)                                                                             \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

static int send_body(const char *method, const char *target, struct text body)
{
    return fake_send(&(struct fake_request){
        .method = method,
        .target = target,
        .headers = {FAKE_KEY, FAKE_HEADER("Content-Type", "application/json")},
        .body = body,
    });
}

static void assert_sentence(int status, const char *front, const char *sentence)
{
    AUTO(buf_done) struct buf wanted = {0};

    buf_add_format(&wanted, "%s%s", front, sentence);
    ck_assert_str_eq(fake_string("message"), wanted.data);
    ck_assert_int_eq(fake_status(), status);
}

/* After whatever was sent: the next call is answered. */
static void assert_well(void)
{
    ck_assert_int_eq(fake_get("/__mockhere/health"), 200);
    fake_get("/v1/datasets");
    assert_body(200, "{`datasets`:[]}");
}

/*
 * JSON
 */

#define MODEL "finetuned-models/00000000-0000-4000-8000-000000000000"

/* clang-format off */
static const struct {
    const char *method, *target;
    const char *front; /* of the sentence */
} readers[] = {
    {"POST",  "/v1/rerank",                      "invalid json syntax: "},
    {"POST",  "/v2/rerank",                      "invalid json syntax: "},
    {"POST",  "/v1/finetuning/finetuned-models", "invalid json syntax: "},
    {"PUT",   "/__mockhere/clock",               "the body is not JSON: "},
    {"POST",  "/__mockhere/clock/advance",       "the body is not JSON: "},
    {"PUT",   "/__mockhere/limits",              "limits are not JSON: "},
    {"PUT",   "/__mockhere/keys",                "the keys are not JSON: "},
    {"PUT",   "/__mockhere/seed",                "the body is not JSON: "},
    {"PATCH", "/__mockhere/datasets/x",          "the body is not JSON: "},
    {"PATCH", "/__mockhere/" MODEL,              "the body is not JSON: "},
};

static const struct {
    struct text body;
    const char *sentence;
} documents[] = {
    {BYTES(""),                            "unexpected end of JSON input"},
    {BYTES("{"),                           "unexpected end of JSON input"},
    {BYTES("{\"a\":01}"),                  "invalid character '1' after object key:value pair"},
    {BYTES("{\"a\":+1}"),                  "invalid character '+' looking for beginning of value"},
    {BYTES("{\"a\":NaN}"),                 "invalid character 'N' looking for beginning of value"},
    {BYTES("{\"a\":-Infinity}"),           "invalid character 'I' in numeric literal"},
    {BYTES("{\"a\":1.}"),                  "invalid character '}' after decimal point in numeric literal"},
    {BYTES("{\"a\":1e}"),                  "invalid character '}' in exponent of numeric literal"},
    {BYTES("{\"a\":1\0}"),                 "invalid character '\\x00' after object key:value pair"},
    {BYTES("{\"a\":\"\0\"}"),              "invalid character '\\x00' in string literal"},
    {BYTES("{\"a\":\"\\ud80\"}"),          "invalid character '\"' in \\u hexadecimal character escape"},
    {BYTES("\xef\xbb\xbf{}"),              "invalid character '\u00ef' looking for beginning of value"},
    {BYTES("\xff\xfe{\0}\0"),              "invalid character '\u00ff' looking for beginning of value"},
    {BYTES("{}\0"),                        "invalid character '\\x00' after top-level value"},
    {BYTES("{\"a\":\"\x80\"}"),            "invalid UTF-8 in string literal"},
    {BYTES("{\"a\":\"\xc0\xaf\"}"),        "invalid UTF-8 in string literal"},
    {BYTES("{\"a\":\"\xe0\x80\xaf\"}"),    "invalid UTF-8 in string literal"},
    {BYTES("{\"a\":\"\xf0\x80\x80\xaf\"}"), "invalid UTF-8 in string literal"},
    {BYTES("{\"a\":\"\xed\xa0\x80\"}"),    "invalid UTF-8 in string literal"},
    {BYTES("{\"a\":\"\xf4\x90\x80\x80\"}"), "invalid UTF-8 in string literal"},
    {BYTES("{\"a\":\"\xf8\x88\x80\x80\x80\"}"), "invalid UTF-8 in string literal"},
    {BYTES("{\"a\":\"\xe2\x82\"}"),        "invalid UTF-8 in string literal"},
    {BYTES("{\"a\":\"\xe2\x82"),           "unexpected end of JSON input"},
    {BYTES("{\"\xff\":1}"),                "invalid UTF-8 in string literal"},
};
/* clang-format on */

START_TEST(what_is_no_json_is_refused_by_every_path)
{
    for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
        (void)send_body(readers[i].method, readers[i].target, documents[_i].body);
        assert_sentence(400, readers[i].front, documents[_i].sentence);
    }
    assert_well();
}
END_TEST

static const char *const nests[] = {"[", "{\"a\":", "[{\"a\":", "[[[{\"b\":[],\"a\":"};

START_TEST(no_path_follows_a_deep_nest)
{
    AUTO(buf_done) struct buf body = {0};

    buf_add_string(&body, "{\"model\":");
    for (size_t i = 0; body.len < 2 * (size_t)NESTED_DEEP; i++)
        buf_add_string(&body, nests[_i]);
    for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
        (void)send_body(readers[i].method, readers[i].target, buf_text(&body));
        assert_sentence(400, readers[i].front, "exceeded max depth of 64");
    }
    (void)send_body("PUT", "/__mockhere/lifecycle", buf_text(&body));
    ck_assert_int_eq(fake_status(), 400);
}
END_TEST

/* clang-format off */
static const struct {
    const char *method, *target;
    size_t size_max;
    const char *sentence;
} sizes[] = {
    {"POST",  "/v1/rerank",                      1 << 20, "request body is larger than 1048576 bytes; see --json-size-max"},
    {"POST",  "/v1/finetuning/finetuned-models", 65536,   "request body is larger than 65536 bytes"},
    {"PUT",   "/__mockhere/clock",               65536,   "the body is larger than 65536 bytes"},
    {"PUT",   "/__mockhere/lifecycle",           65536,   "the body is larger than 65536 bytes"},
    {"PUT",   "/__mockhere/limits",              65536,   "the body is larger than 65536 bytes"},
    {"PUT",   "/__mockhere/seed",                65536,   "the body is larger than 65536 bytes"},
    {"PATCH", "/__mockhere/datasets/x",          65536,   "the body is larger than 65536 bytes"},
    {"PUT",   "/__mockhere/keys",                1 << 20, "the body is larger than 1048576 bytes"},
};
/* clang-format on */

START_TEST(a_body_beyond_its_limit_is_a_413_that_names_it)
{
    AUTO(buf_done) struct buf body = {0};

    while (body.len < sizes[_i].size_max)
        buf_add_string(&body, "[{},\n   ");
    (void)send_body(sizes[_i].method, sizes[_i].target, buf_text(&body));
    ck_assert_int_eq(fake_status(), 400);
    buf_add_char(&body, ' ');
    (void)send_body(sizes[_i].method, sizes[_i].target, buf_text(&body));
    assert_sentence(413, sizes[_i].sentence, "");
}
END_TEST

#define RERANK "{\"model\":\"rerank-v3.5\",\"query\":\"q\",\"documents\":[\"d\"],"
#define SCALE "scale must be a number from 0.001 to 1000000, such as 60"
#define SEED "seed must be a whole number from 0 to 9223372036854775807"
#define BY "by must be a duration such as 250ms, 10s or 1h30m"
#define NOW "now must be a time such as 2025-06-01T12:00:00Z"
#define NOT_READ "the body is not JSON: "
#define OVERFLOWN "real number overflow near '1e999999'"
#define MODELS "/v1/finetuning/finetuned-models"

/* A `#` stands for DIGITS digits. */
/* clang-format off */
static const struct {
    const char *method, *target, *body, *sentence;
} members[] = {
    {"POST",  "/v2/rerank", RERANK "\"top_n\":#}",                       "invalid request: top_n must be an integer"},
    {"POST",  "/v2/rerank", RERANK "\"top_n\":1e999999}",                "invalid request: top_n must be an integer"},
    {"POST",  "/v2/rerank", RERANK "\"top_n\":1e100}",                   "invalid request: top_n must be an integer"},
    {"POST",  "/v2/rerank", RERANK "\"top_n\":-#}",                      "invalid request: top_n must be an integer"},
    {"POST",  "/v2/rerank", RERANK "\"top_n\":-0}",                      "invalid request: top_n must be greater than 0"},
    {"POST",  "/v2/rerank", RERANK "\"top_n\":1,\"top_n\":0}",           "invalid request: top_n must be greater than 0"},
    {"POST",  "/v2/rerank", RERANK "\"max_tokens_per_doc\":#}",          "invalid request: max_tokens_per_doc must be an integer"},
    {"POST",  "/v1/rerank", RERANK "\"max_chunks_per_doc\":9223372036854775807}",
     "invalid request: number of total max chunks (number of documents * max chunks per doc) must be less than 10000"},
    {"POST",  MODELS, "{\"name\":\"\\ud800\"}",                          "invalid json syntax: invalid Unicode '\\uD800' near '\"\\ud800\"'"},
    {"POST",  MODELS, "{\"x\":1e999999}",                                "invalid json syntax: " OVERFLOWN},
    {"POST",  MODELS, "{\"x\":#}",                                       "invalid json syntax: too big integer"},
    {"POST",  MODELS, "{\"name\":\"a\\u0000b\"}",                        "name is invalid"},
    {"POST",  MODELS, "{\"name\":\"a\",\"settings\":{\"base_model\":{\"base_type\":\"BASE_TYPE_RERANK\\u0000\"}}}",
     "settings.base_model.base_type is invalid"},
    {"PUT",   "/__mockhere/clock", "{\"mode\":\"scaled\",\"scale\":1e999999}", NOT_READ OVERFLOWN},
    {"PUT",   "/__mockhere/clock", "{\"mode\":\"scaled\",\"scale\":#}",  NOT_READ "too big integer"},
    {"PUT",   "/__mockhere/clock", "{\"mode\":\"scaled\",\"scale\":1e308}", SCALE},
    {"PUT",   "/__mockhere/clock", "{\"mode\":\"scaled\",\"scale\":1e-300}", SCALE},
    {"PUT",   "/__mockhere/clock", "{\"mode\":\"scaled\",\"scale\":-0}", SCALE},
    {"PUT",   "/__mockhere/clock", "{\"mode\":\"frozen\\u0000\"}",       "mode must be real, frozen or scaled"},
    {"PUT",   "/__mockhere/clock", "{\"mode\":\"\\udfff\"}",             NOT_READ "invalid Unicode '\\uDFFF' near '\"\\udfff\"'"},
    {"PUT",   "/__mockhere/clock", "{\"mode\":\"frozen\",\"now\":\"0000-01-01T00:00:00Z\"}",  NOW},
    {"PUT",   "/__mockhere/clock", "{\"mode\":\"frozen\",\"now\":\"10000-01-01T00:00:00Z\"}", NOW},
    {"PUT",   "/__mockhere/clock", "{\"mode\":\"frozen\",\"now\":\"2025-06-01\\u0000\"}",     NOW},
    {"POST",  "/__mockhere/clock/advance", "{\"by\":\"9999999999h\"}",   BY},
    {"POST",  "/__mockhere/clock/advance", "{\"by\":\"#h\"}",            BY},
    {"POST",  "/__mockhere/clock/advance", "{\"by\":\"-1h\"}",           BY},
    {"POST",  "/__mockhere/clock/advance", "{\"by\":\"1h\\u0000\"}",     BY},
    {"POST",  "/__mockhere/clock/advance", "{\"by\":#.5}",               NOT_READ "real number overflow"},
    {"PUT",   "/__mockhere/limits", "{\"train_queries_min\":#}",         "train_queries_min must be a whole number from 0 to 4294967295"},
    {"PUT",   "/__mockhere/limits", "{\"train_queries_min\":-1}",        "train_queries_min must be a whole number from 0 to 4294967295"},
    {"PUT",   "/__mockhere/limits", "{\"train_queries_min\":1e999999}",  "train_queries_min must be a whole number from 0 to 4294967295"},
    {"PUT",   "/__mockhere/limits", "{\"queries_max\":2000001}",         "queries_max must be a whole number from 1 to 2000000"},
    {"PUT",   "/__mockhere/lifecycle", "{\"dataset\":{\"queued\":\"9999999999h\"}}",
     "dataset.queued must be a duration such as 250ms, 10s or 1h30m"},
    {"PUT",   "/__mockhere/lifecycle", "{\"dataset\":{\"polls\":1e999999}}",
     "dataset.polls must be a whole number from 1 to 1000000, or null to go by the clock"},
    {"PUT",   "/__mockhere/lifecycle", "{\"dataset\":{\"failure\":{\"message\":\"#\"}}}",
     "dataset.failure.message must be a string of at most 255 bytes"},
    {"PUT",   "/__mockhere/lifecycle", "{\"stage1\":\"1s\",\"stage2\":\"1s\"}",
     "a lifecycle has no member stage1; GET lifecycle shows all"},
    {"PUT",   "/__mockhere/seed", "{\"seed\":#}",                        NOT_READ "too big integer"},
    {"PUT",   "/__mockhere/seed", "{\"seed\":1e3}",                      SEED},
    {"PATCH", "/__mockhere/datasets/x", "{\"status\":\"failed\\u0000\"}",
     "status must be one of queued, processing, failed, validated, skipped and unknown"},
    {"PATCH", "/__mockhere/datasets/x", "{\"status\":\"failed\",\"reason\":\"#\"}",
     "reason must be a string of at most 255 bytes"},
    {"PUT",   "/__mockhere/keys", "{\"keys\":[{\"key\":\"k\",\"plan\":\"#\"}]}",
     "plan must be one of production, trial, expired, invalid, blocked, limited, flaky, slow"},
};
/* clang-format on */

static void add_digits(struct buf *out, const char *body)
{
    for (; *body; body++) {
        if (*body != '#')
            buf_add_char(out, *body);
        for (int i = 0; *body == '#' && i < DIGITS; i++)
            buf_add_char(out, '9');
    }
}

START_TEST(numbers_and_strings_beyond_measure_are_refused)
{
    AUTO(buf_done) struct buf body = {0};

    add_digits(&body, members[_i].body);
    (void)send_body(members[_i].method, members[_i].target, buf_text(&body));
    assert_sentence(400, members[_i].sentence, "");
    fake_get("/__mockhere/clock");
    assert_body(200, "{`mode`:`frozen`,`now`:`2025-06-01T12:00:00.000000Z`}");
}
END_TEST

START_TEST(a_thousand_and_one_keys_are_refused)
{
    AUTO(buf_done) struct buf body = {0};

    buf_add_string(&body, "{\"keys\":[");
    for (int i = 0; i < 1001; i++)
        buf_add_format(&body, "%s{\"key\":\"k%d\",\"plan\":\"trial\"}", i ? "," : "", i);
    buf_add_string(&body, "]}");
    (void)send_body("PUT", "/__mockhere/keys", buf_text(&body));
    assert_sentence(400, "a world has at most 1000 keys", "");
    assert_well();
}
END_TEST

/* Where nothing is read from a body, one does no harm, whatever is in it; as the real service. */
/* clang-format off */
static const struct {
    const char *method, *target;
    int status;
} deaf[] = {
    {"GET",    "/v1/datasets",            200},
    {"GET",    "/v1/datasets/usage",      200},
    {"GET",    "/v1/models",              200},
    {"DELETE", "/v1/datasets/x",          404},
    {"POST",   "/v1/check-api-key",       200},
    {"POST",   "/v1/chat",                501},
    {"GET",    "/__mockhere/clock",       200},
    {"POST",   "/__mockhere/reset",       200},
    {"DELETE", "/__mockhere/worlds/none", 404},
};
/* clang-format on */

START_TEST(a_body_that_nobody_reads_is_ignored)
{
    (void)send_body(deaf[_i].method, deaf[_i].target, TEXT("[[[[\xff\0"));
    ck_assert_int_eq(fake_status(), deaf[_i].status);
}
END_TEST

/*
 * Paths and queries
 */

#define WORLD_NAME "a world's name is 1 to 64 characters of a-z, 0-9, '.', '_' and '-'"
#define NOT_ENCODED "the path is not properly percent-encoded"

/* clang-format off */
static const struct {
    const char *target;
    int status;
    const char *sentence;
} targets[] = {
    {"/v1/datasets/%2F",            404, "dataset with id / not found"},
    {"/v1/datasets/%252F",          404, "dataset with id %2F not found"},
    {"/v1/datasets/%2e%2e",         404, "dataset with id .. not found"},
    {"/v1/datasets/..",             404, "dataset with id .. not found"},
    {"/v1/datasets/+",              404, "dataset with id + not found"},
    {"/v1/datasets/%c0%af",         404, "dataset with id \u00ef\u00bf\u00bd"},
    {"/v1/datasets/%0d%0aX:%20y",   404, "dataset with id \r\nX: y not found"},
    {"/v1/datasets/{id}",           404, "dataset with id {id} not found"},
    {"/v1/datasets/%",              400, NOT_ENCODED},
    {"/v1/datasets/%G1",            400, NOT_ENCODED},
    {"/v1/datasets/%1",             400, NOT_ENCODED},
    {"/__mockhere/%zz",             400, NOT_ENCODED},
    {"/v1%2Fdatasets",              404, "404 page not found"},
    {"/v1/../v1/datasets",          404, "404 page not found"},
    {"//v1/datasets",               404, "404 page not found"},
    {MODELS "/..",                  400, "finetuneID is not a valid UUID: '..'"},
    {MODELS "/%2500",               400, "finetuneID is not a valid UUID: '%00'"},
    {"/w/%61/v1/datasets",          400, WORLD_NAME},
    {"/w/A/v1/datasets",            400, WORLD_NAME},
    {"/w//v1/datasets",             400, WORLD_NAME},
    {"/v1/datasets?limit=#",        400, "invalid request: limit is invalid"},
    {"/v1/datasets?offset=-#",      400, "invalid request: offset is invalid"},
    {"/v1/datasets?limit=%00",      400, "invalid request: limit is invalid"},
    {"/v1/datasets?limit=%ff",      400, "invalid request: limit is invalid"},
    {"/v1/datasets?before=#",       400, "invalid request: before is invalid"},
    {MODELS "?page_size=-#",        400, "page_size is invalid"},
    {MODELS "?page_token=#",        400, "page_token is invalid"},
    {MODELS "?order_by=#",          400, "order_by is invalid"},
    {"/v1/models?page_size=#",      400, "invalid request: page_size must be between 1 and 1000"},
    {"/v1/models?page_token=#",     400, "invalid request: page_token is invalid"},
    {"/__mockhere/datasets?limit=#",  400, "limit must be a whole number from 0 to 1000"},
    {"/__mockhere/datasets?offset=#", 400, "offset must be a whole number from 0 to 2147483647"},
    {"/__mockhere/finetuned-models?offset=%00", 400, "offset must be a whole number from 0 to 2147483647"},
};
/* clang-format on */

START_TEST(no_target_means_what_it_does_not_say)
{
    AUTO(buf_done) struct buf target = {0};

    add_digits(&target, targets[_i].target);
    (void)fake_get("%s", target.data);
    ck_assert_int_eq(fake_status(), targets[_i].status);
    if (strstr(targets[_i].target, "%c0"))
        ck_assert_str_eq(fake_string("message"),
                         "dataset with id \xef\xbf\xbd\xef\xbf\xbd not found");
    else
        ck_assert_str_eq(fake_string("message"), targets[_i].sentence);
}
END_TEST

static bool is_of_a_name(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

START_TEST(every_byte_is_of_a_worlds_name_or_not)
{
    for (int c = 0; c < 256; c++) {
        const char name[] = {'x', (char)c};
        struct fake_request request = {
            .target = "/v1/datasets",
            .headers = {FAKE_KEY, {TEXT("X-Mockhere-World"), {name, sizeof(name)}}}};

        (void)fake_send(&request);
        ck_assert_int_eq(fake_status(), is_of_a_name(c) ? 200 : 400);
        if (is_of_a_name(c))
            ck_assert_int_eq(fake_delete("/__mockhere/worlds/x%c", c), 200);
        else
            ck_assert_str_eq(fake_string("message"), WORLD_NAME);
    }
}
END_TEST

/*
 * Files
 */

#define RERANKER "name=n&type=reranker-finetune-input"
#define EMBED "name=n&type=embed-input"
#define LABELS "name=n&type=single-label-classification-finetune-input"
#define CSV_HEADER "csv files must have a header with the required fields: [text]."
#define UTF8_1 "line 1 is not valid utf-8"

/* clang-format off */
static const struct {
    const char *query, *filename;
    struct text content;
    const char *verdict; /* NULL: it is valid */
} files[] = {
    {EMBED, "a.jsonl", BYTES("{\"text\":\"\xc0\xaf\"}\n"),           UTF8_1},
    {EMBED, "a.jsonl", BYTES("{\"text\":\"\xe0\x80\xaf\"}\n"),       UTF8_1},
    {EMBED, "a.jsonl", BYTES("{\"text\":\"\xf0\x80\x80\xaf\"}\n"),   UTF8_1},
    {EMBED, "a.jsonl", BYTES("{\"text\":\"\xed\xa0\x80\"}\n"),       UTF8_1},
    {EMBED, "a.jsonl", BYTES("{\"text\":\"\xf4\x90\x80\x80\"}\n"),   UTF8_1},
    {EMBED, "a.jsonl", BYTES("{\"text\":\"\x80\"}\n"),               UTF8_1},
    {EMBED, "a.jsonl", BYTES("{\"text\":\"a\"}\n{\"text\":\"\xe2\x82"), "line 2 is not valid utf-8"},
    {EMBED, "a.jsonl", BYTES("{\"text\":\"a\0\"}\n"),                "invalid json in line 1: invalid character '\\x00' in string literal"},
    {EMBED, "a.jsonl", BYTES("{\"text\":\"a\"}\0\n"),                "invalid json in line 1: invalid character '\\x00' after top-level value"},
    {EMBED, "a.jsonl", BYTES("null\n"),                              "invalid json in line 1: it is not an object"},
    {EMBED, "a.jsonl", BYTES("{\"text\":01}\n"),                     "invalid json in line 1: invalid character '1' after object key:value pair"},
    {EMBED, "a.jsonl", BYTES("{\"text\":1e999999}\n"),               "field text must be a string (line: 1)"},
    {EMBED, "a.jsonl", BYTES("\xef\xbb\xbf{\"text\":\"a\"}\n"),      NULL},
    {EMBED, "a.jsonl", BYTES("{\"text\":\"\\ud800\\u0000\"}\n"),     NULL},
    {EMBED, "a.csv",   BYTES("\"text\na\nb\n"),                      CSV_HEADER},
    {EMBED, "a.csv",   BYTES("\rtext\ra\r"),                         CSV_HEADER},
    {EMBED, "a.csv",   BYTES("\n\n\n"),                              CSV_HEADER},
    {EMBED, "a.csv",   BYTES(",,\na,b,c\n"),                         CSV_HEADER},
    {EMBED, "a.csv",   BYTES("\xff\xfet\0e\0x\0t\0\n\0a\0\n\0"),     CSV_HEADER},
    {EMBED, "a.csv",   BYTES("te\xffxt\na\n"),                       CSV_HEADER},
    {EMBED, "a.csv",   BYTES("text\na\xc0\xaf\n"),                   "line 2 is not valid utf-8"},
    {EMBED, "a.csv",   BYTES("text\n\"a\"b\n"),                      "invalid csv in line 2: extraneous or missing \" in quoted-field"},
    {EMBED, "a.csv",   BYTES("text\n\"a\nb\n"),                      "invalid csv in line 2: extraneous or missing \" in quoted-field"},
    {EMBED, "a.csv",   BYTES("text\na,b,c\n"),                       "wrong number of fields in line 2"},
    {EMBED, "a.csv",   BYTES("text\na\0b\n"),                        NULL},
    {EMBED, "a.csv",   BYTES("text,text\na,b\n"),                    NULL},
};
/* clang-format on */

static void assert_verdict(const char *verdict)
{
    ck_assert_int_eq(fake_status(), 200);
    fake_get("/v1/datasets");
    ck_assert_int_eq(fake_status(), 200);
    if (verdict)
        ck_assert_str_eq(fake_string("datasets.0.validation_error"), verdict);
    ck_assert_str_eq(fake_string("datasets.0.validation_status"), verdict ? "failed" : "validated");
}

START_TEST(a_file_fails_by_the_line_that_is_wrong)
{
    const struct fake_file file = {"data", files[_i].filename, NULL, files[_i].content};

    (void)fake_upload(files[_i].query, &file, 1, 0);
    fake_advance_ms(1000);
    assert_verdict(files[_i].verdict);
}
END_TEST

/* A body made while it is read: a front, something many times, and an end. */
struct flood {
    struct text front, repeated, end;
    size_t count;
    size_t at; /* in the present text */
};

static long flood_read(void *source, void *data, size_t size)
{
    struct flood *flood = source;
    size_t filled = 0;

    while (filled < size) {
        struct text *now = flood->front.len ? &flood->front : &flood->repeated;
        size_t len;

        if (!flood->front.len && flood->count == 0)
            now = &flood->end;
        len = now->len - flood->at < size - filled ? now->len - flood->at : size - filled;
        if (len == 0)
            break;
        memcpy((char *)data + filled, now->data + flood->at, len);
        filled += len;
        flood->at += len;
        if (flood->at < now->len)
            continue;
        flood->at = 0;
        if (now == &flood->repeated)
            flood->count--;
        else
            now->len = 0;
    }
    return (long)filled;
}

static size_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    char line[256] = "";
    struct text rest;
    uint64_t pages;

    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
    (void)fclose(file);
    rest = text_of(line);
    (void)text_cut(&rest, ' ');
    ck_assert(text_to_u64(text_cut(&rest, ' '), &pages));
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* The sanitizers keep what was freed. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { GROWTH_MAX = 1 << 30 };
#else
enum { GROWTH_MAX = 128 << 20 };
#endif

#define LINE_TOO_LONG "line 1 is longer than 33554432 bytes"

/* clang-format off */
static const struct {
    const char *query, *filename;
    struct text front, repeated;
    size_t count;
    const char *verdict;
} floods[] = {
    {EMBED,    "a.jsonl", BYTES("{\"text\":\""),  BYTES("aaaaaaaaaaaaaaaaaaaa"), 2000000, LINE_TOO_LONG},
    {EMBED,    "a.jsonl", BYTES(""),              BYTES("                    "), 2000000, LINE_TOO_LONG},
    {EMBED,    "a.csv",   BYTES("text\n\""),      BYTES("aaaaaaaaaaaaaaa\n\"\""), 2500000, "line 2 is longer than 33554432 bytes"},
    {EMBED,    "a.csv",   BYTES(""),              BYTES("column,"),              1000000, CSV_HEADER},
    {EMBED,    "a.csv",   BYTES("text\na"),       BYTES(",b"),                   1000000, "wrong number of fields in line 2"},
    {EMBED,    "a.jsonl", BYTES("{\"text\":"),    BYTES("["),                    1000000, "invalid json in line 1: exceeded max depth of 64"},
    {RERANKER, "a.jsonl", BYTES("{"),             BYTES("\"query\":\"a\","),     1000000, "invalid json in line 1: unexpected end of JSON input"},
    {RERANKER, "a.jsonl", BYTES(""),              BYTES("{}\n"),                 3000000, "The required field query was not fund in the dataset (line: 1)"},
    {LABELS,   "a.jsonl", BYTES(""),              BYTES("x\n"),                  1000000, "invalid json in line 1: invalid character 'x' looking for beginning of value"},
    {EMBED,    "a.jsonl", BYTES(""),              BYTES("{\"text\":\"a\"}\n"),   1000000, NULL},
    {EMBED,    "a.txt",   BYTES(""),              BYTES("a\n\n"),                1000000, NULL},
};
/* clang-format on */

START_TEST(a_flood_of_one_thing_takes_bounded_memory)
{
    AUTO(buf_done) struct buf front = {0};
    AUTO(buf_done) struct buf target = {0};
    struct flood flood = {
        .repeated = floods[_i].repeated, .count = floods[_i].count, .end = TEXT("\r\n--B--\r\n")};
    size_t before;

    buf_add_format(&front,
                   "--B\r\nContent-Disposition: form-data; name=\"data\"; filename=\"%s\"\r\n\r\n",
                   floods[_i].filename);
    buf_add_text(&front, floods[_i].front);
    buf_add_format(&target, "/v1/datasets?%s", floods[_i].query);
    flood.front = buf_text(&front);
    before = resident_bytes();
    (void)fake_send(&(struct fake_request){
        .method = "POST",
        .target = target.data,
        .headers = {FAKE_KEY, FAKE_HEADER("Content-Type", "multipart/form-data; boundary=B")},
        .is_chunked = true,
        .read_body = flood_read,
        .body_source = &flood});
    ck_assert_uint_le(resident_bytes(), before + GROWTH_MAX);
    fake_advance_ms(1000);
    assert_verdict(floods[_i].verdict);
}
END_TEST

/* clang-format off */
static const struct {
    const char *disposition;
    int status;
    const char *sentence; /* NULL: it is taken */
} dispositions[] = {
    {"name=\"data\"; filename=\"../../etc/passwd.jsonl\"",      200, NULL},
    {"name=\"data\"; filename=\"C:\\\\x\\\\y.jsonl\"",          200, NULL},
    {"name=\"data\"; filename=\"..\"",                          200, NULL},
    {"name=\"data\"; filename=\"\"",                            200, NULL},
    {"name=\"data\"; filename=\"\xff\xfe\"",                    200, NULL},
    {"name=\"data\"; filename=\"a\\\"b\"; filename*=UTF-8''%e2%82%ac", 200, NULL},
    {"name=\"data\"; filename=\"a\x01\"",                       400, "invalid multipart body: the header of a part has a control character"},
    {"name=\"data\"; filename=\"#\"",                           400, "invalid multipart body: the header of a part is larger than 8192 bytes"},
    {"name=\"data\"",                                           400, "You used an invalid parameter for part: data use file or an evaluation file."},
    {"name=\"data\"; filename*=utf-16''a",                      400, "You used an invalid parameter for part: data use file or an evaluation file."},
    {"filename=\"a\"",                                          400, "You used an invalid parameter for part:  use file or an evaluation file."},
    {"name=\"d\xff\"; filename=\"a\"",                          400, "You used an invalid parameter for part: d\xef\xbf\xbd use file or an evaluation file."},
    {"name=\"data\"; filename=\"a\"\r\nContent-Transfer-Encoding: base64", 200, NULL},
    {"name=\"data\"; filename=\"a.jsonl\"\r\nContent-Type: multipart/mixed; boundary=C", 200, NULL},
};
/* clang-format on */

static int send_form(struct text form, bool is_cut)
{
    return fake_send(&(struct fake_request){
        .method = "POST",
        .target = "/v1/datasets?" EMBED,
        .headers = {FAKE_KEY, FAKE_HEADER("Content-Type", "multipart/form-data; boundary=B")},
        .body = form,
        .is_chunked = true,
        .is_cut = is_cut,
    });
}

START_TEST(names_of_all_kinds_are_taken_or_refused_with_a_sentence)
{
    AUTO(buf_done) struct buf form = {0};

    buf_add_string(&form, "--B\r\nContent-Disposition: form-data; ");
    add_digits(&form, dispositions[_i].disposition);
    buf_add_string(&form, "\r\n\r\n{\"text\":\"a\"}\n\r\n--B--\r\n");
    (void)send_form(buf_text(&form), false);
    ck_assert_int_eq(fake_status(), dispositions[_i].status);
    if (dispositions[_i].sentence)
        ck_assert_str_eq(fake_string("message"), dispositions[_i].sentence);
}
END_TEST

START_TEST(a_form_may_be_cut_at_any_byte)
{
    const struct text form =
        TEXT("--B\r\nContent-Disposition: form-data; name=\"data\"; filename=\"a.jsonl\"\r\n\r\n"
             "{\"text\":\"a\"}\r\n--B\r\nContent-Disposition: form-data; name=\"eval_data\"; "
             "filename=\"\"\r\n\r\n\r\n--B--\r\n");
    size_t end = form.len - 2; /* the closing line needs no line end */

    for (size_t i = 0; i < end; i++) {
        (void)send_form((struct text){form.data, i}, true);
        assert_error(499, "The upload connection was closed.");
        (void)send_form((struct text){form.data, i}, false);
        ck_assert_int_eq(fake_status(), 400);
        ck_assert_int_eq(
            strncmp(fake_string("message"), "invalid multipart body: the body ends", 37), 0);
    }
    assert_well();
    ck_assert_int_eq(send_form((struct text){form.data, end}, false), 200);
}
END_TEST

static TCase *fixture(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    suite_add_tcase(suite, tcase);
    return tcase;
}

Suite *hostile_suite(void)
{
    Suite *suite = suite_create("hostile");
    TCase *tcase = fixture(suite, "json");

    tcase_add_loop_test(tcase, what_is_no_json_is_refused_by_every_path, 0, ARRAY_LEN(documents));
    tcase_add_loop_test(tcase, no_path_follows_a_deep_nest, 0, ARRAY_LEN(nests));
    tcase_add_loop_test(tcase, a_body_beyond_its_limit_is_a_413_that_names_it, 0, ARRAY_LEN(sizes));
    tcase_add_loop_test(tcase, numbers_and_strings_beyond_measure_are_refused, 0,
                        ARRAY_LEN(members));
    tcase_add_test(tcase, a_thousand_and_one_keys_are_refused);
    tcase_add_loop_test(tcase, a_body_that_nobody_reads_is_ignored, 0, ARRAY_LEN(deaf));

    tcase = fixture(suite, "targets");
    tcase_add_loop_test(tcase, no_target_means_what_it_does_not_say, 0, ARRAY_LEN(targets));
    tcase_add_test(tcase, every_byte_is_of_a_worlds_name_or_not);

    tcase = fixture(suite, "files");
    tcase_add_loop_test(tcase, a_file_fails_by_the_line_that_is_wrong, 0, ARRAY_LEN(files));
    tcase_add_loop_test(tcase, a_flood_of_one_thing_takes_bounded_memory, 0, ARRAY_LEN(floods));
    tcase_add_loop_test(tcase, names_of_all_kinds_are_taken_or_refused_with_a_sentence, 0,
                        ARRAY_LEN(dispositions));
    tcase_add_test(tcase, a_form_may_be_cut_at_any_byte);
    return suite;
}
