#include "http/json_body.h"

#include <check.h>
#include <string.h>

Suite *json_body_suite(void);

/* clang-format off */
static const struct {
    const char *json;
    const char *why; /* in the message of a refusal; NULL: it is read */
} bodies[] = {
    {"{\"a\":[1,\"b\",null]}", NULL},
    {"1",                      NULL},
    {"\"\\u0000\"",             NULL},
    {"",                       "end of file"},
    {"{\"a\":1} x",            "end of file expected"},
    {"\"\\ud800\"",             "invalid Unicode"},
    {"1e999",                  "real number overflow"},
    {"{\"a\\u0000\":1}",       "NUL byte in object key"},
};
/* clang-format on */

START_TEST(a_body_is_read_or_refused_with_a_reason)
{
    json_t *loaded = NULL;
    json_error_t why;
    enum json_body_result result = json_body_load(text_of(bodies[_i].json), &loaded, &why);

    if (bodies[_i].why) {
        ck_assert_int_eq(result, JSON_BODY_REFUSED);
        ck_assert_ptr_null(loaded);
        ck_assert_msg(strstr(why.text, bodies[_i].why) != NULL, "%s", why.text);
    } else {
        ck_assert_int_eq(result, JSON_BODY_OK);
        ck_assert_ptr_nonnull(loaded);
    }
    json_decref(loaded);
}
END_TEST

START_TEST(a_body_longer_than_a_piece_is_read_whole)
{
    char json[1000] = "\"";
    json_t *loaded = NULL;
    json_error_t why;

    memset(json + 1, 'a', sizeof(json) - 2);
    json[sizeof(json) - 1] = '"';
    ck_assert_int_eq(json_body_load((struct text){json, sizeof(json)}, &loaded, &why),
                     JSON_BODY_OK);
    ck_assert_uint_eq(json_string_length(loaded), sizeof(json) - 2);
    json_decref(loaded);
}
END_TEST

Suite *json_body_suite(void)
{
    Suite *suite = suite_create("json_body");
    TCase *tcase = tcase_create("bodies");

    tcase_add_loop_test(tcase, a_body_is_read_or_refused_with_a_reason, 0, (int)ARRAY_LEN(bodies));
    tcase_add_test(tcase, a_body_longer_than_a_piece_is_read_whole);
    suite_add_tcase(suite, tcase);
    return suite;
}
