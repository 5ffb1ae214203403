#include <stdlib.h>

#include "base/log.h"
#include "store/store_internal.h"

static const struct field world_fields[] = {
    FIELD(FIELD_ARRAY, struct world_record, name),
    FIELD(FIELD_INT64, struct world_record, seed),
    FIELD(FIELD_INT, struct world_record, clock),
    FIELD(FIELD_INT64, struct world_record, clock_us),
    FIELD(FIELD_INT64, struct world_record, anchor_us),
    FIELD(FIELD_INT64, struct world_record, scale_milli),
    FIELD(FIELD_STRING, struct world_record, lifecycle),
};

void world_record_done(struct world_record *world)
{
    free(world->lifecycle);
    *world = (struct world_record){0};
}

void name_list_done(struct name_list *list)
{
    free(list->items);
    *list = (struct name_list){0};
}

enum store_result store_world_get(struct store *store, const char *name, struct world_record *out)
{
    struct world_record world = {0};
    enum store_result result;
    struct query query;
    bool is_there;

    (void)pthread_mutex_lock(&store->lock);
    query = query_begin(store, SQL_WORLD_GET, "read a world");
    query_bind_text(&query, 1, name);
    is_there = query_row(&query);
    query_read_record(&query, 0, world_fields, ARRAY_LEN(world_fields), &world);
    result = query_end(&query);
    (void)pthread_mutex_unlock(&store->lock);

    if (result == STORE_OK && is_there)
        *out = world;
    else
        world_record_done(&world);
    return result == STORE_OK && !is_there ? STORE_NONE : result;
}

enum store_result store_world_put(struct store *store, const struct world_record *world)
{
    enum store_result result;
    struct query query;

    (void)pthread_mutex_lock(&store->lock);
    query = query_begin(store, SQL_WORLD_PUT, "store a world");
    query_bind_record(&query, 1, world_fields, ARRAY_LEN(world_fields), world);
    result = query_run(&query);
    (void)pthread_mutex_unlock(&store->lock);
    return result;
}

enum store_result store_world_list(struct store *store, struct name_list *out)
{
    static const struct field name_field = {FIELD_ARRAY, 0, WORLD_NAME_SIZE};
    struct name_list list = {0};
    enum store_result result;
    struct query query;
    size_t size = 0;

    (void)pthread_mutex_lock(&store->lock);
    query = query_begin(store, SQL_WORLD_LIST, "list worlds");
    while (query_row(&query)) {
        void *items = query_grow(&query, list.items, list.count, &size, sizeof(*list.items));

        if (!items)
            break;
        list.items = items;
        query_read_record(&query, 0, &name_field, 1, list.items[list.count++]);
    }
    result = query_end(&query);
    (void)pthread_mutex_unlock(&store->lock);
    if (result == STORE_OK)
        *out = list;
    else
        name_list_done(&list);
    return result;
}

enum store_result store_setting_get(struct store *store, const char *world, const char *name,
                                    char **out)
{
    enum store_result result;
    struct query query;
    char *value = NULL;
    bool is_there;

    (void)pthread_mutex_lock(&store->lock);
    query = query_begin(store, SQL_SETTING_GET, "read a setting");
    query_bind_text(&query, 1, world);
    query_bind_text(&query, 2, name);
    is_there = query_row(&query);
    if (is_there) {
        static const struct field value_field = {FIELD_STRING, 0, sizeof(value)};

        query_read_record(&query, 0, &value_field, 1, &value);
    }
    result = query_end(&query);
    (void)pthread_mutex_unlock(&store->lock);

    if (result == STORE_OK && is_there)
        *out = value;
    else
        free(value);
    return result == STORE_OK && !is_there ? STORE_NONE : result;
}

enum store_result store_setting_put(struct store *store, const char *world, const char *name,
                                    const char *value)
{
    enum store_result result;
    struct query query;

    (void)pthread_mutex_lock(&store->lock);
    query = query_begin(store, SQL_SETTING_PUT, "store a setting");
    query_bind_text(&query, 1, world);
    query_bind_text(&query, 2, name);
    query_bind_text(&query, 3, value);
    result = query_run(&query);
    (void)pthread_mutex_unlock(&store->lock);
    return result;
}

enum store_result store_counter_check(struct store *store, const char *world, uint64_t counter,
                                      const char *id)
{
    struct query query;
    enum store_result result;
    bool is_current;

    if (counter == 0)
        return STORE_OK;
    query = query_begin(store, SQL_COUNTER_IS_CURRENT, "look at the counter of a world");
    query_bind_text(&query, 1, world);
    query_bind_int(&query, 2, (int64_t)counter);
    query_bind_text(&query, 3, id);
    is_current = query_row(&query);
    result = query_end(&query);
    return result == STORE_OK && !is_current ? STORE_NONE : result;
}

enum store_result store_counter_next(struct store *store, const char *world, uint64_t *out)
{
    enum store_result result;
    struct query query;
    uint64_t next = 0;

    (void)pthread_mutex_lock(&store->lock);
    query = query_begin(store, SQL_COUNTER_NEXT, "count in a world");
    query_bind_text(&query, 1, world);
    if (query_row(&query))
        next = (uint64_t)query_int(&query, 0);
    result = query_run(&query); /* to its end, where it commits */
    (void)pthread_mutex_unlock(&store->lock);

    if (result == STORE_OK)
        *out = next;
    return result;
}
