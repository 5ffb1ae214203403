#include <check.h>
#include <stdio.h>

#include "support/dataset_upload.h"

Suite *chat_rules_suite(void);

#define TYPE "chat-finetune-input"
#define AUTO_SPLIT "dataset has 0 valid eval rows. dataset will be auto-split"
#define SYSTEM(content) "{\"role\":\"System\",\"content\":\"" content "\"}"
#define USER(content) "{\"role\":\"User\",\"content\":\"" content "\"}"
#define CHATBOT(content) "{\"role\":\"Chatbot\",\"content\":\"" content "\"}"
#define TALK(messages) "{\"messages\":[" messages "]}\n"
#define GOOD(content) TALK(USER(content) "," CHATBOT("a"))
#define COUNTS(x, split, y, a, b, c, min)                                                          \
    "not enough valid examples: found only " x " valid " split " examples of " y " received (" a   \
    " incorrectly encoded, " b " duplicated, " c " too many tokens); at least " min                \
    " valid examples required"
#define ALONE " since no eval data was provided"
#define EVAL "invalid eval file: "

/* A row with two good ones before it: its error, or NULL, and what is stored of it. */
static const struct {
    const char *line, *error, *stored;
} rows[] = {
    {TALK(SYSTEM("s") "," USER("u") "," CHATBOT("c") "," USER("v")), NULL,
     TALK(SYSTEM("s") "," USER("u") "," CHATBOT("c") "," USER("v"))},
    {TALK(CHATBOT("") "," USER("")), NULL, TALK(CHATBOT("") "," USER(""))},
    {"{\"x\":1,\"messages\":[{\"content\":\"\\u0041\",\"tool\":{\"role\":[]},\"role\":\"User\"}, "
     "{\"role\":7,\"role\":\"Chatbot\",\"content\":\"c\"}]}\n",
     NULL, TALK(USER("A") "," CHATBOT("c"))},
    /* Shape */
    {"{}", "The required field messages was not fund in the dataset (line: 3)", ""},
    {"{\"messages\":\"u\"}", "field messages must be a list[{role,content}] (line: 3)", ""},
    {"{\"messages\":[\"u\",{}]}", "field messages must be a list[{role,content}] (line: 3)", ""},
    {"{\"messages\":[{\"role\":\"User\"},{}]}",
     "field messages must be a list[{role,content}] (line: 3)", ""},
    {TALK(USER("u") ",{\"role\":\"Chatbot\",\"content\":null}," CHATBOT("c")),
     "field messages must be a list[{role,content}] (line: 3)", ""},
    {TALK(USER("u") ",[[]]," CHATBOT("c")),
     "field messages must be a list[{role,content}] (line: 3)", ""},
    {"{\"messages\":[{\"role\":\"User\",\"content\":}]}",
     "invalid json in line 3: invalid character '}' looking for beginning of value", ""},
    /* Speakers */
    {TALK("{\"role\":\"user\",\"content\":\"u\"}," CHATBOT("c")),
     "extra speaker in example: user (line : 3)", ""},
    {TALK(USER("u") "," CHATBOT("c") ",{\"role\":\"\",\"content\":\"u\"}"),
     "extra speaker in example:  (line : 3)", ""},
    {TALK(USER("u") "," SYSTEM("s") "," CHATBOT("c")),
     "extra speaker in example: System (line : 3)", ""},
    {TALK(SYSTEM("s") "," SYSTEM("s") "," USER("u") "," CHATBOT("c")),
     "extra speaker in example: System (line : 3)", ""},
    {TALK(SYSTEM("s") "," USER("u")), "missing Chatbot in example", ""},
    {TALK(CHATBOT("c")), "missing User in example", ""},
    {TALK(""), "missing Chatbot in example", ""},
};

