/*
 * Each function of the store, while memory runs out and while the system's calls fail: at each
 * allocation, those of SQLite included, and at each call in turn, once and from then on. It fails
 * and changes nothing, or it works all the same; nothing else, also not after opening it again.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "store/store_internal.h"
#include "support/failing_alloc.h"
#include "support/failing_calls.h"
#include "support/failing_libraries.h"
#include "support/store_dump.h"

Suite *store_failures_suite(void);

enum { ATTEMPTS_MAX = 3000 };

static char *path;
static struct store *store;
/* In it. Seventeen make the lists that are read grow; where each is synced, there are fewer. */
static int dataset_count;

static void (*arrange_more)(void); /* what else an operation needs; or NULL */
static bool has_failed;            /* something, during the last attempt */

/* End the failures: what asserts has to allocate. */
static enum store_result came(enum store_result result)
{
    bool no_memory = failing_alloc_stop();

    has_failed = failing_calls_end() || no_memory;
    return result;
}

/*
 * Operations. Each is given a store with what arrange() puts there, and asserts that what it gets
 * is whole.
 */

static void put_world(void)
{
    struct world_record world = {.name = "w", .seed = 7, .lifecycle = strdup("{}")};

    ck_assert_int_eq(store_world_put(store, &world), STORE_OK);
    world_record_done(&world);
    ck_assert_int_eq(store_setting_put(store, "w", "limits", "{\"a\":1}"), STORE_OK);
}

/* What is there already, to see that the store can be written to. */
static enum store_result put_world_again(void)
{
    return store_setting_put(store, "w", "limits", "{\"a\":1}");
}

static void put_polled(void)
{
    AUTO(dataset_record_done) struct dataset_record dataset = dataset_new("polled", 50, 1);
    AUTO(model_record_done) struct model_record model = model_new("polled", 50);
    struct store_file *file = must_write(store, "eleven byte");

    dataset.plan.polls = 5;
    model.plan.polls = 5;
    store_file_attach(file, must_write(store, "as it came"));
    ck_assert_int_eq(store_dataset_insert(store, "w", &dataset, &file, INT64_MAX), STORE_OK);
    ck_assert_int_eq(store_model_insert(store, "w", &model), STORE_OK);
}

/* A model that alone refers to the files of its dataset. */
static void put_alone(const char *world)
{
    AUTO(model_record_done) struct model_record model = model_new("alone", 60);

    free(model.dataset_id);
    model.dataset_id = strdup("gone");
    ck_assert_int_eq(put_dataset(store, world, "gone", 45, 2), STORE_OK);
    ck_assert_int_eq(store_model_insert(store, world, &model), STORE_OK);
    ck_assert_int_eq(store_dataset_delete(store, world, "gone"), STORE_OK);
}

/* Leave another world that was deleted, to be cleared of models first. */
static void delete_another(void)
{
    ck_assert_int_eq(put_dataset(store, "x", "dataset", 1, 2), STORE_OK);
    ck_assert_int_eq(put_model(store, "x", "m", 1), STORE_OK);
    put_alone("x");
    ck_assert_int_eq(store_world_delete(store, "x"), STORE_OK);
}

/* One that has datasets left. */
static void clear_models(void)
{
    delete_another();
    ck_assert_int_eq(store_world_clear(store), STORE_OK);
}

/* One that is empty. */
static void clear_datasets(void)
{
    clear_models();
    ck_assert_int_eq(store_world_clear(store), STORE_OK);
}

/* Empty the world and fill it anew. */
static void arrange(void)
{
    char id[16];

    ck_assert_int_eq(store_world_delete(store, "w"), STORE_OK);
    clear_worlds(store);
    put_world();
    ck_assert_int_eq(put_dataset(store, "w", "dataset", 1, 2), STORE_OK);
    for (int i = 1; i < dataset_count; i++) {
        (void)snprintf(id, sizeof(id), "d%d", i);
        ck_assert_int_eq(put_dataset(store, "w", id, 1 + i, 1), STORE_OK);
        ck_assert_int_eq(put_model(store, "w", id, 1 + i), STORE_OK);
    }
    put_polled();
    put_alone("w");
    if (arrange_more)
        arrange_more();
}

static enum store_result get_world(void)
{
    AUTO(world_record_done) struct world_record world = {0};
    enum store_result result = came(store_world_get(store, "w", &world));

