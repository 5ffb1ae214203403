/*
 * Opening and closing: the directory, its lock, the database and its schema.
 *
 *     DIR/lock          taken with flock() by the process that has the store open
 *     DIR/mockhere.db   the rows
 *     DIR/parts/        the files that rows name
 *     DIR/tmp/          files being written; nothing in it outlives a process
 *     DIR/reserve       room on the disk, see store_reserve.c
 *     DIR/clean         there while nobody has the store open that was closed in order
 *     DIR/temporary     of no content; says that the directory goes with its process
 *
 * The database comes first, so that folders named parts and tmp beside no database are somebody
 * else's: they would be emptied otherwise.
 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "store/store_internal.h"

static const char database_name[] = "mockhere.db";

/*
 * No second process may come near, so the connection keeps its lock on the database and needs no
 * shared memory. SQLite's NORMAL syncs when the log is folded into the database, not at each
 * commit: that loses nothing when the process dies, and when the machine dies, no more than the
 * last commits. The log grows to 1000 pages of 4 KiB, which store_reserve.c counts on.
 */
static const char pragmas_durable[] = "PRAGMA locking_mode = EXCLUSIVE;"
                                      "PRAGMA journal_mode = WAL;"
                                      "PRAGMA synchronous = NORMAL;"
                                      "PRAGMA wal_autocheckpoint = 1000;"
                                      "PRAGMA journal_size_limit = 4194304;";
static const char pragmas_temporary[] = "PRAGMA locking_mode = EXCLUSIVE;"
                                        "PRAGMA journal_mode = MEMORY;"
                                        "PRAGMA synchronous = OFF;";
static const char pragmas_both[] = "PRAGMA foreign_keys = ON;"
                                   "PRAGMA temp_store = MEMORY;"
                                   "PRAGMA trusted_schema = OFF;"
                                   "PRAGMA cache_size = -32768;";

/* Write a sentence about the system's last error. Returns false, for a return statement. */
static bool cannot(const char *what, const char *path, char *error, size_t error_size)
{
    (void)snprintf(error, error_size, "cannot %s %s: %s", what, path, strerror(errno));
    return false;
}

static const char *temporary_parent(void)
{
    const char *parent = getenv("TMPDIR");

    return parent && *parent ? parent : "/tmp";
}

static char *temporary_template(void)
{
    struct buf path = {0};

    buf_add_string(&path, temporary_parent());
    buf_add_string(&path, "/" TEMPORARY_PREFIX "XXXXXX");
    return buf_take(&path);
}

static struct store *store_new(const char *directory)
{
    struct store *store = calloc(1, sizeof(*store));

    if (!store)
        return NULL;
    store->is_temporary = !directory;
    store->path = directory ? strdup(directory) : temporary_template();
    store->dir_fd = store->lock_fd = store->parts_fd = store->tmp_fd = store->reserve_fd = -1;
    if (!store->path || pthread_mutex_init(&store->lock, NULL) != 0) {
        free(store->path);
        free(store);
        return NULL;
    }
    return store;
}

static bool open_directory(struct store *store, char *error, size_t error_size)
{
    if (store->is_temporary)
        store_sweep_leftovers(temporary_parent());
    if (store->is_temporary && !mkdtemp(store->path))
        return cannot("make a temporary directory like", store->path, error, error_size);
    if (!store->is_temporary && mkdir(store->path, 0700) < 0 && errno != EEXIST)
        return cannot("make the data directory", store->path, error, error_size);
    store->dir_fd = open(store->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store->dir_fd < 0)
        return cannot("open the data directory", store->path, error, error_size);
    return true;
}

static bool lock_directory(struct store *store, char *error, size_t error_size)
{
    store->lock_fd = openat(store->dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock_fd < 0)
        return cannot("write in the data directory", store->path, error, error_size);
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno != EWOULDBLOCK)
        return cannot("lock the data directory", store->path, error, error_size);
    (void)snprintf(error, error_size, "the data directory %s is in use by another mockhere",
                   store->path);
    return false;
}

