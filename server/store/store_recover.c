/*
 * What a store does when it is opened, since the last process may have been killed at any moment:
 * unless that left a mark that it was not.
 *
 * A file is renamed to its place before its row commits, and removed after its row is deleted. So
 * there may be files without rows, which are swept. A machine that died, or somebody else, may have
 * left rows without files, which say so from then on. A file of another size than its row has is as
 * good as lost.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "store/store_internal.h"

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Begin to read the folder `fd`, which stays open. */
static DIR *folder_read(int fd)
{
    int own_fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = own_fd < 0 ? NULL : fdopendir(own_fd);

    if (!folder && own_fd >= 0)
        (void)close(own_fd);
    return folder;
}

/* Step to the next file; NULL at the end, and after a failure with errno set. */
static const struct dirent *folder_next(DIR *folder)
{
    const struct dirent *entry;

    do {
        errno = 0;
        entry = readdir(folder);
    } while (entry && is_dot(entry->d_name));
    return entry;
}

void folder_clear(int fd, size_t *steps)
{
    DIR *folder = folder_read(fd);
    const struct dirent *entry;

    if (!folder) {
        log_error("cannot list a folder of the data directory: %s", strerror(errno));
        return;
    }
    while (*steps > 0 && (entry = folder_next(folder))) {
        --*steps;
        if (unlinkat(fd, entry->d_name, 0) < 0)
            log_error("cannot remove %s from the data directory: %s", entry->d_name,
                      strerror(errno));
    }
    (void)closedir(folder);
}

/*
 * The stored files, as the folder has them. Their names are numbers of 20 digits, whose order is
 * that of the rows.
 */

struct numbers {
    uint64_t *items;
    size_t count, size;
};

static void numbers_done(struct numbers *numbers)
{
    free(numbers->items);
}

static bool numbers_add(struct numbers *numbers, uint64_t number)
{
    if (numbers->count == numbers->size) {
        size_t size = numbers->size ? 2 * numbers->size : 256;
        uint64_t *items = reallocarray(numbers->items, size, sizeof(*items));

        if (!items) {
            (void)store_system_failure("compare files with rows", ENOMEM);
            return false;
        }
        numbers->items = items;
        numbers->size = size;
    }
    numbers->items[numbers->count++] = number;
    return true;
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return a < b ? -1 : a > b;
}

static bool read_name(const char *name, uint64_t *out)
{
    char right[FILE_NAME_SIZE];

    if (!text_to_u64(text_of(name), out))
        return false;
    store_file_write_name(*out, right);
    return strcmp(name, right) == 0;
}

static void sweep(struct store *store, const char *name)
{
    if (unlinkat(store->parts_fd, name, 0) == 0)
        return;
    log_error("cannot sweep the file %s: %s", name, strerror(errno));
    store->needs_recovery = true;
}

/* List the stored files in their order. What has no name of ours is swept. */
static bool list_files(struct store *store, struct numbers *out)
{
    DIR *folder = folder_read(store->parts_fd);
    const struct dirent *entry;
    bool is_listed = true;

    if (!folder) {
        (void)store_system_failure("list the stored files", errno);
        return false;
    }
    while (is_listed && (entry = folder_next(folder))) {
        uint64_t number;

        if (read_name(entry->d_name, &number))
            is_listed = numbers_add(out, number);
        else
            sweep(store, entry->d_name);
    }
    if (is_listed && errno) {
        (void)store_system_failure("list the stored files", errno);
        is_listed = false;
    }
    (void)closedir(folder);
    if (out->count)
        qsort(out->items, out->count, sizeof(out->items[0]), compare);
    return is_listed;
}

/*
 * Files and rows
 */

/* Add a file to `lost` that is gone, or has another size than its row. Returns false if that cannot
 * be told: then it is not lost. */
static bool check_file(const struct store *store, const char *name, uint64_t number, int64_t size,
                       struct numbers *lost)
{
    struct stat status = {.st_size = -1};

    if (fstatat(store->parts_fd, name, &status, 0) < 0 && errno != ENOENT) {
        log_error("cannot look at the file %s: %s", name, strerror(errno));
        return false;
    }
    return status.st_size == size || numbers_add(lost, number);
}

/* Sweep the files from `*next` on that come before the row `number`, and step over its own. */
static void sweep_before(struct store *store, const struct numbers *files, size_t *next,
                         uint64_t number)
{
    char name[FILE_NAME_SIZE];

    for (; *next < files->count && files->items[*next] < number; ++*next) {
        store_file_write_name(files->items[*next], name);
        sweep(store, name);
    }
    *next += *next < files->count && files->items[*next] == number;
}

/* Go through files and rows side by side: sweep the files that have no row, and list in `lost` the
 * rows that have no file, or one of another size. */
