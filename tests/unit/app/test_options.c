#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "app/options.h"
#include "base/attr.h"

Suite *options_suite(void);

enum { ARGS_MAX = 20 };

static struct options options;
static char error[256];

static void set_up(void)
{
    error[0] = '\0';
    options_init(&options);
}

/* Read arguments that are separated by blanks. */
static bool read_args(const char *line)
{
    static char copy[512];
    char *argv[ARGS_MAX];
    int argc = 0;
    char *rest = copy;

    ck_assert_uint_lt(strlen(line), sizeof(copy));
    memcpy(copy, line, strlen(line) + 1);
    while (rest && *rest) {
        char *gap = strchr(rest, ' ');

        ck_assert_int_lt(argc, ARGS_MAX);
        argv[argc++] = rest;
        if (gap)
            *gap++ = '\0';
        rest = gap;
    }
    return options_read(&options, argc, argv, error, sizeof(error));
}

START_TEST(without_arguments_there_are_defaults)
{
    ck_assert(read_args(""));
    ck_assert_str_eq(options.host, "127.0.0.1");
    ck_assert_int_eq(options.port, 8080);
    ck_assert_int_eq(options.seed, 1);
    ck_assert_ptr_null(options.data);
    ck_assert_str_eq(options.clock, "real");
    ck_assert_str_eq(options.lifecycle, "fast");
    ck_assert_ptr_null(options.public_url);
    ck_assert_ptr_null(options.allowed_hosts[0]);
    ck_assert(!options.anonymous);
    ck_assert(!options.help);
    ck_assert_int_eq(options.json_size_max, 33554432);
    ck_assert_int_eq(options.worlds_max, 1000);
    ck_assert_int_eq(options.progress_timeout_ms, 30000);
}
END_TEST

START_TEST(arguments_are_read_in_every_form)
{
    ck_assert(read_args("--port 0 --host=0.0.0.0 --anonymous --quiet=false --admin-open=1 "
                        "--data= --clock 2025-06-01T12:00:00Z --allowed-host a --allowed-host=b "
                        "--allow-outbound=http://a --allow-outbound http://b"));
    ck_assert_int_eq(options.port, 0);
    ck_assert_str_eq(options.host, "0.0.0.0");
    ck_assert(options.anonymous);
    ck_assert(!options.quiet);
    ck_assert(options.admin_open);
    ck_assert_str_eq(options.data, "");
    ck_assert_str_eq(options.clock, "2025-06-01T12:00:00Z");
    ck_assert_str_eq(options.allowed_hosts[0], "a");
    ck_assert_str_eq(options.allowed_hosts[1], "b");
    ck_assert_ptr_null(options.allowed_hosts[2]);
    ck_assert_str_eq(options.allow_outbound[0], "http://a");
    ck_assert_str_eq(options.allow_outbound[1], "http://b");
    ck_assert_ptr_null(options.allow_outbound[2]);
}
END_TEST

START_TEST(a_switch_takes_no_value_from_the_next_argument)
{
    ck_assert(!read_args("--anonymous true"));
    ck_assert_str_eq(error, "'true' is not an option; see mockhere --help");
}
END_TEST

START_TEST(what_wrappers_say_to_wiremock_is_understood)
{
    ck_assert(read_args("-jar wiremock.jar --port 9 --bind-address 0.0.0.0 --root-dir /x --verbose "
                        "--container-threads 20 --async-response-enabled=true --disable-banner "
                        "--global-response-templating --local-response-templating "
                        "--no-request-journal --max-request-journal-entries 7"));
    ck_assert_int_eq(options.port, 9);
    ck_assert_str_eq(options.host, "0.0.0.0");
    ck_assert_str_eq(options.root_dir, "/x");
    ck_assert(options.verbose && options.global_templating && options.no_request_journal);
    ck_assert_int_eq(options.journal_entries_max, 7);
    ck_assert_uint_eq(options.unused_count, 4);
    ck_assert_str_eq(options.unused[0], "container-threads");
    ck_assert_str_eq(options.unused[3], "local-response-templating");
}
END_TEST

START_TEST(of_an_option_given_twice_the_last_counts)
{
    ck_assert(read_args("--port 1 --port 2 --quiet --quiet=0"));
    ck_assert_int_eq(options.port, 2);
    ck_assert(!options.quiet);
}
END_TEST

START_TEST(the_environment_is_read_and_arguments_win)
{
    setenv("MOCKHERE_PORT", "9000", 1);
    setenv("MOCKHERE_SEED", "7", 1);
    setenv("MOCKHERE_ANONYMOUS", "true", 1);
    setenv("MOCKHERE_QUIET", "", 1);
    setenv("MOCKHERE_ALLOWED_HOST", "fake", 1);
    setenv("MOCKHERE_HELP", "true", 1);
    ck_assert(read_args("--seed 8"));
    ck_assert_int_eq(options.port, 9000);
    ck_assert_int_eq(options.seed, 8);
    ck_assert(options.anonymous);
    ck_assert(!options.quiet);
    ck_assert_str_eq(options.allowed_hosts[0], "fake");
    ck_assert(!options.help);
}
END_TEST

START_TEST(a_bad_environment_is_told_by_the_name_of_the_option)
{
    setenv("MOCKHERE_PORT", "http", 1);
    ck_assert(!read_args("--port 1"));
    ck_assert_str_eq(error, "--port must be a number from 0 to 65535, not 'http'");
}
END_TEST

