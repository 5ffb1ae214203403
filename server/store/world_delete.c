/*
 * Deleting a world, which may hold a hundred thousand objects.
 *
 * Its rows are filed under a key that is its name at first. To delete it is to give it another key,
 * under which there is nothing yet, and to note the old one: the world is empty for everybody at
 * once. What the old key has is removed in slices, with the lock free in between. After a kill the
 * next process finds the key noted and goes on; files whose rows went are swept on its start.
 */
#include "store/store_internal.h"

enum { SLICE = 100 };

static enum store_result run_for(struct store *store, enum sql sql, const char *text)
{
    struct query query = query_begin(store, sql, "delete a world");

    query_bind_text(&query, 1, text);
    return query_run(&query);
}

/* Take a world out of sight. No file goes with that. */
static enum store_result hide(struct store *store, const void *name, struct file_names *files)
{
    enum store_result result = run_for(store, SQL_WORLD_HIDE, name);

    (void)files;
    if (result == STORE_OK && sqlite3_changes(store->db) > 0)
        result = run_for(store, SQL_WORLD_RENEW, name);
    if (result == STORE_OK)
        result = run_for(store, SQL_WORLD_DELETE_SETTINGS, name);
    return result == STORE_OK ? run_for(store, SQL_WORLD_DELETE, name) : result;
}

enum store_result store_world_delete(struct store *store, const char *name)
{
    return store_delete(store, hide, name);
}

/*
 * Slices
 */

/* A world that was deleted. */
struct deleted_world {
    char key[WORLD_NAME_SIZE + 24]; /* what it was filed under: "name/18446744073709551615" */
    char name[WORLD_NAME_SIZE];
};

/* How the objects of a kind are found and deleted. */
struct deletion {
    enum sql list, files, row;
};

/* Find a world that was deleted; STORE_NONE if there is none. */
static enum store_result find_deleted(struct store *store, struct deleted_world *out)
{
    static const struct field fields[] = {
        FIELD(FIELD_ARRAY, struct deleted_world, key),
        FIELD(FIELD_ARRAY, struct deleted_world, name),
    };
    struct query query = query_begin(store, SQL_DELETED_NEXT, "look for deleted worlds");
    enum store_result result;
    bool is_found = query_row(&query);

    query_read_record(&query, 0, fields, ARRAY_LEN(fields), out);
    result = query_end(&query);
    return result == STORE_OK && !is_found ? STORE_NONE : result;
}

/* Delete objects of one kind; `*count` is how many there were, at most SLICE. */
static enum store_result delete_objects(struct store *store, const struct deletion *deletion,
                                        const char *key, struct file_names *files, size_t *count)
{
    struct query query = query_begin(store, deletion->list, "list what a deleted world left");
    enum store_result result;
    int64_t seqs[SLICE];

    *count = 0;
    query_bind_text(&query, 1, key);
    query_bind_int(&query, 2, SLICE);
    while (*count < SLICE && query_row(&query))
        seqs[(*count)++] = query_int(&query, 0);
    result = query_end(&query);
    for (size_t i = 0; i < *count && result == STORE_OK; i++)
        result = store_delete_row(store, deletion->files, deletion->row, seqs[i], files);
    return result;
}

/* The rest of a deleted world. */
static enum store_result forget(struct store *store, const struct deleted_world *world)
{
    static const enum sql steps[] = {SQL_DELETED_COUNTS, SQL_DELETED_TOTALS, SQL_DELETED_DONE};
    enum store_result result = STORE_OK;

    for (size_t i = 0; i < ARRAY_LEN(steps) && result == STORE_OK; i++)
        result = run_for(store, steps[i], world->key);
    return result == STORE_OK ? run_for(store, SQL_DELETED_KEY, world->name) : result;
}

static enum store_result delete_slice(struct store *store, const void *none,
                                      struct file_names *files)
{
    static const struct deletion deletions[] = {
        {SQL_DELETED_MODELS, SQL_MODEL_FILES, SQL_MODEL_DELETE},
        {SQL_DELETED_DATASETS, SQL_DATASET_FILES, SQL_DATASET_DELETE},
    };
    struct deleted_world world = {0};
    enum store_result result = find_deleted(store, &world);
    size_t count = 0;

    (void)none;
    for (size_t i = 0; i < ARRAY_LEN(deletions) && result == STORE_OK && count == 0; i++)
        result = delete_objects(store, &deletions[i], world.key, files, &count);
    return result == STORE_OK && count == 0 ? forget(store, &world) : result;
}

enum store_result store_world_clear(struct store *store)
{
    return store_delete(store, delete_slice, NULL);
}
