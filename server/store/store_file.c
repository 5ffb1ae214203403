#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "store/store_internal.h"

enum { WRITE_SIZE = 256 * 1024, WRITE_BEHIND_SIZE = 16 << 20 };

struct store_file {
    struct store *store; /* borrowed */
    int fd;
    uint64_t size;
    char *held; /* owned, NULL before the first write: the last bytes, not yet in the file */
    size_t held_len;
    uint64_t behind_size; /* how much of it the disk was told to begin with */
    bool is_kept; /* it is among the stored files; else in the folder of those being written */
    struct store_file *original; /* attached to it; owned */
    char name[FILE_NAME_SIZE];
};

enum store_result store_system_failure(const char *what, int error)
{
    log_error("cannot %s: %s", what, strerror(error));
    return error == ENOSPC || error == EDQUOT ? STORE_FULL : STORE_FAILED;
}

void store_file_write_name(uint64_t number, char out[FILE_NAME_SIZE])
{
    (void)snprintf(out, FILE_NAME_SIZE, "%020" PRIu64, number);
}

enum store_result store_file_new(struct store *store, struct store_file **out)
{
    struct store_file *file = calloc(1, sizeof(*file));

    if (!file)
        return store_system_failure("begin a file", ENOMEM);
    file->store = store;
    store_file_write_name(atomic_fetch_add(&store->next_file, 1), file->name);
    /* One that was left behind and could not be removed has no meaning. */
    file->fd = openat(store->tmp_fd, file->name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file->fd < 0) {
        enum store_result result = store_system_failure("begin a file", errno);

        free(file);
        return result;
    }
    *out = file;
    return STORE_OK;
}

/* What is in the file already. */
static uint64_t written_size(const struct store_file *file)
{
    return file->size - file->held_len;
}

/*
 * Let the disk begin with what was written so far: the rest of a large upload is still to come, and
 * the sync at its end finds little left to do. Only a hint, whose failure the sync will show.
 */
static void write_behind(struct store_file *file)
{
    uint64_t size = written_size(file);

    if (file->store->is_temporary || size - file->behind_size < WRITE_BEHIND_SIZE)
        return;
    (void)sync_file_range(file->fd, (off_t)file->behind_size, (off_t)(size - file->behind_size),
                          SYNC_FILE_RANGE_WRITE);
    file->behind_size = size;
}

/* Write what is held. */
static enum store_result file_flush(struct store_file *file)
{
    const char *rest = file->held;

    while (file->held_len > 0) {
        ssize_t written = write(file->fd, rest, file->held_len);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return store_system_failure("write a file", errno);
        rest += written;
        file->held_len -= (size_t)written;
    }
    write_behind(file);
    return STORE_OK;
}

/*
 * Writes are of one size, so that each begins and ends with a page: the kernel takes those in half
 * the time that it takes for blocks as they come.
 */
enum store_result store_file_write(struct store_file *file, const void *data, size_t len)
{
    enum store_result result = STORE_OK;
    const char *rest = data;

    if (!file->held)
        file->held = malloc(WRITE_SIZE);
    if (!file->held)
        return store_system_failure("write a file", ENOMEM);
    while (len > 0 && result == STORE_OK) {
        size_t room = WRITE_SIZE - file->held_len, count = len < room ? len : room;

        memcpy(file->held + file->held_len, rest, count);
        file->held_len += count;
        file->size += count;
        rest += count;
        len -= count;
        if (file->held_len == WRITE_SIZE)
            result = file_flush(file);
    }
    return result;
}