/* clang-format off */
static const struct {
    const char *line, *error;
} errors[] = {
    {"--nothing", "there is no option --nothing; see mockhere --help"},
    {"--nothing=5", "there is no option --nothing; see mockhere --help"},
    {"--", "there is no option --; see mockhere --help"},
    {"-p 5", "'-p' is not an option; see mockhere --help"},
    {"--https-port 8443", "--https-port cannot be served: mockhere speaks plain HTTP only; put a proxy in front for "
     "TLS and say --public-url"},
    {"serve", "'serve' is not an option; see mockhere --help"},
    {"--port", "--port needs a value: N"},
    {"--data", "--data needs a value: DIR"},
    {"--port=", "--port must be a number from 0 to 65535, not ''"},
    {"--port 65536", "--port must be a number from 0 to 65535, not '65536'"},
    {"--port -1", "--port must be a number from 0 to 65535, not '-1'"},
    {"--port 80x", "--port must be a number from 0 to 65535, not '80x'"},
    {"--workers 0", "--workers must be a number from 1 to 4096, not '0'"},
    {"--quiet=yes", "--quiet is a switch: true or false, not 'yes'"},
    {"--allowed-host=1 --allowed-host=2 --allowed-host=3 --allowed-host=4 --allowed-host=5 --allowed-host=6 "
     "--allowed-host=7 --allowed-host=8 --allowed-host=9 --allowed-host=10 --allowed-host=11 --allowed-host=12 "
     "--allowed-host=13 --allowed-host=14 --allowed-host=15 --allowed-host=16 --allowed-host=17",
     "--allowed-host may be given at most 16 times"},
};
/* clang-format on */

START_TEST(what_is_wrong_is_said_with_the_name_of_the_option)
{
    ck_assert(!read_args(errors[_i].line));
    ck_assert_str_eq(error, errors[_i].error);
}
END_TEST

static char *help_text(void)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    ck_assert_ptr_nonnull(out);
    options_help(out);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

/* All of them: whoever adds one adds it here. */
static const char *const all[] = {
    "host",
    "port",
    "data",
    "seed",
    "clock",
    "lifecycle",
    "limits",
    "worlds-idle-s",
    "anonymous",
    "public-url",
    "allowed-host",
    "admin-open",
    "admin-token",
    "ready-file",
    "exit-with-stdin",
    "exit-report",
    "workers",
    "workers-max",
    "parked-max",
    "json-size-max",
    "worlds-max",
    "progress-timeout-ms",
    "stubs-max",
    "max-request-journal-entries",
    "no-request-journal",
    "root-dir",
    "watch",
    "global-response-templating",
    "verbose",
    "allow-outbound",
    "quiet",
    "help",
    "version",
};

START_TEST(help_lists_every_option_on_a_line_of_its_own)
{
    char *text = help_text();
    size_t lines = 0;

    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        char head[64];
        const char *at;

        (void)snprintf(head, sizeof(head), "  --%s ", all[i]);
        at = strstr(text, head);
        ck_assert_msg(at && (at == text || at[-1] == '\n'), "--%s is not there", all[i]);
    }
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    ck_assert_uint_eq(lines, ARRAY_LEN(all));
    free(text);
}
END_TEST

START_TEST(help_shows_defaults_and_variables)
{
    char *text = help_text();

    ck_assert_ptr_nonnull(
        strstr(text, "listen on this port; 0 takes a free one (8080) [MOCKHERE_PORT]\n"));
    ck_assert_ptr_nonnull(strstr(text, "--anonymous "));
    ck_assert_ptr_nonnull(strstr(text, "show this\n"));
    free(text);
}
END_TEST

START_TEST(the_defaults_that_help_shows_are_within_their_limits)
{
    struct options defaults;

    options_init(&defaults);
    ck_assert_int_gt(defaults.workers, 0);
    ck_assert_int_gt(defaults.worlds_max, 0);
    ck_assert_int_gt(defaults.json_size_max, 0);
    ck_assert_int_gt(defaults.progress_timeout_ms, 0);
}
END_TEST

Suite *options_suite(void)
{
    Suite *suite = suite_create("options");
    TCase *tcase = tcase_create("options");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, without_arguments_there_are_defaults);
    tcase_add_test(tcase, arguments_are_read_in_every_form);
    tcase_add_test(tcase, a_switch_takes_no_value_from_the_next_argument);
    tcase_add_test(tcase, what_wrappers_say_to_wiremock_is_understood);
    tcase_add_test(tcase, of_an_option_given_twice_the_last_counts);
    tcase_add_test(tcase, the_environment_is_read_and_arguments_win);
    tcase_add_test(tcase, a_bad_environment_is_told_by_the_name_of_the_option);
    tcase_add_loop_test(tcase, what_is_wrong_is_said_with_the_name_of_the_option, 0,
                        ARRAY_LEN(errors));
    tcase_add_test(tcase, help_lists_every_option_on_a_line_of_its_own);
    tcase_add_test(tcase, help_shows_defaults_and_variables);
    tcase_add_test(tcase, the_defaults_that_help_shows_are_within_their_limits);
    suite_add_tcase(suite, tcase);
    return suite;
}
