#include "api/rerank_body.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"

struct reader {
    struct json_scan scan;
    struct buf *json; /* what is scanned, to unescape in */
    struct buf scratch;
    struct rerank_body *body;
    struct buf *problem;
    enum rerank_version version;
    enum rerank_read refusal; /* the first in the contract's order, so far */
};

struct member;

/* Read the value of a member into the body. */
typedef void read_member_fn(struct reader *reader, const struct member *member);

static read_member_fn read_string, read_number, read_boolean, read_documents, read_rank_fields;

#define AT(member) offsetof(struct rerank_body, member)

/* clang-format off */
static const struct member {
    const char *name;
    read_member_fn *read;
    size_t offset;     /* in struct rerank_body */
    unsigned versions; /* bits 1 << version */
} members[] = {
    {"model",              read_string,      AT(model),              1 << RERANK_V1 | 1 << RERANK_V2},
    {"query",              read_string,      AT(query),              1 << RERANK_V1 | 1 << RERANK_V2},
    {"documents",          read_documents,   AT(documents),          1 << RERANK_V1 | 1 << RERANK_V2},
    {"top_n",              read_number,      AT(top_n),              1 << RERANK_V1 | 1 << RERANK_V2},
    {"return_documents",   read_boolean,     AT(return_documents),   1 << RERANK_V1},
    {"rank_fields",        read_rank_fields, AT(rank_fields),        1 << RERANK_V1},
    {"max_chunks_per_doc", read_number,      AT(max_chunks_per_doc), 1 << RERANK_V1},
    {"max_tokens_per_doc", read_number,      AT(max_tokens_per_doc), 1 << RERANK_V2},
    {"priority",           read_number,      AT(priority),           1 << RERANK_V2},
};
/* clang-format on */

void rerank_body_done(struct rerank_body *body)
{
    free(body->documents);
    free(body->fields);
    *body = (struct rerank_body){0};
}

struct document_field *document_fields(const struct rerank_body *body,
                                       const struct document *document)
{
    /* Where no document has fields there is no array. */
    return document->field_count ? body->fields + document->first_field : NULL;
}

struct text document_field_text(const struct document_field *field)
{
    static const struct text absent = {0};

    return field->is_json && text_eq(field->value, TEXT("null")) ? absent : field->value;
}

/* The text of a document's field; `data` is NULL if there is none. Of several with one name, the
 * last one counts. */
static struct text find_field(const struct rerank_body *body, const struct document *document,
                              struct text key)
{
    const struct document_field *fields = document_fields(body, document);

    for (size_t i = document->field_count; i > 0; i--)
        if (text_eq(fields[i - 1].key, key))
            return document_field_text(&fields[i - 1]);
    return (struct text){0};
}

struct text document_ranked_text(const struct rerank_body *body, const struct document *document,
                                 struct buf *scratch)
{
    if (!document->is_object || body->rank_field_count == 0)
        return document->text;
    buf_clear(scratch);
    for (size_t i = 0; i < body->rank_field_count; i++) {
        struct text field = find_field(body, document, body->rank_fields[i]);

        if (!field.data)
            continue;
        if (scratch->len)
            buf_add_char(scratch, '\n');
        buf_add_text(scratch, field);
    }
    return buf_text(scratch);
}

/* The order in which the contract checks: what is named first here wins. */
static int rank_of(enum rerank_read refusal)
{
    switch (refusal) {
    case RERANK_NO_MEMORY:
        return 0;
    case RERANK_NOT_JSON:
        return 1;
    case RERANK_UNKNOWN_FIELD:
        return 2;
    case RERANK_WRONG_TYPE:
        return 3;
    case RERANK_READ:
        break;
    }
    return 4;
}

PRINTF_LIKE(3, 4)
static void refuse(struct reader *reader, enum rerank_read refusal, const char *format, ...)
{
    va_list args;

    if (rank_of(refusal) >= rank_of(reader->refusal))
        return;
    reader->refusal = refusal;
    buf_clear(reader->problem);
    va_start(args, format);
    buf_add_vformat(reader->problem, format, args);
    va_end(args);
}

/* Unescape the present string over itself: it never gets longer. */
static struct text take_string(struct reader *reader)
{
    struct text value = reader->scan.value;
    struct text plain;

    if (!reader->scan.has_escapes)
        return value;
    if (!json_scan_string(&reader->scan, &reader->scratch, &plain)) {
        refuse(reader, RERANK_NO_MEMORY, "%s", "");
        return value;
    }
    memcpy(reader->json->data + (value.data - reader->json->data), plain.data, plain.len);
    value.len = plain.len;
    return value;
}

