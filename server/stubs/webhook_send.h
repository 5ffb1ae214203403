/*
 * The webhooks of a stub that has answered.
 */
#ifndef STUBS_WEBHOOK_SEND_H
#define STUBS_WEBHOOK_SEND_H

#include "stubs/serve.h"

/* Have them sent, as their templates show `request`, once the answer `res` is on its way and their
 * delays are over. */
void webhooks_send(const struct stub_call *call, const struct stub *stub,
                   struct match_request *request, const struct response *res);

#endif
