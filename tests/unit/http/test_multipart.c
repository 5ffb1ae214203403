#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "http/multipart.h"

Suite *multipart_suite(void);

#define FORM "multipart/form-data; boundary="

/* A body in memory, handed out in pieces of `chunk` bytes. */
struct source {
    struct text body;
    size_t at;
    size_t chunk;
    long end; /* what a read at the end returns */
};

static const size_t chunks[] = {SIZE_MAX, 1, 2, 3, 7};

static long source_read(void *source, void *data, size_t size)
{
    struct source *s = source;
    size_t len = s->body.len - s->at;

    if (len == 0)
        return s->end;
    len = len < size ? len : size;
    len = len < s->chunk ? len : s->chunk;
    memcpy(data, s->body.data + s->at, len);
    s->at += len;
    return (long)len;
}

static void add_visible(struct buf *out, struct text t)
{
    for (size_t i = 0; i < t.len; i++) {
        if (t.data[i] < ' ' || t.data[i] > '~')
            buf_add_format(out, "\\x%02x", (unsigned)(unsigned char)t.data[i]);
        else
            buf_add_char(out, t.data[i]);
    }
}

/*
 * Read a form and write down what was delivered: `name|filename|type|content;` for each part (the
 * file name of a part without one is `-`), and a full stop or an exclamation mark and the error.
 */
static void transcribe(struct text content_type, struct source *source, struct buf *out)
{
    struct multipart *form = multipart_new(content_type, source_read, source);
    enum multipart_result result;
    struct text piece;

    ck_assert_ptr_nonnull(form);
    buf_clear(out);
    while ((result = multipart_next(form)) == MULTIPART_PART) {
        add_visible(out, multipart_name(form));
        buf_add_char(out, '|');
        add_visible(out, multipart_has_filename(form) ? multipart_filename(form) : TEXT("-"));
        buf_add_char(out, '|');
        add_visible(out, multipart_content_type(form));
        buf_add_char(out, '|');
        while ((result = multipart_read(form, &piece)) == MULTIPART_DATA) {
            if (piece.len == 0)
                ck_abort_msg("an empty piece was delivered");
            add_visible(out, piece);
        }
        if (result == MULTIPART_END)
            buf_add_char(out, ';');
    }
    if (result == MULTIPART_END)
        buf_add_char(out, '.');
    else
        buf_add_format(out, "!%s", multipart_error(form));
    multipart_free(form);
    if (out->failed)
        ck_abort_msg("out of memory");
}

#define PART(name) "Content-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define CUT "!the body ends before its closing boundary"
#define NO_BOUNDARY "!the body ends before its first boundary"

/* What TEXT() gives, for a table. */
#define BYTES(literal)                                                                             \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

