#include <check.h>
#include <string.h>

#include "core/lifecycle_json.h"

Suite *lifecycle_json_suite(void);

/* JSON in which a backtick stands for a quote. */
static struct buf json_of(const char *text)
{
    struct buf json = {0};

    buf_add_string(&json, text);
    ck_assert(!json.failed);
    for (size_t i = 0; i < json.len; i++)
        if (json.data[i] == '`')
            json.data[i] = '"';
    return json;
}

/* What is shown of the preset `fast` after `change`. */
static struct buf shown_after(const char *change)
{
    AUTO(buf_done) struct buf json = json_of(change), problem = {0};
    struct lifecycle lifecycle = *lifecycle_preset("fast");
    struct buf shown = {0};
    struct json_writer w = {.out = &shown};

    ck_assert_msg(lifecycle_read(buf_text(&json), &lifecycle, &problem), "%s", problem.data);
    lifecycle_write(&lifecycle, &w);
    ck_assert(!shown.failed);
    return shown;
}

#define FAST_DATASET                                                                               \
    "`dataset`:{`queued`:`50ms`,`processing`:`150ms`,`polls`:null,`hold`:null,`failure`:null}"
#define FAST_MODEL                                                                                 \
    "`finetuned_model`:{`queued`:`50ms`,`training`:`300ms`,`deploying`:`50ms`,`polls`:null,"       \
    "`hold`:null,`failure`:null}"
#define MODEL "`finetuned_model`:{`queued`:`50ms`,`training`:`300ms`,`deploying`:`50ms`,"

/* clang-format off */
static const struct {
    const char *change, *shown;
} changes[] = {
    {"{}", "{`preset`:`fast`," FAST_DATASET "," FAST_MODEL "}"},
    {"{`preset`:`fast`}", "{`preset`:`fast`," FAST_DATASET "," FAST_MODEL "}"},
    {"{`preset`:`custom`}", "{`preset`:`fast`," FAST_DATASET "," FAST_MODEL "}"},
    {"{`preset`:`instant`}",
     "{`preset`:`instant`,"
     "`dataset`:{`queued`:`0s`,`processing`:`0s`,`polls`:null,`hold`:null,`failure`:null},"
     "`finetuned_model`:{`queued`:`0s`,`training`:`0s`,`deploying`:`0s`,`polls`:null,`hold`:null,`failure`:null}}"},
    {"{`dataset`:{`processing`:`2s`},`preset`:`documented`}",
     "{`preset`:`custom`,"
     "`dataset`:{`queued`:`1s`,`processing`:`2s`,`polls`:null,`hold`:null,`failure`:null},"
     "`finetuned_model`:{`queued`:`3s`,`training`:`19m`,`deploying`:`2s`,`polls`:null,`hold`:null,`failure`:null}}"},
    {"{`finetuned_model`:{`polls`:3}}",
     "{`preset`:`custom`," FAST_DATASET "," MODEL "`polls`:3,`hold`:null,`failure`:null}}"},
    {"{`finetuned_model`:{`hold`:`STATUS_FINETUNING`}}",
     "{`preset`:`custom`," FAST_DATASET "," MODEL "`polls`:null,`hold`:`STATUS_FINETUNING`,`failure`:null}}"},
    {"{`finetuned_model`:{`hold`:null,`polls`:null,`failure`:null}}",
     "{`preset`:`fast`," FAST_DATASET "," FAST_MODEL "}"},
    {"{`finetuned_model`:{`failure`:{}}}",
     "{`preset`:`custom`," FAST_DATASET "," MODEL
     "`polls`:null,`hold`:null,`failure`:{`at`:`STATUS_FINETUNING`,`message`:``}}}"},
    {"{`dataset`:{`failure`:{`message`:`it\\u0073 \\n`,`at`:`queued`}}}",
     "{`preset`:`custom`,"
     "`dataset`:{`queued`:`50ms`,`processing`:`150ms`,`polls`:null,`hold`:null,"
     "`failure`:{`at`:`queued`,`message`:`its \\n`}}," FAST_MODEL "}"},
    {"{`dataset`:{`failure`:{`message`:`x`},`queued`:`1s`}}",
     "{`preset`:`custom`,"
     "`dataset`:{`queued`:`1s`,`processing`:`150ms`,`polls`:null,`hold`:null,"
     "`failure`:{`at`:`processing`,`message`:`x`}}," FAST_MODEL "}"},
};
/* clang-format on */

START_TEST(a_change_keeps_what_it_does_not_name)
{
    AUTO(buf_done) struct buf shown = shown_after(changes[_i].change);
    AUTO(buf_done) struct buf wanted = json_of(changes[_i].shown);

    ck_assert_str_eq(shown.data, wanted.data);
}
END_TEST

