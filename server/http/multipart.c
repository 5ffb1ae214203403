/*
 * A form is a row of delimiters with something between them, and one function walks from one
 * delimiter to the next: read_piece(). What is before the first (the preamble) is content that
 * nobody wants, read with the same code.
 *
 * The delimiter is `CRLF--boundary`. As in Go's mime/multipart, which the real service uses, a form
 * whose first delimiter line ends in a bare LF is taken to use LF throughout. What comes after the
 * boundary decides whether it is one: `--` or not, blanks, and the end of the line; with anything
 * else behind it, it is content (of a boundary that merely begins with ours, say). No CR or LF can
 * be inside of a boundary, so that two matches never overlap and the last CR (or LF) of the window
 * is the only place where a cut match can begin.
 */
#include "http/multipart.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "http/form_part.h"
#include "http/header_param.h"

enum {
    BOUNDARY_LEN_MAX = 70, /* RFC 2046, section 5.1.1 */
    PADDING_LEN_MAX = 256, /* blanks behind a boundary; more of them make it content */
    NEWLINE_LEN = 2,
    DASHES_LEN = 2
};

enum form_state {
    FORM_PREAMBLE,
    FORM_HEADER,  /* a delimiter was read, and a part follows */
    FORM_CONTENT, /* the part's header was read, its end not yet */
    FORM_OVER,
    FORM_FAILED
};

struct multipart {
    enum form_state state;
    body_read_fn *read; /* may be NULL: an empty body */
    void *source;
    bool ended; /* the source has no more */

    char *window; /* owned; MULTIPART_WINDOW_SIZE bytes */
    size_t start; /* of what is not yet consumed of the window */
    size_t end;

    char delimiter[NEWLINE_LEN + DASHES_LEN + BOUNDARY_LEN_MAX];
    size_t delimiter_len;
    size_t newline_len; /* of the delimiter, how much of CRLF must be there: 2, or 1 for LF */
    bool fresh;         /* nothing was read of the content: a delimiter needs no newline before */

    size_t part_count;
    struct buf header; /* the present part's lines, unfolded, with LF between them */
    struct form_part part;

    enum multipart_failure failure;
    const char *error; /* a literal */
};

