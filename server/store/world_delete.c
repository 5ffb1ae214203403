/*
 * Deleting a world, which may hold a hundred thousand objects.
 *
 * Its rows are filed under a key that is its name at first. To delete it is to give it another key,
 * under which there is nothing yet, and to note the old one: the world is empty for everybody at
 * once. What the old key has is removed in slices, with the lock free in between. After a kill the
 * next process finds the key noted and goes on; files whose rows went are swept on its start.
 */
#include <stdio.h>
#include <string.h>

#include "store/store_internal.h"

enum { SLICE = 100, SLICE_FILES = SLICE * PARTS_MAX * 2 };

static enum store_result run_for(struct store *store, enum sql sql, const char *text)
{
    struct query query = query_begin(store, sql, "delete a world");

    query_bind_text(&query, 1, text);
    return query_run(&query);
}

/* Take a world out of sight; to be called in a transaction. */
static enum store_result hide(struct store *store, const char *name)
{
    enum store_result result = run_for(store, SQL_WORLD_HIDE, name);

    if (result == STORE_OK && sqlite3_changes(store->db) > 0)
        result = run_for(store, SQL_WORLD_RENEW, name);
    if (result == STORE_OK)
        result = run_for(store, SQL_WORLD_DELETE_SETTINGS, name);
    return result == STORE_OK ? run_for(store, SQL_WORLD_DELETE, name) : result;
}

static enum store_result hide_at_once(struct store *store, const char *name)
{
    enum store_result result = store_begin(store);

    return result == STORE_OK ? store_end(store, hide(store, name)) : result;
}

enum store_result store_world_delete(struct store *store, const char *name)
{
    enum store_result result;

    (void)pthread_mutex_lock(&store->lock);
    result = hide_at_once(store, name);
    if (result == STORE_FULL && store_reserve_use(store))
        result = hide_at_once(store, name);
    store_reserve_fill(store);
    (void)pthread_mutex_unlock(&store->lock);
    return result;
}

/*
 * Slices
 */

struct slice {
    char world[WORLD_NAME_SIZE + 24]; /* what it was filed under: "name/18446744073709551615" */
    char name[WORLD_NAME_SIZE];
    int64_t seqs[SLICE]; /* of objects of one kind */
    size_t count;
    char files[SLICE_FILES][FILE_NAME_SIZE]; /* those that go with them */
    size_t file_count;
};

/* How the objects of a kind are found and deleted. */
struct deletion {
    enum sql list, files, row;
};

/* Find a world that was deleted; STORE_NONE if there is none. */
static enum store_result find_deleted(struct store *store, struct slice *slice)
{
    static const struct field fields[] = {
        FIELD(FIELD_ARRAY, struct slice, world),
        FIELD(FIELD_ARRAY, struct slice, name),
    };
    struct query query = query_begin(store, SQL_DELETED_NEXT, "look for deleted worlds");
    enum store_result result;
    bool is_found = query_row(&query);

    query_read_record(&query, 0, fields, ARRAY_LEN(fields), slice);
    result = query_end(&query);
    return result == STORE_OK && !is_found ? STORE_NONE : result;
}

static enum store_result list_objects(struct store *store, const struct deletion *deletion,
                                      struct slice *slice)
{
    struct query query = query_begin(store, deletion->list, "list what a deleted world left");

    slice->count = slice->file_count = 0;
    query_bind_text(&query, 1, slice->world);
    query_bind_int(&query, 2, SLICE);
    while (slice->count < SLICE && query_row(&query))
        slice->seqs[slice->count++] = query_int(&query, 0);
    return query_end(&query);
}

/* Delete one object's row, after noting which files go with it. */
static enum store_result delete_object(struct store *store, const struct deletion *deletion,
                                       int64_t seq, struct slice *slice)
{
    struct query files = query_begin(store, deletion->files, "list the files of a deleted world");
    enum store_result result;
    struct query row;

    query_bind_int(&files, 1, seq);
    while (slice->file_count < SLICE_FILES && query_row(&files)) {
        const char *name = query_text(&files, 0);

        if (name)
            (void)snprintf(slice->files[slice->file_count++], FILE_NAME_SIZE, "%s", name);
        else
            files.code = SQLITE_NOMEM;
    }
    result = query_end(&files);
    if (result != STORE_OK)
        return result;
    row = query_begin(store, deletion->row, "delete what a deleted world left");
    query_bind_int(&row, 1, seq);
    return query_run(&row);
}

/* The rest of a deleted world; to be called in a transaction, like the next. */
static enum store_result forget(struct store *store, const struct slice *slice)
{
    static const enum sql steps[] = {SQL_DELETED_COUNTS, SQL_DELETED_TOTALS, SQL_DELETED_DONE};
    enum store_result result = STORE_OK;

    for (size_t i = 0; i < ARRAY_LEN(steps) && result == STORE_OK; i++)
        result = run_for(store, steps[i], slice->world);
    return result == STORE_OK ? run_for(store, SQL_DELETED_KEY, slice->name) : result;
}

static enum store_result delete_slice(struct store *store, struct slice *slice)
{
    static const struct deletion deletions[] = {
        {SQL_DELETED_MODELS, SQL_MODEL_FILES, SQL_MODEL_DELETE},
        {SQL_DELETED_DATASETS, SQL_DATASET_FILES, SQL_DATASET_DELETE},
    };

    for (size_t i = 0; i < ARRAY_LEN(deletions); i++) {
        enum store_result result = list_objects(store, &deletions[i], slice);

        for (size_t j = 0; j < slice->count && result == STORE_OK; j++)
            result = delete_object(store, &deletions[i], slice->seqs[j], slice);
        if (result != STORE_OK || slice->count)
            return result;
    }
    return forget(store, slice);
}

static enum store_result delete_slice_at_once(struct store *store, struct slice *slice)
{
    enum store_result result = store_begin(store);

    return result == STORE_OK ? store_end(store, delete_slice(store, slice)) : result;
}

enum store_result store_world_clear(struct store *store)
{
    struct slice slice = {.file_count = 0};
    enum store_result result;

    (void)pthread_mutex_lock(&store->lock);
    result = find_deleted(store, &slice);
    if (result == STORE_OK) {
        result = delete_slice_at_once(store, &slice);
        if (result == STORE_FULL && store_reserve_use(store))
            result = delete_slice_at_once(store, &slice);
    }
    (void)pthread_mutex_unlock(&store->lock);
    if (result != STORE_OK)
        return result;
    for (size_t i = 0; i < slice.file_count; i++)
        store_file_unlink(store, slice.files[i]);
    (void)pthread_mutex_lock(&store->lock);
    store_reserve_fill(store);
    (void)pthread_mutex_unlock(&store->lock);
    return STORE_OK;
}
