#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/object_life.h"
#include "store/store_internal.h"

static const struct field model_fields[] = {
    FIELD(FIELD_ARRAY, struct model_record, id),
    FIELD(FIELD_STRING, struct model_record, name),
    FIELD(FIELD_STRING, struct model_record, base_type),
    FIELD(FIELD_STRING, struct model_record, base_name),
    FIELD(FIELD_STRING, struct model_record, dataset_id),
    FIELD(FIELD_STRING, struct model_record, hyperparameters),
    FIELD(FIELD_INT64, struct model_record, created_us),
    FIELD(FIELD_INT64, struct model_record, queued_us),
    FIELD(FIELD_INT64, struct model_record, training_us),
    FIELD(FIELD_INT64, struct model_record, deploying_us),
    FIELD(FIELD_INT64, struct model_record, updated_us),
    FIELD(FIELD_INT64, struct model_record, failed_us),
    FIELD(FIELD_INT64, struct model_record, plan.polls),
    FIELD(FIELD_INT, struct model_record, plan.hold_stage),
    FIELD(FIELD_INT, struct model_record, plan.fail_stage),
    FIELD(FIELD_INT64, struct model_record, polled),
    FIELD(FIELD_STRING, struct model_record, steps),
    FIELD(FIELD_STRING, struct model_record, reason),
    FIELD(FIELD_BOOL, struct model_record, multi_label),
    FIELD(FIELD_STRING, struct model_record, wandb),
};

void model_record_done(struct model_record *model)
{
    free(model->name);
    free(model->base_type);
    free(model->base_name);
    free(model->dataset_id);
    free(model->hyperparameters);
    free(model->steps);
    free(model->reason);
    free(model->wandb);
    *model = (struct model_record){0};
}

void model_list_done(struct model_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        model_record_done(&list->items[i]);
    free(list->items);
    *list = (struct model_list){0};
}

static enum store_result insert_model(struct store *store, const char *world,
                                      const struct model_record *model)
{
    struct query query = query_begin(store, SQL_MODEL_INSERT, "store a fine-tuned model");

    query_bind_text(&query, 1, world);
    query_bind_record(&query, 2, model_fields, ARRAY_LEN(model_fields), model);
    return query_run(&query);
}

/* Insert the model with its references; to be called in a transaction. */
static enum store_result insert_rows(struct store *store, const char *world,
                                     const struct model_record *model)
{
    enum store_result result = insert_model(store, world, model);
    struct query query;

    if (result != STORE_OK)
        return result;
    query = query_begin(store, SQL_MODEL_PARTS_INSERT, "hold the files of a dataset");
    query_bind_int(&query, 1, sqlite3_last_insert_rowid(store->db));
    query_bind_text(&query, 2, world);
    query_bind_text(&query, 3, model->dataset_id);
    return query_run(&query);
}

static enum store_result check_quota(struct store *store, const char *world,
                                     const struct model_quota *quota)
{
    bool is_since = quota->since_us > INT64_MIN;
    struct query query = query_begin(store, is_since ? SQL_MODEL_COUNT_SINCE : SQL_MODEL_COUNT,
                                     "count fine-tuned models");
    enum store_result result;
    int64_t count = 0;

    query_bind_text(&query, 1, world);
    if (is_since)
        query_bind_int(&query, 2, quota->since_us);
    if (query_row(&query))
        count = query_int(&query, 0);
    result = query_end(&query);
    return result == STORE_OK && count >= quota->max ? STORE_OVER_QUOTA : result;
}

static enum store_result insert_within(struct store *store, const char *world,
                                       const struct model_record *model,
                                       const struct model_quota quotas[], size_t quota_count,
                                       size_t *out_passed)
{
    enum store_result result = store_counter_check(store, world, model->counter, model->id);

    if (result != STORE_OK)
        return result;
    for (size_t i = 0; i < quota_count; i++) {
        result = check_quota(store, world, &quotas[i]);
        if (result == STORE_OVER_QUOTA)
            *out_passed = i;
        if (result != STORE_OK)
            return result;
    }
    return insert_rows(store, world, model);
}

