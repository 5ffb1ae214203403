/*
 * What statements cost: their plans, and the steps that SQLite's machine takes for them, which do
 * not depend on how fast this one is.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "fixture.h"
#include "store/store_internal.h"

Suite *query_suite(void);

/* What SQLite may go through from end to end: a page that was found, what is deleted or untrained,
 * and what is asked for as a whole. */
static const char *const walks[] = {
    "SCAN page",
    "SCAN deleted_worlds",
    "SCAN worlds",
    "SCAN files",
    "SCAN models USING INDEX models_untrained",
    "SCAN part_files", /* the one or two of one dataset, put together before */
};

static bool is_allowed(const char *step)
{
    if (strncmp(step, "SCAN", 4) != 0)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(walks); i++)
        if (strcmp(step, walks[i]) == 0)
            return true;
    return false;
}

START_TEST(no_statement_walks_over_a_table)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    size_t steps = 0;

    for (size_t i = 0; i < SQL_COUNT; i++) {
        const char *text = sqlite3_sql(store->stmts[i]);
        AUTO(buf_done) struct buf sql = {0};
        sqlite3_stmt *plan = NULL;

        buf_add_format(&sql, "EXPLAIN QUERY PLAN %s", text);
        ck_assert_int_eq(sqlite3_prepare_v2(store->db, sql.data, -1, &plan, NULL), SQLITE_OK);
        for (; sqlite3_step(plan) == SQLITE_ROW; steps++) {
            const char *step = (const char *)sqlite3_column_text(plan, 3);

            ck_assert_msg(is_allowed(step), "%s: %s", step, text);
        }
        (void)sqlite3_finalize(plan);
    }
    ck_assert_uint_gt(steps, SQL_COUNT);
}
END_TEST

/*
 * Pages
 */

enum { FEW = 100, MANY = 2000, PAGE = 50 };

static void fill(struct store *store, const char *world, int count)
{
    char id[16];

    for (int i = 0; i < count; i++) {
        (void)snprintf(id, sizeof(id), "%d", i);
        ck_assert_int_eq(put_dataset(store, world, id, i, 0), STORE_OK);
        ck_assert_int_eq(put_model(store, world, id, i), STORE_OK);
    }
}

/* Take the steps that were counted since the last time. */
static int64_t take_steps(struct store *store)
{
    int64_t steps = 0;

    for (size_t i = 0; i < SQL_COUNT; i++)
        steps += sqlite3_stmt_status(store->stmts[i], SQLITE_STMTSTATUS_VM_STEP, 1);
    return steps;
}

static char dataset_type[] = "reranker-finetune-input";

/* clang-format off */
static const struct dataset_filter dataset_pages[] = {
    {DATASETS_NEWEST_FIRST, NULL,         {INT64_MAX, INT64_MIN}, false, INT64_MIN, 0, PAGE},
    {DATASETS_NEWEST_FIRST, NULL,         {50, 51},               false, INT64_MIN, 0, PAGE},
    {DATASETS_NEWEST_FIRST, NULL,         {INT64_MAX, INT64_MIN}, true,  INT64_MIN, 0, PAGE},
    {DATASETS_NEWEST_FIRST, dataset_type, {INT64_MAX, INT64_MIN}, false, INT64_MIN, 0, PAGE},
    {DATASETS_NEWEST_FIRST, dataset_type, {INT64_MAX, INT64_MIN}, true,  INT64_MIN, 0, PAGE},
    {DATASETS_OLDEST_FIRST, NULL,         LIST_BEGIN,             false, INT64_MIN, 0, PAGE},
    {DATASETS_BY_NAME,      NULL,         LIST_BEGIN,             false, INT64_MIN, 0, PAGE},
    {DATASETS_BY_NAME_DESC, NULL,         LIST_BEGIN,             false, INT64_MIN, 0, PAGE},
};

static const struct model_order model_pages[] = {
    {KEY_CREATED, KEY_NONE},      {KEY_CREATED, KEY_NAME},      {KEY_CREATED, KEY_NAME_DESC},
    {KEY_CREATED_DESC, KEY_NONE}, {KEY_CREATED_DESC, KEY_NAME}, {KEY_CREATED_DESC, KEY_NAME_DESC},
    {KEY_NAME, KEY_NONE},         {KEY_NAME, KEY_CREATED},      {KEY_NAME, KEY_CREATED_DESC},
    {KEY_NAME_DESC, KEY_NONE},    {KEY_NAME_DESC, KEY_CREATED}, {KEY_NAME_DESC, KEY_CREATED_DESC},
};
/* clang-format on */

