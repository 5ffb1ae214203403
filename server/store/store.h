/*
 * What must outlive a request: worlds, datasets, fine-tuned models, and the files of dataset parts.
 *
 * Metadata is in SQLite (WAL), the bytes of parts are files beside it. The order that keeps them
 * together whatever happens: a file is written under a temporary name, synced and renamed, and only
 * then does the row that names it commit; it goes after its row. Files are counted by references: a
 * file goes when nobody refers to it any more.
 *
 * On start, files without a row are swept, and datasets whose file is gone (or has another size)
 * are marked failed. A store that was closed in order, and whose folder of files has not changed
 * since, starts without looking; there, a file that was changed in its place is noticed when it is
 * opened, and its dataset is marked then.
 *
 * What a function has answered STORE_OK for is still there when the process is killed right after.
 * When the machine itself dies, the last few changes may be missing as if they had never been asked
 * for; what is there is whole.
 *
 * This is the whole interface to storage, so that another engine can take its place: no SQL above
 * it and no SQLite type in it.
 *
 * Every function may be called from any thread. Strings in records are owned by the record and
 * released with its ..._done(), which leaves it zeroed and takes zeroed ones; a string is NULL only
 * where its field says so. Outputs are set on STORE_OK only, and whole. Unless said otherwise,
 * results are:
 *     STORE_OK      done; outputs are set
 *     STORE_NONE    no such object in this world
 *     STORE_FULL    the disk is full; nothing changed
 *     STORE_FAILED  storage or memory failed (the reason was logged); nothing changed
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "core/lifecycle.h"

enum store_result { STORE_OK, STORE_NONE, STORE_OVER_QUOTA, STORE_FULL, STORE_FAILED };

enum { WORLD_NAME_SIZE = 65, OBJECT_ID_SIZE = 64, PARTS_MAX = 2, FILE_NAME_SIZE = 40 };

struct store;

/*
 * Open the store in `directory`, made if it is missing (but not its parents); a NULL `directory`
 * means a private temporary one, under $TMPDIR or /tmp, that store_close() removes. Only one
 * process at a time may have a directory open. Returns NULL with a sentence that names the
 * directory in `error` (`error_size` bytes).
 */
MUST_USE struct store *store_open(const char *directory, char *error, size_t error_size);

/* Close the store, which no other thread uses any more. All files being written must have been
 * inserted or discarded. NULL is fine. */
void store_close(struct store *store);

/*
 * Worlds
 */

enum world_clock { WORLD_CLOCK_REAL, WORLD_CLOCK_FROZEN, WORLD_CLOCK_SCALED };

struct world_record {
    char name[WORLD_NAME_SIZE];
    uint64_t seed;
    enum world_clock clock;
    int64_t clock_us; /* frozen: the time; real: what is added to the machine's time; scaled: the
                         time when the machine's was `anchor_us` */
    int64_t anchor_us;
    int64_t scale_milli; /* how many times as fast as the machine's clock, times 1000 */
    char *lifecycle;     /* JSON, or NULL for the one that worlds begin with */
};

void world_record_done(struct world_record *world);

MUST_USE enum store_result store_world_get(struct store *store, const char *name,
                                           struct world_record *out);

/* The names of all worlds that have a record, in their order. */
struct name_list {
    char (*items)[WORLD_NAME_SIZE];
    size_t count;
};

void name_list_done(struct name_list *list);

MUST_USE enum store_result store_world_list(struct store *store, struct name_list *out);

/* Insert or replace a world's record. Its objects and counter stay. */
MUST_USE enum store_result store_world_put(struct store *store, const struct world_record *world);

/* Get what else is kept of a world, JSON by name, such as its "limits", into `*out`, a string for
 * free(). */
MUST_USE enum store_result store_setting_get(struct store *store, const char *world,
                                             const char *name, char **out);

/* Insert or replace a setting. Needs no record of the world. */
MUST_USE enum store_result store_setting_put(struct store *store, const char *world,
                                             const char *name, const char *value);

/*
 * Delete everything in a world, its record, its settings and its counter included, in one step that
 * takes as long for many objects as for one: from then on the world is empty. Its rows and files
 * are out of sight and wait for store_world_clear().
 * A world without anything is STORE_OK.
 */
MUST_USE enum store_result store_world_delete(struct store *store, const char *name);

/*
 * Remove rows and files that deleted worlds left, of this process or an earlier one, a hundred
 * objects at most. STORE_OK: there may be more, so call it again; STORE_NONE: there was nothing.
 */