/* Read what is in the file, `len` bytes at `offset`. */
static enum store_result read_written(const struct store_file *file, uint64_t offset, char *data,
                                      size_t len)
{
    while (len > 0) {
        ssize_t got = pread(file->fd, data, len, (off_t)offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return store_system_failure("read a file back", got < 0 ? errno : EIO);
        data += got;
        len -= (size_t)got;
        offset += (uint64_t)got;
    }
    return STORE_OK;
}

enum store_result store_file_read(struct store_file *file, uint64_t offset, void *data, size_t len)
{
    uint64_t written = written_size(file);
    size_t front = 0;

    if (offset > file->size || len > file->size - offset)
        return store_system_failure("read a file back", EIO);
    if (offset < written)
        front = len < written - offset ? len : (size_t)(written - offset);
    if (len > front)
        memcpy((char *)data + front, file->held + (offset + front - written), len - front);
    return read_written(file, offset, data, front);
}

uint64_t store_file_size(const struct store_file *file)
{
    return file->size;
}

const char *store_file_name(const struct store_file *file)
{
    return file->name;
}

void store_file_attach(struct store_file *file, struct store_file *original)
{
    assert(!file->original && original && !original->original);
    file->original = original;
}

const char *store_file_original_name(const struct store_file *file)
{
    return file->original ? file->original->name : "";
}

uint64_t store_file_original_size(const struct store_file *file)
{
    return file->original ? file->original->size : 0;
}

static void release_one(struct store_file *file)
{
    (void)close(file->fd);
    free(file->held);
    free(file);
}

void store_file_release(struct store_file *file)
{
    if (file->original)
        release_one(file->original);
    release_one(file);
}

static void unlink_one(const struct store_file *file)
{
    struct store *store = file->store;

    if (unlinkat(file->is_kept ? store->parts_fd : store->tmp_fd, file->name, 0) == 0)
        return;
    (void)store_system_failure("discard a file", errno);
    store->needs_recovery = true;
}

void store_file_discard(struct store_file *file)
{
    if (!file)
        return;
    if (file->original)
        unlink_one(file->original);
    unlink_one(file);
    store_file_release(file);
}

static enum store_result file_keep(struct store_file *file)
{
    const struct store *store = file->store;
    enum store_result result = file_flush(file);

    if (result != STORE_OK)
        return result;
    if (!store->is_temporary && fsync(file->fd) < 0)
        return store_system_failure("sync a file", errno);
    if (renameat(store->tmp_fd, file->name, store->parts_fd, file->name) < 0)
        return store_system_failure("rename a file", errno);
    file->is_kept = true;
    return STORE_OK;
}

enum store_result store_files_keep(struct store *store, struct store_file *const files[],
                                   size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum store_result result = file_keep(files[i]);

        if (result == STORE_OK && files[i]->original)
            result = file_keep(files[i]->original);
        if (result != STORE_OK)
            return result;
    }
    if (count > 0 && !store->is_temporary && fsync(store->parts_fd) < 0)
        return store_system_failure("sync the folder of files", errno);
    return STORE_OK;
}

/* All our names are digits, so that no other can lead out of the folder. */
static bool is_file_name(const char *file_name)
{
    size_t len = strlen(file_name);

    return len > 0 && strspn(file_name, "0123456789") == len;
}

/* Compare a file's size, -1 if it is not there, with its row's. STORE_NONE: it has no row, or not
 * that size, and then is marked lost. */
static enum store_result check_size(struct store *store, const char *file_name, int64_t size)
{
    enum store_result result;
    struct query query;
    bool is_there;
    int64_t stored;

    (void)pthread_mutex_lock(&store->lock);
    query = query_begin(store, SQL_FILE_GET, "look a file up");
    query_bind_text(&query, 1, file_name);
    is_there = query_row(&query);
    stored = is_there ? query_int(&query, 0) : size;
    result = query_end(&query);
    if (result == STORE_OK && stored != size)
        result = store_file_lost(store, file_name);
    (void)pthread_mutex_unlock(&store->lock);
    return result == STORE_OK && (!is_there || stored != size) ? STORE_NONE : result;
}

enum store_result store_file_open(struct store *store, const char *file_name, int *out,
                                  int64_t *out_size)
{
    struct stat status = {.st_size = -1};
    enum store_result result;
    int fd;

    if (!is_file_name(file_name))
        return STORE_NONE;
    fd = openat(store->parts_fd, file_name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno != ENOENT)
        return store_system_failure("open a file", errno);
    if (fd >= 0 && fstat(fd, &status) < 0)
        result = store_system_failure("measure a file", errno);
    else
        result = check_size(store, file_name, status.st_size);
    if (result == STORE_OK) {
        *out = fd;
        *out_size = status.st_size;
    } else if (fd >= 0) {
        (void)close(fd);
    }
    return result;
}