/* Skip the value that has just begun with `token`. */
static void skip_begun(struct reader *reader, enum json_scan_token token)
{
    if (token == JSON_SCAN_OBJECT || token == JSON_SCAN_ARRAY)
        (void)json_scan_skip(&reader->scan);
}

static void *target_of(const struct reader *reader, const struct member *member)
{
    return (char *)reader->body + member->offset;
}

/* Null leaves what is there alone, here and below. */
static void read_string(struct reader *reader, const struct member *member)
{
    enum json_scan_token token = json_scan_next(&reader->scan);
    struct text *out = target_of(reader, member);

    if (token == JSON_SCAN_STRING) {
        *out = take_string(reader);
        return;
    }
    if (token == JSON_SCAN_NULL)
        return;
    refuse(reader, RERANK_WRONG_TYPE, "%s must be a string", member->name);
    skip_begun(reader, token);
}

/* Whole numbers may be written with a fraction of zero, as some clients do. */
static bool to_whole(struct text number, int64_t *out)
{
    double value;

    if (text_to_i64(number, out))
        return true;
    if (!text_to_double(number, &value) || value < -9e15 || value > 9e15 ||
        (double)(int64_t)value != value)
        return false;
    *out = (int64_t)value;
    return true;
}

static void read_number(struct reader *reader, const struct member *member)
{
    enum json_scan_token token = json_scan_next(&reader->scan);
    struct rerank_number *out = target_of(reader, member);

    if (token == JSON_SCAN_NULL)
        return;
    if (token == JSON_SCAN_NUMBER && to_whole(reader->scan.value, &out->value)) {
        out->is_set = true;
        return;
    }
    refuse(reader, RERANK_WRONG_TYPE, "%s must be an integer", member->name);
    skip_begun(reader, token);
}

static void read_boolean(struct reader *reader, const struct member *member)
{
    enum json_scan_token token = json_scan_next(&reader->scan);
    bool *out = target_of(reader, member);

    if (token == JSON_SCAN_TRUE || token == JSON_SCAN_FALSE) {
        *out = token == JSON_SCAN_TRUE;
    } else if (token != JSON_SCAN_NULL) {
        refuse(reader, RERANK_WRONG_TYPE, "%s must be a boolean", member->name);
        skip_begun(reader, token);
    }
}

static void add_rank_field(struct reader *reader, struct text name)
{
    struct rerank_body *body = reader->body;

    for (size_t i = 0; i < body->rank_field_count; i++)
        if (text_eq(body->rank_fields[i], name))
            return;
    if (body->rank_field_count == RANK_FIELDS_MAX)
        refuse(reader, RERANK_WRONG_TYPE, "rank_fields must be at most %d fields", RANK_FIELDS_MAX);
    else
        body->rank_fields[body->rank_field_count++] = name;
}

static void read_rank_fields(struct reader *reader, const struct member *member)
{
    enum json_scan_token token = json_scan_next(&reader->scan);

    if (token == JSON_SCAN_NULL)
        return;
    if (token != JSON_SCAN_ARRAY) {
        refuse(reader, RERANK_WRONG_TYPE, "%s must be an array", member->name);
        skip_begun(reader, token);
        return;
    }
    reader->body->has_rank_fields = true;
    reader->body->rank_field_count = 0;
    while ((token = json_scan_next(&reader->scan)) != JSON_SCAN_ARRAY_END) {
        if (token == JSON_SCAN_ERROR)
            return;
        if (token == JSON_SCAN_STRING) {
            add_rank_field(reader, take_string(reader));
        } else {
            refuse(reader, RERANK_WRONG_TYPE, "%s must be an array of strings", member->name);
            skip_begun(reader, token);
        }
    }
}

/*
 * Documents
 */

/* Make room for one more element of `element_size`; `*size` is the room there is. Returns the
 * array, or refuses the body and returns NULL when memory runs out. */
static void *grow(struct reader *reader, void *array, size_t count, size_t *size,
                  size_t element_size)
{
    size_t wanted = *size ? *size * 2 : 16;
    void *grown;

    if (count < *size)
        return array;
    grown = reallocarray(array, wanted, element_size);
    if (grown)
        *size = wanted;
    else
        refuse(reader, RERANK_NO_MEMORY, "%s", "");
    return grown;
}

static bool add_document(struct reader *reader, const struct document *document)
{
    struct rerank_body *body = reader->body;
    struct document *documents = grow(reader, body->documents, body->document_count,
                                      &body->document_size, sizeof(*documents));

    if (!documents)
        return false;
    body->documents = documents;
    documents[body->document_count++] = *document;
    return true;
}

