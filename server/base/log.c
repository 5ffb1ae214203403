#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"

static enum log_level level_max = LOG_INFO;

void log_set_level(enum log_level level)
{
    level_max = level;
}

/* One write() for a line, so that lines of several threads do not mix. */
PRINTF_LIKE(2, 0)
static void write_line(enum log_level level, const char *format, va_list args)
{
    AUTO(buf_done) struct buf line = {0};

    if (level > level_max)
        return;
    buf_add_string(&line, level == LOG_ERROR ? "mockhere: error: " : "mockhere: ");
    buf_add_vformat(&line, format, args);
    buf_add_char(&line, '\n');
    if (line.failed)
        return;
    if (write(STDERR_FILENO, line.data, line.len) < 0)
        return; /* nowhere left to complain to */
}

void log_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_line(LOG_ERROR, format, args);
    va_end(args);
}

void log_info(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_line(LOG_INFO, format, args);
    va_end(args);
}

void log_debug(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_line(LOG_DEBUG, format, args);
    va_end(args);
}
