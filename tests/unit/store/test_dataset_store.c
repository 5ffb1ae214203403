#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "store/store_internal.h"
#include "support/failing_alloc.h"

Suite *dataset_store_suite(void);

static const struct dataset_filter everything = {
    .after_us = INT64_MIN, .before = {INT64_MAX, INT64_MIN}, .limit = 100};

/*
 * One at a time
 */

START_TEST(every_field_comes_back)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    AUTO(dataset_record_done) struct dataset_record put = dataset_new("a", -5, 2);
    AUTO(dataset_record_done) struct dataset_record got = {0};
    struct store_file *files[2] = {must_write(store, "train"), must_write(store, "evaluate")};

    ck_assert_int_eq(store_dataset_insert(store, "w", &put, files, 100), STORE_OK);
    ck_assert_ptr_null(files[0]);
    ck_assert_ptr_null(files[1]);
    ck_assert_int_eq(put.parts[0].size_bytes, 5);
    ck_assert_int_eq(put.parts[1].size_bytes, 8);
    ck_assert_str_ne(put.parts[0].file_name, put.parts[1].file_name);
    ck_assert_int_eq(store_dataset_get(store, "w", "a", &got), STORE_OK);
    assert_dataset_eq(&got, &put);
}
END_TEST

START_TEST(an_attached_file_comes_and_goes_with_the_part)
{
    char *path = directory_new();
    struct store *store = must_open(path);
    struct dataset_record put = dataset_new("a", 1, 2), got = {0};
    struct store_file *files[2] = {must_write(store, "avro"), must_write(store, "other")};
    struct store_file *unwanted = must_write(store, "avro");
    int64_t size;
    int fd;

    store_file_attach(files[1], must_write(store, "as uploaded"));
    store_file_attach(unwanted, must_write(store, "as uploaded"));
    store_file_discard(unwanted);
    ck_assert_int_eq(store_dataset_insert(store, "w", &put, files, 100), STORE_OK);
    ck_assert_str_eq(put.parts[0].original_file_name, "");
    store_close(store);
    ck_assert_uint_eq(folder_count(path, "tmp"), 0);

    store = must_open(path);
    ck_assert_uint_eq(folder_count(path, "parts"), 3);
    ck_assert_int_eq(store_dataset_get(store, "w", "a", &got), STORE_OK);
    ck_assert_int_eq(got.valid, true);
    assert_dataset_eq(&got, &put);
    ck_assert_int_eq(store_file_open(store, got.parts[1].original_file_name, &fd, &size), STORE_OK);
    ck_assert_int_eq(size, 11);
    (void)close(fd);
    if (_i == 0)
        ck_assert_int_eq(store_dataset_delete(store, "w", "a"), STORE_OK);
    else
        ck_assert_int_eq(store_world_delete(store, "w"), STORE_OK);
    clear_worlds(store);
    ck_assert_uint_eq(folder_count(path, "parts"), 0);
    dataset_record_done(&put);
    dataset_record_done(&got);
    store_close(store);
    directory_remove(path);
}
END_TEST

START_TEST(what_may_be_null_comes_back_null)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    AUTO(dataset_record_done) struct dataset_record put = dataset_new("a", 1, 0);
    AUTO(dataset_record_done) struct dataset_record got = {0};

    put.valid = false;
    free(put.error);
    free(put.schema);
    free(put.metrics);
    put.error = put.schema = put.metrics = NULL;
    ck_assert_int_eq(store_dataset_insert(store, "w", &put, NULL, 100), STORE_OK);
    ck_assert_int_eq(store_dataset_get(store, "w", "a", &got), STORE_OK);
    assert_dataset_eq(&got, &put);
}
END_TEST

START_TEST(an_unknown_dataset_is_none_and_touches_nothing)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    struct dataset_record got = {.created_us = 5};

    ck_assert_int_eq(put_dataset(store, "other", "a", 1, 1), STORE_OK);
    ck_assert_int_eq(store_dataset_get(store, "w", "a", &got), STORE_NONE);
    ck_assert_int_eq(got.created_us, 5);
    ck_assert_int_eq(store_dataset_delete(store, "w", "a"), STORE_NONE);
}
END_TEST