static void check_rows(size_t i, enum dataset_split split)
{
    AUTO(buf_done) struct buf file = {0}, stored = {0}, error = {0};
    AUTO(upload_done) struct upload upload = {.type = TYPE, .eval_first = split == SPLIT_EVAL};
    const char *good = GOOD("1") GOOD("2");

    buf_add_format(&file, "%s%s", good, rows[i].line);
    upload.files[split] = buf_text(&file);
    upload.files[!split] = text_of(good);
    upload_check(&upload);
    ck_assert_int_eq(upload.result, CHECK_OK);
    if (rows[i].error)
        buf_add_format(&error, "%s%s", split == SPLIT_EVAL ? EVAL : "", rows[i].error);
    ck_assert_pstr_eq(upload.verdict.error.data, error.data);
    upload_print_stored(&upload, split, &stored);
    ck_assert(text_has_prefix(buf_text(&stored), text_of(good)));
    ck_assert_str_eq(stored.data + strlen(good), rows[i].stored);
}

START_TEST(a_conversation_is_kept_or_refused_with_its_sentence)
{
    check_rows((size_t)_i, SPLIT_TRAIN);
    check_rows((size_t)_i, SPLIT_EVAL);
}
END_TEST

/* Verdicts on whole files. */
static const struct {
    const char *train, *eval, *error, *warnings;
} verdicts[] = {
    {GOOD("1") GOOD("2"), NULL, NULL, "[\"" AUTO_SPLIT "\"]"},
    {GOOD("1") GOOD("2"), "", NULL, "[\"" AUTO_SPLIT "\"]"},
    {GOOD("1") GOOD("2"), "\n \n", NULL, "[\"" AUTO_SPLIT "\"]"},
    {GOOD("1"), GOOD("1"), NULL, "[]"},
    {GOOD("1"), NULL, COUNTS("1", "train", "1", "0", "0", "0", "2") ALONE, "[]"},
    {GOOD("1"), "\n", COUNTS("1", "train", "1", "0", "0", "0", "2") ALONE, "[]"},
    {GOOD("1") GOOD("1") GOOD("1"), NULL, COUNTS("1", "train", "3", "0", "2", "0", "2") ALONE,
     "[]"},
    {"1\n" GOOD("1"), NULL, "invalid json in line 1: it is not an object",
     "[\"" COUNTS("1", "train", "2", "1", "0", "0", "2") ALONE "\"]"},
    {"\n", GOOD("1"), COUNTS("0", "train", "0", "0", "0", "0", "1"), "[]"},
    {TALK(CHATBOT("c")) "{}\n", GOOD("1"), "missing User in example",
     "[\"The required field messages was not fund in the dataset (line: 2)\",\"" COUNTS(
         "0", "train", "2", "1", "0", "0", "1") "\"]"},
    {GOOD("1"), "{}\n", EVAL "The required field messages was not fund in the dataset (line: 1)",
     "[\"" COUNTS("1", "train", "1", "0", "0", "0", "2") ALONE "\"]"},
};

static void judge(size_t i, struct upload *upload)
{
    upload->type = TYPE;
    upload->files[SPLIT_TRAIN] = text_of(verdicts[i].train);
    if (verdicts[i].eval)
        upload->files[SPLIT_EVAL] = text_of(verdicts[i].eval);
    upload_check(upload);
    ck_assert_int_eq(upload->result, CHECK_OK);
    ck_assert_pstr_eq(upload->verdict.error.data, verdicts[i].error);
    ck_assert_str_eq(upload->verdict.warnings.data, verdicts[i].warnings);
}

START_TEST(files_in_either_order_and_in_pieces_have_their_verdict)
{
    for (size_t len = 0; len < 40; len = len * 2 + 1) {
        AUTO(upload_done) struct upload first = {.piece_len = len};
        AUTO(upload_done) struct upload last = {.piece_len = len, .eval_first = true};
        AUTO(upload_done) struct upload equal = {.piece_len = len, .collide = true};

        judge((size_t)_i, &first);
        judge((size_t)_i, &last);
        judge((size_t)_i, &equal);
    }
}
END_TEST

/* Add a message of so many tokens. */
static void add_message(struct buf *out, const char *role, unsigned tokens)
{
    buf_add_format(out, "{\"role\":\"%s\",\"content\":\"", role);
    for (unsigned i = 0; i < tokens; i++)
        buf_add_string(out, "w ");
    buf_add_string(out, "\"},");
}

