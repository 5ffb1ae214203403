/*
 * What a store does when it is opened, since the last process may have been killed at any moment.
 *
 * A file is renamed to its place before its row commits, and removed before its row is deleted. So
 * there may be files without rows, which are swept, and rows without files, which say so from then
 * on. A file of another size than its row has is as good as lost.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
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

void folder_clear(int fd)
{
    DIR *folder = folder_read(fd);
    const struct dirent *entry;

    if (!folder) {
        log_error("cannot list a folder of the data directory: %s", strerror(errno));
        return;
    }
    while ((entry = readdir(folder)))
        if (!is_dot(entry->d_name) && unlinkat(fd, entry->d_name, 0) < 0)
            log_error("cannot remove %s from the data directory: %s", entry->d_name,
                      strerror(errno));
    (void)closedir(folder);
}

static enum store_result file_has_row(struct store *store, const char *file_name, bool *out)
{
    struct query query = query_begin(store, SQL_FILE_GET, "look a file up");

    query_bind_text(&query, 1, file_name);
    *out = query_row(&query);
    return query_end(&query);
}

/* Remove the stored files that have no row. */
static bool sweep_files(struct store *store)
{
    DIR *folder = folder_read(store->parts_fd);
    enum store_result result = STORE_OK;
    const struct dirent *entry;
    bool has_row;

    if (!folder)
        return false;
    while (result == STORE_OK && (entry = readdir(folder))) {
        if (is_dot(entry->d_name))
            continue;
        result = file_has_row(store, entry->d_name, &has_row);
        if (result != STORE_OK || has_row)
            continue;
        if (unlinkat(store->parts_fd, entry->d_name, 0) < 0)
            log_error("cannot sweep the file %s: %s", entry->d_name, strerror(errno));
    }
    (void)closedir(folder);
    return result == STORE_OK;
}

/* The SQL function file_is_there(file_name, size). */
static void file_is_there(sqlite3_context *context, int count, sqlite3_value **values)
{
    const struct store *store = sqlite3_user_data(context);
    const char *file_name = (const char *)sqlite3_value_text(values[0]);
    struct stat status;
    int is_there;

    (void)count;
    is_there = file_name && fstatat(store->parts_fd, file_name, &status, 0) == 0 &&
               status.st_size == sqlite3_value_int64(values[1]);
    sqlite3_result_int(context, is_there);
}

/* Fail the datasets whose file is gone. */
static bool fail_lost(struct store *store)
{
    struct query query = query_begin(store, SQL_FILE_LOST, "look for lost files");

    if (query_run(&query) != STORE_OK)
        return false;
    if (sqlite3_changes64(store->db) > 0)
        log_error("datasets marked failed, because files of theirs were lost: %" PRId64,
                  (int64_t)sqlite3_changes64(store->db));
    return true;
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

int store_add_functions(struct store *store)
{
    return sqlite3_create_function_v2(store->db, "file_is_there", 2,
                                      SQLITE_UTF8 | SQLITE_DIRECTONLY, store, file_is_there, NULL,
                                      NULL, NULL);
}

bool store_recover(struct store *store, char *error, size_t error_size)
{
    folder_clear(store->tmp_fd);
    if (sweep_files(store) && fail_lost(store) && find_next_file(store))
        return true;
    (void)snprintf(error, error_size, "cannot put the data directory %s in order: see the log",
                   store->path);
    return false;
}
