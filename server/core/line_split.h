/*
 * Lines out of pieces.
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
    size_t len_max; /* bytes of a line, without its newline */
    uint64_t line;  /* number of the line handed out last, from 1 */
    struct buf cut; /* the beginning of a line that goes on */
    bool is_cut;    /* a line has begun in an earlier piece */
    bool skipping;  /* and is too long already */
    bool cut_used;  /* `cut` was handed out and is empty from now on */
};

enum line_result { LINE_READY, LINE_TOO_LONG, LINE_NONE, LINE_NO_MEMORY };

void line_split_done(struct line_split *lines);

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
