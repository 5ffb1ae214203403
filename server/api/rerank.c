/*
 * POST /v1/rerank and /v2/rerank; and /rerank, which is the first under the older way of versions,
 * by date.
 */
#include <stdlib.h>

#include "api/call.h"
#include "api/errors.h"
#include "api/finetuned_model_view.h"
#include "api/handlers.h"
#include "api/model_id.h"
#include "api/model_refusal.h"
#include "api/rerank_score.h"
#include "base/id.h"
#include "core/model_catalog.h"
#include "http/reply.h"

enum { CHUNKS_MAX = 10000, PRIORITY_MAX = 999, WARNED_NAME_LEN_MAX = 100 };

struct rerank {
    const struct call *call;
    struct request *req;
    struct response *res;
    enum rerank_version version; /* of the body */
    const char *api_version;     /* as the answer names it */
    struct buf json;
    struct rerank_body body;
    const struct catalog_model *model; /* that ranks: the base of a fine-tuned one */
    struct ranking ranking;
};

static void rerank_done(struct rerank *rerank)
{
    ranking_done(&rerank->ranking);
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
        return call_error(call, rerank->res, ERROR_NOT_JSON, problem.data);
    case RERANK_UNKNOWN_FIELD:
        return call_error(call, rerank->res, ERROR_FIELD_UNKNOWN, problem.data);
    case RERANK_WRONG_TYPE:
        return call_error(call, rerank->res, ERROR_REQUEST, problem.data);
    case RERANK_NO_MEMORY:
        break;
    }
    return call_error(call, rerank->res, ERROR_NO_MEMORY);
}

/* Version 1 tells of a field that it does not know in a header only. */
static void warn(const struct rerank *rerank)
{
    AUTO(buf_done) struct buf warning = {0};
    struct text name = rerank->body.unknown_field;

    if (!name.data)
        return;
    if (name.len > WARNED_NAME_LEN_MAX)
        name.len = utf8_valid_len((struct text){name.data, WARNED_NAME_LEN_MAX});
    buf_add_format(&warning, "unknown field: parameter %.*s is not a valid field", TEXT_ARG(name));
    response_set_header_buf(rerank->res, "X-API-Warning", &warning);
}

static int check_each_document(const struct rerank *rerank)
{
    const struct call *call = rerank->call;
    const struct rerank_body *body = &rerank->body;
    AUTO(buf_done) struct buf scratch = {0};

    for (size_t i = 0; i < body->document_count; i++) {
        const struct document *document = &body->documents[i];
        struct text text = document_ranked_text(body, document, &scratch);

        if (scratch.failed)
            return call_error(call, rerank->res, ERROR_NO_MEMORY);
        if (document->is_object && is_blank(text))
            return call_error(call, rerank->res, ERROR_DOCUMENT_NO_TEXT);
        if (is_blank(text))
            return call_error(call, rerank->res, ERROR_DOCUMENT_EMPTY, i);
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
        return call_error(call, rerank->res, ERROR_NO_DOCUMENTS);
    if (body->has_rank_fields && body->rank_field_count == 0)
        return call_error(call, rerank->res, ERROR_RANK_FIELDS_EMPTY);
    refusal = check_each_document(rerank);
    if (refusal)
        return refusal;
    if (has_too_many_chunks(body))
        return call_error(call, rerank->res, ERROR_CHUNKS);
    return 0;
}

static int check_numbers(const struct rerank *rerank)
{
    const struct call *call = rerank->call;
    const struct rerank_body *body = &rerank->body;

    const struct {
        const char *name;
        const struct rerank_number *number;
    } counts[] = {
        {"top_n", &body->top_n},
        {"max_chunks_per_doc", &body->max_chunks_per_doc},
        {"max_tokens_per_doc", &body->max_tokens_per_doc},
    };

    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        if (counts[i].number->is_set && counts[i].number->value < 1)
            return call_error(call, rerank->res, ERROR_NOT_POSITIVE, counts[i].name);
    if (body->priority.is_set && (body->priority.value < 0 || body->priority.value > PRIORITY_MAX))
        return call_error(call, rerank->res, ERROR_PRIORITY, PRIORITY_MAX);
    return 0;
}

static int check_body(const struct rerank *rerank)
{
    const struct call *call = rerank->call;
    int refusal;

    if (is_blank(rerank->body.model))
        return call_error(call, rerank->res, ERROR_MODEL_NOT_SET);
    if (is_blank(rerank->body.query))
        return call_error(call, rerank->res, ERROR_QUERY_EMPTY);
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
        return call_error(call, rerank->res, ERROR_FINETUNED_UNKNOWN, TEXT_ARG(name));
    if (result != STORE_OK)
        return call_store_error(call, rerank->res, result);
    if (!text_eq(text_of(model.base_type), TEXT("BASE_TYPE_RERANK")))
        return call_error(call, rerank->res, ERROR_MODEL_OTHER, TEXT_ARG(name));
    if (!model_status_serves(model_event_at(&life, call->world->now_us).status))
        return call_error(call, rerank->res, ERROR_FINETUNED_NOT_READY, TEXT_ARG(name));
    rerank->model = model_catalog_rerank_base(text_of(model.base_name));
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
        return refuse_unknown_model(call, rerank->res, name);
    if (model->removed_on)
        return refuse_removed_model(call, rerank->res, model);
    if (!(model->endpoints & ENDPOINT_RERANK))
        return call_error(call, rerank->res, ERROR_MODEL_OTHER, TEXT_ARG(text_of(model->name)));
    rerank->model = model;
    return 0;
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
    struct document_field *fields = document_fields(body, document);

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
            write_document(body, rerank->ranking.hits[i].index, w);
        }
        json_write_member_int(w, "index", (int64_t)rerank->ranking.hits[i].index);
        json_write_key(w, "relevance_score");
        json_write_float(w, rerank->ranking.hits[i].score);
        json_write_object_end(w);
    }
    json_write_array_end(w);
}

