/*
 * Links to the parts of datasets: `/files/{token}/{name}`. The token is signed and carries what the
 * download needs (world, dataset, part or its original, expiry), so that the link works without a
 * key and whatever world the client is in.
 */
#ifndef API_LINK_H
#define API_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "api/api.h"

struct link {
    char world[WORLD_NAME_SIZE];
    char dataset_id[OBJECT_ID_SIZE];
    unsigned part;
    bool is_original;   /* the file as uploaded, not what became of it */
    int64_t expires_us; /* on the world's clock */
};

/* Append the URL of a part of a dataset, for whoever sent `req`. */
void link_write(const struct api *api, const struct world *world, const struct request *req,
                const struct dataset_record *dataset, unsigned part, struct buf *out);

/* As link_write(), for the file that the part was made of, which must have been kept. */
void link_write_original(const struct api *api, const struct world *world,
                         const struct request *req, const struct dataset_record *dataset,
                         unsigned part, struct buf *out);

enum link_result { LINK_OK, LINK_FORGED, LINK_NO_MEMORY };

/* Read a token; it is forged if this server did not sign it. */
MUST_USE enum link_result link_read(const struct api *api, struct text token, struct link *out);

#endif
