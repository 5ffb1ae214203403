#include "http/form_part.h"

#include "http/header_param.h"

static bool has_control(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if (((unsigned char)t.data[i] < ' ' && t.data[i] != '\t') || t.data[i] == 0x7F)
            return true;
    return false;
}

/* Browsers send a quote as %22 and leave a percent sign as it is, so nothing else is decoded. */
static void decode_quotes(struct text t, struct buf *out)
{
    while (t.len) {
        size_t len = text_find(t, TEXT("%22"));

        buf_add(out, t.data, len);
        if (len == t.len)
            return;
        buf_add_char(out, '"');
        t.data += len + 3;
        t.len -= len + 3;
    }
}

static struct text last_element(struct text path)
{
    size_t at = path.len;

    while (at && path.data[at - 1] != '/' && path.data[at - 1] != '\\')
        at--;
    return (struct text){path.data ? path.data + at : NULL, path.len - at};
}

/*
 * Decode the value of `filename*` (RFC 8187), as in `UTF-8'en'na%C3%AFve.jsonl`. Returns false if
 * it is of no use: the plain file name, if there is one, then counts.
 */
static bool decode_extended(struct text value, struct buf *out)
{
    struct text charset = text_cut(&value, '\'');

    if (!text_eq_nocase(charset, TEXT("utf-8")) && !text_eq_nocase(charset, TEXT("us-ascii")))
        return false;
    (void)text_cut(&value, '\'');
    return value.data && percent_decode(value, false, out) && utf8_is_valid(buf_text(out)) &&
           !has_control(buf_text(out));
}

enum { SEEN_NAME = 1 << 0, SEEN_FILENAME = 1 << 1, SEEN_EXTENDED = 1 << 2 };

static const struct {
    struct text name;
    unsigned seen;
} disposition_params[] = {
    {{"name", 4}, SEEN_NAME},
    {{"filename", 8}, SEEN_FILENAME},
    {{"filename*", 9}, SEEN_EXTENDED},
};

static unsigned disposition_param(struct text name)
{
    for (size_t i = 0; i < ARRAY_LEN(disposition_params); i++)
        if (text_eq_nocase(name, disposition_params[i].name))
            return disposition_params[i].seen;
    return 0;
}

static void set_filename(struct form_part *part, struct text path)
{
    buf_clear(&part->filename);
    buf_add_text(&part->filename, last_element(path));
    part->has_filename = true;
    part->failed |= part->filename.failed;
}

/* Take over one parameter. `extended` tells whether a usable `filename*` was seen before. */
static void take_param(struct form_part *part, unsigned param, struct text value, bool *extended)
{
    AUTO(buf_done) struct buf decoded = {0};

    if (param == SEEN_NAME) {
        decode_quotes(value, &part->name);
    } else if (param == SEEN_FILENAME && !*extended) {
        decode_quotes(value, &decoded);
        set_filename(part, buf_text(&decoded));
    } else if (param == SEEN_EXTENDED && decode_extended(value, &decoded)) {
        set_filename(part, buf_text(&decoded));
        *extended = true;
    }
    part->failed |= part->name.failed || decoded.failed;
}

static const char *read_disposition(struct text params, struct form_part *part)
{
    AUTO(buf_done) struct buf value = {0};
    bool extended = false;
    unsigned seen = 0;

    for (;;) {
        struct text name;
        enum header_param_result result = header_param_next(&params, &name, &value);
        unsigned param;

        if (result == HEADER_PARAM_NONE)
            return NULL;
        param = result == HEADER_PARAM_FOUND ? disposition_param(name) : 0;
        if (result == HEADER_PARAM_BAD || (seen & param))
            return "a Content-Disposition header cannot be read";
        seen |= param;
        take_param(part, param, buf_text(&value), &extended);
        part->failed |= value.failed;
    }
}

static bool name_is_valid(struct text name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.data[i] <= ' ' || name.data[i] > '~')
            return false;
    return name.len > 0;
}

/* Of two lines with the same name, the first counts. */
const char *form_part_read(struct text header, struct form_part *out)
{
    bool has_disposition = false;
    const char *error = NULL;

    buf_clear(&out->name);
    buf_clear(&out->filename);
    out->has_filename = false;
    out->content_type = (struct text){0};
    while (header.len && !error) {
        struct text value = text_cut(&header, '\n');
        struct text name;

        if (has_control(value))
            return "the header of a part has a control character";
        name = text_cut(&value, ':');
        if (!value.data || !name_is_valid(name))
            return "the header of a part has a malformed line";
        if (text_eq_nocase(name, TEXT("content-type")) && !out->content_type.data)
            out->content_type = text_trim(value);
        if (!text_eq_nocase(name, TEXT("content-disposition")) || has_disposition)
            continue;
        has_disposition = true;
        if (text_eq_nocase(text_trim(text_cut(&value, ';')), TEXT("form-data")))
            error = read_disposition(value, out);
    }
    return error;
}

void form_part_done(struct form_part *part)
{
    buf_done(&part->name);
    buf_done(&part->filename);
}
