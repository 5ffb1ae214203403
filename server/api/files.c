#include "api/call.h"
#include "api/dataset_view.h"
#include "api/errors.h"
#include "api/handlers.h"
#include "api/link.h"

static int send_part(const struct call *call, const struct link *link, int64_t now_us,
                     struct response *res)
{
    AUTO(dataset_record_done) struct dataset_record dataset = {0};
    enum store_result result =
        store_dataset_get(call->api->store, link->world, link->dataset_id, &dataset);
    struct dataset_life life = dataset_life_of(&dataset);

    const struct dataset_part_record *part = &dataset.parts[link->part];

    if (result == STORE_OK &&
        (link->part >= dataset.part_count || dataset_is_expired(&life, now_us)))
        result = STORE_NONE;
    if (result == STORE_NONE)
        return call_error(call, res, ERROR_DATASET_UNKNOWN, TEXT_ARG(text_of(link->dataset_id)));
    if (result != STORE_OK)
        return call_store_error(call, res, result);
    result = store_file_open(call->api->store,
                             link->is_original ? part->original_file_name : part->file_name,
                             &res->file, &res->file_size);
    if (result == STORE_NONE)
        return call_error(call, res, ERROR_DATASET_UNKNOWN, TEXT_ARG(text_of(link->dataset_id)));
    if (result != STORE_OK)
        return call_store_error(call, res, result);
    response_set_header(res, "content-type", TEXT("application/octet-stream"));
    res->status = 200;
    return res->status;
}

int files_get(void *context, struct request *req, struct response *res)
{
    const struct call *call = context;
    struct link link;
    struct world world;

    switch (link_read(call->api, req->params[0], &link)) {
    case LINK_OK:
        break;
    case LINK_FORGED:
        return call_error(call, res, ERROR_LINK_FORGED);
    case LINK_NO_MEMORY:
        return call_error(call, res, ERROR_NO_MEMORY);
    }
    if (worlds_enter(call->api->worlds, text_of(link.world), false, &world) != WORLDS_OK)
        return call_store_error(call, res, STORE_FAILED);
    if (world.now_us >= link.expires_us)
        return call_error(call, res, ERROR_LINK_EXPIRED);
    return send_part(call, &link, world.now_us, res);
}
