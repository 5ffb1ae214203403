#include "core/line_split.h"

#include <string.h>

enum { CUT_KEPT_SIZE = 1024 * 1024 };

void line_split_done(struct line_split *lines)
{
    buf_done(&lines->cut);
}

/* Forget the cut line that was handed out, and a large buffer with it. */
static void forget_used(struct line_split *lines)
{
    if (!lines->cut_used)
        return;
    if (lines->cut.size > CUT_KEPT_SIZE)
        buf_done(&lines->cut);
    buf_clear(&lines->cut);
    lines->cut_used = false;
}

/* Hand out a whole line. */
static enum line_result finish(struct line_split *lines, struct text whole, struct text *line)
{
    static const char mark[] = "\xef\xbb\xbf";

    lines->line++;
    lines->is_cut = false;
    if (lines->skipping || whole.len > lines->len_max) {
        lines->skipping = false;
        return LINE_TOO_LONG;
    }
    if (lines->line == 1 && text_has_prefix(whole, TEXT("\xef\xbb\xbf")))
        whole = (struct text){whole.data + sizeof(mark) - 1, whole.len - sizeof(mark) + 1};
    *line = whole;
    return LINE_READY;
}

/* Keep `more` of a line that goes on, unless that makes it too long. */
static bool keep(struct line_split *lines, struct text more)
{
    lines->is_cut = true;
    if (lines->skipping || more.len > lines->len_max - lines->cut.len) {
        lines->skipping = true;
        buf_done(&lines->cut);
        return true;
    }
    buf_add_text(&lines->cut, more);
    return !lines->cut.failed;
}

static enum line_result finish_cut(struct line_split *lines, struct text *line)
{
    lines->cut_used = true;
    return finish(lines, buf_text(&lines->cut), line);
}

enum line_result line_split_next(struct line_split *lines, struct text *piece, struct text *line)
{
    const char *newline;
    struct text front;

    forget_used(lines);
    if (piece->len == 0)
        return LINE_NONE;
    newline = memchr(piece->data, '\n', piece->len);
    if (!newline) {
        front = *piece;
        *piece = (struct text){0};
        return keep(lines, front) ? LINE_NONE : LINE_NO_MEMORY;
    }
    front = (struct text){piece->data, (size_t)(newline - piece->data)};
    *piece = (struct text){newline + 1, piece->len - front.len - 1};
    if (!lines->is_cut)
        return finish(lines, front, line);
    if (!keep(lines, front))
        return LINE_NO_MEMORY;
    return finish_cut(lines, line);
}

enum line_result line_split_end(struct line_split *lines, struct text *line)
{
    forget_used(lines);
    if (!lines->is_cut)
        return LINE_NONE;
    return finish_cut(lines, line);
}
