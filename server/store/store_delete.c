/*
 * The order in which things are deleted: rows, and then the files that only they referred to.
 *
 * So a deletion that fails has changed nothing, and one that is cut short leaves files without
 * rows, which are swept when the store is next opened. Only on a disk so full that rows cannot go,
 * not even by what the reserve frees, files go first, or nothing could ever be deleted.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/store_internal.h"

void file_names_done(struct file_names *names)
{
    free(names->items);
    *names = (struct file_names){0};
}

enum store_result store_files_list(struct query *query, struct file_names *out)
{
    static const struct field name_field = {FIELD_ARRAY, 0, FILE_NAME_SIZE};

    while (query_row(query)) {
        void *items = query_grow(query, out->items, out->count, &out->size, sizeof(*out->items));

        if (!items)
            break;
        out->items = items;
        query_read_record(query, 0, &name_field, 1, out->items[out->count++]);
    }
    return query_end(query);
}

void store_files_unlink(struct store *store, const struct file_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        if (unlinkat(store->parts_fd, names->items[i], 0) == 0 || errno == ENOENT)
            continue;
        (void)store_system_failure("remove a file", errno);
        store->needs_recovery = true;
    }
}

enum store_result store_delete_row(struct store *store, enum sql list, enum sql row, int64_t seq,
                                   struct file_names *files)
{
    struct query query = query_begin(store, list, "list the files of what is deleted");
    enum store_result result;

    query_bind_int(&query, 1, seq);
    result = store_files_list(&query, files);
    if (result != STORE_OK)
        return result;
    query = query_begin(store, row, "delete a row");
    query_bind_int(&query, 1, seq);
    return query_run(&query);
}

static enum store_result delete_once(struct store *store, delete_rows_fn *delete_rows,
                                     const void *what, struct file_names *files)
{
    enum store_result result = store_begin(store);

    files->count = 0;
    return result == STORE_OK ? store_end(store, delete_rows(store, what, files)) : result;
}

/* Delete the rows; the lock is held. */
static enum store_result delete_surely(struct store *store, delete_rows_fn *delete_rows,
                                       const void *what, struct file_names *files)
{
    enum store_result result = delete_once(store, delete_rows, what, files);

    if (result == STORE_FULL && store_reserve_use(store))
        result = delete_once(store, delete_rows, what, files);
    if (result == STORE_FULL && files->count) {
        store_files_unlink(store, files);
        result = delete_once(store, delete_rows, what, files);
        store->needs_recovery |= result != STORE_OK;
    }
    return result;
}

enum store_result store_delete(struct store *store, delete_rows_fn *delete_rows, const void *what)
{
    AUTO(file_names_done) struct file_names files = {0};
    enum store_result result;

    (void)pthread_mutex_lock(&store->lock);
    result = delete_surely(store, delete_rows, what, &files);
    (void)pthread_mutex_unlock(&store->lock);
    if (result == STORE_OK)
        store_files_unlink(store, &files);
    (void)pthread_mutex_lock(&store->lock);
    store_reserve_fill(store);
    (void)pthread_mutex_unlock(&store->lock);
    return result;
}