    if (result == STORE_OK)
        ck_assert_str_eq(world.lifecycle, "{}");
    return result;
}

static enum store_result change_world(void)
{
    const struct world_record world = {.name = "w", .seed = 8};

    return came(store_world_put(store, &world));
}

static enum store_result list_worlds(void)
{
    AUTO(name_list_done) struct name_list list = {0};
    enum store_result result = came(store_world_list(store, &list));

    if (result == STORE_OK) {
        ck_assert_uint_eq(list.count, 1);
        ck_assert_str_eq(list.items[0], "w");
    }
    return result;
}

static enum store_result count_world(void)
{
    int64_t datasets = 0, models = 0;
    enum store_result result = store_dataset_count(store, "w", NULL, 0, &datasets);

    if (result == STORE_OK)
        result = store_model_count(store, "w", &models);
    (void)came(result);
    if (result == STORE_OK) {
        ck_assert_int_eq(datasets, dataset_count + 1);
        ck_assert_int_eq(models, dataset_count + 1);
    }
    return result;
}

static enum store_result delete_world(void)
{
    return came(store_world_delete(store, "w"));
}

static enum store_result clear_slice(void)
{
    return came(store_world_clear(store));
}

static enum store_result get_setting(void)
{
    char *value = NULL;
    enum store_result result = came(store_setting_get(store, "w", "limits", &value));

    if (result == STORE_OK)
        ck_assert_str_eq(value, "{\"a\":1}");
    free(value);
    return result;
}

static enum store_result put_setting(void)
{
    return came(store_setting_put(store, "w", "limits", "{\"a\":2}"));
}

static enum store_result count_on(void)
{
    static uint64_t last;
    uint64_t next = 0;
    enum store_result result = came(store_counter_next(store, "w", &next));

    if (result == STORE_OK) {
        ck_assert(next == 1 || next > last);
        last = next;
    }
    return result;
}

/* Write a file. What is given to the store is theirs whatever comes of it. */
static enum store_result write_file(struct store_file **out)
{
    enum store_result result = store_file_new(store, out);

    if (result != STORE_OK)
        return result;
    result = store_file_write(*out, "eleven byte", 11);
    if (result != STORE_OK) {
        store_file_discard(*out);
        *out = NULL;
    }
    return result;
}

static enum store_result insert_dataset(void)
{
    struct store_file *files[PARTS_MAX] = {0}, *original = NULL;
    struct dataset_record dataset = {
        .id = "new",
        .name = (char[]){"new"},
        .type = (char[]){"type"},
        .warnings = (char[]){"[]"},
        .required = (char[]){"[]"},
        .preserved = (char[]){"[]"},
        .uploaded_bytes = 22,
        .valid = true,
        .part_count = 2,
        .parts = {{.id = "0", .name = (char[]){"0"}, .samples = (char[]){"[]"}},
                  {.id = "1", .name = (char[]){"1"}, .samples = (char[]){"[]"}}},
    };
    enum store_result result = write_file(&files[0]);
    char read[11];

    if (result == STORE_OK)
        result = write_file(&original);
    if (result == STORE_OK)
        store_file_attach(files[0], original);
    if (result == STORE_OK)
        result = write_file(&files[1]);
    if (result == STORE_OK)
        result = store_file_read(files[1], 0, read, sizeof(read));
    if (result == STORE_OK) {
        result = came(store_dataset_insert(store, "w", &dataset, files, INT64_MAX));
        ck_assert_mem_eq(read, "eleven byte", 11);
        return result;
    }
    store_file_discard(files[0]);
    store_file_discard(files[1]);
    return came(result);
}

static enum store_result open_file(void)
{
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    enum store_result result = store_dataset_get(store, "w", "dataset", &dataset);
    int64_t size = 0;
    int fd = -1;

    if (result == STORE_OK)
        result = store_file_open(store, dataset.parts[1].file_name, &fd, &size);
    (void)came(result);
    if (result == STORE_OK) {
        ck_assert_int_eq(size, 11);
        ck_assert_int_eq(close(fd), 0);
    }
    return result;
}

static void assert_whole(const struct dataset_record *got, const char *id, size_t part_count)
{
    AUTO(dataset_record_done)
    struct dataset_record want = dataset_new(id, got->created_us, part_count);

    for (size_t i = 0; i < part_count; i++) {
        ck_assert_int_eq(got->parts[i].size_bytes, 11);
        want.parts[i].size_bytes = 11;
        ck_assert_str_ne(got->parts[i].file_name, "");
        memcpy(want.parts[i].file_name, got->parts[i].file_name, FILE_NAME_SIZE);
        memcpy(want.parts[i].original_file_name, got->parts[i].original_file_name, FILE_NAME_SIZE);
    }
    assert_dataset_eq(got, &want);
}

