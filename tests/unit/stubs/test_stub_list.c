#include <check.h>

#include "fixture.h"
#include "support/failing_alloc.h"

Suite *stub_list_suite(void);

static struct stub *make(int64_t priority, uint64_t place)
{
    struct stub *stub = make_stub("{}", (unsigned)place);

    stub->priority = priority;
    stub->place = place;
    return stub;
}

static void add(struct stub_list **list, int64_t priority, uint64_t place)
{
    struct stub *stub = make(priority, place);

    ck_assert(stub_list_add(list, stub));
    stub_release(stub);
}

START_TEST(the_lowest_priority_is_asked_first_and_then_the_latest)
{
    static const uint64_t wanted[] = {2, 4, 3, 1, 5};
    struct stub_list *list = NULL;

    add(&list, 5, 1);
    add(&list, 1, 2);
    add(&list, 5, 3);
    add(&list, 5, 4);
    add(&list, 9, 5);
    ck_assert_uint_eq(list->count, 5);
    for (size_t i = 0; i < list->count; i++)
        ck_assert_uint_eq(list->items[i]->place, wanted[i]);
    stub_list_release(list);
}
END_TEST

START_TEST(a_list_that_others_hold_does_not_change)
{
    struct stub_list *list = NULL, *held;
    struct stub *first;

    add(&list, 5, 1);
    first = stub_hold(list->items[0]);
    held = stub_list_hold(list);
    add(&list, 5, 2);
    ck_assert_ptr_ne(list, held);
    ck_assert(stub_list_remove(&list, first));
    ck_assert_uint_eq(held->count, 1);
    ck_assert_uint_eq(held->items[0]->place, 1);
    ck_assert_uint_eq(list->count, 1);
    ck_assert_uint_eq(list->items[0]->place, 2);
    stub_list_release(held);
    stub_list_release(list);
    stub_release(first);
}
END_TEST

START_TEST(a_list_that_nobody_else_holds_is_changed_in_its_place)
{
    struct stub *stub = make(5, 1);
    struct stub_list *list = NULL;
    bool ok;

    ck_assert(stub_list_add(&list, stub));
    failing_alloc_after(0);
    ok = stub_list_remove(&list, stub) && stub_list_add(&list, stub);
    ck_assert(!failing_alloc_stop());
    ck_assert(ok);
    stub_list_release(list);
    stub_release(stub);
}
END_TEST

START_TEST(a_list_for_which_memory_runs_out_stays_as_it_was)
{
    struct stub *stub = make(5, 2);
    struct stub_list *list = NULL, *held;
    bool ok;

    add(&list, 5, 1);
    held = stub_list_hold(list);
    failing_alloc_after(0);
    ok = stub_list_add(&list, stub) || stub_list_remove(&list, held->items[0]);
    ck_assert(failing_alloc_stop());
    ck_assert(!ok);
    ck_assert_ptr_eq(list, held);
    ck_assert_uint_eq(list->count, 1);
    stub_list_release(held);
    stub_list_release(list);
    stub_release(stub);
}
END_TEST

Suite *stub_list_suite(void)
{
    Suite *suite = suite_create("stub_list");
    TCase *tcase = tcase_create("stub_list");

    tcase_add_test(tcase, the_lowest_priority_is_asked_first_and_then_the_latest);
    tcase_add_test(tcase, a_list_that_others_hold_does_not_change);
    tcase_add_test(tcase, a_list_that_nobody_else_holds_is_changed_in_its_place);
    tcase_add_test(tcase, a_list_for_which_memory_runs_out_stays_as_it_was);
    suite_add_tcase(suite, tcase);
    return suite;
}
