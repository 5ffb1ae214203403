/*
 * Answers on their way out, and those that wait for their time or their client.
 *
 * An answer is bytes, maybe with a file behind them, cut into pieces that are due at certain times,
 * and what becomes of the connection afterwards. A worker sends one as far as it goes; if the rest
 * would keep it waiting, because the client reads slowly or a piece is not due yet, the answer is
 * parked: the I/O thread goes on with it, and the worker is free.
 *
 *     struct parked answer;
 *     parked_init(&answer);
 *     answer.head = ...; answer.body = ...; answer.end = PARKED_RESET;
 *     parked_add_piece(&answer, now_ms + 2000, 100)         100 bytes in two seconds,
 *     parked_add_piece(&answer, now_ms + 5000, SIZE_MAX)    all others after five
 *
 * Nothing here waits or locks. Times are of clock_monotonic_ms().
 */
#ifndef HTTP_PARKED_H
#define HTTP_PARKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct http_socket;

enum { PARKED_PIECES_MAX = 64 };

/* What becomes of the connection when all is sent and the last piece is due. */
enum parked_end {
    PARKED_KEEP,       /* it waits for the next request */
    PARKED_DRAIN,      /* it is ended in an orderly way: what still comes is read and dropped */
    PARKED_RESET,      /* it is reset, as by a crash */
    PARKED_HALF_CLOSE, /* we send no more, and wait for the client to end it */
    PARKED_STALL       /* nothing, until the client leaves */
};

enum parked_state {
    PARKED_EARLY,   /* all that is due was sent: go on at parked_due_ms() */
    PARKED_BLOCKED, /* go on when the socket has room */
    PARKED_SENT,    /* there is no more */
    PARKED_FAILED   /* the client is gone, or the file is shorter than was said */
};

struct parked_piece {
    int64_t due_ms;
    uint64_t end; /* how many bytes of the answer may have been sent when this is over */
};

struct parked {
    struct buf head;   /* owned, sent first */
    struct buf body;   /* owned, then this */
    int file;          /* owned, then this from its start; -1: none */
    int64_t file_size; /* bytes to send of it */
    enum parked_end end;
    struct parked_piece *pieces; /* owned; NULL: all is due at once */
    size_t piece_count, piece_index;
    uint64_t sent;

    /* Of whoever keeps it: whose answer it is, when to look at it again. */
    struct http_socket *socket;
    int64_t wake_ms;
    uint64_t span_sent; /* `sent` when the present span of time began */
    size_t cost;        /* bytes of memory it was counted with */
    size_t place;       /* in its queue */
    bool is_stalled;    /* all is sent, and the client may leave when it likes */
};

/* Make an answer without bytes, to be kept alive after. */
void parked_init(struct parked *p);
void parked_done(struct parked *p);

/* All bytes that are to be sent, and those of them that take memory. */
uint64_t parked_size(const struct parked *p);
size_t parked_cost(const struct parked *p);

/*
 * Let the next `len` bytes (SIZE_MAX: all that are left) go no earlier than `due_ms`, and not
 * before the pieces that were added earlier. A piece of 0 bytes only lets time pass. The last piece
 * should reach to the end. Returns false, with nothing changed, past PARKED_PIECES_MAX or when
 * memory runs out.
 */
MUST_USE bool parked_add_piece(struct parked *p, int64_t due_ms, size_t len);

/* When the present piece is due. */
int64_t parked_due_ms(const struct parked *p);

/*
 * Send to a non-blocking socket what is due and goes at once, within bounds: a client that reads as
 * fast as we write is PARKED_BLOCKED too, after its turn.
 */
enum parked_state parked_send(struct parked *p, int fd, int64_t now_ms);

/* Answers by the time at which to look at them, the earliest first: a binary heap. All zero is an
 * empty one. It owns nothing but its table. */
struct parked_queue {
    struct parked **items;
    size_t count, size;
};

/* Make room for `count` in all. Returns false, with nothing changed, when memory runs out. */
MUST_USE bool parked_queue_reserve(struct parked_queue *queue, size_t count);

/* Add one, for which there is room. */
void parked_queue_add(struct parked_queue *queue, struct parked *p);

/* Its `wake_ms` changes to this. */
void parked_queue_move(struct parked_queue *queue, struct parked *p, int64_t wake_ms);
void parked_queue_remove(struct parked_queue *queue, struct parked *p);
void parked_queue_done(struct parked_queue *queue);

#endif