static void end_row(struct buf *out)
{
    out->len--;
    buf_add_string(out, "]}\n");
}

START_TEST(turns_over_the_limit_are_dropped_and_named)
{
    AUTO(buf_done) struct buf train = {0}, eval = {0}, stored = {0};
    AUTO(upload_done) struct upload upload = {.type = TYPE};

    buf_add_string(&train, "\n" GOOD("1"));
    /* One turn at the limit, one over it, and one that was broken off. */
    buf_add_string(&train, "{\"messages\":[" SYSTEM("s") "," USER("u") "," CHATBOT("c") ",");
    add_message(&train, "User", 16384);
    add_message(&train, "Chatbot", 1);
    add_message(&train, "User", 16385);
    end_row(&train);
    /* Nothing but a turn that is too long. */
    buf_add_string(&train, "{\"messages\":[");
    add_message(&train, "User", 8193);
    add_message(&train, "Chatbot", 8192);
    end_row(&train);
    buf_add_string(&eval, "{\"messages\":[");
    add_message(&eval, "User", 8192);
    add_message(&eval, "Chatbot", 8192);
    add_message(&eval, "Chatbot", 16385);
    end_row(&eval);
    upload.files[SPLIT_TRAIN] = buf_text(&train);
    upload.files[SPLIT_EVAL] = buf_text(&eval);
    upload_check(&upload);
    ck_assert_ptr_null(upload.verdict.error.data);
    ck_assert_str_eq(
        upload.verdict.warnings.data,
        "[\"train dataset has conversations with too many tokens. conversation number: "
        "number of turns with too many tokens is as follows, 1:2, 2:1\","
        "\"eval dataset has conversations with too many tokens. conversation number: "
        "number of turns with too many tokens is as follows, 0:1\"]");
    upload_print_stored(&upload, SPLIT_TRAIN, &stored);
    ck_assert_str_eq(stored.data, GOOD("1") TALK(SYSTEM("s") "," USER("u") "," CHATBOT("c")));
}
END_TEST

START_TEST(conversations_of_which_nothing_is_left_are_counted)
{
    AUTO(buf_done) struct buf train = {0};
    AUTO(upload_done) struct upload upload = {.type = TYPE};

    buf_add_string(&train, GOOD("1") "{\"messages\":[");
    add_message(&train, "User", 1);
    add_message(&train, "Chatbot", 16384);
    end_row(&train);
    upload.files[SPLIT_TRAIN] = buf_text(&train);
    upload_check(&upload);
    ck_assert_str_eq(upload.verdict.error.data,
                     COUNTS("1", "train", "2", "0", "0", "1", "2") ALONE);
}
END_TEST

START_TEST(only_a_hundred_conversations_with_long_turns_are_named)
{
    AUTO(buf_done) struct buf train = {0}, row = {0};
    AUTO(upload_done) struct upload upload = {.type = TYPE};

    add_message(&row, "User", 1);
    add_message(&row, "Chatbot", 16384);
    for (unsigned i = 0; i < 102; i++)
        buf_add_format(&train, "{\"messages\":[%s%s,%s]}\n", row.data, USER("u"), CHATBOT("c"));
    buf_add_string(&train, GOOD("1"));
    upload.files[SPLIT_TRAIN] = buf_text(&train);
    upload_check(&upload);
    ck_assert_ptr_null(upload.verdict.error.data);
    ck_assert_ptr_nonnull(strstr(upload.verdict.warnings.data, ", 98:1, 99:1 and 2 more\""));
}
END_TEST

