#include <check.h>
#include <stdio.h>
#include <string.h>

#include "support/fake.h"

Suite *object_list_suite(void);

/*
 * Four datasets, 100 ms apart: alpha (validated), Beta (validated), gamma (processing) and delta
 * (queued, of another type), at 12:00:00.3.
 */
static void add_datasets(void)
{
    static const char text[] = "{\"text\":\"a\"}\n";

    fake_start();
    (void)fake_add_dataset("alpha");
    fake_advance_ms(100);
    (void)fake_add_dataset("Beta");
    fake_advance_ms(100);
    (void)fake_add_dataset("gamma");
    fake_advance_ms(100);
    ck_assert_int_eq(fake_upload("name=delta&type=embed-input",
                                 &(struct fake_file){"data", "t.jsonl", NULL, text_of(text)}, 1, 0),
                     200);
}

/* clang-format off */
static const struct {
    const char *query, *names; /* the first letters of those listed */
    int64_t total;
} lists[] = {
    {"",                                    "dgBa", 4},
    {"?sort=created_at",                    "aBgd", 4},
    {"?sort=-created_at",                   "dgBa", 4},
    {"?sort=name",                          "Badg", 4},
    {"?sort=-name",                         "gdaB", 4},
    {"?sort=updated_at",                    "agdB", 4},
    {"?sort=-status",                       "Badg", 4},
    {"?sort=size_bytes",                    "dgBa", 4},
    {"?sort=-type",                         "gBad", 4},
    {"?query=A",                            "dgBa", 4},
    {"?query=ALPHA",                        "a",    1},
    {"?query=beta",                         "B",    1},
    {"?query=nothing",                      "",     0},
    {"?status=validated",                   "Ba",   2},
    {"?status=failed",                      "",     0},
    {"?status=",                            "dgBa", 4},
    {"?type=embed-input",                   "d",    1},
    {"?type=embed",                         "",     0},
    {"?status=validated&query=a&sort=name", "Ba",   2},
    {"?limit=2",                            "dg",   4},
    {"?limit=2&offset=1",                   "gB",   4},
    {"?offset=3",                           "a",    4},
    {"?offset=4",                           "",     4},
    {"?offset=2000000000",                  "",     4},
    {"?limit=0",                            "",     4},
};
/* clang-format on */

START_TEST(datasets_are_found_sorted_and_paged)
{
    const json_t *item;
    size_t i;

    fake_get("/__mockhere/datasets%s", lists[_i].query);
    ck_assert_int_eq(fake_status(), 200);
    ck_assert_int_eq(fake_int("total"), lists[_i].total);
    ck_assert_uint_eq(json_array_size(fake_member("datasets")), strlen(lists[_i].names));
    json_array_foreach (fake_member("datasets"), i, item) {
        char first = json_string_value(json_object_get(item, "name"))[0];

        ck_assert_msg(first == lists[_i].names[i], "%zu is %c and not %c", i, first,
                      lists[_i].names[i]);
    }
}
END_TEST

#define STATUSES "status must be one of queued, processing, failed, validated, skipped and unknown"
#define SORTS                                                                                      \
    "sort must be one of created_at, updated_at, name, status, type and size_bytes, with a - "     \
    "before it to begin with the last"

/* clang-format off */
static const struct {
    const char *query, *message;
} refusals[] = {
    {"status=ready",      STATUSES},
    {"sort=age",          SORTS},
    {"sort=-",            SORTS},
    {"sort=--name",       SORTS},
    {"limit=1001",        "limit must be a whole number from 0 to 1000"},
    {"limit=-1",          "limit must be a whole number from 0 to 1000"},
    {"offset=x",          "offset must be a whole number from 0 to 2147483647"},
    {"offset=2147483648", "offset must be a whole number from 0 to 2147483647"},
};
/* clang-format on */

START_TEST(what_is_wrong_is_said)
{
    fake_get("/__mockhere/datasets?%s", refusals[_i].query);
    assert_message(400, "%s", refusals[_i].message);
}
END_TEST