/* clang-format off */
static const struct {
    const char *boundary;
    struct text body;
    const char *transcript;
} forms[] = {
    /* whole forms */
    {"X", BYTES("--X\r\n" PART("a") "1\r\n--X\r\n" PART("b") "2\r\n--X--\r\n"), "a|-||1;b|-||2;."},
    {"X", BYTES("--X\r\nContent-Type: text/csv\r\ncontent-disposition:form-data;name=a;filename=f\r\n\r\n1\r\n--X--"),
        "a|f|text/csv|1;."},
    {"X", BYTES("--X--\r\n"), "."},
    {"X", BYTES("--X--"), "."},
    {"X", BYTES("--X\r\n\r\n\r\n--X--"), "|-||;."},
    {"X", BYTES("--X\r\n" PART("a") "\r\n--X--"), "a|-||;."},
    /* an empty part whose blank line is the newline of the delimiter */
    {"X", BYTES("--X\r\n" PART("a") "--X\r\n" PART("b") "--X--"), "a|-||;b|-||;."},
    /* preamble and epilogue */
    {"X", BYTES("\r\n--X\r\n" PART("a") "1\r\n--X--"), "a|-||1;."},
    {"X", BYTES("--Xy\r\nnothing --X\r\nmuch--X\r\n\r\n--X\r\n" PART("a") "1\r\n--X--"), "a|-||1;."},
    {"X", BYTES("lines\n--X\r\n" PART("a") "1\n--X\r\n\r\n--X--"), "a|-||1\\x0a--X\\x0d\\x0a;."},
    {"X", BYTES("--X\r\n" PART("a") "1\r\n--X--\r\nmore\r\n--X\r\n" PART("b") "\r\n--X--"), "a|-||1;."},
    /* blanks behind the boundary */
    {"X", BYTES("--X \t \r\n" PART("a") "1\r\n--X  \r\n" PART("b") "2\r\n--X-- \t"), "a|-||1;b|-||2;."},
    {"X", BYTES("--X\r\n" PART("a") "1\r\n--X z\r\n--X--"), "a|-||1\\x0d\\x0a--X z;."},
    {"X", BYTES("--X\r\n" PART("a") "1\r\n--X \r \r\n--X--"), "a|-||1\\x0d\\x0a--X \\x0d ;."},
    /* boundaries that contain each other */
    {"ab", BYTES("--ab\r\n" PART("a") "\r\n--a\r\n--abc\r\n--ab-\r\n--ab--c\r\n--ab--\r\n"),
        "a|-||\\x0d\\x0a--a\\x0d\\x0a--abc\\x0d\\x0a--ab-\\x0d\\x0a--ab--c;."},
    {"a--", BYTES("--a--\r\n" PART("a") "--a\r\n--a--\r\n" PART("b") "2\r\n--a----"), "a|-||--a;b|-||2;."},
    {"--", BYTES("----\r\n" PART("a") "\r\n--\r\n---\r\n------"), "a|-||\\x0d\\x0a--\\x0d\\x0a---;."},
    {"aa", BYTES("--aa\r\n" PART("a") "--aaa\r\n--aaaa\r\n--aa--"), "a|-||--aaa\\x0d\\x0a--aaaa;."},
    /* characters that mean something elsewhere */
    {"\".*+?[](){}|^$\\\\/\"", BYTES("--.*+?[](){}|^$\\/\r\n" PART("a") ".*\r\n--.*+?[](){}|^$\\/--"), "a|-||.*;."},
    {"\"a b;c\"", BYTES("--a b;c\r\n" PART("a") "1\r\n--a b;c--"), "a|-||1;."},
    {"----=_Part_1.2'()+_,-./:=?", BYTES("------=_Part_1.2'()+_,-./:=?\r\n" PART("a") "1\r\n------=_Part_1.2'()+_,-./:=?--"),
        "a|-||1;."},
    /* content that looks like a delimiter */
    {"X", BYTES("--X\r\n" PART("a") "\r\n--\r\n--\r\r\n\r\n--x\n--X--\n\r--X\r--X--\r\n--X--"),
        "a|-||\\x0d\\x0a--\\x0d\\x0a--\\x0d\\x0d\\x0a\\x0d\\x0a--x\\x0a--X--\\x0a\\x0d--X\\x0d--X--;."},
    {"X", BYTES("--X\r\n" PART("a") "\r\r\n--X--"), "a|-||\\x0d;."},
    {"X", BYTES("--X\r\n" PART("a") "\r\n\r\n--X--"), "a|-||\\x0d\\x0a;."},
    {"X", BYTES("--X\r\n" PART("a") "\0\0\r\n\0--X\0\r\n--X\0\r\n--X--"),
        "a|-||\\x00\\x00\\x0d\\x0a\\x00--X\\x00\\x0d\\x0a--X\\x00;."},
    {"X", BYTES("--X\r\n" PART("a") "%\r\n--X--"), "a|-||%;."},
    /* a form in bare LF, as Go takes it, and lines of a header in LF */
    {"X", BYTES("--X\nContent-Disposition: form-data; name=a\n\n1\r\n--X\n\n--X--\n"), "a|-||1\\x0d;|-||;."},
    {"X", BYTES("--X\r\nContent-Disposition: form-data; name=a\n\n1\n--X\n\r\n--X--\r\n"), "a|-||1\\x0a--X\\x0a;."},
    /* headers */
    {"X", BYTES("--X\r\nContent-Disposition: form-data;\r\n  name=a;\r\n\tfilename=b\r\nX-Other:\r\n\r\n1\r\n--X--"),
        "a|b||1;."},
    {"X", BYTES("--X\r\nContent-Disposition: attachment; name=a\r\nContent-Type:\r\n\r\n1\r\n--X--"), "|-||1;."},
    {"X", BYTES("--X\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n\r\n\r\n--X--"),
        "a|-||;."},
    {"X", BYTES("--X\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\n\r\n--X--"), "|-|a/b|;."},
    {"X", BYTES("--X\r\nContent-Type\r\n\r\n\r\n--X--"), "!the header of a part has a malformed line"},
    {"X", BYTES("--X\r\nContent-Type : a\r\n\r\n\r\n--X--"), "!the header of a part has a malformed line"},
    {"X", BYTES("--X\r\n: a\r\n\r\n\r\n--X--"), "!the header of a part has a malformed line"},
    {"X", BYTES("--X\r\n folded: a\r\n\r\n\r\n--X--"), "!the header of a part has a malformed line"},
    {"X", BYTES("--X\r\n--X\r\n\r\n--X--"), "!the header of a part has a malformed line"},
    {"X", BYTES("--X\r\nA: b\0c\r\n\r\n\r\n--X--"), "!the header of a part has a control character"},
    {"X", BYTES("--X\r\nA: b\rc\r\n\r\n\r\n--X--"), "!the header of a part has a control character"},
    {"X", BYTES("--X\r\nContent-Disposition: form-data; name=\"a\r\n\r\n\r\n--X--"),
        "!a Content-Disposition header cannot be read"},
    {"X", BYTES("--X\r\nContent-Disposition: form-data; name=\"a\"b\r\n\r\n\r\n--X--"),
        "!a Content-Disposition header cannot be read"},
    {"X", BYTES("--X\r\nContent-Disposition: form-data; name\r\n\r\n\r\n--X--"),
        "!a Content-Disposition header cannot be read"},
    {"X", BYTES("--X\r\nContent-Disposition: form-data; name=a; NAME=b\r\n\r\n\r\n--X--"),
        "!a Content-Disposition header cannot be read"},
    /* no form */
    {"X", BYTES(""), NO_BOUNDARY},
    {"X", BYTES("{\"name\": 1}"), NO_BOUNDARY},
    {"X", BYTES("--Y\r\n" PART("a") "1\r\n--Y--\r\n"), NO_BOUNDARY},
    {"X", BYTES(" --X\r\n" PART("a") "1\r\n --X--\r\n"), NO_BOUNDARY},
    {"X", BYTES("--X\r\n" PART("a") "1\r\n--X"), "a|-||1\\x0d\\x0a--X" CUT},
    {"X", BYTES("--X\r\n" PART("a") "1--X--\r\n"), "a|-||1--X--\\x0d\\x0a" CUT},
    {"X", BYTES("--X\r\n"), CUT},
};

