/*
 * Make a data directory with many datasets and fine-tuned models, through the store itself, to
 * measure a server that is started on it:
 *
 *     bench_make_store DIRECTORY DATASETS MODELS [WORLD]
 *
 * The world is "default" unless one is named. Each dataset has one file of a few bytes; its texts
 * are as long as those of a small reranker dataset. What is in the directory already stays.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "store/store.h"

enum { COUNT_MAX = 10000000, DAY_MS = 24 * 3600 * 1000 };

static char type[] = "reranker-finetune-input";
static char empty_list[] = "[]";
static char part_name[] = "000_train.avro";
static char required[] = "[\"query\",\"relevant_passages\"]";
static char schema[] =
    "{\"type\":\"record\",\"name\":\"rerankerFinetuneInput\",\"fields\":[{\"name\":\"query\","
    "\"type\":\"string\"},{\"name\":\"relevant_passages\",\"type\":{\"type\":\"array\",\"items\":"
    "\"string\"}},{\"name\":\"hard_negatives\",\"type\":{\"type\":\"array\",\"items\":\"string\"}}"
    "]}";
static char samples[] =
    "[\"{\\\"query\\\":\\\"How can you make physics easy to learn?\\\",\\\"relevant_passages\\\":["
    "\\\"What can make physics easy to learn?\\\"],\\\"hard_negatives\\\":[]}\",\"{\\\"query\\\":"
    "\\\"When do you use a semicolon instead of a comma?\\\",\\\"relevant_passages\\\":[\\\"When "
    "is "
    "it right to use a semicolon?\\\"],\\\"hard_negatives\\\":[]}\"]";

/* What is made to be measured need not survive the machine: this stands in for the library's, and
 * takes most of the time away. */
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
int fsync(int fd)
{
    (void)fd;
    return 0;
}

/* Created one after the other within the last day, so that none has expired. */
static int64_t created_us(int64_t now_us, uint64_t index, uint64_t count)
{
    return now_us - (int64_t)(DAY_MS * 1000.0 * (double)(count - index) / (double)count);
}

static bool add_dataset(struct store *store, const char *world, uint64_t index, int64_t at_us)
{
    char name[32];
    struct dataset_record dataset = {
        .name = name,
        .type = type,
        .created_us = at_us,
        .queued_us = 50000,
        .processing_us = 150000,
        .uploaded_bytes = 1000,
        .valid = true,
        .warnings = empty_list,
        .schema = schema,
        .required = required,
        .preserved = empty_list,
        .parts = {{.name = part_name, .row_count = 2, .samples = samples}},
        .part_count = 1,
    };
    struct store_file *files[PARTS_MAX] = {NULL};

    if (store_file_new(store, &files[0]) != STORE_OK)
        return false;
    (void)snprintf(name, sizeof(name), "dataset %" PRIu64, index);
    (void)snprintf(dataset.id, sizeof(dataset.id), "bench-%" PRIu64, index);
    (void)snprintf(dataset.parts[0].id, sizeof(dataset.parts[0].id), "part-%" PRIu64, index);
    if (store_file_write(files[0], samples, sizeof(samples) - 1) != STORE_OK) {
        store_file_discard(files[0]);
        return false;
    }
    return store_dataset_insert(store, world, &dataset, files, INT64_MAX) == STORE_OK;
}

/* It has been trained, so that a server has nothing to do when it starts. */
static bool add_model(struct store *store, const char *world, uint64_t index, int64_t at_us)
{
    static char base_type[] = "BASE_TYPE_RERANK", base_name[] = "english", dataset[] = "gone";
    struct model_training training = {0};
    enum store_result result;
    char name[32];
    struct model_record model = {
        .name = name,
        .base_type = base_type,
        .base_name = base_name,
        .dataset_id = dataset,
        .created_us = at_us,
        .queued_us = 50000,
        .training_us = 300000,
        .deploying_us = 50000,
    };

    (void)snprintf(name, sizeof(name), "model %" PRIu64, index);
    (void)snprintf(model.id, sizeof(model.id), "bench-model-%" PRIu64, index);
    if (store_model_insert(store, world, &model) != STORE_OK ||
        store_model_training_get(store, world, model.id, &training) != STORE_OK)
        return false;
    result = store_model_trained(store, world, &training, "", 0);
    model_training_done(&training);
    return result == STORE_OK;
}

static bool fill(struct store *store, const char *world, uint64_t datasets, uint64_t models)
{
    int64_t now_us = clock_wall_us();

    for (uint64_t i = 0; i < datasets; i++)
        if (!add_dataset(store, world, i, created_us(now_us, i, datasets)))
            return false;
    for (uint64_t i = 0; i < models; i++)
        if (!add_model(store, world, i, created_us(now_us, i, models)))
            return false;
    return true;
}

int main(int count, char **arguments)
{
    const char *world = count > 4 ? arguments[4] : "default";
    uint64_t datasets = 0, models = 0;
    struct store *store;
    char error[512];
    bool is_filled;

    if (count < 4 || count > 5 || !text_to_u64(text_of(arguments[2]), &datasets) ||
        !text_to_u64(text_of(arguments[3]), &models) || datasets > COUNT_MAX ||
        models > COUNT_MAX || strlen(world) >= WORLD_NAME_SIZE) {
        (void)fprintf(stderr, "usage: %s DIRECTORY DATASETS MODELS [WORLD]\n", arguments[0]);
        return 2;
    }
    store = store_open(arguments[1], error, sizeof(error));
    if (!store) {
        (void)fprintf(stderr, "%s\n", error);
        return 1;
    }
    is_filled = fill(store, world, datasets, models);
    store_close(store);
    return is_filled ? 0 : 1;
}
