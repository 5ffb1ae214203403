#include "store/query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/store_internal.h"

#define WORLD_COLUMNS "name, seed, clock, clock_us, anchor_us, scale_milli, lifecycle"
#define LIFE_COLUMNS "polls, hold_stage, fail_stage, polled, steps, reason"
#define DATASET_BRIEF_COLUMNS                                                                      \
    "id, name, type, created_us, queued_us, processing_us, uploaded_bytes, valid, " LIFE_COLUMNS
#define DATASET_COLUMNS                                                                            \
    DATASET_BRIEF_COLUMNS ", error, warnings, schema, required, preserved, metrics"
#define PART_COLUMNS                                                                               \
    "id, name, file_name, size_bytes, original_file_name, original_name, row_count, samples, "     \
    "is_eval"
#define MODEL_COLUMNS                                                                              \
    "id, name, base_type, base_name, dataset_id, hyperparameters, created_us, queued_us, "         \
    "training_us, deploying_us, updated_us, failed_us, " LIFE_COLUMNS ", multi_label, wandb"

/* What the rows of a world are filed under: its name, until it was deleted (see world_delete.c). */
#define KEY_OF(name)                                                                               \
    "ifnull((SELECT name || '/' || number FROM world_keys WHERE name = " name "), " name ")"
#define WORLD_KEY KEY_OF("?1")

/* Where the last reference to a file is among the rows that are about to go, the file goes. */
#define FILES_ALL_OF_WHOSE_REFERENCES_ARE_HERE                                                     \
    " GROUP BY files.file_name HAVING count(*) = files.refs"

/* Lists of datasets; `condition` holds what an index needs to know beyond the world. */
#define DATASET_LIST(columns, condition)                                                           \
    ("SELECT seq, " columns " FROM datasets WHERE world = " WORLD_KEY condition                    \
     " AND created_us > ?2 AND (created_us, seq) < (?3, ?7) "                                      \
     "ORDER BY created_us DESC, seq DESC LIMIT ?4 OFFSET ?5")
#define DATASET_LIST_BY(index, order)                                                              \
    ("SELECT seq, " DATASET_COLUMNS " FROM datasets INDEXED BY " index " WHERE world = " WORLD_KEY \
     " AND created_us > ?2 ORDER BY " order " LIMIT ?4 OFFSET ?5")

/*
 * Lists of models by a first key, which has an index, and a second, of enum model_key. Which rows
 * are on the page is found out first, and only those are read.
 */
#define MODEL_ORDER(first)                                                                         \
    " ORDER BY " first ", "                                                                        \
    "CASE ?4 WHEN 1 THEN created_us WHEN 2 THEN -created_us END, "                                 \
    "CASE ?4 WHEN 3 THEN name END, CASE ?4 WHEN 4 THEN name END DESC, "                            \
    "CASE ?4 WHEN 2 THEN -seq ELSE seq END"
#define MODEL_PAGE(index, order)                                                                   \
    "WITH page AS MATERIALIZED (SELECT seq FROM models INDEXED BY " index                          \
    " WHERE world = " WORLD_KEY order " LIMIT ?2 OFFSET ?3) "
#define MODEL_LIST_BY(index, first)                                                                \
    (MODEL_PAGE(index,                                                                             \
                MODEL_ORDER(first)) "SELECT seq, " MODEL_COLUMNS                                   \
                                    " FROM page CROSS JOIN models USING (seq)" MODEL_ORDER(first))