static enum store_result get_dataset(void)
{
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    enum store_result result = came(store_dataset_get(store, "w", "dataset", &dataset));

    if (result == STORE_OK)
        assert_whole(&dataset, "dataset", 2);
    return result;
}

static enum store_result poll_dataset(void)
{
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    enum store_result result = came(store_dataset_poll(store, "w", "polled", 60, &dataset));

    if (result == STORE_OK) {
        ck_assert_int_eq(dataset.polled, 1);
        assert_whole(&dataset, "polled", 1);
    }
    return result;
}

static const struct life_step step = {3, 70};

static enum store_result force_dataset(void)
{
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    enum store_result result =
        came(store_dataset_force(store, "w", "dataset", &step, "reason", &dataset));

    if (result == STORE_OK) {
        ck_assert_str_eq(dataset.reason, "reason");
        assert_whole(&dataset, "dataset", 2);
    }
    return result;
}

static enum store_result list_datasets(void)
{
    const struct dataset_filter all = {.after_us = INT64_MIN,
                                       .before = {45, INT64_MIN},
                                       .limit = INT64_MAX,
                                       .type = "reranker-finetune-input"};
    AUTO(dataset_list_done) struct dataset_list list = {0};
    enum store_result result = came(store_dataset_list(store, "w", &all, &list));

    if (result == STORE_OK) {
        ck_assert_uint_eq(list.count, (size_t)dataset_count);
        for (size_t i = 0; i < list.count; i++)
            assert_whole(&list.items[i], list.items[i].id, i + 1 == list.count ? 2 : 1);
    }
    return result;
}

static enum store_result list_datasets_by(const struct dataset_filter *filter)
{
    AUTO(dataset_list_done) struct dataset_list list = {0};
    enum store_result result = came(store_dataset_list(store, "w", filter, &list));

    if (result != STORE_OK)
        return result;
    ck_assert_uint_eq(list.count, (size_t)dataset_count + 1);
    for (size_t i = 0; i < list.count; i++) {
        struct dataset_record *dataset = &list.items[i];

        if (filter->is_brief)
            ck_assert_ptr_nonnull(strstr(dataset->name, dataset->id));
        else
            assert_whole(dataset, dataset->id, strcmp(dataset->id, "dataset") == 0 ? 2 : 1);
    }
    return result;
}

static enum store_result list_brief_datasets(void)
{
    const struct dataset_filter all = {
        .is_brief = true, .after_us = INT64_MIN, .before = LIST_BEGIN, .limit = INT64_MAX};

    return list_datasets_by(&all);
}

static enum store_result list_datasets_by_name(void)
{
    const struct dataset_filter all = {
        .order = DATASETS_BY_NAME, .after_us = INT64_MIN, .limit = INT64_MAX};

    return list_datasets_by(&all);
}

static enum store_result count_type(void)
{
    int64_t count = 0;
    enum store_result result =
        came(store_dataset_count(store, "w", "reranker-finetune-input", INT64_MIN, &count));

    if (result == STORE_OK)
        ck_assert_int_eq(count, dataset_count + 1);
    return result;
}

static enum store_result delete_dataset(void)
{
    return came(store_dataset_delete(store, "w", "polled"));
}

static enum store_result drop_dataset(void)
{
    return came(store_dataset_drop(store, "w", "dataset", 5));
}

static enum store_result get_usage(void)
{
    int64_t used = 0;
    enum store_result result = came(store_dataset_usage(store, "w", INT64_MIN, &used));

    if (result == STORE_OK)
        ck_assert_int_eq(used, INT64_C(100) * (dataset_count + 1));
    return result;
}

static enum store_result insert_model(void)
{
    const struct model_record model = {
        .id = "new",
        .name = (char[]){"new"},
        .base_type = (char[]){"BASE_TYPE_RERANK"},
        .base_name = (char[]){"english"},
        .dataset_id = (char[]){"dataset"},
    };
    const struct model_quota quotas[] = {{1000, INT64_MIN}};
    size_t passed = 5;

    return came(store_model_insert_within(store, "w", &model, quotas, 1, &passed));
}

