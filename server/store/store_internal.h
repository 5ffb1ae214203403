/*
 * What the files of this directory share: the store, its folders and its transactions.
 */
#ifndef STORE_STORE_INTERNAL_H
#define STORE_STORE_INTERNAL_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "store/query.h"
#include "store/store.h"

/*
 * One SQLite connection, shared by all threads.
 *
 * `lock` is held by each store_...() function from its first use of `db` or `stmts` to its last,
 * and by nothing else; none of them calls out of this directory with it held, but for the log.
 * Bytes of files are written, synced and renamed without it. Everything else is set when the store
 * is opened and never changed, so it may be read at any time; `next_file` and `needs_recovery` are
 * atomic.
 */
struct store {
    pthread_mutex_t lock;
    sqlite3 *db;
    sqlite3_stmt *stmts[SQL_COUNT];
    char *path;                     /* of the directory; owned */
    int dir_fd;                     /* of `path`; -1 until opened, like the next three */
    int lock_fd;                    /* the file whose flock() says that the directory is taken */
    int parts_fd;                   /* the folder of stored files */
    int tmp_fd;                     /* the folder of files being written */
    int reserve_fd;                 /* room on the disk; -1 in a temporary store */
    bool has_reserve;               /* the room is there; guarded by `lock` */
    bool is_temporary;              /* nothing is synced, and store_close() removes it all */
    bool is_open;                   /* as a whole: store_close() leaves it in order */
    atomic_uint_fast64_t next_file; /* numbers the next file */
    atomic_bool needs_recovery;     /* a file and its row may have parted */
};

/*
 * Opening. What fails here leaves a sentence that names the directory in `error`.
 */

/* Bring the tables to our version and prepare the statements. */
MUST_USE bool store_open_schema(struct store *store, char *error, size_t error_size);

/* Take away the mark that the store was closed in order, and find out whether it holds. Returns
 * false when that failed and errno says why. It is for the caller to sync the directory. */
MUST_USE bool store_mark_take(struct store *store);

/* Leave that mark, the last thing. What fails leaves none. */
void store_mark_put(const struct store *store);

/* If need be, bring rows and files together again after whatever happened to the last process. */
MUST_USE bool store_recover(struct store *store, char *error, size_t error_size);

/* What the name of a temporary directory begins with, followed by so many letters and digits; and
 * the file that tells it from one that is kept. */
#define TEMPORARY_PREFIX "mockhere-"
#define TEMPORARY_MARK "temporary"
enum { TEMPORARY_LETTERS = 6 };

/* Remove the temporary directories in `parent` that servers left which were killed. */
void store_sweep_leftovers(const char *parent);

/* Write a sentence about the database's last error. Returns false, for a return statement. */
bool store_database_fails(struct store *store, char *error, size_t error_size);

/*
 * Transactions, for a caller who holds the lock
 */

MUST_USE enum store_result store_begin(struct store *store);

/* End what store_begin() began: commit if `result` is STORE_OK, or else roll back. Returns
 * `result`, or why the commit failed (then it was rolled back). */
MUST_USE enum store_result store_end(struct store *store, enum store_result result);

/*
 * Tell whether an object may be inserted whose id was made from the number `counter` of its world.
 * STORE_NONE if the world was deleted since then: it counts anew, and comes to that number again or
 * has come to it. 0 is no number and is always STORE_OK. The caller holds the lock.
 */
MUST_USE enum store_result store_counter_check(struct store *store, const char *world,
                                               uint64_t counter, const char *id);

/*
 * Deleting
 */

/* Names of stored files. */
struct file_names {
    char (*items)[FILE_NAME_SIZE];
    size_t count, size;
};

void file_names_done(struct file_names *names);

/* Append the names that `query`, of one column, gives to `*out`, and end it. What `*out` holds is
 * to be released whatever the result. */
MUST_USE enum store_result store_files_list(struct query *query, struct file_names *out);

/* Remove stored files to which no row refers any more. What cannot be removed is logged; it is
 * swept when the store is next opened. */
void store_files_unlink(struct store *store, const struct file_names *names);

/* Delete the row `seq` with the statement `row`, after listing with `list` what files go with it;
 * to be called by the next. */
MUST_USE enum store_result store_delete_row(struct store *store, enum sql list, enum sql row,
                                            int64_t seq, struct file_names *files);

/* Delete rows within a transaction, with the lock held, and append to `*files` the names of those
 * files to which they referred last. */
typedef enum store_result delete_rows_fn(struct store *store, const void *what,
                                         struct file_names *files);

/*
 * Delete rows with `delete_rows(store, what, ...)`, which may be called again if the disk is full,
 * and then their files, with the lock free. It is taken here; the caller does not hold it.
 */
MUST_USE enum store_result store_delete(struct store *store, delete_rows_fn *delete_rows,
                                        const void *what);

/* What store_models_fail_untrained() does, to be called in a transaction. */
MUST_USE enum store_result store_models_fail_rows(struct store *store, const char *world,
                                                  const char *dataset_id, int64_t now_us);

/*
 * The reserve: what a deletion does on a full disk. The caller holds the lock.
 */

/* Open the reserve and try to fill it. On failure errno says why. */
MUST_USE bool store_reserve_open(struct store *store);

/* Give the reserve up, to be called when a deletion was STORE_FULL. Returns true if it is worth
 * trying again. */
MUST_USE bool store_reserve_use(struct store *store);

/* Take the room again if it was given up, to be called after deleting. */
void store_reserve_fill(struct store *store);

/*
 * Files
 */

/*
 * Give all of `files` their places among the stored files, synced unless the store is temporary.
 * Whatever the result, each is still to be released: by store_file_release() once rows refer to
 * it, or else by store_file_discard().
 */
MUST_USE enum store_result store_files_keep(struct store *store, struct store_file *const files[],
                                            size_t count);

/* Write the name of the file of that number, which is as long for each. */
void store_file_write_name(uint64_t number, char out[FILE_NAME_SIZE]);

/* Mark the datasets failed that refer to a file which is lost. The caller holds the lock. */
MUST_USE enum store_result store_file_lost(struct store *store, const char *file_name);

/* Release the memory and the descriptor, and leave the stored file where it is. */
void store_file_release(struct store_file *file);

const char *store_file_name(const struct store_file *file);

/* The name of the file attached to it; "" if none is. */
const char *store_file_original_name(const struct store_file *file);
uint64_t store_file_original_size(const struct store_file *file);

/* Log that a call of the system failed, and return what `error`, an errno, means: STORE_FULL or
 * STORE_FAILED. `what` continues "cannot". */
enum store_result store_system_failure(const char *what, int error);

/* Remove the files directly in the folder `fd`, as long as there are `*steps`, of which each takes
 * one. What cannot be removed is logged and left. */
void folder_clear(int fd, size_t *steps);

#endif
