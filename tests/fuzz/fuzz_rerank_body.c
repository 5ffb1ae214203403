/*
 * The body of a rerank request from anybody: the first byte chooses the version. What is read of it
 * is what jansson reads, and one that is refused is no JSON, or has a member that the version does
 * not know, or one of the wrong type.
 */
#include <jansson.h>
#include <string.h>

#include "api/rerank_body.h"
#include "base/json_scan.h"
#include "fuzz/fuzz.h"
#include "fuzz/json_mutator.h"

struct reading {
    struct buf json;
    struct rerank_body body;
    struct buf problem;
};

static void reading_done(struct reading *reading)
{
    rerank_body_done(&reading->body);
    buf_done(&reading->problem);
    buf_done(&reading->json);
}

static bool is_json(struct text t)
{
    char why[96];

    return json_scan_check(t, JSON_SCAN_DEPTH_MAX, why, sizeof(why));
}

/* A member that is neither absent nor null. */
static const json_t *member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return json_is_null(value) ? NULL : value;
}

static void check_string(struct text got, const json_t *want)
{
    demand((got.data != NULL) == (want != NULL), "a string is there or not");
    if (want)
        demand_text(got, (struct text){json_string_value(want), json_string_length(want)},
                    "it is unescaped");
}

static void check_number(struct rerank_number got, const json_t *want)
{
    demand(got.is_set == (want != NULL), "a number is there or not");
    demand(!want || !json_is_integer(want) || got.value == json_integer_value(want), "the same");
}

static void check_field(const struct document_field *field, const json_t *document)
{
    AUTO(buf_done) struct buf key = {0};
    const json_t *want;

    demand(!field->is_json || is_json(field->value), "a value is JSON");
    if (memchr(field->key.len ? field->key.data : "", '\0', field->key.len))
        return;
    buf_add_text(&key, field->key);
    want = json_object_get(document, key.len ? key.data : "");
    demand(want != NULL, "a member is there");
    demand(field->is_json == !json_is_string(want), "of its kind");
    if (!field->is_json)
        check_string(field->value, want);
}

static void check_document(const struct rerank_body *body, const struct document *document,
                           const json_t *want)
{
    AUTO(buf_done) struct buf scratch = {0};

    demand(document->is_object == json_is_object(want), "a document is of its kind");
    if (!document->is_object) {
        check_string(document->text, want);
        return;
    }
    demand(document->field_count <= body->field_count - document->first_field, "it has fields");
    for (size_t i = 0; i < document->field_count; i++)
        check_field(&body->fields[document->first_field + i], want);
    (void)document_ranked_text(body, document, &scratch);
    demand(!scratch.failed, "there is memory");
}

static void check_body(const struct rerank_body *body, const json_t *want)
{
    const json_t *documents = member(want, "documents");

    check_string(body->model, member(want, "model"));
    check_string(body->query, member(want, "query"));
    check_number(body->top_n, member(want, "top_n"));
    demand(body->document_count == json_array_size(documents), "all documents are there");
    for (size_t i = 0; i < body->document_count; i++)
        check_document(body, &body->documents[i], json_array_get(documents, i));
    demand(body->rank_field_count <= RANK_FIELDS_MAX, "rank_fields have their limit");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(reading_done) struct reading reading = {0};
    struct text json = {(const char *)data, size};
    enum rerank_version version = take_byte(&json) & 1 ? RERANK_V1 : RERANK_V2;
    enum rerank_read result;
    json_auto_t *theirs = NULL;

    buf_add_text(&reading.json, json);
    result = rerank_body_read(&reading.json, version, &reading.body, &reading.problem);
    demand(result != RERANK_NO_MEMORY, "there is memory");
    demand(result == RERANK_READ || result == RERANK_UNKNOWN_FIELD || reading.problem.len > 0,
           "a refusal has a reason");
    demand(is_json(json) || result == RERANK_NOT_JSON, "what is no JSON is refused as that");
    demand(result != RERANK_UNKNOWN_FIELD || version == RERANK_V2, "version 1 knows anything");
    theirs = json_loadb(json.len ? json.data : "", json.len,
                        JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    if (result == RERANK_READ && theirs)
        check_body(&reading.body, theirs);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    return json_mutate(data, size, size_max, seed, 1);
}