static const struct {
    struct text value; /* behind `form-data` */
    const char *transcript;
} dispositions[] = {
    {BYTES("; name=\"data\"; filename=\"train.jsonl\""), "data|train.jsonl||"},
    {BYTES(" ;name=data;filename=train.jsonl"), "data|train.jsonl||"},
    {BYTES("; FileName = \"a\" ;\tNAME = b ; "), "b|a||"},
    {BYTES(""), "|-||"},
    {BYTES(";"), "|-||"},
    {BYTES("; ; name=a;; filename=b"), "a|b||"},
    {BYTES("; name=\"\""), "|-||"},
    {BYTES("; name=a; filename="), "a|||"},
    {BYTES("; name=a; filename=\"\""), "a|||"},
    {BYTES("; name=a; filename=two words.csv; x=y"), "a|two words.csv||"},
    /* quotes and backslashes */
    {BYTES("; name=\"q\\\"q\"; filename=\"a\\\"b.csv\""), "q\"q|a\"b.csv||"},
    {BYTES("; name=\"b\\\\b\"; filename=\"x\\y\""), "b\\b|y||"},
    {BYTES("; name=\"50%25\"; filename=\"a%22b%22%0D%0A.csv\""), "50%25|a\"b\"%0D%0A.csv||"},
    {BYTES("; name=\"semi;colon=x\"; filename=\"a;b\""), "semi;colon=x|a;b||"},
    {BYTES("; name=a; filename=\"\\\"\""), "a|\"||"},
    {BYTES("; name=a; filename=\"%22\""), "a|\"||"},
    /* paths */
    {BYTES("; name=a; filename=\"./path/train.jsonl\""), "a|train.jsonl||"},
    {BYTES("; name=a; filename=/data/train.jsonl"), "a|train.jsonl||"},
    {BYTES("; name=a; filename=\"C:\\dir\\train.jsonl\""), "a|train.jsonl||"},
    {BYTES("; name=a; filename=\"C:\\\\dir\\\\train.jsonl\""), "a|train.jsonl||"},
    {BYTES("; name=a; filename=\"..\\up/train.jsonl\""), "a|train.jsonl||"},
    {BYTES("; name=a; filename=\"dir/\""), "a|||"},
    /* other letters */
    {BYTES("; name=a; filename=\"na\xc3\xafve.csv\""), "a|na\\xc3\\xafve.csv||"},
    {BYTES("; name=a; filename=\"na\xefve.csv\""), "a|na\\xefve.csv||"},
    {BYTES("; name=a; filename*=UTF-8''na%C3%AFve%20x.csv"), "a|na\\xc3\\xafve x.csv||"},
    {BYTES("; name=a; filename*=utf-8'en'x%2Fy.csv; filename=z.csv"), "a|y.csv||"},
    {BYTES("; name=a; filename=z.csv; filename*=us-ascii''y.csv"), "a|y.csv||"},
    {BYTES("; name=a; filename*=\"UTF-8''y.csv\""), "a|y.csv||"},
    {BYTES("; name=a; filename*=UTF-8''"), "a|||"},
    {BYTES("; name=a; filename=z.csv; filename*=koi8-r''y.csv"), "a|z.csv||"},
    {BYTES("; name=a; filename=z.csv; filename*=UTF-8''%C3.csv"), "a|z.csv||"},
    {BYTES("; name=a; filename=z.csv; filename*=UTF-8''%4"), "a|z.csv||"},
    {BYTES("; name=a; filename=z.csv; filename*=UTF-8''%00"), "a|z.csv||"},
    {BYTES("; name=a; filename*=UTF-8"), "a|-||"},
    {BYTES("; name=a; filename*=UTF-8'y"), "a|-||"},
};

