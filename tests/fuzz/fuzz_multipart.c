/*
 * A form from anybody: its first line is the boundary parameter as in a Content-Type, the first
 * byte of it also seeds the sizes in which the body arrives, and the rest is the body.
 *
 * Whatever these sizes, the same parts, the same content and the same end come out, and never more
 * bytes of content than went in.
 */
#include <string.h>

#include "fuzz/fuzz.h"
#include "http/multipart.h"

enum pace { PACE_WHOLE, PACE_BYTES, PACE_MIXED, PACE_COUNT };

struct source {
    struct text left;
    enum pace pace;
    uint32_t random;
    bool over; /* the end was told */
};

static long source_read(void *source, void *data, size_t size)
{
    struct source *s = source;
    size_t len = s->left.len < size ? s->left.len : size;

    demand(size > 0, "there is room to read to");
    demand(!s->over, "nothing is read behind the end");
    if (s->pace == PACE_BYTES && len > 1)
        len = 1;
    if (s->pace == PACE_MIXED && len > 0)
        len = 1 + random_below(&s->random, len < 90 ? len : 90);
    s->over = len == 0;
    if (s->over)
        return 0;
    memcpy(data, s->left.data, len);
    s->left.data += len;
    s->left.len -= len;
    return (long)len;
}

static bool has_control(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.data[i] < ' ' && t.data[i] != '\t')
            return true;
    return false;
}

/* Write down a part's header, with its lengths. */
static void add_part(const struct multipart *form, struct buf *out)
{
    const struct text texts[] = {multipart_name(form), multipart_filename(form),
                                 multipart_content_type(form)};

    buf_add_uint(out, multipart_has_filename(form));
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        demand(texts[i].len <= MULTIPART_HEADER_SIZE_MAX, "names are bounded");
        demand(!has_control(texts[i]), "names have no control characters");
        buf_add_uint(out, texts[i].len);
        buf_add_text(out, texts[i]);
    }
    demand(multipart_filename(form).len == 0 ||
               !memchr(multipart_filename(form).data, '/', multipart_filename(form).len),
           "a file name is one element");
}

/*
 * Read a form and write down all that it says, but for its contents if these are skipped. Returns
 * the bytes of content.
 */
static size_t read_form(struct multipart *form, bool skip, struct buf *out)
{
    enum multipart_result result;
    struct text piece;
    size_t len = 0, count = 0;

    while ((result = multipart_next(form)) == MULTIPART_PART) {
        demand(++count <= MULTIPART_PARTS_MAX, "parts are bounded");
        add_part(form, out);
        while (!skip && multipart_read(form, &piece) == MULTIPART_DATA) {
            demand(piece.len > 0, "no piece is empty");
            buf_add_text(out, piece);
            len += piece.len;
        }
    }
    demand(multipart_next(form) == result, "the end lasts");
    if (result == MULTIPART_ERROR) {
        demand(multipart_failure(form) == MULTIPART_MALFORMED, "the source does not fail");
        buf_add_string(out, multipart_error(form));
    }
    return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text body = {(const char *)data, size};
    struct text boundary = text_cut(&body, '\n');
    AUTO(buf_done) struct buf content_type = {0};
    struct buf said[2 * PACE_COUNT] = {0};

    buf_add_string(&content_type, "multipart/form-data; boundary=");
    buf_add_text(&content_type, boundary);
    for (size_t i = 0; i < ARRAY_LEN(said); i++) {
        struct source source = {.left = body,
                                .pace = (enum pace)(i % PACE_COUNT),
                                .random = boundary.len ? (unsigned char)boundary.data[0] : 0};
        struct multipart *form = multipart_new(buf_text(&content_type), source_read, &source);

        demand(form != NULL, "there is memory");
        demand(read_form(form, i >= PACE_COUNT, &said[i]) <= body.len, "content is from the body");
        demand(text_eq(buf_text(&said[i]), buf_text(&said[i - i % PACE_COUNT])),
               "the sizes of reads make no difference");
        multipart_free(form);
    }
    for (size_t i = 0; i < ARRAY_LEN(said); i++)
        buf_done(&said[i]);
    return 0;
}