START_TEST(a_taken_id_is_refused_and_its_files_go)
{
    char *path = directory_new();
    struct store *store = must_open(path);
    struct dataset_record put = dataset_new("a", 2, 1);
    struct dataset_record got = {0};
    struct store_file *files[1] = {must_write(store, "other bytes")};

    ck_assert_int_eq(put_dataset(store, "w", "a", 1, 2), STORE_OK);
    ck_assert_int_eq(store_dataset_insert(store, "w", &put, files, INT64_MAX), STORE_FAILED);
    ck_assert_ptr_null(files[0]);
    ck_assert_str_eq(put.parts[0].file_name, "");
    ck_assert_uint_eq(folder_count(path, "parts"), 2);
    ck_assert_uint_eq(folder_count(path, "tmp"), 0);
    ck_assert_int_eq(store_dataset_get(store, "w", "a", &got), STORE_OK);
    ck_assert_int_eq(got.created_us, 1);
    dataset_record_done(&put);
    dataset_record_done(&got);
    store_close(store);
    directory_remove(path);
}
END_TEST

START_TEST(deleting_frees_the_files_and_the_quota)
{
    char *path = directory_new();
    struct store *store = must_open(path);
    int64_t used = -1;

    ck_assert_int_eq(put_dataset(store, "w", "a", 1, 2), STORE_OK);
    ck_assert_int_eq(put_dataset(store, "w", "b", 1, 1), STORE_OK);
    ck_assert_uint_eq(folder_count(path, "parts"), 3);
    ck_assert_int_eq(store_dataset_delete(store, "w", "a"), STORE_OK);
    ck_assert_uint_eq(folder_count(path, "parts"), 1);
    ck_assert_int_eq(store_dataset_usage(store, "w", INT64_MIN, &used), STORE_OK);
    ck_assert_int_eq(used, 100);
    ck_assert_int_eq(store_dataset_delete(store, "w", "a"), STORE_NONE);
    store_close(store);
    directory_remove(path);
}
END_TEST

/* Other holders of a file come later: here one is made by hand. */
START_TEST(a_file_that_others_refer_to_stays)
{
    char *path = directory_new();
    struct store *store = must_open(path);

    ck_assert_int_eq(put_dataset(store, "w", "a", 1, 1), STORE_OK);
    ck_assert_int_eq(sqlite3_exec(store->db, "UPDATE files SET refs = refs + 1", NULL, NULL, NULL),
                     SQLITE_OK);
    if (_i == 0)
        ck_assert_int_eq(store_dataset_delete(store, "w", "a"), STORE_OK);
    else
        ck_assert_int_eq(store_world_delete(store, "w"), STORE_OK);
    ck_assert_uint_eq(folder_count(path, "parts"), 1);
    store_close(store);
    store_close(must_open(path));
    ck_assert_uint_eq(folder_count(path, "parts"), 1);
    directory_remove(path);
}
END_TEST

/*
 * Lists
 */

/* Inserted in this order: b and c share their microsecond; `type` is the first letter. */
static const struct {
    const char *id, *type;
    int64_t created_us;
} inserted[] = {{"d", "x", 30}, {"b", "y", 20}, {"c", "x", 20}, {"a", "x", 10}};

#define NEWEST(type, after, before, offset, limit)                                                 \
    {                                                                                              \
        DATASETS_NEWEST_FIRST, type, {before, INT64_MIN}, false, after, offset, limit              \
    }
#define BEHIND(created_us, number)                                                                 \
    {                                                                                              \
        DATASETS_NEWEST_FIRST, NULL, {created_us, number}, false, INT64_MIN, 0, 100                \
    }
#define ORDERED(order, offset, limit)                                                              \
    {                                                                                              \
        order, NULL, LIST_BEGIN, false, INT64_MIN, offset, limit                                   \
    }

static const struct {
    struct dataset_filter filter;
    const char *ids;
} pages[] = {
    {NEWEST(NULL, INT64_MIN, INT64_MAX, 0, 100), "dcba"},
    {NEWEST(NULL, INT64_MIN, INT64_MAX, 1, 2), "cb"},
    {NEWEST(NULL, INT64_MIN, INT64_MAX, 4, 2), ""},
    {NEWEST(NULL, INT64_MIN, INT64_MAX, 0, 0), ""},
    {NEWEST(NULL, 10, INT64_MAX, 0, 100), "dcb"},
    {NEWEST(NULL, INT64_MIN, 30, 0, 100), "cba"},
    {NEWEST(NULL, 10, 30, 0, 100), "cb"},
    {NEWEST(NULL, 20, 20, 0, 100), ""},
    {NEWEST("x", INT64_MIN, INT64_MAX, 0, 100), "dca"},
    {NEWEST("x", INT64_MIN, INT64_MAX, 1, 1), "c"},
    {NEWEST("y", 10, 30, 0, 100), "b"},
    {NEWEST("z", INT64_MIN, INT64_MAX, 0, 100), ""},
    /* b is number 2 and c is number 3. */
    {BEHIND(20, 4), "cba"},
    {BEHIND(20, 3), "ba"},
    {BEHIND(20, 2), "a"},
    {ORDERED(DATASETS_OLDEST_FIRST, 0, 100), "abcd"},
    {ORDERED(DATASETS_OLDEST_FIRST, 1, 2), "bc"},
    {ORDERED(DATASETS_BY_NAME, 0, 100), "abcd"},
    {ORDERED(DATASETS_BY_NAME, 3, 100), "d"},
    {ORDERED(DATASETS_BY_NAME_DESC, 0, 3), "dcb"},
};

