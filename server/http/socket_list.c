#include "http/socket_list.h"

#include "base/timestamp.h"

void socket_list_append(struct socket_list *list, struct http_socket *socket)
{
    socket->older = list->newest;
    socket->newer = NULL;
    socket->since_ms = clock_monotonic_ms();
    if (list->newest)
        list->newest->newer = socket;
    else
        list->oldest = socket;
    list->newest = socket;
}

void socket_list_remove(struct socket_list *list, struct http_socket *socket)
{
    if (socket->older)
        socket->older->newer = socket->newer;
    else
        list->oldest = socket->newer;
    if (socket->newer)
        socket->newer->older = socket->older;
    else
        list->newest = socket->older;
    socket->older = socket->newer = NULL;
}

struct http_socket *socket_list_take(struct socket_list *list)
{
    struct http_socket *socket = list->oldest;

    if (socket)
        socket_list_remove(list, socket);
    return socket;
}
