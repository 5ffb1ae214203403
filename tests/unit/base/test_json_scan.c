#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/json_scan.h"
#include "base/json_write.h"
#include "support/json_oracle.h"

Suite *json_scan_suite(void);

/* Write the tokens of `document` one after the other, with their texts in brackets. */
static void list_tokens(struct text document, struct buf *out)
{
    static const char *const names[] = {"error", "end", "{",   "}",    "[",     "]",
                                        "key",   "str", "num", "true", "false", "null"};
    struct json_scan scan;

    json_scan_init(&scan, document, JSON_SCAN_DEPTH_MAX);
    do {
        AUTO(buf_done) struct buf scratch = {0};
        struct text value = scan.value;

        buf_add_string(out, out->len ? " " : "");
        buf_add_string(out, names[json_scan_next(&scan)]);
        if (scan.token == JSON_SCAN_KEY || scan.token == JSON_SCAN_STRING)
            ck_assert(json_scan_string(&scan, &scratch, &value));
        else if (scan.token == JSON_SCAN_NUMBER)
            value = scan.value;
        else
            continue;
        buf_add_format(out, "(%.*s)", TEXT_ARG(value));
    } while (scan.token > JSON_SCAN_END);
}

static const struct {
    const char *document;
    const char *tokens;
} documents[] = {
    {"{}", "{ } end"},
    {" [\t]\r\n", "[ ] end"},
    {"\"\"", "str() end"},
    {"0", "num(0) end"},
    {"true", "true end"},
    {"[true,false,null]", "[ true false null ] end"},
    {"{\"a\":1,\"b\":{\"c\":[]}}", "{ key(a) num(1) key(b) { key(c) [ ] } } end"},
    {"[[1],[{}],{\"x\":[2]}]", "[ [ num(1) ] [ { } ] { key(x) [ num(2) ] } ] end"},
    {"[-0,10,1.50,2e8,-3.25E-07,4e+1]",
     "[ num(-0) num(10) num(1.50) num(2e8) num(-3.25E-07) num(4e+1) ] end"},
    {"{\"\":\"longer than one word of eight bytes\"}",
     "{ key() str(longer than one word of eight bytes) } end"},
    {"{\"a\":1,\"a\":2}", "{ key(a) num(1) key(a) num(2) } end"},
    {"[\"\x7f\"]", "[ str(\x7f) ] end"},
};

START_TEST(a_document_is_the_row_of_its_tokens)
{
    AUTO(buf_done) struct buf tokens = {0};

    list_tokens(text_of(documents[_i].document), &tokens);
    ck_assert_str_eq(tokens.data, documents[_i].tokens);
}
END_TEST