START_TEST(pages_are_ordered_and_filtered)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    AUTO(dataset_list_done) struct dataset_list list = {0};

    for (size_t i = 0; i < ARRAY_LEN(inserted); i++) {
        AUTO(dataset_record_done)
        struct dataset_record dataset = dataset_new(inserted[i].id, inserted[i].created_us, 1);
        struct store_file *files[1] = {must_write(store, "bytes")};

        ck_assert_uint_eq(strlen(inserted[i].type), 1);
        dataset.type[0] = inserted[i].type[0];
        dataset.type[1] = '\0';
        ck_assert_int_eq(store_dataset_insert(store, "w", &dataset, files, INT64_MAX), STORE_OK);
    }
    ck_assert_int_eq(put_dataset(store, "other", "z", 15, 1), STORE_OK);
    ck_assert_int_eq(store_dataset_list(store, "w", &pages[_i].filter, &list), STORE_OK);
    ck_assert_uint_eq(list.count, strlen(pages[_i].ids));
    for (size_t i = 0; i < list.count; i++) {
        ck_assert_int_eq(list.items[i].id[0], pages[_i].ids[i]);
        ck_assert_uint_eq(list.items[i].part_count, 1);
        ck_assert_int_eq(list.items[i].parts[0].size_bytes, 5);
    }
}
END_TEST

START_TEST(a_brief_list_has_what_statuses_are_worked_out_from)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    AUTO(dataset_list_done) struct dataset_list list = {0};
    AUTO(dataset_record_done) struct dataset_record whole = {0};
    struct dataset_filter brief = NEWEST(NULL, INT64_MIN, INT64_MAX, 0, 100);
    const struct life_step step = {DATASET_SKIPPED, 5};

    brief.is_brief = true;
    brief.type = _i ? "reranker-finetune-input" : NULL;
    ck_assert_int_eq(put_dataset(store, "w", "a", 1, 2), STORE_OK);
    ck_assert_int_eq(store_dataset_force(store, "w", "a", &step, "why", &whole), STORE_OK);
    ck_assert_int_eq(store_dataset_list(store, "w", &brief, &list), STORE_OK);
    ck_assert_uint_eq(list.count, 1);
    ck_assert_int_eq(list.items[0].number, whole.number);
    ck_assert_str_eq(list.items[0].name, whole.name);
    ck_assert_str_eq(list.items[0].type, whole.type);
    ck_assert_int_eq(list.items[0].created_us, whole.created_us);
    ck_assert_int_eq(list.items[0].queued_us, whole.queued_us);
    ck_assert_int_eq(list.items[0].processing_us, whole.processing_us);
    ck_assert_int_eq(list.items[0].uploaded_bytes, whole.uploaded_bytes);
    ck_assert_int_eq(list.items[0].valid, whole.valid);
    ck_assert_int_eq(list.items[0].polled, whole.polled);
    ck_assert_str_eq(list.items[0].steps, whole.steps);
    ck_assert_str_eq(list.items[0].reason, "why");
    ck_assert_uint_eq(list.items[0].part_count, 0);
    ck_assert_ptr_null(list.items[0].schema);
}
END_TEST

