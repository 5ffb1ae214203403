/* The fortified headers define some of these calls themselves. */
#undef _FORTIFY_SOURCE

#include "support/failing_calls.h"

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* clang-format off */
static const struct {
    const char *name;
    int errors[6];
} kinds[CALL_KIND_COUNT] = {
    [CALL_OPEN]   = {"open",   {EIO, EMFILE, ENFILE, ENOSPC, -1}},
    [CALL_READ]   = {"read",   {EIO, EINTR, 0, -1}},
    [CALL_WRITE]  = {"write",  {EIO, ENOSPC, EINTR, 0, -1}},
    [CALL_SYNC]   = {"sync",   {EIO, ENOSPC, -1}},
    [CALL_RENAME] = {"rename", {EIO, ENOSPC, -1}},
    [CALL_UNLINK] = {"unlink", {EIO, -1}},
    [CALL_STAT]   = {"stat",   {EIO, -1}},
    [CALL_RESIZE] = {"resize", {EIO, ENOSPC, -1}},
    [CALL_MKDIR]  = {"mkdir",  {EIO, ENOSPC, -1}},
};
/* clang-format on */

static _Thread_local bool counting, failing, has_failed;
static _Thread_local struct call_failure planned;
static _Thread_local size_t seen[CALL_KIND_COUNT];

void failing_calls_begin(const struct call_failure *failure)
{
    memset(seen, 0, sizeof(seen));
    has_failed = false;
    failing = failure != NULL;
    if (failure)
        planned = *failure;
    counting = true;
}

bool failing_calls_end(void)
{
    counting = failing = false;
    return has_failed;
}

size_t failing_calls_seen(enum call_kind kind)
{
    return seen[kind];
}

const int *failing_calls_errors(enum call_kind kind)
{
    return kinds[kind].errors;
}

const char *failing_calls_name(enum call_kind kind)
{
    return kinds[kind].name;
}

size_t failing_next(size_t index)
{
    enum { FIRST = 20, STEP = 5 };

    return index < FIRST || getenv("MOCKHERE_SWEEP_ALL") ? index + 1 : index + STEP;
}

/* Count a call; tell whether it is to be other than it would be. */
static bool is_hit(enum call_kind kind)
{
    size_t before;

    if (!counting)
        return false;
    before = seen[kind]++;
    if (!failing || kind != planned.kind || before < planned.after)
        return false;
    if (before > planned.after && !planned.persists)
        return false;
    has_failed = true;
    return true;
}

/* As is_hit(), where nothing is done by halves; sets errno. */
static bool fails(enum call_kind kind)
{
    if (!is_hit(kind) || !planned.error)
        return false;
    errno = planned.error;
    return true;
}

/* As fails(), for `*count` bytes, which may become fewer. */
static bool fails_or_cuts(enum call_kind kind, size_t *count)
{
    if (!is_hit(kind))
        return false;
    if (!planned.error) {
        *count -= *count / 2;
        return false;
    }
    errno = planned.error;
    return true;
}

/* Find the C library's function behind ours. ISO C knows no cast from an object to a function. */
static void find_next(const char *name, void *function)
{
    void *found = dlsym(RTLD_NEXT, name);

    memcpy(function, &found, sizeof(found));
}