#define SEVENTY "1234567890123456789012345678901234567890123456789012345678901234567890"

static const struct {
    const char *content_type;
    bool is_form;
    const char *error; /* of the boundary, NULL if it is fine */
} content_types[] = {
    {"multipart/form-data; boundary=X", true, NULL},
    {"Multipart/Form-Data ; charset=utf-8; Boundary=\"X\" ", true, NULL},
    {"multipart/form-data;boundary = X;", true, NULL},
    {FORM SEVENTY, true, NULL},
    {FORM SEVENTY "1", true, "the boundary is not 1 to 70 printable characters"},
    {FORM, true, "the boundary is not 1 to 70 printable characters"},
    {FORM "\"\"", true, "the boundary is not 1 to 70 printable characters"},
    {FORM "\"X \"", true, "the boundary is not 1 to 70 printable characters"},
    {FORM "\"X\tY\"", true, "the boundary is not 1 to 70 printable characters"},
    {FORM "\xc3\xa9", true, "the boundary is not 1 to 70 printable characters"},
    {"multipart/form-data", true, "the Content-Type header has no boundary"},
    {"multipart/form-data; charset=utf-8", true, "the Content-Type header has no boundary"},
    {FORM "X; boundary=X", true, "the Content-Type header has two boundaries"},
    {"multipart/form-data; boundary", true, "the Content-Type header cannot be read"},
    {FORM "\"X", true, "the Content-Type header cannot be read"},
    {FORM "\"X\"Y", true, "the Content-Type header cannot be read"},
    {"multipart/mixed; boundary=X", false, NULL},
    {"multipart/form-data2; boundary=X", false, NULL},
    {"application/json", false, NULL},
    {"", false, NULL},
};
/* clang-format on */

static void set_content_type(struct buf *out, const char *boundary)
{
    buf_clear(out);
    buf_add_string(out, FORM);
    buf_add_string(out, boundary);
}

START_TEST(a_form_reads_the_same_in_pieces_of_any_size)
{
    AUTO(buf_done) struct buf content_type = {0};
    AUTO(buf_done) struct buf out = {0};

    set_content_type(&content_type, forms[_i].boundary);
    for (size_t i = 0; i < ARRAY_LEN(chunks); i++) {
        struct source source = {.body = forms[_i].body, .chunk = chunks[i]};

        transcribe(buf_text(&content_type), &source, &out);
        ck_assert_str_eq(out.data, forms[_i].transcript);
    }
}
END_TEST

