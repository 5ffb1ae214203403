/*
 * Datasets and fine-tuned models as the control paths see them: one form for both kinds.
 */
#ifndef ADMIN_OBJECT_H
#define ADMIN_OBJECT_H

#include "admin/call.h"
#include "base/json_write.h"
#include "store/object_life.h"

enum object_kind { OBJECT_DATASET, OBJECT_MODEL };

/* "dataset" or "finetuned_model". */
const char *object_kind_name(enum object_kind kind);

/* Its strings are borrowed from the record that was read. */
struct object {
    enum object_kind kind;
    int64_t number; /* counts in the order of insertion */
    const char *id, *name, *type;
    const char *reason; /* why it failed, or its status was forced; or NULL */
    int64_t created_us;
    int64_t size_bytes;                  /* of a dataset, as uploaded */
    int64_t row_count;                   /* of a dataset; 0 in object_each() */
    const char *dataset_id, *base_model; /* of a model */
    bool is_forced;
    struct dataset_life dataset_life;
    struct model_life model_life;
};

struct object_event {
    int status;
    int64_t at_us;
};

/* The name of a status of that kind. */
const char *object_status_name(enum object_kind kind, int status);

/* Find a status by its name. Returns false if there is none. */
MUST_USE bool object_status_find(enum object_kind kind, struct text name, int *out);

/* Append the names of all statuses: "a, b and c". */
void object_status_list(enum object_kind kind, struct buf *out);

/* The statuses reached by `now_us`, oldest first. Returns their count, at least 1. */
size_t object_events(const struct object *object, int64_t now_us,
                     struct object_event out[LIFE_EVENTS_MAX]);

/* Write the JSON object that stands for it, at `now_us`. */
void object_write(const struct object *object, int64_t now_us, struct json_writer *w);

/* Called with each object in turn, which is gone afterwards. Returns false to fail the walk. */
typedef bool object_fn(void *context, const struct object *object);

/*
 * Walk over the objects of a kind that a world has now, the newest first. Returns STORE_FAILED also
 * if `visit` has returned false.
 */
MUST_USE enum store_result object_each(const struct admin_call *call, enum object_kind kind,
                                       object_fn *visit, void *context);

/* A page in an order that the store keeps: by creation or by name. What is equal comes newest
 * first, but with the oldest first. */
struct object_page {
    bool by_name, descends;
    const char *type; /* NULL: any; for the newest datasets first alone */
    int64_t offset, limit;
};

/* Visit the objects of a page, as object_each() does; `*out_total` is how many all pages have. */
MUST_USE enum store_result object_page(const struct admin_call *call, enum object_kind kind,
                                       const struct object_page *page, object_fn *visit,
                                       void *context, int64_t *out_total);

/* Visit the one with that id. STORE_NONE if there is none, or no more. */
MUST_USE enum store_result object_visit(const struct admin_call *call, enum object_kind kind,
                                        struct text id, object_fn *visit, void *context);

/* Force a status on the one with that id. `reason` may be NULL. */
MUST_USE enum store_result object_force(const struct admin_call *call, enum object_kind kind,
                                        struct text id, int status, const char *reason);

#endif
