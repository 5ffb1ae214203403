#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/object_life.h"
#include "store/store_internal.h"

/* A brief record has the first ones. */
static const struct field dataset_fields[] = {
    FIELD(FIELD_ARRAY, struct dataset_record, id),
    FIELD(FIELD_STRING, struct dataset_record, name),
    FIELD(FIELD_STRING, struct dataset_record, type),
    FIELD(FIELD_INT64, struct dataset_record, created_us),
    FIELD(FIELD_INT64, struct dataset_record, queued_us),
    FIELD(FIELD_INT64, struct dataset_record, processing_us),
    FIELD(FIELD_INT64, struct dataset_record, uploaded_bytes),
    FIELD(FIELD_BOOL, struct dataset_record, valid),
    FIELD(FIELD_INT64, struct dataset_record, plan.polls),
    FIELD(FIELD_INT, struct dataset_record, plan.hold_stage),
    FIELD(FIELD_INT, struct dataset_record, plan.fail_stage),
    FIELD(FIELD_INT64, struct dataset_record, polled),
    FIELD(FIELD_STRING, struct dataset_record, steps),
    FIELD(FIELD_STRING, struct dataset_record, reason),
    FIELD(FIELD_STRING, struct dataset_record, error),
    FIELD(FIELD_STRING, struct dataset_record, warnings),
    FIELD(FIELD_STRING, struct dataset_record, schema),
    FIELD(FIELD_STRING, struct dataset_record, required),
    FIELD(FIELD_STRING, struct dataset_record, preserved),
    FIELD(FIELD_STRING, struct dataset_record, metrics),
};

enum { BRIEF_COUNT = 14 };

static const struct field part_fields[] = {
    FIELD(FIELD_ARRAY, struct dataset_part_record, id),
    FIELD(FIELD_STRING, struct dataset_part_record, name),
    FIELD(FIELD_ARRAY, struct dataset_part_record, file_name),
    FIELD(FIELD_INT64, struct dataset_part_record, size_bytes),
    FIELD(FIELD_ARRAY, struct dataset_part_record, original_file_name),
    FIELD(FIELD_STRING, struct dataset_part_record, original_name),
    FIELD(FIELD_INT64, struct dataset_part_record, row_count),
    FIELD(FIELD_STRING, struct dataset_part_record, samples),
    FIELD(FIELD_BOOL, struct dataset_part_record, is_eval),
};

void dataset_record_done(struct dataset_record *dataset)
{
    for (size_t i = 0; i < PARTS_MAX; i++) {
        free(dataset->parts[i].name);
        free(dataset->parts[i].samples);
        free(dataset->parts[i].original_name);
    }
    free(dataset->name);
    free(dataset->type);
    free(dataset->error);
    free(dataset->warnings);
    free(dataset->schema);
    free(dataset->required);
    free(dataset->preserved);
    free(dataset->metrics);
    free(dataset->steps);
    free(dataset->reason);
    *dataset = (struct dataset_record){0};
}

void dataset_list_done(struct dataset_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        dataset_record_done(&list->items[i]);
    free(list->items);
    *list = (struct dataset_list){0};
}

/*
 * Insert
 */

static enum store_result read_usage(struct store *store, const char *world, int64_t after_us,
                                    int64_t *out)
{
    struct query query = query_begin(store, SQL_DATASET_BYTES, "add up the datasets of a world");

    query_bind_text(&query, 1, world);
    query_bind_int(&query, 2, after_us);
    *out = query_row(&query) ? query_int(&query, 0) : 0;
    return query_end(&query);
}

static enum store_result check_quota(struct store *store, const char *world,
                                     const struct dataset_record *dataset, int64_t world_bytes_max)
{
    int64_t expired_us = dataset->created_us - dataset_lifetime_us;
    int64_t uploaded = dataset->uploaded_bytes;
    int64_t used;
    enum store_result result = read_usage(store, world, expired_us, &used);

    if (result == STORE_OK && (uploaded > world_bytes_max || used > world_bytes_max - uploaded))
        return STORE_OVER_QUOTA;
    return result;
}

static enum store_result insert_dataset(struct store *store, const char *world,
                                        const struct dataset_record *dataset)
{
    struct query query = query_begin(store, SQL_DATASET_INSERT, "store a dataset");

    query_bind_text(&query, 1, world);
    query_bind_record(&query, 2, dataset_fields, ARRAY_LEN(dataset_fields), dataset);
    return query_run(&query);
}

