#include "support/store_dump.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/store_internal.h"

/* The world of a row, whatever key it is filed under by now: see world_delete.c. */
#define WORLD(key)                                                                                 \
    "iif(" key " IN (SELECT world FROM deleted_worlds), 'deleted ', '') || "                       \
    "substr(" key ", 1, instr(" key " || '/', '/') - 1) AS of_world"

/* clang-format off */
static const char *const queries[] = {
    ("SELECT 'world', name, seed, clock, clock_us, CASE clock WHEN 2 THEN anchor_us END, "
     "scale_milli, lifecycle FROM worlds ORDER BY name"),
    "SELECT 'setting', world, name, value FROM settings ORDER BY world, name",
    "SELECT 'deleted', name FROM deleted_worlds ORDER BY name",
    ("SELECT 'total', " WORLD("world") ", dataset_bytes, model_count FROM totals "
     "WHERE dataset_bytes OR model_count ORDER BY of_world"),
    ("SELECT 'count', " WORLD("world") ", type, count FROM dataset_counts WHERE count "
     "ORDER BY of_world, type"),
    ("SELECT 'dataset', " WORLD("world") ", name, type, created_us, queued_us, processing_us, "
     "uploaded_bytes, valid, error, warnings, schema, required, preserved, metrics, polls, "
     "hold_stage, fail_stage, polled, steps, reason FROM datasets ORDER BY of_world, name, seq"),
    ("SELECT 'part', " WORLD("datasets.world") ", datasets.name, position, dataset_parts.name, "
     "size_bytes, row_count, samples, is_eval, original_name, original_file_name <> '', refs, size "
     "FROM datasets JOIN dataset_parts ON dataset = seq LEFT JOIN files USING (file_name) "
     "ORDER BY of_world, datasets.name, seq, position"),
    ("SELECT 'model', " WORLD("world") ", name, base_type, base_name, hyperparameters, created_us, "
     "queued_us, training_us, deploying_us, updated_us, failed_us, polls, hold_stage, fail_stage, "
     "polled, steps, reason, multi_label, wandb FROM models ORDER BY of_world, name, seq"),
    "SELECT 'files', count(*), sum(refs), sum(size) FROM files",
};
/* clang-format on */

static void add_row(sqlite3_stmt *stmt, struct buf *out)
{
    for (int i = 0; i < sqlite3_column_count(stmt); i++) {
        const char *value = (const char *)sqlite3_column_text(stmt, i);

        buf_add_string(out, value ? value : "NULL");
        buf_add_char(out, i + 1 < sqlite3_column_count(stmt) ? '|' : '\n');
    }
}

static void add_query(struct store *store, const char *sql, struct buf *out)
{
    sqlite3_stmt *stmt = NULL;
    int code;

    ck_assert_msg(sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL) == SQLITE_OK, "%s: %s", sql,
                  sqlite3_errmsg(store->db));
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW)
        add_row(stmt, out);
    ck_assert_int_eq(code, SQLITE_DONE);
    ck_assert_int_eq(sqlite3_finalize(stmt), SQLITE_OK);
}

/* Add up the files of a folder. */
static void add_folder(int fd, size_t *count, int64_t *bytes)
{
    int own_fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fdopendir(own_fd);
    const struct dirent *entry;
    struct stat status;

    ck_assert_ptr_nonnull(folder);
    while ((entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        ck_assert_int_eq(fstatat(fd, entry->d_name, &status, 0), 0);
        ++*count;
        *bytes += status.st_size;
    }
    (void)closedir(folder);
}

char *store_dump(struct store *store)
{
    size_t kept = 0, written = 0;
    int64_t kept_bytes = 0, written_bytes = 0;
    struct buf out = {0};
    char *dump;

    ck_assert_int_eq(pthread_mutex_trylock(&store->lock), 0);
    ck_assert_int_ne(sqlite3_get_autocommit(store->db), 0);
    for (size_t i = 0; i < ARRAY_LEN(queries); i++)
        add_query(store, queries[i], &out);
    (void)pthread_mutex_unlock(&store->lock);
    add_folder(store->parts_fd, &kept, &kept_bytes);
    add_folder(store->tmp_fd, &written, &written_bytes);
    buf_add_format(&out, "kept %zu files of %lld bytes\nwritten %zu\n", kept, (long long)kept_bytes,
                   written);
    dump = buf_take(&out);
    ck_assert_ptr_nonnull(dump);
    return dump;
}
