#include "api/link.h"

#include <inttypes.h>
#include <string.h>

#include "api/call.h"

static void write_base(const struct api *api, const struct request *req, struct buf *out)
{
    struct text host = request_header(req, "host");
    struct text public_url = text_of(api->public_url);

    if (public_url.len) {
        if (text_has_suffix(public_url, TEXT("/")))
            public_url.len--;
        buf_add_text(out, public_url);
        return;
    }
    buf_add_string(out, "http://");
    if (host.len)
        buf_add_text(out, host);
    else
        buf_add_string(out, "127.0.0.1");
}

/* Of one dataset: its parts, and what each was made of. */
enum { FILES_MAX = 2 * PARTS_MAX };

/* Append a link to file number `number` of a dataset: first come its parts, then the originals. */
static void write_link(const struct call *call, const struct request *req, const char *dataset_id,
                       unsigned number, const char *name, struct buf *out)
{
    AUTO(buf_done) struct buf payload = {0};

    buf_add_format(&payload, "%s/%s/%u/%" PRId64, call->world->name, dataset_id, number,
                   call->world->now_us + download_link_lifetime_us);
    write_base(call->api, req, out);
    buf_add_string(out, "/files/");
    sign_token(call->api->link_key, buf_text(&payload), out);
    buf_add_char(out, '/');
    percent_encode(text_of(name), out);
    out->failed |= payload.failed;
}

void link_write(const struct api *api, const struct world *world, const struct request *req,
                const struct dataset_record *dataset, unsigned part, struct buf *out)
{
    const struct call call = {.api = api, .world = world};

    write_link(&call, req, dataset->id, part, dataset->parts[part].name, out);
}

void link_write_original(const struct api *api, const struct world *world,
                         const struct request *req, const struct dataset_record *dataset,
                         unsigned part, struct buf *out)
{
    const struct call call = {.api = api, .world = world};

    write_link(&call, req, dataset->id, PARTS_MAX + part, dataset->parts[part].original_name, out);
}

static bool copy_field(struct text field, char *out, size_t out_size)
{
    if (field.len == 0 || field.len >= out_size)
        return false;
    memcpy(out, field.data, field.len);
    out[field.len] = '\0';
    return true;
}

enum link_result link_read(const struct api *api, struct text token, struct link *out)
{
    AUTO(buf_done) struct buf payload = {0};
    struct link link = {0};
    struct text rest;
    uint64_t number;

    if (!sign_open(api->link_key, token, &payload))
        return payload.failed ? LINK_NO_MEMORY : LINK_FORGED;
    rest = buf_text(&payload);
    if (!copy_field(text_cut(&rest, '/'), link.world, sizeof(link.world)) ||
        !copy_field(text_cut(&rest, '/'), link.dataset_id, sizeof(link.dataset_id)) ||
        !text_to_u64(text_cut(&rest, '/'), &number) || number >= FILES_MAX ||
        !text_to_i64(rest, &link.expires_us))
        return LINK_FORGED;
    link.part = (unsigned)number % PARTS_MAX;
    link.is_original = number >= PARTS_MAX;
    *out = link;
    return LINK_OK;
}
