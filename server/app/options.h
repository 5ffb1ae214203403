/*
 * The options of `mockhere`: one table, from which the command line, the environment and --help are
 * read.
 */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/json_write.h"

enum { OPTION_VALUES_MAX = 16, UNUSED_MAX = 32 };

struct options {
    const char *host;
    int64_t port;
    const char *data;
    int64_t seed;
    const char *clock; /* "real", "scaled:N", or a time to freeze it at */
    const char *lifecycle;
    const char *limits; /* JSON, or the name of a file; or NULL */
    bool anonymous;
    const char *public_url;
    const char *allowed_hosts[OPTION_VALUES_MAX + 1];  /* ended by NULL */
    const char *allow_outbound[OPTION_VALUES_MAX + 1]; /* URLs, ended by NULL */
    bool admin_open;
    const char *admin_token;
    const char *ready_file;
    bool exit_with_stdin;
    int64_t workers;
    int64_t workers_max;
    int64_t parked_max;
    int64_t json_size_max;
    int64_t worlds_max;
    int64_t worlds_idle_s;
    int64_t progress_timeout_ms;
    int64_t stubs_max;
    int64_t journal_entries_max;
    bool no_request_journal;
    const char *root_dir;
    bool watch;
    bool global_templating;
    bool verbose;
    const char *exit_report; /* a file, "-" for standard output, or NULL */
    bool quiet;
    bool help;
    bool version;
    const char *unused[UNUSED_MAX]; /* options that mean something to WireMock only, as given */
    size_t unused_count;
};

/* Fill with the defaults. */
void options_init(struct options *options);

/*
 * Read the environment (MOCKHERE_...), then the arguments, which win: `--name value`,
 * `--name=value`, or `--name` alone for a switch. Strings are borrowed. Returns false with a
 * sentence in `error` (of `error_size` bytes) that names the option.
 *
 * What wrappers of WireMock say is understood: its names of our options, and its options that mean
 * nothing here, which are kept in `unused` to be logged.
 */
bool options_read(struct options *options, int argc, char *const argv[], char *error,
                  size_t error_size);

/* Write the table as a JSON array. */
void options_write(struct json_writer *w);

/* Write the table as --help shows it. */
void options_help(FILE *out);

#endif
