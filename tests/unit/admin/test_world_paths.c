#include <check.h>
#include <string.h>

#include "support/fake.h"

Suite *world_paths_suite(void);

#define SEED "/__mockhere/seed"

START_TEST(another_seed_gives_other_ids)
{
    char first[OBJECT_ID_SIZE];

    fake_get(SEED);
    assert_body(200, "{`seed`:1}");
    (void)snprintf(first, sizeof(first), "%s", fake_add_dataset("a"));
    fake_send_json("PUT", SEED, "{`seed`:9223372036854775807}");
    assert_body(200, "{`seed`:9223372036854775807}");
    fake_send_json("PUT", "/w/other" SEED, "{`seed`:2}");
    fake_get(SEED);
    assert_body(200, "{`seed`:9223372036854775807}");
    ck_assert_str_ne(fake_add_dataset("a"), first);
}
END_TEST

static const char *const bad_seeds[] = {"{}", "{`seed`:-1}", "{`seed`:1.5}", "{`seed`:`1`}",
                                        "{`seed`:null}"};

START_TEST(a_seed_is_a_number)
{
    fake_send_json("PUT", SEED, "%s", bad_seeds[_i]);
    assert_message(400, "seed must be a whole number from 0 to 9223372036854775807");
}
END_TEST

START_TEST(worlds_are_listed_with_their_counts)
{
    fake_get("/__mockhere/worlds");
    assert_body(200, "{`worlds`:[{`name`:`default`,`now`:`2025-06-01T12:00:00.000000Z`,`seed`:1,"
                     "`lifecycle`:`fast`,`datasets`:0,`finetuned_models`:0}],`total`:1}");
    fake_add_model(fake_add_valid_dataset("a"));
    fake_add_dataset("b");
    fake_send_json("PUT", "/w/a/__mockhere/lifecycle", "{`preset`:`instant`}");
    fake_get("/__mockhere/worlds");
    assert_body(200, "{`worlds`:[{`name`:`a`,`now`:`2025-06-01T12:00:00.000000Z`,`seed`:1,"
                     "`lifecycle`:`instant`,`datasets`:0,`finetuned_models`:0},"
                     "{`name`:`default`,`now`:`2025-06-01T12:00:00.200000Z`,`seed`:1,"
                     "`lifecycle`:`fast`,`datasets`:2,`finetuned_models`:1}],`total`:2}");
    fake_advance_ms(30LL * 24 * 3600 * 1000);
    fake_get("/__mockhere/worlds");
    ck_assert_int_eq(fake_int("worlds.1.datasets"), 0);
}
END_TEST

START_TEST(a_world_is_dropped_by_its_name)
{
    fake_send_json("PUT", "/w/a" SEED, "{`seed`:7}");
    fake_delete("/__mockhere/worlds/a");
    assert_body(200, "{}");
    fake_get("/__mockhere/worlds");
    ck_assert_int_eq(fake_int("total"), 1);
    fake_delete("/__mockhere/worlds/a");
    assert_message(404, "there is no world a");
    fake_delete("/__mockhere/worlds/A");
    assert_message(400, "a world's name is 1 to 64 characters of a-z, 0-9, '.', '_' and '-'");
    fake_get("/w/a" SEED);
    assert_body(200, "{`seed`:1}");
}
END_TEST

START_TEST(the_default_world_is_emptied_and_stays)
{
    fake_add_dataset("a");
    fake_delete("/__mockhere/worlds/default");
    assert_body(200, "{}");
    fake_get("/v1/datasets");
    assert_body(200, "{`datasets`:[]}");
}
END_TEST

Suite *world_paths_suite(void)
{
    Suite *suite = suite_create("world_paths");
    TCase *tcase = tcase_create("worlds");

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    tcase_add_test(tcase, another_seed_gives_other_ids);
    tcase_add_loop_test(tcase, a_seed_is_a_number, 0, ARRAY_LEN(bad_seeds));
    tcase_add_test(tcase, worlds_are_listed_with_their_counts);
    tcase_add_test(tcase, a_world_is_dropped_by_its_name);
    tcase_add_test(tcase, the_default_world_is_emptied_and_stays);
    suite_add_tcase(suite, tcase);
    return suite;
}
