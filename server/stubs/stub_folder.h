/*
 * The folder of --root-dir: stubs in its `mappings`, as files of JSON, bodies in its `__files`.
 *
 * A file holds one stub or `{"mappings":[...]}`, of which the last is the newest, and may have
 * comments. What is wrong with one is logged, and the rest is loaded. Links are not followed, and
 * nothing outside of `mappings` is written. A folder may be used by any thread.
 */
#ifndef STUBS_STUB_FOLDER_H
#define STUBS_STUB_FOLDER_H

#include "stubs/stub_set.h"

enum {
    STUB_FOLDER_DEPTH_MAX = 16,
    STUB_FOLDER_FILES_MAX = 100000,
    STUB_FOLDER_FILE_SIZE_MAX = 32 << 20
};

struct stub_folder;

/* Open a folder, which must be there. NULL when it is not, or memory runs out. */
MUST_USE struct stub_folder *stub_folder_open(const char *path);
void stub_folder_close(struct stub_folder *folder);

/* The path of `__files`, borrowed. */
const char *stub_folder_files(const struct stub_folder *folder);

/* Add the stubs of all files, in the order of their names. `folder` is a struct stub_folder. */
void stub_folder_load(void *folder, struct stub_set *set);

/* Something that changes when a file comes, goes or is written. */
uint64_t stub_folder_state(const struct stub_folder *folder);

/* Write a stub in one step: into the file that it came from, else into one of its own. One of
 * several in a file stays as it is there. Returns false when that failed; it was logged. */
bool stub_folder_save(const struct stub_folder *folder, const struct stub *stub);

/* Remove the file of a stub that is persistent. */
void stub_folder_remove(const struct stub_folder *folder, const struct stub *stub);

#endif
