#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

Suite *store_recover_suite(void);

START_TEST(what_no_row_names_is_swept)
{
    char *path = directory_new();
    struct store *store = must_open(path);

    ck_assert_int_eq(put_dataset(store, "w", "a", 1, 2), STORE_OK);
    store_close(store);
    file_put(path, "parts/00000000000000000099", "orphan");
    file_put(path, "parts/stray", "orphan");
    file_put(path, "tmp/00000000000000000100", "half a file");
    store = must_open(path);
    ck_assert_uint_eq(folder_count(path, "parts"), 2);
    ck_assert_uint_eq(folder_count(path, "tmp"), 0);
    store_close(store);
    directory_remove(path);
}
END_TEST

/* Damage the first file of dataset "lost": cut it short, or remove it. */
static void damage(const char *path, const char *file_name, bool is_cut)
{
    char name[64];

    (void)snprintf(name, sizeof(name), "parts/%s", file_name);
    if (is_cut)
        file_put(path, name, "short");
    else
        ck_assert_int_eq(unlink(path_of(path, name)), 0);
}

START_TEST(a_dataset_without_its_file_has_failed)
{
    char *path = directory_new();
    struct store *store = must_open(path);
    struct dataset_record dataset = {0};

    ck_assert_int_eq(put_dataset(store, "w", "lost", 1, 2), STORE_OK);
    ck_assert_int_eq(put_dataset(store, "w", "kept", 1, 2), STORE_OK);
    ck_assert_int_eq(store_dataset_get(store, "w", "lost", &dataset), STORE_OK);
    store_close(store);
    damage(path, dataset.parts[0].file_name, _i == 1);
    ck_assert_int_eq(unlink(path_of(path, "clean")), 0);
    dataset_record_done(&dataset);

    store = must_open(path);
    ck_assert_int_eq(store_dataset_get(store, "w", "lost", &dataset), STORE_OK);
    ck_assert(!dataset.valid);
    ck_assert_str_eq(dataset.error, "the file of this dataset was lost");
    ck_assert_ptr_null(dataset.schema);
    dataset_record_done(&dataset);
    ck_assert_int_eq(store_dataset_get(store, "w", "kept", &dataset), STORE_OK);
    ck_assert(dataset.valid);
    dataset_record_done(&dataset);
    ck_assert_int_eq(store_dataset_delete(store, "w", "lost"), STORE_OK);
    ck_assert_uint_eq(folder_count(path, "parts"), 2);
    store_close(store);
    directory_remove(path);
}
END_TEST

START_TEST(new_files_do_not_take_the_names_of_old_ones)
{
    char *path = directory_new();
    char id[16];

    for (int i = 0; i < 3; i++) {
        struct store *store = must_open(path);

        (void)snprintf(id, sizeof(id), "%d", i);
        ck_assert_int_eq(put_dataset(store, "w", id, 1, 2), STORE_OK);
        ck_assert_uint_eq(folder_count(path, "parts"), (size_t)(i + 1) * 2);
        store_close(store);
    }
    directory_remove(path);
}
END_TEST

/*
 * The mark of a store that was closed in order
 */

/* Close and open until the clock has ticked between the last change of the folder and the mark. */
static void wait_for_mark(const char *path)
{
    struct stat parts, mark;

    do {
        store_close(must_open(path));
        ck_assert_int_eq(stat(path_of(path, "parts"), &parts), 0);
        ck_assert_int_eq(stat(path_of(path, "clean"), &mark), 0);
    } while (mark.st_mtim.tv_sec == parts.st_ctim.tv_sec &&
             mark.st_mtim.tv_nsec == parts.st_ctim.tv_nsec);
}