START_TEST(names_come_in_all_the_forms_that_clients_send)
{
    AUTO(buf_done) struct buf body = {0};
    AUTO(buf_done) struct buf want = {0};
    AUTO(buf_done) struct buf out = {0};
    struct source source = {.chunk = 5};

    buf_add_string(&body, "--X\r\nContent-Disposition: form-data");
    buf_add_text(&body, dispositions[_i].value);
    buf_add_string(&body, "\r\n\r\n\r\n--X--\r\n");
    buf_add_format(&want, "%s;.", dispositions[_i].transcript);
    source.body = buf_text(&body);
    transcribe(TEXT(FORM "X"), &source, &out);
    ck_assert_str_eq(out.data, want.data);
}
END_TEST

START_TEST(a_content_type_is_a_form_and_has_a_boundary_or_not)
{
    struct text content_type = text_of(content_types[_i].content_type);
    struct source source = {.body = TEXT(""), .chunk = 1};
    struct multipart *form;

    ck_assert_int_eq(multipart_is_form(content_type), content_types[_i].is_form);
    if (!content_types[_i].is_form)
        return;
    form = multipart_new(content_type, source_read, &source);
    ck_assert_int_eq(multipart_next(form), MULTIPART_ERROR);
    ck_assert_int_eq(multipart_failure(form), MULTIPART_MALFORMED);
    ck_assert_str_eq(multipart_error(form), content_types[_i].error
                                                ? content_types[_i].error
                                                : "the body ends before its first boundary");
    multipart_free(form);
}
END_TEST

static const char small_form[] =
    "hello\r\n--Xy\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\n"
    "one\r\n--X\r\ntwo\r\n--Xy\r\nContent-Type: text/csv\r\n\r\nthree\r\n--Xy--\r\n";

/* Where the small form is whole: behind the two dashes of its end. */
enum { SMALL_FORM_LEN = sizeof(small_form) - 1, SMALL_FORM_WHOLE = SMALL_FORM_LEN - 2 };

static bool ends_with(const struct buf *b, const char *suffix)
{
    return text_has_suffix(buf_text(b), text_of(suffix));
}

START_TEST(a_body_cut_anywhere_is_an_error_and_never_another_form)
{
    AUTO(buf_done) struct buf out = {0};

    for (size_t len = 0; len <= SMALL_FORM_LEN; len++) {
        struct source source = {.body = {small_form, len}, .chunk = chunks[_i]};
        bool whole = len >= SMALL_FORM_WHOLE;

        transcribe(TEXT(FORM "Xy"), &source, &out);
        if (whole)
            ck_assert_str_eq(out.data, "a|b||one\\x0d\\x0a--X\\x0d\\x0atwo;|-|text/csv|three;.");
        else if (!ends_with(&out, CUT) && !ends_with(&out, NO_BOUNDARY))
            ck_abort_msg("cut at %zu: %s", len, out.data);
    }
}
END_TEST

START_TEST(a_source_that_fails_is_told_from_a_body_that_ends)
{
    for (size_t len = 0; len < SMALL_FORM_WHOLE; len++) {
        struct source source = {.body = {small_form, len}, .chunk = chunks[_i], .end = -1};
        struct multipart *form = multipart_new(TEXT(FORM "Xy"), source_read, &source);

        while (multipart_next(form) == MULTIPART_PART)
            continue;
        ck_assert_int_eq(multipart_failure(form), MULTIPART_CLOSED);
        ck_assert_str_eq(multipart_error(form),
                         "the connection was closed before the end of the form");
        multipart_free(form);
    }
}
END_TEST

START_TEST(a_request_without_a_body_is_no_form)
{
    struct multipart *form = multipart_new(TEXT(FORM "X"), NULL, NULL);

    ck_assert_int_eq(multipart_next(form), MULTIPART_ERROR);
    ck_assert_int_eq(multipart_failure(form), MULTIPART_MALFORMED);
    multipart_free(form);
}
END_TEST