enum store_result store_model_insert_within(struct store *store, const char *world,
                                            const struct model_record *model,
                                            const struct model_quota quotas[], size_t quota_count,
                                            size_t *out_passed)
{
    enum store_result result;

    (void)pthread_mutex_lock(&store->lock);
    result = store_begin(store);
    if (result == STORE_OK)
        result =
            store_end(store, insert_within(store, world, model, quotas, quota_count, out_passed));
    (void)pthread_mutex_unlock(&store->lock);
    return result;
}

enum store_result store_model_insert(struct store *store, const char *world,
                                     const struct model_record *model)
{
    return store_model_insert_within(store, world, model, NULL, 0, NULL);
}

/* Read the row that `query` stands on into `*model`, zeroed. */
static void read_model(struct query *query, struct model_record *model)
{
    model->number = query_int(query, 0);
    query_read_record(query, 1, model_fields, ARRAY_LEN(model_fields), model);
}

/* Find a model; the lock is held. What `*out`, zeroed, gets on a failure is to be released. */
static enum store_result find_model(struct store *store, const char *world, const char *id,
                                    struct model_record *out)
{
    struct query query = query_begin(store, SQL_MODEL_GET, "read a fine-tuned model");
    enum store_result result;
    bool is_there;

    query_bind_text(&query, 1, world);
    query_bind_text(&query, 2, id);
    is_there = query_row(&query);
    if (is_there)
        read_model(&query, out);
    result = query_end(&query);
    return result == STORE_OK && !is_there ? STORE_NONE : result;
}

/* Store what was recorded of a model; the lock is held. */
static enum store_result put_steps(struct store *store, const char *world,
                                   const struct model_record *model)
{
    struct query query = query_begin(store, SQL_MODEL_STEPS, "change a fine-tuned model");

    query_bind_text(&query, 1, world);
    query_bind_text(&query, 2, model->id);
    query_bind_int(&query, 3, model->polled);
    query_bind_text(&query, 4, model->steps);
    query_bind_text(&query, 5, model->reason);
    return query_run(&query);
}

/* Change what is recorded of a model; the lock is held. */
static enum store_result change_steps(struct store *store, const char *world,
                                      const struct object_change *change,
                                      struct model_record *model)
{
    const struct object_record record = {&model->polled, &model->steps, &model->reason};
    struct model_life life = model_life_of(model);

    if (!change->step && !model_poll(&life, change->now_us, &model->polled))
        return STORE_OK;
    if (object_record_change(&record, change, &life.steps))
        return put_steps(store, world, model);
    log_error("cannot change a fine-tuned model: out of memory");
    return STORE_FAILED;
}

/* Read, with a `change` also change and store, in one step. */
static enum store_result get_model(struct store *store, const char *world, const char *id,
                                   const struct object_change *change, struct model_record *out)
{
    AUTO(model_record_done) struct model_record model = {0};
    enum store_result result;

    (void)pthread_mutex_lock(&store->lock);
    result = find_model(store, world, id, &model);
    if (result == STORE_OK && change)
        result = change_steps(store, world, change, &model);
    (void)pthread_mutex_unlock(&store->lock);
    if (result == STORE_OK) {
        *out = model;
        model = (struct model_record){0};
    }
    return result;
}

enum store_result store_model_get(struct store *store, const char *world, const char *id,
                                  struct model_record *out)
{
    return get_model(store, world, id, NULL, out);
}

enum store_result store_model_poll(struct store *store, const char *world, const char *id,
                                   int64_t now_us, struct model_record *out)
{
    return get_model(store, world, id, &(struct object_change){.now_us = now_us}, out);
}

enum store_result store_model_force(struct store *store, const char *world, const char *id,
                                    const struct life_step *step, const char *reason,
                                    struct model_record *out)
{
    return get_model(store, world, id, &(struct object_change){.step = step, .reason = reason},
                     out);
}

static enum store_result read_total(struct store *store, const char *world, int64_t *out)
{
    struct query query = query_begin(store, SQL_MODEL_COUNT, "count fine-tuned models");

    query_bind_text(&query, 1, world);
    if (query_row(&query))
        *out = query_int(&query, 0);
    return query_end(&query);
}