START_TEST(what_is_shown_can_be_sent_back)
{
    AUTO(buf_done) struct buf shown = shown_after(changes[_i].change);
    AUTO(buf_done) struct buf again = shown_after(shown.data);

    ck_assert_str_eq(again.data, shown.data);
}
END_TEST

#define LONG_100                                                                                   \
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"  \
    "123456789"
#define DURATION " must be a duration such as 250ms, 10s or 1h30m"
#define POLLS " must be a whole number from 1 to 1000000, or null to go by the clock"

/* clang-format off */
static const struct {
    const char *change, *problem;
} refusals[] = {
    {"", "the body is not JSON: unexpected end of JSON input"},
    {"{`dataset`:{}", "the body is not JSON: unexpected end of JSON input"},
    {"{`dataset`:{`queued`:`1s`}} x", "the body is not JSON: invalid character 'x' after top-level value"},
    {"[]", "the body must be a JSON object"},
    {"5", "the body must be a JSON object"},
    {"{`preset`:`quick`}", "preset must be one of fast, instant and documented"},
    {"{`preset`:null}", "preset must be one of fast, instant and documented"},
    {"{`datasets`:{}}", "a lifecycle has no member datasets; GET lifecycle shows all"},
    {"{`dataset`:{`training`:`1s`}}", "a lifecycle has no member dataset.training; GET lifecycle shows all"},
    {"{`dataset`:{`queued`:`1s`},`hold`:1}", "a lifecycle has no member hold; GET lifecycle shows all"},
    {"{`dataset`:null}", "dataset must be an object"},
    {"{`dataset`:[]}", "dataset must be an object"},
    {"{`dataset`:{`queued`:5}}", "dataset.queued" DURATION},
    {"{`dataset`:{`queued`:`5`}}", "dataset.queued" DURATION},
    {"{`dataset`:{`queued`:null}}", "dataset.queued" DURATION},
    {"{`dataset`:{`queued`:{`a`:1}}}", "dataset.queued" DURATION},
    {"{`finetuned_model`:{`training`:`-1s`}}", "finetuned_model.training" DURATION},
    {"{`dataset`:{`polls`:0}}", "dataset.polls" POLLS},
    {"{`dataset`:{`polls`:1.5}}", "dataset.polls" POLLS},
    {"{`dataset`:{`polls`:1000001}}", "dataset.polls" POLLS},
    {"{`dataset`:{`polls`:`2`}}", "dataset.polls" POLLS},
    {"{`dataset`:{`hold`:`validated`}}", "dataset.hold must be one of queued and processing, or null"},
    {"{`finetuned_model`:{`hold`:`STATUS_READY`}}",
     "finetuned_model.hold must be one of STATUS_QUEUED, STATUS_FINETUNING and STATUS_DEPLOYING_API, or null"},
    {"{`dataset`:{`failure`:`x`}}", "dataset.failure must be an object such as {\"message\":\"...\"}, or null"},
    {"{`dataset`:{`failure`:{`at`:null}}}", "dataset.failure.at must be one of queued and processing"},
    {"{`dataset`:{`failure`:{`why`:`x`}}}", "a lifecycle has no member dataset.failure.why; GET lifecycle shows all"},
    {"{`dataset`:{`failure`:{`message`:5}}}", "dataset.failure.message must be a string of at most 255 bytes"},
    {"{`dataset`:{`failure`:{`message`:`a\\u0000b`}}}", "dataset.failure.message must be a string of at most 255 bytes"},
    {"{`dataset`:{`failure`:{`message`:`" LONG_100 LONG_100 LONG_100 "`}}}",
     "dataset.failure.message must be a string of at most 255 bytes"},
};
/* clang-format on */

START_TEST(what_is_wrong_is_named_and_changes_nothing)
{
    AUTO(buf_done) struct buf json = json_of(refusals[_i].change), problem = {0};
    struct lifecycle lifecycle = *lifecycle_preset("fast");
    const struct lifecycle before = lifecycle;

    ck_assert(!lifecycle_read(buf_text(&json), &lifecycle, &problem));
    ck_assert_str_eq(problem.data, refusals[_i].problem);
    ck_assert_mem_eq(&lifecycle, &before, sizeof(before));
}
END_TEST

Suite *lifecycle_json_suite(void)
{
    Suite *suite = suite_create("lifecycle_json");
    TCase *tcase = tcase_create("lifecycles");

    tcase_add_loop_test(tcase, a_change_keeps_what_it_does_not_name, 0, ARRAY_LEN(changes));
    tcase_add_loop_test(tcase, what_is_shown_can_be_sent_back, 0, ARRAY_LEN(changes));
    tcase_add_loop_test(tcase, what_is_wrong_is_named_and_changes_nothing, 0, ARRAY_LEN(refusals));
    suite_add_tcase(suite, tcase);
    return suite;
}
