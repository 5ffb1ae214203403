#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fixture.h"
#include "support/failing_alloc.h"

Suite *store_file_suite(void);

START_TEST(what_was_written_reads_back_at_any_offset)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    struct store_file *file = must_write(store, "hello ");
    char read[6] = "";

    ck_assert_int_eq(store_file_write(file, "world", 5), STORE_OK);
    ck_assert_uint_eq(store_file_size(file), 11);
    ck_assert_int_eq(store_file_read(file, 6, read, 5), STORE_OK);
    ck_assert_str_eq(read, "world");
    ck_assert_int_eq(store_file_write(file, "!", 1), STORE_OK);
    ck_assert_int_eq(store_file_read(file, 11, read, 1), STORE_OK);
    ck_assert_int_eq(read[0], '!');
    ck_assert_int_eq(store_file_read(file, 11, read, 2), STORE_FAILED);
    store_file_discard(file);
}
END_TEST

/* More than is held back, in blocks of no size in particular. */
START_TEST(a_long_file_reads_back_across_what_is_held)
{
    enum { BLOCK = 66000, BLOCKS = 13 };
    AUTO(close_store) struct store *store = must_open(NULL);
    struct store_file *file = NULL;
    char *written = malloc((size_t)BLOCK * BLOCKS), *read = malloc((size_t)BLOCK * BLOCKS);

    ck_assert(written && read);
    ck_assert_int_eq(store_file_new(store, &file), STORE_OK);
    for (size_t i = 0; i < (size_t)BLOCK * BLOCKS; i++)
        written[i] = (char)(i * i >> 7);
    for (size_t i = 0; i < BLOCKS; i++) {
        size_t size = (i + 1) * BLOCK;

        ck_assert_int_eq(store_file_write(file, written + i * BLOCK, BLOCK), STORE_OK);
        ck_assert_uint_eq(store_file_size(file), size);
        for (size_t from = 0; from < size; from += 30011) {
            ck_assert_int_eq(store_file_read(file, from, read, size - from), STORE_OK);
            ck_assert_mem_eq(read, written + from, size - from);
        }
    }
    ck_assert_int_eq(store_file_read(file, BLOCK, read, (size_t)BLOCK * BLOCKS), STORE_FAILED);
    store_file_discard(file);
    free(read);
    free(written);
}
END_TEST

START_TEST(a_discarded_file_leaves_nothing)
{
    char *path = directory_new();
    struct store *store = must_open(path);
    struct store_file *file = must_write(store, "gone");

    ck_assert_uint_eq(folder_count(path, "tmp"), 1);
    store_file_discard(file);
    store_file_discard(NULL);
    ck_assert_uint_eq(folder_count(path, "tmp"), 0);
    store_close(store);
    directory_remove(path);
}
END_TEST

START_TEST(an_open_file_outlives_its_dataset)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    char read[12] = "";
    int64_t size = 0;
    int fd = -1;

    ck_assert_int_eq(put_dataset(store, "w", "a", 1, 1), STORE_OK);
    ck_assert_int_eq(store_dataset_get(store, "w", "a", &dataset), STORE_OK);
    ck_assert_int_eq(store_file_open(store, dataset.parts[0].file_name, &fd, &size), STORE_OK);
    ck_assert_int_eq(size, 11);
    ck_assert_int_eq(store_dataset_delete(store, "w", "a"), STORE_OK);
    ck_assert_int_eq(pread(fd, read, 11, 0), 11);
    ck_assert_str_eq(read, "eleven byte");
    (void)close(fd);
    ck_assert_int_eq(store_file_open(store, dataset.parts[0].file_name, &fd, &size), STORE_NONE);
}
END_TEST

static const char *const strange_names[] = {"", ".", "..", "../lock", "/etc/passwd", "1/2", "1 "};

START_TEST(a_name_that_is_not_ours_is_no_file)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    int64_t size = -5;
    int fd = -5;

    ck_assert_int_eq(store_file_open(store, strange_names[_i], &fd, &size), STORE_NONE);
    ck_assert_int_eq(fd, -5);
    ck_assert_int_eq(size, -5);
}
END_TEST

/* Let files grow to `bytes` bytes and no further; 0 ends this. */
static void limit_files(size_t bytes)
{
    static struct rlimit before;
    struct rlimit small;

    if (bytes == 0) {
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
        return;
    }
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = bytes;
    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
}

START_TEST(a_write_that_fails_stores_nothing)
{
    static const char block[1 << 20];
    char *path = directory_new();
    struct store *store = must_open(path);
    struct store_file *file = NULL;

    ck_assert_int_eq(store_file_new(store, &file), STORE_OK);
    limit_files(sizeof(block) + 100);
    ck_assert_int_eq(store_file_write(file, block, sizeof(block)), STORE_OK);
    ck_assert_int_eq(store_file_write(file, block, sizeof(block)), STORE_FAILED);
    limit_files(0);
    store_file_discard(file);
    ck_assert_uint_eq(folder_count(path, "tmp"), 0);
    store_close(store);
    directory_remove(path);
}
END_TEST

START_TEST(what_is_held_back_and_cannot_be_written_stores_nothing)
{
    static const char block[250000]; /* the database stays smaller than the limit below */
    AUTO(dataset_record_done) struct dataset_record dataset = dataset_new("a", 1, 1);
    char *path = directory_new();
    struct store *store = must_open(path);
    struct store_file *files[] = {must_write(store, "")};

    ck_assert_int_eq(store_file_write(files[0], block, sizeof(block)), STORE_OK);
    limit_files(sizeof(block) - 1);
    ck_assert_int_eq(store_dataset_insert(store, "w", &dataset, files, INT64_MAX), STORE_FAILED);
    limit_files(0);
    ck_assert_ptr_null(files[0]);
    ck_assert_uint_eq(folder_count(path, "tmp"), 0);
    ck_assert_uint_eq(folder_count(path, "parts"), 0);
    store_close(store);
    directory_remove(path);
}
END_TEST

START_TEST(a_file_without_memory_is_not_begun)
{
    AUTO(close_store) struct store *store = must_open(NULL);
    struct store_file *file = NULL;
    enum store_result result;

    failing_alloc_once_after(0);
    result = store_file_new(store, &file);
    ck_assert(failing_alloc_stop());
    ck_assert_int_eq(result, STORE_FAILED);
    ck_assert_ptr_null(file);
}
END_TEST

Suite *store_file_suite(void)
{
    Suite *suite = suite_create("store_file");
    TCase *tcase = tcase_create("files");

    tcase_add_test(tcase, what_was_written_reads_back_at_any_offset);
    tcase_add_test(tcase, a_long_file_reads_back_across_what_is_held);
    tcase_add_test(tcase, a_discarded_file_leaves_nothing);
    tcase_add_test(tcase, an_open_file_outlives_its_dataset);
    tcase_add_loop_test(tcase, a_name_that_is_not_ours_is_no_file, 0,
                        (int)ARRAY_LEN(strange_names));
    tcase_add_test(tcase, a_write_that_fails_stores_nothing);
    tcase_add_test(tcase, what_is_held_back_and_cannot_be_written_stores_nothing);
    tcase_add_test(tcase, a_file_without_memory_is_not_begun);
    suite_add_tcase(suite, tcase);
    return suite;
}
