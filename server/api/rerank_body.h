/*
 * The body of a rerank request, read in one pass without building a tree.
 */
#ifndef API_RERANK_BODY_H
#define API_RERANK_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum rerank_version { RERANK_V1 = 1, RERANK_V2 = 2 };

/* A member of a document that came as an object, for giving it back. */
struct document_field {
    struct text key;
    struct text value; /* unescaped text, or a JSON value as written */
    bool is_json;      /* `value` is JSON and no text */
};

struct document {
    struct text text; /* what is ranked; `data` NULL for an object without a text */
    bool is_object;
    size_t first_field, field_count; /* of `fields`, if it is an object */
};

/* A whole number that may be left out. */
struct rerank_number {
    bool is_set;
    int64_t value;
};

enum { RANK_FIELDS_MAX = 100 };

struct rerank_body {
    struct text model, query;
    struct document *documents; /* owned */
    size_t document_count, document_size;
    struct document_field *fields; /* owned; of all documents */
    size_t field_count, field_size;
    struct rerank_number top_n, max_chunks_per_doc, max_tokens_per_doc, priority;
    bool return_documents;
    bool has_rank_fields;                     /* also if there is none in the list */
    struct text rank_fields[RANK_FIELDS_MAX]; /* distinct; longer lists are refused */
    size_t rank_field_count;
    struct text unknown_field; /* the first in version 1; `data` NULL if there is none */
};

enum rerank_read {
    RERANK_READ,
    RERANK_NOT_JSON,      /* `problem`: the scanner's sentence */
    RERANK_UNKNOWN_FIELD, /* `problem`: its name (version 2 only) */
    RERANK_WRONG_TYPE,    /* `problem`: "top_n must be an integer" */
    RERANK_NO_MEMORY
};

/*
 * Read `json` into zeroed `*out`. Strings are unescaped in place: the bytes of `json` are changed,
 * and what `*out` borrows from them lives as long as they do. `*problem` explains a refusal; of
 * several, the one that the contract checks first. Explicit nulls count as absent.
 */
MUST_USE enum rerank_read rerank_body_read(struct buf *json, enum rerank_version version,
                                           struct rerank_body *out, struct buf *problem);

/* The fields of a document, `field_count` of them; NULL if there are none. */
struct document_field *document_fields(const struct rerank_body *body,
                                       const struct document *document);

/* What is ranked of a field: a string, or any other value as it is written; null counts as absent.
 */
struct text document_field_text(const struct document_field *field);

/*
 * The text of a document that is ranked: of an object, the fields that were asked for in the order
 * of `rank_fields`, one a line. It may be in `scratch`, which is cleared for it and failed if
 * memory ran out.
 */
struct text document_ranked_text(const struct rerank_body *body, const struct document *document,
                                 struct buf *scratch);

void rerank_body_done(struct rerank_body *body);

#endif