static const struct {
    struct text document;
    const char *error;
} refusals[] = {
    {{"", 0}, "unexpected end of JSON input"},
    {{" \n", 2}, "unexpected end of JSON input"},
    {{"[", 1}, "unexpected end of JSON input"},
    {{"{\"a\"", 4}, "unexpected end of JSON input"},
    {{"{\"a\":", 5}, "unexpected end of JSON input"},
    {{"[1,", 3}, "unexpected end of JSON input"},
    {{"\"abc", 4}, "unexpected end of JSON input"},
    {{"x", 1}, "invalid character 'x' looking for beginning of value"},
    {{"[1,]", 4}, "invalid character ']' looking for beginning of value"},
    {{"[,1]", 4}, "invalid character ',' looking for beginning of value"},
    {{"[01]", 4}, "invalid character '1' after array element"},
    {{"+1", 2}, "invalid character '+' looking for beginning of value"},
    {{".5", 2}, "invalid character '.' looking for beginning of value"},
    {{"NaN", 3}, "invalid character 'N' looking for beginning of value"},
    {{"\xEF\xBB\xBF{}", 5}, "invalid character 'ï' looking for beginning of value"},
    {{"\0", 1}, "invalid character '\\x00' looking for beginning of value"},
    {{"{\"a\":1,}", 8}, "invalid character '}' looking for beginning of object key string"},
    {{"{,}", 3}, "invalid character ',' looking for beginning of object key string"},
    {{"{a:1}", 5}, "invalid character 'a' looking for beginning of object key string"},
    {{"{'a':1}", 7}, "invalid character '\\'' looking for beginning of object key string"},
    {{"{\"a\" 1}", 7}, "invalid character '1' after object key"},
    {{"{\"a\"}", 5}, "invalid character '}' after object key"},
    {{"{\"a\":}", 6}, "invalid character '}' looking for beginning of value"},
    {{"{\"a\":1 \"b\":2}", 13}, "invalid character '\"' after object key:value pair"},
    {{"{\"a\":1]", 7}, "invalid character ']' after object key:value pair"},
    {{"[1 2]", 5}, "invalid character '2' after array element"},
    {{"[1}", 3}, "invalid character '}' after array element"},
    {{"{} x", 4}, "invalid character 'x' after top-level value"},
    {{"1\\", 2}, "invalid character '\\\\' after top-level value"},
    {{"1\0", 2}, "invalid character '\\x00' after top-level value"},
    {{"\"a\nb\"", 5}, "invalid character '\\n' in string literal"},
    {{"\"\a\"", 3}, "invalid character '\\a' in string literal"},
    {{"\"\x1f\"", 3}, "invalid character '\\x1f' in string literal"},
    {{"\"longer than a word\t\"", 21}, "invalid character '\\t' in string literal"},
    {{"\"\\x\"", 4}, "invalid character 'x' in string escape code"},
    {{"\"\\", 2}, "invalid character ' ' in string escape code"},
    {{"\"\\u12g4\"", 8}, "invalid character 'g' in \\u hexadecimal character escape"},
    {{"\"\\u12\"", 6}, "invalid character '\"' in \\u hexadecimal character escape"},
    {{"-x", 2}, "invalid character 'x' in numeric literal"},
    {{"-", 1}, "invalid character ' ' in numeric literal"},
    {{"1.x", 3}, "invalid character 'x' after decimal point in numeric literal"},
    {{"1ex", 3}, "invalid character 'x' in exponent of numeric literal"},
    {{"1e+", 3}, "invalid character ' ' in exponent of numeric literal"},
    {{"tRue", 4}, "invalid character 'R' in literal true (expecting 'r')"},
    {{"falsy", 5}, "invalid character 'y' in literal false (expecting 'e')"},
    {{"nul", 3}, "invalid character ' ' in literal null (expecting 'l')"},
    {{"1\x7f", 2}, "invalid character '\\x7f' after top-level value"},
    {{"1\x80", 2}, "invalid character '\\u0080' after top-level value"},
    {{"1\xa0", 2}, "invalid character '\\u00a0' after top-level value"},
    {{"1\xad", 2}, "invalid character '\\u00ad' after top-level value"},
    {{"1\xc3\xa9", 3}, "invalid character 'Ã' after top-level value"},
};

START_TEST(a_refusal_is_worded_as_go_words_it)
{
    char error[96] = "";

    ck_assert(!json_scan_check(refusals[_i].document, JSON_SCAN_DEPTH_MAX, error, sizeof(error)));
    ck_assert_str_eq(error, refusals[_i].error);
}
END_TEST

static const struct {
    struct text document;
    size_t at; /* where the blame lies; 0 if it is UTF-8 */
} encodings[] = {
    {{"\"stra\xc3\x9f"
      "e \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x90\xa7\"",
      21},
     0},
    {{"\"caf\xe9\"", 6}, 4},
    {{"\"\xc3(\"", 4}, 1},
    {{"\"\x80\"", 3}, 1},
    {{"\"\xc0\xaf\"", 4}, 1},
    {{"\"\xe0\x9f\xbf\"", 5}, 1},
    {{"\"\xed\xa0\x80\"", 5}, 1},
    {{"\"\xf0\x8f\xbf\xbf\"", 6}, 1},
    {{"\"\xf4\x90\x80\x80\"", 6}, 1},
    {{"\"\xff\"", 3}, 1},
    {{"\"eight by\xc3\xa9 \xe2\x82\"", 16}, 12},
    {{"\"\\n\xe9\"", 5}, 3},
    {{"{\"\xe9\":1}", 7}, 2},
    {{"\"caf\xe9", 5}, 0}, /* breaks off where more could have come: see below */
};

START_TEST(a_string_that_is_not_utf8_is_refused_at_its_first_bad_byte)
{
    struct json_scan scan;

    json_scan_init(&scan, encodings[_i].document, JSON_SCAN_DEPTH_MAX);
    while (json_scan_next(&scan) > JSON_SCAN_END)
        continue;
    ck_assert_int_eq(scan.not_utf8, encodings[_i].at > 0);
    if (encodings[_i].at) {
        ck_assert_str_eq(scan.error, "invalid UTF-8 in string literal");
        ck_assert_uint_eq(scan.at, encodings[_i].at);
    }
}
END_TEST

