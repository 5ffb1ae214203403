#include "core/key_plan.h"

#include <check.h>
#include <string.h>

#include "base/attr.h"

Suite *key_plan_suite(void);

/* clang-format off */
static const struct {
    const char *key;
    enum key_plan plan;
} magic[] = {
    {"expired-x",  KEY_EXPIRED},
    {"invalid-x",  KEY_INVALID},
    {"blocked-x",  KEY_BLOCKED},
    {"trial-x",    KEY_TRIAL},
    {"limited-x",  KEY_LIMITED},
    {"flaky-x",    KEY_FLAKY},
    {"slow-",      KEY_SLOW},
    {"slow",       KEY_ANY},
    {"production-x", KEY_ANY},
    {"Trial-x",    KEY_ANY},
    {"x-trial-",   KEY_ANY},
    {"",           KEY_ANY},
};
/* clang-format on */

START_TEST(a_magic_key_is_known_by_its_beginning)
{
    ck_assert_int_eq(key_plan_of_magic(text_of(magic[_i].key)), magic[_i].plan);
}
END_TEST

START_TEST(every_plan_has_a_row)
{
    for (int plan = 0; plan < KEY_PLAN_COUNT; plan++)
        ck_assert_ptr_nonnull(key_plans[plan].effect);
}
END_TEST

static enum key_plan plan_of(const struct key_list *list, const char *key)
{
    char digest[SHA256_HEX_SIZE];

    sha256_hex(text_of(key), digest);
    return key_list_find(list, digest);
}

START_TEST(declared_keys_are_found_and_others_are_invalid)
{
    AUTO(buf_done) struct buf problem = {0};
    AUTO(key_list_done) struct key_list list = {0};

    ck_assert(key_list_read(TEXT("{\"keys\":[{\"key\":\"a\",\"plan\":\"trial\"},"
                                 "{\"plan\":\"blocked\",\"key\":\"b\"},"
                                 "{\"key\":\"c\",\"plan\":\"expired\"},"
                                 "{\"key\":\"a\",\"plan\":\"production\"}]}"),
                            &list, &problem));
    ck_assert_uint_eq(list.count, 3);
    ck_assert_int_eq(plan_of(&list, "a"), KEY_PRODUCTION);
    ck_assert_int_eq(plan_of(&list, "b"), KEY_BLOCKED);
    ck_assert_int_eq(plan_of(&list, "c"), KEY_EXPIRED);
    ck_assert_int_eq(plan_of(&list, "d"), KEY_INVALID);
}
END_TEST

START_TEST(a_list_holds_digests_only_and_can_be_read_back)
{
    AUTO(buf_done) struct buf problem = {0};
    AUTO(buf_done) struct buf json = {0};
    AUTO(key_list_done) struct key_list list = {0};
    AUTO(key_list_done) struct key_list again = {0};

    ck_assert(
        key_list_read(TEXT("{\"keys\":[{\"key\":\"abc\",\"plan\":\"trial\"}]}"), &list, &problem));
    key_list_write(&list, true, &(struct json_writer){.out = &json});
    ck_assert_str_eq(json.data, "{\"keys\":[{\"key\":\"sha256:ba7816bf\",\"plan\":\"trial\"}]}");
    buf_clear(&json);
    key_list_write(&list, false, &(struct json_writer){.out = &json});
    ck_assert(key_list_read(buf_text(&json), &again, &problem));
    ck_assert_int_eq(plan_of(&again, "abc"), KEY_TRIAL);
}
END_TEST

/* clang-format off */
static const struct {
    const char *json, *problem;
} refused[] = {
    {"{",             "the keys are not JSON: unexpected end of JSON input"},
    {"[]",            "send an object with one member: keys"},
    {"{}",            "send an object with one member: keys"},
    {"{\"key\":[]}",  "send an object with one member: keys"},
    {"{\"keys\":[],\"x\":1}", "send an object with one member: keys"},
    {"{\"keys\":{}}", "keys must be an array"},
    {"{\"keys\":[1]}", "keys must be an array of objects"},
    {"{\"keys\":[{\"key\":\"secret\"}]}",               "a declared key has two members: key and plan"},
    {"{\"keys\":[{\"plan\":\"trial\"}]}",               "a declared key has two members: key and plan"},
    {"{\"keys\":[{\"key\":\"secret\",\"secret\":1}]}",  "a declared key has two members: key and plan"},
    {"{\"keys\":[{\"key\":1,\"plan\":\"trial\"}]}",     "key and plan must be strings"},
    {"{\"keys\":[{\"key\":\"\",\"plan\":\"trial\"}]}",  "a key must not be empty"},
    {"{\"keys\":[{\"key\":\"secret\",\"plan\":\"secret\"}]}",
     "plan must be one of production, trial, expired, invalid, blocked, limited, flaky, slow"},
};
/* clang-format on */

START_TEST(what_is_no_list_of_keys_is_refused_without_naming_a_key)
{
    AUTO(buf_done) struct buf problem = {0};
    AUTO(key_list_done) struct key_list list = {0};

    ck_assert(!key_list_read(text_of(refused[_i].json), &list, &problem));
    ck_assert_str_eq(problem.data, refused[_i].problem);
    ck_assert_ptr_null(list.items);
}
END_TEST

START_TEST(there_are_at_most_a_thousand_keys)
{
    AUTO(buf_done) struct buf problem = {0};
    AUTO(buf_done) struct buf json = {0};
    AUTO(key_list_done) struct key_list list = {0};

    buf_add_string(&json, "{\"keys\":[");
    for (int i = 0; i <= DECLARED_KEYS_MAX; i++)
        buf_add_format(&json, "%s{\"key\":\"k%d\",\"plan\":\"trial\"}", i ? "," : "", i);
    buf_add_string(&json, "]}");
    ck_assert(!key_list_read(buf_text(&json), &list, &problem));
    ck_assert_str_eq(problem.data, "a world has at most 1000 keys");
}
END_TEST

Suite *key_plan_suite(void)
{
    Suite *suite = suite_create("key_plan");
    TCase *plans = tcase_create("plans");
    TCase *lists = tcase_create("lists");

    tcase_add_loop_test(plans, a_magic_key_is_known_by_its_beginning, 0, (int)ARRAY_LEN(magic));
    tcase_add_test(plans, every_plan_has_a_row);
    suite_add_tcase(suite, plans);
    tcase_add_test(lists, declared_keys_are_found_and_others_are_invalid);
    tcase_add_test(lists, a_list_holds_digests_only_and_can_be_read_back);
    tcase_add_loop_test(lists, what_is_no_list_of_keys_is_refused_without_naming_a_key, 0,
                        (int)ARRAY_LEN(refused));
    tcase_add_test(lists, there_are_at_most_a_thousand_keys);
    suite_add_tcase(suite, lists);
    return suite;
}