static int64_t steps_of_datasets(struct store *store, const char *world,
                                 const struct dataset_filter *page)
{
    AUTO(dataset_list_done) struct dataset_list list = {0};
    int64_t count;

    (void)take_steps(store);
    ck_assert_int_eq(store_dataset_list(store, world, page, &list), STORE_OK);
    ck_assert_int_eq(store_dataset_count(store, world, page->type, INT64_MIN, &count), STORE_OK);
    ck_assert_uint_eq(list.count, PAGE);
    return take_steps(store);
}

static int64_t steps_of_models(struct store *store, const char *world, struct model_order order)
{
    AUTO(model_list_done) struct model_list list = {0};

    (void)take_steps(store);
    ck_assert_int_eq(store_model_list(store, world, order, 0, PAGE, &list), STORE_OK);
    ck_assert_uint_eq(list.count, PAGE);
    return take_steps(store);
}

static void assert_no_dearer(int64_t of_many, int64_t of_few, size_t page)
{
    ck_assert_int_gt(of_few, 0);
    ck_assert_msg(2 * of_many <= 3 * of_few, "page %zu: %lld steps, and of few %lld", page,
                  (long long)of_many, (long long)of_few);
}

START_TEST(a_page_of_many_costs_little_more_than_one_of_few)
{
    AUTO(close_store) struct store *store = must_open(NULL);

    fill(store, "few", FEW);
    fill(store, "many", MANY);
    for (size_t i = 0; i < ARRAY_LEN(dataset_pages); i++)
        assert_no_dearer(steps_of_datasets(store, "many", &dataset_pages[i]),
                         steps_of_datasets(store, "few", &dataset_pages[i]), i);
    for (size_t i = 0; i < ARRAY_LEN(model_pages); i++)
        assert_no_dearer(steps_of_models(store, "many", model_pages[i]),
                         steps_of_models(store, "few", model_pages[i]), i);
}
END_TEST

/* One object more, and what else a request asks of the store. */
static int64_t steps_of_calls(struct store *store, const char *world)
{
    const struct model_quota quota = {INT64_MAX, INT64_MIN};
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    AUTO(model_record_done) struct model_record got = {0};
    AUTO(model_record_done) struct model_record model = model_new("one more", 1);
    size_t passed;
    int64_t number;

    (void)take_steps(store);
    ck_assert_int_eq(put_dataset(store, world, "one more", 1, 1), STORE_OK);
    ck_assert_int_eq(store_model_insert_within(store, world, &model, &quota, 1, &passed), STORE_OK);
    ck_assert_int_eq(store_dataset_poll(store, world, "50", 1, &dataset), STORE_OK);
    ck_assert_int_eq(store_model_poll(store, world, "50", 1, &got), STORE_OK);
    ck_assert_int_eq(store_dataset_usage(store, world, INT64_MIN, &number), STORE_OK);
    ck_assert_int_eq(store_model_count(store, world, &number), STORE_OK);
    ck_assert_int_eq(store_model_rename(store, world, "50", "new", 1), STORE_OK);
    ck_assert_int_eq(store_dataset_delete(store, world, "one more"), STORE_OK);
    ck_assert_int_eq(store_model_delete(store, world, "one more"), STORE_OK);
    ck_assert_int_eq(store_world_delete(store, world), STORE_OK);
    return take_steps(store);
}

START_TEST(calls_cost_as_much_with_many_objects_as_with_few)
{
    AUTO(close_store) struct store *store = must_open(NULL);

    fill(store, "few", FEW);
    fill(store, "many", MANY);
    assert_no_dearer(steps_of_calls(store, "many"), steps_of_calls(store, "few"), 0);
}
END_TEST

Suite *query_suite(void)
{
    Suite *suite = suite_create("query");
    TCase *tcase = tcase_create("cost");

    tcase_add_test(tcase, no_statement_walks_over_a_table);
    tcase_add_test(tcase, a_page_of_many_costs_little_more_than_one_of_few);
    tcase_add_test(tcase, calls_cost_as_much_with_many_objects_as_with_few);
    suite_add_tcase(suite, tcase);
    return suite;
}
