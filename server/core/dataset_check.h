/*
 * Validation of an upload while its bytes stream in.
 *
 * One `struct dataset_check` sees both files of an upload, in either order, piece by piece. It
 * checks each row by the rules of the type, writes what is kept as an Avro container file to the
 * sink of the file, and says its verdict at the end. It holds one line and a set of the examples
 * seen: of queries for rerankers, of whole rows for the other types that train (at most 32 bytes
 * for each distinct one, so that 2 million cost 64 MB), and at most LABELS_MAX labels, whatever the
 * size of the upload. Two are only called equal after comparing their bytes, read back from the
 * sink.
 *
 * A row that repeats another one is not stored, but for rerankers, whose repeated queries are. What
 * only shows at the end, that a label has too few examples, takes nothing out of what is stored:
 * such rows are only left out of counts and metrics.
 *
 * No I/O here: the sinks are the caller's.
 */
#ifndef CORE_DATASET_CHECK_H
#define CORE_DATASET_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/dataset_sink.h"
#include "core/dataset_type.h"
#include "core/kept_fields.h"

enum dataset_check_result {
    CHECK_OK,
    CHECK_NO_MEMORY,
    CHECK_SINK_FAILED,
    CHECK_TOO_MANY_QUERIES /* more distinct queries, or rows, than the limit */
};

/* What is known of one file once it was read. */
struct dataset_part_facts {
    bool present;           /* it had at least one byte */
    int64_t row_count;      /* rows kept */
    int64_t avro_bytes;     /* written to the sink */
    int64_t uploaded_bytes; /* fed */
    struct buf samples;     /* the first three rows kept (but for huge ones), as a JSON array of
                             * strings (JSON texts) */
};

/* How an upload wants to be read. Zeroed is how it is read if nothing was said. */
struct dataset_options {
    bool skip_malformed;            /* rows at fault are dropped, with a warning each */
    struct text csv_delimiter;      /* one character; empty: a comma */
    struct text text_separator;     /* between the texts of txt; empty: a newline */
    const struct kept_fields *kept; /* further fields to keep, in types that do; or NULL */
    struct dataset_sink spare; /* where the evaluation part is written again if rows of it turn out
                                * to be malformed when it is complete; for `skip_malformed` */
};

struct dataset_verdict {
    bool valid;
    bool eval_is_spare;   /* the evaluation part is what was written to the spare sink */
    struct buf error;     /* the first error, empty if valid */
    struct buf warnings;  /* a JSON array of strings */
    struct buf schema;    /* of the parts */
    struct buf preserved; /* a JSON array of strings: the fields that are kept on request */
    struct buf metrics; /* a JSON object {"finetune_dataset_metrics":{...}}; empty if it has none */
    struct dataset_part_facts parts[SPLIT_COUNT];
};

void dataset_verdict_done(struct dataset_verdict *verdict);

struct dataset_check;

/*
 * Begin. `seed` decides the sync markers of the Avro files (and nothing else), so that the same
 * upload gives the same bytes. `limits` is copied. NULL when memory runs out.
 */
MUST_USE struct dataset_check *dataset_check_new(const struct dataset_type *type,
                                                 const struct dataset_limits *limits,
                                                 uint64_t seed);
void dataset_check_free(struct dataset_check *check);

/* Set options, before the first file. What they point to must stay until dataset_check_finish().
 * Returns CHECK_OK or CHECK_NO_MEMORY. */
MUST_USE enum dataset_check_result dataset_check_set_options(struct dataset_check *check,
                                                             const struct dataset_options *options);

/*
 * Begin one file, which has one of the formats of the type, feed its pieces, end it. Each split at
 * most once, one file at a time. A file of no bytes counts as absent, and nothing is written for
 * it. `sink` is copied, and what it leads to must stay until dataset_check_finish(), which may read
 * back. After a failure every further call fails in the same way.
 */
MUST_USE enum dataset_check_result dataset_check_begin(struct dataset_check *check,
                                                       enum dataset_split split,
                                                       enum dataset_format format,
                                                       const struct dataset_sink *sink);
MUST_USE enum dataset_check_result dataset_check_feed(struct dataset_check *check,
                                                      struct text piece);
MUST_USE enum dataset_check_result dataset_check_end(struct dataset_check *check);

/* After the files: the verdict, into zeroed `*out`, which is the caller's to release. */
MUST_USE enum dataset_check_result dataset_check_finish(struct dataset_check *check,
                                                        struct dataset_verdict *out);

/* For tests: keep only the bits in `mask` of the hashes of queries, so that they collide. Before
 * the first file begins. */
void dataset_check_weaken_hashes(struct dataset_check *check, uint32_t mask);

#endif