static enum store_result insert_file(struct store *store, const char *file_name, uint64_t size)
{
    struct query query = query_begin(store, SQL_FILE_INSERT, "store a file");

    query_bind_text(&query, 1, file_name);
    query_bind_int(&query, 2, (int64_t)size);
    return query_run(&query);
}

/* Insert the file of a part, and the one that is attached to it. */
static enum store_result insert_files(struct store *store, const struct store_file *file)
{
    const char *original = store_file_original_name(file);
    enum store_result result = insert_file(store, store_file_name(file), store_file_size(file));

    if (result != STORE_OK || !*original)
        return result;
    return insert_file(store, original, store_file_original_size(file));
}

static enum store_result insert_part(struct store *store, int64_t dataset_seq, size_t position,
                                     const struct dataset_part_record *part)
{
    struct query query = query_begin(store, SQL_PART_INSERT, "store a dataset part");

    query_bind_int(&query, 1, dataset_seq);
    query_bind_int(&query, 2, (int64_t)position);
    query_bind_record(&query, 3, part_fields, ARRAY_LEN(part_fields), part);
    return query_run(&query);
}

/* Insert all rows of a dataset; to be called in a transaction. */
static enum store_result insert_rows(struct store *store, const char *world,
                                     const struct dataset_record *dataset,
                                     struct store_file *const files[], int64_t world_bytes_max)
{
    enum store_result result = store_counter_check(store, world, dataset->counter, dataset->id);
    int64_t seq;

    if (result == STORE_OK)
        result = check_quota(store, world, dataset, world_bytes_max);
    if (result == STORE_OK)
        result = insert_dataset(store, world, dataset);
    seq = sqlite3_last_insert_rowid(store->db);
    for (size_t i = 0; i < dataset->part_count && result == STORE_OK; i++) {
        result = insert_files(store, files[i]);
        if (result == STORE_OK)
            result = insert_part(store, seq, i, &dataset->parts[i]);
    }
    return result;
}

static void copy_name(char out[FILE_NAME_SIZE], const char *name)
{
    (void)snprintf(out, FILE_NAME_SIZE, "%s", name);
}

/* Tell the parts which files they have got. */
static void name_files(struct dataset_record *dataset, struct store_file *const files[])
{
    for (size_t i = 0; i < dataset->part_count; i++) {
        struct dataset_part_record *part = &dataset->parts[i];

        copy_name(part->file_name, store_file_name(files[i]));
        copy_name(part->original_file_name, store_file_original_name(files[i]));
        part->size_bytes = (int64_t)store_file_size(files[i]);
    }
}

enum store_result store_dataset_insert(struct store *store, const char *world,
                                       struct dataset_record *dataset, struct store_file *files[],
                                       int64_t world_bytes_max)
{
    struct dataset_record named = *dataset; /* borrows the strings; `*dataset` changes on success */
    enum store_result result;

    assert(dataset->part_count <= PARTS_MAX);
    name_files(&named, files);
    result = store_files_keep(store, files, dataset->part_count);
    if (result == STORE_OK) {
        (void)pthread_mutex_lock(&store->lock);
        result = store_begin(store);
        if (result == STORE_OK)
            result = store_end(store, insert_rows(store, world, &named, files, world_bytes_max));
        (void)pthread_mutex_unlock(&store->lock);
    }
    for (size_t i = 0; i < dataset->part_count; i++) {
        if (result == STORE_OK)
            store_file_release(files[i]);
        else
            store_file_discard(files[i]);
        files[i] = NULL;
    }
    if (result == STORE_OK)
        *dataset = named;
    return result;
}

/*
 * Get and list
 */

/* Read the parts of the dataset `seq` into `*dataset`. */
static enum store_result read_parts(struct store *store, int64_t seq,
                                    struct dataset_record *dataset)
{
    struct query query = query_begin(store, SQL_PARTS_GET, "read the parts of a dataset");

    query_bind_int(&query, 1, seq);
    while (dataset->part_count < PARTS_MAX && query_row(&query))
        query_read_record(&query, 0, part_fields, ARRAY_LEN(part_fields),
                          &dataset->parts[dataset->part_count++]);
    return query_end(&query);
}

/* Read the row that `query` stands on into `*dataset`, zeroed, with its parts unless it is brief.
 */
static enum store_result read_dataset(struct query *query, bool is_brief,
                                      struct dataset_record *dataset)
{
    dataset->number = query_int(query, 0);
    if (is_brief) {
        query_read_record(query, 1, dataset_fields, BRIEF_COUNT, dataset);
        return STORE_OK;
    }
    query_read_record(query, 1, dataset_fields, ARRAY_LEN(dataset_fields), dataset);
    if (query->code != SQLITE_ROW)
        return STORE_OK; /* the query has failed and its end will say so */
    return read_parts(query->store, query_int(query, 0), dataset);
}

