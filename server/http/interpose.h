/*
 * Our versions of the C library's calls by which CivetWeb deals with sockets and threads.
 *
 * The program defines recv(), send(), poll(), accept(), listen() and pthread_attr_setstacksize(),
 * and so the dynamic linker gives these to libcivetweb too. Called on descriptors that are not
 * ours, or by threads that start no server, they do what the C library's do.
 */
#ifndef HTTP_INTERPOSE_H
#define HTTP_INTERPOSE_H

struct io_batch;

/*
 * Between these two, on the calling thread: the socket that is made to listen becomes the door of
 * `batch`, without listening, and threads get the stack that our handlers need.
 */
void interpose_begin(struct io_batch *batch);
void interpose_end(void);

#endif
