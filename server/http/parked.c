#include "http/parked.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { TURN_SIZE = 262144, QUEUE_SIZE_FIRST = 16 };

void parked_init(struct parked *p)
{
    *p = (struct parked){.file = -1};
}

void parked_done(struct parked *p)
{
    buf_done(&p->head);
    buf_done(&p->body);
    if (p->file >= 0)
        (void)close(p->file);
    free(p->pieces);
    parked_init(p);
}

uint64_t parked_size(const struct parked *p)
{
    return p->head.len + p->body.len + (p->file >= 0 ? (uint64_t)p->file_size : 0);
}

size_t parked_cost(const struct parked *p)
{
    return sizeof(*p) + p->head.size + p->body.size + p->piece_count * sizeof(*p->pieces);
}

bool parked_add_piece(struct parked *p, int64_t due_ms, size_t len)
{
    uint64_t begin = p->piece_count ? p->pieces[p->piece_count - 1].end : 0;
    uint64_t left = parked_size(p) - begin;
    struct parked_piece *pieces;

    if (p->piece_count == PARKED_PIECES_MAX)
        return false;
    pieces = reallocarray(p->pieces, p->piece_count + 1, sizeof(*pieces));
    if (!pieces)
        return false;
    p->pieces = pieces;
    pieces[p->piece_count++] =
        (struct parked_piece){.due_ms = due_ms, .end = begin + (len < left ? len : left)};
    return true;
}

int64_t parked_due_ms(const struct parked *p)
{
    return p->piece_index < p->piece_count ? p->pieces[p->piece_index].due_ms : 0;
}

/* Send from the buffers, up to the byte `end` of the answer. */
static ssize_t send_bytes(const struct parked *p, int fd, uint64_t end)
{
    size_t from_head = p->sent < p->head.len ? p->head.len - p->sent : 0;
    size_t from_body = p->head.len + p->body.len - p->sent - from_head;
    struct iovec parts[2];
    struct msghdr message = {.msg_iov = parts};
    int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    uint64_t left = end - p->sent;

    /* What the file begins with goes into the same packet. */
    if (left > from_head + from_body)
        flags |= MSG_MORE;
    from_head = from_head < left ? from_head : left;
    from_body = from_body < left - from_head ? from_body : left - from_head;
    if (from_head > 0)
        parts[message.msg_iovlen++] = (struct iovec){p->head.data + p->sent, from_head};
    if (from_body > 0)
        parts[message.msg_iovlen++] =
            (struct iovec){p->body.data + (p->sent + from_head - p->head.len), from_body};
    if (message.msg_iovlen == 1)
        return sendto(fd, parts[0].iov_base, parts[0].iov_len, flags, NULL, 0);
    return sendmsg(fd, &message, flags);
}

static ssize_t send_some(const struct parked *p, int fd, uint64_t end)
{
    uint64_t bytes = p->head.len + p->body.len;
    off_t offset = (off_t)(p->sent - bytes);
    ssize_t count;

    if (p->sent < bytes)
        return send_bytes(p, fd, end);
    count = sendfile(fd, p->file, &offset, end - p->sent);
    /* The file ended too early: the cut connection tells the client. */
    if (count == 0)
        errno = EPIPE;
    return count > 0 ? count : -1;
}

/* Go on to the piece that is due but not over. Returns the byte up to which may be sent now. */
static uint64_t find_end(struct parked *p, int64_t now_ms)
{
    if (!p->pieces)
        return parked_size(p);
    while (p->piece_index < p->piece_count && p->pieces[p->piece_index].due_ms <= now_ms &&
           p->sent >= p->pieces[p->piece_index].end)
        p->piece_index++;
    if (p->piece_index == p->piece_count || p->pieces[p->piece_index].due_ms > now_ms)
        return p->sent;
    return p->pieces[p->piece_index].end;
}

enum parked_state parked_send(struct parked *p, int fd, int64_t now_ms)
{
    uint64_t turn_end = p->sent + TURN_SIZE, end;

    while ((end = find_end(p, now_ms)) > p->sent) {
        ssize_t count;

        if (p->sent >= turn_end)
            return PARKED_BLOCKED;
        count = send_some(p, fd, end < turn_end ? end : turn_end);
        if (count >= 0)
            p->sent += (uint64_t)count;
        else if (errno == EAGAIN)
            return PARKED_BLOCKED;
        else if (errno != EINTR)
            return PARKED_FAILED;
    }
    return p->piece_index < p->piece_count ? PARKED_EARLY : PARKED_SENT;
}

/* The queue */

static void place(struct parked_queue *queue, size_t at, struct parked *p)
{
    queue->items[at] = p;
    p->place = at;
}

/* Move an answer that was put at `at` to where its time has its place. */
static void settle(struct parked_queue *queue, size_t at, struct parked *p)
{
    while (at > 0 && queue->items[(at - 1) / 2]->wake_ms > p->wake_ms) {
        place(queue, at, queue->items[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    for (size_t child; (child = 2 * at + 1) < queue->count; at = child) {
        if (child + 1 < queue->count &&
            queue->items[child + 1]->wake_ms < queue->items[child]->wake_ms)
            child++;
        if (queue->items[child]->wake_ms >= p->wake_ms)
            break;
        place(queue, at, queue->items[child]);
    }
    place(queue, at, p);
}

bool parked_queue_reserve(struct parked_queue *queue, size_t count)
{
    size_t size = queue->size ? queue->size : QUEUE_SIZE_FIRST;
    struct parked **items;

    if (count <= queue->size)
        return true;
    while (size < count)
        size *= 2;
    items = reallocarray(queue->items, size, sizeof(struct parked *));
    if (!items)
        return false;
    queue->items = items;
    queue->size = size;
    return true;
}

void parked_queue_add(struct parked_queue *queue, struct parked *p)
{
    assert(queue->count < queue->size);
    queue->count++;
    settle(queue, queue->count - 1, p);
}

void parked_queue_move(struct parked_queue *queue, struct parked *p, int64_t wake_ms)
{
    p->wake_ms = wake_ms;
    settle(queue, p->place, p);
}

void parked_queue_remove(struct parked_queue *queue, struct parked *p)
{
    struct parked *last = queue->items[--queue->count];

    if (last != p)
        settle(queue, p->place, last);
}

void parked_queue_done(struct parked_queue *queue)
{
    free(queue->items);
    *queue = (struct parked_queue){0};
}