START_TEST(datasets_are_counted_by_type_and_age)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    static const struct {
        const char *world, *type;
        int64_t after_us, count;
    } counts[] = {
        {"w", NULL, 0, 3},
        {"w", NULL, 1, 2},
        {"w", NULL, 3, 0},
        {"w", "reranker-finetune-input", 0, 3},
        {"w", "reranker-finetune-input", 2, 1},
        {"w", "other", 0, 0},
        {"none", NULL, 0, 0},
    };
    int64_t count = -1;

    ck_assert_int_eq(put_dataset(store, "w", "a", 1, 1), STORE_OK);
    ck_assert_int_eq(put_dataset(store, "w", "b", 2, 1), STORE_OK);
    ck_assert_int_eq(put_dataset(store, "w", "c", 3, 1), STORE_OK);
    ck_assert_int_eq(put_dataset(store, "w", "d", 3, 1), STORE_OK);
    ck_assert_int_eq(store_dataset_delete(store, "w", "d"), STORE_OK);
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        ck_assert_int_eq(
            store_dataset_count(store, counts[i].world, counts[i].type, counts[i].after_us, &count),
            STORE_OK);
        ck_assert_int_eq(count, counts[i].count);
    }
}
END_TEST

START_TEST(a_long_list_is_whole)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    AUTO(dataset_list_done) struct dataset_list list = {0};
    char id[16];

    for (int i = 0; i < 70; i++) {
        (void)snprintf(id, sizeof(id), "%d", i);
        ck_assert_int_eq(put_dataset(store, "w", id, 1, 2), STORE_OK);
    }
    ck_assert_int_eq(store_dataset_list(store, "w", &everything, &list), STORE_OK);
    ck_assert_uint_eq(list.count, 70);
    for (int i = 0; i < 70; i++) {
        (void)snprintf(id, sizeof(id), "%d", 69 - i);
        ck_assert_str_eq(list.items[i].id, id);
    }
}
END_TEST

/*
 * Limits
 */

static const struct {
    int64_t first, second, max;
    enum store_result result;
} quotas[] = {
    {60, 40, 100, STORE_OK},
    {60, 41, 100, STORE_OVER_QUOTA},
    {0, 101, 100, STORE_OVER_QUOTA},
    {1, INT64_MAX, INT64_MAX, STORE_OVER_QUOTA},
    {0, INT64_MAX, INT64_MAX, STORE_OK},
    {100, 0, 100, STORE_OK},
};

static enum store_result insert_bytes_at(struct store *store, const char *id, int64_t created_us,
                                         int64_t uploaded_bytes, int64_t max)
{
    AUTO(dataset_record_done) struct dataset_record dataset = dataset_new(id, created_us, 1);
    struct store_file *files[1] = {must_write(store, "bytes")};

    dataset.uploaded_bytes = uploaded_bytes;
    return store_dataset_insert(store, "w", &dataset, files, max);
}

static enum store_result insert_bytes(struct store *store, const char *id, int64_t uploaded_bytes,
                                      int64_t max)
{
    return insert_bytes_at(store, id, 1, uploaded_bytes, max);
}

START_TEST(what_has_expired_does_not_count_against_the_quota)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    const int64_t expiry_us = 1 + dataset_lifetime_us;
    int64_t used = -1;

    ck_assert_int_eq(insert_bytes_at(store, "a", 1, 60, 100), STORE_OK);
    ck_assert_int_eq(insert_bytes_at(store, "b", expiry_us - 1, 50, 100), STORE_OVER_QUOTA);
    ck_assert_int_eq(insert_bytes_at(store, "b", expiry_us, 50, 100), STORE_OK);
    ck_assert_int_eq(insert_bytes_at(store, "c", expiry_us, 51, 100), STORE_OVER_QUOTA);
    ck_assert_int_eq(store_dataset_usage(store, "w", 1, &used), STORE_OK);
    ck_assert_int_eq(used, 50);
    ck_assert_int_eq(store_dataset_usage(store, "w", 0, &used), STORE_OK);
    ck_assert_int_eq(used, 110);
    /* A deletion takes away what it counts for, whether it did or not. */
    ck_assert_int_eq(store_dataset_delete(store, "w", "a"), STORE_OK);
    ck_assert_int_eq(store_dataset_usage(store, "w", 1, &used), STORE_OK);
    ck_assert_int_eq(used, 50);
}
END_TEST

START_TEST(the_quota_is_of_a_world)
{
    char *path = directory_new();
    struct store *store = must_open(path);
    bool is_stored = quotas[_i].result == STORE_OK;
    int64_t used = -1;

    ck_assert_int_eq(put_dataset(store, "other", "a", 1, 0), STORE_OK);
    ck_assert_int_eq(insert_bytes(store, "a", quotas[_i].first, quotas[_i].max), STORE_OK);
    ck_assert_int_eq(insert_bytes(store, "b", quotas[_i].second, quotas[_i].max),
                     quotas[_i].result);
    ck_assert_int_eq(store_dataset_usage(store, "w", INT64_MIN, &used), STORE_OK);
    ck_assert_int_eq(used, quotas[_i].first + (is_stored ? quotas[_i].second : 0));
    ck_assert_uint_eq(folder_count(path, "parts"), is_stored ? 2 : 1);
    store_close(store);
    directory_remove(path);
}
END_TEST