static void write_meta(const struct rerank *rerank, struct json_writer *w)
{
    json_write_key(w, "meta");
    json_write_object(w);
    json_write_key(w, "api_version");
    json_write_object(w);
    json_write_member_string(w, "version", rerank->api_version);
    json_write_object_end(w);
    json_write_key(w, "billed_units");
    json_write_object(w);
    json_write_member_int(w, "search_units", (int64_t)search_units(rerank->ranking.billed_chunks));
    json_write_object_end(w);
    json_write_object_end(w);
}

static int answer(struct rerank *rerank)
{
    const struct world *world = rerank->call->world;
    struct json_writer w = {.out = &rerank->res->body};
    char id[UUID_SIZE];

    if (!rerank_score(rerank->call->api->rankers, &rerank->body, rerank->version, rerank->model,
                      &rerank->ranking))
        return call_error(rerank->call, rerank->res, ERROR_NO_MEMORY);
    id_uuid(world->seed, ID_ANSWER, world->serial, id);
    json_write_object(&w);
    json_write_member_string(&w, "id", id);
    write_results(rerank, &w);
    write_meta(rerank, &w);
    json_write_object_end(&w);
    return reply_json(rerank->res, 200);
}

static int rerank_any(const struct call *call, struct request *req, struct response *res,
                      enum rerank_version version, const char *api_version)
{
    AUTO(rerank_done)
    struct rerank rerank = {
        .call = call, .req = req, .res = res, .version = version, .api_version = api_version};
    int refusal = read_body(&rerank);

    if (refusal)
        return refusal;
    warn(&rerank);
    refusal = check_body(&rerank);
    if (!refusal)
        refusal = find_model(&rerank);
    return refusal ? refusal : answer(&rerank);
}

int rerank_v1(void *context, struct request *req, struct response *res)
{
    return rerank_any(context, req, res, RERANK_V1, "1");
}

int rerank_v2(void *context, struct request *req, struct response *res)
{
    return rerank_any(context, req, res, RERANK_V2, "2");
}

/* The dates that a request without a version in its path may ask for, the latest first. */
static const char *const dated_versions[] = {"2022-12-06", "2021-11-08"};

int rerank_dated(void *context, struct request *req, struct response *res)
{
    struct text wanted = request_header(req, "cohere-version");

    if (!wanted.data)
        return rerank_any(context, req, res, RERANK_V1, dated_versions[0]);
    for (size_t i = 0; i < ARRAY_LEN(dated_versions); i++)
        if (text_eq(wanted, text_of(dated_versions[i])))
            return rerank_any(context, req, res, RERANK_V1, dated_versions[i]);
    return call_error(context, res, ERROR_VERSION);
}
