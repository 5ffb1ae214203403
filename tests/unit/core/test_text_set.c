#include "core/text_set.h"

#include <check.h>
#include <stdio.h>

#include "base/buf.h"

Suite *text_set_suite(void);

enum { ITEMS = 5000 };

static const size_t sizes[] = {1, 2, 16, 17, 1000, ITEMS};

START_TEST(members_are_found_and_others_are_not)
{
    static char names[ITEMS][32];
    static struct text items[ITEMS];
    struct text_set set = {.seed = 7};
    size_t count = sizes[_i];

    for (size_t i = 0; i < count; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "item %zu", i);
        items[i] = text_of(names[i]);
    }
    ck_assert(text_set_begin(&set, items, count));
    for (size_t i = 0; i < count; i++) {
        if (text_set_has(&set, items[i]))
            ck_abort_msg("%zu is there too early", i);
        text_set_take(&set);
        if (!text_set_has(&set, items[i]))
            ck_abort_msg("%zu is missing", i);
    }
    ck_assert(!text_set_has(&set, TEXT("item")));
    ck_assert(!text_set_has(&set, TEXT("")));
    text_set_done(&set);
}
END_TEST

START_TEST(it_can_begin_anew_with_more_or_fewer)
{
    static struct text items[ITEMS];
    struct text_set set = {0};

    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        ck_assert(text_set_begin(&set, items, sizes[(i * 5) % ARRAY_LEN(sizes)]));
        ck_assert(!text_set_has(&set, TEXT("")));
        text_set_take(&set);
        ck_assert(text_set_has(&set, TEXT("")));
    }
    text_set_done(&set);
}
END_TEST

START_TEST(equal_items_may_be_members_together)
{
    struct text items[40];
    struct text_set set = {0};

    for (size_t i = 0; i < ARRAY_LEN(items); i++)
        items[i] = TEXT("same");
    ck_assert(text_set_begin(&set, items, ARRAY_LEN(items)));
    for (size_t i = 0; i < ARRAY_LEN(items); i++)
        text_set_take(&set);
    ck_assert_uint_eq(set.count, ARRAY_LEN(items));
    ck_assert(text_set_has(&set, TEXT("same")));
    text_set_done(&set);
}
END_TEST

Suite *text_set_suite(void)
{
    Suite *suite = suite_create("text_set");
    TCase *tcase = tcase_create("few and many");

    tcase_add_loop_test(tcase, members_are_found_and_others_are_not, 0, ARRAY_LEN(sizes));
    tcase_add_test(tcase, it_can_begin_anew_with_more_or_fewer);
    tcase_add_test(tcase, equal_items_may_be_members_together);
    suite_add_tcase(suite, tcase);
    return suite;
}
