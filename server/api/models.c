/*
 * The models that can be called: Cohere's own, and the world's fine-tuned ones once they are ready.
 *
 * A list is a walk over positions. The catalog has the first ones, the fine-tuned models have those
 * after it, by age and whether they are ready or not, so that a position stays what it is while
 * models become ready. A page token holds the position at which the next page begins.
 */
#include <stdio.h>
#include <string.h>

#include "api/errors.h"
#include "api/finetuned_model_view.h"
#include "api/handlers.h"
#include "api/model_id.h"
#include "api/model_refusal.h"
#include "api/page.h"
#include "api/page_token.h"
#include "base/json_write.h"
#include "http/reply.h"

#define TOKENIZERS "https://storage.googleapis.com/cohere-public/tokenizers/"

enum { PAGE_SIZE_DEFAULT = 20, PAGE_SIZE_MAX = 1000, STORE_PAGE_SIZE = 100 };

/* A model of either kind. */
struct shown_model {
    char name[OBJECT_ID_SIZE + sizeof("-ft")];
    unsigned endpoints, defaults;
    size_t context_tokens;
    bool is_finetuned;
};

static struct shown_model show_catalog_model(const struct catalog_model *model)
{
    struct shown_model shown = {
        .endpoints = model->endpoints,
        .defaults = model->defaults,
        .context_tokens = model->context.tokens,
    };

    memcpy(shown.name, model->name, strlen(model->name) + 1);
    return shown;
}

/* What a fine-tuned model is called for; of rerank, the base has the context. */
static const struct {
    const char *base_type;
    unsigned endpoint;
    size_t context_tokens;
} base_types[] = {
    {"BASE_TYPE_RERANK", ENDPOINT_RERANK, 512},
    {"BASE_TYPE_CHAT", ENDPOINT_CHAT, 16384},
    {"BASE_TYPE_CLASSIFICATION", ENDPOINT_CLASSIFY, 512},
    {"BASE_TYPE_GENERATIVE", ENDPOINT_GENERATE, 4096},
};

/* Returns false, and leaves `*out` alone, if the model does not serve. */
static bool show_finetuned_model(const struct call *call, const struct model_record *model,
                                 struct shown_model *out)
{
    struct model_life life = model_life_of(model);
    struct shown_model shown = {.is_finetuned = true};
    size_t len = strlen(model->id);

    if (!model_status_serves(model_event_at(&life, call->world->now_us).status))
        return false;
    memcpy(shown.name, model->id, len);
    memcpy(shown.name + len, "-ft", sizeof("-ft"));
    for (size_t i = 0; i < ARRAY_LEN(base_types); i++) {
        if (strcmp(base_types[i].base_type, model->base_type) == 0) {
            shown.endpoints = base_types[i].endpoint;
            shown.context_tokens = base_types[i].context_tokens;
        }
    }
    *out = shown;
    return true;
}

static void write_endpoints(struct json_writer *w, const char *key, unsigned endpoints)
{
    const char *name;

    json_write_key(w, key);
    json_write_array(w);
    for (size_t i = 0; (name = model_endpoint_name(endpoints, i)); i++)
        json_write_string(w, name);
    json_write_array_end(w);
}

static void write_tokenizer_url(struct json_writer *w, const struct shown_model *model)
{
    AUTO(buf_done) struct buf url = {0};

    if (!model->is_finetuned) {
        buf_add_string(&url, TOKENIZERS);
        buf_add_string(&url, model->name);
        buf_add_string(&url, ".json");
    }
    json_write_member_text(w, "tokenizer_url", buf_text(&url));
    w->out->failed |= url.failed;
}

static void write_model(struct json_writer *w, const struct shown_model *model)
{
    json_write_object(w);
    json_write_member_string(w, "name", model->name);
    write_endpoints(w, "endpoints", model->endpoints);
    json_write_member_bool(w, "finetuned", model->is_finetuned);
    json_write_member_int(w, "context_length", (int64_t)model->context_tokens);
    write_tokenizer_url(w, model);
    if (!model->is_finetuned) {
        json_write_member_bool(w, "supports_vision", false);
        json_write_key(w, "features");
        json_write_array(w);
        json_write_array_end(w);
    }
    write_endpoints(w, "default_endpoints", model->defaults);
    json_write_object_end(w);
}

/*
 * The list
 */

/* What the query of a list asks for. */
struct wish {
    unsigned endpoint; /* 0: any */
    bool default_only;
    size_t page_size;
    uint64_t position;
    char list[WORLD_NAME_SIZE + 32]; /* which list that is, for page tokens */
};

/* Read a parameter. Returns false if there is none, or an empty one. */
static bool read_param(const struct request *req, const char *name, struct text *out)
{
    return request_query(req, name, 0, out) && out->len > 0;
}

static bool read_page_size(struct text value, size_t *out)
{
    int64_t count;

    if (!page_count_read(value, &count) || count < 1 || count > PAGE_SIZE_MAX)
        return false;
    *out = (size_t)count;
    return true;
}

static bool read_boolean(struct text value, bool *out)
{
    *out = text_eq(value, TEXT("true")) || text_eq(value, TEXT("1"));
    return *out || text_eq(value, TEXT("false")) || text_eq(value, TEXT("0"));
}