/* Joined literals stand in parentheses, or clang takes them for a forgotten comma. */
static const char *const sql_texts[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",

    [SQL_WORLD_GET] = ("SELECT " WORLD_COLUMNS " FROM worlds WHERE name = ?1"),
    [SQL_WORLD_PUT] = ("INSERT OR REPLACE INTO worlds (" WORLD_COLUMNS ") "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
    [SQL_WORLD_LIST] = "SELECT name FROM worlds ORDER BY name",
    [SQL_WORLD_DELETE] = "DELETE FROM worlds WHERE name = ?1",
    [SQL_WORLD_DELETE_SETTINGS] = "DELETE FROM settings WHERE world = ?1",
    [SQL_WORLD_HIDE] = ("INSERT INTO deleted_worlds (world, name) "
                        "SELECT world, ?1 FROM totals WHERE world = " WORLD_KEY),
    [SQL_WORLD_RENEW] = ("INSERT INTO world_keys (name, number) VALUES (?1, 1) "
                         "ON CONFLICT (name) DO UPDATE SET number = number + 1"),
    [SQL_DELETED_NEXT] = "SELECT world, name FROM deleted_worlds LIMIT 1",
    [SQL_DELETED_DATASETS] = "SELECT seq FROM datasets WHERE world = ?1 LIMIT ?2",
    [SQL_DELETED_MODELS] = "SELECT seq FROM models WHERE world = ?1 LIMIT ?2",
    [SQL_DELETED_TOTALS] = "DELETE FROM totals WHERE world = ?1",
    [SQL_DELETED_COUNTS] = "DELETE FROM dataset_counts WHERE world = ?1",
    [SQL_DELETED_DONE] = "DELETE FROM deleted_worlds WHERE world = ?1",
    [SQL_DELETED_KEY] = ("DELETE FROM world_keys WHERE name = ?1 AND "
                         "NOT EXISTS (SELECT 1 FROM totals WHERE world = " WORLD_KEY ") AND "
                         "NOT EXISTS (SELECT 1 FROM deleted_worlds WHERE name = ?1)"),
    [SQL_SETTING_GET] = "SELECT value FROM settings WHERE world = ?1 AND name = ?2",
    [SQL_SETTING_PUT] = ("INSERT INTO settings (world, name, value) VALUES (?1, ?2, ?3) "
                         "ON CONFLICT (world, name) DO UPDATE SET value = excluded.value"),
    [SQL_COUNTER_NEXT] = ("INSERT INTO totals (world, counter) VALUES (" WORLD_KEY ", 1) "
                          "ON CONFLICT (world) DO UPDATE SET counter = counter + 1 "
                          "RETURNING counter"),
    [SQL_COUNTER_IS_CURRENT] =
        ("SELECT 1 FROM totals WHERE world = " WORLD_KEY " AND counter >= ?2 AND NOT EXISTS "
         "(SELECT 1 FROM datasets WHERE datasets.world = totals.world AND id = ?3) "
         "AND NOT EXISTS (SELECT 1 FROM models WHERE models.world = totals.world AND id = ?3)"),

    /* The sum is kept; only what is older is looked at, which is little unless time was moved. */
    [SQL_DATASET_BYTES] =
        ("SELECT dataset_bytes - (SELECT coalesce(sum(uploaded_bytes), 0) "
         "FROM datasets WHERE datasets.world = totals.world AND created_us <= ?2) "
         "FROM totals WHERE world = " WORLD_KEY),
    [SQL_DATASET_COUNT] =
        ("SELECT total(count) - (SELECT count(*) FROM datasets WHERE world = " WORLD_KEY
         " AND created_us <= ?2) FROM dataset_counts WHERE world = " WORLD_KEY),
    [SQL_DATASET_COUNT_OF_TYPE] =
        ("SELECT total(count) - (SELECT count(*) FROM datasets WHERE world = " WORLD_KEY
         " AND type = ?3 AND created_us <= ?2) FROM dataset_counts WHERE world = " WORLD_KEY
         " AND type = ?3"),
    [SQL_DATASET_INSERT] =
        ("INSERT INTO datasets (world, " DATASET_COLUMNS ") "
         "VALUES (" WORLD_KEY ", ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
         "?16, ?17, ?18, ?19, ?20, ?21)"),
    [SQL_DATASET_STEPS] = ("UPDATE datasets SET polled = ?3, steps = ?4, reason = ?5 "
                           "WHERE world = " WORLD_KEY " AND id = ?2"),
    [SQL_DATASET_GET] = ("SELECT seq, " DATASET_COLUMNS " FROM datasets "
                         "WHERE world = " WORLD_KEY " AND id = ?2"),
    [SQL_DATASET_LIST] = DATASET_LIST(DATASET_COLUMNS, ""),
    [SQL_DATASET_LIST_OF_TYPE] = DATASET_LIST(DATASET_COLUMNS, " AND type = ?6"),
    [SQL_DATASET_LIST_BRIEF] = DATASET_LIST(DATASET_BRIEF_COLUMNS, ""),
    [SQL_DATASET_LIST_BRIEF_OF_TYPE] = DATASET_LIST(DATASET_BRIEF_COLUMNS, " AND type = ?6"),
    [SQL_DATASET_LIST_OLDEST] = DATASET_LIST_BY("datasets_by_age", "created_us, seq"),
    [SQL_DATASET_LIST_BY_NAME] =
        DATASET_LIST_BY("datasets_by_name", "name, created_us DESC, seq DESC"),
    [SQL_DATASET_LIST_BY_NAME_DESC] =
        DATASET_LIST_BY("datasets_by_name", "name DESC, created_us DESC, seq DESC"),
    [SQL_DATASET_FILES] = ("SELECT files.file_name FROM part_files "
                           "JOIN files USING (file_name) "
                           "WHERE dataset = ?1" FILES_ALL_OF_WHOSE_REFERENCES_ARE_HERE),
    [SQL_DATASET_DELETE] = "DELETE FROM datasets WHERE seq = ?1",

    [SQL_FILE_INSERT] = "INSERT INTO files (file_name, refs, size) VALUES (?1, 0, ?2)",
    [SQL_FILE_GET] = "SELECT size FROM files WHERE file_name = ?1",
    [SQL_FILE_LIST] = "SELECT file_name, size FROM files ORDER BY file_name",
    [SQL_FILE_LAST] = "SELECT coalesce(max(file_name), '0') FROM files",
    [SQL_FILE_LOST] = ("UPDATE datasets SET valid = 0, schema = NULL, "
                       "error = 'the file of this dataset was lost' "
                       "WHERE valid = 1 AND seq IN ("
                       "SELECT dataset FROM dataset_parts WHERE file_name = ?1 UNION ALL "
                       "SELECT dataset FROM dataset_parts WHERE original_file_name = ?1 "
                       "AND original_file_name <> '') "
                       "AND world NOT IN (SELECT world FROM deleted_worlds)"),
    [SQL_PART_INSERT] = ("INSERT INTO dataset_parts (dataset, position, " PART_COLUMNS ") "
                         "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"),
    [SQL_PARTS_GET] =
        ("SELECT " PART_COLUMNS " FROM dataset_parts WHERE dataset = ?1 ORDER BY position"),

    [SQL_MODEL_COUNT] = ("SELECT model_count FROM totals WHERE world = " WORLD_KEY),
    [SQL_MODEL_COUNT_SINCE] =
        ("SELECT count(*) FROM models WHERE world = " WORLD_KEY " AND created_us > ?2"),
    [SQL_MODEL_INSERT] =
        ("INSERT INTO models (world, " MODEL_COLUMNS ") "
         "VALUES (" WORLD_KEY ", ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
         "?16, ?17, ?18, ?19, ?20, ?21)"),
    [SQL_MODEL_STEPS] = ("UPDATE models SET polled = ?3, steps = ?4, reason = ?5 "
                         "WHERE world = " WORLD_KEY " AND id = ?2"),
    [SQL_MODEL_LIST_OF_DATASET] = ("SELECT seq, " MODEL_COLUMNS " FROM models "
                                   "WHERE world = " WORLD_KEY " AND dataset_id = ?2"),
    [SQL_MODEL_GET] = ("SELECT seq, " MODEL_COLUMNS " FROM models "
                       "WHERE world = " WORLD_KEY " AND id = ?2"),
    [SQL_MODEL_LIST_OLDEST] =
        ("SELECT seq, " MODEL_COLUMNS " FROM models "
         "WHERE world = " WORLD_KEY " ORDER BY created_us, seq LIMIT ?2 OFFSET ?3"),
    [SQL_MODEL_LIST_NEWEST] =
        ("SELECT seq, " MODEL_COLUMNS " FROM models "
         "WHERE world = " WORLD_KEY " ORDER BY created_us DESC, seq DESC LIMIT ?2 OFFSET ?3"),
    [SQL_MODEL_LIST_BEFORE] = ("SELECT seq, " MODEL_COLUMNS " FROM models "
                               "WHERE world = " WORLD_KEY " AND (created_us, seq) < (?3, ?4) "
                               "ORDER BY created_us DESC, seq DESC LIMIT ?2"),
    [SQL_MODEL_LIST_BY_AGE] = MODEL_LIST_BY("models_by_age", "created_us"),
    [SQL_MODEL_LIST_BY_AGE_DESC] = MODEL_LIST_BY("models_by_age", "created_us DESC"),
    [SQL_MODEL_LIST_BY_NAME] = MODEL_LIST_BY("models_by_name", "name"),
    [SQL_MODEL_LIST_BY_NAME_DESC] = MODEL_LIST_BY("models_by_name", "name DESC"),
    [SQL_MODEL_RENAME] = ("UPDATE models SET name = ?3, updated_us = ?4 "
                          "WHERE world = " WORLD_KEY " AND id = ?2"),
    [SQL_MODEL_FILES] = ("SELECT files.file_name FROM model_parts JOIN files USING (file_name) "
                         "WHERE model = ?1" FILES_ALL_OF_WHOSE_REFERENCES_ARE_HERE),
    [SQL_MODEL_DELETE] = "DELETE FROM models WHERE seq = ?1",
    [SQL_MODEL_FAIL] = ("UPDATE models SET failed_us = ?3 WHERE world = " WORLD_KEY " AND id = ?2"),
    /* Of no deleted world: what it is filed under is its name, up to a slash. */
    [SQL_MODELS_UNTRAINED] = ("SELECT substr(world, 1, instr(world || '/', '/') - 1), id "
                              "FROM models WHERE metrics IS NULL "
                              "AND world NOT IN (SELECT world FROM deleted_worlds) ORDER BY seq"),
    [SQL_MODEL_PARTS_INSERT] =
        ("INSERT INTO model_parts (model, position, file_name, row_count, is_eval) "
         "SELECT ?1, position, file_name, row_count, is_eval "
         "FROM datasets JOIN dataset_parts ON dataset = seq "
         "WHERE world = " KEY_OF("?2") " AND datasets.id = ?3"),
    [SQL_MODEL_PARTS_GET] =
        ("SELECT file_name, row_count, is_eval FROM model_parts WHERE model = ?1 "
         "ORDER BY position"),
    [SQL_MODEL_PARTS_DELETE] = "DELETE FROM model_parts WHERE model = ?1",
    [SQL_MODEL_TRAINING_GET] = ("SELECT seq, metrics, " MODEL_COLUMNS " FROM models "
                                "WHERE world = " WORLD_KEY " AND id = ?2"),
    [SQL_MODEL_TRAINED] =
        ("UPDATE models SET metrics = ?2, "
         "failed_us = CASE failed_us WHEN 0 THEN ?3 ELSE failed_us END WHERE seq = ?1"),
};

int query_prepare_all(struct store *store)
{
    for (int i = 0; i < SQL_COUNT; i++) {
        int code = sqlite3_prepare_v3(store->db, sql_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                      &store->stmts[i], NULL);

        if (code != SQLITE_OK)
            return code;
    }
    return SQLITE_OK;
}

void query_finalize_all(struct store *store)
{
    for (int i = 0; i < SQL_COUNT; i++)
        (void)sqlite3_finalize(store->stmts[i]);
}

/* SQLite knows ENOSPC but takes a full quota for any other I/O error. */
static bool is_full(sqlite3 *db, int code)
{
    int error;

    if (code == SQLITE_FULL)
        return true;
    if (code != SQLITE_IOERR && code != SQLITE_CANTOPEN)
        return false;
    error = sqlite3_system_errno(db);
    return error == ENOSPC || error == EDQUOT;
}

enum store_result query_failure(struct store *store, int code, const char *what)
{
    int primary = code & 0xff;

    log_error("cannot %s: %s", what,
              primary == SQLITE_NOMEM ? "out of memory" : sqlite3_errmsg(store->db));
    return is_full(store->db, primary) ? STORE_FULL : STORE_FAILED;
}

struct query query_begin(struct store *store, enum sql sql, const char *what)
{
    return (struct query){.store = store, .stmt = store->stmts[sql], .what = what};
}

void query_bind_text(struct query *query, int parameter, const char *value)
{
    /* A NULL `value` binds NULL. */
    if (query->code == SQLITE_OK)
        query->code = sqlite3_bind_text(query->stmt, parameter, value, -1, SQLITE_STATIC);
}

void query_bind_int(struct query *query, int parameter, int64_t value)
{
    if (query->code == SQLITE_OK)
        query->code = sqlite3_bind_int64(query->stmt, parameter, value);
}

bool query_row(struct query *query)
{
    if (query->code != SQLITE_OK && query->code != SQLITE_ROW)
        return false;
    query->code = sqlite3_step(query->stmt);
    return query->code == SQLITE_ROW;
}

int64_t query_int(const struct query *query, int column)
{
    return sqlite3_column_int64(query->stmt, column);
}

const char *query_text(const struct query *query, int column)
{
    return (const char *)sqlite3_column_text(query->stmt, column);
}

void *query_grow(struct query *query, void *items, size_t count, size_t *size, size_t item_size)
{
    size_t larger = *size ? 2 * *size : 16;
    void *moved;

    if (count < *size)
        return items;
    moved = reallocarray(items, larger, item_size);
    if (moved)
        *size = larger;
    else
        query->code = SQLITE_NOMEM;
    return moved;
}

enum store_result query_end(struct query *query)
{
    bool is_fine =
        query->code == SQLITE_OK || query->code == SQLITE_ROW || query->code == SQLITE_DONE;
    enum store_result result =
        is_fine ? STORE_OK : query_failure(query->store, query->code, query->what);

    (void)sqlite3_reset(query->stmt); /* repeats the error of the last step */
    (void)sqlite3_clear_bindings(query->stmt);
    return result;
}

enum store_result query_run(struct query *query)
{
    while (query_row(query)) {
        /* the rows are not asked for */
    }
    return query_end(query);
}

void query_bind_record(struct query *query, int parameter, const struct field fields[],
                       size_t count, const void *record)
{
    for (size_t i = 0; i < count; i++) {
        const char *at = (const char *)record + fields[i].offset;
        int number = parameter + (int)i;
        const char *string;
        int64_t wide;
        int narrow;

        switch (fields[i].kind) {
        case FIELD_ARRAY:
            query_bind_text(query, number, at);
            break;
        case FIELD_STRING:
            memcpy(&string, at, sizeof(string));
            query_bind_text(query, number, string);
            break;
        case FIELD_INT64:
            memcpy(&wide, at, sizeof(wide));
            query_bind_int(query, number, wide);
            break;
        case FIELD_INT:
            memcpy(&narrow, at, sizeof(narrow));
            query_bind_int(query, number, narrow);
            break;
        case FIELD_BOOL:
            query_bind_int(query, number, *(const bool *)at);
            break;
        }
    }
}

/* Copy a text column. Returns false when memory runs out. */
static bool copy_string(sqlite3_stmt *stmt, int column, char **out)
{
    const void *text;
    size_t len;

    if (sqlite3_column_type(stmt, column) == SQLITE_NULL) {
        *out = NULL;
        return true;
    }
    text = sqlite3_column_text(stmt, column);
    len = (size_t)sqlite3_column_bytes(stmt, column);
    *out = text ? malloc(len + 1) : NULL;
    if (!*out)
        return false;
    memcpy(*out, text, len + 1);
    return true;
}

static bool copy_array(sqlite3_stmt *stmt, int column, char *out, size_t size)
{
    const void *text = sqlite3_column_text(stmt, column);
    size_t len = (size_t)sqlite3_column_bytes(stmt, column);

    if (!text || len >= size)
        return false; /* no memory, or not written by us */
    memcpy(out, text, len + 1);
    return true;
}

void query_read_record(struct query *query, int column, const struct field fields[], size_t count,
                       void *record)
{
    bool is_read = query->code == SQLITE_ROW;

    for (size_t i = 0; i < count && is_read; i++) {
        char *at = (char *)record + fields[i].offset;
        int number = column + (int)i;
        char *string;
        int64_t wide;
        int narrow;

        switch (fields[i].kind) {
        case FIELD_ARRAY:
            is_read = copy_array(query->stmt, number, at, fields[i].size);
            break;
        case FIELD_STRING:
            is_read = copy_string(query->stmt, number, &string);
            memcpy(at, &string, sizeof(string));
            break;
        case FIELD_INT64:
            wide = query_int(query, number);
            memcpy(at, &wide, sizeof(wide));
            break;
        case FIELD_INT:
            narrow = (int)query_int(query, number);
            memcpy(at, &narrow, sizeof(narrow));
            break;
        case FIELD_BOOL:
            *(bool *)at = query_int(query, number) != 0;
            break;
        }
    }
    if (!is_read && query->code == SQLITE_ROW)
        query->code = SQLITE_NOMEM;
}