MUST_USE enum store_result store_world_clear(struct store *store);

/* Take the next number of a world's counter of ids: 1, 2, 3, ... never the same twice until the
 * world is deleted. Needs no record of the world. */
MUST_USE enum store_result store_counter_next(struct store *store, const char *world,
                                              uint64_t *out);

/*
 * Files
 */

/* A file being written; private to one thread until it is attached or discarded. */
struct store_file;

/* Begin a file. It holds a descriptor. Returns STORE_OK, STORE_FULL or STORE_FAILED. */
MUST_USE enum store_result store_file_new(struct store *store, struct store_file **out);

/* Append. Up to 256 KiB are held back, until more comes or the file is inserted. Returns STORE_OK,
 * STORE_FULL or STORE_FAILED; after a failure only discard is left. */
MUST_USE enum store_result store_file_write(struct store_file *file, const void *data, size_t len);

/* Read back `len` bytes at `offset`, all of which must have been written. */
MUST_USE enum store_result store_file_read(struct store_file *file, uint64_t offset, void *data,
                                           size_t len);

/* Bytes written so far. */
uint64_t store_file_size(const struct store_file *file);

/* Tie `original` to `file`, what was uploaded to what became of it: whatever is done with `file`
 * from now on is done with both. Steals `original`; to be called once per file. */
void store_file_attach(struct store_file *file, struct store_file *original);

/* Throw the file away. NULL is fine. */
void store_file_discard(struct store_file *file);

/*
 * Open a stored file for reading: `*out` is a descriptor for close() that stays good when the file
 * is deleted meanwhile, `*out_size` the file's bytes. STORE_NONE: no file has this name, or it
 * was lost: see above.
 */
MUST_USE enum store_result store_file_open(struct store *store, const char *file_name, int *out,
                                           int64_t *out_size);

/*
 * Datasets
 */

struct dataset_part_record {
    char id[OBJECT_ID_SIZE];
    char *name;                     /* "000_train.avro" */
    char file_name[FILE_NAME_SIZE]; /* names the stored file; filled by the store on insert */
    int64_t size_bytes;             /* of the stored file; filled by the store on insert */
    char original_file_name[FILE_NAME_SIZE]; /* of the file attached to it, as above; else empty */
    char *original_name;                     /* what that was called by who uploaded it, or NULL */
    int64_t row_count;
    char *samples; /* a JSON array of strings */
    bool is_eval;
};

struct dataset_record {
    int64_t number;   /* counts in the order of insertion; the store's */
    uint64_t counter; /* on insert, the number that the id was made from, or 0; not kept */
    char id[OBJECT_ID_SIZE];
    char *name;
    char *type; /* "reranker-finetune-input" */
    int64_t created_us;
    int64_t queued_us;     /* how long it is queued */
    int64_t processing_us; /* how long it is then processing */
    struct life_plan plan; /* what else was decided about its life */
    int64_t polled;        /* see dataset_poll() */
    char *steps;           /* see life_steps_write(), or NULL */
    char *reason;          /* why it fails by plan, or its status was forced; or NULL */
    int64_t uploaded_bytes;
    bool valid;      /* the verdict, shown when its time has come */
    char *error;     /* of a failed validation, or NULL */
    char *warnings;  /* a JSON array of strings */
    char *schema;    /* the Avro schema, or NULL if not valid */
    char *required;  /* a JSON array of strings */
    char *preserved; /* a JSON array of strings */
    char *metrics;   /* a JSON object, or NULL */
    struct dataset_part_record parts[PARTS_MAX];
    size_t part_count;
};

void dataset_record_done(struct dataset_record *dataset);

/*
 * Insert a dataset with its files: `files[i]` becomes the file of `dataset->parts[i]`. All in one
 * step: on STORE_OK the files are the store's, synced (but for a temporary store), and `file_name`
 * and `size_bytes` of each part are filled; on any other result nothing is stored and the files
 * were discarded. Either way the pointers in `files` become NULL. STORE_OVER_QUOTA: the world's
 * datasets that have not expired by `dataset->created_us` would together with it pass
 * `world_bytes_max` uploaded bytes. STORE_NONE: the world was deleted
 * since `dataset->counter` was taken, and the dataset counts as deleted with it. A taken id is
 * STORE_FAILED.
 */
MUST_USE enum store_result store_dataset_insert(struct store *store, const char *world,
                                                struct dataset_record *dataset,
                                                struct store_file *files[],
                                                int64_t world_bytes_max);