/* A directory with one dataset, "a", whose stored file has the name `file_name`. */
static char *directory_with_dataset(char file_name[FILE_NAME_SIZE])
{
    char *path = directory_new();
    struct store *store = must_open(path);
    struct dataset_record dataset = {0};

    ck_assert_int_eq(put_dataset(store, "w", "a", 1, 1), STORE_OK);
    ck_assert_int_eq(store_dataset_get(store, "w", "a", &dataset), STORE_OK);
    (void)snprintf(file_name, FILE_NAME_SIZE, "%s", dataset.parts[0].file_name);
    dataset_record_done(&dataset);
    store_close(store);
    wait_for_mark(path);
    return path;
}

static bool is_valid(struct store *store)
{
    AUTO(dataset_record_done) struct dataset_record dataset = {0};

    ck_assert_int_eq(store_dataset_get(store, "w", "a", &dataset), STORE_OK);
    return dataset.valid;
}

START_TEST(a_store_closed_in_order_starts_without_looking_at_files)
{
    char file_name[FILE_NAME_SIZE];
    char *path = directory_with_dataset(file_name);
    struct store *store;
    int64_t size;
    int fd;

    damage(path, file_name, true);
    store = must_open(path);
    ck_assert_int_ne(access(path_of(path, "clean"), F_OK), 0);
    ck_assert(is_valid(store));
    /* But it notices when the file is asked for. */
    ck_assert_int_eq(store_file_open(store, file_name, &fd, &size), STORE_NONE);
    ck_assert(!is_valid(store));
    store_close(store);
    directory_remove(path);
}
END_TEST

START_TEST(a_folder_that_was_changed_since_is_looked_through)
{
    char file_name[FILE_NAME_SIZE];
    char *path = directory_with_dataset(file_name);
    struct store *store;

    if (_i == 0)
        damage(path, file_name, false);
    else
        file_put(path, "parts/00000000000000000099", "stray");
    store = must_open(path);
    ck_assert_int_eq(is_valid(store), _i != 0);
    ck_assert_uint_eq(folder_count(path, "parts"), _i == 0 ? 0 : 1);
    store_close(store);
    directory_remove(path);
}
END_TEST