/* Only once the lock is taken: see store_leftovers.c. */
static bool mark_temporary(struct store *store, char *error, size_t error_size)
{
    int fd;

    if (!store->is_temporary)
        return true;
    fd = openat(store->dir_fd, TEMPORARY_MARK, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return cannot("write in the temporary directory", store->path, error, error_size);
    (void)close(fd);
    return true;
}

static bool check_ownership(struct store *store, char *error, size_t error_size)
{
    if (faccessat(store->dir_fd, database_name, F_OK, 0) == 0)
        return true;
    if (errno != ENOENT)
        return cannot("read the data directory", store->path, error, error_size);
    if (faccessat(store->dir_fd, "parts", F_OK, 0) < 0 &&
        faccessat(store->dir_fd, "tmp", F_OK, 0) < 0)
        return true;
    (void)snprintf(error, error_size,
                   "the directory %s holds a folder named parts or tmp but no %s: "
                   "it is no data directory of mockhere",
                   store->path, database_name);
    return false;
}

bool store_database_fails(struct store *store, char *error, size_t error_size)
{
    (void)snprintf(error, error_size, "cannot open the database in the data directory %s: %s",
                   store->path, store->db ? sqlite3_errmsg(store->db) : "out of memory");
    return false;
}

static bool open_database(struct store *store, char *error, size_t error_size)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    AUTO(buf_done) struct buf path = {0};
    int code;

    buf_add_format(&path, "%s/%s", store->path, database_name);
    if (path.failed) {
        errno = ENOMEM;
        return cannot("open the data directory", store->path, error, error_size);
    }
    code = sqlite3_open_v2(path.data, &store->db, flags, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(store->db, store->is_temporary ? pragmas_temporary : pragmas_durable,
                            NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(store->db, pragmas_both, NULL, NULL, NULL);
    return code == SQLITE_OK || store_database_fails(store, error, error_size);
}

static int open_folder(struct store *store, const char *name)
{
    if (mkdirat(store->dir_fd, name, 0700) < 0 && errno != EEXIST)
        return -1;
    return openat(store->dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool open_folders(struct store *store, char *error, size_t error_size)
{
    store->parts_fd = open_folder(store, "parts");
    store->tmp_fd = open_folder(store, "tmp");
    if (store->parts_fd < 0 || store->tmp_fd < 0)
        return cannot("make folders in the data directory", store->path, error, error_size);
    if (!store_mark_take(store))
        return cannot("remove a file from the data directory", store->path, error, error_size);
    if (!store_reserve_open(store))
        return cannot("make a file in the data directory", store->path, error, error_size);
    if (!store->is_temporary && fsync(store->dir_fd) < 0)
        return cannot("sync the data directory", store->path, error, error_size);
    return true;
}

struct store *store_open(const char *directory, char *error, size_t error_size)
{
    struct store *store = store_new(directory);

    if (!store) {
        (void)snprintf(error, error_size, "cannot open the data directory: out of memory");
        return NULL;
    }
    if (open_directory(store, error, error_size) && lock_directory(store, error, error_size) &&
        mark_temporary(store, error, error_size) && check_ownership(store, error, error_size) &&
        open_database(store, error, error_size) && store_open_schema(store, error, error_size) &&
        open_folders(store, error, error_size) && store_recover(store, error, error_size)) {
        store->is_open = true;
        return store;
    }
    store_close(store);
    return NULL;
}

static void close_fd(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

/* Only if the directory was made: else `dir_fd` is -1, and its name may be anybody's. */
static void remove_temporary(const struct store *store)
{
    size_t steps = SIZE_MAX;

    if (store->dir_fd < 0)
        return;
    if (store->parts_fd >= 0)
        folder_clear(store->parts_fd, &steps);
    if (store->tmp_fd >= 0)
        folder_clear(store->tmp_fd, &steps);
    (void)unlinkat(store->dir_fd, "parts", AT_REMOVEDIR);
    (void)unlinkat(store->dir_fd, "tmp", AT_REMOVEDIR);
    folder_clear(store->dir_fd, &steps);
    if (rmdir(store->path) < 0)
        log_error("cannot remove the temporary directory %s: %s", store->path, strerror(errno));
}

void store_close(struct store *store)
{
    bool is_closed;

    if (!store)
        return;
    query_finalize_all(store);
    is_closed = sqlite3_close(store->db) == SQLITE_OK;
    if (store->is_temporary)
        remove_temporary(store);
    else if (store->is_open && is_closed && !store->needs_recovery)
        store_mark_put(store);
    close_fd(store->reserve_fd);
    close_fd(store->parts_fd);
    close_fd(store->tmp_fd);
    close_fd(store->dir_fd);
    close_fd(store->lock_fd); /* last: now the directory is free for another process */
    (void)pthread_mutex_destroy(&store->lock);
    free(store->path);
    free(store);
}

enum store_result store_begin(struct store *store)
{
    struct query query = query_begin(store, SQL_BEGIN, "begin a transaction");

    return query_run(&query);
}

enum store_result store_end(struct store *store, enum store_result result)
{
    if (result == STORE_OK) {
        struct query commit = query_begin(store, SQL_COMMIT, "commit a transaction");

        result = query_run(&commit);
    }
    /* On a full disk SQLite may have rolled back by itself. */
    if (result != STORE_OK && !sqlite3_get_autocommit(store->db)) {
        struct query rollback = query_begin(store, SQL_ROLLBACK, "roll a transaction back");

        if (query_run(&rollback) != STORE_OK)
            return STORE_FAILED;
    }
    return result;
}