/* Find a dataset; the lock is held. What `*out`, zeroed, gets on a failure is to be released. */
static enum store_result find_dataset(struct store *store, const char *world, const char *id,
                                      struct dataset_record *out)
{
    struct query query = query_begin(store, SQL_DATASET_GET, "read a dataset");
    enum store_result parts = STORE_NONE;
    enum store_result result;

    query_bind_text(&query, 1, world);
    query_bind_text(&query, 2, id);
    if (query_row(&query))
        parts = read_dataset(&query, false, out);
    result = query_end(&query);
    return result == STORE_OK ? parts : result;
}

enum store_result store_dataset_get(struct store *store, const char *world, const char *id,
                                    struct dataset_record *out)
{
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    enum store_result result;

    (void)pthread_mutex_lock(&store->lock);
    result = find_dataset(store, world, id, &dataset);
    (void)pthread_mutex_unlock(&store->lock);
    if (result == STORE_OK) {
        *out = dataset;
        dataset = (struct dataset_record){0};
    }
    return result;
}

/* Store what was recorded of a dataset; the lock is held. */
static enum store_result put_steps(struct store *store, const char *world,
                                   const struct dataset_record *dataset)
{
    struct query query = query_begin(store, SQL_DATASET_STEPS, "change a dataset");

    query_bind_text(&query, 1, world);
    query_bind_text(&query, 2, dataset->id);
    query_bind_int(&query, 3, dataset->polled);
    query_bind_text(&query, 4, dataset->steps);
    query_bind_text(&query, 5, dataset->reason);
    return query_run(&query);
}

/* Change what is recorded of a dataset; the lock is held. */
static enum store_result change_steps(struct store *store, const char *world,
                                      const struct object_change *change,
                                      struct dataset_record *dataset)
{
    const struct object_record record = {&dataset->polled, &dataset->steps, &dataset->reason};
    struct dataset_life life = dataset_life_of(dataset);

    if (!change->step && !dataset_poll(&life, change->now_us, &dataset->polled))
        return STORE_OK;
    if (object_record_change(&record, change, &life.steps))
        return put_steps(store, world, dataset);
    log_error("cannot change a dataset: out of memory");
    return STORE_FAILED;
}

/* Read, change and store in one step. */
static enum store_result change_dataset(struct store *store, const char *world, const char *id,
                                        const struct object_change *change,
                                        struct dataset_record *out)
{
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    enum store_result result;

    (void)pthread_mutex_lock(&store->lock);
    result = find_dataset(store, world, id, &dataset);
    if (result == STORE_OK)
        result = change_steps(store, world, change, &dataset);
    (void)pthread_mutex_unlock(&store->lock);
    if (result == STORE_OK) {
        *out = dataset;
        dataset = (struct dataset_record){0};
    }
    return result;
}

enum store_result store_dataset_poll(struct store *store, const char *world, const char *id,
                                     int64_t now_us, struct dataset_record *out)
{
    return change_dataset(store, world, id, &(struct object_change){.now_us = now_us}, out);
}

enum store_result store_dataset_force(struct store *store, const char *world, const char *id,
                                      const struct life_step *step, const char *reason,
                                      struct dataset_record *out)
{
    return change_dataset(store, world, id, &(struct object_change){.step = step, .reason = reason},
                          out);
}

/* Append the datasets of `query` to `*list`, and end the query. */
static enum store_result read_datasets(struct query *query, bool is_brief,
                                       struct dataset_list *list)
{
    enum store_result parts = STORE_OK;
    enum store_result result;
    size_t size = 0;

    while (parts == STORE_OK && query_row(query)) {
        struct dataset_record *item =
            query_grow(query, list->items, list->count, &size, sizeof(*item));

        if (!item)
            break;
        list->items = item;
        item += list->count++;
        *item = (struct dataset_record){0};
        parts = read_dataset(query, is_brief, item);
    }
    result = query_end(query);
    return result == STORE_OK ? parts : result;
}

