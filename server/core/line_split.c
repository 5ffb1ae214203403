#include "core/line_split.h"

#include <stdlib.h>
#include <string.h>

enum { CUT_KEPT_SIZE = 1024 * 1024 };

void line_split_done(struct line_split *lines)
{
    buf_done(&lines->cut);
    free(lines->fallback);
    lines->fallback = NULL;
}

void line_split_restart(struct line_split *lines)
{
    buf_done(&lines->cut);
    *lines = (struct line_split){
        .len_max = lines->len_max, .separator = lines->separator, .fallback = lines->fallback};
}

/* The table of Knuth, Morris and Pratt, so that no byte is looked at again in an earlier piece. */
bool line_split_separate(struct line_split *lines, struct text separator)
{
    size_t *fallback = calloc(separator.len ? separator.len : 1, sizeof(*fallback));
    size_t fits = 0;

    if (!fallback)
        return false;
    for (size_t i = 1; i < separator.len; i++) {
        while (fits > 0 && separator.data[i] != separator.data[fits])
            fits = fallback[fits - 1];
        if (separator.data[i] == separator.data[fits])
            fits++;
        fallback[i] = fits;
    }
    free(lines->fallback);
    lines->fallback = fallback;
    lines->separator = separator;
    return true;
}

static size_t separator_len(const struct line_split *lines)
{
    return lines->separator.len ? lines->separator.len : 1;
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

/* Count the line that ends. Without a separator each is one, and there is nothing to count. */
static void count_line(struct line_split *lines)
{
    if (!lines->separator.len) {
        lines->line++;
        return;
    }
    lines->line = lines->newlines + 1;
    lines->newlines += lines->newlines_within;
    lines->newlines_within = 0;
}

/* Hand out a whole line. */
static enum line_result finish(struct line_split *lines, struct text whole, struct text *line)
{
    static const char mark[] = "\xef\xbb\xbf";
    bool is_first = !lines->begun;

    count_line(lines);
    lines->begun = true;
    lines->is_cut = false;
    lines->matched = 0;
    if (lines->skipping || whole.len > lines->len_max) {
        lines->skipping = false;
        return LINE_TOO_LONG;
    }
    if (is_first && text_has_prefix(whole, TEXT("\xef\xbb\xbf")))
        whole = (struct text){whole.data + sizeof(mark) - 1, whole.len - sizeof(mark) + 1};
    *line = whole;
    return LINE_READY;
}

/* Keep `more` of a line that goes on, unless that makes it too long with any end. */
static bool keep(struct line_split *lines, struct text more)
{
    size_t room = lines->len_max + separator_len(lines);

    lines->is_cut = true;
    if (lines->skipping || more.len > room - lines->cut.len) {
        lines->skipping = true;
        buf_done(&lines->cut);
        return true;
    }
    buf_add_text(&lines->cut, more);
    return !lines->cut.failed;
}

/* Hand out what was kept but for its last `end_len` bytes. */
static enum line_result finish_cut(struct line_split *lines, size_t end_len, struct text *line)
{
    struct text whole = buf_text(&lines->cut);

    lines->cut_used = true;
    if (!lines->skipping)
        whole.len -= end_len;
    return finish(lines, whole, line);
}

/* Find where the next separator ends in `piece`; 0: it does not. */
static size_t find_end(struct line_split *lines, struct text piece)
{
    const struct text *separator = &lines->separator;

    if (!separator->len) {
        const char *newline = memchr(piece.data, '\n', piece.len);
        return newline ? (size_t)(newline - piece.data) + 1 : 0;
    }
    for (size_t i = 0; i < piece.len; i++) {
        char c = piece.data[i];

        if (c == '\n')
            lines->newlines_within++;
        while (lines->matched > 0 && c != separator->data[lines->matched])
            lines->matched = lines->fallback[lines->matched - 1];
        if (c == separator->data[lines->matched])
            lines->matched++;
        if (lines->matched == separator->len)
            return i + 1;
    }
    return 0;
}

enum line_result line_split_next(struct line_split *lines, struct text *piece, struct text *line)
{
    struct text front;
    size_t end;

    forget_used(lines);
    if (piece->len == 0)
        return LINE_NONE;
    end = find_end(lines, *piece);
    if (!end) {
        front = *piece;
        *piece = (struct text){0};
        return keep(lines, front) ? LINE_NONE : LINE_NO_MEMORY;
    }
    front = (struct text){piece->data, end};
    *piece = (struct text){piece->data + end, piece->len - end};
    if (!lines->is_cut) {
        front.len -= separator_len(lines);
        return finish(lines, front, line);
    }
    if (!keep(lines, front))
        return LINE_NO_MEMORY;
    return finish_cut(lines, separator_len(lines), line);
}

enum line_result line_split_end(struct line_split *lines, struct text *line)
{
    forget_used(lines);
    if (!lines->is_cut)
        return LINE_NONE;
    return finish_cut(lines, 0, line);
}
