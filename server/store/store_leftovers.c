/*
 * The temporary directories of servers that were killed.
 *
 * A server that ends removes its own, and one that is killed cannot. So each that makes one first
 * looks beside it for those that nobody has locked any more. What it takes for one is a directory,
 * no link, named as temporary ones are, of this user, in which the file named temporary says that
 * nobody meant to keep it; that file comes after the lock, so that one without it may just be in
 * the making.
 *
 * A start must not wait for what others left: it goes only so far, and the next goes on from there.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "store/store_internal.h"

enum { ENTRIES_MAX = 10000, STEPS_MAX = 1000 };

static bool is_temporary_name(const char *name)
{
    size_t prefix_len = sizeof(TEMPORARY_PREFIX) - 1;

    if (strncmp(name, TEMPORARY_PREFIX, prefix_len) != 0 ||
        strlen(name) != prefix_len + TEMPORARY_LETTERS)
        return false;
    for (const char *c = name + prefix_len; *c; c++)
        if (!isalnum((unsigned char)*c))
            return false;
    return true;
}

static bool is_ours(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && status.st_uid == geteuid();
}

/* Take the lock that the dead server had. Returns its descriptor, or -1 if somebody has it. */
static int take_lock(int dir_fd)
{
    int lock_fd = openat(dir_fd, "lock", O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (lock_fd >= 0 && flock(lock_fd, LOCK_EX | LOCK_NB) < 0) {
        (void)close(lock_fd);
        return -1;
    }
    return lock_fd;
}

/* Remove the folder `name` and the files in it. Returns false if there were too many of them. */
static bool remove_folder(int dir_fd, const char *name, size_t *steps)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT;
    folder_clear(fd, steps);
    (void)close(fd);
    return unlinkat(dir_fd, name, AT_REMOVEDIR) == 0;
}

/* Remove what is in the directory `name`, and it too. */
static void remove_leftover(int parent_fd, const char *name, int dir_fd, size_t *steps)
{
    if (!remove_folder(dir_fd, "parts", steps) || !remove_folder(dir_fd, "tmp", steps))
        return;
    folder_clear(dir_fd, steps);
    if (unlinkat(parent_fd, name, AT_REMOVEDIR) == 0)
        log_info("removed the temporary directory %s of a server that was killed", name);
}

static void look_at(int parent_fd, const char *name, size_t *steps)
{
    int dir_fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (dir_fd < 0)
        return;
    if (is_ours(dir_fd) && faccessat(dir_fd, TEMPORARY_MARK, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        int lock_fd = take_lock(dir_fd);

        if (lock_fd >= 0) {
            remove_leftover(parent_fd, name, dir_fd, steps);
            (void)close(lock_fd);
        }
    }
    (void)close(dir_fd);
}

void store_sweep_leftovers(const char *parent)
{
    DIR *folder = opendir(parent);
    size_t steps = STEPS_MAX;
    const struct dirent *entry;

    if (!folder)
        return;
    for (int i = 0; i < ENTRIES_MAX && steps > 0 && (entry = readdir(folder)); i++) {
        if (!is_temporary_name(entry->d_name))
            continue;
        steps--;
        look_at(dirfd(folder), entry->d_name, &steps);
    }
    (void)closedir(folder);
}