START_TEST(a_full_database_says_so_and_stays_as_it_was)
{
    char *path = directory_new();
    struct store *store = must_open(path);
    AUTO(dataset_record_done) struct dataset_record got = {0};
    enum store_result result = STORE_OK;
    size_t stored = 0;
    char id[32];

    ck_assert_int_eq(sqlite3_exec(store->db, "PRAGMA max_page_count = 39", NULL, NULL, NULL),
                     SQLITE_OK);
    while (result == STORE_OK && stored < 1000) {
        (void)snprintf(id, sizeof(id), "%zu", stored);
        result = put_dataset(store, "w", id, 1, 1);
        stored += result == STORE_OK;
    }
    ck_assert_int_eq(result, STORE_FULL);
    ck_assert_uint_eq(folder_count(path, "parts"), stored);
    ck_assert_uint_eq(folder_count(path, "tmp"), 0);
    ck_assert_uint_gt(stored, 20);
    /* One alone may share its pages with those that stay. */
    for (size_t i = 0; i < stored / 2; i++) {
        (void)snprintf(id, sizeof(id), "%zu", i);
        ck_assert_int_eq(store_dataset_delete(store, "w", id), STORE_OK);
    }
    (void)snprintf(id, sizeof(id), "%zu", stored / 2);
    ck_assert_int_eq(store_dataset_get(store, "w", id, &got), STORE_OK);
    ck_assert_int_eq(put_dataset(store, "w", "0", 1, 1), STORE_OK);
    store_close(store);
    directory_remove(path);
}
END_TEST

START_TEST(running_out_of_memory_fills_nothing)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    bool has_failed = true;

    ck_assert_int_eq(put_dataset(store, "w", "a", 1, 2), STORE_OK);
    for (int i = 0; has_failed; i++) {
        struct dataset_record dataset = {0};
        struct dataset_list list = {0};
        enum store_result got, listed;

        failing_alloc_once_after((size_t)i);
        got = store_dataset_get(store, "w", "a", &dataset);
        has_failed = failing_alloc_stop();
        ck_assert_int_eq(got, has_failed ? STORE_FAILED : STORE_OK);
        ck_assert_int_eq(dataset.name != NULL, got == STORE_OK);
        failing_alloc_once_after((size_t)i);
        listed = store_dataset_list(store, "w", &everything, &list);
        has_failed = failing_alloc_stop();
        ck_assert_int_eq(listed, has_failed ? STORE_FAILED : STORE_OK);
        ck_assert_int_eq(list.items != NULL, listed == STORE_OK);
        dataset_record_done(&dataset);
        dataset_list_done(&list);
    }
}
END_TEST

/*
 * Threads. A failed assertion must not leave another thread than the first, so they count.
 */

enum { THREADS = 8, ROUNDS = 40 };

struct worker {
    pthread_t thread;
    struct store *store;
    int number;
    int stored, refused, wrong;
};

/* As put_dataset(), with 10 bytes against a quota, and without assertions. */
static enum store_result insert_quietly(struct store *store, const char *id, int64_t max)
{
    AUTO(dataset_record_done) struct dataset_record dataset = dataset_new(id, 1, 1);
    struct store_file *files[1] = {NULL};

    dataset.uploaded_bytes = 10;
    if (store_file_new(store, &files[0]) != STORE_OK ||
        store_file_write(files[0], id, strlen(id)) != STORE_OK)
        return STORE_FAILED;
    return store_dataset_insert(store, "w", &dataset, files, max);
}

static void *insert_get_delete(void *argument)
{
    struct worker *worker = argument;
    uint64_t counter;
    char id[32];

    for (int i = 0; i < ROUNDS; i++) {
        struct dataset_record dataset = {0};
        struct dataset_list list = {0};

        (void)snprintf(id, sizeof(id), "%d-%d", worker->number, i);
        worker->wrong += insert_quietly(worker->store, id, INT64_MAX) != STORE_OK;
        worker->wrong += store_dataset_get(worker->store, "w", id, &dataset) != STORE_OK;
        worker->wrong += store_dataset_list(worker->store, "w", &everything, &list) != STORE_OK;
        worker->wrong += put_model(worker->store, "w", id, i) != STORE_OK;
        worker->wrong += store_counter_next(worker->store, "w", &counter) != STORE_OK;
        if (i % 2 == 0) {
            worker->wrong += store_dataset_delete(worker->store, "w", id) != STORE_OK;
            worker->wrong += store_model_delete(worker->store, "w", id) != STORE_OK;
        }
        dataset_record_done(&dataset);
        dataset_list_done(&list);
    }
    return NULL;
}

