#include "fixture.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *directory_in(const char *parent)
{
    char template[64];
    char *path;

    (void)snprintf(template, sizeof(template), "%s/mockhere-test-XXXXXX", parent);
    path = strdup(template);
    ck_assert_ptr_nonnull(path);
    ck_assert_ptr_nonnull(mkdtemp(path));
    return path;
}

char *directory_new(void)
{
    return directory_in("/tmp");
}

char *directory_new_in_memory(void)
{
    return directory_in(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

const char *path_of(const char *path, const char *name)
{
    static char joined[512];

    ck_assert_int_lt(snprintf(joined, sizeof(joined), "%s/%s", path, name), (int)sizeof(joined));
    return joined;
}

size_t folder_count(const char *path, const char *folder)
{
    DIR *opened = opendir(path_of(path, folder));
    size_t count = 0;

    ck_assert_ptr_nonnull(opened);
    while (readdir(opened))
        count++;
    (void)closedir(opened);
    return count - 2;
}

static void folder_remove(const char *path)
{
    char entry_path[1024];
    const struct dirent *entry;
    DIR *opened = opendir(path);

    if (!opened)
        return;
    while ((entry = readdir(opened))) {
        (void)snprintf(entry_path, sizeof(entry_path), "%s/%s", path, entry->d_name);
        (void)unlink(entry_path);
    }
    (void)closedir(opened);
    (void)rmdir(path);
}

void directory_remove(char *path)
{
    folder_remove(path_of(path, "parts"));
    folder_remove(path_of(path, "tmp"));
    folder_remove(path);
    free(path);
}

void file_put(const char *path, const char *name, const char *content)
{
    FILE *file = fopen(path_of(path, name), "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(content, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

struct store *must_open(const char *directory)
{
    char error[512] = "";
    struct store *store = store_open(directory, error, sizeof(error));

    ck_assert_msg(store != NULL, "%s", error);
    return store;
}

void close_store(struct store **store)
{
    store_close(*store);
}

struct store_file *must_write(struct store *store, const char *content)
{
    struct store_file *file = NULL;

    ck_assert_int_eq(store_file_new(store, &file), STORE_OK);
    ck_assert_int_eq(store_file_write(file, content, strlen(content)), STORE_OK);
    return file;
}

static char *text_about(const char *what, const char *id)
{
    char text[128];
    char *copy;

    (void)snprintf(text, sizeof(text), "%s of %s", what, id);
    copy = strdup(text);
    ck_assert_ptr_nonnull(copy);
    return copy;
}

struct dataset_record dataset_new(const char *id, int64_t created_us, size_t part_count)
{
    struct dataset_record dataset = {
        .name = text_about("name", id),
        .type = strdup("reranker-finetune-input"),
        .created_us = created_us,
        .queued_us = 11,
        .processing_us = 12,
        .uploaded_bytes = 100,
        .valid = true,
        .error = text_about("error", id),
        .warnings = text_about("warnings", id),
        .schema = text_about("schema", id),
        .required = text_about("required", id),
        .preserved = text_about("preserved", id),
        .metrics = text_about("metrics", id),
        .part_count = part_count,
    };

    (void)snprintf(dataset.id, sizeof(dataset.id), "%s", id);
    for (size_t i = 0; i < part_count; i++) {
        struct dataset_part_record *part = &dataset.parts[i];

        (void)snprintf(part->id, sizeof(part->id), "part-%zu", i);
        part->name = text_about("part name", id);
        part->original_name = i == 1 ? text_about("original name", id) : NULL;
        part->row_count = 1000 + (int64_t)i;
        part->samples = text_about("samples", id);
        part->is_eval = i == 1;
    }
    return dataset;
}

enum store_result put_dataset(struct store *store, const char *world, const char *id,
                              int64_t created_us, size_t part_count)
{
    struct dataset_record dataset = dataset_new(id, created_us, part_count);
    /* The analyzer loses the strings of a record that was returned by value. */
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
    struct store_file *files[PARTS_MAX] = {0};
    enum store_result result;

    for (size_t i = 0; i < part_count; i++)
        files[i] = must_write(store, "eleven byte");
    result = store_dataset_insert(store, world, &dataset, files, INT64_MAX);
    dataset_record_done(&dataset);
    return result;
}

void assert_string_eq(const char *got, const char *want)
{
    if (got && want)
        ck_assert_str_eq(got, want);
    else
        ck_assert_ptr_eq(got, want);
}

static void assert_part_eq(const struct dataset_part_record *got,
                           const struct dataset_part_record *want)
{
    ck_assert_str_eq(got->id, want->id);
    ck_assert_str_eq(got->name, want->name);
    ck_assert_str_eq(got->file_name, want->file_name);
    ck_assert_int_eq(got->size_bytes, want->size_bytes);
    ck_assert_str_eq(got->original_file_name, want->original_file_name);
    assert_string_eq(got->original_name, want->original_name);
    ck_assert_int_eq(got->row_count, want->row_count);
    ck_assert_str_eq(got->samples, want->samples);
    ck_assert_int_eq(got->is_eval, want->is_eval);
}

void assert_dataset_eq(const struct dataset_record *got, const struct dataset_record *want)
{
    ck_assert_str_eq(got->id, want->id);
    ck_assert_str_eq(got->name, want->name);
    ck_assert_str_eq(got->type, want->type);
    ck_assert_int_eq(got->created_us, want->created_us);
    ck_assert_int_eq(got->queued_us, want->queued_us);
    ck_assert_int_eq(got->processing_us, want->processing_us);
    ck_assert_int_eq(got->uploaded_bytes, want->uploaded_bytes);
    ck_assert_int_eq(got->valid, want->valid);
    assert_string_eq(got->error, want->error);
    ck_assert_str_eq(got->warnings, want->warnings);
    assert_string_eq(got->schema, want->schema);
    ck_assert_str_eq(got->required, want->required);
    ck_assert_str_eq(got->preserved, want->preserved);
    assert_string_eq(got->metrics, want->metrics);
    ck_assert_uint_eq(got->part_count, want->part_count);
    for (size_t i = 0; i < want->part_count; i++)
        assert_part_eq(&got->parts[i], &want->parts[i]);
}

struct model_record model_new(const char *id, int64_t created_us)
{
    struct model_record model = {
        .name = text_about("name", id),
        .base_type = strdup("BASE_TYPE_RERANK"),
        .base_name = strdup("english"),
        .dataset_id = strdup("dataset"),
        .hyperparameters = text_about("hyperparameters", id),
        .created_us = created_us,
        .queued_us = 10,
        .training_us = 20,
        .deploying_us = 30,
        .updated_us = 5,
        .wandb = text_about("wandb", id),
    };

    (void)snprintf(model.id, sizeof(model.id), "%s", id);
    return model;
}

enum store_result put_model(struct store *store, const char *world, const char *id,
                            int64_t created_us)
{
    AUTO(model_record_done) struct model_record model = model_new(id, created_us);

    return store_model_insert(store, world, &model);
}

void clear_worlds(struct store *store)
{
    enum store_result result;

    do
        result = store_world_clear(store);
    while (result == STORE_OK);
    ck_assert_int_eq(result, STORE_NONE);
}