static bool add_field(struct reader *reader, const struct document_field *field)
{
    struct rerank_body *body = reader->body;
    struct document_field *fields =
        grow(reader, body->fields, body->field_count, &body->field_size, sizeof(*fields));

    if (!fields)
        return false;
    body->fields = fields;
    fields[body->field_count++] = *field;
    return true;
}

/* Read the value of a document's field: a string as text, any other as the JSON it is. */
static struct document_field read_field_value(struct reader *reader, struct text key)
{
    struct document_field field = {.key = key};
    enum json_scan_token token = json_scan_next(&reader->scan);
    size_t from = reader->scan.token_at;

    if (token == JSON_SCAN_STRING) {
        field.value = take_string(reader);
        return field;
    }
    skip_begun(reader, token);
    field.is_json = true;
    field.value = (struct text){reader->json->data + from, reader->scan.at - from};
    return field;
}

static bool read_object_document(struct reader *reader)
{
    struct document document = {.is_object = true, .first_field = reader->body->field_count};

    while (json_scan_next(&reader->scan) == JSON_SCAN_KEY) {
        struct document_field field = read_field_value(reader, take_string(reader));

        if (!add_field(reader, &field))
            return false;
        document.field_count++;
        if (text_eq(field.key, TEXT("text")))
            document.text = document_field_text(&field);
    }
    return reader->scan.token != JSON_SCAN_ERROR && add_document(reader, &document);
}

static void read_documents(struct reader *reader, const struct member *member)
{
    enum json_scan_token token = json_scan_next(&reader->scan);

    if (token == JSON_SCAN_NULL)
        return;
    if (token != JSON_SCAN_ARRAY) {
        refuse(reader, RERANK_WRONG_TYPE, "%s must be an array", member->name);
        skip_begun(reader, token);
        return;
    }
    reader->body->document_count = 0;
    reader->body->field_count = 0;
    while ((token = json_scan_next(&reader->scan)) != JSON_SCAN_ARRAY_END) {
        if (token == JSON_SCAN_ERROR)
            return;
        if (token == JSON_SCAN_STRING) {
            struct document document = {.text = take_string(reader)};

            if (!add_document(reader, &document))
                return;
        } else if (token == JSON_SCAN_OBJECT && reader->version == RERANK_V1) {
            if (!read_object_document(reader))
                return;
        } else {
            refuse(reader, RERANK_WRONG_TYPE,
                   reader->version == RERANK_V1
                       ? "document at index %zu must be a string or an object"
                       : "document at index %zu must be a string",
                   reader->body->document_count);
            skip_begun(reader, token);
        }
    }
}

/* Version 2 refuses what it does not know, version 1 warns of it. */
static void read_unknown_member(struct reader *reader)
{
    struct text name = take_string(reader);

    if (reader->version == RERANK_V2)
        refuse(reader, RERANK_UNKNOWN_FIELD, "%.*s", TEXT_ARG(name));
    else if (!reader->body->unknown_field.data)
        reader->body->unknown_field = name;
    (void)json_scan_skip(&reader->scan);
}

static void read_member(struct reader *reader)
{
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        if (json_scan_is(&reader->scan, text_of(members[i].name)) &&
            members[i].versions & 1U << reader->version) {
            members[i].read(reader, &members[i]);
            return;
        }
    }
    read_unknown_member(reader);
}

static void read_body(struct reader *reader)
{
    struct json_scan *scan = &reader->scan;
    enum json_scan_token token = json_scan_next(scan);

    if (token != JSON_SCAN_OBJECT && token != JSON_SCAN_ERROR) {
        refuse(reader, RERANK_NOT_JSON, "the body must be an object");
        return;
    }
    if (token == JSON_SCAN_OBJECT)
        while (reader->refusal != RERANK_NO_MEMORY && json_scan_next(scan) == JSON_SCAN_KEY)
            read_member(reader);
    if (scan->token == JSON_SCAN_OBJECT_END)
        (void)json_scan_next(scan);
    if (scan->token == JSON_SCAN_ERROR)
        refuse(reader, RERANK_NOT_JSON, "%s", scan->error);
}

enum rerank_read rerank_body_read(struct buf *json, enum rerank_version version,
                                  struct rerank_body *out, struct buf *problem)
{
    struct reader reader = {
        .json = json, .body = out, .problem = problem, .version = version, .refusal = RERANK_READ};

    json_scan_init(&reader.scan, buf_text(json), JSON_SCAN_DEPTH_MAX);
    read_body(&reader);
    buf_done(&reader.scratch);
    return problem->failed ? RERANK_NO_MEMORY : reader.refusal;
}