START_TEST(the_first_error_counts_whether_of_encoding_or_not)
{
    struct json_scan scan;

    json_scan_init(&scan, TEXT("\"\n\xff\""), JSON_SCAN_DEPTH_MAX);
    ck_assert_int_eq(json_scan_next(&scan), JSON_SCAN_ERROR);
    ck_assert_str_eq(scan.error, "invalid character '\\n' in string literal");
    ck_assert(!scan.not_utf8);
    json_scan_init(&scan, TEXT("\"\xff\n\""), JSON_SCAN_DEPTH_MAX);
    ck_assert_int_eq(json_scan_next(&scan), JSON_SCAN_ERROR);
    ck_assert(scan.not_utf8);
}
END_TEST

START_TEST(an_error_stays)
{
    struct json_scan scan;

    json_scan_init(&scan, TEXT("[1 2]"), JSON_SCAN_DEPTH_MAX);
    ck_assert_int_eq(json_scan_next(&scan), JSON_SCAN_ARRAY);
    ck_assert_int_eq(json_scan_next(&scan), JSON_SCAN_NUMBER);
    ck_assert_str_eq(scan.error, "");
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(json_scan_next(&scan), JSON_SCAN_ERROR);
    ck_assert(!json_scan_skip(&scan));
    ck_assert_str_eq(scan.error, "invalid character '2' after array element");
    ck_assert_uint_eq(scan.at, 3);
}
END_TEST

START_TEST(the_end_stays)
{
    struct json_scan scan;

    json_scan_init(&scan, TEXT("1 "), 0);
    ck_assert_int_eq(json_scan_next(&scan), JSON_SCAN_NUMBER);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(json_scan_next(&scan), JSON_SCAN_END);
}
END_TEST

/* However a document breaks off, the reason is its end: Go sees a space there within a word. */
START_TEST(a_document_cut_anywhere_ends_unexpectedly)
{
    const struct text whole =
        TEXT("{\"k\\u00e9y\": [true, null, -12.5e+3, \"stra\xc3\x9f"
             "e \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e \xf0\x9f\x90\xa7\xf4\x8f\xbf\xbf "
             "\xe0\xa0\x80\xed\x9f\xbf\xf0\x90\x80\x80 \\\"x\\\\\"], \"b\" : {}}");

    ck_assert(json_oracle_agrees(whole));
    for (size_t len = 0; len < whole.len; len++) {
        struct text part = {whole.data, len};
        struct json_scan scan;

        json_scan_init(&scan, part, JSON_SCAN_DEPTH_MAX);
        while (json_scan_next(&scan) > JSON_SCAN_END)
            continue;
        if (scan.token != JSON_SCAN_ERROR || scan.at != len || scan.not_utf8 ||
            (strcmp(scan.error, "unexpected end of JSON input") != 0 &&
             strncmp(scan.error, "invalid character ' ' ", 22) != 0))
            ck_abort_msg("cut at %zu: %s", len, scan.error);
    }
}
END_TEST

static const struct {
    struct text raw;
    struct text string;
} escapes[] = {
    {{"plain", 5}, {"plain", 5}},
    {{"\\\"\\\\\\/\\b\\f\\n\\r\\t", 16}, {"\"\\/\b\f\n\r\t", 8}},
    {{"\\u0041\\u00e9\\u20AC", 18}, {"A\xc3\xa9\xe2\x82\xac", 6}},
    {{"a\\u0000b", 8}, {"a\0b", 3}},
    {{"\\ud83d\\udc27", 12}, {"\xf0\x9f\x90\xa7", 4}},
    {{"\\uDBFF\\uDFFF\\uD800\\uDC00", 24}, {"\xf4\x8f\xbf\xbf\xf0\x90\x80\x80", 8}},
    {{"\\ud83d", 6}, {"\xef\xbf\xbd", 3}},
    {{"\\udc27x", 7}, {"\xef\xbf\xbdx", 4}},
    {{"\\ud83d\\u0041", 12},
     {"\xef\xbf\xbd"
      "A",
      4}},
    {{"\\ud83d\\ud83d\\udc27", 18}, {"\xef\xbf\xbd\xf0\x9f\x90\xa7", 7}},
    {{"\\ud83d\\n\\udc27", 14}, {"\xef\xbf\xbd\n\xef\xbf\xbd", 7}},
    {{"\\ud83dudc27", 11}, {"\xef\xbf\xbdudc27", 8}},
    {{"\\\\u0041", 7}, {"\\u0041", 6}},
    {{"a\\tb \xe6\x97\xa5\\n", 10}, {"a\tb \xe6\x97\xa5\n", 8}},
};