/* Append the models of `query` to `*list`, and end the query. */
static enum store_result read_models(struct query *query, struct model_list *list)
{
    size_t size = 0;

    while (query_row(query)) {
        struct model_record *item =
            query_grow(query, list->items, list->count, &size, sizeof(*item));

        if (!item)
            break;
        list->items = item;
        item += list->count++;
        *item = (struct model_record){0};
        read_model(query, item);
    }
    return query_end(query);
}

/* The statement of an order. Only the last four look at the second key. */
static enum sql list_sql(struct model_order order)
{
    static const enum sql by_first_key[] = {
        [KEY_NONE] = SQL_MODEL_LIST_OLDEST,
        [KEY_CREATED] = SQL_MODEL_LIST_BY_AGE,
        [KEY_CREATED_DESC] = SQL_MODEL_LIST_BY_AGE_DESC,
        [KEY_NAME] = SQL_MODEL_LIST_BY_NAME,
        [KEY_NAME_DESC] = SQL_MODEL_LIST_BY_NAME_DESC,
    };

    if (order.second == KEY_NONE && order.first == KEY_CREATED)
        return SQL_MODEL_LIST_OLDEST;
    if (order.second == KEY_NONE && order.first == KEY_CREATED_DESC)
        return SQL_MODEL_LIST_NEWEST;
    return by_first_key[order.first];
}

enum store_result store_model_list(struct store *store, const char *world, struct model_order order,
                                   int64_t offset, int64_t limit, struct model_list *out)
{
    enum sql sql = list_sql(order);
    AUTO(model_list_done) struct model_list list = {0};
    enum store_result result;

    (void)pthread_mutex_lock(&store->lock);
    result = read_total(store, world, &list.total);
    if (result == STORE_OK) {
        struct query query = query_begin(store, sql, "list fine-tuned models");

        query_bind_text(&query, 1, world);
        query_bind_int(&query, 2, limit);
        query_bind_int(&query, 3, offset);
        if (sql != SQL_MODEL_LIST_OLDEST && sql != SQL_MODEL_LIST_NEWEST)
            query_bind_int(&query, 4, order.second);
        result = read_models(&query, &list);
    }
    (void)pthread_mutex_unlock(&store->lock);

    if (result == STORE_OK) {
        *out = list;
        list = (struct model_list){0};
    }
    return result;
}

enum store_result store_model_count(struct store *store, const char *world, int64_t *out)
{
    enum store_result result;
    int64_t total = 0;

    (void)pthread_mutex_lock(&store->lock);
    result = read_total(store, world, &total);
    (void)pthread_mutex_unlock(&store->lock);
    if (result == STORE_OK)
        *out = total;
    return result;
}

enum store_result store_model_list_before(struct store *store, const char *world,
                                          const struct list_position *before, int64_t limit,
                                          struct model_list *out)
{
    AUTO(model_list_done) struct model_list list = {0};
    enum store_result result;
    struct query query;

    (void)pthread_mutex_lock(&store->lock);
    query = query_begin(store, SQL_MODEL_LIST_BEFORE, "list fine-tuned models");
    query_bind_text(&query, 1, world);
    query_bind_int(&query, 2, limit);
    query_bind_int(&query, 3, before->created_us);
    query_bind_int(&query, 4, before->number);
    result = read_models(&query, &list);
    (void)pthread_mutex_unlock(&store->lock);

    if (result == STORE_OK) {
        *out = list;
        list = (struct model_list){0};
    }
    return result;
}

enum store_result store_model_rename(struct store *store, const char *world, const char *id,
                                     const char *name, int64_t now_us)
{
    enum store_result result;
    struct query query;

    (void)pthread_mutex_lock(&store->lock);
    query = query_begin(store, SQL_MODEL_RENAME, "rename a fine-tuned model");
    query_bind_text(&query, 1, world);
    query_bind_text(&query, 2, id);
    query_bind_text(&query, 3, name);
    query_bind_int(&query, 4, now_us);
    result = query_run(&query);
    if (result == STORE_OK && sqlite3_changes(store->db) == 0)
        result = STORE_NONE;
    (void)pthread_mutex_unlock(&store->lock);
    return result;
}

