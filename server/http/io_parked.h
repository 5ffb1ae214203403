/*
 * What the I/O thread does with the answers that are parked. All is called with its lock held.
 */
#ifndef HTTP_IO_PARKED_H
#define HTTP_IO_PARKED_H

#include "http/io_thread.h"

/* Put a connection's answer into the queue. Returns the events to wait for. */
uint32_t io_keep_parked(struct io_thread *io, struct http_socket *socket);

/* Go on after an event, or drop a connection whose client is gone. */
void io_handle_parked(struct io_thread *io, struct http_socket *socket, uint32_t events);

/* Send what is due; end what its client does not read. */
void io_look_at_parked(struct io_thread *io, int64_t now_ms);

/* Drop the answer that is parked for a connection, if there is one. */
void io_forget_parked(struct io_thread *io, struct http_socket *socket);

#endif