START_TEST(a_store_that_was_not_closed_is_looked_through)
{
    char file_name[FILE_NAME_SIZE];
    char *path = directory_with_dataset(file_name);
    int status = -1;
    pid_t child = fork();
    struct store *store;

    ck_assert_int_ge(child, 0);
    if (child == 0) {
        (void)must_open(path);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    damage(path, file_name, true);
    store = must_open(path);
    ck_assert(!is_valid(store));
    store_close(store);
    directory_remove(path);
}
END_TEST

/*
 * Killing: a child inserts and deletes datasets and says over a pipe what was acknowledged, until
 * it is killed.
 */

enum { KILL_ROUNDS = 20 };

struct acknowledged {
    int number;
    bool is_deleted;
};

static void say(int fd, int number, bool is_deleted)
{
    struct acknowledged what = {0};

    what.number = number;
    what.is_deleted = is_deleted;
    if (write(fd, &what, sizeof(what)) != (ssize_t)sizeof(what))
        _exit(2);
}

static void insert_until_killed(const char *path, int round, int fd)
{
    struct store *store = must_open(path);
    char id[32];

    for (int i = 0;; i++) {
        (void)snprintf(id, sizeof(id), "%d-%d", round, i);
        if (put_dataset(store, "w", id, i, 2) != STORE_OK)
            _exit(1);
        say(fd, i, false);
        if (i % 3 == 0) {
            if (store_dataset_delete(store, "w", id) != STORE_OK)
                _exit(1);
            say(fd, i, true);
        }
    }
}

/* Let a child insert until it has said `count` things, kill it, and read the rest of what it said.
 * Returns how many things it said. */
static size_t kill_after(const char *path, int round, size_t count, struct acknowledged *said,
                         size_t said_max)
{
    size_t said_count = 0;
    int status = 0;
    int pipe_fds[2];
    pid_t child;

    ck_assert_int_eq(pipe(pipe_fds), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        (void)close(pipe_fds[0]);
        insert_until_killed(path, round, pipe_fds[1]);
    }
    (void)close(pipe_fds[1]);
    while (said_count < said_max &&
           read(pipe_fds[0], &said[said_count], sizeof(*said)) == (ssize_t)sizeof(*said))
        if (++said_count == count)
            ck_assert_int_eq(kill(child, SIGKILL), 0);
    (void)close(pipe_fds[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    return said_count;
}

/* Every listed dataset is whole, but that one may have lost its files on the way to be deleted. */
static size_t assert_whole(struct store *store, size_t *lost)
{
    const struct dataset_filter all = {
        .after_us = INT64_MIN, .before = {INT64_MAX, INT64_MIN}, .limit = INT64_MAX};
    AUTO(dataset_list_done) struct dataset_list list = {0};
    size_t files = 0;

    ck_assert_int_eq(store_dataset_list(store, "w", &all, &list), STORE_OK);
    for (size_t i = 0; i < list.count; i++) {
        const struct dataset_record *dataset = &list.items[i];
        int64_t size;
        int fd;

        ck_assert_uint_eq(dataset->part_count, 2);
        *lost += !dataset->valid;
        for (size_t j = 0; j < 2 && dataset->valid; j++, files++) {
            ck_assert_int_eq(store_file_open(store, dataset->parts[j].file_name, &fd, &size),
                             STORE_OK);
            ck_assert_int_eq(size, 11);
            (void)close(fd);
        }
    }
    return files;
}

START_TEST(what_was_acknowledged_survives_being_killed)
{
    char *path = directory_new();

    for (int round = 0; round < KILL_ROUNDS; round++) {
        struct acknowledged said[2000];
        size_t said_count = kill_after(path, round, 1 + (size_t)round * 2, said, ARRAY_LEN(said));
        struct store *store = must_open(path);
        size_t files, lost = 0;

        for (size_t i = 0; i < said_count; i++) {
            bool was_last = i + 1 == said_count;
            struct dataset_record dataset = {0};
            enum store_result result;
            char id[32];

            (void)snprintf(id, sizeof(id), "%d-%d", round, said[i].number);
            result = store_dataset_get(store, "w", id, &dataset);
            if (said[i].is_deleted)
                ck_assert_int_eq(result, STORE_NONE);
            else if (said[i].number % 3 != 0)
                ck_assert_int_eq(result, STORE_OK);
            else if (!was_last)
                ck_assert_int_eq(result, STORE_NONE);
            dataset_record_done(&dataset);
        }
        files = assert_whole(store, &lost);
        ck_assert_uint_le(lost, (size_t)round + 1);
        ck_assert_uint_eq(folder_count(path, "tmp"), 0);
        /* One that was killed between its two files may have kept the second. */
        ck_assert_uint_ge(folder_count(path, "parts"), files);
        ck_assert_uint_le(folder_count(path, "parts"), files + lost);
        store_close(store);
    }
    directory_remove(path);
}
END_TEST

Suite *store_recover_suite(void)
{
    Suite *suite = suite_create("store_recover");
    TCase *tcase = tcase_create("files and rows apart");
    TCase *killed = tcase_create("killed");

    tcase_add_test(tcase, what_no_row_names_is_swept);
    tcase_add_loop_test(tcase, a_dataset_without_its_file_has_failed, 0, 2);
    tcase_add_test(tcase, new_files_do_not_take_the_names_of_old_ones);
    tcase_add_test(tcase, a_store_closed_in_order_starts_without_looking_at_files);
    tcase_add_loop_test(tcase, a_folder_that_was_changed_since_is_looked_through, 0, 2);
    tcase_add_test(tcase, a_store_that_was_not_closed_is_looked_through);
    suite_add_tcase(suite, tcase);
    /* Each round syncs some hundred files. */
    tcase_set_timeout(killed, 60);
    tcase_add_test(killed, what_was_acknowledged_survives_being_killed);
    suite_add_tcase(suite, killed);
    return suite;
}