START_TEST(a_string_reads_as_what_its_escapes_stand_for)
{
    AUTO(buf_done) struct buf document = {0};
    AUTO(buf_done) struct buf scratch = {0};
    AUTO(buf_done) struct buf plain = {0};
    struct text raw = escapes[_i].raw, string = escapes[_i].string, got;
    struct json_scan scan;

    buf_add_format(&document, "{\"%.*s\":0}", TEXT_ARG(raw));
    json_scan_init(&scan, buf_text(&document), 1);
    ck_assert(json_scan_unescape_to(&scan, &plain));
    ck_assert_int_eq(json_scan_next(&scan), JSON_SCAN_OBJECT);
    ck_assert_int_eq(json_scan_next(&scan), JSON_SCAN_KEY);
    ck_assert(text_eq(scan.value, raw));
    ck_assert_int_eq(scan.has_escapes, memchr(raw.data, '\\', raw.len) != NULL);
    buf_add_string(&scratch, "old");
    ck_assert(json_scan_string(&scan, &scratch, &got));
    ck_assert_uint_eq(got.len, string.len);
    ck_assert_mem_eq(got.data, string.data, string.len);
    ck_assert_uint_eq(scan.plain.len, string.len);
    ck_assert_mem_eq(scan.plain.data, string.data, string.len);

    ck_assert(json_scan_is(&scan, string));
    ck_assert(!json_scan_is(&scan, (struct text){string.data, string.len - 1}));
    ck_assert(!json_scan_is(&scan, TEXT("")));
    ck_assert(!json_scan_is(&scan, TEXT("another name that is longer")));
}
END_TEST

/* `depth` arrays, or objects by turns, around nothing. */
static void nest(unsigned depth, struct buf *out)
{
    for (unsigned i = 0; i + 1 < depth; i++)
        buf_add_string(out, i % 3 ? "[" : "{\"a\":");
    buf_add_string(out, "[]");
    for (unsigned i = depth - 1; i-- > 0;)
        buf_add_string(out, i % 3 ? "]" : "}");
}

static const unsigned depths[] = {1, 2, 7, 63, 64};

START_TEST(depth_reaches_its_limit_and_not_beyond)
{
    AUTO(buf_done) struct buf fits = {0};
    AUTO(buf_done) struct buf exceeds = {0};
    char error[96], wanted[96];

    nest(depths[_i], &fits);
    nest(depths[_i] + 1, &exceeds);
    ck_assert(json_scan_check(buf_text(&fits), depths[_i], error, sizeof(error)));
    ck_assert(!json_scan_check(buf_text(&exceeds), depths[_i], error, sizeof(error)));
    (void)snprintf(wanted, sizeof(wanted), "exceeded max depth of %u", depths[_i]);
    ck_assert_str_eq(error, wanted);
}
END_TEST

START_TEST(skipping_passes_one_value)
{
    struct json_scan scan;

    json_scan_init(&scan, TEXT("{\"a\" : {\"b\":[1,{}]} ,\"c\":[2],\"d\":\"x\\n\",\"e\":3}"), 8);
    ck_assert_int_eq(json_scan_next(&scan), JSON_SCAN_OBJECT);
    while (json_scan_next(&scan) == JSON_SCAN_KEY) {
        if (json_scan_is(&scan, TEXT("c"))) /* opened before it is skipped */
            ck_assert_int_eq(json_scan_next(&scan), JSON_SCAN_ARRAY);
        ck_assert(json_scan_skip(&scan));
        ck_assert_uint_eq(scan.depth, 1);
    }
    ck_assert_int_eq(scan.token, JSON_SCAN_OBJECT_END);
    ck_assert_int_eq(json_scan_next(&scan), JSON_SCAN_END);
}
END_TEST