/* Returns NULL, or what is wrong with the query. */
static const char *read_wish(const struct call *call, const struct request *req, struct wish *out)
{
    struct text value;

    out->page_size = PAGE_SIZE_DEFAULT;
    if (read_param(req, "page_size", &value) && !read_page_size(value, &out->page_size))
        return "page_size must be between 1 and 1000";
    if (read_param(req, "endpoint", &value) && !model_endpoint_read(value, &out->endpoint))
        return "endpoint is invalid";
    if (read_param(req, "default_only", &value) && !read_boolean(value, &out->default_only))
        return "default_only is invalid";
    if (out->default_only && !out->endpoint)
        return "default_only is only valid together with endpoint";
    (void)snprintf(out->list, sizeof(out->list), "models %s %u %d", call->world->name,
                   out->endpoint, out->default_only);
    /* No position is further than the store counts. */
    if (read_param(req, "page_token", &value) &&
        (!page_token_read(text_of(out->list), value, &out->position) || out->position > INT32_MAX))
        return "page_token is invalid";
    return NULL;
}

/* A walk over all models from a position on. */
struct walk {
    const struct call *call;
    uint64_t position;        /* of the next model to look at */
    struct model_list page;   /* of the store */
    uint64_t page_start;      /* position of the first model in `page` */
    enum store_result result; /* of the last read; after the last page STORE_NONE */
};

static void walk_done(struct walk *walk)
{
    model_list_done(&walk->page);
}

/* Move `page` to the walk's position. */
static void read_store_page(struct walk *walk)
{
    const struct call *call = walk->call;
    int64_t offset = (int64_t)(walk->position - model_catalog_count);

    model_list_done(&walk->page);
    walk->page_start = walk->position;
    walk->result = store_model_list(call->api->store, call->world->name, MODELS_OLDEST_FIRST,
                                    offset, STORE_PAGE_SIZE, &walk->page);
    if (walk->result == STORE_OK && walk->page.count == 0)
        walk->result = STORE_NONE;
}

/* Show the model at the walk's position, if it is one to be shown, and move on. */
static bool walk_step(struct walk *walk, struct shown_model *out)
{
    uint64_t position = walk->position;

    if (position < model_catalog_count) {
        const struct catalog_model *model = &model_catalog[position];

        walk->position++;
        if (model->removed_on)
            return false;
        *out = show_catalog_model(model);
        return true;
    }
    if (position - walk->page_start >= walk->page.count) {
        read_store_page(walk);
        return false;
    }
    walk->position++;
    return show_finetuned_model(walk->call, &walk->page.items[position - walk->page_start], out);
}

static bool is_wished(const struct wish *wish, const struct shown_model *model)
{
    unsigned endpoints = wish->default_only ? model->defaults : model->endpoints;

    return !wish->endpoint || endpoints & wish->endpoint;
}

/* Find the next model that is wished for, at `*position`. Returns false at the end or on a failure,
 * as the walk's `result` tells. */
static bool walk_next(struct walk *walk, const struct wish *wish, struct shown_model *out,
                      uint64_t *position)
{
    while (walk->result == STORE_OK) {
        *position = walk->position;
        if (walk_step(walk, out) && is_wished(wish, out))
            return true;
    }
    return false;
}

int models_list(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    struct json_writer w = {.out = &res->body};
    struct wish wish = {0};
    AUTO(walk_done) struct walk walk = {.call = call, .page_start = model_catalog_count};
    char token[PAGE_TOKEN_SIZE] = "";
    struct shown_model model;
    uint64_t position;
    const char *complaint = read_wish(call, req, &wish);

    if (complaint)
        return call_error(call, res, ERROR_REQUEST, complaint);
    walk.position = wish.position;
    json_write_object(&w);
    json_write_key(&w, "models");
    json_write_array(&w);
    for (size_t i = 0; walk_next(&walk, &wish, &model, &position); i++) {
        if (i == wish.page_size) {
            page_token_write(text_of(wish.list), position, token);
            break;
        }
        write_model(&w, &model);
    }
    json_write_array_end(&w);
    if (walk.result != STORE_OK && walk.result != STORE_NONE)
        return call_store_error(call, res, walk.result);
    if (*token)
        json_write_member_string(&w, "next_page_token", token);
    json_write_object_end(&w);
    return reply_json(res, 200);
}

static int answer_model(struct response *res, const struct shown_model *model)
{
    struct json_writer w = {.out = &res->body};

    write_model(&w, model);
    return reply_json(res, 200);
}

static int answer_finetuned_model(const struct call *call, struct response *res, struct text name,
                                  const char *id)
{
    AUTO(model_record_done) struct model_record record = {0};
    enum store_result result = store_model_get(call->api->store, call->world->name, id, &record);
    struct shown_model model;

    if (result == STORE_OK && show_finetuned_model(call, &record, &model))
        return answer_model(res, &model);
    if (result == STORE_OK || result == STORE_NONE)
        return refuse_unknown_model(call, res, name);
    return call_store_error(call, res, result);
}

int models_get(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    struct text name = req->params[0];
    const struct catalog_model *model = model_catalog_find(name);
    struct shown_model shown;
    char id[OBJECT_ID_SIZE];

    if (!model && model_id_read_route(name, id))
        return answer_finetuned_model(call, res, name, id);
    if (!model)
        return refuse_unknown_model(call, res, name);
    if (model->removed_on)
        return refuse_removed_model(call, res, model);
    shown = show_catalog_model(model);
    return answer_model(res, &shown);
}
