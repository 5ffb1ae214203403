#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app/serve.h"

/* clang-format off */
static const struct verb {
    const char *name;
    enum exit_code (*run)(const struct options *options);
    const char *help;
} verbs[] = {
    {"serve", serve, "run the fake (the default)"},
    {"ping",  ping,  "ask whether a fake is there"},
    {"rules", rules, "show the tables that the fake is made from, as JSON"},
};
/* clang-format on */

static void print_help(void)
{
    (void)printf("mockhere: a local stand-in for Cohere's datasets, fine-tuning and rerank API\n\n"
                 "Usage: mockhere [VERB] [OPTIONS]\n\nVerbs:\n");
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        (void)printf("  %-26s %s\n", verbs[i].name, verbs[i].help);
    (void)printf("\nOptions (default) [environment]:\n");
    options_help(stdout);
}

/* The verb of the first argument, which then is gone; without one, the default. */
static const struct verb *take_verb(int *argc, char ***argv)
{
    if (*argc == 0 || (*argv)[0][0] == '-')
        return &verbs[0];
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].name, (*argv)[0]) == 0) {
            --*argc;
            ++*argv;
            return &verbs[i];
        }
    }
    return NULL;
}

/* Blocked before there is a second thread: what ends us is waited for, in one place. */
static void block_signals(void)
{
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGPIPE);
    (void)sigprocmask(SIG_BLOCK, &blocked, NULL);
}

int main(int argc, char *argv[])
{
    struct options options;
    const struct verb *verb;
    char error[256];

    argc--;
    argv++;
    verb = take_verb(&argc, &argv);
    if (!verb) {
        (void)fprintf(stderr, "mockhere: there is no verb '%s'; see mockhere --help\n", argv[0]);
        return EXIT_USAGE;
    }
    options_init(&options);
    if (!options_read(&options, argc, argv, error, sizeof(error))) {
        (void)fprintf(stderr, "mockhere: %s\n", error);
        return EXIT_USAGE;
    }
    if (options.help) {
        print_help();
        return EXIT_FINE;
    }
    if (options.version) {
        (void)printf("mockhere " MOCKHERE_VERSION "\n");
        return EXIT_FINE;
    }
    block_signals();
    return (int)verb->run(&options);
}