static void fail(struct multipart *form, enum multipart_failure failure, const char *error)
{
    form->state = FORM_FAILED;
    form->failure = failure;
    form->error = error;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The boundary */

static struct text media_type(struct text content_type)
{
    return text_trim(text_cut(&content_type, ';'));
}

bool multipart_is_form(struct text content_type)
{
    return text_eq_nocase(media_type(content_type), TEXT("multipart/form-data"));
}

/*
 * RFC 2046 allows fewer characters, but clients use others and nothing here depends on them. A
 * blank at the end cannot be told from padding.
 */
static bool boundary_is_usable(struct text boundary)
{
    if (boundary.len == 0 || boundary.len > BOUNDARY_LEN_MAX)
        return false;
    if (boundary.data[boundary.len - 1] == ' ')
        return false;
    for (size_t i = 0; i < boundary.len; i++)
        if (boundary.data[i] < ' ' || boundary.data[i] > '~')
            return false;
    return true;
}

/* Find the one boundary among the parameters; returns NULL or what is wrong with them. */
static const char *find_boundary(struct text params, struct buf *out)
{
    AUTO(buf_done) struct buf value = {0};
    bool found = false;

    for (;;) {
        struct text name;
        enum header_param_result result = header_param_next(&params, &name, &value);

        if (result == HEADER_PARAM_BAD)
            return "the Content-Type header cannot be read";
        if (result == HEADER_PARAM_NONE)
            break;
        if (!text_eq_nocase(name, TEXT("boundary")))
            continue;
        if (found)
            return "the Content-Type header has two boundaries";
        found = true;
        buf_add_text(out, buf_text(&value));
        out->failed |= value.failed;
    }
    if (!found)
        return "the Content-Type header has no boundary";
    return boundary_is_usable(buf_text(out)) ? NULL
                                             : "the boundary is not 1 to 70 printable characters";
}

static bool set_boundary(struct multipart *form, struct text content_type)
{
    AUTO(buf_done) struct buf boundary = {0};
    const char *error;

    (void)text_cut(&content_type, ';');
    error = find_boundary(content_type, &boundary);
    if (boundary.failed)
        return false;
    if (error) {
        fail(form, MULTIPART_MALFORMED, error);
        return true;
    }
    memcpy(form->delimiter, "\r\n--", NEWLINE_LEN + DASHES_LEN);
    memcpy(form->delimiter + NEWLINE_LEN + DASHES_LEN, boundary.data, boundary.len);
    form->delimiter_len = NEWLINE_LEN + DASHES_LEN + boundary.len;
    return true;
}

struct multipart *multipart_new(struct text content_type, body_read_fn *read, void *source)
{
    struct multipart *form = calloc(1, sizeof(*form));

    if (!form)
        return NULL;
    form->read = read;
    form->source = source;
    form->fresh = true;
    form->newline_len = 1; /* before the first delimiter either will do */
    form->window = malloc(MULTIPART_WINDOW_SIZE);
    if (!form->window || !set_boundary(form, content_type)) {
        multipart_free(form);
        return NULL;
    }
    return form;
}

void multipart_free(struct multipart *form)
{
    if (!form)
        return;
    buf_done(&form->header);
    form_part_done(&form->part);
    free(form->window);
    free(form);
}

/* The window */

static struct text pending(const struct multipart *form)
{
    return (struct text){form->window + form->start, form->end - form->start};
}

/*
 * Read more behind what is pending, which moves to the front. Callers ask only while they have less
 * than a window's worth, so there is room. At the end of the source `ended` is set; returns false
 * if the source failed.
 */
static bool fill(struct multipart *form)
{
    struct text left = pending(form);
    size_t room = MULTIPART_WINDOW_SIZE - left.len;
    long len;

    assert(room > 0);
    if (form->start && left.len)
        memmove(form->window, left.data, left.len);
    form->start = 0;
    form->end = left.len;
    len = form->read ? form->read(form->source, form->window + form->end, room) : 0;
    assert(len <= (long)room);
    if (len < 0) {
        fail(form, MULTIPART_CLOSED, "the connection was closed before the end of the form");
        return false;
    }
    form->ended = len == 0;
    form->end += (size_t)len;
    return true;
}

static void fail_at_end(struct multipart *form)
{
    fail(form, MULTIPART_MALFORMED,
         form->state == FORM_PREAMBLE ? "the body ends before its first boundary"
                                      : "the body ends before its closing boundary");
}

/* Delimiters and content */

enum line_kind {
    LINE_UNKNOWN, /* more bytes are needed to tell */
    LINE_CONTENT, /* no delimiter */
    LINE_DELIMITER,
    LINE_CLOSE /* the delimiter behind the last part */
};

/* What a delimiter begins with here. */
static struct text delimiter_text(const struct multipart *form)
{
    size_t skipped = NEWLINE_LEN - (form->fresh ? 0 : form->newline_len);

    return (struct text){form->delimiter + skipped, form->delimiter_len - skipped};
}

/*
 * Judge how a line ends at `at`, behind a boundary and perhaps its two dashes; `*len` is its length
 * then. The line that closes the form may be cut short by the end of the body.
 */
static enum line_kind judge_line_end(struct text t, size_t at, bool ended, bool closes, size_t *len)
{
    size_t padding_end = at + PADDING_LEN_MAX;
    enum line_kind kind = closes ? LINE_CLOSE : LINE_DELIMITER;

    while (at < t.len && at < padding_end && is_blank(t.data[at]))
        at++;
    if (at < t.len && t.data[at] == '\r')
        at++;
    if (at < t.len) {
        *len = at + 1;
        return t.data[at] == '\n' ? kind : LINE_CONTENT;
    }
    *len = at;
    if (!ended)
        return LINE_UNKNOWN;
    return closes ? LINE_CLOSE : LINE_CONTENT;
}

/* Tell what `t` begins with; `*len` is the length of the line if it is a delimiter. */
static enum line_kind judge_line(struct text delimiter, struct text t, bool ended, size_t *len)
{
    size_t common = t.len < delimiter.len ? t.len : delimiter.len;
    enum line_kind undecided = ended ? LINE_CONTENT : LINE_UNKNOWN;
    size_t at = delimiter.len;

    if (common && memcmp(t.data, delimiter.data, common) != 0)
        return LINE_CONTENT;
    if (t.len <= at)
        return undecided;
    if (t.data[at] != '-')
        return judge_line_end(t, at, ended, false, len);
    if (t.len < at + DASHES_LEN)
        return undecided;
    if (t.data[at + 1] != '-')
        return LINE_CONTENT;
    return judge_line_end(t, at + DASHES_LEN, ended, true, len);
}

/* Count the bytes at the front of `t` that are content for certain; the first is known to be. */
static size_t content_len(const struct multipart *form, struct text t)
{
    struct text delimiter = delimiter_text(form);
    const char *at = memmem(t.data + 1, t.len - 1, delimiter.data, delimiter.len);

    if (at)
        return (size_t)(at - t.data);
    if (form->ended)
        return t.len;
    at = memrchr(t.data + 1, delimiter.data[0], t.len - 1);
    if (at) {
        size_t left = t.len - (size_t)(at - t.data);

        if (left < delimiter.len && memcmp(at, delimiter.data, left) == 0)
            return t.len - left;
    }
    return t.len;
}

static void pass_delimiter(struct multipart *form, enum line_kind kind, size_t len)
{
    if (form->state == FORM_PREAMBLE)
        form->newline_len = form->window[form->start + len - 2] == '\r' ? 2 : 1;
    form->start += len;
    form->state = kind == LINE_CLOSE ? FORM_OVER : FORM_HEADER;
}

/* Read the next piece of what is before the next delimiter, or that delimiter (MULTIPART_END). */
static enum multipart_result read_piece(struct multipart *form, struct text *out)
{
    for (;;) {
        struct text t = pending(form);
        size_t len = 0;
        enum line_kind kind = judge_line(delimiter_text(form), t, form->ended, &len);

        if (kind == LINE_UNKNOWN) {
            if (!fill(form))
                return MULTIPART_ERROR;
        } else if (kind != LINE_CONTENT) {
            pass_delimiter(form, kind, len);
            return MULTIPART_END;
        } else if (form->fresh) {
            form->fresh = false; /* now look for the delimiter with its newline */
        } else if (t.len == 0) {
            fail_at_end(form);
            return MULTIPART_ERROR;
        } else {
            t.len = content_len(form, t);
            form->start += t.len;
            *out = t;
            return MULTIPART_DATA;
        }
    }
}

/* Read a line of at most `*size_left` bytes; `*line` is borrowed until the next read. */
static bool read_line(struct multipart *form, size_t *size_left, struct text *line)
{
    size_t searched = 0;

    for (;;) {
        struct text t = pending(form);
        size_t limit = t.len < *size_left ? t.len : *size_left;
        const char *at = memchr(t.data + searched, '\n', limit - searched);

        if (at) {
            size_t len = (size_t)(at - t.data);

            form->start += len + 1;
            *size_left -= len + 1;
            *line = (struct text){t.data, len && at[-1] == '\r' ? len - 1 : len};
            return true;
        }
        searched = limit;
        if (limit == *size_left) {
            fail(form, MULTIPART_MALFORMED, "the header of a part is larger than 8192 bytes");
            return false;
        }
        if (form->ended) {
            fail_at_end(form);
            return false;
        }
        if (!fill(form))
            return false;
    }
}

/* Read the lines up to the empty one into `header`, unfolding those that begin with a blank. */
static bool read_header(struct multipart *form)
{
    size_t size_left = MULTIPART_HEADER_SIZE_MAX;
    struct text line;

    buf_clear(&form->header);
    while (read_line(form, &size_left, &line)) {
        if (line.len == 0)
            break;
        if (form->header.len)
            buf_add_char(&form->header, is_blank(line.data[0]) ? ' ' : '\n');
        buf_add_text(&form->header, line);
    }
    if (form->header.failed)
        fail(form, MULTIPART_NO_MEMORY, "out of memory");
    return form->state != FORM_FAILED;
}

static enum multipart_result begin_part(struct multipart *form)
{
    const char *error;

    if (form->part_count == MULTIPART_PARTS_MAX) {
        fail(form, MULTIPART_MALFORMED, "there are more than 64 parts");
        return MULTIPART_ERROR;
    }
    if (!read_header(form))
        return MULTIPART_ERROR;
    error = form_part_read(buf_text(&form->header), &form->part);
    if (form->part.failed)
        fail(form, MULTIPART_NO_MEMORY, "out of memory");
    else if (error)
        fail(form, MULTIPART_MALFORMED, error);
    if (form->state == FORM_FAILED)
        return MULTIPART_ERROR;
    form->part_count++;
    form->state = FORM_CONTENT;
    form->fresh = true;
    return MULTIPART_PART;
}

enum multipart_result multipart_next(struct multipart *form)
{
    struct text unwanted;

    while (form->state == FORM_PREAMBLE || form->state == FORM_CONTENT)
        if (read_piece(form, &unwanted) == MULTIPART_ERROR)
            return MULTIPART_ERROR;
    if (form->state == FORM_HEADER)
        return begin_part(form);
    return form->state == FORM_OVER ? MULTIPART_END : MULTIPART_ERROR;
}

enum multipart_result multipart_read(struct multipart *form, struct text *out)
{
    if (form->state == FORM_CONTENT)
        return read_piece(form, out);
    return form->state == FORM_FAILED ? MULTIPART_ERROR : MULTIPART_END;
}

struct text multipart_name(const struct multipart *form)
{
    return buf_text(&form->part.name);
}

struct text multipart_filename(const struct multipart *form)
{
    return buf_text(&form->part.filename);
}

bool multipart_has_filename(const struct multipart *form)
{
    return form->part.has_filename;
}

struct text multipart_content_type(const struct multipart *form)
{
    return form->part.content_type;
}

enum multipart_failure multipart_failure(const struct multipart *form)
{
    return form->failure;
}

const char *multipart_error(const struct multipart *form)
{
    return form->error;
}
