/*
 * A fake without a socket, for tests: requests are written by hand, go through the dispatcher as
 * they would from the server, and what is answered is kept until the next request.
 *
 *     tcase_add_checked_fixture(tcase, fake_start, fake_stop);
 *     ...
 *     fake_get("/v1/datasets/x");
 *     assert_error(404, "dataset with id x not found");
 *
 * Its store is temporary, its seed 1, its clock stands still at 2025-06-01T12:00:00Z until it is
 * moved, and its lifecycle is `fast` (a dataset is validated after 200 ms, a model is ready after
 * 400). There is one fake at a time; everything here asserts.
 *
 * In JSON that is given to these functions a backtick stands for a quote, so that it can be read:
 * "{`id`:`%s`}". Texts are formats of printf.
 */
#ifndef SUPPORT_FAKE_H
#define SUPPORT_FAKE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "app/dispatch.h"
#include "base/buf.h"
#include "store/worlds.h"
#include "support/failing_calls.h"

extern const int64_t fake_start_us; /* 2025-06-01T12:00:00Z */

void fake_start(void);
void fake_stop(void);

/* Start with other worlds; the one of fake_start() is what this returns. */
struct worlds_config fake_config(void);
void fake_start_with(const struct worlds_config *config);

/* Write a file beneath a folder for stubs, which is made with the first and goes with the fake:
 * from then on it is what --root-dir names. Returns the folder. */
const char *fake_add_file(const char *name, const char *content);

/* Stop the trainer, and start another on the same store. */
void fake_restart_trainer(void);

/* What the dispatcher is given, to be changed at will. */
struct dispatch *fake_dispatch(void);

/* Move the clock of the default world forward. */
void fake_advance_ms(int64_t ms);

/*
 * Requests
 */

enum { FAKE_HEADERS_MAX = 8 };

/* Whether allocations fail while a request is answered: never, one of them, or all from one on. */
enum fake_memory { FAKE_MEMORY_ENOUGH, FAKE_MEMORY_FAILS_ONCE, FAKE_MEMORY_RUNS_OUT };

struct fake_request {
    const char *method;                      /* NULL: GET */
    const char *target;                      /* path and query */
    struct header headers[FAKE_HEADERS_MAX]; /* in place of the usual ones; a name NULL ends them */
    struct text body;
    size_t piece_size;       /* bytes that one read gives; 0: all */
    bool is_chunked;         /* no length is declared */
    bool is_cut;             /* after `body` the client goes away */
    body_read_fn *read_body; /* where a chunked body comes from instead; NULL: `body` */
    void *body_source;
    enum fake_memory memory;
    size_t allocations_left;            /* how many succeed before memory fails */
    const struct call_failure *failure; /* of the system's calls; NULL: none */
};

#define FAKE_HEADER(name, value)                                                                   \
    {                                                                                              \
        TEXT(name), TEXT(value)                                                                    \
    }
#define FAKE_KEY FAKE_HEADER("Authorization", "Bearer key")

/* Send a request. Returns the status. */
int fake_send(const struct fake_request *request);

/* Tell whether an allocation or a call failed during the last request. */
bool fake_has_failed(void);

/* Send the usual ones: with a key, and with a Host if it is a GET. */
int fake_get(const char *format, ...) PRINTF_LIKE(1, 2);
int fake_delete(const char *format, ...) PRINTF_LIKE(1, 2);
int fake_post(const char *target, const char *format, ...) PRINTF_LIKE(2, 3);
int fake_send_json(const char *method, const char *target, const char *format, ...)
    PRINTF_LIKE(3, 4);

/*
 * The last answer, borrowed until the next request
 */

int fake_status(void);
uint32_t fake_late_ms(void); /* how long it is held back */
const struct delivery *fake_delivery(void);
struct text fake_body(void); /* also if it is a file */
struct text fake_header(const char *name);

/* The member at a path such as "dataset.dataset_parts.0.url", which must be there. */
const json_t *fake_member(const char *path);
const char *fake_string(const char *path);
int64_t fake_int(const char *path);
bool fake_has(const char *path);

/* Compare the body byte for byte. */
void assert_body(int status, const char *format, ...) PRINTF_LIKE(2, 3);

/* Compare the body as JSON, whatever the order of its members. */
void assert_json(int status, const char *format, ...) PRINTF_LIKE(2, 3);

/* The answer is `{"id":"<a uuid>","message":"..."}`, byte for byte. */
void assert_error(int status, const char *format, ...) PRINTF_LIKE(2, 3);

/* The answer is `{"message":"..."}`, byte for byte. */
void assert_message(int status, const char *format, ...) PRINTF_LIKE(2, 3);

void assert_header(const char *name, const char *value);

/*
 * Datasets and models
 */

struct fake_file {
    const char *part;         /* name in the form */
    const char *filename;     /* NULL: a field and no file */
    const char *content_type; /* NULL: none is sent */
    struct text content;
};

/* Append a form of `files` with the boundary "fake-boundary". */
void form_add(struct buf *out, const struct fake_file *files, size_t count);

/* POST /v1/datasets?`query` with a form; `piece_size` as in struct fake_request. */
int fake_upload(const char *query, const struct fake_file *files, size_t count, size_t piece_size);

/* Append `count` valid rows of reranker data; row `from` has the query "query <from>". */
void rows_add(struct buf *out, size_t from, size_t count);

/* Upload 256 rows as a reranker dataset of that name. Returns its id, borrowed until fake_stop() or
 * the next call. */
const char *fake_add_dataset(const char *name);

/* The same, and wait until it is validated. */
const char *fake_add_valid_dataset(const char *name);

/* Put a validated dataset of any type into the store, with a file that is no Avro. There can be one
 * of each type. */
const char *fake_add_dataset_of(const char *type);

/* Train a model; as above, without and with the wait until it is ready. */
const char *fake_add_model(const char *dataset_id);
const char *fake_add_ready_model(const char *dataset_id);

#endif