/* What is to be deleted. */
struct doomed {
    const char *world, *id;
};

static enum store_result delete_rows(struct store *store, const void *what,
                                     struct file_names *files)
{
    AUTO(model_record_done) struct model_record model = {0};
    const struct doomed *doomed = what;
    enum store_result result = find_model(store, doomed->world, doomed->id, &model);

    if (result != STORE_OK)
        return result;
    return store_delete_row(store, SQL_MODEL_FILES, SQL_MODEL_DELETE, model.number, files);
}

enum store_result store_model_delete(struct store *store, const char *world, const char *id)
{
    const struct doomed doomed = {world, id};

    return store_delete(store, delete_rows, &doomed);
}

static enum store_result fail_model(struct store *store, const char *world, const char *id,
                                    int64_t now_us)
{
    struct query query = query_begin(store, SQL_MODEL_FAIL, "fail a fine-tuned model");

    query_bind_text(&query, 1, world);
    query_bind_text(&query, 2, id);
    query_bind_int(&query, 3, now_us);
    return query_run(&query);
}

static bool is_untrained(const struct model_record *model, int64_t now_us)
{
    struct model_life life = model_life_of(model);
    int64_t completed_us;

    return model->failed_us == 0 && model_event_at(&life, now_us).status != MODEL_FAILED &&
           !model_completed_at(&life, now_us, &completed_us);
}

/* Fail those of the list that are untrained; to be called in a transaction. */
static enum store_result fail_listed(struct store *store, const char *world,
                                     const struct model_list *list, int64_t now_us)
{
    enum store_result result = STORE_OK;

    for (size_t i = 0; i < list->count && result == STORE_OK; i++)
        if (is_untrained(&list->items[i], now_us))
            result = fail_model(store, world, list->items[i].id, now_us);
    return result;
}

enum store_result store_models_fail_rows(struct store *store, const char *world,
                                         const char *dataset_id, int64_t now_us)
{
    struct query query =
        query_begin(store, SQL_MODEL_LIST_OF_DATASET, "list the models of a dataset");
    AUTO(model_list_done) struct model_list list = {0};
    enum store_result result;

    query_bind_text(&query, 1, world);
    query_bind_text(&query, 2, dataset_id);
    result = read_models(&query, &list);
    return result == STORE_OK ? fail_listed(store, world, &list, now_us) : result;
}

enum store_result store_models_fail_untrained(struct store *store, const char *world,
                                              const char *dataset_id, int64_t now_us)
{
    enum store_result result;

    (void)pthread_mutex_lock(&store->lock);
    result = store_begin(store);
    if (result == STORE_OK)
        result = store_end(store, store_models_fail_rows(store, world, dataset_id, now_us));
    (void)pthread_mutex_unlock(&store->lock);
    return result;
}

/*
 * Training
 */

void model_training_done(struct model_training *training)
{
    model_record_done(&training->model);
    free(training->metrics);
    *training = (struct model_training){0};
}

static enum store_result read_parts(struct store *store, int64_t seq,
                                    struct model_training *training)
{
    static const struct field part_fields[] = {
        FIELD(FIELD_ARRAY, struct model_part, file_name),
        FIELD(FIELD_INT64, struct model_part, row_count),
        FIELD(FIELD_BOOL, struct model_part, is_eval),
    };
    struct query query = query_begin(store, SQL_MODEL_PARTS_GET, "read the files of a model");

    query_bind_int(&query, 1, seq);
    while (training->part_count < PARTS_MAX && query_row(&query))
        query_read_record(&query, 0, part_fields, ARRAY_LEN(part_fields),
                          &training->parts[training->part_count++]);
    return query_end(&query);
}

/* Read a model with its files into zeroed `*out`, and the number of its row. The lock is held. */
static enum store_result read_training(struct store *store, const char *world, const char *id,
                                       int64_t *out_seq, struct model_training *out)
{
    static const struct field metrics_field[] = {
        FIELD(FIELD_STRING, struct model_training, metrics)};
    struct query query = query_begin(store, SQL_MODEL_TRAINING_GET, "read a fine-tuned model");
    enum store_result result;
    bool is_there;

    query_bind_text(&query, 1, world);
    query_bind_text(&query, 2, id);
    is_there = query_row(&query);
    if (is_there)
        *out_seq = query_int(&query, 0);
    query_read_record(&query, 1, metrics_field, 1, out);
    query_read_record(&query, 2, model_fields, ARRAY_LEN(model_fields), &out->model);
    result = query_end(&query);
    if (result == STORE_OK && !is_there)
        return STORE_NONE;
    return result == STORE_OK ? read_parts(store, *out_seq, out) : result;
}