static bool compare_rows(struct store *store, const struct numbers *files, struct numbers *lost)
{
    struct query query = query_begin(store, SQL_FILE_LIST, "list the stored files");
    bool is_fine = true;
    size_t next = 0;

    while (is_fine && query_row(&query)) {
        const char *name = query_text(&query, 0);
        uint64_t number;

        is_fine = name && text_to_u64(text_of(name), &number);
        if (!is_fine)
            break;
        sweep_before(store, files, &next, number);
        is_fine = check_file(store, name, number, query_int(&query, 1), lost);
    }
    if (query_end(&query) != STORE_OK || !is_fine)
        return false;
    sweep_before(store, files, &next, UINT64_MAX);
    return true;
}

enum store_result store_file_lost(struct store *store, const char *file_name)
{
    struct query query = query_begin(store, SQL_FILE_LOST, "mark a dataset failed");
    enum store_result result;

    query_bind_text(&query, 1, file_name);
    result = query_run(&query);
    if (result == STORE_OK && sqlite3_changes(store->db) > 0)
        log_error("a dataset was marked failed, because its file %s was lost", file_name);
    return result;
}

static enum store_result fail_listed(struct store *store, const struct numbers *lost)
{
    enum store_result result = STORE_OK;
    char name[FILE_NAME_SIZE];

    for (size_t i = 0; i < lost->count && result == STORE_OK; i++) {
        store_file_write_name(lost->items[i], name);
        result = store_file_lost(store, name);
    }
    return result;
}

static bool match_files(struct store *store)
{
    AUTO(numbers_done) struct numbers files = {0}, lost = {0};

    if (!list_files(store, &files) || !compare_rows(store, &files, &lost))
        return false;
    return lost.count == 0 || (store_begin(store) == STORE_OK &&
                               store_end(store, fail_listed(store, &lost)) == STORE_OK);
}

/* Number on from the last file that a row names: all others are gone. */
static bool find_next_file(struct store *store)
{
    struct query query = query_begin(store, SQL_FILE_LAST, "look for the last file");
    uint64_t last = 0;

    bool is_found = query_row(&query) && text_to_u64(text_of(query_text(&query, 0)), &last);

    atomic_init(&store->next_file, last + 1);
    return query_end(&query) == STORE_OK && is_found;
}

/*
 * The mark of a store that was closed in order: a file that says when the folder of files last
 * changed. By then every file had its row, and whoever adds or removes one afterwards changes that
 * time; unless the clock has not ticked since, and so the mark must be the younger.
 */

static const char mark_name[] = "clean";

enum { MARK_SIZE = 64 };

static void write_time(const struct timespec *time, char out[MARK_SIZE])
{
    (void)snprintf(out, MARK_SIZE, "%" PRId64 ".%09ld\n", (int64_t)time->tv_sec, time->tv_nsec);
}

void store_mark_put(const struct store *store)
{
    struct stat parts;
    char mark[MARK_SIZE];
    int fd;

    if (fstat(store->parts_fd, &parts) < 0)
        return;
    write_time(&parts.st_ctim, mark);
    fd = openat(store->dir_fd, mark_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (write(fd, mark, strlen(mark)) != (ssize_t)strlen(mark))
        (void)unlinkat(store->dir_fd, mark_name, 0);
    (void)close(fd);
}

static bool is_later(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/* Tell whether the mark, read from `fd`, holds. */
static bool mark_holds(const struct store *store, int fd)
{
    char right[MARK_SIZE], mark[MARK_SIZE] = "";
    struct stat parts, own;

    if (read(fd, mark, sizeof(mark) - 1) <= 0 || fstat(fd, &own) < 0 ||
        fstat(store->parts_fd, &parts) < 0)
        return false;
    write_time(&parts.st_ctim, right);
    return strcmp(mark, right) == 0 && is_later(&own.st_mtim, &parts.st_ctim);
}

bool store_mark_take(struct store *store)
{
    int fd = openat(store->dir_fd, mark_name, O_RDONLY | O_CLOEXEC);

    store->needs_recovery = fd < 0 || !mark_holds(store, fd);
    if (fd < 0)
        return errno == ENOENT;
    (void)close(fd);
    return unlinkat(store->dir_fd, mark_name, 0) == 0;
}

bool store_recover(struct store *store, char *error, size_t error_size)
{
    bool is_clean = !store->needs_recovery;
    size_t steps = SIZE_MAX;

    store->needs_recovery = false;
    folder_clear(store->tmp_fd, &steps);
    if ((is_clean || match_files(store)) && find_next_file(store)) {
        /* What was read to compare is not what will be asked for. */
        (void)sqlite3_db_release_memory(store->db);
        return true;
    }
    (void)snprintf(error, error_size, "cannot put the data directory %s in order: see the log",
                   store->path);
    return false;
}
