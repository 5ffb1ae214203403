/*
 * The bodies of requests about fine-tuned models, checked in the order of the contract.
 *
 * Unknown and read-only members are ignored, as the gateway of the real service does, and null is
 * the same as absent.
 */
#ifndef API_FINETUNED_MODEL_BODY_H
#define API_FINETUNED_MODEL_BODY_H

#include "api/call.h"
#include "core/base_model.h"

/* What a creation asks for. */
struct model_wish {
    char *name; /* owned, like the other strings */
    const struct base_type *base;
    char *base_name; /* that of the base type if none was sent */
    char *dataset_id;
    struct buf hyperparameters; /* a JSON object as it is shown; empty if none is */
    struct buf wandb;           /* a JSON object without the key; empty if there is none */
    bool multi_label;           /* not of the body: to be filled by the caller */
};

void model_wish_done(struct model_wish *wish);

/* Read the body of a creation. Returns 0 and fills zeroed `*out`, or answers with the error and
 * returns its status. */
MUST_USE int model_wish_read(const struct call *call, struct request *req, struct response *res,
                             struct model_wish *out);

/* Read the name out of the body of an update; of the settings nothing is taken. Results as above.
 */
MUST_USE int model_name_read(const struct call *call, struct request *req, struct response *res,
                             struct buf *out);

#endif
