/*
 * What the suites of the store share: stores, folders and records to put in. All of it asserts.
 */
#ifndef UNIT_STORE_FIXTURE_H
#define UNIT_STORE_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "store/store.h"

/* Make an empty directory; a string for directory_remove(). */
char *directory_new(void);

/* The same where syncing costs nothing, if there is such a place. */
char *directory_new_in_memory(void);

/* Remove a directory with the files and folders of a store in it, and free its name. */
void directory_remove(char *path);

/* Count the entries of a folder of `path`. */
size_t folder_count(const char *path, const char *folder);

/* `path/name`, in a buffer of the fixture's that the next call uses again. */
const char *path_of(const char *path, const char *name);

void file_put(const char *path, const char *name, const char *content);

/* Open a store; NULL is a temporary one. */
struct store *must_open(const char *directory);

/* A store that quits with its scope: `AUTO(close_store) struct store *store = must_open(NULL);` */
void close_store(struct store **store);

/* Begin a file and write `content` to it. */
struct store_file *must_write(struct store *store, const char *content);

/* A dataset with every field set and `part_count` parts; its texts tell of `id`. */
struct dataset_record dataset_new(const char *id, int64_t created_us, size_t part_count);

/* Insert dataset_new() with files of 11 bytes each; the record's `uploaded_bytes` are 100. */
enum store_result put_dataset(struct store *store, const char *world, const char *id,
                              int64_t created_us, size_t part_count);

void assert_dataset_eq(const struct dataset_record *got, const struct dataset_record *want);

/* A fine-tuned model with every field set. */
struct model_record model_new(const char *id, int64_t created_us);

enum store_result put_model(struct store *store, const char *world, const char *id,
                            int64_t created_us);

/* Remove all that deleted worlds left. */
void clear_worlds(struct store *store);

/* Compare strings that may be NULL. */
void assert_string_eq(const char *got, const char *want);

#endif