START_TEST(nothing_is_read_behind_the_closing_line)
{
    struct source source = {.body = TEXT("--X\r\n\r\n1\r\n--X--\r\nepilogue"), .chunk = 1};
    struct multipart *form = multipart_new(TEXT(FORM "X"), source_read, &source);

    ck_assert_int_eq(multipart_next(form), MULTIPART_PART);
    ck_assert_int_eq(multipart_next(form), MULTIPART_END);
    ck_assert_uint_eq(source.at, source.body.len - strlen("epilogue"));
    multipart_free(form);
}
END_TEST

START_TEST(parts_may_be_left_unread_or_half_read)
{
    struct source source = {.body = TEXT("--X\r\n" PART("a") "1\r\n--X\r\n" PART(
                                "b") "23\r\n--X\r\n" PART("c") "4\r\n--X--"),
                            .chunk = 1};
    struct multipart *form = multipart_new(TEXT(FORM "X"), source_read, &source);
    struct text piece;

    ck_assert_int_eq(multipart_next(form), MULTIPART_PART);
    ck_assert_int_eq(multipart_next(form), MULTIPART_PART);
    ck_assert_int_eq(multipart_read(form, &piece), MULTIPART_DATA);
    ck_assert(text_eq(piece, TEXT("2")));
    ck_assert_int_eq(multipart_next(form), MULTIPART_PART);
    ck_assert(text_eq(multipart_name(form), TEXT("c")));
    ck_assert_int_eq(multipart_next(form), MULTIPART_END);
    multipart_free(form);
}
END_TEST

START_TEST(ends_and_errors_last)
{
    struct source source = {.body = TEXT("--X\r\n\r\n1\r\n--X--"), .chunk = 1};
    struct multipart *form = multipart_new(TEXT(FORM "X"), source_read, &source);
    struct text piece;

    ck_assert_int_eq(multipart_read(form, &piece), MULTIPART_END);
    ck_assert_int_eq(multipart_next(form), MULTIPART_PART);
    ck_assert_int_eq(multipart_read(form, &piece), MULTIPART_DATA);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(multipart_read(form, &piece), MULTIPART_END);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(multipart_next(form), MULTIPART_END);
    multipart_free(form);

    source = (struct source){.body = TEXT("--X\r\n\r\n1"), .chunk = 1};
    form = multipart_new(TEXT(FORM "X"), source_read, &source);
    ck_assert_int_eq(multipart_next(form), MULTIPART_PART);
    ck_assert_int_eq(multipart_next(form), MULTIPART_ERROR);
    ck_assert_int_eq(multipart_next(form), MULTIPART_ERROR);
    ck_assert_int_eq(multipart_read(form, &piece), MULTIPART_ERROR);
    multipart_free(form);
}
END_TEST

START_TEST(sixty_four_parts_are_taken_and_no_more)
{
    AUTO(buf_done) struct buf body = {0};
    struct source source = {.chunk = SIZE_MAX};
    struct multipart *form;
    int wanted = MULTIPART_PARTS_MAX + _i, count = 0;

    for (int i = 0; i < wanted; i++)
        buf_add_string(&body, "--X\r\n\r\n\r\n");
    buf_add_string(&body, "--X--\r\n");
    source.body = buf_text(&body);
    form = multipart_new(TEXT(FORM "X"), source_read, &source);
    while (multipart_next(form) == MULTIPART_PART)
        count++;
    ck_assert_int_eq(count, MULTIPART_PARTS_MAX);
    if (_i) {
        ck_assert_int_eq(multipart_next(form), MULTIPART_ERROR);
        ck_assert_str_eq(multipart_error(form), "there are more than 64 parts");
    } else {
        ck_assert_int_eq(multipart_next(form), MULTIPART_END);
    }
    multipart_free(form);
}
END_TEST

/* A part whose header has `size` bytes with its blank line, in lines of up to `line_size`. */
static void add_header(struct buf *out, size_t size, size_t line_size)
{
    size_t left = size - 2;

    while (left) {
        size_t len = left < 2 * line_size ? left : line_size;

        left -= len;
        buf_add_string(out, "A:");
        for (len -= 4; len; len--)
            buf_add_char(out, 'a');
        buf_add_string(out, "\r\n");
    }
    buf_add_string(out, "\r\n");
}

