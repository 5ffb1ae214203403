#include "core/dataset_messages.h"

#include <check.h>
#include <string.h>

Suite *dataset_messages_suite(void);

START_TEST(arguments_fill_the_places_in_order)
{
    AUTO(buf_done) struct buf b = {0};

    message_add(&b, MESSAGE_FIELD_MISSING,
                (struct message_arg[]){arg_text(TEXT("a {b} c")), arg_number(7)});
    ck_assert_str_eq(b.data, "The required field a {b} c was not fund in the dataset (line: 7)");
    buf_clear(&b);
    message_add(&b, MESSAGE_EVAL_PREFIX, NULL);
    ck_assert_str_eq(b.data, "invalid eval file: ");
    buf_clear(&b);
    message_add(&b, MESSAGE_NO_PASSAGE,
                (struct message_arg[]){arg_text((struct text){0}), arg_number(0)});
    ck_assert_str_eq(b.data, "no relevant passage for query '' (line: 0)");
}
END_TEST

START_TEST(a_long_text_is_cut_between_characters)
{
    AUTO(buf_done) struct buf b = {0};
    static char text[MESSAGE_QUOTED_MAX + 2];

    memset(text, 'x', sizeof(text));
    text[MESSAGE_QUOTED_MAX - 1] = '\xe2';
    text[MESSAGE_QUOTED_MAX] = '\x82';
    text[MESSAGE_QUOTED_MAX + 1] = '\xac';
    message_add(&b, MESSAGE_INVALID_JSON,
                (struct message_arg[]){arg_number(1), arg_text((struct text){text, sizeof(text)})});
    ck_assert_uint_eq(b.len, strlen("invalid json in line 1: ") + MESSAGE_QUOTED_MAX - 1 + 3);
    ck_assert(text_has_suffix(buf_text(&b), TEXT("x...")));
}
END_TEST

START_TEST(every_message_has_a_text)
{
    for (size_t i = 0; i < MESSAGE_COUNT; i++)
        ck_assert_ptr_nonnull(dataset_messages[i].format);
}
END_TEST

Suite *dataset_messages_suite(void)
{
    Suite *suite = suite_create("dataset_messages");
    TCase *tcase = tcase_create("texts");

    tcase_add_test(tcase, arguments_fill_the_places_in_order);
    tcase_add_test(tcase, a_long_text_is_cut_between_characters);
    tcase_add_test(tcase, every_message_has_a_text);
    suite_add_tcase(suite, tcase);
    return suite;
}
