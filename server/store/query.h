/*
 * One run of a prepared statement, and the way from records to rows and back.
 *
 *     struct query query = query_begin(store, SQL_WORLD_GET, "read a world");
 *
 *     query_bind_text(&query, 1, name);
 *     if (query_row(&query))
 *         ... query_int(&query, 0) ...
 *     result = query_end(&query);
 *
 * Failure sticks: after one, binding does nothing and query_row() returns false, so that
 * query_end() is the one place to ask. The caller holds the store's lock from beginning to end, and
 * what is bound must live as long. Columns count from 0, parameters from 1, as SQLite has it.
 */
#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "store/store.h"

/* The statements, prepared when the store is opened. Their texts are in query.c. */
enum sql {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_WORLD_GET,
    SQL_WORLD_PUT,
    SQL_WORLD_LIST,
    SQL_WORLD_DELETE,
    SQL_WORLD_DELETE_SETTINGS,
    SQL_WORLD_HIDE,
    SQL_WORLD_RENEW,
    SQL_DELETED_NEXT,
    SQL_DELETED_DATASETS,
    SQL_DELETED_MODELS,
    SQL_DELETED_TOTALS,
    SQL_DELETED_COUNTS,
    SQL_DELETED_DONE,
    SQL_DELETED_KEY,
    SQL_SETTING_GET,
    SQL_SETTING_PUT,
    SQL_COUNTER_NEXT,
    SQL_COUNTER_IS_CURRENT,
    SQL_DATASET_BYTES,
    SQL_DATASET_COUNT,
    SQL_DATASET_COUNT_OF_TYPE,
    SQL_DATASET_INSERT,
    SQL_DATASET_STEPS,
    SQL_DATASET_GET,
    SQL_DATASET_LIST,
    SQL_DATASET_LIST_OF_TYPE,
    SQL_DATASET_LIST_BRIEF,
    SQL_DATASET_LIST_BRIEF_OF_TYPE,
    SQL_DATASET_LIST_OLDEST,
    SQL_DATASET_LIST_BY_NAME,
    SQL_DATASET_LIST_BY_NAME_DESC,
    SQL_DATASET_FILES,
    SQL_DATASET_DELETE,
    SQL_FILE_INSERT,
    SQL_FILE_GET,
    SQL_FILE_LIST,
    SQL_FILE_LAST,
    SQL_FILE_LOST,
    SQL_PART_INSERT,
    SQL_PARTS_GET,
    SQL_MODEL_COUNT,
    SQL_MODEL_COUNT_SINCE,
    SQL_MODEL_INSERT,
    SQL_MODEL_STEPS,
    SQL_MODEL_LIST_OF_DATASET,
    SQL_MODEL_GET,
    SQL_MODEL_LIST_OLDEST,
    SQL_MODEL_LIST_NEWEST,
    SQL_MODEL_LIST_BEFORE,
    SQL_MODEL_LIST_BY_AGE,
    SQL_MODEL_LIST_BY_AGE_DESC,
    SQL_MODEL_LIST_BY_NAME,
    SQL_MODEL_LIST_BY_NAME_DESC,
    SQL_MODEL_RENAME,
    SQL_MODEL_FILES,
    SQL_MODEL_DELETE,
    SQL_MODEL_FAIL,
    SQL_MODELS_UNTRAINED,
    SQL_MODEL_PARTS_INSERT,
    SQL_MODEL_PARTS_GET,
    SQL_MODEL_PARTS_DELETE,
    SQL_MODEL_TRAINING_GET,
    SQL_MODEL_TRAINED,
    SQL_COUNT
};

struct query {
    struct store *store; /* borrowed */
    sqlite3_stmt *stmt;  /* the store's */
    const char *what;    /* what it is for; continues "cannot" in the log */
    int code;            /* SQLite's, of the last step; sticks when it is an error */
};

/* Prepare all statements. Returns SQLite's code. */
MUST_USE int query_prepare_all(struct store *store);
void query_finalize_all(struct store *store);

struct query query_begin(struct store *store, enum sql sql, const char *what);
void query_bind_text(struct query *query, int parameter, const char *value);
void query_bind_int(struct query *query, int parameter, int64_t value);

/* Step to the next row; false at the end and after a failure. */
bool query_row(struct query *query);

int64_t query_int(const struct query *query, int column);

/* Borrow a text; valid until the next step. */
const char *query_text(const struct query *query, int column);

/*
 * Make room behind `count` items of `item_size` bytes for one more. Returns where they are now, or
 * NULL when memory runs out: then the query fails and `items` are where they were. `*size`, how
 * many there is room for, is the caller's and starts at 0.
 */
MUST_USE void *query_grow(struct query *query, void *items, size_t count, size_t *size,
                          size_t item_size);

/* End the query and make its statement free for the next. A failure is logged here. */
MUST_USE enum store_result query_end(struct query *query);

/* Step to the last row, whatever the rows hold, and end. */
MUST_USE enum store_result query_run(struct query *query);

/* Log that SQLite failed with `code`, and return what that means. `what` continues "cannot". */
enum store_result query_failure(struct store *store, int code, const char *what);

/*
 * Records
 */

enum field_kind {
    FIELD_ARRAY,  /* a char array that holds a string */
    FIELD_STRING, /* a char pointer, owned; NULL is NULL */
    FIELD_INT64,  /* also uint64_t, bit for bit */
    FIELD_INT,    /* also an enum */
    FIELD_BOOL
};

/* One field of a record that is one column of a table. */
struct field {
    enum field_kind kind;
    size_t offset;
    size_t size; /* bytes of the field in the record */
};

#define FIELD(kind, type, member)                                                                  \
    {                                                                                              \
        kind, offsetof(type, member), sizeof(((type *)0)->member)                                  \
    }

/* Bind the fields of `record` to the parameters from `parameter` on, in the order of the table. */
void query_bind_record(struct query *query, int parameter, const struct field fields[],
                       size_t count, const void *record);

/*
 * Set the fields of `record` from the columns from `column` on. When that fails, the query fails,
 * and the record's strings are its own or NULL, for its ..._done(). `record` was zeroed.
 */
void query_read_record(struct query *query, int column, const struct field fields[], size_t count,
                       void *record);

#endif
