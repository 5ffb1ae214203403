/*
 * Lists of datasets and fine-tuned models: what the tables of the dashboard need beyond the API's.
 *
 * A page of all objects, by age or by name, is one that the store has. But a status is worked out
 * from the clock and unknown to the store: for any other page the objects are walked over here. Of
 * each that may be on the page only its id and what it is sorted by are kept; the page that is
 * shown is read again.
 */
#include <stdlib.h>
#include <string.h>

#include "admin/object.h"
#include "http/reply.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 1000 };

enum sort_key { SORT_CREATED, SORT_UPDATED, SORT_NAME, SORT_STATUS, SORT_TYPE, SORT_SIZE };

/* clang-format off */
static const struct {
    const char *name;
    enum sort_key key;
} sort_keys[] = {
    {"created_at", SORT_CREATED},
    {"updated_at", SORT_UPDATED},
    {"name",       SORT_NAME},
    {"status",     SORT_STATUS},
    {"type",       SORT_TYPE},
    {"size_bytes", SORT_SIZE},
};
/* clang-format on */

/* What the query asks for. */
struct wish {
    struct text query, type;
    int status; /* -1: any */
    enum sort_key key;
    bool descends;
    uint64_t offset, limit;
};

struct row {
    char id[OBJECT_ID_SIZE];
    char *text; /* what it is sorted by: a copy, or NULL if it is `number` */
    int64_t number;
    int64_t created_us, object_number;
    bool descends;
    bool is_newest_first; /* where it is equal to another */
};

struct list {
    const struct admin_call *call;
    const struct wish *wish;
    struct row *rows;   /* those that may be on the page, and some more */
    size_t count, size; /* of `rows` */
    int64_t total;      /* of those that fit */
};

static void list_done(struct list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->rows[i].text);
    free(list->rows);
}

/*
 * The query. These return 0, or answer with a refusal and return its status.
 */

static int read_status(const struct request *req, struct response *res, enum object_kind kind,
                       struct wish *wish)
{
    AUTO(buf_done) struct buf names = {0};
    struct text value;

    wish->status = -1;
    if (!request_query(req, "status", 0, &value) || value.len == 0 ||
        object_status_find(kind, value, &wish->status))
        return 0;
    object_status_list(kind, &names);
    if (names.failed)
        return reply_message(res, 500, "out of memory");
    return reply_message(res, 400, "status must be one of %s", names.data);
}

static int read_sort(const struct request *req, struct response *res, struct wish *wish)
{
    struct text name;

    wish->key = SORT_CREATED;
    wish->descends = true;
    if (!request_query(req, "sort", 0, &name) || name.len == 0)
        return 0;
    wish->descends = name.data[0] == '-';
    name.data += wish->descends;
    name.len -= wish->descends;
    for (size_t i = 0; i < ARRAY_LEN(sort_keys); i++) {
        if (text_eq(text_of(sort_keys[i].name), name)) {
            wish->key = sort_keys[i].key;
            return 0;
        }
    }
    return reply_message(res, 400,
                         "sort must be one of created_at, updated_at, name, status, type and "
                         "size_bytes, with a - before it to begin with the last");
}

static int read_number(const struct request *req, struct response *res, const char *name,
                       uint64_t max, uint64_t *out)
{
    struct text value;

    if (!request_query(req, name, 0, &value) || value.len == 0)
        return 0;
    if (!text_to_u64(value, out) || *out > max)
        return reply_message(res, 400, "%s must be a whole number from 0 to %llu", name,
                             (unsigned long long)max);
    return 0;
}

static int read_wish(const struct request *req, struct response *res, enum object_kind kind,
                     struct wish *wish)
{
    int refusal = read_status(req, res, kind, wish);

    wish->limit = LIMIT_DEFAULT;
    (void)request_query(req, "query", 0, &wish->query);
    (void)request_query(req, "type", 0, &wish->type);
    if (!refusal)
        refusal = read_sort(req, res, wish);
    if (!refusal)
        refusal = read_number(req, res, "offset", INT32_MAX, &wish->offset);
    if (!refusal)
        refusal = read_number(req, res, "limit", LIMIT_MAX, &wish->limit);
    return refusal;
}

/*
 * The rows
 */

/* Tell whether `t` holds `part`, with A to Z equal to a to z. */
static bool contains(struct text t, struct text part)
{
    for (size_t i = 0; i + part.len <= t.len; i++)
        if (text_eq_nocase((struct text){t.data + i, part.len}, part))
            return true;
    return false;
}

static bool fits(const struct wish *wish, const struct object *object)
{
    struct text query = wish->query;

    if (wish->type.len && !text_eq(text_of(object->type), wish->type))
        return false;
    return query.len == 0 || contains(text_of(object->name), query) ||
           contains(text_of(object->id), query);
}

/* Fill what a row is sorted by. Returns false when memory runs out. */
static bool fill_key(const struct wish *wish, const struct object *object,
                     const struct object_event *last, struct row *row)
{
    const char *text = NULL;

    switch (wish->key) {
    case SORT_CREATED:
        row->number = object->created_us;
        break;
    case SORT_UPDATED:
        row->number = last->at_us;
        break;
    case SORT_SIZE:
        row->number = object->size_bytes;
        break;
    case SORT_NAME:
        text = object->name;
        break;
    case SORT_TYPE:
        text = object->type;
        break;
    case SORT_STATUS:
        text = object_status_name(object->kind, last->status);
        break;
    }
    row->text = text ? strdup(text) : NULL;
    return !text || row->text;
}