START_TEST(models_are_listed_with_what_comes_next)
{
    const char *dataset = fake_add_valid_dataset("b");
    const char *model = fake_add_model(dataset);

    fake_get("/__mockhere/finetuned-models?type=BASE_TYPE_RERANK&status=STATUS_QUEUED");
    assert_body(200,
                "{`finetuned_models`:[{`id`:`%s`,`name`:`ft`,`type`:`BASE_TYPE_RERANK`,"
                "`status`:`STATUS_QUEUED`,`created_at`:`2025-06-01T12:00:00.500000Z`,"
                "`updated_at`:`2025-06-01T12:00:00.500000Z`,`base_model`:`english`,"
                "`dataset_id`:`%s`,"
                "`events`:[{`status`:`STATUS_QUEUED`,`at`:`2025-06-01T12:00:00.500000Z`}],"
                "`next`:{`status`:`STATUS_FINETUNING`,`at`:`2025-06-01T12:00:00.550000Z`}}],"
                "`total`:1}",
                model, dataset);
    fake_get("/__mockhere/finetuned-models?status=STATUS_READY");
    assert_body(200, "{`finetuned_models`:[],`total`:0}");
    fake_get("/w/other/__mockhere/finetuned-models");
    assert_body(200, "{`finetuned_models`:[],`total`:0}");
}
END_TEST

/* More than are kept while looking for a page. */
enum { MANY = 200 };

static void add_many(void)
{
    char name[16];

    fake_start();
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof(name), "%03d", i * 7 % MANY);
        (void)fake_add_dataset(name);
        fake_advance_ms(i % 2);
    }
}

/* clang-format off */
static const struct {
    const char *query;
    const char *first, *last;
} long_lists[] = {
    {"?sort=name&limit=3",                          "000", "002"},
    {"?sort=name&limit=3&type=" "reranker-finetune-input",       "000", "002"},
    {"?sort=-name&limit=2&offset=50",               "149", "148"},
    {"?sort=-name&limit=2&offset=50&query=-",       "149", "148"},
    {"?sort=name&limit=10&offset=190&query=-",      "190", "199"},
    {"?sort=created_at&limit=2&offset=1",           "007", "014"},
    {"?sort=created_at&limit=2&offset=1&query=-",   "007", "014"},
    {"?sort=-created_at&limit=2&offset=1",          "186", "179"},
    {"?sort=-created_at&limit=2&offset=1&query=-",  "186", "179"},
    {"?sort=type&limit=2&offset=1",                 "186", "179"},
};
/* clang-format on */

/* Whether the store has the page or all datasets are looked at: names and ids hold a dash. */
START_TEST(a_page_of_a_long_list_is_the_same_however_it_is_found)
{
    const json_t *items;
    size_t count;

    fake_get("/__mockhere/datasets%s", long_lists[_i].query);
    ck_assert_int_eq(fake_status(), 200);
    ck_assert_int_eq(fake_int("total"), MANY);
    items = fake_member("datasets");
    count = json_array_size(items);
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(items, 0), "name")),
                     long_lists[_i].first);
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(items, count - 1), "name")),
                     long_lists[_i].last);
}
END_TEST

Suite *object_list_suite(void)
{
    Suite *suite = suite_create("object_list");
    TCase *tcase = tcase_create("four datasets");
    TCase *many = tcase_create("many datasets");

    tcase_add_checked_fixture(tcase, add_datasets, fake_stop);
    tcase_add_loop_test(tcase, datasets_are_found_sorted_and_paged, 0, ARRAY_LEN(lists));
    tcase_add_loop_test(tcase, what_is_wrong_is_said, 0, ARRAY_LEN(refusals));
    tcase_add_test(tcase, models_are_listed_with_what_comes_next);
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(many, add_many, fake_stop);
    tcase_add_loop_test(many, a_page_of_a_long_list_is_the_same_however_it_is_found, 0,
                        ARRAY_LEN(long_lists));
    suite_add_tcase(suite, many);
    return suite;
}
