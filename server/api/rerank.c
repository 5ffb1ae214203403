/*
 * POST /v1/rerank and /v2/rerank.
 */
#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "api/finetuned_model_view.h"
#include "api/handlers.h"
#include "api/model_id.h"
#include "api/ranker_pool.h"
#include "api/rerank_body.h"
#include "base/id.h"
#include "core/model_catalog.h"
#include "http/reply.h"

enum { CHUNKS_MAX = 10000, PRIORITY_MAX = 999, DOCUMENTS_PER_SEARCH_UNIT = 100 };

struct rerank {
    const struct call *call;
    struct request *req;
    struct response *res;
    enum rerank_version version;
    struct buf json;
    struct rerank_body body;
    enum term_language language;
    struct hit *hits; /* owned */
};

struct hit {
    size_t index;
    float score;
};

static void rerank_done(struct rerank *rerank)
{
    free(rerank->hits);
    rerank_body_done(&rerank->body);
    buf_done(&rerank->json);
}

static bool is_blank(struct text t)
{
    return text_trim(t).len == 0;
}

/* The steps below return 0, or answer with a refusal and return its status. */
static int read_body(struct rerank *rerank)
{
    const struct call *call = rerank->call;
    AUTO(buf_done) struct buf problem = {0};
    int refusal = call_read_body(call, rerank->req, rerank->res, &rerank->json);

    if (refusal)
        return refusal;
    switch (rerank_body_read(&rerank->json, rerank->version, &rerank->body, &problem)) {
    case RERANK_READ:
        return 0;
    case RERANK_NOT_JSON:
        return call_error(call, rerank->res, 400, "invalid json syntax: %s", problem.data);
    case RERANK_UNKNOWN_FIELD:
        return call_error(call, rerank->res, 422,
                          "unknown field: parameter '%s' is not a valid field. For proper usage, "
                          "please refer to https://docs.cohere.com/reference/rerank",
                          problem.data);
    case RERANK_WRONG_TYPE:
        return call_error(call, rerank->res, 400, "invalid request: %s", problem.data);
    case RERANK_NO_MEMORY:
        break;
    }
    return call_error(call, rerank->res, 500, "out of memory");
}

/* The text of a document's field; `data` is NULL if there is none. Of several with one name, the
 * last one counts. */
static struct text find_field(const struct rerank_body *body, const struct document *document,
                              struct text key)
{
    const struct document_field *fields = body->fields + document->first_field;

    for (size_t i = document->field_count; i > 0; i--)
        if (text_eq(fields[i - 1].key, key))
            return document_field_text(&fields[i - 1]);
    return (struct text){0};
}

/*
 * The text of a document that is ranked: of an object, the fields that were asked for, one a line,
 * in `scratch`. What it is if memory runs out, `scratch->failed` tells.
 */