static enum sql list_sql(const struct dataset_filter *filter)
{
    switch (filter->order) {
    case DATASETS_OLDEST_FIRST:
        return SQL_DATASET_LIST_OLDEST;
    case DATASETS_BY_NAME:
        return SQL_DATASET_LIST_BY_NAME;
    case DATASETS_BY_NAME_DESC:
        return SQL_DATASET_LIST_BY_NAME_DESC;
    case DATASETS_NEWEST_FIRST:
        break;
    }
    if (filter->is_brief)
        return filter->type ? SQL_DATASET_LIST_BRIEF_OF_TYPE : SQL_DATASET_LIST_BRIEF;
    return filter->type ? SQL_DATASET_LIST_OF_TYPE : SQL_DATASET_LIST;
}

enum store_result store_dataset_list(struct store *store, const char *world,
                                     const struct dataset_filter *filter, struct dataset_list *out)
{
    bool is_newest_first = filter->order == DATASETS_NEWEST_FIRST;
    enum sql sql = list_sql(filter);
    AUTO(dataset_list_done) struct dataset_list list = {0};
    enum store_result result;
    struct query query;

    assert(is_newest_first || !(filter->type || filter->is_brief));
    (void)pthread_mutex_lock(&store->lock);
    query = query_begin(store, sql, "list datasets");
    query_bind_text(&query, 1, world);
    query_bind_int(&query, 2, filter->after_us);
    query_bind_int(&query, 4, filter->limit);
    query_bind_int(&query, 5, filter->offset);
    if (is_newest_first) {
        query_bind_int(&query, 3, filter->before.created_us);
        query_bind_int(&query, 7, filter->before.number);
    }
    if (filter->type)
        query_bind_text(&query, 6, filter->type);
    result = read_datasets(&query, filter->is_brief, &list);
    (void)pthread_mutex_unlock(&store->lock);

    if (result == STORE_OK) {
        *out = list;
        list = (struct dataset_list){0};
    }
    return result;
}

enum store_result store_dataset_count(struct store *store, const char *world, const char *type,
                                      int64_t after_us, int64_t *out)
{
    enum store_result result;
    struct query query;
    int64_t count = 0;

    (void)pthread_mutex_lock(&store->lock);
    query =
        query_begin(store, type ? SQL_DATASET_COUNT_OF_TYPE : SQL_DATASET_COUNT, "count datasets");
    query_bind_text(&query, 1, world);
    query_bind_int(&query, 2, after_us);
    if (type)
        query_bind_text(&query, 3, type);
    if (query_row(&query))
        count = query_int(&query, 0);
    result = query_end(&query);
    (void)pthread_mutex_unlock(&store->lock);
    if (result == STORE_OK)
        *out = count;
    return result;
}

/*
 * Delete and usage
 */

static enum store_result find_seq(struct store *store, const char *world, const char *id,
                                  int64_t *out)
{
    struct query query = query_begin(store, SQL_DATASET_GET, "find a dataset");
    bool is_there;
    enum store_result result;

    query_bind_text(&query, 1, world);
    query_bind_text(&query, 2, id);
    is_there = query_row(&query);
    if (is_there)
        *out = query_int(&query, 0);
    result = query_end(&query);
    return result == STORE_OK && !is_there ? STORE_NONE : result;
}

/* What is to be deleted. */
struct doomed {
    const char *world, *id;
    const int64_t *models_us; /* as of when models fail with it; NULL: they do not */
};

static enum store_result delete_rows(struct store *store, const void *what,
                                     struct file_names *files)
{
    const struct doomed *doomed = what;
    int64_t seq;
    enum store_result result = find_seq(store, doomed->world, doomed->id, &seq);

    if (result == STORE_OK && doomed->models_us)
        result = store_models_fail_rows(store, doomed->world, doomed->id, *doomed->models_us);
    if (result != STORE_OK)
        return result;
    return store_delete_row(store, SQL_DATASET_FILES, SQL_DATASET_DELETE, seq, files);
}

enum store_result store_dataset_delete(struct store *store, const char *world, const char *id)
{
    const struct doomed doomed = {world, id, NULL};

    return store_delete(store, delete_rows, &doomed);
}

enum store_result store_dataset_drop(struct store *store, const char *world, const char *id,
                                     int64_t now_us)
{
    const struct doomed doomed = {world, id, &now_us};

    return store_delete(store, delete_rows, &doomed);
}

enum store_result store_dataset_usage(struct store *store, const char *world, int64_t after_us,
                                      int64_t *out_bytes)
{
    enum store_result result;
    int64_t used;

    (void)pthread_mutex_lock(&store->lock);
    result = read_usage(store, world, after_us, &used);
    (void)pthread_mutex_unlock(&store->lock);
    if (result == STORE_OK)
        *out_bytes = used;
    return result;
}