static void assert_model(const struct model_record *got)
{
    AUTO(model_record_done) struct model_record want = model_new(got->id, got->created_us);

    ck_assert_str_eq(got->name, want.name);
    ck_assert_str_eq(got->base_type, want.base_type);
    ck_assert_str_eq(got->base_name, want.base_name);
    ck_assert_str_eq(got->dataset_id, want.dataset_id);
    assert_string_eq(got->hyperparameters, want.hyperparameters);
    assert_string_eq(got->wandb, want.wandb);
}

static enum store_result get_model(void)
{
    AUTO(model_record_done) struct model_record model = {0};
    enum store_result result = came(store_model_get(store, "w", "d1", &model));

    if (result == STORE_OK)
        assert_model(&model);
    return result;
}

static enum store_result poll_model(void)
{
    AUTO(model_record_done) struct model_record model = {0};
    enum store_result result = came(store_model_poll(store, "w", "polled", 60, &model));

    if (result == STORE_OK) {
        ck_assert_int_eq(model.polled, 1);
        assert_model(&model);
    }
    return result;
}

static enum store_result force_model(void)
{
    AUTO(model_record_done) struct model_record model = {0};
    enum store_result result = came(store_model_force(store, "w", "d1", &step, NULL, &model));

    if (result == STORE_OK)
        assert_model(&model);
    return result;
}

static enum store_result list_models(void)
{
    AUTO(model_list_done) struct model_list list = {0};
    enum store_result result = came(store_model_list(
        store, "w", (struct model_order){KEY_NAME, KEY_CREATED_DESC}, 2, dataset_count, &list));

    if (result == STORE_OK) {
        ck_assert_int_eq(list.total, dataset_count + 1);
        ck_assert_uint_eq(list.count, (size_t)dataset_count - 1);
        for (size_t i = 0; i < list.count; i++)
            assert_model(&list.items[i]);
    }
    return result;
}

static enum store_result list_models_before(void)
{
    const struct list_position before = {60, INT64_MIN};
    AUTO(model_list_done) struct model_list list = {0};
    enum store_result result = came(store_model_list_before(store, "w", &before, INT64_MAX, &list));

    if (result == STORE_OK) {
        ck_assert_uint_eq(list.count, (size_t)dataset_count);
        for (size_t i = 0; i < list.count; i++)
            assert_model(&list.items[i]);
    }
    return result;
}

static enum store_result rename_model(void)
{
    return came(store_model_rename(store, "w", "d1", "another", 80));
}

static enum store_result delete_model(void)
{
    return came(store_model_delete(store, "w", "alone"));
}

static enum store_result fail_models(void)
{
    return came(store_models_fail_untrained(store, "w", "dataset", 5));
}

static enum store_result train_model(void)
{
    AUTO(model_training_done) struct model_training training = {0};
    enum store_result result = store_model_training_get(store, "w", "alone", &training);

    if (result != STORE_OK)
        return came(result);
    result = came(store_model_trained(store, "w", &training, "metrics", 0));
    ck_assert_uint_eq(training.part_count, 2);
    return result;
}

static enum store_result list_untrained(void)
{
    AUTO(model_names_done) struct model_names names = {0};
    enum store_result result = came(store_models_untrained(store, &names));

    if (result == STORE_OK) {
        ck_assert_uint_eq(names.count, (size_t)dataset_count + 1);
        ck_assert_str_eq(names.items[0].id, "d1");
    }
    return result;
}

