/*
 * The tables, and how a database of an older version comes to have them.
 */
#include <stdio.h>

#include "base/buf.h"
#include "store/store_internal.h"

/* clang-format off */
/* The step from each version of the schema to the next: the first makes it from nothing. */
static const char *const schema_steps[] = {
    "CREATE TABLE worlds ("
    "    name     TEXT PRIMARY KEY,"
    "    seed     INTEGER NOT NULL,"
    "    clock    INTEGER NOT NULL,"
    "    clock_us INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    /* What would take a walk over all rows of a world to know; kept by the triggers below. */
    "CREATE TABLE totals ("
    "    world         TEXT PRIMARY KEY,"
    "    counter       INTEGER NOT NULL DEFAULT 0,"
    "    dataset_bytes INTEGER NOT NULL DEFAULT 0,"
    "    model_count   INTEGER NOT NULL DEFAULT 0"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE files ("
    "    file_name TEXT PRIMARY KEY,"
    "    refs      INTEGER NOT NULL,"
    "    size      INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE datasets ("
    "    seq            INTEGER PRIMARY KEY,"
    "    world          TEXT NOT NULL,"
    "    id             TEXT NOT NULL,"
    "    name           TEXT NOT NULL,"
    "    type           TEXT NOT NULL,"
    "    created_us     INTEGER NOT NULL,"
    "    queued_us      INTEGER NOT NULL,"
    "    processing_us  INTEGER NOT NULL,"
    "    uploaded_bytes INTEGER NOT NULL,"
    "    valid          INTEGER NOT NULL,"
    "    error          TEXT,"
    "    warnings       TEXT NOT NULL,"
    "    schema         TEXT,"
    "    required       TEXT NOT NULL,"
    "    preserved      TEXT NOT NULL,"
    "    metrics        TEXT,"
    "    UNIQUE (world, id)"
    ") STRICT;"
    "CREATE INDEX datasets_by_age ON datasets (world, created_us, seq);"
    "CREATE INDEX datasets_by_type ON datasets (world, type, created_us, seq);"

    "CREATE TABLE dataset_parts ("
    "    dataset    INTEGER NOT NULL REFERENCES datasets (seq) ON DELETE CASCADE,"
    "    position   INTEGER NOT NULL,"
    "    id         TEXT NOT NULL,"
    "    name       TEXT NOT NULL,"
    "    file_name  TEXT NOT NULL,"
    "    size_bytes INTEGER NOT NULL,"
    "    row_count  INTEGER NOT NULL,"
    "    samples    TEXT NOT NULL,"
    "    is_eval    INTEGER NOT NULL,"
    "    PRIMARY KEY (dataset, position)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE models ("
    "    seq             INTEGER PRIMARY KEY,"
    "    world           TEXT NOT NULL,"
    "    id              TEXT NOT NULL,"
    "    name            TEXT NOT NULL,"
    "    base_type       TEXT NOT NULL,"
    "    base_name       TEXT NOT NULL,"
    "    dataset_id      TEXT NOT NULL,"
    "    hyperparameters TEXT,"
    "    created_us      INTEGER NOT NULL,"
    "    queued_us       INTEGER NOT NULL,"
    "    training_us     INTEGER NOT NULL,"
    "    deploying_us    INTEGER NOT NULL,"
    "    updated_us      INTEGER NOT NULL,"
    "    failed_us       INTEGER NOT NULL,"
    "    UNIQUE (world, id)"
    ") STRICT;"
    "CREATE INDEX models_by_age ON models (world, created_us, seq);"
    "CREATE INDEX models_by_dataset ON models (world, dataset_id);"

    "CREATE TRIGGER dataset_comes AFTER INSERT ON datasets BEGIN"
    "    INSERT INTO totals (world, dataset_bytes) VALUES (new.world, new.uploaded_bytes)"
    "    ON CONFLICT (world) DO UPDATE SET dataset_bytes = dataset_bytes + excluded.dataset_bytes;"
    "END;"
    "CREATE TRIGGER dataset_goes AFTER DELETE ON datasets BEGIN"
    "    UPDATE totals SET dataset_bytes = dataset_bytes - old.uploaded_bytes"
    "    WHERE world = old.world;"
    "END;"
    "CREATE TRIGGER model_comes AFTER INSERT ON models BEGIN"
    "    INSERT INTO totals (world, model_count) VALUES (new.world, 1)"
    "    ON CONFLICT (world) DO UPDATE SET model_count = model_count + 1;"
    "END;"
    "CREATE TRIGGER model_goes AFTER DELETE ON models BEGIN"
    "    UPDATE totals SET model_count = model_count - 1 WHERE world = old.world;"
    "END;"
    /* Whatever way a reference comes or goes, it is counted. */
    "CREATE TRIGGER part_comes AFTER INSERT ON dataset_parts BEGIN"
    "    UPDATE files SET refs = refs + 1 WHERE file_name = new.file_name;"
    "END;"
    "CREATE TRIGGER part_goes AFTER DELETE ON dataset_parts BEGIN"
    "    UPDATE files SET refs = refs - 1 WHERE file_name = old.file_name;"
    "    DELETE FROM files WHERE file_name = old.file_name AND refs <= 0;"
    "END;",

    /* The files as uploaded, which a part may have beside its own. */
    "ALTER TABLE dataset_parts ADD COLUMN original_file_name TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE dataset_parts ADD COLUMN original_name TEXT;"
    "CREATE VIEW part_files AS"
    "    SELECT dataset, file_name FROM dataset_parts"
    "    UNION ALL"
    "    SELECT dataset, original_file_name FROM dataset_parts WHERE original_file_name <> '';"
    "CREATE TRIGGER original_comes AFTER INSERT ON dataset_parts BEGIN"
    "    UPDATE files SET refs = refs + 1 WHERE file_name = new.original_file_name;"
    "END;"
    "CREATE TRIGGER original_goes AFTER DELETE ON dataset_parts BEGIN"
    "    UPDATE files SET refs = refs - 1 WHERE file_name = old.original_file_name;"
    "    DELETE FROM files WHERE file_name = old.original_file_name AND refs <= 0;"
    "END;",

    /* Lives that are more than lengths of time. */
    "ALTER TABLE worlds ADD COLUMN anchor_us INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE worlds ADD COLUMN scale_milli INTEGER NOT NULL DEFAULT 1000;"
    "ALTER TABLE worlds ADD COLUMN lifecycle TEXT;"
    "ALTER TABLE datasets ADD COLUMN polls INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE datasets ADD COLUMN hold_stage INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE datasets ADD COLUMN fail_stage INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE datasets ADD COLUMN polled INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE datasets ADD COLUMN steps TEXT;"
    "ALTER TABLE datasets ADD COLUMN reason TEXT;"
    "ALTER TABLE models ADD COLUMN polls INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE models ADD COLUMN hold_stage INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE models ADD COLUMN fail_stage INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE models ADD COLUMN polled INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE models ADD COLUMN steps TEXT;"
    "ALTER TABLE models ADD COLUMN reason TEXT;",

    /* What a model learns from, until it has learnt. Older ones are taken to have learnt nothing. */
    "ALTER TABLE models ADD COLUMN multi_label INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE models ADD COLUMN wandb TEXT;"
    "ALTER TABLE models ADD COLUMN metrics TEXT;"
    "UPDATE models SET metrics = '';"
    "CREATE INDEX models_untrained ON models (seq) WHERE metrics IS NULL;"
    "CREATE TABLE model_parts ("
    "    model     INTEGER NOT NULL REFERENCES models (seq) ON DELETE CASCADE,"
    "    position  INTEGER NOT NULL,"
    "    file_name TEXT NOT NULL,"
    "    row_count INTEGER NOT NULL,"
    "    is_eval   INTEGER NOT NULL,"
    "    PRIMARY KEY (model, position)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER model_part_comes AFTER INSERT ON model_parts BEGIN"
    "    UPDATE files SET refs = refs + 1 WHERE file_name = new.file_name;"
    "END;"
    "CREATE TRIGGER model_part_goes AFTER DELETE ON model_parts BEGIN"
    "    UPDATE files SET refs = refs - 1 WHERE file_name = old.file_name;"
    "    DELETE FROM files WHERE file_name = old.file_name AND refs <= 0;"
    "END;",

    "CREATE TABLE settings ("
    "    world TEXT NOT NULL,"
    "    name  TEXT NOT NULL,"
    "    value TEXT NOT NULL,"
    "    PRIMARY KEY (world, name)"
    ") STRICT, WITHOUT ROWID;",

    /* Worlds that are deleted go out of sight at once and row by row later: see world_delete.c. */
    "CREATE TABLE world_keys ("
    "    name   TEXT PRIMARY KEY,"
    "    number INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE deleted_worlds ("
    "    world TEXT PRIMARY KEY,"
    "    name  TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    /* How long a list is and where a page of it is, without a walk. */
    "CREATE TABLE dataset_counts ("
    "    world TEXT NOT NULL,"
    "    type  TEXT NOT NULL,"
    "    count INTEGER NOT NULL,"
    "    PRIMARY KEY (world, type)"
    ") STRICT, WITHOUT ROWID;"
    "INSERT INTO dataset_counts SELECT world, type, count(*) FROM datasets GROUP BY world, type;"
    "CREATE TRIGGER dataset_is_counted AFTER INSERT ON datasets BEGIN"
    "    INSERT INTO dataset_counts (world, type, count) VALUES (new.world, new.type, 1)"
    "    ON CONFLICT (world, type) DO UPDATE SET count = count + 1;"
    "END;"
    "CREATE TRIGGER dataset_is_discounted AFTER DELETE ON datasets BEGIN"
    "    UPDATE dataset_counts SET count = count - 1 WHERE world = old.world AND type = old.type;"
    "END;"
    "CREATE INDEX datasets_by_name ON datasets (world, name, created_us DESC, seq DESC);"
    "CREATE INDEX models_by_name ON models (world, name, created_us, seq);"
    /* Whose file was lost. */
    "CREATE INDEX parts_by_file ON dataset_parts (file_name);"
    "CREATE INDEX parts_by_original ON dataset_parts (original_file_name)"
    "    WHERE original_file_name <> '';",
};
/* clang-format on */

static int schema_version(struct store *store, int *out)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(store->db, "PRAGMA user_version", -1, &stmt, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    if (code == SQLITE_ROW)
        *out = sqlite3_column_int(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return code == SQLITE_ROW ? SQLITE_OK : code;
}

/* The version changes in the same transaction, so a killed step was never begun. */
static int schema_step(struct store *store, size_t version)
{
    AUTO(buf_done) struct buf script = {0};

    buf_add_format(&script, "BEGIN IMMEDIATE; %s PRAGMA user_version = %zu; COMMIT",
                   schema_steps[version], version + 1);
    if (script.failed)
        return SQLITE_NOMEM;
    return sqlite3_exec(store->db, script.data, NULL, NULL, NULL);
}

bool store_open_schema(struct store *store, char *error, size_t error_size)
{
    const int known = (int)ARRAY_LEN(schema_steps);
    int version = 0;

    if (schema_version(store, &version) != SQLITE_OK)
        return store_database_fails(store, error, error_size);
    if (version < 0 || version > known) {
        (void)snprintf(error, error_size,
                       "the data directory %s was written by another version of mockhere: "
                       "its schema is %d, and this version knows schemas up to %d",
                       store->path, version, known);
        return false;
    }
    for (; version < known; version++)
        if (schema_step(store, (size_t)version) != SQLITE_OK)
            return store_database_fails(store, error, error_size);
    if (query_prepare_all(store) != SQLITE_OK)
        return store_database_fails(store, error, error_size);
    return true;
}
