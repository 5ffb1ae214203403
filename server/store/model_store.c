#include <stdlib.h>

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
};

void model_record_done(struct model_record *model)
{
    free(model->name);
    free(model->base_type);
    free(model->base_name);
    free(model->dataset_id);
    free(model->hyperparameters);
    *model = (struct model_record){0};
}

void model_list_done(struct model_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        model_record_done(&list->items[i]);
    free(list->items);
    *list = (struct model_list){0};
}

enum store_result store_model_insert(struct store *store, const char *world,
                                     const struct model_record *model)
{
    enum store_result result;
    struct query query;

    (void)pthread_mutex_lock(&store->lock);
    query = query_begin(store, SQL_MODEL_INSERT, "store a fine-tuned model");
    query_bind_text(&query, 1, world);
    query_bind_record(&query, 2, model_fields, ARRAY_LEN(model_fields), model);
    result = query_run(&query);
    (void)pthread_mutex_unlock(&store->lock);
    return result;
}

enum store_result store_model_get(struct store *store, const char *world, const char *id,
                                  struct model_record *out)
{
    struct model_record model = {0};
    enum store_result result;
    struct query query;
    bool is_there;

    (void)pthread_mutex_lock(&store->lock);
    query = query_begin(store, SQL_MODEL_GET, "read a fine-tuned model");
    query_bind_text(&query, 1, world);
    query_bind_text(&query, 2, id);
    is_there = query_row(&query);
    query_read_record(&query, 0, model_fields, ARRAY_LEN(model_fields), &model);
    result = query_end(&query);
    (void)pthread_mutex_unlock(&store->lock);

    if (result == STORE_OK && is_there)
        *out = model;
    else
        model_record_done(&model);
    return result == STORE_OK && !is_there ? STORE_NONE : result;
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
        query_read_record(query, 0, model_fields, ARRAY_LEN(model_fields), item);
    }
    return query_end(query);
}

enum store_result store_model_list(struct store *store, const char *world, enum model_order order,
                                   int64_t offset, int64_t limit, struct model_list *out)
{
    enum sql sql = order == MODELS_OLDEST_FIRST ? SQL_MODEL_LIST_OLDEST : SQL_MODEL_LIST_NEWEST;
    AUTO(model_list_done) struct model_list list = {0};
    enum store_result result;

    (void)pthread_mutex_lock(&store->lock);
    result = read_total(store, world, &list.total);
    if (result == STORE_OK) {
        struct query query = query_begin(store, sql, "list fine-tuned models");

        query_bind_text(&query, 1, world);
        query_bind_int(&query, 2, limit);
        query_bind_int(&query, 3, offset);
        result = read_models(&query, &list);
    }
    (void)pthread_mutex_unlock(&store->lock);

    if (result == STORE_OK) {
        *out = list;
        list = (struct model_list){0};
    }
    return result;
}

static enum store_result delete_row(struct store *store, const char *world, const char *id)
{
    struct query query = query_begin(store, SQL_MODEL_DELETE, "delete a fine-tuned model");
    enum store_result result;

    query_bind_text(&query, 1, world);
    query_bind_text(&query, 2, id);
    result = query_run(&query);
    return result == STORE_OK && sqlite3_changes(store->db) == 0 ? STORE_NONE : result;
}

enum store_result store_model_delete(struct store *store, const char *world, const char *id)
{
    enum store_result result;

    (void)pthread_mutex_lock(&store->lock);
    result = delete_row(store, world, id);
    if (result == STORE_FULL && store_reserve_use(store))
        result = delete_row(store, world, id);
    store_reserve_fill(store);
    (void)pthread_mutex_unlock(&store->lock);
    return result;
}

enum store_result store_models_fail_untrained(struct store *store, const char *world,
                                              const char *dataset_id, int64_t now_us)
{
    enum store_result result;
    struct query query;

    (void)pthread_mutex_lock(&store->lock);
    query = query_begin(store, SQL_MODELS_FAIL, "fail fine-tuned models");
    query_bind_text(&query, 1, world);
    query_bind_text(&query, 2, dataset_id);
    query_bind_int(&query, 3, now_us);
    result = query_run(&query);
    (void)pthread_mutex_unlock(&store->lock);
    return result;
}
