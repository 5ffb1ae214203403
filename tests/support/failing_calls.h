/*
 * Lets calls of the system fail, to sweep through all of them. The functions of the C library that
 * reach files are defined here, so that a program which links this has these in their place, and so
 * have the shared libraries that it uses, SQLite above all. Only the thread that asks is affected.
 *
 *     failing_calls_begin(NULL);                     count only
 *     ... failing_calls_seen(CALL_WRITE) ...
 *     failing_calls_begin(&(struct call_failure){CALL_WRITE, 3, ENOSPC, true});
 *     ...
 *     if (failing_calls_end()) ...                   a call has failed
 */
#ifndef SUPPORT_FAILING_CALLS_H
#define SUPPORT_FAILING_CALLS_H

#include <stdbool.h>
#include <stddef.h>

enum call_kind {
    CALL_OPEN,
    CALL_READ,
    CALL_WRITE,
    CALL_SYNC,
    CALL_RENAME,
    CALL_UNLINK,
    CALL_STAT,
    CALL_RESIZE, /* and making room */
    CALL_MKDIR,
    CALL_KIND_COUNT
};

struct call_failure {
    enum call_kind kind;
    size_t after;  /* so many calls of that kind go through before */
    int error;     /* an errno; 0: a read or write does but a half */
    bool persists; /* all later ones of that kind fail, too */
};

/* Count calls from now on, and let some of them fail unless `failure` is NULL. */
void failing_calls_begin(const struct call_failure *failure);

/* Let all go through again; tell whether one has failed. */
bool failing_calls_end(void);

/* How many calls of a kind there were since failing_calls_begin(). */
size_t failing_calls_seen(enum call_kind kind);

/* The errors that a kind of call is to fail with, ended by -1. */
const int *failing_calls_errors(enum call_kind kind);

/* "write" */
const char *failing_calls_name(enum call_kind kind);

/* Which call or allocation is to fail after number `index`: each of the first ones, then one in
 * five, unless MOCKHERE_SWEEP_ALL is in the environment, as it is in `make night`. */
size_t failing_next(size_t index);

#endif
