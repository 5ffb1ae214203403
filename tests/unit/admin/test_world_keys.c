#include <check.h>

#include "support/fake.h"

Suite *world_keys_suite(void);

START_TEST(declared_keys_are_shown_by_the_beginning_of_their_digests)
{
    fake_get("/__mockhere/keys");
    assert_body(200, "{`keys`:[]}");
    fake_send_json("PUT", "/__mockhere/keys", "{`keys`:[{`key`:`abc`,`plan`:`trial`}]}");
    assert_body(200, "{`keys`:[{`key`:`sha256:ba7816bf`,`plan`:`trial`}]}");
    fake_get("/__mockhere/keys");
    assert_body(200, "{`keys`:[{`key`:`sha256:ba7816bf`,`plan`:`trial`}]}");
    fake_get("/w/other/__mockhere/keys");
    assert_body(200, "{`keys`:[]}");
}
END_TEST

START_TEST(a_list_that_is_none_changes_nothing)
{
    fake_send_json("PUT", "/__mockhere/keys", "{`keys`:[{`key`:`abc`,`plan`:`trial`}]}");
    fake_send_json("PUT", "/__mockhere/keys", "{`keys`:[{`key`:`abc`,`plan`:`golden`}]}");
    assert_message(400, "plan must be one of production, trial, expired, invalid, blocked, "
                        "limited, flaky, slow");
    fake_get("/__mockhere/keys");
    assert_body(200, "{`keys`:[{`key`:`sha256:ba7816bf`,`plan`:`trial`}]}");
}
END_TEST

START_TEST(magic_keys_are_listed_and_are_off_once_keys_are_declared)
{
    fake_get("/__mockhere/magic");
    ck_assert(json_is_true(fake_member("on")));
    ck_assert_str_eq(fake_string("magic_keys.0.prefix"), "trial-");
    ck_assert_str_eq(fake_string("magic_keys.6.prefix"), "slow-");
    ck_assert(!fake_has("magic_keys.7"));
    fake_send_json("PUT", "/__mockhere/keys", "{`keys`:[{`key`:`abc`,`plan`:`trial`}]}");
    fake_get("/__mockhere/magic");
    ck_assert(json_is_false(fake_member("on")));
}
END_TEST

Suite *world_keys_suite(void)
{
    Suite *suite = suite_create("world_keys");
    TCase *tcase = tcase_create("keys");

    tcase_add_checked_fixture(tcase, fake_start, fake_stop);
    tcase_add_test(tcase, declared_keys_are_shown_by_the_beginning_of_their_digests);
    tcase_add_test(tcase, a_list_that_is_none_changes_nothing);
    tcase_add_test(tcase, magic_keys_are_listed_and_are_off_once_keys_are_declared);
    suite_add_tcase(suite, tcase);
    return suite;
}