static const struct {
    size_t size;
    size_t line_size;
    const char *transcript;
} headers[] = {
    {MULTIPART_HEADER_SIZE_MAX, MULTIPART_HEADER_SIZE_MAX, "|-||;."},
    {MULTIPART_HEADER_SIZE_MAX, 40, "|-||;."},
    {MULTIPART_HEADER_SIZE_MAX + 1, 16384, "!the header of a part is larger than 8192 bytes"},
    {MULTIPART_HEADER_SIZE_MAX + 1, 40, "!the header of a part is larger than 8192 bytes"},
    {9216, 16384, "!the header of a part is larger than 8192 bytes"},
    {9216, 40, "!the header of a part is larger than 8192 bytes"},
    {4UL * MULTIPART_WINDOW_SIZE, SIZE_MAX / 4, "!the header of a part is larger than 8192 bytes"},
};

START_TEST(the_header_of_a_part_has_a_limit)
{
    AUTO(buf_done) struct buf body = {0};
    AUTO(buf_done) struct buf out = {0};

    buf_add_string(&body, "--X\r\n");
    add_header(&body, headers[_i].size, headers[_i].line_size);
    buf_add_string(&body, "\r\n--X--");
    for (size_t i = 0; i < ARRAY_LEN(chunks); i++) {
        struct source source = {.body = buf_text(&body), .chunk = chunks[i]};

        transcribe(TEXT(FORM "X"), &source, &out);
        ck_assert_str_eq(out.data, headers[_i].transcript);
    }
}
END_TEST

/* Read the present part to its end and check that it holds `len` times `c`. */
static void expect_run(struct multipart *form, char c, size_t len)
{
    struct text piece;
    enum multipart_result result;

    while ((result = multipart_read(form, &piece)) == MULTIPART_DATA) {
        if (piece.len > len || piece.data[0] != c ||
            memcmp(piece.data, piece.data + 1, piece.len - 1) != 0)
            ck_abort_msg("%zu bytes of another content", piece.len);
        len -= piece.len;
    }
    ck_assert_int_eq(result, MULTIPART_END);
    ck_assert_uint_eq(len, 0);
}

START_TEST(a_boundary_may_lie_across_the_end_of_the_window)
{
    static const char begin[] = "--boundary\r\n\r\n";
    static const char middle[] = "\r\n--boundary \r\nContent-Type: a/b\r\n\r\n";
    static const char end[] = "\r\n--boundary--\r\n";
    enum { MARGIN = sizeof(middle) + 4 };
    size_t first = MULTIPART_WINDOW_SIZE - (sizeof(begin) - 1) - MARGIN + (size_t)_i;
    AUTO(buf_done) struct buf body = {0};
    struct source source = {.chunk = SIZE_MAX};
    struct multipart *form;

    ck_assert(buf_reserve(&body, 2UL * MULTIPART_WINDOW_SIZE));
    buf_add_string(&body, begin);
    memset(body.data + body.len, 'x', first);
    body.len += first;
    buf_add_string(&body, middle);
    buf_add_string(&body, "yyy");
    buf_add_string(&body, end);
    source.body = buf_text(&body);
    form = multipart_new(TEXT(FORM "boundary"), source_read, &source);
    ck_assert_int_eq(multipart_next(form), MULTIPART_PART);
    expect_run(form, 'x', first);
    ck_assert_int_eq(multipart_next(form), MULTIPART_PART);
    ck_assert(text_eq(multipart_content_type(form), TEXT("a/b")));
    expect_run(form, 'y', 3);
    ck_assert_int_eq(multipart_next(form), MULTIPART_END);
    multipart_free(form);
}
END_TEST

START_TEST(a_preamble_may_be_larger_than_the_window)
{
    AUTO(buf_done) struct buf body = {0};
    AUTO(buf_done) struct buf out = {0};
    struct source source = {.chunk = SIZE_MAX};

    for (int i = 0; i < MULTIPART_WINDOW_SIZE / 3; i++)
        buf_add_string(&body, "\r\n--");
    buf_add_string(&body, "\r\n--X\r\n" PART("a") "1\r\n--X--");
    source.body = buf_text(&body);
    transcribe(TEXT(FORM "X"), &source, &out);
    ck_assert_str_eq(out.data, "a|-||1;.");
}
END_TEST