MUST_USE enum store_result store_dataset_get(struct store *store, const char *world, const char *id,
                                             struct dataset_record *out);

/*
 * Count a GET of the dataset at `now_us`, as dataset_poll() does, and get it as it then is.
 */
MUST_USE enum store_result store_dataset_poll(struct store *store, const char *world,
                                              const char *id, int64_t now_us,
                                              struct dataset_record *out);

/* Record a status that is forced, and get the dataset as it then is. `reason` may be NULL. */
MUST_USE enum store_result store_dataset_force(struct store *store, const char *world,
                                               const char *id, const struct life_step *step,
                                               const char *reason, struct dataset_record *out);

/* A place in a list that has the newest first: behind the object that these are of. With INT64_MIN
 * for a number it is behind all that was created at that time or later. */
struct list_position {
    int64_t created_us;
    int64_t number;
};

/* Before the first. */
#define LIST_BEGIN                                                                                 \
    {                                                                                              \
        INT64_MAX, INT64_MAX                                                                       \
    }

/* Of one name, or of one microsecond, the later inserted comes first, but with the oldest first. */
enum dataset_order {
    DATASETS_NEWEST_FIRST,
    DATASETS_OLDEST_FIRST,
    DATASETS_BY_NAME,
    DATASETS_BY_NAME_DESC
};

struct dataset_filter {
    enum dataset_order order;    /* the next three are for the newest first alone */
    const char *type;            /* NULL: any */
    struct list_position before; /* those behind this */
    bool is_brief; /* leave out of the records what neither tells of their life nor is sorted by */
    int64_t after_us; /* created later than this; INT64_MIN: any */
    int64_t offset;
    int64_t limit;
};

struct dataset_list {
    struct dataset_record *items;
    size_t count;
};

void dataset_list_done(struct dataset_list *list);

/* Pages cost the same however many datasets there are, but for the rows that `offset` skips: walk
 * over many with `before`. */
MUST_USE enum store_result store_dataset_list(struct store *store, const char *world,
                                              const struct dataset_filter *filter,
                                              struct dataset_list *out);

/* Count a world's datasets of `type`, NULL for any, that were created after a time. Costs as much
 * as there are older ones. */
MUST_USE enum store_result store_dataset_count(struct store *store, const char *world,
                                               const char *type, int64_t after_us, int64_t *out);

/*
 * Delete a dataset and the files that it alone refers to. On a disk that is full to the last block
 * the files go first, so that it can be emptied: should that not do, the answer is STORE_FULL, the
 * dataset stays without its files, and deleting it again works. So it is with models.
 */
MUST_USE enum store_result store_dataset_delete(struct store *store, const char *world,
                                                const char *id);

/* As store_models_fail_untrained() and store_dataset_delete() in one step. */
MUST_USE enum store_result store_dataset_drop(struct store *store, const char *world,
                                              const char *id, int64_t now_us);

/* Sum of `uploaded_bytes` over the datasets of a world that were created later than `after_us`, 0
 * for an unknown world. */
MUST_USE enum store_result store_dataset_usage(struct store *store, const char *world,
                                               int64_t after_us, int64_t *out_bytes);

/*
 * Fine-tuned models
 */

struct model_record {
    int64_t number;   /* counts in the order of insertion; the store's */
    uint64_t counter; /* as in a dataset */
    char id[OBJECT_ID_SIZE];
    char *name;
    char *base_type; /* "BASE_TYPE_RERANK" */
    char *base_name; /* "english" */
    char *dataset_id;
    char *hyperparameters; /* a JSON object, or NULL if there are none */
    int64_t created_us;
    int64_t queued_us; /* how long it is queued, then trains, then is deployed */
    int64_t training_us;
    int64_t deploying_us;
    int64_t updated_us; /* of the last change by a client, 0 if none */
    int64_t failed_us;  /* when it failed by decree, 0 if it did not */
    struct life_plan plan;
    int64_t polled; /* these as in a dataset */
    char *steps;
    char *reason;
    bool multi_label;
    char *wandb; /* a JSON object without the key, or NULL */
};

void model_record_done(struct model_record *model);

/*
 * Insert a fine-tuned model. Until it is trained it holds references to the files of its dataset,
 * which may be deleted meanwhile. STORE_NONE and a taken id are as for a dataset.
 */
MUST_USE enum store_result store_model_insert(struct store *store, const char *world,
                                              const struct model_record *model);

