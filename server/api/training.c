#include "api/training.h"

#include <errno.h>
#include <jansson.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/json_write.h"
#include "core/auto_split.h"
#include "core/avro_reader.h"
#include "core/base_model.h"
#include "core/dataset_rules.h"
#include "core/rerank_metrics.h"
#include "core/training_curve.h"
#include "http/json_body.h"

/*
 * The rows of a stored file
 */

struct file_rows {
    int fd;
    int64_t size;
    struct dataset_sink sink;
    struct avro_rows rows;
    struct dataset_row row;
    const atomic_bool *stop;
    bool cannot_read; /* the disk has failed, which says nothing about the file */
};

static bool read_file(void *context, uint64_t offset, void *data, size_t len)
{
    struct file_rows *file = context;
    char *at = data;

    while (len > 0) {
        ssize_t got = pread(file->fd, at, len, (off_t)offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            file->cannot_read = got < 0;
            return false;
        }
        at += got;
        len -= (size_t)got;
        offset += (uint64_t)got;
    }
    return true;
}

static enum rerank_eval_result eval_result_of(enum avro_result result)
{
    switch (result) {
    case AVRO_OK:
        return EVAL_OK;
    case AVRO_END:
        return EVAL_END;
    case AVRO_NO_MEMORY:
        return EVAL_NO_MEMORY;
    case AVRO_SINK_FAILED:
    case AVRO_BROKEN:
        break;
    }
    return EVAL_FAILED;
}

static enum rerank_eval_result rewind_file(void *context)
{
    struct file_rows *file = context;

    avro_rows_done(&file->rows);
    return eval_result_of(avro_rows_open(&file->rows, &file->sink, (uint64_t)file->size));
}

static enum rerank_eval_result next_row(void *context, struct rerank_row *out)
{
    struct file_rows *file = context;
    const struct dataset_value *values = file->row.values;
    enum avro_result result;

    if (atomic_load(file->stop))
        return EVAL_STOPPED;
    result = avro_rows_next(&file->rows);
    if (result == AVRO_OK)
        result = dataset_row_read(&file->row, &reranker_rules.fields, &file->rows.rest);
    if (result != AVRO_OK)
        return eval_result_of(result);
    *out = (struct rerank_row){
        .query = values[0].text,
        .passages = file->row.strings + values[1].first,
        .passage_count = values[1].count,
        .negatives = file->row.strings + values[2].first,
        .negative_count = values[2].count,
    };
    return EVAL_OK;
}

static void file_rows_done(struct file_rows *file)
{
    avro_rows_done(&file->rows);
    dataset_row_done(&file->row);
    if (file->fd >= 0)
        (void)close(file->fd);
}

/*
 * Rerank
 */

/* The evaluation file, or the training file if that is all there is; NULL if there is none. */
static const struct model_part *eval_part(const struct model_training *training)
{
    for (size_t i = 0; i < training->part_count; i++)
        if (training->parts[i].is_eval)
            return &training->parts[i];
    return training->part_count ? &training->parts[0] : NULL;
}

static enum rerank_eval_result measure_file(const struct rerank_rows *rows, bool is_split,
                                            enum term_language language, const atomic_bool *stop,
                                            struct rerank_metrics *out)
{
    AUTO(rerank_eval_done) struct rerank_eval eval = {0};
    AUTO(ranker_done) struct ranker ranker = {0};
    enum rerank_eval_result result = rerank_eval_load(&eval, rows, is_split);

    if (result != EVAL_OK)
        return result;
    if (!ranker_init(&ranker))
        return EVAL_NO_MEMORY;
    return rerank_eval_measure(&eval, &ranker, language, stop, out);
}

static enum training_result result_of(enum rerank_eval_result result, bool cannot_read)
{
    switch (result) {
    case EVAL_OK:
        return TRAINING_DONE;
    case EVAL_STOPPED:
        return TRAINING_STOPPED;
    case EVAL_NO_MEMORY:
        return TRAINING_BROKEN_OFF;
    case EVAL_END:
    case EVAL_FAILED:
        break;
    }
    return cannot_read ? TRAINING_BROKEN_OFF : TRAINING_FAILED;
}