static void check_preamble(unsigned tokens, enum dataset_split split, const char *error)
{
    AUTO(buf_done) struct buf file = {0}, want = {0};
    AUTO(upload_done) struct upload upload = {.type = TYPE};

    buf_add_string(&file, GOOD("1") "{\"messages\":[");
    add_message(&file, "System", tokens);
    buf_add_string(&file, USER("u") "," CHATBOT("c") ",");
    end_row(&file);
    upload.files[SPLIT_TRAIN] = text_of(GOOD("1") GOOD("2"));
    upload.files[split] = buf_text(&file);
    upload_check(&upload);
    if (error) {
        buf_add_string(&want, error);
        for (unsigned i = 0; i < tokens; i++)
            buf_add_string(&want, "w ");
    }
    ck_assert_pstr_eq(upload.verdict.error.data, want.data);
}

START_TEST(a_preamble_over_the_limit_is_quoted)
{
    check_preamble(2048, SPLIT_TRAIN, NULL);
    check_preamble(2048, SPLIT_EVAL, NULL);
    check_preamble(2049, SPLIT_TRAIN, "train preambles are too long:..");
    check_preamble(2049, SPLIT_EVAL, "invalid eval file: preambles are too long:..");
}
END_TEST

START_TEST(metrics_count_turns_and_show_the_first_preamble_of_the_train_file)
{
    AUTO(upload_done)
    struct upload upload = {
        .type = TYPE,
        .eval_first = true,
        .files = {TEXT(GOOD("1") GOOD("1") TALK(SYSTEM("Be \\\"kind\\\".") "," USER(
                      "u") "," CHATBOT("c") "," USER("v w") "," CHATBOT("d") "," USER("bye"))
                           TALK(SYSTEM("x") "," USER("u") "," CHATBOT("c"))),
                  TEXT(TALK(SYSTEM("y") "," USER("u") "," CHATBOT("c")))},
    };
    char want[1000];

    upload_check(&upload);
    (void)snprintf(want, sizeof(want),
                   "{\"finetune_dataset_metrics\":{\"trainable_token_count\":16,"
                   "\"total_examples\":4,\"train_examples\":3,\"train_size_bytes\":%zu,"
                   "\"eval_examples\":1,\"eval_size_bytes\":%zu,\"chat_data_metrics\":{"
                   "\"num_train_turns\":4,\"num_eval_turns\":1,"
                   "\"preamble\":\"Be \\\"kind\\\".\"}}}",
                   upload.stored[SPLIT_TRAIN].bytes.len, upload.stored[SPLIT_EVAL].bytes.len);
    ck_assert_str_eq(upload.verdict.metrics.data, want);
    ck_assert_int_eq(upload.verdict.parts[SPLIT_TRAIN].row_count, 3);
}
END_TEST

START_TEST(of_two_conversations_one_evaluates)
{
    AUTO(upload_done)
    struct upload upload = {.type = TYPE, .files = {TEXT(GOOD("1") GOOD("2"))}};

    upload_check(&upload);
    ck_assert_ptr_nonnull(strstr(upload.verdict.metrics.data, "\"total_examples\":2"));
    ck_assert_ptr_nonnull(strstr(upload.verdict.metrics.data,
                                 "\"chat_data_metrics\":{\"num_train_turns\":1,"
                                 "\"num_eval_turns\":1}"));
}
END_TEST

Suite *chat_rules_suite(void)
{
    Suite *suite = suite_create("chat_rules");
    TCase *tcase = tcase_create("rows");

    tcase_add_loop_test(tcase, a_conversation_is_kept_or_refused_with_its_sentence, 0,
                        ARRAY_LEN(rows));
    tcase_add_test(tcase, turns_over_the_limit_are_dropped_and_named);
    tcase_add_test(tcase, conversations_of_which_nothing_is_left_are_counted);
    tcase_add_test(tcase, only_a_hundred_conversations_with_long_turns_are_named);
    tcase_add_test(tcase, a_preamble_over_the_limit_is_quoted);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("files");
    tcase_add_loop_test(tcase, files_in_either_order_and_in_pieces_have_their_verdict, 0,
                        ARRAY_LEN(verdicts));
    tcase_add_test(tcase, metrics_count_turns_and_show_the_first_preamble_of_the_train_file);
    tcase_add_test(tcase, of_two_conversations_one_evaluates);
    suite_add_tcase(suite, tcase);
    return suite;
}
