/*
 * Sockets in the order in which they came, the oldest first. A socket is in one list at most.
 */
#ifndef HTTP_SOCKET_LIST_H
#define HTTP_SOCKET_LIST_H

#include "http/socket.h"

/* From the oldest to the newest. All zero is an empty one. */
struct socket_list {
    struct http_socket *oldest, *newest;
};

/* Add one, and note the time in its `since_ms`. */
void socket_list_append(struct socket_list *list, struct http_socket *socket);
void socket_list_remove(struct socket_list *list, struct http_socket *socket);

/* Take the oldest, or NULL if there is none. */
struct http_socket *socket_list_take(struct socket_list *list);

#endif