enum store_result store_model_training_get(struct store *store, const char *world, const char *id,
                                           struct model_training *out)
{
    struct model_training training = {0};
    enum store_result result;
    int64_t seq = 0;

    (void)pthread_mutex_lock(&store->lock);
    result = read_training(store, world, id, &seq, &training);
    (void)pthread_mutex_unlock(&store->lock);

    if (result == STORE_OK)
        *out = training;
    else
        model_training_done(&training);
    return result;
}

/* Whether the model is still the one that was trained. */
static bool is_same(const struct model_training *now, const struct model_training *trained)
{
    if (now->metrics || now->part_count != trained->part_count)
        return false;
    for (size_t i = 0; i < now->part_count; i++)
        if (strcmp(now->parts[i].file_name, trained->parts[i].file_name) != 0)
            return false;
    return true;
}

/* Keep a training, after listing what files go with it. */
static enum store_result update_trained(struct store *store, int64_t seq, const char *metrics,
                                        int64_t failed_us, struct file_names *files)
{
    struct query query = query_begin(store, SQL_MODEL_FILES, "list the files of a model");
    enum store_result result;

    query_bind_int(&query, 1, seq);
    result = store_files_list(&query, files);
    if (result != STORE_OK)
        return result;
    query = query_begin(store, SQL_MODEL_TRAINED, "keep a training");
    query_bind_int(&query, 1, seq);
    query_bind_text(&query, 2, metrics);
    query_bind_int(&query, 3, failed_us);
    result = query_run(&query);
    if (result != STORE_OK)
        return result;
    query = query_begin(store, SQL_MODEL_PARTS_DELETE, "let the files of a dataset go");
    query_bind_int(&query, 1, seq);
    return query_run(&query);
}

enum store_result store_model_trained(struct store *store, const char *world,
                                      const struct model_training *training, const char *metrics,
                                      int64_t failed_us)
{
    AUTO(model_training_done) struct model_training now = {0};
    AUTO(file_names_done) struct file_names files = {0};
    enum store_result result;
    int64_t seq = 0;

    (void)pthread_mutex_lock(&store->lock);
    result = read_training(store, world, training->model.id, &seq, &now);
    if (result == STORE_OK && !is_same(&now, training))
        result = STORE_NONE;
    if (result == STORE_OK)
        result = store_begin(store);
    if (result == STORE_OK)
        result = store_end(store, update_trained(store, seq, metrics, failed_us, &files));
    (void)pthread_mutex_unlock(&store->lock);
    /* Without the commit the training has to be done again. */
    if (result == STORE_OK)
        store_files_unlink(store, &files);
    return result;
}

void model_names_done(struct model_names *names)
{
    free(names->items);
    *names = (struct model_names){0};
}

enum store_result store_models_untrained(struct store *store, struct model_names *out)
{
    static const struct field fields[] = {
        FIELD(FIELD_ARRAY, struct model_name, world),
        FIELD(FIELD_ARRAY, struct model_name, id),
    };
    struct model_names names = {0};
    enum store_result result;
    struct query query;
    size_t size = 0;

    (void)pthread_mutex_lock(&store->lock);
    query = query_begin(store, SQL_MODELS_UNTRAINED, "look for untrained models");
    while (query_row(&query)) {
        struct model_name *item =
            query_grow(&query, names.items, names.count, &size, sizeof(*item));

        if (!item)
            break;
        names.items = item;
        query_read_record(&query, 0, fields, ARRAY_LEN(fields), item + names.count++);
    }
    result = query_end(&query);
    (void)pthread_mutex_unlock(&store->lock);

    if (result == STORE_OK)
        *out = names;
    else
        model_names_done(&names);
    return result;
}