START_TEST(blanks_without_end_are_content)
{
    AUTO(buf_done) struct buf body = {0};
    AUTO(buf_done) struct buf content = {0};
    AUTO(buf_done) struct buf want = {0};
    AUTO(buf_done) struct buf out = {0};

    buf_add_string(&content, "\r\n--X");
    for (int i = 0; i < 1000; i++)
        buf_add_char(&content, ' ');
    buf_add_format(&body, "--X\r\n" PART("a") "%s\r\n--X--", content.data);
    buf_add_string(&want, "a|-||");
    add_visible(&want, buf_text(&content));
    buf_add_string(&want, ";.");
    for (size_t i = 0; i < ARRAY_LEN(chunks); i++) {
        struct source source = {.body = buf_text(&body), .chunk = chunks[i]};

        transcribe(TEXT(FORM "X"), &source, &out);
        ck_assert_str_eq(out.data, want.data);
    }
}
END_TEST

START_TEST(any_mixture_of_newlines_and_dashes_is_delivered_as_it_is)
{
    static const char alphabet[] = "\r\n\r\n--a";
    AUTO(buf_done) struct buf body = {0};
    AUTO(buf_done) struct buf content = {0};
    AUTO(buf_done) struct buf want = {0};
    AUTO(buf_done) struct buf out = {0};
    uint32_t random = 1;

    for (int round = 0; round < 2000; round++) {
        struct source source = {.chunk = chunks[(size_t)round % ARRAY_LEN(chunks)]};

        buf_clear(&content);
        for (int i = 0; i < 40; i++) {
            random = random * 1664525U + 1013904223U;
            buf_add_char(&content, alphabet[random >> 16 & 7]);
        }
        buf_clear(&body);
        buf_add_string(&body, "--aab\r\n" PART("a"));
        buf_add_text(&body, buf_text(&content));
        buf_add_string(&body, "\r\n--aab--");
        buf_clear(&want);
        buf_add_string(&want, "a|-||");
        add_visible(&want, buf_text(&content));
        buf_add_string(&want, ";.");
        source.body = buf_text(&body);
        transcribe(TEXT(FORM "aab"), &source, &out);
        if (!text_eq(buf_text(&out), buf_text(&want)))
            ck_abort_msg("want %s, got %s", want.data, out.data);
    }
}
END_TEST

Suite *multipart_suite(void)
{
    Suite *suite = suite_create("multipart");
    TCase *tcase = tcase_create("forms");

    tcase_add_loop_test(tcase, a_form_reads_the_same_in_pieces_of_any_size, 0, ARRAY_LEN(forms));
    tcase_add_loop_test(tcase, names_come_in_all_the_forms_that_clients_send, 0,
                        ARRAY_LEN(dispositions));
    tcase_add_loop_test(tcase, a_content_type_is_a_form_and_has_a_boundary_or_not, 0,
                        ARRAY_LEN(content_types));
    tcase_add_test(tcase, parts_may_be_left_unread_or_half_read);
    tcase_add_test(tcase, nothing_is_read_behind_the_closing_line);
    tcase_add_test(tcase, ends_and_errors_last);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("broken bodies");
    tcase_add_loop_test(tcase, a_body_cut_anywhere_is_an_error_and_never_another_form, 0,
                        ARRAY_LEN(chunks));
    tcase_add_loop_test(tcase, a_source_that_fails_is_told_from_a_body_that_ends, 0,
                        ARRAY_LEN(chunks));
    tcase_add_test(tcase, a_request_without_a_body_is_no_form);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("sizes");
    tcase_add_loop_test(tcase, sixty_four_parts_are_taken_and_no_more, 0, 2);
    tcase_add_loop_test(tcase, the_header_of_a_part_has_a_limit, 0, ARRAY_LEN(headers));
    tcase_add_loop_test(tcase, a_boundary_may_lie_across_the_end_of_the_window, 0, 64);
    tcase_add_test(tcase, a_preamble_may_be_larger_than_the_window);
    tcase_add_test(tcase, blanks_without_end_are_content);
    tcase_add_test(tcase, any_mixture_of_newlines_and_dashes_is_delivered_as_it_is);
    suite_add_tcase(suite, tcase);
    return suite;
}
