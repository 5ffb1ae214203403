/*
 * Lines, and entries that something else separates: the first byte is the length of the separator,
 * which follows (0: a newline), and seeds the sizes of pieces. What comes out is what a plain
 * reading of the whole text gives.
 */
#include "core/line_split.h"
#include "fuzz/fuzz.h"

enum { LEN_MAX = 24, SEPARATOR_LEN_MAX = 5 };

static void note(struct buf *out, uint64_t line, bool is_too_long, struct text text)
{
    buf_add_uint(out, line);
    buf_add_char(out, is_too_long ? '!' : ':');
    if (!is_too_long)
        buf_add_text(out, text);
    buf_add_char(out, '|');
}

static void read_plainly(struct text input, struct text separator, struct buf *out)
{
    const struct text mark = TEXT("\xef\xbb\xbf");
    struct text wanted = separator.len ? separator : TEXT("\n");
    uint64_t line = 1;

    for (bool is_first = true; input.len > 0; is_first = false) {
        struct text whole = {input.data, text_find(input, wanted)}, shown = whole;
        struct text with_end = take(&input, whole.len + wanted.len);

        if (is_first && text_has_prefix(shown, mark))
            (void)take(&shown, mark.len);
        note(out, line, whole.len > LEN_MAX, shown);
        for (size_t i = 0; i < with_end.len; i++)
            line += with_end.data[i] == '\n';
    }
}

static void note_result(struct buf *out, const struct line_split *lines, enum line_result result,
                        struct text text)
{
    demand(result != LINE_NO_MEMORY, "there is memory");
    if (result != LINE_NONE)
        note(out, lines->line, result == LINE_TOO_LONG, text);
}

static void read_pieces(struct text input, struct text separator, uint32_t random, struct buf *out)
{
    AUTO(line_split_done) struct line_split lines = {.len_max = LEN_MAX};
    struct text line = {0};

    if (separator.len)
        demand(line_split_separate(&lines, separator), "there is memory");
    while (input.len > 0) {
        size_t len = random ? 1 + random_below(&random, 9) : input.len;
        struct text piece = take(&input, len);

        while (piece.len > 0)
            note_result(out, &lines, line_split_next(&lines, &piece, &line), line);
    }
    note_result(out, &lines, line_split_end(&lines, &line), line);
    demand(line_split_end(&lines, &line) == LINE_NONE, "the end is the end");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(buf_done) struct buf plain = {0}, whole = {0}, cut = {0};
    struct text input = {(const char *)data, size}, separator;
    uint8_t choice = take_byte(&input);

    separator = take(&input, choice % (SEPARATOR_LEN_MAX + 1));
    read_plainly(input, separator, &plain);
    read_pieces(input, separator, 0, &whole);
    demand_text(buf_text(&whole), buf_text(&plain), "it is what a plain reading gives");
    read_pieces(input, separator, choice + 1U, &cut);
    demand_text(buf_text(&cut), buf_text(&plain), "however it is cut");
    return 0;
}