static struct text ranked_text(const struct rerank_body *body, const struct document *document,
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

static int check_each_document(const struct rerank *rerank)
{
    const struct call *call = rerank->call;
    const struct rerank_body *body = &rerank->body;
    AUTO(buf_done) struct buf scratch = {0};

    for (size_t i = 0; i < body->document_count; i++) {
        const struct document *document = &body->documents[i];
        struct text text = ranked_text(body, document, &scratch);

        if (scratch.failed)
            return call_error(call, rerank->res, 500, "out of memory");
        if (document->is_object && is_blank(text))
            return call_error(call, rerank->res, 400,
                              "invalid request: required 'text' param is missing or empty.");
        if (is_blank(text))
            return call_error(call, rerank->res, 400,
                              "invalid request: document at index %zu cannot be empty", i);
    }
    return 0;
}

static bool has_too_many_chunks(const struct rerank_body *body)
{
    uint64_t chunks = 1;

    if (body->max_chunks_per_doc.is_set && body->max_chunks_per_doc.value > 1)
        chunks = (uint64_t)body->max_chunks_per_doc.value;
    return body->document_count > CHUNKS_MAX / chunks;
}

static int check_documents(const struct rerank *rerank)
{
    const struct call *call = rerank->call;
    const struct rerank_body *body = &rerank->body;
    int refusal;

    if (body->document_count == 0)
        return call_error(call, rerank->res, 400,
                          "invalid request: list of documents must not be empty");
    if (body->has_rank_fields && body->rank_field_count == 0)
        return call_error(call, rerank->res, 400,
                          "invalid request: rank_fields cannot be empty, it must either contain at "
                          "least one field or be omitted");
    refusal = check_each_document(rerank);
    if (refusal)
        return refusal;
    if (has_too_many_chunks(body))
        return call_error(call, rerank->res, 400,
                          "invalid request: number of total max chunks (number of documents * max "
                          "chunks per doc) must be less than 10000");
    return 0;
}

static int check_numbers(const struct rerank *rerank)
{
    const struct call *call = rerank->call;
    const struct rerank_body *body = &rerank->body;

    if (body->top_n.is_set && body->top_n.value < 1)
        return call_error(call, rerank->res, 400, "invalid request: top_n must be greater than 0");
    if (body->priority.is_set && (body->priority.value < 0 || body->priority.value > PRIORITY_MAX))
        return call_error(call, rerank->res, 400,
                          "invalid request: priority must be between 0 and %d", PRIORITY_MAX);
    return 0;
}

static int check_body(const struct rerank *rerank)
{
    const struct call *call = rerank->call;
    int refusal;

    if (is_blank(rerank->body.model))
        return call_error(call, rerank->res, 400,
                          "a model parameter is required for this endpoint.");
    if (is_blank(rerank->body.query))
        return call_error(call, rerank->res, 400,
                          "invalid request: query must not be empty or be only whitespace");
    refusal = check_documents(rerank);
    return refusal ? refusal : check_numbers(rerank);
}

static int find_finetuned_model(struct rerank *rerank, const char *id)
{
    const struct call *call = rerank->call;
    struct text name = rerank->body.model;
    AUTO(model_record_done) struct model_record model = {0};
    enum store_result result = store_model_get(call->api->store, call->world->name, id, &model);
    struct model_life life = model_life_of(&model);

    if (result == STORE_NONE)
        return call_error(call, rerank->res, 404, "finetuned model %.*s not found", TEXT_ARG(name));
    if (result != STORE_OK)
        return call_store_error(call, rerank->res, result);
    if (model_event_at(&life, call->world->now_us).status != MODEL_READY)
        return call_error(call, rerank->res, 400,
                          "finetuned model with name %.*s is not ready for serving",
                          TEXT_ARG(name));
    rerank->language = strcmp(model.base_name, "english") == 0 ? TERM_ENGLISH : TERM_MULTILINGUAL;
    return 0;
}

static int find_model(struct rerank *rerank)
{
    const struct call *call = rerank->call;
    struct text name = rerank->body.model;
    const struct catalog_model *model = model_catalog_find(name);
    char id[OBJECT_ID_SIZE];

    if (!model && model_id_read_route(name, id))
        return find_finetuned_model(rerank, id);
    if (!model)
        return call_error(call, rerank->res, 404,
                          "model '%.*s' not found, make sure the correct model ID was used and "
                          "that you have access to the model.",
                          TEXT_ARG(name));
    switch (model->state) {
    case CATALOG_REMOVED:
        return call_error(call, rerank->res, 404,
                          "model '%s' was removed on %s. See "
                          "https://docs.cohere.com/docs/models#rerank for a list of models you can "
                          "use instead.",
                          model->name, model->removed_on);
    case CATALOG_OTHER:
        return call_error(call, rerank->res, 400,
                          "invalid request: model '%s' is not supported by the rerank API",
                          model->name);
    case CATALOG_SERVED:
        break;
    }
    rerank->language = strcmp(model->language, "english") == 0 ? TERM_ENGLISH : TERM_MULTILINGUAL;
    return 0;
}

static int compare_hits(const void *left, const void *right)
{
    const struct hit *a = left, *b = right;

    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    /* qsort() is not stable; equal scores come in the order of the request. */
    return a->index < b->index ? -1 : 1;
}

static bool score_documents(struct rerank *rerank, struct ranker *ranker)
{
    const struct rerank_body *body = &rerank->body;
    AUTO(buf_done) struct buf scratch = {0};

    if (!ranker_set_query(ranker, rerank->language, body->query))
        return false;
    for (size_t i = 0; i < body->document_count; i++) {
        struct text text = ranked_text(body, &body->documents[i], &scratch);

        rerank->hits[i].index = i;
        rerank->hits[i].score = ranker_score(ranker, text);
    }
    return !scratch.failed;
}

/* Returns false when memory runs out. */
static bool rank(struct rerank *rerank)
{
    struct ranker_pool *pool = rerank->call->api->rankers;
    size_t count = rerank->body.document_count;
    struct ranker *ranker;
    bool scored;

    rerank->hits = calloc(count, sizeof(*rerank->hits));
    ranker = ranker_pool_take(pool);
    if (!ranker)
        return false;
    scored = rerank->hits && score_documents(rerank, ranker);
    ranker_pool_give(pool, ranker);
    if (scored)
        qsort(rerank->hits, count, sizeof(*rerank->hits), compare_hits);
    return scored;
}

/*
 * The answer
 */

/* Fields of one name stay in the order in which they came: keys point into the body. */
static int compare_fields(const void *left, const void *right)
{
    const struct document_field *a = left, *b = right;
    int order = text_compare(a->key, b->key);

    if (order)
        return order;
    return a->key.data < b->key.data ? -1 : 1;
}

/* Give a document back: a string as {"text": ...}, an object with its keys in their order. */
static void write_document(struct rerank_body *body, size_t index, struct json_writer *w)
{
    const struct document *document = &body->documents[index];
    struct document_field *fields = body->fields + document->first_field;

    json_write_object(w);
    if (!document->is_object)
        json_write_member_text(w, "text", document->text);
    if (document->field_count)
        qsort(fields, document->field_count, sizeof(*fields), compare_fields);
    for (size_t i = 0; i < document->field_count; i++) {
        /* Of several with one name, the last one counts. */
        if (i + 1 < document->field_count && text_eq(fields[i].key, fields[i + 1].key))
            continue;
        json_write_key_text(w, fields[i].key);
        if (fields[i].is_json)
            json_write_raw(w, fields[i].value);
        else
            json_write_text(w, fields[i].value);
    }
    json_write_object_end(w);
}

static void write_results(struct rerank *rerank, struct json_writer *w)
{
    struct rerank_body *body = &rerank->body;
    size_t count = body->document_count;

    if (body->top_n.is_set && (uint64_t)body->top_n.value < count)
        count = (size_t)body->top_n.value;
    json_write_key(w, "results");
    json_write_array(w);
    for (size_t i = 0; i < count; i++) {
        json_write_object(w);
        if (body->return_documents) {
            json_write_key(w, "document");
            write_document(body, rerank->hits[i].index, w);
        }
        json_write_member_int(w, "index", (int64_t)rerank->hits[i].index);
        json_write_key(w, "relevance_score");
        json_write_float(w, rerank->hits[i].score);
        json_write_object_end(w);
    }
    json_write_array_end(w);
}

static void write_meta(const struct rerank *rerank, struct json_writer *w)
{
    size_t units =
        (rerank->body.document_count + DOCUMENTS_PER_SEARCH_UNIT - 1) / DOCUMENTS_PER_SEARCH_UNIT;

    json_write_key(w, "meta");
    json_write_object(w);
    json_write_key(w, "api_version");
    json_write_object(w);
    json_write_member_string(w, "version", rerank->version == RERANK_V1 ? "1" : "2");
    json_write_object_end(w);
    json_write_key(w, "billed_units");
    json_write_object(w);
    json_write_member_int(w, "search_units", (int64_t)units);
    json_write_object_end(w);
    json_write_object_end(w);
}

static int answer(struct rerank *rerank)
{
    const struct world *world = rerank->call->world;
    struct json_writer w = {.out = &rerank->res->body};
    char id[UUID_SIZE];

    if (!rank(rerank))
        return call_error(rerank->call, rerank->res, 500, "out of memory");
    id_uuid(world->seed, ID_ANSWER, world->serial, id);
    json_write_object(&w);
    json_write_member_string(&w, "id", id);
    write_results(rerank, &w);
    write_meta(rerank, &w);
    json_write_object_end(&w);
    return reply_json(rerank->res, 200);
}

static int rerank_any(const struct call *call, struct request *req, struct response *res,
                      enum rerank_version version)
{
    AUTO(rerank_done)
    struct rerank rerank = {.call = call, .req = req, .res = res, .version = version};
    int refusal = read_body(&rerank);

    if (!refusal)
        refusal = check_body(&rerank);
    if (!refusal)
        refusal = find_model(&rerank);
    return refusal ? refusal : answer(&rerank);
}

int rerank_v1(void *context, struct request *req, struct response *res)
{
    return rerank_any(context, req, res, RERANK_V1);
}

int rerank_v2(void *context, struct request *req, struct response *res)
{
    return rerank_any(context, req, res, RERANK_V2);
}
