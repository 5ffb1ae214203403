#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json_write.h"

Suite *json_write_suite(void);

START_TEST(members_and_elements_are_separated_by_commas)
{
    AUTO(buf_done) struct buf out = {0};
    struct json_writer w = {.out = &out};

    json_write_object(&w);
    json_write_member_string(&w, "a", "x");
    json_write_key(&w, "b");
    json_write_array(&w);
    json_write_int(&w, -1);
    json_write_object(&w);
    json_write_object_end(&w);
    json_write_bool(&w, true);
    json_write_null(&w);
    json_write_array_end(&w);
    json_write_member_int(&w, "c", 9);
    json_write_key(&w, "d");
    json_write_raw(&w, TEXT("[1]"));
    json_write_object_end(&w);
    ck_assert_str_eq(out.data, "{\"a\":\"x\",\"b\":[-1,{},true,null],\"c\":9,\"d\":[1]}");
}
END_TEST

static const struct {
    struct text value;
    const char *json;
} strings[] = {
    {{"plain", 5}, "\"plain\""},
    {{"a\"b\\c", 5}, "\"a\\\"b\\\\c\""},
    {{"\b\f\n\r\t", 5}, "\"\\b\\f\\n\\r\\t\""},
    {{"\0\x1f", 2}, "\"\\u0000\\u001f\""},
    {{"\xc3\xa9\xf0\x9f\x90\xa7", 6}, "\"\xc3\xa9\xf0\x9f\x90\xa7\""},
    {{"a\xff"
      "b",
      3},
     "\"a\xef\xbf\xbd"
     "b\""},
    {{"<&>", 3}, "\"<&>\""},
};

START_TEST(strings_are_escaped_where_json_demands_it)
{
    AUTO(buf_done) struct buf out = {0};
    struct json_writer w = {.out = &out};

    json_write_text(&w, strings[_i].value);
    ck_assert_str_eq(out.data, strings[_i].json);
}
END_TEST

static const struct {
    float value;
    const char *json;
} floats[] = {
    {0.10415817F, "0.10415817"},
    {0.0006070756F, "0.0006070756"},
    {0.00013032975F, "0.00013032975"},
    {0.000008463939F, "0.000008463939"},
    {8.5e-7F, "8.5e-7"},
    {0.0F, "0"},
    {1.0F, "1"},
    {0.5F, "0.5"},
    {0.999071F, "0.999071"},
    {-2.25F, "-2.25"},
    {16777216.0F, "16777216"},
    {1e21F, "1e+21"},
};

START_TEST(floats_are_printed_in_their_shortest_form)
{
    AUTO(buf_done) struct buf out = {0};
    struct json_writer w = {.out = &out};

    json_write_float(&w, floats[_i].value);
    ck_assert_str_eq(out.data, floats[_i].json);
}
END_TEST

START_TEST(any_float_between_0_and_1_reads_back_and_is_no_longer_than_printf_needs)
{
    for (uint64_t i = 0; i < 20000; i++) {
        AUTO(buf_done) struct buf out = {0};
        struct json_writer w = {.out = &out};
        uint64_t bits = hash64((struct text){(const char *)&i, sizeof(i)}, 1);
        float value = (float)(bits >> 40) / 16777216.0F;
        int digits = 1;
        char text[32];

        if (value < 1e-6F)
            continue;
        json_write_float(&w, value);
        ck_assert_float_eq(strtof(out.data, NULL), value);
        for (; digits < 9; digits++) {
            snprintf(text, sizeof(text), "%.*e", digits - 1, (double)value);
            if (strtof(text, NULL) == value)
                break;
        }
        ck_assert_uint_le(strlen(out.data + 2 + strspn(out.data + 2, "0")), (size_t)digits);
    }
}
END_TEST

static const struct {
    double value;
    const char *json;
} doubles[] = {
    {0.1, "0.1"},
    {0.4557601809501648, "0.4557601809501648"},
    {4.264331340789795, "4.264331340789795"},
    {100, "100"},
    {1e-7, "1e-7"},
    {-0.0, "0"},
    {9007199254740993.0, "9007199254740992"},
};

START_TEST(doubles_are_printed_in_their_shortest_form)
{
    AUTO(buf_done) struct buf out = {0};
    struct json_writer w = {.out = &out};

    json_write_double(&w, doubles[_i].value);
    ck_assert_str_eq(out.data, doubles[_i].json);
}
END_TEST

Suite *json_write_suite(void)
{
    Suite *suite = suite_create("json_write");
    TCase *tcase = tcase_create("documents");

    tcase_add_test(tcase, members_and_elements_are_separated_by_commas);
    tcase_add_loop_test(tcase, strings_are_escaped_where_json_demands_it, 0, ARRAY_LEN(strings));
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("numbers");
    tcase_add_loop_test(tcase, floats_are_printed_in_their_shortest_form, 0, ARRAY_LEN(floats));
    tcase_add_loop_test(tcase, doubles_are_printed_in_their_shortest_form, 0, ARRAY_LEN(doubles));
    tcase_add_test(tcase, any_float_between_0_and_1_reads_back_and_is_no_longer_than_printf_needs);
    suite_add_tcase(suite, tcase);
    return suite;
}
