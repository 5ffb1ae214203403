/*
 * The verbs.
 */
#ifndef APP_SERVE_H
#define APP_SERVE_H

#include "app/options.h"

enum exit_code { EXIT_FINE = 0, EXIT_NO = 1, EXIT_USAGE = 2, EXIT_MACHINE = 3 };

/* Run the fake until it is told to stop. The signals that stop it must be blocked already. */
enum exit_code serve(const struct options *options);

/* Ask the fake at --host and --port whether it is well. */
enum exit_code ping(const struct options *options);

/* Print what rules_write() writes. */
enum exit_code rules(const struct options *options);

#endif