static const struct {
    const char *document; /* with one member */
    const char *raw;
} raws[] = {
    {"{\"k\" : {\"a\": [1, 2] } }", "{\"a\": [1, 2] }"},
    {"{\"k\" : [ ] }", "[ ]"},
    {"{\"k\" : \"x\\n\" }", "\"x\\n\""},
    {"{\"k\" : -1.50 }", "-1.50"},
    {"{\"k\":null}", "null"},
};

START_TEST(raw_gives_a_value_as_written)
{
    for (int opened = 0; opened < 2; opened++) {
        struct json_scan scan;
        struct text raw = {0};

        json_scan_init(&scan, text_of(raws[_i].document), 8);
        ck_assert_int_eq(json_scan_next(&scan), JSON_SCAN_OBJECT);
        ck_assert_int_eq(json_scan_next(&scan), JSON_SCAN_KEY);
        if (opened && (raws[_i].raw[0] == '{' || raws[_i].raw[0] == '['))
            (void)json_scan_next(&scan);
        ck_assert(json_scan_raw(&scan, &raw));
        ck_assert(text_eq(raw, text_of(raws[_i].raw)));
        ck_assert_int_eq(json_scan_next(&scan), JSON_SCAN_OBJECT_END);
    }
}
END_TEST

START_TEST(raw_gives_a_whole_document_without_the_blanks_around_it)
{
    struct json_scan scan;
    struct text raw;

    json_scan_init(&scan, TEXT(" [1, 2]\n"), 8);
    ck_assert(json_scan_raw(&scan, &raw));
    ck_assert(text_eq(raw, TEXT("[1, 2]")));
    ck_assert_int_eq(json_scan_next(&scan), JSON_SCAN_END);
}
END_TEST

START_TEST(skipping_finds_the_errors_in_what_it_skips)
{
    struct text raw = TEXT("old");
    struct json_scan scan;

    json_scan_init(&scan, TEXT("{\"a\":[1,{\"b\":tru}]}"), 8);
    (void)json_scan_next(&scan);
    (void)json_scan_next(&scan);
    ck_assert(!json_scan_raw(&scan, &raw));
    ck_assert_str_eq(scan.error, "invalid character '}' in literal true (expecting 'e')");
    ck_assert(text_eq(raw, TEXT("old")));
}
END_TEST

START_TEST(skipping_at_the_end_of_an_array_reads_that_end)
{
    struct json_scan scan;

    json_scan_init(&scan, TEXT("[1,2]"), 8);
    (void)json_scan_next(&scan);
    (void)json_scan_next(&scan);
    ck_assert(json_scan_skip(&scan));
    ck_assert_int_eq(scan.token, JSON_SCAN_NUMBER);
    ck_assert(json_scan_skip(&scan));
    ck_assert_int_eq(scan.token, JSON_SCAN_ARRAY_END);
}
END_TEST

static uint64_t next_random(uint64_t *seed)
{
    *seed = hash64((struct text){(const char *)seed, sizeof(*seed)}, 0);
    return *seed >> 8;
}

static void write_scalar(struct json_writer *w, uint64_t random)
{
    static const char *const scalars[] = {
        "true",
        "false",
        "null",
        "0",
        "-0",
        "-17",
        "3.25",
        "1e-3",
        "9223372036854775807",
        "\"\"",
        "\"a \\\"b\\\" \\u0000\\n\\ud83d\\udc27\"",
        "\"gr\xc3\xbcn\"",
        "\"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\""};

    json_write_raw(w, text_of(scalars[random % ARRAY_LEN(scalars)]));
}

/* Write some document of up to 40 values. */
static void write_document(uint64_t seed, struct buf *out)
{
    static const char *const keys[] = {"", "a", "query", "gr\xc3\xbcn", "k\\u00e9y"};
    struct json_writer w = {.out = out};
    bool object[40];
    int depth = 0;

    for (int i = 0; i < 40 && (i == 0 || depth); i++) {
        uint64_t random = next_random(&seed), kind = random % 8;

        if (depth && kind == 0) {
            object[--depth] ? json_write_object_end(&w) : json_write_array_end(&w);
            continue;
        }
        if (depth && object[depth - 1])
            json_write_key(&w, keys[random / 8 % ARRAY_LEN(keys)]);
        if (kind > 3) {
            write_scalar(&w, random / 64);
            continue;
        }
        object[depth++] = kind == 1;
        kind == 1 ? json_write_object(&w) : json_write_array(&w);
    }
    while (depth)
        object[--depth] ? json_write_object_end(&w) : json_write_array_end(&w);
}