/* clang-format off */
static const struct {
    const char *name;
    enum store_result (*run)(void);
    void (*arrange_more)(void);
    bool removes_files; /* of rows that go */
} operations[] = {
    {"get a world",           get_world,             NULL,           false},
    {"change a world",        change_world,          NULL,           false},
    {"list worlds",           list_worlds,           NULL,           false},
    {"count a world",         count_world,           NULL,           false},
    {"delete a world",        delete_world,          NULL,           false},
    {"clear models",          clear_slice,           delete_another, true},
    {"clear datasets",        clear_slice,           clear_models,   true},
    {"forget a world",        clear_slice,           clear_datasets, false},
    {"get a setting",         get_setting,           NULL,           false},
    {"put a setting",         put_setting,           NULL,           false},
    {"count on",              count_on,              NULL,           false},
    {"insert a dataset",      insert_dataset,        NULL,           false},
    {"open a file",           open_file,             NULL,           false},
    {"get a dataset",         get_dataset,           NULL,           false},
    {"poll a dataset",        poll_dataset,          NULL,           false},
    {"force a dataset",       force_dataset,         NULL,           false},
    {"list datasets",         list_datasets,         NULL,           false},
    {"list brief datasets",   list_brief_datasets,   NULL,           false},
    {"list datasets by name", list_datasets_by_name, NULL,           false},
    {"count a type",          count_type,            NULL,           false},
    {"delete a dataset",      delete_dataset,        NULL,           true},
    {"drop a dataset",        drop_dataset,          NULL,           true},
    {"get the usage",         get_usage,             NULL,           false},
    {"insert a model",        insert_model,          NULL,           false},
    {"get a model",           get_model,             NULL,           false},
    {"poll a model",          poll_model,            NULL,           false},
    {"force a model",         force_model,           NULL,           false},
    {"list models",           list_models,           NULL,           false},
    {"list models before",    list_models_before,    NULL,           false},
    {"rename a model",        rename_model,          NULL,           false},
    {"delete a model",        delete_model,          NULL,           true},
    {"fail models",           fail_models,           NULL,           false},
    {"train a model",         train_model,           NULL,           false},
    {"list the untrained",    list_untrained,        NULL,           false},
};
/* clang-format on */

/*
 * Sweeps
 */

static void open_arranged(bool is_durable)
{
    failing_libraries_begin();
    path = directory_new_in_memory();
    ck_assert_int_eq(setenv("TMPDIR", path, 1), 0);
    dataset_count = is_durable ? 3 : 20;
    arrange_more = NULL; /* of the test before, where none is forked */
    store = must_open(is_durable ? path : NULL);
    arrange();
}

static void close_arranged(void)
{
    store_close(store);
    directory_remove(path);
}

static void reopen(void)
{
    store_close(store);
    store = must_open(path);
}

static void assert_dump(const char *want, const char *what)
{
    char *got = store_dump(store);
    size_t same = 0;

    while (got[same] && got[same] == want[same])
        same++;
    while (same && got[same - 1] != '\n')
        same--;
    ck_assert_msg(strcmp(got, want) == 0, "%s: there is\n%.200s\nin place of\n%.200s", what,
                  got + same, want + same);
    free(got);
}

/* What an operation is to leave behind. */
struct expected {
    const char *name;
    enum store_result (*run)(void);
    bool is_durable, removes_files;
    char *before, *after;
};

static struct expected expect(size_t index, bool is_durable)
{
    struct expected expected = {
        .name = operations[index].name,
        .run = operations[index].run,
        .is_durable = is_durable,
        .removes_files = operations[index].removes_files,
    };

    arrange_more = operations[index].arrange_more;
    if (arrange_more)
        arrange_more();
    expected.before = store_dump(store);
    ck_assert_int_eq(expected.run(), STORE_OK);
    expected.after = store_dump(store);
    arrange();
    assert_dump(expected.before, "arranging anew");
    return expected;
}

static void expected_done(struct expected *expected)
{
    free(expected->before);
    free(expected->after);
}

/* On a disk that stays full a deletion has given up the files, in vain: see store.h. */
static bool leaves_rows_only(const struct expected *expected, const struct call_failure *failure)
{
    return expected->removes_files && failure->kind == CALL_WRITE && failure->error == ENOSPC &&
           failure->persists;
}

/* Compare what came of an attempt, and make all as it was. */
static void judge(const struct expected *expected, enum store_result result,
                  const struct call_failure *failure, const char *what)
{
    const char *want = result == STORE_OK ? expected->after : expected->before;

    ck_assert_msg(result == STORE_OK || result == STORE_FULL || result == STORE_FAILED,
                  "%s comes to %d", what, result);
    if (failure && leaves_rows_only(expected, failure)) {
        arrange();
        return;
    }
    /* A file that cannot be removed is swept when the store is opened again. */
    if (!failure || failure->kind != CALL_UNLINK)
        assert_dump(want, what);
    if (failure && expected->is_durable && (failure->persists || failure->kind == CALL_UNLINK)) {
        reopen();
        assert_dump(want, what);
    }
    if (result == STORE_OK && strcmp(expected->before, expected->after) != 0)
        arrange();
}