static enum training_result measure(struct store *store, const struct model_training *training,
                                    const atomic_bool *stop, struct rerank_metrics *out)
{
    AUTO(file_rows_done) struct file_rows file = {.fd = -1, .stop = stop};
    const struct rerank_rows rows = {rewind_file, next_row, &file};
    const struct model_part *part = eval_part(training);
    bool is_english = text_eq(text_of(training->model.base_name), TEXT("english"));
    enum store_result opened;
    enum rerank_eval_result result;

    if (!part)
        return TRAINING_FAILED;
    opened = store_file_open(store, part->file_name, &file.fd, &file.size);
    if (opened != STORE_OK)
        return opened == STORE_NONE ? TRAINING_FAILED : TRAINING_BROKEN_OFF;
    file.sink = (struct dataset_sink){.read = read_file, .context = &file};
    result = measure_file(&rows, !part->is_eval, is_english ? TERM_ENGLISH : TERM_MULTILINGUAL,
                          stop, out);
    return result_of(result, file.cannot_read);
}

/*
 * Writing
 */

/* A figure as the service has it: a float, widened. */
static void write_float(struct json_writer *w, const char *key, float value)
{
    json_write_key(w, key);
    json_write_double(w, (double)value);
}

static void write_rerank(struct json_writer *w, const struct rerank_metrics *metrics)
{
    write_float(w, "accuracy_at_1", metrics->accuracy_at_1);
    write_float(w, "accuracy_at_3", metrics->accuracy_at_3);
    write_float(w, "mrr_at_10", metrics->mrr_at_10);
    write_float(w, "ndcg_at_10", metrics->ndcg_at_10);
    write_float(w, "loss", metrics->loss);
}

static void write_chat(struct json_writer *w, const struct curve_values *values)
{
    write_float(w, "accuracy", values->accuracy);
    write_float(w, "cross_entropy", values->cross_entropy);
    write_float(w, "generation_accuracy", values->accuracy);
    write_float(w, "generation_cross_entropy", values->cross_entropy);
}

static void write_classification(struct json_writer *w, const struct curve_values *values)
{
    write_float(w, "accuracy", values->accuracy);
    write_float(w, "precision", values->precision);
    write_float(w, "recall", values->recall);
    write_float(w, "f1", values->f1);
    write_float(w, "loss", values->loss);
}

/* A hyperparameter as it was kept with the model, or what counts without it. */
static int64_t hyperparameter(const json_t *kept, const char *name, int64_t fallback)
{
    const json_t *value = json_object_get(kept, name);

    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

/* Returns false when memory runs out. */
static bool plan_steps(const struct model_training *training, int64_t out[TRAINING_STEPS_MAX],
                       size_t *count)
{
    const char *text = training->model.hyperparameters;
    json_auto_t *kept = NULL;
    int64_t rows = 0;
    json_error_t why;

    if (text && json_body_load(text_of(text), &kept, &why) != JSON_BODY_OK)
        return false;
    for (size_t i = 0; i < training->part_count; i++)
        if (!training->parts[i].is_eval)
            rows += training->parts[i].row_count;
    if (training->part_count == 1)
        rows -= (int64_t)auto_split_eval_queries((uint64_t)rows);
    *count = training_steps(rows, hyperparameter(kept, "train_batch_size", 16),
                            hyperparameter(kept, "train_epochs", 1), out);
    return true;
}

static void write_steps(const struct model_training *training, enum base_kind kind,
                        const struct rerank_metrics *metrics, struct buf *out)
{
    uint64_t seed = hash64(text_of(training->model.id), 0);
    int64_t numbers[TRAINING_STEPS_MAX];
    size_t count = 0;

    out->failed |= !plan_steps(training, numbers, &count);
    for (size_t i = 0; i < count; i++) {
        struct curve_values values = training_curve_at(seed, i, count);
        struct json_writer w = {.out = out};

        buf_add_format(out, "%lld ", (long long)numbers[i]);
        json_write_object(&w);
        switch (kind) {
        case BASE_RERANK:
            write_rerank(&w, metrics);
            break;
        case BASE_CLASSIFICATION:
            write_classification(&w, &values);
            break;
        case BASE_GENERATIVE:
        case BASE_CHAT:
            write_chat(&w, &values);
            break;
        }
        json_write_member_int(&w, "step", numbers[i]);
        json_write_object_end(&w);
        buf_add_char(out, '\n');
    }
}

enum training_result training_run(struct store *store, const struct model_training *training,
                                  const atomic_bool *stop, struct buf *steps)
{
    const struct base_type *base = base_type_find(text_of(training->model.base_type));
    enum training_result result = base ? TRAINING_DONE : TRAINING_FAILED;
    struct rerank_metrics metrics = {0};

    if (base && base->kind == BASE_RERANK)
        result = measure(store, training, stop, &metrics);
    if (result != TRAINING_DONE)
        return result;
    write_steps(training, base->kind, &metrics, steps);
    return steps->failed ? TRAINING_BROKEN_OFF : TRAINING_DONE;
}
