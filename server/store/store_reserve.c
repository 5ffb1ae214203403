/*
 * Room for deleting on a full disk.
 *
 * To delete a row SQLite appends to its log, before the files of the row free anything. So a
 * file of no content is kept beside the database, as large as the log may get and somewhat more.
 * When a deletion finds no room, that file is emptied and the log folded into the database, which
 * now surely can grow by what is in the log; then there is room for the deletion in the log.
 *
 * A temporary store has its log in memory and needs none of this.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "store/store_internal.h"

enum { RESERVE_BYTES = 5 << 20 };

void store_reserve_fill(struct store *store)
{
    int error;

    if (store->has_reserve || store->reserve_fd < 0)
        return;
    error = posix_fallocate(store->reserve_fd, 0, RESERVE_BYTES);
    store->has_reserve = error == 0;
    /* What there is of it takes room that somebody else may need. */
    if (error != 0 && ftruncate(store->reserve_fd, 0) != 0)
        log_error("cannot give up the reserve: %s", strerror(errno));
}

bool store_reserve_open(struct store *store)
{
    if (store->is_temporary)
        return true;
    store->reserve_fd = openat(store->dir_fd, "reserve", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->reserve_fd < 0)
        return false;
    store_reserve_fill(store);
    if (!store->has_reserve)
        log_info("the disk of the data directory is nearly full: deleting may fail");
    return true;
}

bool store_reserve_use(struct store *store)
{
    if (store->reserve_fd < 0)
        return false;
    if (ftruncate(store->reserve_fd, 0) < 0)
        log_error("cannot empty the reserve: %s", strerror(errno));
    store->has_reserve = false;
    (void)sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return true; /* whatever came of it, trying again costs little */
}