static void sweep_allocations(size_t index, bool persists)
{
    AUTO(expected_done) struct expected expected = expect(index, false);
    has_failed = true;
    for (size_t i = 0; has_failed; i = failing_next(i)) {
        enum store_result result;
        char what[128];

        ck_assert_uint_lt(i, ATTEMPTS_MAX);
        (void)snprintf(what, sizeof(what), "%s without allocation %zu", expected.name, i);
        if (persists)
            failing_alloc_after(i);
        else
            failing_alloc_once_after(i);
        result = expected.run();
        ck_assert(has_failed || result == STORE_OK);
        judge(&expected, result, NULL, what);
    }
}

static void sweep_calls_with(const struct expected *expected, struct call_failure failure)
{
    has_failed = true;
    for (; has_failed; failure.after = failing_next(failure.after)) {
        enum store_result result;
        char what[128];

        (void)snprintf(what, sizeof(what), "%s with %s %zu failing%s: %s", expected->name,
                       failing_calls_name(failure.kind), failure.after,
                       failure.persists ? " from then on" : "", strerror(failure.error));
        failing_calls_begin(&failure);
        result = expected->run();
        ck_assert_msg(has_failed || result == STORE_OK, "%s comes to %d", what, result);
        /* What is but interrupted or cut is done in the end. */
        if (failure.error == EINTR || failure.error == 0)
            ck_assert_msg(result == STORE_OK, "%s comes to %d", what, result);
        judge(expected, result, &failure, what);
    }
}

static void sweep_calls(size_t index, bool is_durable)
{
    AUTO(expected_done) struct expected expected = expect(index, is_durable);
    size_t seen[CALL_KIND_COUNT];

    failing_calls_begin(NULL);
    ck_assert_int_eq(expected.run(), STORE_OK);
    for (int kind = 0; kind < CALL_KIND_COUNT; kind++)
        seen[kind] = failing_calls_seen((enum call_kind)kind);
    arrange();
    for (int kind = 0; kind < CALL_KIND_COUNT; kind++) {
        const int *errors = failing_calls_errors((enum call_kind)kind);

        for (size_t i = 0; seen[kind] && errors[i] >= 0; i++) {
            if (kind == CALL_UNLINK && !is_durable)
                continue;
            sweep_calls_with(&expected,
                             (struct call_failure){(enum call_kind)kind, 0, errors[i], false});
            if (errors[i] != EINTR)
                sweep_calls_with(&expected,
                                 (struct call_failure){(enum call_kind)kind, 0, errors[i], true});
        }
    }
}

/*
 * Opening
 */

/* Open the store while something fails, and see that it holds `before` then or the next time. */
static void open_failing(const struct call_failure *failure, const char *before)
{
    char error[512] = "", what[128];

    (void)snprintf(what, sizeof(what), "opening with %s %zu failing%s: %s",
                   failing_calls_name(failure->kind), failure->after,
                   failure->persists ? " from then on" : "", strerror(failure->error));
    failing_calls_begin(failure);
    store = store_open(path, error, sizeof(error));
    (void)came(STORE_OK);
    ck_assert_msg(store || strstr(error, path), "%s says '%s'", what, error);
    ck_assert_msg(store || has_failed, "%s says '%s'", what, error);
    if (store) {
        /* What could not be cleared is cleared the next time. */
        if (failure->kind != CALL_OPEN && failure->kind != CALL_UNLINK)
            assert_dump(before, what);
        store_close(store);
    }
    store = must_open(path);
    assert_dump(before, what);
}

/* Whether the store must compare files with rows, since somebody changed the folder, or need not.
 */
static void sweep_opening(struct call_failure failure, bool is_changed, const char *before)
{
    has_failed = true;
    for (; has_failed; failure.after = failing_next(failure.after)) {
        bool failed;

        store_close(store);
        file_put(path, "tmp/00000000000000000100", "left behind");
        if (is_changed)
            file_put(path, "parts/00000000000000000100", "left behind");
        open_failing(&failure, before);
        failed = has_failed;
        ck_assert_int_eq(put_world_again(), STORE_OK);
        has_failed = failed;
    }
}

START_TEST(a_call_that_fails_while_opening_gives_a_sentence_and_harms_nothing)
{
    enum call_kind kind = (enum call_kind)(_i / 2);
    const int *errors = failing_calls_errors(kind);
    bool is_changed = _i % 2;
    char *before;

    open_arranged(true);
    before = store_dump(store);
    for (size_t i = 0; errors[i] >= 0; i++) {
        sweep_opening((struct call_failure){kind, 0, errors[i], false}, is_changed, before);
        if (errors[i] != EINTR)
            sweep_opening((struct call_failure){kind, 0, errors[i], true}, is_changed, before);
    }
    free(before);
    close_arranged();
}
END_TEST