static int compare_numbers(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    int order = compare_numbers(a->number, b->number);

    if (a->text && b->text)
        order = strcmp(a->text, b->text);
    if (order)
        return a->descends ? -order : order;
    order = compare_numbers(a->created_us, b->created_us);
    if (!order)
        order = compare_numbers(a->object_number, b->object_number);
    return a->is_newest_first ? -order : order;
}

/* Sort, and forget what is behind the page. */
static void keep_first(struct list *list)
{
    uint64_t last = list->wish->offset + list->wish->limit;

    if (list->count)
        qsort(list->rows, list->count, sizeof(list->rows[0]), compare);
    while (list->count > last)
        free(list->rows[--list->count].text);
}

/* Make room for one more. */
static bool grow(struct list *list)
{
    size_t size = list->size ? 2 * list->size : 128;
    void *rows;

    /* Sorting now and then costs less than keeping all. */
    if (list->count == list->size && list->count / 2 > list->wish->offset + list->wish->limit)
        keep_first(list);
    if (list->count < list->size)
        return true;
    rows = reallocarray(list->rows, size, sizeof(list->rows[0]));
    if (!rows)
        return false;
    list->rows = rows;
    list->size = size;
    return true;
}

static bool needs_event(const struct wish *wish)
{
    return wish->status >= 0 || wish->key == SORT_STATUS || wish->key == SORT_UPDATED;
}

static bool add_row(void *context, const struct object *object)
{
    struct list *list = context;
    const struct wish *wish = list->wish;
    struct object_event events[LIFE_EVENTS_MAX] = {0};
    struct row row = {
        .created_us = object->created_us,
        .object_number = object->number,
        .descends = wish->descends,
        .is_newest_first = wish->descends || wish->key != SORT_CREATED,
    };
    size_t count = 1;

    if (!fits(wish, object))
        return true;
    if (needs_event(wish))
        count = object_events(object, list->call->world->now_us, events);
    if (wish->status >= 0 && events[count - 1].status != wish->status)
        return true;
    memcpy(row.id, object->id, strlen(object->id) + 1);
    if (!grow(list) || !fill_key(wish, object, &events[count - 1], &row))
        return false;
    list->rows[list->count++] = row;
    list->total++;
    return true;
}

/*
 * The answer
 */

struct page {
    struct json_writer w;
    int64_t now_us;
};

static bool write_row(void *context, const struct object *object)
{
    struct page *page = context;

    object_write(object, page->now_us, &page->w);
    return true;
}

/* Tell whether the store has such pages. */
static bool is_stored_page(const struct wish *wish, enum object_kind kind)
{
    if (wish->status >= 0 || wish->query.len ||
        (wish->key != SORT_CREATED && wish->key != SORT_NAME))
        return false;
    return wish->type.len == 0 ||
           (kind == OBJECT_DATASET && wish->key == SORT_CREATED && wish->descends);
}

static enum store_result write_stored_page(const struct list *list, enum object_kind kind,
                                           struct page *page, int64_t *out_total)
{
    const struct wish *wish = list->wish;
    const struct object_page stored = {
        .by_name = wish->key == SORT_NAME,
        .descends = wish->descends,
        .type = wish->type.len ? wish->type.data : NULL,
        .offset = (int64_t)wish->offset,
        .limit = (int64_t)wish->limit,
    };

    return object_page(list->call, kind, &stored, write_row, page, out_total);
}

/* What was deleted since it was found is left out. */
static enum store_result write_rows(const struct list *list, enum object_kind kind,
                                    struct page *page)
{
    size_t from = list->wish->offset < list->count ? list->wish->offset : list->count;
    size_t left = list->count - from;
    size_t count = list->wish->limit < left ? list->wish->limit : left;

    for (size_t i = from; i < from + count; i++) {
        enum store_result result =
            object_visit(list->call, kind, text_of(list->rows[i].id), write_row, page);

        if (result != STORE_OK && result != STORE_NONE)
            return result;
    }
    return STORE_OK;
}

static enum store_result write_found_page(struct list *list, enum object_kind kind,
                                          struct page *page)
{
    enum store_result found = object_each(list->call, kind, add_row, list);

    if (found != STORE_OK)
        return found;
    keep_first(list);
    return write_rows(list, kind, page);
}

static int list_objects(const struct admin_call *call, enum object_kind kind, struct request *req,
                        struct response *res)
{
    struct page page = {.w = {.out = &res->body}, .now_us = call->world->now_us};
    struct wish wish = {.status = -1};
    AUTO(list_done) struct list list = {.call = call, .wish = &wish};
    int refusal = read_wish(req, res, kind, &wish);
    enum store_result result;

    if (refusal)
        return refusal;
    json_write_object(&page.w);
    json_write_key(&page.w, kind == OBJECT_DATASET ? "datasets" : "finetuned_models");
    json_write_array(&page.w);
    result = is_stored_page(&wish, kind) ? write_stored_page(&list, kind, &page, &list.total)
                                         : write_found_page(&list, kind, &page);
    if (result != STORE_OK)
        return admin_store_error(res, result);
    json_write_array_end(&page.w);
    json_write_member_int(&page.w, "total", list.total);
    json_write_object_end(&page.w);
    return reply_json(res, 200);
}

int object_list_datasets(void *context, struct request *req, struct response *res)
{
    return list_objects(context, OBJECT_DATASET, req, res);
}

int object_list_models(void *context, struct request *req, struct response *res)
{
    return list_objects(context, OBJECT_MODEL, req, res);
}