static void *fill_the_quota(void *argument)
{
    struct worker *worker = argument;
    char id[32];

    for (int i = 0; i < ROUNDS; i++) {
        enum store_result result;

        (void)snprintf(id, sizeof(id), "%d-%d", worker->number, i);
        result = insert_quietly(worker->store, id, 1000);
        worker->stored += result == STORE_OK;
        worker->refused += result == STORE_OVER_QUOTA;
    }
    return NULL;
}

/* Run `work` in all threads, and add up what they counted. */
static struct worker run_workers(struct store *store, void *(*work)(void *))
{
    struct worker workers[THREADS] = {0};
    struct worker sum = {0};

    for (int i = 0; i < THREADS; i++) {
        workers[i].store = store;
        workers[i].number = i;
        ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
        sum.stored += workers[i].stored;
        sum.refused += workers[i].refused;
        sum.wrong += workers[i].wrong;
    }
    return sum;
}

START_TEST(many_threads_share_a_store)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    struct model_list models = {0};
    uint64_t counter = 0;
    int64_t used = 0;

    ck_assert_int_eq(run_workers(store, insert_get_delete).wrong, 0);
    ck_assert_int_eq(store_dataset_usage(store, "w", INT64_MIN, &used), STORE_OK);
    ck_assert_int_eq(used, (int64_t)THREADS * ROUNDS / 2 * 10);
    ck_assert_int_eq(store_model_list(store, "w", MODELS_NEWEST_FIRST, 0, 1, &models), STORE_OK);
    ck_assert_int_eq(models.total, THREADS * ROUNDS / 2);
    ck_assert_int_eq(store_counter_next(store, "w", &counter), STORE_OK);
    ck_assert_uint_eq(counter, THREADS * ROUNDS + 1);
    model_list_done(&models);
}
END_TEST

START_TEST(threads_cannot_pass_the_quota_together)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    struct worker sum = run_workers(store, fill_the_quota);

    ck_assert_int_eq(sum.stored, 100);
    ck_assert_int_eq(sum.refused, THREADS * ROUNDS - 100);
}
END_TEST

Suite *dataset_store_suite(void)
{
    Suite *suite = suite_create("dataset_store");
    TCase *single = tcase_create("one at a time");
    TCase *lists = tcase_create("lists");
    TCase *limits = tcase_create("limits");
    TCase *threads = tcase_create("threads");

    tcase_add_test(single, every_field_comes_back);
    tcase_add_test(single, what_may_be_null_comes_back_null);
    tcase_add_loop_test(single, an_attached_file_comes_and_goes_with_the_part, 0, 2);
    tcase_add_test(single, an_unknown_dataset_is_none_and_touches_nothing);
    tcase_add_test(single, a_taken_id_is_refused_and_its_files_go);
    tcase_add_test(single, deleting_frees_the_files_and_the_quota);
    tcase_add_loop_test(single, a_file_that_others_refer_to_stays, 0, 2);
    suite_add_tcase(suite, single);
    tcase_add_loop_test(lists, pages_are_ordered_and_filtered, 0, (int)ARRAY_LEN(pages));
    tcase_add_loop_test(lists, a_brief_list_has_what_statuses_are_worked_out_from, 0, 2);
    tcase_add_test(lists, datasets_are_counted_by_type_and_age);
    tcase_add_test(lists, a_long_list_is_whole);
    suite_add_tcase(suite, lists);
    tcase_add_loop_test(limits, the_quota_is_of_a_world, 0, (int)ARRAY_LEN(quotas));
    tcase_add_test(limits, what_has_expired_does_not_count_against_the_quota);
    tcase_add_test(limits, a_full_database_says_so_and_stays_as_it_was);
    tcase_add_test(limits, running_out_of_memory_fills_nothing);
    suite_add_tcase(suite, limits);
    /* Under TSan on a busy machine. */
    tcase_set_timeout(threads, 60);
    tcase_add_test(threads, many_threads_share_a_store);
    tcase_add_test(threads, threads_cannot_pass_the_quota_together);
    suite_add_tcase(suite, threads);
    return suite;
}