START_TEST(memory_that_runs_out_while_opening_gives_a_sentence_and_harms_nothing)
{
    char *before;

    open_arranged(true);
    before = store_dump(store);
    has_failed = true;
    for (size_t i = 0; has_failed; i += getenv("MOCKHERE_SWEEP_ALL") ? 1 : 1 + i / 10) {
        char error[512] = "", what[64];

        (void)snprintf(what, sizeof(what), "opening without allocation %zu", i);
        store_close(store);
        file_put(path, "parts/00000000000000000100", "left behind");
        failing_alloc_after(i);
        store = store_open(path, error, sizeof(error));
        (void)came(STORE_OK);
        ck_assert_msg(store || (has_failed && *error), "%s says '%s'", what, error);
        store_close(store);
        store = must_open(path);
        assert_dump(before, what);
    }
    free(before);
    close_arranged();
}
END_TEST

/*
 * Closing, which leaves the mark that all is in order
 */

static void sweep_closing(struct call_failure failure, const char *before)
{
    has_failed = true;
    for (; has_failed; failure.after = failing_next(failure.after)) {
        char what[128];

        (void)snprintf(what, sizeof(what), "closing with %s %zu failing%s: %s",
                       failing_calls_name(failure.kind), failure.after,
                       failure.persists ? " from then on" : "", strerror(failure.error));
        ck_assert_int_eq(put_world_again(), STORE_OK);
        failing_calls_begin(&failure);
        store_close(store);
        (void)came(STORE_OK);
        store = must_open(path);
        assert_dump(before, what);
    }
}

START_TEST(a_call_that_fails_while_closing_harms_nothing)
{
    enum call_kind kind = (enum call_kind)_i;
    const int *errors = failing_calls_errors(kind);
    char *before;

    open_arranged(true);
    before = store_dump(store);
    for (size_t i = 0; errors[i] >= 0; i++) {
        sweep_closing((struct call_failure){kind, 0, errors[i], false}, before);
        if (errors[i] != EINTR)
            sweep_closing((struct call_failure){kind, 0, errors[i], true}, before);
    }
    free(before);
    close_arranged();
}
END_TEST

START_TEST(an_allocation_that_fails_changes_nothing)
{
    open_arranged(false);
    sweep_allocations((size_t)_i, false);
    close_arranged();
}
END_TEST

START_TEST(memory_that_has_run_out_changes_nothing)
{
    open_arranged(false);
    sweep_allocations((size_t)_i, true);
    close_arranged();
}
END_TEST

START_TEST(a_call_that_fails_changes_nothing)
{
    open_arranged(true);
    sweep_calls((size_t)_i, true);
    close_arranged();
}
END_TEST

START_TEST(a_call_that_fails_changes_nothing_in_a_temporary_store)
{
    open_arranged(false);
    sweep_calls((size_t)_i, false);
    close_arranged();
}
END_TEST

Suite *store_failures_suite(void)
{
    Suite *suite = suite_create("store_failures");
    const struct {
        const char *name;
        const TTest *test;
    } cases[] = {
        {"an allocation", an_allocation_that_fails_changes_nothing},
        {"all memory", memory_that_has_run_out_changes_nothing},
        {"a call", a_call_that_fails_changes_nothing},
        {"a call in a temporary store", a_call_that_fails_changes_nothing_in_a_temporary_store},
    };

    TCase *opening = tcase_create("opening and closing");

    tcase_set_timeout(opening, 120);
    tcase_add_loop_test(opening, a_call_that_fails_while_opening_gives_a_sentence_and_harms_nothing,
                        0, 2 * CALL_KIND_COUNT);
    tcase_add_test(opening, memory_that_runs_out_while_opening_gives_a_sentence_and_harms_nothing);
    tcase_add_loop_test(opening, a_call_that_fails_while_closing_harms_nothing, 0, CALL_KIND_COUNT);
    suite_add_tcase(suite, opening);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        TCase *tcase = tcase_create(cases[i].name);

        tcase_set_timeout(tcase, 120);
        tcase_add_loop_test(tcase, cases[i].test, 0, (int)ARRAY_LEN(operations));
        suite_add_tcase(suite, tcase);
    }
    return suite;
}