/* The C library's parameters have reserved names. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

int open(const char *path, int flags, ...)
{
    int (*next)(const char *, int, ...);
    unsigned mode = 0;
    va_list args;

    va_start(args, flags);
    if (flags & (O_CREAT | O_TMPFILE))
        mode = va_arg(args, unsigned);
    va_end(args);
    find_next("open", &next);
    return fails(CALL_OPEN) ? -1 : next(path, flags, mode);
}

int openat(int fd, const char *path, int flags, ...)
{
    int (*next)(int, const char *, int, ...);
    unsigned mode = 0;
    va_list args;

    va_start(args, flags);
    if (flags & (O_CREAT | O_TMPFILE))
        mode = va_arg(args, unsigned);
    va_end(args);
    find_next("openat", &next);
    return fails(CALL_OPEN) ? -1 : next(fd, path, flags, mode);
}

ssize_t read(int fd, void *data, size_t count)
{
    ssize_t (*next)(int, void *, size_t);

    find_next("read", &next);
    return fails_or_cuts(CALL_READ, &count) ? -1 : next(fd, data, count);
}

ssize_t write(int fd, const void *data, size_t count)
{
    ssize_t (*next)(int, const void *, size_t);

    find_next("write", &next);
    return fails_or_cuts(CALL_WRITE, &count) ? -1 : next(fd, data, count);
}

ssize_t pread(int fd, void *data, size_t count, off_t offset)
{
    ssize_t (*next)(int, void *, size_t, off_t);

    find_next("pread", &next);
    return fails_or_cuts(CALL_READ, &count) ? -1 : next(fd, data, count, offset);
}

ssize_t pwrite(int fd, const void *data, size_t count, off_t offset)
{
    ssize_t (*next)(int, const void *, size_t, off_t);

    find_next("pwrite", &next);
    return fails_or_cuts(CALL_WRITE, &count) ? -1 : next(fd, data, count, offset);
}

int fsync(int fd)
{
    int (*next)(int);

    find_next("fsync", &next);
    return fails(CALL_SYNC) ? -1 : next(fd);
}

int fdatasync(int fd)
{
    int (*next)(int);

    find_next("fdatasync", &next);
    return fails(CALL_SYNC) ? -1 : next(fd);
}

int sync_file_range(int fd, off64_t offset, off64_t count, unsigned flags)
{
    int (*next)(int, off64_t, off64_t, unsigned);

    find_next("sync_file_range", &next);
    return fails(CALL_SYNC) ? -1 : next(fd, offset, count, flags);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    int (*next)(int, const char *, int, const char *);

    find_next("renameat", &next);
    return fails(CALL_RENAME) ? -1 : next(from_fd, from, to_fd, to);
}

int unlink(const char *path)
{
    int (*next)(const char *);

    find_next("unlink", &next);
    return fails(CALL_UNLINK) ? -1 : next(path);
}

int unlinkat(int fd, const char *path, int flags)
{
    int (*next)(int, const char *, int);

    find_next("unlinkat", &next);
    return fails(CALL_UNLINK) ? -1 : next(fd, path, flags);
}

int stat(const char *path, struct stat *status)
{
    int (*next)(const char *, struct stat *);

    find_next("stat", &next);
    return fails(CALL_STAT) ? -1 : next(path, status);
}

int stat64(const char *path, struct stat64 *status)
{
    int (*next)(const char *, struct stat64 *);

    find_next("stat64", &next);
    return fails(CALL_STAT) ? -1 : next(path, status);
}

int fstat(int fd, struct stat *status)
{
    int (*next)(int, struct stat *);

    find_next("fstat", &next);
    return fails(CALL_STAT) ? -1 : next(fd, status);
}

int fstat64(int fd, struct stat64 *status)
{
    int (*next)(int, struct stat64 *);

    find_next("fstat64", &next);
    return fails(CALL_STAT) ? -1 : next(fd, status);
}

int fstatat(int fd, const char *path, struct stat *status, int flags)
{
    int (*next)(int, const char *, struct stat *, int);

    find_next("fstatat", &next);
    return fails(CALL_STAT) ? -1 : next(fd, path, status, flags);
}

int access(const char *path, int mode)
{
    int (*next)(const char *, int);

    find_next("access", &next);
    return fails(CALL_STAT) ? -1 : next(path, mode);
}

int faccessat(int fd, const char *path, int mode, int flags)
{
    int (*next)(int, const char *, int, int);

    find_next("faccessat", &next);
    return fails(CALL_STAT) ? -1 : next(fd, path, mode, flags);
}

int ftruncate(int fd, off_t size)
{
    int (*next)(int, off_t);

    find_next("ftruncate", &next);
    return fails(CALL_RESIZE) ? -1 : next(fd, size);
}

/* Returns its error and leaves errno alone. */
int posix_fallocate(int fd, off_t offset, off_t size)
{
    int (*next)(int, off_t, off_t);

    find_next("posix_fallocate", &next);
    return fails(CALL_RESIZE) ? planned.error : next(fd, offset, size);
}

int mkdir(const char *path, mode_t mode)
{
    int (*next)(const char *, mode_t);

    find_next("mkdir", &next);
    return fails(CALL_MKDIR) ? -1 : next(path, mode);
}

int mkdirat(int fd, const char *path, mode_t mode)
{
    int (*next)(int, const char *, mode_t);

    find_next("mkdirat", &next);
    return fails(CALL_MKDIR) ? -1 : next(fd, path, mode);
}

/* The same calls by the names that they have for large files, where all files may be large. */
static_assert(sizeof(off_t) == sizeof(off64_t), "the aliases below need another type");
int open64(const char *path, int flags, ...) __attribute__((alias("open")));
ssize_t pread64(int fd, void *data, size_t count, off64_t offset) __attribute__((alias("pread")));
ssize_t pwrite64(int fd, const void *data, size_t count, off64_t offset)
    __attribute__((alias("pwrite")));
int ftruncate64(int fd, off64_t size) __attribute__((alias("ftruncate")));
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
