/*
 * The floor that mockhere is measured against: CivetWeb and nothing else.
 *
 * Every request gets the answer that is in ANSWER, head and all, as one write, after its body was
 * read. A POST to /store keeps its body in FOLDER/upload first, synced to the disk as mockhere does
 * it, but without a look at it. Listens on PORT of 127.0.0.1 until its stdin closes.
 */
#include <civetweb.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PIECE_SIZE = 64 * 1024, ANSWER_SIZE_MAX = 64 * 1024 };

/* Written before the server starts, only read afterwards. */
struct bare {
    char answer[ANSWER_SIZE_MAX];
    size_t answer_len;
    char store_path[PATH_MAX];
};

static bool write_all(int file, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t written = write(file, data, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        data += written;
        len -= (size_t)written;
    }
    return true;
}

/* Read the whole body, into `file` unless that is -1. */
static bool read_body(struct mg_connection *conn, int file)
{
    char piece[PIECE_SIZE];

    for (;;) {
        int len = mg_read(conn, piece, sizeof(piece));
        if (len <= 0)
            return len == 0;
        if (file >= 0 && !write_all(file, piece, (size_t)len))
            return false;
    }
}

static bool store_body(struct mg_connection *conn, const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    bool stored = read_body(conn, file) && fsync(file) == 0;
    return close(file) == 0 && stored;
}

static int answer_request(struct mg_connection *conn)
{
    const struct mg_request_info *info = mg_get_request_info(conn);
    const struct bare *bare = info->user_data;

    bool ok = strcmp(info->local_uri, "/store") == 0 ? store_body(conn, bare->store_path)
                                                     : read_body(conn, -1);
    if (!ok) {
        mg_send_http_error(conn, 500, "cannot read or store the body");
        return 500;
    }
    mg_write(conn, bare->answer, bare->answer_len);
    return 200;
}

static bool read_answer(struct bare *bare, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    bare->answer_len = fread(bare->answer, 1, sizeof(bare->answer), file);
    bool whole = feof(file) && !ferror(file);
    (void)fclose(file);
    return whole;
}

static void wait_for_end_of_stdin(void)
{
    char byte;
    ssize_t len;
    do
        len = read(STDIN_FILENO, &byte, 1);
    while (len > 0 || (len < 0 && errno == EINTR));
}

int main(int argc, char **argv)
{
    static struct bare bare;

    if (argc != 4) {
        (void)fprintf(stderr, "usage: bench_bare_handler PORT ANSWER FOLDER\n");
        return 2;
    }
    int path_len = snprintf(bare.store_path, sizeof(bare.store_path), "%s/upload", argv[3]);
    if (path_len < 0 || (size_t)path_len >= sizeof(bare.store_path) ||
        !read_answer(&bare, argv[2])) {
        (void)fprintf(stderr, "bench_bare_handler: cannot use %s and %s\n", argv[2], argv[3]);
        return 3;
    }

    char address[64];
    (void)snprintf(address, sizeof(address), "127.0.0.1:%s", argv[1]);
    /* The options that server/http/ gives, as far as they bear on speed. */
    const char *options[] = {"listening_ports",
                             address,
                             "num_threads",
                             "64",
                             "tcp_nodelay",
                             "1",
                             "enable_keep_alive",
                             "yes",
                             "keep_alive_timeout_ms",
                             "75000",
                             "decode_url",
                             "no",
                             "enable_auth_domain_check",
                             "no",
                             NULL};
    struct mg_callbacks callbacks = {.begin_request = answer_request};
    struct mg_context *server = mg_start(&callbacks, &bare, options);
    if (!server) {
        (void)fprintf(stderr, "bench_bare_handler: cannot listen on %s\n", address);
        return 3;
    }
    wait_for_end_of_stdin();
    mg_stop(server);
    return 0;
}