/* At most so many of a world's models may have been created later than `since_us`. */
struct model_quota {
    int64_t max;
    int64_t since_us; /* INT64_MIN: all models count */
};

/* As store_model_insert(), unless it passes one of the quotas: then STORE_OVER_QUOTA, and
 * `*out_passed` is the index of the first that it passes. */
MUST_USE enum store_result store_model_insert_within(struct store *store, const char *world,
                                                     const struct model_record *model,
                                                     const struct model_quota quotas[],
                                                     size_t quota_count, size_t *out_passed);
MUST_USE enum store_result store_model_get(struct store *store, const char *world, const char *id,
                                           struct model_record *out);

/* As store_dataset_poll() and store_dataset_force(). */
MUST_USE enum store_result store_model_poll(struct store *store, const char *world, const char *id,
                                            int64_t now_us, struct model_record *out);
MUST_USE enum store_result store_model_force(struct store *store, const char *world, const char *id,
                                             const struct life_step *step, const char *reason,
                                             struct model_record *out);

struct model_list {
    struct model_record *items;
    size_t count;
    int64_t total; /* over all pages */
};

void model_list_done(struct model_list *list);

/* By what models are sorted first and second. What is equal in both is in the order of insertion,
 * or the other way round with MODELS_NEWEST_FIRST or KEY_CREATED_DESC as the second. */
enum model_key { KEY_NONE, KEY_CREATED, KEY_CREATED_DESC, KEY_NAME, KEY_NAME_DESC };

struct model_order {
    enum model_key first, second;
};

#define MODELS_OLDEST_FIRST ((struct model_order){KEY_CREATED, KEY_NONE})
#define MODELS_NEWEST_FIRST ((struct model_order){KEY_CREATED_DESC, KEY_NONE})

MUST_USE enum store_result store_model_list(struct store *store, const char *world,
                                            struct model_order order, int64_t offset, int64_t limit,
                                            struct model_list *out);

/* Count the models of a world, 0 for an unknown one. */
MUST_USE enum store_result store_model_count(struct store *store, const char *world, int64_t *out);

/* The models behind `before`, the newest first. `total` is not filled. */
MUST_USE enum store_result store_model_list_before(struct store *store, const char *world,
                                                   const struct list_position *before,
                                                   int64_t limit, struct model_list *out);

/* Give a model another name, as of `now_us`. */
MUST_USE enum store_result store_model_rename(struct store *store, const char *world,
                                              const char *id, const char *name, int64_t now_us);

/* Delete a model and the files that it alone still refers to. */
MUST_USE enum store_result store_model_delete(struct store *store, const char *world,
                                              const char *id);

/*
 * Fail, as of `now_us`, every model trained from `dataset_id` that is not failed yet and has not
 * come to its deployment by then. STORE_OK also if there is none.
 */
MUST_USE enum store_result store_models_fail_untrained(struct store *store, const char *world,
                                                       const char *dataset_id, int64_t now_us);

/*
 * Training
 */

/* A file that an untrained model refers to. */
struct model_part {
    char file_name[FILE_NAME_SIZE];
    int64_t row_count;
    bool is_eval;
};

/* A model with what its training needs and has brought. */
struct model_training {
    struct model_record model;
    char *metrics; /* of store_model_trained(); NULL: not trained yet */
    struct model_part parts[PARTS_MAX];
    size_t part_count; /* 0 once it is trained */
};

void model_training_done(struct model_training *training);
MUST_USE enum store_result store_model_training_get(struct store *store, const char *world,
                                                    const char *id, struct model_training *out);

/*
 * Keep what the training of `training->model` brought: `metrics`, a text of the caller's, and, if
 * it failed, since when (0: it did not, and one that has failed stays failed). The references to
 * files end, and those that nobody else refers to go.
 *
 * STORE_NONE if the model is gone or trained, or if it is another one: a world that was reset
 * begins to count anew, so that an id comes again, but a file name never does.
 */
MUST_USE enum store_result store_model_trained(struct store *store, const char *world,
                                               const struct model_training *training,
                                               const char *metrics, int64_t failed_us);

struct model_name {
    char world[WORLD_NAME_SIZE];
    char id[OBJECT_ID_SIZE];
};

struct model_names {
    struct model_name *items;
    size_t count;
};

void model_names_done(struct model_names *names);

/* The untrained models of all worlds, in the order of insertion. */
MUST_USE enum store_result store_models_untrained(struct store *store, struct model_names *out);

#endif
