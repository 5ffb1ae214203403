/*
 * Lines out of pieces; or entries that something else than a newline separates.
 *
 * A line that lies in one piece is handed out in place; only one that is cut by the end of a piece
 * is copied. A line over the limit is skipped, not held.
 */
#ifndef CORE_LINE_SPLIT_H
#define CORE_LINE_SPLIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct line_split {
    size_t len_max;    /* bytes of a line, without its newline */
    uint64_t line;     /* number of the line in which what was handed out last begins, from 1 */
    struct buf cut;    /* the beginning of a line that goes on */
    bool is_cut;       /* a line has begun in an earlier piece */
    bool skipping;     /* and is too long already */
    bool cut_used;     /* `cut` was handed out and is empty from now on */
    bool begun;        /* something was handed out */
    uint64_t newlines; /* before what is handed out next; only with a separator */
    uint64_t newlines_within; /* in what of it was seen */
    struct text separator;    /* borrowed; empty: a newline */
    size_t *fallback; /* owned; how much of the separator still fits where a byte more does not */
    size_t matched;   /* bytes of the separator that the last piece ended with */
};

enum line_result { LINE_READY, LINE_TOO_LONG, LINE_NONE, LINE_NO_MEMORY };

void line_split_done(struct line_split *lines);

/* Forget what was read and begin with another text, with the same limit and separator. */
void line_split_restart(struct line_split *lines);

/* Split at `separator`, which must stay, in place of newlines. Before the first piece. Returns
 * false when memory runs out. */
MUST_USE bool line_split_separate(struct line_split *lines, struct text separator);

/*
 * Take the next line from the front of `*piece`, without its newline (nor the byte order mark
 * before the first). LINE_NONE: `*piece` is used up. `*line` is valid until the next call and as
 * long as `*piece`.
 */
MUST_USE enum line_result line_split_next(struct line_split *lines, struct text *piece,
                                          struct text *line);

/* After the last piece: hand out what no newline ended, or LINE_NONE. */
MUST_USE enum line_result line_split_end(struct line_split *lines, struct text *line);

#endif
