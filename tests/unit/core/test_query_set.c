#include "core/query_set.h"

#include <check.h>
#include <stdio.h>

Suite *query_set_suite(void);

/* The queries of these tests are numbers, and the place of each says which. */
struct numbers {
    size_t compared;
    bool unreadable;
};

static struct text number_text(size_t number, char out[32])
{
    return (struct text){out, (size_t)snprintf(out, 32, "query %zu", number)};
}

static struct avro_place number_place(size_t number)
{
    return (struct avro_place){(uint64_t)number << 16, (uint32_t)(number & 0xFFFF)};
}

static enum query_match match_number(void *context, struct avro_place place, struct text query)
{
    struct numbers *numbers = context;
    char stored[32];
    size_t number = (size_t)(place.block >> 16);

    numbers->compared++;
    if (numbers->unreadable)
        return QUERY_UNREADABLE;
    if (place.row != (number & 0xFFFF))
        ck_abort_msg("the place of %zu is not what was put in", number);
    return text_eq(number_text(number, stored), query) ? QUERY_SAME : QUERY_OTHER;
}

static enum query_result add_number(struct query_set *set, size_t number)
{
    char bytes[32];
    struct text query = number_text(number, bytes);

    return query_set_add(set, query, query_split_hash(query), number_place(number), number + 1);
}

static const uint32_t masks[] = {UINT32_MAX, 0xFF, 1, 0};

START_TEST(each_query_is_new_once_however_hashes_collide)
{
    struct numbers numbers = {0};
    AUTO(query_set_done) struct query_set set;
    size_t count = masks[_i] == UINT32_MAX ? 100000 : 2000;

    query_set_init(&set, 42, match_number, &numbers);
    set.hash_mask = masks[_i];
    for (size_t i = 0; i < count; i++)
        if (add_number(&set, i) != QUERY_NEW)
            ck_abort_msg("%zu is not new", i);
    for (size_t i = 0; i < count; i++)
        if (add_number(&set, i) != QUERY_KNOWN)
            ck_abort_msg("%zu is not known", i);
    ck_assert_uint_eq(set.count, count);
    for (size_t i = 0; i < count; i++) {
        const struct query_entry *entry = query_set_entry(&set, i);

        if (query_entry_place(entry).block != number_place(i).block || entry->line != i + 1)
            ck_abort_msg("entry %zu", i);
    }
}
END_TEST

START_TEST(a_query_is_found_by_what_an_entry_of_another_set_says)
{
    struct numbers numbers = {0};
    AUTO(query_set_done) struct query_set a, b;

    query_set_init(&a, 42, match_number, &numbers);
    query_set_init(&b, 42, match_number, &numbers);
    for (size_t i = 0; i < 1000; i++) {
        ck_assert_int_eq(add_number(&a, i), QUERY_NEW);
        ck_assert_int_eq(add_number(&b, i + 500), QUERY_NEW);
    }
    for (size_t i = 0; i < 1000; i++) {
        const struct query_entry *entry = query_set_entry(&b, i);
        char bytes[32];

        ck_assert_int_eq(
            query_set_find(&a, entry->hash, query_entry_bucket(entry), number_text(i + 500, bytes)),
            i < 500 ? QUERY_KNOWN : QUERY_NEW);
        if (i < 500)
            ck_assert(query_set_may_have(&a, entry->hash, query_entry_bucket(entry)));
    }
}
END_TEST

START_TEST(different_hashes_are_not_compared)
{
    struct numbers numbers = {0};
    AUTO(query_set_done) struct query_set set;

    query_set_init(&set, 42, match_number, &numbers);
    for (size_t i = 0; i < 1000; i++)
        ck_assert_int_eq(add_number(&set, i), QUERY_NEW);
    ck_assert_uint_eq(numbers.compared, 0);
}
END_TEST

START_TEST(what_cannot_be_read_is_no_verdict)
{
    struct numbers numbers = {.unreadable = true};
    AUTO(query_set_done) struct query_set set;

    query_set_init(&set, 42, match_number, &numbers);
    ck_assert_int_eq(add_number(&set, 1), QUERY_NEW);
    ck_assert_int_eq(add_number(&set, 1), QUERY_READ_FAILED);
    ck_assert_uint_eq(set.count, 1);
}
END_TEST

/* The bound includes the moment at which the index doubles. What does not grow with the queries:
 * a chunk begun, the least index, the least array of chunks. */
START_TEST(a_query_costs_at_most_32_bytes_also_while_the_set_grows)
{
    enum { FIXED = QUERY_CHUNK_ENTRIES * 16 + 1024 * 4 + 16 * 8 + 64 };
    struct numbers numbers = {0};
    AUTO(query_set_done) struct query_set set;

    query_set_init(&set, 42, match_number, &numbers);
    for (size_t i = 0; i < 300000; i++) {
        size_t slots = set.slots ? (size_t)set.slot_mask + 1 : 0, peak;

        if (add_number(&set, i) != QUERY_NEW)
            ck_abort_msg("%zu is not new", i);
        peak = query_set_bytes(&set);
        if ((size_t)set.slot_mask + 1 != slots)
            peak += slots * sizeof(*set.slots);
        if (peak > 32 * (i + 1) + FIXED)
            ck_abort_msg("%zu bytes for %zu queries", peak, i + 1);
    }
}
END_TEST

START_TEST(entries_stay_when_the_index_goes)
{
    struct numbers numbers = {0};
    AUTO(query_set_done) struct query_set set;

    query_set_init(&set, 42, match_number, &numbers);
    ck_assert_int_eq(add_number(&set, 5), QUERY_NEW);
    query_set_drop_index(&set);
    ck_assert_uint_eq(query_entry_place(query_set_entry(&set, 0)).row, 5);
    ck_assert(!query_set_may_have(&set, query_set_entry(&set, 0)->hash, 0));
}
END_TEST

START_TEST(the_split_of_queries_never_changes)
{
    ck_assert_uint_eq(query_split_hash(TEXT("query")), UINT64_C(5421715120685955383));
}
END_TEST

Suite *query_set_suite(void)
{
    Suite *suite = suite_create("query_set");
    TCase *tcase = tcase_create("queries");

    tcase_add_loop_test(tcase, each_query_is_new_once_however_hashes_collide, 0, ARRAY_LEN(masks));
    tcase_add_test(tcase, a_query_is_found_by_what_an_entry_of_another_set_says);
    tcase_add_test(tcase, different_hashes_are_not_compared);
    tcase_add_test(tcase, what_cannot_be_read_is_no_verdict);
    tcase_add_test(tcase, the_split_of_queries_never_changes);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("memory");
    tcase_add_test(tcase, a_query_costs_at_most_32_bytes_also_while_the_set_grows);
    tcase_add_test(tcase, entries_stay_when_the_index_goes);
    suite_add_tcase(suite, tcase);
    return suite;
}
