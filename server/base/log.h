/*
 * One line on standard error for each thing that an operator should know.
 *
 * Whoever handles a failure logs it, once. Secrets never come here: callers pass no key, token or
 * body. Safe from any thread.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/attr.h"

enum log_level { LOG_QUIET, LOG_ERROR, LOG_INFO, LOG_DEBUG };

/* Set once at start, before there are threads. The default is LOG_INFO. */
void log_set_level(enum log_level level);

void log_error(const char *format, ...) PRINTF_LIKE(1, 2);
void log_info(const char *format, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