/* Change, drop or double one byte, or cut there. */
static void damage(uint64_t seed, struct buf *document)
{
    static const char bytes[] = "{}[]:,\"\\truefalsn0123.-+eE \n\x01\x7f\x80\xa0\xc3\xe6\xf0\xff";
    size_t at = next_random(&seed) % document->len;
    char byte = bytes[next_random(&seed) % (sizeof(bytes) - 1)];

    switch (next_random(&seed) % 4) {
    case 0:
        document->data[at] = byte;
        break;
    case 1:
        buf_truncate(document, at);
        break;
    case 2:
        memmove(document->data + at, document->data + at + 1, document->len - at - 1);
        buf_truncate(document, document->len - 1);
        break;
    default:
        buf_add_char(document, byte);
        memmove(document->data + at + 1, document->data + at, document->len - at - 1);
        document->data[at] = byte;
    }
}

START_TEST(jansson_agrees_on_generated_and_damaged_documents)
{
    /* Each ck_assert costs a system call, and there are thousands of documents. */
    for (uint64_t seed = 0; seed < 4000; seed++) {
        AUTO(buf_done) struct buf document = {0};
        char error[96];

        write_document(seed, &document);
        if (!json_scan_check(buf_text(&document), 40, error, sizeof(error)))
            ck_abort_msg("%s: %s", error, document.data);
        if (!json_oracle_agrees(buf_text(&document)))
            ck_abort_msg("jansson disagrees on: %s", document.data);
        damage(seed, &document);
        if (!json_oracle_agrees(buf_text(&document)))
            ck_abort_msg("jansson disagrees on damaged: %s", document.data);
    }
}
END_TEST

/* The words of eight bytes must not hide anything, wherever in them it is. */
START_TEST(a_byte_is_judged_alike_at_every_place_in_a_string)
{
    for (unsigned c = 0; c < 256; c++) {
        for (size_t place = 1; place < 25; place++) {
            char document[26];
            struct text text = {document, sizeof(document)};
            bool plain = c >= 0x20 && c < 0x80 && c != '"' && c != '\\', fine;

            memset(document, place % 2 ? 'x' : '!', sizeof(document));
            document[0] = document[sizeof(document) - 1] = '"';
            document[place] = (char)c;
            fine = json_scan_check(text, 1, (char[96]){0}, 96);
            if (fine != plain || !json_oracle_agrees(text))
                ck_abort_msg("byte %02x at %zu", c, place);
        }
    }
}
END_TEST

Suite *json_scan_suite(void)
{
    Suite *suite = suite_create("json_scan");
    TCase *tcase = tcase_create("documents");

    tcase_add_loop_test(tcase, a_document_is_the_row_of_its_tokens, 0, ARRAY_LEN(documents));
    tcase_add_loop_test(tcase, depth_reaches_its_limit_and_not_beyond, 0, ARRAY_LEN(depths));
    tcase_add_test(tcase, the_end_stays);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("errors");
    tcase_add_loop_test(tcase, a_refusal_is_worded_as_go_words_it, 0, ARRAY_LEN(refusals));
    tcase_add_test(tcase, an_error_stays);
    tcase_add_test(tcase, a_document_cut_anywhere_ends_unexpectedly);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("strings");
    tcase_add_loop_test(tcase, a_string_that_is_not_utf8_is_refused_at_its_first_bad_byte, 0,
                        ARRAY_LEN(encodings));
    tcase_add_test(tcase, the_first_error_counts_whether_of_encoding_or_not);
    tcase_add_loop_test(tcase, a_string_reads_as_what_its_escapes_stand_for, 0, ARRAY_LEN(escapes));
    tcase_add_test(tcase, a_byte_is_judged_alike_at_every_place_in_a_string);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("skipping");
    tcase_add_test(tcase, skipping_passes_one_value);
    tcase_add_loop_test(tcase, raw_gives_a_value_as_written, 0, ARRAY_LEN(raws));
    tcase_add_test(tcase, raw_gives_a_whole_document_without_the_blanks_around_it);
    tcase_add_test(tcase, skipping_finds_the_errors_in_what_it_skips);
    tcase_add_test(tcase, skipping_at_the_end_of_an_array_reads_that_end);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("jansson");
    tcase_add_test(tcase, jansson_agrees_on_generated_and_damaged_documents);
    suite_add_tcase(suite, tcase);
    return suite;
}
