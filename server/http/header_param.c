#include "http/header_param.h"

static void skip(struct text *t, size_t count)
{
    t->data += count;
    t->len -= count;
}

/* Read what is behind an opening quote, and pass the next `;`. */
static enum header_param_result read_quoted(struct text *rest, struct buf *value)
{
    while (rest->len && rest->data[0] != '"') {
        if (rest->len > 1 && rest->data[0] == '\\' &&
            (rest->data[1] == '"' || rest->data[1] == '\\'))
            skip(rest, 1);
        buf_add_char(value, rest->data[0]);
        skip(rest, 1);
    }
    if (rest->len == 0)
        return HEADER_PARAM_BAD;
    skip(rest, 1);
    return text_trim(text_cut(rest, ';')).len ? HEADER_PARAM_BAD : HEADER_PARAM_FOUND;
}

enum header_param_result header_param_next(struct text *rest, struct text *name, struct buf *value)
{
    size_t len = 0;

    buf_clear(value);
    *rest = text_trim(*rest);
    while (rest->len && rest->data[0] == ';') {
        skip(rest, 1);
        *rest = text_trim(*rest);
    }
    if (rest->len == 0)
        return HEADER_PARAM_NONE;
    while (len < rest->len && rest->data[len] != '=' && rest->data[len] != ';')
        len++;
    if (len == rest->len || rest->data[len] == ';')
        return HEADER_PARAM_BAD;
    *name = text_trim((struct text){rest->data, len});
    skip(rest, len + 1);
    *rest = text_trim(*rest);
    if (rest->len && rest->data[0] == '"') {
        skip(rest, 1);
        return read_quoted(rest, value);
    }
    buf_add_text(value, text_trim(text_cut(rest, ';')));
    return HEADER_PARAM_FOUND;
}
